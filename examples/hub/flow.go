package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/examples/hub/state"
	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/river"
)

// flow is one that runs by the clock.
type flow struct {
	// name is the kind of its events, title what people call it.
	name, title string
	channel     canonical.Channel
	class       worker.Class
	// when is a schedule as package river reads it.
	when string
	// turns: flows of a channel with the same word take turns.
	turns string
	run   func(ctx context.Context) (outcome, error)
}

// outcome is what a run came to.
type outcome struct {
	// text is one line. failed counts the single things that failed, first is why the first of them did.
	text   string
	failed int
	first  error
}

// outcomeOf is what a run came to by its report.
func outcomeOf[R any](report fmt.Stringer, failed []R, cause func(R) error) outcome {
	o := outcome{text: report.String(), failed: len(failed)}
	if len(failed) > 0 {
		o.first = cause(failed[0])
	}
	return o
}

// problem is one line about what failed, fit to be shown; empty if nothing did.
func (o outcome) problem() string {
	if o.failed == 0 {
		return ""
	}
	text := fmt.Sprintf("%d failed", o.failed)
	if o.first != nil {
		text += ": " + worker.Scrub(o.first.Error())
	}
	return text
}

// key is what the events of a flow wait in line for.
func (f flow) key() string { return "flow/" + f.turns }

// schedules are the flows as the worker wants them.
func schedules(flows []flow) ([]worker.Schedule, error) {
	var all []worker.Schedule
	for _, f := range flows {
		one, err := river.Schedules([]river.Rule{{Workflow: f.name, Channel: f.channel.String(), When: f.when, Class: f.class}})
		if err != nil {
			return nil, err
		}
		for i := range one {
			one[i].Event.Key = f.key()
		}
		all = append(all, one...)
	}
	return all, nil
}

// recorded is the handler of flows of one name: it runs that of the event's channel and notes how it went.
func recorded(book *state.Database, flows []flow) worker.Handler {
	return func(ctx context.Context, d worker.Delivery) error {
		for _, f := range flows {
			if f.channel.String() != d.Event.Channel || f.name != d.Event.Kind {
				continue
			}
			if err := book.Begin(ctx, d.Event.Channel, f.name); err != nil {
				return err
			}
			result, err := f.run(ctx)
			// How it went is noted even when the time is up.
			noting, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			if err != nil {
				return errors.Join(err, book.Fail(noting, d.Event.Channel, f.name, worker.Scrub(err.Error())))
			}
			return book.Succeed(noting, d.Event.Channel, f.name, result.text, result.problem())
		}
		return worker.GiveUp(fmt.Errorf("channel %s has no flow %s in this process", d.Event.Channel, d.Event.Kind))
	}
}
