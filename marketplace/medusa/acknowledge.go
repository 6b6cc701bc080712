package medusa

import (
	"context"
	"net/http"
	"net/url"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const opAcknowledge = "acknowledge order"

// referenceKey is the key of the order's metadata that holds Odoo's order name.
const referenceKey = "retailsync_reference"

// AcknowledgeOrder implements [marketplace.OrderAcknowledger]. It looks first: an order that has the
// reference already is left alone, so that its time of update does not move. Medusa merges metadata
// key by key, so only ours is sent.
func (a *Adapter) AcknowledgeOrder(ctx context.Context, ack marketplace.Acknowledgement) error {
	if !isID(ack.OrderID) {
		return a.fail(marketplace.CodeNotFound, opAcknowledge, "", "this is not an order id of Medusa", nil)
	}
	path := ordersPath + "/" + ack.OrderID
	reply, err := a.client.Get(ctx, opAcknowledge, path, url.Values{"fields": {"id,metadata"}})
	if err != nil {
		return err
	}
	var answer struct {
		Order struct {
			Metadata wire.Object[map[string]wire.Text] `json:"metadata"`
		} `json:"order"`
	}
	if err := a.client.Decode(opAcknowledge, reply, &answer); err != nil {
		return err
	}
	if answer.Order.Metadata.Value[referenceKey].String() == ack.Reference {
		return nil
	}
	_, err = a.client.Send(ctx, opAcknowledge, http.MethodPost, path,
		map[string]any{"metadata": map[string]string{referenceKey: ack.Reference}})
	return err
}
