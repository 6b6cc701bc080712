package medusa

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
	webhookSecrets webhooksecret.Secrets
	transport      http.RoundTripper
	overlap        time.Duration
	timeout        time.Duration
	perSecond      float64
	backoff        time.Duration
	metaKeys       []string
	reRead         time.Duration
	untracked      bool
	inspected      bool
	returnLocation string
}

// WithAccount names the shop among several Medusa shops; "main" if not given. It is part of every
// External ID in Odoo, so it must stay the same for ever.
func WithAccount(account string) Option {
	return Option{func(s *settings) { s.account = account }}
}

// WithWebhookSecret sets the secret of the subscriber that sends webhooks. While a secret is replaced, give
// both: a delivery that either has signed is accepted. Without one every delivery is refused.
func WithWebhookSecret(secrets ...string) Option {
	return WithWebhookSecretsFrom(webhooksecret.Fixed(secrets...))
}

// WithWebhookSecretsFrom asks provider for each delivery, so that a rotated secret is picked up while the process runs. It gives the present
// one, and the former as long as deliveries signed with it come. The provider must be quick and safe for concurrent use. While it fails,
// deliveries are refused as [marketplace.CodeUnavailable], so that they come again; its error never reaches an error's text.
func WithWebhookSecretsFrom(provider func(context.Context) ([]string, error)) Option {
	return Option{func(s *settings) { s.webhookSecrets = provider }}
}

// WithTransport carries the requests; for proxies, tests and tracing.
func WithTransport(transport http.RoundTripper) Option {
	return Option{func(s *settings) { s.transport = transport }}
}

// WithOverlap sets how far each new run reaches back behind the end of the last one; 2 minutes if
// not given. It must be longer than the shop's longest transaction.
func WithOverlap(overlap time.Duration) Option {
	return Option{func(s *settings) { s.overlap = overlap }}
}

// WithTimeout bounds one attempt of a call; 30 seconds if not given.
func WithTimeout(timeout time.Duration) Option {
	return Option{func(s *settings) { s.timeout = timeout }}
}

// WithRateLimit sets how many calls per second the shop gets; 10 if not given. Medusa itself has no limit,
// but its hosting may.
func WithRateLimit(perSecond float64) Option {
	return Option{func(s *settings) { s.perSecond = perSecond }}
}

// WithBackoff sets the first wait before a read is repeated; 200 ms if not given.
func WithBackoff(first time.Duration) Option {
	return Option{func(s *settings) { s.backoff = first }}
}

// WithMeta names keys of the order's metadata that are kept in [canonical.Order.Ext]. None are kept
// otherwise, since shops store personal data there.
//
// [canonical.Order.Ext]: https://pkg.go.dev/github.com/retailsync/retailsync/canonical#Order
func WithMeta(keys ...string) Option {
	return Option{func(s *settings) { s.metaKeys = append(s.metaKeys, keys...) }}
}

// WithReReading makes each run of ListOrders end with the orders that were created within the window,
// whether they have changed or not. It finds refunds and partial captures of which no event came. It
// costs a call per 50 orders of the window and run, so choose the days in which refunds are made.
func WithReReading(window time.Duration) Option {
	return Option{func(s *settings) { s.reRead = window }}
}

// WithoutWaitingForTracking marks each shipment as shipped at once. Medusa then keeps tracking that comes later in the
// order's metadata only: it takes labels once, when a fulfilment is marked as shipped.
func WithoutWaitingForTracking() Option {
	return Option{func(s *settings) { s.untracked = true }}
}

// WithReturnLocation names the stock location where returns arrive; without it a shop must have one location only, or each
// receipt must name it. Returns that shoppers ask for have none.
func WithReturnLocation(id string) Option {
	return Option{func(s *settings) { s.returnLocation = id }}
}

// WithReceiptsAtInspection keeps what has arrived in the order's metadata until it is known what was found, and only then
// receives it: what is sellable goes back to Medusa's stock, all else is dismissed. Otherwise a receipt puts all units back
// to stock at once, and what turns out to be damaged after that is noted only.
func WithReceiptsAtInspection() Option {
	return Option{func(s *settings) { s.inspected = true }}
}
