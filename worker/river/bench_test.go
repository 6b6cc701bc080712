package river_test

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/river"
)

// onBoth runs a benchmark on both databases.
func onBoth(b *testing.B, run func(b *testing.B, store *river.Store)) {
	b.Run("sqlite", func(b *testing.B) { run(b, openSQLite(b, filepath.Join(b.TempDir(), "worker.db"))) })
	b.Run("postgres", func(b *testing.B) {
		pool := newPool(b, 16)
		run(b, openPostgres(b, pool, newSchema(b, pool)))
	})
}

func benchWorker(b *testing.B, store *river.Store, handler worker.Handler, channels ...worker.Channel) *worker.Worker {
	b.Helper()
	w, err := worker.New(store.Ledger(), store.Engine(), channels)
	if err != nil {
		b.Fatal(err)
	}
	if err := w.Handle("order", handler, worker.Policy{Timeout: 5 * time.Second}); err != nil {
		b.Fatal(err)
	}
	return w
}

func benchEvent(channel string, n int64) worker.Event {
	return worker.Event{
		Source: "bench", ID: fmt.Sprint(channel, n), Channel: channel, Kind: "order", Key: fmt.Sprint("order/", n), Class: worker.Orders, Payload: []byte(`{"id":"1001"}`),
	}
}

// BenchmarkIngest accepts events one by one, from one sender and from 32 at once.
func BenchmarkIngest(b *testing.B) {
	onBoth(b, func(b *testing.B, store *river.Store) {
		w := benchWorker(b, store, func(context.Context, worker.Delivery) error { return nil }, worker.Channel{Name: "shop/main"})
		var n atomic.Int64
		for _, senders := range []int{1, 32} {
			b.Run(fmt.Sprint("senders=", senders), func(b *testing.B) {
				b.SetParallelism((senders + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0))
				run := func(next func() bool) {
					for next() {
						if _, err := w.Ingest(context.Background(), benchEvent("shop/main", n.Add(1))); err != nil {
							b.Error(err)
							return
						}
					}
				}
				if senders == 1 {
					run(b.Loop)
				} else {
					b.RunParallel(func(p *testing.PB) { run(p.Next) })
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
			})
		}
	})
}

// fill accepts events in large calls.
func fill(b *testing.B, w *worker.Worker, channel string, from, to int64) {
	b.Helper()
	for n := from; n < to; n += 500 {
		var events []worker.Event
		for i := n; i < min(n+500, to); i++ {
			events = append(events, benchEvent(channel, i))
		}
		if _, err := w.Ingest(context.Background(), events...); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDrain handles what waits in a queue of 100,000 events, and in one of 10,000: events/s of both should be alike. It handles 5,000
// of each, since the length of what is behind them is the question.
func BenchmarkDrain(b *testing.B) {
	const handle = 5_000
	for _, waiting := range []int64{10_000, 100_000} {
		b.Run(fmt.Sprint("waiting=", waiting), func(b *testing.B) {
			onBoth(b, func(b *testing.B, store *river.Store) {
				var done atomic.Int64
				enough := make(chan struct{})
				w := benchWorker(b, store, func(context.Context, worker.Delivery) error {
					if done.Add(1) == handle {
						close(enough)
					}
					return nil
				}, worker.Channel{Name: "shop/main", Workers: map[worker.Class]int{worker.Orders: 16}})
				fill(b, w, "shop/main", 0, waiting)
				b.ResetTimer()
				if err := w.Start(context.Background()); err != nil {
					b.Fatal(err)
				}
				<-enough
				b.StopTimer()
				b.ReportMetric(handle/b.Elapsed().Seconds(), "events/s")
				if err := w.Stop(context.Background()); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

// BenchmarkIsolation handles the events of two channels, alone and beside one that hangs: isolation is the
// throughput beside them over that alone.
func BenchmarkIsolation(b *testing.B) {
	const each = 1_500
	onBoth(b, func(b *testing.B, store *river.Store) {
		var rates []float64
		for round, troubled := range []bool{false, true} {
			var done atomic.Int64
			enough := make(chan struct{})
			hang := make(chan struct{})
			healthy := []string{fmt.Sprint("a/", round), fmt.Sprint("b/", round)}
			sick := fmt.Sprint("sick/", round)
			w := benchWorker(b, store, func(ctx context.Context, d worker.Delivery) error {
				if d.Event.Channel == sick {
					select {
					case <-hang:
					case <-ctx.Done():
						return ctx.Err()
					}
				}
				// A handler waits for a server most of its time.
				time.Sleep(5 * time.Millisecond)
				if done.Add(1) == 2*each {
					close(enough)
				}
				return nil
			}, worker.Channel{Name: healthy[0]}, worker.Channel{Name: healthy[1]}, worker.Channel{Name: sick})
			for _, channel := range healthy {
				fill(b, w, channel, 0, each)
			}
			if troubled {
				fill(b, w, sick, 0, each)
			}
			begun := time.Now()
			if err := w.Start(context.Background()); err != nil {
				b.Fatal(err)
			}
			<-enough
			rates = append(rates, 2*each/time.Since(begun).Seconds())
			close(hang)
			if err := w.Stop(context.Background()); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(rates[0], "alone_events/s")
		b.ReportMetric(rates[1], "beside_events/s")
		b.ReportMetric(rates[1]/rates[0], "isolation")
		b.ReportMetric(0, "ns/op")
	})
}
