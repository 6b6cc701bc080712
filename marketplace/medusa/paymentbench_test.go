package medusa_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/faultline"
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
	"github.com/retailsync/retailsync/payments/paymentstest"
)

func dec(text string) decimal.Decimal { return decimal.MustParse(text) }

// paymentBench is a shop with payments, in process or real.
type paymentBench struct {
	url, key string
	// pay makes an order of an amount, whose payment is captured or only authorised.
	pay func(t *testing.T, currency canonical.Currency, amount decimal.Decimal, captured bool) paidOrder
	// refunds are the amounts that were given back of a payment.
	refunds func(t *testing.T, payment string) []string
	// openChange leaves a change of an order open.
	openChange func(t *testing.T, order string)
	// receive begins to receive deliveries and returns what waits for one about a refund of a payment.
	receive func(t *testing.T) func(t *testing.T, payment, refund string) (http.Header, []byte)
	// ping returns a delivery about nothing; in process only.
	ping         func() (http.Header, []byte)
	secret       string
	withoutCents canonical.Currency
}

type paidOrder struct{ id, payment string }

func fakePayments(t *testing.T) *paymentBench {
	t.Helper()
	server := medusatest.NewServer()
	t.Cleanup(server.Close)
	var last atomic.Int64
	return &paymentBench{
		url: server.URL, key: server.SecretKey, withoutCents: "JPY",
		pay: func(_ *testing.T, currency canonical.Currency, amount decimal.Decimal, captured bool) paidOrder {
			number := int(last.Add(1))
			id := fmt.Sprintf("order_paid_%05d", number)
			now := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
			server.Put(medusatest.PaidOrder(id, number, strings.ToLower(string(currency)), amount.String(), captured, now))
			return paidOrder{id: id, payment: id + "_pay"}
		},
		refunds:    func(_ *testing.T, payment string) []string { return server.Refunds(payment) },
		openChange: func(_ *testing.T, order string) { server.OpenChange(order) },
		receive: func(*testing.T) func(*testing.T, string, string) (http.Header, []byte) {
			return func(_ *testing.T, payment, _ string) (http.Header, []byte) { return server.RefundDelivery(payment) }
		},
		secret: server.WebhookSecret,
		ping: func() (http.Header, []byte) {
			body := []byte(`{"name":"customer.created","data":{"id":"cus_1"}}`)
			return medusatest.Sign(server.WebhookSecret, "customer.created", "d-0", body), body
		},
	}
}

func realPayments(t *testing.T) *paymentBench {
	t.Helper()
	server := peer.MedusaServer(t)
	return &paymentBench{
		url: server.URL, key: server.SecretKey, secret: server.WebhookSecret,
		pay: func(t *testing.T, _ canonical.Currency, amount decimal.Decimal, captured bool) paidOrder {
			t.Helper()
			// The standard parcel costs 5 EUR, and 25 % come onto all.
			gross, err := amount.Quo(dec("1.25"))
			if err != nil {
				t.Fatal(err)
			}
			price, err := gross.Sub(dec("5"))
			if err != nil {
				t.Fatal(err)
			}
			sku := "PAY-" + rand.Text()
			variant := server.NewPricedArticles(t, sku, []string{sku}, []string{price.String()})[sku]
			order := server.Place(t, []string{variant}, 1)
			if captured {
				server.Capture(t, order.PaymentID)
			}
			return paidOrder{id: order.ID, payment: order.PaymentID}
		},
		refunds:    func(t *testing.T, payment string) []string { return server.Refunds(t, payment) },
		openChange: func(t *testing.T, order string) { server.OpenChange(t, order) },
		receive: func(t *testing.T) func(*testing.T, string, string) (http.Header, []byte) {
			box := openMailbox(t)
			return func(t *testing.T, payment, refund string) (http.Header, []byte) {
				return box.take(t, "refund "+refund, func(d delivery) bool { return d.about.ID == payment && slices.Contains(d.about.Refunds, refund) })
			}
		},
	}
}

// moved is how much of a payment was given back.
func (b *paymentBench) moved(t *testing.T, payment string) decimal.Decimal {
	t.Helper()
	sum := decimal.Zero
	for _, amount := range b.refunds(t, payment) {
		next, err := sum.Add(dec(amount))
		if err != nil {
			t.Fatal(err)
		}
		sum = next
	}
	return sum
}

func (b *paymentBench) adapter(transport http.RoundTripper) *medusa.Adapter {
	return medusa.New(b.url, medusa.SecretKey(b.key), medusa.WithTransport(transport), medusa.WithBackoff(time.Millisecond), medusa.WithRateLimit(1000), medusa.WithWebhookSecret(b.secret))
}

func (b *paymentBench) conformance(t *testing.T) {
	paymentstest.Run(t, paymentstest.Harness{
		WithoutCents: b.withoutCents, Secrets: []string{b.key},
		Open: func(t *testing.T) paymentstest.Account {
			line := faultline.New(http.DefaultTransport)
			account := paymentstest.Account{
				Provider: b.adapter(line),
				Pay: func(t *testing.T, currency canonical.Currency, amount decimal.Decimal) string {
					return b.pay(t, currency, amount, true).payment
				},
				Authorize: func(t *testing.T, currency canonical.Currency, amount decimal.Decimal) string {
					return b.pay(t, currency, amount, false).payment
				},
				Moved:           b.moved,
				LoseReply:       func(*testing.T) { line.LoseNext() },
				RefuseNext:      func(*testing.T) { line.RefuseNext() },
				SignatureHeader: "X-Medusa-Signature",
			}
			if receives(t) {
				deliver := b.receive(t)
				account.Deliver = func(t *testing.T, id string) (http.Header, []byte) {
					payment, refund, _ := strings.Cut(id, "/")
					return deliver(t, payment, refund)
				}
			}
			if b.ping != nil {
				account.Ping = func(*testing.T) (http.Header, []byte) { return b.ping() }
			}
			return account
		},
	})
}

// expect checks what was given back of a payment. Medusa tells it in no order.
func (b *paymentBench) expect(t *testing.T, payment string, want ...string) {
	t.Helper()
	got, want := b.refunds(t, payment), slices.Clone(want)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the shop has made the refunds %v, want %v", got, want)
	}
}
