package retailsync

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/marketplace"
)

// resumption is what is kept between runs of one channel: the position, and the orders that failed.
type resumption struct {
	store  idempotency.CursorStore
	name   string
	cursor marketplace.Cursor // where this run began
	// reached is the position after the last page that was read.
	reached marketplace.Cursor

	mu     sync.Mutex
	failed map[string]bool
}

// maxPending bounds the failed orders that are kept for the next run. Beyond it the position is not
// moved on, so that nothing is lost.
const maxPending = 5_000

func (c *Connector) resumption(ctx context.Context, store idempotency.CursorStore, source marketplace.Adapter) (*resumption, error) {
	name := c.scope("orders", source.Channel())
	r := &resumption{store: store, name: name, failed: map[string]bool{}}
	cursor, err := store.Cursor(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("read cursor %s: %w", name, err)
	}
	r.cursor = marketplace.Cursor(cursor)
	pending, err := store.Cursor(ctx, name+"/failed")
	if err != nil {
		return nil, fmt.Errorf("read cursor %s/failed: %w", name, err)
	}
	if pending != "" {
		var ids []string
		if err := json.Unmarshal([]byte(pending), &ids); err != nil {
			return nil, fmt.Errorf("cursor %s/failed is damaged: %w: delete it and import the last days again", name, err)
		}
		for _, id := range ids {
			r.failed[id] = true
		}
	}
	return r, nil
}

// note remembers whether an order failed.
func (r *resumption) note(key canonical.Key, failed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if failed {
		r.failed[key.ID] = true
	} else {
		delete(r.failed, key.ID)
	}
}

// save stores the failed orders first and the position after them: a crash in between repeats, and loses
// nothing. After a run that was cut short the position stays.
func (r *resumption) save(ctx context.Context, whole bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	ids := slices.Sorted(maps.Keys(r.failed))
	full := len(ids) > maxPending
	if full {
		ids = ids[:maxPending]
	}
	pending, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	if err := r.store.PutCursor(ctx, r.name+"/failed", string(pending)); err != nil {
		return fmt.Errorf("store cursor %s/failed: %w", r.name, err)
	}
	if full {
		return fmt.Errorf("more than %d orders of %s fail: the position is not moved on until that is repaired", maxPending, r.name)
	}
	if !whole || r.reached == "" {
		return nil
	}
	if err := r.store.PutCursor(ctx, r.name, string(r.reached)); err != nil {
		return fmt.Errorf("store cursor %s: %w", r.name, err)
	}
	return nil
}

// retry takes the orders first that failed in earlier runs, if the channel can fetch single orders.
func (r *run) retry(resume *resumption) error {
	getter, ok := r.source.(marketplace.OrderGetter)
	if !ok {
		return nil
	}
	resume.mu.Lock()
	ids := slices.Sorted(maps.Keys(resume.failed))
	resume.mu.Unlock()
	return r.get(getter, ids)
}

func keyOf(source marketplace.Adapter, id string) canonical.Key {
	return canonical.Key{Channel: source.Channel(), ID: id}
}
