package river

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/retailsync/retailsync/worker"
)

// maxAttempts is what River counts to before it discards a job. It is only reached by jobs that are rescued again and again;
// whatever is to be tried again is snoozed, which does not count.
const maxAttempts = 30_000

// periodicQueue is where periodic work runs.
const periodicQueue = "retailsync-periodic"

// taskArgs is the job of a [worker.Task]. Two that wait for the same event are one.
type taskArgs struct {
	Seq     int64        `json:"seq" river:"unique"`
	Channel string       `json:"channel"`
	Key     string       `json:"key"`
	Class   worker.Class `json:"class"`
	// Beside is the job of the same event that was running when this one was submitted; 0 for most.
	Beside int64 `json:"beside,omitempty" river:"unique"`
}

func (a taskArgs) task() worker.Task {
	return worker.Task{Seq: a.Seq, Channel: a.Channel, Key: a.Key, Class: a.Class}
}

// Kind implements [river.JobArgs].
func (taskArgs) Kind() string { return "retailsync_task" }

// live are the states of a job that will still run: a second one for the same event would be one too many. A completed one is not
// among them, so that an event can be replayed. River wants the running one to be; see [engine.insert].
func live() []rivertype.JobState {
	return []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
	}
}

func insertOf(task worker.Task, beside int64) river.InsertManyParams {
	return river.InsertManyParams{
		Args: taskArgs{Seq: task.Seq, Channel: task.Channel, Key: task.Key, Class: task.Class, Beside: beside},
		InsertOpts: &river.InsertOpts{
			Queue: task.Queue(), MaxAttempts: maxAttempts, Priority: 1,
			UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: live()},
		},
	}
}

type taskWorker struct {
	river.WorkerDefaults[taskArgs]
	perform func(ctx context.Context, task worker.Task) error
}

// Work implements [river.Worker].
func (w *taskWorker) Work(ctx context.Context, job *river.Job[taskArgs]) error {
	err := w.perform(ctx, job.Args.task())
	var snooze *worker.Snooze
	switch {
	case err == nil:
		return nil
	case errors.As(err, &snooze):
		return river.JobSnooze(max(snooze.For, 0))
	}
	return err
}

// periodicArgs is the job of a [worker.Periodic].
type periodicArgs struct {
	Name string `json:"name" river:"unique"`
}

// Kind implements [river.JobArgs].
func (periodicArgs) Kind() string { return "retailsync_periodic" }

// What periodic work waits, each time and in all, that comes to a process which does not know it.
const (
	strangerWait     = 2 * time.Second
	strangerPatience = time.Hour
)

type periodicWorker struct {
	river.WorkerDefaults[periodicArgs]
	runs map[string]func(ctx context.Context) error
}

// Work implements [river.Worker]. It comes again by itself, so a failure is only reported.
func (w *periodicWorker) Work(ctx context.Context, job *river.Job[periodicArgs]) error {
	run, known := w.runs[job.Args.Name]
	switch {
	case known:
	case time.Since(job.CreatedAt) < strangerPatience:
		// While versions are exchanged, another process may know it.
		return river.JobSnooze(strangerWait)
	default:
		return river.JobCancel(fmt.Errorf("this process has no periodic work %q", job.Args.Name))
	}
	return run(ctx)
}

// NextRetry implements [river.Worker].
func (w *periodicWorker) NextRetry(*river.Job[periodicArgs]) time.Time {
	return time.Now().Add(10 * time.Second)
}

func periodicJob(periodic worker.Periodic) *river.PeriodicJob {
	return river.NewPeriodicJob(periodic.Spec, func() (river.JobArgs, *river.InsertOpts) {
		return periodicArgs{Name: periodic.Name}, &river.InsertOpts{
			Queue: periodicQueue, MaxAttempts: 3, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: live()},
		}
	}, &river.PeriodicJobOpts{RunOnStart: true})
}

// soon spreads the retries of tasks that failed instead of snoozing, and of those that were rescued.
type soon struct{}

// NextRetry implements [river.ClientRetryPolicy].
func (soon) NextRetry(job *rivertype.JobRow) time.Time {
	return time.Now().Add(min(time.Duration(len(job.Errors)+1)*time.Second, 30*time.Second))
}
