package demo

import (
	_ "embed"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
	"github.com/retailsync/retailsync/marketplace/woocommerce/wootest"
)

const (
	// Account names the demonstration's account of each channel.
	Account = "hub"
	// place is the Medusa shop's stock location.
	place = "sloc_main"
)

// The orders that customers place.
var (
	//go:embed orders/woocommerce.json
	wooOrder string
	//go:embed orders/medusa.json
	medusaOrder string
)

// Shops are two shops inside the process.
type Shops struct {
	woo    *wootest.Server
	medusa *medusatest.Server
	// Woo and Medusa are their adapters. Of real shops only the addresses and keys differ.
	Woo    *woocommerce.Adapter
	Medusa *medusa.Adapter
}

// OpenShops starts the shops. Transport is what carries the calls to a channel.
func OpenShops(transport func(canonical.Channel) http.RoundTripper) *Shops {
	const unlimited = 10_000 // calls per second: these shops are in this process
	s := &Shops{woo: wootest.NewServer(), medusa: medusatest.NewServer()}
	for _, a := range articles {
		s.medusa.AddProduct(a.name, a.sku)
		s.medusa.SetStock(a.sku, place, 1)
		s.woo.PutProduct(fmt.Sprintf(`{"sku":%q,"name":%q,"manage_stock":true,"stock_quantity":1}`, a.sku, a.name))
	}
	s.Woo = woocommerce.New(s.woo.URL, woocommerce.Keys(s.woo.Key, s.woo.Secret), woocommerce.WithAccount(Account),
		woocommerce.WithWebhookSecret(s.woo.WebhookSecret), woocommerce.WithRateLimit(unlimited), woocommerce.WithTransport(transport(canonical.Channel{Name: woocommerce.Name, Account: Account})))
	s.Medusa = medusa.New(s.medusa.URL, medusa.SecretKey(s.medusa.SecretKey), medusa.WithAccount(Account),
		medusa.WithWebhookSecret(s.medusa.WebhookSecret), medusa.WithRateLimit(unlimited), medusa.WithTransport(transport(canonical.Channel{Name: medusa.Name, Account: Account})))
	return s
}

// Close stops them.
func (s *Shops) Close() {
	s.woo.Close()
	s.medusa.Close()
}

// purchase is an order that a customer has placed and paid.
type purchase struct {
	order    canonical.Key
	number   string
	payment  string
	amount   decimal.Decimal
	delivery func() (http.Header, []byte)
}

// buyInWoo has a customer buy two units of an article.
func (s *Shops) buyInWoo(id, sku, title string, at time.Time) purchase {
	s.woo.Place(strings.NewReplacer("{id}", id, "{sku}", sku, "{title}", title, "{at}", at.UTC().Format("2006-01-02T15:04:05")).Replace(wooOrder))
	return purchase{
		order: canonical.Key{Channel: s.Woo.Channel(), ID: id}, number: id, payment: "txn_" + id, amount: decimal.MustParse("37.44"),
		delivery: func() (http.Header, []byte) { return s.woo.Delivery("order.created", id) },
	}
}

// buyInMedusa has a customer buy three T-shirts and a cap, for which Medusa reserves stock.
func (s *Shops) buyInMedusa(id string, at time.Time) purchase {
	order := "order_" + id
	s.medusa.Put(strings.NewReplacer("{id}", id, "{at}", at.UTC().Format("2006-01-02T15:04:05.000Z")).Replace(medusaOrder))
	s.medusa.Sell("HUB-TEE", place, 3)
	s.medusa.Sell("HUB-CAP", place, 1)
	return purchase{
		order: canonical.Key{Channel: s.Medusa.Channel(), ID: order}, number: id, payment: "pay_" + id, amount: decimal.MustParse("100.00"),
		delivery: func() (http.Header, []byte) { return s.medusa.Delivery("order.placed", order) },
	}
}

// meddle has somebody at the WooCommerce shop type a level over, who should not.
func (s *Shops) meddle(sku string, units int) { s.woo.SetStock(sku, units) }
