package river_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/river"
)

// The variables that make a run of this test binary a worker's process.
const (
	killFolder = "RETAILSYNC_KILL_FOLDER"
	killSchema = "RETAILSYNC_KILL_SCHEMA"
	killFar    = "RETAILSYNC_KILL_FAR"
)

// killFor is how long processes are killed; what they have accepted by then takes the machine longer to finish.
func killFor() time.Duration {
	if peer.Thorough() {
		return 6 * time.Second
	}
	return 3 * time.Second
}

// TestKilledProcesses lets two processes accept and handle events and kills them with SIGKILL again and again; then two more finish. The
// invariants I1 to I7 hold at the end. A kill does not test the disk: what the system has taken survives it.
func TestKilledProcesses(t *testing.T) {
	t.Parallel()
	if folder := os.Getenv(killFolder); folder != "" {
		killChild(t, folder, os.Getenv(killSchema), os.Getenv(killFar))
		return
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		folder := t.TempDir()
		killAll(t, openSQLite(t, filepath.Join(folder, "worker.db")), folder, "")
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		peer.PostgresURL(t)
		enter(t)
		pool := newPool(t, 4)
		schema := newSchema(t, pool)
		killAll(t, openPostgres(t, pool, schema), t.TempDir(), schema)
	})
}

func killAll(t *testing.T, store *river.Store, folder, schema string) {
	far := newFarSide()
	server := httptest.NewServer(far)
	defer server.Close()
	begin := func() *exec.Cmd {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledProcesses$")
		child.Env = append(os.Environ(), killFolder+"="+folder, killSchema+"="+schema, killFar+"="+server.URL)
		child.Stderr = os.Stderr
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		return child
	}
	var group sync.WaitGroup
	kills := make([]int, 2)
	end := time.Now().Add(killFor())
	for process := range kills {
		group.Go(func() {
			for time.Now().Before(end) {
				child := begin()
				time.Sleep(time.Duration(300+rand.IntN(1200)) * time.Millisecond)
				_ = child.Process.Kill()
				_ = child.Wait()
				kills[process]++
			}
		})
	}
	group.Wait()
	last := []*exec.Cmd{begin(), begin()}
	killSettled(t, store, far)
	before := far.snapshot()
	// I7: doing all again changes nothing.
	w, err := worker.New(store.Ledger(), store.Engine(), []worker.Channel{{Name: "shop/main"}})
	if err != nil {
		t.Fatal(err)
	}
	replayed, err := w.Replay(t.Context(), worker.Filter{States: []worker.State{worker.StateDone}}, worker.Decision{By: "test", Reason: "I7"}, false)
	if err != nil {
		t.Fatal(err)
	}
	killSettled(t, store, far)
	if after := far.snapshot(); after != before {
		t.Errorf("a replay of %d events changed the effects:\n%s\n%s", len(replayed), before, after)
	}
	for _, child := range last {
		_ = child.Process.Kill()
		_ = child.Wait()
	}
	far.check(t)
	killInbox(t, store, far)
	t.Logf("%d processes killed, %d events replayed", kills[0]+kills[1], len(replayed))
}

// killSettled waits until all events were accepted and none is pending.
func killSettled(t *testing.T, store *river.Store, far *farSide) {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		far.mu.Lock()
		accepted := len(far.accepted)
		far.mu.Unlock()
		backlog, err := store.Ledger().Backlog(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if accepted == total && len(backlog) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d events accepted, backlog %+v", accepted, total, backlog)
		}
	}
}

// killInbox checks that none vanished (I3) and that effects follow the inbox, key by key, without a gap (I4).
func killInbox(t *testing.T, store *river.Store, far *farSide) {
	inbox := map[string][]int{}
	seen := map[int]bool{}
	for filter := (worker.Filter{Kind: "order"}); ; {
		records, err := store.Ledger().Find(t.Context(), filter)
		if err != nil {
			t.Fatal(err)
		}
		for _, record := range records {
			n, err := strconv.Atoi(record.ID)
			if err != nil || record.State != worker.StateDone {
				t.Errorf("event %s is %s", record.ID, record.State)
			}
			inbox[record.Key] = append(inbox[record.Key], n)
			seen[n] = true
			filter.AfterSeq = record.Seq
		}
		if len(records) < worker.MaxPage {
			break
		}
	}
	if len(seen) != total {
		t.Errorf("the inbox has %d events, want %d", len(seen), total)
	}
	for key, want := range inbox {
		if got := far.order[key]; !slices.Equal(got, want) {
			t.Errorf("%s: effects in the order %v, accepted in the order %v", key, got, want)
		}
	}
}

// killChild is a process: it hands in events, and handles what is there, until it is killed.
func killChild(t *testing.T, folder, schema, url string) {
	store := crashStore(t, folder, schema)
	ask := func(call farCall) (answer farAnswer, err error) {
		body, _ := json.Marshal(call)
		reply, err := http.Post(url, "application/json", bytes.NewReader(body))
		if err != nil {
			return answer, err
		}
		defer reply.Body.Close()
		return answer, json.NewDecoder(reply.Body).Decode(&answer)
	}
	w, err := worker.New(store.Ledger(), store.Engine(), []worker.Channel{{Name: "shop/main", Workers: map[worker.Class]int{worker.Orders: 4, worker.Stock: 2}}},
		worker.WithLease(3*time.Second), worker.WithTaskTime(4*time.Second), worker.WithSweep(time.Second, 3*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	policy := worker.Policy{FirstDelay: 50 * time.Millisecond, MaxDelay: time.Second, MaxAttempts: 1000, Timeout: 3 * time.Second}
	order := func(_ context.Context, d worker.Delivery) error {
		n, err := strconv.Atoi(d.Event.ID)
		if err != nil {
			return err
		}
		call := farCall{N: n, Key: d.Event.Key, Token: d.Token, Op: "look"}
		answer, err := ask(call)
		if err != nil {
			return err
		}
		call.Op = "apply"
		if answer.Found {
			call.Op = "found"
		}
		_, err = ask(call)
		return err
	}
	// The level is read when the event is handled: it says only that something changed.
	stock := func(_ context.Context, d worker.Delivery) error {
		answer, err := ask(farCall{Op: "level", Key: d.Event.Key, Token: d.Token})
		if err != nil {
			return err
		}
		_, err = ask(farCall{Op: "publish", Key: d.Event.Key, Token: d.Token, Level: answer.Level})
		return err
	}
	for kind, handler := range map[string]worker.Handler{"order": order, "stock": stock} {
		if err := w.Handle(kind, handler, policy); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for {
		answer, err := ask(farCall{Op: "next"})
		if err != nil || answer.N == 0 {
			time.Sleep(100 * time.Millisecond)
			if _, gone := http.Get(url); gone != nil {
				return // the parent has ended
			}
			continue
		}
		n := answer.N
		events := []worker.Event{
			{Source: "far", ID: fmt.Sprint(n), Channel: "shop/main", Kind: "order", Key: fmt.Sprint("order/", n%keys), Class: worker.Orders},
			{Source: "far/stock", ID: fmt.Sprint(n), Channel: "shop/main", Kind: "stock", Key: fmt.Sprint("stock/", n%keys), Class: worker.Stock},
		}
		if _, err := w.Ingest(t.Context(), events...); err != nil {
			if !strings.Contains(err.Error(), "database is locked") {
				t.Log(err)
			}
			continue
		}
		_, _ = ask(farCall{Op: "accepted", N: n})
	}
}
