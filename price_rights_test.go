package retailsync_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/odoo"
)

// Prices and listings need a right to sell and no other of the documented ones; without it Odoo refuses.
func TestPriceRights(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := newStall(t, w, "    prices: [{currency: USD, pricelist: \"%s\", sale: dated, taxes: included}]\n"+strings.ReplaceAll(allListings, ", origin: categ_id.name", ""))
		product, sku := s.article(map[string]any{"list_price": 20})
		s.rule(product, map[string]any{"fixed_price": 15, "date_start": time.Now().UTC().Add(-time.Hour).Format(time.DateTime)})
		s.sync = s.connector(w.As("base.group_user", groupSales), s.store)
		s.want("the first run", s.run(s.sync.PublishPrices, sku), map[string]string{sku: "published"})
		s.charges(sku, "20")
		s.write("product.product", product, map[string]any{"list_price": 21})
		s.want("a cycle", s.run(s.sync.PublishPrices, sku), map[string]string{sku: "published"})
		s.want("listings", s.describe(s.sync.PublishListings, sku), map[string]string{sku: "published"})

		s.sync = s.connector(w.As("base.group_user"), idempotency.NewMemory())
		_, err := s.sync.ReconcilePrices(context.Background(), s.adapter, retailsync.PriceRun{})
		// Until Odoo 15 prices are a field of products, which every employee may read.
		if want := map[bool]odoo.Code{true: odoo.CodeAccess}[w.Version().AtLeast(17)]; odoo.CodeOf(err) != want {
			t.Errorf("without a right to sell: %v", err)
		}
		s.want("listings without a right to sell", s.describe(s.sync.ReconcileListings, sku), map[string]string{sku: "unchanged"})
	})
}
