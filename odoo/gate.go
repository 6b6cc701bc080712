package odoo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"time"

	"golang.org/x/time/rate"
)

// gate is the transport below retryablehttp: it bounds calls per second and at the same time, times each
// attempt out, notes how far the request got, and reads the whole reply, so that a reply that breaks off
// is a failed attempt.
type gate struct {
	next    http.RoundTripper
	slots   chan struct{}
	limiter *rate.Limiter
	timeout time.Duration
	limit   int64
}

// errNotSent marks failures before anything was sent.
var errNotSent = errors.New("not sent")

// errNoTurn marks a call whose deadline comes before its turn.
var errNoTurn = errors.New("the deadline comes before the turn")

// errReplySize marks a reply above the limit.
var errReplySize = errors.New("the reply is larger than the limit")

// RoundTrip sends one attempt.
func (g *gate) RoundTrip(req *http.Request) (*http.Response, error) {
	x := exchangeOf(req.Context())
	if x == nil {
		return nil, fmt.Errorf("odoo: request outside a call: %w", errNotSent)
	}
	ctx := x.begin(req.Context(), int(req.ContentLength))
	if err := g.enter(ctx); err != nil {
		closeBody(req)
		return nil, fmt.Errorf("%w: %w", errNotSent, err)
	}
	defer func() { <-g.slots }()
	x.waited = time.Since(x.started)

	ctx, cancel := context.WithTimeout(ctx, g.timeout)
	defer cancel()
	w := x.wire
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:      func(string) { w.traced.Store(true) },
		WroteHeaders: func() { w.written.Store(true) },
	})
	resp, err := g.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := readAll(resp, g.limit)
	if err != nil {
		return nil, err
	}
	x.answer = &answer{status: resp.StatusCode, header: resp.Header, body: body}
	resp.Body = http.NoBody
	return resp, nil
}

// enter waits for a slot and for the rate limit.
func (g *gate) enter(ctx context.Context) error {
	select {
	case g.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := g.limiter.Wait(ctx); err != nil {
		<-g.slots
		if ctx.Err() == nil {
			return errNoTurn
		}
		return err
	}
	return nil
}

func readAll(resp *http.Response, limit int64) ([]byte, error) {
	if resp.ContentLength > limit {
		return nil, errReplySize
	}
	var buffer bytes.Buffer
	if resp.ContentLength > 0 {
		buffer.Grow(int(resp.ContentLength) + bytes.MinRead)
	}
	if _, err := buffer.ReadFrom(io.LimitReader(resp.Body, limit+1)); err != nil {
		return nil, err
	}
	if int64(buffer.Len()) > limit {
		return nil, errReplySize
	}
	return buffer.Bytes(), nil
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}
