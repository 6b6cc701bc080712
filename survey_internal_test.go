package retailsync

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/odoo"
)

var surveyNow = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func ago(d time.Duration) time.Time { return surveyNow.Add(-d) }

// TestSurveyOrders goes through each way in which an order and its refunds may be there or not.
func TestSurveyOrders(t *testing.T) {
	t.Parallel()
	dec := decimal.MustParse
	key := func(id string) canonical.Key { return canonical.Key{ID: id} }
	refunds := func(parts ...refundFact) []refundFact { return parts }
	facts := []*orderFact{
		{key: key("there"), placed: ago(time.Hour), changed: ago(time.Hour), wanted: true, inOdoo: true},
		{key: key("missing"), placed: ago(48 * time.Hour), changed: ago(time.Hour), wanted: true},
		{key: key("on its way"), placed: ago(time.Minute), changed: ago(time.Minute), wanted: true},
		{key: key("just paid"), placed: ago(48 * time.Hour), changed: ago(time.Minute), wanted: true},
		{key: key("unreadable"), wanted: true},
		{key: key("not wanted"), placed: ago(48 * time.Hour), refunds: refunds(refundFact{ago(time.Hour), dec("5")})},
		{key: key("credited"), wanted: true, inOdoo: true, changed: ago(0), credited: dec("15.00"), refunds: refunds(refundFact{ago(3 * time.Hour), dec("5")}, refundFact{ago(2 * time.Hour), dec("10.00")})},
		// The older refund is covered; the newer one is a cent short.
		{key: key("short"), wanted: true, inOdoo: true, changed: ago(0), credited: dec("14.99"), refunds: refunds(refundFact{ago(2 * time.Hour), dec("10")}, refundFact{ago(3 * time.Hour), dec("5")})},
		{key: key("just refunded"), wanted: true, inOdoo: true, changed: ago(0), refunds: refunds(refundFact{ago(time.Minute), dec("1")})},
		{key: key("refunded who knows when"), wanted: true, inOdoo: true, changed: ago(0), refunds: refunds(refundFact{amount: dec("1")})},
	}
	got, err := surveyOrders(facts, surveyNow, 15*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	want := OrderSurvey{
		At: surveyNow, Orders: 9, Missing: 2, OldestMissing: 48 * time.Hour, Examples: []canonical.Key{key("missing"), key("unreadable")},
		Refunds: RefundSurvey{Refunds: 6, Open: 2, OldestOpen: 2 * time.Hour, Examples: []canonical.Key{key("short"), key("refunded who knows when")}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestSurveyOfNothing is complete.
func TestSurveyOfNothing(t *testing.T) {
	t.Parallel()
	survey, err := surveyOrders(nil, surveyNow, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for _, reading := range survey.Readings() {
		for _, point := range reading.Points {
			if (point.Metric == "retailsync.order.completeness" || point.Metric == "retailsync.refund.completeness") != (point.Value == 1) {
				t.Errorf("%s is %v", point.Metric, point.Value)
			}
		}
	}
}

// TestSurveyStock dates what differs by Odoo's last change.
func TestSurveyStock(t *testing.T) {
	t.Parallel()
	result := func(product int64) StockResult { return StockResult{ProductID: product, Outcome: StockPublished} }
	got := surveyStock([]StockResult{result(1), result(2), result(3)}, map[int64]time.Time{1: ago(time.Minute), 2: ago(time.Hour)}, surveyNow)
	if diff := cmp.Diff(StockSurvey{At: surveyNow, Drifted: 3, Lag: time.Hour, SKUs: []string{"", "", ""}}, got); diff != "" {
		t.Error(diff)
	}
}

// TestSurveyReturns counts what is open and how long the others took.
func TestSurveyReturns(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	facts := []*returnFact{
		{key: canonical.Key{ID: "open"}, requested: ago(9 * day)},
		{key: canonical.Key{ID: "declined"}, requested: ago(30 * day), void: true},
		{key: canonical.Key{ID: "without a record"}, requested: ago(30 * day), finished: true},
		{key: canonical.Key{ID: "clocks differ"}, requested: ago(day), ended: ago(2 * day), finished: true},
		{key: canonical.Key{ID: "quick"}, requested: ago(10 * day), ended: ago(9 * day), finished: true},
		{key: canonical.Key{ID: "slow"}, requested: ago(10 * day), ended: ago(3 * day), finished: true},
	}
	got := surveyReturns(facts, surveyNow)
	want := ReturnSurvey{At: surveyNow, Returns: 5, Open: 1, OldestOpen: 9 * day, Examples: []canonical.Key{{ID: "open"}}, Finished: 3, Median: day, P90: 7 * day}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestSurveySettlements leaves payments that wait as they should out of the oldest age.
func TestSurveySettlements(t *testing.T) {
	t.Parallel()
	got := surveySettlements([]OpenSettlementItem{
		{Reason: OpenPayment, Since: odoo.Date{Year: 2025, Month: 1, Day: 1}}, {Reason: OpenPayout, Since: odoo.Date{Year: 2026, Month: 2, Day: 28}}, {Reason: OpenException},
		{Reason: OpenException},
	}, surveyNow)
	want := SettlementSurvey{At: surveyNow, Open: map[OpenReason]int{OpenPayment: 1, OpenPayout: 1, OpenException: 2}, Oldest: 36 * time.Hour}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestQuantileIsOneOfTheValues and no smaller than the share of them that it names.
func TestQuantileIsOneOfTheValues(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var values []time.Duration
		for i := range rapid.IntRange(1, 50).Draw(t, "n") {
			values = append(values, time.Duration(i))
		}
		percent := rapid.IntRange(0, 100).Draw(t, "percent")
		got := quantile(values, percent)
		atMost := int(got) + 1
		if atMost*100 < len(values)*percent || percent > 0 && int(got)*100 >= len(values)*percent {
			t.Fatalf("%d per cent of %d values are at most %d", percent, len(values), got)
		}
	})
}
