package warehouse

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/retailsync/retailsync/odoo"
)

// NewUser makes a user of a real Odoo who has the groups, by External ID, and no others.
func NewUser(t testing.TB, client *odoo.Client, login, password string, groups ...string) {
	t.Helper()
	ids := make([]int64, len(groups))
	for i, group := range groups {
		module, name, _ := strings.Cut(group, ".")
		rows, err := odoo.Invoke[[]struct {
			ID int64 `json:"res_id"`
		}](context.Background(), client, odoo.Call{
			Model: "ir.model.data", Method: "search_read", Effect: odoo.EffectRead,
			Args: odoo.Args{"domain": odoo.And(odoo.Eq("module", module), odoo.Eq("name", name)), "fields": []string{"res_id"}},
		})
		if err != nil || len(rows) != 1 {
			t.Fatal(group, rows, err)
		}
		ids[i] = rows[0].ID
	}
	field := "groups_id"
	if client.Version().AtLeast(19) {
		field = "group_ids"
	}
	create := odoo.Call{Model: "res.users", Method: "create", Args: odoo.Args{"vals_list": []map[string]any{{
		"name": "Connector", "login": login, "email": login + "@example.com", "password": password, field: []any{[]any{6, 0, ids}},
	}}}}
	// Odoo lets a new user join its channels for all, and two users who are made at once may get the same key there: one is rolled back.
	for tries := 0; ; tries++ {
		_, err := odoo.Invoke[any](context.Background(), client, create)
		if err == nil {
			return
		}
		if odoo.CodeOf(err) != odoo.CodeIntegrity || tries == 5 {
			t.Fatal(err)
		}
	}
}

// As returns a client of a new user who has the groups, by External ID, and no others.
func (w *Warehouse) As(groups ...string) *odoo.Client {
	w.t.Helper()
	return w.AsThrough(nil, groups...)
}

// AsThrough is [Warehouse.As] with options of the client.
func (w *Warehouse) AsThrough(options []odoo.Option, groups ...string) *odoo.Client {
	w.t.Helper()
	login, password := "user-"+strings.ToLower(rand.Text()), rand.Text()
	if w.server != nil {
		w.server.AddUser(login, password, groups...)
	} else {
		NewUser(w.t, w.Client, login, password, groups...)
	}
	return dial(w.t, w.peer, odoo.Password(login, password), options...)
}
