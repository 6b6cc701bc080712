package retailsync_test

import (
	"testing"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	. "github.com/retailsync/retailsync/canonical/canonicaltest"
	"github.com/retailsync/retailsync/odoo/sale"
)

// What has been delivered is a floor: edits above it are applied, those below are a person's to decide.
func TestEditsAfterPartialDelivery(t *testing.T) {
	eitherLife(t, func(l *life) {
		l.put(Item("SKU-1", 5, 1999), Item("SKU-2", 2, 500))
		l.want(retailsync.Created)
		l.deliver("L2", "2")

		l.put(Item("SKU-1", 1, 1999), Item("SKU-2", 2, 500))
		l.wantConflict(retailsync.StageUpdate, "2 have been delivered")
		l.put(Item("SKU-2", 2, 500)) // the delivered article is another one now
		l.wantConflict(retailsync.StageUpdate, "another product")

		l.put(Item("SKU-1", 3, 1999), Item("SKU-2", 2, 500))
		l.want(retailsync.Updated)
		l.wantLines("L1 1, L2 3, L3 2")
		l.wantTotal()
		l.wantDeliveries()

		l.put(Item("SKU-1", 7, 1899), Item("SKU-2", 2, 500))
		l.want(retailsync.Updated)
		l.wantLines("L1 1, L2 7, L3 2")
		l.wantTotal()
		l.wantDeliveries()

		l.put(Item("SKU-1", 7, 1899))
		l.want(retailsync.Updated)
		l.wantLines("L1 1, L2 7")
		l.wantTotal()
		l.wantDeliveries()

		l.cancelAtChannel()
		l.wantConflict(retailsync.StageCancel, "delivered")
		l.wantState(sale.StateSale)
	})
}

// The rest of an order is cancelled: nothing stays open to be delivered.
func TestRestCancelledAfterPartialDelivery(t *testing.T) {
	eitherLife(t, func(l *life) {
		l.put(Item("SKU-1", 5, 1999))
		l.want(retailsync.Created)
		l.deliver("L2", "2")
		l.put(Item("SKU-1", 5, 1999), Cancelled(3))
		l.want(retailsync.Updated)
		l.wantLines("L1 1, L2 2")
		l.wantTotal()
		l.wantDeliveries()
		states := l.pickings()
		if states["done"] != 1 || len(states) > 2 || len(states) == 2 && states["cancel"] == 0 {
			l.Errorf("deliveries %v", states)
		}
		l.want(retailsync.Unchanged, retailsync.Recheck())
	})
}

// An order that was delivered in full stays as it is when nothing changes, and grows when the channel adds.
func TestEditsAfterFullDelivery(t *testing.T) {
	eitherLife(t, func(l *life) {
		l.put(Item("SKU-1", 2, 1999))
		l.want(retailsync.Created)
		l.deliver("L2", "2")
		l.put(Item("SKU-1", 2, 1999), Status(canonical.StatusShipped))
		l.want(retailsync.Unchanged)
		l.put(Item("SKU-1", 2, 1999), Item("SKU-3", 1, 1000))
		l.want(retailsync.Updated)
		l.wantLines("L1 1, L2 2, L3 1")
		l.wantTotal()
		l.wantDeliveries()
	})
}
