package newadapter

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sort"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace/marketplacetest"
)

// The suite proves the adapter on a small Acme shop.
func TestConformance(t *testing.T) {
	t.Parallel()
	marketplacetest.Run(t, marketplacetest.Harness{
		Open: func(t *testing.T, transport http.RoundTripper) marketplacetest.Shop {
			shop := &acme{orders: map[string]map[string]any{}, clock: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
			server := httptest.NewServer(shop)
			t.Cleanup(server.Close)
			return marketplacetest.Shop{
				Adapter: New("main", server.URL, token, secret, transport),
				Seed: func(_ *testing.T, n int) []string {
					ids := make([]string, n)
					for i := range ids {
						ids[i] = shop.add()
					}
					return ids
				},
				Shows:           func(_ *testing.T, id string) marketplacetest.ShownOrder { return shop.shows(id) },
				Touch:           func(_ *testing.T, id string) { shop.change(id, "email", "new@example.com") },
				Corrupt:         func(_ *testing.T, id string) { shop.change(id, "total", "a lot") },
				Deliver:         func(_ *testing.T, id string) (http.Header, []byte) { return deliver(shop.event(), id) },
				Ping:            func(*testing.T) (http.Header, []byte) { return deliver("e-0", "") },
				SignatureHeader: "X-Acme-Signature",
			}
		},
		Secrets: []string{token, secret},
	})
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"id":"A1","state":"paid","total":125,"tax":25,"lines":[{"id":"1","quantity":1,"price":100,"tax":25}]}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		order, err := decode(canonical.Channel{Name: "acme", Account: "main"}, body)
		if err == nil {
			_ = order.Validate() // must not panic
		}
	})
}

const token, secret = "acme-token-1234", "acme-webhook-secret"

// acme is the shop: orders and the number of their last change.
type acme struct {
	mu     sync.Mutex
	orders map[string]map[string]any
	last   uint64
	events int
	clock  time.Time
}

func (s *acme) add() string {
	s.mu.Lock()
	id := fmt.Sprintf("A%d", len(s.orders)+1)
	s.orders[id] = map[string]any{
		"id": id, "state": "paid", "placed": s.clock, "email": "ada@example.com", "name": "Ada Byron",
		"lines": []any{map[string]any{"id": "1", "sku": "TS-M", "title": "T-shirt", "quantity": 3, "price": 1999, "tax": 1499}},
		"total": 7496, "tax": 1499,
	}
	s.mu.Unlock()
	s.change(id, "note", "")
	return id
}

func (s *acme) change(id, field string, value any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	s.clock = s.clock.Add(time.Second)
	order := map[string]any{}
	for name, old := range s.orders[id] {
		order[name] = old
	}
	order[field], order["sequence"], order["changed"] = value, s.last, s.clock
	s.orders[id] = order
}

// event is the id of a new event.
func (s *acme) event() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events++
	return fmt.Sprintf("e-%d", s.events)
}

// shows is what the shop itself has of an order.
func (s *acme) shows(id string) marketplacetest.ShownOrder {
	s.mu.Lock()
	defer s.mu.Unlock()
	shown := marketplacetest.ShownOrder{Currency: "EUR", Goods: map[string]marketplacetest.ShownLine{}}
	shown.Total = decimal.MustNew(int64(s.orders[id]["total"].(int)), 2)
	for _, each := range s.orders[id]["lines"].([]any) {
		line := each.(map[string]any)
		shown.Goods[line["id"].(string)] = marketplacetest.ShownLine{SKU: line["sku"].(string), Quantity: fmt.Sprint(line["quantity"])}
	}
	return shown
}

func (s *acme) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Header.Get("X-Acme-Token") != token {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if r.URL.Path != "/orders" {
		order, ok := s.orders[r.URL.Path[min(len("/orders/"), len(r.URL.Path)):]]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_ = json.NewEncoder(w).Encode(order)
		return
	}
	after, _ := strconv.ParseUint(r.FormValue("after"), 10, 64)
	limit, _ := strconv.Atoi(r.FormValue("limit"))
	since, _ := time.Parse(time.RFC3339Nano, r.FormValue("since"))
	list := []map[string]any{}
	for _, order := range s.orders {
		if order["sequence"].(uint64) > after && !order["changed"].(time.Time).Before(since) {
			list = append(list, order)
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i]["sequence"].(uint64) < list[j]["sequence"].(uint64) })
	list = list[:min(limit, len(list))]
	last := max(after, s.last)
	if len(list) > 0 {
		last = list[len(list)-1]["sequence"].(uint64)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"orders": list, "last": last})
}

func deliver(event, id string) (http.Header, []byte) {
	body := []byte(fmt.Sprintf(`{"id":%q,"order":%q}`, event, id))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return http.Header{"X-Acme-Signature": {hex.EncodeToString(mac.Sum(nil))}}, body
}
