package retailsync

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
)

// record notes an effect for the journal.
func (i *item) record(kind canonical.EventType, summary string) {
	revision := i.revision
	// What was done belongs to it: one revision is written again where people have changed the order in Odoo, or where the rules are others.
	sum := sha256.Sum256([]byte(strings.Join([]string{i.order.Key.String(), string(kind), revision.UpdatedAt.UTC().Format(time.RFC3339Nano), revision.Digest, summary}, "\n")))
	event := canonical.Event{
		ID: hex.EncodeToString(sum[:16]), Type: kind, At: time.Now().UTC(), Subject: i.order.Key, Summary: summary,
	}
	if i.odoo.ID != 0 {
		event.Record = fmt.Sprintf("sale.order,%d", i.odoo.ID)
	}
	i.events = append(i.events, event)
}

// finish tells the channel, writes the journal and settles the claims, in this order: what is claimed as
// complete has been told and journalled.
func (b *batch) finish(ctx context.Context) error {
	if err := b.tell(ctx); err != nil {
		b.release(ctx)
		return err
	}
	// What happened is written down also when the run is cancelled now: the claims would stand in the way of the
	// next run until their leases end.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	var events []canonical.Event
	for _, i := range b.items {
		if i.err != nil && i.plan != nil && !b.looksAgain(i) {
			i.record(canonical.EventOrderFailed, string(i.err.Stage))
		}
		events = append(events, i.events...)
		if i.outcome == "" && i.err == nil {
			i.outcome = Unchanged
		}
	}
	var failures []error
	if len(events) > 0 {
		if err := b.journal.Append(ctx, events...); err != nil {
			failures = append(failures, fmt.Errorf("append to the journal: %w", err))
		}
	}
	return errors.Join(append(failures, b.settle(ctx))...)
}

// tell acknowledges the confirmed orders. An order that was confirmed before this run is told too unless the
// store knows that it was: the process that confirmed it may have died before it could tell.
func (b *batch) tell(ctx context.Context) error {
	acknowledger, ok := b.source.(marketplace.OrderAcknowledger)
	if !ok || !b.acknowledge {
		return nil
	}
	told, err := b.toldBefore(ctx)
	if err != nil {
		return err
	}
	var now []idempotency.KeyedRevision
	for _, i := range b.still((*item).confirmed) {
		key := b.toldKey(i)
		if _, known := told[key]; known && i.outcome != Created && i.outcome != Confirmed {
			continue
		}
		err := acknowledger.AcknowledgeOrder(ctx, marketplace.Acknowledgement{OrderID: i.order.Key.ID, Reference: i.odoo.Name})
		if err != nil {
			i.fail(StageAcknowledge, err)
			continue
		}
		i.record(canonical.EventOrderAcknowledged, "acknowledged as "+i.odoo.Name)
		now = append(now, idempotency.KeyedRevision{Key: key, Revision: idempotency.Revision{Digest: "acknowledged"}})
	}
	if revisions, ok := b.store.(idempotency.RevisionStore); ok && len(now) > 0 {
		if _, err := revisions.PutRevisions(ctx, now); err != nil {
			return fmt.Errorf("store acknowledgements: %w", err)
		}
	}
	return nil
}

// confirmed reports whether the order stands confirmed in Odoo as far as this run knows.
func (i *item) confirmed() bool {
	return i.outcome == Created || i.outcome == Confirmed || i.plan.Target == mapping.TargetConfirmed && i.odoo.Open()
}

func (b *batch) toldKey(i *item) idempotency.Key {
	return idempotency.Key{Scope: b.scope("acknowledgements"), ID: i.order.Key.ID}
}

// toldBefore are the orders of which the store knows that the channel was told.
func (b *batch) toldBefore(ctx context.Context) (map[idempotency.Key]idempotency.Revision, error) {
	revisions, ok := b.store.(idempotency.RevisionStore)
	if !ok {
		return nil, nil
	}
	var keys []idempotency.Key
	for _, i := range b.still((*item).confirmed) {
		keys = append(keys, b.toldKey(i))
	}
	if len(keys) == 0 {
		return nil, nil
	}
	told, err := revisions.Revisions(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("read acknowledgements: %w", err)
	}
	return told, nil
}

// settle completes the claims of orders that are done and gives back those that failed, so that the
// next run takes them again.
func (b *batch) settle(ctx context.Context) error {
	var applied []idempotency.KeyedRevision
	for _, i := range b.items {
		if !i.claimed {
			continue
		}
		i.claimed = false
		var err error
		if i.err != nil {
			err = b.store.Release(ctx, i.claim)
		} else {
			err = b.store.Complete(ctx, i.claim, resultOf(i), b.retention)
			applied = append(applied, idempotency.KeyedRevision{
				Key:      idempotency.Key{Scope: b.scope("orders"), ID: i.order.Key.ID},
				Revision: i.revision,
			})
		}
		// A lost lease means that another process took the order over; it comes to the same end.
		if err != nil && !errors.Is(err, idempotency.ErrLeaseLost) {
			return fmt.Errorf("settle claim of %s: %w", i.order.Key, err)
		}
	}
	if revisions, ok := b.store.(idempotency.RevisionStore); ok && len(applied) > 0 {
		if _, err := revisions.PutRevisions(ctx, applied); err != nil {
			return fmt.Errorf("store revisions: %w", err)
		}
	}
	return nil
}

// resultOf is what a completed claim remembers.
func resultOf(i *item) []byte {
	result, err := json.Marshal(struct {
		Outcome Outcome `json:"outcome"`
		ID      int64   `json:"odoo_id,omitempty"`
		Name    string  `json:"odoo_name,omitempty"`
	}{i.outcome, i.odoo.ID, i.odoo.Name})
	if err != nil {
		return nil
	}
	return result
}

// results are what became of the orders of the batch.
func (b *batch) results() []OrderResult {
	results := make([]OrderResult, len(b.items))
	for n, i := range b.items {
		results[n] = OrderResult{
			Order: i.order.Key, Number: i.order.Number, Outcome: i.outcome,
			OdooID: i.odoo.ID, OdooName: i.odoo.Name, Changes: i.changes,
		}
		if i.err != nil {
			results[n].Outcome, results[n].Err = Failed, i.err
		}
	}
	return results
}
