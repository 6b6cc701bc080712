package retailsync_test

import (
	"strings"
	"testing"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
)

// TestOrderFile imports a file by hand twice and by another process, and then the channel tells of the same orders itself: each exists once.
func TestOrderFile(t *testing.T) {
	t.Parallel()
	for _, series := range []int{19, 14} {
		db := inProcess(t, series)
		orders := numbered(tag(), 4)
		var text strings.Builder
		for _, order := range orders {
			line, err := canonical.EncodeOrder(order)
			if err != nil {
				t.Fatal(err)
			}
			text.WriteString(string(line) + "\n")
		}
		text.WriteString("no order\n")
		source := &listed{orders: orders}
		for _, want := range []retailsync.Outcome{retailsync.Created, retailsync.Unchanged} {
			report, err := byHand(t.Context(), retailsync.New(db.dial(t), db.rules), source, strings.NewReader(text.String()))
			if err != nil || report.Count(want) != 4 || len(report.Failed()) != 1 || !strings.Contains(report.Failed()[0].Err.Error(), "line 5") {
				t.Errorf("%d: %s, %v, %v", series, report, report.Failed(), err)
			}
		}
		report, err := retailsync.New(db.dial(t), db.rules).ImportOrders(t.Context(), source, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		wantCounts(t, report, map[retailsync.Outcome]int{retailsync.Unchanged: 4})
	}
}
