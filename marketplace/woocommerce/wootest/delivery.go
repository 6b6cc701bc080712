package wootest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
)

// Delivery returns the headers and body with which the shop announces a change of an order, signed. The
// topic is one such as "order.updated". Each call is a new delivery, but the same state of an order
// gives the same body.
func (s *Server) Delivery(topic, orderID string) (http.Header, []byte) {
	body, err := json.Marshal(s.shop.Get(orderID))
	if err != nil {
		body = []byte("{}")
	}
	mac := hmac.New(sha256.New, []byte(s.WebhookSecret))
	mac.Write(body)
	header := http.Header{}
	header.Set("Content-Type", "application/json")
	header.Set("X-WC-Webhook-Topic", topic)
	header.Set("X-WC-Webhook-Resource", "order")
	header.Set("X-WC-Webhook-ID", "1")
	header.Set("X-WC-Webhook-Delivery-ID", fmt.Sprintf("delivery-%d", s.freshID()))
	header.Set("X-WC-Webhook-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return header, body
}

// Ping returns the unsigned request that WooCommerce sends when a webhook is saved.
func (s *Server) Ping() (http.Header, []byte) {
	header := http.Header{}
	header.Set("Content-Type", "application/x-www-form-urlencoded")
	return header, []byte("webhook_id=1")
}
