package stripe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	api "github.com/stripe/stripe-go/v84"

	"github.com/retailsync/retailsync/internal/excerpt"
	"github.com/retailsync/retailsync/marketplace"
)

// fail makes an error of this account.
func (a *Adapter) fail(code marketplace.Code, op, message string, cause error) *marketplace.Error {
	return &marketplace.Error{Code: code, Channel: a.channel, Op: op, Message: message, Err: cause}
}

// failure says what a call that failed means. The error of the official client goes no further: it holds whole objects, among
// them client secrets and addresses.
func (a *Adapter) failure(ctx context.Context, op string, write bool, seen *exchange, err error) *marketplace.Error {
	sent, whole, status, header := seen.end()
	var said *api.Error
	switch {
	case errors.As(err, &said) && said != nil:
		return a.refusal(op, write, said, header)
	case errors.Is(err, errNoKey):
		return a.fail(marketplace.CodeUnauthenticated, op, "the API key could not be obtained from its provider", nil)
	case whole && status >= http.StatusBadRequest:
		code, message := byStatus(status, write)
		if code == marketplace.CodeInvalid || code == marketplace.CodeNotFound {
			code = inDoubt(write) // it is not Stripe's last word on the request
		}
		failure := a.fail(code, op, fmt.Sprintf("HTTP %d: %s (the answer is not Stripe's: a proxy or an outage is in the way)", status, message), nil)
		failure.RetryAfter = retryAfter(header)
		return failure
	case errors.Is(err, errRedirect):
		code := marketplace.CodeInvalid
		if write {
			code = marketplace.CodeUnavailable // it can be done yet
		}
		return a.fail(code, op, "redirected to another address, and not followed: correct WithBaseURL", nil)
	case write && sent:
		return a.fail(marketplace.CodeUnknown, op, "no whole answer, so it is not known whether it was done: look before repeating", cause(ctx, err))
	case errors.Is(err, errTooLarge):
		return a.fail(marketplace.CodeInvalid, op, fmt.Sprintf("the answer is larger than %d bytes: ask for smaller pages", maxBody), nil)
	case whole:
		return a.fail(marketplace.CodeInvalid, op, "the answer is not what the API of version "+api.APIVersion+" sends: look for a newer release of this module", nil)
	}
	return a.fail(marketplace.CodeUnavailable, op, "no answer: retry later", cause(ctx, err))
}

// cause keeps the kind of a transport error and drops what it quotes.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return context.DeadlineExceeded
	}
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return nil
}

// refusal is what Stripe said, in the words of this library.
func (a *Adapter) refusal(op string, write bool, said *api.Error, header http.Header) *marketplace.Error {
	code, message := byStatus(said.HTTPStatusCode, write)
	switch {
	case said.Type == api.ErrorTypeIdempotency:
		code, message = marketplace.CodeConflict, "the idempotency key was used for another request: no money was moved by this one"
	case said.Code == api.ErrorCodeIdempotencyKeyInUse:
		// What that request comes to is not known yet, so it is no conflict that a person must look at.
		code, message = inDoubt(write), "a request with this idempotency key is at work: look, or repeat it in a moment"
	case said.Code == api.ErrorCodeAPIKeyExpired || said.Code == api.ErrorCodePlatformAPIKeyExpired:
		code, message = marketplace.CodeUnauthenticated, "the API key has expired: replace it"
	case said.Code == api.ErrorCodeResourceMissing:
		code, message = marketplace.CodeNotFound, "it does not exist in this account and mode (live or test)"
	case said.Code == api.ErrorCodeRateLimit || said.Code == api.ErrorCodeLockTimeout:
		code, message = marketplace.CodeRateLimited, "too many calls at once: wait"
	case said.Code == "payout_reconciliation_not_ready":
		code, message = marketplace.CodeUnavailable, "Stripe has not closed it yet: retry later"
	case said.Code == api.ErrorCodeChargeAlreadyRefunded:
		message = "nothing is left of the payment to give back"
	case said.Code == api.ErrorCodeBalanceInsufficient || said.Code == api.ErrorCodeInsufficientFunds:
		message = "the balance with Stripe does not cover it: add funds, then ask again with a new key"
	case said.Code == api.ErrorCodeChargeDisputed || said.Code == "refund_disputed_payment":
		message = "the payment is disputed: the buyer gets the money back by the dispute, not by a refund"
	case said.Type == api.ErrorTypeAPI && code == marketplace.CodeInvalid:
		code, message = inDoubt(write), "Stripe failed: look before repeating"
	}
	text := fmt.Sprintf("HTTP %d", said.HTTPStatusCode)
	for _, word := range []string{string(said.Type), string(said.Code), said.Param, said.RequestID} {
		if word = plain(word); word != "" {
			text += " " + word
		}
	}
	text += ": " + message
	if said.Msg != "" {
		text += ": Stripe says " + quote(said.Msg)
	}
	failure := a.fail(code, op, text, nil)
	if code == marketplace.CodeRateLimited || code == marketplace.CodeUnavailable {
		failure.RetryAfter = retryAfter(header)
	}
	return failure
}

// inDoubt is the code of a call that may have been carried out.
func inDoubt(write bool) marketplace.Code {
	if write {
		return marketplace.CodeUnknown
	}
	return marketplace.CodeUnavailable
}

func byStatus(status int, write bool) (marketplace.Code, string) {
	switch {
	case status == http.StatusUnauthorized:
		return marketplace.CodeUnauthenticated, "the API key is wrong or was revoked: check it"
	case status == http.StatusForbidden:
		return marketplace.CodePermission, "the API key lacks a right, or access to the connected account: grant it"
	case status == http.StatusNotFound:
		return marketplace.CodeNotFound, "it does not exist in this account and mode (live or test)"
	case status == http.StatusTooManyRequests:
		return marketplace.CodeRateLimited, "too many calls: wait"
	case status == http.StatusConflict:
		return inDoubt(write), "another request is at work on it: look, or repeat it in a moment"
	case status >= http.StatusInternalServerError || status == http.StatusFailedDependency:
		return inDoubt(write), "Stripe failed: look before repeating"
	}
	return marketplace.CodeInvalid, "Stripe refused the request"
}

// retryAfter reads how long to wait, 0 if it is not said; it is never more than a day.
func retryAfter(header http.Header) time.Duration {
	seconds, err := strconv.ParseInt(strings.TrimSpace(header.Get("Retry-After")), 10, 64)
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, 24*60*60)) * time.Second
}

// What Stripe quotes in its messages and must not go on: addresses, and keys, which it shows in part.
var private = regexp.MustCompile(`[^\s"'<>(),;:]+@[^\s"'<>(),;:]+|\b(sk|rk|pk|whsec|ek|src_client_secret)_[^\s"']+|\b\w+_secret_\w+`)

// quote makes Stripe's text fit for an error: short, printable, in quotation marks.
func quote(text string) string {
	return excerpt.Quote(private.ReplaceAllString(text, "***"))
}

// plain keeps a word of Stripe's that looks like one.
func plain(word string) string {
	if len(word) > 80 || strings.ContainsFunc(word, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_[].", r))
	}) {
		return ""
	}
	return word
}
