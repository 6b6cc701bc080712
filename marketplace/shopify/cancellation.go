package shopify

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
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

// cancelLines removes units from the order.
func (a *Adapter) cancelLines(ctx context.Context, cancellation marketplace.Cancellation) (marketplace.ShipmentResult, error) {
	needs, err := a.needs(opCancel, cancellation.Lines)
	if err != nil {
		return rejected(err), nil
	}
	order, err := a.GetOrder(ctx, cancellation.OrderID)
	switch marketplace.CodeOf(err) {
	case "":
	case marketplace.CodeNotFound:
		return rejected(a.unknownOrder(opCancel)), nil
	case marketplace.CodeInvalid:
		return rejected(err), nil
	default:
		return marketplace.ShipmentResult{}, err
	}
	open, err := a.stillOpen(order, needs)
	if err != nil {
		return rejected(err), nil
	}
	if len(open) == 0 {
		return marketplace.ShipmentResult{Outcome: marketplace.ShipmentConfirmed, Already: true}, nil
	}
	return a.removeUnits(ctx, cancellation, open)
}

// stillOpen are the units that are to be removed and are still there.
func (a *Adapter) stillOpen(order canonical.Order, needs map[string]decimal.Decimal) (map[string]decimal.Decimal, error) {
	open := map[string]decimal.Decimal{}
	for id, quantity := range needs {
		line := order.FindLine(id)
		if line == nil {
			return nil, a.unknownLine(opCancel, id)
		}
		rest, err := quantity.Sub(line.Qty.Cancelled)
		if err != nil || !rest.IsPos() {
			continue
		}
		left, err := decimalSub(line.Qty.Ordered, line.Qty.Cancelled, line.Qty.Shipped)
		if err != nil || rest.Cmp(left) > 0 {
			return nil, a.fail(marketplace.CodeConflict, opCancel, "lines", fmt.Sprintf("%s units of line %s are to be cancelled beyond the %s that are, and %s are neither cancelled nor shipped", rest, id, line.Qty.Cancelled, left), nil)
		}
		open[id] = rest
	}
	return open, nil
}

func decimalSub(from decimal.Decimal, parts ...decimal.Decimal) (decimal.Decimal, error) {
	for _, part := range parts {
		var err error
		if from, err = from.Sub(part); err != nil {
			return from, err
		}
	}
	return from, nil
}

const editedLineFields = `
fragment EditedLine on CalculatedLineItem { id quantity editableQuantity }`

const beginEditMutation = `mutation BeginEdit($id: ID!) {
  orderEditBegin(id: $id) {
    calculatedOrder { id lineItems(first: 50) { nodes { ...EditedLine } pageInfo { hasNextPage endCursor } } }
    userErrors { field message }
  }
}` + editedLineFields

const editedLinesQuery = `query EditedLines($id: ID!, $after: String) {
  node(id: $id) { ... on CalculatedOrder { lineItems(first: 50, after: $after) { nodes { ...EditedLine } pageInfo { hasNextPage endCursor } } } }
}` + editedLineFields

const setQuantityMutation = `mutation SetLine($id: ID!, $line: ID!, $quantity: Int!) {
  orderEditSetQuantity(id: $id, lineItemId: $line, quantity: $quantity, restock: false) {
    calculatedLineItem { id quantity } userErrors { field message }
  }
}`

const commitEditMutation = `mutation CommitEdit($id: ID!, $notify: Boolean, $note: String) {
  orderEditCommit(id: $id, notifyCustomer: $notify, staffNote: $note) { order { id } userErrors { field message } }
}`

type editedLine struct {
	ID       wire.Text `json:"id"`
	Quantity wire.Text `json:"quantity"`
	Editable wire.Text `json:"editableQuantity"`
}

// removeUnits edits the order. Nothing has happened before the commit; if the process dies, the edit is forgotten.
func (a *Adapter) removeUnits(ctx context.Context, cancellation marketplace.Cancellation, open map[string]decimal.Decimal) (marketplace.ShipmentResult, error) {
	var begun struct {
		Begin wire.Object[struct {
			Order wire.Object[struct {
				ID    wire.Text              `json:"id"`
				Lines connection[editedLine] `json:"lineItems"`
			}] `json:"calculatedOrder"`
			Errors wire.List[userError] `json:"userErrors"`
		}] `json:"orderEditBegin"`
	}
	// Neither this nor what is staged below changes the order, so it may be repeated.
	begin := request{op: opCancel, name: "BeginEdit", document: beginEditMutation, variables: map[string]any{"id": globalID("Order", cancellation.OrderID)}}
	if _, err := a.call(ctx, begin, &begun); err != nil {
		return marketplace.ShipmentResult{}, err
	}
	if err := a.refused(opCancel, begun.Begin.Value.Errors); err != nil {
		return rejected(a.fail(marketplace.CodeConflict, opCancel, "", "the shop does not let the order be edited", err)), nil
	}
	edit := begun.Begin.Value.Order.Value
	if edit.ID.IsEmpty() {
		return marketplace.ShipmentResult{}, a.fail(marketplace.CodeInvalid, opCancel, "orderEditBegin", "the answer has no edit", nil)
	}
	rest := request{op: opCancel, name: "EditedLines", document: editedLinesQuery}
	if err := remainder(ctx, a, rest, edit.ID, &edit.Lines, "node", "lineItems"); err != nil {
		return marketplace.ShipmentResult{}, err
	}
	for _, id := range slices.Sorted(maps.Keys(open)) {
		// Shopify gives the line of an edit the number of the order's line.
		i := slices.IndexFunc(edit.Lines.Nodes.Items, func(line editedLine) bool { return tail(line.ID) == id })
		if i < 0 {
			return rejected(a.fail(marketplace.CodeConflict, opCancel, "lines", fmt.Sprintf("line %s of the order cannot be edited any more", id), nil)), nil
		}
		if refusal, err := a.removeLine(ctx, edit.ID.String(), edit.Lines.Nodes.Items[i], open[id]); refusal != nil || err != nil {
			return rejected(refusal), err
		}
	}
	var done struct {
		Commit wire.Object[struct {
			Order  graphID              `json:"order"`
			Errors wire.List[userError] `json:"userErrors"`
		}] `json:"orderEditCommit"`
	}
	commit := request{op: opCancel, name: "CommitEdit", document: commitEditMutation, writes: true, variables: map[string]any{
		"id": edit.ID.String(), "notify": cancellation.Notify, "note": note(cancellation),
	}}
	if _, err := a.call(ctx, commit, &done); err != nil {
		return marketplace.ShipmentResult{}, err
	}
	if err := a.refused(opCancel, done.Commit.Value.Errors); err != nil {
		return rejected(a.fail(marketplace.CodeConflict, opCancel, "", "the shop does not take the edit: the order has changed meanwhile", err)), nil
	}
	if !done.Commit.Value.Order.Present {
		return marketplace.ShipmentResult{}, a.fail(marketplace.CodeUnknown, opCancel, "orderEditCommit", "the answer does not say whether it was done: look before repeating", nil)
	}
	return marketplace.ShipmentResult{Outcome: marketplace.ShipmentConfirmed}, nil
}

// removeLine stages what is left of a line.
func (a *Adapter) removeLine(ctx context.Context, edit string, line editedLine, units decimal.Decimal) (refusal, err error) {
	r := &wire.Reader{}
	quantity, editable := r.Amount("quantity", line.Quantity), r.Amount("editableQuantity", line.Editable)
	left := r.Sub("quantity", quantity, units)
	if path, err := r.Failure(); err != nil {
		return nil, a.fail(marketplace.CodeInvalid, opCancel, path, "the edit's line cannot be read", err)
	}
	if units.Cmp(editable) > 0 || left.IsNeg() {
		return a.fail(marketplace.CodeConflict, opCancel, "lines", fmt.Sprintf("%s units of line %s are to be cancelled, and the shop lets %s be removed", units, tail(line.ID), editable), nil), nil
	}
	var data struct {
		Set wire.Object[struct {
			Line wire.Object[struct {
				Quantity wire.Text `json:"quantity"`
			}] `json:"calculatedLineItem"`
			Errors wire.List[userError] `json:"userErrors"`
		}] `json:"orderEditSetQuantity"`
	}
	set := request{op: opCancel, name: "SetLine", document: setQuantityMutation, variables: map[string]any{
		"id": edit, "line": line.ID.String(), "quantity": json.Number(left.Trim(0).String()),
	}}
	if _, err := a.call(ctx, set, &data); err != nil {
		return nil, err
	}
	if err := a.refused(opCancel, data.Set.Value.Errors); err != nil {
		return a.fail(marketplace.CodeConflict, opCancel, "lines", fmt.Sprintf("the shop does not let line %s be changed", tail(line.ID)), err), nil
	}
	if now, err := data.Set.Value.Line.Value.Quantity.Decimal(); err != nil || !now.Equal(left) {
		return nil, a.fail(marketplace.CodeInvalid, opCancel, "orderEditSetQuantity", "the edit does not have the quantity that was set", nil)
	}
	return nil, nil
}
