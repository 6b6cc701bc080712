package payments_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/payments/paymentstest"
)

var chargePlan = payments.ChargePlan{
	Reference: "exchange-1", Order: order, Currency: "EUR", Amount: dec("12.51"), Description: "Exchange of order 1001", Within: 24 * time.Hour,
}

// The kinds of providers that charge, by what they can do about a repeat.
var chargeKinds = map[string]struct {
	window time.Duration
	open   func(*paymentstest.Double) payments.ChargeCreator
	blind  bool
}{
	"keys and look-up":         {24 * time.Hour, func(d *paymentstest.Double) payments.ChargeCreator { return d }, false},
	"keys only":                {24 * time.Hour, func(d *paymentstest.Double) payments.ChargeCreator { return withoutChargeFinder{d, d} }, false},
	"look-up only":             {0, func(d *paymentstest.Double) payments.ChargeCreator { return d }, false},
	"neither keys nor look-up": {0, func(d *paymentstest.Double) payments.ChargeCreator { return withoutChargeFinder{d, d} }, true},
}

// withoutChargeFinder hides all but these two capabilities.
type withoutChargeFinder struct {
	payments.ChargeCreator
	payments.ChargeCanceller
}

func (w withoutChargeFinder) Channel() canonical.Channel { return w.ChargeCreator.Channel() }

// collect wants the charge to be in a status.
func collect(t *testing.T, c *payments.Collector, plan payments.ChargePlan, want payments.ChargeStatus) payments.ChargeProgress {
	t.Helper()
	progress, err := c.Collect(context.Background(), plan)
	if err != nil {
		t.Fatal(err)
	}
	if progress.Status != want {
		t.Fatalf("the charge is %+v, want %s", progress, want)
	}
	return progress
}

// payable are the charges that a buyer can pay now, paid those that he did.
func payable(d *paymentstest.Double) (open, paid []string) {
	for _, charge := range d.Asked() {
		switch charge.Status {
		case payments.ChargeOpen:
			open = append(open, charge.ID)
		case payments.ChargePaid:
			paid = append(paid, charge.ID)
		}
	}
	return open, paid
}

func TestChargeIsPaidOnce(t *testing.T) {
	t.Parallel()
	double, store := paymentstest.NewDouble(24*time.Hour), idempotency.NewMemory()
	c := payments.NewCollector(double, store)
	first := collect(t, c, chargePlan, payments.ChargeOpen)
	if first.URL == "" || first.Until.IsZero() || first.Final() {
		t.Errorf("the buyer cannot pay: %+v", first)
	}
	for range 3 {
		again := collect(t, payments.NewCollector(double, store), chargePlan, payments.ChargeOpen)
		if diff := cmp.Diff(first, again, cmp.Comparer(decimal.Decimal.Equal)); diff != "" {
			t.Errorf("(-first +again):\n%s", diff)
		}
	}
	id := double.PayCharge(first.ChargeID)
	for range 3 {
		paid := collect(t, c, chargePlan, payments.ChargePaid)
		payment := paid.Payment
		if payment.ID != id || payment.Gateway != "double" || payment.Kind != canonical.PaymentSale || payment.Status != canonical.PaymentSucceeded ||
			!payment.Amount.Shop.Equal(chargePlan.Amount) || payment.At.IsZero() || paid.URL != "" || !paid.Final() {
			t.Errorf("paid: %+v", paid)
		}
	}
	if asked := double.Asked(); len(asked) != 1 {
		t.Errorf("asked for %d times: %+v", len(asked), asked)
	}
}

func TestChargePlans(t *testing.T) {
	t.Parallel()
	c := payments.NewCollector(paymentstest.NewDouble(time.Hour), idempotency.NewMemory())
	for field, change := range map[string]func(*payments.ChargePlan){
		"Reference": func(p *payments.ChargePlan) { p.Reference = "" },
		"Order":     func(p *payments.ChargePlan) { p.Order.ID = "" },
		"Amount":    func(p *payments.ChargePlan) { p.Amount = dec("0") },
		"Amount ":   func(p *payments.ChargePlan) { p.Amount = dec("0.001") },
		"Amount  ":  func(p *payments.ChargePlan) { p.Currency = "euro" },
		"Within":    func(p *payments.ChargePlan) { p.Within = -1 },
	} {
		plan := chargePlan
		change(&plan)
		var wrong *payments.PlanError
		if _, err := c.Collect(context.Background(), plan); !errors.As(err, &wrong) || !strings.HasPrefix(wrong.Field, strings.TrimSpace(field)) || !strings.Contains(err.Error(), "charge") {
			t.Errorf("a wrong %s: %v", field, err)
		}
	}
	var unknown *payments.NotHereError
	if _, err := c.Withdraw(context.Background(), chargePlan); !errors.As(err, &unknown) || !strings.Contains(err.Error(), "Collect") {
		t.Errorf("withdraw what was never wanted: %v", err)
	}
	collect(t, c, chargePlan, payments.ChargeOpen)
	other := chargePlan
	other.Amount = dec("12.52")
	var changed *payments.PlanChangedError
	if _, err := c.Collect(context.Background(), other); !errors.As(err, &changed) || changed.Field != "amount" {
		t.Errorf("another amount under the same reference: %v", err)
	}
}

// What was not paid in time is asked for again as the rules say, then by decision, each time with a request of its own, and never
// while the buyer can pay an earlier one.
func TestChargeExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		double := paymentstest.NewDouble(24 * time.Hour)
		c := payments.NewCollector(double, idempotency.NewMemory(), payments.WithChargeRules(payments.ChargeRules{Requests: 2}))
		first := collect(t, c, chargePlan, payments.ChargeOpen)
		time.Sleep(25 * time.Hour)
		second := collect(t, c, chargePlan, payments.ChargeOpen)
		if second.ChargeID == first.ChargeID || second.URL == first.URL || second.Request != 2 {
			t.Errorf("renewed: %+v", second)
		}
		time.Sleep(25 * time.Hour)
		for range 2 {
			if p := collect(t, c, chargePlan, payments.ChargeReview); p.Review != payments.ReviewExpired {
				t.Errorf("in review for %q", p.Review)
			}
		}
		again := chargePlan
		again.Again = 1
		third := collect(t, c, again, payments.ChargeOpen)
		if third.Request != 3 {
			t.Errorf("renewed by a person: %+v", third)
		}
		time.Sleep(25 * time.Hour)
		collect(t, c, again, payments.ChargeReview) // the decision counted once
		if p, err := c.Resolve(context.Background(), again, payments.ChargeResolution{Decision: payments.DecideAskAgain}); err != nil || p.Status != payments.ChargeWanted {
			t.Fatal(p, err)
		}
		collect(t, c, again, payments.ChargeOpen)
		references := map[string]bool{}
		for _, charge := range double.Asked() {
			references[charge.Reference] = true
		}
		if diff := cmp.Diff(map[string]bool{"exchange-1": true, "exchange-1/2": true, "exchange-1/3": true, "exchange-1/4": true}, references); diff != "" {
			t.Error(diff)
		}
	})
}

// Money that comes late is honoured: while a person decides, before the next request, and beside it, which is then taken back.
func TestChargePaidLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		double, store := paymentstest.NewDouble(24*time.Hour), idempotency.NewMemory()
		c := payments.NewCollector(double, store)
		first := collect(t, c, chargePlan, payments.ChargeOpen)
		time.Sleep(25 * time.Hour)
		collect(t, c, chargePlan, payments.ChargeReview)
		double.PayCharge(first.ChargeID)
		if p := collect(t, c, chargePlan, payments.ChargePaid); p.Review != "" || p.Payment.ID == "" {
			t.Errorf("paid late: %+v", p)
		}

		renewing := payments.NewCollector(double, store, payments.WithChargeRules(payments.ChargeRules{Requests: 3}))
		plan := chargePlan
		plan.Reference = "exchange-2"
		early := collect(t, renewing, plan, payments.ChargeOpen)
		time.Sleep(25 * time.Hour)
		late := collect(t, renewing, plan, payments.ChargeOpen)
		double.PayCharge(early.ChargeID)
		if p := collect(t, renewing, plan, payments.ChargePaid); p.ChargeID != early.ChargeID {
			t.Errorf("paid by %s, want %s", p.ChargeID, early.ChargeID)
		}
		if open, _ := payable(double); len(open) != 0 {
			t.Errorf("the buyer can pay %s once more", open)
		}
		// He pays the second one all the same.
		double.PayCharge(late.ChargeID)
		for range 2 {
			if p := collect(t, renewing, plan, payments.ChargeReview); p.Review != payments.ReviewPaidTwice {
				t.Errorf("in review for %q", p.Review)
			}
		}
		if _, err := renewing.Resolve(context.Background(), plan, payments.ChargeResolution{Decision: payments.DecidePaid}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if p := collect(t, renewing, plan, payments.ChargePaid); p.ChargeID != early.ChargeID {
				t.Errorf("it is paid by %s, want %s", p.ChargeID, early.ChargeID)
			}
		}
	})
}

func TestChargeFailures(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rules  payments.ChargeRules
		want   payments.ChargeStatus
		review payments.ReviewReason
	}{
		"to a person":            {payments.ChargeRules{Requests: 2}, payments.ChargeReview, payments.ReviewFailed},
		"again":                  {payments.ChargeRules{Requests: 2, Again: []string{"insufficient_funds"}}, payments.ChargeOpen, ""},
		"again, whatever it was": {payments.ChargeRules{Requests: 2, Again: []string{"*"}}, payments.ChargeOpen, ""},
		"another failure":        {payments.ChargeRules{Requests: 2, Again: []string{"declined"}}, payments.ChargeReview, payments.ReviewFailed},
	} {
		double := paymentstest.NewDouble(24 * time.Hour)
		c := payments.NewCollector(double, idempotency.NewMemory(), payments.WithChargeRules(test.rules))
		p := collect(t, c, chargePlan, payments.ChargeOpen)
		double.TurnCharge(p.ChargeID, payments.ChargePending, "")
		collect(t, c, chargePlan, payments.ChargePending)
		double.TurnCharge(p.ChargeID, payments.ChargeFailed, "insufficient_funds")
		if p := collect(t, c, chargePlan, test.want); p.Review != test.review {
			t.Errorf("%s: in review for %q", name, p.Review)
		}
	}
}

// A provider that refuses, or has something else than what was asked for, is a person's.
func TestChargeContradictions(t *testing.T) {
	t.Parallel()
	double := paymentstest.NewDouble(24 * time.Hour)
	c := payments.NewCollector(refusing{double}, idempotency.NewMemory())
	if p := collect(t, c, chargePlan, payments.ChargeReview); p.Review != payments.ReviewFailed || p.Failure != string(marketplace.CodeInvalid) {
		t.Errorf("refused: %+v", p)
	}
	c = payments.NewCollector(dearer{double}, idempotency.NewMemory())
	if p := collect(t, c, chargePlan, payments.ChargeReview); p.Review != payments.ReviewOtherAmount || p.ChargeID == "" {
		t.Errorf("another amount: %+v", p)
	}
	// The store is lost and the plan has changed.
	double = paymentstest.NewDouble(24 * time.Hour)
	collect(t, payments.NewCollector(withoutChargeFinder{double, double}, idempotency.NewMemory()), chargePlan, payments.ChargeOpen)
	other := chargePlan
	other.Amount = dec("99")
	if p := collect(t, payments.NewCollector(withoutChargeFinder{double, double}, idempotency.NewMemory()), other, payments.ChargeReview); p.Review != payments.ReviewKeyConflict {
		t.Errorf("a key that was used: %+v", p)
	}
	// The store alone is lost: the charge is found.
	double = paymentstest.NewDouble(0)
	for range 3 {
		collect(t, payments.NewCollector(double, idempotency.NewMemory()), chargePlan, payments.ChargeOpen)
	}
	if asked := double.Asked(); len(asked) != 1 {
		t.Errorf("asked %d times", len(asked))
	}
}

type refusing struct{ *paymentstest.Double }

func (r refusing) CreateCharge(context.Context, payments.ChargeRequest) (payments.Charge, error) {
	return payments.Charge{}, &marketplace.Error{Code: marketplace.CodeInvalid, Op: "create charge"}
}

type dearer struct{ *paymentstest.Double }

func (d dearer) CreateCharge(ctx context.Context, request payments.ChargeRequest) (payments.Charge, error) {
	request.Amount = dec("99")
	return d.Double.CreateCharge(ctx, request)
}

// endless is a provider whose charges do not end by themselves.
type endless struct{ *paymentstest.Double }

func (e endless) CreateCharge(ctx context.Context, request payments.ChargeRequest) (payments.Charge, error) {
	request.ExpiresAt = request.ExpiresAt.Add(1000 * time.Hour)
	return e.Double.CreateCharge(ctx, request)
}

func TestChargeWithdrawn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		double := paymentstest.NewDouble(24 * time.Hour)
		c := payments.NewCollector(endless{double}, idempotency.NewMemory())
		collect(t, c, chargePlan, payments.ChargeOpen)
		for range 2 {
			if p, err := c.Withdraw(ctx, chargePlan); err != nil || p.Status != payments.ChargeCancelled {
				t.Fatal(p, err)
			}
		}
		if open, _ := payable(double); len(open) != 0 {
			t.Errorf("the buyer can pay %s", open)
		}
		collect(t, c, chargePlan, payments.ChargeCancelled)
		double.PayCharge("ask_1")
		collect(t, c, chargePlan, payments.ChargePaid) // his money is here

		// He has paid before.
		plan := chargePlan
		plan.Reference = "exchange-2"
		p := collect(t, c, plan, payments.ChargeOpen)
		double.PayCharge(p.ChargeID)
		if p, err := c.Withdraw(ctx, plan); err != nil || p.Status != payments.ChargePaid {
			t.Fatal(p, err)
		}
		// His time is over, and the provider does not know.
		plan.Reference = "exchange-3"
		collect(t, c, plan, payments.ChargeOpen)
		time.Sleep(25 * time.Hour)
		collect(t, c, plan, payments.ChargeReview)
		if open, _ := payable(double); len(open) != 0 {
			t.Errorf("the buyer can pay %s", open)
		}
		if p, err := c.Withdraw(ctx, plan); err != nil || p.Status != payments.ChargeCancelled {
			t.Fatal(p, err)
		}
	})
}

// Past the provider's window an outcome that nobody knows is a person's.
func TestChargePastTheWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		double, store := paymentstest.NewDouble(time.Hour), idempotency.NewMemory()
		double.Disturb(func(_ int, op string, before bool) error {
			if op == "create charge" && !before {
				return &marketplace.Error{Code: marketplace.CodeUnknown, Op: op}
			}
			return nil
		})
		c := payments.NewCollector(withoutChargeFinder{double, double}, store)
		if p, err := c.Collect(context.Background(), chargePlan); marketplace.CodeOf(err) != marketplace.CodeUnknown || p.Status != payments.ChargeUnknown {
			t.Fatal(p, err)
		}
		double.Disturb(nil)
		time.Sleep(2 * time.Hour)
		if p := collect(t, c, chargePlan, payments.ChargeReview); p.Review != payments.ReviewOutcomeUnknown {
			t.Errorf("%+v", p)
		}
		var refused *canonical.TransitionError
		if _, err := c.Withdraw(context.Background(), chargePlan); !errors.As(err, &refused) {
			t.Errorf("withdraw what nobody knows: %v", err)
		}
		// A person finds it, and that the buyer has paid.
		payment := double.PayCharge("ask_1")
		if _, err := c.Resolve(context.Background(), chargePlan, payments.ChargeResolution{Decision: payments.DecidePaid, ChargeID: "ask_1", Payment: payment}); err != nil {
			t.Fatal(err)
		}
		if p := collect(t, c, chargePlan, payments.ChargePaid); p.Payment.ID != payment || p.ChargeID != "ask_1" {
			t.Errorf("%+v", p)
		}
		if _, err := c.Resolve(context.Background(), chargePlan, payments.ChargeResolution{Decision: payments.DecidePaid}); !errors.As(err, &refused) {
			t.Errorf("decided twice: %v", err)
		}
	})
}

// Wherever the process dies or a reply is lost, once or twice: the buyer can pay one request, and the money is seen.
func TestChargeFaults(t *testing.T) {
	t.Parallel()
	for name, kind := range chargeKinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := func(t *testing.T, faults [2]fault) (calls [2]int) {
				synctest.Test(t, func(t *testing.T) {
					double, store := paymentstest.NewDouble(kind.window), idempotency.NewMemory()
					for i, f := range faults {
						p := newProcess(store, double)
						p.at, p.after, p.lost = f.at, f.after, f.lost
						_, _ = payments.NewCollector(kind.open(double), p).Collect(t.Context(), chargePlan)
						calls[i] = p.calls
						time.Sleep(time.Minute) // the dead one's claims end
					}
					double.Disturb(nil)
					c := payments.NewCollector(kind.open(double), store)
					var progress payments.ChargeProgress
					for range 3 {
						var err error
						if progress, err = c.Collect(t.Context(), chargePlan); err != nil {
							t.Fatalf("%+v: %v", faults, err)
						}
					}
					if open, _ := payable(double); len(open) > 1 {
						t.Fatalf("%+v: the buyer can pay %s", faults, open)
					}
					if kind.blind && progress.Review == payments.ReviewOutcomeUnknown {
						return
					}
					if progress.Status != payments.ChargeOpen {
						t.Fatalf("%+v: %+v", faults, progress)
					}
					double.PayCharge(progress.ChargeID)
					for _, f := range faults {
						p := newProcess(store, double)
						p.at, p.after, p.lost = f.at, f.after, f.lost
						_, _ = payments.NewCollector(kind.open(double), p).Collect(t.Context(), chargePlan)
						time.Sleep(time.Minute)
					}
					double.Disturb(nil)
					if progress, err := c.Collect(t.Context(), chargePlan); err != nil || progress.Status != payments.ChargePaid {
						t.Fatalf("%+v: paid: %+v, %v", faults, progress, err)
					}
				})
				return calls
			}
			everyPair(t, "a charge", run)
		})
	}
}

func TestChargeConcurrently(t *testing.T) {
	t.Parallel()
	double, store := paymentstest.NewDouble(24*time.Hour), idempotency.NewMemory()
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			for {
				p, err := payments.NewCollector(double, store).Collect(context.Background(), chargePlan)
				if errors.Is(err, idempotency.ErrInFlight) {
					continue
				}
				if err != nil || p.Status != payments.ChargeOpen {
					t.Errorf("%+v, %v", p, err)
				}
				return
			}
		})
	}
	group.Wait()
	if asked := double.Asked(); len(asked) != 1 {
		t.Errorf("asked %d times", len(asked))
	}
}

// Any order of looks, deaths, lost replies, payments (also late ones), failures, withdrawals, decisions and hours that pass: the buyer
// can pay one request at most once everything has come to rest, no money is overlooked, and what is paid twice is a person's.
func TestChargeInterleavings(t *testing.T) {
	t.Parallel()
	for name, kind := range chargeKinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(r *rapid.T) {
				inBubble(t, func() {
					s := &chargeStory{double: paymentstest.NewDouble(kind.window), store: idempotency.NewMemory(), open: kind.open}
					s.rules = payments.ChargeRules{Requests: rapid.IntRange(0, 3).Draw(r, "requests"), Again: []string{"expired", "declined"}}
					r.Repeat(map[string]func(*rapid.T){
						"collect": s.collect, "pay": s.pay, "turn": s.turn, "resolve": s.resolve, "withdraw": s.withdraw,
						"wait": func(t *rapid.T) { time.Sleep(time.Duration(rapid.IntRange(1, 30).Draw(t, "hours")) * time.Hour) },
						"": func(t *rapid.T) {
							if open, _ := payable(s.double); len(open) > 1 {
								t.Fatalf("the buyer can pay %s", open)
							}
						},
					})
					s.end(r)
				})
			})
		})
	}
}

type chargeStory struct {
	double *paymentstest.Double
	store  *idempotency.Memory
	open   func(*paymentstest.Double) payments.ChargeCreator
	rules  payments.ChargeRules
}

func (s *chargeStory) collector(store idempotency.Store) *payments.Collector {
	return payments.NewCollector(s.open(s.double), store, payments.WithChargeRules(s.rules))
}

func (s *chargeStory) collect(t *rapid.T) {
	p := newProcess(s.store, s.double)
	p.at, p.after, p.lost = rapid.IntRange(0, 12).Draw(t, "at"), rapid.Bool().Draw(t, "after"), rapid.Bool().Draw(t, "lost")
	_, _ = s.collector(p).Collect(context.Background(), chargePlan)
	s.double.Disturb(nil)
	if p.dead {
		time.Sleep(time.Duration(rapid.IntRange(0, 60).Draw(t, "seconds")) * time.Second)
	}
}

func (s *chargeStory) pay(t *rapid.T) {
	asked := s.double.Asked()
	if len(asked) == 0 {
		return
	}
	charge := rapid.SampledFrom(asked).Draw(t, "charge")
	if charge.Status == payments.ChargeOpen || rapid.IntRange(0, 3).Draw(t, "late") == 0 {
		s.double.PayCharge(charge.ID)
	}
}

func (s *chargeStory) turn(t *rapid.T) {
	for _, charge := range s.double.Asked() {
		if charge.Status == payments.ChargeOpen && rapid.Bool().Draw(t, "fails") {
			s.double.TurnCharge(charge.ID, payments.ChargeFailed, rapid.SampledFrom([]string{"declined", "stolen"}).Draw(t, "failure"))
		}
	}
}

// resolve is a person who looks at the provider and says what is true.
func (s *chargeStory) resolve(t *rapid.T) {
	open, paid := payable(s.double)
	resolution := payments.ChargeResolution{Decision: payments.DecideAskAgain}
	if asked := s.double.Asked(); len(asked) > 0 {
		resolution.ChargeID = asked[len(asked)-1].ID
	}
	switch {
	case len(paid) > 0:
		at := slices.IndexFunc(s.double.Asked(), func(c payments.Charge) bool { return c.ID == paid[0] })
		resolution = payments.ChargeResolution{Decision: payments.DecidePaid, ChargeID: paid[0], Payment: s.double.Asked()[at].Payment}
	case len(open) > 0:
		for _, id := range open {
			s.double.TurnCharge(id, payments.ChargeCancelled, "")
		}
	}
	if len(paid) == 0 && rapid.Bool().Draw(t, "withdrawn") {
		resolution.Decision = payments.DecideWithdrawn
	}
	_, err := s.collector(s.store).Resolve(context.Background(), chargePlan, resolution)
	s.expect(t, err)
}

func (s *chargeStory) withdraw(t *rapid.T) {
	if rapid.IntRange(0, 4).Draw(t, "withdraw") > 0 {
		return
	}
	_, err := s.collector(s.store).Withdraw(context.Background(), chargePlan)
	s.expect(t, err)
}

func (s *chargeStory) expect(t *rapid.T, err error) {
	var notNow *canonical.TransitionError
	var notHere *payments.NotHereError
	if err != nil && !errors.As(err, &notNow) && !errors.As(err, &notHere) && !strings.Contains(err.Error(), "another owner") {
		t.Fatal(err)
	}
}

func (s *chargeStory) end(t *rapid.T) {
	s.double.Disturb(nil)
	time.Sleep(time.Minute)
	var progress payments.ChargeProgress
	for range 4 {
		var err error
		if progress, err = s.collector(s.store).Collect(context.Background(), chargePlan); err != nil {
			t.Fatal(err)
		}
	}
	open, paid := payable(s.double)
	state := fmt.Sprintf("%+v, open %s, paid %s", progress, open, paid)
	switch progress.Status {
	case payments.ChargePaid:
		if len(paid) == 0 || !slices.Contains(paid, progress.ChargeID) || len(open) > 0 {
			t.Fatal(state)
		}
	case payments.ChargeOpen:
		if len(open) != 1 || open[0] != progress.ChargeID || len(paid) > 0 {
			t.Fatal(state)
		}
	case payments.ChargeCancelled:
		if len(open) > 0 || len(paid) > 0 {
			t.Fatal(state)
		}
	case payments.ChargeReview:
		if progress.Review == payments.ReviewPaidTwice && len(paid) < 2 || (progress.Review == payments.ReviewExpired || progress.Review == payments.ReviewFailed) && len(open)+len(paid) > 0 {
			t.Fatal(state)
		}
	default:
		t.Fatal("not at rest: " + state)
	}
}
