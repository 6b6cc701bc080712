package odoo

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"golang.org/x/time/rate"
)

// newTransport builds the HTTP side of a client: retryablehttp with rules of our own, since its defaults would
// repeat writes, sleep for as long as a server says, drop error bodies and log addresses.
func newTransport(s settings) (*retryablehttp.Client, *gate) {
	next := s.http.Transport
	if next == nil {
		// A pool of its own, so that trouble with one database does not touch other connections.
		own := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, TLSHandshakeTimeout: 10 * time.Second}
		if usual, ok := http.DefaultTransport.(*http.Transport); ok {
			own = usual.Clone()
		}
		own.MaxIdleConnsPerHost = s.inFlight
		// Shorter than the keep-alive of common proxies: a write on a connection that the proxy just
		// closed is ambiguous.
		own.IdleConnTimeout = 20 * time.Second
		next = own
	}
	g := &gate{
		next: next, slots: make(chan struct{}, s.inFlight),
		limiter: rate.NewLimiter(s.limit, s.burst), timeout: s.timeout, limit: s.replyLimit,
	}
	return &retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport:     g,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		RetryMax: s.retry.Attempts - 1,
		CheckRetry: func(ctx context.Context, _ *http.Response, err error) (bool, error) {
			x := exchangeOf(ctx)
			return x != nil && x.settle(ctx, err), nil
		},
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}, g
}

// send carries one call, repeating it as the rule allows.
func (c *Client) send(ctx context.Context, x *exchange, method, address string, header http.Header, body []byte) ([]byte, *Error) {
	x.client = c
	ctx = context.WithValue(ctx, exchangeKey{}, x)
	var payload any
	if body != nil {
		payload = body
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, method, address, payload)
	if err != nil {
		return nil, &Error{Code: CodeBadArguments, Model: x.call.Model, Method: x.call.Method, Message: "the address cannot be built", cause: err}
	}
	req.Header = header
	// The back-off of retryablehttp does not see the request, so each call has a shallow copy with its own.
	carrier := retryablehttp.Client{
		HTTPClient: c.http.HTTPClient, RetryMax: c.http.RetryMax, CheckRetry: c.http.CheckRetry, ErrorHandler: c.http.ErrorHandler,
		Backoff: func(time.Duration, time.Duration, int, *http.Response) time.Duration { return x.wait() },
	}
	resp, err := carrier.Do(req)
	if resp != nil {
		resp.Body.Close()
	}
	switch {
	case err == nil && x.failed == nil:
		return x.reply, nil
	case ctx.Err() != nil && x.failed != nil && x.failed.Code != CodeAmbiguous && x.failed.Code != CodeCanceled && x.failed.Code != CodeTimeout:
		// The caller gave up while waiting for the next attempt.
		gaveUp := *x.failed
		gaveUp.cause = errors.Join(ctx.Err(), x.failed.cause)
		return nil, &gaveUp
	case x.failed == nil:
		return nil, &Error{Code: CodeUnreachable, Model: x.call.Model, Method: x.call.Method, Message: shorten(err.Error()), cause: cause(err)}
	}
	return nil, x.failed
}

func (c *Client) logAttempt(ctx context.Context, a Attempt, o Outcome) {
	level := slog.LevelDebug
	if o.Retrying {
		level = slog.LevelWarn
	}
	if !c.log.Enabled(ctx, level) {
		return
	}
	c.log.LogAttrs(ctx, level, "odoo call",
		slog.String("model", a.Model), slog.String("method", a.Method), slog.String("protocol", string(a.Protocol)),
		slog.Int("attempt", a.Number), slog.Int("records", a.Records), slog.Duration("duration", o.Duration),
		slog.Duration("waited", o.Waited), slog.Int("status", o.HTTPStatus), slog.String("outcome", outcomeName(o.Code)),
		slog.Bool("retrying", o.Retrying))
}

func outcomeName(code Code) string {
	if code == "" {
		return "ok"
	}
	return string(code)
}
