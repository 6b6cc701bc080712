// Package peer finds the real servers that tests talk to.
//
// A peer is described by environment variables, or by the file that `make odoo` and `make medusa`
// write into .peers at the top of the repository. A test without its peer skips and says how to start
// it; where RETAILSYNC_REQUIRE_PEERS is set, as in CI, it fails instead. With RETAILSYNC_PEERS=off, as under
// `make test`, it skips even where the peer runs.
package peer

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Odoo is a real Odoo server.
type Odoo struct {
	// Series is the major version, 14 or 19.
	Series                  int
	URL, Database           string
	Login, Password, APIKey string // APIKey is empty before 19
}

// Medusa is a real Medusa store with the seed data of peers/medusa.
type Medusa struct {
	URL, SecretKey, PublishableKey, WebhookSecret string
}

// OdooServer returns the running Odoo of a series, or skips the test.
func OdooServer(t testing.TB, series int) Odoo {
	t.Helper()
	name := fmt.Sprintf("odoo%d", series)
	env := load(t, name)
	return Odoo{
		Series: series, URL: env["URL"], Database: env["DB"],
		Login: env["LOGIN"], Password: env["PASSWORD"], APIKey: env["API_KEY"],
	}
}

// MedusaServer returns the running Medusa store, or skips the test.
func MedusaServer(t testing.TB) Medusa {
	t.Helper()
	env := load(t, "medusa")
	return Medusa{
		URL: env["URL"], SecretKey: env["SECRET_KEY"],
		PublishableKey: env["PUBLISHABLE_KEY"], WebhookSecret: env["WEBHOOK_SECRET"],
	}
}

// PostgresURL returns the address of a PostgreSQL database that tests may write to, or skips the test.
func PostgresURL(t testing.TB) string {
	t.Helper()
	return load(t, "postgres")["URL"]
}

// load reads RETAILSYNC_<NAME>_* or else .peers/<name>.env.
func load(t testing.TB, name string) map[string]string {
	t.Helper()
	if os.Getenv("RETAILSYNC_PEERS") == "off" {
		t.Skip("runs with `make test-real`")
	}
	prefix := "RETAILSYNC_" + strings.ToUpper(name) + "_"
	env := map[string]string{}
	for _, pair := range os.Environ() {
		if key, value, ok := strings.Cut(pair, "="); ok && strings.HasPrefix(key, prefix) {
			env[strings.TrimPrefix(key, prefix)] = value
		}
	}
	if env["URL"] == "" {
		readFile(t, filepath.Join(root(t), ".peers", name+".env"), env)
	}
	if env["URL"] == "" {
		missing(t, name)
	}
	return env
}

func readFile(t testing.TB, path string, into map[string]string) {
	t.Helper()
	file, err := os.Open(path)
	if os.IsNotExist(err) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if key, value, ok := strings.Cut(strings.TrimSpace(lines.Text()), "="); ok {
			into[key] = value
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

// root is the top of the repository: the folder that holds go.work.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("peer: no go.work above the test's folder")
		}
		dir = parent
	}
}

func missing(t testing.TB, name string) {
	t.Helper()
	target := "make odoo"
	switch name {
	case "medusa":
		target = "make medusa"
	case "postgres":
		target = "make postgres"
	}
	message := fmt.Sprintf("no %s here: start it with `%s` (Debian, root), or set RETAILSYNC_%s_URL and its like (see CONTRIBUTING.md)",
		name, target, strings.ToUpper(name))
	if os.Getenv("RETAILSYNC_REQUIRE_PEERS") != "" {
		t.Fatal(message)
	}
	t.Skip(message)
}
