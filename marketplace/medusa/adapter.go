package medusa

import (
	"encoding/json"
	"errors"
	"net/http"
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
const Name = "medusa"

// Adapter is one Medusa shop. It may be used from several goroutines.
type Adapter struct {
	channel canonical.Channel
	client  *rest.Client
	feed    feed.Feed[marketplace.Fetched]
	// returned is the stream of orders as far as something comes back.
	returned feed.Feed[[]returns.Fetched]
	secrets  webhooksecret.Secrets
	decoder  decoder
	// untracked ships what has a carrier before its tracking is known.
	untracked bool
	// inspected books receipts when it is known what was found.
	inspected bool
	// returnLocation is where returns arrive, empty if the shop has one place only.
	returnLocation string
	orders         orderLocks
}

var (
	_ marketplace.OrderLister           = (*Adapter)(nil)
	_ marketplace.OrderGetter           = (*Adapter)(nil)
	_ marketplace.WebhookReceiver       = (*Adapter)(nil)
	_ marketplace.OrderAcknowledger     = (*Adapter)(nil)
	_ marketplace.StockPublisher        = (*Adapter)(nil)
	_ marketplace.StockReader           = (*Adapter)(nil)
	_ marketplace.StockLister           = (*Adapter)(nil)
	_ marketplace.ShipmentPublisher     = (*Adapter)(nil)
	_ marketplace.DeliveryPublisher     = (*Adapter)(nil)
	_ marketplace.CancellationPublisher = (*Adapter)(nil)
	_ marketplace.PricePublisher        = (*Adapter)(nil)
	_ marketplace.PriceReader           = (*Adapter)(nil)
	_ marketplace.ListingPublisher      = (*Adapter)(nil)
	_ marketplace.ListingLister         = (*Adapter)(nil)
	_ returns.Lister                    = (*Adapter)(nil)
	_ returns.Getter                    = (*Adapter)(nil)
	_ returns.Decider                   = (*Adapter)(nil)
	_ returns.ReceiptReporter           = (*Adapter)(nil)
	_ returns.InspectionReporter        = (*Adapter)(nil)
	_ payments.RefundCreator            = (*Adapter)(nil)
	_ payments.RefundFinder             = (*Adapter)(nil)
	_ payments.RefundGetter             = (*Adapter)(nil)
	_ payments.PaymentGetter            = (*Adapter)(nil)
	_ payments.Capturer                 = (*Adapter)(nil)
)

// New returns the adapter of the shop at the address of its server, such as
// "https://medusa.example.com". The address must be https unless it is this machine's. An address that cannot
// work is reported by the first call.
func New(address string, credential Credential, options ...Option) *Adapter {
	s := settings{account: "main", overlap: 2 * time.Minute, perSecond: 10}
	for _, option := range options {
		option.apply(&s)
	}
	channel := canonical.Channel{Name: Name, Account: s.account}
	adapter := &Adapter{
		channel:   channel,
		secrets:   s.webhookSecrets,
		untracked: s.untracked,
		inspected: s.inspected, returnLocation: s.returnLocation,
		decoder: decoder{channel: channel, metaKeys: s.metaKeys},
		client: rest.New(rest.Config{
			Channel: channel, BaseURL: address, Transport: s.transport,
			Timeout: s.timeout, PerSecond: s.perSecond, Backoff: s.backoff,
			Authorize: authorize(credential), Explain: explain,
		}),
	}
	adapter.feed = feed.Feed[marketplace.Fetched]{
		Source: source{adapter}, Resolution: time.Millisecond,
		Overlap: s.overlap, ReRead: s.reRead, PageSize: 50,
	}
	adapter.returned = feed.Feed[[]returns.Fetched]{
		Source: returnSource{adapter}, Resolution: time.Millisecond, Overlap: s.overlap, PageSize: 100,
	}
	return adapter
}

// Channel implements [marketplace.Adapter].
func (a *Adapter) Channel() canonical.Channel { return a.channel }

func authorize(credential Credential) func(*http.Request) error {
	return func(request *http.Request) error {
		if credential.key == nil {
			return errors.New("no key")
		}
		key, err := credential.key(request.Context())
		if err != nil || key == "" {
			return errors.New("no key")
		}
		request.SetBasicAuth(key, "")
		return nil
	}
}

// explain reads Medusa's error format.
func explain(status int, body []byte) rest.Explanation {
	var failure struct {
		Code    string `json:"code"`
		Type    string `json:"type"`
		Message string `json:"message"`
	}
	if json.Unmarshal(body, &failure) != nil || failure.Type == "" || status == http.StatusUnauthorized {
		return rest.Explanation{}
	}
	return rest.Explanation{Text: failure.Type + ": " + failure.Message}
}

func (a *Adapter) fail(code marketplace.Code, op, path, message string, cause error) *marketplace.Error {
	return &marketplace.Error{Code: code, Channel: a.channel, Op: op, Path: path, Message: message, Err: cause}
}
