package shopify

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/rest"
	"github.com/retailsync/retailsync/internal/webhooksecret"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/returns"
)

// Name is the channel name of this adapter.
const Name = "shopify"

// Version is the version of the Admin API that the adapter speaks.
const Version = "2026-10"

// Adapter is one Shopify shop. It may be used from several goroutines.
type Adapter struct {
	channel canonical.Channel
	client  *rest.Client
	path    string
	domain  string
	secrets webhooksecret.Secrets
	overlap time.Duration
	tokens  *tokens
	bucket  *bucket
	decoder decoder
	// files fetches what bulk operations have written, which lies elsewhere.
	files *http.Client
	// local says that the shop is on this machine itself.
	local bool
	// pollEvery is the first wait between two looks at what Shopify works on.
	pollEvery time.Duration
	// affordable is how many orders a page may have for its cost, zero if that is not known.
	affordable atomic.Int64
}

var (
	_ marketplace.OrderLister       = (*Adapter)(nil)
	_ marketplace.OrderGetter       = (*Adapter)(nil)
	_ marketplace.WebhookReceiver   = (*Adapter)(nil)
	_ marketplace.OrderAcknowledger = (*Adapter)(nil)
	_ marketplace.StockPublisher    = (*Adapter)(nil)
	_ marketplace.StockReader       = (*Adapter)(nil)
	_ marketplace.StockLister       = (*Adapter)(nil)

	_ marketplace.ShipmentPublisher     = (*Adapter)(nil)
	_ marketplace.ShipmentFollower      = (*Adapter)(nil)
	_ marketplace.DeliveryPublisher     = (*Adapter)(nil)
	_ marketplace.CancellationPublisher = (*Adapter)(nil)

	_ marketplace.PricePublisher   = (*Adapter)(nil)
	_ marketplace.PriceReader      = (*Adapter)(nil)
	_ marketplace.ListingPublisher = (*Adapter)(nil)
	_ marketplace.ListingLister    = (*Adapter)(nil)

	_ returns.Lister             = (*Adapter)(nil)
	_ returns.Getter             = (*Adapter)(nil)
	_ returns.Decider            = (*Adapter)(nil)
	_ returns.InspectionReporter = (*Adapter)(nil)
	_ returns.Closer             = (*Adapter)(nil)

	_ payments.RefundCreator    = (*Adapter)(nil)
	_ payments.RefundFinder     = (*Adapter)(nil)
	_ payments.RefundGetter     = (*Adapter)(nil)
	_ payments.PaymentGetter    = (*Adapter)(nil)
	_ payments.BalanceLister    = (*Adapter)(nil)
	_ payments.PayoutLister     = (*Adapter)(nil)
	_ payments.SettlementGetter = (*Adapter)(nil)
)

// New returns the adapter of a shop: "demo", "demo.myshopify.com" or "https://demo.myshopify.com". It must be the
// shop's myshopify.com name, since the Admin API is there only. An address that cannot work is reported by the first call.
func New(shop string, credential Credential, options ...Option) *Adapter {
	s := settings{account: "main", version: Version, overlap: 10 * time.Minute, perSecond: 10, backoff: 200 * time.Millisecond}
	for _, option := range options {
		option.apply(&s)
	}
	channel := canonical.Channel{Name: Name, Account: s.account}
	address := shopAddress(shop)
	config := rest.Config{
		Channel: channel, BaseURL: address, Transport: transport(s.transport),
		Timeout: s.timeout, PerSecond: s.perSecond, Backoff: s.backoff, Explain: explain,
	}
	adapter := &Adapter{
		channel:   channel,
		path:      "/admin/api/" + s.version + "/graphql.json",
		domain:    strings.ToLower(s.domain),
		secrets:   s.webhookSecrets,
		overlap:   s.overlap,
		bucket:    newBucket(time.Now),
		pollEvery: 5 * s.backoff,
		decoder:   decoder{channel: channel, attributes: s.attributes},
	}
	if parsed, err := url.Parse(address); err == nil {
		adapter.local = isLoopback(parsed.Hostname())
	}
	adapter.files = fileClient(s.transport, adapter.local)
	if adapter.domain == "" {
		_, adapter.domain, _ = strings.Cut(strings.ToLower(address), "://")
	}
	if secrets := adapter.secrets; credential.secret != "" {
		adapter.secrets = func(ctx context.Context) ([]string, error) {
			given, err := secrets.All(ctx)
			if err == nil && len(given) == 0 {
				given = []string{credential.secret}
			}
			return given, err
		}
	}
	adapter.tokens = newTokens(adapter.fetchToken(credential, config), credential.clientID != "", time.Now)
	config.Authorize = authorize
	adapter.client = rest.New(config)
	return adapter
}

// Channel implements [marketplace.Adapter].
func (a *Adapter) Channel() canonical.Channel { return a.channel }

// shopAddress completes a shop's name.
func shopAddress(shop string) string {
	shop = strings.TrimRight(strings.TrimSpace(shop), "/")
	if strings.Contains(shop, "://") || shop == "" {
		return shop
	}
	if !strings.Contains(shop, ".") {
		shop += ".myshopify.com"
	}
	return "https://" + shop
}

// explain reads Shopify's answers that are no GraphQL.
func explain(status int, body []byte) rest.Explanation {
	var failure struct {
		Errors json.RawMessage `json:"errors"`
	}
	var text string
	if json.Unmarshal(body, &failure) == nil {
		_ = json.Unmarshal(failure.Errors, &text) // a list is of errors that GraphQL found
	}
	explained := rest.Explanation{Text: text}
	switch status {
	case http.StatusPaymentRequired:
		explained = rest.Explanation{Code: marketplace.CodePermission, Text: "the shop is frozen: its plan is not paid for"}
	case http.StatusNotFound:
		explained = rest.Explanation{Code: marketplace.CodeInvalid, Text: "there is no shop at this address, or no such version of the API"}
	case http.StatusLocked:
		explained = rest.Explanation{Code: marketplace.CodePermission, Text: "the shop is locked: its owner must ask Shopify"}
	case 430: // Shopify's own: the security rules refused the request
		explained.Code = marketplace.CodeRateLimited
	}
	return explained
}

func (a *Adapter) fail(code marketplace.Code, op, path, message string, cause error) *marketplace.Error {
	return &marketplace.Error{Code: code, Channel: a.channel, Op: op, Path: path, Message: message, Err: cause}
}
