package shopify

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

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
