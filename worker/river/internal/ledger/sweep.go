package ledger

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/retailsync/retailsync/worker"
)

// Sweep implements [worker.Inbox].
func (l *Ledger) Sweep(ctx context.Context, quiet time.Duration, limit int, within worker.Within) ([]worker.Task, error) {
	var tasks []worker.Task
	err := l.db.inTx(ctx, func(tx querier, handle any) error {
		tasks = nil
		err := tx.query(ctx, l.dialect.fill(`
			UPDATE {p}inbox SET touched = {now} WHERE seq IN (
				SELECT i.seq FROM {p}inbox i
				WHERE i.state = 'pending' AND i.touched <= {now} - ? AND i.due <= {now}
					AND NOT EXISTS (SELECT 1 FROM {p}leases l WHERE l.channel = i.channel AND l.key = i.key AND l.until > {now})
					AND NOT EXISTS (SELECT 1 FROM {p}pauses p WHERE p.channel = i.channel AND (p.until = 0 OR p.until > {now}))
					AND NOT EXISTS (SELECT 1 FROM {p}inbox b WHERE b.channel = i.channel AND b.key = i.key AND b.open = 1 AND b.state = 'dead' AND b.seq < i.seq)
				ORDER BY i.touched, i.seq LIMIT ? {skip})
			RETURNING seq, channel, key, class`), []any{quiet.Microseconds(), limit}, func(r row) error {
			task, err := scanTask(r)
			tasks = append(tasks, task)
			return err
		})
		if err != nil {
			return err
		}
		slices.SortFunc(tasks, func(a, b worker.Task) int { return cmp.Compare(a.Seq, b.Seq) })
		return call(ctx, within, handle, tasks)
	})
	if err != nil {
		return nil, failed("sweep", err)
	}
	return tasks, nil
}

func scanTask(r row) (worker.Task, error) {
	var task worker.Task
	err := r.Scan(&task.Seq, &task.Channel, &task.Key, &task.Class)
	return task, err
}

// Backlog implements [worker.Inbox].
func (l *Ledger) Backlog(ctx context.Context) ([]worker.Backlog, error) {
	var all []worker.Backlog
	err := l.db.query(ctx, l.text.backlog, nil, func(r row) error {
		var b worker.Backlog
		var oldest int64
		err := r.Scan(&b.Channel, &b.Class, &b.Pending, &b.Dead, &oldest)
		b.Oldest = instant(oldest)
		all = append(all, b)
		return err
	})
	return all, failed("backlog", err)
}

// Prune implements [worker.Inbox]. Nobody could find what errors said about those events afterwards, to erase it: it goes with them.
func (l *Ledger) Prune(ctx context.Context, keep time.Duration, limit int) (int, error) {
	var pruned []any
	err := l.db.inTx(ctx, func(tx querier, _ any) error {
		pruned = nil
		err := tx.query(ctx, l.text.prune, []any{keep.Microseconds(), limit}, func(r row) error {
			var seq int64
			err := r.Scan(&seq)
			pruned = append(pruned, seq)
			return err
		})
		if err != nil {
			return err
		}
		for part := range slices.Chunk(pruned, chunk) {
			args := append(slices.Clone(part), string(worker.ActionRetried), string(worker.ActionDied))
			if _, err := tx.exec(ctx, l.dialect.fill(`UPDATE {p}audit SET reason = '' WHERE seq IN (`+rows(len(part), "?")+`) AND reason <> '' AND action IN (?, ?)`), args...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, failed("prune", err)
	}
	return len(pruned), nil
}
