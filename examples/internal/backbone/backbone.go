// Package backbone opens the Odoo that an example works on: the one that the environment names, or one inside the process.
package backbone

import (
	"context"
	"errors"

	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/odootest"
)

// Odoo is the Odoo of an example.
type Odoo struct {
	*odoo.Client
	// Where says which it is, for people; Embedded: it runs inside this process, and is empty.
	Where    string
	Embedded bool
	server   *odootest.Server
}

// Open dials the Odoo that ODOO_URL, ODOO_DB and ODOO_API_KEY (or ODOO_LOGIN and ODOO_PASSWORD) name; without ODOO_URL it starts one
// inside this process.
func Open(ctx context.Context, env func(string) string, options ...odoo.Option) (*Odoo, error) {
	address, database := env("ODOO_URL"), env("ODOO_DB")
	o := &Odoo{Where: address}
	var credential odoo.Credential
	switch {
	case address == "":
		o.server, o.Embedded = odootest.New(), true
		address, database, credential = o.server.Start(), o.server.DB(), odoo.APIKey(o.server.APIKey())
		o.Where = "inside this process (set ODOO_URL, ODOO_DB and ODOO_API_KEY for your own)"
	case env("ODOO_LOGIN") != "" && env("ODOO_PASSWORD") != "":
		credential = odoo.Password(env("ODOO_LOGIN"), env("ODOO_PASSWORD"))
	case env("ODOO_API_KEY") != "" && env("ODOO_LOGIN") != "":
		credential = odoo.Password(env("ODOO_LOGIN"), env("ODOO_API_KEY")) // a key in the place of the password
	case env("ODOO_API_KEY") != "":
		credential = odoo.APIKey(env("ODOO_API_KEY"))
	default:
		return nil, errors.New("ODOO_URL is set but no credential: set ODOO_API_KEY (Odoo 19), or ODOO_LOGIN and ODOO_PASSWORD")
	}
	if database != "" {
		options = append(options, odoo.WithDatabase(database))
	}
	var err error
	if o.Client, err = odoo.Dial(ctx, address, credential, options...); err != nil {
		o.Close()
		return nil, err
	}
	return o, nil
}

// Close ends the connection, and the Odoo if it runs inside this process.
func (o *Odoo) Close() {
	if o.Client != nil {
		o.Client.Close()
	}
	if o.server != nil {
		o.server.Close()
	}
}

// Ensure returns the record whose field has the value, and makes it of the values if there is none.
func (o *Odoo) Ensure(ctx context.Context, model, field, value string, values map[string]any) (int64, error) {
	ids, err := odoo.Invoke[[]int64](ctx, o.Client, odoo.Call{
		Model: model, Method: "search", Effect: odoo.EffectRead, Args: odoo.Args{"domain": odoo.Eq(field, value), "limit": 1},
	})
	if err == nil && len(ids) == 0 {
		values[field] = value
		ids, err = odoo.Invoke[[]int64](ctx, o.Client, odoo.Call{Model: model, Method: "create", Args: odoo.Args{"vals_list": []any{values}}})
	}
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}
