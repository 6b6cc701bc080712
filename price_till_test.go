package retailsync_test

import (
	"testing"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/odoo"
)

// What the rules name is looked up by each run: a tax that was raised, or a new one of a product, is in the next price, and of a
// pricelist that is gone nothing is published.
func TestPricesFollowTaxesAndPricelists(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := newStall(t, w, "    prices: [{currency: USD, pricelist: %s, taxes: included}]\n")
		tax := s.tax(10)
		product, sku := s.article(map[string]any{"list_price": 100, "taxes_id": []any{[]any{6, 0, []int64{tax}}}})
		s.run(s.sync.PublishPrices)
		s.charges(sku, "110")
		s.write("account.tax", tax, map[string]any{"amount": 20})
		s.run(s.sync.PublishPrices)
		s.charges(sku, "120")
		s.write("product.product", product, map[string]any{"taxes_id": []any{[]any{6, 0, []int64{s.tax(30)}}}})
		s.run(s.sync.PublishPrices)
		s.charges(sku, "130")
		warehouse.Call[any](w, "product.pricelist", "unlink", []int64{s.list}, nil, nil)
		s.write("product.product", product, map[string]any{"list_price": 50})
		if _, err := s.sync.PublishPrices(t.Context(), s.adapter, retailsync.PriceRun{}); err == nil {
			t.Error("the pricelist is gone, and nothing says so")
		}
		s.charges(sku, "130")
	})
}

// tax makes a sale tax of so many percent that prices do not contain.
func (s *stall) tax(percent float64) int64 {
	s.t.Helper()
	values := map[string]any{"name": "Tax " + tag(), "amount": percent, "amount_type": "percent", "type_tax_use": "sale"}
	if s.odoo.Version().AtLeast(18) {
		values["price_include_override"] = "tax_excluded"
	}
	return s.odoo.Create("account.tax", values, odoo.Context{})
}
