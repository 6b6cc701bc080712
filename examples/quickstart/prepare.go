package main

import (
	"context"
	"fmt"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// record is one record that the sample orders need in Odoo, recognised by the value of one field.
type record struct {
	model, field, value string
	values              map[string]any
}

// needed are the products and taxes that rules.yaml and the sample orders name; pricelists follow the currencies.
func needed() []record {
	var all []record
	product := func(sku, kind, name string) {
		all = append(all, record{"product.product", "default_code", sku, map[string]any{"name": "Quickstart " + name, "type": kind}})
	}
	product("QS-TEE", "consu", "T-shirt")
	product("QS-MUG", "consu", "mug")
	product("QS-HOODIE", "consu", "hoodie")
	product("QS-CAP", "consu", "cap")
	product("QS-BOOK", "consu", "book")
	product("QS-SHIPPING", "service", "shipping")
	product("QS-FEE", "service", "fee")
	product("QS-DISCOUNT", "service", "discount")
	product("QS-ROUNDING", "service", "rounding")
	tax := func(name, amount string, more map[string]any) {
		values := map[string]any{"amount": decimal.MustParse(amount), "type_tax_use": "sale"}
		for field, value := range more {
			values[field] = value
		}
		all = append(all, record{"account.tax", "name", name, values})
	}
	tax("Quickstart 25%", "25", nil)
	tax("Quickstart 10%", "10", nil)
	tax("Quickstart 7.5%", "7.5", nil)
	tax("Quickstart 6%", "6", nil)
	tax("Quickstart cent", "0.01", map[string]any{"amount_type": "fixed"})
	tax("Quickstart unit", "1", map[string]any{"amount_type": "fixed"})
	return all
}

var currencies = []string{"EUR", "USD", "JPY"}

// prepare creates what is absent and says so, record by record. In a dry run it creates nothing and returns false
// when something is absent.
func prepare(ctx context.Context, t *target, out *screen, dry bool) (ready bool, err error) {
	p := &preparation{target: t, out: out, dry: dry && !t.embedded}
	records := needed()
	included, err := p.includedTax(ctx)
	if err != nil {
		return false, err
	}
	records = append(records, included)
	for _, code := range currencies {
		id, err := p.currency(ctx, code)
		if err != nil {
			return false, err
		}
		records = append(records, record{"product.pricelist", "name", "Quickstart " + code, map[string]any{"currency_id": id}})
	}
	for _, r := range records {
		if err := p.ensure(ctx, r); err != nil {
			return false, fmt.Errorf("prepare %s %q: %w", r.model, r.value, err)
		}
	}
	switch {
	case t.embedded:
		out.line("It is new: %d products, taxes and pricelists were created.", p.absent)
	case p.absent == 0:
		out.line("The products, taxes and pricelists of the sample orders are there already.")
	}
	return p.absent == 0 || !p.dry, nil
}

type preparation struct {
	*target
	out    *screen
	dry    bool
	absent int
}

// includedTax is the twin of the 25 % tax for prices that include it. The field that says so has another name in
// newer versions.
func (p *preparation) includedTax(ctx context.Context) (record, error) {
	r := record{"account.tax", "name", "Quickstart 25% incl", map[string]any{
		"amount": decimal.MustParse("25"), "type_tax_use": "sale", "price_include": true,
	}}
	fields, err := p.erp.Fields(ctx, "account.tax")
	if err != nil {
		return r, err
	}
	if _, ok := fields["price_include_override"]; ok {
		delete(r.values, "price_include")
		r.values["price_include_override"] = "tax_included"
	}
	return r, nil
}

// currency returns the id of a currency and makes it active.
func (p *preparation) currency(ctx context.Context, code string) (int64, error) {
	rows, err := odoo.Invoke[[]struct {
		ID     int64 `json:"id"`
		Active bool  `json:"active"`
	}](ctx, p.erp, odoo.Call{
		Model: "res.currency", Method: "search_read",
		Args:    odoo.Args{"domain": odoo.Eq("name", code), "fields": []string{"id", "active"}},
		Context: odoo.Context{"active_test": false},
	})
	if err != nil {
		return 0, err
	}
	if len(rows) != 1 {
		return 0, fmt.Errorf("this Odoo has %d currencies named %s, one is needed", len(rows), code)
	}
	if rows[0].Active {
		return rows[0].ID, nil
	}
	p.note("activate", "res.currency", code)
	if p.dry {
		return rows[0].ID, nil
	}
	return rows[0].ID, p.erp.Call(ctx, odoo.Call{
		Model: "res.currency", Method: "write", IDs: []int64{rows[0].ID}, Args: odoo.Args{"vals": map[string]any{"active": true}},
	}, nil)
}

// ensure creates a record unless there is one of that name.
func (p *preparation) ensure(ctx context.Context, r record) error {
	found, err := odoo.Invoke[[]int64](ctx, p.erp, odoo.Call{
		Model: r.model, Method: "search", Args: odoo.Args{"domain": odoo.Eq(r.field, r.value), "limit": 1},
	})
	if err != nil || len(found) > 0 {
		return err
	}
	p.note("create", r.model, r.value)
	if p.dry {
		return nil
	}
	values := map[string]any{r.field: r.value}
	for field, value := range r.values {
		values[field] = value
	}
	return p.erp.Call(ctx, odoo.Call{Model: r.model, Method: "create", Args: odoo.Args{"vals_list": []any{values}}}, nil)
}

// note says what is done, or in a dry run would be done, to the real Odoo.
func (p *preparation) note(verb, model, name string) {
	p.absent++
	switch {
	case p.embedded:
	case p.dry:
		p.out.line("would %s %s %s", verb, model, name)
	default:
		p.out.line("%s %s %s", verb, model, name)
	}
}
