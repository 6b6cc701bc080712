package retailsync_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/warehouse"
)

// mortal is a store whose process dies before it remembers what was sent, as long as it is told to.
type mortal struct {
	*idempotency.Memory
	dies bool
}

var errDied = errors.New("the process died")

func (f *mortal) PutRevisions(ctx context.Context, revisions []idempotency.KeyedRevision) ([]bool, error) {
	if f.dies {
		return nil, errDied
	}
	return f.Memory.PutRevisions(ctx, revisions)
}

// A price that was sent by a process that died, and set back in Odoo before the next run, is set back at the channel too;
// the journal has each of the two.
func TestPricesSetBackAfterADeath(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := newStall(t, w, plainPrices)
		store := &mortal{Memory: s.store}
		s.sync = s.connector(w.Dial(t), store)
		product, sku := s.article(map[string]any{"list_price": 20})
		s.run(s.sync.PublishPrices)
		s.write("product.product", product, map[string]any{"list_price": 30})
		store.dies = true
		if _, err := s.sync.PublishPrices(t.Context(), s.adapter, retailsync.PriceRun{}); !errors.Is(err, errDied) {
			t.Fatal(err)
		}
		s.charges(sku, "30")
		store.dies = false
		s.write("product.product", product, map[string]any{"list_price": 20})
		s.want("set back", s.run(s.sync.PublishPrices, sku), map[string]string{sku: "published"})
		s.charges(sku, "20")
	})
}

// What a process that died had sent is in the journal once it is known, also where nothing is left to send.
func TestPricesOfADeathAreInTheJournal(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		for _, where := range []string{"memory", "journal"} {
			s := newStall(t, w, plainPrices)
			store := &mortal{Memory: s.store}
			journal := &brittle{MemoryJournal: s.journal}
			connector := retailsync.New(w.Dial(t), s.rules, retailsync.WithJournal(journal), retailsync.WithStore(store))
			product, sku := s.article(map[string]any{"list_price": 20})
			s.run(connector.PublishPrices)
			s.write("product.product", product, map[string]any{"list_price": 30})
			store.dies, journal.dies = where == "memory", where == "journal"
			if _, err := connector.PublishPrices(t.Context(), s.adapter, retailsync.PriceRun{}); !errors.Is(err, errDied) {
				t.Fatal(err)
			}
			store.dies, journal.dies = false, false
			s.run(connector.PublishPrices)
			s.charges(sku, "30")
			told := slices.ContainsFunc(s.journal.Events(), func(e canonical.Event) bool {
				return e.Type == canonical.EventPricePublished && e.Subject.ID == sku+"@/USD" && e.Summary[:len("costs 30")] == "costs 30"
			})
			if !told {
				t.Errorf("died at the %s: the journal does not have the price: %+v", where, s.journal.Events())
			}
		}
	})
}

// brittle is a journal whose process dies before it is told, as long as it is told to.
type brittle struct {
	*retailsync.MemoryJournal
	dies bool
}

func (b *brittle) Append(ctx context.Context, events ...canonical.Event) error {
	if b.dies {
		return errDied
	}
	return b.MemoryJournal.Append(ctx, events...)
}

// The same of a title.
func TestListingsSetBackAfterADeath(t *testing.T) {
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		s := newStall(t, w, "    listings: {fields: {title: name, description: description_sale}}\n")
		store := &mortal{Memory: s.store}
		s.sync = s.connector(w.Dial(t), store)
		product, sku := s.article(map[string]any{"name": "One"})
		s.describe(s.sync.PublishListings)
		s.write("product.product", product, map[string]any{"name": "Two"})
		store.dies = true
		if _, err := s.sync.PublishListings(t.Context(), s.adapter, retailsync.ListingRun{}); !errors.Is(err, errDied) {
			t.Fatal(err)
		}
		s.says(sku, map[string]any{"title": "Two"})
		store.dies = false
		s.write("product.product", product, map[string]any{"name": "One", "description_sale": "New"})
		s.want("set back", s.describe(s.sync.PublishListings, sku), map[string]string{sku: "published"})
		s.says(sku, map[string]any{"title": "One", "description": "New"})
	})
}
