package web

import (
	"context"
	"embed"
	"log/slog"
	"net/http"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/examples/hub/state"
	"github.com/retailsync/retailsync/returns"
	"github.com/retailsync/retailsync/worker"
)

// Worker is the part of a [worker.Worker] that the pages need.
type Worker interface {
	Backlog(ctx context.Context) ([]worker.Backlog, error)
	Pauses(ctx context.Context) ([]worker.Pause, error)
	Pause(ctx context.Context, channel string, decision worker.Decision) error
	Resume(ctx context.Context, channel string, decision worker.Decision) error
	Find(ctx context.Context, filter worker.Filter) ([]worker.Record, error)
	Explain(ctx context.Context, seq int64) (worker.Explanation, error)
	Replay(ctx context.Context, filter worker.Filter, decision worker.Decision, dry bool) ([]worker.Record, error)
	Discard(ctx context.Context, filter worker.Filter, decision worker.Decision, dry bool) ([]worker.Record, error)
}

// State is the part of a [state.Database] that the pages need.
type State interface {
	Flows(ctx context.Context) ([]state.Flow, error)
	Drifts(ctx context.Context, since time.Time) ([]state.Drift, error)
	Stuck(ctx context.Context) ([]state.Stuck, error)
	Exceptions(ctx context.Context) ([]state.Exception, error)
	FindOrders(ctx context.Context, word string) ([]state.Name, error)
	LatestOrders(ctx context.Context, most int) ([]state.Name, error)
	NamesOf(ctx context.Context, order canonical.Key) ([]state.Name, error)
	Readings(ctx context.Context) ([]state.Reading, error)
}

// Channel is a connected account with its flows.
type Channel struct {
	Key canonical.Channel
	// Title is what people call it, About a line about it, if there is something to say.
	Title, About string
	Flows        []Flow
}

// Flow is one that runs by the clock.
type Flow struct {
	// Name is the kind of its events, Title what people call it, When its schedule in words.
	Name, Title, When string
	// Kind is that of the events of a flow that runs by no clock.
	Kind string
	// Next is when it runs the first time after another; nil of one that runs by no clock.
	Next func(after time.Time) time.Time
}

// Link leads to what other programs show.
type Link struct{ Title, Address string }

// Config is what the pages are made of. All fields but Links are needed.
type Config struct {
	// Token is the password.
	Token    string
	Worker   Worker
	State    State
	Channels []Channel
	// Timeline returns the story of an order, oldest first.
	Timeline func(ctx context.Context, order canonical.Key) ([]canonical.Event, error)
	// Case returns what is known of a return.
	Case func(ctx context.Context, key canonical.Key) (returns.Case, error)
	// Inspect tells a return what a person has found. What does not fit is a [*returns.Refusal]; telling it again changes nothing.
	Inspect func(ctx context.Context, key canonical.Key, by string, events ...returns.Event) error
	// RunNow hands in one run of a flow for who wants it.
	RunNow func(ctx context.Context, channel, flow, by string) (int64, error)
	// OpenItems are what is open with the payment provider by Odoo's books.
	OpenItems func(ctx context.Context) ([]retailsync.OpenSettlementItem, error)
	Links     []Link
	// Started is when the process began.
	Started time.Time
	Log     *slog.Logger
}

//go:embed assets
var assets embed.FS

// New returns the handler of all pages.
func New(config Config) (http.Handler, error) {
	s := &server{Config: config, forms: newForms(config.Token), now: time.Now}
	var err error
	if s.pages, err = parsePages(s.title); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.overview)
	mux.HandleFunc("GET /channels/{name}/{account}", s.channel)
	mux.HandleFunc("POST /channels/{name}/{account}/pause", s.pause)
	mux.HandleFunc("POST /channels/{name}/{account}/resume", s.resume)
	mux.HandleFunc("POST /channels/{name}/{account}/run", s.run)
	mux.HandleFunc("GET /letters", s.letters)
	mux.HandleFunc("GET /letters/{seq}", s.letter)
	mux.HandleFunc("GET /letters/decide", s.ask)
	mux.HandleFunc("POST /letters/decide", s.decide)
	mux.HandleFunc("GET /orders", s.orders)
	mux.HandleFunc("GET /orders/{name}/{account}/{id}", s.order)
	mux.HandleFunc("GET /returns/{name}/{account}/{id}", s.aReturn)
	mux.HandleFunc("POST /returns/{name}/{account}/{id}/inspect", s.inspect)
	mux.HandleFunc("GET /stock", s.stock)
	mux.HandleFunc("GET /settlements", s.settlements)
	mux.Handle("GET /assets/", http.FileServerFS(assets))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.sorry(w, r, http.StatusNotFound, nil) })
	return headers(Authenticated(config.Token, http.NewCrossOriginProtection().Handler(s.checked(mux)))), nil
}

type server struct {
	Config
	pages pages
	forms forms
	now   func() time.Time
}

// policy is what a browser may load and do here: styles and images of ours, forms to us, and nothing else.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
