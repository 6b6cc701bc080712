package retailsync_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/canonical/canonicaltest"
)

// numbered are n different valid orders whose ids no other run has.
func numbered(prefix string, n int) []canonical.Order {
	orders := make([]canonical.Order, n)
	for i := range orders {
		orders[i] = canonicaltest.Order(fmt.Sprintf("%s-%d", prefix, i),
			canonicaltest.Item("SKU-1", 2, 1999), canonicaltest.Item("SKU-2", 1, 500), canonicaltest.Shipping(495))
	}
	return orders
}

func wantCounts(t *testing.T, report *retailsync.Report, want map[retailsync.Outcome]int) {
	t.Helper()
	total := 0
	for outcome, n := range want {
		total += n
		if got := report.Count(outcome); got != n {
			t.Errorf("%s: got %d, want %d", outcome, got, n)
		}
	}
	if report.Orders() != total || t.Failed() {
		t.Errorf("%v", report)
		for _, failed := range report.Failed() {
			t.Errorf("%s: %v", failed.Number, failed.Err)
		}
		t.FailNow()
	}
}

func TestImportTwice(t *testing.T) {
	t.Parallel()
	eachOdoo(t, func(t *testing.T, db *database) {
		erp := db.dial(t)
		orders := numbered(tag(), 5)
		source := &listed{orders: orders}
		connector := retailsync.New(erp, db.rules)
		report, err := connector.ImportOrders(t.Context(), source, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		wantCounts(t, report, map[retailsync.Outcome]int{retailsync.Created: 5})
		if len(source.acknowledged) != 5 {
			t.Errorf("acknowledged %v", source.acknowledged)
		}
		report, err = connector.ImportOrders(t.Context(), source, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		wantCounts(t, report, map[retailsync.Outcome]int{retailsync.Unchanged: 5})
		// Without the store's memory Odoo is compared, and nothing changes either.
		report, err = retailsync.New(erp, db.rules).ImportOrders(t.Context(), source, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		wantCounts(t, report, map[retailsync.Outcome]int{retailsync.Unchanged: 5})
	})
}
