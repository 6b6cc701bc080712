package stripe_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/faultstore"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/payments/stripe"
	"github.com/retailsync/retailsync/payments/stripe/internal/stripedouble"
)

var errDead = errors.New("the process is dead")

// fault is what happens at one of a process's calls, to its store or on the wire: the process dies, or only the reply is lost; before
// the call takes effect or after.
type fault struct {
	at          int
	after, lost bool
}

func everyFault(calls int) []fault {
	var all []fault
	for at := 1; at <= calls; at++ {
		all = append(all, fault{at, false, false}, fault{at, true, false}, fault{at, false, true}, fault{at, true, true})
	}
	return all
}

// process is a process with an adapter and a store. Its wire ends in the double without a network, so that it works in a bubble.
type process struct {
	faultstore.Store
	double *stripedouble.Server
	fault  fault
	calls  int
	dead   bool
	// reply is called when a write has taken effect and its reply is on its way.
	reply func()
}

func newProcess(store idempotency.Store, double *stripedouble.Server, f fault) *process {
	p := &process{double: double, fault: f}
	p.Store = faultstore.Store{Store: store, Around: p.around}
	return p
}

func (p *process) adapter() *stripe.Adapter {
	return stripe.New(stripe.Key(stripedouble.Key), stripe.WithTransport(p), stripe.WithWebhookSecrets(stripedouble.Secret))
}

func (p *process) refunder(rules payments.RefundRules) *payments.Refunder {
	return payments.NewRefunder(p.adapter(), p, payments.WithRules(rules))
}

// meet is called before and after each call.
func (p *process) meet(before bool) error {
	if p.dead {
		return errDead
	}
	if before {
		p.calls++
	}
	if p.calls != p.fault.at || before == p.fault.after {
		return nil
	}
	p.dead = !p.fault.lost
	return errDead
}

// RoundTrip implements [http.RoundTripper].
func (p *process) RoundTrip(request *http.Request) (*http.Response, error) {
	if err := p.meet(true); err != nil {
		return nil, err
	}
	if trace := httptrace.ContextClientTrace(request.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	recorder := httptest.NewRecorder()
	body := io.Reader(http.NoBody)
	if request.Body != nil {
		body = request.Body
	}
	arrived := httptest.NewRequest(request.Method, request.URL.String(), body)
	arrived.Header = request.Header
	p.double.ServeHTTP(recorder, arrived)
	if p.reply != nil && request.Method == http.MethodPost {
		p.reply()
	}
	if err := p.meet(false); err != nil {
		return nil, err
	}
	return recorder.Result(), nil
}

func (p *process) around(act func() error) error {
	if err := p.meet(true); err != nil {
		return err
	}
	if err := act(); err != nil {
		return err
	}
	return p.meet(false)
}

var order = canonical.Key{Channel: canonical.Channel{Name: "shop", Account: "main"}, ID: "1001"}

func planOf(payment string) payments.RefundPlan {
	return payments.RefundPlan{
		Reference: "return-1", Order: order, Payment: payment, Currency: "EUR", Captured: decimal.MustParse("100"), Amount: decimal.MustParse("30"), Approved: true,
	}
}

// A refund is brought about by two processes, each of which dies or loses a reply at every of its calls, and something happens
// at Stripe between them. The money moves once, or not at all where it is for a person to say.
func TestRefundFaults(t *testing.T) {
	t.Parallel()
	again := payments.RefundRules{Attempts: 2, Retry: []string{"*"}}
	turn := func(status string) func(*stripedouble.Server, string) {
		return func(double *stripedouble.Server, payment string) {
			for _, id := range double.Refunds(payment) {
				double.Turn(id, status, "lost_or_stolen_card")
			}
			double.Answer("succeeded")
		}
	}
	for name, test := range map[string]struct {
		answer string
		rules  payments.RefundRules
		wait   time.Duration
		// one: the second process meets no fault of its own.
		one     bool
		between func(*stripedouble.Server, string)
		// want is the status at the end; moved may be 0 instead of 30 if the status is another.
		want  canonical.RefundStatus
		other canonical.RefundStatus
	}{
		"succeeds at once":       {answer: "succeeded", wait: time.Minute, want: canonical.RefundSucceeded},
		"is pending":             {one: true, answer: "pending", wait: time.Minute, want: canonical.RefundPending},
		"succeeds an hour later": {one: true, answer: "pending", wait: time.Hour, between: turn("succeeded"), want: canonical.RefundSucceeded},
		"fails an hour later":    {answer: "pending", rules: again, wait: time.Hour, between: turn("failed"), want: canonical.RefundSucceeded},
		"is canceled":            {one: true, answer: "requires_action", rules: again, wait: time.Hour, between: turn("canceled"), want: canonical.RefundSucceeded},
		"comes back next day":    {answer: "succeeded", rules: again, wait: 11 * time.Hour, between: turn("failed"), want: canonical.RefundSucceeded},
		"fails, for a person":    {answer: "pending", wait: time.Hour, between: turn("failed"), want: canonical.RefundSucceeded, other: canonical.RefundReview},
		"comes back, for a person": {
			answer: "succeeded", one: true, wait: time.Hour, between: turn("failed"), want: canonical.RefundSucceeded, other: canonical.RefundReview,
		},
		"after Stripe forgot the key": {answer: "succeeded", wait: 25 * time.Hour, want: canonical.RefundSucceeded, other: canonical.RefundReview},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runs, ends := 0, map[canonical.RefundStatus]int{}
			run := func(t *testing.T, faults [2]fault) (calls [2]int) {
				runs++
				synctest.Test(t, func(t *testing.T) {
					double, store := stripedouble.New(), idempotency.NewMemory()
					double.Answer(test.answer)
					payment := double.Pay("eur", 10000)
					for i, f := range faults {
						p := newProcess(store, double, f)
						_, _ = p.refunder(test.rules).Refund(t.Context(), planOf(payment))
						calls[i] = p.calls
						time.Sleep(test.wait) // the dead one's claims end
						if i == 0 && test.between != nil {
							test.between(double, payment)
						}
					}
					var progress payments.RefundProgress
					for range 3 {
						var err error
						if progress, err = newProcess(store, double, fault{}).refunder(test.rules).Refund(t.Context(), planOf(payment)); err != nil {
							t.Fatalf("%+v: %v", faults, err)
						}
					}
					moved := double.Moved(payment)
					ends[progress.Status]++
					switch {
					case progress.Status == test.want && moved == 3000:
					case test.other != "" && progress.Status == test.other && (moved == 0 || progress.Review == payments.ReviewOutcomeUnknown && moved == 3000):
					default:
						t.Fatalf("%+v: %+v, %d moved by %v", faults, progress, moved, double.Refunds(payment))
					}
				})
				return calls
			}
			clean := run(t, [2]fault{})
			if clean[0] < 8 {
				t.Fatalf("a refund makes %d calls only", clean[0])
			}
			for _, first := range everyFault(clean[0]) {
				after := run(t, [2]fault{first})
				for at := 1; at <= after[1] && !test.one; at++ { // the second one dies after its call, or loses a call that never arrived
					run(t, [2]fault{first, {at, true, false}})
					run(t, [2]fault{first, {at, false, true}})
				}
			}
			t.Logf("%d calls, %d runs, which end as %v", clean[0], runs, ends)
		})
	}
}

// Stripe's notice of a refund arrives before the reply to the request that made it: it finds the order busy, and changes nothing.
func TestRefundWebhookBeforeTheReply(t *testing.T) {
	t.Parallel()
	double, store := stripedouble.New(), idempotency.NewMemory()
	payment := double.Pay("eur", 10000)
	webhooks := 0
	p := newProcess(store, double, fault{})
	p.reply = func() {
		webhooks++
		other := newProcess(store, double, fault{})
		header, body := double.Deliver(double.Refunds(payment)[0], "", 0)
		notices, err := other.adapter().ReceiveWebhook(t.Context(), header, body)
		if err != nil || len(notices) != 1 || notices[0].Kind != marketplace.NoticeRefund {
			t.Errorf("the delivery gave %+v, %v", notices, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if progress, err := other.refunder(payments.RefundRules{}).Refund(ctx, planOf(payment)); err == nil {
			t.Errorf("two at once: %+v", progress)
		}
	}
	progress, err := p.refunder(payments.RefundRules{}).Refund(t.Context(), planOf(payment))
	if err != nil || progress.Status != canonical.RefundSucceeded || webhooks != 1 {
		t.Fatalf("%+v, %v, %d webhooks", progress, err, webhooks)
	}
	p.reply = nil
	again, err := p.refunder(payments.RefundRules{}).Refund(t.Context(), planOf(payment))
	if err != nil || again != progress {
		t.Errorf("after the webhook: %+v, %v", again, err)
	}
	if moved := double.Moved(payment); moved != 3000 {
		t.Errorf("%d moved", moved)
	}
}

// Workers that want the same refund at once, and others of the same order, over the network.
func TestRefundWorkers(t *testing.T) {
	t.Parallel()
	s := open(t)
	store := idempotency.NewMemory()
	payment := s.double.Pay("eur", 10000)
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			plan := planOf(payment)
			if worker%2 == 1 {
				plan.Reference = "return-2"
			}
			r := payments.NewRefunder(s.Adapter, store)
			for range 200 {
				progress, err := r.Refund(t.Context(), plan)
				if err == nil && progress.Status == canonical.RefundSucceeded {
					return
				}
				time.Sleep(5 * time.Millisecond) // the order is another's
			}
			t.Errorf("worker %d never got through", worker)
		})
	}
	group.Wait()
	if moved, refunds := s.double.Moved(payment), s.double.Refunds(payment); moved != 6000 || len(refunds) != 2 {
		t.Errorf("%d moved by %v, want two refunds of 30.00", moved, refunds)
	}
}

// Two workers that know nothing of each other, since their stores are not shared: Stripe's key still holds the money together.
func TestRefundWithoutASharedStore(t *testing.T) {
	t.Parallel()
	s := open(t)
	payment := s.double.Pay("eur", 10000)
	var group sync.WaitGroup
	for range 6 {
		group.Go(func() {
			r := payments.NewRefunder(s.Adapter, idempotency.NewMemory())
			for range 50 {
				if progress, err := r.Refund(t.Context(), planOf(payment)); err == nil && progress.Status == canonical.RefundSucceeded {
					return
				}
				time.Sleep(time.Millisecond)
			}
			t.Error("a worker never got through")
		})
	}
	group.Wait()
	if moved := s.double.Moved(payment); moved != 3000 {
		t.Errorf("%d moved by %v", moved, s.double.Refunds(payment))
	}
}

// Stripe says "failed" of a refund that was in the buyer's account and came back. The state machine knows that it had succeeded.
func TestRefundReversed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rules  payments.RefundRules
		want   canonical.RefundStatus
		review payments.ReviewReason
		moved  int64
	}{
		"for a person":         {payments.RefundRules{}, canonical.RefundReview, payments.ReviewReversed, 0},
		"to store credit":      {payments.RefundRules{StoreCredit: true}, canonical.RefundReplaced, "", 0},
		"again":                {payments.RefundRules{Attempts: 2, Retry: []string{"lost_or_stolen_card"}}, canonical.RefundSucceeded, "", 3000},
		"for another reason":   {payments.RefundRules{Attempts: 2, Retry: []string{"expired_or_canceled_card"}}, canonical.RefundReview, payments.ReviewReversed, 0},
		"for as long as it is": {payments.RefundRules{Attempts: 1, Retry: []string{"*"}}, canonical.RefundReview, payments.ReviewReversed, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			double, store := stripedouble.New(), idempotency.NewMemory()
			payment := double.Pay("eur", 10000)
			plan := planOf(payment)
			plan.CreditAllowed = true
			r := newProcess(store, double, fault{}).refunder(test.rules)
			step := func(want canonical.RefundStatus) payments.RefundProgress {
				t.Helper()
				progress, err := r.Refund(t.Context(), plan)
				if err != nil || progress.Status != want {
					t.Fatalf("%+v, %v, want %s", progress, err, want)
				}
				return progress
			}
			double.Answer("pending")
			first := step(canonical.RefundPending)
			double.Turn(first.RefundID, "succeeded", "")
			step(canonical.RefundSucceeded)
			double.Turn(first.RefundID, "failed", "lost_or_stolen_card")
			double.Answer("succeeded")
			last := step(test.want)
			if again := step(test.want); again != last {
				t.Errorf("asked again it is %+v, was %+v", again, last)
			}
			if last.Review != test.review || double.Moved(payment) != test.moved {
				t.Errorf("%+v, %d moved by %v", last, double.Moved(payment), double.Refunds(payment))
			}
		})
	}
}
