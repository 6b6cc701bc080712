package retailsync_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/warehouse"
)

// lateStore gives positions only from a moment on, as a store that is slow does.
type lateStore struct {
	*idempotency.Memory
	from time.Time
}

func (l *lateStore) Cursor(ctx context.Context, name string) (string, error) {
	time.Sleep(time.Until(l.from))
	return l.Memory.Cursor(ctx, name)
}

// A rule of a pricelist that begins between the beginning of a run and its look at the dates is not lost: the run charges
// what holds when it looks.
func TestPricesOfRulesThatBeginWithinARun(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := newStall(t, w, plainPrices)
		late := &lateStore{Memory: s.store}
		s.sync = s.connector(w.Dial(t), late)
		product, sku := s.article(map[string]any{"list_price": 20})
		s.run(s.sync.PublishPrices)
		begins, n := time.Time{}, 0
		for !time.Now().Before(begins) {
			n++
			begins = time.Now().UTC().Truncate(time.Second).Add(time.Duration(3+n) * time.Second)
			s.rule(product, map[string]any{"fixed_price": 10 + n, "date_start": begins.Format(time.DateTime)})
			time.Sleep(2100 * time.Millisecond) // rows that were just written are looked at again
			s.run(s.sync.PublishPrices)
		}
		late.from = begins.Add(100 * time.Millisecond)
		s.run(s.sync.PublishPrices)
		s.run(s.sync.PublishPrices)
		s.charges(sku, fmt.Sprint(10+n))
	})
}
