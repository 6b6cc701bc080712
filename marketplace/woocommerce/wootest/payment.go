package wootest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace/internal/fakeshop"
)

// Gateway is what the gateway of the payments does when the shop has it give money back.
type Gateway string

// What gateways do.
const (
	GatewayPays Gateway = "pays"
	// GatewayRefuses: the shop deletes the refund, and answers an error.
	GatewayRefuses Gateway = "refuses"
	// GatewayDies: it pays, and the process of the shop dies then: the refund stays as it was before, without its meta data.
	GatewayDies Gateway = "dies"
	// GatewayWarns: it pays, and a plugin of it prints a warning into the answer.
	GatewayWarns Gateway = "warns"
)

// PaidOrder returns the JSON of an order of one article, without tax and shipping, at the price in major units of the currency. It
// has no transaction of a gateway.
func PaidOrder(id int, currency, price, changed string) string {
	return fmt.Sprintf(`{"id":%[1]d,"number":"%[1]d","status":"completed","currency":%[2]q,
"date_created_gmt":"%[4]s","date_modified_gmt":"%[4]s","date_paid_gmt":"%[4]s","date_completed_gmt":"%[4]s",
"discount_total":"0","shipping_total":"0","total":%[3]q,"total_tax":"0","prices_include_tax":false,
"customer_id":%[1]d,"customer_note":"","payment_method":"card","transaction_id":"","created_via":"checkout",
"line_items":[{"id":%[1]d1,"name":"Voucher","product_id":0,"variation_id":0,"quantity":1,"sku":"V","subtotal":%[3]q,"subtotal_tax":"0","total":%[3]q,"total_tax":"0","taxes":[],"meta_data":[]}],
"shipping_lines":[],"tax_lines":[],"coupon_lines":[],"fee_lines":[],"refunds":[],"meta_data":[]}`, id, currency, price, changed)
}

// SetGateway sets what the gateway does from now on.
func (s *Server) SetGateway(gateway Gateway) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gateway = gateway
}

// Refunds are what was given back of an order, each in major units, the oldest first.
func (s *Server) Refunds(orderID string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var amounts []string
	for _, refund := range s.refunds[orderID] {
		var one struct {
			Amount string `json:"amount"`
		}
		if json.Unmarshal(refund, &one) == nil {
			amounts = append(amounts, one.Amount)
		}
	}
	return amounts
}

// refundRequest is what the shop reads of a request.
type refundRequest struct {
	Amount string `json:"amount"`
	Reason string `json:"reason"`
	// The shop takes both for true unless they say otherwise.
	Gateway *bool `json:"api_refund"`
	Restock *bool `json:"api_restock"`
	Lines   []struct {
		ID       json.Number `json:"id"`
		Quantity int         `json:"quantity"`
		Total    json.Number `json:"refund_total"`
		Taxes    []struct {
			ID    json.Number `json:"id"`
			Total json.Number `json:"refund_total"`
		} `json:"refund_tax"`
	} `json:"line_items"`
	Meta []metaChange `json:"meta_data"`
}

// makeRefund makes a refund as WooCommerce does: it is written down first, then the gateway pays, and its meta data comes last.
func (s *Server) makeRefund(w http.ResponseWriter, r *http.Request) {
	const cannot = "woocommerce_rest_cannot_create_order_refund"
	var body refundRequest
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&body) != nil {
		refuse(w, http.StatusBadRequest, "rest_invalid_param", "Invalid parameter(s)")
		return
	}
	orderID := r.PathValue("id")
	s.writing.Lock()
	defer s.writing.Unlock()
	order := s.shop.Get(orderID)
	if order == nil {
		refuse(w, http.StatusInternalServerError, "woocommerce_rest_invalid_order_id", "Invalid order ID.")
		return
	}
	left, err := decimal.Parse(fakeshop.Text(order, "total"))
	for _, given := range s.Refunds(orderID) {
		var before decimal.Decimal
		if before, err = decimal.Parse(given); err == nil {
			left, err = left.Sub(before)
		}
	}
	amount, bad := decimal.Parse(body.Amount)
	if err != nil || bad != nil || amount.IsNeg() || amount.Cmp(left) > 0 {
		refuse(w, http.StatusInternalServerError, cannot, "Invalid refund amount.")
		return
	}
	refund := map[string]any{
		"id": s.freshID(), "date_created_gmt": s.shop.Now().Format(naive), "amount": amount.String(), "reason": body.Reason, "refunded_payment": false,
		"meta_data": []any{}, "line_items": []any{}, "shipping_lines": []any{}, "fee_lines": []any{},
	}
	s.refundLines(orderID, order, body, refund)
	s.mu.Lock()
	gateway, at := s.gateway, len(s.refunds[orderID])
	s.mu.Unlock()
	put := func() {
		data, err := json.Marshal(refund)
		if err != nil {
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.refunds[orderID] = append(s.refunds[orderID][:at:at], data)
	}
	put()
	if body.Gateway == nil || *body.Gateway {
		switch gateway {
		case GatewayRefuses:
			s.mu.Lock()
			s.refunds[orderID] = s.refunds[orderID][:at]
			s.mu.Unlock()
			refuse(w, http.StatusInternalServerError, cannot, "The gateway declined.")
			return
		case GatewayDies:
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusBadGateway)
			_, _ = w.Write([]byte("<html>502 Bad Gateway</html>"))
			return
		}
		refund["refunded_payment"] = true
	}
	var meta []any
	for _, change := range body.Meta {
		meta = append(meta, map[string]any{"id": s.freshID(), "key": change.Key, "value": change.Value})
	}
	refund["meta_data"] = meta
	put()
	s.Change(orderID, func(order map[string]any) {
		list, _ := order["refunds"].([]any)
		order["refunds"] = append(list, map[string]any{"id": refund["id"], "total": "-" + amount.String()})
		if amount.Equal(left) {
			order["status"] = "refunded"
		}
	})
	w.WriteHeader(http.StatusCreated)
	if gateway == GatewayWarns {
		_, _ = w.Write([]byte("Warning: something in the gateway's plugin\n"))
	}
	write(w, refund)
}

// refundLines gives a refund the lines of a request, each under the list of its kind.
func (s *Server) refundLines(orderID string, order fakeshop.Object, body refundRequest, refund map[string]any) {
	negative := func(number json.Number) string { return strings.ReplaceAll("-"+number.String(), "--", "") }
	for _, line := range body.Lines {
		for _, list := range []string{"line_items", "shipping_lines", "fee_lines"} {
			items, _ := order[list].([]any)
			for _, one := range items {
				item, ok := one.(map[string]any)
				if !ok || fakeshop.Text(item, "id") != line.ID.String() {
					continue
				}
				tax, taxes := decimal.Zero, []any{}
				for _, part := range line.Taxes {
					if amount, err := decimal.Parse(part.Total.String()); err == nil {
						if sum, err := tax.Add(amount); err == nil {
							tax = sum
						}
					}
					taxes = append(taxes, map[string]any{"id": part.ID, "total": negative(part.Total)})
				}
				all, _ := refund[list].([]any)
				refund[list] = append(all, map[string]any{
					"id": s.freshID(), "quantity": -line.Quantity, "total": negative(line.Total), "total_tax": negative(json.Number(tax.String())), "taxes": taxes,
					"meta_data": []any{map[string]any{"id": s.freshID(), "key": "_refunded_item_id", "value": line.ID.String()}},
				})
				if body.Restock == nil || *body.Restock {
					s.rememberRestock(orderID, Refunded{LineID: number(line.ID.String()), Units: line.Quantity})
				}
			}
		}
	}
}
