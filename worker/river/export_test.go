package river

import (
	"context"

	"github.com/riverqueue/river"
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
