package payments_test

import (
	"errors"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/faultstore"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/payments/paymentstest"
)

var errDead = errors.New("the process is dead")

// process is a process that can die, or lose a reply, at any of its calls to the store and to the provider.
type process struct {
	faultstore.Store
	double *paymentstest.Double

	calls int
	// at is the call at which it happens, 0 never; after: once the call has taken effect.
	at    int
	after bool
	// lost: only the reply of this call is lost, the process lives on.
	lost bool
	dead bool
}

func newProcess(store idempotency.Store, double *paymentstest.Double) *process {
	p := &process{double: double}
	p.Store = faultstore.Store{Store: store, Around: p.around}
	double.Disturb(func(_ int, op string, before bool) error { return p.meet(op, before) })
	return p
}

// meet is called before and after each call.
func (p *process) meet(op string, before bool) error {
	if p.dead {
		return errDead
	}
	if before {
		p.calls++
	}
	if p.calls != p.at || before == p.after {
		return nil
	}
	if p.lost {
		code := marketplace.CodeUnknown
		if before {
			code = marketplace.CodeUnavailable
		}
		return &marketplace.Error{Code: code, Channel: p.double.Channel(), Op: op, Message: "as the test wants it"}
	}
	p.dead = true
	return errDead
}

func (p *process) around(act func() error) error {
	if err := p.meet("store", true); err != nil {
		return err
	}
	if err := act(); err != nil {
		return err
	}
	return p.meet("store", false)
}

// The kinds of providers, by what they can do about a repeat.
var kinds = map[string]struct {
	window time.Duration
	open   func(*paymentstest.Double) payments.RefundCreator
	// blind: after a lost reply only a person can say what came of it.
	blind bool
}{
	"keys and look-up":         {24 * time.Hour, func(d *paymentstest.Double) payments.RefundCreator { return d }, false},
	"keys only":                {24 * time.Hour, func(d *paymentstest.Double) payments.RefundCreator { return withoutFinder{d, d} }, false},
	"look-up only":             {0, func(d *paymentstest.Double) payments.RefundCreator { return d }, false},
	"neither keys nor look-up": {0, func(d *paymentstest.Double) payments.RefundCreator { return withoutFinder{d, d} }, true},
}

// withoutFinder hides all but these two capabilities.
type withoutFinder struct {
	payments.RefundCreator
	payments.RefundGetter
}

func (w withoutFinder) Channel() canonical.Channel { return w.RefundCreator.Channel() }
