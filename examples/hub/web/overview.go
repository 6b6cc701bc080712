package web

import (
	"context"
	"net/http"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/examples/hub/state"
	"github.com/retailsync/retailsync/worker"
)

// Level is how a thing stands, as a colour says it.
type level string

const (
	good    level = "good"
	look    level = "look" // a person should look
	bad     level = "bad"
	unknown level = "unknown"
)

var levels = []level{unknown, good, look, bad}

// worse is the worse of two.
func worse(a, b level) level {
	for i := len(levels) - 1; i >= 0; i-- {
		if a == levels[i] || b == levels[i] {
			return levels[i]
		}
	}
	return a
}

// tile is a number that matters.
type tile struct {
	Label, Value, Note, Address string
	Level                       level
}

// channelView is how a channel stands.
type channelView struct {
	Key     canonical.Channel
	Title   string
	About   string
	Level   level
	Word    string
	Why     string
	Waiting int
	Dead    int
	Oldest  time.Time
	Queues  []worker.Backlog
	Paused  *worker.Pause
	Breaker *worker.Pause
	Flows   []flowView
}

// flowView is how a flow stands.
type flowView struct {
	Flow
	Level             level
	Word              string
	Succeeded, Failed time.Time
	Result, Problem   string
	// Partly says that the last run did not do everything.
	Partly bool
}

// lag is how long an event may wait before somebody should look.
const lag = 10 * time.Minute

// recentDrift is how far back drift counts on the overview.
const recentDrift = 24 * time.Hour

func (s *server) overview(w http.ResponseWriter, r *http.Request) {
	channels, err := s.channelViews(r.Context())
	if err != nil {
		s.sorry(w, r, http.StatusServiceUnavailable, err)
		return
	}
	drifts, err := s.State.Drifts(r.Context(), s.now().Add(-recentDrift))
	if err != nil {
		s.sorry(w, r, http.StatusServiceUnavailable, err)
		return
	}
	stuck, err := s.State.Stuck(r.Context())
	if err != nil {
		s.sorry(w, r, http.StatusServiceUnavailable, err)
		return
	}
	exceptions, err := s.State.Exceptions(r.Context())
	if err != nil {
		s.sorry(w, r, http.StatusServiceUnavailable, err)
		return
	}
	readings, err := s.State.Readings(r.Context())
	if err != nil {
		s.sorry(w, r, http.StatusServiceUnavailable, err)
		return
	}
	view := summary(s.now(), channels, unsettled(drifts), len(stuck), len(exceptions), findings(s.Channels, readings))
	s.show(w, r, "overview", frame{Title: "Overview", Here: "overview", Refresh: 30, Content: view})
}

type overviewView struct {
	Level    level
	Headline string
	Tiles    []tile
	Channels []channelView
	// Findings are what the surveys found.
	Findings []finding
}

// unsettled counts drifts, without levels that only wait for a sale to reach Odoo.
func unsettled(drifts []state.Drift) int {
	n := 0
	for _, drift := range drifts {
		if drift.Outcome != string(retailsync.StockWaiting) {
			n++
		}
	}
	return n
}

// summary is the overview in a sentence and a few numbers.
func summary(now time.Time, channels []channelView, drifts, stuck, exceptions int, found []finding) overviewView {
	view := overviewView{Level: good, Channels: channels, Findings: found}
	waiting, dead, down, paused, failing, partly, apart := 0, 0, 0, 0, 0, 0, 0
	var oldest time.Time
	for _, c := range channels {
		view.Level = worse(view.Level, c.Level)
		waiting, dead = waiting+c.Waiting, dead+c.Dead
		if !c.Oldest.IsZero() && (oldest.IsZero() || c.Oldest.Before(oldest)) {
			oldest = c.Oldest
		}
		if c.Breaker != nil {
			down++
		}
		if c.Paused != nil {
			paused++
		}
		for _, f := range c.Flows {
			switch {
			case f.Level == bad:
				failing++
			case f.Partly:
				partly++
			}
		}
	}
	for _, f := range found {
		view.Level = worse(view.Level, f.Level)
		if f.Level == look {
			apart++
		}
	}
	if exceptions > 0 {
		view.Level = worse(view.Level, look)
	}
	waits := tile{Label: "Waiting", Value: count(waiting), Note: "nothing is late", Level: good}
	if !oldest.IsZero() {
		waits.Note = "oldest " + ago(now.Sub(oldest))
		if now.Sub(oldest) > lag {
			waits.Level = look
		}
	}
	letters := tile{Label: "Dead letters", Value: count(dead), Note: "nobody is asked", Address: "/letters", Level: good}
	if dead > 0 {
		letters.Note, letters.Level = "a person must decide", look
	}
	drift := tile{Label: "Stock drift", Value: count(drifts), Note: "in the last 24 hours", Address: "/stock", Level: good}
	if drifts > 0 {
		drift.Level = look
	}
	if stuck > 0 {
		drift.Note, drift.Level = number(stuck, "level is stuck", "levels are stuck"), look
	}
	books := tile{Label: "Settlement exceptions", Value: count(exceptions), Note: "all is booked", Address: "/settlements", Level: good}
	if exceptions > 0 {
		books.Note, books.Level = "not booked yet", look
	}
	view.Tiles = []tile{letters, drift, books, waits}
	switch {
	case down > 0:
		view.Headline = number(down, "channel is out of reach", "channels are out of reach") + ". What comes for it is kept and waits."
	case failing > 0:
		view.Headline = number(failing, "flow fails", "flows fail") + "."
	case dead+exceptions > 0:
		view.Headline = "All channels run. " + number(dead+exceptions, "thing waits", "things wait") + " for a person."
	case paused > 0:
		view.Headline = number(paused, "channel is paused", "channels are paused") + "."
	case partly > 0:
		view.Headline = "All channels run. " + number(partly, "flow left", "flows left") + " something undone."
	case apart > 0:
		view.Headline = "All channels run. " + number(apart, "thing differs", "things differ") + " between the channels and Odoo."
	case view.Level == look:
		view.Headline = "All channels run. Something is slower than it should be."
	default:
		view.Headline = "All is well."
	}
	return view
}

// channelViews are all channels as they stand now.
func (s *server) channelViews(ctx context.Context) ([]channelView, error) {
	backlog, err := s.Worker.Backlog(ctx)
	if err != nil {
		return nil, err
	}
	pauses, err := s.Worker.Pauses(ctx)
	if err != nil {
		return nil, err
	}
	flows, err := s.State.Flows(ctx)
	if err != nil {
		return nil, err
	}
	var views []channelView
	for _, channel := range s.Channels {
		views = append(views, viewOf(s.now(), s.Started, channel, backlog, pauses, flows))
	}
	return views, nil
}

// viewOf is how a channel stands.
func viewOf(now, started time.Time, channel Channel, backlog []worker.Backlog, pauses []worker.Pause, flows []state.Flow) channelView {
	name := channel.Key.String()
	view := channelView{Key: channel.Key, Title: channel.Title, About: channel.About, Level: good, Word: "running"}
	for _, queue := range backlog {
		if queue.Channel != name {
			continue
		}
		view.Queues = append(view.Queues, queue)
		view.Waiting, view.Dead = view.Waiting+queue.Pending, view.Dead+queue.Dead
		if !queue.Oldest.IsZero() && (view.Oldest.IsZero() || queue.Oldest.Before(view.Oldest)) {
			view.Oldest = queue.Oldest
		}
	}
	for _, pause := range pauses {
		switch {
		case pause.Channel != name:
		case pause.Cause == worker.ByPerson:
			view.Paused = &pause
		default:
			view.Breaker = &pause
		}
	}
	stopped := view.Paused != nil || view.Breaker != nil
	for _, flow := range channel.Flows {
		known := state.Flow{}
		for _, each := range flows {
			if each.Channel == name && each.Name == flow.Name {
				known = each
			}
		}
		one := flowOf(now, started, flow, known, stopped)
		view.Flows = append(view.Flows, one)
		if one.Level == bad || one.Level == look {
			view.Level, view.Word, view.Why = worse(view.Level, one.Level), "look at a flow", one.Title+": "+one.Word
		}
	}
	if !view.Oldest.IsZero() && now.Sub(view.Oldest) > lag {
		view.Level, view.Word = worse(view.Level, look), "running late"
	}
	if view.Dead > 0 {
		view.Level = worse(view.Level, look)
	}
	if view.Paused != nil {
		view.Level, view.Word, view.Why = worse(view.Level, look), "paused", "by "+view.Paused.By+": "+view.Paused.Reason
	}
	if view.Breaker != nil {
		view.Level, view.Word, view.Why = bad, "out of reach", "the breaker is open; one event probes again soon"
	}
	return view
}

// flowOf is how a flow stands. One of a channel that is stopped is not late.
func flowOf(now, started time.Time, flow Flow, known state.Flow, stopped bool) flowView {
	view := flowView{Flow: flow, Succeeded: known.Succeeded, Failed: known.Failed, Result: known.Result, Problem: known.Problem}
	last := known.Succeeded
	if last.Before(started) {
		last = started
	}
	late := func() bool { return flow.Next != nil && flow.Next(flow.Next(last)).Add(time.Minute).Before(now) }
	switch {
	case known.Failing():
		view.Level, view.Word = bad, "fails"
	case known.Partly:
		view.Level, view.Word, view.Partly = look, "some failed", true
	case !stopped && late():
		view.Level, view.Word, view.Problem = look, "late", "It has not succeeded for two of its times."
	case known.Succeeded.IsZero():
		view.Level, view.Word = unknown, "not yet"
	default:
		view.Level, view.Word = good, "ok"
	}
	return view
}
