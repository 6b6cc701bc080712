package river

import (
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"github.com/retailsync/retailsync/worker"
)

type config struct {
	schema                 string
	log                    *slog.Logger
	cooldown, poll, rescue time.Duration
}

// Option changes a [Store].
type Option func(*config)

// WithSchema sets the PostgreSQL schema of all tables: a lower-case letter or underscore, then lower-case letters, digits and underscores, at
// most 40, not beginning with pg_. The default is "retailsync_worker". Give each environment a schema or a database of its own.
func WithSchema(name string) Option { return func(c *config) { c.schema = name } }

// WithLogger sets the logger of River's warnings and errors; the default logs nothing.
func WithLogger(log *slog.Logger) Option { return func(c *config) { c.log = log } }

// WithPoll sets how often an idle queue looks for tasks, a second by default. New tasks of this process, and on PostgreSQL of all
// processes, wake it before.
func WithPoll(interval time.Duration) Option { return func(c *config) { c.poll = interval } }

// WithRescue sets after how long a running job counts as lost with its process: 60 s by default, at least the worker's time for a task and a quarter.
func WithRescue(after time.Duration) Option { return func(c *config) { c.rescue = after } }

func newConfig(options []Option) (config, error) {
	c := config{
		schema: "retailsync_worker", log: slog.New(slog.DiscardHandler),
		cooldown: 10 * time.Millisecond, poll: time.Second, rescue: time.Minute,
	}
	for _, option := range options {
		option(&c)
	}
	switch {
	case !regexp.MustCompile(`^[a-z_][a-z0-9_]{0,39}$`).MatchString(c.schema) || strings.HasPrefix(c.schema, "pg_"):
		return c, &worker.InvalidError{Field: "schema", Reason: fmt.Sprintf("%q must be a lower-case letter or underscore, then lower-case letters, digits and underscores, at most 40, not beginning with pg_", c.schema)}
	case c.log == nil:
		return c, &worker.InvalidError{Field: "logger", Reason: "is nil"}
	case c.poll < c.cooldown:
		return c, &worker.InvalidError{Field: "poll", Reason: fmt.Sprintf("is %s, it must be at least %s", c.poll, c.cooldown)}
	case c.rescue < 0:
		return c, &worker.InvalidError{Field: "rescue", Reason: "is negative"}
	}
	return c, nil
}
