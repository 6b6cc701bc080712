package stripedouble

import (
	"encoding/json"
	"net/url"
)

type movement struct {
	id, kind, category, currency, source string
	amount                               int64
	fees                                 []deduction
	exchanged                            bool
	created                              int64
	payout                               string
}

type deduction struct {
	kind   string
	amount int64
}

type dispute struct {
	id      string
	charge  *charge
	amount  int64
	created int64
}

type payout struct {
	id, currency, status, reconciliation, failure string
	automatic                                     bool
	amount, created                               int64
}

func (s *Server) book(m *movement) *movement {
	m.id, m.created = s.id("txn"), s.now().Unix()
	s.balance = append(s.balance, m)
	return m
}

// Book adds a movement that has nothing behind it: a fee, an adjustment, a reserve. The amount less the fee goes to the balance.
func (s *Server) Book(kind, category, currency string, amount, fee int64) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := &movement{kind: kind, category: category, currency: currency, amount: amount}
	if fee != 0 {
		m.fees = []deduction{{"stripe_fee", fee}}
	}
	return s.book(m).id
}

// Dispute takes the amount of a payment, and a fee, and returns the dispute's id.
func (s *Server) Dispute(payment string, fee int64) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.intents[payment].charge
	c.disputed = true
	d := &dispute{id: s.id("du"), charge: c, amount: c.captured, created: s.now().Unix()}
	s.disputes = append(s.disputes, d)
	s.book(&movement{
		kind: "adjustment", category: "dispute", currency: c.settled, amount: -settle(c, c.captured), source: d.id,
		fees: []deduction{{"stripe_fee", fee}}, exchanged: c.settled != c.currency,
	})
	return d.id
}

func (m *movement) fee() int64 {
	var sum int64
	for _, f := range m.fees {
		sum += f.amount
	}
	return sum
}

func (m *movement) reference() any {
	if m == nil {
		return nil
	}
	return m.id
}

// PayOut pays out the balance in a currency by schedule and returns the payout's id.
func (s *Server) PayOut(currency string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &payout{id: s.id("po"), currency: currency, status: "paid", reconciliation: "completed", automatic: true, created: s.now().Unix()}
	for _, m := range s.balance {
		if m.payout == "" && m.currency == currency {
			m.payout = p.id
			p.amount += m.amount - m.fee()
		}
	}
	s.book(&movement{kind: "payout", category: "payout", currency: currency, amount: -p.amount, source: p.id}).payout = p.id
	s.payouts = append(s.payouts, p)
	return p.id
}

// ReturnPayout has the bank send a payout back.
func (s *Server) ReturnPayout(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.payouts {
		if p.id == id {
			p.status, p.failure = "failed", "account_closed"
			s.book(&movement{kind: "payout_failure", category: "payout_reversal", currency: p.currency, amount: p.amount, source: p.id})
		}
	}
}

// Reopen makes a payout one that Stripe has not closed, or that was made by hand.
func (s *Server) Reopen(id string, byHand bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.payouts {
		if p.id == id {
			p.reconciliation, p.automatic = "in_progress", true
			if byHand {
				p.reconciliation, p.automatic = "not_applicable", false
			}
		}
	}
}

func (s *Server) listBalance(form url.Values) (any, *failure) {
	if failed := only(form, "payout", "limit", "starting_after", "ending_before", "created", "expand"); failed != nil {
		return nil, failed
	}
	var objects []listed
	for _, m := range s.balance {
		if of := form.Get("payout"); of == "" || of == m.payout {
			objects = append(objects, listed{id: m.id, created: m.created, render: func() any { return s.render(m, expands(form, "data.source")) }})
		}
	}
	return list(form, "/v1/balance_transactions", objects)
}

func (s *Server) render(m *movement, whole bool) any {
	details := []any{}
	for _, f := range m.fees {
		details = append(details, map[string]any{"amount": f.amount, "application": nil, "currency": m.currency, "description": nil, "type": f.kind})
	}
	var source, rate any
	if m.source != "" {
		source = m.source
	}
	if whole {
		source = s.object(m.source)
	}
	if m.exchanged {
		rate = json.RawMessage("0.9173")
	}
	return map[string]any{
		"id": m.id, "object": "balance_transaction", "amount": m.amount, "available_on": m.created, "created": m.created, "currency": m.currency,
		"description": nil, "exchange_rate": rate, "fee": m.fee(), "fee_details": details, "net": m.amount - m.fee(),
		"reporting_category": m.category, "source": source, "status": "available", "type": m.kind,
	}
}

// object is what a movement is about.
func (s *Server) object(id string) any {
	if c := s.charges[id]; c != nil {
		return c.render()
	}
	if r := s.find(id); r != nil {
		return r.render()
	}
	for _, d := range s.disputes {
		if d.id == id {
			var of any
			if d.charge.intent != nil {
				of = d.charge.intent.id
			}
			return map[string]any{
				"id": d.id, "object": "dispute", "amount": d.amount, "charge": d.charge.id, "created": d.created, "currency": d.charge.currency,
				"payment_intent": of, "reason": "fraudulent", "status": "needs_response",
			}
		}
	}
	for _, p := range s.payouts {
		if p.id == id {
			return p.render()
		}
	}
	return nil
}

func (s *Server) listPayouts(form url.Values) (any, *failure) {
	if failed := only(form, "limit", "starting_after", "ending_before", "created", "expand"); failed != nil {
		return nil, failed
	}
	var objects []listed
	for _, p := range s.payouts {
		objects = append(objects, listed{id: p.id, created: p.created, render: p.render})
	}
	return list(form, "/v1/payouts", objects)
}

func (s *Server) getPayout(id string) (any, *failure) {
	for _, p := range s.payouts {
		if p.id == id {
			return p.render(), nil
		}
	}
	return nil, missing("payout", id, "id")
}

func (p *payout) render() any {
	var failure any
	if p.failure != "" {
		failure = p.failure
	}
	return map[string]any{
		"id": p.id, "object": "payout", "amount": p.amount, "arrival_date": p.created + 86400, "automatic": p.automatic, "created": p.created,
		"currency": p.currency, "failure_code": failure, "reconciliation_status": p.reconciliation, "statement_descriptor": "SHOP " + p.id[len(p.id)-4:],
		"status": p.status, "type": "bank_account", "method": "standard", "livemode": false,
	}
}
