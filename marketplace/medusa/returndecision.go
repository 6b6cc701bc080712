package medusa

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
	"github.com/retailsync/retailsync/returns"
)

const (
	opApproveReturn = "approve return"
	opDeclineReturn = "decline return"
)

// ApproveReturn implements [returns.Decider]. Medusa has no approval: what a shopper asks for can be received at once. So it is
// noted in the order's metadata under retailsync_return_<id>_approved. Returns that people of the shop made, exchanges and claims are
// approved. Note has no place in Medusa and is left out.
func (a *Adapter) ApproveReturn(ctx context.Context, decision returns.Decision) error {
	c, ret, unlock, err := a.takeReturn(ctx, opApproveReturn, decision.ReturnID)
	if err != nil {
		return err
	}
	defer unlock()
	if err := a.wholly(opApproveReturn, ret, decision.Lines); err != nil {
		return err
	}
	switch ret.Approval {
	case canonical.ReturnApproved:
		return nil
	case canonical.ReturnDeclined, canonical.ReturnCancelled:
		return a.fail(marketplace.CodeConflict, opApproveReturn, "return", "the return was declined or withdrawn: the buyer has to ask again", nil)
	}
	return a.noteReturn(ctx, opApproveReturn, c, map[string]string{approvedWord: decision.Reference})
}

// DeclineReturn implements [returns.Decider]: the return is cancelled, and the fulfilment of its way back before, without which
// Medusa refuses. That it was declined and not withdrawn is noted in the order's metadata first, with the reason; Note is left out.
// What is approved, or has arrived in part, cannot be declined any more.
func (a *Adapter) DeclineReturn(ctx context.Context, decision returns.Decision) error {
	c, ret, unlock, err := a.takeReturn(ctx, opDeclineReturn, decision.ReturnID)
	if err != nil {
		return err
	}
	defer unlock()
	if err := a.wholly(opDeclineReturn, ret, decision.Lines); err != nil {
		return err
	}
	switch {
	case ret.Approval == canonical.ReturnDeclined || ret.Approval == canonical.ReturnCancelled:
		return nil
	case ret.Approval == canonical.ReturnApproved:
		return a.fail(marketplace.CodeConflict, opDeclineReturn, "return", "the return is approved: cancel it at the channel, or reject the goods at the inspection", nil)
	}
	if err := a.closeChange(ctx, opDeclineReturn, c); err != nil {
		return err
	}
	note := map[string]string{declinedWord: decision.Reference}
	if decision.Reason != "" {
		note[reasonWord] = decision.Reason
	}
	if err := a.noteReturn(ctx, opDeclineReturn, c, note); err != nil {
		return err
	}
	var failure error
	for _, parcel := range c.source.Parcels.Items {
		if id := parcel.ID.String(); parcel.Canceled.IsEmpty() && isID(id) {
			if _, err := a.client.Send(ctx, opDeclineReturn, http.MethodPost, "/admin/fulfillments/"+id+"/cancel", struct{}{}); err != nil {
				failure = err
			}
		}
	}
	if _, err := a.client.Send(ctx, opDeclineReturn, http.MethodPost, returnsPath+"/"+ret.Key.ID+"/cancel", struct{}{}); err != nil {
		failure = err
	}
	now, err := a.readReturn(ctx, opDeclineReturn, ret.Order.ID, ret.Key.ID)
	switch {
	case err == nil && (now.source.Status.String() == "canceled" || !now.source.Canceled.IsEmpty()):
		return nil
	case failure != nil:
		return failure
	default:
		return a.fail(marketplace.CodeUnknown, opDeclineReturn, "", "Medusa says that it was done, but does not show it (yet): look before repeating", err)
	}
}

// takeReturn locks the order of a return, so that its writes follow each other, and reads the return.
func (a *Adapter) takeReturn(ctx context.Context, op, id string) (returnCase, canonical.Return, func(), error) {
	orderID, id, err := a.whereabouts(ctx, op, id)
	if err != nil {
		return returnCase{}, canonical.Return{}, nil, err
	}
	unlock := a.orders.lock(orderID)
	c, err := a.readReturn(ctx, op, orderID, id)
	var ret canonical.Return
	if err == nil {
		ret, err = a.decoder.decodeReturn(op, canonical.Key{Channel: a.channel, ID: orderID}, c)
	}
	if err != nil {
		unlock()
		return returnCase{}, canonical.Return{}, nil, err
	}
	return c, ret, unlock, nil
}

// wholly refuses a decision on a part of a return.
func (a *Adapter) wholly(op string, ret canonical.Return, lines []returns.DecidedLine) error {
	if len(lines) == 0 {
		return nil
	}
	whole := len(lines) == len(ret.Lines)
	for _, line := range lines {
		at := lineOf(ret, line.ID)
		whole = whole && at != nil && at.Qty.Equal(line.Qty)
	}
	if !whole {
		return a.fail(marketplace.CodeInvalid, op, "lines", "Medusa decides on whole returns only: give no lines, or all with their quantities", nil)
	}
	return nil
}

func lineOf(ret canonical.Return, id string) *canonical.ReturnLine {
	for i := range ret.Lines {
		if ret.Lines[i].ID == id {
			return &ret.Lines[i]
		}
	}
	return nil
}

// noteReturn writes into the order's metadata what Medusa has no place for. What is there already is not written again.
func (a *Adapter) noteReturn(ctx context.Context, op string, c returnCase, words map[string]string) error {
	metadata := map[string]string{}
	for word, text := range words {
		key := returnKey + c.source.ID.String() + word
		var was wire.Text
		if json.Unmarshal(c.order.Metadata.Value[key], &was) != nil || was.String() != text {
			metadata[key] = text
		}
	}
	if len(metadata) == 0 {
		return nil
	}
	_, err := a.change(ctx, op, c.order.ID.String(), "", map[string]any{"metadata": metadata}, func(order fulfilledOrder) bool {
		for key, text := range metadata {
			if order.meta(key) != text {
				return false
			}
		}
		return true
	})
	return err
}

// closeChange makes way for a change of the order: an open receipt of ours that was left behind is dropped. Another open change
// stands in the way.
func (a *Adapter) closeChange(ctx context.Context, op string, c returnCase) error {
	for _, change := range c.changes {
		if !change.open() {
			continue
		}
		if !change.receives(c.source.ID.String()) || !change.ours() {
			return a.fail(marketplace.CodeConflict, op, "order", fmt.Sprintf("somebody is changing order %s at the channel: confirm or drop that change", c.order.ID), nil)
		}
		if _, err := a.client.Send(ctx, op, http.MethodDelete, returnsPath+"/"+c.source.ID.String()+"/receive", struct{}{}); err != nil {
			return err
		}
	}
	return nil
}
