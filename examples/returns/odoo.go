package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
	"github.com/retailsync/retailsync/odoo/odootest"
)

//go:embed rules.yaml
var rulesYAML []byte

// backbone is the Odoo that the example works on.
type backbone struct {
	*odoo.Client
	// where says which it is, for people.
	where string
	// run names the order and the return of this run: in an Odoo that stays, those of earlier runs are finished.
	run             string
	mug, house, eur int64
	order           int64
	close           func()
}

// openOdoo dials the Odoo that the environment names, or starts one inside this process, and makes what a retailer has there.
func openOdoo(ctx context.Context, env func(string) string) (*backbone, error) {
	b := &backbone{close: func() {}, run: strconv.FormatInt(time.Now().UnixMilli(), 10)}
	address, database := env("ODOO_URL"), env("ODOO_DB")
	var credential odoo.Credential
	switch {
	case address == "":
		server := odootest.New()
		b.close, b.run = server.Close, "1001"
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

// furnish makes the mug with stock, what fees are booked on, a tax, a pricelist, and the places where returned goods go, unless they are
// there.
func (b *backbone) furnish(ctx context.Context) error {
	euros, err := odoo.Invoke[[]int64](ctx, b.Client, odoo.Call{
		Model: "res.currency", Method: "search", Args: odoo.Args{"domain": odoo.Eq("name", "EUR")}, Context: odoo.Context{"active_test": false},
	})
	if err != nil || len(euros) != 1 {
		return errors.Join(err, fmt.Errorf("there are %d currencies EUR", len(euros)))
	}
	b.eur = euros[0]
	if err := b.Do(ctx, odoo.Call{Model: "res.currency", Method: "write", IDs: euros, Args: odoo.Args{"vals": map[string]any{"active": true}}}); err != nil {
		return err
	}
	goods := map[string]any{"name": "Mug", "type": "product", "invoice_policy": "order"}
	if b.Version().AtLeast(18) {
		goods["type"], goods["is_storable"] = "consu", true
	}
	for _, one := range []struct {
		model, field, value string
		values              map[string]any
		id                  *int64
	}{
		{"product.product", "default_code", "RT-MUG", goods, &b.mug},
		{"product.product", "default_code", "RT-FEE", map[string]any{"name": "Fee", "type": "service"}, nil},
		{"account.tax", "name", "Returns 25%", map[string]any{"amount": 25, "type_tax_use": "sale"}, nil},
		{"product.pricelist", "name", "Returns EUR", map[string]any{"currency_id": b.eur}, nil},
		{"stock.warehouse", "name", "Returns example", map[string]any{"code": "RTEX"}, &b.house},
		// Outside of the warehouse, so that what is there is not sold.
		{"stock.location", "name", "Returns inspection", map[string]any{"usage": "internal"}, nil},
		{"stock.location", "name", "Returns quarantine", map[string]any{"usage": "internal"}, nil},
	} {
		id, err := b.ensure(ctx, one.model, one.field, one.value, one.values)
		if err != nil {
			return fmt.Errorf("%s %s: %w", one.model, one.value, err)
		}
		if one.id != nil {
			*one.id = id
		}
	}
	return b.count(ctx, 10)
}

// ensure returns the record whose field has the value, and makes it if there is none.
func (b *backbone) ensure(ctx context.Context, model, field, value string, values map[string]any) (int64, error) {
	found, err := odoo.Invoke[[]int64](ctx, b.Client, odoo.Call{
		Model: model, Method: "search", Args: odoo.Args{"domain": odoo.Eq(field, value), "limit": 1},
	})
	if err != nil || len(found) > 0 {
		return first(found), err
	}
	values[field] = value
	made, err := odoo.Invoke[[]int64](ctx, b.Client, odoo.Call{Model: model, Method: "create", Args: odoo.Args{"vals_list": []any{values}}})
	return first(made), err
}

func first(ids []int64) int64 {
	if len(ids) == 0 {
		return 0
	}
	return ids[0]
}

// count sets how many mugs there are, as a person counts them.
func (b *backbone) count(ctx context.Context, units int) error {
	houses, err := odoo.Invoke[[]struct {
		Stock odoo.Many2One `json:"lot_stock_id"`
	}](ctx, b.Client, odoo.Call{Model: "stock.warehouse", Method: "read", IDs: []int64{b.house}, Args: odoo.Args{"fields": []string{"lot_stock_id"}}})
	if err != nil {
		return err
	}
	counting := odoo.Context{"inventory_mode": true}
	quants, err := odoo.Invoke[[]int64](ctx, b.Client, odoo.Call{Model: "stock.quant", Method: "create", Context: counting, Args: odoo.Args{
		"vals_list": []any{map[string]any{"product_id": b.mug, "location_id": houses[0].Stock.ID, "inventory_quantity": units}},
	}})
	if err != nil || !b.Version().AtLeast(15) {
		return err
	}
	return b.Do(ctx, odoo.Call{Model: "stock.quant", Method: "action_apply_inventory", IDs: quants, Context: counting})
}

func (b *backbone) rules() (*mapping.Rules, error) {
	return mapping.Load(bytes.NewReader(rulesYAML), "rules.yaml")
}

// openMove is what a delivery still has to take.
type openMove struct {
	ID      int64         `odoo:"id"`
	Picking odoo.Many2One `odoo:"picking_id"`
}

// OdooModel names the model.
func (openMove) OdooModel() string { return "stock.move" }

// sell brings the shop's order to Odoo, delivers it as a person in the warehouse does, and invoices it.
func (b *backbone) sell(ctx context.Context, connector *retailsync.Connector, shop *shop) error {
	var sold retailsync.OrderResult
	if _, err := connector.ImportOrder(ctx, shop, []string{shop.order.Key.ID}, retailsync.OnResult(func(r retailsync.OrderResult) { sold = r })); err != nil {
		return err
	}
	if sold.Err != nil {
		return sold.Err
	}
	b.order = sold.OdooID
	moves, err := odoo.Find[openMove](ctx, b.Client, odoo.Eq("picking_id.sale_id", b.order))
	if err != nil {
		return err
	}
	if len(moves) != 1 {
		return fmt.Errorf("order %s has %d deliveries", sold.OdooName, len(moves))
	}
	taken := map[string]any{"quantity": 3, "picked": true}
	if !b.Version().AtLeast(17) {
		taken = map[string]any{"quantity_done": 3}
	}
	if err := b.Do(ctx, odoo.Call{Model: "stock.move", Method: "write", IDs: []int64{moves[0].ID}, Args: odoo.Args{"vals": taken}}); err != nil {
		return err
	}
	validate := odoo.Call{Model: "stock.picking", Method: "button_validate", IDs: []int64{moves[0].Picking.ID}, Context: odoo.Context{"skip_sms": true}}
	if err := b.Do(ctx, validate); err != nil {
		return err
	}
	_, err = account.InvoiceOrder(ctx, b.Client, b.order, shop.order.Number)
	return err
}
