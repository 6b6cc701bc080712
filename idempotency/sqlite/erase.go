package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/retailsync/retailsync/idempotency"
)

var _ idempotency.Eraser = (*Store)(nil)

// erasePage is how many rows are read at once.
const erasePage = 200

// Rewrite implements [idempotency.Eraser]. SQLite may keep what was overwritten in free parts of the file and in its log until it needs the
// space: VACUUM the file where that matters.
func (s *Store) Rewrite(ctx context.Context, rewrite func(idempotency.Kept) []byte) (int, error) {
	claims, err := s.rewriteClaims(ctx, rewrite)
	if err != nil {
		return claims, fmt.Errorf("sqlite: rewrite: %w", err)
	}
	cursors, err := s.rewriteCursors(ctx, rewrite)
	if err != nil {
		err = fmt.Errorf("sqlite: rewrite: %w", err)
	}
	return claims + cursors, err
}

func (s *Store) rewriteClaims(ctx context.Context, rewrite func(idempotency.Kept) []byte) (int, error) {
	type row struct {
		kept         idempotency.Kept
		token        int64
		data, result []byte
	}
	changed, last := 0, idempotency.Key{}
	for {
		var page []row
		err := s.each(ctx, s.statements.keptClaims, []any{last.Scope, last.ID, erasePage}, func(rows *sql.Rows) error {
			var r row
			var updated int64
			if err := rows.Scan(&r.kept.Key.Scope, &r.kept.Key.ID, &r.kept.State, &updated, &r.token, &r.data, &r.result); err != nil {
				return err
			}
			r.kept.UpdatedAt = instant(updated)
			page = append(page, r)
			return nil
		})
		if err != nil || len(page) == 0 {
			return changed, err
		}
		for _, r := range page {
			last = r.kept.Key
			data, dataChanged := r.kept.Rewrite(idempotency.PartData, r.data, rewrite)
			result, resultChanged := r.kept.Rewrite(idempotency.PartResult, r.result, rewrite)
			if !dataChanged && !resultChanged {
				continue
			}
			n, err := s.exec(ctx, s.statements.rewriteClaim, last.Scope, last.ID, r.token, r.data, r.result, data, result)
			if err != nil {
				return changed, err
			}
			if n == 1 && dataChanged {
				changed++
			}
			if n == 1 && resultChanged {
				changed++
			}
		}
	}
}

func (s *Store) rewriteCursors(ctx context.Context, rewrite func(idempotency.Kept) []byte) (int, error) {
	changed, last := 0, ""
	for {
		var page []idempotency.Kept
		err := s.each(ctx, s.statements.keptCursors, []any{last, erasePage}, func(rows *sql.Rows) error {
			kept := idempotency.Kept{Part: idempotency.PartCursor}
			if err := rows.Scan(&kept.Cursor, &kept.Content); err != nil {
				return err
			}
			page = append(page, kept)
			return nil
		})
		if err != nil || len(page) == 0 {
			return changed, err
		}
		for _, kept := range page {
			last = kept.Cursor
			value, differs := kept.Rewrite(idempotency.PartCursor, kept.Content, rewrite)
			if !differs {
				continue
			}
			if value == nil {
				value = []byte{}
			}
			n, err := s.exec(ctx, s.statements.rewriteCursor, last, kept.Content, value)
			if err != nil {
				return changed, err
			}
			changed += int(n)
		}
	}
}

func (s *Store) each(ctx context.Context, statement string, args []any, scan func(*sql.Rows) error) (err error) {
	rows, err := s.read.QueryContext(ctx, statement, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
