package retailsync_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/canonical/canonicaltest"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/telling"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/observe"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
)

var surveyWindow = retailsync.SurveyRun{Since: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)}

// TestOrdersAreSurveyed has a survey with an empty store and no counters find what is missing in Odoo: an order that was never imported, one that
// cannot be, and a refund without a credit note.
func TestOrdersAreSurveyed(t *testing.T) {
	eitherLife(t, func(l *life) {
		survey := func(orders, missing, refunds, open int) retailsync.OrderSurvey {
			l.Helper()
			fresh := retailsync.New(l.erp, l.db.rules)
			got, err := fresh.SurveyOrders(l.Context(), l.source, surveyWindow)
			if err != nil {
				l.Fatal(err)
			}
			if got.Orders != orders || got.Missing != missing || got.Refunds.Refunds != refunds || got.Refunds.Open != open {
				l.Errorf("%+v, want %d of %d orders missing and %d of %d refunds open", got, missing, orders, open, refunds)
			}
			return got
		}
		l.put(canonicaltest.Item("SKU-1", 2, 1999))
		found := survey(1, 1, 0, 0)
		if len(found.Examples) != 1 || found.Examples[0].ID != l.id || found.OldestMissing < 24*time.Hour {
			l.Errorf("%+v", found)
		}
		l.want(retailsync.Created)
		survey(1, 0, 0, 0)

		// One that cannot be mapped is missing too; one that is not paid is not wanted.
		good := l.source.orders[0]
		bad := canonicaltest.Order(l.id+"b", canonicaltest.Item("NO-SUCH-SKU-"+l.id, 1, 1999))
		unwanted := canonicaltest.Order(l.id+"c", canonicaltest.Item("SKU-1", 1, 1999))
		unwanted.Status = canonical.StatusCancelled
		l.source.orders = []canonical.Order{good, bad, unwanted}
		survey(2, 1, 0, 0)

		// An order that Odoo has and that cannot be mapped any more is there all the same.
		broken := good
		broken.Lines = append([]canonical.Line(nil), good.Lines...)
		broken.Lines[len(broken.Lines)-1].SKU = "GONE-" + l.id
		broken.Revision.UpdatedAt = broken.Revision.UpdatedAt.Add(time.Hour)
		l.source.orders = []canonical.Order{broken}
		survey(1, 0, 0, 0)

		// A refund at the channel wants a credit note.
		l.source.orders = []canonical.Order{good}
		l.edit(func(o *canonical.Order) {
			o.Adjustments = append(o.Adjustments, canonical.Adjustment{
				ID: "A1", Kind: canonical.AdjustmentRefund, Amount: canonical.Shop(decimal.MustParse("4.00")), At: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC),
			})
		})
		survey(1, 0, 1, 1)
	})
}

// TestReturnsAreSurveyed follows one return to its end.
func TestReturnsAreSurveyed(t *testing.T) {
	eitherReturnDesk(t, nil, func(c *returnDesk) {
		survey := func() retailsync.ReturnSurvey {
			c.Helper()
			got, err := c.connector.SurveyReturns(c.Context(), c.platform, c.source, surveyWindow)
			if err != nil {
				c.Fatal(err)
			}
			return got
		}
		c.sell(2)
		c.ask("1", 1, canonical.ResolutionRefund)
		if got := survey(); got.Returns != 1 || got.Open != 1 || got.Finished != 0 || got.OldestOpen < 24*time.Hour {
			c.Errorf("asked for: %+v", got)
		}
		c.process("1")
		c.found("1", map[canonical.Disposition]int64{canonical.DispositionSellable: 1})
		c.wantClosed("1")
		got := survey()
		// It was asked for on the 1st of February, and Odoo had the last of it now.
		since := time.Since(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC))
		if got.Returns != 1 || got.Open != 0 || got.Finished != 1 || got.Median != got.P90 || (got.Median-since).Abs() > time.Hour {
			c.Errorf("finished after %s: %+v", since, got)
		}

		// The credit note of the return covers the refund that the channel tells of, and no more than that.
		notes, err := account.Moves(c.Context(), c.erp, []int64{c.order().ID})
		if err != nil {
			c.Fatal(err)
		}
		credited := decimal.Zero
		for _, note := range notes {
			if note.Kind == account.KindCreditNote {
				credited = note.Total.Abs()
			}
		}
		c.edit(func(o *canonical.Order) {
			for i, amount := range []decimal.Decimal{credited, decimal.MustParse("0.01")} {
				o.Adjustments = append(o.Adjustments, canonical.Adjustment{
					ID: string(rune('A' + i)), Kind: canonical.AdjustmentRefund, Amount: canonical.Shop(amount), At: time.Date(2026, 2, 2+i, 0, 0, 0, 0, time.UTC),
				})
			}
		})
		orders, err := c.connector.SurveyOrders(c.Context(), c.source, surveyWindow)
		if err != nil {
			c.Fatal(err)
		}
		if orders.Refunds.Refunds != 2 || orders.Refunds.Open != 1 {
			c.Errorf("refunds: %+v", orders.Refunds)
		}
	})
}

// TestStockIsSurveyed finds what the shop shows differently, and writes nothing.
func TestStockIsSurveyed(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		c := newCounter(t, w, "")
		c.article(5, 5)
		_, wrong := c.article(7, 2)
		fresh := retailsync.New(w.Client, c.rules, retailsync.WithStore(idempotency.NewMemory()))
		got, err := fresh.SurveyStock(t.Context(), c.adapter)
		if err != nil {
			t.Fatal(err)
		}
		if got.Drifted != 1 || got.Levels != 2 || len(got.SKUs) != 1 || got.SKUs[0] != wrong || got.Lag <= 0 || got.Lag > time.Hour {
			t.Errorf("%+v", got)
		}
		c.shows(wrong, 2)
	})
}

// TestFlowsAreTold has runs that go well, leave something out and cannot go on, and looks at the metric and the spans around Odoo's.
func TestFlowsAreTold(t *testing.T) {
	t.Parallel()
	db := inProcess(t, 19)
	told := telling.New(t)
	good := canonicaltest.Order(tag(), canonicaltest.Item("SKU-1", 1, 1999))
	bad := canonicaltest.Order(tag(), canonicaltest.Item("NO-SUCH-SKU", 1, 1999))
	source := &listed{orders: []canonical.Order{good}}
	connector := retailsync.New(db.dial(t, odoo.WithObserver(told.Odoo("erp"))), db.rules, retailsync.WithTelemetry(told.Telemetry))
	run := func(ctx context.Context) { _, _ = connector.ImportOrders(ctx, source, time.Time{}) }
	run(t.Context())
	source.orders = []canonical.Order{bad}
	run(t.Context())
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	run(ended)
	if _, err := connector.SurveyOrders(t.Context(), source, surveyWindow); err != nil {
		t.Fatal(err)
	}
	of := func(outcome string) string {
		return "channel=" + testChannel.String() + ",flow=ImportOrders,outcome=" + outcome
	}
	// A survey is no run of the flow.
	want := map[string]float64{of("ok"): 1, of("partial"): 1, of("canceled"): 1}
	if diff := cmp.Diff(want, told.Points(t, observe.FlowDuration)); diff != "" {
		t.Error(diff)
	}
	first := told.Spans("flow ImportOrders")[0].SpanContext()
	inside := 0
	for _, span := range told.Spans("odoo ") {
		if span.SpanContext().TraceID() == first.TraceID() {
			inside++
		}
	}
	if inside == 0 {
		t.Error("no call of Odoo is in the trace of the flow")
	}
	for name := range told.Points(t, observe.CallDuration) {
		if !strings.Contains(name, "endpoint=erp") || !strings.Contains(name, "operation=") || !strings.Contains(name, "system=odoo") {
			t.Errorf("a call with %s", name)
		}
	}
	if up := told.Points(t, observe.EndpointUp); up["endpoint=erp,system=odoo"] != 1 {
		t.Errorf("up: %v", up)
	}
}
