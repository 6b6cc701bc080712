package cloudevents_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/cloudevents"
	"github.com/retailsync/retailsync/worker/river"
)

// The variables that make a run of this test binary a process that publishes.
const (
	crashFolder = "RETAILSYNC_EVENTS_FOLDER"
	crashSchema = "RETAILSYNC_EVENTS_SCHEMA" // in PostgreSQL; empty for a file of SQLite
	crashDesk   = "RETAILSYNC_EVENTS_DESK"
)

const (
	crashEvents = 120
	crashOrders = 6
	crashKills  = 6
)

var journalKey = []byte("the key of the journal's seals")

// TestKilledProcesses kills a process that journals, publishes and delivers with SIGKILL, again and again, at no chosen place: within a line of
// the journal, between journal and ledger, between ledger and receiver, between receiver and ledger. Each process hands in again what the journal holds.
// At the end the receiver has what the journal has, under one id each, and of each order in the order in which it happened.
func TestKilledProcesses(t *testing.T) {
	t.Parallel()
	if folder := os.Getenv(crashFolder); folder != "" {
		crashChild(t, folder, os.Getenv(crashSchema), os.Getenv(crashDesk))
		return
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		killAll(t, "")
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		killAll(t, newSchema(t))
	})
}

func killAll(t *testing.T, schema string) {
	folder := t.TempDir()
	var calls atomic.Int32
	desk := &receiver{key: oldKey, answer: func(w http.ResponseWriter, r *http.Request) {
		switch n := calls.Add(1); {
		case n%7 == 0:
			w.WriteHeader(http.StatusServiceUnavailable)
		case n%5 == 0: // it has the message, and the sender does not know
			connection, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				connection.Close()
			}
		}
	}}
	server := httptest.NewServer(desk)
	defer server.Close()
	begin := func() *exec.Cmd {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledProcesses$")
		child.Env = append(os.Environ(), crashFolder+"="+folder, crashSchema+"="+schema, crashDesk+"="+server.URL)
		child.Stdout, child.Stderr = os.Stderr, os.Stderr
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		return child
	}
	for range crashKills {
		child := begin()
		// Each process gets somewhere, but for one that waits for what the one before has left behind.
		enough, patience := calls.Load()+1+rand.Int32N(12), time.Now().Add(4*time.Second)
		for calls.Load() < enough && time.Now().Before(patience) {
			time.Sleep(time.Duration(1+rand.IntN(20)) * time.Millisecond)
		}
		_ = child.Process.Kill()
		_ = child.Wait()
	}
	before := len(desk.all(t))
	last := begin()
	defer func() {
		_ = last.Process.Kill()
		_ = last.Wait()
	}()
	seen := func() map[string]bool {
		ids := map[string]bool{}
		for _, id := range desk.ids(t) {
			ids[id] = true
		}
		return ids
	}
	eventually(t, "all events have come", func() bool { return len(seen()) >= crashEvents })

	file, err := os.Open(filepath.Join(folder, "journal"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	journalled := map[string]bool{}
	if _, err := retailsync.VerifyJournal(file, journalKey, func(e canonical.Event) error { journalled[e.ID] = true; return nil }); err != nil {
		t.Fatal(err)
	}
	got := desk.all(t)
	messages, next := map[string]received{}, map[string]int{}
	for _, each := range got {
		id := each.event.ID()
		if !journalled[id] {
			t.Errorf("event %s came and is not in the journal", id)
		}
		if first, again := messages[id]; again {
			if first.id != each.id || first.body != each.body {
				t.Errorf("event %s came again otherwise", id)
			}
			continue
		}
		messages[id] = each
		order, n := placeOf(t, id)
		if n != next[order] {
			t.Errorf("order %s: event %d came first when %d was next", order, n, next[order])
		}
		next[order] = n + 1
	}
	if len(messages) != crashEvents || len(journalled) != crashEvents {
		t.Errorf("%d events journalled, %d came, want %d", len(journalled), len(messages), crashEvents)
	}
	t.Logf("%d processes killed; %d requests for %d events, %d of them before the last process", crashKills, len(got), len(messages), before)
}

// placeOf reads an id as "order/n".
func placeOf(t *testing.T, id string) (string, int) {
	t.Helper()
	order, place, _ := strings.Cut(id, "/")
	var n int
	if _, err := fmt.Sscan(place, &n); err != nil {
		t.Fatal(err)
	}
	return order, n
}

// crashChild is a process: it opens the journal, hands in again what is there, and goes on with what is not, until it is killed.
func crashChild(t *testing.T, folder, schema, desk string) {
	file, err := os.OpenFile(filepath.Join(folder, "journal"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := retailsync.OpenSealedJournal(file, journalKey)
	if err != nil {
		t.Fatal(err)
	}
	store := crashStore(t, folder, schema)
	publisher, err := cloudevents.New([]cloudevents.Subscription{{Name: "desk", URL: desk, Events: []string{"order.*"}, Keys: cloudevents.FixedKeys(keyOf(t, oldKey))}})
	if err != nil {
		t.Fatal(err)
	}
	w, err := worker.New(store.Ledger(), store.Engine(), publisher.Channels(),
		worker.WithLease(3*time.Second), worker.WithTaskTime(4*time.Second), worker.WithSweep(time.Second, 3*time.Second),
		worker.WithBreaker(worker.Breaker{Open: 500 * time.Millisecond}))
	if err != nil {
		t.Fatal(err)
	}
	policy := worker.Policy{FirstDelay: 20 * time.Millisecond, MaxDelay: 100 * time.Millisecond, Timeout: 3 * time.Second}
	if err := w.Handle(cloudevents.Kind, publisher.Deliver, policy); err != nil {
		t.Fatal(err)
	}
	if err := w.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	journal := publisher.Journal(w, sealed)
	again, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	if _, err := retailsync.VerifyJournal(strings.NewReader(string(again)), journalKey, func(e canonical.Event) error {
		there[e.ID] = true
		return journal.Publish(t.Context(), e)
	}); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatal(err)
	}
	for n := range crashEvents {
		id := fmt.Sprintf("%d/%d", n%crashOrders, n/crashOrders)
		if there[id] {
			continue
		}
		if err := journal.Append(t.Context(), happened(id, canonical.EventOrderUpdated, fmt.Sprint(n%crashOrders))); err != nil {
			t.Error(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	for parent := os.Getppid(); os.Getppid() == parent; { // until it is killed, or the parent has ended
		time.Sleep(100 * time.Millisecond)
	}
}

func crashStore(t *testing.T, folder, schema string) *river.Store {
	options := []river.Option{river.WithPoll(50 * time.Millisecond), river.WithRescue(5 * time.Second)}
	if schema != "" {
		return openPostgres(t, schema, options...)
	}
	store, err := river.OpenSQLite(t.Context(), filepath.Join(folder, "worker.db"), options...)
	if err != nil {
		t.Fatal(err)
	}
	return store
}
