package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/retailsync/retailsync/odoo/odootest"
)

// shows runs the program and looks for what it shows wherever it runs, and for more.
func shows(t *testing.T, env map[string]string, more ...string) {
	t.Helper()
	var out bytes.Buffer
	if err := run(t.Context(), &out, func(name string) string { return env[name] }); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	output := strings.Join(strings.Fields(out.String()), " ")
	for _, fact := range append(more,
		"is advanced did: approve did: open_return",
		"waits for goods: 2 of 2 units have not arrived",
		"is finished",
		"invoice over 59.97 + 14.99 tax, posted",
		"credit note over 37.98 + 9.49 tax, posted",
		"RT-MUG: 8 to sell",
		"the buyer got 47.47 EUR",
		"return.requested the buyer asked for it",
		"return.closed closed at the platform",
	) {
		if !strings.Contains(output, fact) {
			t.Errorf("missing %q in\n%s", fact, out.String())
		}
	}
}

func TestEmbedded(t *testing.T) {
	t.Parallel()
	shows(t, nil, "inside this process", "RMA-1001 is finished")
}

// Against an Odoo that stays, each run is an order of its own, and the stock is counted anew.
func TestTwiceOnOneOdoo(t *testing.T) {
	t.Parallel()
	server := odootest.New()
	t.Cleanup(server.Close)
	env := map[string]string{"ODOO_URL": server.Start(), "ODOO_DB": server.DB(), "ODOO_LOGIN": server.Login(), "ODOO_PASSWORD": server.Password()}
	for range 2 {
		shows(t, env, env["ODOO_URL"])
	}
}

func TestNoCredential(t *testing.T) {
	t.Parallel()
	err := run(t.Context(), &bytes.Buffer{}, func(name string) string { return map[string]string{"ODOO_URL": "https://erp.example.com"}[name] })
	if err == nil || !strings.Contains(err.Error(), "no credential") {
		t.Errorf("got %v", err)
	}
}
