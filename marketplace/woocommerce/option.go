package woocommerce

import (
	"context"
	"net/http"
	"time"

	"github.com/retailsync/retailsync/internal/webhooksecret"
	"github.com/retailsync/retailsync/marketplace"
)

// Option sets something that has a good default.
type Option struct{ apply func(*settings) }

type settings struct {
	goods          RefundedGoods
	account        string
	webhookSecrets webhooksecret.Secrets
	transport      http.RoundTripper
	overlap        time.Duration
	timeout        time.Duration
	perSecond      float64
	backoff        time.Duration
	metaKeys       []string
	fractions      bool
	manualRefunds  bool
	words          words
	note           func(marketplace.Shipment) string
}

// WithAccount names the shop among several WooCommerce shops; "main" if not given. It is part of every
// External ID in Odoo, so it must stay the same for ever.
func WithAccount(account string) Option {
	return Option{func(s *settings) { s.account = account }}
}

// WithWebhookSecret sets the secret of the shop's webhooks. While a secret is replaced, give
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

// WithShippedStatus sets the status of orders of which everything has been shipped; "completed" if not given. A shop that
// does not have the word refuses it.
func WithShippedStatus(word string) Option {
	return Option{func(s *settings) { s.words.shipped = word }}
}

// WithPartlyShippedStatus sets the status of orders of which a part has been shipped, such as a plugin's "partial-shipped".
// Without it they keep the one that they have.
func WithPartlyShippedStatus(word string) Option {
	return Option{func(s *settings) { s.words.partly = word }}
}

// WithDeliveredStatus sets the status of orders of which everything has reached the customer, such as a plugin's
// "delivered". Without it they keep the one that they have.
func WithDeliveredStatus(word string) Option {
	return Option{func(s *settings) { s.words.delivered = word }}
}

// WithShipmentNote writes the note that customers are sent of a shipment, in their language; it is English if not
// given. The same shipment must give the same text, by which a repeat finds that it was sent. An empty text sends none.
func WithShipmentNote(text func(marketplace.Shipment) string) Option {
	return Option{func(s *settings) { s.note = text }}
}

// WithRefundedGoods sets what a refund of units says about where they are; [GoodsIfRestocked] if not given.
func WithRefundedGoods(rule RefundedGoods) Option {
	return Option{func(s *settings) { s.goods = rule }}
}

// WithManualRefunds records refunds in the shop and leaves it to people to give the money back (api_refund false). Otherwise the
// shop has the payment's gateway do it; gateways that cannot, such as bank transfer, refuse.
func WithManualRefunds() Option {
	return Option{func(s *settings) { s.manualRefunds = true }}
}
