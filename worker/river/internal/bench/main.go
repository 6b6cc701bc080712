// Command bench measures the worker on SQLite and on PostgreSQL: how many webhooks a process with one core verifies and accepts for good, whether
// a queue of 100,000 events slows down, and whether a channel that fails holds up others. It prints the figures as its last lines. Start
// the database with `make postgres`.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/worker/river"
)

func main() {
	events := flag.Int("events", 100_000, "events in the queue that is drained")
	lasting := flag.Duration("for", 6*time.Second, "how long webhooks are sent to each database")
	rounds := flag.Int("rounds", 5, "rounds of isolation; each measures all ways")
	only := flag.String("only", "", "measure webhooks, drain or isolation only")
	flag.Func("on", "measure this database only: sqlite or postgres", func(name string) error {
		if !slices.Contains(databases, name) {
			return errors.New("must be sqlite or postgres")
		}
		databases = []string{name}
		return nil
	})
	flag.Parse()
	if at := os.Getenv(receiverStore); at != "" {
		exit(receive(context.Background(), at))
	}
	lines, err := run(context.Background(), *only, *events, *lasting, *rounds)
	exit(err)
	fmt.Print(lines)
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, only string, events int, lasting time.Duration, rounds int) (string, error) {
	var lines strings.Builder
	for _, each := range []struct {
		name    string
		measure func() (string, error)
	}{
		{"webhooks", func() (string, error) { return webhooks(ctx, lasting) }},
		{"drain", func() (string, error) { return drain(ctx, events) }},
		{"isolation", func() (string, error) { return isolation(ctx, rounds) }},
	} {
		if only != "" && only != each.name {
			continue
		}
		text, err := each.measure()
		if err != nil {
			return "", fmt.Errorf("%s: %w", each.name, err)
		}
		lines.WriteString(text)
	}
	return lines.String(), nil
}

// databases are those that are measured, each with a name for its figures.
var databases = []string{"sqlite", "postgres"}

// fresh makes an empty database and returns what [open] takes. Drop ends it.
func fresh(ctx context.Context, name string) (at string, drop func(), err error) {
	if name == "sqlite" {
		folder, err := os.MkdirTemp("", "bench")
		if err != nil {
			return "", nil, err
		}
		return filepath.Join(folder, "worker.db"), func() { _ = os.RemoveAll(folder) }, nil
	}
	schema := "worker_bench_" + strings.ToLower(rand.Text()[:16])
	pool, err := connect(ctx)
	if err != nil {
		return "", nil, err
	}
	return schemaPrefix + schema, func() {
		if _, err := pool.Exec(context.WithoutCancel(ctx), "DROP SCHEMA IF EXISTS "+schema+" CASCADE"); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
		pool.Close()
	}, nil
}

// schemaPrefix tells a schema from a file.
const schemaPrefix = "schema:"

// open opens the store of a database; end it with the function that is returned.
func open(ctx context.Context, at string) (*river.Store, func(), error) {
	schema, ok := strings.CutPrefix(at, schemaPrefix)
	if !ok {
		store, err := river.OpenSQLite(ctx, at)
		if err != nil {
			return nil, nil, err
		}
		return store, func() { _ = store.Close() }, nil
	}
	pool, err := connect(ctx)
	if err != nil {
		return nil, nil, err
	}
	store, err := river.NewPostgres(pool, river.WithSchema(schema))
	if err == nil {
		err = store.Migrate(ctx)
	}
	if err != nil {
		pool.Close()
		return nil, nil, err
	}
	return store, pool.Close, nil
}

func connect(ctx context.Context) (*pgxpool.Pool, error) {
	env, err := peer.Find("postgres")
	if err != nil {
		return nil, err
	}
	if env["URL"] == "" {
		return nil, errors.New("no PostgreSQL here: start it with `make postgres`")
	}
	settings, err := pgxpool.ParseConfig(env["URL"])
	if err != nil {
		return nil, errors.New("the peer's address cannot be parsed")
	}
	settings.MaxConns = 16
	return pgxpool.NewWithConfig(ctx, settings)
}
