package retailsync_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/canonical/canonicaltest"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/loyalty"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/returns"
)

// mortalPlatform passes every call to a platform, and to the provider of its money, through the points.
type mortalPlatform struct {
	*returnDesk
	at *points
}

func (m mortalPlatform) call(name string, perform func() error) error {
	if name == "list" || name == "get" || name == "order" {
		if m.at.isGone() {
			return errGone
		}
		return perform()
	}
	var err error
	if lost, fault := m.at.pass("platform "+name, func() { err = perform() }); lost {
		return fault
	}
	return err
}

func (m mortalPlatform) Channel() canonical.Channel { return m.platform.Channel() }

func (m mortalPlatform) ListReturns(ctx context.Context, query returns.Query) (page returns.Page, err error) {
	err = m.call("list", func() error { page, err = m.platform.ListReturns(ctx, query); return err })
	return page, err
}

func (m mortalPlatform) GetReturn(ctx context.Context, id string) (ret canonical.Return, err error) {
	err = m.call("get", func() error { ret, err = m.platform.GetReturn(ctx, id); return err })
	return ret, err
}

func (m mortalPlatform) ApproveReturn(ctx context.Context, d returns.Decision) error {
	return m.call("approve", func() error { return m.platform.ApproveReturn(ctx, d) })
}

func (m mortalPlatform) DeclineReturn(ctx context.Context, d returns.Decision) error {
	return m.call("decline", func() error { return m.platform.DeclineReturn(ctx, d) })
}

func (m mortalPlatform) ReportReceived(ctx context.Context, r returns.Receipt) error {
	return m.call("received", func() error { return m.platform.ReportReceived(ctx, r) })
}

func (m mortalPlatform) ReportInspected(ctx context.Context, i returns.Inspection) error {
	return m.call("inspected", func() error { return m.platform.ReportInspected(ctx, i) })
}

func (m mortalPlatform) CloseReturn(ctx context.Context, c returns.Closing) error {
	return m.call("close", func() error { return m.platform.CloseReturn(ctx, c) })
}

func (m mortalPlatform) GetOrder(ctx context.Context, id string) (order canonical.Order, err error) {
	err = m.call("order", func() error { order, err = m.source.GetOrder(ctx, id); return err })
	return order, err
}

func (m mortalPlatform) Refund(ctx context.Context, r canonical.Refund, p canonical.Payment) (answer canonical.Refund, err error) {
	err = m.call("refund", func() error { answer, err = m.till.Refund(ctx, r, p); return err })
	return answer, err
}

func (m mortalPlatform) Charge(ctx context.Context, plan payments.ChargePlan) (answer payments.ChargeProgress, err error) {
	err = m.call("charge", func() error { answer, err = m.till.Charge(ctx, plan); return err })
	return answer, err
}

// isGone reports whether the process is dead.
func (p *points) isGone() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.gone
}

// mortalTransport passes the calls to Odoo that may change something through the points of the process that lives now; the other
// calls are made as long as it lives.
type mortalTransport struct{ at *points }

func (m *mortalTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	name, err := nameOfCall(req)
	if err != nil {
		return nil, err
	}
	if m.at != nil && m.at.isGone() {
		return nil, errGone
	}
	if m.at == nil || onlyReads(name) || looksUp(name, req) {
		return http.DefaultTransport.RoundTrip(req)
	}
	return faultyTransport{at: m.at, next: http.DefaultTransport}.RoundTrip(req)
}

// looksUp tells the loads by which orders are looked up: they insert none.
func looksUp(name string, req *http.Request) bool {
	if name != "sale.order.load" || req.GetBody == nil {
		return false
	}
	body, err := req.GetBody()
	if err != nil {
		return false
	}
	text, err := io.ReadAll(body)
	return err == nil && !bytes.Contains(text, []byte("order_line"))
}

// fatalStory is a return that processes die over.
type fatalStory struct {
	name  string
	rules func(*mapping.ReturnRules)
	units int64 // sold
	// sell sells otherwise than all at once; nil: not.
	sell func(c *returnDesk)
	// ask puts the returns, as they are once the goods have arrived.
	ask func(c *returnDesk, order canonical.Order)
	// ids are those of the returns, end and moved are what Odoo has and what the provider moved in the end.
	ids        []string
	end, moved string
	// card is the balance of the one card that is issued where Odoo has cards.
	card string
	// exchanged: the case stays open, since exchanged goods have not left.
	exchanged bool
	// calls are the fewest that change something.
	calls int
}

// arrived has a return arrive with these units.
func (c *returnDesk) arrived(id string, units ...canonical.ReceivedUnits) {
	c.platform.Change(id, func(r *canonical.Return) {
		r.Approval, r.Logistics = canonical.ReturnApproved, canonical.ReturnReceived
		r.Lines[0].Received = units
	})
}

// swap has a return be exchanged for one unit of something that costs so much.
func (c *returnDesk) swap(id string, order canonical.Order, net, tax string) {
	c.ask(id, 1, canonical.ResolutionExchangeOther)
	taxes := []canonical.Tax{order.Lines[1].Taxes[0]}
	taxes[0].Amount = canonical.Shop(decimal.MustParse(tax))
	c.platform.Change(id, func(r *canonical.Return) {
		r.Exchange = []canonical.ExchangeLine{{ID: "X1", ReturnLineID: "R1", SKU: "SKU-2", Qty: decimal.One, Total: canonical.Shop(decimal.MustParse(net)), Taxes: taxes}}
	})
	c.arrived(id, unit(canonical.DispositionSellable, ""))
}

func fatalStories() []fatalStory {
	charge := func(r *mapping.ReturnRules) { r.Exchange.Dearer = mapping.DearerCharge }
	return []fatalStory{
		{
			name: "refund in part, exchange for dearer",
			rules: func(r *mapping.ReturnRules) {
				charge(r)
				r.Restocking.Percent = decimal.MustNew(10, 0)
			},
			units: 3, ids: []string{"1", "2"}, calls: 15,
			ask: func(c *returnDesk, order canonical.Order) {
				c.ask("1", 2, canonical.ResolutionRefund)
				c.arrived("1", unit(canonical.DispositionSellable, ""), unit(canonical.DispositionDamaged, ""))
				c.swap("2", order, "30", "7.50")
			},
			end:   "delivered 0; invoice posted; credit posted RMA-1 35.98+8.99; credit posted RMA-2 17.99+4.50; stock 19; quarantine 1; return done; return done",
			moved: "ch 15.01, re 44.97",
		},
		{
			name: "exchange for cheaper", units: 2, ids: []string{"1"}, calls: 10,
			ask:   func(c *returnDesk, order canonical.Order) { c.swap("1", order, "10", "2.50") },
			end:   "delivered 1; invoice posted; credit posted RMA-1 19.99+5.00; stock 19; return done",
			moved: "re 12.49",
		},
		{
			name: "store credit", units: 2, ids: []string{"1"}, calls: 8, card: "24.99",
			ask: func(c *returnDesk, _ canonical.Order) {
				c.ask("1", 1, canonical.ResolutionStoreCredit)
				c.arrived("1", unit(canonical.DispositionSellable, ""))
			},
			end: "delivered 1; invoice posted; credit posted RMA-1 19.99+5.00; stock 19; return done",
		},
		{
			name: "returnless", units: 3, ids: []string{"1"}, calls: 4,
			rules: func(r *mapping.ReturnRules) { r.Returnless = decimal.MustParse("30") },
			ask:   func(c *returnDesk, _ canonical.Order) { c.ask("1", 1, canonical.ResolutionRefund) },
			end:   "delivered 3; invoice posted; credit posted RMA-1 19.99+5.00; stock 17",
			moved: "re 24.99",
		},
		{
			name: "declined", units: 2, ids: []string{"1"}, calls: 1,
			rules: func(r *mapping.ReturnRules) { r.Refusals = declines(returns.RefusedTooMany) },
			ask:   func(c *returnDesk, _ canonical.Order) { c.ask("1", 9, canonical.ResolutionRefund) },
			end:   "delivered 2; invoice posted; stock 18",
		},
		{
			name: "received short", units: 3, ids: []string{"1"}, calls: 8,
			ask: func(c *returnDesk, _ canonical.Order) {
				c.ask("1", 2, canonical.ResolutionRefund)
				c.arrived("1", unit(canonical.DispositionSellable, ""), unit(canonical.DispositionMissing, ""))
			},
			end:   "delivered 2; invoice posted; credit posted RMA-1 19.99+5.00; stock 18; return done; return cancel",
			moved: "re 24.99",
		},
	}
}

// TestReturnsKilledAtEveryCall lets one process after the other die after a later call that changes something, in process after each, in Odoo, at the
// platform or at the provider, until one comes to its end. The end is that of an undisturbed run, the money has moved once, and an empty
// store changes nothing.
func TestReturnsKilledAtEveryCall(t *testing.T) {
	t.Parallel()
	eachOdoo(t, func(t *testing.T, db *database) {
		for i, story := range fatalStories() {
			// The real servers are slow: the first story is told on both, each of the others on one.
			if db.real && i > 0 && peer.Spares(db.series, i) {
				continue
			}
			t.Run(story.name, func(t *testing.T) {
				if story.card == "" || !db.real || db.series < 16 {
					newReturnDesk(t, db, story.rules).kill(story)
					return
				}
				program := newWallet(t, db)
				c := newReturnDesk(t, db, func(r *mapping.ReturnRules) { r.Refunds.StoreCreditProgram = mapping.Ref{ID: program} })
				c.kill(story)
				c.wantCards(program, story.card)
			})
		}
	})
}

// newWallet makes an e-wallet program in the currency of the tests' orders. The in-process Odoo has none.
func newWallet(t *testing.T, db *database) int64 {
	t.Helper()
	erp := db.dial(t)
	currency, err := odoo.Invoke[[]int64](t.Context(), erp, odoo.Call{Model: "res.currency", Method: "search", Args: odoo.Args{"domain": odoo.Eq("name", string(canonicaltest.Order("x").Currency))}})
	if err != nil || len(currency) != 1 {
		t.Fatal(currency, err)
	}
	made, err := odoo.Invoke[[]int64](t.Context(), erp, odoo.Call{Model: "loyalty.program", Method: "create", Args: odoo.Args{"vals_list": []any{
		map[string]any{"name": "Credit " + tag(), "program_type": "ewallet", "currency_id": currency[0]},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return made[0]
}

// wantCards wants one card of a program, with the balance.
func (c *returnDesk) wantCards(program int64, balance string) {
	c.Helper()
	cards, err := odoo.Find[loyalty.Card](c.Context(), c.erp, odoo.Eq("program_id", program))
	if err != nil || len(cards) != 1 || !cards[0].Points.Equal(decimal.MustParse(balance)) {
		c.Errorf("cards %+v (%v), want one of %s", cards, err, balance)
	}
}

// everyCall tells whether a process dies after each call of a story: in process, and on the real servers where there is time.
func everyCall(db *database) bool { return !db.real || peer.Thorough() }

// kill lets processes die over a story.
func (c *returnDesk) kill(story fatalStory) {
	c.Helper()
	var order canonical.Order
	if story.sell != nil {
		story.sell(c)
	} else {
		order = c.sell(story.units)
	}
	story.ask(c, order)
	wire := &mortalTransport{}
	erp := c.db.dial(c.T, odoo.WithHTTPClient(&http.Client{Transport: wire}))
	seen := map[string]bool{}
	for died, tried, at := 0, 0, 1; ; tried++ {
		made, done, err := c.live(erp, wire, at)
		if done {
			c.Logf("%d processes died", died)
			if everyCall(c.db) && len(seen) < story.calls {
				c.Errorf("they died after %d different calls, want at least %d", len(seen), story.calls)
			}
			break
		}
		if tried > 1000 {
			c.Fatal("no end in sight: ", err)
		}
		if len(made) < at { // a claim of the dead is still held, or a busy server refused: the next process comes later
			time.Sleep(20 * time.Millisecond)
		} else {
			// A real server is given fewer deaths: after the first call of the first process, the second of the next, and so on.
			died++
			at++
		}
		if all := strings.Join(made, " "); everyCall(c.db) && all != "" && !seen[all] {
			seen[all], at = true, 1 // it came further than those before
		}
	}
	check := func(when string) {
		c.Helper()
		c.wantOdoo(when, story.end)
		c.wantMoved(story.moved)
		c.connector = retailsync.New(c.db.dial(c.T), c.rules, retailsync.WithStore(c.store))
		for _, id := range story.ids {
			c.process(id)
		}
		for _, id := range story.ids {
			if !story.exchanged && len(c.caseOf(id).Exchange) == 0 { // exchanged goods have not left
				c.wantClosed(id)
			}
		}
		c.wantOdoo(when+" and processed again", story.end)
		c.wantMoved(story.moved)
	}
	check("at the end")
	c.store = idempotency.NewMemory()
	check("with an empty store")
}

// live lets a process run until it has made so many calls, then it dies. It tells whether it came to its end before.
func (c *returnDesk) live(erp *odoo.Client, wire *mortalTransport, calls int) (made []string, done bool, failure error) {
	c.Helper()
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	at := newPoints(fault{Kind: cutOff, Call: calls}, cancel)
	wire.at = at
	mortal := mortalPlatform{c, at}
	connector := retailsync.New(erp, c.rules, retailsync.WithStore(c.store), retailsync.WithLease(100*time.Millisecond), retailsync.WithJournal(c.journal))
	options := c.options()
	options.Orders, options.Refunds, options.AtOnce = mortal, mortal, 1
	options.OnResult = func(r retailsync.ReturnResult) { failure = errors.Join(failure, r.Err) }
	_, err := connector.ProcessReturns(ctx, mortal, options)
	failure = errors.Join(failure, err)
	return at.made(), failure == nil && len(at.made()) < calls, failure
}

// TestOlderDeliveryKilledAtEveryCall lets processes die while units come back of which one left with an older delivery than the one that the
// return was opened for.
func TestOlderDeliveryKilledAtEveryCall(t *testing.T) {
	t.Parallel()
	eachInProcess(t, func(t *testing.T, db *database) {
		var older, newer []string
		newReturnDesk(t, db, nil).kill(fatalStory{
			sell: func(c *returnDesk) {
				c.track("serial", "A", "B", "C", "D", "E")
				older, newer = c.sellInTwo(2, 2)
			},
			ask: func(c *returnDesk, _ canonical.Order) {
				c.ask("1", 2, canonical.ResolutionRefund)
				c.process("1")
				c.arrived("1", unit(canonical.DispositionSellable, older[0]), unit(canonical.DispositionDamaged, newer[1]))
			},
			ids: []string{"1"}, calls: 12,
			end:   "delivered 2; invoice posted; credit posted RMA-1 39.98+10.00; stock 2; quarantine 1; return done; return cancel; return done",
			moved: "re 49.98",
		})
	})
}
