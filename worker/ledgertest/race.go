package ledgertest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/retailsync/retailsync/worker"
)

func raceCases() []testCase {
	return []testCase{
		{"an event that comes from all sides at once is accepted once", func(t *testing.T, h Harness) {
			ledgers := h.several()
			var mu sync.Mutex
			accepted := map[string]int64{}
			firsts := 0
			var group sync.WaitGroup
			for n := range 8 {
				group.Go(func() {
					for i := range 10 {
						batch := []worker.Event{event("a", i), event("b", i)}
						if n%2 == 1 { // the other way round, so that locks meet
							batch[0], batch[1] = batch[1], batch[0]
						}
						receipts, err := ledgers[n%len(ledgers)].Accept(t.Context(), batch, nil)
						if err != nil {
							t.Error(err)
							return
						}
						mu.Lock()
						for j, receipt := range receipts {
							if seq, known := accepted[batch[j].ID]; known && seq != receipt.Seq {
								t.Errorf("event %s has numbers %d and %d", batch[j].ID, seq, receipt.Seq)
							}
							accepted[batch[j].ID] = receipt.Seq
							if !receipt.Duplicate {
								firsts++
							}
						}
						mu.Unlock()
					}
				})
			}
			group.Wait()
			if firsts != 20 || len(accepted) != 20 {
				t.Errorf("%d of 20 events accepted as new", firsts)
			}
		}},
		{"owners take turns and keep the order", func(t *testing.T, h Harness) {
			const keys, each = 4, 12
			ledgers := h.several()
			var mu sync.Mutex
			order := map[string][]int64{}
			tokens := map[string]int64{}
			working := map[string]bool{}
			tasks := make(chan worker.Task, keys*each)
			var producers, consumers sync.WaitGroup
			for k := range keys {
				producers.Go(func() {
					for i := range each {
						receipts, err := ledgers[k%len(ledgers)].Accept(t.Context(), []worker.Event{event(fmt.Sprint(k), i)}, nil)
						if err != nil {
							t.Error(err)
							return
						}
						tasks <- worker.Task{Seq: receipts[0].Seq, Channel: shop, Key: fmt.Sprint(k), Class: worker.Orders}
					}
				})
			}
			go func() {
				producers.Wait()
				close(tasks)
			}()
			for n := range 6 {
				consumers.Go(func() {
					ledger := ledgers[n%len(ledgers)]
					for task := range tasks {
						for done := false; !done; {
							done = turn(t, ledger, task, func(key string, seq, token int64) func() {
								mu.Lock()
								defer mu.Unlock()
								if working[key] || tokens[key] > token {
									t.Errorf("key %s: two at work, or token %d after %d", key, token, tokens[key])
								}
								working[key], tokens[key] = true, token
								order[key] = append(order[key], seq)
								return func() {
									mu.Lock()
									defer mu.Unlock()
									working[key] = false
								}
							})
						}
					}
				})
			}
			consumers.Wait()
			for k := range keys {
				got := order[fmt.Sprint(k)]
				if len(got) != each {
					t.Fatalf("key %d: %d events handled, want %d", k, len(got), each)
				}
				for i := 1; i < len(got); i++ {
					if got[i] <= got[i-1] {
						t.Errorf("key %d: handled in the order %v", k, got)
					}
				}
			}
		}},
	}
}

// several opens the same data more than once where that is possible.
func (h Harness) several() []worker.Ledger {
	if h.Another == nil {
		return []worker.Ledger{h.Ledger}
	}
	return []worker.Ledger{h.Ledger, h.Another()}
}

// turn handles what a task finds; false if it has to come again.
func turn(t *testing.T, ledger worker.Ledger, task worker.Task, begin func(key string, seq, token int64) func()) bool {
	ctx := context.WithoutCancel(t.Context())
	hold, err := ledger.Take(ctx, task, "tester", long)
	if err != nil {
		t.Error(err)
		return true
	}
	switch hold.Status {
	case worker.Settled:
		return true
	case worker.Busy:
		return false
	case worker.Held:
	default:
		t.Errorf("hold %+v", hold)
		return true
	}
	for record := &hold.Record; record != nil; {
		end := begin(record.Key, record.Seq, hold.Lease.Token)
		end()
		if record, err = ledger.Settle(ctx, hold.Lease, worker.Settlement{Seq: record.Seq, State: worker.StateDone, By: "tester", More: true}); err != nil {
			t.Error(err)
			return true
		}
	}
	return true
}
