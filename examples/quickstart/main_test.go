package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/odootest"
	"github.com/retailsync/retailsync/odoo/sale"
)

// quickstart runs the program with an environment and returns what it printed.
func quickstart(t *testing.T, env map[string]string, dry bool) string {
	t.Helper()
	var out bytes.Buffer
	err := run(t.Context(), newScreen(&out, false, true), func(name string) string { return env[name] }, dry)
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if strings.ContainsAny(out.String(), "\x1b\r") {
		t.Error("colours or a moving bar where there is no terminal")
	}
	return out.String()
}

func wantLines(t *testing.T, output string, lines ...string) {
	t.Helper()
	squeezed := strings.Join(strings.Fields(output), " ")
	for _, line := range lines {
		if !strings.Contains(squeezed, line) {
			t.Errorf("missing %q in\n%s", line, output)
		}
	}
}

func TestEmbedded(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	t.Setenv("TMP", folder)
	output := quickstart(t, nil, false)
	wantLines(t, output,
		"woocommerce/quickstart: 12 orders: 9 created, 1 held, 1 skipped, 1 failed",
		"medusa/quickstart: 8 orders: 7 created, 1 skipped",
		"64.41 USD yes", "57.46 EUR yes", "13982 JPY yes", "67.44 EUR yes",
		"woocommerce/quickstart: 12 orders: 11 unchanged, 1 failed", "medusa/quickstart: 8 orders: 8 unchanged",
		"Nothing changed", `no rule for the SKU "QS-POSTER"`, "aliases: {QS-POSTER: QS-MUG}")
	if strings.Contains(output, "NO:") {
		t.Error("a total is wrong")
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("the store was left behind: %v %v", left, err)
	}
}

func TestEmbeddedDryRun(t *testing.T) {
	output := quickstart(t, nil, true)
	wantLines(t, output, "Dry run: nothing is written", "(dry run)", `no rule for the SKU "QS-POSTER"`)
	if strings.Contains(output, "Nothing changed") {
		t.Error("a dry run imports nothing")
	}
}

// Against an Odoo that stays, the second run of the program finds the records and orders of the first.
func TestTwiceOnOneOdoo(t *testing.T) {
	t.Parallel()
	for _, series := range []int{14, 19} {
		server := odootest.New(odootest.Version(series))
		t.Cleanup(server.Close)
		env := map[string]string{
			"ODOO_URL": server.Start(), "ODOO_DB": server.DB(), "ODOO_LOGIN": server.Login(), "ODOO_PASSWORD": server.Password(),
		}
		erp, err := odoo.Dial(t.Context(), env["ODOO_URL"], odoo.Password(server.Login(), server.Password()), odoo.WithDatabase(server.DB()))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(erp.Close)
		orders := func(want int) {
			t.Helper()
			n, err := odoo.Count[sale.Order](t.Context(), erp, odoo.And())
			if err != nil || n != want {
				t.Errorf("Odoo %d has %d orders, want %d: %v", series, n, want, err)
			}
		}
		wantLines(t, quickstart(t, env, true), "would create product.product QS-TEE", "run without --dry-run first")
		orders(0)
		wantLines(t, quickstart(t, env, false), "create product.product QS-TEE", "create account.tax Quickstart 25%", "9 created", "Nothing changed")
		orders(17)
		wantLines(t, quickstart(t, env, true), "are there already", "unchanged", "(dry run)")
		wantLines(t, quickstart(t, env, false), "are there already", "nothing had to change", "Nothing changed", "13982 JPY yes")
		orders(17)
	}
}

func TestTerminal(t *testing.T) {
	t.Parallel()
	for _, coloured := range []bool{true, false} {
		var out bytes.Buffer
		if err := run(t.Context(), newScreen(&out, true, coloured), func(string) string { return "" }, false); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), "12/12") {
			t.Error("no bar that comes to its end")
		}
		if strings.Contains(out.String(), "\x1b[31m") != coloured {
			t.Errorf("colours wanted: %v", coloured)
		}
	}
}

func TestSetUpErrors(t *testing.T) {
	t.Parallel()
	for want, env := range map[string]map[string]string{
		"no credential": {"ODOO_URL": "https://erp.example.com"},
		"https":         {"ODOO_URL": "http://erp.example.com", "ODOO_API_KEY": "secret-key"},
	} {
		err := run(context.Background(), newScreen(&bytes.Buffer{}, false, false), func(name string) string { return env[name] }, false)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret-key") {
			t.Errorf("%s: got %v", want, err)
		}
	}
}
