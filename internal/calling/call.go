// Package calling carries what is known of a call to a channel down to the transport that sends it, so that who watches the transport can name
// the call without looking at its address, which holds numbers of orders and secrets.
package calling

import (
	"context"
	"sync/atomic"
	"time"
)

// Call is one call, which may need several attempts.
type Call struct {
	// Operation names what is called, in few words without values.
	Operation string
	// Waited is how long it waited for our own limits.
	Waited time.Duration

	attempts atomic.Int32
}

type key struct{}

// With returns a context that carries the call.
func With(ctx context.Context, call *Call) context.Context {
	return context.WithValue(ctx, key{}, call)
}

// Of returns the call that the context carries, or one without a name.
func Of(ctx context.Context) *Call {
	if call, ok := ctx.Value(key{}).(*Call); ok {
		return call
	}
	return &Call{}
}

// Attempt counts an attempt, from 1.
func (c *Call) Attempt() int { return int(c.attempts.Add(1)) }
