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

// otherwise are rules of the stall that say something else; %s stands for the name of the pricelist.
func (s *stall) otherwise(rules string) *mapping.Rules {
	s.t.Helper()
	others, err := mapping.Load(strings.NewReader("version: 1\nchannels:\n  medusa/main:\n"+strings.ReplaceAll(rules, "%s", s.listName)), "others.yaml")
	if err != nil {
		s.t.Fatal(err)
	}
	return others
}

// TestShadowPrices compares prices by two rules while it writes nothing.
func TestShadowPrices(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := newStall(t, w, plainPrices)
		_, tee := s.article(map[string]any{"list_price": 7.49})
		_, twin := s.article(map[string]any{"list_price": 7.49})
		s.odoo.Product(map[string]any{"default_code": twin})
		guard := &writeGuard{}
		connector := retailsync.New(w.Dial(t, guard.client()), s.rules, guard.options(s.store)...)
		kept := &differing{of: []string{tee, twin}}
		shadow := func(rules string) *retailsync.ShadowReport {
			t.Helper()
			report, err := connector.ShadowPrices(t.Context(), s.adapter.Channel(), s.otherwise(rules), kept.run())
			if err != nil {
				t.Fatal(err)
			}
			return report
		}
		if report := shadow(plainPrices); report.Compared == 0 || report.Same != report.Compared {
			t.Errorf("equal rules: %s, %v", report, report.Differing)
		}
		shadow("    prices: [{currency: USD, pricelist: %s, rounding: {endings: [0.99], mode: down}}]\n")
		if diff := cmp.Diff(tee+"@/USD:\n  ~ price: 7.49 -> 6.99", kept.take()); diff != "" {
			t.Errorf("another rounding (-want +got):\n%s", diff)
		}
		report := shadow("    prices: [{currency: USD, pricelist: %s, list: wholesale}]\n")
		if report.Same > 0 || report.ByPath["price"] != report.Compared {
			t.Errorf("another list: %s", report)
		}
		if _, err := connector.ShadowPrices(t.Context(), s.adapter.Channel(), s.otherwise("    prices: [{currency: USD, pricelist: no such list}]\n"), kept.run()); err == nil || !strings.Contains(err.Error(), "the other rules") {
			t.Errorf("a pricelist that Odoo lacks: %v", err)
		}
		guard.wantNothing(t)
	})
}

// TestShadowListings compares listings by two rules while it writes nothing.
func TestShadowListings(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := newStall(t, w, "    listings:\n      fields: {title: name, weight: weight}\n")
		_, tee := s.article(map[string]any{"name": "Tee", "weight": 0.5, "description_sale": "Soft"})
		guard := &writeGuard{}
		connector := retailsync.New(w.Dial(t, guard.client()), s.rules, guard.options(s.store)...)
		adapter := medusa.New(s.shop.URL, medusa.SecretKey(s.shop.SecretKey), medusa.WithTransport(guard.channel()))
		kept := &differing{of: []string{tee}}
		shadow := func(rules string) *retailsync.ShadowReport {
			t.Helper()
			report, err := connector.ShadowListings(t.Context(), adapter, s.otherwise(rules), kept.run())
			if err != nil {
				t.Fatal(err)
			}
			return report
		}
		if report := shadow("    listings:\n      fields: {title: name, weight: weight}\n"); report.Compared == 0 || report.Same != report.Compared {
			t.Errorf("equal rules: %s, %v", report, report.Differing)
		}
		report := shadow("    listings:\n      fields: {title: default_code, description: description_sale}\n")
		if report.ByPath["title"] == 0 || report.ByPath["description"] == 0 || report.ByPath["weight"] == 0 {
			t.Errorf("other fields: %s, %v", report, report.ByPath)
		}
		if got := kept.take(); !strings.Contains(got, "~ title: Tee -> "+tee) || !strings.Contains(got, "+ description: Soft") || !strings.Contains(got, "- weight: ") {
			t.Errorf("other fields:\n%s", got)
		}
		guard.wantNothing(t)
	})
}
