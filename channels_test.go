package retailsync_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
	"github.com/retailsync/retailsync/marketplace/shopify"
	"github.com/retailsync/retailsync/marketplace/shopify/shopifytest"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
	"github.com/retailsync/retailsync/marketplace/woocommerce/wootest"
	"github.com/retailsync/retailsync/odoo/sale"
)

// orderSource is what an adapter of a shop can do with orders.
type orderSource interface {
	marketplace.OrderLister
	marketplace.OrderGetter
	marketplace.OrderAcknowledger
}

// atShop imports one shop into one Odoo.
type atShop struct {
	*life
	shop orderSource
}

// open prepares the articles of the sample shops and joins a shop and an Odoo.
func open(t *testing.T, db *database, shop orderSource) *atShop {
	t.Helper()
	rules := rulesOf(db.series)
	rules.Channels[shop.Channel()] = mapping.ChannelRules{}
	l := newLife(t, db, rules)
	for _, sku := range []string{"TS-S", "TS-M", "TS-L"} {
		stocking.Lock()
		if len(l.search("product.product", skuOf(sku))) == 0 {
			l.create("product.product", map[string]any{"name": "T-shirt " + sku, "default_code": sku, "type": "consu"})
		}
		stocking.Unlock()
	}
	return &atShop{life: l, shop: shop}
}

// stocking keeps two tests from making the same article.
var stocking sync.Mutex

// imported runs the flow on single orders and expects one outcome.
func (s *atShop) imported(outcome retailsync.Outcome, ids ...string) map[string]retailsync.OrderResult {
	s.Helper()
	results := map[string]retailsync.OrderResult{}
	report, err := s.connector.ImportOrder(s.Context(), s.shop, ids, retailsync.OnResult(func(r retailsync.OrderResult) { results[r.Order.ID] = r }))
	if err != nil || report.Count(outcome) != len(ids) {
		for _, failed := range report.Failed() {
			s.Error(failed.Err)
		}
		s.Fatalf("%v, %v; want all %s", report, err, outcome)
	}
	return results
}

// wantExact holds an order in Odoo against the shop's, to the minor unit.
func (s *atShop) wantExact(id string, state sale.State) sale.Order {
	s.Helper()
	order, err := s.shop.GetOrder(s.Context(), id)
	if err != nil {
		s.Fatal(err)
	}
	found, err := sale.FindByOrigin(s.Context(), s.erp, []string{order.Key.String()})
	if err != nil || len(found) != 1 {
		s.Fatalf("%d orders in Odoo, %v", len(found), err)
	}
	got := found[0]
	for _, amount := range []struct {
		name      string
		got, want canonical.Amount
	}{
		{"untaxed", canonical.Shop(got.AmountUntaxed), order.Totals.Net},
		{"tax", canonical.Shop(got.AmountTax), order.Totals.Tax},
		{"total", canonical.Shop(got.AmountTotal), order.Totals.Grand},
	} {
		rounded, err := order.Currency.Round(amount.got.Shop)
		if err != nil || !rounded.Equal(amount.want.Shop) && state != sale.StateCancel {
			s.Errorf("%s is %s in Odoo, %s in the shop (%v)", amount.name, amount.got.Shop, amount.want.Shop, err)
		}
	}
	if got.State != state || got.Currency.Name != string(order.Currency) {
		s.Errorf("%s in %s, want %s in %s", got.State, got.Currency.Name, state, order.Currency)
	}
	return got
}

// The sample shops inside the process, as the quickstart and users' tests have them.
func TestSampleShops(t *testing.T) {
	t.Parallel()
	eitherOdoo(t, func(t *testing.T, db *database) {
		// Shops of their own accounts, so that no other run has these orders.
		account := strings.ToLower(tag())
		t.Run("woocommerce", func(t *testing.T) {
			server := wootest.NewServer()
			t.Cleanup(server.Close)
			var ids []string
			for n := 1; n <= 4; n++ {
				server.Put(wootest.SampleOrder(n, n, "TS-M", "2026-03-01T12:00:00"))
				ids = append(ids, fmt.Sprint(n))
			}
			shop := open(t, db, woocommerce.New(server.URL, woocommerce.Keys(server.Key, server.Secret), woocommerce.WithAccount(account)))
			shop.throughALife(ids, func(id string) map[string]any { return server.Order(id) }, func(id string) {
				server.Change(id, func(order map[string]any) { order["status"] = "cancelled" })
			})
		})
		t.Run("shopify", func(t *testing.T) {
			server := shopifytest.NewServer()
			t.Cleanup(server.Close)
			var ids []string
			for n := 1; n <= 4; n++ {
				server.Put(shopifytest.SampleOrder(9_007_199_254_740_990+n, n, "TS-M", "2026-03-01T12:00:00Z"))
				ids = append(ids, fmt.Sprint(9_007_199_254_740_990+n))
			}
			shop := open(t, db, shopify.New(server.URL, shopify.ClientCredentials(server.ClientID, server.ClientSecret), shopify.WithAccount(account)))
			shop.throughALife(ids, func(id string) map[string]any {
				reference, _ := server.Metafield(id, "retailsync", "reference")
				return map[string]any{"reference": reference}
			}, func(id string) { server.CancelOrder(id) })
		})
		t.Run("medusa", func(t *testing.T) {
			server := medusatest.NewServer()
			t.Cleanup(server.Close)
			var ids []string
			for n := 1; n <= 4; n++ {
				id := fmt.Sprintf("order_%d", n)
				server.Put(medusatest.SampleOrder(id, n, n, "TS-M", "2026-03-01T12:00:00.000Z"))
				ids = append(ids, id)
			}
			shop := open(t, db, medusa.New(server.URL, medusa.SecretKey(server.SecretKey), medusa.WithAccount(account)))
			shop.throughALife(ids, func(id string) map[string]any { return server.Order(id) }, func(id string) {
				server.Change(id, func(order map[string]any) {
					order["status"], order["canceled_at"] = "canceled", "2026-03-02T12:00:00.000Z"
				})
			})
		})
	})
}

// throughALife imports a shop's orders, again, and with the last one cancelled.
func (s *atShop) throughALife(ids []string, inShop func(id string) map[string]any, cancel func(id string)) {
	s.Helper()
	report, err := s.connector.ImportOrders(s.Context(), s.shop, time.Time{})
	if err != nil {
		s.Fatal(err)
	}
	wantCounts(s.T, report, map[retailsync.Outcome]int{retailsync.Created: len(ids)})
	for _, id := range ids {
		order := s.wantExact(id, sale.StateSale)
		acknowledged, err := json.Marshal(inShop(id))
		if err != nil || !bytes.Contains(acknowledged, []byte(`"`+order.Name+`"`)) {
			s.Errorf("order %s is not acknowledged as %s in the shop (%v)", id, order.Name, err)
		}
	}
	report, err = s.connector.ImportOrders(s.Context(), s.shop, time.Time{}, retailsync.Recheck())
	if err != nil {
		s.Fatal(err)
	}
	wantCounts(s.T, report, map[retailsync.Outcome]int{retailsync.Unchanged: len(ids)})
	last := ids[len(ids)-1]
	cancel(last)
	report, err = s.connector.ImportOrders(s.Context(), s.shop, time.Time{}, retailsync.Recheck())
	if err != nil {
		s.Fatal(err)
	}
	wantCounts(s.T, report, map[retailsync.Outcome]int{retailsync.Unchanged: len(ids) - 1, retailsync.Cancelled: 1})
	s.wantExact(last, sale.StateCancel)
}

// medusaStore is the shopper's and the shop's side of a real Medusa.
type medusaStore struct {
	*testing.T
	peer.Medusa
	regions, variants map[string]string
	option            string
}

func openMedusa(t *testing.T) *medusaStore {
	t.Helper()
	s := &medusaStore{T: t, Medusa: peer.MedusaServer(t), regions: map[string]string{}, variants: map[string]string{}}
	var found struct {
		Regions  []struct{ ID, Name string } `json:"regions"`
		Options  []struct{ ID, Name string } `json:"shipping_options"`
		Variants []struct{ ID, SKU string }  `json:"variants"`
	}
	for _, list := range []string{"regions", "shipping-options", "product-variants"} {
		s.call("GET", "/admin/"+list+"?limit=100", nil, &found)
	}
	for _, region := range found.Regions {
		s.regions[region.Name] = region.ID
	}
	for _, option := range found.Options {
		if option.Name == "Standard" {
			s.option = option.ID
		}
	}
	for _, variant := range found.Variants {
		s.variants[variant.SKU] = variant.ID
	}
	if s.regions["Sweden"] == "" || s.regions["UK"] == "" || s.option == "" || s.variants["TS-L"] == "" {
		t.Skip("the Medusa here has not the seed data of `make medusa`")
	}
	return s
}

func (s *medusaStore) try(method, path string, body, into any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(s.Context(), method, s.URL+path, nil)
	if err != nil {
		return err
	}
	if body != nil {
		request.Body = io.NopCloser(bytes.NewReader(data))
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("x-publishable-api-key", s.PublishableKey)
	if strings.HasPrefix(path, "/admin") {
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

func (s *medusaStore) call(method, path string, body, into any) {
	s.Helper()
	if err := s.try(method, path, body, into); err != nil {
		s.Fatal(err)
	}
}

// buying serialises checkouts: concurrent reservations of one article conflict inside Medusa.
var buying sync.Mutex

// buy places an order of so many TS-M and one of every other article, and returns its id.
func (s *medusaStore) buy(region, country string, quantity int, codes ...string) string {
	s.Helper()
	return s.buyOf(region, country, map[string]int{s.variants["TS-M"]: quantity, s.variants["TS-S"]: 1, s.variants["TS-L"]: 1}, codes...)
}

// buyOf places an order of articles, by variant. They go into the cart in one order: Medusa locks them so.
func (s *medusaStore) buyOf(region, country string, articles map[string]int, codes ...string) string {
	s.Helper()
	buying.Lock()
	defer buying.Unlock()
	address := map[string]any{
		"first_name": "Ada", "last_name": "Byron", "address_1": "Storgatan 5",
		"city": "Stockholm", "postal_code": "11122", "country_code": country,
	}
	var cart struct {
		Cart struct{ ID string } `json:"cart"`
	}
	s.call("POST", "/store/carts", map[string]any{
		"region_id": s.regions[region], "email": "ada@example.com", "shipping_address": address, "billing_address": address,
	}, &cart)
	path := "/store/carts/" + cart.Cart.ID
	for _, variant := range slices.Sorted(maps.Keys(articles)) {
		s.call("POST", path+"/line-items", map[string]any{"variant_id": variant, "quantity": articles[variant]}, nil)
	}
	if len(codes) > 0 {
		s.call("POST", path+"/promotions", map[string]any{"promo_codes": codes}, nil)
	}
	s.call("POST", path+"/shipping-methods", map[string]any{"option_id": s.option}, nil)
	var payment struct {
		Collection struct{ ID string } `json:"payment_collection"`
	}
	s.call("POST", "/store/payment-collections", map[string]any{"cart_id": cart.Cart.ID}, &payment)
	s.call("POST", "/store/payment-collections/"+payment.Collection.ID+"/payment-sessions", map[string]any{"provider_id": "pp_system_default"}, nil)
	var done struct {
		Order struct{ ID string } `json:"order"`
	}
	s.call("POST", path+"/complete", nil, &done)
	if done.Order.ID == "" {
		s.Fatal("the checkout made no order")
	}
	return done.Order.ID
}

func (s *medusaStore) cancel(id string) {
	s.Helper()
	s.call("POST", "/admin/orders/"+id+"/cancel", nil, nil)
}

// capture takes the payment of the order.
func (s *medusaStore) capture(id string) {
	s.Helper()
	var order struct {
		Order struct {
			Collections []struct {
				Payments []struct{ ID string } `json:"payments"`
			} `json:"payment_collections"`
		} `json:"order"`
	}
	s.call("GET", "/admin/orders/"+id+"?fields=id,*payment_collections.payments", nil, &order)
	s.call("POST", "/admin/payments/"+order.Order.Collections[0].Payments[0].ID+"/capture", map[string]any{}, nil)
}

// lower edits the order so that one unit of every article is left.
func (s *medusaStore) lower(id string) {
	s.Helper()
	var order struct {
		Order struct {
			Items []struct{ ID string } `json:"items"`
		} `json:"order"`
	}
	s.call("GET", "/admin/orders/"+id, nil, &order)
	s.call("POST", "/admin/order-edits", map[string]any{"order_id": id}, nil)
	for _, item := range order.Order.Items {
		s.call("POST", "/admin/order-edits/"+id+"/items/item/"+item.ID, map[string]any{"quantity": 1}, nil)
	}
	s.call("POST", "/admin/order-edits/"+id+"/request", nil, nil)
	s.call("POST", "/admin/order-edits/"+id+"/confirm", nil, nil)
}

// reference is what the shop shows of Odoo's order.
func (s *medusaStore) reference(id string) string {
	s.Helper()
	var answer struct {
		Order struct {
			Metadata map[string]string `json:"metadata"`
		} `json:"order"`
	}
	s.call("GET", "/admin/orders/"+id+"?fields=metadata", nil, &answer)
	return answer.Order.Metadata["retailsync_reference"]
}

// Orders of a real Medusa, with and without tax in their prices, with fractions of cents and promotions.
func TestRealMedusa(t *testing.T) {
	t.Parallel()
	eachOdoo(t, func(t *testing.T, db *database) {
		store := openMedusa(t)
		shop := open(t, db, medusa.New(store.URL, medusa.SecretKey(store.SecretKey), medusa.WithRateLimit(1000)))
		since := time.Now().Add(-time.Second)
		ids := []string{
			store.buy("Sweden", "se", 3),
			store.buy("Sweden", "se", 7, "TENOFF"),
			store.buy("UK", "gb", 2, "TENOFF"),
			store.buy("UK", "gb", 5),
			store.buy("Sweden", "se", 2), // cancelled before it is imported
		}
		early := ids[4]
		ids = ids[:4]
		store.cancel(early)

		// Others may order at this shop too: only these orders count.
		results := map[string]retailsync.OrderResult{}
		if _, err := shop.connector.ImportOrders(t.Context(), shop.shop, since, retailsync.OnResult(func(r retailsync.OrderResult) {
			results[r.Order.ID] = r
		})); err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			if got := results[id]; got.Outcome != retailsync.Created {
				t.Fatalf("order %s: %s, %v", id, got.Outcome, got.Err)
			}
			order := shop.wantExact(id, sale.StateSale)
			if got := store.reference(id); got != order.Name {
				t.Errorf("order %s is acknowledged as %q, want %q", id, got, order.Name)
			}
		}
		if got := results[early]; got.Outcome != retailsync.Skipped {
			t.Errorf("cancelled order: %s, %v", got.Outcome, got.Err)
		}
		shop.imported(retailsync.Unchanged, ids...)

		store.capture(ids[0])
		store.lower(ids[0])
		shop.imported(retailsync.Updated, ids[0])
		shop.wantExact(ids[0], sale.StateSale)

		for _, id := range ids {
			store.cancel(id)
		}
		shop.imported(retailsync.Cancelled, ids...)
		for _, id := range ids {
			shop.wantExact(id, sale.StateCancel)
		}
		shop.imported(retailsync.Unchanged, ids...)
	})
}
