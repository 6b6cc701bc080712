package retailsync_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/payments"
)

// TestShadow compares all flows of a shop by one call while it writes nothing.
func TestShadow(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		const inService = "    prices: [{currency: USD, pricelist: %s}]\n    listings:\n      fields: {title: name}\n"
		s := newStall(t, w, inService)
		_, tee := s.article(map[string]any{"list_price": 7.49, "name": "Tee"})
		guard := &writeGuard{}
		connector := retailsync.New(w.Dial(t, guard.client()), s.rules, guard.options(s.store)...)
		shop := medusa.New(s.shop.URL, medusa.SecretKey(s.shop.SecretKey), medusa.WithTransport(guard.channel()))
		kept := &differing{of: []string{tee}}
		shadow := func(ctx context.Context, rules string) (map[string]retailsync.ShadowFlow, *retailsync.ShadowSummary, error) {
			t.Helper()
			summary, err := connector.Shadow(ctx, shop, s.otherwise(rules), kept.run())
			flows := map[string]retailsync.ShadowFlow{}
			for _, flow := range summary.Flows {
				flows[flow.Flow] = flow
			}
			return flows, summary, err
		}
		_, summary, err := shadow(t.Context(), "    prices: [{currency: USD, pricelist: %s, rounding: {endings: [0.99], mode: down}}]\n    listings:\n      fields: {title: default_code}\n    stock: {buffer: 2}\n")
		if err != nil || !summary.Differs() {
			t.Fatalf("%s, %v", summary, err)
		}
		var names []string
		for _, flow := range summary.Flows {
			names = append(names, flow.Flow)
			if (flow.Report == nil) != (flow.Left != "") || flow.Report != nil && flow.Report.Flow != flow.Flow {
				t.Errorf("%+v", flow)
			}
		}
		if diff := cmp.Diff([]string{"orders", "levels", "prices", "listings", "shipments", "returns"}, names); diff != "" {
			t.Errorf("flows (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(tee+"@/USD:\n  ~ price: 7.49 -> 6.99\n"+tee+":\n  ~ title: Tee -> "+tee, kept.take()); diff != "" {
			t.Errorf("what differs (-want +got):\n%s", diff)
		}
		if text := summary.String(); !strings.Contains(text, "returns: neither rules have it") || strings.Count(text, "\n") != 6 {
			t.Errorf("in words:\n%s", text)
		}
		guard.wantNothing(t)
		if w.Real() {
			return // what follows is about rules and errors; each look reads the whole catalog
		}
		if _, summary, err := shadow(t.Context(), inService); err != nil || summary.Differs() {
			t.Errorf("equal rules: %s, %v", summary, err)
		}
		flows, summary, err := shadow(t.Context(), "    prices: [{currency: USD, pricelist: %s}]\n    returns:\n      approve: {automatic: true}\n")
		if err != nil || !summary.Differs() || flows["listings"].Left != "only the rules in service have it: the others end it" ||
			flows["returns"].Left != "only the other rules have it: they begin it" {
			t.Errorf("flows that end and begin: %s, %v", summary, err)
		}
		// One flow that cannot be compared holds no other up.
		flows, summary, err = shadow(t.Context(), "    prices: [{currency: USD, pricelist: no such list}]\n    listings:\n      fields: {title: name}\n")
		if err == nil || !strings.Contains(err.Error(), "the other rules") || flows["prices"].Err == nil || flows["listings"].Err != nil || flows["listings"].Report.Compared == 0 || !summary.Differs() {
			t.Errorf("a pricelist that Odoo lacks: %s, %v", summary, err)
		}
		ended, end := context.WithCancel(t.Context())
		end()
		if _, summary, err := shadow(ended, inService); !errors.Is(err, context.Canceled) || len(summary.Flows) > 0 {
			t.Errorf("an ended context: %s, %v", summary, err)
		}
		var silent marketplace.Adapter = dumb{}
		if _, err := connector.Shadow(t.Context(), silent, s.rules, retailsync.ShadowRun{}); err == nil || !strings.Contains(err.Error(), "no flow") {
			t.Errorf("an adapter that can do nothing: %v", err)
		}
		summary, err = connector.Shadow(t.Context(), paysOut{}, s.rules, retailsync.ShadowRun{})
		if err == nil || !summary.Differs() || !strings.HasPrefix(summary.String(), "dumb/main\n  settlements: not compared: mapping: the rules have no channel dumb/main") {
			t.Errorf("a bank that the rules do not know: %s, %v", summary, err)
		}
		guard.wantNothing(t)
	})
}

// dumb is an adapter that can do nothing.
type dumb struct{}

func (dumb) Channel() canonical.Channel { return canonical.Channel{Name: "dumb", Account: "main"} }

// paysOut is a provider that the rules do not know.
type paysOut struct{ payments.PayoutLister }

func (paysOut) Channel() canonical.Channel { return dumb{}.Channel() }
