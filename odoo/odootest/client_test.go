package odootest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/retailsync/retailsync/odoo/odootest"
)

// call runs a method over JSON-RPC as the administrator, without a network.
func call(t testing.TB, s *odootest.Server, model, method string, args []any, kw map[string]any) map[string]any {
	t.Helper()
	var reply map[string]any
	w := post(t, s, args, model, method, kw)
	if err := json.Unmarshal(w.Body.Bytes(), &reply); err != nil {
		t.Fatalf("%s.%s: %v: %s", model, method, err, w.Body)
	}
	return reply
}

func post(t testing.TB, s *odootest.Server, args []any, model, method string, kw map[string]any) *httptest.ResponseRecorder {
	t.Helper()
	if kw == nil {
		kw = map[string]any{}
	}
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "params": map[string]any{"service": "object", "method": "execute_kw",
		"args": []any{s.DB(), 2, s.Password(), model, method, args, kw}}})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/jsonrpc", bytes.NewReader(body)))
	return w
}

// orders loads n orders of two lines, from the given number on, in one call.
func orders(t testing.TB, s *odootest.Server, from, n int) []any {
	t.Helper()
	var rows []any
	for i := from; i < from+n; i++ {
		id := fmt.Sprintf("shop.o%d", i)
		rows = append(rows, []any{id, "1", fmt.Sprint(i), id + "_a", "1", "3", "19.99", "1", "Shirt"}, []any{"", "", "", id + "_b", "3", "1", "12.50", "1", "Mug"})
	}
	taxes := "order_line/tax_ids/.id"
	if s.Series() < 19 {
		taxes = "order_line/tax_id/.id"
	}
	columns := []any{"id", "partner_id/.id", "client_order_ref", "order_line/id", "order_line/product_id/.id", "order_line/product_uom_qty", "order_line/price_unit", taxes, "order_line/name"}
	reply := call(t, s, "sale.order", "load", []any{columns, rows}, map[string]any{"context": map[string]any{"mode": "update", "noupdate": true}})
	result, _ := reply["result"].(map[string]any)
	list, ok := result["ids"].([]any)
	if !ok {
		t.Fatalf("load: %v", reply)
	}
	return list
}

func count(t testing.TB, s *odootest.Server, model string) int {
	t.Helper()
	n, _ := call(t, s, model, "search_count", []any{[]any{}}, nil)["result"].(float64)
	return int(n)
}

func fixedClock() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }
