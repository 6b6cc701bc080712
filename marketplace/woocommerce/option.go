package woocommerce

import (
	"net/http"
	"time"
)

// Option sets something that has a good default.
type Option struct{ apply func(*settings) }

type settings struct {
	account       string
	webhookSecret string
	transport     http.RoundTripper
	overlap       time.Duration
	timeout       time.Duration
	perSecond     float64
	backoff       time.Duration
	metaKeys      []string
	fractions     bool
}

// WithAccount names the shop among several WooCommerce shops; "main" if not given. It is part of every
// External ID in Odoo, so it must stay the same for ever.
func WithAccount(account string) Option {
	return Option{func(s *settings) { s.account = account }}
}

// WithWebhookSecret sets the secret of the shop's webhooks. Without it every delivery is refused.
func WithWebhookSecret(secret string) Option {
	return Option{func(s *settings) { s.webhookSecret = secret }}
}

// WithTransport carries the requests; for proxies, tests and tracing.
func WithTransport(transport http.RoundTripper) Option {
	return Option{func(s *settings) { s.transport = transport }}
}

// WithOverlap sets how far each new run reaches back behind the end of the last one; 5 minutes if
// not given. It must be longer than the shop's longest transaction.
func WithOverlap(overlap time.Duration) Option {
	return Option{func(s *settings) { s.overlap = overlap }}
}

// WithTimeout bounds one attempt of a call; 30 seconds if not given.
func WithTimeout(timeout time.Duration) Option {
	return Option{func(s *settings) { s.timeout = timeout }}
}

// WithRateLimit sets how many calls per second the shop gets; 5 if not given. The shop itself has no limit,
// but its hosting may.
func WithRateLimit(perSecond float64) Option {
	return Option{func(s *settings) { s.perSecond = perSecond }}
}

// WithBackoff sets the first wait before a read is repeated; 200 ms if not given.
func WithBackoff(first time.Duration) Option {
	return Option{func(s *settings) { s.backoff = first }}
}

// WithMeta names keys of the order's meta data that are kept in [canonical.Order.Ext]. None are
// kept otherwise, since plugins store personal data there.
//
// [canonical.Order.Ext]: https://pkg.go.dev/github.com/retailsync/retailsync/canonical#Order
func WithMeta(keys ...string) Option {
	return Option{func(s *settings) { s.metaKeys = append(s.metaKeys, keys...) }}
}

// WithFractionalStock publishes quantities in parts of units. WooCommerce itself counts whole units and cuts off the
// rest; this is for shops with a plugin that changes that.
func WithFractionalStock() Option {
	return Option{func(s *settings) { s.fractions = true }}
}
