package retailsync_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
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

func (m mortalPlatform) Charge(ctx context.Context, r canonical.Refund) (answer canonical.Refund, err error) {
	err = m.call("charge", func() error { answer, err = m.till.Charge(ctx, r); return err })
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

// TestReturnsKilledAtEveryCall lets one process after the other die after a later call that changes something, in process after each, in Odoo, at the
// platform or at the provider, until one comes to its end: two of three units come back, one good and one damaged, and the third is
// exchanged for something dearer. The end is that of an undisturbed run, the money has moved once, and an empty store changes nothing.
func TestReturnsKilledAtEveryCall(t *testing.T) {
	eachReturnDesk(t, func(r *mapping.ReturnRules) {
		r.Restocking.Percent = decimal.MustNew(10, 0)
		r.Exchange.Dearer = mapping.DearerCharge
	}, func(c *returnDesk) {
		order := c.sell(3)
		arrived := func(id string, units ...canonical.ReceivedUnits) {
			c.platform.Change(id, func(r *canonical.Return) {
				r.Approval, r.Logistics = canonical.ReturnApproved, canonical.ReturnReceived
				r.Lines[0].Received = units
			})
		}
		sellable := canonical.ReceivedUnits{Qty: decimal.One, Disposition: canonical.DispositionSellable}
		c.ask("1", 2, canonical.ResolutionRefund)
		arrived("1", sellable, canonical.ReceivedUnits{Qty: decimal.One, Disposition: canonical.DispositionDamaged})
		c.ask("2", 1, canonical.ResolutionExchangeOther)
		tax := order.Lines[1].Taxes[0]
		tax.Amount = canonical.Shop(decimal.MustParse("7.50"))
		c.platform.Change("2", func(r *canonical.Return) {
			r.Exchange = []canonical.ExchangeLine{{
				ID: "X1", ReturnLineID: "R1", SKU: "SKU-2", Qty: decimal.One, Total: canonical.Shop(decimal.MustParse("30")), Taxes: []canonical.Tax{tax},
			}}
		})
		arrived("2", sellable)

		wire := &mortalTransport{}
		erp := c.db.dial(c.T, odoo.WithHTTPClient(&http.Client{Transport: wire}))
		seen := map[string]bool{}
		for died, at := 0, 1; ; died++ {
			made, done := c.live(erp, wire, at)
			if done {
				if c.Logf("%d processes died", died); died < 8 {
					c.Error("so few?")
				}
				break
			}
			// A real server is given fewer deaths: after the first call of the first process, the second of the next, and so on.
			at++
			if calls := strings.Join(made, " "); !c.db.real && !seen[calls] {
				seen[calls], at = true, 1 // it came further than those before
			}
			if died > 1000 {
				c.Fatal("no end in sight")
			}
		}
		const end = "delivered 0; invoice posted; credit posted RMA-1 35.98+8.99; credit posted RMA-2 17.99+4.50; stock 19; quarantine 1; return done; return done"
		check := func(when string) {
			c.Helper()
			c.wantOdoo(when, end)
			if got := c.till.amounts(); got != "ch 15.01, re 44.97" {
				c.Errorf("%s: moved %s", when, got)
			}
			c.connector = retailsync.New(c.db.dial(c.T), c.rules, retailsync.WithStore(c.store))
			c.process("1")
			c.process("2")
			c.wantClosed("1")
			c.wantOdoo(when+" and processed again", end)
		}
		check("at the end")
		c.store = idempotency.NewMemory()
		check("with an empty store")
	})
}

// live lets a process run until it has made so many calls, then it dies. It tells whether it came to its end before.
func (c *returnDesk) live(erp *odoo.Client, wire *mortalTransport, calls int) (made []string, done bool) {
	c.Helper()
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	at := newPoints(fault{Kind: cutOff, Call: calls}, cancel)
	wire.at = at
	mortal := mortalPlatform{c, at}
	connector := retailsync.New(erp, c.rules, retailsync.WithStore(c.store), retailsync.WithLease(100*time.Millisecond), retailsync.WithJournal(c.journal))
	options := c.options()
	options.Orders, options.Refunds, options.AtOnce = mortal, mortal, 1
	failed := false
	options.OnResult = func(r retailsync.ReturnResult) { failed = failed || r.Err != nil }
	_, err := connector.ProcessReturns(ctx, mortal, options)
	return at.made(), err == nil && !failed && len(at.made()) < calls
}
