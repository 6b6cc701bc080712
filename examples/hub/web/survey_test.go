package web

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/examples/hub/state"
	"github.com/retailsync/retailsync/observe"
)

// TestFindings says each survey in words, what is to be looked at first.
func TestFindings(t *testing.T) {
	t.Parallel()
	channels := []Channel{testChannel, {Key: canonical.Channel{Name: "desk", Account: "main"}}, {Key: canonical.Channel{Name: "bank", Account: "main"}}}
	points := func(pairs ...any) []state.Point {
		var all []state.Point
		for i := 0; i < len(pairs); i += 3 {
			all = append(all, state.Point{Metric: pairs[i].(string), Value: float64(pairs[i+1].(int)), Attributes: map[string]string{"a": pairs[i+2].(string)}})
		}
		return all
	}
	const hour = 3600
	var got []string
	for _, f := range findings(channels, []state.Reading{
		{Survey: retailsync.SurveyOfSettlements, Channel: "bank/main", Points: points(observe.Exceptions, 2, string(retailsync.OpenEntries), observe.Exceptions, 1, string(retailsync.OpenPayout), observe.ExceptionAge, 50*hour, "")},
		{Survey: retailsync.SurveyOfSettlements, Channel: "shop/main", Points: points(observe.Exceptions, 3, string(retailsync.OpenPayment))},
		{Survey: retailsync.SurveyOfReturns, Channel: "desk/main", Points: points(observe.ReturnsOpen, 1, "", observe.ReturnOpenAge, 3*hour, "", observe.ReturnCycleTime, 96*hour, "0.5", observe.ReturnCycleTime, 200*hour, "0.9")},
		{Survey: retailsync.SurveyOfOrders, Channel: "shop/main", Points: points(observe.OrdersAtSource, 5, "")},
		{Survey: retailsync.SurveyOfOrders, Channel: "desk/main", Points: points(observe.OrdersAtSource, 5, "", observe.OrdersMissing, 2, "", observe.OrderMissingAge, 600, "")},
		{Survey: retailsync.SurveyOfRefunds, Channel: "shop/main"},
		{Survey: retailsync.SurveyOfRefunds, Channel: "desk/main", Points: points(observe.RefundsAtSource, 1, "", observe.RefundsOpen, 1, "", observe.RefundOpenAge, 3, "")},
		{Survey: retailsync.SurveyOfStock, Channel: "shop/main", Points: points(observe.StockChecked, 7, "", observe.StockDrift, 1, "", observe.StockLag, 60, "")},
		{Survey: retailsync.SurveyOfStock, Channel: "desk/main", Points: points(observe.StockChecked, 7, "", observe.StockDrift, 1, "", observe.StockLag, 2*hour, "")},
		{Survey: "of something else", Channel: "shop/main"},
	}) {
		got = append(got, string(f.Level)+" "+f.Channel+": "+f.Text)
	}
	want := []string{
		"look desk/main: 2 of 5 orders not in Odoo, the oldest for 10 min",
		"look desk/main: 1 of 1 refund without a credit note in Odoo, the oldest for a moment",
		"look desk/main: 1 of 7 levels of stock other than in Odoo, behind by up to 2 h",
		"look bank/main: 2 items are not in the books as they should be, the oldest for 2 days; 1 item waits for a payout or the bank",
		"good shop/main: All that was paid out is in the books; 3 items wait for a payout or the bank",
		"good shop/main: 5 orders, all in Odoo",
		"good shop/main: No refunds in the last days",
		"good shop/main: 1 of 7 levels of stock other than in Odoo, behind by up to 60 s",
		"good desk/main: 1 return is open, the oldest for 3 h; half of those that are done took at most 4 days",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
