package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"golang.org/x/time/rate"

	"github.com/retailsync/retailsync/internal/calling"
	"github.com/retailsync/retailsync/marketplace"
)

// Client talks to one connected account. It may be used from several goroutines.
type Client struct {
	config  Config
	base    *url.URL
	http    *retryablehttp.Client
	limiter *rate.Limiter
	slots   chan struct{}
	// closedUntil is when the channel allows calls again, in Unix nanoseconds.
	closedUntil atomic.Int64
	// invalid is set when the configuration cannot work; every call returns it.
	invalid string
}

// Reply is a successful answer, read whole.
type Reply struct {
	Header http.Header
	Body   []byte
}

// Request is a request of [Client.Do].
type Request struct {
	Method, Path string
	Query        url.Values
	// Header adds to the headers that every request has, or replaces them.
	Header http.Header
	// Body is JSON; nil means none.
	Body []byte
}

// New returns a client. A configuration that cannot work is reported by the first call, so that
// adapters can be composed without an error at every step.
func New(config Config) *Client {
	config.fill()
	client := &Client{
		config:  config,
		limiter: rate.NewLimiter(rate.Limit(config.PerSecond), max(1, int(config.PerSecond))),
		slots:   make(chan struct{}, defaultInFlight),
	}
	client.base, client.invalid = checkAddress(config.BaseURL)
	transport := config.Transport
	if transport == nil {
		transport = ownTransport()
	}
	client.http = &retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport:     wholeBody{next: transport, authorize: config.Authorize, limit: config.MaxBody},
			CheckRedirect: sameHost,
			Timeout:       config.Timeout,
		},
		RetryMax:     defaultRetries,
		RetryWaitMin: config.Backoff,
		RetryWaitMax: defaultMaxWait,
		CheckRetry:   checkRetry,
		Backoff:      backoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
		Logger:       nil,
	}
	return client
}

// Get reads. It is repeated on failures that may pass.
func (c *Client) Get(ctx context.Context, op, path string, query url.Values) (Reply, error) {
	return c.do(ctx, op, Request{Method: http.MethodGet, Path: path, Query: query})
}

// Send writes body as JSON. It is never repeated: a lost reply is [marketplace.CodeUnknown].
func (c *Client) Send(ctx context.Context, op, method, path string, body any) (Reply, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return Reply{}, c.fail(marketplace.CodeInvalid, op, "the request cannot be written as JSON", err)
	}
	return c.do(ctx, op, Request{Method: method, Path: path, Body: data})
}

// Do carries out a request that needs more than [Client.Get] and [Client.Send] give. Only a GET is repeated.
func (c *Client) Do(ctx context.Context, op string, request Request) (Reply, error) {
	return c.do(ctx, op, request)
}

func (c *Client) do(ctx context.Context, op string, what Request) (Reply, error) {
	method, body := what.Method, what.Body
	if c.invalid != "" {
		return Reply{}, c.fail(marketplace.CodeInvalid, op, c.invalid, nil)
	}
	asked := time.Now()
	if err := c.admit(ctx, op); err != nil {
		return Reply{}, err
	}
	defer func() { <-c.slots }()
	ctx = calling.With(ctx, &calling.Call{Operation: op, Waited: time.Since(asked)})

	target := *c.base
	target.Path += what.Path
	target.RawQuery = what.Query.Encode()
	// A body that is absent must be nil, not an empty slice, for which a Content-Length is sent.
	var content any
	if body != nil {
		content = body
	}
	request, err := retryablehttp.NewRequestWithContext(ctx, method, target.String(), content)
	if err != nil {
		return Reply{}, c.fail(marketplace.CodeInvalid, op, "the request's address cannot be written", nil)
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "retailsync")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for name, values := range what.Header {
		request.Header[http.CanonicalHeaderKey(name)] = values
	}
	response, err := c.http.Do(request)
	if err != nil {
		return Reply{}, c.transportFailure(ctx, op, method, err)
	}
	defer response.Body.Close()
	var answer bytes.Buffer
	if _, err := answer.ReadFrom(response.Body); err != nil {
		return Reply{}, c.transportFailure(ctx, op, method, err)
	}
	if response.StatusCode/100 != 2 {
		return Reply{}, c.statusFailure(op, method, response, answer.Bytes())
	}
	if err := c.checkJSON(op, method, answer.Bytes()); err != nil {
		return Reply{}, err
	}
	return Reply{Header: response.Header, Body: answer.Bytes()}, nil
}

// admit waits for the client's own limits and refuses while the channel wants silence.
func (c *Client) admit(ctx context.Context, op string) error {
	if err := ctx.Err(); err != nil {
		return c.fail(marketplace.CodeUnavailable, op, "cancelled by the caller", err)
	}
	if wait := time.Until(time.Unix(0, c.closedUntil.Load())); wait > 0 {
		failure := c.fail(marketplace.CodeRateLimited, op, "the channel asked for a pause that is not over: wait", nil)
		failure.RetryAfter = wait
		return failure
	}
	if err := c.limiter.Wait(ctx); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		} else {
			err = context.DeadlineExceeded
		}
		return c.fail(marketplace.CodeUnavailable, op, "the call's deadline is too near for the rate limit", err)
	}
	select {
	case c.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return c.fail(marketplace.CodeUnavailable, op, "cancelled by the caller", ctx.Err())
	}
}

// pause refuses further calls for a while.
func (c *Client) pause(wait time.Duration) {
	until := time.Now().Add(wait).UnixNano()
	for {
		current := c.closedUntil.Load()
		if current >= until || c.closedUntil.CompareAndSwap(current, until) {
			return
		}
	}
}

// Decode reads a reply's JSON into target.
func (c *Client) Decode(op string, reply Reply, target any) error {
	err := json.Unmarshal(reply.Body, target)
	if err == nil {
		return nil
	}
	failure := c.fail(marketplace.CodeInvalid, op, "the answer does not have the expected form", nil)
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) {
		failure.Path = mismatch.Field
	}
	return failure
}
