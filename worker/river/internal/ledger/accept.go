package ledger

import (
	"context"
	"fmt"
	"slices"

	"github.com/retailsync/retailsync/worker"
)

// chunk is how many rows one statement writes: SQLite takes 32,766 parameters.
const chunk = 500

// Accept implements [worker.Inbox].
func (l *Ledger) Accept(ctx context.Context, events []worker.Event, within worker.Within) ([]worker.Receipt, error) {
	if len(events) == 0 {
		return nil, nil
	}
	var receipts []worker.Receipt
	err := l.db.inTx(ctx, func(tx querier, handle any) error {
		if err := l.db.lockKeys(ctx, tx, keysOf(events)); err != nil {
			return err
		}
		seqs, err := l.insert(ctx, tx, events)
		if err != nil {
			return err
		}
		var tasks []worker.Task
		var entries []worker.Entry
		receipts = make([]worker.Receipt, len(events))
		seen := map[eventID]bool{}
		for i, event := range events {
			id := eventID{event.Source, event.ID}
			seq, fresh := seqs[id]
			if fresh && !seen[id] {
				seen[id] = true
				receipts[i] = worker.Receipt{Seq: seq}
				tasks = append(tasks, worker.Task{Seq: seq, Channel: event.Channel, Key: event.Key, Class: event.Class})
				entries = append(entries, worker.Entry{By: event.Source, Action: worker.ActionAccepted, Seq: seq, Channel: event.Channel, Key: event.Key})
				continue
			}
			if !fresh {
				if seq, err = l.seqOf(ctx, tx, id); err != nil {
					return err
				}
			}
			receipts[i] = worker.Receipt{Seq: seq, Duplicate: true}
		}
		if err := l.note(ctx, tx, entries...); err != nil {
			return err
		}
		return call(ctx, within, handle, tasks)
	})
	if err != nil {
		return nil, failed("accept", err)
	}
	return receipts, nil
}

type eventID struct{ source, id string }

// insert writes the events that are new and returns their numbers.
func (l *Ledger) insert(ctx context.Context, tx querier, events []worker.Event) (map[eventID]int64, error) {
	seqs := map[eventID]int64{}
	for part := range slices.Chunk(events, chunk) {
		var args []any
		for _, e := range part {
			payload := e.Payload
			if payload == nil {
				payload = []byte{}
			}
			args = append(args, e.Source, e.ID, e.Channel, e.Kind, e.Key, string(e.Class), payload, e.Received.UnixMicro(), e.Trace)
		}
		statement := l.dialect.fill(`INSERT INTO {p}inbox (source, id, channel, kind, key, class, payload, received, trace, due, touched) VALUES ` +
			rows(len(part), `(?, ?, ?, ?, ?, ?, ?, ?, ?, {now}, {now})`) + ` ON CONFLICT (source, id) DO NOTHING RETURNING seq, source, id`)
		if err := tx.query(ctx, statement, args, func(r row) error {
			var seq int64
			var id eventID
			if err := r.Scan(&seq, &id.source, &id.id); err != nil {
				return err
			}
			seqs[id] = seq
			return nil
		}); err != nil {
			return nil, err
		}
	}
	return seqs, nil
}

func (l *Ledger) seqOf(ctx context.Context, tx querier, id eventID) (int64, error) {
	var seq int64
	err := tx.query(ctx, l.dialect.fill(`SELECT seq FROM {p}inbox WHERE source = ? AND id = ?`), []any{id.source, id.id}, func(r row) error { return r.Scan(&seq) })
	if err == nil && seq == 0 {
		err = fmt.Errorf("event %q of %q was pruned meanwhile: hand it in again", id.id, id.source)
	}
	return seq, err
}

// keysOf returns the keys of events, each once and sorted.
func keysOf(events []worker.Event) []string {
	var keys []string
	for _, event := range events {
		keys = append(keys, event.Channel+"\x1f"+event.Key)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

func call(ctx context.Context, within worker.Within, handle any, tasks []worker.Task) error {
	if within == nil || len(tasks) == 0 {
		return nil
	}
	return within(ctx, handle, tasks)
}
