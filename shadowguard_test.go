package retailsync_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/sale"
)

// writeGuard lets nothing through that writes, and remembers it: to Odoo, to a channel, to the store and to the journal.
type writeGuard struct {
	mu sync.Mutex
	// wrote are what was refused, calls how much was let through to Odoo.
	wrote []string
	calls int
}

func (g *writeGuard) refuse(what string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.wrote = append(g.wrote, what)
	return errors.New("the test lets nothing write: " + what)
}

// wantNothing fails the test if anything was to be written, or if the guard was not in the way of Odoo.
func (g *writeGuard) wantNothing(t *testing.T) {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.wrote) > 0 {
		t.Errorf("it wrote: %v", g.wrote)
	}
	if g.calls == 0 {
		t.Error("nothing was read of Odoo through the guard")
	}
}

// readMethods are the methods of Odoo's models that write nothing.
var readMethods = []string{"search", "search_read", "web_search_read", "read", "search_count", "fields_get", "read_group", "get_contextual_price", "onchange", "context_get", "get_external_id"}

// odooMethod is the model's method that a request to Odoo calls, "" for its common services. Of a load it is "search" if it asks for orders by their
// External IDs and gives no values, which Odoo refuses for all that do not exist.
func odooMethod(path string, body []byte) string {
	var fields struct {
		Fields []string `json:"fields"`
	}
	method, model := "", ""
	if rest, ok := strings.CutPrefix(path, "/json/2/"); ok {
		model, method, _ = strings.Cut(rest, "/")
		_ = json.Unmarshal(body, &fields) // what cannot be read has no fields
	} else if path != "/jsonrpc" {
		return "" // what a server says of itself
	} else {
		var request struct {
			Params struct {
				Service string            `json:"service"`
				Args    []json.RawMessage `json:"args"`
			} `json:"params"`
		}
		if json.Unmarshal(body, &request) != nil {
			return "unreadable"
		}
		if request.Params.Service != "object" {
			return ""
		}
		args := request.Params.Args
		if len(args) < 6 || json.Unmarshal(args[3], &model) != nil || json.Unmarshal(args[4], &method) != nil {
			return "unreadable"
		}
		var positional []json.RawMessage
		if json.Unmarshal(args[5], &positional) == nil && len(positional) > 0 {
			_ = json.Unmarshal(positional[0], &fields.Fields)
		}
		if len(args) > 6 && fields.Fields == nil {
			_ = json.Unmarshal(args[6], &fields)
		}
	}
	if method == "load" && model == "sale.order" && slices.Equal(fields.Fields, []string{"id"}) {
		return "search"
	}
	return method
}

// RoundTrip implements http.RoundTripper for Odoo.
func (g *writeGuard) RoundTrip(request *http.Request) (*http.Response, error) {
	var body []byte
	if request.Body != nil {
		var err error
		if body, err = io.ReadAll(request.Body); err != nil {
			return nil, err
		}
		request.Body = io.NopCloser(bytes.NewReader(body))
	}
	if method := odooMethod(request.URL.Path, body); method != "" && !slices.Contains(readMethods, method) {
		return nil, g.refuse("Odoo: " + method)
	}
	g.mu.Lock()
	g.calls++
	g.mu.Unlock()
	return http.DefaultTransport.RoundTrip(request)
}

func (g *writeGuard) client() odoo.Option {
	return odoo.WithHTTPClient(&http.Client{Transport: g})
}

// channel is a transport for adapters of channels.
func (g *writeGuard) channel() http.RoundTripper {
	return roundTripper(func(request *http.Request) (*http.Response, error) {
		if request.Method != http.MethodGet {
			return nil, g.refuse("the channel: " + request.Method + " " + request.URL.Path)
		}
		return http.DefaultTransport.RoundTrip(request)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

// options are those of a connector that may write to neither store nor journal.
func (g *writeGuard) options(store idempotency.Store) []retailsync.Option {
	return []retailsync.Option{retailsync.WithStore(guardedStore{store.(fullStore), g}), retailsync.WithJournal(guardedJournal{g})}
}

type guardedJournal struct{ guard *writeGuard }

func (j guardedJournal) Append(_ context.Context, events ...canonical.Event) error {
	return j.guard.refuse(fmt.Sprintf("the journal: %d events", len(events)))
}

type fullStore interface {
	idempotency.Store
	idempotency.CursorStore
	idempotency.RevisionStore
}

// guardedStore is a store that refuses to be written to.
type guardedStore struct {
	fullStore
	guard *writeGuard
}

func (s guardedStore) Acquire(_ context.Context, key idempotency.Key, _ idempotency.Fingerprint, _ time.Duration) (idempotency.Claim, idempotency.Record, idempotency.Outcome, error) {
	return idempotency.Claim{}, idempotency.Record{}, "", s.guard.refuse("the store: claim " + key.String())
}

func (s guardedStore) PutCursor(_ context.Context, name, _ string) error {
	return s.guard.refuse("the store: cursor " + name)
}

func (s guardedStore) PutRevision(_ context.Context, key idempotency.Key, _ idempotency.Revision) (bool, error) {
	return false, s.guard.refuse("the store: revision " + key.String())
}

func (s guardedStore) PutRevisions(context.Context, []idempotency.KeyedRevision) ([]bool, error) {
	return nil, s.guard.refuse("the store: revisions")
}

// The guard itself: it refuses what writes.
func TestGuardRefuses(t *testing.T) {
	t.Parallel()
	for _, series := range []int{19, 14} {
		db, guard := inProcess(t, series), &writeGuard{}
		erp := db.dial(t, guard.client())
		if _, err := odoo.Invoke[[]int64](t.Context(), erp, odoo.Call{Model: "res.partner", Method: "create", Args: odoo.Args{"vals_list": []any{map[string]any{"name": "x"}}}}); err == nil {
			t.Error("it lets a record be made")
		}
		if _, err := sale.FindByExternalID(t.Context(), erp, []odoo.ExternalID{{Module: "retailsync", Name: "none"}}); err != nil {
			t.Error(err)
		}
		if _, err := sale.Insert(t.Context(), erp, []sale.Draft{{ExternalID: odoo.ExternalID{Module: "retailsync", Name: "none"}, Customer: sale.PartnerRef{ID: 1}}}); err == nil && len(guard.wrote) < 2 {
			t.Error("it lets an order be made")
		}
		if _, err := odoo.Invoke[[]int64](t.Context(), erp, odoo.Call{Model: "res.partner", Method: "search", Args: odoo.Args{"domain": odoo.Domain{}}}); err != nil {
			t.Error(err)
		}
		if guard.wrote == nil || guard.calls == 0 {
			t.Errorf("%v refused, %d calls", guard.wrote, guard.calls)
		}
	}
}

// differing keeps what differs of the things whose names begin with one of some words, as lines.
type differing struct {
	of    []string
	lines []string
}

func (d *differing) run() retailsync.ShadowRun {
	return retailsync.ShadowRun{OnDiffering: func(result retailsync.ShadowResult) {
		if slices.ContainsFunc(d.of, func(word string) bool { return strings.HasPrefix(result.Name, word) }) {
			d.lines = append(d.lines, result.String())
		}
	}}
}

// take returns what was kept, and forgets it.
func (d *differing) take() string {
	text := strings.Join(d.lines, "\n")
	d.lines = nil
	return text
}
