package account_test

import (
	"crypto/rand"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
)

// eachOdoo runs a test on every Odoo that has accounting, eitherOdoo on one of them.
var (
	eachOdoo   = warehouse.EachReal
	eitherOdoo = warehouse.EitherReal
)

func dec(text string) decimal.Decimal { return decimal.MustParse(text) }

// shop sells on an Odoo.
type shop struct {
	*warehouse.Warehouse
	t *testing.T
	// tag makes names unique.
	tag string
	// tax is 20 % on top, included 19 % in the price.
	tax, included int64
	// goods are invoiced as delivered, shipping as ordered, fee is what is kept back.
	goods, shipping, fee int64
}

func openShop(t *testing.T, w *warehouse.Warehouse) *shop {
	s := &shop{Warehouse: w, t: t, tag: rand.Text()[:10]}
	s.tax = w.Create("account.tax", map[string]any{"name": "VAT 20 " + s.tag, "amount": 20, "type_tax_use": "sale"}, nil)
	include := map[string]any{"name": "VAT 19 incl " + s.tag, "amount": 19, "type_tax_use": "sale", "price_include": true}
	if w.Version().AtLeast(18) {
		delete(include, "price_include")
		include["price_include_override"] = "tax_included"
	}
	s.included = w.Create("account.tax", include, nil)
	s.goods = w.Product(map[string]any{"invoice_policy": "delivery"})
	s.shipping = w.Create("product.product", map[string]any{"name": "Shipping", "type": "service", "invoice_policy": "order"}, nil)
	s.fee = w.Create("product.product", map[string]any{"name": "Restocking fee", "type": "service", "invoice_policy": "order"}, nil)
	return s
}

// sold is a confirmed order with three units of goods less 10 %, and shipping.
type sold struct {
	order, goods, shipping, picking int64
}

func (s *shop) sell(tax int64, values map[string]any) sold {
	s.t.Helper()
	s.Count(s.goods, s.Place, 3)
	name, _ := s.FieldName("sale.order.line", "tax_ids")
	line := func(product int64, quantity, price, discount float64) any {
		return []any{0, 0, map[string]any{"product_id": product, "product_uom_qty": quantity, "price_unit": price, "discount": discount, name: []any{[]any{6, 0, []int64{tax}}}}}
	}
	all := map[string]any{
		"partner_id": s.Create("res.partner", map[string]any{"name": "Test " + s.tag}, nil), "warehouse_id": s.ID,
		"order_line": []any{line(s.goods, 3, 19.99, 10), line(s.shipping, 1, 4.95, 0)},
	}
	for key, value := range values {
		all[key] = value
	}
	o := sold{order: s.Create("sale.order", all, nil)}
	warehouse.Call[any](s.Warehouse, "sale.order", "action_confirm", []int64{o.order}, nil, nil)
	lines := s.LinesOf(o.order)
	o.goods, o.shipping = lines[0], lines[1]
	return o
}

func (s *shop) ship(o *sold) { o.picking = s.Ship(o.order, map[int64]float64{o.goods: 3}) }

func (s *shop) status(order int64) string {
	s.t.Helper()
	return warehouse.Call[[]struct {
		Status string `json:"invoice_status"`
	}](s.Warehouse, "sale.order", "read", []int64{order}, odoo.Args{"fields": []string{"invoice_status"}}, nil)[0].Status
}

func (s *shop) external(parts ...string) odoo.ExternalID {
	return odoo.NewExternalID("retailsync", append([]string{"test", s.tag}, parts...)...)
}

// creditOne is a credit note of one of the three units, with a tax that Odoo would round otherwise, shipping, and a fee kept back.
func (s *shop) creditOne(o sold, tax int64) account.CreditNoteDraft {
	return account.CreditNoteDraft{
		ExternalID: s.external("credit"), Order: o.order, Ref: "RMA-" + s.tag,
		Untaxed: dec("20.44"), Tax: dec("4.08"), Total: dec("24.52"),
		Lines: []account.CreditLine{
			{ExternalID: s.external("credit", "1"), SaleLine: o.goods, Quantity: dec("1"), Untaxed: dec("17.99"), Taxes: []account.TaxAmount{{Tax: tax, Amount: dec("3.59")}}},
			{ExternalID: s.external("credit", "2"), SaleLine: o.shipping, Quantity: dec("1"), Untaxed: dec("4.95"), Taxes: []account.TaxAmount{{Tax: tax, Amount: dec("0.99")}}},
			{ExternalID: s.external("credit", "3"), Product: s.fee, Name: "Restocking fee", Quantity: dec("1"), Untaxed: dec("-2.50"), Taxes: []account.TaxAmount{{Tax: tax, Amount: dec("-0.50")}}},
		},
	}
}
