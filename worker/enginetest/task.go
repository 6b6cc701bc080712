package enginetest

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/retailsync/retailsync/worker"
)

func taskCases() []testCase {
	return []testCase{
		{"tasks of all queues run, whenever they were submitted", func(t *testing.T, h Harness) {
			var done log
			must(t, h.Engine.Submit(t.Context(), task(shop, 1), task(other, 101)))
			start(t, h.Engine, worker.Work{Perform: func(_ context.Context, task worker.Task) error {
				done.add(task)
				return nil
			}})
			var tasks []worker.Task
			for i, class := range worker.Classes() {
				each := task(shop, 10+i)
				each.Class = class
				tasks = append(tasks, each)
			}
			must(t, h.Engine.Submit(t.Context(), tasks...))
			must(t, h.Engine.Submit(t.Context()))
			for _, want := range append(tasks, task(shop, 1), task(other, 101)) {
				eventually(t, "task "+name(want), func() bool { return done.count(want) > 0 })
			}
		}},
		{"a snoozed task comes again, as often as it wants", func(t *testing.T, h Harness) {
			var done log
			start(t, h.Engine, worker.Work{Perform: func(_ context.Context, task worker.Task) error {
				if done.add(task) < 6 {
					return &worker.Snooze{For: 5 * time.Millisecond, Reason: "test"}
				}
				return nil
			}})
			must(t, h.Engine.Submit(t.Context(), task(shop, 1)))
			eventually(t, "the sixth run", func() bool { return done.count(task(shop, 1)) >= 6 })
		}},
		{"a snoozed task does not come before its time", func(t *testing.T, h Harness) {
			var done log
			snoozed := task(shop, 1)
			start(t, h.Engine, worker.Work{Perform: func(_ context.Context, task worker.Task) error {
				done.add(task)
				if task.Seq == snoozed.Seq {
					return &worker.Snooze{For: time.Hour, Reason: "the channel asked to wait"}
				}
				return nil
			}})
			must(t, h.Engine.Submit(t.Context(), snoozed))
			eventually(t, "the snoozed task", func() bool { return done.count(snoozed) > 0 })
			for n := range 3 { // what else runs must not wake it
				must(t, h.Engine.Submit(t.Context(), task(shop, n+2)))
				eventually(t, "another task", func() bool { return done.count(task(shop, n+2)) > 0 })
			}
			time.Sleep(300 * time.Millisecond)
			if n := done.count(snoozed); n != 1 {
				t.Errorf("it ran %d times, although it was to come in an hour", n)
			}
		}},
		{"tasks of one key are not taken for one task", func(t *testing.T, h Harness) {
			var done log
			start(t, h.Engine, worker.Work{Perform: func(_ context.Context, task worker.Task) error {
				done.add(task)
				return nil
			}})
			first, second := task(shop, 1), task(shop, 2)
			second.Key = first.Key
			must(t, h.Engine.Submit(t.Context(), first, second))
			for _, each := range []worker.Task{first, second} {
				eventually(t, "task "+name(each), func() bool { return done.count(each) > 0 })
			}
		}},
		{"a failed task comes again", func(t *testing.T, h Harness) {
			var done log
			start(t, h.Engine, worker.Work{Perform: func(_ context.Context, task worker.Task) error {
				if done.add(task) < 2 {
					return errors.New("not yet")
				}
				return nil
			}})
			must(t, h.Engine.Submit(t.Context(), task(shop, 1)))
			eventually(t, "the second run", func() bool { return done.count(task(shop, 1)) >= 2 })
		}},
		{"a task that is submitted again while it runs is run again", func(t *testing.T, h Harness) {
			var done log
			runs, goOn := make(chan struct{}), make(chan struct{})
			start(t, h.Engine, worker.Work{Perform: func(ctx context.Context, task worker.Task) error {
				if done.add(task) == 1 {
					close(runs)
					select {
					case <-goOn:
					case <-ctx.Done():
					}
				}
				return nil
			}})
			must(t, h.Engine.Submit(t.Context(), task(shop, 1)))
			<-runs
			for range 3 {
				must(t, h.Engine.Submit(t.Context(), task(shop, 1), task(shop, 1)))
			}
			close(goOn)
			eventually(t, "the second run", func() bool { return done.count(task(shop, 1)) >= 2 })
		}},
		{"a queue runs no more at once than it may", func(t *testing.T, h Harness) {
			var done log
			var running, most atomic.Int64
			start(t, h.Engine, worker.Work{
				Queues: []worker.Queue{{Name: task(shop, 0).Queue(), Workers: 2}},
				Perform: func(_ context.Context, task worker.Task) error {
					now := running.Add(1)
					defer running.Add(-1)
					for {
						seen := most.Load()
						if now <= seen || most.CompareAndSwap(seen, now) {
							break
						}
					}
					time.Sleep(20 * time.Millisecond)
					done.add(task)
					return nil
				},
			})
			for n := range 10 {
				must(t, h.Engine.Submit(t.Context(), task(shop, n+1)))
			}
			for n := range 10 {
				eventually(t, "all tasks", func() bool { return done.count(task(shop, n+1)) > 0 })
			}
			if most.Load() != 2 {
				t.Errorf("%d at once, want 2", most.Load())
			}
		}},
		{"a paused queue waits, others go on", func(t *testing.T, h Harness) {
			var done log
			must(t, h.Engine.Resume(t.Context(), "never-heard-of"))
			must(t, h.Engine.Pause(t.Context(), "never-heard-of"))
			start(t, h.Engine, worker.Work{Perform: func(_ context.Context, task worker.Task) error {
				done.add(task)
				return nil
			}})
			queue := task(shop, 1).Queue()
			must(t, h.Engine.Submit(t.Context(), task(shop, 1)))
			eventually(t, "the queue to run", func() bool { return done.count(task(shop, 1)) > 0 })
			must(t, h.Engine.Pause(t.Context(), queue))
			must(t, h.Engine.Pause(t.Context(), queue))
			time.Sleep(200 * time.Millisecond) // a fetch may be under way
			must(t, h.Engine.Submit(t.Context(), task(shop, 2), task(other, 102)))
			eventually(t, "the other queue", func() bool { return done.count(task(other, 102)) > 0 })
			time.Sleep(300 * time.Millisecond)
			if n := done.count(task(shop, 2)); n != 0 {
				t.Errorf("a paused queue ran its task %d times", n)
			}
			must(t, h.Engine.Resume(t.Context(), queue))
			must(t, h.Engine.Resume(t.Context(), queue))
			eventually(t, "the resumed queue", func() bool { return done.count(task(shop, 2)) > 0 })
		}},
		{"a run is ended when its time is over", func(t *testing.T, h Harness) {
			ended := make(chan error, 10)
			start(t, h.Engine, worker.Work{Timeout: 300 * time.Millisecond, Perform: func(ctx context.Context, _ worker.Task) error {
				<-ctx.Done()
				ended <- context.Cause(ctx)
				return nil
			}})
			must(t, h.Engine.Submit(t.Context(), task(shop, 1)))
			select {
			case <-ended:
			case <-time.After(patience):
				t.Fatal("it runs for ever")
			}
		}},
		{"periodic work runs, and again", func(t *testing.T, h Harness) {
			var first, second atomic.Int64
			start(t, h.Engine, worker.Work{
				Perform: func(context.Context, worker.Task) error { return nil },
				Periodic: []worker.Periodic{
					{Name: "first", Spec: worker.Every(time.Second), Run: func(context.Context) error { first.Add(1); return errors.New("it may fail") }},
					{Name: "second", Spec: worker.Every(time.Second), Run: func(context.Context) error { second.Add(1); return nil }},
				},
			})
			eventually(t, "two runs of each", func() bool { return first.Load() > 1 && second.Load() > 1 })
		}},
		{"stop waits for what runs", func(t *testing.T, h Harness) {
			begun := make(chan struct{})
			var ended atomic.Bool
			must(t, h.Engine.Start(t.Context(), worker.Work{
				Queues: []worker.Queue{{Name: task(shop, 1).Queue(), Workers: 1}}, Timeout: 20 * time.Second,
				Perform: func(ctx context.Context, _ worker.Task) error {
					close(begun)
					select {
					case <-ctx.Done():
					case <-time.After(300 * time.Millisecond):
						ended.Store(true)
					}
					return nil
				},
			}))
			must(t, h.Engine.Submit(t.Context(), task(shop, 1)))
			<-begun
			must(t, h.Engine.Stop(t.Context()))
			if !ended.Load() {
				t.Error("the running task was cut off, or not waited for")
			}
		}},
		{"stop in haste cancels what runs", func(t *testing.T, h Harness) {
			begun, cancelled := make(chan struct{}), make(chan struct{})
			must(t, h.Engine.Start(t.Context(), worker.Work{
				Queues: []worker.Queue{{Name: task(shop, 1).Queue(), Workers: 1}}, Timeout: patience,
				Perform: func(ctx context.Context, _ worker.Task) error {
					close(begun)
					<-ctx.Done()
					close(cancelled)
					return &worker.Snooze{For: time.Hour, Reason: "stopped"}
				},
			}))
			must(t, h.Engine.Submit(t.Context(), task(shop, 1)))
			<-begun
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			_ = h.Engine.Stop(ctx) // it may say that time was over
			select {
			case <-cancelled:
			case <-time.After(patience):
				t.Error("the task goes on")
			}
		}},
	}
}
