package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/examples/hub/state"
	"github.com/retailsync/retailsync/examples/hub/web"
	"github.com/retailsync/retailsync/returns"
	"github.com/retailsync/retailsync/worker"
)

const (
	token = "a-token-for-tests-only-0123456789"
	// evil is what somebody from outside would have the pages show.
	evil = `<script>alert("1")</script><img src=x onerror=alert(1)>`
)

var shop = canonical.Channel{Name: "shop", Account: "main"}

// world is the pages over a worker in memory.
type world struct {
	*httptest.Server
	worker *worker.Worker
	state  *state.Database
	// healed has the handler of orders succeed.
	healed atomic.Bool

	mu   sync.Mutex
	runs []string
	// told are what returns were told, refuses whether they refuse it.
	told    []string
	refuses error
}

func open(t *testing.T) *world {
	t.Helper()
	w := &world{}
	var err error
	if w.worker, err = worker.New(worker.NewMemory(), worker.NewMemoryEngine(), []worker.Channel{{Name: shop.String()}, {Name: "desk/main"}}); err != nil {
		t.Fatal(err)
	}
	handler := func(context.Context, worker.Delivery) error {
		if w.healed.Load() {
			return nil
		}
		return worker.AskPerson(errors.New("no rule for "+evil), worker.RunbookRules)
	}
	for _, kind := range []string{"order", "return"} {
		if err := w.worker.Handle(kind, handler, worker.Policy{OnDead: worker.SkipEvent}); err != nil {
			t.Fatal(err)
		}
	}
	if w.state, err = state.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "hub.db")); err != nil {
		t.Fatal(err)
	}
	handlers, err := web.New(web.Config{
		Token: token, Worker: w.worker, State: w.state, Started: time.Now(), Log: slog.New(slog.DiscardHandler),
		Channels: []web.Channel{
			{Key: shop, Title: "Shop " + evil, Flows: []web.Flow{
				{Name: "reconcile-stock", Title: "Stock compared", When: "nightly 02:10", Next: worker.Every(time.Hour).Next},
				{Name: "import-settlements", Title: "Settlements", When: "every 1h", Next: worker.Every(time.Hour).Next},
			}},
			{Key: canonical.Channel{Name: "desk", Account: "main"}, Title: "Desk"},
		},
		Timeline: func(ctx context.Context, order canonical.Key) ([]canonical.Event, error) {
			return w.state.OrderEvents(ctx, order)
		},
		Case: func(_ context.Context, key canonical.Key) (returns.Case, error) {
			if key.ID == "none" {
				return returns.Case{Key: key}, nil
			}
			one, two := decimal.One, decimal.Two
			return returns.Case{
				Lines: []returns.CaseLine{
					{ID: "1", SKU: "A" + evil, Reason: evil, Requested: two, Approved: two, Found: map[canonical.Disposition]decimal.Decimal{canonical.DispositionDamaged: one}},
					{ID: "2", SKU: "KEPT", Requested: one, Approved: one, Keep: true},
					{ID: "3", SKU: "DONE", Requested: one, Approved: one, Found: map[canonical.Disposition]decimal.Decimal{canonical.DispositionMissing: one}},
					{ID: "4", SKU: "CLOTH", Requested: decimal.Ten, Approved: decimal.MustParse("2.5")},
				},
				Key: key, Number: "RMA " + evil, Waits: []returns.Wait{{Gate: returns.GateGoods, Why: "one unit has not arrived"}, {Gate: returns.GatePerson, Why: "a person"},
					{Gate: returns.GateMoney, Why: "the buyer is asked to pay 9.38 EUR at https://pay.example.com/1" + evil}},
				Questions: []returns.Question{{ID: "1", Text: "does the money go back?"}, {ID: "2", Text: "was answered", Answer: returns.AnswerPays}},
			}, nil
		},
		Inspect: func(_ context.Context, key canonical.Key, by string, events ...returns.Event) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.told = append(w.told, fmt.Sprint(key, " ", by, " ", events))
			return w.refuses
		},
		RunNow: func(_ context.Context, channel, flow, by string) (int64, error) {
			if flow != "reconcile-stock" {
				return 0, &worker.InvalidError{Field: "flow", Reason: "is not there"}
			}
			w.mu.Lock()
			defer w.mu.Unlock()
			w.runs = append(w.runs, channel+" "+flow+" "+by)
			return 1, nil
		},
		OpenItems: func(context.Context) ([]retailsync.OpenSettlementItem, error) {
			return []retailsync.OpenSettlementItem{{Reason: retailsync.OpenPayout, Settlement: evil, Currency: "JPY", Amount: decimal.MustParse("59"), NextStep: evil}}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Server = httptest.NewServer(handlers)
	w.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if err := w.worker.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.Close()
		if err := w.worker.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		if err := w.state.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// accept hands an event in and waits until it is in a state.
func (w *world) accept(t *testing.T, id, channel, kind, key string, wanted worker.State) int64 {
	t.Helper()
	receipts, err := w.worker.Ingest(t.Context(), worker.Event{
		Source: evil, ID: id, Channel: channel, Kind: kind, Key: key, Class: worker.Orders, Payload: []byte(`{"email":"buyer@example.com","sku":"A"}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.wait(t, receipts[0].Seq, wanted)
	return receipts[0].Seq
}

// wait waits until an event is in a state.
func (w *world) wait(t *testing.T, seq int64, wanted worker.State) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range 4000 {
		if w.stateOf(t, seq) == wanted {
			return
		}
		<-tick.C
	}
	t.Fatalf("event %d is %s, want %s", seq, w.stateOf(t, seq), wanted)
}

func (w *world) stateOf(t *testing.T, seq int64) worker.State {
	t.Helper()
	found, err := w.worker.Find(t.Context(), worker.Filter{Seqs: []int64{seq}})
	if err != nil || len(found) != 1 {
		t.Fatalf("%d events %d: %v", len(found), seq, err)
	}
	return found[0].State
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   string
}

// do sends a request, with the name and the password unless edit says otherwise.
func (w *world) do(t *testing.T, method, path string, form url.Values, edit func(*http.Request)) reply {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, w.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth("Ada Lovelace", token)
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if edit != nil {
		edit(request)
	}
	response, err := w.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{response.StatusCode, response.Header, string(body)}
}

func (w *world) get(t *testing.T, path string) reply {
	t.Helper()
	return w.do(t, http.MethodGet, path, nil, nil)
}

var formToken = regexp.MustCompile(`name="form" value="([^"]+)"`)

// send posts a form as the page shows it, with the page's token.
func (w *world) send(t *testing.T, page, path string, form url.Values) reply {
	t.Helper()
	found := formToken.FindStringSubmatch(w.get(t, page).body)
	if found == nil {
		t.Fatalf("%s has no form", page)
	}
	form.Set("form", found[1])
	return w.do(t, http.MethodPost, path, form, nil)
}
