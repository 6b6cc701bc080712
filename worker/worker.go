package worker

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/retailsync/retailsync/observe"
)

// Worker accepts events and handles them. It is safe for concurrent use.
type Worker struct {
	ledger    Ledger
	engine    Engine
	within    Within // submits in the ledger's transaction; nil if the engine cannot
	gathering gathering
	channels  map[string]*channel
	handlers  map[string]registration

	owner             string
	lease, timeout    time.Duration
	busy              time.Duration
	sweepEvery, quiet time.Duration
	keep              time.Duration
	schedules         []Schedule
	breaker           Breaker
	databases         map[string]int
	log               *slog.Logger
	told              *observe.Telemetry
	unwatch           func() error // ends the gauges

	mu      sync.Mutex
	running bool
	stop    context.CancelFunc
	ctx     context.Context // of background work, from Start to Stop
	group   sync.WaitGroup
}

// Channel is a connected account.
type Channel struct {
	// Name is how events name it ("woocommerce/main").
	Name string
	// Workers is how many events of a class this process handles at once; [DefaultWorkers] where there is none.
	Workers map[Class]int
	// Database names the Odoo database that its handlers write to, for [WithDatabase]; empty if it does not matter.
	Database string
}

// DefaultWorkers is how many events of a class of a channel one process handles at once unless told.
func DefaultWorkers(class Class) int {
	switch class {
	case Orders:
		return 4
	case Money, Stock:
		return 2
	}
	return 1
}

type channel struct {
	Channel
	breaker *breaker
	slots   *slots
}

type registration struct {
	handler Handler
	policy  Policy
}

// Option changes a [Worker].
type Option func(*Worker)

// WithLogger sets the logger; the default logs nothing. Logs hold no payloads.
func WithLogger(log *slog.Logger) Option { return func(w *Worker) { w.log = log } }

// WithTelemetry has the worker make spans and metrics; the default makes none. The spans of handlers are linked to those that handed the
// events in. Gauges of queues, breakers and pauses are shown from Start to Stop.
func WithTelemetry(telemetry *observe.Telemetry) Option {
	return func(w *Worker) { w.told = telemetry }
}

// WithLease sets how long a key is held without being renewed: how long it waits after its owner died. 30 s by default, at least 100 ms.
func WithLease(lease time.Duration) Option { return func(w *Worker) { w.lease = lease } }

// WithTaskTime sets how long the engine lets one run of a task go on, 45 s by default, at least a second. A try of an event has at most nine
// tenths of it.
func WithTaskTime(most time.Duration) Option { return func(w *Worker) { w.timeout = most } }

// WithSweep sets how often the sweeper looks, a minute by default, and how long an event must not have moved to be submitted
// again, five minutes by default.
func WithSweep(every, quiet time.Duration) Option {
	return func(w *Worker) { w.sweepEvery, w.quiet = every, quiet }
}

// WithRetention sets how long done and discarded events are kept, so that their repeats are known: 90 days by default, 0 for ever.
func WithRetention(keep time.Duration) Option { return func(w *Worker) { w.keep = keep } }

// WithSchedules adds schedules.
func WithSchedules(schedules ...Schedule) Option {
	return func(w *Worker) { w.schedules = append(w.schedules, schedules...) }
}

// WithDatabase bounds how many events of all its channels together this process handles at once for an Odoo database. A channel
// can take all slots but one for each other channel of the database, so none of them holds the others up.
func WithDatabase(name string, slots int) Option {
	return func(w *Worker) { w.databases[name] = slots }
}

// WithBreaker changes when a channel's breaker opens and how it probes.
func WithBreaker(settings Breaker) Option { return func(w *Worker) { w.breaker = settings } }

// New composes a worker for the given channels. It reads and writes nothing yet.
func New(ledger Ledger, engine Engine, channels []Channel, options ...Option) (*Worker, error) {
	w := &Worker{
		ledger: ledger, engine: engine, channels: map[string]*channel{}, handlers: map[string]registration{},
		owner: processName(), lease: 30 * time.Second, timeout: 45 * time.Second, busy: 300 * time.Millisecond,
		sweepEvery: time.Minute, quiet: 5 * time.Minute, keep: 90 * 24 * time.Hour,
		databases: map[string]int{}, log: slog.New(slog.DiscardHandler),
	}
	for _, option := range options {
		option(w)
	}
	if err := w.check(channels); err != nil {
		return nil, err
	}
	w.breaker = w.breaker.withDefaults()
	for _, c := range channels {
		w.channels[c.Name] = &channel{Channel: c}
	}
	for _, c := range w.channels {
		c.breaker = newBreaker(w.breaker, func() { w.opened(c.Name) })
	}
	w.shareSlots()
	w.gathering.accept = func(ctx context.Context, events []Event) ([]Receipt, error) {
		return w.ledger.Accept(ctx, events, w.within)
	}
	if engine, ok := engine.(TxEngine); ok {
		w.within = func(ctx context.Context, tx any, tasks []Task) error { return engine.SubmitTx(ctx, tx, tasks...) }
	}
	return w, nil
}

func (w *Worker) check(channels []Channel) error {
	switch {
	case w.ledger == nil || w.engine == nil:
		return &InvalidError{Field: "ledger and engine", Reason: "must both be there"}
	case len(channels) == 0:
		return &InvalidError{Field: "channels", Reason: "are empty: name at least one"}
	case w.lease < 100*time.Millisecond:
		return &InvalidError{Field: "lease", Reason: "must be at least 100ms"}
	case w.timeout < time.Second:
		return &InvalidError{Field: "task time", Reason: "must be at least a second"}
	case w.sweepEvery < time.Second || w.quiet < 0:
		return &InvalidError{Field: "sweep", Reason: "must come at most once a second, and the quiet time may not be negative"}
	case w.keep < 0:
		return &InvalidError{Field: "retention", Reason: "is negative"}
	case w.log == nil:
		return &InvalidError{Field: "logger", Reason: "is nil"}
	}
	names := map[string]bool{}
	for _, c := range channels {
		if problem := textProblem(c.Name, maxName); problem != "" {
			return &InvalidError{Field: "channel name", Reason: problem}
		}
		if names[c.Name] {
			return &InvalidError{Field: "channel " + c.Name, Reason: "is there twice"}
		}
		names[c.Name] = true
		for class, workers := range c.Workers {
			if !class.known() || workers < 0 {
				return &InvalidError{Field: "channel " + c.Name, Reason: fmt.Sprintf("has %d workers for class %q", workers, class)}
			}
		}
		if c.Database != "" && w.databases[c.Database] < 1 {
			return &InvalidError{Field: "channel " + c.Name, Reason: fmt.Sprintf("writes to database %q, which has no slots: add WithDatabase", c.Database)}
		}
	}
	schedules := map[string]bool{}
	for _, schedule := range w.schedules {
		if err := schedule.validate(); err != nil {
			return err
		}
		if schedules[schedule.Name] || !names[schedule.Event.Channel] {
			return &InvalidError{Field: fmt.Sprintf("schedule %q", schedule.Name), Reason: "is there twice, or names a channel that is not there"}
		}
		schedules[schedule.Name] = true
	}
	return nil
}

// Handle sets the handler for a kind of events. Call it before Start. Events of a kind without a handler wait: another version of the
// program may have one.
func (w *Worker) Handle(kind string, handler Handler, policy Policy) error {
	if problem := textProblem(kind, maxName); problem != "" {
		return &InvalidError{Field: "kind", Reason: problem}
	}
	if handler == nil {
		return &InvalidError{Field: "handler of " + kind, Reason: "is nil"}
	}
	policy, err := policy.withDefaults()
	if err != nil {
		return fmt.Errorf("kind %q: %w", kind, err)
	}
	if policy.Timeout > w.timeout-w.timeout/10 {
		return &InvalidError{Field: "policy timeout of " + kind, Reason: fmt.Sprintf("is %s, the most is %s: make longer work several events", policy.Timeout, w.timeout-w.timeout/10)}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.running {
		return ErrRunning
	}
	w.handlers[kind] = registration{handler: handler, policy: policy}
	return nil
}

// Start begins to handle events; it returns when the engine runs. A worker that only accepts events is never started.
func (w *Worker) Start(ctx context.Context) error {
	w.mu.Lock()
	if w.running {
		w.mu.Unlock()
		return ErrRunning
	}
	w.running = true
	w.ctx, w.stop = context.WithCancel(context.WithoutCancel(ctx))
	w.mu.Unlock()
	if err := w.engine.Start(ctx, w.work()); err != nil {
		w.mu.Lock()
		w.running = false
		w.mu.Unlock()
		w.stop()
		return fmt.Errorf("worker: start: %w", err)
	}
	unwatch, err := w.told.Watch(w.gauges)
	if err != nil {
		w.log.WarnContext(ctx, "no gauges", "error", err) // the events go on
	}
	w.mu.Lock()
	w.unwatch = unwatch
	w.mu.Unlock()
	if err := w.align(ctx); err != nil {
		// It runs already, and the ledger holds back what is paused whatever the queues do; the sweeper aligns them.
		w.log.WarnContext(ctx, "queues are not aligned with the pauses yet", "error", err)
	}
	return nil
}

// Stop ends gracefully: no new tasks, those that run end. When ctx ends first they are cancelled, which counts as no attempt.
func (w *Worker) Stop(ctx context.Context) error {
	w.mu.Lock()
	if !w.running {
		w.mu.Unlock()
		return nil
	}
	w.mu.Unlock()
	err := w.engine.Stop(ctx)
	w.stop()
	w.group.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running = false
	if w.unwatch != nil {
		err = errors.Join(err, w.unwatch())
		w.unwatch = nil
	}
	return err
}

func (w *Worker) work() Work {
	work := Work{Perform: w.Perform, Timeout: w.timeout}
	for _, c := range w.channels {
		for _, class := range Classes() {
			workers, ok := c.Workers[class]
			if !ok {
				workers = DefaultWorkers(class)
			}
			if workers > 0 {
				work.Queues = append(work.Queues, Queue{Name: QueueName(c.Name, class), Workers: workers})
			}
		}
	}
	work.Periodic = append(work.Periodic, Periodic{Name: "sweep", Spec: Every(w.sweepEvery), Run: w.tidy})
	for _, schedule := range w.schedules {
		work.Periodic = append(work.Periodic, Periodic{
			Name: "schedule/" + schedule.Name, Spec: schedule.Spec,
			Run: func(ctx context.Context) error { return w.tick(ctx, schedule) },
		})
	}
	return work
}

// tidy is what the sweeper does each time.
func (w *Worker) tidy(ctx context.Context) error {
	_, swept := w.Sweep(ctx)
	errs := []error{swept, w.align(ctx)}
	if w.keep > 0 {
		errs = append(errs, w.prune(ctx))
	}
	return errors.Join(errs...)
}

// mostPruned is how many pages of events one run of the sweeper deletes: more than come in between two at any rate that lasts.
const mostPruned = 50

func (w *Worker) prune(ctx context.Context) error {
	for range mostPruned {
		pruned, err := w.ledger.Prune(ctx, w.keep, MaxPage)
		if err != nil || pruned < MaxPage {
			return err
		}
	}
	return nil
}

// Sweep submits again what does not move, and returns how many tasks that were. The engine's periodic work does it; call it yourself only
// to help at once.
func (w *Worker) Sweep(ctx context.Context) (int, error) {
	tasks, err := w.ledger.Sweep(ctx, w.quiet, MaxPage, w.within)
	if err != nil {
		return 0, err
	}
	if len(tasks) > 0 {
		w.log.InfoContext(ctx, "submitted again", "events", len(tasks))
	}
	return len(tasks), w.submit(ctx, tasks)
}

// submit hands tasks to an engine that could not take them in the transaction. They are wake-ups: when it fails, the sweeper makes
// up for it.
func (w *Worker) submit(ctx context.Context, tasks []Task) error {
	if w.within != nil || len(tasks) == 0 {
		return nil
	}
	return w.engine.Submit(ctx, tasks...)
}

// Backlog counts what waits, per channel and class.
func (w *Worker) Backlog(ctx context.Context) ([]Backlog, error) { return w.ledger.Backlog(ctx) }

// Channels returns the channels of the worker, in no order.
func (w *Worker) Channels() []Channel {
	channels := make([]Channel, 0, len(w.channels))
	for _, c := range w.channels {
		channels = append(channels, c.Channel)
	}
	return channels
}

// processName names this process in leases and the audit trail.
func processName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), strings.ToLower(rand.Text()[:6]))
}
