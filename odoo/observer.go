package odoo

import (
	"context"
	"time"
)

// Observer is told of every attempt to call Odoo: the hook for metrics and traces. Implementations must be fast
// and safe for concurrent use.
type Observer interface {
	// AttemptStart is called before an attempt waits for its turn and is sent. The context that it returns
	// carries the attempt, so that a span can be put into it; return ctx if there is nothing to add.
	AttemptStart(ctx context.Context, attempt Attempt) context.Context
	// AttemptEnd is called with the context that AttemptStart returned.
	AttemptEnd(ctx context.Context, attempt Attempt, outcome Outcome)
}

// Attempt is one request to Odoo. It has no values of records, so that it may be logged.
type Attempt struct {
	Model, Method string
	Protocol      Protocol
	Effect        Effect
	// Number counts from 1 within a call.
	Number int
	// Records is how many ids were named.
	Records int
}

// Outcome is how an attempt ended.
type Outcome struct {
	// Duration includes the wait for the rate limit; Waited is that wait alone.
	Duration, Waited time.Duration
	// Code is "" for success.
	Code Code
	// HTTPStatus is 0 if there was no reply. RequestBytes and ResponseBytes are the sizes of the bodies.
	HTTPStatus                  int
	RequestBytes, ResponseBytes int
	// Retrying tells that the call will be sent again.
	Retrying bool
}
