package stripe

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/retailsync/retailsync/internal/webhooksecret"
)

// Option sets something that has a good default.
type Option struct{ apply func(*settings) }

type settings struct {
	account     string
	connected   string
	baseURL     string
	transport   http.RoundTripper
	timeout     time.Duration
	backoff     time.Duration
	overlap     time.Duration
	tolerance   time.Duration
	secrets     webhooksecret.Secrets
	byCharge    bool
	orderNumber string
	paidPage    string
}

// WithAccount names the account among several with Stripe; "main" if not given. It is part of what the stores and Odoo remember of
// its refunds and settlements, so it must stay the same for ever.
func WithAccount(account string) Option {
	return Option{func(s *settings) { s.account = account }}
}

// WithConnectedAccount acts for an account that is connected to the one of the key ("acct_…", Stripe Connect): its payments,
// refunds, balance and payouts. Webhooks about any other account are then none of this adapter's. The platform's key needs the
// rights for connected accounts.
func WithConnectedAccount(id string) Option {
	return Option{func(s *settings) { s.connected = id }}
}

// WithWebhookSecrets sets the signing secrets of the webhook endpoints ("whsec_…"): each endpoint has its own, and while one is
// being replaced there are two. A delivery that is signed with any of them is accepted; without a secret every one is refused.
func WithWebhookSecrets(secrets ...string) Option {
	return Option{func(s *settings) {
		others := s.secrets
		s.secrets = func(ctx context.Context) ([]string, error) {
			all, err := others.All(ctx)
			return slices.Concat(all, secrets), err
		}
	}}
}

// WithWebhookSecretsFrom asks provider for each delivery, so that a rotated secret is picked up while the process runs. It gives the present
// one, and the former as long as deliveries signed with it come. The provider must be quick and safe for concurrent use. While it fails,
// deliveries are refused as [marketplace.CodeUnavailable], so that they come again; its error never reaches an error's text.
func WithWebhookSecretsFrom(provider func(context.Context) ([]string, error)) Option {
	return Option{func(s *settings) { s.secrets = provider }}
}

// WithTolerance sets how old a webhook's signature may be; 5 minutes if not given, as Stripe advises. Stripe signs each delivery
// anew, also when it repeats one.
func WithTolerance(tolerance time.Duration) Option {
	return Option{func(s *settings) { s.tolerance = tolerance }}
}

// WithCharges names payments by their charge ("ch_…", "py_…") in what the adapter returns. Without it that is the PaymentIntent
// ("pi_…"), where there is one. Use it if the shop stores charges as the id of a payment. Requests may have either.
func WithCharges() Option {
	return Option{func(s *settings) { s.byCharge = true }}
}

// WithPaidPage is the page that buyers see when they have paid what they were asked for ("https://shop.example.com/thanks"). Stripe asks
// for one; without it nobody is charged.
func WithPaidPage(address string) Option {
	return Option{func(s *settings) { s.paidPage = address }}
}

// WithOrderNumber takes the number of the order in balance entries from the metadata of the charge, which the shop's Stripe plugin
// writes ("order_id" for WooCommerce).
func WithOrderNumber(metadataKey string) Option {
	return Option{func(s *settings) { s.orderNumber = metadataKey }}
}

// WithTransport carries the requests; for proxies, tests and tracing.
func WithTransport(transport http.RoundTripper) Option {
	return Option{func(s *settings) { s.transport = transport }}
}

// WithBaseURL sets another address than https://api.stripe.com; for a proxy or a mock. It must be https, except on this machine.
func WithBaseURL(address string) Option {
	return Option{func(s *settings) { s.baseURL = address }}
}

// WithTimeout bounds one attempt of a call; 80 seconds if not given, as the official client has it: a refund can take Stripe that
// long.
func WithTimeout(timeout time.Duration) Option {
	return Option{func(s *settings) { s.timeout = timeout }}
}

// WithBackoff sets the first wait before a read is repeated; 500 ms if not given.
func WithBackoff(first time.Duration) Option {
	return Option{func(s *settings) { s.backoff = first }}
}

// WithOverlap sets how far reading the balance on reaches back behind the end of the last reading; 5 minutes if not given. What
// was booked late is found in it.
func WithOverlap(overlap time.Duration) Option {
	return Option{func(s *settings) { s.overlap = overlap }}
}
