package retailsync_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
)

// TestShadowStock compares levels by two rules while it writes nothing.
func TestShadowStock(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		c := newCounter(t, w, "")
		_, plenty := c.article(9, 1)
		_, none := c.article(0, 0)
		_, twin := c.article(7, 7)
		w.Product(map[string]any{"default_code": twin})
		store := idempotency.NewMemory()
		if _, err := retailsync.New(w.Client, c.rules, retailsync.WithStore(store)).ReconcileStock(t.Context(), c.adapter, retailsync.StockRun{}); err != nil {
			t.Fatal(err)
		}
		guard := &writeGuard{}
		connector := retailsync.New(w.Dial(t, guard.client()), c.rules, guard.options(store)...)
		kept := &differing{of: []string{plenty, none, twin}}
		shadow := func(rules string) *retailsync.ShadowReport {
			t.Helper()
			others, err := mapping.Load(strings.NewReader("version: 1\nchannels:\n  medusa/main:\n    currency_view: shop\n    stock:\n      locations: [{location: sloc_main, warehouses: ["+
				w.Name+"]}"+rules), "rules.yaml")
			if err != nil {
				t.Fatal(err)
			}
			report, err := connector.ShadowStock(t.Context(), c.adapter.Channel(), others, kept.run())
			if err != nil {
				t.Fatal(err)
			}
			return report
		}
		if report := shadow("]\n"); report.Compared == 0 || report.Same != report.Compared || len(report.Differing) > 0 {
			t.Errorf("equal rules: %s, %v", report, report.Differing)
		}
		report := shadow("]\n      buffer: 2\n")
		if diff := cmp.Diff(plenty+"@sloc_main (published: 9):\n  ~ quantity: 9 -> 7", kept.take()); diff != "" {
			t.Errorf("a buffer (-want +got):\n%s", diff)
		}
		if report.ByPath["quantity"] != report.Compared-report.Same || report.Broken+report.Mended > 0 {
			t.Errorf("%s, %v", report, report.ByPath)
		}
		_, _, second := w.Open()
		report = shadow(", {location: sloc_new, warehouses: [" + second + "]}]\n")
		if diff := cmp.Diff(plenty+"@sloc_new:\n  + quantity: 0\n"+none+"@sloc_new:\n  + quantity: 0", kept.take()); diff != "" {
			t.Errorf("another location (-want +got):\n%s", diff)
		}
		if len(report.Differing) > 1000 {
			t.Errorf("%d are kept", len(report.Differing))
		}
		guard.wantNothing(t)
		c.shows(plenty, 9)
	})
}

// A company of the other rules has products of its own.
func TestShadowStockOfAnotherCompany(t *testing.T) {
	t.Parallel()
	db := inProcess(t, 19)
	erp := db.dial(t)
	create := func(model string, values map[string]any) int64 {
		t.Helper()
		ids, err := odoo.Invoke[[]int64](t.Context(), erp, odoo.Call{Model: model, Method: "create", Args: odoo.Args{"vals_list": []any{values}}})
		if err != nil {
			t.Fatal(err)
		}
		return ids[0]
	}
	other := create("res.company", map[string]any{"name": "Other", "currency_id": 1})
	create("stock.warehouse", map[string]any{"name": "Other", "code": "OTH", "company_id": other})
	article := func(sku string, company any) {
		create("product.product", map[string]any{"name": sku, "default_code": sku, "type": "consu", "is_storable": true, "company_id": company})
	}
	article("OF-ALL", false)
	article("OF-ONE", 1)
	article("OF-OTHER", other)
	guard := &writeGuard{}
	rules := rulesWith(db, func(c *mapping.ChannelRules) { c.Company = 1 })
	connector := retailsync.New(db.dial(t, guard.client()), rules, guard.options(idempotency.NewMemory())...)
	kept := &differing{of: []string{"OF-ONE", "OF-OTHER", "OF-ALL"}}
	_, err := connector.ShadowStock(t.Context(), testChannel, rulesWith(db, func(c *mapping.ChannelRules) { c.Company = other }), kept.run())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("OF-ONE:\n  - quantity: 0\nOF-OTHER:\n  + quantity: 0", kept.take()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := connector.ShadowStock(t.Context(), testChannel, &mapping.Rules{Version: 1}, retailsync.ShadowRun{}); err == nil || !strings.Contains(err.Error(), "the other rules") {
		t.Errorf("rules without the channel: %v", err)
	}
	guard.wantNothing(t)
}
