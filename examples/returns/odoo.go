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
	"github.com/retailsync/retailsync/examples/internal/backbone"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
)

//go:embed rules.yaml
var rulesYAML []byte

// retailer is the Odoo that the example works on.
type retailer struct {
	*backbone.Odoo
	// run names the order and the return of this run: in an Odoo that stays, those of earlier runs are finished.
	run             string
	mug, house, eur int64
	order           int64
}

// openOdoo opens the Odoo of the environment and makes what a retailer has there.
func openOdoo(ctx context.Context, env func(string) string) (*retailer, error) {
	erp, err := backbone.Open(ctx, env)
	if err != nil {
		return nil, err
	}
	r := &retailer{Odoo: erp, run: strconv.FormatInt(time.Now().UnixMilli(), 10)}
	if erp.Embedded {
		r.run = "1001"
	}
	if err := r.furnish(ctx); err != nil {
		r.Close()
		return nil, fmt.Errorf("prepare the Odoo %s: %w", r.Where, err)
	}
	return r, nil
}

// furnish makes the mug with stock, what fees are booked on, a tax, a pricelist, and the places where returned goods go, unless they are
// there.
func (r *retailer) furnish(ctx context.Context) error {
	euros, err := odoo.Invoke[[]int64](ctx, r.Client, odoo.Call{
		Model: "res.currency", Method: "search", Args: odoo.Args{"domain": odoo.Eq("name", "EUR")}, Context: odoo.Context{"active_test": false},
	})
	if err != nil || len(euros) != 1 {
		return errors.Join(err, fmt.Errorf("there are %d currencies EUR", len(euros)))
	}
	r.eur = euros[0]
	if err := r.Do(ctx, odoo.Call{Model: "res.currency", Method: "write", IDs: euros, Args: odoo.Args{"vals": map[string]any{"active": true}}}); err != nil {
		return err
	}
	goods := map[string]any{"name": "Mug", "type": "product", "invoice_policy": "order"}
	if r.Version().AtLeast(18) {
		goods["type"], goods["is_storable"] = "consu", true
	}
	for _, one := range []struct {
		model, field, value string
		values              map[string]any
		id                  *int64
	}{
		{"product.product", "default_code", "RT-MUG", goods, &r.mug},
		{"product.product", "default_code", "RT-FEE", map[string]any{"name": "Fee", "type": "service"}, nil},
		{"account.tax", "name", "Returns 25%", map[string]any{"amount": 25, "type_tax_use": "sale"}, nil},
		{"product.pricelist", "name", "Returns EUR", map[string]any{"currency_id": r.eur}, nil},
		{"stock.warehouse", "name", "Returns example", map[string]any{"code": "RTEX"}, &r.house},
		// Outside of the warehouse, so that what is there is not sold.
		{"stock.location", "name", "Returns inspection", map[string]any{"usage": "internal"}, nil},
		{"stock.location", "name", "Returns quarantine", map[string]any{"usage": "internal"}, nil},
	} {
		id, err := r.Ensure(ctx, one.model, one.field, one.value, one.values)
		if err != nil {
			return fmt.Errorf("%s %s: %w", one.model, one.value, err)
		}
		if one.id != nil {
			*one.id = id
		}
	}
	return r.count(ctx, 10)
}

// count sets how many mugs there are, as a person counts them.
func (r *retailer) count(ctx context.Context, units int) error {
	houses, err := odoo.Invoke[[]struct {
		Stock odoo.Many2One `json:"lot_stock_id"`
	}](ctx, r.Client, odoo.Call{Model: "stock.warehouse", Method: "read", IDs: []int64{r.house}, Args: odoo.Args{"fields": []string{"lot_stock_id"}}})
	if err != nil {
		return err
	}
	counting := odoo.Context{"inventory_mode": true}
	quants, err := odoo.Invoke[[]int64](ctx, r.Client, odoo.Call{Model: "stock.quant", Method: "create", Context: counting, Args: odoo.Args{
		"vals_list": []any{map[string]any{"product_id": r.mug, "location_id": houses[0].Stock.ID, "inventory_quantity": units}},
	}})
	if err != nil || !r.Version().AtLeast(15) {
		return err
	}
	return r.Do(ctx, odoo.Call{Model: "stock.quant", Method: "action_apply_inventory", IDs: quants, Context: counting})
}

func (r *retailer) rules() (*mapping.Rules, error) {
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
func (r *retailer) sell(ctx context.Context, connector *retailsync.Connector, shop *shop) error {
	var sold retailsync.OrderResult
	if _, err := connector.ImportOrder(ctx, shop, []string{shop.order.Key.ID}, retailsync.OnResult(func(r retailsync.OrderResult) { sold = r })); err != nil {
		return err
	}
	if sold.Err != nil {
		return sold.Err
	}
	r.order = sold.OdooID
	moves, err := odoo.Find[openMove](ctx, r.Client, odoo.Eq("picking_id.sale_id", r.order))
	if err != nil {
		return err
	}
	if len(moves) != 1 {
		return fmt.Errorf("order %s has %d deliveries", sold.OdooName, len(moves))
	}
	taken := map[string]any{"quantity": 3, "picked": true}
	if !r.Version().AtLeast(17) {
		taken = map[string]any{"quantity_done": 3}
	}
	if err := r.Do(ctx, odoo.Call{Model: "stock.move", Method: "write", IDs: []int64{moves[0].ID}, Args: odoo.Args{"vals": taken}}); err != nil {
		return err
	}
	validate := odoo.Call{Model: "stock.picking", Method: "button_validate", IDs: []int64{moves[0].Picking.ID}, Context: odoo.Context{"skip_sms": true}}
	if err := r.Do(ctx, validate); err != nil {
		return err
	}
	_, err = account.InvoiceOrder(ctx, r.Client, r.order, shop.order.Number)
	return err
}
