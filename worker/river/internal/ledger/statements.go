package ledger

// statements are the texts that do not depend on their arguments.
type statements struct {
	peek, claim, first, fence, settle, next, free, extend, discard, backlog, prune, pause, resume, pauses, now string
}

// columns are those of scanRecord.
const columns = `seq, source, id, channel, kind, key, class, payload, received, state, attempts, tries, due, failing_since, verdict, problem, runbook, blocks, touched, trace`

// Open is 1 for an event that is pending or a dead letter that blocks: the first of a key is what its task finds. It is the smallest
// seq + 0, as index inbox_open has it: for the smallest seq PostgreSQL may walk along the primary key, through the whole table where
// the key has none. And where a number is given, the state is compared as an expression, so that no index of all that waits seems as good:
// PostgreSQL knows little about a table that has just filled.
//
// What is taken is not touched: its lease keeps the sweeper off. A write would cost a version of the row in each index of the table.
func newStatements(d dialect) statements {
	const unpaused = `NOT EXISTS (SELECT 1 FROM {p}pauses WHERE {p}pauses.channel = ? AND (until = 0 OR until > {now}))`
	return statements{
		peek: d.fill(`
			SELECT i.state, coalesce(h.state, ''), coalesce(h.due, 0), coalesce(l.until, 0), coalesce((
				SELECT max(CASE WHEN p.until = 0 THEN 9000000000000000000 ELSE p.until END) FROM {p}pauses p
				WHERE p.channel = i.channel AND (p.until = 0 OR p.until > {now})), 0), {now}
			FROM {p}inbox i
			LEFT JOIN {p}leases l ON l.channel = i.channel AND l.key = i.key
			LEFT JOIN {p}inbox h ON h.seq = (SELECT min(o.seq + 0) FROM {p}inbox o WHERE o.channel = i.channel AND o.key = i.key AND o.open = 1)
			WHERE i.seq = ?`),
		claim: d.fill(`
			INSERT INTO {p}leases AS l (channel, key, token, owner, until) VALUES (?, ?, {token}, ?, {now} + ?)
			ON CONFLICT (channel, key) DO UPDATE SET token = {token}, owner = excluded.owner, until = excluded.until WHERE l.until <= {now}
			RETURNING token, until`),
		first: d.fill(`
			SELECT ` + columns + ` FROM {p}inbox
			WHERE seq = (SELECT min(o.seq + 0) FROM {p}inbox o WHERE o.channel = ? AND o.key = ? AND o.open = 1) AND state || '' = 'pending' AND due <= {now}`),
		fence: d.fill(`UPDATE {p}leases SET until = until WHERE channel = ? AND key = ? AND token = ?`),
		settle: d.fill(`
			UPDATE {p}inbox SET state = ?, open = ?, blocks = ?, touched = {now},
				attempts = attempts + ?, tries = tries + ?,
				due = CASE WHEN ? = 1 THEN {now} + ? ELSE due END,
				failing_since = CASE WHEN ? = 1 AND failing_since = 0 THEN {now} ELSE failing_since END,
				verdict = CASE WHEN ? = 1 THEN ? ELSE verdict END, problem = CASE WHEN ? = 1 THEN ? ELSE problem END, runbook = CASE WHEN ? = 1 THEN ? ELSE runbook END
			WHERE seq = ? AND channel = ? AND key = ? AND state || '' = 'pending'`),
		next: d.fill(`
			SELECT ` + columns + ` FROM {p}inbox
			WHERE seq = (SELECT min(o.seq + 0) FROM {p}inbox o WHERE o.channel = ? AND o.key = ? AND o.open = 1) AND state || '' = 'pending' AND due <= {now}
				AND ` + unpaused),
		free:   d.fill(`DELETE FROM {p}leases WHERE channel = ? AND key = ? AND token = ?`),
		extend: d.fill(`UPDATE {p}leases SET until = {now} + ? WHERE channel = ? AND key = ? AND token = ? RETURNING until`),
		discard: d.fill(`
			SELECT seq, channel, key, class FROM {p}inbox
			WHERE seq = (SELECT min(o.seq + 0) FROM {p}inbox o WHERE o.channel = ? AND o.key = ? AND o.open = 1) AND state || '' = 'pending'`),
		backlog: d.fill(`
			SELECT channel, class, sum(CASE WHEN state = 'pending' THEN 1 ELSE 0 END), sum(CASE WHEN state = 'dead' THEN 1 ELSE 0 END),
				coalesce(min(CASE WHEN state = 'pending' THEN received END), 0)
			FROM {p}inbox WHERE state IN ('pending', 'dead') GROUP BY channel, class ORDER BY channel, class`),
		prune: d.fill(`
			DELETE FROM {p}inbox WHERE seq IN (
				SELECT seq FROM {p}inbox WHERE state IN ('done', 'discarded') AND touched < {now} - ? ORDER BY touched LIMIT ? {skip}) RETURNING seq`),
		pause: d.fill(`
			INSERT INTO {p}pauses (channel, cause, actor, reason, since, until) VALUES (?, ?, ?, ?, {now}, CASE WHEN CAST(? AS bigint) > 0 THEN {now} + ? ELSE 0 END)
			ON CONFLICT (channel, cause) DO UPDATE SET actor = excluded.actor, reason = excluded.reason, since = excluded.since, until = excluded.until`),
		resume: d.fill(`DELETE FROM {p}pauses WHERE channel = ? AND cause = ?`),
		pauses: d.fill(`
			SELECT channel, cause, actor, reason, since, until FROM {p}pauses WHERE until = 0 OR until > {now} ORDER BY channel, cause`),
		now: d.fill(`SELECT {now}`),
	}
}
