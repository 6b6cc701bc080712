package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/retailsync/retailsync/idempotency"
)

const (
	childEnv = "RETAILSYNC_SQLITE_TEST_FOLDER"
	effects  = 40
)

func effectKey(i int) idempotency.Key {
	return idempotency.Key{Scope: "test/kill", ID: fmt.Sprint(i)}
}

// TestKilledProcesses lets several processes bring about the same effects and kills them again and again.
// Each effect must be there exactly once: the look-up after a recovered claim makes it so.
func TestKilledProcesses(t *testing.T) {
	t.Parallel()
	if folder := os.Getenv(childEnv); folder != "" {
		work(t, folder)
		return
	}
	folder := t.TempDir()
	store := open(t, filepath.Join(folder, "store.db"))
	var group sync.WaitGroup
	kills := 0
	for process := range 3 {
		group.Go(func() {
			for life := 0; ; life++ {
				child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledProcesses$")
				child.Env = append(os.Environ(), childEnv+"="+folder)
				child.Stdout = os.Stderr
				if err := child.Start(); err != nil {
					t.Error(err)
					return
				}
				last := life == 4
				if !last {
					time.Sleep(time.Duration(150+50*process+37*life) * time.Millisecond)
					_ = child.Process.Kill() // SIGKILL; an error means that it ended by itself
				}
				err := child.Wait()
				if last || err == nil {
					if err != nil {
						t.Errorf("the child that was left alone failed: %v", err)
					}
					return
				}
			}
		})
	}
	group.Wait()
	recovered := 0
	counts := countEffects(t, folder)
	for i := range effects {
		record, err := store.Get(t.Context(), effectKey(i))
		if err != nil {
			t.Fatal(err)
		}
		if record.State != idempotency.StateCompleted || counts[effectKey(i).ID] != 1 {
			t.Errorf("effect %d: %s, there %d times, want completed and once", i, record.State, counts[effectKey(i).ID])
		}
		if record.Attempt > 1 {
			recovered++
		}
		kills += record.Attempt - 1
	}
	t.Logf("%d effects, %d of them recovered from killed processes, %d attempts lost", effects, recovered, kills)
}

// work is a child process: it brings about every effect, a line in a file each.
func work(t *testing.T, folder string) {
	store := open(t, filepath.Join(folder, "store.db"))
	op := idempotency.Op[string]{
		// Long enough that a busy machine does not stall a living owner beyond it: the effect could be doubled then.
		Lease: 1500 * time.Millisecond,
		Find: func(_ context.Context, claim idempotency.Claim) (string, bool, error) {
			return "found", countEffects(t, folder)[claim.Key.ID] > 0, nil
		},
		Apply: func(_ context.Context, claim idempotency.Claim) (string, error) {
			time.Sleep(5 * time.Millisecond) // a chance to be killed before
			file, err := os.OpenFile(filepath.Join(folder, "effects"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
			if err != nil {
				return "", err
			}
			_, err = fmt.Fprintln(file, claim.Key.ID)
			time.Sleep(5 * time.Millisecond) // and after the effect, before it is recorded
			return "applied", errors.Join(err, file.Close())
		},
	}
	for i := range effects {
		for {
			_, _, err := idempotency.Do(t.Context(), store, effectKey(i), "", op)
			if err == nil {
				break
			}
			if !errors.Is(err, idempotency.ErrInFlight) && !errors.Is(err, idempotency.ErrLeaseLost) {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
}

func countEffects(t *testing.T, folder string) map[string]int {
	counts := map[string]int{}
	file, err := os.Open(filepath.Join(folder, "effects"))
	if errors.Is(err, os.ErrNotExist) {
		return counts
	}
	if err != nil {
		t.Error(err)
		return counts
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		counts[lines.Text()]++
	}
	return counts
}
