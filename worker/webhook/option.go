package webhook

import (
	"log/slog"
	"time"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/worker"
)

type config struct {
	maxBody    int64
	inFlight   int
	maxBacklog int
	window     time.Duration
	patience   time.Duration
	event      func(marketplace.Notice) (worker.Event, bool)
	log        *slog.Logger
}

// Option changes a handler.
type Option func(*config)

// WithMaxBody sets the largest body in bytes; 1 MiB by default.
func WithMaxBody(bytes int64) Option { return func(c *config) { c.maxBody = max(bytes, 1) } }

// WithMaxInFlight sets how many deliveries are worked on at once; 64 by default. More are answered with 503.
func WithMaxInFlight(deliveries int) Option {
	return func(c *config) { c.inFlight = max(deliveries, 1) }
}

// WithMaxBacklog sets how many events of the channel may wait before deliveries are answered with 503; 100,000 by default, 0 without bound.
// It is looked up at most once a second.
func WithMaxBacklog(events int) Option { return func(c *config) { c.maxBacklog = max(events, 0) } }

// WithReplayWindow refuses deliveries whose notices are older than the window, or further in the future than it. Use it only for channels whose
// [marketplace.Notice.At] is the time of the delivery, and not that of the object's last change. Without it a delivery that is sent
// again is known by its event id for as long as the ledger keeps it.
func WithReplayWindow(window time.Duration) Option {
	return func(c *config) { c.window = max(window, 0) }
}

// WithPatience bounds reading a body, verifying and accepting it; 10 s by default.
func WithPatience(patience time.Duration) Option {
	return func(c *config) { c.patience = max(patience, time.Millisecond) }
}

// WithEvents replaces [EventOf]; false leaves a notice out.
func WithEvents(event func(marketplace.Notice) (worker.Event, bool)) Option {
	return func(c *config) { c.event = event }
}

// WithLogger sets the logger; the default logs nothing. Logs hold no payloads.
func WithLogger(log *slog.Logger) Option { return func(c *config) { c.log = log } }
