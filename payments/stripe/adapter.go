package stripe

import (
	"cmp"
	"net"
	"net/http"
	"net/url"
	"time"

	api "github.com/stripe/stripe-go/v84"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
)

// Adapter is one account with Stripe. It is safe for concurrent use and keeps no state between calls.
type Adapter struct {
	settings   settings
	channel    canonical.Channel
	credential Credential
	backend    api.Backend
	client     *api.Client
	// misused says why no call can be made; the constructor has no error.
	misused string
}

// What the adapter can do.
var (
	_ payments.RefundCreator      = (*Adapter)(nil)
	_ payments.RefundFinder       = (*Adapter)(nil)
	_ payments.RefundGetter       = (*Adapter)(nil)
	_ payments.PaymentGetter      = (*Adapter)(nil)
	_ payments.Capturer           = (*Adapter)(nil)
	_ payments.Voider             = (*Adapter)(nil)
	_ payments.ChargeCreator      = (*Adapter)(nil)
	_ payments.ChargeFinder       = (*Adapter)(nil)
	_ payments.ChargeCanceller    = (*Adapter)(nil)
	_ payments.BalanceLister      = (*Adapter)(nil)
	_ payments.PayoutLister       = (*Adapter)(nil)
	_ payments.SettlementGetter   = (*Adapter)(nil)
	_ marketplace.WebhookReceiver = (*Adapter)(nil)
)

// New returns the adapter of an account. It calls nobody; a mistake in the options is a [marketplace.CodeInvalid] of every call.
func New(credential Credential, options ...Option) *Adapter {
	s := settings{
		account: "main", baseURL: api.APIURL, timeout: 80 * time.Second, backoff: 500 * time.Millisecond, overlap: 5 * time.Minute,
		tolerance: 5 * time.Minute,
	}
	for _, option := range options {
		option.apply(&s)
	}
	a := &Adapter{settings: s, channel: canonical.Channel{Name: "stripe", Account: cmp.Or(s.account, "main")}, credential: credential}
	address, err := url.Parse(s.baseURL)
	switch {
	case err != nil || address.Host == "" || address.Scheme != "https" && !(address.Scheme == "http" && here(address.Hostname())):
		a.misused = "the address of Stripe must be https: correct WithBaseURL"
	case credential.key == nil:
		a.misused = "there is no API key: give one with Key or KeyFrom"
	}
	config := &api.BackendConfig{
		HTTPClient: &http.Client{Transport: &transport{next: s.transport, credential: credential}},
		// Its own retries would repeat writes out of sight of the caller's store, and it logs what it was sent.
		MaxNetworkRetries: api.Int64(0),
		EnableTelemetry:   api.Bool(false),
		LeveledLogger:     &api.LeveledLogger{Level: api.LevelNull},
		URL:               api.String(s.baseURL),
	}
	backends := api.NewBackendsWithConfig(config)
	a.backend = backends.API
	a.client = api.NewClient("", api.WithBackends(backends)) // the transport adds the key
	return a
}

// here tells whether a host is this machine.
func here(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Channel implements [marketplace.Adapter].
func (a *Adapter) Channel() canonical.Channel { return a.channel }

// String names the account; it never shows the key.
func (a *Adapter) String() string { return a.channel.String() }

// GoString is String.
func (a *Adapter) GoString() string { return a.channel.String() }

// params are those of every call that acts on an object.
func (a *Adapter) params(key string) api.Params {
	p := api.Params{}
	if key != "" {
		p.SetIdempotencyKey(key)
	}
	if a.settings.connected != "" {
		p.SetStripeAccount(a.settings.connected)
	}
	return p
}

// listParams are those of every call that lists.
func (a *Adapter) listParams(limit int) api.ListParams {
	p := api.ListParams{Limit: api.Int64(int64(limit)), Single: true}
	if a.settings.connected != "" {
		p.SetStripeAccount(a.settings.connected)
	}
	return p
}
