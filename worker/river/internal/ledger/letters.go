package ledger

import (
	"context"
	"slices"
	"strings"

	"github.com/retailsync/retailsync/worker"
)

// Find implements [worker.Letters].
func (l *Ledger) Find(ctx context.Context, filter worker.Filter) ([]worker.Record, error) {
	found, err := l.find(ctx, l.db, filter, "")
	return found, failed("find", err)
}

// Replay implements [worker.Letters].
func (l *Ledger) Replay(ctx context.Context, filter worker.Filter, decision worker.Decision, within worker.Within) ([]worker.Record, error) {
	var replayed []worker.Record
	err := l.db.inTx(ctx, func(tx querier, handle any) (err error) {
		if replayed, err = l.find(ctx, tx, filter, "{lock}"); err != nil {
			return err
		}
		err = l.decide(ctx, tx, replayed, decision, worker.ActionReplayed, `state = 'pending', open = 1, blocks = 0, attempts = 0, tries = 0, failing_since = 0,
			verdict = '', problem = '', runbook = '', due = {now}, touched = {now}`)
		if err != nil {
			return err
		}
		var tasks []worker.Task
		for _, record := range replayed {
			tasks = append(tasks, worker.TaskOf(record))
		}
		return call(ctx, within, handle, tasks)
	})
	if err != nil {
		return nil, failed("replay", err)
	}
	return replayed, nil
}

// Discard implements [worker.Letters].
func (l *Ledger) Discard(ctx context.Context, filter worker.Filter, decision worker.Decision, within worker.Within) ([]worker.Record, error) {
	filter.States = []worker.State{worker.StateDead}
	var discarded []worker.Record
	err := l.db.inTx(ctx, func(tx querier, handle any) (err error) {
		if discarded, err = l.find(ctx, tx, filter, "{lock}"); err != nil {
			return err
		}
		tasks, err := l.discard(ctx, tx, discarded, decision)
		if err != nil {
			return err
		}
		return call(ctx, within, handle, tasks)
	})
	if err != nil {
		return nil, failed("discard", err)
	}
	return discarded, nil
}

// discard ends dead letters and returns the tasks of what they held up.
func (l *Ledger) discard(ctx context.Context, tx querier, letters []worker.Record, decision worker.Decision) ([]worker.Task, error) {
	if err := l.decide(ctx, tx, letters, decision, worker.ActionDiscarded, `state = 'discarded', open = 0, blocks = 0, touched = {now}`); err != nil {
		return nil, err
	}
	var tasks []worker.Task
	seen := map[[2]string]bool{}
	for _, record := range letters {
		if key := [2]string{record.Channel, record.Key}; !seen[key] {
			seen[key] = true
			if err := tx.query(ctx, l.text.discard, []any{record.Channel, record.Key}, func(r row) error {
				task, err := scanTask(r)
				tasks = append(tasks, task)
				return err
			}); err != nil {
				return nil, err
			}
		}
	}
	return tasks, nil
}

// decide changes events as a person says, with an audit entry each.
func (l *Ledger) decide(ctx context.Context, tx querier, records []worker.Record, decision worker.Decision, action worker.Action, set string) error {
	var entries []worker.Entry
	for part := range slices.Chunk(records, chunk) {
		var args []any
		for _, record := range part {
			args = append(args, record.Seq)
			entries = append(entries, worker.Entry{By: decision.By, Action: action, Seq: record.Seq, Channel: record.Channel, Key: record.Key, Reason: decision.Reason})
		}
		if _, err := tx.exec(ctx, l.dialect.fill(`UPDATE {p}inbox SET `+set+` WHERE seq IN (`+rows(len(part), "?")+`)`), args...); err != nil {
			return err
		}
	}
	return l.note(ctx, tx, entries...)
}

func (l *Ledger) find(ctx context.Context, from querier, filter worker.Filter, lock string) ([]worker.Record, error) {
	where, args := conditions(filter)
	limit := filter.Limit
	if limit <= 0 || limit > worker.MaxPage {
		limit = worker.MaxPage
	}
	var found []worker.Record
	err := from.query(ctx, l.dialect.fill(`SELECT `+columns+` FROM {p}inbox WHERE `+where+` ORDER BY seq LIMIT ? `+lock), append(args, limit), func(r row) error {
		record, err := scanRecord(r)
		found = append(found, record)
		return err
	})
	return found, err
}

// conditions turns a filter into SQL; every value is a parameter.
func conditions(filter worker.Filter) (string, []any) {
	where, args := []string{"seq > ?"}, []any{filter.AfterSeq}
	add := func(set bool, condition string, values ...any) {
		if set {
			where, args = append(where, condition), append(args, values...)
		}
	}
	add(filter.Channel != "", "channel = ?", filter.Channel)
	add(filter.Kind != "", "kind = ?", filter.Kind)
	add(filter.Key != "", "key = ?", filter.Key)
	add(filter.Source != "", "source = ?", filter.Source)
	add(filter.Class != "", "class = ?", string(filter.Class))
	add(filter.Verdict != "", "verdict = ?", string(filter.Verdict))
	add(!filter.ReceivedFrom.IsZero(), "received >= ?", filter.ReceivedFrom.UnixMicro())
	add(!filter.ReceivedUntil.IsZero(), "received < ?", filter.ReceivedUntil.UnixMicro())
	add(!filter.TouchedUntil.IsZero(), "touched < ?", filter.TouchedUntil.UnixMicro())
	add(filter.Holding, "(length(payload) > 0 OR problem <> '' OR EXISTS (SELECT 1 FROM {p}audit a WHERE a.seq = {p}inbox.seq AND a.reason <> '' AND a.action <> ?))",
		string(worker.ActionErased))
	if len(filter.Seqs) > 0 {
		var values []any
		for _, seq := range filter.Seqs {
			values = append(values, seq)
		}
		add(true, "seq IN ("+rows(len(values), "?")+")", values...)
	}
	if len(filter.States) > 0 {
		var values []any
		for _, state := range filter.States {
			values = append(values, string(state))
		}
		add(true, "state IN ("+rows(len(values), "?")+")", values...)
	}
	return strings.Join(where, " AND "), args
}
