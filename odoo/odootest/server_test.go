package odootest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/retailsync/retailsync/odoo/odootest"
)

func TestConcurrentLoadsMakeOneOrder(t *testing.T) {
	t.Parallel()
	for _, series := range []int{14, 19} {
		s := odootest.Retail(odootest.Version(series))
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() { orders(t, s, 0, 20) })
		}
		wg.Wait()
		if o, l := count(t, s, "sale.order"), count(t, s, "sale.order.line"); o != 20 || l != 40 {
			t.Errorf("Odoo %d: %d orders of %d lines, want 20 and 40", series, o, l)
		}
	}
}

func TestDeliveredOrderAsksBeforeCancel(t *testing.T) {
	t.Parallel()
	s := odootest.Retail(odootest.Version(14), odootest.Clock(fixedClock))
	id := orders(t, s, 0, 1)[0]
	if err := s.Deliver(1, "shop.o0_a", "2"); err != nil {
		t.Fatal(err)
	}
	if err := s.Deliver(1, "shop.o9_a", "2"); err == nil {
		t.Error("no error for a line that is not the order's")
	}
	action, _ := call(t, s, "sale.order", "action_cancel", []any{[]any{id}}, nil)["result"].(map[string]any)
	if action["res_model"] != "sale.order.cancel" {
		t.Errorf("%v, want the wizard", action)
	}
	quiet := map[string]any{"context": map[string]any{"disable_cancel_warning": true}}
	if r := call(t, s, "sale.order", "action_cancel", []any{[]any{id}}, quiet)["result"]; r != true {
		t.Errorf("%v, want true", r)
	}
}

func TestDefine(t *testing.T) {
	t.Parallel()
	s := odootest.New()
	s.Define(odootest.Model{Name: "res.partner", Fields: []odootest.Field{{Name: "x_tier", Type: odootest.Char, Indexed: true}}})
	s.Define(odootest.Model{Name: "x.shop", Description: "Shop", Fields: []odootest.Field{
		{Name: "name", Type: odootest.Char, Required: true}, {Name: "partner_id", Type: odootest.Many2One, Relation: "res.partner"},
	}})
	partner := call(t, s, "res.partner", "create", []any{map[string]any{"name": "a", "x_tier": "gold"}}, nil)["result"]
	call(t, s, "x.shop", "create", []any{map[string]any{"name": "one", "partner_id": partner}}, nil)
	if found := call(t, s, "x.shop", "search", []any{[]any{[]any{"partner_id.x_tier", "=", "gold"}}}, nil)["result"].([]any); len(found) != 1 {
		t.Errorf("%v, want one", found)
	}
}

// Twenty thousand orders pass through the stub; what stays is bounded.
func TestDiscardIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("twenty thousand orders")
	}
	n := 20_000
	if raceEnabled {
		n = 10_000
	}
	s := odootest.Retail(odootest.Discard(1000))
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	orders(t, s, 0, 1000)
	before := heap()
	for i := 1000; i < n; i += 200 {
		list := orders(t, s, i, 200)
		if r := call(t, s, "sale.order", "action_confirm", []any{list}, nil); r["result"] != true {
			t.Fatalf("confirm: %v", r)
		}
		rows, _ := call(t, s, "sale.order", "read", []any{list, []any{"amount_total", "state"}}, nil)["result"].([]any)
		if len(rows) != 200 || fmt.Sprint(rows[199].(map[string]any)["amount_total"]) != "78.27" {
			t.Fatalf("read back %d: %v", len(rows), rows[len(rows)-1])
		}
	}
	if after := heap(); after > before+8<<20 {
		t.Errorf("the heap grew by %d KiB", (after-before)>>10)
	}
	if got := count(t, s, "sale.order"); got != 1000 {
		t.Errorf("%d orders kept, want 1000", got)
	}
}

func BenchmarkOrders(b *testing.B) {
	for _, series := range []int{14, 19} {
		b.Run(fmt.Sprint(series), func(b *testing.B) {
			b.ReportAllocs()
			s := odootest.Retail(odootest.Version(series), odootest.Discard(2000))
			n := 0
			for b.Loop() {
				list := orders(b, s, n, 50)
				n += 50
				call(b, s, "sale.order", "action_confirm", []any{list}, nil)
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "orders/s")
		})
	}
}

func FuzzServe(f *testing.F) {
	for _, seed := range []string{
		`{"jsonrpc":"2.0","id":1,"params":{"service":"object","method":"execute_kw","args":["odootest",2,"admin","sale.order","load",[["id","partner_id/.id","order_line/id","order_line/product_id/.id"],[["a.b","1","a.c","1"]]],{}]}}`,
		`{"params":{"service":"object","method":"execute_kw","args":["odootest",2,"admin","res.partner","search",[["|",["name","ilike","x"],["parent_id.name","=",false]]],{"order":"name desc"}]}}`,
		`{"params":{"service":"object","method":"execute_kw","args":["odootest",2,"admin","sale.order","create",[{"partner_id":1,"order_line":[[0,0,{"product_id":1,"tax_ids":[[6,0,[1,4]]],"extra_tax_data":{"manual_tax_amounts":{"1":{}},"currency_id":1,"price_unit":1,"discount":0,"quantity":1}}]]}],{}]}}`,
		`{"params":{"service":"object","method":"execute_kw","args":["odootest",2,"admin","sale.order","write",[[1],{"order_line":[[6,0,[1]],[5],[1,2,{}],[9]]}],{}]}}`,
		`{"params":{"service":"common","method":"login","args":["odootest","admin","admin"]}}`, `{`, `[]`, `{"params":{"args":[[]]}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, series := range []int{14, 19} {
			s := odootest.Retail(odootest.Version(series))
			w := httptest.NewRecorder()
			s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/jsonrpc", strings.NewReader(body)))
			if w.Code != http.StatusOK && w.Code != http.StatusBadRequest {
				t.Errorf("status %d", w.Code)
			}
		}
	})
}
