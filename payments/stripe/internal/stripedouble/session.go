package stripedouble

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// session is a Checkout Session.
type session struct {
	id, status, payment string // payment is the payment status
	currency, failure   string
	amount              int64
	intent              *intent
	metadata            map[string]string
	created, expires    int64
}

func (s *Server) createSession(form url.Values) (any, *failure) {
	if failed := only(form, "mode", "success_url", "client_reference_id", "line_items", "metadata", "payment_intent_data", "expires_at", "expand"); failed != nil {
		return nil, failed
	}
	wrong := func(param, message string) (any, *failure) {
		return nil, &failure{status: 400, kind: "invalid_request_error", param: param, early: true, message: message}
	}
	const price = "line_items[0][price_data]"
	amount, err := strconv.ParseInt(form.Get(price+"[unit_amount]"), 10, 64)
	switch {
	case form.Get("mode") != "payment":
		return wrong("mode", "Invalid mode")
	case !strings.HasPrefix(form.Get("success_url"), "https://"):
		return wrong("success_url", "Not a valid URL")
	case err != nil || amount < 1 || form.Get("line_items[0][quantity]") != "1":
		return wrong("line_items", "Invalid amount or quantity")
	case form.Get(price+"[product_data][name]") == "" || len(form.Get(price+"[currency]")) != 3 || len(form.Get("client_reference_id")) > 200:
		return wrong("line_items", "Missing name or currency")
	}
	now := s.now().Unix()
	made := &session{
		id: s.id("cs_test"), status: "open", payment: "unpaid", currency: form.Get(price + "[currency]"), amount: amount, metadata: metadata(form),
		created: now, expires: now + 24*60*60,
	}
	if text := form.Get("expires_at"); text != "" {
		made.expires, err = strconv.ParseInt(text, 10, 64)
		if err != nil || made.expires < now+30*60 || made.expires > now+24*60*60 {
			return wrong("expires_at", "The expires_at timestamp must be at least 30 minutes and less than 24 hours from Checkout Session creation.")
		}
	}
	s.sessions = append(s.sessions, made)
	return s.renderSession(made, form), nil
}

func (s *Server) getSession(id string, form url.Values) (any, *failure) {
	if failed := only(form, "expand"); failed != nil {
		return nil, failed
	}
	if found := s.session(id); found != nil {
		return s.renderSession(found, form), nil
	}
	return nil, missing("checkout.session", id, "id")
}

func (s *Server) expireSession(id string, form url.Values) (any, *failure) {
	found := s.session(id)
	switch {
	case found == nil:
		return nil, missing("checkout.session", id, "id")
	case found.status != "open":
		return nil, &failure{status: 400, kind: "invalid_request_error", message: "Only Checkout Sessions with a status in [\"open\"] can be expired."}
	}
	found.status = "expired"
	return s.renderSession(found, form), nil
}

func (s *Server) listSessions(form url.Values) (any, *failure) {
	if failed := only(form, "limit", "starting_after", "ending_before", "created"); failed != nil {
		return nil, failed
	}
	var objects []listed
	for _, one := range s.sessions {
		objects = append(objects, listed{id: one.id, created: one.created, render: func() any { return s.renderSession(s.session(one.id), nil) }})
	}
	return list(form, "/v1/checkout/sessions", objects)
}

// session is as it is now: its time may be over.
func (s *Server) session(id string) *session {
	at := slices.IndexFunc(s.sessions, func(one *session) bool { return one.id == id })
	if at < 0 {
		return nil
	}
	found := s.sessions[at]
	if found.status == "open" && s.now().Unix() >= found.expires {
		found.status = "expired"
	}
	return found
}

func (s *Server) renderSession(one *session, form url.Values) any {
	var address, payment any
	if one.status == "open" {
		address = "https://checkout.stripe.com/c/pay/" + one.id
	}
	if one.intent != nil {
		payment = one.intent.id
		if expands(form, "payment_intent.latest_charge") {
			object, _ := one.intent.render(true).(map[string]any)
			if one.failure != "" {
				object["last_payment_error"] = map[string]any{"type": "card_error", "code": one.failure}
			}
			payment = object
		}
	}
	return map[string]any{
		"id": one.id, "object": "checkout.session", "amount_total": one.amount, "created": one.created, "currency": one.currency, "expires_at": one.expires,
		"livemode": false, "metadata": one.metadata, "mode": "payment", "payment_intent": payment, "payment_status": one.payment, "status": one.status,
		"url": address,
	}
}

// PaySession has the buyer pay a Checkout Session.
func (s *Server) PaySession(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.session(id)
	if one == nil || one.payment == "paid" || one.status == "expired" {
		return
	}
	if one.intent == nil {
		one.intent = s.authorize(one.currency, one.amount)
	}
	s.take(one.intent, one.amount)
	one.status, one.payment = "complete", "paid"
}

// DebitSession has the buyer pay by a debit that takes days, and FailSession has his bank send it back.
func (s *Server) DebitSession(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.session(id)
	one.intent = s.authorize(one.currency, one.amount)
	one.intent.status, one.status = "processing", "complete"
}

// FailSession has the bank send a debit back.
func (s *Server) FailSession(id, code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.session(id)
	one.intent.status, one.failure = "requires_payment_method", code
}

// ExpireSession lets the time of a Checkout Session pass.
func (s *Server) ExpireSession(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one := s.session(id); one.status == "open" {
		one.status = "expired"
	}
}

// Sessions are the ids of those that can be paid, and of those that were.
func (s *Server) Sessions() (open, paid []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.sessions {
		switch one = s.session(one.id); {
		case one.status == "open":
			open = append(open, one.id)
		case one.payment == "paid":
			paid = append(paid, one.id)
		}
	}
	return open, paid
}

// DeliverSession is a delivery about a Checkout Session.
func (s *Server) DeliverSession(id, account string) (http.Header, []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sign(time.Duration(0), account, "checkout.session.completed", s.renderSession(s.session(id), nil))
}
