package worker

import (
	"context"
	"errors"
	"sync"
	"time"
)

// MemoryEngine is an [Engine] in memory, for tests and tiny uses. It is not durable: tasks end with the process, and the sweeper submits
// them again where the ledger lasts. Its pauses are this process's own.
type MemoryEngine struct {
	mu      sync.Mutex
	queues  map[string]*memoryQueue
	stopped bool
	cancel  context.CancelFunc
	ctx     context.Context // of tasks, from Start on
	work    Work
	group   sync.WaitGroup
	timers  map[*time.Timer]struct{}
}

type memoryQueue struct {
	waiting []Task
	idle    map[int64]bool // waiting or snoozing, by Seq: equal tasks are one
	workers int
	running int
	paused  bool
}

var _ Engine = (*MemoryEngine)(nil)

// NewMemoryEngine returns an engine that runs nothing yet.
func NewMemoryEngine() *MemoryEngine {
	return &MemoryEngine{queues: map[string]*memoryQueue{}, timers: map[*time.Timer]struct{}{}}
}

// Submit implements [Engine].
func (e *MemoryEngine) Submit(ctx context.Context, tasks ...Task) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, task := range tasks {
		queue := e.queue(task.Queue())
		if !queue.idle[task.Seq] {
			queue.idle[task.Seq] = true
			queue.waiting = append(queue.waiting, task)
			e.run(queue)
		}
	}
	return nil
}

// Pause implements [Engine].
func (e *MemoryEngine) Pause(ctx context.Context, queue string) error {
	return e.set(ctx, queue, true)
}

// Resume implements [Engine].
func (e *MemoryEngine) Resume(ctx context.Context, queue string) error {
	return e.set(ctx, queue, false)
}

func (e *MemoryEngine) set(ctx context.Context, name string, paused bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	queue := e.queue(name)
	queue.paused = paused
	e.run(queue)
	return nil
}

// Start implements [Engine]. It can be started once.
func (e *MemoryEngine) Start(ctx context.Context, work Work) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ctx != nil {
		return ErrRunning
	}
	e.ctx, e.cancel = context.WithCancel(context.WithoutCancel(ctx))
	e.work = work
	for _, each := range work.Queues {
		queue := e.queue(each.Name)
		queue.workers = each.Workers
		e.run(queue)
	}
	for _, each := range work.Periodic {
		e.again(each, 0)
	}
	return nil
}

// Stop implements [Engine].
func (e *MemoryEngine) Stop(ctx context.Context) error {
	e.mu.Lock()
	if e.ctx == nil {
		e.mu.Unlock()
		return nil
	}
	e.stopped = true
	for timer := range e.timers {
		timer.Stop()
	}
	e.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		e.group.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		e.cancel()
		return nil
	case <-ctx.Done():
	}
	e.cancel()
	patience := time.NewTimer(5 * time.Second)
	defer patience.Stop()
	select {
	case <-ended:
		return ctx.Err()
	case <-patience.C:
		return errors.Join(ctx.Err(), errors.New("worker: a handler does not end although its context has"))
	}
}

func (e *MemoryEngine) queue(name string) *memoryQueue {
	if e.queues[name] == nil {
		e.queues[name] = &memoryQueue{idle: map[int64]bool{}}
	}
	return e.queues[name]
}

// run starts what may run of a queue.
func (e *MemoryEngine) run(queue *memoryQueue) {
	for e.ctx != nil && !e.stopped && !queue.paused && queue.running < queue.workers && len(queue.waiting) > 0 {
		task := queue.waiting[0]
		queue.waiting = queue.waiting[1:]
		delete(queue.idle, task.Seq)
		queue.running++
		e.group.Go(func() { e.perform(queue, task) })
	}
}

func (e *MemoryEngine) perform(queue *memoryQueue, task Task) {
	ctx, cancel := e.ctx, context.CancelFunc(func() {})
	if e.work.Timeout > 0 {
		ctx, cancel = context.WithTimeout(e.ctx, e.work.Timeout)
	}
	defer cancel()
	err := e.work.Perform(ctx, task)
	e.mu.Lock()
	defer e.mu.Unlock()
	queue.running--
	if err != nil && !queue.idle[task.Seq] {
		queue.idle[task.Seq] = true
		wait := time.Second
		var snooze *Snooze
		if errors.As(err, &snooze) {
			wait = snooze.For
		}
		e.after(wait, func() {
			queue.waiting = append(queue.waiting, task)
			e.run(queue)
		})
	}
	e.run(queue)
}

// again runs periodic work after a wait and then at each of its times.
func (e *MemoryEngine) again(periodic Periodic, wait time.Duration) {
	e.after(wait, func() {
		e.group.Go(func() {
			_ = periodic.Run(e.ctx) // it comes again
			e.mu.Lock()
			defer e.mu.Unlock()
			if next := periodic.Spec.Next(time.Now()); !next.IsZero() {
				e.again(periodic, time.Until(next))
			}
		})
	})
}

// after runs then with the lock held, unless the engine has stopped.
func (e *MemoryEngine) after(wait time.Duration, then func()) {
	if e.stopped {
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(wait, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.timers, timer)
		if !e.stopped {
			then()
		}
	})
	e.timers[timer] = struct{}{}
}
