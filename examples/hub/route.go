package main

import (
	"context"
	"net/http"

	"github.com/retailsync/retailsync/examples/hub/web"
)

// route puts the handlers together.
func (s *service) route(ctx context.Context, token string) error {
	mux := http.NewServeMux()
	s.paths = s.receivers(mux)
	mux.HandleFunc("GET /healthz", health)
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("GET /metrics", s.surveyedMetrics())
	jobs, err := s.jobs(ctx, token)
	if err != nil {
		return err
	}
	mux.Handle(jobsPath+"/", jobs)
	pages, err := s.pages(token, []web.Link{{Title: "River's jobs", Address: jobsPath + "/"}, {Title: "Metrics", Address: "/metrics"}})
	if err != nil {
		return err
	}
	mux.Handle("/", pages)
	s.handler = mux
	return nil
}
