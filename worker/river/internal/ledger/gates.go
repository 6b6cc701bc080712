package ledger

import (
	"context"
	"time"

	"github.com/retailsync/retailsync/worker"
)

// Pause implements [worker.Gates].
func (l *Ledger) Pause(ctx context.Context, channel string, cause worker.PauseCause, decision worker.Decision, lasting time.Duration) error {
	return failed("pause", l.db.inTx(ctx, func(tx querier, _ any) error {
		if _, err := tx.exec(ctx, l.text.pause, channel, string(cause), decision.By, decision.Reason, lasting.Microseconds(), lasting.Microseconds()); err != nil {
			return err
		}
		return l.note(ctx, tx, worker.Entry{By: decision.By, Action: worker.ActionPaused, Channel: channel, Reason: decision.Reason})
	}))
}

// Resume implements [worker.Gates].
func (l *Ledger) Resume(ctx context.Context, channel string, cause worker.PauseCause, decision worker.Decision) (bool, error) {
	var ended int64
	err := l.db.inTx(ctx, func(tx querier, _ any) (err error) {
		if ended, err = tx.exec(ctx, l.text.resume, channel, string(cause)); err != nil || ended == 0 {
			return err
		}
		return l.note(ctx, tx, worker.Entry{By: decision.By, Action: worker.ActionResumed, Channel: channel, Reason: decision.Reason})
	})
	return ended > 0, failed("resume", err)
}

// Pauses implements [worker.Gates].
func (l *Ledger) Pauses(ctx context.Context) ([]worker.Pause, error) {
	var all []worker.Pause
	err := l.db.query(ctx, l.text.pauses, nil, func(r row) error {
		var pause worker.Pause
		var since, until int64
		err := r.Scan(&pause.Channel, &pause.Cause, &pause.By, &pause.Reason, &since, &until)
		pause.Since, pause.Until = instant(since), instant(until)
		all = append(all, pause)
		return err
	})
	return all, failed("pauses", err)
}
