package state_test

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/examples/hub/state"
	"github.com/retailsync/retailsync/internal/peer"
)

// each runs a test on SQLite, and on PostgreSQL where that is there.
func each(t *testing.T, test func(t *testing.T, d *state.Database)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		d, err := state.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "a file.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = d.Close() })
		test(t, d)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		pool, err := pgxpool.New(t.Context(), peer.PostgresURL(t))
		if err != nil {
			t.Fatal("the peer's address cannot be used")
		}
		t.Cleanup(pool.Close)
		schema := "hub_test_" + strings.ToLower(rand.Text())
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
			defer cancel()
			if _, err := pool.Exec(ctx, "DROP SCHEMA IF EXISTS "+schema+" CASCADE"); err != nil {
				t.Error(err)
			}
		})
		d, err := state.OpenPostgres(t.Context(), pool, schema)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = d.Close() })
		again, err := state.OpenPostgres(t.Context(), pool, schema)
		if err != nil {
			t.Fatal("a second process:", err)
		}
		t.Cleanup(func() { _ = again.Close() })
		test(t, d)
	})
}

// must fails the test on an error.
func must(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

var (
	shop  = canonical.Channel{Name: "shop", Account: "main"}
	order = canonical.Key{Channel: shop, ID: "o-1"}
)

func TestFlows(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *state.Database) {
		ctx := t.Context()
		must(t, d.Begin(ctx, "shop/main", "stock"), d.Fail(ctx, "shop/main", "stock", "down"))
		one := func() state.Flow {
			t.Helper()
			flows, err := d.Flows(ctx)
			if err != nil || len(flows) != 1 {
				t.Fatalf("%d flows, want 1: %v", len(flows), err)
			}
			return flows[0]
		}
		if f := one(); !f.Failing() || f.Partly || f.Problem != "down" || f.Began.IsZero() || !f.Succeeded.IsZero() {
			t.Errorf("after a failure: %+v", f)
		}
		must(t, d.Succeed(ctx, "shop/main", "stock", "3 levels", ""))
		if f := one(); f.Failing() || f.Partly || f.Result != "3 levels" || f.Problem != "" {
			t.Errorf("after a success: %+v", f)
		}
		must(t, d.Succeed(ctx, "shop/main", "stock", "3 levels: 1 failed", "1 failed: no"))
		if f := one(); f.Failing() || !f.Partly {
			t.Errorf("after a success in part: %+v", f)
		}
	})
}

func TestJournal(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *state.Database) {
		ctx, at := t.Context(), time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
		first := canonical.Event{ID: "1", Type: canonical.EventOrderCreated, At: at, Subject: order, Record: "sale.order,1", Summary: "created"}
		later := canonical.Event{ID: "2", Type: canonical.EventReturnRequested, At: at.Add(time.Hour), Subject: canonical.Key{Channel: shop, ID: "r-1"}, Order: order}
		other := canonical.Event{ID: "3", Type: canonical.EventOrderCreated, At: at, Subject: canonical.Key{Channel: shop, ID: "o-2"}}
		must(t, d.Append(ctx, later, first, other), d.Append(ctx, first))
		got, err := d.OrderEvents(ctx, order)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]canonical.Event{first, later}, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestNames(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *state.Database) {
		ctx := t.Context()
		other := canonical.Key{Channel: canonical.Channel{Name: "shop", Account: "de"}, ID: "o-9"}
		must(t,
			d.Remember(ctx, state.Name{Word: "1001", Kind: "order", Order: order}, state.Name{Word: "S00007", Kind: "odoo", Order: order}, state.Name{Word: "", Kind: "odoo", Order: order}),
			d.Remember(ctx, state.Name{Word: "1001", Kind: "order", Order: other}),
			d.Remember(ctx, state.Name{Word: "RMA-ä", Kind: "return", Order: order}, state.Name{Word: "1001", Kind: "order", Order: order}))
		for word, want := range map[string][]canonical.Key{
			"1001": {order, other}, " #1001 ": {order, other}, "s00007": {order}, "rma-ä": {order}, "o-9": {other}, "100": nil, "": nil, "' OR 1=1 --": nil, "%": nil,
		} {
			names, err := d.FindOrders(ctx, word)
			if err != nil {
				t.Fatal(err)
			}
			var got []canonical.Key
			for _, name := range names {
				got = append(got, name.Order)
			}
			if diff := cmp.Diff(want, got, cmpopts.SortSlices(func(a, b canonical.Key) bool { return a.String() > b.String() })); diff != "" {
				t.Errorf("%q: %s", word, diff)
			}
		}
		names, err := d.NamesOf(ctx, order)
		if err != nil || len(names) != 3 {
			t.Errorf("%d names, want 3: %v", len(names), err)
		}
		latest, err := d.LatestOrders(ctx, 1)
		if err != nil || len(latest) != 1 || latest[0].Order != order {
			t.Errorf("the latest is %v: %v", latest, err)
		}
	})
}

func TestDrift(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *state.Database) {
		ctx, now := t.Context(), time.Now().UTC().Truncate(time.Microsecond)
		old := state.Drift{Channel: "shop/main", SKU: "A", At: now.Add(-31 * 24 * time.Hour), Shown: "1", Level: "2", Outcome: "published"}
		fresh := state.Drift{Channel: "shop/main", SKU: "A", Place: "p", At: now, Shown: "9.5", Level: "2", Outcome: "published"}
		must(t, d.AddDrift(ctx, old), d.AddDrift(ctx, fresh, fresh))
		got, err := d.Drifts(ctx, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]state.Drift{fresh}, got); diff != "" {
			t.Error(diff)
		}
		if got, err = d.Drifts(ctx, now.Add(time.Second)); err != nil || len(got) > 0 {
			t.Errorf("%v, want none: %v", got, err)
		}
	})
}

func TestStuck(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *state.Database) {
		ctx := t.Context()
		must(t, d.ReplaceStuck(ctx, "shop/main", true, state.Stuck{SKU: "A", Problem: "twice"}, state.Stuck{SKU: "B", Problem: "twice"}),
			d.ReplaceStuck(ctx, "shop/de", true, state.Stuck{SKU: "A", Problem: "refused"}),
			d.ReplaceStuck(ctx, "shop/main", false), d.ReplaceStuck(ctx, "shop/main", false, state.Stuck{SKU: "A", Problem: "thrice"}))
		say := func() string {
			t.Helper()
			stuck, err := d.Stuck(ctx)
			must(t, err)
			var words []string
			for _, s := range stuck {
				words = append(words, s.Channel+" "+s.SKU+" "+s.Problem)
			}
			return strings.Join(words, ", ")
		}
		if got, want := say(), "shop/de A refused, shop/main A thrice, shop/main B twice"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		must(t, d.ReplaceStuck(ctx, "shop/main", true))
		if got, want := say(), "shop/de A refused"; got != want {
			t.Errorf("after a whole run: got %s, want %s", got, want)
		}
	})
}

func TestExceptions(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *state.Database) {
		ctx := t.Context()
		one, two := state.Exception{Entries: "e1", Reason: "no_item", Amount: "5.00", Currency: "EUR"}, state.Exception{Entries: "e2", Reason: "amount"}
		must(t, d.ReplaceExceptions(ctx, "bank/main", "po_1", []state.Exception{one, two}), d.ReplaceExceptions(ctx, "bank/main", "po_2", []state.Exception{one}))
		before, err := d.Exceptions(ctx)
		if err != nil || len(before) != 3 {
			t.Fatalf("%d exceptions, want 3: %v", len(before), err)
		}
		time.Sleep(2 * time.Millisecond) // the tables count in microseconds
		must(t, d.ReplaceExceptions(ctx, "bank/main", "po_1", []state.Exception{two}), d.ReplaceExceptions(ctx, "bank/main", "po_2", nil))
		after, err := d.Exceptions(ctx)
		if err != nil || len(after) != 1 {
			t.Fatalf("%d exceptions, want 1: %v", len(after), err)
		}
		if after[0].Entries != "e2" || !after[0].Since.Before(after[0].Seen) {
			t.Errorf("%+v: since when it is there must stay", after[0])
		}
	})
}

func TestOpenPostgresRefuses(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "a-b", `a"; DROP SCHEMA x`, "A"} {
		if _, err := state.OpenPostgres(t.Context(), nil, name); err == nil {
			t.Errorf("the schema %q was taken", name)
		}
	}
}

func TestReadings(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *state.Database) {
		ctx, at := t.Context(), time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
		reading := func(at time.Time, value float64) state.Reading {
			return state.Reading{Survey: "returns", Channel: "desk/main", At: at, Points: []state.Point{
				{Metric: "open", Value: value}, {Metric: "time", Value: 5, Attributes: map[string]string{"quantile": "0.5"}}, {Metric: "time", Value: 9, Attributes: map[string]string{"quantile": "0.9"}},
			}}
		}
		other := state.Reading{Survey: "orders", Channel: "shop/main", At: at}
		must(t, d.PutReadings(ctx, reading(at, 1), other), d.PutReadings(ctx, reading(at.Add(time.Hour), 2)), d.PutReadings(ctx, reading(at, 3)))
		got, err := d.Readings(ctx)
		must(t, err)
		if diff := cmp.Diff([]state.Reading{other, reading(at.Add(time.Hour), 2)}, got); diff != "" {
			t.Error(diff)
		}
		for attribute, want := range map[string]float64{"0.5": 5, "0.9": 9, "": 5} {
			if value, ok := got[1].Value("time", attribute); !ok || value != want {
				t.Errorf("%q is %v %v, want %v", attribute, value, ok, want)
			}
		}
		if _, ok := got[1].Value("time", "0.99"); ok {
			t.Error("a point that is not there has a value")
		}
	})
}

func TestSince(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *state.Database) {
		ctx, at := t.Context(), time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
		for channel, wants := range map[string]time.Time{"shop/main": at, "shop/other": at.Add(time.Minute)} {
			for _, offered := range []time.Time{wants, wants.Add(time.Hour), wants.Add(-time.Hour)} {
				if got, err := d.Since(ctx, channel, offered); err != nil || !got.Equal(wants) {
					t.Errorf("%s since %v, want %v: %v", channel, got, wants, err)
				}
			}
		}
	})
}

func TestEventsAfter(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *state.Database) {
		ctx, at := t.Context(), time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
		for id, minutes := range map[string]int{"c": 0, "a": 1, "e": 1, "b": 1, "d": 2} {
			must(t, d.Append(ctx, canonical.Event{ID: id, Type: canonical.EventOrderCreated, At: at.Add(time.Duration(minutes) * time.Minute), Subject: order}))
		}
		for _, c := range []struct {
			at   time.Time
			id   string
			most int
			want []string
		}{
			{at, "", 9, []string{"c", "a", "b", "e", "d"}}, {at, "", 2, []string{"c", "a"}}, {at.Add(time.Minute), "a", 2, []string{"b", "e"}},
			{at.Add(time.Minute), "e", 2, []string{"d"}}, {at.Add(2 * time.Minute), "d", 2, nil}, {at.Add(time.Hour), "", 9, nil},
		} {
			events, err := d.EventsAfter(ctx, c.at, c.id, c.most)
			must(t, err)
			var got []string
			for _, event := range events {
				got = append(got, event.ID)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("after %v %q: %s", c.at, c.id, diff)
			}
		}
	})
}
