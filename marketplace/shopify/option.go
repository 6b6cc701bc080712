package shopify

import (
	"context"
	"net/http"
	"time"

	"github.com/retailsync/retailsync/internal/webhooksecret"
)

// Option sets something that has a good default.
type Option struct{ apply func(*settings) }

type settings struct {
	account        string
	version        string
	domain         string
	webhookSecrets webhooksecret.Secrets
	transport      http.RoundTripper
	overlap        time.Duration
	timeout        time.Duration
	perSecond      float64
	backoff        time.Duration
	attributes     []string
}

// WithAccount names the shop among several Shopify shops; "main" if not given. It is part of every External ID in Odoo,
// so it must stay the same for ever.
func WithAccount(account string) Option {
	return Option{func(s *settings) { s.account = account }}
}

// WithVersion sets the version of the Admin API; [Version] if not given. What the adapter sends was also found to fit
// the three versions before that one.
func WithVersion(version string) Option {
	return Option{func(s *settings) { s.version = version }}
}

// WithWebhookSecret sets the app's client secret, with which Shopify signs webhooks. While a secret is being replaced
// give both: deliveries signed with the old one still come for an hour. Without it every delivery is refused, unless
// the credential is [ClientCredentials], whose secret it is.
func WithWebhookSecret(secrets ...string) Option {
	return WithWebhookSecretsFrom(webhooksecret.Fixed(secrets...))
}

// WithWebhookSecretsFrom asks provider for each delivery, so that a rotated secret is picked up while the process runs. It gives the present
// one, and the former as long as deliveries signed with it come. The provider must be quick and safe for concurrent use. While it fails,
// deliveries are refused as [marketplace.CodeUnavailable], so that they come again; its error never reaches an error's text.
func WithWebhookSecretsFrom(provider func(context.Context) ([]string, error)) Option {
	return Option{func(s *settings) { s.webhookSecrets = provider }}
}

// WithShopDomain sets the shop's own name ("demo.myshopify.com"), which webhooks must come from; the address that New
// was given if not set.
func WithShopDomain(domain string) Option {
	return Option{func(s *settings) { s.domain = domain }}
}

// WithTransport carries the requests; for proxies, tests and tracing.
func WithTransport(transport http.RoundTripper) Option {
	return Option{func(s *settings) { s.transport = transport }}
}

// WithOverlap sets how far each new run reaches back behind the end of the last one; 10 minutes if not given. It must be
// longer than Shopify's search lags behind its orders.
func WithOverlap(overlap time.Duration) Option {
	return Option{func(s *settings) { s.overlap = overlap }}
}

// WithTimeout bounds one attempt of a call; 30 seconds if not given.
func WithTimeout(timeout time.Duration) Option {
	return Option{func(s *settings) { s.timeout = timeout }}
}

// WithRateLimit sets how many calls per second the shop gets at most, beside what its points allow; 10 if not given.
func WithRateLimit(perSecond float64) Option {
	return Option{func(s *settings) { s.perSecond = perSecond }}
}

// WithBackoff sets the first wait before a read is repeated; 200 ms if not given.
func WithBackoff(first time.Duration) Option {
	return Option{func(s *settings) { s.backoff = first }}
}

// WithAttributes names keys of the order's additional details (note attributes) that are kept in [canonical.Order.Ext].
// None are kept otherwise, since shops store personal data there.
//
// [canonical.Order.Ext]: https://pkg.go.dev/github.com/retailsync/retailsync/canonical#Order
func WithAttributes(keys ...string) Option {
	return Option{func(s *settings) { s.attributes = append(s.attributes, keys...) }}
}
