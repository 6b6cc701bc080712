package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/retailsync/retailsync/idempotency"
)

var _ idempotency.Eraser = (*Store)(nil)

// erasePage is how many rows are read at once.
const erasePage = 500

// Rewrite implements [idempotency.Eraser]. PostgreSQL keeps what was overwritten until it vacuums the table, and in its archived log.
func (s *Store) Rewrite(ctx context.Context, rewrite func(idempotency.Kept) []byte) (int, error) {
	claims, err := s.rewriteClaims(ctx, rewrite)
	if err != nil {
		return claims, fmt.Errorf("postgres: rewrite: %w", explain(err))
	}
	cursors, err := s.rewriteCursors(ctx, rewrite)
	if err != nil {
		err = fmt.Errorf("postgres: rewrite: %w", explain(err))
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
		rows, err := s.db.Query(ctx, s.statements.keptClaims, last.Scope, last.ID, erasePage)
		if err != nil {
			return changed, err
		}
		page, err := pgx.CollectRows(rows, func(from pgx.CollectableRow) (r row, err error) {
			err = from.Scan(&r.kept.Key.Scope, &r.kept.Key.ID, &r.kept.State, &r.kept.UpdatedAt, &r.token, &r.data, &r.result)
			r.kept.UpdatedAt = r.kept.UpdatedAt.UTC()
			return r, err
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
			tag, err := s.db.Exec(ctx, s.statements.rewriteClaim, last.Scope, last.ID, r.token, r.data, r.result, data, result)
			if err != nil {
				return changed, err
			}
			if tag.RowsAffected() == 1 && dataChanged {
				changed++
			}
			if tag.RowsAffected() == 1 && resultChanged {
				changed++
			}
		}
	}
}

func (s *Store) rewriteCursors(ctx context.Context, rewrite func(idempotency.Kept) []byte) (int, error) {
	changed, last := 0, ""
	for {
		rows, err := s.db.Query(ctx, s.statements.keptCursors, last, erasePage)
		if err != nil {
			return changed, err
		}
		page, err := pgx.CollectRows(rows, func(from pgx.CollectableRow) (kept idempotency.Kept, err error) {
			err = from.Scan(&kept.Cursor, &kept.Content)
			return kept, err
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
			tag, err := s.db.Exec(ctx, s.statements.rewriteCursor, last, kept.Content, value)
			if err != nil {
				return changed, err
			}
			changed += int(tag.RowsAffected())
		}
	}
}
