package retailsync_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
	"github.com/retailsync/retailsync/odoo/stock"
	"github.com/retailsync/retailsync/returns"
)

// TestMedusaReturn sells through a Medusa shop, delivers and tells the shop, and takes two of three units back that the shopper asks
// to return: the shop restocks the good one and dismisses the damaged one, Odoo credits and refunds both.
func TestMedusaReturn(t *testing.T) {
	t.Parallel()
	db := inProcess(t, 19)
	erp := db.dial(t)
	create := func(model string, values map[string]any, in odoo.Context) int64 {
		ids, err := odoo.Invoke[[]int64](t.Context(), erp, odoo.Call{Model: model, Method: "create", Args: odoo.Args{"vals_list": []any{values}}, Context: in})
		if err != nil {
			t.Fatal(model, err)
		}
		return ids[0]
	}
	for _, sku := range []string{"TS-M", "TS-S"} {
		create("product.product", map[string]any{"name": sku, "default_code": sku, "type": "consu", "is_storable": true}, nil)
	}
	apart := create("stock.location", map[string]any{"name": "Quarantine", "usage": "internal"}, nil)
	yes := true
	channel := canonical.Channel{Name: "medusa", Account: "back"}
	rules := rulesOf(19)
	rules.Channels = map[canonical.Channel]mapping.ChannelRules{channel: {
		CurrencyView: mapping.ViewShop,
		Returns: mapping.ReturnRules{
			Approve:      mapping.ReturnApprovalRule{Automatic: &yes},
			Dispositions: map[canonical.Disposition]mapping.DispositionRule{canonical.DispositionDamaged: {To: mapping.ToQuarantine, Location: mapping.Ref{ID: apart}}},
		},
	}}
	shop := medusatest.NewServer(medusatest.SampleOrder("order_1", 1, 3, "TS-M", time.Now().UTC().Format("2006-01-02T15:04:05.000Z")))
	t.Cleanup(shop.Close)
	adapter := medusa.New(shop.URL, medusa.SecretKey(shop.SecretKey), medusa.WithAccount("back"), medusa.WithRateLimit(1000),
		medusa.WithReturnLocation("sloc_main"), medusa.WithReceiptsAtInspection())
	connector := retailsync.New(erp, rules, retailsync.WithStore(idempotency.NewMemory()))

	since := time.Now().Add(-time.Hour)
	var sold retailsync.OrderResult
	if _, err := connector.ImportOrders(t.Context(), adapter, since, retailsync.OnResult(func(r retailsync.OrderResult) { sold = r })); err != nil || sold.Err != nil {
		t.Fatal(err, sold.Err)
	}
	type moveRow struct {
		ID       int64           `json:"id"`
		Picking  odoo.Many2One   `json:"picking_id"`
		Quantity decimal.Decimal `json:"product_uom_qty"`
	}
	moves, err := odoo.Invoke[[]moveRow](t.Context(), erp, odoo.Call{Model: "stock.move", Method: "search_read", Effect: odoo.EffectRead, Args: odoo.Args{
		"domain": odoo.Eq("picking_id.sale_id", sold.OdooID), "fields": []string{"picking_id", "product_uom_qty"},
	}})
	if err != nil || len(moves) != 2 {
		t.Fatal(moves, err)
	}
	for _, move := range moves {
		if err := erp.Do(t.Context(), odoo.Call{Model: "stock.move", Method: "write", IDs: []int64{move.ID}, Args: odoo.Args{"vals": map[string]any{"quantity": move.Quantity, "picked": true}}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := erp.Do(t.Context(), odoo.Call{Model: "stock.picking", Method: "button_validate", IDs: []int64{moves[0].Picking.ID}}); err != nil {
		t.Fatal(err)
	}
	shipped, err := connector.PublishShipments(t.Context(), adapter, retailsync.ShipmentRun{Since: since})
	if err != nil || len(shipped.Failed()) > 0 {
		t.Fatal(err, shipped.Failed())
	}
	if _, err := account.InvoiceOrder(t.Context(), erp, sold.OdooID, "1"); err != nil {
		t.Fatal(err)
	}

	id := shop.AskReturn("order_1", map[string]int{"order_1_i1": 2})
	till := &moneyTill{}
	var last retailsync.ReturnResult
	options := retailsync.ReturnRun{Since: since, Refunds: till, OnResult: func(r retailsync.ReturnResult) { last = r }}
	if _, err := connector.ProcessReturns(t.Context(), adapter, options); err != nil || last.Err != nil {
		t.Fatal(err, last.Err)
	}
	if !slices.ContainsFunc(last.Done, func(e returns.Effect) bool { return e.Kind == returns.EffectOpenReturn }) {
		t.Fatalf("done %v, waits %v; want a return that Odoo expects", last.Done, last.Waits)
	}
	key := last.Return
	known, err := connector.ReturnCase(t.Context(), key)
	if err != nil || len(known.Lines) != 1 {
		t.Fatal(known, err)
	}
	found := []canonical.ReceivedUnits{{Qty: decimal.One, Disposition: canonical.DispositionSellable}, {Qty: decimal.One, Disposition: canonical.DispositionDamaged}}
	report, err := connector.TellReturn(t.Context(), adapter, key.ID, options,
		returns.Received{Line: known.Lines[0].ID, Qty: decimal.Two, By: returns.FromPerson}, returns.Inspected{Line: known.Lines[0].ID, Found: found, By: returns.FromPerson})
	if err != nil || len(report.Failed()) > 0 {
		t.Fatal(err, report.Failed())
	}
	good, dismissed, _ := shop.Receipts(id)
	if diff := cmp.Diff([2]map[string]int{{"order_1_i1": 1}, {"order_1_i1": 1}}, [2]map[string]int{good, dismissed}); diff != "" {
		t.Errorf("Medusa's receipts (-want +got):\n%s", diff)
	}
	if got := till.amounts(); got != "re 49.97" {
		t.Errorf("moved %s, want 2 × 19.99 and 9.99 tax", got)
	}
	backs, err := stock.NewReader(erp).Returns(t.Context(), []int64{sold.OdooID})
	if err != nil || len(backs) != 1 || backs[0].Open() {
		t.Errorf("returns %v, error %v; want one that is received", backs, err)
	}
	if known, err = connector.ReturnCase(t.Context(), key); err != nil || known.Status != returns.CaseClosed {
		t.Errorf("the case is %s and waits for %v, error %v", known.Status, known.Waits, err)
	}
}
