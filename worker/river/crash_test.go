package river_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/river"
)

// The variables that make a run of this test binary a child that dies.
const (
	crashFolder = "RETAILSYNC_CRASH_FOLDER"
	crashSchema = "RETAILSYNC_CRASH_SCHEMA" // empty: SQLite in the folder
	crashPoint  = "RETAILSYNC_CRASH_POINT"
)

// mortal ends the process at one of the points that it passes: before and after each call of the ledger, within its transactions, and
// before and after an effect.
type mortal struct {
	worker.Ledger
	left atomic.Int64
}

func (m *mortal) pass() {
	if m.left.Add(-1) == 0 {
		os.Exit(137)
	}
}

func (m *mortal) Accept(ctx context.Context, events []worker.Event, within worker.Within) ([]worker.Receipt, error) {
	m.pass()
	defer m.pass()
	return m.Ledger.Accept(ctx, events, func(ctx context.Context, tx any, tasks []worker.Task) error {
		m.pass()
		defer m.pass()
		return within(ctx, tx, tasks)
	})
}

func (m *mortal) Take(ctx context.Context, task worker.Task, owner string, lease time.Duration) (worker.Hold, error) {
	m.pass()
	defer m.pass()
	return m.Ledger.Take(ctx, task, owner, lease)
}

func (m *mortal) Settle(ctx context.Context, lease worker.Lease, s worker.Settlement) (*worker.Record, error) {
	m.pass()
	defer m.pass()
	return m.Ledger.Settle(ctx, lease, s)
}

// effect is a line in a file: the far side, which outlives the process. It looks before it acts.
func effect(folder, line string) error {
	path := filepath.Join(folder, "effects")
	there, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if slices.Contains(strings.Split(string(there), "\n"), line) {
		return nil
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(file, line)
	return errors.Join(err, file.Close())
}

func crashEvents() []worker.Event {
	var events []worker.Event
	for i, key := range []string{"a", "b", "a", "a"} {
		events = append(events, worker.Event{Source: "crash", ID: fmt.Sprint(key, i), Channel: "shop/main", Kind: "order", Key: key, Class: worker.Orders})
	}
	return events
}

func crashStore(t *testing.T, folder, schema string) *river.Store {
	if schema == "" {
		return openSQLite(t, filepath.Join(folder, "worker.db"))
	}
	return openPostgres(t, newPool(t, 4), schema)
}

// crashRun ingests and handles all events with a worker whose ledger passes points.
func crashRun(t *testing.T, store *river.Store, folder string, ledger *mortal, lease time.Duration) {
	w, err := worker.New(ledger, store.Engine(), []worker.Channel{{Name: "shop/main"}}, worker.WithLease(lease))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Handle("order", func(_ context.Context, d worker.Delivery) error {
		ledger.pass()
		defer ledger.pass()
		return effect(folder, d.Event.ID)
	}, worker.Policy{}); err != nil {
		t.Fatal(err)
	}
	var tasks []worker.Task
	for _, event := range crashEvents() {
		receipts, err := w.Ingest(t.Context(), event)
		if err != nil {
			t.Fatal(err)
		}
		tasks = append(tasks, worker.Task{Seq: receipts[0].Seq, Channel: event.Channel, Key: event.Key, Class: event.Class})
	}
	for deadline := time.Now().Add(time.Minute); len(tasks) > 0; {
		if time.Now().After(deadline) {
			t.Fatal("the tasks do not end")
		}
		tasks = slices.DeleteFunc(tasks, func(task worker.Task) bool {
			err := w.Perform(t.Context(), task)
			var snooze *worker.Snooze
			if errors.As(err, &snooze) {
				time.Sleep(min(snooze.For, 20*time.Millisecond))
			}
			return err == nil
		})
	}
}

// TestCrashPoints ends a process at each point of ingest, lease, handler and commit, and lets another finish. Whatever the point, the
// end is the same.
func TestCrashPoints(t *testing.T) {
	t.Parallel()
	if folder := os.Getenv(crashFolder); folder != "" {
		ledger := &mortal{}
		point, _ := strconv.ParseInt(os.Getenv(crashPoint), 10, 64)
		store := crashStore(t, folder, os.Getenv(crashSchema))
		ledger.Ledger = store.Ledger()
		ledger.left.Store(point)
		crashRun(t, store, folder, ledger, 100*time.Millisecond)
		return
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		crashAll(t, func(*testing.T) string { return "" })
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		peer.PostgresURL(t)
		enter(t)
		crashAll(t, func(t *testing.T) string { return newSchema(t, newPool(t, 2)) })
	})
}

func crashAll(t *testing.T, newSchema func(*testing.T) string) {
	for point := 1; ; point++ {
		died := false
		t.Run(fmt.Sprint("point ", point), func(t *testing.T) { died = crashOnce(t, newSchema(t), point) })
		if t.Failed() {
			return
		}
		if !died {
			if point < 30 {
				t.Fatalf("only %d points: the run does too little", point-1)
			}
			t.Logf("%d points", point-1)
			return
		}
	}
}

// crashOnce reports whether the child reached the point and died there.
func crashOnce(t *testing.T, schema string, point int) (died bool) {
	folder := t.TempDir()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrashPoints$")
	child.Env = append(os.Environ(), crashFolder+"="+folder, crashSchema+"="+schema, fmt.Sprint(crashPoint, "=", point))
	var output bytes.Buffer
	child.Stdout, child.Stderr = &output, &output
	err := child.Run()
	var ended *exec.ExitError
	switch {
	case err == nil:
	case errors.As(err, &ended) && ended.ExitCode() == 137:
		died = true
	default:
		t.Fatalf("the child failed: %v\n%s", err, output.String())
	}
	store := crashStore(t, folder, schema)
	crashRun(t, store, folder, &mortal{Ledger: store.Ledger()}, 10*time.Second)
	checkCrash(t, store, folder)
	return died
}

func checkCrash(t *testing.T, store *river.Store, folder string) {
	records, err := store.Ledger().Find(t.Context(), worker.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var accepted []string
	for _, record := range records {
		accepted = append(accepted, fmt.Sprint(record.ID, " ", record.State))
		entries, err := store.Ledger().Audit(t.Context(), worker.AuditFilter{Seq: record.Seq})
		if err != nil || len(entries) != 2 {
			t.Errorf("event %s has the audit trail %+v, %v", record.ID, entries, err)
		}
	}
	if diff := cmp.Diff([]string{"a0 done", "b1 done", "a2 done", "a3 done"}, accepted); diff != "" {
		t.Errorf("inbox: %s", diff)
	}
	lines, err := os.ReadFile(filepath.Join(folder, "effects"))
	if err != nil {
		t.Fatal(err)
	}
	effects := strings.Fields(string(lines))
	slices.SortStableFunc(effects, func(a, b string) int { return strings.Compare(a[:1], b[:1]) })
	if diff := cmp.Diff([]string{"a0", "a2", "a3", "b1"}, effects); diff != "" {
		t.Errorf("effects: %s", diff)
	}
	// Event and River's job are one transaction: as many jobs as events, whatever the point.
	jobs, err := store.Jobs(t.Context())
	if err != nil || jobs != len(records) {
		t.Errorf("%d jobs of %d events, %v", jobs, len(records), err)
	}
}
