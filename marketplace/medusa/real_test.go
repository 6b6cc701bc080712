package medusa_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/medusashop"
	"github.com/retailsync/retailsync/marketplace/marketplacetest"
	"github.com/retailsync/retailsync/marketplace/medusa"
)

// store drives the shopper's and the shop's side of a real Medusa.
type store struct {
	peer.Medusa
	region, option string
	// What is sold are articles of the test alone, at 19.99 and 20.00: the seed's may have got other prices.
	medium, small string
	variants      map[string]string
	// buying serialises checkouts: concurrent reservations of one article conflict inside Medusa.
	buying sync.Mutex
}

func openStore(t *testing.T) *store {
	t.Helper()
	s := &store{Medusa: peer.MedusaServer(t)}
	var regions struct {
		Regions []struct{ ID, Name string } `json:"regions"`
	}
	s.call(t, "GET", "/admin/regions", nil, &regions)
	for _, region := range regions.Regions {
		if region.Name == "Sweden" {
			s.region = region.ID
		}
	}
	var options struct {
		Options []struct{ ID, Name string } `json:"shipping_options"`
	}
	s.call(t, "GET", "/admin/shipping-options?limit=50", nil, &options)
	for _, option := range options.Options {
		if option.Name == "Standard" {
			s.option = option.ID
		}
	}
	if s.region == "" || s.option == "" {
		t.Skip("the Medusa here has not the seed data of `make medusa`")
	}
	title := "RS-" + rand.Text()
	s.medium, s.small = title+"-M", title+"-S"
	s.variants = s.NewPricedArticles(t, title, []string{s.medium, s.small}, []string{"19.99", "20"})
	return s
}

// try makes one call.
func (s *store) try(method, path string, body, into any) error {
	var data []byte
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			return err
		}
	}
	request, err := http.NewRequest(method, s.URL+path, bytes.NewReader(data))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("x-publishable-api-key", s.PublishableKey)
	if path[:6] == "/admin" {
		request.SetBasicAuth(s.SecretKey, "")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %d %s", method, path, response.StatusCode, answer)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}

func (s *store) call(t *testing.T, method, path string, body, into any) {
	t.Helper()
	if err := s.try(method, path, body, into); err != nil {
		t.Fatal(err)
	}
}

// buy places an order and returns its id. It is cancelled after the test, which frees the stock.
func (s *store) buy(t *testing.T, quantity int) string {
	t.Helper()
	s.buying.Lock()
	defer s.buying.Unlock()
	address := map[string]any{
		"first_name": "Ada", "last_name": "Byron", "address_1": "Storgatan 5",
		"city": "Stockholm", "postal_code": "11122", "country_code": "se",
	}
	var cart struct {
		Cart struct{ ID string } `json:"cart"`
	}
	s.call(t, "POST", "/store/carts", map[string]any{
		"region_id": s.region, "email": "ada@example.com", "shipping_address": address, "billing_address": address,
	}, &cart)
	path := "/store/carts/" + cart.Cart.ID
	s.call(t, "POST", path+"/line-items", map[string]any{"variant_id": s.variants[s.medium], "quantity": quantity}, nil)
	s.call(t, "POST", path+"/line-items", map[string]any{"variant_id": s.variants[s.small], "quantity": 1}, nil)
	s.call(t, "POST", path+"/shipping-methods", map[string]any{"option_id": s.option}, nil)
	var payment struct {
		Collection struct{ ID string } `json:"payment_collection"`
	}
	s.call(t, "POST", "/store/payment-collections", map[string]any{"cart_id": cart.Cart.ID}, &payment)
	s.call(t, "POST", "/store/payment-collections/"+payment.Collection.ID+"/payment-sessions", map[string]any{"provider_id": "pp_system_default"}, nil)
	var done struct {
		Order struct{ ID string } `json:"order"`
	}
	s.call(t, "POST", path+"/complete", nil, &done)
	t.Cleanup(func() {
		// An order that the test has shipped or cancelled itself stays as it is.
		_ = s.try("POST", "/admin/orders/"+done.Order.ID+"/cancel", nil, nil)
	})
	return done.Order.ID
}

func (s *store) adapter(transport http.RoundTripper, options ...medusa.Option) *medusa.Adapter {
	return medusa.New(s.URL, medusa.SecretKey(s.SecretKey), append([]medusa.Option{
		medusa.WithTransport(transport), medusa.WithWebhookSecret(s.WebhookSecret),
		medusa.WithBackoff(time.Millisecond), medusa.WithRateLimit(1000),
	}, options...)...)
}

func TestRealConformance(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	var region atomic.Int64 // prices of a region and everywhere by turns
	marketplacetest.Run(t, marketplacetest.Harness{
		Orders: 3,
		// A little before now, by the shop's own clock, which is this machine's here.
		Since:   time.Now().Add(-2 * time.Second),
		Secrets: []string{s.SecretKey},
		Open: func(t *testing.T, transport http.RoundTripper) marketplacetest.Shop {
			// Where no webhook is waited for, there is none to ask for.
			var deliver func(*testing.T, string) (http.Header, []byte)
			if receives(t) {
				box := openMailbox(t)
				deliver = func(t *testing.T, id string) (http.Header, []byte) {
					return box.take(t, "order "+id, func(d delivery) bool { return d.about.Order == id && strings.HasPrefix(d.event, "order.") })
				}
			}
			return marketplacetest.Shop{
				Adapter: s.adapter(transport),
				Seed: func(t *testing.T, n int) []string {
					ids := make([]string, n)
					for i := range ids {
						ids[i] = s.buy(t, 1+i%2)
					}
					return ids
				},
				Touch: func(t *testing.T, id string) {
					s.call(t, "POST", "/admin/orders/"+id, map[string]any{"metadata": map[string]any{"touched": time.Now().String()}}, nil)
				},
				Shows: func(t *testing.T, id string) marketplacetest.ShownOrder {
					var answer struct{ Order json.RawMessage }
					s.call(t, "GET", "/admin/orders/"+id+"?fields=id,currency_code,total,raw_total,*items", nil, &answer)
					return medusashop.Sold(t, answer.Order)
				},
				Deliver:         deliver,
				SignatureHeader: "X-Medusa-Signature",

				Stock:     s.stock(),
				Shipments: s.shipments(t),
				Prices:    s.prices([]string{"", s.region}[region.Add(1)%2]),
				Listings:  s.listings(),
				Traces: func(t *testing.T, id string) int {
					var answer struct {
						Order struct{ Metadata map[string]any } `json:"order"`
					}
					s.call(t, "GET", "/admin/orders/"+id+"?fields=metadata", nil, &answer)
					if answer.Order.Metadata["retailsync_reference"] == nil {
						return 0
					}
					return 1
				},
			}
		},
	})
}

// The life of one order: every state validates, and a refund, which changes no order, is found by
// reading again and has a newer revision.
func TestRealLife(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	adapter := s.adapter(nil, medusa.WithReReading(time.Hour))
	id := s.buy(t, 3)
	get := func(status canonical.Status) canonical.Order {
		t.Helper()
		order, err := adapter.GetOrder(context.Background(), id)
		if err != nil {
			t.Fatal(err)
		}
		if err := order.Validate(); err != nil {
			t.Errorf("as %s: %v", status, err)
		}
		if order.Status != status {
			t.Errorf("status %q, want %q", order.Status, status)
		}
		return order
	}
	placed := get(canonical.StatusConfirmed)
	if got := placed.Totals.Grand.Shop.String(); got != "106.21" { // 3 × 19.99 + 20.00 + 5.00, plus 25 %: 106.2125
		t.Errorf("the order costs %s, want 106.21", got)
	}
	var raw struct {
		Order struct {
			Items       []struct{ ID string }
			Collections []struct{ Payments []struct{ ID string } } `json:"payment_collections"`
		} `json:"order"`
	}
	s.call(t, "GET", "/admin/orders/"+id, nil, &raw)
	payment := "/admin/payments/" + raw.Order.Collections[0].Payments[0].ID
	s.call(t, "POST", payment+"/capture", map[string]any{}, nil)
	captured := get(canonical.StatusConfirmed)
	if captured.Totals.Paid != captured.Totals.Grand {
		t.Errorf("captured, but paid is %s of %s", captured.Totals.Paid.Shop, captured.Totals.Grand.Shop)
	}
	if !captured.Revision.UpdatedAt.After(placed.Revision.UpdatedAt) || captured.Revision.Digest == placed.Revision.Digest {
		t.Error("a capture is no newer revision")
	}
	cursor := drain(t, adapter, marketplace.OrderQuery{Since: time.Now().Add(-time.Minute)}, nil)

	s.call(t, "POST", payment+"/refund", map[string]any{"amount": 10, "note": "goodwill"}, nil)
	var found []canonical.Order
	drain(t, adapter, marketplace.OrderQuery{Cursor: cursor}, func(order canonical.Order) {
		if order.Key.ID == id && len(order.Adjustments) > 0 {
			found = append(found, order)
		}
	})
	if len(found) == 0 {
		t.Fatal("a refund was not found by reading again")
	}
	refunded := found[len(found)-1]
	if !refunded.Revision.UpdatedAt.After(captured.Revision.UpdatedAt) {
		t.Error("a refund is no newer revision")
	}
	if got := refunded.Adjustments[0].Amount.Shop.String(); got != "10" || refunded.Totals.Grand != captured.Totals.Grand {
		t.Errorf("refunded %s of an order of %s", got, refunded.Totals.Grand.Shop)
	}

	items := []map[string]any{}
	for _, item := range raw.Order.Items {
		if line := placed.FindLine(item.ID); line.SKU == s.small {
			items = append(items, map[string]any{"id": item.ID, "quantity": 1})
		}
	}
	var fulfilled struct {
		Order struct{ Fulfillments []struct{ ID string } } `json:"order"`
	}
	s.call(t, "POST", "/admin/orders/"+id+"/fulfillments?fields=id,*fulfillments", map[string]any{"items": items}, &fulfilled)
	get(canonical.StatusConfirmed)
	parcel := "/admin/orders/" + id + "/fulfillments/" + fulfilled.Order.Fulfillments[0].ID
	s.call(t, "POST", parcel+"/shipments", map[string]any{"items": items, "labels": []map[string]any{
		{"tracking_number": "TRK-1", "tracking_url": "https://track.example.com/1", "label_url": "https://label.example.com/1"},
	}}, nil)
	shipped := get(canonical.StatusPartiallyShipped)
	if len(shipped.Fulfillments) != 1 || shipped.Fulfillments[0].TrackingNumber != "TRK-1" {
		t.Errorf("the parcel is %+v", shipped.Fulfillments)
	}
	s.call(t, "POST", parcel+"/mark-as-delivered", map[string]any{}, nil)
	arrived := get(canonical.StatusPartiallyShipped)
	if there := arrived.Fulfillments[0]; there.Status != canonical.FulfillmentDelivered || there.DeliveredAt.Before(there.ShippedAt) || !shipped.Fulfillments[0].DeliveredAt.IsZero() {
		t.Errorf("the parcel is %+v once it has arrived", there)
	}
}

// A cancelled order is cancelled.
func TestRealCancel(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	id := s.buy(t, 1)
	s.call(t, "POST", "/admin/orders/"+id+"/cancel", nil, nil)
	order, err := s.adapter(nil).GetOrder(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	if err := order.Validate(); err != nil || order.Status != canonical.StatusCancelled {
		t.Errorf("status %q, %v", order.Status, err)
	}
}

// Every order of the shop validates, whoever made it, but for those whose lines the shop has twice.
func TestRealOrdersValidate(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	adapter, query, seen := s.adapter(nil), marketplace.OrderQuery{}, map[string]bool{}
	for more := true; more; {
		page, err := adapter.ListOrders(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		for _, fetched := range page.Orders {
			id := fetched.Key.ID
			if seen[id] {
				continue
			}
			seen[id] = true
			err := fetched.Err
			if err == nil {
				err = fetched.Order.Validate()
			}
			if err != nil && !(fetched.Err != nil && s.doubled(t, id)) {
				t.Errorf("order %s: %v", id, err)
			}
		}
		query.Cursor, more = page.Cursor, page.More
	}
	t.Logf("%d orders", len(seen))
}

// doubled tells whether the shop shows a line of an order twice, which it does after writes that met.
func (s *store) doubled(t *testing.T, order string) bool {
	t.Helper()
	var shows struct {
		Order struct{ Items []struct{ ID string } }
	}
	s.call(t, "GET", "/admin/orders/"+order, nil, &shows)
	lines := map[string]bool{}
	for _, item := range shows.Order.Items {
		lines[item.ID] = true
	}
	return len(lines) < len(shows.Order.Items)
}

// drain reads a run to its end.
func drain(t *testing.T, adapter *medusa.Adapter, query marketplace.OrderQuery, each func(canonical.Order)) marketplace.Cursor {
	t.Helper()
	for {
		page, err := adapter.ListOrders(context.Background(), query)
		if err != nil {
			t.Fatal(err)
		}
		for _, fetched := range slices.Clone(page.Orders) {
			if fetched.Err != nil {
				t.Error(fetched.Err)
			} else if each != nil {
				each(fetched.Order)
			}
		}
		if query.Cursor = page.Cursor; !page.More {
			return page.Cursor
		}
	}
}
