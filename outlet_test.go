package retailsync_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/mapping"
)

// Rules that only the database shows to be wrong are refused before anything is published: the same units at two places
// under two references, and the stock of another company.
func TestStockPlacesAreChecked(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		for _, test := range []struct{ name, rules, wrong string }{
			{"one warehouse by id and by name", fmt.Sprintf("stock: {locations: [{location: a, warehouses: [%d]}, {location: b, warehouses: [%s]}]}", w.ID, w.Name), "sold twice"},
			{"three of them, 120 percent", fmt.Sprintf("stock: {share: 40, locations: [{location: a, warehouses: [%d]}, {location: b, warehouses: [%s]}, {location: c, warehouses: [%d]}]}", w.ID, w.Name, w.ID), "sold twice"},
			{"half for each", fmt.Sprintf("stock: {share: 50, locations: [{location: a, warehouses: [%d]}, {location: b, warehouses: [%s]}]}", w.ID, w.Name), ""},
			{"twice at one place", fmt.Sprintf("stock: {locations: [{location: a, warehouses: [%d, %s]}]}", w.ID, w.Name), ""},
			{"another company's", fmt.Sprintf("company: 987654\n    stock: {locations: [{location: a, warehouses: [%d]}]}", w.ID), "is of company"},
		} {
			rules, err := mapping.Load(strings.NewReader("version: 1\nchannels:\n  rack/main:\n    currency_view: shop\n    "+test.rules+"\n"), "rules.yaml")
			if err == nil {
				shop := newRack()
				_, err = retailsync.New(w.Client, rules, retailsync.WithStore(idempotency.NewMemory())).PublishStock(t.Context(), shop, retailsync.StockRun{DryRun: true})
			}
			switch {
			case test.wrong == "" && err != nil:
				t.Errorf("%s: %v", test.name, err)
			case test.wrong != "" && (err == nil || !strings.Contains(err.Error(), test.wrong)):
				t.Errorf("%s: %v, want an error that says %q", test.name, err, test.wrong)
			}
		}
	})
}
