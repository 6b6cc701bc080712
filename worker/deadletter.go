package worker

import (
	"context"
	"fmt"
	"slices"
)

// Find returns the events that fit, by number, at most a page of them; [Filter.AfterSeq] goes on.
func (w *Worker) Find(ctx context.Context, filter Filter) ([]Record, error) {
	if err := filter.validate(); err != nil {
		return nil, err
	}
	return w.ledger.Find(ctx, filter.paged())
}

// DeadLetters is [Worker.Find] for the events that a person must decide about.
func (w *Worker) DeadLetters(ctx context.Context, filter Filter) ([]Record, error) {
	filter.States = []State{StateDead}
	return w.Find(ctx, filter)
}

// Replay makes the events that fit pending again, with new attempts, and returns them as they were. Without states in the filter
// these are the dead letters; name [StateDone] or [StateDiscarded] to do others again. Pending ones are left alone. Handlers are
// safe to repeat, so it does no harm. With dry it writes nothing and returns what would be replayed. A filter without a limit
// means all; they are replayed page by page, and an error leaves those before it replayed.
func (w *Worker) Replay(ctx context.Context, filter Filter, decision Decision, dry bool) ([]Record, error) {
	if len(filter.States) == 0 {
		filter.States = []State{StateDead}
	}
	if slices.Contains(filter.States, StatePending) {
		return nil, &InvalidError{Field: "filter states", Reason: "name pending events, which are handled anyway"}
	}
	replayed, err := w.decide(ctx, filter, decision, dry, w.ledger.Replay)
	if !dry {
		w.countReplayed(ctx, replayed)
	}
	return replayed, err
}

// Discard ends the dead letters that fit without doing them, and returns them as they were. What they held up goes on. Dry and limit
// are as with [Worker.Replay].
func (w *Worker) Discard(ctx context.Context, filter Filter, decision Decision, dry bool) ([]Record, error) {
	filter.States = []State{StateDead}
	return w.decide(ctx, filter, decision, dry, w.ledger.Discard)
}

type decide func(context.Context, Filter, Decision, Within) ([]Record, error)

func (w *Worker) decide(ctx context.Context, filter Filter, decision Decision, dry bool, carryOut decide) ([]Record, error) {
	if err := filter.validate(); err != nil {
		return nil, err
	}
	if err := decision.validate(); err != nil {
		return nil, err
	}
	within := w.within
	if within == nil {
		within = func(_ context.Context, _ any, _ []Task) error { return nil }
	}
	var decided []Record
	for page := filter; ; {
		if filter.Limit > 0 {
			page.Limit = filter.Limit - len(decided)
		}
		page = page.paged()
		var tasks []Task
		var records []Record
		var err error
		if dry {
			records, err = w.ledger.Find(ctx, page)
		} else {
			records, err = carryOut(ctx, page, decision, func(ctx context.Context, tx any, wake []Task) error {
				tasks = wake
				return within(ctx, tx, wake)
			})
		}
		if err != nil {
			return decided, fmt.Errorf("worker: after %d events: %w", len(decided), err)
		}
		if !dry {
			if err := w.submit(ctx, tasks); err != nil {
				return append(decided, records...), fmt.Errorf("worker: decided, but not submitted yet; the sweeper does it: %w", err)
			}
		}
		decided = append(decided, records...)
		if len(records) < page.Limit || filter.Limit > 0 && len(decided) >= filter.Limit {
			return decided, nil
		}
		page.AfterSeq = records[len(records)-1].Seq
	}
}

func (f Filter) validate() error {
	if f.Limit < 0 || len(f.Seqs) > MaxPage {
		return &InvalidError{Field: "filter", Reason: fmt.Sprintf("has a negative limit, or more than %d numbers", MaxPage)}
	}
	return nil
}

func (f Filter) paged() Filter {
	if f.Limit == 0 || f.Limit > MaxPage {
		f.Limit = MaxPage
	}
	return f
}

// Fits reports whether a record fits the filter; limits and Holding, which needs the audit trail, do not count. It is for implementers of a [Ledger].
func (f Filter) Fits(r Record) bool {
	return (len(f.Seqs) == 0 || slices.Contains(f.Seqs, r.Seq)) &&
		(f.Channel == "" || f.Channel == r.Channel) && (f.Kind == "" || f.Kind == r.Kind) && (f.Key == "" || f.Key == r.Key) &&
		(f.Source == "" || f.Source == r.Source) && (f.Class == "" || f.Class == r.Class) &&
		(len(f.States) == 0 || slices.Contains(f.States, r.State)) && (f.Verdict == "" || f.Verdict == r.Problem.Verdict) &&
		(f.ReceivedFrom.IsZero() || !r.Received.Before(f.ReceivedFrom)) && (f.ReceivedUntil.IsZero() || r.Received.Before(f.ReceivedUntil)) &&
		(f.TouchedUntil.IsZero() || r.Touched.Before(f.TouchedUntil)) && r.Seq > f.AfterSeq
}

func (d Decision) validate() error {
	if textProblem(d.By, maxName) != "" || textProblem(d.Reason, 1000) != "" {
		return &InvalidError{Field: "decision", Reason: "must say who decides, in at most 200 bytes, and why, in at most 1000; both are kept"}
	}
	return nil
}
