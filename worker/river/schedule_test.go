package river_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/riverqueue/river/rivertype"

	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/river"
)

func TestParseSpec(t *testing.T) {
	t.Parallel()
	after := time.Date(2026, 3, 27, 23, 59, 30, 0, time.UTC) // a Friday; summer begins on Sunday
	at := func(day, hour, minute int) time.Time {
		return time.Date(2026, 3, day, hour, minute, 0, 0, time.UTC)
	}
	for text, want := range map[string][]time.Time{
		"every 5m":                        {at(28, 0, 0), at(28, 0, 5)},
		"every 24h":                       {at(28, 0, 0), at(29, 0, 0)},
		"nightly 02:30":                   {at(28, 2, 30), at(29, 2, 30)},
		"nightly 01:30 Europe/Berlin":     {at(28, 0, 30), at(29, 0, 30), at(29, 23, 30)},
		"nightly  02:30  Europe/Berlin":   {at(28, 1, 30), at(30, 0, 30)}, // there is no 02:30 on Sunday
		"cron 0 6 * * 1-5":                {at(30, 6, 0), at(31, 6, 0)},
		"cron Europe/Berlin */30 6 * * 1": {at(30, 4, 0), at(30, 4, 30)},
	} {
		spec, err := river.ParseSpec(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		var got []time.Time
		for next := after; len(got) < len(want); {
			next = spec.Next(next)
			got = append(got, next)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	var invalid *worker.InvalidError
	for _, text := range []string{
		"", "every", "every 5", "every 10ms", "every -5m", "every 5m 3m", "nightly 25:00", "nightly 02:30 Nowhere", "nightly 02:30 Local", "nightly 02:30 UTC x",
		"cron * * * *", "cron 61 * * * *", "cron * * * * * * *", "cron TZ= * * * *", "cron CRON_TZ=UTC * * * * *", "cron Europe/Berlin @daily * * * *", "monthly 1",
	} {
		if _, err := river.ParseSpec(text); !errors.As(err, &invalid) {
			t.Errorf("%q: error %v", text, err)
		}
	}
}

func FuzzParseSpec(f *testing.F) {
	for _, text := range []string{"every 5m", "nightly 02:30 Europe/Berlin", "cron 0 6 * * 1-5", "cron UTC 1,2-9/3 * 31 2 *", "cron TZ= * * * * *"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		spec, err := river.ParseSpec(text)
		if err != nil {
			return
		}
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		if next := spec.Next(now); !next.IsZero() && !next.After(now) {
			t.Fatalf("%q: %s is not after %s", text, next, now)
		}
	})
}

func TestSchedules(t *testing.T) {
	t.Parallel()
	schedules, err := river.Schedules([]river.Rule{
		{Workflow: "poll-orders", Channel: "shop/main", When: "every 5m", Class: worker.Orders},
		{Workflow: "prices", Channel: "shop/main", When: "nightly 01:00 Europe/Berlin"},
		{Workflow: "stock", Channel: "shop/main", When: "real-time"},
	})
	if err != nil || len(schedules) != 2 {
		t.Fatalf("%+v, %v", schedules, err)
	}
	if s := schedules[0]; s.Name != "poll-orders@shop/main" || s.Event.Kind != "poll-orders" || s.Event.Class != worker.Orders || schedules[1].Event.Class != worker.Backfill {
		t.Errorf("%+v", schedules)
	}
	for _, rules := range [][]river.Rule{
		{{Workflow: "a", Channel: "b", When: "sometimes"}}, {{Workflow: "a", When: "every 5m"}}, {{Channel: "b", When: "every 5m"}},
		{{Workflow: "a", Channel: "b", When: "every 5m"}, {Workflow: "a", Channel: "b", When: "every 6m"}},
	} {
		if _, err := river.Schedules(rules); err == nil {
			t.Errorf("%+v: no error", rules)
		}
	}
}

// While versions are exchanged a process may be given periodic work that only another one knows: it must stay for that one.
func TestPeriodicWorkOfAnotherVersionStays(t *testing.T) {
	t.Parallel()
	ran := 0
	runs := map[string]func(context.Context) error{"old": func(context.Context) error { ran++; return nil }}
	if err := river.Periodic(t.Context(), "old", time.Now(), runs); err != nil || ran != 1 {
		t.Errorf("its own: %v, run %d times", err, ran)
	}
	var snooze *rivertype.JobSnoozeError
	if err := river.Periodic(t.Context(), "new", time.Now().Add(-time.Minute), runs); !errors.As(err, &snooze) || snooze.Duration <= 0 {
		t.Errorf("another version's: %v, want a snooze", err)
	}
	var cancel *rivertype.JobCancelError
	if err := river.Periodic(t.Context(), "new", time.Now().Add(-24*time.Hour), runs); !errors.As(err, &cancel) {
		t.Errorf("what nobody has known for a day: %v, want it ended", err)
	}
}
