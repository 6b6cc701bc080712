package warehouse

import "github.com/retailsync/retailsync/odoo"

// Tidy has Odoo merge quants and delete those that hold nothing, as it does when a person opens the list of them. It
// reports whether Odoo has that list.
func (w *Warehouse) Tidy() bool {
	w.t.Helper()
	rows := Call[[]struct {
		ID int64 `json:"res_id"`
	}](w, "ir.model.data", "search_read", nil, odoo.Args{
		"domain": odoo.And(odoo.Eq("module", "stock"), odoo.Eq("name", "action_view_quants")), "fields": []string{"res_id"},
	}, nil)
	for _, row := range rows {
		Call[any](w, "ir.actions.server", "run", []int64{row.ID}, nil, nil)
	}
	return len(rows) > 0
}
