package worker

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"

	"github.com/retailsync/retailsync/observe"
)

// outcomeOf names how a try ended, for metrics.
func outcomeOf(settlement Settlement) string {
	if settlement.Clean {
		return "stopped"
	}
	return string(settlement.State)
}

func (w *Worker) countAccepted(ctx context.Context, events []Event, receipts []Receipt) {
	type kind struct {
		channel   string
		class     Class
		duplicate bool
	}
	counts := map[kind]int{}
	for i, receipt := range receipts {
		counts[kind{events[i].Channel, events[i].Class, receipt.Duplicate}]++
	}
	for of, count := range counts {
		w.told.Count(ctx, observe.EventsAccepted, count, attribute.String(observe.KeyChannel, of.channel),
			attribute.String(observe.KeyClass, string(of.class)), attribute.Bool(observe.KeyDuplicate, of.duplicate))
	}
}

func (w *Worker) countReplayed(ctx context.Context, records []Record) {
	counts := map[string]int{}
	for _, record := range records {
		counts[record.Channel]++
	}
	for channel, count := range counts {
		w.told.Count(ctx, observe.EventsReplayed, count, attribute.String(observe.KeyChannel, channel))
	}
}

// gaugeTime bounds what one collection of the metrics may ask of the ledger.
const gaugeTime = 5 * time.Second

// gauges shows what waits, the breakers and the pauses. A queue without events shows zeros: a gap would mean that nobody looks.
func (w *Worker) gauges(ctx context.Context, show func(name string, value float64, attributes ...attribute.KeyValue)) error {
	ctx, cancel := context.WithTimeout(ctx, gaugeTime)
	defer cancel()
	for name, c := range w.channels {
		show(observe.BreakerState, float64(c.breaker.state()), attribute.String(observe.KeyChannel, name))
	}
	backlog, err := w.ledger.Backlog(ctx)
	if err != nil {
		return err
	}
	waits := map[string]Backlog{}
	for _, each := range backlog {
		waits[QueueName(each.Channel, each.Class)] = each
	}
	now := time.Now()
	for name := range w.channels {
		for _, class := range Classes() {
			each := waits[QueueName(name, class)]
			age := time.Duration(0)
			if !each.Oldest.IsZero() {
				age = max(0, now.Sub(each.Oldest))
			}
			of := []attribute.KeyValue{attribute.String(observe.KeyChannel, name), attribute.String(observe.KeyClass, string(class))}
			show(observe.QueueDepth, float64(each.Pending), of...)
			show(observe.QueueOldestAge, age.Seconds(), of...)
			show(observe.DeadLetters, float64(each.Dead), of...)
		}
	}
	pauses, err := w.ledger.Pauses(ctx)
	if err != nil {
		return err
	}
	paused := map[Pause]bool{}
	for _, pause := range pauses {
		paused[Pause{Channel: pause.Channel, Cause: pause.Cause}] = true
	}
	for name := range w.channels {
		for _, cause := range []PauseCause{ByPerson, ByBreaker} {
			value := 0.0
			if paused[Pause{Channel: name, Cause: cause}] {
				value = 1
			}
			show(observe.ChannelPaused, value, attribute.String(observe.KeyChannel, name), attribute.String(observe.KeyCause, string(cause)))
		}
	}
	return nil
}
