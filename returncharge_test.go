package retailsync_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
	"github.com/retailsync/retailsync/odoo/sale"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/payments/paymentstest"
	"github.com/retailsync/retailsync/returns"
)

// chargeDesk is a return desk at which one unit for 24.99 is exchanged for something for 37.50. The buyer is asked for the 12.51 by a
// provider, whose payments are registered in Odoo.
type chargeDesk struct {
	providerDesk
	// total is what the exchanged goods cost in the end.
	total string
}

// eachChargeDesk opens one in every Odoo, eitherChargeDesk in one of the real ones, eachChargeInside only in the process.
func eachChargeDesk(t *testing.T, change func(*mapping.ReturnRules), test func(c *chargeDesk)) {
	t.Helper()
	t.Parallel()
	eachOdoo(t, func(t *testing.T, db *database) { test(newChargeDesk(t, db, change)) })
}

func eitherChargeDesk(t *testing.T, change func(*mapping.ReturnRules), test func(c *chargeDesk)) {
	t.Helper()
	t.Parallel()
	eitherOdoo(t, func(t *testing.T, db *database) { test(newChargeDesk(t, db, change)) })
}

func eachChargeInside(t *testing.T, change func(*mapping.ReturnRules), test func(c *chargeDesk)) {
	t.Helper()
	t.Parallel()
	for _, series := range []int{19, 14} {
		t.Run(fmt.Sprintf("in-process %d", series), func(t *testing.T) { test(newChargeDesk(t, inProcess(t, series), change)) })
	}
}

func newChargeDesk(t *testing.T, db *database, change func(*mapping.ReturnRules)) *chargeDesk {
	t.Helper()
	c := &chargeDesk{providerDesk: providerDesk{provider: paymentstest.NewDouble(24 * time.Hour)}, total: "37.50"}
	c.returnDesk = newReturnDesk(t, db, func(r *mapping.ReturnRules) {
		r.Exchange.Dearer = mapping.DearerCharge
		if change != nil {
			change(r)
		}
	})
	c.clearing = newJournal(t, c.erp, map[string]any{"name": "Collected " + tag(), "code": rand.Text()[:5]})
	yes := true
	c.rules.Defaults.PaymentMethods = []mapping.PaymentRule{
		{Gateway: "double", Journal: mapping.Ref{ID: c.clearing}, Register: &yes}, {Gateway: "*", Journal: mapping.Name(mapping.RefNone)},
	}
	// Invoiced as ordered, whatever the database does by itself: a rounding is never delivered.
	rounding := "ROUND-" + tag()
	if _, err := odoo.Invoke[[]int64](c.Context(), c.erp, odoo.Call{Model: "product.product", Method: "create", Args: odoo.Args{"vals_list": []any{
		map[string]any{"name": "Rounding", "default_code": rounding, "type": "service", "invoice_policy": "order"}}}}); err != nil {
		t.Fatal(err)
	}
	c.rules.Defaults.Totals.Rounding.Product = mapping.Name(rounding)
	c.reopen()
	order := c.sell(2)
	c.key = canonical.Key{Channel: c.platform.Channel(), ID: "1"}
	c.swap("1", order, "30.00", "7.50")
	return c
}

func (c *chargeDesk) options() retailsync.ReturnRun {
	options := c.returnDesk.options()
	cashier := &retailsync.Cashier{Collector: payments.NewCollector(c.provider, c.store, payments.WithChargeLease(time.Second))}
	options.Refunds = cashier
	return options
}

// run runs once over all returns and returns what became of the return.
func (c *chargeDesk) run() (last retailsync.ReturnResult) {
	c.Helper()
	options := c.options()
	options.OnResult = func(r retailsync.ReturnResult) { last = r }
	for range 3 { // a server that others write to at the same moment may refuse a step
		if _, err := c.connector.ProcessReturns(c.Context(), c.platform, options); err != nil {
			c.Fatal(err)
		}
		if last.Err == nil {
			return last
		}
		c.Log(last.Err)
	}
	c.Fatal(last.Err)
	return last
}

// asked wants one request that the buyer can pay, with its link where people look for it, and returns it.
func (c *chargeDesk) asked(result retailsync.ReturnResult) payments.Charge {
	c.Helper()
	var open []payments.Charge
	for _, charge := range c.provider.Asked() {
		if charge.Status == payments.ChargeOpen {
			open = append(open, charge)
		}
	}
	if len(open) != 1 || !open[0].Amount.Equal(decimal.MustParse("12.51")) {
		c.Fatalf("the buyer can pay %+v, want one request of 12.51", open)
	}
	link := open[0].URL
	waits := slices.ContainsFunc(result.Waits, func(w returns.Wait) bool { return w.Gate == returns.GateMoney && strings.Contains(w.Why, link) })
	events, err := c.connector.Timeline(c.Context(), canonical.Key{Channel: testChannel, ID: c.id})
	if err != nil {
		c.Fatal(err)
	}
	told := slices.ContainsFunc(events, func(e canonical.Event) bool {
		return e.Type == canonical.EventReturnCharged && strings.Contains(e.Summary, link)
	})
	if !waits || !told {
		c.Errorf("the link %s is among what it waits for: %t (%v), in the timeline: %t", link, waits, result.Waits, told)
	}
	return open[0]
}

// heard has the provider's word about a charge taken in.
func (c *chargeDesk) heard(id string) {
	c.Helper()
	charge, err := c.provider.GetCharge(c.Context(), id)
	if err != nil {
		c.Fatal(err)
	}
	report, err := c.connector.ProcessCharges(c.Context(), c.platform, []payments.Charge{charge, {Reference: "of somebody else"}, {}}, c.options())
	if err != nil {
		c.Fatal(err)
	}
	if len(report.Failed()) > 0 {
		c.Log(report.Failed()[0].Err)
		c.run()
	}
}

// exchanges are the orders of exchanged goods in Odoo.
func (c *chargeDesk) exchanges() []sale.Order {
	c.Helper()
	found, err := odoo.Find[sale.Order](c.Context(), c.erp, odoo.Like("origin", "return/"+c.platform.Channel().String()))
	if err != nil {
		c.Fatal(err)
	}
	return found
}

// wantCharge checks that the goods have left or not, and what is registered of it.
func (c *chargeDesk) wantCharge(when string, orders int, registered ...string) {
	c.Helper()
	exchanges := c.exchanges()
	if len(exchanges) != orders {
		c.Errorf("%s: %d exchange orders, want %d", when, len(exchanges), orders)
	}
	for _, exchange := range exchanges {
		if exchange.State != sale.StateSale || exchange.AmountTotal.Rescale(2).String() != c.total {
			c.Errorf("%s: the exchange order is %s of %s", when, exchange.State, exchange.AmountTotal)
		}
	}
	rows, err := odoo.Find[clearedPayment](c.Context(), c.erp, odoo.Eq("journal_id", c.clearing))
	if err != nil {
		c.Fatal(err)
	}
	var got []string
	for _, row := range rows {
		got = append(got, row.Ref+" "+row.Amount.Rescale(2).String())
	}
	if !slices.Equal(got, registered) {
		c.Errorf("%s: registered %q, want %q", when, got, registered)
	}
}

func (c *chargeDesk) openQuestion(topic returns.Topic) returns.Question {
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
	c.Fatalf("nothing is asked about %s; the case waits for %v", topic, known.Waits)
	return returns.Question{}
}

// TestChargeOfExchange asks the buyer for what an exchange costs more: the goods wait until he has paid, however often that is said. What he
// paid is registered, matched with the invoice of the exchanged goods, and settled by the provider.
func TestChargeOfExchange(t *testing.T) {
	eitherChargeDesk(t, nil, func(c *chargeDesk) {
		charge := c.asked(c.run())
		c.wantCharge("asked", 0)
		if again := c.asked(c.run()); again.ID != charge.ID {
			c.Errorf("asked twice: %s, %s", charge.ID, again.ID)
		}
		paid := c.provider.PayCharge(charge.ID)
		c.heard(charge.ID)
		c.wantCharge("paid", 1, paid+" 12.51")
		c.heard(charge.ID)
		c.run()
		c.wantCharge("heard twice", 1, paid+" 12.51")
		known, err := c.connector.ReturnCase(c.Context(), c.key)
		if err != nil {
			c.Fatal(err)
		}
		at := slices.IndexFunc(known.Money, func(l returns.MoneyLeg) bool { return l.Kind == returns.LegCharge })
		if leg := known.Money[at]; leg.Status != returns.MoneySucceeded || leg.Paid.ID != paid || leg.Paid.Gateway != "double" || leg.Link != "" {
			c.Errorf("the case says %+v", leg)
		}
		invoice := c.invoiceExchange()
		matched := 0
		if _, err := c.connector.MatchPayments(c.Context(), testChannel, retailsync.PaymentRun{OnResult: func(r retailsync.PaymentResult) {
			if r.Payment == paid && r.Outcome == retailsync.PaymentMatched && r.Err == nil {
				matched++
			}
		}}); err != nil || matched != 1 {
			c.Errorf("the payment was matched %d times, %v", matched, err)
		}
		if open := c.openOf(invoice); open != "24.99" {
			c.Errorf("of the invoice of 37.50 is open %s, want 24.99: what came back is worth that", open)
		}
		if c.db.real { // the others have no clearing account
			c.settle(paid)
		}
	})
}

// invoiceExchange ships what goes out for what comes back, invoices it and returns the invoice.
func (c *chargeDesk) invoiceExchange() int64 {
	c.Helper()
	exchange := c.exchanges()[0]
	lines, err := sale.Lines(c.Context(), c.erp, []int64{exchange.ID})
	if err != nil {
		c.Fatal(err)
	}
	for _, line := range lines[exchange.ID] {
		if len(c.openMoves(line.ID)) > 0 {
			c.ship(line.ID, line.Quantity)
		}
	}
	invoice, err := account.InvoiceOrder(c.Context(), c.erp, exchange.ID, "")
	if err != nil {
		c.Fatal(err)
	}
	return invoice.ID
}

// openOf is what is open of an invoice.
func (c *chargeDesk) openOf(invoice int64) string {
	c.Helper()
	moves, err := account.ReadMoves(c.Context(), c.erp, []int64{invoice})
	if err != nil {
		c.Fatal(err)
	}
	return moves[0].Residual.Rescale(2).String()
}

// settle has the provider pay out, and expects that Odoo matches it with the payment that was registered.
func (c *chargeDesk) settle(paid string) {
	c.Helper()
	for _, result := range c.payOut() {
		if result.Err != nil || len(result.Exceptions) > 0 || result.Entries != 1 {
			c.Errorf("settlement of payment %s: %s, %v, exceptions %+v", paid, result.Outcome, result.Err, result.Exceptions)
		}
	}
}

// TestChargeNotPaid lets the buyer's time pass: he is asked again as often as the rules say, then a person decides. What he pays late counts.
func TestChargeNotPaid(t *testing.T) {
	eachChargeInside(t, func(r *mapping.ReturnRules) { r.Exchange.Payment.Requests = 2 }, func(c *chargeDesk) {
		first := c.asked(c.run())
		c.provider.TurnCharge(first.ID, payments.ChargeExpired, "")
		second := c.asked(c.run())
		if second.ID == first.ID {
			c.Error("the link that expired is the buyer's")
		}
		c.provider.TurnCharge(second.ID, payments.ChargeExpired, "")
		c.run()
		q := c.openQuestion(returns.TopicMoney)
		if !strings.Contains(q.Text, "expired") || !slices.Equal(q.Answers, []returns.Answer{returns.AnswerRetry, returns.AnswerDrop}) {
			c.Errorf("asked: %s %v", q.Text, q.Answers)
		}
		c.wantCharge("expired", 0)
		if _, err := c.connector.TellReturn(c.Context(), c.platform, "1", c.options(), returns.Decided{Question: q.ID, Answer: returns.AnswerRetry}); err != nil {
			c.Fatal(err)
		}
		third := c.asked(c.run())
		// He finds the first link, and the money arrives: the third is no longer his to pay.
		c.provider.PayCharge(first.ID)
		c.heard(third.ID)
		c.wantCharge("paid late", 1, "pay_1 12.51")
		for _, charge := range c.provider.Asked() {
			if charge.Status == payments.ChargeOpen {
				c.Errorf("he can pay %s once more", charge.ID)
			}
		}
		// He pays that, too, before it is taken back: heard of, it is a person's. Here it was taken back.
		if status := c.provider.Asked()[2].Status; status != payments.ChargeCancelled {
			c.Errorf("the third request is %s", status)
		}
	})
}

// TestChargeDropped lets a person waive what was not paid: the goods leave, and cost as much less. What comes in later is a person's to give
// back.
func TestChargeDropped(t *testing.T) {
	eachChargeInside(t, nil, func(c *chargeDesk) {
		c.total = "24.99"
		charge := c.asked(c.run())
		c.provider.TurnCharge(charge.ID, payments.ChargeFailed, "insufficient_funds")
		c.run()
		q := c.openQuestion(returns.TopicMoney)
		if !strings.Contains(q.Text, "insufficient_funds") {
			c.Errorf("the question does not say why: %s", q.Text)
		}
		if _, err := c.connector.TellReturn(c.Context(), c.platform, "1", c.options(), returns.Decided{Question: q.ID, Answer: returns.AnswerDrop}); err != nil {
			c.Fatal(err)
		}
		c.wantCharge("dropped", 1)
		c.provider.PayCharge(charge.ID)
		c.heard(charge.ID)
		if q := c.openQuestion(returns.TopicMoney); !strings.Contains(q.Text, "no longer asked for") {
			c.Errorf("asked: %s", q.Text)
		}
		c.wantCharge("paid after all", 1, "pay_1 12.51")
	})
}

// TestChargePaidWhileAPersonDecides has the money come in while it is asked what to do without it.
func TestChargePaidWhileAPersonDecides(t *testing.T) {
	eachChargeInside(t, nil, func(c *chargeDesk) {
		charge := c.asked(c.run())
		c.provider.TurnCharge(charge.ID, payments.ChargeExpired, "")
		c.run()
		c.openQuestion(returns.TopicMoney)
		c.provider.PayCharge(charge.ID)
		c.heard(charge.ID)
		c.wantCharge("paid late", 1, "pay_1 12.51")
		known, err := c.connector.ReturnCase(c.Context(), c.key)
		if err != nil {
			c.Fatal(err)
		}
		for _, q := range known.Questions {
			if q.Topic == returns.TopicMoney && q.Answer == "" {
				c.Errorf("it is still asked: %s", q.Text)
			}
		}
	})
}

// TestChargeWithoutCollector gives what the buyer owes to a person, where nobody collects.
func TestChargeWithoutCollector(t *testing.T) {
	eachChargeInside(t, nil, func(c *chargeDesk) {
		options := c.returnDesk.options()
		options.Refunds = &retailsync.Cashier{}
		var last retailsync.ReturnResult
		options.OnResult = func(r retailsync.ReturnResult) { last = r }
		for range 2 {
			if _, err := c.connector.ProcessReturns(c.Context(), c.platform, options); err != nil {
				c.Fatal(err)
			}
		}
		if q := c.openQuestion(returns.TopicMoney); !strings.Contains(q.Text, "Cashier.Collector") || last.Err != nil {
			c.Errorf("asked: %s; %v", q.Text, last.Err)
		}
		c.wantCharge("nobody collects", 0)
	})
}

// TestChargeKilledAtEveryCall lets one process after the other die after a later call that changes something, at the provider or in Odoo,
// before the buyer pays and after: in process after each of them, on a real server one call later each time. The buyer can pay once, the
// goods leave once, and Odoo has the payment once.
func TestChargeKilledAtEveryCall(t *testing.T) {
	eitherChargeDesk(t, nil, func(c *chargeDesk) {
		died := 0
		story := c.mortal(&died)
		story()
		charge := c.asked(c.run())
		c.wantCharge("asked", 0)
		paid := c.provider.PayCharge(charge.ID)
		story()
		least := 8
		if c.db.real {
			least = 5
		}
		if c.Logf("%d processes died", died); died < least {
			c.Error("so few?")
		}
		c.run()
		c.wantCharge("at the end", 1, paid+" 12.51")
		c.store = idempotency.NewMemory()
		c.reopen()
		c.run()
		c.wantCharge("with an empty store", 1, paid+" 12.51")
		if asked := c.provider.Asked(); len(asked) != 1 {
			c.Errorf("the buyer was asked %d times", len(asked))
		}
	})
}

// mortal returns a story in which one process after the other dies over the return, until one comes to its end; died counts them. What people
// tell the return each of them is told.
func (c *chargeDesk) mortal(died *int) func(told ...returns.Event) {
	c.Helper()
	wire := &mortalTransport{}
	erp := c.db.dial(c.T, odoo.WithHTTPClient(&http.Client{Transport: wire}))
	seen := map[string]bool{}
	return func(told ...returns.Event) {
		for call, lived := 1, 0; ; {
			made, done := c.live(erp, wire, call, told)
			if done {
				break
			}
			if len(made) < call { // a busy server refused a step, or came too late for the claim: nobody died
				if lived++; lived > 50 {
					c.Fatal("no process comes to its end, and none dies")
				}
				continue
			}
			call, *died = call+1, *died+1
			if calls := strings.Join(made, " "); !c.db.real && !seen[calls] {
				seen[calls], call = true, 1 // it came further than those before
			}
			if *died > 500 {
				c.Fatal("no end in sight")
			}
		}
		c.provider.Disturb(nil)
		c.reopen()
	}
}

// live lets a process run until it has made so many calls that change something, then it dies. It tells whether it came to its end before.
func (c *chargeDesk) live(erp *odoo.Client, wire *mortalTransport, calls int, told []returns.Event) (made []string, done bool) {
	c.Helper()
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	lease := 50 * time.Millisecond
	if c.db.real {
		lease = 2 * time.Second // shorter, a busy machine loses claims of the living: a run there takes several seconds
	}
	at := newPoints(fault{Kind: cutOff, Call: calls}, cancel)
	wire.at = at
	c.provider.Disturb(func(_ int, op string, before bool) error {
		switch {
		case at.isGone():
			return errGone
		case before || op != "create charge" && op != "cancel charge":
			return nil
		}
		_, err := at.pass(op, func() {})
		return err
	})
	options := c.returnDesk.options()
	options.Refunds = &retailsync.Cashier{Collector: payments.NewCollector(c.provider, c.store, payments.WithChargeLease(lease))}
	connector := retailsync.New(erp, c.rules, retailsync.WithStore(c.store), retailsync.WithLease(lease), retailsync.WithJournal(c.journal))
	process := func() (*retailsync.ReturnReport, error) {
		if len(told) > 0 {
			return connector.TellReturn(ctx, c.platform, "1", options, told...)
		}
		return connector.ProcessReturn(ctx, c.platform, []string{"1"}, options)
	}
	report, err := process()
	time.Sleep(lease) // whoever died holds its claims as long
	return at.made(), cmp.Or(err, ctx.Err()) == nil && len(report.Failed()) == 0 && len(at.made()) < calls
}
