package retailsync_test

import (
	"context"
	"crypto/rand"
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
	. "github.com/retailsync/retailsync/canonical/canonicaltest"
	"github.com/retailsync/retailsync/docs"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
	"github.com/retailsync/retailsync/odoo/sale"
)

const groupBilling = "account.group_account_invoice"

// paidLife is an order whose payments by card are registered, by a user with the documented rights and no others.
type paidLife struct {
	*life
	clearing int64
	rules    *mapping.Rules
	user     *database
}

func newPaidLife(l *life) *paidLife {
	l.Helper()
	p := &paidLife{life: l, clearing: newJournal(l, l.erp, map[string]any{"name": "Cards " + l.id, "code": rand.Text()[:5]})}
	yes := true
	p.rules = rulesWith(l.db, func(c *mapping.ChannelRules) {
		c.PaymentMethods = []mapping.PaymentRule{
			{Gateway: "card*", Journal: mapping.Name("Cards " + l.id), Register: &yes}, {Gateway: "*", Journal: mapping.Name(mapping.RefNone)},
		}
	})
	p.user = l.user(append(documented(l.db.series), groupBilling)...)
	l.connector = retailsync.New(p.user.dial(l), p.rules, retailsync.WithJournal(l.journal))
	return p
}

// pay sets the payments of the order at the channel.
func (p *paidLife) pay(payments ...canonical.Payment) {
	p.Helper()
	p.edit(func(o *canonical.Order) {
		o.Payments = nil
		paid := decimal.Zero
		for _, payment := range payments {
			payment.At = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
			o.Payments = append(o.Payments, payment)
			if payment.Status == canonical.PaymentSucceeded && payment.Kind != canonical.PaymentAuthorization && payment.Kind != canonical.PaymentRefund {
				paid, _ = paid.Add(payment.Amount.Shop)
			}
		}
		o.Totals.Paid = canonical.Shop(paid)
	})
	if err := p.source.orders[0].Validate(); err != nil {
		p.Fatal(err)
	}
}

func payment(id, gateway string, kind canonical.PaymentKind, status canonical.PaymentStatus, amount string) canonical.Payment {
	return canonical.Payment{ID: id, Gateway: gateway, Kind: kind, Status: status, Amount: canonical.Shop(decimal.MustParse(amount))}
}

type clearedPayment struct {
	ID         int64           `odoo:"id"`
	Ref        string          `odoo:"memo"`
	State      string          `odoo:"state"`
	Amount     decimal.Decimal `odoo:"amount"`
	Reconciled bool            `odoo:"is_reconciled"`
}

func (clearedPayment) OdooModel() string { return "account.payment" }

// wantPayments checks what the clearing journal has: "id amount state", and for what is matched with an invoice a star.
func (p *paidLife) wantPayments(want ...string) {
	p.Helper()
	rows, err := odoo.Find[clearedPayment](p.Context(), p.erp, odoo.Eq("journal_id", p.clearing))
	if err != nil {
		p.Fatal(err)
	}
	var got []string
	for _, r := range rows {
		text := r.Ref + " " + r.Amount.Trim(0).String()
		switch r.State {
		case "posted", "in_process", "paid":
		case "cancel", "canceled":
			text += " cancelled"
		default:
			text += " " + r.State
		}
		if r.Reconciled && r.State != "cancel" && r.State != "canceled" {
			text += " *"
		}
		got = append(got, text)
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		p.Error(diff)
	}
}

// match matches the payments of the channel that this order has, and counts the outcomes of them.
func (p *paidLife) match(dry bool) map[retailsync.PaymentOutcome]int {
	p.Helper()
	counts := map[retailsync.PaymentOutcome]int{}
	groups, err := docs.Groups(p.db.series, string(mapping.WorkflowPayments))
	if err != nil {
		p.Fatal(err)
	}
	connector := retailsync.New(p.life.user(groups...).dial(p), p.rules, retailsync.WithJournal(p.journal))
	report, err := connector.MatchPayments(p.Context(), testChannel, retailsync.PaymentRun{DryRun: dry, OnResult: func(r retailsync.PaymentResult) {
		if r.Order.ID == p.id {
			counts[r.Outcome]++
		}
	}})
	if err != nil || report.DryRun != dry {
		p.Fatal(report, err)
	}
	return counts
}

func (p *paidLife) wantMatch(dry bool, want map[retailsync.PaymentOutcome]int) {
	p.Helper()
	if diff := cmp.Diff(want, p.match(dry)); diff != "" {
		p.Error(diff)
	}
}

// invoice delivers what is ordered and invoices it.
func (p *paidLife) invoice() int64 {
	p.Helper()
	p.deliver("L2", "5")
	move, err := account.InvoiceOrder(p.Context(), p.erp, p.orderID, "")
	if err != nil {
		p.Fatal(err)
	}
	return move.ID
}

func (p *paidLife) left(move int64) decimal.Decimal {
	p.Helper()
	moves, err := account.ReadMoves(p.Context(), p.erp, []int64{move})
	if err != nil {
		p.Fatal(err)
	}
	return moves[0].Residual
}

// namedCalls notes the calls to Odoo.
type namedCalls struct {
	mu    sync.Mutex
	names []string
}

func (n *namedCalls) RoundTrip(req *http.Request) (*http.Response, error) {
	name, err := nameOfCall(req)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	n.names = append(n.names, name)
	n.mu.Unlock()
	return http.DefaultTransport.RoundTrip(req)
}

func (n *namedCalls) seen() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.names)
}

// What was captured is registered once, whatever dies, and meets the invoice when that is posted; what is only authorised, a gift card, what has
// not come yet, and what a rule does not name are not.
func TestOrderPaymentsAreRegistered(t *testing.T) {
	eitherLife(t, func(l *life) {
		p := newPaidLife(l)
		p.put(Item("SKU-1", 5, 1999))
		p.pay()
		p.want(retailsync.Created)
		captured := payment("a"+p.id, "card", canonical.PaymentCapture, canonical.PaymentSucceeded, "60.00")
		sold := payment("b"+p.id, "card-2", canonical.PaymentSale, canonical.PaymentPending, "20.00")
		others := []canonical.Payment{
			payment("c"+p.id, "card", canonical.PaymentAuthorization, canonical.PaymentSucceeded, "130.00"),
			payment("d"+p.id, "gift_card", canonical.PaymentGiftCard, canonical.PaymentSucceeded, "10.00"),
			payment("e"+p.id, "invoice", canonical.PaymentSale, canonical.PaymentSucceeded, "1.00"),
			payment("f"+p.id, "card", canonical.PaymentSale, canonical.PaymentFailed, "5.00"),
		}
		p.pay(append(others, captured, sold)...)
		if before := p.want(retailsync.Unchanged, retailsync.DryRun()); len(before.Changes) != 1 {
			p.Error("dry run", before.Changes)
		}
		p.wantPayments()
		// One process after the other dies after its first call that changes something, each with a store of its own.
		mortal := &mortalTransport{}
		erp := p.user.dial(p.T, odoo.WithHTTPClient(&http.Client{Transport: mortal}), odoo.WithRetry(odoo.Retry{Attempts: 1, First: time.Millisecond, Longest: time.Millisecond}))
		var writes []string
		for life := 0; ; life++ {
			if life > 40 {
				p.Fatal("no end in sight", writes)
			}
			ctx, cancel := context.WithCancel(p.Context())
			mortal.at = newPoints(fault{Kind: cutOff, Call: 1}, cancel)
			connector := retailsync.New(erp, p.rules, retailsync.WithStore(idempotency.NewMemory()), retailsync.WithJournal(p.journal))
			report, err := connector.ImportOrders(ctx, p.source, time.Time{})
			cancel()
			made := mortal.at.made()
			if writes = append(writes, made...); len(made) == 0 && err == nil && len(report.Failed()) == 0 {
				break
			}
		}
		for _, call := range []string{"account.payment.load", "account.payment.action_post"} {
			if !slices.Contains(writes, call) {
				p.Error("no process died of", call, writes)
			}
		}
		p.want(retailsync.Unchanged, retailsync.Recheck())
		p.wantPayments("a" + p.id + " 60")
		if !slices.ContainsFunc(p.journal.Events(), func(e canonical.Event) bool { return e.Type == canonical.EventOrderPaid }) {
			p.Error("the journal does not tell of the payment")
		}
		sold.Status = canonical.PaymentSucceeded
		p.pay(append(others, captured, sold)...)
		if result := p.want(retailsync.Updated); len(result.Changes) != 1 {
			p.Error(result.Changes)
		}
		p.wantPayments("a"+p.id+" 60", "b"+p.id+" 20")
		p.wantMatch(false, map[retailsync.PaymentOutcome]int{retailsync.PaymentWaiting: 2})

		invoice := p.invoice()
		owed := p.left(invoice)
		p.wantMatch(true, map[retailsync.PaymentOutcome]int{retailsync.PaymentMatched: 2})
		if got := p.left(invoice); !got.Equal(owed) {
			p.Error("a dry run matched", got)
		}
		// A retailer who has the workflow off sees what would be matched.
		p.rules.Defaults.Workflows = map[mapping.Workflow]bool{mapping.WorkflowPayments: false}
		if report, err := retailsync.New(p.user.dial(p), p.rules).MatchPayments(p.Context(), testChannel, retailsync.PaymentRun{}); err != nil || !report.DryRun || report.Count(retailsync.PaymentMatched) < 2 {
			p.Error("off:", report, err)
		}
		p.rules.Defaults.Workflows = nil
		if got := p.left(invoice); !got.Equal(owed) {
			p.Error("what is off matched", got)
		}
		p.wantMatch(false, map[retailsync.PaymentOutcome]int{retailsync.PaymentMatched: 2})
		p.wantMatch(false, map[retailsync.PaymentOutcome]int{})
		p.wantPayments("a"+p.id+" 60 *", "b"+p.id+" 20 *")
		// What is matched costs later runs no look at invoices.
		wire := &namedCalls{}
		connector := retailsync.New(p.user.dial(p.T, odoo.WithHTTPClient(&http.Client{Transport: wire})), p.rules, retailsync.WithJournal(p.journal))
		if _, err := connector.ImportOrders(p.Context(), p.source, time.Time{}, retailsync.Recheck()); err != nil || slices.ContainsFunc(wire.seen(), func(name string) bool {
			return strings.HasPrefix(name, "account.move")
		}) || !slices.Contains(wire.seen(), "account.payment.search_read") {
			p.Error("a run without changes", err, wire.seen())
		}
		if want, _ := owed.Sub(decimal.MustParse("80")); !p.left(invoice).Equal(want) {
			p.Error("left of the invoice", p.left(invoice), want)
		}
		// One that came back is taken back; another one meets the invoice at once.
		sold.Status = canonical.PaymentFailed
		more := payment("g"+p.id, "card", canonical.PaymentSale, canonical.PaymentSucceeded, "30.00")
		p.pay(append(others, captured, sold, more)...)
		p.want(retailsync.Updated)
		p.want(retailsync.Unchanged, retailsync.Recheck())
		p.wantPayments("a"+p.id+" 60 *", "b"+p.id+" 20 cancelled", "g"+p.id+" 30 *")
		if want, _ := owed.Sub(decimal.MustParse("90")); !p.left(invoice).Equal(want) {
			p.Error("left of the invoice", p.left(invoice), want)
		}
	})
}

// Money that is kept for a cancelled order is reported, and so is a payment in Odoo that the channel has given back.
func TestPaymentsOfCancelledOrders(t *testing.T) {
	eitherLife(t, func(l *life) {
		p := newPaidLife(l)
		p.put(Item("SKU-1", 5, 1999))
		sold := payment("a"+p.id, "card", canonical.PaymentSale, canonical.PaymentSucceeded, "60.00")
		back := payment("r"+p.id, "card", canonical.PaymentRefund, canonical.PaymentSucceeded, "60.00")
		back.ParentID = sold.ID
		p.pay(sold, payment("", "card", canonical.PaymentSale, canonical.PaymentSucceeded, "5.00"))
		wantOrderError[*retailsync.Conflict](p, p.want(retailsync.Failed).Err, retailsync.StagePay, "no id")
		p.wantPayments()
		p.pay(sold)
		p.want(retailsync.Updated)
		// A person may change what is registered: that is said, and nothing is registered besides it.
		sold.Amount = canonical.Shop(decimal.MustParse("61.00"))
		p.pay(sold)
		wantOrderError[*account.PaymentDiffers](p, p.want(retailsync.Failed).Err, retailsync.StagePay, "61")
		sold.Amount = canonical.Shop(decimal.MustParse("60.00"))
		p.pay(sold)
		p.edit(func(o *canonical.Order) { o.Status = canonical.StatusCancelled })
		wantOrderError[*retailsync.Conflict](p, p.want(retailsync.Failed).Err, retailsync.StagePay, "60.00 EUR")
		p.wantState(sale.StateCancel)
		p.wantMatch(false, map[retailsync.PaymentOutcome]int{retailsync.PaymentExcepted: 1})
		p.pay(sold, back)
		wantOrderError[*retailsync.Conflict](p, p.want(retailsync.Failed).Err, retailsync.StagePay, "registered in Odoo")
		p.wantPayments("a" + p.id + " 60")
		found, err := account.FindReceipts(p.Context(), p.erp, []string{mapping.PaymentReference(odoo.NewExternalID(mapping.Module, testChannel.Name, testChannel.Account, "order", p.id))})
		if err != nil || len(found) != 1 {
			p.Fatal(found, err)
		}
		if err := account.CancelPayment(p.Context(), p.erp, found[0].ID); err != nil {
			p.Fatal(err)
		}
		p.want(retailsync.Unchanged)
		p.wantPayments("a" + p.id + " 60 cancelled")

		// One that was cancelled before it came to Odoo is not there, and its money is reported all the same.
		other := newPaidLife(newLife(p.T, p.db, p.rules))
		other.put(Item("SKU-1", 1, 1999))
		other.pay(payment("z"+other.id, "card", canonical.PaymentSale, canonical.PaymentSucceeded, "20.00"))
		other.edit(func(o *canonical.Order) { o.Status = canonical.StatusCancelled })
		wantOrderError[*retailsync.Conflict](p, other.want(retailsync.Failed).Err, retailsync.StagePay, "20.00")
	})
}
