package retailsync

import (
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo/stock"
)

// What is coming of a dozen may complete what has left of it: a cancelled part of a delivery is told in whole dozens, and none that may come.
func TestWantedInAnotherUnit(t *testing.T) {
	t.Parallel()
	line := soldLine{id: 1, channelID: "D", sku: "MUG", ordered: amountOf("3"), unit: dozen}
	for _, test := range []struct{ name, left, coming, want string }{
		{"nothing was delivered", "0", "0", "0"},
		{"two dozen have left", "2", "0", "2"},
		{"one and a half have left, six units are coming", "1", "6", "2"},
		{"one and a half have left, eighteen are coming", "1", "18", "3"},
		{"more than was ordered", "3", "24", "3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			open := map[int64]decimal.Decimal{}
			if test.coming != "0" {
				open[piece] = amountOf(test.coming)
			}
			wanted, err := wantedUnits(remainder{lines: []soldLine{line}}, map[string]decimal.Decimal{"D": amountOf(test.left)},
				map[int64]stock.Undelivered{1: {Cancelled: true, Open: open}}, pieces)
			if err != nil || wanted["D"].String() != test.want {
				t.Errorf("%s of 3 dozen are wanted, %v, want %s", wanted["D"], err, test.want)
			}
		})
	}
}
