package retailsync_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/idempotency"
)

// dying is a store whose first owner of each claim dies: it never completes and never gives back.
type dying struct {
	idempotency.Store
	dead bool
}

func (d *dying) Complete(ctx context.Context, claim idempotency.Claim, result []byte, retention time.Duration) error {
	if d.dead {
		return errors.New("the process is gone")
	}
	return d.Store.Complete(ctx, claim, result, retention)
}

func (d *dying) Release(ctx context.Context, claim idempotency.Claim) error {
	if d.dead {
		return errors.New("the process is gone")
	}
	return d.Store.Release(ctx, claim)
}

// Orders whose owner died with the store's claims in its hands are taken up by the next run, in the same run, once the
// claims have run out.
func TestClaimsOfTheDeadAreTakenOver(t *testing.T) {
	t.Parallel()
	db := inProcess(t, 19)
	erp := db.dial(t)
	source := &listed{orders: numbered(tag(), 3)}
	store := &dying{Store: idempotency.NewMemory(), dead: true}
	_, err := retailsync.New(erp, db.rules, retailsync.WithStore(store), retailsync.WithLease(time.Second)).
		ImportOrders(t.Context(), source, time.Time{})
	if err == nil {
		t.Fatal("the store failed and the run says nothing")
	}
	store.dead = false
	report, err := retailsync.New(erp, db.rules, retailsync.WithStore(store), retailsync.WithLease(time.Second)).
		ImportOrders(t.Context(), source, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	wantCounts(t, report, map[retailsync.Outcome]int{retailsync.Unchanged: 3})
}
