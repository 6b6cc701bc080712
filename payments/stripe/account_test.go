package stripe_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/faultline"
	"github.com/retailsync/retailsync/payments/stripe"
	"github.com/retailsync/retailsync/payments/stripe/internal/stripedouble"
)

// shop is an adapter with the double behind it and a wire between them.
type shop struct {
	*stripe.Adapter
	double  *stripedouble.Server
	line    *faultline.Line
	address string
}

// open starts a double with an account.
func open(t *testing.T, options ...stripe.Option) shop {
	t.Helper()
	double := stripedouble.New()
	server := httptest.NewServer(double)
	t.Cleanup(server.Close)
	line := faultline.New(http.DefaultTransport)
	options = append([]stripe.Option{
		stripe.WithBaseURL(server.URL), stripe.WithTransport(line), stripe.WithBackoff(time.Millisecond), stripe.WithPaidPage("https://shop.example.com/thanks"), stripe.WithWebhookSecrets("whsec_former", stripedouble.Secret),
	}, options...)
	return shop{Adapter: stripe.New(stripe.Key(stripedouble.Key), options...), double: double, line: line, address: server.URL}
}

var errCut = errors.New("the wire was cut")

// cut has the next write be lost: before it arrives, or only its reply.
func (s shop) cut(before bool) {
	var done atomic.Bool
	s.line.Set(func(request *http.Request, next http.RoundTripper) (*http.Response, error) {
		if request.Method == http.MethodGet || done.Swap(true) {
			return next.RoundTrip(request)
		}
		if before {
			return nil, errCut
		}
		response, err := next.RoundTrip(request)
		if err == nil {
			response.Body.Close()
			err = errCut
		}
		return nil, err
	})
}

// scale is how many decimals Stripe counts the currencies of these tests with.
var scale = map[canonical.Currency]int{"EUR": 2, "USD": 2, "JPY": 0, "KRW": 0, "ISK": 2, "UGX": 2, "MGA": 0, "KWD": 3}

// units is an amount as Stripe counts it.
func units(t *testing.T, currency canonical.Currency, amount decimal.Decimal) int64 {
	t.Helper()
	whole, part, ok := amount.Int64(scale[currency])
	if !ok {
		t.Fatalf("%s %s", amount, currency)
	}
	for range scale[currency] {
		whole *= 10
	}
	return whole + part
}
