package payments_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/payments/paymentstest"
)

// Any order of refunds, deaths, lost replies, late failures, reversals, webhooks and days that pass: never more leaves than was
// captured, each wish moves money once at most, and in the end each is either done or a person's.
func TestRefundInterleavings(t *testing.T) {
	t.Parallel()
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(r *rapid.T) {
				inBubble(t, func() {
					t := r
					s := &story{t: t, world: newWorld(kind.window), open: kind.open, window: kind.window}
					s.rules = payments.RefundRules{
						Attempts: rapid.IntRange(0, 3).Draw(t, "attempts"), Retry: []string{"declined"}, StoreCredit: rapid.Bool().Draw(t, "credit"),
					}
					for i, amount := range []string{"30", "30", "41.50", "28.50", "0.01"} { // more than 100 in all
						s.plans = append(s.plans, planOf(s.payment, fmt.Sprintf("wish%d", i), amount))
					}
					t.Repeat(map[string]func(*rapid.T){
						"refund":  s.refund,
						"turn":    s.turn,
						"resolve": s.resolve,
						"answer":  s.answer,
						"wait":    s.wait,
						"":        s.check,
					})
					s.end()
				})
			})
		})
	}
}

// inBubble runs act with a clock of its own. What rapid throws to end a case goes on outside, where rapid is.
func inBubble(t *testing.T, act func()) {
	var thrown any
	synctest.Test(t, func(*testing.T) {
		defer func() { thrown = recover() }()
		act()
	})
	if thrown != nil {
		panic(thrown)
	}
}

type story struct {
	t *rapid.T
	world
	open   func(*paymentstest.Double) payments.RefundCreator
	window time.Duration
	rules  payments.RefundRules
	plans  []payments.RefundPlan
}

func (s *story) worker(p *process) *payments.Refunder {
	return payments.NewRefunder(s.open(s.double), p, payments.WithRules(s.rules))
}

func (s *story) plan(t *rapid.T) payments.RefundPlan {
	return rapid.SampledFrom(s.plans).Draw(t, "plan")
}

// refund is a worker, a webhook or a clock that may die or lose a reply at any call.
func (s *story) refund(t *rapid.T) {
	p := newProcess(s.store, s.double)
	p.at = rapid.IntRange(0, 12).Draw(t, "at")
	p.after, p.lost = rapid.Bool().Draw(t, "after"), rapid.Bool().Draw(t, "lost")
	_, _ = s.worker(p).Refund(context.Background(), s.plan(t))
	s.double.Disturb(nil)
	if p.dead {
		time.Sleep(time.Duration(rapid.IntRange(0, 60).Draw(t, "seconds")) * time.Second)
	}
}

// turn has the provider change its mind, as providers do: what is pending succeeds or fails, what succeeded comes back.
func (s *story) turn(t *rapid.T) {
	refunds := s.double.Refunds(s.payment)
	if len(refunds) == 0 {
		return
	}
	refund := rapid.SampledFrom(refunds).Draw(t, "refund")
	failure := rapid.SampledFrom([]string{"declined", "account_closed"}).Draw(t, "failure")
	switch refund.Status {
	case canonical.RefundPending:
		if rapid.Bool().Draw(t, "succeeds") {
			s.double.Turn(refund.Key.ID, canonical.RefundSucceeded, "")
		} else {
			s.double.Turn(refund.Key.ID, canonical.RefundFailed, failure)
		}
	case canonical.RefundSucceeded:
		s.double.Turn(refund.Key.ID, rapid.SampledFrom([]canonical.RefundStatus{canonical.RefundReversed, canonical.RefundFailed}).Draw(t, "word"), failure)
	}
}

// resolve is a person who looks at the provider and says what is true.
func (s *story) resolve(t *rapid.T) { s.decide(t, s.plan(t)) }

func (s *story) decide(t *rapid.T, plan payments.RefundPlan) {
	resolution := payments.RefundResolution{Decision: rapid.SampledFrom([]payments.RefundDecision{
		payments.DecideRetry, payments.DecideReplaced, payments.DecideCancelled,
	}).Draw(t, "decision")}
	if moving := s.moving(plan); len(moving) > 0 {
		resolution = payments.RefundResolution{Decision: payments.DecideSucceeded, RefundID: moving[0].Key.ID}
	}
	_, err := payments.NewRefunder(s.open(s.double), s.store).Resolve(context.Background(), plan, resolution)
	var notNow *canonical.TransitionError
	var notHere *payments.NotHereError
	if err != nil && !errors.As(err, &notNow) && !errors.As(err, &notHere) && !strings.Contains(err.Error(), "another owner") {
		t.Fatal(err)
	}
}

func (s *story) answer(t *rapid.T) {
	s.double.Answer(rapid.SampledFrom([]canonical.RefundStatus{canonical.RefundPending, canonical.RefundSucceeded, canonical.RefundFailed}).Draw(t, "status"))
}

func (s *story) wait(t *rapid.T) {
	time.Sleep(time.Duration(rapid.IntRange(1, 30).Draw(t, "hours")) * time.Hour)
}

// moving returns the refunds of a plan whose money has left or is on its way.
func (s *story) moving(plan payments.RefundPlan) []canonical.Refund {
	return slices.DeleteFunc(s.double.Refunds(s.payment), func(r canonical.Refund) bool {
		own := r.Reference == plan.Reference || strings.HasPrefix(r.Reference, plan.Reference+"/")
		return !own || r.Status != canonical.RefundPending && r.Status != canonical.RefundSucceeded
	})
}

func (s *story) check(t *rapid.T) {
	if moved := s.double.Moved(s.payment); moved.Cmp(dec("100")) > 0 {
		t.Fatalf("%s of 100 moved", moved)
	}
	for _, plan := range s.plans {
		if moving := s.moving(plan); len(moving) > 1 {
			t.Fatalf("%s moved %d times: %+v", plan.Reference, len(moving), moving)
		}
	}
}

// end lets everything come to rest: Odoo, that posts what the progress says, agrees with the provider.
func (s *story) end() {
	s.double.Disturb(nil)
	s.double.Answer(canonical.RefundSucceeded)
	time.Sleep(time.Minute)
	for _, refund := range s.double.Refunds(s.payment) {
		if refund.Status == canonical.RefundPending {
			s.double.Turn(refund.Key.ID, canonical.RefundSucceeded, "")
		}
	}
	r := payments.NewRefunder(s.open(s.double), s.store, payments.WithRules(s.rules))
	for _, plan := range s.plans {
		var progress payments.RefundProgress
		for range 3 {
			var err error
			progress, err = r.Refund(context.Background(), plan)
			var over *payments.OverCapturedError
			if err != nil && !errors.As(err, &over) {
				s.t.Fatal(err)
			}
			if progress.Status == canonical.RefundReview {
				s.decide(s.t, plan)
			}
		}
		moving := len(s.moving(plan))
		switch progress.Status {
		case canonical.RefundSucceeded:
			if moving != 1 {
				s.t.Fatalf("%+v, but it moved %d times", progress, moving)
			}
		case canonical.RefundApproved, canonical.RefundReplaced, canonical.RefundCancelled:
			if moving != 0 {
				s.t.Fatalf("%+v, but it moved", progress)
			}
		case canonical.RefundReview:
		default:
			s.t.Fatalf("%+v is not at rest", progress)
		}
		s.check(s.t)
	}
}
