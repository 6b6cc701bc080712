package sale

import (
	"context"
	"encoding/json"

	"github.com/retailsync/retailsync/odoo"
)

// Texts reads a field of orders as text, by id: a text or a selection as it is, a link by its name. Orders that have none are
// left out, and all are without a field. A field that the database does not have is an error of [odoo.CodeUnknownField]. It
// only reads.
func Texts(ctx context.Context, client *odoo.Client, ids []int64, field string) (map[int64]string, error) {
	if field == "" || len(ids) == 0 {
		return nil, nil
	}
	if err := client.Require(ctx, "sale.order", field); err != nil {
		return nil, err
	}
	rows, err := odoo.Invoke[[]map[string]json.RawMessage](ctx, client, odoo.Call{
		Model: "sale.order", Method: "search_read", Effect: odoo.EffectRead,
		Args: odoo.Args{"domain": odoo.In("id", ids), "fields": []string{field}, "order": "id"},
	})
	if err != nil {
		return nil, err
	}
	texts := map[int64]string{}
	for _, row := range rows {
		var id int64
		var text string
		var link odoo.Many2One
		if json.Unmarshal(row["id"], &id) != nil {
			continue
		}
		switch {
		case json.Unmarshal(row[field], &text) == nil && text != "":
			texts[id] = text
		case json.Unmarshal(row[field], &link) == nil && link.Name != "":
			texts[id] = link.Name
		}
	}
	return texts, nil
}
