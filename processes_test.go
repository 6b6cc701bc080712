package retailsync_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/canonical/canonicaltest"
	"github.com/retailsync/retailsync/odoo/sale"
)

// Sixteen processes that know nothing of each other import the same orders at once: each order is there
// once, and nobody fails.
func TestProcesses(t *testing.T) {
	t.Parallel()
	const processes, orders = 16, 20
	eachOdoo(t, func(t *testing.T, db *database) {
		started := time.Now()
		at := targetOf(db)
		prefix := strings.ToLower(tag())
		all := contested(prefix, orders)
		children := make([]*process, processes)
		for n := range children {
			children[n] = startChild(t.Context(), t, childTask{Odoo: at, Orders: all, Wait: true})
		}
		for _, c := range children {
			c.start.Close()
		}
		outcomes, calls := map[retailsync.Outcome]int{}, 0
		for n, c := range children {
			code, report := c.wait(t)
			if code != 0 || len(report.Outcomes) != orders {
				t.Errorf("process %d ended with %d, %d orders: %s %s", n, code, len(report.Outcomes), report.Err, strings.Join(report.Failures, "\n"))
			}
			calls += len(report.Calls)
			for _, outcome := range report.Outcomes {
				outcomes[outcome]++
			}
		}
		for outcome, n := range outcomes {
			switch outcome {
			case retailsync.Created, retailsync.Confirmed, retailsync.Unchanged:
			default:
				t.Errorf("%d orders %s", n, outcome)
			}
		}
		t.Logf("%s: %d processes, %d calls in %.0f s: %v", db.name, processes, calls, time.Since(started).Seconds(), outcomes)

		state := readStates(t, db, prefix, []string{prefix})[prefix]
		if len(state.Orders) != orders {
			t.Errorf("%d orders in Odoo, want %d", len(state.Orders), orders)
		}
		for _, order := range all {
			_, id, _ := strings.Cut(order.Key.ID, prefix)
			if found := state.Orders[id]; len(found) == 1 {
				checkContent(t, db, order, sale.StateSale, found[0])
				if len(found[0].Lines) != len(order.Lines) {
					t.Errorf("%s: %d lines, want %d: %v", order.Key.ID, len(found[0].Lines), len(order.Lines), found[0].Lines)
				}
			} else {
				t.Errorf("%s: %d times in Odoo", order.Key.ID, len(found))
			}
		}
		seen := map[contactState]int{}
		for _, contact := range state.Contacts {
			if seen[contact]++; seen[contact] > 1 {
				t.Errorf("a contact is there twice: %v", contact)
			}
		}
		// Half of the orders have a customer each, the others share one; each customer has one address.
		if want := 2 * (orders/2 + 1); len(state.Contacts) != want {
			t.Errorf("%d contacts, want %d", len(state.Contacts), want)
		}
	})
}

// contested are orders half of which share one customer.
func contested(tag string, n int) []canonical.Order {
	orders := make([]canonical.Order, n)
	for i := range orders {
		orders[i] = canonicaltest.Order(fmt.Sprintf("%s-%d", tag, i), canonicaltest.Item("SKU-1", int64(1+i%3), 1999),
			canonicaltest.Item("SKU-1", 1, 1799), canonicaltest.Shipping(495))
	}
	namePeople(tag, orders)
	for i := range orders[:n/2] {
		orders[i].Buyer, orders[i].BillTo, orders[i].ShipTo = orders[0].Buyer, orders[0].BillTo, orders[0].ShipTo
	}
	return orders
}
