package sqlite

import (
	"fmt"
	"regexp"
	"time"

	"github.com/retailsync/retailsync/idempotency"
)

type config struct {
	prefix string
	busy   time.Duration
	now    func() time.Time
}

// Option changes how a file is opened.
type Option func(*config)

// WithTablePrefix sets what the names of the tables begin with: a lower-case letter, then lower-case
// letters, digits and underscores, at most 40. The default is "idempotency_". Stores with different
// prefixes in one file know nothing of each other.
func WithTablePrefix(prefix string) Option { return func(c *config) { c.prefix = prefix } }

// WithBusyTimeout sets how long a call waits for another process that writes; the default is 10 s. A
// cancelled context does not shorten this wait.
func WithBusyTimeout(timeout time.Duration) Option { return func(c *config) { c.busy = timeout } }

func newConfig(options []Option) (config, error) {
	c := config{prefix: "idempotency_", busy: 10 * time.Second, now: time.Now}
	for _, option := range options {
		option(&c)
	}
	if !regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`).MatchString(c.prefix) {
		return c, &idempotency.InvalidError{Field: "table prefix", Reason: fmt.Sprintf("%q must be a lower-case letter, then lower-case letters, digits and underscores, at most 40", c.prefix)}
	}
	if c.busy < time.Millisecond {
		return c, &idempotency.InvalidError{Field: "busy timeout", Reason: fmt.Sprintf("is %s, it must be at least 1ms", c.busy)}
	}
	return c, nil
}
