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
// key by key, so only ours is sent. Medusa changes no order that was cancelled: that one needs no mark, and is
// [marketplace.CodeConflict].
func (a *Adapter) AcknowledgeOrder(ctx context.Context, ack marketplace.Acknowledgement) error {
	if !isID(ack.OrderID) {
		return a.fail(marketplace.CodeNotFound, opAcknowledge, "", "this is not an order id of Medusa", nil)
	}
	order, err := a.readMarked(ctx, ack.OrderID)
	switch {
	case err != nil:
		return err
	case order.Metadata.Value[referenceKey].String() == ack.Reference:
		return nil
	case order.cancelled():
		return a.cancelledMeanwhile(nil)
	}
	_, err = a.client.Send(ctx, opAcknowledge, http.MethodPost, ordersPath+"/"+ack.OrderID,
		map[string]any{"metadata": map[string]string{referenceKey: ack.Reference}})
	if marketplace.CodeOf(err) != marketplace.CodeInvalid {
		return err
	}
	// It may have been cancelled between the look and the write. Medusa's words for that are no interface: the order says it.
	if order, failed := a.readMarked(ctx, ack.OrderID); failed == nil && order.cancelled() {
		return a.cancelledMeanwhile(err)
	}
	return err
}

// markedOrder is an order as far as its mark goes.
type markedOrder struct {
	Status   wire.Text                         `json:"status"`
	Canceled wire.Text                         `json:"canceled_at"`
	Metadata wire.Object[map[string]wire.Text] `json:"metadata"`
}

func (o markedOrder) cancelled() bool {
	return o.Status.String() == "canceled" || !o.Canceled.IsEmpty()
}

func (a *Adapter) readMarked(ctx context.Context, id string) (markedOrder, error) {
	reply, err := a.client.Get(ctx, opAcknowledge, ordersPath+"/"+id, url.Values{"fields": {"id,status,canceled_at,metadata"}})
	if err != nil {
		return markedOrder{}, err
	}
	var answer struct {
		Order markedOrder `json:"order"`
	}
	err = a.client.Decode(opAcknowledge, reply, &answer)
	return answer.Order, err
}

func (a *Adapter) cancelledMeanwhile(cause error) error {
	return a.fail(marketplace.CodeConflict, opAcknowledge, "status", "the order was cancelled meanwhile and takes no mark: read it again", cause)
}
