package main

import (
	_ "embed"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
	"github.com/retailsync/retailsync/marketplace/woocommerce/wootest"
)

const (
	account = "outbound"
	// place is the Medusa shop's stock location.
	place = "sloc_main"
	// unlisted is the one article that the WooCommerce shop does not have.
	unlisted = "OB-POSTER"
)

// The orders that customers place.
var (
	//go:embed orders/woocommerce.json
	wooOrder string
	//go:embed orders/medusa.json
	medusaOrder string
)

const medusaOrderID = "order_01OUTBOUND000001"

// shop is a channel, and what its people see in it. The adapter is no embedded field: the flows ask a channel what it
// can do by its methods, and a type that embeds an interface hides those that the interface lacks.
type shop struct {
	adapter channel
	// shows returns what the shop has to sell of a SKU and how it calls it; empty if it does not have it.
	shows func(sku string) (units, title string)
	// sell has a customer place the order.
	sell func()
}

// channel is what the example needs of an adapter.
type channel interface {
	marketplace.OrderLister
	marketplace.OrderGetter
	marketplace.StockPublisher
	marketplace.ListingPublisher
	marketplace.ShipmentPublisher
}

type shops struct {
	woo    *wootest.Server
	medusa *medusatest.Server
	all    []shop
	writes *writes
}

// openShops starts the two shops inside this process. Against real ones only the addresses and keys differ.
func openShops() *shops {
	const unlimited = 10_000 // calls per second: these shops are in this process
	s := &shops{woo: wootest.NewServer(), medusa: medusatest.NewServer(), writes: &writes{}}
	for _, a := range articles {
		old := "Old name of " + a.sku
		s.medusa.AddProduct(old, a.sku)
		s.medusa.SetStock(a.sku, place, 1)
		if a.sku != unlisted {
			s.woo.PutProduct(fmt.Sprintf(`{"sku":%q,"name":%q,"manage_stock":true,"stock_quantity":1}`, a.sku, old))
		}
	}
	s.all = []shop{
		{
			adapter: woocommerce.New(s.woo.URL, woocommerce.Keys(s.woo.Key, s.woo.Secret), woocommerce.WithAccount(account),
				woocommerce.WithTransport(s.writes), woocommerce.WithRateLimit(unlimited)),
			shows: s.inWoo, sell: func() { s.woo.Place(wooOrder) },
		},
		{
			adapter: medusa.New(s.medusa.URL, medusa.SecretKey(s.medusa.SecretKey), medusa.WithAccount(account),
				medusa.WithTransport(s.writes), medusa.WithRateLimit(unlimited)),
			shows: s.inMedusa, sell: s.sellInMedusa,
		},
	}
	return s
}

func (s *shops) close() {
	s.woo.Close()
	s.medusa.Close()
}

func (s *shops) inWoo(sku string) (units, title string) {
	stock, counted := s.woo.Stock(sku)
	if !counted {
		return "", ""
	}
	return stock.String(), fmt.Sprint(s.woo.Product(sku)["name"])
}

func (s *shops) inMedusa(sku string) (units, title string) {
	stock, counted := s.medusa.Available(sku, place)
	if !counted {
		return "", ""
	}
	return fmt.Sprint(stock), fmt.Sprint(s.medusa.Says(sku)["title"])
}

// sellInMedusa has a customer place the order, for which Medusa reserves stock.
func (s *shops) sellInMedusa() {
	s.medusa.Put(medusaOrder)
	for _, item := range objects(s.medusa.Order(medusaOrderID)["items"]) {
		s.medusa.Sell(text(item["variant_sku"]), place, int(item["quantity"].(float64)))
	}
}

// writes counts the requests to the shops that may change something there. It is safe for concurrent use.
type writes struct{ n atomic.Int64 }

// RoundTrip implements http.RoundTripper.
func (w *writes) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method != http.MethodGet {
		w.n.Add(1)
	}
	return http.DefaultTransport.RoundTrip(request)
}

// lap returns the requests since the last lap.
func (w *writes) lap() int64 { return w.n.Swap(0) }

// objects are those of a JSON list.
func objects(value any) []map[string]any {
	list, _ := value.([]any)
	var all []map[string]any
	for _, one := range list {
		if object, ok := one.(map[string]any); ok {
			all = append(all, object)
		}
	}
	return all
}

// text is a value of JSON as people read it; null is empty.
func text(value any) string {
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}
