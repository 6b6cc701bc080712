package webhook

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/worker"
)

// retryAfter is when to send again what was not accepted now.
const retryAfter = 30 * time.Second

// Inbox is the part of a [worker.Worker] that is needed here.
type Inbox interface {
	Ingest(ctx context.Context, events ...worker.Event) ([]worker.Receipt, error)
	Backlog(ctx context.Context) ([]worker.Backlog, error)
}

// New returns the handler of one receiver's webhooks. The channel must be one of the worker's.
func New(inbox Inbox, receiver marketplace.WebhookReceiver, options ...Option) http.Handler {
	settings := config{
		maxBody: 1 << 20, inFlight: 64, maxBacklog: 100_000, patience: 10 * time.Second,
		event: EventOf, log: slog.New(slog.DiscardHandler),
	}
	for _, option := range options {
		option(&settings)
	}
	channel := receiver.Channel().String()
	return &handler{
		config: settings, receiver: receiver, inbox: inbox, channel: channel,
		slots: make(chan struct{}, settings.inFlight), gauge: gauge{inbox: inbox, channel: channel},
	}
}

type handler struct {
	config
	receiver marketplace.WebhookReceiver
	inbox    Inbox
	channel  string
	slots    chan struct{}
	gauge    gauge
}

// ServeHTTP implements [http.Handler].
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		h.refuse(w, r, http.StatusMethodNotAllowed, nil)
		return
	}
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	default:
		h.later(w, r, errors.New("too many deliveries at once"))
		return
	}
	// A sender that hangs up does not undo what is being accepted.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), h.patience)
	defer cancel()
	if h.maxBacklog > 0 && h.gauge.read(ctx) > h.maxBacklog {
		h.later(w, r, errors.New("too much waits"))
		return
	}
	body, status, err := h.body(w, r)
	if err != nil {
		h.refuse(w, r, status, err)
		return
	}
	notices, err := h.receiver.ReceiveWebhook(ctx, r.Header, body)
	if err != nil {
		h.refused(w, r, err)
		return
	}
	events, err := h.events(notices, time.Now())
	if err != nil {
		h.refuse(w, r, http.StatusBadRequest, err)
		return
	}
	for part := range slices.Chunk(events, worker.MaxPage) {
		if _, err := h.inbox.Ingest(ctx, part...); err != nil {
			if invalid := (*worker.InvalidError)(nil); errors.As(err, &invalid) {
				h.refuse(w, r, http.StatusBadRequest, err)
				return
			}
			h.later(w, r, err)
			return
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

// body reads the whole body, or says with which status to refuse it.
func (h *handler) body(w http.ResponseWriter, r *http.Request) ([]byte, int, error) {
	if r.ContentLength > h.maxBody {
		return nil, http.StatusRequestEntityTooLarge, errors.New("the body is too large")
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(h.patience)) // not every server can
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, http.StatusRequestEntityTooLarge, err
	case err != nil:
		return nil, http.StatusBadRequest, err
	}
	return body, 0, nil
}

var errWindow = errors.New("the delivery is outside of the replay window: see that the sender's clock is right")

func (h *handler) events(notices []marketplace.Notice, now time.Time) ([]worker.Event, error) {
	var events []worker.Event
	for _, notice := range notices {
		if h.window > 0 && !notice.At.IsZero() && now.Sub(notice.At).Abs() > h.window {
			return nil, errWindow
		}
		if event, wanted := h.event(notice); wanted {
			events = append(events, event)
		}
	}
	return events, nil
}

// refused answers what the adapter refused.
func (h *handler) refused(w http.ResponseWriter, r *http.Request, err error) {
	switch marketplace.CodeOf(err) {
	case marketplace.CodeUnauthenticated, marketplace.CodePermission:
		h.refuse(w, r, http.StatusUnauthorized, err)
	case marketplace.CodeInvalid:
		h.refuse(w, r, http.StatusBadRequest, err)
	default:
		h.later(w, r, err)
	}
}

func (h *handler) later(w http.ResponseWriter, r *http.Request, err error) {
	w.Header().Set("Retry-After", strconv.Itoa(int(retryAfter.Seconds())))
	h.refuse(w, r, http.StatusServiceUnavailable, err)
}

// refuse logs why and answers the status alone: the reason is not for who sent the request.
func (h *handler) refuse(w http.ResponseWriter, r *http.Request, status int, err error) {
	reason := ""
	if err != nil {
		reason = worker.Scrub(err.Error())
	}
	h.log.WarnContext(r.Context(), "webhook refused", "channel", h.channel, "status", status, "error", reason)
	http.Error(w, http.StatusText(status), status)
}

// gauge reads how much waits, at most once a second.
type gauge struct {
	inbox   Inbox
	channel string

	mu      sync.Mutex
	at      time.Time
	waiting int
}

// read returns the last known depth. What cannot be read is not too long: accepting tells whether the ledger is there.
func (g *gauge) read(ctx context.Context) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	if time.Since(g.at) < time.Second {
		return g.waiting
	}
	g.at = time.Now()
	backlog, err := g.inbox.Backlog(ctx)
	if err != nil {
		return g.waiting
	}
	g.waiting = 0
	for _, each := range backlog {
		if each.Channel == g.channel {
			g.waiting += each.Pending
		}
	}
	return g.waiting
}
