package web

import (
	"context"
	"net/http"
	"time"

	"github.com/retailsync/retailsync/examples/hub/state"
)

type settlementsView struct {
	Exceptions []exceptionView
	// Open are what is open with the provider by Odoo's books; Unread says that Odoo did not answer.
	Open      []string
	Unread    bool
	Providers []Channel
}

type exceptionView struct {
	state.Exception
	Why string
}

// reasons are why entries are not booked, in words.
var reasons = map[string]string{
	"failed":     "It could not be imported; the next run tries again",
	"unbalanced": "The settlement does not add up", "no_item": "Nothing is known that it pays", "no_reference": "It does not say what it is for",
	"amount": "The amount is another", "doubled": "It is there twice", "settled": "It was settled before", "currency": "The currency is another",
	"kind": "No rule says where it goes", "changed": "It was changed after it was booked", "vanished": "It is gone after it was booked",
}

// booksPatience is how long the page waits for Odoo.
const booksPatience = 5 * time.Second

func (s *server) settlements(w http.ResponseWriter, r *http.Request) {
	exceptions, err := s.State.Exceptions(r.Context())
	if err != nil {
		s.failed(w, r, err)
		return
	}
	view := settlementsView{Providers: s.with("import-settlements")}
	for _, e := range exceptions {
		why := reasons[e.Reason]
		if why == "" {
			why = e.Reason
		}
		view.Exceptions = append(view.Exceptions, exceptionView{Exception: e, Why: why})
	}
	ctx, cancel := context.WithTimeout(r.Context(), booksPatience)
	defer cancel()
	if view.Open, err = s.OpenItems(ctx); err != nil {
		view.Unread = true
		s.Log.WarnContext(r.Context(), "open items", "error", err)
	}
	s.show(w, r, "settlements", frame{Title: "Settlements", Here: "settlements", Content: view})
}
