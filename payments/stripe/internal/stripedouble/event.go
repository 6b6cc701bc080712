package stripedouble

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/stripe/stripe-go/v84/webhook"
)

// Deliver is a delivery about a refund of a connected account, or of the own one, that was signed some time ago.
func (s *Server) Deliver(refund, account string, ago time.Duration) (http.Header, []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sign(ago, account, "refund.updated", s.find(refund).render())
}

// Ping is a delivery about something else.
func (s *Server) Ping() (http.Header, []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sign(0, "", "customer.created", map[string]any{"id": s.id("cus"), "object": "customer"})
}

func (s *Server) sign(ago time.Duration, account, kind string, object any) (http.Header, []byte) {
	event := map[string]any{
		"id": s.id("evt"), "object": "event", "api_version": "2026-02-25.clover", "created": s.now().Unix(), "type": kind, "livemode": false,
		"data": map[string]any{"object": object},
	}
	if account != "" {
		event["account"] = account
	}
	body, err := json.Marshal(event)
	if err != nil {
		return nil, nil
	}
	return Sign(body, Secret, time.Now().Add(-ago)), body
}

// Sign is the header of a delivery.
func Sign(body []byte, secret string, at time.Time) http.Header {
	signed := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: body, Secret: secret, Timestamp: at})
	return http.Header{"Stripe-Signature": {signed.Header}}
}
