package medusa_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
	"github.com/retailsync/retailsync/returns"
	"github.com/retailsync/retailsync/returns/returnstest"
)

// returnBench is a shop with goods that come back, in process or real.
type returnBench struct {
	url, key, secret string
	// step is how many writes one process makes more than the one before, before it is killed.
	step int
	// sell sells units of two articles and ships them.
	sell func(t *testing.T, units ...int) soldOrder
	// ask asks for a return as a shopper does.
	ask func(t *testing.T, order soldOrder, units ...int) string
	// exchange exchanges units of the first line for others at a price, net; the way back costs the fee.
	exchange func(t *testing.T, order soldOrder, units int, price string, fee int) (exchange, returned, line string)
	claim    func(t *testing.T, order soldOrder, units int) string
}

type soldOrder struct {
	id    string
	lines []string
	peer  peer.MedusaOrder
}

func fakeReturns(t *testing.T) *returnBench {
	t.Helper()
	server := medusatest.NewServer()
	t.Cleanup(server.Close)
	return returnsOf(server)
}

// returnsOf drives the returns of an in-process shop.
func returnsOf(server *medusatest.Server) *returnBench {
	var last atomic.Int64
	of := func(order soldOrder, units []int) map[string]int {
		wanted := map[string]int{}
		for i, quantity := range units {
			if quantity > 0 {
				wanted[order.lines[i]] = quantity
			}
		}
		return wanted
	}
	return &returnBench{
		url: server.URL, key: server.SecretKey, secret: server.WebhookSecret, step: 1,
		sell: func(_ *testing.T, units ...int) soldOrder {
			number := int(last.Add(1))
			id := fmt.Sprintf("order_back_%05d", number)
			server.Put(medusatest.SampleOrder(id, number, units[0], "TS-M", time.Now().UTC().Format("2006-01-02T15:04:05.000Z")))
			if len(units) > 1 && units[1] != 1 {
				server.Change(id, func(order map[string]any) {
					order["items"].([]any)[1].(map[string]any)["quantity"] = units[1]
				})
			}
			return soldOrder{id: id, lines: []string{id + "_i1", id + "_i2"}}
		},
		ask: func(_ *testing.T, order soldOrder, units ...int) string {
			return server.AskReturn(order.id, of(order, units))
		},
		exchange: func(_ *testing.T, order soldOrder, units int, price string, fee int) (string, string, string) {
			return server.Exchange(order.id, of(order, []int{units}), "TS-X", price, units, fmt.Sprint(fee))
		},
		claim: func(_ *testing.T, order soldOrder, units int) string {
			return server.Claim(order.id, of(order, []int{units}))
		},
	}
}

// byHarness is the reference of what a harness does to make a return for a test.
const byHarness = "by the harness"

// losing is a wire that can lose the replies of writes.
type losing struct {
	next http.RoundTripper
	on   atomic.Bool
}

func (l *losing) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := l.next.RoundTrip(request)
	if err != nil || request.Method == http.MethodGet || !l.on.Load() {
		return response, err
	}
	_ = response.Body.Close()
	return nil, io.ErrUnexpectedEOF
}

// selling serialises checkouts of the articles of one test.
var selling sync.Mutex

func realReturns(t *testing.T) *returnBench {
	t.Helper()
	server := peer.MedusaServer(t)
	name := "RET-" + rand.Text()
	skus := []string{name + "-A", name + "-B", name + "-DEAR", name + "-CHEAP"}
	prices := []string{"19.99", "20", "22.5", "10"}
	variants := server.NewPricedArticles(t, name, skus, prices)
	step := 2
	if peer.Thorough() {
		step = 1
	}
	return &returnBench{
		url: server.URL, key: server.SecretKey, secret: server.WebhookSecret, step: step,
		sell: func(t *testing.T, units ...int) soldOrder {
			t.Helper()
			selling.Lock()
			defer selling.Unlock()
			order := server.Sell(t, []string{variants[skus[0]], variants[skus[1]]}[:len(units)], units...)
			return soldOrder{id: order.ID, lines: order.Lines, peer: order}
		},
		ask: func(t *testing.T, order soldOrder, units ...int) string {
			t.Helper()
			return server.AskReturn(t, order.peer, units...)
		},
		exchange: func(t *testing.T, order soldOrder, units int, price string, fee int) (string, string, string) {
			t.Helper()
			for i := range prices {
				if prices[i] == price {
					return server.Exchange(t, order.peer, units, variants[skus[i]], fee)
				}
			}
			t.Fatalf("there is no article at %s", price)
			return "", "", ""
		},
		claim: func(t *testing.T, order soldOrder, units int) string {
			t.Helper()
			return server.Claim(t, order.peer, units)
		},
	}
}

func (b *returnBench) adapter(transport http.RoundTripper, options ...medusa.Option) *medusa.Adapter {
	return medusa.New(b.url, medusa.SecretKey(b.key), append([]medusa.Option{
		medusa.WithTransport(transport), medusa.WithWebhookSecret(b.secret), medusa.WithBackoff(time.Millisecond), medusa.WithRateLimit(1000),
	}, options...)...)
}

// try makes one call of the Admin API.
func (b *returnBench) try(t *testing.T, method, path string, body, into any) int {
	t.Helper()
	var data []byte
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			t.Fatal(err)
		}
	}
	request, err := http.NewRequestWithContext(t.Context(), method, b.url+path, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.SetBasicAuth(b.key, "")
	client := &http.Client{Timeout: time.Minute}
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode == http.StatusOK && into != nil {
		if err := json.Unmarshal(answer, into); err != nil {
			t.Fatal(err)
		}
	}
	return response.StatusCode
}

func (b *returnBench) call(t *testing.T, method, path string, body, into any) {
	t.Helper()
	if status := b.try(t, method, path, body, into); status != http.StatusOK {
		t.Fatalf("%s %s: %d", method, path, status)
	}
}

// booked is what Medusa's history of an order says of a return.
type booked struct {
	Good, Dismissed map[string]int // by line of the order
	Receipts, Open  int
}

func (b *returnBench) booked(t *testing.T, order, returned string) booked {
	t.Helper()
	var answer struct {
		Changes []struct {
			Status  string
			Type    string `json:"change_type"`
			Return  string `json:"return_id"`
			Actions []struct {
				Action  string
				Details struct {
					Item     string      `json:"reference_id"`
					Quantity json.Number `json:"quantity"`
				}
			}
		} `json:"order_changes"`
	}
	b.call(t, "GET", "/admin/orders/"+order+"/changes", nil, &answer)
	got := booked{Good: map[string]int{}, Dismissed: map[string]int{}}
	for _, change := range answer.Changes {
		switch {
		case change.Status == "pending":
			got.Open++
		case change.Status == "confirmed" && change.Type == "return_receive" && change.Return == returned:
			got.Receipts++
			for _, action := range change.Actions {
				units, err := action.Details.Quantity.Int64()
				if err != nil {
					t.Fatal(err)
				}
				if action.Action == "RECEIVE_DAMAGED_RETURN_ITEM" {
					got.Dismissed[action.Details.Item] += int(units)
				} else {
					got.Good[action.Details.Item] += int(units)
				}
			}
		}
	}
	return got
}

// shows is a return as Medusa has it, and as its notes in the order say.
func (b *returnBench) shows(t *testing.T, id string) returnstest.Shown {
	t.Helper()
	var head struct {
		Return struct {
			Order string `json:"order_id"`
		}
	}
	b.call(t, "GET", "/admin/returns/"+id+"?fields=id,order_id", nil, &head)
	var answer struct {
		Order struct {
			Metadata map[string]any
			Returns  []struct {
				ID, Status string
				Items      []struct {
					ID       string
					Item     string `json:"item_id"`
					Quantity json.Number
				}
			}
		}
	}
	b.call(t, "GET", "/admin/orders/"+head.Return.Order+"?fields=id,metadata,*returns,*returns.items", nil, &answer)
	got := b.booked(t, head.Return.Order, id)
	note := func(word string) string {
		text, _ := answer.Order.Metadata["retailsync_return_"+id+"_"+word].(string)
		return text
	}
	shown := returnstest.Shown{Approval: canonical.ReturnRequested, Qty: map[string]string{}, Received: map[string]string{}, Effects: got.Receipts}
	for _, word := range []string{"approved", "inspected"} {
		if note(word) != "" && note(word) != byHarness {
			shown.Effects++
		}
	}
	if note("approved") != "" || got.Receipts > 0 {
		shown.Approval = canonical.ReturnApproved
	}
	for _, one := range answer.Order.Returns {
		if one.ID != id {
			continue
		}
		if one.Status == "canceled" {
			shown.Effects++
			shown.Approval = canonical.ReturnCancelled
			if note("declined") != "" {
				shown.Approval = canonical.ReturnDeclined
			}
		}
		for _, item := range one.Items {
			shown.Qty[item.ID] = item.Quantity.String()
			if units := got.Good[item.Item] + got.Dismissed[item.Item]; units > 0 {
				shown.Received[item.ID] = fmt.Sprint(units)
			}
		}
	}
	if text := note("inspected"); text != "" {
		var found map[string][]canonical.ReceivedUnits
		if err := json.Unmarshal([]byte(text), &found); err != nil {
			t.Fatal(err)
		}
		shown.Found = map[string]map[canonical.Disposition]string{}
		for line, units := range found {
			shown.Found[line] = map[canonical.Disposition]string{}
			for _, one := range units {
				shown.Found[line][one.Disposition] = one.Qty.String()
			}
		}
	}
	return shown
}

// lines are the lines of a return with their quantities, those of most units first.
func (b *returnBench) lines(t *testing.T, id string) []returns.DecidedLine {
	t.Helper()
	ret, err := b.adapter(nil).GetReturn(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var lines []returns.DecidedLine
	for _, line := range ret.Lines {
		lines = append(lines, returns.DecidedLine{ID: line.ID, Qty: line.Qty})
	}
	if len(lines) > 1 && lines[0].Qty.Cmp(lines[1].Qty) < 0 {
		lines[0], lines[1] = lines[1], lines[0]
	}
	return lines
}

// orderOf is the order of a return.
func (b *returnBench) orderOf(t *testing.T, id string) string {
	t.Helper()
	var head struct {
		Return struct {
			Order string `json:"order_id"`
		}
	}
	b.call(t, "GET", "/admin/returns/"+id+"?fields=id,order_id", nil, &head)
	return head.Return.Order
}

func (b *returnBench) service(t *testing.T, transport http.RoundTripper) returnstest.Service {
	requested := func(t *testing.T) (string, []returns.DecidedLine) {
		id := b.ask(t, b.sell(t, 3, 1), 3, 1)
		return id, b.lines(t, id)
	}
	// The adapter looks up itself what became of a write without a reply, so that some succeed.
	wire := &losing{next: transport}
	adapter := b.adapter(wire)
	return returnstest.Service{
		LoseReplies: func(*testing.T) func() {
			wire.on.Store(true)
			return func() { wire.on.Store(false) }
		},
		Platform: adapter,
		Seed: func(t *testing.T, n int) []string {
			ids := make([]string, n)
			for i := range ids {
				ids[i] = b.ask(t, b.sell(t, 2, 1), 1+i%2)
			}
			return ids
		},
		Touch: func(t *testing.T, id string) {
			b.call(t, "POST", "/admin/orders/"+b.orderOf(t, id), map[string]any{"metadata": map[string]any{"touched": rand.Text()}}, nil)
		},
		Requested: requested,
		Approved: func(t *testing.T) (string, []returns.DecidedLine) {
			id, lines := requested(t)
			if err := adapter.ApproveReturn(t.Context(), returns.Decision{ReturnID: id, Reference: byHarness}); err != nil {
				t.Fatal(err)
			}
			return id, lines
		},
		Shows: b.shows, WholeOnly: true,
		Personal: []string{"Storgatan", "ada@example.com"},
	}
}

func TestReturnsConformance(t *testing.T) {
	t.Parallel()
	returnstest.Run(t, returnstest.Harness{Open: func(t *testing.T, transport http.RoundTripper) returnstest.Service {
		server := medusatest.NewServer()
		t.Cleanup(server.Close)
		bench := returnsOf(server)
		service := bench.service(t, transport)
		service.Deliver = func(_ *testing.T, id string) (http.Header, []byte) { return server.ReturnDelivery(id) }
		service.Ping = func(*testing.T) (http.Header, []byte) {
			body := []byte(`{"name":"customer.created","data":{"id":"cus_1"}}`)
			return medusatest.Sign(server.WebhookSecret, "customer.created", "d-0", body), body
		}
		service.SignatureHeader = "X-Medusa-Signature"
		change := func(t *testing.T, id string, edit func(returned map[string]any)) {
			server.Change(bench.orderOf(t, id), func(order map[string]any) { edit(order["returns"].([]any)[0].(map[string]any)) })
		}
		service.Corrupt = func(t *testing.T, id string) {
			change(t, id, func(returned map[string]any) { returned["items"].([]any)[0].(map[string]any)["quantity"] = "N/A" })
		}
		service.Unknown = func(t *testing.T) returnstest.Unknown {
			id := bench.ask(t, bench.sell(t, 2), 1)
			change(t, id, func(returned map[string]any) { returned["status"] = "in_quarantine" })
			return returnstest.Unknown{ID: id, Status: "in_quarantine"}
		}
		return service
	}})
}
