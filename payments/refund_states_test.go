package payments_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/payments"
)

func anyFacts() *rapid.Generator[payments.RefundFacts] {
	return rapid.Custom(func(t *rapid.T) payments.RefundFacts {
		flags := rapid.SliceOfN(rapid.Bool(), 5, 5).Draw(t, "flags")
		return payments.RefundFacts{
			Covered: flags[0], SameKeySafe: flags[1], AttemptsLeft: flags[2], CreditAllowed: flags[3], WasReversed: flags[4],
			Decision: rapid.SampledFrom([]payments.RefundDecision{
				payments.DecideRetry, payments.DecideSucceeded, payments.DecideReplaced, payments.DecideCancelled,
			}).Draw(t, "decision"),
		}
	})
}

func events() []payments.RefundEvent {
	var all []payments.RefundEvent
	for _, row := range payments.RefundTransitions() {
		if !slices.Contains(all, row.Event) {
			all = append(all, row.Event)
		}
	}
	return all
}

// Random lives reach every row of the table, agree with it, and never take a new key while the outcome of the old one is open.
func TestRefundTable(t *testing.T) {
	t.Parallel()
	table := payments.RefundTransitions()
	used := make([]bool, len(table))
	happened := events()
	rapid.Check(t, func(t *rapid.T) {
		var status canonical.RefundStatus
		var open bool // the provider was asked and nobody knows what came of it
		for range 40 {
			event, facts := rapid.SampledFrom(happened).Draw(t, "event"), anyFacts().Draw(t, "facts")
			row := slices.IndexFunc(table, func(r payments.RefundTransition) bool {
				return r.From == status && r.Event == event && (r.Guard.Holds == nil || r.Guard.Holds(facts))
			})
			next, err := payments.NextRefund(status, event, facts)
			if row < 0 {
				var refused *canonical.TransitionError
				if next != status || !errors.As(err, &refused) || refused.Machine != "refund" {
					t.Fatalf("%q on %q gives %q, %v", event, status, next, err)
				}
				continue
			}
			if err != nil || next != table[row].To {
				t.Fatalf("%q on %q gives %q, %v, the table says %q", event, status, next, err, table[row].To)
			}
			if open && next == canonical.RefundApproved && event != payments.RefundWasResolved {
				t.Fatalf("%q on %q leads to a new key while the outcome is open", event, status)
			}
			switch next {
			case canonical.RefundSubmitted, canonical.RefundUnknown:
				open = true
			case canonical.RefundReview:
			default:
				open = false
			}
			used[row], status = true, next
		}
	})
	count := 0
	for i, hit := range used {
		if hit {
			count++
			continue
		}
		// What chance left out is walked to: the table must still have a way there.
		if walk(table, table[i]) {
			count++
			continue
		}
		t.Errorf("no life leads to %q on %q (%s)", table[i].Event, table[i].From, table[i].Guard.Name)
	}
	t.Logf("refund table: %d of %d rows taken, %d %%", count, len(table), 100*count/len(table))
}

// walk looks for a life that takes the row.
func walk(table []payments.RefundTransition, row payments.RefundTransition) bool {
	reached := map[canonical.RefundStatus]bool{"": true}
	for grown := true; grown; {
		grown = false
		for _, r := range table {
			if reached[r.From] && !reached[r.To] && taken(r) {
				reached[r.To], grown = true, true
			}
		}
	}
	return reached[row.From] && taken(row)
}

// taken tells whether some facts make NextRefund take the row.
func taken(row payments.RefundTransition) bool {
	for bits := range 1 << 5 {
		for _, decision := range []payments.RefundDecision{payments.DecideRetry, payments.DecideSucceeded, payments.DecideReplaced, payments.DecideCancelled} {
			facts := payments.RefundFacts{
				Covered: bits&1 > 0, SameKeySafe: bits&2 > 0, AttemptsLeft: bits&4 > 0, CreditAllowed: bits&8 > 0, WasReversed: bits&16 > 0, Decision: decision,
			}
			if row.Guard.Holds != nil && !row.Guard.Holds(facts) {
				continue
			}
			if to, err := payments.NextRefund(row.From, row.Event, facts); err == nil && to == row.To {
				return true
			}
		}
	}
	return false
}

// A new key is reached only from a final failure, from money that came back, or by a person.
func TestRefundNewKeyOnlyAfterTheEnd(t *testing.T) {
	t.Parallel()
	for _, row := range payments.RefundTransitions() {
		if row.To != canonical.RefundApproved || row.From == canonical.RefundApproved {
			continue
		}
		switch fmt.Sprintf("%s %s", row.From, row.Event) {
		case "requested approved", "failed retried", "reversed retried", "review resolved":
		default:
			t.Errorf("%q on %q takes a new key", row.Event, row.From)
		}
	}
}

// What the provider says twice changes nothing the second time.
func TestRefundEventsRepeat(t *testing.T) {
	t.Parallel()
	for _, row := range payments.RefundTransitions() {
		switch row.Event {
		case payments.RefundIsPending, payments.RefundHasSucceeded, payments.RefundWasReversed, payments.RefundWasSettled, payments.RefundContradicted:
			if again, err := payments.NextRefund(row.To, row.Event, payments.RefundFacts{WasReversed: row.To == canonical.RefundReplaced}); err != nil || again != row.To {
				t.Errorf("%q on %q leads to %q, a second time to %q (%v)", row.Event, row.From, row.To, again, err)
			}
		}
	}
}
