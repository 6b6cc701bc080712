package canonical_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
)

func ExampleNext() {
	status, err := canonical.Next(canonical.StatusConfirmed, canonical.OrderCancelled, canonical.Facts{})
	fmt.Println(status, err)
	status, err = canonical.Next(canonical.StatusConfirmed, canonical.OrderCancelled, canonical.Facts{ShippedAny: true})
	fmt.Println(status, err)
	status, err = canonical.Next(canonical.StatusPending, canonical.OrderAccepted, canonical.Facts{})
	fmt.Println(status, err)
	// Output:
	// cancelled <nil>
	// conflict <nil>
	// pending canonical: order: "accepted" is not possible from "pending": it requires: paid, or authorised as the policy asks: wait for the payment, or let the policy accept an authorisation
}

func allStatuses() []canonical.Status {
	return []canonical.Status{"", canonical.StatusPending, canonical.StatusOnHold, canonical.StatusConfirmed,
		canonical.StatusPartiallyShipped, canonical.StatusShipped, canonical.StatusDelivered, canonical.StatusClosed,
		canonical.StatusCancelled, canonical.StatusConflict, canonical.StatusOther}
}

func allEvents() []canonical.OrderEvent {
	return []canonical.OrderEvent{canonical.OrderReceived, canonical.OrderHeld, canonical.OrderAccepted, canonical.OrderRefused,
		canonical.OrderEdited, canonical.OrderPartlyCancelled, canonical.OrderCancelled, canonical.OrderPartlyShipped,
		canonical.OrderShipped, canonical.OrderDelivered, canonical.OrderSettled, canonical.OrderReturned,
		canonical.OrderRefunded, canonical.OrderContradicted, canonical.OrderResolved}
}

// allFacts returns every combination.
func allFacts() []canonical.Facts {
	var all []canonical.Facts
	for n := range 1 << 7 {
		bit := func(i int) bool { return n>>i&1 == 1 }
		all = append(all, canonical.Facts{Paid: bit(0), ShippedAny: bit(1), ShippedAll: bit(2), TouchedShipped: bit(3),
			Invoiced: bit(4), ReturnsOpen: bit(5), CancelledAll: bit(6)})
	}
	return all
}

// TestEveryRowIsTaken walks all statuses, events and facts: each row of the table must decide at least
// once, and nothing may happen that no row says.
func TestEveryRowIsTaken(t *testing.T) {
	t.Parallel()
	table := canonical.Transitions()
	taken := make([]bool, len(table))
	for _, from := range allStatuses() {
		for _, event := range allEvents() {
			for _, facts := range allFacts() {
				got, err := canonical.Next(from, event, facts)
				row := -1
				for i, r := range table {
					if r.From == from && r.Event == event && (r.Guard.Holds == nil || r.Guard.Holds(facts)) {
						row = i
						break
					}
				}
				var refused *canonical.TransitionError
				switch {
				case from.Terminal():
					if got != from || err != nil {
						t.Errorf("%s leaves %s for %s: %v", event, from, got, err)
					}
				case row >= 0:
					taken[row] = true
					if got != table[row].To || err != nil {
						t.Errorf("%s %s %+v: %s, %v, want %s", from, event, facts, got, err, table[row].To)
					}
				case !errors.As(err, &refused) || got != from:
					t.Errorf("%s %s %+v: %s, %v: no row says so", from, event, facts, got, err)
				case refused.Reason == "" || refused.WayOut == "":
					t.Errorf("%s %s: no way out: %v", from, event, err)
				}
			}
		}
	}
	covered := 0
	for i, ok := range taken {
		if !ok {
			t.Errorf("row %d is never taken: %s %s", i, table[i].From, table[i].Event)
			continue
		}
		covered++
	}
	t.Logf("%d of %d rows taken: %d %%", covered, len(table), 100*covered/len(table))
}

// TestOrderLives states the table's promises once more, by hand.
func TestOrderLives(t *testing.T) {
	t.Parallel()
	type step struct {
		event canonical.OrderEvent
		facts canonical.Facts
		want  canonical.Status
	}
	paid := canonical.Facts{Paid: true}
	gone := canonical.Facts{Paid: true, ShippedAny: true, ShippedAll: true}
	part := canonical.Facts{Paid: true, ShippedAny: true}
	settled := gone
	settled.Invoiced = true
	returning := settled
	returning.ReturnsOpen = true
	touched := part
	touched.TouchedShipped = true
	const refused = "!"
	for name, steps := range map[string][]step{
		"a good order": {{"received", paid, "pending"}, {"held", paid, "on_hold"}, {"accepted", paid, "confirmed"}, {"edited", paid, "confirmed"},
			{"partly_shipped", part, "partially_shipped"}, {"partly_cancelled", part, "partially_shipped"}, {"shipped", gone, "shipped"},
			{"delivered", gone, "delivered"}, {"settled", returning, refused}, {"settled", settled, "closed"}, {"refunded", settled, "closed"},
			{"cancelled", settled, "closed"}},
		"never paid":              {{"received", canonical.Facts{}, "pending"}, {"accepted", canonical.Facts{}, refused}, {"refused", canonical.Facts{}, "cancelled"}, {"accepted", paid, "cancelled"}},
		"cancelled in time":       {{"received", paid, "pending"}, {"accepted", paid, "confirmed"}, {"cancelled", paid, "cancelled"}, {"returned", paid, "cancelled"}},
		"cancelled too late":      {{"received", paid, "pending"}, {"accepted", paid, "confirmed"}, {"shipped", gone, "shipped"}, {"cancelled", gone, "conflict"}, {"delivered", gone, "conflict"}, {"resolved", gone, "shipped"}, {"delivered", gone, "delivered"}},
		"cancelled between":       {{"received", paid, "pending"}, {"accepted", paid, "confirmed"}, {"cancelled", part, "conflict"}, {"resolved", part, "partially_shipped"}, {"cancelled", part, "conflict"}},
		"edit of what has left":   {{"received", paid, "pending"}, {"accepted", paid, "confirmed"}, {"partly_shipped", part, "partially_shipped"}, {"edited", touched, refused}, {"edited", part, "partially_shipped"}},
		"late and doubled events": {{"received", paid, "pending"}, {"received", paid, "pending"}, {"accepted", paid, "confirmed"}, {"accepted", paid, "confirmed"}, {"shipped", gone, "shipped"}, {"partly_shipped", part, "shipped"}, {"delivered", gone, "delivered"}, {"shipped", gone, "delivered"}},
		"delivered unshipped":     {{"received", paid, "pending"}, {"accepted", paid, "confirmed"}, {"delivered", gone, refused}, {"contradicted", gone, "conflict"}},
		"unknown event":           {{"received", paid, "pending"}, {"exploded", paid, refused}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status := canonical.Status("")
			for i, s := range steps {
				next, err := canonical.Next(status, s.event, s.facts)
				if s.want == refused {
					if err == nil {
						t.Fatalf("step %d: %s from %s is not refused", i, s.event, status)
					}
				} else if err != nil || next != s.want {
					t.Fatalf("step %d: %s from %s: %s, %v, want %s", i, s.event, status, next, err, s.want)
				}
				status = next
			}
		})
	}
}

func TestRandomLivesKeepTheRules(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		status := canonical.Status("")
		for range rapid.IntRange(1, 40).Draw(t, "length") {
			event := rapid.SampledFrom(allEvents()).Draw(t, "event")
			facts := rapid.SampledFrom(allFacts()).Draw(t, "facts")
			next, err := canonical.Next(status, event, facts)
			switch {
			case status.Terminal() && (next != status || err != nil):
				t.Fatalf("%s leaves the terminal %s for %s, %v", event, status, next, err)
			case err != nil && next != status:
				t.Fatalf("a refused %s moves %s to %s", event, status, next)
			case status == canonical.StatusConflict && next != status && event != canonical.OrderResolved:
				t.Fatalf("%s ends a conflict", event)
			case next == canonical.StatusCancelled && next != status && facts.ShippedAny && event != canonical.OrderRefused:
				t.Fatalf("%s cancels what has shipped", event)
			}
			// The same event again changes nothing more, unless a person resolves a new conflict.
			if again, err2 := canonical.Next(next, event, facts); err == nil && err2 == nil && again != next {
				t.Fatalf("%s twice moves %s to %s and %s", event, status, next, again)
			}
			status = next
		}
	})
}

func TestFulfillmentTable(t *testing.T) {
	t.Parallel()
	statuses := []canonical.FulfillmentStatus{"", "planned", "packed", "shipped", "delivered", "cancelled", "lost", "returned", "?"}
	events := []canonical.FulfillmentEvent{"planned", "packed", "shipped", "delivered", "cancelled", "lost", "returned", "?"}
	taken := map[canonical.FulfillmentTransition]bool{}
	for _, from := range statuses {
		for _, event := range events {
			to, err := canonical.NextFulfillment(from, event)
			row := canonical.FulfillmentTransition{From: from, Event: event, To: to}
			var refused *canonical.TransitionError
			switch {
			case err == nil:
				taken[row] = true
			case !errors.As(err, &refused) || to != from:
				t.Errorf("%s %s: %s, %v", from, event, to, err)
			}
			if from.Terminal() && (to != from || (err != nil && event != "?")) {
				t.Errorf("%s leaves %s for %s: %v", event, from, to, err)
			}
		}
	}
	rows := canonical.FulfillmentTransitions()
	for _, row := range rows {
		if !taken[row] {
			t.Errorf("never taken: %+v", row)
		}
		delete(taken, row)
	}
	for row := range taken {
		if !row.From.Terminal() {
			t.Errorf("no row says %+v", row)
		}
	}
	t.Logf("%d rows taken: 100 %%", len(rows))
}

// TestStatesAreDocumented keeps docs/states.md equal to the tables.
func TestStatesAreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/states.md")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, r := range canonical.Transitions() {
		want = append(want, tableRow(string(r.From), string(r.Event), string(r.To), r.Guard.Name))
	}
	for _, r := range canonical.FulfillmentTransitions() {
		want = append(want, tableRow(string(r.From), string(r.Event), string(r.To), ""))
	}
	var got []string
	for line := range strings.Lines(string(page)) {
		if strings.HasPrefix(line, "| ") && strings.Contains(line, "`") {
			got = append(got, strings.TrimSpace(line))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("docs/states.md (-want +got):\n%s", diff)
	}
}

func tableRow(from, event, to, guard string) string {
	if from == "" {
		from = "nothing"
	}
	if guard == "" {
		guard = "always"
	}
	return fmt.Sprintf("| `%s` | `%s` | `%s` | %s |", from, event, to, guard)
}
