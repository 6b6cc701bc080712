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

	mu     sync.Mutex
	failed map[string]bool
	// pages are those that were read and are not behind the stored position, waits the pages whose orders are not dealt with, by the order's id.
	pages []*resumedPage
	waits map[string][]*resumedPage
	// err is why the position could not be stored.
	err error
}

// resumedPage is a page with the position after it, once that is known, and how many of its orders are not dealt with.
type resumedPage struct {
	after marketplace.Cursor
	read  bool
	open  int
}

// maxPending bounds the failed orders that are kept for the next run. Beyond it the position is not
// moved on, so that nothing is lost.
const maxPending = 5_000

func (c *Connector) resumption(ctx context.Context, store idempotency.CursorStore, source marketplace.Adapter) (*resumption, error) {
	name := c.scope("orders", source.Channel())
	r := &resumption{store: store, name: name, failed: map[string]bool{}, waits: map[string][]*resumedPage{}}
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

// turn begins a page.
func (r *resumption) turn() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pages = append(r.pages, &resumedPage{})
}

// expect notes that an order of the page that is being read is to be dealt with.
func (r *resumption) expect(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.pages) == 0 {
		return // it is one that failed in an earlier run
	}
	page := r.pages[len(r.pages)-1]
	page.open++
	r.waits[id] = append(r.waits[id], page)
}

// settle notes that the order is dealt with, in every page that it stood on.
func (r *resumption) settle(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, page := range r.waits[id] {
		page.open--
	}
	delete(r.waits, id)
}

// end notes where the page ends.
func (r *resumption) end(after marketplace.Cursor) {
	r.mu.Lock()
	defer r.mu.Unlock()
	page := r.pages[len(r.pages)-1]
	page.after, page.read = after, true
}

// advance stores the position behind the pages that are dealt with, if it has moved: a run that is cut short then goes on from there. What it
// cannot store, the end of the run tells.
func (r *resumption) advance(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.pages) > 0 && r.pages[0].read && r.pages[0].open == 0 && r.err == nil {
		r.err = r.put(context.WithoutCancel(ctx))
	}
}

// save stores what is known at the end of a run: also after one that was cut short the orders that failed are kept.
func (r *resumption) save(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return r.err
	}
	return r.put(ctx)
}

// put stores the failed orders first and the position after them: a crash in between repeats, and loses nothing. The position is that behind
// the pages of which every order is dealt with.
func (r *resumption) put(ctx context.Context) error {
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
	done := 0
	for done < len(r.pages) && r.pages[done].read && r.pages[done].open == 0 {
		done++
	}
	if done == 0 || r.pages[done-1].after == "" {
		return nil
	}
	if err := r.store.PutCursor(ctx, r.name, string(r.pages[done-1].after)); err != nil {
		return fmt.Errorf("store cursor %s: %w", r.name, err)
	}
	r.pages = r.pages[done:]
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
