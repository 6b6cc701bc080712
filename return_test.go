package retailsync_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/canonical/canonicaltest"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
	"github.com/retailsync/retailsync/odoo/stock"
	"github.com/retailsync/retailsync/returns"
	"github.com/retailsync/retailsync/returns/returnstest/fake"
)

// returnDesk is where goods come back: an order that was delivered and invoiced, and a platform at which its returns are asked for.
type returnDesk struct {
	*life
	sku       string
	product   int64
	warehouse int64
	place     int64 // its stock location
	hold      int64 // where returned goods wait
	apart     int64 // where damaged goods are kept
	platform  *fake.Platform
	till      *moneyTill
	rules     *mapping.Rules
	currency  canonical.Currency
	store     idempotency.Store
}

// moneyTill is a payment provider: it moves money once per reference.
type moneyTill struct {
	mu    sync.Mutex
	moved map[string]canonical.Refund
	asked int
	next  canonical.RefundStatus // of new movements; empty: succeeded
}

func (m *moneyTill) move(kind string, refund canonical.Refund) (canonical.Refund, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	if m.moved == nil {
		m.moved = map[string]canonical.Refund{}
	}
	known, ok := m.moved[refund.Reference]
	if !ok {
		known = refund
		known.Key.ID, known.Status = fmt.Sprintf("%s_%d", kind, len(m.moved)+1), canonical.RefundSucceeded
		if m.next != "" {
			known.Status = m.next
		}
		m.moved[refund.Reference] = known
	}
	return known, nil
}

func (m *moneyTill) Refund(_ context.Context, refund canonical.Refund) (canonical.Refund, error) {
	return m.move("re", refund)
}

func (m *moneyTill) Charge(_ context.Context, charge canonical.Refund) (canonical.Refund, error) {
	return m.move("ch", charge)
}

// amounts are what was moved, in order of their amounts.
func (m *moneyTill) amounts() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []string
	for _, refund := range m.moved {
		all = append(all, refund.Key.ID[:2]+" "+refund.Amount.Trim(2).String())
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// eachReturnDesk opens a desk in every Odoo.
func eachReturnDesk(t *testing.T, change func(*mapping.ReturnRules), test func(c *returnDesk)) {
	t.Helper()
	t.Parallel()
	eachOdoo(t, func(t *testing.T, db *database) { test(newReturnDesk(t, db, change)) })
}

func newReturnDesk(t *testing.T, db *database, change func(*mapping.ReturnRules)) *returnDesk {
	t.Helper()
	c := &returnDesk{till: &moneyTill{}, store: idempotency.NewMemory()}
	erp := db.dial(t)
	create := func(model string, values map[string]any, in odoo.Context) int64 {
		ids, err := odoo.Invoke[[]int64](t.Context(), erp, odoo.Call{Model: model, Method: "create", Args: odoo.Args{"vals_list": []any{values}}, Context: in})
		if err != nil {
			t.Fatal(model, err)
		}
		return ids[0]
	}
	name := tag()
	c.sku = "RET-" + name
	values := map[string]any{"name": c.sku, "default_code": c.sku, "type": "product"}
	if db.series >= 18 {
		values["type"], values["is_storable"] = "consu", true
	}
	c.product = create("product.product", values, nil)
	code := name[len(name)-5:]
	c.warehouse = create("stock.warehouse", map[string]any{"name": "Returns " + name, "code": code}, nil)
	type houseRow struct {
		Stock odoo.Many2One `json:"lot_stock_id"`
		View  odoo.Many2One `json:"view_location_id"`
	}
	rows, err := odoo.Invoke[[]houseRow](t.Context(), erp, odoo.Call{Model: "stock.warehouse", Method: "read", IDs: []int64{c.warehouse}, Args: odoo.Args{"fields": []string{"lot_stock_id", "view_location_id"}}})
	if err != nil {
		t.Fatal(err)
	}
	c.place = rows[0].Stock.ID
	c.hold = create("stock.location", map[string]any{"name": "Inspection", "usage": "internal", "location_id": rows[0].View.ID}, nil)
	c.apart = create("stock.location", map[string]any{"name": "Quarantine", "usage": "internal", "location_id": rows[0].View.ID}, nil)
	quant := create("stock.quant", map[string]any{"product_id": c.product, "location_id": c.place, "inventory_quantity": 20}, odoo.Context{"inventory_mode": true})
	if db.series >= 15 {
		if err := erp.Do(t.Context(), odoo.Call{Model: "stock.quant", Method: "action_apply_inventory", IDs: []int64{quant}, Context: odoo.Context{"inventory_mode": true}}); err != nil {
			t.Fatal(err)
		}
	}
	yes := true
	c.rules = rulesWith(db, func(r *mapping.ChannelRules) {
		r.Warehouse = mapping.Ref{ID: c.warehouse}
		r.Returns.Approve.Automatic = &yes
		r.Returns.Inspection = mapping.Ref{ID: c.hold}
		r.Returns.Dispositions = map[canonical.Disposition]mapping.DispositionRule{
			canonical.DispositionDamaged: {To: mapping.ToQuarantine, Location: mapping.Ref{ID: c.apart}},
		}
		if change != nil {
			change(&r.Returns)
		}
	})
	c.life = newLife(t, db, c.rules, retailsync.WithStore(c.store))
	c.platform = fake.New(canonical.Channel{Name: "desk", Account: strings.ToLower(name)})
	return c
}

// sell imports an order of units of the desk's article at 19.99 each, shipping besides, delivers and invoices it.
func (c *returnDesk) sell(units int64) canonical.Order {
	c.Helper()
	order := c.put(canonicaltest.Item(c.sku, units, 1999))
	c.currency = order.Currency
	c.want(retailsync.Created)
	c.deliver("L2", fmt.Sprint(units))
	if _, err := account.InvoiceOrder(c.Context(), c.erp, c.order().ID, order.Number); err != nil {
		c.Fatal(err)
	}
	return order
}

// ask puts a request for units of the goods.
func (c *returnDesk) ask(id string, units int64, resolution canonical.Resolution) {
	c.Helper()
	c.platform.Put(canonical.Return{
		Key: canonical.Key{Channel: c.platform.Channel(), ID: id}, Number: "RMA-" + id, Order: canonical.Key{Channel: testChannel, ID: c.id},
		RequestedAt: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), Approval: canonical.ReturnRequested, Logistics: canonical.ReturnUnsent, Currency: c.currency,
		Lines: []canonical.ReturnLine{{ID: "R1", OrderLineID: "L2", SKU: c.sku, Qty: decimal.MustNew(units, 0), Reason: "too_small", Resolution: resolution}},
	})
}

func (c *returnDesk) options() retailsync.ReturnRun {
	return retailsync.ReturnRun{Since: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), Orders: c.source, Refunds: c.till}
}

// process runs once over all returns and returns the result of one.
func (c *returnDesk) process(id string) retailsync.ReturnResult {
	c.Helper()
	options := c.options()
	var of retailsync.ReturnResult
	options.OnResult = func(r retailsync.ReturnResult) {
		if r.Return.ID == id {
			of = r
		}
	}
	if _, err := c.connector.ProcessReturns(c.Context(), c.platform, options); err != nil {
		c.Fatal(err)
	}
	return of
}

// tell tells a return what people found.
func (c *returnDesk) tell(id string, events ...returns.Event) {
	c.Helper()
	report, err := c.connector.TellReturn(c.Context(), c.platform, id, c.options(), events...)
	if err != nil {
		c.Fatal(err)
	}
	for _, failed := range report.Failed() {
		c.Fatal(failed.Err)
	}
}

// found is the word of the warehouse: units that arrived, by what was found in them.
func (c *returnDesk) found(id string, units map[canonical.Disposition]int64) {
	c.Helper()
	total := decimal.Zero
	var all []canonical.ReceivedUnits
	for _, disposition := range []canonical.Disposition{canonical.DispositionSellable, canonical.DispositionDamaged, canonical.DispositionMissing} {
		if n := units[disposition]; n > 0 {
			all = append(all, canonical.ReceivedUnits{Qty: decimal.MustNew(n, 0), Disposition: disposition})
			if disposition != canonical.DispositionMissing {
				total, _ = total.Add(decimal.MustNew(n, 0))
			}
		}
	}
	c.tell(id, returns.Received{Line: "R1", Qty: total, By: returns.FromPerson}, returns.Inspected{Line: "R1", Found: all, By: returns.FromPerson})
}

// inOdoo is what Odoo has of the order and its goods, in words.
func (c *returnDesk) inOdoo() string {
	c.Helper()
	id := c.order().ID
	var words []string
	note := func(format string, args ...any) { words = append(words, fmt.Sprintf(format, args...)) }
	line := c.lines()["L2"]
	note("delivered %s", line.Delivered.Trim(0))
	moves, err := account.Moves(c.Context(), c.erp, []int64{id})
	if err != nil {
		c.Fatal(err)
	}
	for _, move := range moves {
		kind := "invoice"
		if move.Kind == account.KindCreditNote {
			kind = "credit"
		}
		note("%s %s %s %s+%s", kind, move.State, move.Ref, move.Untaxed.Trim(2), move.Tax.Trim(2))
	}
	type orderRow struct {
		Status string `json:"invoice_status"`
	}
	rows, err := odoo.Invoke[[]orderRow](c.Context(), c.erp, odoo.Call{Model: "sale.order", Method: "read", IDs: []int64{id}, Args: odoo.Args{"fields": []string{"invoice_status"}}, Effect: odoo.EffectRead})
	if err != nil {
		c.Fatal(err)
	}
	note("order %s", rows[0].Status)
	for _, at := range []struct {
		name  string
		place int64
	}{{"stock", c.place}, {"inspection", c.hold}, {"quarantine", c.apart}} {
		type quantRow struct {
			Quantity decimal.Decimal `json:"quantity"`
		}
		quants, err := odoo.Invoke[[]quantRow](c.Context(), c.erp, odoo.Call{Model: "stock.quant", Method: "search_read", Effect: odoo.EffectRead, Args: odoo.Args{
			"domain": odoo.And(odoo.Eq("product_id", c.product), odoo.Eq("location_id", at.place)), "fields": []string{"quantity"},
		}})
		if err != nil {
			c.Fatal(err)
		}
		sum := decimal.Zero
		for _, quant := range quants {
			sum, _ = sum.Add(quant.Quantity)
		}
		if !sum.IsZero() {
			note("%s %s", at.name, sum.Trim(0))
		}
	}
	backs, err := stock.NewReader(c.erp).Returns(c.Context(), []int64{id})
	if err != nil {
		c.Fatal(err)
	}
	for _, back := range backs {
		note("return %s", back.State)
	}
	return strings.Join(words, "; ")
}

func (c *returnDesk) wantOdoo(what, want string) {
	c.Helper()
	if got := c.inOdoo(); got != want {
		c.Errorf("%s:\ngot  %s\nwant %s", what, got, want)
	}
}

func (c *returnDesk) wantClosed(id string) {
	c.Helper()
	known, err := c.connector.ReturnCase(c.Context(), canonical.Key{Channel: c.platform.Channel(), ID: id})
	if err != nil {
		c.Fatal(err)
	}
	if known.Status != returns.CaseClosed {
		c.Errorf("case %s is %s and waits for %v", id, known.Status, known.Waits)
	}
}

// TestReturnSellableAndDamaged takes two of three units back, one good and one damaged, keeps a restocking fee for the damaged one
// and refunds the rest.
func TestReturnSellableAndDamaged(t *testing.T) {
	no := false
	eachReturnDesk(t, func(r *mapping.ReturnRules) {
		r.Restocking.Percent = decimal.MustNew(10, 0)
		sellable := r.Dispositions[canonical.DispositionSellable]
		sellable.Restocking = &no
		r.Dispositions[canonical.DispositionSellable] = sellable
	}, func(c *returnDesk) {
		c.sell(3)
		c.ask("1", 2, canonical.ResolutionRefund)
		first := c.process("1")
		if first.Outcome != retailsync.ReturnAdvanced || first.Err != nil {
			c.Fatalf("outcome %s, error %v", first.Outcome, first.Err)
		}
		c.found("1", map[canonical.Disposition]int64{canonical.DispositionSellable: 1, canonical.DispositionDamaged: 1})
		c.T.Log(c.inOdoo())
		c.T.Log(c.till.amounts())
		c.wantClosed("1")
	})
}
