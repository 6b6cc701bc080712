package ledger

import (
	"context"
	"slices"
	"strings"

	"github.com/retailsync/retailsync/worker"
)

// Audit implements [worker.Trail].
func (l *Ledger) Audit(ctx context.Context, filter worker.AuditFilter) ([]worker.Entry, error) {
	where, args := []string{"id > ?"}, []any{filter.AfterID}
	if filter.Seq != 0 {
		where, args = append(where, "seq = ?"), append(args, filter.Seq)
	}
	if filter.Channel != "" {
		where, args = append(where, "channel = ?"), append(args, filter.Channel)
	}
	if filter.Key != "" {
		where, args = append(where, "key = ?"), append(args, filter.Key)
	}
	limit := filter.Limit
	if limit <= 0 || limit > worker.MaxPage {
		limit = worker.MaxPage
	}
	var found []worker.Entry
	err := l.db.query(ctx, l.dialect.fill(`SELECT id, at, actor, action, seq, channel, key, reason FROM {p}audit WHERE `+strings.Join(where, " AND ")+` ORDER BY id LIMIT ?`),
		append(args, limit), func(r row) error {
			var entry worker.Entry
			var at int64
			err := r.Scan(&entry.ID, &at, &entry.By, &entry.Action, &entry.Seq, &entry.Channel, &entry.Key, &entry.Reason)
			entry.At = instant(at)
			found = append(found, entry)
			return err
		})
	return found, failed("audit", err)
}

// note appends to the audit trail.
func (l *Ledger) note(ctx context.Context, tx querier, entries ...worker.Entry) error {
	for part := range slices.Chunk(entries, chunk) {
		var args []any
		for _, e := range part {
			args = append(args, e.By, string(e.Action), e.Seq, e.Channel, e.Key, e.Reason)
		}
		if _, err := tx.exec(ctx, l.dialect.fill(`INSERT INTO {p}audit (at, actor, action, seq, channel, key, reason) VALUES `+
			rows(len(part), "({now}, ?, ?, ?, ?, ?, ?)")), args...); err != nil {
			return err
		}
	}
	return nil
}
