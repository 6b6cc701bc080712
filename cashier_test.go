package retailsync_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/payments/paymentstest"
	"github.com/retailsync/retailsync/returns"
)

// providerDesk is a return desk whose money a provider moves.
type providerDesk struct {
	*returnDesk
	provider *paymentstest.Double
	clearing int64         // the provider's clearing journal
	key      canonical.Key // of the return
}

// refundDesk is one whose orders are paid at the provider.
type refundDesk struct {
	providerDesk
	payment string
}

// eitherRefundDesk sells two units, of which one comes back and is refunded, in each Odoo in the process and one of the real ones, where the
// rules name the provider's clearing journal.
func eitherRefundDesk(t *testing.T, window time.Duration, test func(c *refundDesk)) {
	t.Helper()
	t.Parallel()
	eitherOdoo(t, func(t *testing.T, db *database) { test(newRefundDesk(t, db, window)) })
}

// eachRefundInside is eitherRefundDesk without the real servers, for what only the case and the provider decide.
func eachRefundInside(t *testing.T, window time.Duration, test func(c *refundDesk)) {
	t.Helper()
	t.Parallel()
	for _, series := range []int{19, 14} {
		t.Run(fmt.Sprintf("in-process %d", series), func(t *testing.T) { test(newRefundDesk(t, inProcess(t, series), window)) })
	}
}

func newRefundDesk(t *testing.T, db *database, window time.Duration) *refundDesk {
	t.Helper()
	c := &refundDesk{providerDesk: providerDesk{returnDesk: newReturnDesk(t, db, nil), provider: paymentstest.NewDouble(window)}}
	if db.real {
		code := strings.ToUpper("P" + tag()[12:])
		c.clearing = newJournal(t, c.erp, map[string]any{"name": "Clearing " + code, "code": code})
		c.rules.Defaults.PaymentMethods = []mapping.PaymentRule{{Gateway: "*", Journal: mapping.Ref{Name: code}}}
	} else { // the others book nothing, and say so
		c.rules.Defaults.PaymentMethods = []mapping.PaymentRule{{Gateway: "*", Journal: mapping.Name(mapping.RefNone)}}
	}
	c.reopen()
	c.sell(2)
	order := &c.source.orders[0]
	moves, err := account.Moves(c.Context(), c.erp, []int64{c.order().ID})
	if err != nil || len(moves) != 1 {
		t.Fatal(moves, err)
	}
	invoice := moves[0]
	paid := order.Payments[len(order.Payments)-1]
	c.payment = c.provider.Pay(order.Currency, invoice.Total.Rescale(2))
	paid.ID, paid.Gateway, paid.Kind, paid.Amount.Shop = c.payment, "double", canonical.PaymentCapture, invoice.Total.Rescale(2)
	order.Payments = []canonical.Payment{paid}
	if db.real {
		// What the buyer paid is booked: Odoo 19 would match a credit note with an invoice that is open.
		if _, err := account.RegisterPayment(c.Context(), c.erp, account.Payment{
			ExternalID: odoo.NewExternalID("retailsync_test", "paid", c.id), Move: invoice.ID, Journal: c.clearing, Amount: invoice.Residual, Ref: c.payment,
		}); err != nil {
			t.Fatal(err)
		}
	}
	c.key = canonical.Key{Channel: c.platform.Channel(), ID: "1"}
	c.ask("1", 1, canonical.ResolutionRefund)
	c.platform.Change("1", func(r *canonical.Return) {
		r.Approval, r.Logistics = canonical.ReturnApproved, canonical.ReturnReceived
		r.Lines[0].Received = []canonical.ReceivedUnits{{Qty: decimal.One, Disposition: canonical.DispositionSellable}}
	})
	return c
}

// reopen is a new process with the same store.
func (c *providerDesk) reopen() {
	c.connector = retailsync.New(c.db.dial(c.T), c.rules, retailsync.WithStore(c.store), retailsync.WithJournal(c.journal), retailsync.WithLease(time.Second))
}

func (c *refundDesk) options() retailsync.ReturnRun {
	options := c.returnDesk.options()
	options.Refunds = &retailsync.Cashier{Holder: retailsync.HeldBy(payments.NewRefunder(c.provider, c.store, payments.WithLease(time.Second)))}
	return options
}

// work runs once over all returns and returns what became of the return.
func (c *refundDesk) work() retailsync.ReturnResult {
	c.Helper()
	var last retailsync.ReturnResult
	options := c.options()
	options.OnResult = func(r retailsync.ReturnResult) { last = r }
	if _, err := c.connector.ProcessReturns(c.Context(), c.platform, options); err != nil {
		c.Fatal(err)
	}
	return last
}

// heard has the provider's word about a refund taken in.
func (c *refundDesk) heard(id string) {
	c.Helper()
	refund, err := c.provider.GetRefund(c.Context(), id)
	if err != nil {
		c.Fatal(err)
	}
	report, err := c.connector.ProcessRefunds(c.Context(), c.platform, []canonical.Refund{refund, {Reference: "of somebody else"}, {}}, c.options())
	if err != nil || len(report.Failed()) > 0 {
		c.Fatal(err, report.Failed())
	}
}

// wantMoney compares what the provider has moved, and what Odoo's books say of it where they follow.
func (c *refundDesk) wantMoney(when, moved, books string) {
	c.Helper()
	if got := c.provider.Moved(c.payment).String(); got != moved {
		c.Errorf("%s: the provider moved %s, want %s", when, got, moved)
	}
	if !c.db.real {
		return
	}
	moves, err := account.Moves(c.Context(), c.erp, []int64{c.order().ID})
	if err != nil {
		c.Fatal(err)
	}
	type paymentRow struct {
		Amount decimal.Decimal `json:"amount"`
		Type   string          `json:"payment_type"`
		Ref    any             `json:"ref"`
		Memo   any             `json:"memo"`
	}
	var all []string
	for _, move := range moves {
		if move.Kind == account.KindCreditNote {
			all = append(all, "open "+move.Residual.Rescale(2).String())
		}
	}
	fields := []string{"amount", "payment_type", "memo"}
	if c.db.series < 18 {
		fields[2] = "ref"
	}
	rows, err := odoo.Invoke[[]paymentRow](c.Context(), c.erp, odoo.Call{Model: "account.payment", Method: "search_read", Effect: odoo.EffectRead, Args: odoo.Args{
		"domain": odoo.Eq("journal_id", c.clearing), "fields": fields,
	}})
	if err != nil {
		c.Fatal(err)
	}
	ref := func(row paymentRow) string {
		word, _ := cmp.Or(row.Ref, row.Memo).(string)
		return word
	}
	slices.SortFunc(rows, func(a, b paymentRow) int { return strings.Compare(ref(a)+b.Type, ref(b)+a.Type) })
	for _, row := range rows {
		if ref(row) != c.payment {
			all = append(all, fmt.Sprintf("%s %s %s", row.Type, row.Amount.Rescale(2), ref(row)))
		}
	}
	if got := strings.Join(all, "; "); got != books {
		c.Errorf("%s:\nbooks %s\nwant  %s", when, got, books)
	}
}

// payOut has the provider pay out all that moved, and imports its settlement.
func (c *providerDesk) payOut() []retailsync.SettlementResult {
	c.Helper()
	c.rules.Channels = maps.Clone(c.rules.Channels)
	c.rules.Channels[c.provider.Channel()] = mapping.ChannelRules{Settlements: mapping.SettlementRules{Journal: mapping.Ref{ID: c.clearing}}}
	c.reopen()
	c.rate()
	settlement, err := c.provider.GetSettlement(c.Context(), c.provider.PayOut())
	if err != nil {
		c.Fatal(err)
	}
	settlement.Key.ID = c.id // the double's are the same in every test
	for i := range settlement.Entries {
		settlement.Entries[i].ID = fmt.Sprint(c.id, "/", i)
	}
	report, err := c.connector.ImportSettlement(c.Context(), settlement, retailsync.SettlementRun{})
	if err != nil {
		c.Fatal(err)
	}
	return report.Results()
}

// wantSettled has the provider pay out all that moved, and expects that Odoo matches every movement with what was booked of it.
func (c *refundDesk) wantSettled() {
	c.Helper()
	for _, result := range c.payOut() {
		if result.Err != nil || len(result.Exceptions) > 0 {
			c.Errorf("settlement of %d entries: %s, %v, exceptions %+v", result.Entries, result.Outcome, result.Err, result.Exceptions)
		}
	}
}

// rate gives the order's currency a rate, which settlements ask for: the one that Odoo takes where there is none.
func (c *providerDesk) rate() {
	c.Helper()
	currencies, err := odoo.Invoke[[]int64](c.Context(), c.erp, odoo.Call{Model: "res.currency", Method: "search", Effect: odoo.EffectRead, Args: odoo.Args{"domain": odoo.Eq("name", c.currency)}})
	if err != nil || len(currencies) != 1 {
		c.Fatal(currencies, err)
	}
	there, err := odoo.Invoke[int](c.Context(), c.erp, odoo.Call{Model: "res.currency.rate", Method: "search_count", Effect: odoo.EffectRead, Args: odoo.Args{"domain": odoo.Eq("currency_id", currencies[0])}})
	if err != nil {
		c.Fatal(err)
	}
	if there > 0 {
		return
	}
	if _, err := odoo.Invoke[[]int64](c.Context(), c.erp, odoo.Call{Model: "res.currency.rate", Method: "create", Args: odoo.Args{
		"vals_list": []any{map[string]any{"currency_id": currencies[0], "name": "2020-01-01", "rate": 1}},
	}}); err != nil {
		c.Log(err) // another test was first
	}
}

// question is the open question about money.
func (c *refundDesk) question(topic returns.Topic) returns.Question {
	c.Helper()
	known, err := c.connector.ReturnCase(c.Context(), c.key)
	if err != nil {
		c.Fatal(err)
	}
	for _, q := range known.Questions {
		if q.Topic == topic && q.Answer == "" {
			return q
		}
	}
	c.Fatalf("nothing is asked about %s; the case is %s and waits for %v", topic, known.Status, known.Waits)
	return returns.Question{}
}

func (c *refundDesk) answer(q returns.Question, answer returns.Answer) {
	c.Helper()
	report, err := c.connector.TellReturn(c.Context(), c.platform, "1", c.options(), returns.Decided{Question: q.ID, Answer: answer})
	if err != nil || len(report.Failed()) > 0 {
		c.Fatal(err, report.Failed())
	}
}

// TestRefundComesBack has the provider refund, say an hour later that it failed after all, and refund again as a person wants: Odoo's credit
// note is paid, open, and paid again, with every movement by its id.
func TestRefundComesBack(t *testing.T) {
	eitherRefundDesk(t, time.Hour, func(c *refundDesk) {
		c.work()
		c.wantClosed("1")
		c.wantMoney("refunded", "24.99", "open 0.00; outbound 24.99 re_1")
		c.work()
		c.wantMoney("processed again", "24.99", "open 0.00; outbound 24.99 re_1")

		c.provider.Turn("re_1", canonical.RefundReversed, "account_closed")
		c.heard("re_1")
		c.wantMoney("reversed", "0", "open 24.99; outbound 24.99 re_1; inbound 24.99 re_1")
		c.heard("re_1")
		c.wantMoney("reversed and heard twice", "0", "open 24.99; outbound 24.99 re_1; inbound 24.99 re_1")
		q := c.question(returns.TopicMoney)
		if !strings.Contains(q.Text, "account_closed") {
			c.Errorf("the question does not say why: %s", q.Text)
		}
		c.answer(q, returns.AnswerRetry)
		c.wantClosed("1")
		c.wantMoney("refunded again", "24.99", "open 0.00; outbound 24.99 re_1; inbound 24.99 re_1; outbound 24.99 re_2")
		if c.db.real {
			c.wantSettled()
		}
	})
}

// TestRefundIsPending waits for the provider, hears of its webhook before its own reply, and of a failure an hour later.
func TestRefundIsPending(t *testing.T) {
	eachRefundInside(t, time.Hour, func(c *refundDesk) {
		c.provider.Answer(canonical.RefundPending)
		if result := c.work(); !slices.ContainsFunc(result.Waits, func(w returns.Wait) bool { return w.Gate == returns.GateMoney }) {
			c.Fatalf("waits %v, want one for the money; error %v", result.Waits, result.Err)
		}
		c.wantMoney("pending", "24.99", "open 24.99")
		c.provider.Turn("re_1", canonical.RefundFailed, "declined")
		c.heard("re_1")
		c.wantMoney("failed", "0", "open 24.99")
		c.provider.Answer(canonical.RefundSucceeded)
		c.answer(c.question(returns.TopicMoney), returns.AnswerRetry)
		c.wantClosed("1")
		c.wantMoney("at the end", "24.99", "open 0.00; outbound 24.99 re_2")
	})
}

// TestRefundInDoubt loses the reply of a provider that takes no keys: a person looks, and is asked again if that settles nothing.
func TestRefundInDoubt(t *testing.T) {
	eachRefundInside(t, 0, func(c *refundDesk) {
		blind := blindProvider{c.provider}
		options := c.returnDesk.options()
		options.Refunds = &retailsync.Cashier{Holder: retailsync.HeldBy(payments.NewRefunder(blind, c.store, payments.WithLease(time.Second)))}
		run := func(events ...returns.Event) {
			c.Helper()
			if _, err := c.connector.TellReturn(c.Context(), c.platform, "1", options, events...); err != nil {
				c.Fatal(err)
			}
		}
		lost := true
		c.provider.Disturb(func(_ int, op string, before bool) error {
			if lost && !before && strings.Contains(op, "refund") {
				lost = false
				return &marketplace.Error{Code: marketplace.CodeUnknown, Channel: c.provider.Channel(), Op: op, Message: "the reply was lost"}
			}
			return nil
		})
		run()
		run()
		q := c.question(returns.TopicDoubt)
		run()
		if again := c.question(returns.TopicDoubt); again.ID != q.ID {
			c.Errorf("asked twice: %s, %s", q.ID, again.ID)
		}
		c.wantMoney("in doubt", "24.99", "open 24.99")
		run(returns.Decided{Question: q.ID, Answer: returns.AnswerAccept})
		c.wantClosed("1")
		c.wantMoney("at the end", "24.99", "open 0.00; outbound 24.99 ")
	})
}

// blindProvider can make refunds and cannot look for them.
type blindProvider struct{ provider *paymentstest.Double }

func (b blindProvider) Channel() canonical.Channel     { return b.provider.Channel() }
func (b blindProvider) RefundKeyWindow() time.Duration { return 0 }
func (b blindProvider) CreateRefund(ctx context.Context, r payments.RefundRequest) (canonical.Refund, error) {
	return b.provider.CreateRefund(ctx, r)
}

// TestRefundOnceByTwoWorkers lets two processes work on the same return, with a store of their own for what is theirs to remember.
func TestRefundOnceByTwoWorkers(t *testing.T) {
	eitherRefundDesk(t, time.Hour, func(c *refundDesk) {
		var group sync.WaitGroup
		for range 4 {
			connector := retailsync.New(c.db.dial(c.T), c.rules, retailsync.WithStore(c.store), retailsync.WithLease(5*time.Second))
			group.Go(func() {
				for range 3 {
					if _, err := connector.ProcessReturn(c.Context(), c.platform, []string{"1"}, c.options()); err != nil && !errors.Is(err, idempotency.ErrInFlight) {
						c.Log(err)
					}
				}
			})
		}
		group.Wait()
		c.work()
		c.wantClosed("1")
		c.wantMoney("at the end", "24.99", "open 0.00; outbound 24.99 re_1")
	})
}

// TestRefundKilledAtEveryCall lets one process after the other die after a later call that changes something, at the provider or in Odoo: in
// process after each of them, on a real server one call later each time. The money moves once, and Odoo's books agree.
func TestRefundKilledAtEveryCall(t *testing.T) {
	eitherRefundDesk(t, time.Hour, func(c *refundDesk) {
		wire := &mortalTransport{}
		erp := c.db.dial(c.T, odoo.WithHTTPClient(&http.Client{Transport: wire}))
		seen := map[string]bool{}
		died := 0
		for call := 1; ; died++ {
			made, done := c.live(erp, wire, call)
			if done {
				break
			}
			call++
			if calls := strings.Join(made, " "); !c.db.real && !seen[calls] {
				seen[calls], call = true, 1 // it came further than those before
			}
			if died > 500 {
				c.Fatal("no end in sight")
			}
		}
		c.provider.Disturb(nil)
		if c.Logf("%d processes died", died); died < 4 {
			c.Error("so few?")
		}
		c.reopen()
		c.wantClosed("1")
		c.wantMoney("at the end", "24.99", "open 0.00; outbound 24.99 re_1")
		c.store = idempotency.NewMemory()
		c.reopen()
		c.work()
		c.wantMoney("with an empty store", "24.99", "open 0.00; outbound 24.99 re_1")
	})
}

// live lets a process run until it has made so many calls that change something, then it dies. It tells whether it came to its end before.
func (c *refundDesk) live(erp *odoo.Client, wire *mortalTransport, calls int) (made []string, done bool) {
	c.Helper()
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	const lease = 50 * time.Millisecond
	at := newPoints(fault{Kind: cutOff, Call: calls}, cancel)
	wire.at = at
	c.provider.Disturb(func(_ int, op string, before bool) error {
		switch {
		case at.isGone():
			return errGone
		case before || op != "create refund":
			return nil
		}
		_, err := at.pass(op, func() {})
		return err
	})
	options := c.returnDesk.options()
	options.Refunds = &retailsync.Cashier{Holder: retailsync.HeldBy(payments.NewRefunder(c.provider, c.store, payments.WithLease(lease)))}
	connector := retailsync.New(erp, c.rules, retailsync.WithStore(c.store), retailsync.WithLease(lease))
	report, err := connector.ProcessReturn(ctx, c.platform, []string{"1"}, options)
	time.Sleep(lease) // whoever died holds its claims as long
	return at.made(), err == nil && len(report.Failed()) == 0 && len(at.made()) < calls
}
