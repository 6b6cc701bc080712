package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/examples/hub/demo"
	"github.com/retailsync/retailsync/mapping"
)

// Flows and desks follow from what the rules say: payments are matched where they are registered, and a shop takes its own returns where the rules say
// what becomes of returns. Matching that is switched off is shown and not written.
func TestRulesDecide(t *testing.T) {
	t.Parallel()
	erp, err := demo.OpenOdoo(t.Context(), func(string) string { return "" }, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(erp.Close)
	shops := demo.OpenShops(func(canonical.Channel) http.RoundTripper { return nil })
	t.Cleanup(shops.Close)
	rules, err := mapping.Load(strings.NewReader(`
version: 1
channels:
  woocommerce/hub:
    workflows: {payments: false}
    payment_methods:
      - {gateway: "stripe*", journal: HUBP, register: true}
      - {gateway: "*", journal: HUBP}
  medusa/hub:
    returns: {approve: {automatic: true}}
`), "rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	h := &hub{peers: &peers{rules: rules, shops: []shop{shops.Woo, shops.Medusa}}, connector: retailsync.New(erp.Client, rules)}
	if err := h.ownDesks(); err != nil {
		t.Fatal(err)
	}
	if len(h.desks) != 1 || h.desks[0].orders != shop(shops.Medusa) {
		t.Errorf("desks: %+v", h.desks)
	}
	for _, one := range h.shops {
		flows, err := h.shopFlows(one)
		if err != nil {
			t.Fatal(err)
		}
		matches := 0
		for _, f := range flows {
			if f.channel != one.Channel() {
				t.Errorf("flow %s of %s is of %s", f.name, one.Channel(), f.channel)
			}
			if f.name != "match-payments" {
				continue
			}
			matches++
			if result, err := f.run(t.Context()); err != nil || result.text != "0 payments (dry run)" || result.failed != 0 {
				t.Errorf("it came to %+v, %v", result, err)
			}
		}
		if want := map[shop]int{shops.Woo: 1, shops.Medusa: 0}[one]; matches != want {
			t.Errorf("%s: payments are matched by %d flows, want %d", one.Channel(), matches, want)
		}
	}
}
