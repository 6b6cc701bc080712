package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/worker"
)

// named is the channel that a request names.
func named(r *http.Request) canonical.Channel {
	return canonical.Channel{Name: r.PathValue("name"), Account: r.PathValue("account")}
}

func (s *server) channel(w http.ResponseWriter, r *http.Request) {
	channels, err := s.channelViews(r.Context())
	if err != nil {
		s.sorry(w, r, http.StatusServiceUnavailable, err)
		return
	}
	for _, view := range channels {
		if view.Key == named(r) {
			s.show(w, r, "channel", frame{Title: view.Title, Here: "overview", Content: view})
			return
		}
	}
	s.sorry(w, r, http.StatusNotFound, nil)
}

func (s *server) pause(w http.ResponseWriter, r *http.Request) {
	s.gate(w, r, s.Worker.Pause, "paused")
}

func (s *server) resume(w http.ResponseWriter, r *http.Request) {
	s.gate(w, r, s.Worker.Resume, "resumed")
}

func (s *server) gate(w http.ResponseWriter, r *http.Request, act func(context.Context, string, worker.Decision) error, word string) {
	channel := named(r)
	if err := act(r.Context(), channel.String(), worker.Decision{By: person(r), Reason: r.PostForm.Get("reason")}); err != nil {
		s.failed(w, r, err)
		return
	}
	http.Redirect(w, r, channelAddress(channel)+"?done="+word, http.StatusSeeOther)
}

// run runs a flow ahead of its schedule.
func (s *server) run(w http.ResponseWriter, r *http.Request) {
	channel := named(r)
	if _, err := s.RunNow(r.Context(), channel.String(), r.PostForm.Get("flow"), person(r)); err != nil {
		s.failed(w, r, err)
		return
	}
	back := channelAddress(channel)
	switch r.PostForm.Get("back") {
	case "stock":
		back = "/stock"
	case "settlements":
		back = "/settlements"
	}
	http.Redirect(w, r, back+"?done=started", http.StatusSeeOther)
}

// failed answers what the worker refused, or could not do.
func (s *server) failed(w http.ResponseWriter, r *http.Request, err error) {
	var invalid *worker.InvalidError
	switch {
	case errors.As(err, &invalid):
		s.sorry(w, r, http.StatusBadRequest, err)
	case errors.Is(err, worker.ErrNotFound):
		s.sorry(w, r, http.StatusNotFound, nil)
	default:
		s.sorry(w, r, http.StatusServiceUnavailable, err)
	}
}

func channelAddress(channel canonical.Channel) string {
	return "/channels/" + url.PathEscape(channel.Name) + "/" + url.PathEscape(channel.Account)
}
