package postgres

import "strings"

// statements are the SQL texts with the schema's name in them.
type statements struct {
	claim, get, extend, checkpoint, release, settle, resolve, prune string
	revisions, listRevisions, putRevision, cursor, putCursor        string
	keptClaims, rewriteClaim, keptCursors, rewriteCursor            string
}

// The server's time when a row is changed, not when the transaction began or started to wait for a lock.
const (
	now     = `clock_timestamp()`
	held    = ` WHERE scope = $1 AND id = $2 AND token = $3 AND state = 'in_flight'`
	touched = `updated_at = greatest(updated_at, ` + now + `)`
	columns = `fingerprint, state, token, attempt, checkpoint, data, result, lease_until, first_at, updated_at, expires_at`
)

func newStatements(schema string) statements {
	fill := func(statement string) string { return strings.ReplaceAll(statement, "{s}", schema) }
	return statements{
		// The first token of a key is the time, so that tokens also grow across pruning.
		claim: fill(`
			INSERT INTO {s}.claims AS c (scope, id, fingerprint, state, token, attempt, lease_until, first_at, updated_at)
			SELECT $1, $2, $3, 'in_flight', (extract(epoch FROM t.now) * 1000000)::bigint, 1, t.now + $4::bigint * interval '1 microsecond', t.now, t.now
			FROM (SELECT ` + now + ` AS now OFFSET 0) t
			ON CONFLICT (scope, id) DO UPDATE SET
				state = 'in_flight', token = c.token + 1, attempt = c.attempt + 1,
				lease_until = ` + now + ` + $4::bigint * interval '1 microsecond',
				updated_at = greatest(c.updated_at, ` + now + `)
			WHERE c.fingerprint = excluded.fingerprint
				AND (c.state = 'released' OR (c.state = 'in_flight' AND c.lease_until <= ` + now + `))
			RETURNING ` + columns + `, updated_at`),
		get: fill(`SELECT ` + columns + `, ` + now + ` FROM {s}.claims WHERE scope = $1 AND id = $2`),
		extend: fill(`UPDATE {s}.claims SET lease_until = ` + now + ` + $4::bigint * interval '1 microsecond', ` + touched + held +
			` RETURNING lease_until`),
		checkpoint: fill(`UPDATE {s}.claims SET checkpoint = $4, data = $5, ` + touched + held + ` RETURNING lease_until`),
		release:    fill(`UPDATE {s}.claims SET state = 'released', ` + touched + held + ` RETURNING lease_until`),
		settle: fill(`
			UPDATE {s}.claims SET state = $4, result = $5, updated_at = greatest(updated_at, t.now),
				expires_at = t.now + $6::bigint * interval '1 microsecond'
			FROM (SELECT ` + now + ` AS now OFFSET 0) t` + held + ` RETURNING lease_until`),
		resolve: fill(`
			UPDATE {s}.claims SET state = $3, result = $4, ` + touched + `,
				expires_at = ` + now + ` + $5::bigint * interval '1 microsecond',
				first_at = CASE WHEN $3 = 'released' THEN ` + now + ` ELSE first_at END
			WHERE scope = $1 AND id = $2 AND state = 'indeterminate' RETURNING lease_until`),
		prune: fill(`
			DELETE FROM {s}.claims WHERE (scope, id) IN (
				SELECT scope, id FROM {s}.claims
				WHERE expires_at <= ` + now + ` AND state IN ('completed', 'failed')
				ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)`),
		revisions: fill(`
			SELECT scope, id, updated_at, digest FROM {s}.revisions
			WHERE (scope, id) IN (SELECT * FROM unnest($1::text[], $2::text[]))`),
		listRevisions: fill(`
			SELECT id, updated_at, digest FROM {s}.revisions WHERE scope = $1 AND id > $2 ORDER BY id LIMIT $3`),
		putRevision: fill(`
			INSERT INTO {s}.revisions AS r (scope, id, updated_at, digest) VALUES ($1, $2, $3, $4)
			ON CONFLICT (scope, id) DO UPDATE SET updated_at = excluded.updated_at, digest = excluded.digest
			WHERE r.updated_at < excluded.updated_at
				OR (r.updated_at = excluded.updated_at AND r.digest <> excluded.digest)`),
		cursor: fill(`SELECT value FROM {s}.cursors WHERE name = $1`),
		putCursor: fill(`
			INSERT INTO {s}.cursors (name, value) VALUES ($1, $2)
			ON CONFLICT (name) DO UPDATE SET value = excluded.value`),
		keptClaims: fill(`
			SELECT scope, id, state, updated_at, token, data, result FROM {s}.claims
			WHERE (scope, id) > ($1, $2) AND state <> 'in_flight' AND (length(data) > 0 OR length(result) > 0)
			ORDER BY scope, id LIMIT $3`),
		rewriteClaim: fill(`
			UPDATE {s}.claims SET data = $6, result = $7
			WHERE scope = $1 AND id = $2 AND token = $3 AND state <> 'in_flight' AND data IS NOT DISTINCT FROM $4 AND result IS NOT DISTINCT FROM $5`),
		keptCursors:   fill(`SELECT name, value FROM {s}.cursors WHERE name > $1 ORDER BY name LIMIT $2`),
		rewriteCursor: fill(`UPDATE {s}.cursors SET value = $3 WHERE name = $1 AND value = $2`),
	}
}
