package web

import (
	"context"
	"net/http"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/examples/hub/state"
)

type settlementsView struct {
	Exceptions []exceptionView
	// Open are what is open with the provider by Odoo's books; Unread says that Odoo did not answer.
	Open      []openView
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

// openView is what is open with a provider, in words.
type openView struct {
	retailsync.OpenSettlementItem
	Why, Sum string
}

// openReasons are why something is open with a provider, in words.
var openReasons = map[retailsync.OpenReason]string{
	retailsync.OpenPayment: "Paid by the buyer, in no payout yet", retailsync.OpenEntries: "Entries are not booked", retailsync.OpenMatch: "Booked, not matched",
	retailsync.OpenPayout: "Paid out, not at the bank yet", retailsync.OpenByHand: "Booked by hand", retailsync.OpenException: "Waits for a person",
}

// amount is an amount with its currency, as people write it.
func amount(currency canonical.Currency, value decimal.Decimal) string {
	if digits, ok := currency.Exponent(); ok {
		value = value.Rescale(digits)
	}
	return value.String() + " " + string(currency)
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
	items, err := s.OpenItems(ctx)
	if err != nil {
		view.Unread = true
		s.Log.WarnContext(r.Context(), "open items", "error", err)
	}
	for _, item := range items {
		why := openReasons[item.Reason]
		if why == "" {
			why = string(item.Reason)
		}
		view.Open = append(view.Open, openView{OpenSettlementItem: item, Why: why, Sum: amount(item.Currency, item.Amount)})
	}
	s.show(w, r, "settlements", frame{Title: "Settlements", Here: "settlements", Content: view})
}
