package web

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/examples/hub/state"
	"github.com/retailsync/retailsync/worker"
)

var testChannel = Channel{
	Key: canonical.Channel{Name: "shop", Account: "main"}, Title: "Shop",
	Flows: []Flow{{Name: "stock", Title: "Stock out", When: "every 1m", Next: worker.Every(time.Minute).Next}},
}

// TestStanding holds what the overview says of a channel against what is so.
func TestStanding(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 2, 9, 0, 30, 0, time.UTC)
	started, fresh := now.Add(-time.Hour), now.Add(-40*time.Second)
	ok := state.Flow{Channel: "shop/main", Name: "stock", Succeeded: fresh, Result: "3 levels"}
	type says struct {
		Level         level
		Word, Flow    string
		Headline      string
		Waiting, Dead int
	}
	for name, c := range map[string]struct {
		backlog []worker.Backlog
		pauses  []worker.Pause
		flow    state.Flow
		started time.Time
		want    says
	}{
		"well":            {flow: ok, want: says{good, "running", "ok", "All is well.", 0, 0}},
		"just started":    {started: now, want: says{good, "running", "not yet", "All is well.", 0, 0}},
		"never succeeded": {want: says{look, "look at a flow", "late", "All channels run. Something is slower than it should be.", 0, 0}},
		"late":            {flow: state.Flow{Channel: "shop/main", Name: "stock", Succeeded: now.Add(-4 * time.Minute)}, want: says{look, "look at a flow", "late", "All channels run. Something is slower than it should be.", 0, 0}},
		"fails":           {flow: state.Flow{Channel: "shop/main", Name: "stock", Succeeded: fresh, Failed: now, Problem: "down"}, want: says{bad, "look at a flow", "fails", "1 flow fails.", 0, 0}},
		"failed before":   {flow: state.Flow{Channel: "shop/main", Name: "stock", Succeeded: fresh, Failed: fresh.Add(-time.Minute)}, want: says{good, "running", "ok", "All is well.", 0, 0}},
		"partly":          {flow: state.Flow{Channel: "shop/main", Name: "stock", Succeeded: fresh, Problem: "1 failed", Partly: true}, want: says{look, "look at a flow", "some failed", "All channels run. 1 flow left something undone.", 0, 0}},
		"dead letter": {
			flow: ok, backlog: []worker.Backlog{{Channel: "shop/main", Class: worker.Orders, Pending: 2, Dead: 1, Oldest: fresh}, {Channel: "other/main", Class: worker.Orders, Dead: 9}},
			want: says{look, "running", "ok", "All channels run. 1 thing waits for a person.", 2, 1},
		},
		"lag": {
			flow: ok, backlog: []worker.Backlog{{Channel: "shop/main", Class: worker.Orders, Pending: 1, Oldest: now.Add(-11 * time.Minute)}},
			want: says{look, "running late", "ok", "All channels run. Something is slower than it should be.", 1, 0},
		},
		"paused": {
			flow:   state.Flow{Channel: "shop/main", Name: "stock", Succeeded: now.Add(-time.Hour)},
			pauses: []worker.Pause{{Channel: "shop/main", Cause: worker.ByPerson, Decision: worker.Decision{By: "Ada", Reason: "stock-taking"}}},
			want:   says{look, "paused", "ok", "1 channel is paused.", 0, 0},
		},
		"breaker": {
			flow:   ok,
			pauses: []worker.Pause{{Channel: "shop/main", Cause: worker.ByBreaker}, {Channel: "shop/main", Cause: worker.ByPerson}},
			want:   says{bad, "out of reach", "ok", "1 channel is out of reach. What comes for it is kept and waits.", 0, 0},
		},
	} {
		if c.started.IsZero() {
			c.started = started
		}
		view := viewOf(now, c.started, testChannel, c.backlog, c.pauses, []state.Flow{c.flow, {Channel: "other/main", Name: "stock", Failed: now}})
		got := says{view.Level, view.Word, view.Flows[0].Word, summary(now, []channelView{view}, 0, 0, 0, nil).Headline, view.Waiting, view.Dead}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestSummaryCounts(t *testing.T) {
	t.Parallel()
	view := summary(time.Now(), []channelView{{Level: good, Dead: 2}, {Level: good}}, 3, 4, 5, nil)
	var got []string
	for _, tile := range view.Tiles {
		got = append(got, tile.Value+" "+tile.Label+": "+tile.Note)
	}
	want := "2 Dead letters: a person must decide, 3 Stock drift: 4 levels are stuck, 5 Settlement exceptions: not booked yet, 0 Waiting: nothing is late"
	if diff := cmp.Diff(want, strings.Join(got, ", ")); diff != "" {
		t.Error(diff)
	}
	if view.Headline != "All channels run. 7 things wait for a person." || view.Level != look {
		t.Errorf("%s %s", view.Level, view.Headline)
	}
}

func TestAgo(t *testing.T) {
	t.Parallel()
	for span, want := range map[time.Duration]string{
		-time.Second: "just now", 4 * time.Second: "just now", 90 * time.Second: "90 s ago", 119 * time.Minute: "119 min ago", 47 * time.Hour: "47 h ago", 48 * time.Hour: "2 days ago",
	} {
		if got := ago(span); got != want {
			t.Errorf("%s: %s, want %s", span, got, want)
		}
	}
}

func TestFormTokens(t *testing.T) {
	t.Parallel()
	ours, now := newForms("one token of the hub"), time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	token := ours.token("Ada", now)
	for name, c := range map[string]struct {
		by    forms
		token string
		name  string
		at    time.Time
		want  bool
	}{
		"valid":          {ours, token, "Ada", now, true},
		"near its end":   {ours, token, "Ada", now.Add(formLife - time.Second), true},
		"too old":        {ours, token, "Ada", now.Add(formLife), false},
		"of the future":  {ours, token, "Ada", now.Add(-2 * time.Minute), false},
		"of another":     {ours, token, "Bob", now, false},
		"another hub's":  {newForms("another token"), token, "Ada", now, false},
		"another time":   {ours, "1" + token, "Ada", now, false},
		"no signature":   {ours, strings.Split(token, ".")[0] + ".", "Ada", now, false},
		"nothing":        {ours, "", "Ada", now, false},
		"joined another": {ours, ours.token("Ada|x", now), "Ada", now, false},
	} {
		if got := c.by.valid(c.token, c.name, c.at); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
