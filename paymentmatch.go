package retailsync

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
	"github.com/retailsync/retailsync/odoo/sale"
)

// PaymentRun configures a run over registered payments.
type PaymentRun struct {
	// DryRun reads everything and writes nothing: the report says what would be matched.
	DryRun bool
	// OnResult is called once per payment, as soon as it is dealt with. Calls do not overlap.
	OnResult func(PaymentResult)
}

// PaymentOutcome is what became of one registered payment in a run.
type PaymentOutcome string

// The outcomes of a payment.
const (
	PaymentMatched  PaymentOutcome = "matched"  // with the invoices of its order, or would be in a dry run
	PaymentWaiting  PaymentOutcome = "waiting"  // its order has no posted invoice that is open
	PaymentExcepted PaymentOutcome = "excepted" // its order is cancelled or gone: see Err
	PaymentFailed   PaymentOutcome = "failed"   // see Err; the next run tries again
)

var paymentOutcomes = []PaymentOutcome{PaymentMatched, PaymentWaiting, PaymentExcepted, PaymentFailed}

// PaymentResult is what became of one payment, and why.
type PaymentResult struct {
	Order canonical.Key
	// Payment is the channel's id, OdooID the payment's in Odoo.
	Payment string
	OdooID  int64
	Outcome PaymentOutcome
	// Amount is the payment's.
	Amount   decimal.Decimal
	Currency canonical.Currency
	// Err is set when the outcome is [PaymentExcepted], then it is a [*Conflict], or [PaymentFailed].
	Err error
}

// PaymentReport sums up a run over payments. It is complete when the run has returned.
type PaymentReport struct {
	// DryRun is set when nothing was written.
	DryRun bool
	// Started and Took are the time of the run, UTC.
	Started time.Time
	Took    time.Duration

	mu      sync.Mutex
	counts  map[PaymentOutcome]int
	results []PaymentResult
}

// Count returns how many payments had the outcome.
func (r *PaymentReport) Count(outcome PaymentOutcome) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.counts[outcome]
}

// Results returns what became of each payment, at most the first 10,000 of a run.
func (r *PaymentReport) Results() []PaymentResult {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]PaymentResult(nil), r.results...)
}

// String is one line for a log: "3 payments: 2 matched, 1 waiting".
func (r *PaymentReport) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := sumUp(r.counts, paymentOutcomes, "payment", "payments")
	if r.DryRun {
		text += " (dry run)"
	}
	return text
}

func (r *PaymentReport) add(result PaymentResult, then func(PaymentResult)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.counts == nil {
		r.counts = map[PaymentOutcome]int{}
	}
	r.counts[result.Outcome]++
	if len(r.results) < maxFailures {
		r.results = append(r.results, result)
	}
	if then != nil {
		then(result)
	}
}

// matchBatch is how many payments are dealt with at once.
const matchBatch = 200

// MatchPayments matches the payments of a channel's orders that the order flow registered (payment_methods.register) with the invoices
// that were posted since. Run it every hour or so; it writes as long as the channel's workflows orders and payments are on. It asks Odoo alone what is open, in proportion to the payments that wait, and
// keeps no state: it may be interrupted anywhere and repeated, and several may run at once.
//
// The error is for runs that could not go on; what failed otherwise is in the report.
func (c *Connector) MatchPayments(ctx context.Context, channel canonical.Channel, options PaymentRun) (*PaymentReport, error) {
	started := time.Now()
	options.DryRun = options.DryRun || c.rehearses(channel, mapping.WorkflowOrders) || c.rehearses(channel, mapping.WorkflowPayments)
	report := &PaymentReport{DryRun: options.DryRun, Started: started.UTC()}
	defer func() { report.Took = time.Since(started) }()
	rules, err := c.rules.For(channel)
	if err != nil {
		return report, err
	}
	var journals []int64
	for _, rule := range rules.Registering() {
		journal, err := c.paymentJournal(ctx, rules, rule.Gateway, rule.Journal)
		if err != nil {
			return report, err
		}
		journals = append(journals, journal)
	}
	if len(journals) == 0 {
		return report, fmt.Errorf("rules of %s: payment_methods: none has register: nothing is registered", channel)
	}
	open, err := account.OpenReceipts(ctx, c.erp, journals)
	if err != nil {
		return report, err
	}
	var own []openReceipt
	for _, r := range open {
		if paid, ok := mapping.PaymentOf(channel, r.ExternalID); ok {
			own = append(own, openReceipt{Registered: r, name: paid.ExternalID, result: PaymentResult{
				Order: canonical.Key{Channel: channel, ID: paid.Order}, Payment: paid.Payment, OdooID: r.ID, Amount: r.Amount, Currency: canonical.Currency(r.Currency.Name),
			}})
		}
	}
	for part := range slices.Chunk(own, matchBatch) {
		if err := c.matchPart(ctx, part, options.DryRun); err != nil {
			return report, err
		}
		var events []canonical.Event
		for _, r := range part {
			report.add(r.result, options.OnResult)
			if r.result.Outcome == PaymentMatched && !options.DryRun {
				events = append(events, canonical.Event{
					ID: r.ExternalID.Name + "/matched", Type: canonical.EventOrderPaymentMatched, At: time.Now().UTC(), Subject: r.result.Order,
					Record: fmt.Sprintf("account.payment,%d", r.ID), Summary: "payment matched with the invoice",
				})
			}
		}
		if len(events) > 0 {
			if err := c.journal.Append(ctx, events...); err != nil {
				return report, fmt.Errorf("append to the journal: %w", err)
			}
		}
	}
	return report, nil
}

// openReceipt is a registered payment that no invoice is matched with in full.
type openReceipt struct {
	account.Registered
	name   odoo.ExternalID // of its order
	result PaymentResult
}

func (c *Connector) matchPart(ctx context.Context, part []openReceipt, dry bool) error {
	names := make([]odoo.ExternalID, 0, len(part))
	for _, r := range part {
		if !slices.Contains(names, r.name) {
			names = append(names, r.name)
		}
	}
	orders, err := sale.FindByExternalID(ctx, c.erp, names)
	if err != nil {
		return err
	}
	of := map[int64]int64{}
	for i := range part {
		r := &part[i]
		order, ok := orders[r.name]
		switch {
		case !ok:
			r.result.Outcome, r.result.Err = PaymentExcepted, &Conflict{
				Name: r.result.Order.ID, State: "not there", Reason: fmt.Sprintf("payment %s of %s is registered for an order that Odoo does not have", r.result.Payment, r.Amount),
				WayOut: "pay it out or cancel it in Odoo, or import the order again",
			}
		case order.State == sale.StateCancel:
			r.result.Outcome, r.result.Err = PaymentExcepted, &Conflict{
				Name: order.Name, State: string(order.State), Reason: fmt.Sprintf("payment %s of %s is registered, and the order is cancelled", r.result.Payment, r.Amount),
				WayOut: "refund it, pay it out of the same journal in Odoo and match the two, or cancel the payment there",
			}
		default:
			r.result.Outcome = PaymentWaiting
			of[r.ID] = order.ID
		}
	}
	if len(of) == 0 {
		return nil
	}
	matched, failed := map[int64]bool{}, map[int64]error{}
	if dry {
		owed, err := account.FindUnsettled(ctx, c.erp, 0, slices.Collect(maps.Values(of)))
		if err != nil {
			return err
		}
		for _, u := range owed {
			matched[u.Order] = matched[u.Order] || u.Kind == account.KindInvoice && !u.Payment && u.Residual.IsPos()
		}
	} else if matched, failed, err = account.MatchReceipts(ctx, c.erp, of); err != nil {
		return err
	}
	for i := range part {
		r := &part[i]
		if err := failed[of[r.ID]]; err != nil {
			r.result.Outcome, r.result.Err = PaymentFailed, err
		} else if matched[of[r.ID]] {
			r.result.Outcome = PaymentMatched
		}
	}
	return nil
}
