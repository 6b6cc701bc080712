// Package warehouse drives the stock of Odoo servers in tests, the in-process one and the real ones: products, counts,
// orders, deliveries.
package warehouse

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/odootest"
)

// Warehouse drives the stock of an Odoo.
type Warehouse struct {
	*odoo.Client
	t      *testing.T
	peer   peer.Odoo
	server *odootest.Server // of the in-process one, else nil
	// Series is the Odoo's version.
	Series int
	// ID, Name and Place are the warehouse and its stock location, made for the test.
	ID    int64
	Name  string
	Place int64
}

// EachOdoo runs the test in process and on the real server, of Odoo 19 and of 14, each with a warehouse of its own.
func EachOdoo(t *testing.T, check func(t *testing.T, w *Warehouse)) {
	t.Helper()
	inOdoos(t, []int{19, 14}, check)
}

// EitherOdoo is EachOdoo for what one of the real servers is enough for: see [peer.Either].
func EitherOdoo(t *testing.T, check func(t *testing.T, w *Warehouse)) {
	t.Helper()
	inOdoos(t, peer.Either(t), check)
}

func inOdoos(t *testing.T, real []int, check func(t *testing.T, w *Warehouse)) {
	t.Helper()
	for _, series := range []int{19, 14} {
		t.Run(fmt.Sprintf("in-process %d", series), func(t *testing.T) {
			t.Parallel()
			server := odootest.New(odootest.Version(series))
			t.Cleanup(server.Close)
			p := peer.Odoo{Series: series, URL: server.Start(), Database: server.DB(), Login: server.Login(), Password: server.Password()}
			if series >= 19 {
				p.APIKey = server.APIKey()
			}
			check(t, open(t, p, server))
		})
		if slices.Contains(real, series) {
			t.Run(fmt.Sprintf("real %d", series), func(t *testing.T) {
				t.Parallel()
				check(t, open(t, peer.OdooServer(t, series), nil))
			})
		}
	}
}

// EachKits runs the test on the real servers that have kits, of Odoo 19 and of 14, each with a warehouse of its own. The in-process one has
// no kits.
func EachKits(t *testing.T, check func(t *testing.T, w *Warehouse)) {
	t.Helper()
	peer.OnReal(t, []int{19, 14}, func(t *testing.T, series int) { check(t, open(t, peer.Kits(t, series), nil)) })
}

func open(t *testing.T, p peer.Odoo, server *odootest.Server) *Warehouse {
	t.Helper()
	w := &Warehouse{Client: dial(t, p, credential(p)), t: t, peer: p, server: server, Series: p.Series}
	w.ID, w.Place, w.Name = w.Open()
	return w
}

// credential is that of the administrator: an API key where there is one, with which JSON-2 is spoken.
func credential(p peer.Odoo) odoo.Credential {
	if p.APIKey != "" {
		return odoo.APIKey(p.APIKey)
	}
	return odoo.Password(p.Login, p.Password)
}

func dial(t *testing.T, p peer.Odoo, by odoo.Credential, options ...odoo.Option) *odoo.Client {
	t.Helper()
	options = append([]odoo.Option{odoo.WithDatabase(p.Database)}, options...)
	client, err := odoo.Dial(t.Context(), p.URL, by, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// Real reports whether this is a real server.
func (w *Warehouse) Real() bool { return w.server == nil }

// Call calls a method and returns its result.
func Call[R any](w *Warehouse, model, method string, ids []int64, args odoo.Args, in odoo.Context) R {
	w.t.Helper()
	result, err := odoo.Invoke[R](context.Background(), w.Client, odoo.Call{Model: model, Method: method, IDs: ids, Args: args, Context: in})
	if err != nil {
		w.t.Fatal(err)
	}
	return result
}

// Create makes a record.
func (w *Warehouse) Create(model string, values map[string]any, in odoo.Context) int64 {
	w.t.Helper()
	return Call[[]int64](w, model, "create", nil, odoo.Args{"vals_list": []map[string]any{values}}, in)[0]
}

// Open makes a warehouse of its own.
func (w *Warehouse) Open() (id, place int64, name string) {
	w.t.Helper()
	code := rand.Text()[:5]
	id = w.Create("stock.warehouse", map[string]any{"name": "Test " + code, "code": code}, nil)
	rows := Call[[]struct {
		Stock odoo.Many2One `json:"lot_stock_id"`
	}](w, "stock.warehouse", "read", []int64{id}, odoo.Args{"fields": []string{"lot_stock_id"}}, nil)
	return id, rows[0].Stock.ID, "Test " + code
}

// Product makes one that Odoo keeps stock of.
func (w *Warehouse) Product(values map[string]any) int64 {
	w.t.Helper()
	all := map[string]any{"name": "Test", "default_code": "ST-" + rand.Text(), "type": "product"}
	if w.Version().AtLeast(18) {
		all["type"], all["is_storable"] = "consu", true
	}
	for name, value := range values {
		all[name] = value
	}
	return w.Create("product.product", all, nil)
}

// Kit makes a product that consists of others, so many of each.
func (w *Warehouse) Kit(parts map[int64]float64) int64 {
	w.t.Helper()
	kit := w.Create("product.product", map[string]any{"name": "Kit", "default_code": "KIT-" + rand.Text(), "type": "consu"}, nil)
	template := Call[[]struct {
		Template odoo.Many2One `json:"product_tmpl_id"`
	}](w, "product.product", "read", []int64{kit}, odoo.Args{"fields": []string{"product_tmpl_id"}}, nil)[0].Template.ID
	lines := []any{}
	for _, part := range slices.Sorted(maps.Keys(parts)) {
		lines = append(lines, []any{0, 0, map[string]any{"product_id": part, "product_qty": parts[part]}})
	}
	w.Create("mrp.bom", map[string]any{"product_tmpl_id": template, "type": "phantom", "product_qty": 1, "bom_line_ids": lines}, nil)
	return kit
}

// Count sets how much of a product is at a location, as a person counts it.
func (w *Warehouse) Count(product, location int64, quantity float64) {
	w.t.Helper()
	id := w.Create("stock.quant", map[string]any{"product_id": product, "location_id": location, "inventory_quantity": quantity}, odoo.Context{"inventory_mode": true})
	if w.Version().AtLeast(15) {
		Call[any](w, "stock.quant", "action_apply_inventory", []int64{id}, nil, odoo.Context{"inventory_mode": true})
	}
}

// Order sells a quantity from the warehouse and returns the confirmed order.
func (w *Warehouse) Order(product int64, quantity float64) int64 {
	w.t.Helper()
	partner := w.Create("res.partner", map[string]any{"name": "Test"}, nil)
	id := w.Create("sale.order", map[string]any{
		"partner_id": partner, "warehouse_id": w.ID,
		"order_line": []any{[]any{0, 0, map[string]any{"product_id": product, "product_uom_qty": quantity}}},
	}, nil)
	Call[any](w, "sale.order", "action_confirm", []int64{id}, nil, nil)
	return id
}

// Deliver delivers all of an order.
func (w *Warehouse) Deliver(order int64) {
	w.t.Helper()
	pickings := Call[[]int64](w, "stock.picking", "search", nil, odoo.Args{"domain": odoo.Eq("sale_id", order)}, nil)
	if w.Version().AtLeast(17) {
		Call[any](w, "stock.picking", "button_validate", pickings, nil, nil)
		return
	}
	moves := Call[[]struct {
		ID       int64           `json:"id"`
		Quantity decimal.Decimal `json:"product_uom_qty"`
	}](w, "stock.move", "search_read", nil, odoo.Args{"domain": odoo.In("picking_id", pickings), "fields": []string{"product_uom_qty"}}, nil)
	for _, move := range moves {
		Call[any](w, "stock.move", "write", []int64{move.ID}, odoo.Args{"vals": map[string]any{"quantity_done": move.Quantity}}, nil)
	}
	Call[any](w, "stock.picking", "button_validate", pickings, nil, nil)
}

// Ship delivers quantities of an order's lines from its open delivery, by line, leaves the rest to another one, and
// returns the delivery that is done.
func (w *Warehouse) Ship(order int64, quantities map[int64]float64) int64 {
	w.t.Helper()
	moves := Call[[]struct {
		ID      int64         `json:"id"`
		Line    odoo.Many2One `json:"sale_line_id"`
		Picking odoo.Many2One `json:"picking_id"`
	}](w, "stock.move", "search_read", nil, odoo.Args{
		"domain": odoo.And(odoo.Eq("sale_line_id.order_id", order), odoo.NotIn("state", []string{"done", "cancel"}), odoo.Eq("location_dest_id.usage", "customer")),
		"fields": []string{"sale_line_id", "picking_id"}, "order": "picking_id, id",
	}, nil)
	if len(moves) == 0 {
		w.t.Fatalf("order %d has nothing left to deliver", order)
	}
	for _, move := range moves {
		if move.Picking.ID != moves[0].Picking.ID {
			continue
		}
		values := map[string]any{"quantity_done": quantities[move.Line.ID]}
		if w.Version().AtLeast(17) {
			values = map[string]any{"quantity": quantities[move.Line.ID], "picked": quantities[move.Line.ID] > 0}
		}
		Call[any](w, "stock.move", "write", []int64{move.ID}, odoo.Args{"vals": values}, nil)
	}
	Call[any](w, "stock.picking", "button_validate", []int64{moves[0].Picking.ID}, nil, odoo.Context{"skip_backorder": true})
	return moves[0].Picking.ID
}

// Component is one of those that a line of an order is delivered as.
type Component struct{ Line, Product int64 }

// ShipParts delivers quantities of components from an order's open delivery, leaves the rest to another one, and returns the delivery that is
// done.
func (w *Warehouse) ShipParts(order int64, quantities map[Component]float64) int64 {
	w.t.Helper()
	moves := Call[[]struct {
		ID      int64         `json:"id"`
		Line    odoo.Many2One `json:"sale_line_id"`
		Product odoo.Many2One `json:"product_id"`
		Picking odoo.Many2One `json:"picking_id"`
	}](w, "stock.move", "search_read", nil, odoo.Args{
		"domain": odoo.And(odoo.Eq("sale_line_id.order_id", order), odoo.NotIn("state", []string{"done", "cancel"})),
		"fields": []string{"sale_line_id", "product_id", "picking_id"}, "order": "picking_id, id",
	}, nil)
	if len(moves) == 0 {
		w.t.Fatalf("order %d has nothing left to deliver", order)
	}
	for _, move := range moves {
		quantity := quantities[Component{move.Line.ID, move.Product.ID}]
		values := map[string]any{"quantity_done": quantity}
		if w.Version().AtLeast(17) {
			values = map[string]any{"quantity": quantity, "picked": quantity > 0}
		}
		Call[any](w, "stock.move", "write", []int64{move.ID}, odoo.Args{"vals": values}, nil)
	}
	Call[any](w, "stock.picking", "button_validate", []int64{moves[0].Picking.ID}, nil, odoo.Context{"skip_backorder": true})
	return moves[0].Picking.ID
}

// Carrier makes a delivery method.
func (w *Warehouse) Carrier(name string) int64 {
	w.t.Helper()
	product := w.Create("product.product", map[string]any{"name": name, "type": "service"}, nil)
	return w.Create("delivery.carrier", map[string]any{"name": name, "product_id": product}, nil)
}

// Track writes the carrier and the tracking reference of a delivery; zero values are left alone.
func (w *Warehouse) Track(delivery, carrier int64, reference string) {
	w.t.Helper()
	values := map[string]any{}
	if carrier != 0 {
		values["carrier_id"] = carrier
	}
	if reference != "" {
		values["carrier_tracking_ref"] = reference
	}
	Call[any](w, "stock.picking", "write", []int64{delivery}, odoo.Args{"vals": values}, nil)
}

// LinesOf returns the lines of an order, by id.
func (w *Warehouse) LinesOf(order int64) []int64 {
	w.t.Helper()
	return Call[[]int64](w, "sale.order.line", "search", nil, odoo.Args{"domain": odoo.Eq("order_id", order), "order": "id"}, nil)
}

// Return takes units of the first product of a delivery back.
func (w *Warehouse) Return(delivery int64, units float64) {
	w.t.Helper()
	in := odoo.Context{"active_id": delivery, "active_ids": []int64{delivery}, "active_model": "stock.picking"}
	model, create := "stock.return.picking", "create_returns"
	if w.Version().AtLeast(18) {
		create = "action_create_returns"
	}
	moves := Call[[]struct {
		ID      int64         `json:"id"`
		Product odoo.Many2One `json:"product_id"`
	}](w, "stock.move", "search_read", nil, odoo.Args{"domain": odoo.Eq("picking_id", delivery), "fields": []string{"product_id"}, "order": "id", "limit": 1}, nil)
	values := map[string]any{"picking_id": delivery}
	if !w.Version().AtLeast(18) {
		place := Call[[]struct {
			From odoo.Many2One `json:"location_id"`
		}](w, "stock.picking", "read", []int64{delivery}, odoo.Args{"fields": []string{"location_id"}}, nil)[0].From.ID
		values["location_id"] = place
		values["product_return_moves"] = []any{[]any{0, 0, map[string]any{"product_id": moves[0].Product.ID, "quantity": units, "move_id": moves[0].ID, "to_refund": true}}}
	}
	wizard := w.Create(model, values, in)
	if w.Version().AtLeast(18) {
		lines := Call[[]int64](w, "stock.return.picking.line", "search", nil, odoo.Args{"domain": odoo.And(odoo.Eq("wizard_id", wizard), odoo.Eq("move_id", moves[0].ID))}, nil)
		Call[any](w, "stock.return.picking.line", "write", lines, odoo.Args{"vals": map[string]any{"quantity": units}}, nil)
	}
	back := Call[struct {
		ID int64 `json:"res_id"`
	}](w, model, create, []int64{wizard}, nil, in).ID
	if !w.Version().AtLeast(17) {
		made := Call[[]int64](w, "stock.move", "search", nil, odoo.Args{"domain": odoo.Eq("picking_id", back)}, nil)
		Call[any](w, "stock.move", "write", made, odoo.Args{"vals": map[string]any{"quantity_done": units}}, nil)
	}
	Call[any](w, "stock.picking", "button_validate", []int64{back}, nil, nil)
}

// Dozen returns a unit of twelve of the products' own.
func (w *Warehouse) Dozen() int64 {
	w.t.Helper()
	domain := odoo.Eq("name", "Dozens")
	found := Call[[]int64](w, "uom.uom", "search", nil, odoo.Args{"domain": domain, "limit": 1}, nil)
	if len(found) > 0 {
		return found[0]
	}
	of := Call[[]int64](w, "uom.uom", "search", nil, odoo.Args{"domain": odoo.Eq("name", "Units"), "limit": 1}, nil)
	return w.Create("uom.uom", map[string]any{"name": "Dozens", "relative_factor": 12, "relative_uom_id": of[0]}, nil)
}

// Unit makes a unit of measure with a name of its own: so many of another, which is named in English.
func (w *Warehouse) Unit(name string, size float64, of string) int64 {
	w.t.Helper()
	base := Call[[]int64](w, "uom.uom", "search", nil, odoo.Args{"domain": odoo.Eq("name", of), "limit": 1}, nil)
	if w.Version().AtLeast(19) {
		return w.Create("uom.uom", map[string]any{"name": name, "relative_factor": size, "relative_uom_id": base[0]}, nil)
	}
	category := Call[[]struct {
		Category odoo.Many2One `json:"category_id"`
	}](w, "uom.uom", "read", base, odoo.Args{"fields": []string{"category_id"}}, nil)[0].Category.ID
	values := map[string]any{"name": name, "category_id": category, "uom_type": "bigger", "factor_inv": size, "factor": 1 / size}
	return w.Create("uom.uom", values, nil)
}

// InUnit reports whether the open moves of a line are in a unit of measure.
func (w *Warehouse) InUnit(order, line, unit int64) bool {
	w.t.Helper()
	moves := Call[[]struct {
		Unit odoo.Many2One `json:"product_uom"`
	}](w, "stock.move", "search_read", nil, odoo.Args{"domain": odoo.And(odoo.Eq("sale_line_id.order_id", order), odoo.Eq("sale_line_id", line)), "fields": []string{"product_uom"}}, nil)
	return len(moves) > 0 && moves[0].Unit.ID == unit
}
