package generic

import (
	"context"
	"net/http"
	"time"
)

// Option sets something that has a good default.
type Option struct{ apply func(*settings) }

type settings struct {
	transport http.RoundTripper
	timeout   time.Duration
	backoff   time.Duration
	clock     func() time.Time
	secrets   func(context.Context) (Secrets, error)
}

// WithTransport carries the requests; for proxies, tests and tracing.
func WithTransport(transport http.RoundTripper) Option {
	return Option{func(s *settings) { s.transport = transport }}
}

// WithTimeout bounds one attempt of a call; 30 seconds if not given.
func WithTimeout(timeout time.Duration) Option {
	return Option{func(s *settings) { s.timeout = timeout }}
}

// WithBackoff sets the first wait before a read is repeated; 200 ms if not given.
func WithBackoff(first time.Duration) Option {
	return Option{func(s *settings) { s.backoff = first }}
}

// WithClock sets the clock that signs requests and judges the age of deliveries; the real one if not given.
func WithClock(clock func() time.Time) Option {
	return Option{func(s *settings) { s.clock = clock }}
}

// WithSecretsFrom asks provider before every call, so that rotated secrets are picked up while the process runs. The provider must be
// quick and safe for concurrent use. Its error never reaches an error's text.
func WithSecretsFrom(provider func(context.Context) (Secrets, error)) Option {
	return Option{func(s *settings) { s.secrets = provider }}
}

// perSecond is a rate as the client wants it.
func perSecond(perMinute int) float64 { return float64(perMinute) / 60 }
