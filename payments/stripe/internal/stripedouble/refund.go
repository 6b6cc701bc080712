package stripedouble

import (
	"fmt"
	"net/url"
	"slices"
)

type refund struct {
	id, status, reason string
	charge             *charge
	amount             int64
	metadata           map[string]string
	created            int64
	booked, returned   *movement
	release            bool // the rest of a capture in part
}

// moves tells whether a refund's money has left or is about to.
func (r *refund) moves() bool {
	return !r.release && (r.status == "pending" || r.status == "requires_action" || r.status == "succeeded")
}

func (s *Server) createRefund(form url.Values) (any, *failure) {
	if failed := only(form, "payment_intent", "charge", "amount", "metadata", "reason"); failed != nil {
		return nil, failed
	}
	if reason := form.Get("reason"); reason != "" && !slices.Contains([]string{"duplicate", "fraudulent", "requested_by_customer"}, reason) {
		return nil, &failure{status: 400, kind: "invalid_request_error", param: "reason", early: true, message: "Invalid reason"}
	}
	for name, value := range metadata(form) {
		if len(name) > 40 || len(value) > 500 {
			return nil, &failure{status: 400, kind: "invalid_request_error", param: "metadata", early: true, message: "Metadata is too long"}
		}
	}
	amount, failed := number(form, "amount")
	if failed != nil {
		return nil, failed
	}
	c, failed := s.charged(form)
	if failed != nil {
		return nil, failed
	}
	whole := map[string]int64{"isk": 100, "ugx": 100, "kwd": 10, "bhd": 10, "jod": 10, "omr": 10, "tnd": 10}[c.currency]
	left := c.amount - c.refunded
	switch {
	case whole != 0 && amount%whole != 0:
		return nil, &failure{status: 400, kind: "invalid_request_error", code: "invalid_charge_amount", param: "amount", message: "Invalid amount for the currency"}
	case !c.isCaptured:
		return nil, &failure{status: 400, kind: "invalid_request_error", code: "charge_not_refundable", message: "This charge is not captured"}
	case c.disputed:
		return nil, &failure{status: 400, kind: "invalid_request_error", code: "charge_disputed", message: "Charge has been charged back"}
	case left == 0:
		return nil, &failure{status: 400, kind: "invalid_request_error", code: "charge_already_refunded", message: "Charge " + c.id + " has already been refunded."}
	case amount > left:
		return nil, &failure{status: 400, kind: "invalid_request_error", param: "amount", message: fmt.Sprintf("Refund amount (%d) is greater than unrefunded amount on charge (%d)", amount, left)}
	}
	r := &refund{id: s.id("re"), status: s.answer, charge: c, amount: amount, metadata: metadata(form), created: s.now().Unix()}
	c.refunded += amount
	if r.status == "pending" || r.status == "succeeded" {
		r.booked = s.book(&movement{kind: "refund", category: "refund", amount: -settle(c, amount), currency: c.settled, source: r.id, exchanged: c.settled != c.currency})
	}
	s.refunds = append(s.refunds, r)
	return r.render(), nil
}

// settle is what an amount of a charge is in the currency of the balance.
func settle(c *charge, amount int64) int64 {
	if c.settledAmount == 0 {
		return amount
	}
	return amount * c.settledAmount / c.amount
}

func (s *Server) charged(form url.Values) (*charge, *failure) {
	if id := form.Get("payment_intent"); id != "" {
		if i := s.intents[id]; i != nil {
			return i.charge, nil
		}
		return nil, missing("payment_intent", id, "payment_intent")
	}
	if c := s.charges[form.Get("charge")]; c != nil {
		return c, nil
	}
	return nil, missing("charge", form.Get("charge"), "charge")
}

func (s *Server) getRefund(id string) (any, *failure) {
	if r := s.find(id); r != nil {
		return r.render(), nil
	}
	return nil, missing("refund", id, "id")
}

func (s *Server) find(id string) *refund {
	for _, r := range s.refunds {
		if r.id == id {
			return r
		}
	}
	return nil
}

func (s *Server) listRefunds(form url.Values) (any, *failure) {
	if failed := only(form, "payment_intent", "charge", "limit", "starting_after", "ending_before", "created"); failed != nil {
		return nil, failed
	}
	c, failed := s.charged(form)
	if failed != nil {
		return nil, failed
	}
	var objects []listed
	for _, r := range s.refunds {
		if r.charge == c {
			objects = append(objects, listed{id: r.id, created: r.created, render: r.render})
		}
	}
	return list(form, "/v1/refunds", objects)
}

// Turn gives a refund another status, as happens hours and days later: "succeeded", "failed", "canceled". Stripe says "failed" also
// of a refund that succeeded and came back.
func (s *Server) Turn(id, status, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.find(id)
	moved := r.moves()
	r.status, r.reason = status, reason
	if moved && !r.moves() {
		r.charge.refunded -= r.amount
		if r.booked != nil {
			r.returned = s.book(&movement{kind: "refund_failure", category: "refund_failure", amount: -r.booked.amount, currency: r.booked.currency, source: r.id, exchanged: r.booked.exchanged})
		}
	}
}

// Moved is how much of a payment has left, or is on its way, and not come back, in Stripe's units.
func (s *Server) Moved(payment string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var sum int64
	for _, r := range s.of(payment) {
		if r.moves() {
			sum += r.amount
		}
	}
	return sum
}

// Refunds are the ids of a payment's refunds, in the order in which they were made.
func (s *Server) Refunds(payment string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for _, r := range s.of(payment) {
		ids = append(ids, r.id)
	}
	return ids
}

func (s *Server) of(payment string) []*refund {
	var found []*refund
	for _, r := range s.refunds {
		if r.charge.id == payment || r.charge.intent != nil && r.charge.intent.id == payment {
			found = append(found, r)
		}
	}
	return found
}

func (r *refund) render() any {
	var of any
	if r.charge.intent != nil {
		of = r.charge.intent.id
	}
	body := map[string]any{
		"id": r.id, "object": "refund", "amount": r.amount, "charge": r.charge.id, "created": r.created, "currency": r.charge.currency,
		"metadata": r.metadata, "payment_intent": of, "reason": nil, "receipt_number": nil, "status": r.status, "balance_transaction": r.booked.reference(),
	}
	if r.reason != "" {
		body["failure_reason"], body["failure_balance_transaction"] = r.reason, r.returned.reference()
	}
	if r.status == "pending" {
		body["pending_reason"] = "processing"
	}
	return body
}
