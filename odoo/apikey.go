package odoo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Key is an API key of the client's user, as Odoo lists it: the key itself is never told again.
type Key struct {
	ID int64
	// Name is what it was called when it was made.
	Name string
	// Scope is what it is for; "rpc" or empty lets a client in.
	Scope string
	// Created and Expires are UTC. Expires is zero for a key that lasts for ever, as all do before Odoo 18.
	Created, Expires time.Time
}

// apiKey is res.users.apikeys.
type apiKey struct {
	ID      int64            `odoo:"id"`
	Name    string           `odoo:"name"`
	User    Many2One         `odoo:"user_id"`
	Scope   Optional[string] `odoo:"scope"`
	Created time.Time        `odoo:"create_date"`
	Expires time.Time        `odoo:"expiration_date,optional"`
}

func (apiKey) OdooModel() string { return "res.users.apikeys" }

// Keys lists the API keys of the client's user, by id. Every user may see their own. Which of them the client uses Odoo does not say.
func (c *Client) Keys(ctx context.Context) ([]Key, error) {
	uid, err := c.UserID(ctx)
	if err != nil {
		return nil, err
	}
	found, err := Find[apiKey](ctx, c, Eq("user_id", uid))
	if err != nil {
		return nil, err
	}
	keys := make([]Key, 0, len(found))
	for _, k := range found {
		scope, _ := k.Scope.Get()
		keys = append(keys, Key{ID: k.ID, Name: k.Name, Scope: scope, Created: k.Created, Expires: k.Expires})
	}
	return keys, nil
}

// KeyExpiryError warns of API keys that expire soon, or have expired.
type KeyExpiryError struct {
	// Keys are the ones, the first to expire first.
	Keys []Key
	// User is the id of the user whose keys they are.
	User int64
}

// Error names the keys, the times and the way out.
func (e *KeyExpiryError) Error() string {
	var all []string
	for _, key := range e.Keys {
		all = append(all, fmt.Sprintf("%q on %s", key.Name, key.Expires.Format(time.DateOnly)))
	}
	return fmt.Sprintf("API keys of Odoo's user %d expire: %s; make new ones, have the credential provider return them, and delete these", e.User, strings.Join(all, ", "))
}

// CheckKeys returns a [*KeyExpiryError] if keys of the client's user that let a client in expire within the time ahead, by the server's clock,
// and nil if none does. With names only keys of those names count: give each client's key a name of its own. Run it daily; it only reads. On
// Odoo before 18 and with passwords there is nothing to expire.
func (c *Client) CheckKeys(ctx context.Context, ahead time.Duration, names ...string) error {
	keys, err := c.Keys(ctx)
	if err != nil {
		return err
	}
	uid, err := c.UserID(ctx)
	if err != nil {
		return err
	}
	now := c.ServerTime()
	if now.IsZero() {
		now = time.Now()
	}
	keys = slices.DeleteFunc(keys, func(k Key) bool {
		return k.Expires.IsZero() || k.Expires.After(now.Add(ahead)) || k.Scope != "" && k.Scope != "rpc" || len(names) > 0 && !slices.Contains(names, k.Name)
	})
	if len(keys) == 0 {
		return nil
	}
	slices.SortFunc(keys, func(a, b Key) int { return a.Expires.Compare(b.Expires) })
	return &KeyExpiryError{Keys: keys, User: uid}
}
