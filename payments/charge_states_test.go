package payments_test

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/payments"
)

func chargeFacts() *rapid.Generator[payments.ChargeFacts] {
	return rapid.Custom(func(t *rapid.T) payments.ChargeFacts {
		flags := rapid.SliceOfN(rapid.Bool(), 4, 4).Draw(t, "flags")
		return payments.ChargeFacts{
			NoneOpen: flags[0], RequestsLeft: flags[1], Withdrawn: flags[2], Ended: flags[3],
			Decision: rapid.SampledFrom([]payments.ChargeDecision{payments.DecideAskAgain, payments.DecidePaid, payments.DecideWithdrawn}).Draw(t, "decision"),
		}
	})
}

// Random lives reach every row of the table, agree with it, never take a new key while the outcome of the old one is open, and never ask
// once more for what is paid.
func TestChargeTable(t *testing.T) {
	t.Parallel()
	table := payments.ChargeTransitions()
	used := make([]bool, len(table))
	var happened []payments.ChargeEvent
	for _, row := range table {
		if !slices.Contains(happened, row.Event) {
			happened = append(happened, row.Event)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		var status payments.ChargeStatus
		for range 60 {
			event, facts := rapid.SampledFrom(happened).Draw(t, "event"), chargeFacts().Draw(t, "facts")
			row := slices.IndexFunc(table, func(r payments.ChargeTransition) bool {
				return r.From == status && r.Event == event && (r.Guard.Holds == nil || r.Guard.Holds(facts))
			})
			next, err := payments.NextCharge(status, event, facts)
			if row < 0 {
				var refused *canonical.TransitionError
				if next != status || !errors.As(err, &refused) || refused.Machine != "charge" || refused.WayOut == "" && slices.ContainsFunc(table, func(r payments.ChargeTransition) bool {
					return r.From == status && r.Event == event
				}) {
					t.Fatalf("%q on %q gives %q, %v", event, status, next, err)
				}
				continue
			}
			if err != nil || next != table[row].To {
				t.Fatalf("%q on %q gives %q, %v, the table says %q", event, status, next, err, table[row].To)
			}
			if again := next == payments.ChargeWanted && status != next && status != ""; again {
				switch status {
				case payments.ChargeExpired, payments.ChargeFailed:
				case payments.ChargeReview:
					if event != payments.ChargeWasResolved {
						t.Fatalf("%q on %q asks again without a decision", event, status)
					}
				default:
					t.Fatalf("%q on %q asks again", event, status)
				}
			}
			if status == payments.ChargePaid && next != status && event != payments.ChargeContradicted {
				t.Fatalf("%q makes what is paid %q", event, next)
			}
			if event == payments.ChargeWasPaid && next != payments.ChargePaid && status != payments.ChargeReview {
				t.Fatalf("money that came in leaves %q %q", status, next)
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
		// Rapid's luck is not the table's fault, as long as the row can be reached.
		if next, err := payments.NextCharge(table[i].From, table[i].Event, factsFor(table[i])); err != nil || next != table[i].To {
			t.Errorf("no life takes %q on %q to %q: %q, %v", table[i].Event, table[i].From, table[i].To, next, err)
		}
	}
	t.Logf("%d of %d rows were taken", count, len(table))
}

// factsFor are facts under which the row counts.
func factsFor(row payments.ChargeTransition) payments.ChargeFacts {
	for bits := range 16 {
		for _, decision := range []payments.ChargeDecision{payments.DecideAskAgain, payments.DecidePaid, payments.DecideWithdrawn} {
			facts := payments.ChargeFacts{NoneOpen: bits&1 > 0, RequestsLeft: bits&2 > 0, Withdrawn: bits&4 > 0, Ended: bits&8 > 0, Decision: decision}
			if next, err := payments.NextCharge(row.From, row.Event, facts); err == nil && next == row.To {
				return facts
			}
		}
	}
	return payments.ChargeFacts{}
}
