package worker_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/worker"
)

// shaky is a ledger whose pauses cannot be read the first time, and that has many events to prune.
type shaky struct {
	*worker.Memory
	read   atomic.Int64
	pruned atomic.Int64
}

func (s *shaky) Pauses(ctx context.Context) ([]worker.Pause, error) {
	if s.read.Add(1) == 1 {
		return nil, errors.New("the database blinks")
	}
	return s.Memory.Pauses(ctx)
}

func (s *shaky) Prune(_ context.Context, _ time.Duration, limit int) (int, error) {
	if s.pruned.Add(1) > 4 {
		return 1, nil
	}
	return limit, nil
}

// A ledger that blinks while a worker starts is no reason for it to run and to say that it does not; and one run of the sweeper prunes all there is.
func TestStartOnAShakyLedger(t *testing.T) {
	t.Parallel()
	ledger := &shaky{Memory: worker.NewMemory()}
	w, err := worker.New(ledger, worker.NewMemoryEngine(), []worker.Channel{{Name: "shop/main"}}, worker.WithSweep(time.Hour, time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	if err := w.Handle("order", func(context.Context, worker.Delivery) error { close(done); return nil }, worker.Policy{}); err != nil {
		t.Fatal(err)
	}
	if err := w.Start(t.Context()); err != nil {
		t.Fatalf("it runs, and says %v", err)
	}
	if _, err := w.Ingest(t.Context(), worker.Event{Source: "s", ID: "1", Channel: "shop/main", Kind: "order", Key: "1", Class: worker.Orders}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Error("the event is not handled")
	}
	for deadline := time.Now().Add(30 * time.Second); ledger.pruned.Load() < 5 && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
	}
	if err := w.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if n := ledger.pruned.Load(); n != 5 {
		t.Errorf("one run of the sweeper pruned %d pages, want the 5 that there are", n)
	}
}

// TestHangingWritesOpenTheBreaker has a channel take what is written to it and never answer: its queues are paused like those of one that is down.
func TestHangingWritesOpenTheBreaker(t *testing.T) {
	t.Parallel()
	w, err := worker.New(worker.NewMemory(), worker.NewMemoryEngine(), []worker.Channel{{Name: "shop/main"}}, worker.WithBreaker(worker.Breaker{Failures: 3, Open: time.Hour}))
	if err != nil {
		t.Fatal(err)
	}
	hang := func(ctx context.Context, _ worker.Delivery) error {
		<-ctx.Done()
		return &marketplace.Error{Code: marketplace.CodeUnknown, Err: ctx.Err()}
	}
	if err := w.Handle("level", hang, worker.Policy{Timeout: 20 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	if err := w.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Stop(context.WithoutCancel(t.Context())) })
	for i := range 5 {
		id := fmt.Sprint(i)
		if _, err := w.Ingest(t.Context(), worker.Event{Source: "s", ID: id, Channel: "shop/main", Kind: "level", Key: id, Class: worker.Stock}); err != nil {
			t.Fatal(err)
		}
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		pauses, err := w.Pauses(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(pauses) == 1 && pauses[0].Cause == worker.ByBreaker {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("pauses %+v, want that of the breaker", pauses)
		}
	}
}
