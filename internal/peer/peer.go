// Package peer finds the real servers that tests talk to.
//
// A peer is described by environment variables, or by the file that `make odoo` and `make medusa`
// write into .peers at the top of the repository. A test without its peer skips and says how to start
// it; where RETAILSYNC_REQUIRE_PEERS is set, as in CI, it fails instead. With RETAILSYNC_PEERS=off, as under
// `make test`, it skips even where the peer runs.
package peer

import (
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
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
	return odooServer(t, series, fmt.Sprintf("odoo%d", series))
}

// Kits returns the database with the app Manufacturing on the running Odoo of a series, or skips the test. It is spoken to by JSON-RPC:
// it has no API key.
func Kits(t testing.TB, series int) Odoo {
	t.Helper()
	return odooServer(t, series, fmt.Sprintf("odoo%dkits", series))
}

func odooServer(t testing.TB, series int, name string) Odoo {
	t.Helper()
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

// load is Find for tests.
func load(t testing.TB, name string) map[string]string {
	t.Helper()
	unlessOff(t)
	env, err := Find(name)
	if err != nil {
		t.Fatal(err)
	}
	if env["URL"] == "" {
		missing(t, name)
	}
	return env
}

// unlessOff skips the test where no peer is to be used.
func unlessOff(t testing.TB) {
	t.Helper()
	if os.Getenv("RETAILSYNC_PEERS") == "off" {
		t.Skip("runs with `make test-real`")
	}
}

// Thorough tells whether tests try each case on each real Odoo: RETAILSYNC_THOROUGH=1, as before a release.
func Thorough() bool { return os.Getenv("RETAILSYNC_THOROUGH") == "1" }

// Spares tells a test with many numbered cases, most of them a fault at one more call, which ones to leave out at a real Odoo of the
// series: between 19 and 14 each case is tried on one, so that `make test-real` stays short. Nothing is left out when [Thorough].
func Spares(series, n int) bool { return !Thorough() && n%2 == series%2 }

// Either are the series of the real Odoo that a test is told at for which one is enough: the in-process one tells it as 19 and as 14, and is
// held to the real ones by the contract suite. It is chosen by the test's name, so that each has half of them. Both when [Thorough].
func Either(t testing.TB) []int {
	name := fnv.New32a()
	name.Write([]byte(t.Name()))
	turn := int(name.Sum32() >> 9 & 1) // the lowest bit tells no more than the parity of the name's
	return slices.DeleteFunc([]int{19, 14}, func(series int) bool { return Spares(series, turn) })
}

// OnReal runs a test once for each of the series of real servers, side by side.
func OnReal(t *testing.T, series []int, test func(t *testing.T, series int)) {
	t.Helper()
	for _, each := range series {
		t.Run(fmt.Sprintf("real %d", each), func(t *testing.T) {
			t.Parallel()
			test(t, each)
		})
	}
}

// SparesFault is Spares for a fault at the nth call, of which every fourth one strikes at a real Odoo, in turn at one of the series: all of
// them strike at the in-process one.
func SparesFault(series, n int) bool { return !Thorough() && (n%4 != 0 || Spares(series, n/4)) }

// Find returns what is known of a peer (odoo19, odoo19kits, odoo14, odoo14kits, medusa, postgres): the variables
// RETAILSYNC_<NAME>_*, or else the lines of .peers/<name>.env. Without URL it is not there.
func Find(name string) (map[string]string, error) {
	prefix := "RETAILSYNC_" + strings.ToUpper(name) + "_"
	env := map[string]string{}
	for _, pair := range os.Environ() {
		if key, value, ok := strings.Cut(pair, "="); ok && strings.HasPrefix(key, prefix) {
			env[strings.TrimPrefix(key, prefix)] = value
		}
	}
	if env["URL"] != "" {
		return env, nil
	}
	root, err := top()
	if err != nil {
		return nil, err
	}
	return env, readFile(filepath.Join(root, ".peers", name+".env"), env)
}

func readFile(path string, into map[string]string) error {
	content, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(content)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			into[key] = value
		}
	}
	return nil
}

// top is the top of the repository: the folder that holds go.work.
func top() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("peer: no go.work above the working folder")
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
	absent(t, name, target, "RETAILSYNC_"+strings.ToUpper(name)+"_URL and its like (see CONTRIBUTING.md)")
}

// absent skips the test for what is not there, or fails it where it must be there.
func absent(t testing.TB, name, target, variables string) {
	t.Helper()
	message := fmt.Sprintf("no %s here: start it with `%s` (Debian, root), or set %s", name, target, variables)
	if os.Getenv("RETAILSYNC_REQUIRE_PEERS") != "" {
		t.Fatal(message)
	}
	t.Skip(message)
}
