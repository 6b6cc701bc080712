package main

import (
	"context"
	"net/http"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"riverqueue.com/riverui"
	"riverqueue.com/riverui/uiendpoints"

	"github.com/retailsync/retailsync/examples/hub/state"
	"github.com/retailsync/retailsync/examples/hub/web"
)

// jobsPath is where River's own pages are.
const jobsPath = "/river"

// jobsPolicy is what River's pages may load: a program and styles of theirs, and nothing from elsewhere.
const jobsPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
	"form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

// jobs is the handler of River's own pages, behind the same password. They show the engine's jobs, which are wake-ups: what is true about an event is in the
// ledger, and a job that is deleted there comes again by the sweeper.
func (h *hub) jobs(ctx context.Context, token string) (http.Handler, error) {
	endpoints, err := h.endpoints()
	if err != nil {
		return nil, err
	}
	pages, err := riverui.NewHandler(&riverui.HandlerOpts{Endpoints: endpoints, Logger: h.log, Prefix: jobsPath})
	if err != nil {
		return nil, err
	}
	if err := pages.Start(ctx); err != nil {
		return nil, err
	}
	guarded := web.Authenticated(token, http.NewCrossOriginProtection().Handler(pages))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", jobsPolicy)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("X-Frame-Options", "DENY")
		w.Header().Set("Referrer-Policy", "same-origin")
		guarded.ServeHTTP(w, r)
	}), nil
}

// endpoints look at River's tables by a client of their own, which works nothing.
func (h *hub) endpoints() (uiendpoints.Bundle, error) {
	if h.pool != nil {
		client, err := river.NewClient(riverpgxv5.New(h.pool), &river.Config{Logger: h.log, Schema: h.schema})
		if err != nil {
			return nil, err
		}
		return riverui.NewEndpoints(client, nil), nil
	}
	db, err := state.OpenFile(h.file)
	if err != nil {
		return nil, err
	}
	h.closers = append(h.closers, db.Close)
	client, err := river.NewClient(riversqlite.New(db), &river.Config{Logger: h.log})
	if err != nil {
		return nil, err
	}
	return riverui.NewEndpoints(client, nil), nil
}
