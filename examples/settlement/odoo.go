package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/examples/internal/backbone"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
)

// retailer is the Odoo that the example works on.
type retailer struct {
	*backbone.Odoo
	// run names the orders and the report of this run: in an Odoo that stays, those of earlier runs are settled.
	run      string
	currency canonical.Currency
	product  int64
}

// openOdoo opens the Odoo of the environment and makes what the rules name.
func openOdoo(ctx context.Context, env func(string) string) (*retailer, error) {
	erp, err := backbone.Open(ctx, env)
	if err != nil {
		return nil, err
	}
	r := &retailer{Odoo: erp, run: strconv.FormatInt(time.Now().UnixMilli(), 10)}
	if erp.Embedded {
		r.run = "2001"
	}
	if err := r.furnish(ctx); err != nil {
		r.Close()
		return nil, fmt.Errorf("prepare the Odoo %s: %w", r.Where, err)
	}
	return r, nil
}

// furnish makes the clearing journal, the accounts and the article, unless they are there.
func (r *retailer) furnish(ctx context.Context) error {
	companies, err := odoo.Invoke[[]struct {
		Currency odoo.Many2One `json:"currency_id"`
	}](ctx, r.Client, odoo.Call{Model: "res.company", Method: "search_read", Effect: odoo.EffectRead, Args: odoo.Args{
		"domain": odoo.And(), "fields": []string{"currency_id"}, "limit": 1, "order": "id",
	}})
	if err != nil || len(companies) != 1 {
		return errors.Join(err, fmt.Errorf("there are %d companies", len(companies)))
	}
	r.currency = canonical.Currency(companies[0].Currency.Name)
	if _, err := r.Ensure(ctx, "account.journal", "code", "STEX", map[string]any{"name": "Provider (example)", "type": "bank"}); err != nil {
		return err
	}
	for _, one := range []struct {
		code, name string
		open       bool
	}{{"STEX00", "Held by the provider", true}, {"STEX01", "Fees of the provider", false}, {"STEX02", "Tax that the provider remits", false}, {"STEX03", "Between provider and bank", true}} {
		values := map[string]any{"name": one.name, "reconcile": one.open}
		if err := r.classify(ctx, values, one.open); err != nil {
			return err
		}
		if _, err := r.Ensure(ctx, "account.account", "code", one.code, values); err != nil {
			return fmt.Errorf("account %s: %w", one.code, err)
		}
	}
	r.product, err = r.Ensure(ctx, "product.product", "default_code", "STEX-THING", map[string]any{
		"name": "Thing", "type": "service", "invoice_policy": "order", "taxes_id": []any{[]any{6, 0, []int64{}}},
	})
	return err
}

// classify says what kind of account it is: before 16 by a record, later by a word.
func (r *retailer) classify(ctx context.Context, values map[string]any, asset bool) error {
	word, record := "expense", "Expenses"
	if asset {
		word, record = "asset_current", "Current Assets"
	}
	if r.Version().AtLeast(16) {
		values["account_type"] = word
		return nil
	}
	kinds, err := odoo.Invoke[[]int64](ctx, r.Client, odoo.Call{Model: "account.account.type", Method: "search", Effect: odoo.EffectRead, Args: odoo.Args{"domain": odoo.Eq("name", record)}})
	if err != nil || len(kinds) == 0 {
		return errors.Join(err, fmt.Errorf("there is no type of account %q", record))
	}
	values["user_type_id"] = kinds[0]
	return nil
}

// sell puts an order into Odoo as the order flow does, confirms and invoices it.
func (r *retailer) sell(ctx context.Context, id, amount string) error {
	number := r.run + "-" + id
	buyers, err := odoo.Invoke[[]int64](ctx, r.Client, odoo.Call{Model: "res.partner", Method: "create", Args: odoo.Args{"vals_list": []any{map[string]any{"name": "Buyer " + number}}}})
	if err != nil {
		return err
	}
	name := func(kind string) odoo.ExternalID {
		return odoo.NewExternalID(mapping.Module, shop.Name, shop.Account, kind, number)
	}
	results, err := r.Load(ctx, odoo.LoadBatch{
		Model:  "sale.order",
		Fields: []string{"partner_id/.id", "client_order_ref", "order_line/id", "order_line/product_id/.id", "order_line/product_uom_qty", "order_line/price_unit"},
		Records: []odoo.LoadRecord{{ExternalID: name("order"), Rows: [][]string{{
			strconv.FormatInt(buyers[0], 10), number, name("line").String(), strconv.FormatInt(r.product, 10), "1", amount,
		}}}},
	})
	if err != nil {
		return err
	}
	if results[0].Err != nil {
		return results[0].Err
	}
	if err := r.Do(ctx, odoo.Call{Model: "sale.order", Method: "action_confirm", IDs: []int64{results[0].ID}}); err != nil {
		return err
	}
	_, err = account.InvoiceOrder(ctx, r.Client, results[0].ID, number)
	return err
}
