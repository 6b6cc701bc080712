package retailsync_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
	"github.com/retailsync/retailsync/marketplace/woocommerce/wootest"
)

// What a channel says in another form than it was told, as WooCommerce does of a variation that is a draft and of a
// description that it cleans, is neither drift nor sent again; what a person changes is.
func TestListingsThatTheChannelSaysOtherwise(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		woo := wootest.NewServer()
		t.Cleanup(woo.Close)
		shop := woocommerce.New(woo.URL, woocommerce.Keys(woo.Key, woo.Secret), woocommerce.WithBackoff(time.Millisecond), woocommerce.WithRateLimit(1000))
		sku := "PR-" + tag()
		id := w.Product(map[string]any{"default_code": sku, "name": "Tee", "sale_ok": false})
		product := woo.PutProduct(`{"name":"Tee","type":"variable"}`)
		woo.PutVariation(product, `{"sku":"`+sku+`"}`)
		rules, err := mapping.Load(strings.NewReader(`version: 1
channels:
  woocommerce/main:
    listings:
      fields: {title: name}
      status: {when: [{field: sale_ok, is: "false", status: draft}], otherwise: active}
`), "rules.yaml")
		if err != nil {
			t.Fatal(err)
		}
		connector := retailsync.New(w.Client, rules, retailsync.WithStore(idempotency.NewMemory()))
		run := func(what, want string) {
			t.Helper()
			got := ""
			if _, err := connector.ReconcileListings(t.Context(), shop, retailsync.ListingRun{OnResult: func(r retailsync.ListingResult) {
				if r.SKU == sku {
					if got = string(r.Outcome); r.Drifted {
						got += " drifted"
					}
				}
			}}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
		run("first", "published")
		run("again", "unchanged")
		woo.ChangeProduct(sku, func(fields map[string]any) { fields["status"] = "publish" })
		run("a person sells it", "published drifted")
		run("set right", "unchanged")
		warehouse.Call[any](w, "product.product", "write", []int64{id}, map[string]any{"vals": map[string]any{"sale_ok": true}}, nil)
		run("for sale", "published")
		woo.ChangeProduct(sku, func(fields map[string]any) { fields["status"] = "private" })
		run("a person hides it", "published drifted")
	})
}
