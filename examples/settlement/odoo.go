package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
	"github.com/retailsync/retailsync/odoo/odootest"
)

// backbone is the Odoo that the example works on.
type backbone struct {
	*odoo.Client
	// where says which it is, for people.
	where string
	// run names the orders and the report of this run: in an Odoo that stays, those of earlier runs are settled.
	run      string
	currency canonical.Currency
	product  int64
	close    func()
}

// openOdoo dials the Odoo that the environment names, or starts one inside this process, and makes what the rules name.
func openOdoo(ctx context.Context, env func(string) string) (*backbone, error) {
	b := &backbone{close: func() {}, run: strconv.FormatInt(time.Now().UnixMilli(), 10)}
	address, database := env("ODOO_URL"), env("ODOO_DB")
	var credential odoo.Credential
	switch {
	case address == "":
		server := odootest.New()
		b.close, b.run = server.Close, "2001"
		address, database, credential = server.Start(), server.DB(), odoo.APIKey(server.APIKey())
		b.where = "inside this process (set ODOO_URL, ODOO_DB and ODOO_API_KEY for your own)"
	case env("ODOO_LOGIN") != "" && env("ODOO_PASSWORD") != "":
		credential = odoo.Password(env("ODOO_LOGIN"), env("ODOO_PASSWORD"))
	case env("ODOO_API_KEY") != "" && env("ODOO_LOGIN") != "":
		credential = odoo.Password(env("ODOO_LOGIN"), env("ODOO_API_KEY")) // a key in the place of the password
	case env("ODOO_API_KEY") != "":
		credential = odoo.APIKey(env("ODOO_API_KEY"))
	default:
		return nil, errors.New("ODOO_URL is set but no credential: set ODOO_API_KEY (Odoo 19), or ODOO_LOGIN and ODOO_PASSWORD")
	}
	if b.where == "" {
		b.where = address
	}
	var options []odoo.Option
	if database != "" {
		options = append(options, odoo.WithDatabase(database))
	}
	client, err := odoo.Dial(ctx, address, credential, options...)
	if err != nil {
		b.close()
		return nil, err
	}
	stop := b.close
	b.Client, b.close = client, func() { client.Close(); stop() }
	if err := b.furnish(ctx); err != nil {
		b.close()
		return nil, fmt.Errorf("prepare the Odoo %s: %w", b.where, err)
	}
	return b, nil
}

// furnish makes the clearing journal, the accounts and the article, unless they are there.
func (b *backbone) furnish(ctx context.Context) error {
	companies, err := odoo.Invoke[[]struct {
		Currency odoo.Many2One `json:"currency_id"`
	}](ctx, b.Client, odoo.Call{Model: "res.company", Method: "search_read", Effect: odoo.EffectRead, Args: odoo.Args{
		"domain": odoo.And(), "fields": []string{"currency_id"}, "limit": 1, "order": "id",
	}})
	if err != nil || len(companies) != 1 {
		return errors.Join(err, fmt.Errorf("there are %d companies", len(companies)))
	}
	b.currency = canonical.Currency(companies[0].Currency.Name)
	if _, err := b.ensure(ctx, "account.journal", "code", "STEX", map[string]any{"name": "Provider (example)", "type": "bank"}); err != nil {
		return err
	}
	for _, one := range []struct {
		code, name string
		open       bool
	}{{"STEX00", "Held by the provider", true}, {"STEX01", "Fees of the provider", false}, {"STEX02", "Tax that the provider remits", false}, {"STEX03", "Between provider and bank", true}} {
		values := map[string]any{"name": one.name, "reconcile": one.open}
		if err := b.classify(ctx, values, one.open); err != nil {
			return err
		}
		if _, err := b.ensure(ctx, "account.account", "code", one.code, values); err != nil {
			return fmt.Errorf("account %s: %w", one.code, err)
		}
	}
	b.product, err = b.ensure(ctx, "product.product", "default_code", "STEX-THING", map[string]any{
		"name": "Thing", "type": "service", "invoice_policy": "order", "taxes_id": []any{[]any{6, 0, []int64{}}},
	})
	return err
}

// classify says what kind of account it is: before 16 by a record, later by a word.
func (b *backbone) classify(ctx context.Context, values map[string]any, asset bool) error {
	word, record := "expense", "Expenses"
	if asset {
		word, record = "asset_current", "Current Assets"
	}
	if b.Version().AtLeast(16) {
		values["account_type"] = word
		return nil
	}
	kinds, err := odoo.Invoke[[]int64](ctx, b.Client, odoo.Call{Model: "account.account.type", Method: "search", Effect: odoo.EffectRead, Args: odoo.Args{"domain": odoo.Eq("name", record)}})
	if err != nil || len(kinds) == 0 {
		return errors.Join(err, fmt.Errorf("there is no type of account %q", record))
	}
	values["user_type_id"] = kinds[0]
	return nil
}

// ensure returns the record whose field has the value, and makes it if there is none.
func (b *backbone) ensure(ctx context.Context, model, field, value string, values map[string]any) (int64, error) {
	ids, err := odoo.Invoke[[]int64](ctx, b.Client, odoo.Call{
		Model: model, Method: "search", Effect: odoo.EffectRead, Args: odoo.Args{"domain": odoo.Eq(field, value), "limit": 1},
	})
	if err == nil && len(ids) == 0 {
		values[field] = value
		ids, err = odoo.Invoke[[]int64](ctx, b.Client, odoo.Call{Model: model, Method: "create", Args: odoo.Args{"vals_list": []any{values}}})
	}
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}

// sell puts an order into Odoo as the order flow does, confirms and invoices it.
func (b *backbone) sell(ctx context.Context, id, amount string) error {
	number := b.run + "-" + id
	buyers, err := odoo.Invoke[[]int64](ctx, b.Client, odoo.Call{Model: "res.partner", Method: "create", Args: odoo.Args{"vals_list": []any{map[string]any{"name": "Buyer " + number}}}})
	if err != nil {
		return err
	}
	name := func(kind string) odoo.ExternalID {
		return odoo.NewExternalID(mapping.Module, shop.Name, shop.Account, kind, number)
	}
	results, err := b.Load(ctx, odoo.LoadBatch{
		Model:  "sale.order",
		Fields: []string{"partner_id/.id", "client_order_ref", "order_line/id", "order_line/product_id/.id", "order_line/product_uom_qty", "order_line/price_unit"},
		Records: []odoo.LoadRecord{{ExternalID: name("order"), Rows: [][]string{{
			strconv.FormatInt(buyers[0], 10), number, name("line").String(), strconv.FormatInt(b.product, 10), "1", amount,
		}}}},
	})
	if err != nil {
		return err
	}
	if results[0].Err != nil {
		return results[0].Err
	}
	if err := b.Do(ctx, odoo.Call{Model: "sale.order", Method: "action_confirm", IDs: []int64{results[0].ID}}); err != nil {
		return err
	}
	_, err = account.InvoiceOrder(ctx, b.Client, results[0].ID, number)
	return err
}
