package retailsync

import (
	"testing"
	"time"

	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
)

// The line by which a payout arrived is the one that states its reference, else the only one around its day, as far as the rules go.
func TestPayoutArrives(t *testing.T) {
	t.Parallel()
	payout := settledLine{Date: odoo.Date{Year: 2026, Month: 2, Day: 27}, Name: "PO 12"}
	on := func(id int64, month, day int, reference string) bankLine {
		return bankLine{ID: id, Date: odoo.Date{Year: 2026, Month: time.Month(month), Day: day}, Reference: reference}
	}
	tests := []struct {
		name  string
		days  int
		lines []bankLine
		want  int64
	}{
		{"nothing", 5, nil, 0},
		{"the reference, however it is written and whenever", 0, []bankLine{on(1, 6, 1, "SEPA po12 thanks"), on(2, 2, 27, "other")}, 1},
		{"no reference and no days", 0, []bankLine{on(1, 2, 27, "other")}, 0},
		{"on the last day after", 3, []bankLine{on(1, 3, 2, "other")}, 1},
		{"a day too late", 3, []bankLine{on(1, 3, 3, "other")}, 0},
		{"on the last day before", 3, []bankLine{on(1, 2, 24, "other")}, 1},
		{"a day too early", 3, []bankLine{on(1, 2, 23, "other")}, 0},
		{"two around the day", 3, []bankLine{on(1, 2, 27, "other"), on(2, 2, 28, "other")}, 0},
		{"one around the day, one far away", 3, []bankLine{on(1, 2, 27, "other"), on(2, 4, 28, "other")}, 1},
		{"the reference wins over the day", 3, []bankLine{on(1, 2, 27, "other"), on(2, 4, 28, "PO 12")}, 2},
		{"the reference twice", 3, []bankLine{on(1, 2, 27, "PO 12"), on(2, 2, 28, "PO 12")}, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := &clearing{rules: mapping.SettlementRules{Payout: mapping.PayoutRule{Days: test.days}}}
			if got := b.arrived(test.lines, payout); got != test.want {
				t.Errorf("line %d, want %d", got, test.want)
			}
		})
	}
}
