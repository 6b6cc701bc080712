package worker

import (
	"context"
	"runtime"
	"sync"
	"time"
)

const (
	// gatherers is how many transactions accept events at once: while one commits, the next one fills.
	gatherers = 2
	// gatherPatience bounds one transaction; it may outlive the callers that it works for.
	gatherPatience = 30 * time.Second
)

// gathering accepts the events of concurrent callers in one transaction: a commit costs a wait for the disk, whatever it holds.
type gathering struct {
	accept func(ctx context.Context, events []Event) ([]Receipt, error)

	mu      sync.Mutex
	waiting []*handIn
	running int
}

// handIn is what one caller hands in.
type handIn struct {
	ctx      context.Context
	events   []Event
	done     chan struct{}
	receipts []Receipt
	err      error
}

// add returns when the events are accepted, or when ctx ends; they may have been accepted all the same then.
func (g *gathering) add(ctx context.Context, events []Event) ([]Receipt, error) {
	mine := &handIn{ctx: ctx, events: events, done: make(chan struct{})}
	g.mu.Lock()
	g.waiting = append(g.waiting, mine)
	if g.running < gatherers {
		g.running++
		go g.run()
	}
	g.mu.Unlock()
	select {
	case <-mine.done:
		return mine.receipts, mine.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// run accepts until nobody waits. Before it fills a transaction it lets callers go first that are ready: where one core does all, it would
// otherwise find one event each time, since nobody else ran while the last one was committed.
func (g *gathering) run() {
	for {
		runtime.Gosched()
		batch := g.next()
		if batch == nil {
			return
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(batch[0].ctx), gatherPatience)
		if err := g.together(ctx, batch); err != nil && len(batch) > 1 {
			// One of them may be at fault: each has its own try.
			for _, each := range batch {
				_ = g.together(ctx, []*handIn{each})
			}
		}
		cancel()
		for _, each := range batch {
			close(each.done)
		}
	}
}

// next takes what waits, up to a page, without those whose callers have gone.
func (g *gathering) next() []*handIn {
	g.mu.Lock()
	defer g.mu.Unlock()
	var batch []*handIn
	size := 0
	for len(g.waiting) > 0 {
		first := g.waiting[0]
		if size > 0 && size+len(first.events) > MaxPage {
			break
		}
		g.waiting = g.waiting[1:]
		if first.ctx.Err() == nil {
			batch = append(batch, first)
			size += len(first.events)
		}
	}
	if batch == nil {
		g.running--
	}
	return batch
}

// together accepts a batch in one transaction.
func (g *gathering) together(ctx context.Context, batch []*handIn) error {
	var events []Event
	for _, each := range batch {
		events = append(events, each.events...)
	}
	receipts, err := g.accept(ctx, events)
	for _, each := range batch {
		each.err = err
		if err == nil {
			each.receipts, receipts = receipts[:len(each.events):len(each.events)], receipts[len(each.events):]
		}
	}
	return err
}
