package river

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"

	"github.com/retailsync/retailsync/worker"
)

// stopPatience is how long Stop waits for handlers whose context has ended.
const stopPatience = 5 * time.Second

// engine is River as a [worker.TxEngine]. TTx is the transaction of its driver.
type engine[TTx any] struct {
	driver func() riverdriver.Driver[TTx]
	config config
	sender *river.Client[TTx] // submits and pauses; it works nothing

	mu     sync.Mutex
	client *river.Client[TTx] // works, from Start on
}

func newEngine[TTx any](driver func() riverdriver.Driver[TTx], config config) (*engine[TTx], error) {
	sender, err := river.NewClient(driver(), &river.Config{Schema: config.schema, Logger: quiet(config.log)})
	if err != nil {
		return nil, fmt.Errorf("river: %w", err)
	}
	return &engine[TTx]{driver: driver, config: config, sender: sender}, nil
}

// Submit implements [worker.Engine].
func (e *engine[TTx]) Submit(ctx context.Context, tasks ...worker.Task) error {
	return insert(tasks, func(params []river.InsertManyParams) ([]*rivertype.JobInsertResult, error) {
		return e.sender.InsertMany(ctx, params)
	})
}

// SubmitTx implements [worker.TxEngine].
func (e *engine[TTx]) SubmitTx(ctx context.Context, tx any, tasks ...worker.Task) error {
	own, ok := tx.(TTx)
	if !ok {
		return worker.ErrForeignTx
	}
	return insert(tasks, func(params []river.InsertManyParams) ([]*rivertype.JobInsertResult, error) {
		return e.sender.InsertManyTx(ctx, own, params)
	})
}

// insert makes a job of each task, unless one waits for its event. One that runs is not enough: it may have read the event before it was
// replayed, or its process may be dead, and then it keeps its place until it is rescued. A task that finds one gets a job beside it. The ledger's
// lease sees to it that only one of them handles the event; if the other is at it, the new one snoozes and then finds nothing to do.
func insert(tasks []worker.Task, into func([]river.InsertManyParams) ([]*rivertype.JobInsertResult, error)) error {
	// Two of one event in a call would be a conflict.
	bySeq := make(map[int64]worker.Task, len(tasks))
	left := make([]river.InsertManyParams, 0, len(tasks))
	for _, task := range tasks {
		if _, twice := bySeq[task.Seq]; !twice {
			bySeq[task.Seq] = task
			left = append(left, insertOf(task, 0))
		}
	}
	// Each round goes on along jobs that run beside each other, so it ends when they do.
	for len(left) > 0 {
		inserted, err := into(left)
		if err != nil {
			return fmt.Errorf("river: submit: %w", err)
		}
		left = nil
		for _, result := range inserted {
			if !result.UniqueSkippedAsDuplicate || result.Job.State != rivertype.JobStateRunning {
				continue
			}
			var args taskArgs
			if err := json.Unmarshal(result.Job.EncodedArgs, &args); err != nil {
				return fmt.Errorf("river: submit: read job %d: %w", result.Job.ID, err)
			}
			left = append(left, insertOf(bySeq[args.Seq], result.Job.ID))
		}
	}
	return nil
}

// Pause implements [worker.Engine].
func (e *engine[TTx]) Pause(ctx context.Context, queue string) error {
	return unlessUnknown(e.sender.QueuePause(ctx, queue, nil))
}

// Resume implements [worker.Engine].
func (e *engine[TTx]) Resume(ctx context.Context, queue string) error {
	return unlessUnknown(e.sender.QueueResume(ctx, queue, nil))
}

// unlessUnknown passes over a queue that no process has worked yet.
func unlessUnknown(err error) error {
	if errors.Is(err, river.ErrNotFound) {
		return nil
	}
	return err
}

// Start implements [worker.Engine].
func (e *engine[TTx]) Start(ctx context.Context, work worker.Work) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.client != nil {
		return worker.ErrRunning
	}
	client, err := river.NewClient(e.driver(), e.working(work))
	if err != nil {
		return fmt.Errorf("river: %w", err)
	}
	// River stops when the context of Start ends; here only Stop does that.
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("river: start: %w", err)
	}
	e.client = client
	return nil
}

// working is River's configuration for work.
func (e *engine[TTx]) working(work worker.Work) *river.Config {
	queues := map[string]river.QueueConfig{periodicQueue: {MaxWorkers: 4}}
	for _, queue := range work.Queues {
		queues[queue.Name] = river.QueueConfig{MaxWorkers: queue.Workers}
	}
	periodic := &periodicWorker{runs: map[string]func(context.Context) error{}}
	var jobs []*river.PeriodicJob
	for _, each := range work.Periodic {
		periodic.runs[each.Name] = each.Run
		jobs = append(jobs, periodicJob(each))
	}
	workers := river.NewWorkers()
	river.AddWorker(workers, &taskWorker{perform: work.Perform})
	river.AddWorker(workers, periodic)
	return &river.Config{
		CancelledJobRetentionPeriod: 24 * time.Hour,
		CompletedJobRetentionPeriod: time.Hour, // what was done is in the ledger
		DiscardedJobRetentionPeriod: -1,
		FetchCooldown:               e.config.cooldown,
		FetchPollInterval:           e.config.poll,
		JobTimeout:                  work.Timeout,
		Logger:                      quiet(e.config.log),
		MaxAttempts:                 maxAttempts,
		PeriodicJobs:                jobs,
		Queues:                      queues,
		RescueStuckJobsAfter:        max(e.config.rescue, work.Timeout+work.Timeout/4),
		RetryPolicy:                 soon{},
		Schema:                      e.config.schema,
		Workers:                     workers,
	}
}

// Stop implements [worker.Engine].
func (e *engine[TTx]) Stop(ctx context.Context) error {
	e.mu.Lock()
	client := e.client
	e.client = nil
	e.mu.Unlock()
	if client == nil {
		return nil
	}
	err := client.Stop(ctx)
	if err == nil {
		return nil
	}
	hasty, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopPatience)
	defer cancel()
	if hard := client.StopAndCancel(hasty); hard != nil {
		return fmt.Errorf("river: stop: a handler does not end although its context has: %w", hard)
	}
	return err
}

// quiet lets River's warnings and errors through, and not its account of each minute.
func quiet(log *slog.Logger) *slog.Logger {
	return slog.New(warnings{log.Handler()})
}

type warnings struct{ slog.Handler }

// Enabled implements [slog.Handler].
func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

// WithAttrs implements [slog.Handler].
func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }
