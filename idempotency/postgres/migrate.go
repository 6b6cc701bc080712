package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// migrations bring a schema from version i to i+1. A released one is never changed. {s} is the schema.
func migrations() []string {
	return []string{`
		CREATE TABLE {s}.claims (
			scope       text COLLATE "C" NOT NULL,
			id          text COLLATE "C" NOT NULL,
			fingerprint text        NOT NULL,
			state       text        NOT NULL CHECK (state IN ('in_flight', 'released', 'completed', 'failed', 'indeterminate')),
			token       bigint      NOT NULL,
			attempt     integer     NOT NULL,
			checkpoint  text        NOT NULL DEFAULT '',
			data        bytea,
			result      bytea,
			lease_until timestamptz NOT NULL,
			first_at    timestamptz NOT NULL,
			updated_at  timestamptz NOT NULL,
			expires_at  timestamptz,
			PRIMARY KEY (scope, id)
		);
		CREATE INDEX claims_expiry ON {s}.claims (expires_at) WHERE expires_at IS NOT NULL;
		CREATE INDEX claims_open ON {s}.claims (updated_at) WHERE state IN ('in_flight', 'released', 'indeterminate');
		CREATE TABLE {s}.revisions (
			scope      text COLLATE "C" NOT NULL,
			id         text COLLATE "C" NOT NULL,
			updated_at timestamptz NOT NULL,
			digest     text        NOT NULL,
			PRIMARY KEY (scope, id)
		);
		CREATE TABLE {s}.cursors (
			name  text COLLATE "C" PRIMARY KEY,
			value bytea NOT NULL
		);
	`}
}

// Migrate creates the schema and its tables or brings them up to date. It is safe to repeat and to run in
// several processes at once. It refuses a schema that a newer version of this package wrote.
func (s *Store) Migrate(ctx context.Context) error {
	err := pgx.BeginFunc(ctx, s.db, func(tx pgx.Tx) error {
		run := func(statement string, args ...any) error {
			_, err := tx.Exec(ctx, strings.ReplaceAll(statement, "{s}", s.schema), args...)
			return err
		}
		// CREATE … IF NOT EXISTS fails when two run at once; the lock makes them take turns.
		if err := run(`SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, "retailsync idempotency "+s.schema); err != nil {
			return err
		}
		var exists bool
		if err := tx.QueryRow(ctx, `SELECT to_regnamespace($1) IS NOT NULL`, s.schema).Scan(&exists); err != nil {
			return err
		}
		if !exists { // only then, because it needs a right that the schema's owner may lack
			if err := run(`CREATE SCHEMA {s}`); err != nil {
				return err
			}
		}
		if err := run(`CREATE TABLE IF NOT EXISTS {s}.schema_version (version integer NOT NULL)`); err != nil {
			return err
		}
		version, steps := 0, migrations()
		if err := tx.QueryRow(ctx, strings.ReplaceAll(`SELECT coalesce(max(version), 0) FROM {s}.schema_version`, "{s}", s.schema)).Scan(&version); err != nil {
			return err
		}
		if version > len(steps) {
			return fmt.Errorf("the tables are of version %d, this program knows version %d: upgrade the program", version, len(steps))
		}
		if version == len(steps) {
			return nil
		}
		for _, step := range steps[version:] {
			if err := run(step); err != nil {
				return err
			}
		}
		return run(`INSERT INTO {s}.schema_version (version) VALUES ($1)`, len(steps))
	})
	if err != nil {
		return fmt.Errorf("postgres: migrate schema %s: %w", s.schema, err)
	}
	return nil
}
