package ledger

import (
	"context"
	"slices"

	"github.com/retailsync/retailsync/worker"
)

// Erase implements [worker.Eraser].
func (l *Ledger) Erase(ctx context.Context, seqs []int64, decision worker.Decision, within worker.Within) ([]worker.Record, error) {
	var erased []worker.Record
	err := l.db.inTx(ctx, func(tx querier, handle any) error {
		erased = nil
		var dead []worker.Record
		for part := range slices.Chunk(seqs, chunk) {
			found, err := l.find(ctx, tx, worker.Filter{Seqs: part, States: []worker.State{worker.StateDone, worker.StateDiscarded, worker.StateDead}}, "{lock}")
			if err != nil {
				return err
			}
			for i, record := range found {
				if record.State == worker.StateDead {
					dead = append(dead, record)
					found[i].State, found[i].Blocks = worker.StateDiscarded, false
				}
			}
			erased = append(erased, found...)
		}
		tasks, err := l.discard(ctx, tx, dead, decision)
		if err != nil {
			return err
		}
		for part := range slices.Chunk(erased, chunk) {
			var args []any
			for _, record := range part {
				args = append(args, record.Seq)
			}
			if _, err := tx.exec(ctx, l.dialect.fill(`UPDATE {p}audit SET reason = '' WHERE reason <> '' AND seq IN (`+rows(len(part), "?")+`)`), args...); err != nil {
				return err
			}
		}
		if err := l.erase(ctx, tx, erased, decision); err != nil {
			return err
		}
		for i := range erased {
			erased[i].Payload, erased[i].Problem.Text = nil, ""
		}
		return call(ctx, within, handle, tasks)
	})
	if err != nil {
		return nil, failed("erase", err)
	}
	return erased, nil
}

func (l *Ledger) erase(ctx context.Context, tx querier, records []worker.Record, decision worker.Decision) error {
	var entries []worker.Entry
	for part := range slices.Chunk(records, chunk) {
		args := []any{[]byte{}}
		for _, record := range part {
			args = append(args, record.Seq)
			entries = append(entries, worker.Entry{By: decision.By, Action: worker.ActionErased, Seq: record.Seq, Channel: record.Channel, Key: record.Key, Reason: decision.Reason})
		}
		if _, err := tx.exec(ctx, l.dialect.fill(`UPDATE {p}inbox SET payload = ?, problem = '' WHERE seq IN (`+rows(len(part), "?")+`)`), args...); err != nil {
			return err
		}
	}
	return l.note(ctx, tx, entries...)
}
