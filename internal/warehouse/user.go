package warehouse

import (
	"crypto/rand"
	"strings"

	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/odoo"
)

// As returns a client of a new user who has the groups, by External ID, and no others.
func (w *Warehouse) As(groups ...string) *odoo.Client {
	w.t.Helper()
	ids := make([]int64, len(groups))
	for i, group := range groups {
		module, name, _ := strings.Cut(group, ".")
		rows := Call[[]struct {
			ID int64 `json:"res_id"`
		}](w, "ir.model.data", "search_read", nil, odoo.Args{"domain": odoo.And(odoo.Eq("module", module), odoo.Eq("name", name)), "fields": []string{"res_id"}}, nil)
		if len(rows) != 1 {
			w.t.Fatalf("%d groups %s", len(rows), group)
		}
		ids[i] = rows[0].ID
	}
	field := "groups_id"
	if w.Version().AtLeast(19) {
		field = "group_ids"
	}
	login, password := "user-"+rand.Text(), rand.Text()
	w.Create("res.users", map[string]any{"name": "Test", "login": login, "password": password, field: []any{[]any{6, 0, ids}}}, odoo.Context{"no_reset_password": true})
	p := peer.OdooServer(w.t, w.Series)
	client, err := odoo.Dial(w.t.Context(), p.URL, odoo.Password(login, password), odoo.WithDatabase(p.Database))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(client.Close)
	return client
}
