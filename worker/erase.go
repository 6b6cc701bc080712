package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Eraser is a [Ledger] that can forget what events hold. It is optional; the ledgers of this module implement it.
type Eraser interface {
	// Erase empties the payload and the problem's text of those of the events that are done, discarded or dead, and the reasons of their
	// audit entries; adds an audit entry to each; and calls within with the tasks that wake what dead ones held up, which end as
	// discarded. Pending events and numbers that it does not know are left alone. What stays says that there was an event, of which object,
	// and what became of it. It returns what it erased, as it is now. A repeat erases again, which does no harm.
	Erase(ctx context.Context, seqs []int64, decision Decision, within Within) ([]Record, error)
}

// ErrNoEraser says that the ledger cannot forget.
var ErrNoEraser = errors.New("worker: the ledger is no Eraser")

// Erased is what came of [Worker.Erase]. The records hold no payload and no problem's text.
type Erased struct {
	// Records are those that were erased, or would be.
	Records []Record
	// Left are those that should be and were not: pending ones, and dead ones unless the filter names them. Decide about them, and erase again.
	Left []Record
}

// Erase forgets what the events that fit hold, where match, if there is one, agrees: payload, problem's text and reasons in the audit trail.
// Without states in the filter these are done and discarded events; with [StateDead] dead ones are discarded and erased. Pending ones are
// left, since their payload is needed: naming them is an [*InvalidError]. What has nothing left to erase is not looked at, so it may be
// repeated, at a cost in proportion to what is left. With dry it writes nothing. A filter's limit is that of events looked at; 0 means all. [ErrNoEraser] if the ledger cannot.
func (w *Worker) Erase(ctx context.Context, filter Filter, match func(Record) bool, decision Decision, dry bool) (Erased, error) {
	eraser, able := w.ledger.(Eraser)
	if !able {
		return Erased{}, ErrNoEraser
	}
	if err := filter.validate(); err != nil {
		return Erased{}, err
	}
	if err := decision.validate(); err != nil {
		return Erased{}, err
	}
	states := filter.States
	if len(states) == 0 {
		states = []State{StateDone, StateDiscarded}
	}
	if slices.Contains(states, StatePending) {
		return Erased{}, &InvalidError{Field: "filter states", Reason: "name pending events, whose payload is still needed: erase them when they are done"}
	}
	filter.States, filter.Holding = nil, true
	var erased Erased
	for page, seen := filter, 0; ; {
		if filter.Limit > 0 {
			page.Limit = filter.Limit - seen
		}
		page = page.paged()
		found, err := w.ledger.Find(ctx, page)
		if err != nil {
			return erased, fmt.Errorf("worker: erase: %w", err)
		}
		var seqs []int64
		for _, record := range found {
			switch {
			case match != nil && !match(record):
			case !slices.Contains(states, record.State):
				erased.Left = append(erased.Left, record.bare())
			case dry:
				erased.Records = append(erased.Records, record.bare())
			default:
				seqs = append(seqs, record.Seq)
			}
		}
		if len(seqs) > 0 {
			records, err := w.erase(ctx, eraser, seqs, decision)
			erased.Records = append(erased.Records, records...)
			if err != nil {
				return erased, err
			}
		}
		if seen += len(found); len(found) < page.Limit || filter.Limit > 0 && seen >= filter.Limit {
			return erased, nil
		}
		page.AfterSeq = found[len(found)-1].Seq
	}
}

func (w *Worker) erase(ctx context.Context, eraser Eraser, seqs []int64, decision Decision) ([]Record, error) {
	var tasks []Task
	records, err := eraser.Erase(ctx, seqs, decision, func(ctx context.Context, tx any, wake []Task) error {
		tasks = wake
		if w.within == nil {
			return nil
		}
		return w.within(ctx, tx, wake)
	})
	if err != nil {
		return nil, fmt.Errorf("worker: erase: %w", err)
	}
	if err := w.submit(ctx, tasks); err != nil {
		return records, fmt.Errorf("worker: erased, but what was held up is not submitted yet; the sweeper does it: %w", err)
	}
	return records, nil
}

// bare is the record without what may be personal.
func (r Record) bare() Record {
	r.Payload, r.Problem.Text = nil, ""
	return r
}
