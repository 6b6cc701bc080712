package ledger

import (
	"context"
	"fmt"
)

// types are the names of the columns' types.
type types struct{ serial, text, blob, number string }

// migrations bring the tables from version i to i+1. A released one is never changed.
func migrations(t types) [][]string {
	return [][]string{{
		`CREATE TABLE {p}inbox (
			seq           ` + t.serial + `,
			source        ` + t.text + ` NOT NULL,
			id            ` + t.text + ` NOT NULL,
			channel       ` + t.text + ` NOT NULL,
			kind          ` + t.text + ` NOT NULL,
			key           ` + t.text + ` NOT NULL,
			class         ` + t.text + ` NOT NULL,
			payload       ` + t.blob + ` NOT NULL,
			received      ` + t.number + ` NOT NULL,
			state         ` + t.text + ` NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'dead', 'discarded')),
			open          ` + t.number + ` NOT NULL DEFAULT 1 CHECK (open IN (0, 1)),
			blocks        ` + t.number + ` NOT NULL DEFAULT 0 CHECK (blocks IN (0, 1)),
			attempts      ` + t.number + ` NOT NULL DEFAULT 0,
			tries         ` + t.number + ` NOT NULL DEFAULT 0,
			due           ` + t.number + ` NOT NULL,
			failing_since ` + t.number + ` NOT NULL DEFAULT 0,
			verdict       ` + t.text + ` NOT NULL DEFAULT '',
			problem       ` + t.text + ` NOT NULL DEFAULT '',
			runbook       ` + t.text + ` NOT NULL DEFAULT '',
			touched       ` + t.number + ` NOT NULL,
			UNIQUE (source, id)
		)`,
		`CREATE INDEX {i}inbox_open ON {p}inbox (channel, key, (seq + 0)) WHERE open = 1`,
		`CREATE INDEX {i}inbox_backlog ON {p}inbox (channel, class, state, received) WHERE state IN ('pending', 'dead')`,
		`CREATE INDEX {i}inbox_quiet ON {p}inbox (touched, seq) WHERE state = 'pending'`,
		`CREATE INDEX {i}inbox_settled ON {p}inbox (touched) WHERE state IN ('done', 'discarded')`,
		`CREATE INDEX {i}inbox_key ON {p}inbox (channel, key, seq)`,
		`CREATE TABLE {p}leases (
			channel ` + t.text + ` NOT NULL,
			key     ` + t.text + ` NOT NULL,
			token   ` + t.number + ` NOT NULL,
			owner   ` + t.text + ` NOT NULL,
			until   ` + t.number + ` NOT NULL,
			PRIMARY KEY (channel, key)
		)`,
		`CREATE TABLE {p}pauses (
			channel ` + t.text + ` NOT NULL,
			cause   ` + t.text + ` NOT NULL,
			actor   ` + t.text + ` NOT NULL,
			reason  ` + t.text + ` NOT NULL,
			since   ` + t.number + ` NOT NULL,
			until   ` + t.number + ` NOT NULL,
			PRIMARY KEY (channel, cause)
		)`,
		`CREATE TABLE {p}audit (
			id      ` + t.serial + `,
			at      ` + t.number + ` NOT NULL,
			actor   ` + t.text + ` NOT NULL,
			action  ` + t.text + ` NOT NULL,
			seq     ` + t.number + ` NOT NULL,
			channel ` + t.text + ` NOT NULL,
			key     ` + t.text + ` NOT NULL,
			reason  ` + t.text + ` NOT NULL
		)`,
		`CREATE INDEX {i}audit_event ON {p}audit (seq, id)`,
	}, {
		`ALTER TABLE {p}inbox ADD COLUMN trace ` + t.text + ` NOT NULL DEFAULT ''`,
	}}
}

// migrate brings the tables up to date within a transaction that no other migration runs beside.
func (l *Ledger) migrate(ctx context.Context, tx querier, create string, steps [][]string) error {
	if _, err := tx.exec(ctx, l.dialect.fill(create)); err != nil {
		return err
	}
	version := 0
	if err := tx.query(ctx, l.dialect.fill(`SELECT coalesce(max(version), 0) FROM {p}schema_version`), nil, func(r row) error { return r.Scan(&version) }); err != nil {
		return err
	}
	if version > len(steps) {
		return fmt.Errorf("the tables are of version %d, this program knows version %d: upgrade the program", version, len(steps))
	}
	for _, step := range steps[version:] {
		for _, statement := range step {
			if _, err := tx.exec(ctx, l.dialect.fill(statement)); err != nil {
				return err
			}
		}
	}
	if version == len(steps) {
		return nil
	}
	_, err := tx.exec(ctx, l.dialect.fill(`INSERT INTO {p}schema_version (version) VALUES (?)`), len(steps))
	return err
}
