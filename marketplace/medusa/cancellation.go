package medusa

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const (
	opPublishCancellation = "publish cancellation"
	// cancellationKey begins the keys of an order's metadata that say how many units lines had before a cancellation.
	cancellationKey = "retailsync_cancellation_"
	editsPath       = "/admin/order-edits"
)

// PublishCancellation implements [marketplace.CancellationPublisher]. A whole order is cancelled; Medusa then gives back what
// was paid. Of a part the order is edited: Medusa lowers the total and leaves it to people to give money back.
//
// Medusa does not keep how many units a line had before an edit. So the adapter first writes that into the order's metadata,
// under the cancellation's reference, and then lowers the lines to what that leaves: however often it is repeated, nothing is
// cancelled twice. Reason and Notify have no place in Medusa and are left out.
func (a *Adapter) PublishCancellation(ctx context.Context, cancellation marketplace.Cancellation) (marketplace.ShipmentResult, error) {
	defer a.orders.lock(cancellation.OrderID)()
	order, err := a.readFulfilled(ctx, opPublishCancellation, cancellation.OrderID)
	if err != nil {
		return a.shipmentFailure(err)
	}
	result := marketplace.ShipmentResult{Outcome: marketplace.ShipmentConfirmed}
	switch {
	case order.cancelled():
		result.Already = true
	case cancellation.Whole:
		err = a.cancelWhole(ctx, order, cancellation)
	default:
		result.Already, err = a.cancelPart(ctx, order, cancellation)
	}
	if err != nil {
		return a.shipmentFailure(err)
	}
	return result, nil
}

func (a *Adapter) cancelWhole(ctx context.Context, order fulfilledOrder, cancellation marketplace.Cancellation) error {
	if order.standing(func(*fulfillment) bool { return true }) != nil {
		return a.fail(marketplace.CodeConflict, opPublishCancellation, "order", "goods of the order have been fulfilled: cancel the fulfilment at the channel, or only the lines that are left", nil)
	}
	_, err := a.change(ctx, opPublishCancellation, cancellation.OrderID, "/cancel", struct{}{}, fulfilledOrder.cancelled)
	return err
}

// cancelPart lowers lines to what a cancellation leaves of them, and says whether they were so already.
func (a *Adapter) cancelPart(ctx context.Context, order fulfilledOrder, cancellation marketplace.Cancellation) (already bool, err error) {
	before, noted, err := a.quantitiesBefore(order, cancellation)
	if err != nil {
		return false, err
	}
	left, err := a.leaves(order, cancellation, before)
	if err != nil {
		return false, err
	}
	if order.atMost(left) {
		return true, nil
	}
	if !noted {
		text, err := json.Marshal(before)
		if err != nil {
			return false, a.fail(marketplace.CodeInvalid, opPublishCancellation, "lines", "the lines cannot be noted", err)
		}
		key := cancellationKey + cancellation.Reference
		request := map[string]any{"metadata": map[string]string{key: string(text)}}
		order, err = a.change(ctx, opPublishCancellation, cancellation.OrderID, "", request, func(order fulfilledOrder) bool { return order.meta(key) == string(text) })
		if err != nil {
			return false, err
		}
	}
	return false, a.edit(ctx, order, cancellation, left)
}

// quantitiesBefore are what the lines had before the cancellation: as noted by an earlier attempt, or else as they are. Noted
// says that the note has them all.
func (a *Adapter) quantitiesBefore(order fulfilledOrder, cancellation marketplace.Cancellation) (before map[string]string, noted bool, err error) {
	before, noted = map[string]string{}, true
	if text := order.meta(cancellationKey + cancellation.Reference); text != "" {
		if err := json.Unmarshal([]byte(text), &before); err != nil {
			return nil, false, a.fail(marketplace.CodeConflict, opPublishCancellation, "metadata", "what was noted of an earlier attempt cannot be read: compare the order by hand", err)
		}
		if before == nil { // "null"
			before = map[string]string{}
		}
	}
	for _, line := range cancellation.Lines {
		if before[line.LineID] != "" {
			continue
		}
		item := order.item(line.LineID)
		if item == nil {
			return nil, false, a.fail(marketplace.CodeNotFound, opPublishCancellation, "line", fmt.Sprintf("the order has no line %q", line.LineID), nil)
		}
		ordered, _, err := item.amounts()
		if err != nil {
			return nil, false, a.fail(marketplace.CodeInvalid, opPublishCancellation, "items", "a quantity of the order cannot be read", err)
		}
		before[line.LineID], noted = ordered.Trim(0).String(), false
	}
	return before, noted, nil
}

// leaves is what the cancellation leaves of each line, or why it cannot be.
func (a *Adapter) leaves(order fulfilledOrder, cancellation marketplace.Cancellation, before map[string]string) (map[string]decimal.Decimal, error) {
	left := map[string]decimal.Decimal{}
	for _, line := range cancellation.Lines {
		if !line.Quantity.IsPos() || !line.Quantity.IsInt() {
			return nil, a.fail(marketplace.CodeInvalid, opPublishCancellation, "lines", fmt.Sprintf("%s of line %s is no number of whole units, which Medusa counts in", line.Quantity, line.LineID), nil)
		}
		had, err := decimal.Parse(before[line.LineID])
		if err == nil {
			left[line.LineID], err = had.Sub(line.Quantity)
		}
		if err != nil {
			return nil, a.fail(marketplace.CodeConflict, opPublishCancellation, "metadata", "what was noted of an earlier attempt cannot be read: compare the order by hand", err)
		}
		fulfilled := decimal.Zero
		if item := order.item(line.LineID); item != nil {
			if _, fulfilled, err = item.amounts(); err != nil {
				return nil, a.fail(marketplace.CodeInvalid, opPublishCancellation, "items", "a quantity of the order cannot be read", err)
			}
		}
		if left[line.LineID].Cmp(fulfilled) < 0 {
			return nil, a.fail(marketplace.CodeConflict, opPublishCancellation, "lines",
				fmt.Sprintf("%s of line %s shall be cancelled, but of %s there %s are fulfilled", line.Quantity, line.LineID, had.Trim(0), fulfilled.Trim(0)), nil)
		}
	}
	return left, nil
}

// atMost reports whether the order has no more units of the lines. A line without units is not in the order any more.
func (o fulfilledOrder) atMost(left map[string]decimal.Decimal) bool {
	for id, most := range left {
		item := o.item(id)
		if item == nil {
			continue
		}
		if ordered, _, err := item.amounts(); err != nil || ordered.Cmp(most) > 0 {
			return false
		}
	}
	return true
}

// edit lowers lines by an order edit, which is begun, filled and confirmed. One that an earlier attempt left open is dropped.
func (a *Adapter) edit(ctx context.Context, order fulfilledOrder, cancellation marketplace.Cancellation, left map[string]decimal.Decimal) error {
	path := editsPath + "/" + cancellation.OrderID
	if err := a.dropEdit(ctx, cancellation); err != nil {
		return err
	}
	request := map[string]string{"order_id": cancellation.OrderID, "internal_note": cancellation.Reference}
	if _, err := a.client.Send(ctx, opPublishCancellation, http.MethodPost, editsPath, request); err != nil {
		return err
	}
	for _, line := range cancellation.Lines {
		item, most := order.item(line.LineID), left[line.LineID]
		if item == nil {
			continue
		}
		if ordered, _, err := item.amounts(); err == nil && ordered.Cmp(most) <= 0 {
			continue
		}
		body := map[string]number{"quantity": number(most.Trim(0).String())}
		if _, err := a.client.Send(ctx, opPublishCancellation, http.MethodPost, path+"/items/item/"+line.LineID, body); err != nil {
			return a.giveUp(ctx, cancellation, err)
		}
	}
	_, failure := a.client.Send(ctx, opPublishCancellation, http.MethodPost, path+"/confirm", struct{}{})
	now, err := a.readFulfilled(ctx, opPublishCancellation, cancellation.OrderID)
	switch {
	case err == nil && now.atMost(left):
		return nil
	case failure != nil:
		return a.giveUp(ctx, cancellation, failure)
	case err != nil:
		return a.fail(marketplace.CodeUnknown, opPublishCancellation, "", "it was done, but could not be looked up: look before repeating", err)
	default:
		return a.fail(marketplace.CodeUnknown, opPublishCancellation, "", "Medusa says that it was done, but does not show it (yet): look before repeating", nil)
	}
}

// giveUp drops an edit that was refused, so that it does not stand in the way of others. One of which nothing is known is left
// for the next attempt to drop.
func (a *Adapter) giveUp(ctx context.Context, cancellation marketplace.Cancellation, refusal error) error {
	if marketplace.CodeOf(refusal) != marketplace.CodeUnknown {
		// The refusal is what counts, whatever becomes of this.
		_ = a.dropEdit(ctx, cancellation)
	}
	return refusal
}

// dropEdit drops an open edit of an earlier attempt. One of somebody else stands in the way.
func (a *Adapter) dropEdit(ctx context.Context, cancellation marketplace.Cancellation) error {
	reply, err := a.client.Get(ctx, opPublishCancellation, ordersPath+"/"+cancellation.OrderID+"/changes", url.Values{"fields": {"id,status,internal_note"}})
	if err != nil {
		return err
	}
	var answer struct {
		Changes wire.List[struct {
			Status wire.Text `json:"status"`
			Note   wire.Text `json:"internal_note"`
		}] `json:"order_changes"`
	}
	if err := a.client.Decode(opPublishCancellation, reply, &answer); err != nil {
		return err
	}
	for _, open := range answer.Changes.Items {
		switch status := open.Status.String(); {
		case status != "pending" && status != "requested":
		case open.Note.String() != cancellation.Reference:
			return a.fail(marketplace.CodeConflict, opPublishCancellation, "order", "somebody is editing the order at the channel: confirm or drop that edit", nil)
		default:
			if _, err := a.client.Send(ctx, opPublishCancellation, http.MethodDelete, editsPath+"/"+cancellation.OrderID, struct{}{}); err != nil {
				return err
			}
		}
	}
	return nil
}
