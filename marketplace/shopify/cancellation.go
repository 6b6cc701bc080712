package shopify

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const opCancel = "publish cancellation"

// maxNote is how long a note for the shop's staff may be.
const maxNote = 255

// cancelReasons are Shopify's words for why an order is cancelled.
var cancelReasons = [...]string{"CUSTOMER", "DECLINED", "FRAUD", "INVENTORY", "OTHER", "STAFF"}

// cancelPatience is how often a cancellation is looked at that Shopify carries out in the background.
const cancelPatience = 5

// PublishCancellation implements [marketplace.CancellationPublisher]. A whole order is cancelled, which Shopify does in the
// background: one that takes longer than a few seconds is [marketplace.ShipmentPending], see [Adapter.FollowShipments]. A part is
// removed by an edit of the order; its reason stands in the note for the shop's staff, as Shopify has no field for it.
// Neither gives back money nor puts units back into Shopify's stock, which follows from Odoo's. Shopify's reasons are
// CUSTOMER, DECLINED, FRAUD, INVENTORY, OTHER and STAFF; any other word is OTHER and stands in the note.
func (a *Adapter) PublishCancellation(ctx context.Context, cancellation marketplace.Cancellation) (marketplace.ShipmentResult, error) {
	if !isID(cancellation.OrderID) {
		return rejected(a.unknownOrder(opCancel)), nil
	}
	if cancellation.Whole {
		return a.cancelOrder(ctx, cancellation)
	}
	return a.cancelLines(ctx, cancellation)
}

// reasonOf is Shopify's word for why.
func reasonOf(word string) string {
	if word = strings.ToUpper(word); slices.Contains(cancelReasons[:], word) {
		return word
	}
	return "OTHER"
}

const cancelStateQuery = `query CancelState($id: ID!) { order(id: $id) { id cancelledAt } }`

const cancelOrderMutation = `mutation CancelOrder($id: ID!, $reason: OrderCancelReason!, $notify: Boolean, $note: String) {
  orderCancel(orderId: $id, reason: $reason, restock: false, notifyCustomer: $notify, staffNote: $note, refundMethod: {originalPaymentMethodsRefund: false}) {
    job { id done } orderCancelUserErrors { field message code }
  }
}`

// cancelOrder cancels the whole order.
func (a *Adapter) cancelOrder(ctx context.Context, cancellation marketplace.Cancellation) (marketplace.ShipmentResult, error) {
	done, known, err := a.isCancelled(ctx, cancellation.OrderID)
	if err != nil {
		return marketplace.ShipmentResult{}, err
	}
	if !known {
		return rejected(a.unknownOrder(opCancel)), nil
	}
	if done {
		return marketplace.ShipmentResult{Outcome: marketplace.ShipmentConfirmed, Already: true}, nil
	}
	var data struct {
		Cancel wire.Object[struct {
			Job    graphID              `json:"job"`
			Errors wire.List[userError] `json:"orderCancelUserErrors"`
		}] `json:"orderCancel"`
	}
	write := request{op: opCancel, name: "CancelOrder", document: cancelOrderMutation, writes: true, variables: map[string]any{
		"id": globalID("Order", cancellation.OrderID), "reason": reasonOf(cancellation.Reason), "notify": cancellation.Notify, "note": note(cancellation),
	}}
	if _, err := a.call(ctx, write, &data); err != nil {
		return marketplace.ShipmentResult{}, err
	}
	if err := a.refused(opCancel, data.Cancel.Value.Errors); err != nil {
		return a.notCancelled(ctx, cancellation.OrderID, err)
	}
	job := data.Cancel.Value.Job.text().String()
	if job == "" {
		return marketplace.ShipmentResult{}, a.fail(marketplace.CodeUnknown, opCancel, "orderCancel", "the answer does not say whether it is done: look before repeating", nil)
	}
	ticket := cancellation.OrderID + " " + job
	wait := a.pollEvery
	for range cancelPatience {
		result, err := a.followCancellation(ctx, ticket)
		if err != nil || result.Outcome != marketplace.ShipmentPending {
			return result, err
		}
		if err := a.sleep(ctx, opCancel, wait); err != nil {
			return marketplace.ShipmentResult{}, err
		}
		wait = min(2*wait, 2*time.Second)
	}
	return marketplace.ShipmentResult{Outcome: marketplace.ShipmentPending, Ticket: ticket}, nil
}

// isCancelled looks at an order.
func (a *Adapter) isCancelled(ctx context.Context, id string) (cancelled, known bool, err error) {
	var data struct {
		Order wire.Object[struct {
			Cancelled wire.Text `json:"cancelledAt"`
		}] `json:"order"`
	}
	_, err = a.call(ctx, request{op: opCancel, name: "CancelState", document: cancelStateQuery, variables: map[string]any{"id": globalID("Order", id)}}, &data)
	return !data.Order.Value.Cancelled.IsEmpty(), data.Order.Present, err
}

// notCancelled is the result of a refusal: somebody may have cancelled the order meanwhile.
func (a *Adapter) notCancelled(ctx context.Context, id string, refusal error) (marketplace.ShipmentResult, error) {
	done, _, err := a.isCancelled(ctx, id)
	if err != nil {
		return marketplace.ShipmentResult{}, err
	}
	if done {
		return marketplace.ShipmentResult{Outcome: marketplace.ShipmentConfirmed, Already: true}, nil
	}
	failure := a.fail(marketplace.CodeOf(refusal), opCancel, "", "", refusal)
	if failure.Code == marketplace.CodeInvalid { // such as units that have been shipped, or a return that is under way
		failure.Code, failure.Message = marketplace.CodeConflict, "the shop does not cancel the order: look at it there"
	}
	return rejected(failure), nil
}

// note is what the shop's staff reads.
func note(cancellation marketplace.Cancellation) string {
	text := "Odoo " + cancellation.Reference
	if cancellation.Reason != "" {
		text += ": " + cancellation.Reason
	}
	if runes := []rune(text); len(runes) > maxNote {
		text = string(runes[:maxNote])
	}
	return text
}

const followCancelQuery = `query FollowCancel($id: ID!, $job: ID!) { order(id: $id) { id cancelledAt } job(id: $job) { id done } }`

// FollowShipments implements [marketplace.ShipmentFollower] for cancellations of whole orders; fulfilments are made at once.
func (a *Adapter) FollowShipments(ctx context.Context, tickets []string) ([]marketplace.ShipmentResult, error) {
	results := make([]marketplace.ShipmentResult, len(tickets))
	for i, ticket := range tickets {
		var err error
		if results[i], err = a.followCancellation(ctx, ticket); err != nil {
			return nil, err
		}
	}
	return results, nil
}

func (a *Adapter) followCancellation(ctx context.Context, ticket string) (marketplace.ShipmentResult, error) {
	id, job, ok := strings.Cut(ticket, " ")
	if !ok || !isID(id) || !strings.HasPrefix(job, "gid://shopify/Job/") {
		return rejected(a.fail(marketplace.CodeInvalid, opCancel, "ticket", "not a ticket of this adapter", nil)), nil
	}
	var data struct {
		Order wire.Object[struct {
			Cancelled wire.Text `json:"cancelledAt"`
		}] `json:"order"`
		Job wire.Object[struct {
			Done wire.Text `json:"done"`
		}] `json:"job"`
	}
	look := request{op: opCancel, name: "FollowCancel", document: followCancelQuery, variables: map[string]any{"id": globalID("Order", id), "job": job}}
	if _, err := a.call(ctx, look, &data); err != nil {
		return marketplace.ShipmentResult{}, err
	}
	switch {
	case !data.Order.Present:
		return rejected(a.unknownOrder(opCancel)), nil
	case !data.Order.Value.Cancelled.IsEmpty():
		return marketplace.ShipmentResult{Outcome: marketplace.ShipmentConfirmed}, nil
	case data.Job.Present && !data.Job.Value.Done.IsTrue():
		return marketplace.ShipmentResult{Outcome: marketplace.ShipmentPending, Ticket: ticket}, nil
	default:
		return rejected(a.fail(marketplace.CodeConflict, opCancel, "", "the shop has not cancelled the order: look at it there", nil)), nil
	}
}
