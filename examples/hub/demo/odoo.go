package demo

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
	"github.com/retailsync/retailsync/odoo/sale"
)

// article is a product that is sold, with what the warehouse has of it.
type article struct {
	sku, name string
	stock     int
}

var articles = []article{{"HUB-TEE", "T-shirt", 40}, {"HUB-MUG", "Mug", 25}, {"HUB-CAP", "Cap", 12}}

// Odoo is the Odoo of the demonstration: the one that the environment names, or one inside the process.
type Odoo struct {
	*backbone.Odoo
	// Run names the orders of this run: in an Odoo that stays, those of earlier runs are done.
	Run      string
	products map[string]int64
	house    int64
	carrier  int64
}

// OpenOdoo opens the Odoo and makes what the rules of the demonstration name, unless it is there. Fresh says that nothing else remembers an
// earlier run.
func OpenOdoo(ctx context.Context, env func(string) string, fresh bool, options ...odoo.Option) (*Odoo, error) {
	erp, err := backbone.Open(ctx, env, options...)
	if err != nil {
		return nil, err
	}
	o := &Odoo{Odoo: erp, Run: strconv.FormatInt(time.Now().Unix(), 10), products: map[string]int64{}}
	if erp.Embedded && fresh {
		o.Run = "10"
	}
	if err := o.furnish(ctx); err != nil {
		o.Close()
		return nil, fmt.Errorf("prepare the Odoo %s: %w", o.Where, err)
	}
	return o, nil
}

func (o *Odoo) furnish(ctx context.Context) error {
	eur, err := o.euro(ctx)
	if err != nil {
		return err
	}
	made := func(model, field, value string, values map[string]any) int64 {
		if err != nil {
			return 0
		}
		id, failed := o.Ensure(ctx, model, field, value, values)
		if failed != nil {
			err = fmt.Errorf("%s %s: %w", model, value, failed)
		}
		return id
	}
	for _, a := range articles {
		goods := map[string]any{"name": a.name, "type": "product", "invoice_policy": "order"}
		if o.Version().AtLeast(18) {
			goods["type"], goods["is_storable"] = "consu", true
		}
		o.products[a.sku] = made("product.product", "default_code", a.sku, goods)
	}
	service := func() map[string]any {
		return map[string]any{"name": "Hub service", "type": "service", "invoice_policy": "order"}
	}
	shipping := made("product.product", "default_code", "HUB-SHIPPING", service())
	made("product.product", "default_code", "HUB-FEE", service())
	made("account.tax", "name", "Hub 25%", map[string]any{"amount": 25, "type_tax_use": "sale"})
	made("product.pricelist", "name", "Hub EUR", map[string]any{"currency_id": eur})
	o.house = made("stock.warehouse", "name", "Hub example", map[string]any{"code": "HUBX"})
	o.carrier = made("delivery.carrier", "name", "Hub parcel", map[string]any{"product_id": shipping})
	// Outside of the warehouse, so that what is there is not sold.
	made("stock.location", "name", "Hub inspection", map[string]any{"usage": "internal"})
	made("stock.location", "name", "Hub quarantine", map[string]any{"usage": "internal"})
	made("account.journal", "code", "HUBP", map[string]any{"name": "Payment provider (hub)", "type": "bank"})
	for _, one := range []struct {
		code, name string
		asset      bool
	}{{"HUB00", "Held by the provider (hub)", true}, {"HUB01", "Fees of the provider (hub)", false}, {"HUB03", "Between provider and bank (hub)", true}} {
		values := map[string]any{"name": one.name, "reconcile": one.asset}
		if err == nil {
			err = o.classify(ctx, values, one.asset)
		}
		made("account.account", "code", one.code, values)
	}
	for _, a := range articles {
		if err == nil {
			err = o.count(ctx, a)
		}
	}
	return err
}

// euro returns the currency and makes it active.
func (o *Odoo) euro(ctx context.Context) (int64, error) {
	euros, err := odoo.Invoke[[]int64](ctx, o.Client, odoo.Call{
		Model: "res.currency", Method: "search", Effect: odoo.EffectRead, Args: odoo.Args{"domain": odoo.Eq("name", "EUR")}, Context: odoo.Context{"active_test": false},
	})
	if err != nil || len(euros) != 1 {
		return 0, errors.Join(err, fmt.Errorf("there are %d currencies EUR", len(euros)))
	}
	if err := o.write(ctx, "res.currency", euros[0], map[string]any{"active": true}); err != nil {
		return 0, err
	}
	return euros[0], o.rate(ctx, euros[0])
}

// rate makes a rate of a currency that has none: books in another currency need one.
func (o *Odoo) rate(ctx context.Context, currency int64) error {
	rates, err := odoo.Count[currencyRate](ctx, o.Client, odoo.Eq("currency_id", currency))
	if err != nil || rates > 0 {
		return err
	}
	return o.Do(ctx, odoo.Call{Model: currencyRate{}.OdooModel(), Method: "create", Args: odoo.Args{
		"vals_list": []any{map[string]any{"currency_id": currency, "name": "2020-01-01", "rate": 1}},
	}})
}

type currencyRate struct {
	ID int64 `odoo:"id"`
}

// OdooModel names the model.
func (currencyRate) OdooModel() string { return "res.currency.rate" }

// classify says what kind of account it is: before 16 by a record, later by a word.
func (o *Odoo) classify(ctx context.Context, values map[string]any, asset bool) error {
	word, record := "expense", "Expenses"
	if asset {
		word, record = "asset_current", "Current Assets"
	}
	if o.Version().AtLeast(16) {
		values["account_type"] = word
		return nil
	}
	kinds, err := odoo.Invoke[[]int64](ctx, o.Client, odoo.Call{
		Model: "account.account.type", Method: "search", Effect: odoo.EffectRead, Args: odoo.Args{"domain": odoo.Eq("name", record)},
	})
	if err != nil || len(kinds) == 0 {
		return errors.Join(err, fmt.Errorf("there is no type of account %q", record))
	}
	values["user_type_id"] = kinds[0]
	return nil
}

// count sets how much of an article there is, as a person counts it.
func (o *Odoo) count(ctx context.Context, a article) error {
	houses, err := odoo.Invoke[[]struct {
		Stock odoo.Many2One `json:"lot_stock_id"`
	}](ctx, o.Client, odoo.Call{Model: "stock.warehouse", Method: "read", Effect: odoo.EffectRead, IDs: []int64{o.house}, Args: odoo.Args{"fields": []string{"lot_stock_id"}}})
	if err != nil || len(houses) != 1 {
		return errors.Join(err, fmt.Errorf("there are %d warehouses", len(houses)))
	}
	counting := odoo.Context{"inventory_mode": true}
	quants, err := odoo.Invoke[[]int64](ctx, o.Client, odoo.Call{Model: "stock.quant", Method: "create", Context: counting, Args: odoo.Args{
		"vals_list": []any{map[string]any{"product_id": o.products[a.sku], "location_id": houses[0].Stock.ID, "inventory_quantity": a.stock}},
	}})
	if err != nil || !o.Version().AtLeast(15) {
		return err
	}
	return o.Do(ctx, odoo.Call{Model: "stock.quant", Method: "action_apply_inventory", IDs: quants, Context: counting})
}

// openMove is what a delivery still has to take.
type openMove struct {
	ID      int64         `odoo:"id"`
	Product odoo.Many2One `odoo:"product_id"`
	Picking odoo.Many2One `odoo:"picking_id"`
}

// OdooModel names the model.
func (openMove) OdooModel() string { return "stock.move" }

// Has says whether the channel's order is in Odoo, and returns its id there.
func (o *Odoo) Has(ctx context.Context, order canonical.Key) (int64, bool, error) {
	name := odoo.NewExternalID(mapping.Module, order.Channel.Name, order.Channel.Account, "order", order.ID)
	found, err := sale.FindByExternalID(ctx, o.Client, []odoo.ExternalID{name})
	if err != nil || len(found) == 0 {
		return 0, false, err
	}
	return found[name].ID, true, nil
}

// Ship packs all that the order's delivery has and hands it to the carrier, as people in the warehouse do.
func (o *Odoo) Ship(ctx context.Context, order int64, tracking string, units map[string]int) error {
	moves, err := odoo.Find[openMove](ctx, o.Client, odoo.And(odoo.Eq("picking_id.sale_id", order), odoo.NotIn("state", []string{"done", "cancel"})))
	if err != nil {
		return err
	}
	if len(moves) == 0 {
		return fmt.Errorf("order %d has nothing to deliver", order)
	}
	packed := map[int64]int{}
	for sku, n := range units {
		packed[o.products[sku]] = n
	}
	for _, move := range moves {
		n := packed[move.Product.ID]
		taken := map[string]any{"quantity": n, "picked": true}
		if !o.Version().AtLeast(17) {
			taken = map[string]any{"quantity_done": n}
		}
		if err := o.write(ctx, "stock.move", move.ID, taken); err != nil {
			return err
		}
	}
	picking := moves[0].Picking.ID
	if err := o.write(ctx, "stock.picking", picking, map[string]any{"carrier_id": o.carrier, "carrier_tracking_ref": tracking}); err != nil {
		return err
	}
	return o.Do(ctx, odoo.Call{Model: "stock.picking", Method: "button_validate", IDs: []int64{picking}, Context: odoo.Context{"skip_sms": true, "skip_backorder": true}})
}

// Invoice invoices an order, as an accountant does.
func (o *Odoo) Invoice(ctx context.Context, order int64, number string) error {
	_, err := account.InvoiceOrder(ctx, o.Client, order, number)
	return err
}

func (o *Odoo) write(ctx context.Context, model string, id int64, values map[string]any) error {
	return o.Do(ctx, odoo.Call{Model: model, Method: "write", IDs: []int64{id}, Args: odoo.Args{"vals": values}})
}
