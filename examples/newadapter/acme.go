// Package newadapter is a complete small adapter, for the invented shop system "Acme", to be copied and
// changed. README.md walks through it. It uses nothing but the standard library and the public packages of
// this module.
package newadapter

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
)

// Adapter is one Acme shop. It implements OrderLister, OrderGetter and WebhookReceiver: what Acme can do.
type Adapter struct {
	channel                canonical.Channel
	address, token, secret string
	http                   *http.Client
}

// New returns the adapter of the shop at address. Transport may be nil.
func New(account, address, token, webhookSecret string, transport http.RoundTripper) *Adapter {
	return &Adapter{
		channel: canonical.Channel{Name: "acme", Account: account},
		address: address, token: token, secret: webhookSecret,
		http: &http.Client{
			Transport: transport, Timeout: 30 * time.Second,
			// Elsewhere the token would go to somebody else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Channel implements marketplace.Adapter.
func (a *Adapter) Channel() canonical.Channel { return a.channel }

// ListOrders implements marketplace.OrderLister. Acme numbers every change of every order, so the cursor is the
// number of the last change that was read: nothing is lost however rows move. A shop that only
// has times of change needs more care; see the adapters of WooCommerce and Medusa.
func (a *Adapter) ListOrders(ctx context.Context, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
	const op = "list orders"
	limit := min(max(query.Limit, 0), 100)
	if limit == 0 {
		limit = 100
	}
	parameters := url.Values{"limit": {strconv.Itoa(limit)}}
	if query.Cursor != "" {
		if _, err := strconv.ParseUint(string(query.Cursor), 10, 64); err != nil {
			return marketplace.OrderPage{}, a.fail(marketplace.CodeInvalid, op, "", "not a cursor of this adapter: start again with Since", nil)
		}
		parameters.Set("after", string(query.Cursor))
	} else if !query.Since.IsZero() {
		parameters.Set("since", query.Since.UTC().Format(time.RFC3339Nano))
	}
	var answer struct {
		Orders []json.RawMessage `json:"orders"`
		Last   uint64            `json:"last"` // the number of the last change on this page
	}
	if err := a.get(ctx, op, "/orders?"+parameters.Encode(), &answer); err != nil {
		return marketplace.OrderPage{}, err
	}
	page := marketplace.OrderPage{
		Cursor: marketplace.Cursor(strconv.FormatUint(answer.Last, 10)),
		More:   len(answer.Orders) == limit,
	}
	for _, body := range answer.Orders {
		// One order that cannot be decoded never hides the others.
		order, err := decode(a.channel, body)
		page.Orders = append(page.Orders, marketplace.Fetched{Key: order.Key, Order: order, Err: a.wrap(op, err)})
	}
	return page, nil
}

// GetOrder implements marketplace.OrderGetter.
func (a *Adapter) GetOrder(ctx context.Context, id string) (canonical.Order, error) {
	const op = "get order"
	var body json.RawMessage
	if err := a.get(ctx, op, "/orders/"+url.PathEscape(id), &body); err != nil {
		return canonical.Order{}, err
	}
	order, err := decode(a.channel, body)
	return order, a.wrap(op, err)
}

// ReceiveWebhook implements marketplace.WebhookReceiver: first the signature, then the content.
func (a *Adapter) ReceiveWebhook(_ context.Context, header http.Header, body []byte) ([]marketplace.Notice, error) {
	const op = "receive webhook"
	given, err := hex.DecodeString(header.Get("X-Acme-Signature"))
	mac := hmac.New(sha256.New, []byte(a.secret))
	mac.Write(body)
	if err != nil || a.secret == "" || !hmac.Equal(given, mac.Sum(nil)) {
		return nil, a.fail(marketplace.CodeUnauthenticated, op, "X-Acme-Signature", "the signature does not fit the body: check the secret", nil)
	}
	var event struct {
		ID    string `json:"id"`
		Order string `json:"order"`
	}
	if err := json.Unmarshal(body, &event); err != nil {
		return nil, a.fail(marketplace.CodeInvalid, op, "", "the delivery is not JSON", nil)
	}
	if event.Order == "" {
		return nil, nil // a ping
	}
	return []marketplace.Notice{{
		EventID: event.ID, Kind: marketplace.NoticeOrder,
		Key: canonical.Key{Channel: a.channel, ID: event.Order},
	}}, nil
}

// get reads one JSON document and turns every failure into a *marketplace.Error.
func (a *Adapter) get(ctx context.Context, op, path string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.address+path, nil)
	if err != nil {
		return a.fail(marketplace.CodeInvalid, op, "", "the shop's address is not a URL", nil)
	}
	request.Header.Set("X-Acme-Token", a.token)
	response, err := a.http.Do(request)
	if err != nil {
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err // without the address
		}
		return a.fail(marketplace.CodeUnavailable, op, "", "no answer: retry later", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 16<<20))
	if err != nil {
		return a.fail(marketplace.CodeUnavailable, op, "", "the answer broke off: retry later", err)
	}
	if response.StatusCode != http.StatusOK {
		return a.refused(op, response)
	}
	if err := json.Unmarshal(body, into); err != nil {
		message := "the answer is not the expected JSON"
		if len(body) > 0 && body[0] == '<' {
			message = "the answer is an HTML page: check the shop's address"
		}
		return a.fail(marketplace.CodeInvalid, op, "", message, nil)
	}
	return nil
}

// refused maps the HTTP status to what may be done about it.
func (a *Adapter) refused(op string, response *http.Response) error {
	code := marketplace.CodeInvalid
	switch status := response.StatusCode; {
	case status == http.StatusUnauthorized:
		code = marketplace.CodeUnauthenticated
	case status == http.StatusForbidden:
		code = marketplace.CodePermission
	case status == http.StatusNotFound:
		code = marketplace.CodeNotFound
	case status == http.StatusTooManyRequests:
		code = marketplace.CodeRateLimited
	case status >= 500:
		code = marketplace.CodeUnavailable
	}
	failure := a.fail(code, op, "", fmt.Sprintf("HTTP %d", response.StatusCode), nil)
	if seconds, err := strconv.ParseInt(response.Header.Get("Retry-After"), 10, 64); err == nil {
		// Bounded before it is multiplied: a huge number would overflow.
		failure.RetryAfter = time.Duration(min(max(seconds, 0), 86400)) * time.Second
	}
	return failure
}

func (a *Adapter) fail(code marketplace.Code, op, path, message string, cause error) *marketplace.Error {
	return &marketplace.Error{Code: code, Channel: a.channel, Op: op, Path: path, Message: message, Err: cause}
}

// wrap completes a decoder's error; nil stays nil.
func (a *Adapter) wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	return a.fail(marketplace.CodeInvalid, op, "", "the order cannot be read", err)
}
