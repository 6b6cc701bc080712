package generic_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/returns"
	"github.com/retailsync/retailsync/returns/returnstest/fake"
)

type object = map[string]any

// service is a returns service over HTTP whose returns a fake platform keeps.
type service struct {
	*httptest.Server
	fake *fake.Platform

	mu      sync.Mutex
	corrupt map[string]bool
	// keys are the idempotency keys that were sent.
	keys []string
}

func newService(t *testing.T, handler func(*service) http.Handler) *service {
	t.Helper()
	s := &service{fake: fake.New(canonical.Channel{Name: "inside", Account: "x"}), corrupt: map[string]bool{}}
	s.Server = httptest.NewServer(handler(s))
	t.Cleanup(s.Close)
	return s
}

func (s *service) spoil(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.corrupt[id] = true
}

// qty is a quantity of a return, or something else where the return is corrupt.
func (s *service) qty(id string, qty decimal.Decimal) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.corrupt[id] {
		return object{"of": "Ada Lovelace"}
	}
	return json.Number(qty.String())
}

// changed are all returns that changed at or after a time, the oldest change first.
func (s *service) changed(since time.Time) []canonical.Return {
	var all []canonical.Return
	for query := (returns.Query{Since: since}); ; {
		page, err := s.fake.ListReturns(context.Background(), query)
		if err != nil {
			return all
		}
		for _, fetched := range page.Returns {
			all = append(all, fetched.Return)
		}
		if query.Cursor = page.Cursor; !page.More {
			return all
		}
	}
}

func write(w http.ResponseWriter, status int, content any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(content)
}

func status(err error) int {
	switch marketplace.CodeOf(err) {
	case "":
		return http.StatusOK
	case marketplace.CodeNotFound:
		return http.StatusNotFound
	case marketplace.CodeConflict:
		return http.StatusConflict
	default:
		return http.StatusUnprocessableEntity
	}
}

// reverse are the words of a service by ours.
func reverse[K ~string](words map[string]K) map[K]string {
	by := map[K]string{}
	for word, ours := range words {
		by[ours] = word
	}
	return by
}

func word[K ~string](words map[string]K, ours K, raw string) string {
	if known, ok := reverse(words)[ours]; ok {
		return known
	}
	return raw
}

func line(state canonical.Return, id string) canonical.ReturnLine {
	for _, l := range state.Lines {
		if l.ID == id {
			return l
		}
	}
	return canonical.ReturnLine{}
}

// The words of the style of AfterShip.
var (
	asResolutions = map[string]canonical.Resolution{
		"refund_to_original_payment": "refund", "refund_to_store_credit": "store_credit", "refund_to_gift_card": "gift_card", "exchange_for_anything": "exchange_other",
	}
	asGrades = map[string]canonical.Disposition{
		"resellable": "sellable", "damaged": "damaged", "refurbish": "refurbish", "missing": "missing", "wrong_item": "wrong_item",
	}
)

const (
	asKey    = "asat_0123456789abcdef"
	asSecret = "as-webhook-secret"
)

// aftership answers in the style of AfterShip Returns.
func aftership(s *service) http.Handler {
	mux := http.NewServeMux()
	ok := object{"code": 20000, "type": "OK"}
	reply := func(w http.ResponseWriter, err error, data any) {
		if err != nil {
			write(w, status(err), object{"meta": object{"code": 42200, "message": "refused"}, "data": object{}})
			return
		}
		write(w, http.StatusOK, object{"meta": ok, "data": data})
	}
	mux.HandleFunc("GET /returns", func(w http.ResponseWriter, r *http.Request) {
		query := returns.Query{Cursor: marketplace.Cursor(r.URL.Query().Get("cursor"))}
		query.Limit, _ = strconv.Atoi(r.URL.Query().Get("limit"))
		if since := r.URL.Query().Get("updated_at_min"); since != "" {
			query.Since, _ = time.Parse(time.RFC3339Nano, since)
		}
		page, err := s.fake.ListReturns(r.Context(), query)
		list := []object{}
		for _, fetched := range page.Returns {
			list = append(list, s.asReturn(fetched.Return))
		}
		next := ""
		if page.More {
			next = string(page.Cursor)
		}
		reply(w, err, object{"returns": list, "pagination": object{"next_cursor": next}})
	})
	mux.HandleFunc("GET /returns/{id}", func(w http.ResponseWriter, r *http.Request) {
		state, err := s.fake.GetReturn(r.Context(), r.PathValue("id"))
		reply(w, err, s.asReturn(state))
	})
	mux.HandleFunc("POST /returns/{id}/{action}", func(w http.ResponseWriter, r *http.Request) {
		if key := r.Header.Get("Idempotency-Key"); key != "" {
			s.mu.Lock()
			s.keys = append(s.keys, key)
			s.mu.Unlock()
		}
		id := r.PathValue("id")
		var body struct {
			Reason, Reference string
			Items             []struct {
				ExternalID string `json:"external_id"`
				Quantity   decimal.Decimal
				Grade, Lot string
			}
		}
		if data, _ := io.ReadAll(r.Body); len(data) > 0 {
			if err := json.Unmarshal(data, &body); err != nil {
				write(w, http.StatusBadRequest, object{"meta": object{"code": 40000, "message": "not JSON"}})
				return
			}
		}
		state, _ := s.fake.Return(id)
		var err error
		switch r.PathValue("action") {
		case "approve":
			err = s.fake.ApproveReturn(r.Context(), returns.Decision{ReturnID: id, Reference: "x"})
		case "reject":
			err = s.fake.DeclineReturn(r.Context(), returns.Decision{ReturnID: id, Reason: body.Reason})
		case "shipments":
			_, err = s.fake.IssueLabel(r.Context(), returns.LabelRequest{ReturnID: id, Reference: body.Reference})
		case "resolve":
			err = s.fake.CloseReturn(r.Context(), returns.Closing{ReturnID: id})
		case "receive-items":
			report := returns.Receipt{ReturnID: id}
			for _, item := range body.Items {
				qty := item.Quantity
				for _, u := range line(state, item.ExternalID).Received {
					if u.Disposition != canonical.DispositionMissing {
						qty, _ = qty.Add(u.Qty)
					}
				}
				report.Lines = append(report.Lines, returns.DecidedLine{ID: item.ExternalID, Qty: qty})
			}
			err = s.fake.ReportReceived(r.Context(), report)
		case "gradings":
			found := map[string][]canonical.ReceivedUnits{}
			for _, item := range body.Items {
				if _, begun := found[item.ExternalID]; !begun {
					found[item.ExternalID] = graded(line(state, item.ExternalID).Received)
				}
				found[item.ExternalID] = append(found[item.ExternalID], canonical.ReceivedUnits{Qty: item.Quantity, Disposition: asGrades[item.Grade], Lot: item.Lot})
			}
			report := returns.Inspection{ReturnID: id}
			for lineID, units := range found {
				report.Lines = append(report.Lines, returns.InspectedLine{ID: lineID, Found: units})
			}
			err = s.fake.ReportInspected(r.Context(), report)
		default:
			write(w, http.StatusNotFound, object{"meta": object{"code": 40400}})
			return
		}
		reply(w, err, object{})
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("as-api-key") != asKey {
			write(w, http.StatusUnauthorized, object{"meta": object{"code": 40100, "message": "The API key is invalid."}})
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// graded are the units that were looked at.
func graded(units []canonical.ReceivedUnits) []canonical.ReceivedUnits {
	return slices.DeleteFunc(slices.Clone(units), func(u canonical.ReceivedUnits) bool { return u.Disposition == canonical.DispositionPending })
}

func (s *service) asReturn(r canonical.Return) object {
	approval := map[canonical.ReturnApproval]string{"requested": "submitted", "approved": "approved", "declined": "rejected", "expired": "expired"}[r.Approval]
	if r.Closed {
		approval = "done"
	}
	if r.RawStatus != "" {
		approval = r.RawStatus
	}
	money := func(a canonical.Amount) object { return object{"amount": a.Shop.String(), "currency": r.Currency} }
	items := []object{}
	for _, l := range r.Lines {
		item := object{
			"item_id": l.ID, "external_order_item_id": l.OrderLineID, "sku": l.SKU, "return_quantity": s.qty(r.Key.ID, l.Qty),
			"return_reason": l.Reason, "resolution": word(asResolutions, l.Resolution, l.RawResolution), "green_return": l.KeepItem,
			"receivings": []object{}, "gradings": []object{},
		}
		if l.RefundKnown {
			item["refund"] = money(l.Refund)
		}
		for _, fee := range r.Fees {
			if fee.ReturnLineID == l.ID {
				item["restocking_fee"] = money(fee.Amount)
			}
		}
		var receivings, gradings []object
		for _, u := range l.Received {
			if u.Disposition != canonical.DispositionMissing && u.RawDisposition == "" {
				receivings = append(receivings, object{"quantity": json.Number(u.Qty.String())})
			}
			if u.Disposition != canonical.DispositionPending || u.RawDisposition != "" {
				gradings = append(gradings, object{"quantity": json.Number(u.Qty.String()), "grade": word(asGrades, u.Disposition, u.RawDisposition), "lot": u.Lot, "location": u.Location})
			}
		}
		item["receivings"], item["gradings"] = receivings, gradings
		items = append(items, item)
	}
	shipments := []object{}
	for _, p := range r.Parcels {
		shipments = append(shipments, object{"id": p.ID, "courier_slug": p.Carrier, "tracking_number": p.TrackingNumber, "tracking_url": p.TrackingURL})
	}
	exchange := []object{}
	for _, e := range r.Exchange {
		exchange = append(exchange, object{"item_id": e.ID, "for_item_id": e.ReturnLineID, "sku": e.SKU, "title": e.Title, "quantity": json.Number(e.Qty.String()),
			"net": money(e.Total), "tax": money(e.Taxes[0].Amount), "order_external_id": e.OrderID})
	}
	out := object{
		"id": r.Key.ID, "rma_number": r.Number, "filed_by": "shopper", "approval_status": approval, "rejected_reason": r.DeclineReason,
		"created_at": r.RequestedAt.Format(time.RFC3339Nano), "updated_at": r.Revision.UpdatedAt.Format(time.RFC3339Nano),
		"order":        object{"external_id": r.Order.ID, "order_name": r.OrderNumber, "currency": r.Currency, "customer": object{"name": "Ada Lovelace", "emails": []string{"ada@example.com"}}},
		"return_items": items, "shipments": shipments, "exchange_items": exchange,
	}
	if r.RefundKnown {
		out["estimated_refund_total"] = money(r.Refund)
	}
	return out
}

func (s *service) asDelivery(id string) (http.Header, []byte) {
	state, _ := s.fake.Return(id)
	body, _ := json.Marshal(object{"id": "ev-" + id + state.Revision.UpdatedAt.Format("150405.000"), "event": "return.approved",
		"created_at": state.Revision.UpdatedAt.Format(time.RFC3339Nano), "data": s.asReturn(state)})
	return asSign(body)
}

func asSign(body []byte) (http.Header, []byte) {
	mac := hmac.New(sha256.New, []byte(asSecret))
	mac.Write(body)
	header := http.Header{}
	header.Set("as-signature-hmac-sha256", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return header, body
}

// The words of the other style.
var (
	rmaOutcomes = map[string]canonical.Resolution{"money": "refund", "credit": "store_credit", "swap": "exchange_other"}
	rmaGrades   = map[string]canonical.Disposition{"counted": "pending", "A": "sellable", "B": "refurbish", "C": "damaged", "lost": "missing", "other": "wrong_item"}
)

const (
	rmaUser   = "key-7f3a91"
	rmaToken  = "rma-signing-key-0123"
	rmaSecret = "rma-webhook-secret"
)

// rma answers in the other style. Pages are "page", "offset" or "link".
func rma(pages string, newest bool) func(*service) http.Handler {
	return func(s *service) http.Handler {
		mux := http.NewServeMux()
		reply := func(w http.ResponseWriter, err error, data any) {
			if err != nil {
				write(w, status(err), object{"errors": []object{{"message": "refused"}}})
				return
			}
			write(w, http.StatusOK, data)
		}
		mux.HandleFunc("GET /v1/rmas", func(w http.ResponseWriter, r *http.Request) {
			query := r.URL.Query()
			var since time.Time
			if ms, err := strconv.ParseInt(query.Get("changedSince"), 10, 64); err == nil {
				since = time.UnixMilli(ms)
			}
			size, _ := strconv.Atoi(query.Get("perPage"))
			from, _ := strconv.Atoi(query.Get("offset"))
			if pages != "offset" {
				page, _ := strconv.Atoi(query.Get("page"))
				from = (max(page, 1) - 1) * size
			}
			all := s.changed(since)
			if newest {
				slices.Reverse(all)
			}
			list := []object{}
			for i := from; i < min(from+size, len(all)); i++ {
				if pages == "link" {
					list = append(list, object{"rmaId": all[i].Key.ID, "changed": all[i].Revision.UpdatedAt.UnixMilli()})
					continue
				}
				list = append(list, s.rmaReturn(all[i]))
			}
			if pages == "link" && from+size < len(all) {
				query.Set("page", strconv.Itoa(from/size+2))
				w.Header().Add("Link", fmt.Sprintf(`<%s/v1/rmas?page=1>; rel="first", <%s/v1/rmas?%s>; rel="next"`, s.URL, s.URL, query.Encode()))
			}
			write(w, http.StatusOK, list)
		})
		mux.HandleFunc("GET /v1/rmas/{id}", func(w http.ResponseWriter, r *http.Request) {
			state, err := s.fake.GetReturn(r.Context(), r.PathValue("id"))
			reply(w, err, s.rmaReturn(state))
		})
		type request struct {
			Why   string
			Total decimal.Decimal
			Items []struct{ ID, Quantity string }
		}
		handle := func(pattern string, do func(*http.Request, string, request) error) {
			mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
				var body request
				if data, _ := io.ReadAll(r.Body); len(data) > 0 {
					if err := json.Unmarshal(data, &body); err != nil {
						write(w, http.StatusBadRequest, object{"errors": []object{{"message": "not JSON"}}})
						return
					}
				}
				if err := do(r, r.PathValue("id"), body); err != nil {
					reply(w, err, nil)
					return
				}
				w.WriteHeader(http.StatusNoContent)
			})
		}
		handle("PUT /v1/rmas/{id}/authorization", func(r *http.Request, id string, body request) error {
			decision := returns.Decision{ReturnID: id, Reference: "x"}
			for _, item := range body.Items {
				qty, err := decimal.Parse(item.Quantity)
				if err != nil {
					return err
				}
				decision.Lines = append(decision.Lines, returns.DecidedLine{ID: item.ID, Qty: qty})
			}
			return s.fake.ApproveReturn(r.Context(), decision)
		})
		handle("DELETE /v1/rmas/{id}/authorization", func(r *http.Request, id string, body request) error {
			return s.fake.DeclineReturn(r.Context(), returns.Decision{ReturnID: id, Reason: body.Why})
		})
		handle("POST /v1/rmas/{id}/labels", func(r *http.Request, id string, _ request) error {
			_, err := s.fake.IssueLabel(r.Context(), returns.LabelRequest{ReturnID: id})
			return err
		})
		handle("PATCH /v1/rmas/{id}", func(r *http.Request, id string, _ request) error {
			return s.fake.CloseReturn(r.Context(), returns.Closing{ReturnID: id})
		})
		handle("PUT /v1/rmas/{id}/items/{line}/arrived", func(r *http.Request, id string, body request) error {
			return s.fake.ReportReceived(r.Context(), returns.Receipt{ReturnID: id, Lines: []returns.DecidedLine{{ID: r.PathValue("line"), Qty: body.Total}}})
		})
		handle("PUT /v1/rmas/{id}/items/{line}/units/{condition}", func(r *http.Request, id string, body request) error {
			state, _ := s.fake.Return(id)
			disposition := rmaGrades[r.PathValue("condition")]
			found := slices.DeleteFunc(graded(line(state, r.PathValue("line")).Received), func(u canonical.ReceivedUnits) bool { return u.Disposition == disposition })
			found = append(found, canonical.ReceivedUnits{Qty: body.Total, Disposition: disposition})
			return s.fake.ReportInspected(r.Context(), returns.Inspection{ReturnID: id, Lines: []returns.InspectedLine{{ID: r.PathValue("line"), Found: found}}})
		})
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(strings.NewReader(string(body)))
			at := r.Header.Get("X-Timestamp")
			seconds, _ := strconv.ParseInt(at, 10, 64)
			mac := hmac.New(sha512.New, []byte(rmaToken))
			fmt.Fprintf(mac, "%s\n%s\n%s\n%s\n%s", r.Method, r.URL.EscapedPath(), r.URL.RawQuery, at, body)
			if r.Header.Get("Authorization") != "RMA "+hex.EncodeToString(mac.Sum(nil)) || r.Header.Get("X-Key-Id") != rmaUser ||
				r.Header.Get("X-Shop") != "example" || time.Since(time.Unix(seconds, 0)).Abs() > time.Minute {
				write(w, http.StatusUnauthorized, object{"errors": []object{{"message": "bad signature"}}})
				return
			}
			mux.ServeHTTP(w, r)
		})
	}
}

func (s *service) rmaReturn(r canonical.Return) object {
	exponent, _ := r.Currency.Exponent()
	minor := func(a canonical.Amount) any {
		whole, err := a.Shop.Mul(decimal.MustNew([]int64{1, 10, 100, 1000}[exponent], 0))
		if err != nil {
			return "too large"
		}
		return json.Number(whole.Trim(0).String())
	}
	status := map[canonical.ReturnApproval]string{"requested": "Pending", "approved": "Authorized", "declined": "Denied", "cancelled": "Void"}[r.Approval]
	if r.RawStatus != "" {
		status = r.RawStatus
	}
	items := []object{}
	for _, l := range r.Lines {
		item := object{
			"itemId": l.ID, "product": object{"sku": l.SKU}, "quantity": s.qty(r.Key.ID, l.Qty), "outcome": word(rmaOutcomes, l.Resolution, l.RawResolution),
		}
		if l.RefundKnown {
			item["money"] = object{"refund": minor(l.Refund)}
		}
		units := []object{}
		for _, u := range l.Received {
			condition := word(rmaGrades, u.Disposition, u.RawDisposition)
			if u.RawDisposition != "" && u.Disposition == canonical.DispositionPending {
				condition = u.RawDisposition
			}
			units = append(units, object{"count": u.Qty.String(), "condition": condition})
		}
		item["units"] = units
		items = append(items, item)
	}
	labels := []object{}
	for _, p := range r.Parcels {
		labels = append(labels, object{"labelId": p.ID, "trackingNumber": p.TrackingNumber})
	}
	money := object{"currency": strings.ToLower(string(r.Currency))}
	if r.RefundKnown {
		money["refund"] = minor(r.Refund)
	}
	return object{
		"rmaId": r.Key.ID, "changed": r.Revision.UpdatedAt.UnixMilli(), "created": r.RequestedAt.UnixMilli(), "orderName": r.OrderNumber,
		"status": status, "archived": r.Closed, "buyer": "Ada Lovelace", "money": money, "items": items, "labels": labels,
	}
}

// rmaDelivery is signed with the time.
func (s *service) rmaDelivery(id string, age time.Duration) (http.Header, []byte) {
	state, _ := s.fake.Return(id)
	body, _ := json.Marshal(object{"rma": id, "at": state.Revision.UpdatedAt.UnixMilli()})
	at := strconv.FormatInt(time.Now().Add(-age).Unix(), 10)
	mac := hmac.New(sha256.New, []byte(rmaSecret))
	fmt.Fprintf(mac, "%s.%s", at, body)
	header := http.Header{}
	header.Set("X-Timestamp", at)
	header.Set("X-Signature", "v1="+hex.EncodeToString(mac.Sum(nil)))
	return header, body
}
