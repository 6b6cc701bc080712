package loop

import (
	"context"
	"net/http"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/webhooksecret"
)

// Option sets something that has a good default.
type Option struct{ apply func(*settings) }

type settings struct {
	address   string
	account   string
	secrets   webhooksecret.Secrets
	transport http.RoundTripper
	overlap   time.Duration
	timeout   time.Duration
	perSecond float64
	backoff   time.Duration
	beginning time.Time
	orders    canonical.Channel
	processor string
	outcomes  map[string]canonical.Resolution
	found     map[canonical.Disposition]string
}

// WithAccount names the shop among several at Loop; "main" if not given. It is part of every External ID in Odoo, so it must stay the
// same for ever.
func WithAccount(account string) Option {
	return Option{func(s *settings) { s.account = account }}
}

// WithOrders names the channel whose orders are returned; shopify/main if not given.
func WithOrders(channel canonical.Channel) Option {
	return Option{func(s *settings) { s.orders = channel }}
}

// WithWebhookSecret sets the secret of the webhooks. While a secret is replaced, give both: a delivery that either has signed is accepted.
// Without one every delivery is refused.
func WithWebhookSecret(secrets ...string) Option {
	return WithWebhookSecretsFrom(webhooksecret.Fixed(secrets...))
}

// WithWebhookSecretsFrom asks provider for each delivery, so that a rotated secret is picked up while the process runs. It gives the present
// one, and the former as long as deliveries signed with it come. The provider must be quick and safe for concurrent use. While it fails,
// deliveries are refused as [marketplace.CodeUnavailable], so that they come again; its error never reaches an error's text.
func WithWebhookSecretsFrom(provider func(context.Context) ([]string, error)) Option {
	return Option{func(s *settings) { s.secrets = provider }}
}

// WithOutcome says what a word for a line's outcome means, in lower case, that this package does not know or that the shop uses
// otherwise.
func WithOutcome(word string, resolution canonical.Resolution) Option {
	return Option{func(s *settings) { s.outcomes[word] = resolution }}
}

// WithDispositionWord says which of Loop's words a disposition is told by (back_to_stock, resale_hold, recycle, donate, missing). If
// not given, sellable is back_to_stock, refurbish is resale_hold, damaged is recycle and missing is missing.
func WithDispositionWord(disposition canonical.Disposition, word string) Option {
	return Option{func(s *settings) { s.found[disposition] = word }}
}

// WithProcessor is the e-mail address of the warehouse that Loop shows beside grades and dispositions; none if not given.
func WithProcessor(address string) Option {
	return Option{func(s *settings) { s.processor = address }}
}

// WithBeginning is when the shop's first return was made, for a listing of all; 2017 if not given. Loop lists 120 days at a time.
func WithBeginning(first time.Time) Option {
	return Option{func(s *settings) { s.beginning = first }}
}

// WithAddress is the address of Loop's API if it is another than https://api.loopreturns.com/api/v1.
func WithAddress(address string) Option {
	return Option{func(s *settings) { s.address = address }}
}

// WithTransport carries the requests; for proxies, tests and tracing.
func WithTransport(transport http.RoundTripper) Option {
	return Option{func(s *settings) { s.transport = transport }}
}

// WithOverlap sets how far each new run reaches back behind the beginning of the last one; 2 minutes if not given.
func WithOverlap(overlap time.Duration) Option {
	return Option{func(s *settings) { s.overlap = overlap }}
}

// WithTimeout bounds one attempt of a call; 30 seconds if not given.
func WithTimeout(timeout time.Duration) Option {
	return Option{func(s *settings) { s.timeout = timeout }}
}

// WithRateLimit sets how many calls per second Loop gets; 5 if not given, which is its limit of 300 a minute.
func WithRateLimit(perSecond float64) Option {
	return Option{func(s *settings) { s.perSecond = perSecond }}
}

// WithBackoff sets the first wait before a read is repeated; 200 ms if not given.
func WithBackoff(first time.Duration) Option {
	return Option{func(s *settings) { s.backoff = first }}
}
