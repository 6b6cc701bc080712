package river_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/sale"
)

// books are what a soak has in Odoo.
type books struct {
	*odoo.Client
	t        *testing.T
	hub      hub
	articles map[int64]string // SKUs by id
	counted  int64            // the article that Odoo counts
	place    int64            // where it lies
}

// openBooks makes what the rules name.
func openBooks(t *testing.T, h *hub) *books {
	t.Helper()
	client, err := odoo.Dial(t.Context(), h.Odoo, odoo.Password(h.OdooLogin, h.OdooPassword), odoo.WithDatabase(h.OdooDatabase))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	b := &books{Client: client, t: t, articles: map[int64]string{}}
	h.Warehouse = h.name("warehouse")
	warehouse := b.create("stock.warehouse", map[string]any{"name": h.Warehouse, "code": strings.ToUpper(h.Account[max(0, len(h.Account)-5):])})
	b.place = called[[]struct {
		Stock odoo.Many2One `json:"lot_stock_id"`
	}](b, "stock.warehouse", "read", []int64{warehouse}, odoo.Args{"fields": []string{"lot_stock_id"}}, nil)[0].Stock.ID
	b.create("account.tax", map[string]any{"name": h.name("25%"), "amount": 25, "type_tax_use": "sale"})
	for sku, values := range map[string]map[string]any{
		"A": {"type": "consu"}, "B": {"type": "consu"}, "S": {"type": "consu"}, "COUNTED": {"type": "consu", "is_storable": true}, "SHIPPING": {"type": "service"}, "ROUNDING": {"type": "service"},
	} {
		values["name"], values["default_code"] = h.name(sku), h.sku(sku)
		b.articles[b.create("product.product", values)] = h.sku(sku)
		if sku == "COUNTED" {
			for id, code := range b.articles {
				if code == h.sku(sku) {
					b.counted = id
				}
			}
		}
	}
	euro := called[[]int64](b, "res.currency", "search", nil, odoo.Args{"domain": odoo.Eq("name", "EUR")}, odoo.Context{"active_test": false})
	called[any](b, "res.currency", "write", euro, odoo.Args{"vals": map[string]any{"active": true}}, nil)
	b.create("product.pricelist", map[string]any{"name": h.name("EUR"), "currency_id": euro[0]})
	b.hub = *h
	return b
}

// called calls a method and returns its result.
func called[R any](b *books, model, method string, ids []int64, args odoo.Args, in odoo.Context) R {
	b.t.Helper()
	result, err := odoo.Invoke[R](b.t.Context(), b.Client, odoo.Call{Model: model, Method: method, IDs: ids, Args: args, Context: in})
	if err != nil {
		b.t.Fatal(err)
	}
	return result
}

func (b *books) create(model string, values map[string]any) int64 {
	b.t.Helper()
	return called[[]int64](b, model, "create", nil, odoo.Args{"vals_list": []map[string]any{values}}, nil)[0]
}

// count sets how many of the article there are, as a person counts it.
func (b *books) count(quantity int) {
	b.t.Helper()
	in := odoo.Context{"inventory_mode": true}
	id := called[[]int64](b, "stock.quant", "create", nil, odoo.Args{"vals_list": []map[string]any{
		{"product_id": b.counted, "location_id": b.place, "inventory_quantity": quantity},
	}}, in)[0]
	called[any](b, "stock.quant", "action_apply_inventory", []int64{id}, nil, in)
}

// booked is an order in Odoo.
type booked struct {
	sale.Order
	Units map[string]decimal.Decimal // by SKU
	Text  string                     // all that must not change when nothing has
}

// orders returns all of the channel's orders, by the shop's id; two of one would be two.
func (b *books) orders() map[string][]booked {
	b.t.Helper()
	prefix := canonical.Key{Channel: b.hub.channel()}.String()
	found, err := odoo.Find[sale.Order](b.t.Context(), b.Client, odoo.Like("origin", prefix))
	if err != nil {
		b.t.Fatal(err)
	}
	lines := map[int64][]orderLine{}
	for part := range slices.Chunk(found, 200) {
		ids := make([]int64, len(part))
		for i, order := range part {
			ids[i] = order.ID
		}
		for _, line := range called[[]orderLine](b, "sale.order.line", "search_read", nil, odoo.Args{
			"domain": odoo.In("order_id", ids), "fields": []string{"order_id", "product_id", "product_uom_qty", "price_subtotal", "write_date"}, "order": "id",
		}, nil) {
			lines[line.Order.ID] = append(lines[line.Order.ID], line)
		}
	}
	all := map[string][]booked{}
	for _, order := range found {
		one := booked{Order: order, Units: map[string]decimal.Decimal{}, Text: fmt.Sprint(order.ID, order.Name, order.State, order.AmountTotal, order.Customer, lines[order.ID])}
		for _, line := range lines[order.ID] {
			sku := b.articles[line.Product.ID]
			sum, err := one.Units[sku].Add(line.Quantity)
			if err != nil {
				b.t.Fatal(err)
			}
			one.Units[sku] = sum
		}
		id := strings.TrimPrefix(order.Origin, prefix)
		all[id] = append(all[id], one)
	}
	return all
}

type orderLine struct {
	ID       int64           `json:"id"`
	Order    odoo.Many2One   `json:"order_id"`
	Product  odoo.Many2One   `json:"product_id"`
	Quantity decimal.Decimal `json:"product_uom_qty"`
	Subtotal decimal.Decimal `json:"price_subtotal"`
	Written  string          `json:"write_date"`
}
