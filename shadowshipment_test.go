package retailsync_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace/medusa"
)

// TestShadowShipments compares what two rules would tell the channel of deliveries while it writes nothing.
func TestShadowShipments(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		const ruled = `    shipments:
      carriers: [{carrier: "Carrier *", word: post, url: "https://track.example.com/{number}"}]
`
		carrier := w.Carrier("Carrier " + w.Name)
		p := newParcelDesk(t, w, ruled)
		product := w.Product(nil)
		w.Count(product, w.Place, 100)
		order, other := p.sell(product, 3, 2), p.sell(product, 1)
		first := w.Ship(order.odoo, map[int64]float64{order.lines[0]: 2})
		w.Track(first, carrier, "NR-1")
		w.Ship(other.odoo, map[int64]float64{other.lines[0]: 1})
		guard := &writeGuard{}
		connector := retailsync.New(w.Dial(t, guard.client()), p.rules, guard.options(p.store)...)
		adapter := medusa.New(p.shop.URL, medusa.SecretKey(p.shop.SecretKey), medusa.WithAccount(p.account), medusa.WithTransport(guard.channel()))
		shadow := func(rules string) *retailsync.ShadowReport {
			t.Helper()
			others, err := mapping.Load(strings.NewReader("version: 1\nchannels:\n  medusa/"+p.account+":\n    currency_view: shop\n    stock:\n      locations: [{location: sloc_main, warehouses: ["+
				w.Name+"]}]\n"+rules), "others.yaml")
			if err != nil {
				t.Fatal(err)
			}
			report, err := connector.ShadowShipments(t.Context(), adapter, others, retailsync.ShadowRun{Since: p.since})
			if err != nil {
				t.Fatal(err)
			}
			return report
		}
		if report := shadow(ruled); report.Compared != 2 || report.Same != 2 || report.Failing > 0 {
			t.Errorf("equal rules: %s, %v", report, report.Differing)
		}
		report := shadow(strings.ReplaceAll(strings.ReplaceAll(ruled, "post", "courier"), "track.example.com", "new.example.com"))
		if report.Compared != 2 || report.Same != 1 {
			t.Fatalf("another carrier's code: %s, %v", report, report.Differing)
		}
		_, text, _ := strings.Cut(report.Differing[0].String(), ":\n")
		if diff := cmp.Diff("  ~ carrier: post -> courier\n  ~ parcel NR-1: https://track.example.com/NR-1 -> https://new.example.com/NR-1", text); diff != "" {
			t.Errorf("another carrier's code (-want +got):\n%s", diff)
		}
		if report := shadow("    shipments: {notify: true}\n"); report.ByPath["notify"] == 0 {
			t.Errorf("the customer is told: %s, %v", report, report.ByPath)
		}
		guard.wantNothing(t)
		p.shows(order)
		p.shows(other)
	})
}
