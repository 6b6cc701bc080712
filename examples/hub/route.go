package main

import (
	"net/http"

	"github.com/retailsync/retailsync/examples/hub/web"
)

// route puts the handlers together.
func (s *service) route(token string) error {
	mux := http.NewServeMux()
	s.paths = s.receivers(mux)
	mux.HandleFunc("GET /healthz", health)
	mux.HandleFunc("GET /readyz", s.ready)
	pages, err := s.pages(token, []web.Link{})
	if err != nil {
		return err
	}
	mux.Handle("/", pages)
	s.handler = mux
	return nil
}
