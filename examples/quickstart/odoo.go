package main

import (
	"context"
	"sync/atomic"

	"github.com/retailsync/retailsync/examples/internal/backbone"
	"github.com/retailsync/retailsync/odoo"
)

// target is the Odoo that the quickstart works on.
type target struct {
	erp      *odoo.Client
	where    string
	embedded bool
	calls    *counter
	close    func()
}

// connect opens the Odoo of the environment, and counts the calls to it.
func connect(ctx context.Context, env func(string) string) (*target, error) {
	calls := &counter{}
	erp, err := backbone.Open(ctx, env, odoo.WithObserver(calls))
	if err != nil {
		return nil, err
	}
	t := &target{erp: erp.Client, where: erp.Where, embedded: erp.Embedded, calls: calls, close: erp.Close}
	if database := env("ODOO_DB"); database != "" && !t.embedded {
		t.where += ", database " + database
	}
	return t, nil
}

// counter counts the calls to Odoo.
type counter struct{ n atomic.Int64 }

func (c *counter) AttemptStart(ctx context.Context, _ odoo.Attempt) context.Context {
	c.n.Add(1)
	return ctx
}

func (c *counter) AttemptEnd(context.Context, odoo.Attempt, odoo.Outcome) {}

// lap returns the calls since the last lap.
func (c *counter) lap() int64 { return c.n.Swap(0) }
