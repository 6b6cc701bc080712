package retailsync_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/odoo"
)

// userOf is a client of a new user who has the groups besides being an internal user, and no others.
func userOf(t *testing.T, w *warehouse.Warehouse, groups ...string) *odoo.Client {
	t.Helper()
	p := peer.OdooServer(t, w.Series)
	login, password := "user-"+strings.ToLower(rand.Text()), rand.Text()
	warehouse.NewUser(t, w.Client, login, password, append([]string{"base.group_user"}, groups...)...)
	client, err := target{URL: p.URL, Database: p.Database, Login: login, Secret: password}.dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// Prices and listings need a right to sell and no other of the documented ones; without it Odoo refuses.
func TestPriceRights(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := newStall(t, w, "    prices: [{currency: USD, pricelist: \"%s\", sale: dated, taxes: included}]\n"+strings.ReplaceAll(allListings, ", origin: categ_id.name", ""))
		product, sku := s.article(map[string]any{"list_price": 20})
		s.rule(product, map[string]any{"fixed_price": 15, "date_start": time.Now().UTC().Add(-time.Hour).Format(time.DateTime)})
		s.sync = s.connector(userOf(t, w, groupSales), s.store)
		s.want("the first run", s.run(s.sync.PublishPrices, sku), map[string]string{sku: "published"})
		s.charges(sku, "20")
		s.write("product.product", product, map[string]any{"list_price": 21})
		s.want("a cycle", s.run(s.sync.PublishPrices, sku), map[string]string{sku: "published"})
		s.want("listings", s.describe(s.sync.PublishListings, sku), map[string]string{sku: "published"})

		s.sync = s.connector(userOf(t, w), idempotency.NewMemory())
		_, err := s.sync.ReconcilePrices(context.Background(), s.adapter, retailsync.PriceRun{})
		// Until Odoo 15 prices are a field of products, which every employee may read.
		if want := map[bool]odoo.Code{true: odoo.CodeAccess}[w.Version().AtLeast(17)]; odoo.CodeOf(err) != want {
			t.Errorf("without a right to sell: %v", err)
		}
		s.want("listings without a right to sell", s.describe(s.sync.ReconcileListings, sku), map[string]string{sku: "unchanged"})
	})
}
