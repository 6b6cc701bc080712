package odoo_test

import (
	"testing"

	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/odootest"
)

// TestOtherDatabaseIsRefused pairs connectors with databases that are theirs or not.
func TestOtherDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	for _, series := range []int{19, 14} {
		server := odootest.New(odootest.Version(series))
		url := server.Start()
		t.Cleanup(server.Close)
		admin := odoo.Password("admin", "admin")
		database := odoo.WithDatabase("odootest")
		server.AddUser("connector", "secret", "base.group_user", "sales_team.group_sale_salesman_all_leads")
		c := dial(t, url, admin, database)
		identity, err := c.Identity(t.Context())
		if err != nil || identity.UUID == "" || identity.Neutralized {
			t.Fatal(identity, err)
		}
		with := func(want odoo.Identity, witness odoo.Credential) error {
			c, err := odoo.Dial(t.Context(), url, odoo.Password("connector", "secret"), database, odoo.WithIdentity(want, witness))
			if err == nil {
				c.Close()
			}
			return err
		}
		copied := odoo.Identity{UUID: identity.UUID, Neutralized: true}
		for name, test := range map[string]struct {
			err  error
			want odoo.Code
		}{
			"its own":                          {err: with(identity, admin)},
			"any that is no copy":              {err: with(odoo.Identity{}, admin)},
			"another":                          {with(odoo.Identity{UUID: "00000000-0000-4000-8000-000000000000"}, admin), odoo.CodeOtherDatabase},
			"a copy is wanted":                 {with(copied, admin), odoo.CodeOtherDatabase},
			"the connector may not look":       {with(identity, nil), odoo.CodeAccess},
			"the witness's password is wrong":  {with(identity, odoo.Password("admin", "no")), odoo.CodeUnauthenticated},
			"the witness may not look neither": {with(identity, odoo.Password("connector", "secret")), odoo.CodeAccess},
		} {
			if odoo.CodeOf(test.err) != test.want {
				t.Errorf("%d: %s: %v, want %q", series, name, test.err, test.want)
			}
		}
		if _, err := odoo.Invoke[[]int64](t.Context(), c, odoo.Call{Model: "ir.config_parameter", Method: "create", Args: odoo.Args{
			"vals_list": []any{map[string]any{"key": "database.is_neutralized", "value": "true"}},
		}}); err != nil {
			t.Fatal(err)
		}
		if err := with(identity, admin); odoo.CodeOf(err) != odoo.CodeOtherDatabase {
			t.Errorf("%d: production's connector takes a copy: %v", series, err)
		}
		if err := with(copied, admin); err != nil {
			t.Errorf("%d: a copy's connector: %v", series, err)
		}
	}
}

// TestRealIdentity reads who the real databases are, which only an administrator may.
func TestRealIdentity(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, series := range []int{19, 14} {
		p := peer.OdooServer(t, series)
		admin := odoo.Password(p.Login, p.Password)
		c := dial(t, p.URL, admin, odoo.WithDatabase(p.Database))
		identity, err := c.Identity(t.Context())
		if err != nil || len(identity.UUID) != 36 || identity.Neutralized || seen[identity.UUID] {
			t.Fatal(series, identity, err)
		}
		seen[identity.UUID] = true
		login, password := unique(), unique()
		warehouse.NewUser(t, c, login, password, "base.group_user")
		user := odoo.Password(login, password)
		dial(t, p.URL, user, odoo.WithDatabase(p.Database), odoo.WithIdentity(identity, admin))
		if _, err := odoo.Dial(t.Context(), p.URL, user, odoo.WithDatabase(p.Database), odoo.WithIdentity(identity, nil)); odoo.CodeOf(err) != odoo.CodeAccess {
			t.Errorf("%d: a user who is no administrator looks: %v", series, err)
		}
		identity.Neutralized = true
		if _, err := odoo.Dial(t.Context(), p.URL, user, odoo.WithDatabase(p.Database), odoo.WithIdentity(identity, admin)); odoo.CodeOf(err) != odoo.CodeOtherDatabase {
			t.Errorf("%d: a copy's connector takes production: %v", series, err)
		}
	}
}
