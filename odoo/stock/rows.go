package stock

import (
	"context"
	"encoding/json"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// pageOf is how many rows are read in one call.
const pageOf = 5000

// row is a record whose links are plain ids.
type row interface{ rowID() int64 }

// rows reads up to limit records above an id, by ascending id. Links come as ids: naming the product of every row is
// what makes such reads slow.
func rows[R row](ctx context.Context, client *odoo.Client, model string, domain odoo.Domain, fields []string, above int64, limit int) ([]R, error) {
	if above > 0 {
		domain = odoo.And(odoo.Gt("id", above), domain)
	}
	everything := odoo.Context{"active_test": false}
	if client.Version().AtLeast(readsPlainLinks) {
		return odoo.Invoke[[]R](ctx, client, odoo.Call{Model: model, Method: "search_read", Context: everything, Args: odoo.Args{
			"domain": domain, "fields": fields, "limit": limit, "order": "id", "load": nil,
		}})
	}
	ids, err := odoo.Invoke[[]int64](ctx, client, odoo.Call{Model: model, Method: "search", Context: everything, Args: odoo.Args{
		"domain": domain, "limit": limit, "order": "id",
	}})
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return odoo.Invoke[[]R](ctx, client, odoo.Call{Model: model, Method: "read", IDs: ids, Args: odoo.Args{"fields": fields, "load": nil}})
}

// readsPlainLinks is the version from which on search_read is known to pass load on.
const readsPlainLinks = 19

// allRows reads all records that fit, by ascending id.
func allRows[R row](ctx context.Context, client *odoo.Client, model string, domain odoo.Domain, fields []string) ([]R, error) {
	var all []R
	for {
		var last int64
		if len(all) > 0 {
			last = all[len(all)-1].rowID()
		}
		page, err := rows[R](ctx, client, model, domain, fields, last, pageOf)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		// Records can vanish between search and read, so a page may be short without being the last.
		if len(page) == 0 {
			return all, nil
		}
		if len(page) < pageOf/2 {
			return all, nil
		}
	}
}

// quantity is a number of Odoo's.
type quantity struct{ decimal.Decimal }

// UnmarshalJSON reads a number without passing through a float; false is zero.
func (q *quantity) UnmarshalJSON(raw []byte) error {
	if text := string(raw); text == "false" || text == "null" {
		q.Decimal = decimal.Zero
		return nil
	}
	var number json.Number
	if err := json.Unmarshal(raw, &number); err != nil {
		return err
	}
	d, err := decimal.Parse(number.String())
	q.Decimal = d
	return err
}

// text is a text of Odoo's, which writes false for none.
type text string

// UnmarshalJSON reads false and null as the empty text.
func (t *text) UnmarshalJSON(raw []byte) error {
	if word := string(raw); word == "false" || word == "null" {
		*t = ""
		return nil
	}
	return json.Unmarshal(raw, (*string)(t))
}
