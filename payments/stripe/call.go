package stripe

import (
	"context"
	"math/rand/v2"
	"net/http"
	"time"

	api "github.com/stripe/stripe-go/v84"
	"github.com/stripe/stripe-go/v84/form"

	"github.com/retailsync/retailsync/marketplace"
)

const (
	attempts    = 3
	longestWait = 10 * time.Second
)

// read makes a call that only reads, and repeats it while the failure may pass within seconds.
func (a *Adapter) read(ctx context.Context, op string, call func(context.Context) error) error {
	for attempt := 0; ; attempt++ {
		failure := a.once(ctx, op, false, call)
		if failure == nil {
			return nil
		}
		passing := failure.Code == marketplace.CodeUnavailable || failure.Code == marketplace.CodeRateLimited
		if !passing || attempt == attempts-1 || failure.RetryAfter > longestWait || ctx.Err() != nil {
			return failure
		}
		wait := failure.RetryAfter
		if wait == 0 { // many processes must not come back at the same moment
			wait = a.settings.backoff/2 + rand.N(max(a.settings.backoff<<attempt, 1))
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return failure
		case <-timer.C:
		}
	}
}

// write makes a call that changes something, once.
func (a *Adapter) write(ctx context.Context, op string, call func(context.Context) error) error {
	if failure := a.once(ctx, op, true, call); failure != nil {
		return failure
	}
	return nil
}

// once makes one attempt and says what became of it.
func (a *Adapter) once(ctx context.Context, op string, write bool, call func(context.Context) error) *marketplace.Error {
	if a.misused != "" {
		return a.fail(marketplace.CodeInvalid, op, a.misused, nil)
	}
	if err := ctx.Err(); err != nil {
		return a.fail(marketplace.CodeUnavailable, op, "cancelled by the caller before anything was sent", err)
	}
	attempt, cancel := context.WithTimeout(ctx, a.settings.timeout)
	defer cancel()
	attempt, seen := watched(attempt)
	err := call(attempt)
	if err == nil {
		return nil
	}
	return a.failure(ctx, op, write, seen, err)
}

// page is a part of a list of Stripe's, newest first.
type page[T any] struct {
	api.APIResource
	api.ListMeta
	Data []T `json:"data"`
}

// list reads one page. The official client's own lists cannot be stopped at a page.
func list[T any](ctx context.Context, a *Adapter, op, path string, query api.ListParamsContainer) (page[T], error) {
	values := &form.Values{}
	form.AppendTo(values, query)
	var found page[T]
	err := a.read(ctx, op, func(ctx context.Context) error {
		found = page[T]{}
		params := query.GetListParams().ToParams()
		params.Context = ctx
		return a.backend.CallRaw(http.MethodGet, path, "", []byte(values.Encode()), params, &found)
	})
	return found, err
}
