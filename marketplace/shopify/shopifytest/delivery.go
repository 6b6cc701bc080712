package shopifytest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Delivery returns the headers and body with which the shop announces something about an order, signed: topics such as
// "orders/updated", "orders/edited", "refunds/create"; of "returns/request" and its like the number is the return's. The body has the fields by which the object is found, not all
// that Shopify sends. Each call is a new event.
func (s *Server) Delivery(topic, orderID string) (http.Header, []byte) {
	id := json.Number(orderID)
	content := map[string]any{"id": 1, "order_id": id}
	switch resource, event, _ := strings.Cut(topic, "/"); {
	case topic == "orders/edited":
		content = map[string]any{"order_edit": map[string]any{"id": 1, "order_id": id}}
	case resource == "returns":
		content = map[string]any{"id": id, "admin_graphql_api_id": "gid://shopify/Return/" + orderID}
	case resource == "orders" && event != "risk_assessment_changed":
		content = map[string]any{"id": id, "admin_graphql_api_id": "gid://shopify/Order/" + orderID, "updated_at": s.shop.Get(orderID)["updatedAt"]}
	}
	return s.deliver(topic, content)
}

// RefundDelivery announces a refund as Delivery does, by the number of its transaction.
func (s *Server) RefundDelivery(transaction string) (http.Header, []byte) {
	order, _ := s.transaction(transaction)
	return s.deliver("refunds/create", map[string]any{
		"id": 400_001, "order_id": json.Number(number(fmt.Sprint(order["id"]))),
		"transactions": []any{map[string]any{"id": json.Number(transaction), "kind": "refund"}},
	})
}

func (s *Server) deliver(topic string, content map[string]any) (http.Header, []byte) {
	body, err := json.Marshal(content)
	if err != nil {
		body = []byte("{}")
	}
	s.mu.Lock()
	s.deliveries++
	number := s.deliveries
	s.mu.Unlock()
	header := http.Header{}
	header.Set("Content-Type", "application/json")
	header.Set("X-Shopify-Topic", topic)
	header.Set("X-Shopify-Shop-Domain", s.Domain)
	header.Set("X-Shopify-Event-Id", fmt.Sprintf("event-%d", number))
	header.Set("X-Shopify-Webhook-Id", fmt.Sprintf("delivery-%d", number))
	header.Set("X-Shopify-Triggered-At", s.shop.Now().Format(time.RFC3339Nano))
	header.Set("X-Shopify-Hmac-Sha256", Sign(s.ClientSecret, body))
	return header, body
}

// Sign returns the signature of a body.
func Sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
