package retailsync

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/marketplace"
)

// record notes an effect for the journal.
func (i *item) record(kind canonical.EventType, summary string) {
	revision := revisionOf(&i.order)
	sum := sha256.Sum256([]byte(i.order.Key.String() + "\n" + string(kind) + "\n" + revision.UpdatedAt.UTC().Format(time.RFC3339Nano) + "\n" + revision.Digest))
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
	if acknowledger, ok := b.source.(marketplace.OrderAcknowledger); ok && b.acknowledge {
		for _, i := range b.still(func(i *item) bool { return i.outcome == Created || i.outcome == Confirmed }) {
			err := acknowledger.AcknowledgeOrder(ctx, marketplace.Acknowledgement{OrderID: i.order.Key.ID, Reference: i.odoo.Name})
			if err != nil {
				i.fail(StageAcknowledge, err)
				continue
			}
			i.record(canonical.EventOrderAcknowledged, "acknowledged as "+i.odoo.Name)
		}
	}
	var events []canonical.Event
	for _, i := range b.items {
		if i.err != nil && i.plan != nil {
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
				Revision: revisionOf(&i.order),
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
