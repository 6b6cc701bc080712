package ledger

import (
	"context"
	"errors"
	"time"

	"github.com/retailsync/retailsync/worker"
)

// forever is what statement peek answers for a pause without end.
const forever = 9000000000000000000

// errAgain rolls a transaction back that found another state than the look before it.
var errAgain = errors.New("look again")

// Take implements [worker.Inbox]. It looks before it writes: most tasks of a busy key find nothing to do.
func (l *Ledger) Take(ctx context.Context, task worker.Task, owner string, lease time.Duration) (worker.Hold, error) {
	for tries := 0; ; tries++ {
		hold, err := l.look(ctx, task)
		if err != nil || hold.Status != worker.Held {
			return hold, failed("take", err)
		}
		hold, err = l.lease(ctx, task, owner, lease)
		switch {
		case errors.Is(err, errAgain) && tries < 3:
		case errors.Is(err, errAgain):
			return worker.Hold{Status: worker.Busy, Wait: time.Second}, nil
		default:
			return hold, failed("take", err)
		}
	}
}

// look says whether the key could be taken now.
func (l *Ledger) look(ctx context.Context, task worker.Task) (worker.Hold, error) {
	hold := worker.Hold{Status: worker.Settled}
	err := l.db.query(ctx, l.text.peek, []any{task.Seq}, func(r row) error {
		var own, first worker.State
		var due, leased, paused, now int64
		if err := r.Scan(&own, &first, &due, &leased, &paused, &now); err != nil {
			return err
		}
		wait := func(until int64) time.Duration { return time.Duration(until-now) * time.Microsecond }
		switch {
		case own != worker.StatePending:
		case paused == forever:
			hold = worker.Hold{Status: worker.Paused}
		case paused > 0:
			hold = worker.Hold{Status: worker.Paused, Wait: wait(paused)}
		case leased > now:
			hold = worker.Hold{Status: worker.Busy, Wait: wait(leased)}
		case first == worker.StateDead:
			hold = worker.Hold{Status: worker.Blocked}
		case due > now:
			hold = worker.Hold{Status: worker.Early, Wait: wait(due)}
		default:
			hold = worker.Hold{Status: worker.Held}
		}
		return nil
	})
	return hold, err
}

func (l *Ledger) lease(ctx context.Context, task worker.Task, owner string, lasting time.Duration) (worker.Hold, error) {
	hold := worker.Hold{Status: worker.Held, Lease: worker.Lease{Channel: task.Channel, Key: task.Key}}
	err := l.db.inTx(ctx, func(tx querier, _ any) error {
		if l.dialect.bump != "" {
			if _, err := tx.exec(ctx, l.dialect.fill(l.dialect.bump)); err != nil {
				return err
			}
		}
		var until int64
		if err := tx.query(ctx, l.text.claim, []any{task.Channel, task.Key, owner, lasting.Microseconds()}, func(r row) error {
			return r.Scan(&hold.Lease.Token, &until)
		}); err != nil {
			return err
		}
		if until == 0 {
			return errAgain
		}
		hold.Lease.Until = instant(until)
		first, err := l.one(func(scan func(row) error) error {
			return tx.query(ctx, l.text.first, []any{task.Channel, task.Key}, scan)
		})
		if err != nil {
			return err
		}
		if first == nil {
			return errAgain
		}
		hold.Record = *first
		return nil
	})
	return hold, err
}

// Extend implements [worker.Inbox].
func (l *Ledger) Extend(ctx context.Context, lease worker.Lease, by time.Duration) (worker.Lease, error) {
	extended := lease
	extended.Until = time.Time{}
	err := l.db.inTx(ctx, func(tx querier, _ any) error {
		return tx.query(ctx, l.text.extend, []any{by.Microseconds(), lease.Channel, lease.Key, lease.Token}, func(r row) error {
			var until int64
			err := r.Scan(&until)
			extended.Until = instant(until)
			return err
		})
	})
	if err != nil {
		return worker.Lease{}, failed("extend", err)
	}
	if extended.Until.IsZero() {
		return worker.Lease{}, &worker.LeaseError{Lease: lease}
	}
	return extended, nil
}

// Release implements [worker.Inbox].
func (l *Ledger) Release(ctx context.Context, lease worker.Lease) error {
	return failed("release", l.db.inTx(ctx, func(tx querier, _ any) error {
		_, err := tx.exec(ctx, l.text.free, lease.Channel, lease.Key, lease.Token)
		return err
	}))
}
