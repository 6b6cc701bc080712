package main

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// readyPatience bounds a look at whether the hub is ready.
const readyPatience = 3 * time.Second

// health answers as long as the process serves.
func health(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]string{"status": "ok"})
}

// ready answers 200 where webhooks can be accepted: what is kept must be within reach. Odoo and the channels need not be: what comes while they are
// down waits.
func (h *hub) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyPatience)
	defer cancel()
	parts := map[string]string{"status": "ready", "ledger": "ok", "state": "ok"}
	status := http.StatusOK
	fail := func(part string, err error) {
		if err != nil {
			parts[part], parts["status"], status = "out of reach", "not ready", http.StatusServiceUnavailable
			h.log.WarnContext(ctx, "not ready", "part", part, "error", err)
		}
	}
	_, err := h.worker.Backlog(ctx)
	fail("ledger", err)
	fail("state", h.state.Ping(ctx))
	answer(w, status, parts)
}

func answer(w http.ResponseWriter, status int, body map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // who asked may be gone
}
