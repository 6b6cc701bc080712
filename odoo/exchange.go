package odoo

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v4"
)

// exchange is one call on its way through retryablehttp, which only carries contexts: the attempts, and
// what is known of the last one.
type exchange struct {
	client   *Client
	call     *Call
	protocol Protocol
	decode   func(*Call, *answer) ([]byte, *Error)

	number  int
	started time.Time
	waited  time.Duration
	size    int
	watched context.Context // what the observer returned
	wire    *wire
	backoff *backoff.ExponentialBackOff

	answer *answer
	reply  []byte
	failed *Error
}

// wire knows how far a request got. Its hooks run in the transport's goroutines.
type wire struct{ traced, written atomic.Bool }

// answer is what the server sent, read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// repeatable tells whether a lost reply does no harm.
func (x *exchange) repeatable() bool {
	return x.call.Effect == EffectRead || x.call.Effect == EffectIdempotent
}

func (x *exchange) attempt() Attempt {
	return Attempt{
		Model: x.call.Model, Method: x.call.Method, Protocol: x.protocol, Effect: x.call.Effect,
		Number: x.number, Records: len(x.call.IDs),
	}
}

func (x *exchange) begin(ctx context.Context, size int) context.Context {
	x.number++
	x.started, x.waited, x.size = time.Now(), 0, size
	x.wire, x.answer, x.reply, x.failed = &wire{}, nil, nil, nil
	x.watched = ctx
	if x.client.observer != nil {
		x.watched = x.client.observer.AttemptStart(ctx, x.attempt())
	}
	return x.watched
}

// settle classifies the attempt and decides whether to send the call again.
func (x *exchange) settle(ctx context.Context, err error) bool {
	if err != nil {
		x.failed = x.lost(ctx, err)
	} else {
		x.client.setClock(x.answer.header)
		x.reply, x.failed = x.decode(x.call, x.answer)
	}
	retry := x.failed != nil && !errors.Is(err, errNoTurn) && x.number < x.client.retry.Attempts && ctx.Err() == nil && x.mayRepeat()
	x.end(retry)
	return retry
}

// mayRepeat is the rule: Odoo certainly rolled back, or repeating does no harm.
func (x *exchange) mayRepeat() bool {
	if x.failed.RetryAfter > x.client.retry.LongestHint {
		return false
	}
	switch x.failed.Code {
	case CodeConcurrency, CodeLock, CodeRateLimited, CodeUnreachable:
		return true
	case CodeAmbiguous, CodeTimeout:
		return x.repeatable()
	}
	return false
}

// end tells observer and log.
func (x *exchange) end(retry bool) {
	outcome := Outcome{Duration: time.Since(x.started), Waited: x.waited, RequestBytes: x.size, Retrying: retry}
	if x.answer != nil {
		outcome.HTTPStatus, outcome.ResponseBytes = x.answer.status, len(x.answer.body)
	}
	if x.failed != nil {
		outcome.Code = x.failed.Code
	}
	if x.client.observer != nil {
		x.client.observer.AttemptEnd(x.watched, x.attempt(), outcome)
	}
	x.client.logAttempt(x.watched, x.attempt(), outcome)
}

// wait is the time before the next attempt: the server's hint, or a jittered exponential.
func (x *exchange) wait() time.Duration {
	if x.backoff == nil {
		x.backoff = backoff.NewExponentialBackOff(
			backoff.WithInitialInterval(x.client.retry.First),
			backoff.WithMaxInterval(x.client.retry.Longest),
			backoff.WithMultiplier(2),
			backoff.WithRandomizationFactor(0.5),
			backoff.WithMaxElapsedTime(0),
		)
	}
	next := x.backoff.NextBackOff()
	if x.failed != nil {
		next = max(next, x.failed.RetryAfter)
	}
	return next
}
