package retailsync_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/canonical/canonicaltest"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
	"github.com/retailsync/retailsync/odoo/sale"
	"github.com/retailsync/retailsync/odoo/stock"
	"github.com/retailsync/retailsync/payments"
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

func (m *moneyTill) Refund(_ context.Context, refund canonical.Refund, _ canonical.Payment) (canonical.Refund, error) {
	return m.move("re", refund)
}

func (m *moneyTill) Charge(_ context.Context, plan payments.ChargePlan) (payments.ChargeProgress, error) {
	charge, err := m.move("ch", canonical.Refund{Reference: plan.Reference, Order: plan.Order, Currency: plan.Currency, Amount: plan.Amount})
	return payments.ChargeProgress{Reference: plan.Reference, Status: payments.ChargePaid, ChargeID: charge.Key.ID, Payment: canonical.Payment{
		ID: charge.Key.ID, Gateway: "till", Kind: canonical.PaymentSale, Status: canonical.PaymentSucceeded, Amount: canonical.Shop(plan.Amount),
	}}, err
}

// amounts are what was moved, in order of their amounts.
func (m *moneyTill) amounts() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []string
	for _, refund := range m.moved {
		all = append(all, refund.Key.ID[:2]+" "+refund.Amount.Rescale(2).String())
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

// eitherReturnDesk is eachReturnDesk in one of the real ones.
func eitherReturnDesk(t *testing.T, change func(*mapping.ReturnRules), test func(c *returnDesk)) {
	t.Helper()
	t.Parallel()
	eitherOdoo(t, func(t *testing.T, db *database) { test(newReturnDesk(t, db, change)) })
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
	}
	rows, err := odoo.Invoke[[]houseRow](t.Context(), erp, odoo.Call{Model: "stock.warehouse", Method: "read", IDs: []int64{c.warehouse}, Args: odoo.Args{"fields": []string{"lot_stock_id"}}})
	if err != nil {
		t.Fatal(err)
	}
	c.place = rows[0].Stock.ID
	c.hold = create("stock.location", map[string]any{"name": "Inspection " + name, "usage": "internal"}, nil)
	c.apart = create("stock.location", map[string]any{"name": "Quarantine " + name, "usage": "internal"}, nil)
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
	order := c.book(units)
	c.deliver("L2", fmt.Sprint(units))
	if _, err := account.InvoiceOrder(c.Context(), c.erp, c.order().ID, order.Number); err != nil {
		c.Fatal(err)
	}
	return order
}

// book imports an order of units of the desk's article at 19.99 each, shipping besides.
func (c *returnDesk) book(units int64) canonical.Order {
	c.Helper()
	order := c.put(canonicaltest.Item(c.sku, units, 1999))
	c.currency = order.Currency
	c.want(retailsync.Created)
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
	// A server that others write to at the same moment may refuse a step: the next run goes on from there.
	var failed error
	for _, result := range report.Failed() {
		failed = result.Err
	}
	for runs := 0; failed != nil && runs < 3; runs++ {
		c.Log(failed)
		failed = c.process(id).Err
	}
	if failed != nil {
		c.Fatal(failed)
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
	lines := c.lines()
	if line, ok := lines["L2"]; ok {
		note("delivered %s", line.Delivered.Trim(0))
	} else { // a kit sold by its components
		note("L3 %s, L4 %s", lines["L3"].Delivered.Trim(0), lines["L4"].Delivered.Trim(0))
	}
	moves, err := account.Moves(c.Context(), c.erp, []int64{id})
	if err != nil {
		c.Fatal(err)
	}
	for _, move := range moves {
		kind := "invoice"
		if move.Kind == account.KindCreditNote {
			kind = "credit"
		}
		ref := ""
		if move.Kind == account.KindCreditNote {
			ref = " " + strings.TrimPrefix(move.Ref, "Return ")
		}
		if move.Kind == account.KindInvoice {
			note("%s %s", kind, move.State)
			continue
		}
		note("%s %s%s %s+%s", kind, move.State, ref, move.Untaxed.Rescale(2), move.Tax.Rescale(2))
	}
	type orderRow struct {
		State  string `json:"state"`
		Status string `json:"invoice_status"`
	}
	rows, err := odoo.Invoke[[]orderRow](c.Context(), c.erp, odoo.Call{Model: "sale.order", Method: "read", IDs: []int64{id}, Args: odoo.Args{"fields": []string{"state", "invoice_status"}}, Effect: odoo.EffectRead})
	if err != nil {
		c.Fatal(err)
	}
	// Odoo 14 says that there is nothing to invoice where 19 says that all is invoiced; of a cancelled order both do.
	switch status := rows[0].Status; {
	case rows[0].State == "cancel" && status == "no":
		note("order cancelled")
	case status != "invoiced" && (c.db.series >= 19 || status != "no"):
		note("order %s", status)
	}
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

// wantStory compares the kinds of events of the order's timeline, each once, in order.
func (c *returnDesk) wantStory(want ...canonical.EventType) {
	c.Helper()
	events, err := c.connector.Timeline(c.Context(), canonical.Key{Channel: testChannel, ID: c.id})
	if err != nil {
		c.Fatal(err)
	}
	var told []canonical.EventType
	for _, event := range events {
		if !slices.Contains(told, event.Type) {
			told = append(told, event.Type)
		}
	}
	rest := told
	for _, kind := range want {
		at := slices.Index(rest, kind)
		if at < 0 {
			c.Errorf("the story %v lacks %s in its place", told, kind)
			return
		}
		rest = rest[at+1:]
	}
}

func (c *returnDesk) wantClosed(id string) {
	c.Helper()
	var known returns.Case
	for range 3 { // a step that a busy server refused is done by the next run
		var err error
		if known, err = c.connector.ReturnCase(c.Context(), canonical.Key{Channel: c.platform.Channel(), ID: id}); err != nil {
			c.Fatal(err)
		}
		if known.Status == returns.CaseClosed {
			return
		}
		if failed := c.process(id).Err; failed != nil {
			c.Log(failed)
		}
	}
	c.Errorf("case %s is %s and waits for %v", id, known.Status, known.Waits)
}

// TestReturnSellableAndDamaged takes two of three units back, one good and one damaged, keeps a restocking fee for the damaged one
// and refunds the rest.
func TestReturnSellableAndDamaged(t *testing.T) {
	no := false
	eitherReturnDesk(t, func(r *mapping.ReturnRules) {
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
		c.wantClosed("1")
		c.wantOdoo("at the end", "delivered 1; invoice posted; credit posted RMA-1 37.98+9.49; stock 18; quarantine 1; return done")
		if got := c.till.amounts(); got != "re 47.47" {
			c.Errorf("moved %s, want 47.47 refunded", got)
		}
		again := c.process("1")
		if again.Outcome != retailsync.ReturnUnchanged {
			c.Errorf("processed again: %s, want unchanged", again.Outcome)
		}
		c.wantStory("order.created", "return.requested", "return.approved", "return.opened", "return.received", "return.inspected", "return.credited", "return.refunded", "return.closed")
	})
}

// TestReturnlessRefund lets the buyer keep cheap goods.
func TestReturnlessRefund(t *testing.T) {
	eitherReturnDesk(t, func(r *mapping.ReturnRules) { r.Returnless = decimal.MustParse("30") }, func(c *returnDesk) {
		c.sell(3)
		c.ask("1", 1, canonical.ResolutionRefund)
		c.process("1")
		c.wantClosed("1")
		c.wantOdoo("at the end", "delivered 3; invoice posted; credit posted RMA-1 19.99+5.00; stock 17")
		if got := c.till.amounts(); got != "re 24.99" {
			c.Errorf("moved %s, want 24.99 refunded", got)
		}
	})
}

// TestReturnForStoreCredit gives credit instead of money.
func TestReturnForStoreCredit(t *testing.T) {
	eitherReturnDesk(t, nil, func(c *returnDesk) {
		c.sell(2)
		c.ask("1", 1, canonical.ResolutionStoreCredit)
		c.process("1")
		c.found("1", map[canonical.Disposition]int64{canonical.DispositionSellable: 1})
		c.wantClosed("1")
		c.wantOdoo("at the end", "delivered 1; invoice posted; credit posted RMA-1 19.99+5.00; stock 19; return done")
		if got := c.till.amounts(); got != "" {
			c.Errorf("moved %s, want nothing", got)
		}
	})
}

// TestReturnIsDeclined refuses nine of two by rule, and an order that Odoo does not have.
func TestReturnIsDeclined(t *testing.T) {
	eitherReturnDesk(t, func(r *mapping.ReturnRules) {
		r.Refusals = map[string]mapping.RefusedReturn{string(returns.RefusedTooMany): mapping.RefusedDecline}
	}, func(c *returnDesk) {
		c.sell(2)
		c.ask("1", 9, canonical.ResolutionRefund)
		result := c.process("1")
		if len(result.Refusals) != 1 || result.Refusals[0].Code != returns.RefusedTooMany {
			c.Errorf("refusals %v, want too_many", result.Refusals)
		}
		c.wantClosed("1")
		if there, _ := c.platform.Return("1"); there.Approval != canonical.ReturnDeclined {
			c.Errorf("at the platform it is %s, want declined", there.Approval)
		}
		c.wantOdoo("at the end", "delivered 2; invoice posted; stock 18")

		c.ask("2", 1, canonical.ResolutionRefund)
		c.platform.Change("2", func(r *canonical.Return) { r.Order.ID = "no-such-order" })
		if result := c.process("2"); result.Outcome != retailsync.ReturnWaiting || len(result.Waits) == 0 || result.Waits[0].Gate != returns.GateOrder ||
			!strings.Contains(result.Waits[0].Why, "/no-such-order: import it") {
			c.Errorf("a return of an unknown order: %s, waits %v; want to wait for the order, and to hear which", result.Outcome, result.Waits)
		}
	})
}

// TestReturnIsShort receives one of two and gives the other up: half is refunded.
func TestReturnIsShort(t *testing.T) {
	eitherReturnDesk(t, nil, func(c *returnDesk) {
		c.sell(3)
		c.ask("1", 2, canonical.ResolutionRefund)
		c.process("1")
		c.tell("1", returns.Received{Line: "R1", Qty: decimal.One, Last: true, By: returns.FromPerson},
			returns.Inspected{Line: "R1", Found: []canonical.ReceivedUnits{{Qty: decimal.One, Disposition: canonical.DispositionSellable}}, By: returns.FromPerson})
		c.wantClosed("1")
		c.wantOdoo("at the end", "delivered 2; invoice posted; credit posted RMA-1 19.99+5.00; stock 18; return done; return cancel")
		if got := c.till.amounts(); got != "re 24.99" {
			c.Errorf("moved %s, want 24.99 refunded", got)
		}
	})
}

// TestExchange swaps for something dearer, which the buyer pays for, and for something cheaper, of which the difference goes back.
func TestExchange(t *testing.T) {
	eitherReturnDesk(t, func(r *mapping.ReturnRules) { r.Exchange.Dearer = mapping.DearerCharge }, func(c *returnDesk) {
		order := c.sell(3)
		for _, swap := range []struct{ id, net, tax string }{{"1", "30.00", "7.50"}, {"2", "10.00", "2.50"}} {
			c.ask(swap.id, 1, canonical.ResolutionExchangeOther)
			tax := order.Lines[1].Taxes[0]
			tax.Amount = canonical.Shop(decimal.MustParse(swap.tax))
			c.platform.Change(swap.id, func(r *canonical.Return) {
				r.Exchange = []canonical.ExchangeLine{{
					ID: "X1", ReturnLineID: "R1", SKU: "SKU-2", Title: "The other one", Qty: decimal.One,
					Total: canonical.Shop(decimal.MustParse(swap.net)), Taxes: []canonical.Tax{tax},
				}}
			})
			c.process(swap.id)
			c.found(swap.id, map[canonical.Disposition]int64{canonical.DispositionSellable: 1})
		}
		c.wantOdoo("at the end",
			"delivered 1; invoice posted; credit posted RMA-1 19.99+5.00; credit posted RMA-2 19.99+4.99; stock 19; return done; return done")
		if got := c.till.amounts(); got != "ch 12.51, re 12.48" {
			c.Errorf("moved %s, want 12.51 charged and 12.48 refunded", got)
		}
		exchanges, err := odoo.Find[sale.Order](c.Context(), c.erp, odoo.Like("origin", "return/"+c.platform.Channel().String()))
		if err != nil {
			c.Fatal(err)
		}
		var totals []string
		for _, exchange := range exchanges {
			if exchange.Customer.ID != c.order().Customer.ID {
				c.Errorf("exchange %s is for another customer", exchange.Name)
			}
			totals = append(totals, string(exchange.State)+" "+exchange.AmountTotal.Rescale(2).String())
		}
		slices.Sort(totals)
		if diff := cmp.Diff([]string{"sale 12.50", "sale 37.50"}, totals); diff != "" {
			c.Errorf("exchange orders (-want +got):\n%s", diff)
		}
	})
}

// TestTwoPlatformsOneParcel has two platforms report the same goods at once: they come back once.
func TestTwoPlatformsOneParcel(t *testing.T) {
	eachReturnDesk(t, nil, func(c *returnDesk) {
		c.sell(1)
		c.ask("1", 1, canonical.ResolutionRefund)
		first := c.platform
		c.platform = fake.New(canonical.Channel{Name: "other", Account: first.Channel().Account})
		c.ask("1", 1, canonical.ResolutionRefund)
		var group sync.WaitGroup
		for _, platform := range []*fake.Platform{first, c.platform} {
			group.Go(func() {
				if _, err := c.connector.ProcessReturns(c.Context(), platform, c.options()); err != nil {
					c.Error(err)
				}
			})
		}
		group.Wait()
		backs, err := stock.NewReader(c.erp).Returns(c.Context(), []int64{c.order().ID})
		if err != nil || len(backs) != 1 {
			c.Errorf("%d returns in Odoo, error %v; want one", len(backs), err)
		}
	})
}

// TestReturnByHand has a person receive the goods in Odoo, and another time return and credit them there before anybody asked: the flow sees
// it and goes on.
func TestReturnByHand(t *testing.T) {
	eitherReturnDesk(t, nil, func(c *returnDesk) {
		c.sell(3)
		c.ask("1", 1, canonical.ResolutionRefund)
		c.process("1")
		backs, err := stock.NewReader(c.erp).Returns(c.Context(), []int64{c.order().ID})
		if err != nil || len(backs) != 1 {
			c.Fatal(backs, err)
		}
		if err := stock.Receive(c.Context(), c.erp, stock.Receipt{Return: backs[0].ID, Lines: []stock.ReceivedLine{{Move: backs[0].Moves[0].ID, Quantity: decimal.One}}}); err != nil {
			c.Fatal(err)
		}
		if result := c.process("1"); result.Err != nil || !slices.ContainsFunc(result.Waits, func(w returns.Wait) bool { return w.Gate == returns.GateInspection }) {
			c.Errorf("error %v, waits %v; want to wait for the inspection", result.Err, result.Waits)
		}
		c.tell("1", returns.Inspected{Line: "R1", Found: []canonical.ReceivedUnits{{Qty: decimal.One, Disposition: canonical.DispositionSellable}}, By: returns.FromPerson})
		c.wantClosed("1")
		c.wantOdoo("at the end", "delivered 2; invoice posted; credit posted RMA-1 19.99+5.00; stock 18; return done")
		c.wantStory("return.opened", "return.received", "return.credited", "return.closed")

		c.returnByHand("Return of the parcel, Return RMA-2", 1)
		c.creditByHand("Return RMA-2", "19.99", "4.99")
		end := "delivered 1; invoice posted; credit posted RMA-1 19.99+5.00; credit posted RMA-2 19.99+4.99; stock 19; return done; return done"
		c.wantOdoo("by hand", end)
		c.ask("2", 1, canonical.ResolutionRefund)
		if result := c.process("2"); result.Err != nil || len(result.Refusals) > 0 || !slices.ContainsFunc(result.Waits, func(w returns.Wait) bool { return w.Gate == returns.GateInspection }) {
			c.Errorf("error %v, refusals %v, waits %v; want to wait for the inspection", result.Err, result.Refusals, result.Waits)
		}
		c.tell("2", returns.Inspected{Line: "R1", Found: []canonical.ReceivedUnits{{Qty: decimal.One, Disposition: canonical.DispositionSellable}}, By: returns.FromPerson})
		c.wantClosed("2")
		c.wantOdoo("by hand, and at the end", end)
		c.wantMoved("re 24.98, re 24.99")
	})
}

// returnByHand returns units of the goods as a person does, with a source document.
func (c *returnDesk) returnByHand(source string, units int) {
	c.Helper()
	sold := c.sold()[0]
	in := odoo.Context{"active_id": sold.Delivery, "active_ids": []int64{sold.Delivery}, "active_model": "stock.picking"}
	values, button := map[string]any{"picking_id": sold.Delivery}, "action_create_returns"
	if c.db.series < 18 {
		button = "create_returns"
		values["location_id"] = c.place
		values["product_return_moves"] = []any{[]any{0, 0, map[string]any{"product_id": sold.Product, "quantity": units, "move_id": sold.Move, "to_refund": true}}}
	}
	wizard, err := odoo.Invoke[[]int64](c.Context(), c.erp, odoo.Call{Model: "stock.return.picking", Method: "create", Args: odoo.Args{"vals_list": []any{values}}, Context: in})
	if err != nil {
		c.Fatal(err)
	}
	if c.db.series >= 18 {
		for _, line := range c.search("stock.return.picking.line", odoo.And(odoo.Eq("wizard_id", wizard[0]), odoo.Eq("move_id", sold.Move))) {
			c.write("stock.return.picking.line", line, map[string]any{"quantity": units})
		}
	}
	back, err := odoo.Invoke[struct {
		ID int64 `json:"res_id"`
	}](c.Context(), c.erp, odoo.Call{Model: "stock.return.picking", Method: button, IDs: wizard, Context: in})
	if err != nil {
		c.Fatal(err)
	}
	c.write("stock.picking", back.ID, map[string]any{"origin": source})
	if c.db.series < 17 {
		for _, move := range c.search("stock.move", odoo.Eq("picking_id", back.ID)) {
			c.write("stock.move", move, map[string]any{"quantity_done": units})
		}
	}
	c.call(odoo.Call{Model: "stock.picking", Method: "button_validate", IDs: []int64{back.ID}})
}

// creditByHand credits one unit of the goods with a reason.
func (c *returnDesk) creditByHand(reason, net, tax string) {
	c.Helper()
	line, untaxed, taxes := c.lines()["L2"], decimal.MustParse(net), decimal.MustParse(tax)
	total, _ := untaxed.Add(taxes)
	if _, err := account.InsertCreditNote(c.Context(), c.erp, account.CreditNoteDraft{
		ExternalID: odoo.NewExternalID("by_hand", c.id), Order: c.order().ID, Ref: reason, Untaxed: untaxed, Tax: taxes, Total: total,
		Lines: []account.CreditLine{{
			ExternalID: odoo.NewExternalID("by_hand", c.id, "line"), SaleLine: line.ID, Quantity: decimal.One, Untaxed: untaxed,
			Taxes: []account.TaxAmount{{Tax: line.TaxIDs[0], Amount: taxes}},
		}},
	}); err != nil {
		c.Fatal(err)
	}
}

// TestQuarantineInsideTheWarehouse is refused: what is kept there would be sold.
func TestQuarantineInsideTheWarehouse(t *testing.T) {
	eitherReturnDesk(t, nil, func(c *returnDesk) {
		c.sell(2)
		rules := *c.rules
		rules.Defaults.Returns.Inspection = mapping.Ref{ID: c.place}
		c.connector = retailsync.New(c.db.dial(c.T), &rules, retailsync.WithStore(c.store))
		c.ask("1", 1, canonical.ResolutionRefund)
		if result := c.process("1"); result.Err == nil || !strings.Contains(result.Err.Error(), "returns.inspection_location") {
			c.Errorf("error %v, want one that names the rule", result.Err)
		}
	})
}

// TestUnreadableReturn keeps what is known of a return that its platform sends broken.
func TestUnreadableReturn(t *testing.T) {
	eitherReturnDesk(t, nil, func(c *returnDesk) {
		c.sell(2)
		c.ask("1", 1, canonical.ResolutionRefund)
		c.process("1")
		key := canonical.Key{Channel: c.platform.Channel(), ID: "1"}
		before, err := c.connector.ReturnCase(c.Context(), key)
		if err != nil || len(before.Lines) != 1 {
			c.Fatal(before, err)
		}
		c.platform.Corrupt("1")
		if result := c.process("1"); result.Outcome != retailsync.ReturnFailed || result.Err == nil {
			c.Errorf("outcome %s, error %v; want failed", result.Outcome, result.Err)
		}
		after, err := c.connector.ReturnCase(c.Context(), key)
		if err != nil {
			c.Fatal(err)
		}
		if diff := cmp.Diff(before, after, cmp.Comparer(decimal.Decimal.Equal)); diff != "" {
			c.Errorf("the case has changed (-before +after):\n%s", diff)
		}
	})
}

// TestRefundFails asks a person what to do about a refund that the provider gave up, and does it.
func TestRefundFails(t *testing.T) {
	eitherReturnDesk(t, nil, func(c *returnDesk) {
		c.sell(2)
		c.ask("1", 1, canonical.ResolutionRefund)
		c.process("1")
		c.till.next = canonical.RefundFailed
		c.found("1", map[canonical.Disposition]int64{canonical.DispositionSellable: 1})
		result := c.process("1")
		at := slices.IndexFunc(result.Questions, func(q returns.Question) bool { return q.Topic == returns.TopicMoney })
		if at < 0 {
			c.Fatalf("questions %v, want one about the money", result.Questions)
		}
		c.till.next = canonical.RefundSucceeded
		c.tell("1", returns.Decided{Question: result.Questions[at].ID, Answer: returns.AnswerRetry})
		c.wantClosed("1")
		if got := c.till.amounts(); got != "re 24.99, re 24.99" { // the failed one and its second attempt
			c.Errorf("moved %s", got)
		}
	})
}

// TestStoryOfRunsThatAreCutOff has the time of runs be up in the midst of a return: what they did is told, since no later run does it again.
func TestStoryOfRunsThatAreCutOff(t *testing.T) {
	t.Parallel()
	c := newReturnDesk(t, inProcess(t, 19), nil)
	c.sell(2)
	c.ask("1", 1, canonical.ResolutionRefund)
	wire := &mortalTransport{}
	erp := c.db.dial(t, odoo.WithHTTPClient(&http.Client{Transport: wire}))
	cut := 0
	for done := false; !done; cut++ {
		if _, done, _ = c.live(erp, wire, 2); cut > 50 {
			t.Fatal("no end in sight")
		}
	}
	if cut < 3 {
		t.Errorf("only %d runs", cut)
	}
	c.wantStory("return.requested", "return.approved", "return.opened")
}
