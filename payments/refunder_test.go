package payments_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/payments/paymentstest"
)

func dec(s string) decimal.Decimal { return decimal.MustParse(s) }

var order = canonical.Key{Channel: canonical.Channel{Name: "shop", Account: "main"}, ID: "1001"}

func planOf(payment, reference, amount string) payments.RefundPlan {
	return payments.RefundPlan{
		Reference: reference, Order: order, Payment: payment, Currency: "EUR", Captured: dec("100"), Amount: dec(amount), Approved: true, CreditAllowed: true,
	}
}

// world is a provider with one payment of 100 EUR, and a store.
type world struct {
	double  *paymentstest.Double
	store   *idempotency.Memory
	payment string
}

func newWorld(window time.Duration) world {
	double := paymentstest.NewDouble(window)
	return world{double: double, store: idempotency.NewMemory(), payment: double.Pay("EUR", dec("100"))}
}

func (w world) refunder(rules payments.RefundRules) *payments.Refunder {
	return payments.NewRefunder(w.double, w.store, payments.WithRules(rules))
}

func (w world) expectMoved(t *testing.T, want string) {
	t.Helper()
	if moved := w.double.Moved(w.payment); !moved.Equal(dec(want)) {
		t.Errorf("%s moved, want %s: %+v", moved, want, w.double.Refunds(w.payment))
	}
}

func refund(t *testing.T, r *payments.Refunder, plan payments.RefundPlan, want canonical.RefundStatus) payments.RefundProgress {
	t.Helper()
	progress, err := r.Refund(context.Background(), plan)
	if err != nil {
		t.Fatal(err)
	}
	if progress.Status != want {
		t.Fatalf("the refund is %+v, want %s", progress, want)
	}
	return progress
}

func TestRefundOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(24 * time.Hour)
	plan := planOf(w.payment, "return-1", "30")
	first := refund(t, w.refunder(payments.RefundRules{}), plan, canonical.RefundSucceeded)
	for range 3 {
		again := refund(t, w.refunder(payments.RefundRules{}), plan, canonical.RefundSucceeded)
		if diff := cmp.Diff(first, again); diff != "" {
			t.Errorf("(-first +again):\n%s", diff)
		}
	}
	w.expectMoved(t, "30")
}

func TestRefundWaitsForApproval(t *testing.T) {
	t.Parallel()
	w := newWorld(24 * time.Hour)
	plan := planOf(w.payment, "return-1", "30")
	plan.Approved = false
	r := w.refunder(payments.RefundRules{})
	refund(t, r, plan, canonical.RefundRequested)
	w.expectMoved(t, "0")
	if p, err := r.Withdraw(context.Background(), plan); err != nil || p.Status != canonical.RefundCancelled {
		t.Fatal(p, err)
	}
	plan.Approved = true
	refund(t, r, plan, canonical.RefundCancelled)
	w.expectMoved(t, "0")
	var unknown *payments.NotHereError
	if _, err := r.Withdraw(context.Background(), planOf(w.payment, "other", "1")); !errors.As(err, &unknown) {
		t.Errorf("withdraw what was never wanted: %v", err)
	}
}

func TestRefundNeverExceedsWhatWasCaptured(t *testing.T) {
	t.Parallel()
	w := newWorld(24 * time.Hour)
	r := w.refunder(payments.RefundRules{})
	w.double.Answer(canonical.RefundPending)
	refund(t, r, planOf(w.payment, "a", "70"), canonical.RefundPending)
	var over *payments.OverCapturedError
	if _, err := r.Refund(context.Background(), planOf(w.payment, "b", "30.01")); !errors.As(err, &over) || !over.Counted.Equal(dec("70")) {
		t.Errorf("over the captured amount: %v", err)
	}
	refund(t, r, planOf(w.payment, "c", "30.00"), canonical.RefundPending)
	w.expectMoved(t, "100")
	if _, err := r.Refund(context.Background(), planOf(w.payment, "a", "71")); !errors.As(err, new(*payments.PlanChangedError)) {
		t.Errorf("a reference with another amount: %v", err)
	}
	// The first one fails: what it held is free again.
	w.double.Turn(w.double.Refunds(w.payment)[0].Key.ID, canonical.RefundFailed, "expired_card")
	refund(t, r, planOf(w.payment, "a", "70"), canonical.RefundReview)
	w.expectMoved(t, "30")
}

func TestRefundPlans(t *testing.T) {
	t.Parallel()
	w := newWorld(24 * time.Hour)
	for field, change := range map[string]func(*payments.RefundPlan){
		"Reference": func(p *payments.RefundPlan) { p.Reference = "" },
		"Order":     func(p *payments.RefundPlan) { p.Order.ID = "" },
		"Payment":   func(p *payments.RefundPlan) { p.Payment = "" },
		"Captured":  func(p *payments.RefundPlan) { p.Captured = dec("-1") },
		"Amount":    func(p *payments.RefundPlan) { p.Amount = dec("0") },
		"Amount ":   func(p *payments.RefundPlan) { p.Amount = dec("0.001") },
		"Captured ": func(p *payments.RefundPlan) { p.Currency = "euro" },
	} {
		plan := planOf(w.payment, "a", "1")
		change(&plan)
		var wrong *payments.PlanError
		if _, err := w.refunder(payments.RefundRules{}).Refund(context.Background(), plan); !errors.As(err, &wrong) || wrong.Field != strings.TrimSpace(field) {
			t.Errorf("a wrong %s: %v", field, err)
		}
	}
}

func TestRefundFailsAnHourLater(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rules  payments.RefundRules
		want   canonical.RefundStatus
		moved  string
		review payments.ReviewReason
	}{
		"to a person":     {payments.RefundRules{}, canonical.RefundReview, "0", payments.ReviewFailed},
		"to store credit": {payments.RefundRules{StoreCredit: true}, canonical.RefundReplaced, "0", ""},
		"again":           {payments.RefundRules{Attempts: 2, Retry: []string{"expired_card"}, StoreCredit: true}, canonical.RefundSucceeded, "30", ""},
		"another failure": {payments.RefundRules{Attempts: 2, Retry: []string{"declined"}}, canonical.RefundReview, "0", payments.ReviewFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(24 * time.Hour)
			w.double.Answer(canonical.RefundPending)
			plan := planOf(w.payment, "a", "30")
			r := w.refunder(test.rules)
			p := refund(t, r, plan, canonical.RefundPending)
			w.double.Turn(p.RefundID, canonical.RefundFailed, "expired_card")
			w.double.Answer(canonical.RefundSucceeded)
			for range 3 {
				p = refund(t, r, plan, test.want)
			}
			if p.Review != test.review {
				t.Errorf("in review for %q, want %q", p.Review, test.review)
			}
			w.expectMoved(t, test.moved)
		})
	}
}

func TestRefundReversedTheNextDay(t *testing.T) {
	t.Parallel()
	for _, word := range []canonical.RefundStatus{canonical.RefundReversed, canonical.RefundFailed} {
		w := newWorld(24 * time.Hour)
		plan := planOf(w.payment, "a", "100")
		r := w.refunder(payments.RefundRules{Attempts: 2, Retry: []string{"*"}})
		p := refund(t, r, plan, canonical.RefundSucceeded)
		if p, err := r.Settled(context.Background(), plan); err != nil || p.Status != canonical.RefundSettled {
			t.Fatal(p, err)
		}
		w.double.Turn(p.RefundID, word, "account_closed")
		p = refund(t, r, plan, canonical.RefundSucceeded)
		if p.Attempt != 2 {
			t.Errorf("the second way is attempt %d", p.Attempt)
		}
		w.expectMoved(t, "100")
		// The second comes back, too: no rule is left.
		w.double.Turn(p.RefundID, word, "account_closed")
		if p := refund(t, r, plan, canonical.RefundReview); p.Review != payments.ReviewReversed {
			t.Errorf("in review for %q", p.Review)
		}
		w.expectMoved(t, "0")
	}
}

// An attempt that failed, was followed by another, and worked after all, is for a person.
func TestRefundMovedTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(24 * time.Hour)
	w.double.Answer(canonical.RefundPending)
	plan := planOf(w.payment, "a", "10")
	r := w.refunder(payments.RefundRules{Attempts: 2, Retry: []string{"*"}, StoreCredit: true})
	p := refund(t, r, plan, canonical.RefundPending)
	w.double.Turn(p.RefundID, canonical.RefundFailed, "declined")
	second := refund(t, r, plan, canonical.RefundPending)
	w.double.Turn(p.RefundID, canonical.RefundSucceeded, "")
	if p := refund(t, r, plan, canonical.RefundReview); p.Review != payments.ReviewMovedTwice {
		t.Errorf("in review for %q", p.Review)
	}

	w.double.Turn(second.RefundID, canonical.RefundFailed, "declined")
	credit := planOf(w.payment, "b", "10")
	p = refund(t, w.refunder(payments.RefundRules{StoreCredit: true}), credit, canonical.RefundPending)
	w.double.Turn(p.RefundID, canonical.RefundFailed, "declined")
	refund(t, w.refunder(payments.RefundRules{StoreCredit: true}), credit, canonical.RefundReplaced)
	w.double.Turn(p.RefundID, canonical.RefundSucceeded, "")
	if p := refund(t, r, credit, canonical.RefundReview); p.Review != payments.ReviewMovedTwice {
		t.Errorf("store credit and money: in review for %q", p.Review)
	}
}

func TestRefundOfAnotherAmountIsForAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(24 * time.Hour)
	r := payments.NewRefunder(generous{w.double}, w.store)
	if p := refund(t, r, planOf(w.payment, "a", "10"), canonical.RefundReview); p.Review != payments.ReviewOtherAmount || p.RefundID == "" {
		t.Errorf("got %+v", p)
	}
}

// generous gives back more than it was asked for.
type generous struct{ *paymentstest.Double }

func (g generous) CreateRefund(ctx context.Context, request payments.RefundRequest) (canonical.Refund, error) {
	request.Amount, _ = request.Amount.Add(request.Amount)
	return g.Double.CreateRefund(ctx, request)
}

func TestRefundRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(24 * time.Hour)
	plan := planOf(w.payment, "a", "120")
	plan.Captured = dec("200") // so the caller believes
	r := w.refunder(payments.RefundRules{})
	for range 2 {
		if p := refund(t, r, plan, canonical.RefundReview); p.Review != payments.ReviewFailed || p.Failure != string(marketplace.CodeInvalid) {
			t.Errorf("got %+v", p)
		}
	}
	w.expectMoved(t, "0")
	ghost := planOf("pay_none", "b", "1")
	if p := refund(t, r, ghost, canonical.RefundReview); p.Failure != string(marketplace.CodeNotFound) {
		t.Errorf("got %+v", p)
	}
}

func TestRefundWithAKeyThatWasUsed(t *testing.T) {
	t.Parallel()
	w := newWorld(24 * time.Hour)
	plan := planOf(w.payment, "a", "10")
	refund(t, payments.NewRefunder(withoutFinder{w.double, w.double}, w.store), plan, canonical.RefundSucceeded)
	// The store is lost and the plan has changed.
	w.store = idempotency.NewMemory()
	plan.Amount = dec("11")
	r := payments.NewRefunder(withoutFinder{w.double, w.double}, w.store)
	if p := refund(t, r, plan, canonical.RefundReview); p.Review != payments.ReviewKeyConflict {
		t.Errorf("got %+v", p)
	}
	w.expectMoved(t, "10")
}

func TestRefundSurvivesALostStore(t *testing.T) {
	t.Parallel()
	for _, window := range []time.Duration{0, 24 * time.Hour} {
		w := newWorld(window)
		plan := planOf(w.payment, "a", "10")
		for range 3 {
			w.store = idempotency.NewMemory()
			refund(t, w.refunder(payments.RefundRules{}), plan, canonical.RefundSucceeded)
		}
		w.expectMoved(t, "10")
	}
}

// Past the provider's window an outcome that nobody knows is a person's, also when the look-up finds nothing.
func TestRefundPastTheWindow(t *testing.T) {
	t.Parallel()
	for name, kind := range kinds {
		if kind.window == 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				for _, arrived := range []bool{false, true} {
					w := newWorld(kind.window)
					w.double.Disturb(func(_ int, op string, before bool) error {
						if op == "create refund" && before != arrived {
							return &marketplace.Error{Code: marketplace.CodeUnknown, Op: op}
						}
						return nil
					})
					plan := planOf(w.payment, "a", "10")
					r := payments.NewRefunder(kind.open(w.double), w.store)
					p, err := r.Refund(t.Context(), plan)
					if marketplace.CodeOf(err) != marketplace.CodeUnknown || p.Status != canonical.RefundUnknown {
						t.Fatal(p, err)
					}
					time.Sleep(kind.window + time.Hour)
					w.double.Disturb(nil)
					_, canLook := kind.open(w.double).(payments.RefundFinder)
					if canLook && arrived {
						refund(t, r, plan, canonical.RefundSucceeded)
						w.expectMoved(t, "10")
						continue
					}
					for range 3 {
						if p := refund(t, r, plan, canonical.RefundReview); p.Review != payments.ReviewOutcomeUnknown {
							t.Errorf("got %+v", p)
						}
					}
					resolution := payments.RefundResolution{Decision: payments.DecideRetry}
					if arrived {
						resolution = payments.RefundResolution{Decision: payments.DecideSucceeded, RefundID: w.double.Refunds(w.payment)[0].Key.ID}
					}
					if _, err := r.Resolve(t.Context(), plan, resolution); err != nil {
						t.Fatal(err)
					}
					refund(t, r, plan, canonical.RefundSucceeded)
					w.expectMoved(t, "10")
				}
			})
		})
	}
}

// Wherever the process dies or a reply is lost, once or twice: money moves once, and the refund ends as it should.
func TestRefundFaults(t *testing.T) {
	t.Parallel()
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := func(t *testing.T, faults [2]fault) (calls [2]int) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(kind.window)
					plan := planOf(w.payment, "a", "30")
					for i, f := range faults {
						p := newProcess(w.store, w.double)
						p.at, p.after, p.lost = f.at, f.after, f.lost
						_, _ = payments.NewRefunder(kind.open(w.double), p).Refund(t.Context(), plan)
						calls[i] = p.calls
						time.Sleep(time.Minute) // the dead one's claims end
					}
					w.double.Disturb(nil)
					r := payments.NewRefunder(kind.open(w.double), w.store)
					var progress payments.RefundProgress
					for range 3 {
						var err error
						if progress, err = r.Refund(t.Context(), plan); err != nil {
							t.Fatalf("%+v: %v", faults, err)
						}
					}
					if kind.blind && progress.Status == canonical.RefundReview && progress.Review == payments.ReviewOutcomeUnknown {
						if moved := w.double.Moved(w.payment); !moved.IsZero() && !moved.Equal(dec("30")) {
							t.Fatalf("%+v: %s moved", faults, moved)
						}
						return
					}
					if progress.Status != canonical.RefundSucceeded {
						t.Fatalf("%+v: %+v", faults, progress)
					}
					w.expectMoved(t, "30")
				})
				return calls
			}
			everyPair(t, "a refund", run)
		})
	}
}

type fault struct {
	at          int
	after, lost bool
}

// everyPair runs what makes calls with each fault at each of them, and with each second fault after it. Run says how many calls its first two
// processes made.
func everyPair(t *testing.T, what string, run func(*testing.T, [2]fault) [2]int) {
	t.Helper()
	clean := run(t, [2]fault{})
	if clean[0] < 6 {
		t.Fatalf("%s makes %d calls only", what, clean[0])
	}
	runs := 0
	for first := range everyFault(clean[0]) {
		after := run(t, [2]fault{first})
		for second := range everyFault(after[1]) {
			run(t, [2]fault{first, second})
			runs++
		}
	}
	t.Logf("%d calls, %d pairs of faults", clean[0], runs)
}

func everyFault(calls int) func(yield func(fault) bool) {
	return func(yield func(fault) bool) {
		for at := 1; at <= calls; at++ {
			for _, f := range []fault{{at, false, false}, {at, true, false}, {at, false, true}, {at, true, true}} {
				if !yield(f) {
					return
				}
			}
		}
	}
}

// Workers, webhooks and clocks that meet: one refund of the order runs at a time.
func TestRefundConcurrently(t *testing.T) {
	t.Parallel()
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(kind.window)
			var inside, most int
			var mu sync.Mutex
			w.double.Disturb(func(_ int, op string, before bool) error {
				if op == "create refund" {
					mu.Lock()
					defer mu.Unlock()
					if before {
						inside++
					} else {
						inside--
					}
					most = max(most, inside)
				}
				return nil
			})
			var group sync.WaitGroup
			for i := range 24 {
				group.Go(func() {
					plan := planOf(w.payment, fmt.Sprintf("r%d", i%3), "30")
					for {
						p, err := payments.NewRefunder(kind.open(w.double), w.store).Refund(context.Background(), plan)
						if errors.Is(err, idempotency.ErrInFlight) {
							continue
						}
						if err != nil || p.Status != canonical.RefundSucceeded {
							t.Errorf("%+v, %v", p, err)
						}
						return
					}
				})
			}
			group.Wait()
			w.expectMoved(t, "90")
			references := map[string]int{}
			for _, r := range w.double.Refunds(w.payment) {
				references[r.Reference]++
			}
			if diff := cmp.Diff(map[string]int{"r0": 1, "r1": 1, "r2": 1}, references); diff != "" || most != 1 {
				t.Errorf("%d at a time; refunds (-want +got):\n%s", most, diff)
			}
		})
	}
}

// A webhook that arrives before the reply finds the refund at work, and afterwards nothing to do.
func TestRefundWebhookBeforeTheReply(t *testing.T) {
	t.Parallel()
	w := newWorld(24 * time.Hour)
	plan := planOf(w.payment, "a", "10")
	r := w.refunder(payments.RefundRules{})
	hooks := &webhookFirst{Double: w.double, hook: func() {
		if _, err := r.Refund(context.Background(), plan); !errors.Is(err, idempotency.ErrInFlight) {
			t.Errorf("the webhook's call: %v", err)
		}
	}}
	refund(t, payments.NewRefunder(hooks, w.store), plan, canonical.RefundSucceeded)
	refund(t, r, plan, canonical.RefundSucceeded)
	w.expectMoved(t, "10")
}

type webhookFirst struct {
	*paymentstest.Double
	hook func()
}

func (h *webhookFirst) CreateRefund(ctx context.Context, request payments.RefundRequest) (canonical.Refund, error) {
	made, err := h.Double.CreateRefund(ctx, request)
	h.hook()
	return made, err
}

func TestRefundDecisions(t *testing.T) {
	t.Parallel()
	for decision, want := range map[payments.RefundDecision]canonical.RefundStatus{
		payments.DecideRetry: canonical.RefundSucceeded, payments.DecideReplaced: canonical.RefundReplaced, payments.DecideCancelled: canonical.RefundCancelled,
	} {
		w := newWorld(24 * time.Hour)
		w.double.Answer(canonical.RefundFailed)
		plan := planOf(w.payment, "a", "10")
		r := w.refunder(payments.RefundRules{})
		refund(t, r, plan, canonical.RefundReview)
		w.double.Answer(canonical.RefundSucceeded)
		if _, err := r.Resolve(context.Background(), plan, payments.RefundResolution{Decision: "guess"}); !errors.As(err, new(*canonical.TransitionError)) {
			t.Errorf("an unknown decision: %v", err)
		}
		if _, err := r.Resolve(context.Background(), plan, payments.RefundResolution{Decision: decision}); err != nil {
			t.Fatal(err)
		}
		refund(t, r, plan, want)
		if _, err := r.Resolve(context.Background(), plan, payments.RefundResolution{Decision: decision}); !errors.As(err, new(*canonical.TransitionError)) {
			t.Errorf("decided twice: %v", err)
		}
	}
}

func TestRefundErrorsSayWhatToDo(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		&payments.PlanError{Reference: "r", Field: "Amount", Problem: "is zero: give more"},
		&payments.PlanChangedError{Reference: "r", Order: order, Field: "amount"},
		&payments.OverCapturedError{Reference: "r", Order: order, Payment: "p", Currency: "EUR", Amount: dec("1"), Captured: dec("2"), Counted: dec("2")},
		&payments.NotHereError{Reference: "r", Order: order},
	} {
		if text := err.Error(); !strings.HasPrefix(text, "payments: ") || !strings.Contains(text, `refund "r"`) || strings.Count(text, ": ") < 2 {
			t.Error(text)
		}
	}
}
