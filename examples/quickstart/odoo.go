package main

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/odootest"
)

// target is the Odoo that the quickstart works on.
type target struct {
	erp      *odoo.Client
	where    string
	embedded bool
	calls    *counter
	close    func()
}

// connect dials the Odoo that the environment names, or starts one inside this process.
func connect(ctx context.Context, env func(string) string) (*target, error) {
	t := &target{calls: &counter{}, close: func() {}}
	address, database := env("ODOO_URL"), env("ODOO_DB")
	var credential odoo.Credential
	switch {
	case address == "":
		server := odootest.New()
		t.embedded, t.close = true, server.Close
		address, database, credential = server.Start(), server.DB(), odoo.APIKey(server.APIKey())
		t.where = "inside this process (set ODOO_URL, ODOO_DB and ODOO_API_KEY for your own)"
	case env("ODOO_LOGIN") != "" && env("ODOO_PASSWORD") != "":
		credential = odoo.Password(env("ODOO_LOGIN"), env("ODOO_PASSWORD"))
	case env("ODOO_API_KEY") != "" && env("ODOO_LOGIN") != "":
		credential = odoo.Password(env("ODOO_LOGIN"), env("ODOO_API_KEY")) // a key in the place of the password
	case env("ODOO_API_KEY") != "":
		credential = odoo.APIKey(env("ODOO_API_KEY"))
	default:
		return nil, errors.New("ODOO_URL is set but no credential: set ODOO_API_KEY (Odoo 19), or ODOO_LOGIN and ODOO_PASSWORD")
	}
	if t.where == "" {
		t.where = address
		if database != "" {
			t.where += ", database " + database
		}
	}
	options := []odoo.Option{odoo.WithObserver(t.calls)}
	if database != "" {
		options = append(options, odoo.WithDatabase(database))
	}
	erp, err := odoo.Dial(ctx, address, credential, options...)
	if err != nil {
		t.close()
		return nil, err
	}
	stop := t.close
	t.erp, t.close = erp, func() { erp.Close(); stop() }
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
