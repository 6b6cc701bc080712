package sqlite

import "strings"

// statements are the SQL texts with the tables' names in them.
type statements struct {
	claim, get, extend, checkpoint, release, settle, resolve, prune string
	revision, listRevisions, putRevision, cursor, putCursor         string
	keptClaims, rewriteClaim, keptCursors, rewriteCursor            string
}

// held guards every write with a claim: ?1 scope, ?2 id, ?3 token.
const held = ` WHERE scope = ?1 AND id = ?2 AND token = ?3 AND state = 'in_flight'`

const columns = `fingerprint, state, token, attempt, checkpoint, data, result, lease_until, first_at, updated_at, expires_at`

func newStatements(prefix string) statements {
	fill := func(statement string) string { return strings.ReplaceAll(statement, "{p}", prefix) }
	return statements{
		// The first token of a key is the time, so that tokens also grow across pruning.
		claim: fill(`
			INSERT INTO {p}claims AS c (scope, id, fingerprint, state, token, attempt, lease_until, first_at, updated_at)
			VALUES (?1, ?2, ?3, 'in_flight', ?4, 1, ?5, ?4, ?4)
			ON CONFLICT (scope, id) DO UPDATE SET
				state = 'in_flight', token = c.token + 1, attempt = c.attempt + 1,
				lease_until = excluded.lease_until, updated_at = max(c.updated_at, excluded.updated_at)
			WHERE c.fingerprint = excluded.fingerprint
				AND (c.state = 'released' OR (c.state = 'in_flight' AND c.lease_until <= ?4))
			RETURNING ` + columns),
		get:    fill(`SELECT ` + columns + ` FROM {p}claims WHERE scope = ?1 AND id = ?2`),
		extend: fill(`UPDATE {p}claims SET lease_until = ?5, updated_at = max(updated_at, ?4)` + held),
		checkpoint: fill(`UPDATE {p}claims SET checkpoint = ?5, data = ?6, updated_at = max(updated_at, ?4)` +
			held),
		release: fill(`UPDATE {p}claims SET state = 'released', updated_at = max(updated_at, ?4)` + held),
		settle: fill(`UPDATE {p}claims SET state = ?5, result = ?6, expires_at = ?7, updated_at = max(updated_at, ?4)` +
			held),
		resolve: fill(`
			UPDATE {p}claims SET state = ?4, result = ?5, expires_at = ?6, updated_at = max(updated_at, ?3),
				first_at = CASE WHEN ?4 = 'released' THEN ?3 ELSE first_at END
			WHERE scope = ?1 AND id = ?2 AND state = 'indeterminate'`),
		prune: fill(`
			DELETE FROM {p}claims WHERE (scope, id) IN (
				SELECT scope, id FROM {p}claims
				WHERE expires_at <= ?1 AND state IN ('completed', 'failed')
				ORDER BY expires_at LIMIT ?2)`),
		revision: fill(`SELECT updated_at, digest FROM {p}revisions WHERE scope = ?1 AND id = ?2`),
		listRevisions: fill(`
			SELECT id, updated_at, digest FROM {p}revisions WHERE scope = ?1 AND id > ?2 ORDER BY id LIMIT ?3`),
		putRevision: fill(`
			INSERT INTO {p}revisions AS r (scope, id, updated_at, digest) VALUES (?1, ?2, ?3, ?4)
			ON CONFLICT (scope, id) DO UPDATE SET updated_at = excluded.updated_at, digest = excluded.digest
			WHERE r.updated_at < excluded.updated_at
				OR (r.updated_at = excluded.updated_at AND r.digest <> excluded.digest)`),
		cursor: fill(`SELECT value FROM {p}cursors WHERE name = ?1`),
		putCursor: fill(`
			INSERT INTO {p}cursors (name, value) VALUES (?1, ?2)
			ON CONFLICT (name) DO UPDATE SET value = excluded.value`),
		keptClaims: fill(`
			SELECT scope, id, state, updated_at, token, data, result FROM {p}claims
			WHERE (scope, id) > (?1, ?2) AND state <> 'in_flight' AND (length(data) > 0 OR length(result) > 0)
			ORDER BY scope, id LIMIT ?3`),
		rewriteClaim: fill(`
			UPDATE {p}claims SET data = ?6, result = ?7
			WHERE scope = ?1 AND id = ?2 AND token = ?3 AND state <> 'in_flight' AND data IS ?4 AND result IS ?5`),
		keptCursors:   fill(`SELECT name, value FROM {p}cursors WHERE name > ?1 ORDER BY name LIMIT ?2`),
		rewriteCursor: fill(`UPDATE {p}cursors SET value = ?3 WHERE name = ?1 AND value = ?2`),
	}
}
