package web

import (
	"net/http"

	"github.com/retailsync/retailsync/examples/hub/state"
)

type stockView struct {
	Drifts []driftView
	Stuck  []state.Stuck
	// Shops are the channels whose stock can be compared.
	Shops []Channel
}

type driftView struct {
	state.Drift
	Level level
	Word  string
}

// outcomes are what became of a level that had drifted.
var outcomes = map[string]struct {
	level level
	word  string
}{
	"published": {good, "set right"}, "unchanged": {good, "right by now"}, "waiting": {look, "under way"}, "failed": {bad, "not set right"},
	"unlisted": {look, "not in the shop"}, "unknown": {look, "not in Odoo"},
}

func (s *server) stock(w http.ResponseWriter, r *http.Request) {
	drifts, err := s.State.Drifts(r.Context(), s.now().AddDate(0, 0, -30))
	if err != nil {
		s.failed(w, r, err)
		return
	}
	view := stockView{Shops: s.with("reconcile-stock")}
	if view.Stuck, err = s.State.Stuck(r.Context()); err != nil {
		s.failed(w, r, err)
		return
	}
	for _, drift := range drifts {
		known, ok := outcomes[drift.Outcome]
		if !ok {
			known.level, known.word = unknown, drift.Outcome
		}
		view.Drifts = append(view.Drifts, driftView{Drift: drift, Level: known.level, Word: known.word})
	}
	s.show(w, r, "stock", frame{Title: "Stock drift", Here: "stock", Content: view})
}

// with are the channels that have a flow.
func (s *server) with(flow string) []Channel {
	var channels []Channel
	for _, channel := range s.Channels {
		for _, each := range channel.Flows {
			if each.Name == flow {
				channels = append(channels, channel)
			}
		}
	}
	return channels
}
