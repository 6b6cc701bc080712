package stripedouble

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

type intent struct {
	id, currency, status string
	amount, received     int64
	charge               *charge
	metadata             map[string]string
	created              int64
}

type charge struct {
	id, currency       string
	intent             *intent
	amount             int64
	captured, refunded int64
	isCaptured         bool
	disputed           bool
	metadata           map[string]string
	created            int64
	settled            string // the currency of the balance it goes to, and how much of it
	settledAmount      int64
}

// Authorize adds a payment that is authorised, in Stripe's units and lower-case currency, and returns its PaymentIntent.
func (s *Server) Authorize(currency string, amount int64) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.authorize(currency, amount).id
}

func (s *Server) authorize(currency string, amount int64) *intent {
	i := &intent{id: s.id("pi"), currency: currency, amount: amount, status: "requires_capture", metadata: map[string]string{}, created: s.now().Unix()}
	i.charge = &charge{
		id: s.id("ch"), intent: i, currency: currency, amount: amount, metadata: map[string]string{"order_id": "1001"}, created: i.created,
		settled: currency,
	}
	s.intents[i.id], s.charges[i.charge.id] = i, i.charge
	return i
}

// Pay adds a captured payment and returns its PaymentIntent.
func (s *Server) Pay(currency string, amount int64) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.authorize(currency, amount)
	s.take(i, amount)
	return i.id
}

// PayExchanged adds a payment that goes to the balance in another currency.
func (s *Server) PayExchanged(currency string, amount int64, settled string, settledAmount int64) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.authorize(currency, amount)
	i.charge.settled, i.charge.settledAmount = settled, settledAmount
	s.take(i, amount)
	return i.id
}

// Charge is the charge of a PaymentIntent.
func (s *Server) Charge(intent string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.intents[intent].charge.id
}

// PayWithoutIntent adds a captured charge as the old API made them.
func (s *Server) PayWithoutIntent(currency string, amount int64) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.authorize(currency, amount)
	s.take(i, amount)
	i.charge.intent = nil
	delete(s.intents, i.id)
	return i.charge.id
}

// take captures. Stripe books the whole amount and takes the rest of a capture in part back, which it counts as refunded. What it
// charges is 1.5 % and 25 units, and a fifth of that as tax.
func (s *Server) take(i *intent, amount int64) {
	c := i.charge
	i.received, i.status = amount, "succeeded"
	c.captured, c.isCaptured = amount, true
	gross := settle(c, c.amount)
	fee := gross*15/1000 + 25
	s.book(&movement{
		kind: "charge", category: "charge", amount: gross, currency: c.settled, source: c.id,
		fees: []deduction{{"stripe_fee", fee}, {"tax", fee / 5}}, exchanged: c.settled != c.currency,
	})
	rest := c.amount - amount
	if rest == 0 {
		return
	}
	r := &refund{id: s.id("re"), status: "succeeded", charge: c, amount: rest, metadata: map[string]string{}, created: s.now().Unix(), release: true}
	r.booked = s.book(&movement{
		kind: "refund", category: "partial_capture_reversal", amount: -settle(c, rest), currency: c.settled, source: r.id,
		fees: []deduction{{"stripe_fee", -(settle(c, rest) * 15 / 1000)}}, exchanged: c.settled != c.currency,
	})
	c.refunded += rest
	s.refunds = append(s.refunds, r)
}

func (s *Server) getIntent(id string, form url.Values) (any, *failure) {
	if failed := only(form, "expand"); failed != nil {
		return nil, failed
	}
	i := s.intents[id]
	if i == nil {
		return nil, missing("payment_intent", id, "intent")
	}
	return i.render(expands(form, "latest_charge")), nil
}

func (s *Server) getCharge(id string) (any, *failure) {
	c := s.charges[id]
	if c == nil {
		return nil, missing("charge", id, "id")
	}
	return c.render(), nil
}

func (s *Server) capture(id string, form url.Values) (any, *failure) {
	if failed := only(form, "amount_to_capture", "metadata", "expand"); failed != nil {
		return nil, failed
	}
	i := s.intents[id]
	if i == nil {
		return nil, missing("payment_intent", id, "intent")
	}
	amount, failed := number(form, "amount_to_capture")
	switch {
	case failed != nil:
		return nil, failed
	case i.status != "requires_capture":
		return nil, unexpected(i, "captured")
	case amount > i.amount:
		return nil, &failure{status: 400, kind: "invalid_request_error", code: "amount_too_large", param: "amount_to_capture", message: "The amount_to_capture is greater than the remaining amount you can capture"}
	}
	for key, value := range metadata(form) {
		i.metadata[key] = value
	}
	s.take(i, amount)
	return i.render(expands(form, "latest_charge")), nil
}

func (s *Server) cancel(id string, form url.Values) (any, *failure) {
	if failed := only(form, "cancellation_reason", "expand"); failed != nil {
		return nil, failed
	}
	i := s.intents[id]
	switch {
	case i == nil:
		return nil, missing("payment_intent", id, "intent")
	case i.status != "requires_capture":
		return nil, unexpected(i, "canceled")
	}
	i.status, i.charge.refunded = "canceled", i.charge.amount
	return i.render(expands(form, "latest_charge")), nil
}

func unexpected(i *intent, done string) *failure {
	return &failure{status: 400, kind: "invalid_request_error", code: "payment_intent_unexpected_state",
		message: fmt.Sprintf("This PaymentIntent could not be %s because it has a status of %s.", done, i.status)}
}

// number reads a positive whole number.
func number(form url.Values, name string) (int64, *failure) {
	value, err := strconv.ParseInt(form.Get(name), 10, 64)
	if err != nil || value < 1 {
		return 0, &failure{status: 400, kind: "invalid_request_error", code: "parameter_invalid_integer", param: name, early: true, message: "Invalid positive integer"}
	}
	return value, nil
}

func (i *intent) render(whole bool) any {
	var latest any = i.charge.id
	if whole {
		latest = i.charge.render()
	}
	capturable := int64(0)
	if i.status == "requires_capture" {
		capturable = i.amount
	}
	return map[string]any{
		"id": i.id, "object": "payment_intent", "amount": i.amount, "amount_capturable": capturable, "amount_received": i.received,
		"capture_method": "manual", "client_secret": i.id + "_secret_" + strings.Repeat("x", 8), "created": i.created, "currency": i.currency,
		"latest_charge": latest, "livemode": false, "metadata": i.metadata, "status": i.status,
	}
}

func (c *charge) render() any {
	var of any
	if c.intent != nil {
		of = c.intent.id
	}
	captured := c.isCaptured
	return map[string]any{
		"id": c.id, "object": "charge", "amount": c.amount, "amount_captured": c.captured, "amount_refunded": c.refunded, "captured": captured,
		"created": c.created, "currency": c.currency, "disputed": c.disputed, "livemode": false, "metadata": c.metadata, "paid": true,
		"payment_intent": of, "refunded": c.refunded == c.amount, "status": "succeeded",
	}
}
