package shopify

import (
	"context"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const opAcknowledge = "acknowledge order"

// The metafield of the order that holds Odoo's order name. A metafield is written by itself: tags and attributes of an
// order can only be replaced all at once, which would undo what somebody else writes at the same moment.
const (
	referenceNamespace = "retailsync"
	referenceKey       = "reference"
)

// AcknowledgeOrder implements [marketplace.OrderAcknowledger]. It looks first: an order that has the reference already is
// left alone. If somebody else changes the reference in between, the write is refused with [marketplace.CodeConflict].
func (a *Adapter) AcknowledgeOrder(ctx context.Context, ack marketplace.Acknowledgement) error {
	if !isID(ack.OrderID) {
		return a.noOrder(opAcknowledge)
	}
	owner := globalID("Order", ack.OrderID)
	var found struct {
		Order wire.Object[struct {
			Metafield wire.Object[metafield] `json:"metafield"`
		}] `json:"order"`
	}
	look := request{op: opAcknowledge, name: "OrderReference", document: referenceQuery, variables: map[string]any{
		"id": owner, "namespace": referenceNamespace, "key": referenceKey,
	}}
	if _, err := a.call(ctx, look, &found); err != nil {
		return err
	}
	if !found.Order.Present {
		return a.noOrder(opAcknowledge)
	}
	before := found.Order.Value.Metafield
	if before.Present && before.Value.Value.String() == ack.Reference {
		return nil
	}
	_, err := a.writeMetafield(ctx, opAcknowledge, ack.OrderID, referenceKey, "single_line_text_field", ack.Reference, before)
	return err
}
