package main

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync/atomic"
	"time"

	"github.com/retailsync/retailsync/worker"
)

// drain lets a queue of so many events become empty, and compares how fast its last quarter went with the first. A queue whose work grows with
// what waits, or with what is done, would not keep its pace.
func drain(ctx context.Context, events int) (string, error) {
	var lines strings.Builder
	worst := math.Inf(1)
	for _, name := range databases {
		rate, ratio, err := drainOne(ctx, name, events)
		if err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		fmt.Fprintf(&lines, "queue.drained_per_second_%s %.0f\nqueue.drain_ratio_%s %.2f\n", name, rate, name, ratio)
		worst = min(worst, ratio)
	}
	fmt.Fprintf(&lines, "queue.drain_ratio %.2f\n", worst)
	return lines.String(), nil
}

func drainOne(ctx context.Context, name string, events int) (rate, ratio float64, err error) {
	at, drop, err := fresh(ctx, name)
	if err != nil {
		return 0, 0, err
	}
	defer drop()
	store, end, err := open(ctx, at)
	if err != nil {
		return 0, 0, err
	}
	defer end()
	w, err := worker.New(store.Ledger(), store.Engine(), []worker.Channel{{Name: "shop/main", Workers: map[worker.Class]int{worker.Orders: 16}}})
	if err != nil {
		return 0, 0, err
	}
	var done atomic.Int64
	quarters := make(chan time.Time, 4)
	if err := w.Handle("order", func(context.Context, worker.Delivery) error {
		if n := done.Add(1); n%int64(events/4) == 0 {
			quarters <- time.Now()
		}
		return nil
	}, worker.Policy{}); err != nil {
		return 0, 0, err
	}
	if err := fill(ctx, w, "shop/main", events); err != nil {
		return 0, 0, err
	}
	began := time.Now()
	if err := w.Start(ctx); err != nil {
		return 0, 0, err
	}
	var ends []time.Time
	for range 4 {
		ends = append(ends, <-quarters)
	}
	if err := w.Stop(ctx); err != nil {
		return 0, 0, err
	}
	first, last := ends[0].Sub(began), ends[3].Sub(ends[2])
	return float64(events) / ends[3].Sub(began).Seconds(), first.Seconds() / last.Seconds(), nil
}

// fill accepts events, each of a key of its own.
func fill(ctx context.Context, w *worker.Worker, channel string, events int) error {
	for first := 0; first < events; first += 1000 {
		var page []worker.Event
		for n := first; n < min(first+1000, events); n++ {
			page = append(page, worker.Event{
				Source: "bench", ID: fmt.Sprint(channel, n), Channel: channel, Kind: "order", Key: fmt.Sprint("order/", n), Class: worker.Orders, Payload: []byte(`{"id":"1001"}`),
			})
		}
		if _, err := w.Ingest(ctx, page...); err != nil {
			return err
		}
	}
	return nil
}
