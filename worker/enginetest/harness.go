package enginetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/retailsync/retailsync/worker"
)

// Harness is one engine under test with a ledger, both fresh and empty. Only these two are required.
type Harness struct {
	Engine worker.Engine
	Ledger worker.Ledger
	// Another opens the same data a second time, as another process would. Nil if the engine is one process's.
	Another func() (worker.Engine, worker.Ledger)
}

// Maker makes a fresh harness.
type Maker func(testing.TB) Harness

type testCase struct {
	name string
	run  func(*testing.T, Harness)
}

// Run proves the engines that newHarness makes. Each case runs on a harness of its own.
func Run(t *testing.T, newHarness Maker) {
	t.Helper()
	for _, group := range [][]testCase{taskCases(), workerCases()} {
		for _, each := range group {
			t.Run(each.name, func(t *testing.T) {
				t.Parallel()
				each.run(t, newHarness(t))
			})
		}
	}
}

// patience is how long the suite waits for what must come about; a busy machine is slow.
const patience = time.Minute

const shop, other = "shop/main", "other/main"

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually waits until what has come about.
func eventually(t testing.TB, what string, come func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !come(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("in vain: %s", what)
		}
	}
}

// task returns a task; each event has a number of its own, whatever its channel.
func task(channel string, n int) worker.Task {
	return worker.Task{Seq: int64(n), Channel: channel, Key: fmt.Sprintf("key-%d", n), Class: worker.Orders}
}

// start runs an engine until the end of the test.
func start(t testing.TB, engine worker.Engine, work worker.Work) {
	t.Helper()
	if work.Queues == nil {
		for _, channel := range []string{shop, other} {
			for _, class := range worker.Classes() {
				work.Queues = append(work.Queues, worker.Queue{Name: worker.QueueName(channel, class), Workers: 3})
			}
		}
	}
	if work.Timeout == 0 {
		work.Timeout = 20 * time.Second
	}
	must(t, engine.Start(t.Context(), work))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := engine.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
}

// log counts what was performed.
type log struct {
	mu   sync.Mutex
	runs map[string]int
}

func (l *log) add(task worker.Task) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.runs == nil {
		l.runs = map[string]int{}
	}
	l.runs[name(task)]++
	return l.runs[name(task)]
}

func (l *log) count(task worker.Task) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.runs[name(task)]
}

func name(task worker.Task) string {
	return fmt.Sprintf("%s %s %d", task.Channel, task.Class, task.Seq)
}
