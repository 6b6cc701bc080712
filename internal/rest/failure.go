package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/retailsync/retailsync/internal/excerpt"
	"github.com/retailsync/retailsync/marketplace"
)

// fail makes the error of this channel.
func (c *Client) fail(code marketplace.Code, op, message string, cause error) *marketplace.Error {
	return &marketplace.Error{Code: code, Channel: c.config.Channel, Op: op, Message: message, Err: cause}
}

// method returns the HTTP method that a failed request had. http.Client writes it in title case
// into its error.
func method(err error) string {
	var failed *url.Error
	if errors.As(err, &failed) {
		return strings.ToUpper(failed.Op)
	}
	return ""
}

// transportFailure classifies a call without a reply. A write may have been carried out, unless
// the connection was never made.
func (c *Client) transportFailure(ctx context.Context, op, method string, err error) error {
	switch {
	case errors.Is(err, errRedirect):
		return c.fail(marketplace.CodeInvalid, op, "the channel redirects to another address: configure the shop's final address", nil)
	case errors.Is(err, errTooLarge):
		return c.fail(marketplace.CodeInvalid, op, fmt.Sprintf("the answer is larger than %d bytes: ask for smaller pages", c.config.MaxBody), nil)
	case errors.Is(err, errNoSecrets):
		return c.fail(marketplace.CodeUnauthenticated, op, "the credentials could not be obtained from their provider", nil)
	}
	code, message := marketplace.CodeUnavailable, "no answer: retry later"
	var dial *net.OpError
	if unsent := errors.As(err, &dial) && dial.Op == "dial"; method != http.MethodGet && !unsent {
		code, message = marketplace.CodeUnknown, "no answer, so it is not known whether it was done: look before repeating"
	}
	if ctx.Err() != nil {
		return c.fail(code, op, "cancelled by the caller", ctx.Err())
	}
	if permanent(err) {
		message = "no trusted TLS connection: check the shop's certificate"
	}
	return c.fail(code, op, message, c.cause(err))
}

// cause keeps the kind of a transport error and drops the address that it quotes.
func (c *Client) cause(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return context.DeadlineExceeded
	}
	return err
}

// statusFailure classifies a reply that is not a success.
func (c *Client) statusFailure(op, method string, response *http.Response, body []byte) error {
	code, message := byStatus(response.StatusCode, method)
	failure := c.fail(code, op, fmt.Sprintf("HTTP %d: %s", response.StatusCode, message), nil)
	switch {
	case isHTML(body):
		failure.Message += " (the answer is an HTML page, as a proxy, a firewall or a maintenance page sends)"
		if response.StatusCode == http.StatusNotFound {
			failure.Code = marketplace.CodeInvalid
			failure.Message = "HTTP 404 with an HTML page: there is no API at this address; check the shop's address"
		}
	case c.config.Explain != nil:
		explained := c.config.Explain(response.StatusCode, body)
		if explained.Code != "" {
			failure.Code = explained.Code
		}
		if explained.Text != "" {
			failure.Message += ": the channel says " + c.quote(response.Request, explained.Text)
		}
	}
	if failure.Code == marketplace.CodeRateLimited || response.StatusCode == http.StatusServiceUnavailable {
		if wait, stated := retryAfter(response.Header, time.Now()); stated {
			failure.RetryAfter = wait
			if wait > defaultMaxWait {
				failure.Code = marketplace.CodeRateLimited
				c.pause(wait)
			}
		}
	}
	return failure
}

func byStatus(status int, method string) (marketplace.Code, string) {
	switch {
	case status == http.StatusUnauthorized:
		return marketplace.CodeUnauthenticated, "the credential is wrong or expired: check or renew it"
	case status == http.StatusForbidden:
		return marketplace.CodePermission, "the credential lacks the right: grant it"
	case status == http.StatusNotFound || status == http.StatusGone:
		return marketplace.CodeNotFound, "it does not exist"
	case status == http.StatusConflict || status == http.StatusPreconditionFailed:
		return marketplace.CodeConflict, "it changed meanwhile: fetch it again and decide"
	case status == http.StatusTooManyRequests:
		return marketplace.CodeRateLimited, "too many calls: wait"
	case status >= 500 && method != http.MethodGet:
		return marketplace.CodeUnknown, "the channel failed, so it is not known whether it was done: look before repeating"
	case status >= 500:
		return marketplace.CodeUnavailable, "the channel failed: retry later"
	default:
		return marketplace.CodeInvalid, "the channel refused the request"
	}
}

// checkJSON explains a success that is not JSON.
func (c *Client) checkJSON(op, method string, body []byte) error {
	if json.Valid(body) || method != http.MethodGet && len(body) == 0 {
		return nil
	}
	if isHTML(body) {
		return c.fail(marketplace.CodeInvalid, op,
			"the answer is an HTML page instead of JSON: check the shop's address, and whether a login, firewall or maintenance page is in the way", nil)
	}
	if cutShort(body) {
		code := marketplace.CodeUnavailable
		if method != http.MethodGet {
			code = marketplace.CodeUnknown
		}
		return c.fail(code, op, "the answer ends in the middle: retry later", io.ErrUnexpectedEOF)
	}
	return c.fail(marketplace.CodeInvalid, op,
		"the answer is not JSON: a plugin of the shop may print warnings into it; look at the shop's log", nil)
}

func cutShort(body []byte) bool {
	decoder := json.NewDecoder(bytes.NewReader(body))
	var whole json.RawMessage
	err := decoder.Decode(&whole)
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}

func isHTML(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")), " \t\r\n"), []byte("<"))
}

// Quote makes a channel's text fit for an error: short, printable and in quotation marks.
func (c *Client) Quote(text string) string { return c.quote(nil, text) }

// address is an e-mail address, as channels quote them in refusals.
var address = regexp.MustCompile(`[^\s"'<>(),;:]+@[^\s"'<>(),;:]+`)

// quote makes a channel's text fit for an error: short, printable, in quotation marks, without the
// credentials that were sent and without e-mail addresses.
func (c *Client) quote(request *http.Request, text string) string {
	if request != nil {
		for _, secret := range secrets(request) {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return excerpt.Quote(address.ReplaceAllString(text, "***"))
}

func secrets(request *http.Request) []string {
	var found []string
	keep := func(secret string) {
		if len(secret) > 3 {
			found = append(found, secret)
		}
	}
	if user, password, ok := request.BasicAuth(); ok {
		keep(user)
		keep(password)
	}
	for name, values := range request.Header {
		if !telling(name) {
			continue
		}
		for _, value := range values {
			keep(value)
			_, token, _ := strings.Cut(value, " ")
			keep(token)
		}
	}
	return found
}

// telling reports whether a header may hold a credential.
func telling(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"auth", "token", "key", "secret", "signature"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}
