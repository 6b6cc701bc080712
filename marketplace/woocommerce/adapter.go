package woocommerce

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/rest"
	"github.com/retailsync/retailsync/internal/webhooksecret"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/feed"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/returns"
)

// Name is the channel name of this adapter.
const Name = "woocommerce"

const apiPath = "/wp-json/wc/v3"

// Adapter is one WooCommerce shop. It may be used from several goroutines.
type Adapter struct {
	channel canonical.Channel
	client  *rest.Client
	feed    feed.Feed[marketplace.Fetched]
	// refunded is the stream of orders as far as they have refunds.
	refunded feed.Feed[[]returns.Fetched]
	secrets  webhooksecret.Secrets
	decoder  decoder
	// fractions says that the shop counts parts of units.
	fractions bool
	// manualRefunds says that people give the money back, and the shop only records it.
	manualRefunds bool
	settings      shopSettings
	words         words
	note          func(marketplace.Shipment) string
}

var (
	_ marketplace.OrderLister       = (*Adapter)(nil)
	_ marketplace.OrderGetter       = (*Adapter)(nil)
	_ marketplace.WebhookReceiver   = (*Adapter)(nil)
	_ marketplace.OrderAcknowledger = (*Adapter)(nil)
	_ marketplace.StockPublisher    = (*Adapter)(nil)
	_ marketplace.StockReader       = (*Adapter)(nil)
	_ marketplace.StockLister       = (*Adapter)(nil)
	_ marketplace.PricePublisher    = (*Adapter)(nil)
	_ marketplace.PriceReader       = (*Adapter)(nil)

	_ marketplace.ShipmentPublisher     = (*Adapter)(nil)
	_ marketplace.DeliveryPublisher     = (*Adapter)(nil)
	_ marketplace.CancellationPublisher = (*Adapter)(nil)
	_ marketplace.ListingPublisher      = (*Adapter)(nil)
	_ marketplace.ListingLister         = (*Adapter)(nil)

	_ returns.Lister = (*Adapter)(nil)
	_ returns.Getter = (*Adapter)(nil)

	_ payments.RefundCreator = (*Adapter)(nil)
	_ payments.RefundFinder  = (*Adapter)(nil)
	_ payments.RefundGetter  = (*Adapter)(nil)
	_ payments.PaymentGetter = (*Adapter)(nil)
)

// New returns the adapter of the shop at an address such as "https://shop.example.com", or with the
// folder in which WordPress lives. The address must be https unless it is this machine's. An address that
// cannot work is reported by the first call.
func New(address string, credential Credential, options ...Option) *Adapter {
	s := settings{account: "main", overlap: 5 * time.Minute, perSecond: 5, words: words{shipped: "completed"}, note: englishNote, goods: GoodsIfRestocked}
	for _, option := range options {
		option.apply(&s)
	}
	channel := canonical.Channel{Name: Name, Account: s.account}
	adapter := &Adapter{
		channel:   channel,
		secrets:   s.webhookSecrets,
		fractions: s.fractions, manualRefunds: s.manualRefunds,
		words:   s.words,
		note:    s.note,
		decoder: decoder{channel: channel, metaKeys: s.metaKeys, words: s.words, goods: s.goods},
		client: rest.New(rest.Config{
			Channel: channel, BaseURL: address, Transport: s.transport,
			Timeout: s.timeout, PerSecond: s.perSecond, Backoff: s.backoff,
			Authorize: authorize(credential), Explain: explain,
		}),
	}
	adapter.feed = feed.Feed[marketplace.Fetched]{
		Source: source{adapter}, Resolution: time.Second, Overlap: s.overlap,
		PageSize: 100, LocalOrder: true,
	}
	adapter.refunded = feed.Feed[[]returns.Fetched]{
		Source: refundSource{source{adapter}}, Resolution: time.Second, Overlap: s.overlap,
		PageSize: 100, LocalOrder: true,
	}
	return adapter
}

// Channel implements [marketplace.Adapter].
func (a *Adapter) Channel() canonical.Channel { return a.channel }

func authorize(credential Credential) func(*http.Request) error {
	return func(request *http.Request) error {
		if credential.keys == nil {
			return errors.New("no keys")
		}
		key, secret, err := credential.keys(request.Context())
		if err != nil || key == "" || secret == "" {
			return errors.New("no keys")
		}
		request.SetBasicAuth(key, secret)
		return nil
	}
}

// explain reads WordPress's error format.
func explain(status int, body []byte) rest.Explanation {
	var failure struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	if json.Unmarshal(body, &failure) != nil || failure.Code == "" {
		return rest.Explanation{}
	}
	explained := rest.Explanation{Text: failure.Code + ": " + failure.Message}
	switch {
	case failure.Code == "rest_no_route":
		explained.Code = marketplace.CodeInvalid
		explained.Text += " (is WooCommerce active at this address?)"
	case failure.Code == "woocommerce_rest_cannot_create_order_refund":
		// Of status 500, as are failures of which nothing is known; but here the shop is done with it.
		explained.Code = marketplace.CodeConflict
	case status == http.StatusBadRequest && isMissing(failure.Code):
		explained.Code = marketplace.CodeNotFound
	case status == http.StatusUnauthorized && (failure.Code == "woocommerce_rest_cannot_view" ||
		failure.Code == "woocommerce_rest_cannot_edit" || failure.Code == "woocommerce_rest_cannot_create"):
		// WooCommerce answers 401 both for no credential and for a key without the right.
		explained.Text += " (is the key right, of a user who may manage orders, and does the web server pass the Authorization header on?)"
	case status == http.StatusUnauthorized && failure.Code == "woocommerce_rest_authentication_error":
		explained.Text += " (the key is wrong or revoked, or has Read rights and cannot write)"
	}
	return explained
}

// isMissing reports whether WordPress's error code says that the object does not exist. Writes have it with the status 400.
func isMissing(code string) bool { return strings.HasSuffix(code, "_invalid_id") }

func (a *Adapter) fail(code marketplace.Code, op, path, message string, cause error) *marketplace.Error {
	return &marketplace.Error{Code: code, Channel: a.channel, Op: op, Path: path, Message: message, Err: cause}
}
