package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/odoo"
)

// desk runs the program on a real Odoo with a prefix that no other run has.
type desk struct {
	*testing.T
	admin  *odoo.Client
	prefix string
	dir    string
	env    map[string]string
	series int
}

func newDesk(t *testing.T, series int) *desk {
	t.Helper()
	p := peer.OdooServer(t, series)
	d := &desk{
		T: t, prefix: fmt.Sprintf("rs%x-", time.Now().UnixNano()), dir: filepath.Join(t.TempDir(), "secrets"), series: series,
		env: map[string]string{"ODOO_URL": p.URL, "ODOO_DB": p.Database, "ODOO_LOGIN": p.Login, "ODOO_PASSWORD": p.Password},
	}
	credential := odoo.Password(p.Login, p.Password)
	if p.APIKey != "" { // Odoo 19 takes a good part of a second to check a password, at every call
		credential, d.env["ODOO_API_KEY"] = odoo.APIKey(p.APIKey), p.APIKey
		delete(d.env, "ODOO_PASSWORD")
	}
	d.admin = d.dial(credential)
	return d
}

func (d *desk) dial(credential odoo.Credential) *odoo.Client {
	d.Helper()
	c, err := odoo.Dial(d.Context(), d.env["ODOO_URL"], credential, odoo.WithDatabase(d.env["ODOO_DB"]))
	if err != nil {
		d.Fatal(err)
	}
	d.Cleanup(c.Close)
	return c
}

func (d *desk) as(login, password string) *odoo.Client {
	d.Helper()
	return d.dial(odoo.Password(login, password))
}

func (d *desk) run(wantErr bool, args ...string) string {
	d.Helper()
	var out bytes.Buffer
	err := run(d.Context(), &out, func(name string) string { return d.env[name] }, append([]string{"-prefix", d.prefix}, args...))
	if (err != nil) != wantErr {
		d.Fatalf("%v: %v\n%s", args, err, out.String())
	}
	return out.String()
}

func (d *desk) says(step, output string, parts ...string) {
	d.Helper()
	for _, part := range parts {
		if !strings.Contains(output, part) {
			d.Errorf("%s: no %q in\n%s", step, part, output)
		}
	}
}

func (d *desk) password(workflow string) string {
	d.Helper()
	text, err := os.ReadFile(filepath.Join(d.dir, d.prefix+workflow+".password"))
	if err != nil {
		d.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// create makes a record and returns what Odoo says to it.
func create(ctx context.Context, c *odoo.Client, model string, values map[string]any) (int64, error) {
	ids, err := odoo.Invoke[[]int64](ctx, c, odoo.Call{Model: model, Method: "create", Args: odoo.Args{"vals_list": []any{values}}})
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}

func TestServiceUsers(t *testing.T) {
	t.Parallel()
	for _, series := range []int{19, 14} {
		t.Run(fmt.Sprint(series), func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, series)
			both := []string{"-workflows", "orders, stock", "-secrets", d.dir}
			apply := append(both[:len(both):len(both)], "-apply")
			d.says("dry run", d.run(false, both...), d.prefix+"orders: would be made with", d.prefix+"stock: would be made")
			if n, err := odoo.Invoke[int](d.Context(), d.admin, odoo.Call{Model: "res.users", Method: "search_count", Effect: odoo.EffectRead, Args: odoo.Args{"domain": odoo.Where("login", "=like", d.prefix+"%")}}); err != nil || n != 0 {
				t.Fatalf("a dry run made %d users, %v", n, err)
			}
			if _, err := os.Stat(d.dir); err == nil {
				t.Error("a dry run wrote a password")
			}
			d.says("no folder", d.run(true, "-workflows", "orders", "-apply"))
			made := d.run(false, apply...)
			d.says("made", made, d.prefix+"orders: made with", d.prefix+"stock: made with")
			if strings.Contains(made, d.password("orders")) || strings.Contains(made, d.password("stock")) || d.password("orders") == d.password("stock") {
				t.Error("a password is printed, or the same for all")
			}
			if info, err := os.Stat(filepath.Join(d.dir, d.prefix+"orders.password")); err != nil || info.Mode().Perm() != 0o600 {
				t.Error(info, err)
			}
			d.says("again", d.run(false, apply...), d.prefix+"orders: is right", d.prefix+"stock: is right")
			d.orders(d.as(d.prefix+"orders", d.password("orders")))
			d.stock(d.as(d.prefix+"stock", d.password("stock")))

			// Somebody gives a user more, and takes something away.
			both[1], apply[1] = "orders", "orders"
			m := maker{erp: d.admin, out: &bytes.Buffer{}}
			groups, err := m.groups(d.Context(), []string{"base.group_system", "base.group_partner_manager"})
			if err != nil {
				t.Fatal(err)
			}
			users, err := read[user](d.Context(), &m, "res.users", odoo.Eq("login", d.prefix+"orders"), "name", "active")
			if err != nil || len(users) != 1 {
				t.Fatal(users, err)
			}
			write := func(values map[string]any) {
				t.Helper()
				if _, err := odoo.Invoke[any](d.Context(), d.admin, odoo.Call{Model: "res.users", Method: "write", IDs: []int64{users[0].ID}, Args: odoo.Args{"vals": values}}); err != nil {
					t.Fatal(err)
				}
			}
			write(map[string]any{m.field(): []any{[]any{4, groups["base.group_system"]}, []any{3, groups["base.group_partner_manager"]}}})
			d.says("changed by hand", d.run(false, both...), d.prefix+"orders: would be changed: ", fmt.Sprintf("-group %d", groups["base.group_system"]))
			d.says("repaired", d.run(false, apply...), d.prefix+"orders: changed: ")
			d.says("after that", d.run(false, both...), d.prefix+"orders: is right")

			write(map[string]any{"active": false})
			d.says("archived", d.run(false, apply...), d.prefix+"orders: is archived")
			write(map[string]any{"active": true, "name": "A person"})
			d.says("of a person", d.run(true, apply...), d.prefix+"orders: there is a user \"A person\"")
		})
	}
}

// orders holds that the user of the order flow does what it needs and nothing beyond.
func (d *desk) orders(c *odoo.Client) {
	d.Helper()
	ctx := d.Context()
	customer, err := create(ctx, c, "res.partner", map[string]any{"name": "Ada Byron " + d.prefix, "email": d.prefix + "@example.com"})
	if err != nil {
		d.Fatal("a customer:", err)
	}
	if _, err := create(ctx, c, "res.partner", map[string]any{"name": "Ada Byron", "parent_id": customer, "type": "delivery"}); err != nil {
		d.Error("an address:", err)
	}
	product, err := create(ctx, d.admin, "product.product", map[string]any{"name": "Mug " + d.prefix, "list_price": 10})
	if err != nil {
		d.Fatal(err)
	}
	order, err := create(ctx, c, "sale.order", map[string]any{"partner_id": customer, "order_line": []any{[]any{0, 0, map[string]any{"product_id": product, "product_uom_qty": 1}}}})
	if err != nil {
		d.Fatal("an order:", err)
	}
	if err := c.Do(ctx, odoo.Call{Model: "sale.order", Method: "action_confirm", IDs: []int64{order}}); err != nil {
		d.Error("confirming it:", err)
	}
	person, err := read[user](ctx, &maker{erp: d.admin}, "res.users", odoo.Eq("login", d.env["ODOO_LOGIN"]), "name", "active")
	if err != nil || len(person) != 1 {
		d.Fatal(person, err)
	}
	_, system := create(ctx, c, "ir.config_parameter", map[string]any{"key": d.prefix, "value": "x"})
	_, invoice := create(ctx, c, "account.move", map[string]any{"move_type": "out_invoice", "partner_id": customer})
	_, other := create(ctx, c, "res.users", map[string]any{"name": "x", "login": d.prefix + "x"})
	_, goods := create(ctx, c, "product.product", map[string]any{"name": "x"})
	_, password := odoo.Invoke[any](ctx, c, odoo.Call{Model: "res.users", Method: "write", IDs: []int64{person[0].ID}, Args: odoo.Args{"vals": map[string]any{"password": "taken over"}}})
	d.refused("orders", map[string]error{"settings": system, "an invoice": invoice, "a user": other, "a product": goods, "an administrator's password": password})
}

// stock holds that the user who reads stock reads it and makes no customer.
func (d *desk) stock(c *odoo.Client) {
	d.Helper()
	ctx := d.Context()
	for _, model := range []string{"stock.quant", "stock.move", "product.product", "stock.warehouse"} {
		if _, err := odoo.Invoke[[]int64](ctx, c, odoo.Call{Model: model, Method: "search", Effect: odoo.EffectRead, Args: odoo.Args{"domain": odoo.And(), "limit": 1}}); err != nil {
			d.Errorf("reading %s: %v", model, err)
		}
	}
	_, customer := create(ctx, c, "res.partner", map[string]any{"name": "x"})
	_, quant := create(ctx, c, "stock.quant", map[string]any{"product_id": 1, "location_id": 1, "quantity": 1})
	_, invoice := create(ctx, c, "account.move", map[string]any{"move_type": "out_invoice"})
	d.refused("stock", map[string]error{"a customer": customer, "stock": quant, "an invoice": invoice})
}

func (d *desk) refused(who string, calls map[string]error) {
	d.Helper()
	for what, err := range calls {
		if odoo.CodeOf(err) != odoo.CodeAccess {
			d.Errorf("the user for %s on %s: %v", who, what, err)
		}
	}
}

func TestArguments(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		env  map[string]string
		args []string
	}{
		"ODOO_URL is not set":      {nil, nil},
		"no credential":            {map[string]string{"ODOO_URL": "https://erp.example.com"}, nil},
		"give -secrets":            {nil, []string{"-apply"}},
		"flag provided but not":    {nil, []string{"-everything"}},
		"no-such-host.invalid":     {map[string]string{"ODOO_URL": "https://no-such-host.invalid", "ODOO_API_KEY": "hunter2"}, nil},
		"http would send the cred": {map[string]string{"ODOO_URL": "http://erp.example.com", "ODOO_API_KEY": "hunter2"}, nil},
	} {
		var out bytes.Buffer
		err := run(t.Context(), &out, func(key string) string { return test.env[key] }, test.args)
		if err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error()+out.String(), "hunter2") {
			t.Errorf("%s: %v\n%s", name, err, out.String())
		}
	}
}

func TestPasswordsAreKept(t *testing.T) {
	t.Parallel()
	m := maker{secrets: filepath.Join(t.TempDir(), "deep", "secrets")}
	first, file, err := m.password("a")
	if err != nil || len(first) < 20 {
		t.Fatal(first, err)
	}
	if again, _, err := m.password("a"); err != nil || again != first {
		t.Error("a run that died after it wrote the password makes another one", err)
	}
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := m.password("a"); err == nil {
		t.Error("half a password is used")
	}
	for _, login := range []string{"", "../a", `a\b`} {
		if _, _, err := m.password(login); err == nil {
			t.Errorf("%q is a file's name", login)
		}
	}
}
