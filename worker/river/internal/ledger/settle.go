package ledger

import (
	"context"
	"fmt"

	"github.com/retailsync/retailsync/worker"
)

// Settle implements [worker.Inbox].
func (l *Ledger) Settle(ctx context.Context, lease worker.Lease, s worker.Settlement) (*worker.Record, error) {
	var next *worker.Record
	err := l.db.inTx(ctx, func(tx querier, _ any) error {
		// The fence comes first: it also holds others off until the commit.
		held, err := tx.exec(ctx, l.text.fence, lease.Channel, lease.Key, lease.Token)
		if err != nil {
			return err
		}
		if held == 0 {
			return &worker.LeaseError{Lease: lease}
		}
		if err := l.settle(ctx, tx, lease, s); err != nil {
			return err
		}
		if s.More {
			if next, err = l.one(func(scan func(row) error) error {
				return tx.query(ctx, l.text.next, []any{lease.Channel, lease.Key, lease.Channel}, scan)
			}); err != nil || next != nil {
				return err
			}
		}
		_, err = tx.exec(ctx, l.text.free, lease.Channel, lease.Key, lease.Token)
		return err
	})
	if err != nil {
		return nil, failed("settle", err)
	}
	return next, nil
}

func (l *Ledger) settle(ctx context.Context, tx querier, lease worker.Lease, s worker.Settlement) error {
	failure := s.State != worker.StateDone && !s.Clean
	blocks := s.State == worker.StateDead && s.Blocks
	open := s.State == worker.StatePending || blocks
	f := flag(failure)
	changed, err := tx.exec(ctx, l.text.settle, string(s.State), flag(open), flag(blocks), flag(failure && s.Counted), f,
		f, s.After.Microseconds(), f, f, string(s.Problem.Verdict), f, s.Problem.Text, f, s.Problem.Runbook,
		s.Seq, lease.Channel, lease.Key)
	if err != nil {
		return err
	}
	if changed == 0 {
		return fmt.Errorf("event %d of %s %s is not pending there", s.Seq, lease.Channel, lease.Key)
	}
	action := worker.ActionRetried
	switch s.State {
	case worker.StateDone:
		action = worker.ActionDone
	case worker.StateDead:
		action = worker.ActionDied
	}
	return l.note(ctx, tx, worker.Entry{By: s.By, Action: action, Seq: s.Seq, Channel: lease.Channel, Key: lease.Key, Reason: s.Problem.Text})
}

func flag(set bool) int64 {
	if set {
		return 1
	}
	return 0
}
