package postgres

import (
	"fmt"
	"regexp"

	"github.com/retailsync/retailsync/idempotency"
)

type config struct{ schema string }

// Option changes a [Store].
type Option func(*config)

// WithSchema sets the schema of the tables: a lower-case letter or underscore, then lower-case letters,
// digits and underscores, at most 63, not beginning with pg_. The default is "retailsync_idempotency".
// Give each environment a schema or a database of its own.
func WithSchema(name string) Option { return func(c *config) { c.schema = name } }

func newConfig(options []Option) (config, error) {
	c := config{schema: "retailsync_idempotency"}
	for _, option := range options {
		option(&c)
	}
	if !regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`).MatchString(c.schema) || len(c.schema) >= 3 && c.schema[:3] == "pg_" {
		return c, &idempotency.InvalidError{Field: "schema", Reason: fmt.Sprintf("%q must be a lower-case letter or underscore, then lower-case letters, digits and underscores, at most 63, not beginning with pg_", c.schema)}
	}
	return c, nil
}
