package woocommerce

import (
	"context"
	"net/http"
	"net/url"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const opAcknowledge = "acknowledge order"

// referenceKey is the order's meta key that holds Odoo's order name.
const referenceKey = "_retailsync_reference"

// AcknowledgeOrder implements [marketplace.OrderAcknowledger]. It looks first: an order that has the
// reference already is left alone, so that its time of change does not move.
func (a *Adapter) AcknowledgeOrder(ctx context.Context, ack marketplace.Acknowledgement) error {
	if !isID(ack.OrderID) {
		return a.fail(marketplace.CodeNotFound, opAcknowledge, "", "an order id of WooCommerce is a positive number", nil)
	}
	reply, err := a.client.Get(ctx, opAcknowledge, orderPath(ack.OrderID), url.Values{"_fields": {"id,meta_data"}})
	if err != nil {
		return err
	}
	var order struct {
		Meta wire.List[meta] `json:"meta_data"`
	}
	if err := a.client.Decode(opAcknowledge, reply, &order); err != nil {
		return err
	}
	// With the id of the existing entry the shop replaces that one, and other entries of the key stay.
	entry := map[string]any{"key": referenceKey, "value": ack.Reference}
	for _, existing := range order.Meta.Items {
		if existing.Key.String() != referenceKey {
			continue
		}
		if existing.Value.String() == ack.Reference {
			return nil
		}
		entry["id"] = wireNumber(existing.ID.String())
	}
	_, err = a.client.Send(ctx, opAcknowledge, http.MethodPut, orderPath(ack.OrderID), map[string]any{"meta_data": []any{entry}})
	return err
}

// wireNumber writes an id as a JSON number.
type wireNumber string

// MarshalJSON implements json.Marshaler.
func (n wireNumber) MarshalJSON() ([]byte, error) {
	if !isID(string(n)) {
		return []byte("null"), nil
	}
	return []byte(n), nil
}
