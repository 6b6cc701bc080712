package odoo_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/odoo"
)

func TestCheckKeys(t *testing.T) {
	t.Parallel()
	in := func(days int) string { return time.Now().UTC().AddDate(0, 0, days).Format(time.DateTime) }
	row := func(id int, name string, scope, expires any) map[string]any {
		return map[string]any{"id": id, "name": name, "user_id": []any{2, "x"}, "scope": scope, "create_date": in(-80), "expiration_date": expires}
	}
	rows := []any{
		row(1, "connector", "rpc", in(10)), row(2, "connector", false, in(3)), row(3, "for ever", "rpc", false), row(4, "totp", "2fa", in(1)),
		row(5, "late", "rpc", in(90)), row(6, "gone", "rpc", in(-1)), row(7, "of a person", "rpc", in(5)),
	}
	fields := map[string]any{}
	for name, kind := range map[string]string{"id": "integer", "name": "char", "user_id": "many2one", "scope": "char", "create_date": "datetime", "expiration_date": "datetime"} {
		fields[name] = map[string]any{"type": kind}
	}
	s := newStub(t, "19.0", func(q request) response {
		switch q.Method {
		case "fields_get":
			return response{result: fields}
		case "search_read":
			return response{result: rows}
		}
		return response{exception: "builtins.Boom", message: q.Method}
	})
	c := dial(t, s.URL, odoo.APIKey("key"))
	for name, test := range map[string]struct {
		ahead time.Duration
		names []string
		want  []int64
	}{
		"a fortnight":          {14 * 24 * time.Hour, nil, []int64{6, 2, 7, 1}},
		"a week":               {7 * 24 * time.Hour, nil, []int64{6, 2, 7}},
		"only expired":         {0, nil, []int64{6}},
		"the connector's":      {14 * 24 * time.Hour, []string{"connector"}, []int64{2, 1}},
		"none of the name":     {14 * 24 * time.Hour, []string{"for ever", "late", "totp"}, nil},
		"further than Odoo is": {1 << 62, []string{"late"}, []int64{5}},
	} {
		err := c.CheckKeys(t.Context(), test.ahead, test.names...)
		var got []int64
		if warning := (*odoo.KeyExpiryError)(nil); errors.As(err, &warning) {
			for _, key := range warning.Keys {
				got = append(got, key.ID)
				if !strings.Contains(err.Error(), key.Name) || !strings.Contains(err.Error(), key.Expires.Format(time.DateOnly)) {
					t.Errorf("%s: %v does not name %s", name, err, key.Name)
				}
			}
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	down := dial(t, newStub(t, "19.0", always(response{exception: "odoo.exceptions.AccessError", status: 403, message: "no"})).URL, odoo.APIKey("key"))
	if err := down.CheckKeys(t.Context(), time.Hour); odoo.CodeOf(err) != odoo.CodeAccess {
		t.Errorf("keys that cannot be read: %v", err)
	}
}

// TestRealKeys reads the keys of a real user: that of the tests on 19, which expires within ten years, and none on 14.
func TestRealKeys(t *testing.T) {
	t.Parallel()
	p := peer.OdooServer(t, 19)
	c := dial(t, p.URL, odoo.APIKey(p.APIKey), odoo.WithDatabase(p.Database))
	keys, err := c.Keys(t.Context())
	if err != nil || len(keys) == 0 || keys[0].Name == "" || keys[0].Created.IsZero() {
		t.Fatalf("%+v, %v", keys, err)
	}
	warning := (*odoo.KeyExpiryError)(nil)
	if err := c.CheckKeys(t.Context(), 10*365*24*time.Hour, keys[0].Name); !errors.As(err, &warning) || warning.Keys[0].Expires.IsZero() {
		t.Errorf("%v", err)
	}
	if err := c.CheckKeys(t.Context(), 10*365*24*time.Hour, "no such key"); err != nil {
		t.Error(err)
	}
	old := peer.OdooServer(t, 14)
	c = dial(t, old.URL, odoo.Password(old.Login, old.Password), odoo.WithDatabase(old.Database))
	if err := c.CheckKeys(t.Context(), 10*365*24*time.Hour); err != nil {
		t.Error(err)
	}
}

// TestRealWarning runs the snippet of docs/governance.md.
func TestRealWarning(t *testing.T) {
	t.Parallel()
	p := peer.OdooServer(t, 14)
	c := dial(t, p.URL, odoo.Password(p.Login, p.Password), odoo.WithDatabase(p.Database))
	if err := warn(t.Context(), c, slog.New(slog.DiscardHandler)); err != nil {
		t.Error(err)
	}
}
