package medusatest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
)

// Delivery returns the headers and body with which the subscriber of examples/medusa-webhooks announces
// an event of an order ("order.placed", "payment.refunded"), signed. Each call is a new delivery.
func (s *Server) Delivery(event, orderID string) (http.Header, []byte) {
	return s.deliver(event, map[string]any{"id": orderID, "order_id": orderID})
}

// RefundDelivery announces the refunds of a payment as Delivery does.
func (s *Server) RefundDelivery(payment string) (http.Header, []byte) {
	s.writing.Lock()
	order, found := s.paymentOf(payment)
	s.writing.Unlock()
	ids := []any{}
	for _, refund := range objects(found["refunds"]) {
		ids = append(ids, refund["id"])
	}
	return s.deliver("payment.refunded", map[string]any{"id": payment, "order_id": order["id"], "refund_ids": ids})
}

// ReturnDelivery announces a return, which a shopper asked for, as Delivery does.
func (s *Server) ReturnDelivery(returned string) (http.Header, []byte) {
	s.writing.Lock()
	order, _ := s.returnOf(returned)
	s.writing.Unlock()
	return s.deliver("order.return_requested", map[string]any{"order_id": order, "return_id": returned})
}

func (s *Server) deliver(event string, data map[string]any) (http.Header, []byte) {
	body, err := json.Marshal(map[string]any{"name": event, "data": data})
	if err != nil {
		body = []byte("{}")
	}
	s.mu.Lock()
	s.deliveries++
	number := s.deliveries
	s.mu.Unlock()
	return Sign(s.WebhookSecret, event, fmt.Sprintf("delivery-%d", number), body), body
}

// Sign returns the headers of a delivery.
func Sign(secret, event, delivery string, body []byte) http.Header {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	header := http.Header{}
	header.Set("Content-Type", "application/json")
	header.Set("X-Medusa-Event", event)
	header.Set("X-Medusa-Delivery", delivery)
	header.Set("X-Medusa-Signature", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	return header
}
