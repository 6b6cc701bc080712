package river

import (
	"context"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// Jobs counts River's jobs of tasks.
func (s *Store) Jobs(ctx context.Context) (int, error) {
	return s.engine.(interface {
		jobs(ctx context.Context) (int, error)
	}).jobs(ctx)
}

func (e *engine[TTx]) jobs(ctx context.Context) (int, error) {
	found, err := e.sender.JobList(ctx, river.NewJobListParams().Kinds(taskArgs{}.Kind()).First(10_000))
	if err != nil {
		return 0, err
	}
	return len(found.Jobs), nil
}

// Periodic runs a job of periodic work in a process that knows nothing but what is in runs.
func Periodic(ctx context.Context, name string, created time.Time, runs map[string]func(context.Context) error) error {
	w := &periodicWorker{runs: runs}
	return w.Work(ctx, &river.Job[periodicArgs]{JobRow: &rivertype.JobRow{CreatedAt: created}, Args: periodicArgs{Name: name}})
}
