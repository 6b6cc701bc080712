package medusatest

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace/internal/fakeshop"
)

// PaidOrder returns the JSON of an order of one article, without tax and shipping, at the price in major units of the currency
// ("eur"): paid if captured, else only authorised. Its payment has the id "<id>_pay".
func PaidOrder(id string, display int, currency, price string, captured bool, changed string) string {
	captures, status := "", "authorized"
	if captured {
		captures, status = fmt.Sprintf(`{"id":"%s_cap","created_at":%q,"amount":%s,"raw_amount":{"value":%[3]q,"precision":20}}`, id, changed, price), "completed"
	}
	return fmt.Sprintf(`{"id":%[1]q,"display_id":%[2]d,"status":"pending","version":1,"metadata":null,"created_at":%[3]q,"updated_at":%[3]q,
"email":"ada.%[2]d@example.com","currency_code":%[4]q,"total":%[5]s,"raw_total":{"value":%[5]q,"precision":20},"credit_line_total":0,
"items":[{"id":"%[1]s_i1","title":"Voucher","product_title":"Voucher","variant_id":"variant_V","variant_sku":"V","is_tax_inclusive":false,"unit_price":%[5]s,"raw_unit_price":{"value":%[5]q,"precision":20},"quantity":1,"created_at":%[3]q,"tax_lines":[],"adjustments":[],"detail":{"quantity":1,"fulfilled_quantity":0,"shipped_quantity":0}}],
"shipping_methods":[],"credit_lines":[],"fulfillments":[],
"payment_collections":[{"id":"%[1]s_pc","status":%[6]q,"updated_at":%[3]q,"payments":[{"id":"%[1]s_pay","provider_id":"pp_system_default","created_at":%[3]q,"canceled_at":null,"amount":%[5]s,"raw_amount":{"value":%[5]q,"precision":20},"captures":[%[7]s],"refunds":[]}]}]}`,
		id, display, changed, currency, price, status, captures)
}

// servePayments serves payments as Medusa does: an empty object for one that does not exist, partial captures, refunds that are made
// as often as they are asked for, and up to a cent more than was captured. A refund is made before what it means for the
// order: while a change of the order is open, it is answered with an error and made all the same.
func (s *Server) servePayments(mux *http.ServeMux) {
	mux.HandleFunc("GET /admin/payments/{payment}", func(w http.ResponseWriter, r *http.Request) {
		s.writing.Lock()
		defer s.writing.Unlock()
		order, payment := s.paymentOf(r.PathValue("payment"))
		if payment == nil {
			write(w, map[string]any{})
			return
		}
		write(w, map[string]any{"payment": map[string]any{"id": payment["id"], "payment_collection": map[string]any{"order": map[string]any{"id": order["id"]}}}})
	})
	mux.HandleFunc("POST /admin/payments/{payment}/capture", s.capture)
	mux.HandleFunc("POST /admin/payments/{payment}/refund", s.refund)
}

// Refunds are what was given back of a payment, each in major units, the oldest first.
func (s *Server) Refunds(payment string) []string {
	s.writing.Lock()
	defer s.writing.Unlock()
	_, found := s.paymentOf(payment)
	var amounts []string
	for _, refund := range objects(found["refunds"]) {
		amounts = append(amounts, money(refund, "amount").String())
	}
	return amounts
}

// OpenChange opens a change of an order, as a person does who edits it.
func (s *Server) OpenChange(order string) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.edits == nil {
		s.edits = map[string]*orderEdit{}
	}
	s.edits[order] = &orderEdit{quantities: map[string]int{}}
}

// paymentOf finds a payment in a copy of its order.
func (s *Server) paymentOf(id string) (order, payment map[string]any) {
	in := func(order map[string]any) map[string]any {
		for _, collection := range objects(order["payment_collections"]) {
			for _, one := range objects(collection["payments"]) {
				if one["id"] == id {
					return one
				}
			}
		}
		return nil
	}
	rows := s.shop.Rows(func(row fakeshop.Row) bool { return in(row.Order) != nil }, func(a, b fakeshop.Row) bool { return a.ID < b.ID })
	if len(rows) == 0 {
		return nil, nil
	}
	order = copied(rows[0].Order)
	return order, in(order)
}

// money reads an amount, exactly if Medusa's exact number is beside it.
func money(of map[string]any, key string) decimal.Decimal {
	if raw, ok := of["raw_"+key].(map[string]any); ok {
		if value, err := decimal.Parse(fakeshop.Text(raw, "value")); err == nil {
			return value
		}
	}
	text, err := json.Marshal(of[key])
	if err != nil {
		return decimal.Zero
	}
	value, err := decimal.Parse(string(text))
	if err != nil {
		return decimal.Zero
	}
	return value
}

func movedBy(payment map[string]any, list string) decimal.Decimal {
	sum := decimal.Zero
	for _, one := range objects(payment[list]) {
		if next, err := sum.Add(money(one, "amount")); err == nil {
			sum = next
		}
	}
	return sum
}

// moneyRequest is a body with an amount.
type moneyRequest struct {
	Amount *json.Number `json:"amount"`
	Note   *string      `json:"note"`
	Reason *string      `json:"refund_reason_id"`
}

// readMoney reads a request, as strictly as Medusa does: unknown fields and amounts that are not positive numbers are refused.
func readMoney(w http.ResponseWriter, r *http.Request) (moneyRequest, decimal.Decimal, bool) {
	var body moneyRequest
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&body); err != nil {
		refuse(w, http.StatusBadRequest, "invalid_data", "Invalid request: Unrecognized fields or types")
		return body, decimal.Zero, false
	}
	if body.Amount == nil {
		return body, decimal.Zero, true
	}
	amount, err := decimal.Parse(body.Amount.String())
	if err != nil || !amount.IsPos() {
		refuse(w, http.StatusBadRequest, "invalid_data", "Invalid request: Value for field 'amount' too small, expected greater than: '0'")
		return body, decimal.Zero, false
	}
	return body, amount, true
}

func (s *Server) capture(w http.ResponseWriter, r *http.Request) {
	body, amount, ok := readMoney(w, r)
	if !ok {
		return
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	order, payment := s.paymentOf(r.PathValue("payment"))
	switch {
	case payment == nil:
		refuse(w, http.StatusNotFound, "not_found", "Payment with id: "+r.PathValue("payment")+" was not found")
		return
	case payment["canceled_at"] != nil:
		refuse(w, http.StatusBadRequest, "invalid_data", "The payment: "+fakeshop.Text(payment, "id")+" has been canceled.")
		return
	case body.Amount == nil:
		amount = money(payment, "amount")
	}
	total, err := movedBy(payment, "captures").Add(amount)
	if err != nil || total.Round(2).Cmp(money(payment, "amount").Round(2)) > 0 {
		refuse(w, http.StatusBadRequest, "invalid_data", "You cannot capture more than the authorized amount substracted by what is already captured.")
		return
	}
	s.book(order, payment, "captures", "capt", amount, "")
	write(w, map[string]any{"payment": map[string]any{"id": payment["id"]}})
}

func (s *Server) refund(w http.ResponseWriter, r *http.Request) {
	body, amount, ok := readMoney(w, r)
	if !ok {
		return
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	order, payment := s.paymentOf(r.PathValue("payment"))
	switch {
	case payment == nil:
		refuse(w, http.StatusNotFound, "not_found", "Payment id not found: "+r.PathValue("payment"))
		return
	case body.Reason != nil && *body.Reason != "refr_goodwill":
		refuse(w, http.StatusNotFound, "not_found", "RefundReason id not found: "+*body.Reason)
		return
	case body.Amount == nil:
		amount = money(payment, "amount")
	}
	refunded, err := movedBy(payment, "refunds").Add(amount)
	if err == nil {
		refunded, err = refunded.Sub(movedBy(payment, "captures"))
	}
	// Medusa allows for a cent.
	if err != nil || refunded.Cmp(decimal.MustNew(1, 2)) > 0 {
		refuse(w, http.StatusBadRequest, "invalid_data", "You are not allowed to refund more than the captured amount")
		return
	}
	note := ""
	if body.Note != nil {
		note = *body.Note
	}
	id := fakeshop.Text(order, "id")
	s.book(order, payment, "refunds", "ref", amount, note)
	if s.edits[id] != nil || s.openChange(id) != nil {
		refuse(w, http.StatusBadRequest, "invalid_data", "Order ("+id+") already has an existing active order change")
		return
	}
	write(w, map[string]any{"payment": map[string]any{"id": payment["id"]}})
}

// book adds a capture or a refund to a payment. The time of the order stays, as in Medusa after most of them; that of the
// collection moves.
func (s *Server) book(order, payment map[string]any, list, prefix string, amount decimal.Decimal, note string) {
	s.mu.Lock()
	s.money++
	number := s.money
	s.mu.Unlock()
	now := s.shop.Now().Format(millis)
	text := amount.Trim(0).String()
	moved := map[string]any{
		"id": fmt.Sprintf("%s_%05d", prefix, number), "created_at": now, "amount": json.Number(text),
		"raw_amount": map[string]any{"value": text, "precision": 20},
	}
	if note != "" {
		moved["note"] = note
	}
	all, _ := payment[list].([]any)
	payment[list] = append(all, moved)
	for _, collection := range objects(order["payment_collections"]) {
		collection["updated_at"] = now
	}
	s.ChangeSilently(fakeshop.Text(order, "id"), func(now map[string]any) { now["payment_collections"] = order["payment_collections"] })
}
