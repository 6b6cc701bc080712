package privacy_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/privacy"
	"github.com/retailsync/retailsync/worker"
)

func TestLoadRetention(t *testing.T) {
	t.Parallel()
	got, err := privacy.LoadRetention(strings.NewReader("- {data: events, only: orders, keep: 30d}\n- {data: journal, keep: \"730d\"}\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := privacy.Retention{{Data: privacy.DataEvents, Only: "orders", Keep: 30}, {Data: privacy.DataJournal, Keep: 730}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if empty, err := privacy.LoadRetention(strings.NewReader("")); err != nil || len(empty) != 0 {
		t.Error(empty, err)
	}
	for _, bad := range []string{
		"- {data: everything, keep: 1d}", "- {data: events, keep: 30}", "- {data: events, keep: 0d}", "- {data: events, keep: -1d}", "- {data: events}",
		"- {data: events, keep: 1d, ony: orders}", "- {data: events, keep: 1d, only: \"[\"}", "data: events", "- {", strings.Repeat("#", 70_000),
	} {
		if got, err := privacy.LoadRetention(strings.NewReader(bad)); err == nil {
			t.Errorf("%.60q is read as %v", bad, got)
		}
	}
}

// TestSweep lets time pass and erases by limits: nothing too early, and of each class on its own.
func TestSweep(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	limits := privacy.Retention{
		{Data: privacy.DataEvents, Only: "money", Keep: 1}, {Data: privacy.DataEvents, Keep: 30}, {Data: privacy.DataDeadLetters, Keep: 60},
		{Data: privacy.DataResults, Only: "test/orders/*/*", Keep: 30}, {Data: privacy.DataJournal, Only: "order.*", Keep: 365},
	}
	type counts struct{ Events, Left, Texts, Journal int }
	for _, test := range []struct {
		name   string
		limits privacy.Retention
		after  time.Duration
		want   counts
	}{
		{"no limits", nil, 1000 * day, counts{}},
		{"too early", limits, 29 * day, counts{}},
		{"done events and results", limits, 31 * day, counts{Events: 7, Texts: 2}},
		{"dead letters too", limits, 61 * day, counts{Events: 8, Texts: 2}},
		{"only journals", limits[4:], 0, counts{}},
	} {
		h := newHouse(t)
		at := time.Now().Add(test.after)
		for _, dry := range []bool{true, false, false} {
			report, err := privacy.Sweep(t.Context(), h.Stores, test.limits, at, "sweeper", dry)
			if err != nil {
				t.Fatal(err)
			}
			got := counts{len(report.Events), len(report.EventsLeft), len(report.Texts), 0}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s, dry %t: %s", test.name, dry, diff)
			}
			if !dry {
				test.want = counts{} // a second time there is nothing left
			}
		}
		h.everything(t)
	}
	// The journal's events have times of their own.
	h := newHouse(t)
	report, err := privacy.Sweep(t.Context(), privacy.Stores{Journals: h.Journals}, limits, now, "sweeper", false)
	if err != nil || len(report.Journals[0].Events) != 1 || report.Journals[0].Events[0].ID != "1" {
		t.Errorf("%s %v", report, err)
	}
	if all := h.everything(t); strings.Contains(all, "created for Jane") || !strings.Contains(all, "created for Joe") {
		t.Error(all)
	}
	if _, err := privacy.Sweep(t.Context(), h.Stores, limits, now, "", false); err == nil {
		t.Error("nobody sweeps")
	}
	if _, err := privacy.Sweep(t.Context(), h.Stores, privacy.Retention{{Data: privacy.DataEvents}}, now, "x", false); err == nil {
		t.Error("a limit of no time sweeps all")
	}
}

// counted is a ledger that counts what is asked of it.
type counted struct {
	*worker.Memory
	queries, records int
}

func (c *counted) Find(ctx context.Context, filter worker.Filter) ([]worker.Record, error) {
	found, err := c.Memory.Find(ctx, filter)
	c.queries++
	c.records += len(found)
	return found, err
}

func (c *counted) Audit(ctx context.Context, filter worker.AuditFilter) ([]worker.Entry, error) {
	c.queries++
	return c.Memory.Audit(ctx, filter)
}

// TestSweepCostsWhatIsDue sweeps many events night by night: what was erased before is not looked at again.
func TestSweepCostsWhatIsDue(t *testing.T) {
	t.Parallel()
	ledger := &counted{Memory: worker.NewMemory()}
	w, err := worker.New(ledger, worker.NewMemoryEngine(), []worker.Channel{{Name: "shop/main"}})
	must(t, err)
	add := func(from, to int) {
		for n := from; n < to; n++ {
			receipts, err := w.Ingest(t.Context(), worker.Event{
				Source: "test", ID: strconv.Itoa(n), Channel: "shop/main", Kind: "order", Key: "order/" + strconv.Itoa(n), Class: worker.Orders, Payload: []byte(`{"name":"Jane"}`),
			})
			must(t, err)
			hold, err := ledger.Take(t.Context(), worker.Task{Seq: receipts[0].Seq, Channel: "shop/main", Key: "order/" + strconv.Itoa(n)}, "test", time.Hour)
			must(t, err)
			_, err = ledger.Settle(t.Context(), hold.Lease, worker.Settlement{Seq: receipts[0].Seq, State: worker.StateDone})
			must(t, err)
		}
	}
	const many, few = 3000, 7
	limits := privacy.Retention{{Data: privacy.DataEvents, Keep: 30}}
	sweep := func(what string, after time.Duration, erased, queries, records int) {
		t.Helper()
		ledger.queries, ledger.records = 0, 0
		report, err := privacy.Sweep(t.Context(), privacy.Stores{Worker: w}, limits, time.Now().Add(after), "sweeper", false)
		must(t, err)
		if len(report.Events) != erased || ledger.queries > queries || ledger.records != records {
			t.Errorf("%s: %d erased, %d queries for %d records; want %d, at most %d for %d", what, len(report.Events), ledger.queries, ledger.records, erased, queries, records)
		}
	}
	const day = 24 * time.Hour
	add(0, many)
	sweep("nothing is due", 29*day, 0, 1, 0)
	sweep("all are due", 31*day, many, many/worker.MaxPage+1, many)
	sweep("nothing is left", 31*day, 0, 1, 0)
	add(many, many+few)
	sweep("a few are due", 31*day, few, 1, few)
}
