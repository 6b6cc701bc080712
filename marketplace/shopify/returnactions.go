package shopify

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
	"github.com/retailsync/retailsync/returns"
)

const (
	opApproveReturn   = "approve return"
	opDeclineReturn   = "decline return"
	opReportInspected = "report inspected"
	opCloseReturn     = "close return"
)

const approveReturnMutation = `mutation ApproveReturn($input: ReturnApproveRequestInput!) {
  returnApproveRequest(input: $input) { return { id status } userErrors { field message code } }
}`

const declineReturnMutation = `mutation DeclineReturn($input: ReturnDeclineRequestInput!) {
  returnDeclineRequest(input: $input) { return { id status } userErrors { field message code } }
}`

const disposeMutation = `mutation DisposeReturn($inputs: [ReverseFulfillmentOrderDisposeInput!]!) {
  reverseFulfillmentOrderDispose(dispositionInputs: $inputs) { reverseFulfillmentOrderLineItems { id } userErrors { field message code } }
}`

const closeReturnMutation = `mutation CloseReturn($id: ID!) {
  returnClose(id: $id) { return { id status } userErrors { field message code } }
}`

// declineReasons are Shopify's words for why a return is declined.
var declineReasons = [...]string{"FINAL_SALE", "OTHER", "RETURN_PERIOD_ENDED"}

// ApproveReturn implements [returns.Decider]. Shopify tells the buyer by its own settings; Note has no place and is left out.
func (a *Adapter) ApproveReturn(ctx context.Context, decision returns.Decision) error {
	return a.decide(ctx, opApproveReturn, decision, canonical.ReturnApproved, request{name: "ApproveReturn", document: approveReturnMutation, variables: map[string]any{
		"input": map[string]any{"id": globalID("Return", decision.ReturnID)},
	}})
}

// DeclineReturn implements [returns.Decider]. Shopify's reasons are FINAL_SALE, RETURN_PERIOD_ENDED and OTHER; any other word is
// OTHER. Note is what the buyer reads.
func (a *Adapter) DeclineReturn(ctx context.Context, decision returns.Decision) error {
	reason := strings.ToUpper(decision.Reason)
	if !slices.Contains(declineReasons[:], reason) {
		reason = "OTHER"
	}
	input := map[string]any{"id": globalID("Return", decision.ReturnID), "declineReason": reason}
	if decision.Note != "" {
		input["declineNote"] = decision.Note
	}
	return a.decide(ctx, opDeclineReturn, decision, canonical.ReturnDeclined, request{name: "DeclineReturn", document: declineReturnMutation, variables: map[string]any{"input": input}})
}

// decide takes a decision on a request that waits for it.
func (a *Adapter) decide(ctx context.Context, op string, decision returns.Decision, wanted canonical.ReturnApproval, write request) error {
	now, err := a.readReturn(ctx, op, decision.ReturnID)
	if err != nil {
		return err
	}
	if !isWhole(now, decision.Lines) {
		return a.fail(marketplace.CodeInvalid, op, "lines", "Shopify decides on whole returns only: give no lines, or all with their quantities", nil)
	}
	switch now.Approval {
	case wanted:
		return nil
	case canonical.ReturnRequested:
	default:
		return a.fail(marketplace.CodeConflict, op, "return", fmt.Sprintf("the return is %s already", now.RawStatus), nil)
	}
	return a.changeReturn(ctx, op, decision.ReturnID, write, func(now canonical.Return) bool { return now.Approval == wanted })
}

func isWhole(ret canonical.Return, lines []returns.DecidedLine) bool {
	whole := len(lines) == len(ret.Lines)
	for _, line := range lines {
		whole = whole && slices.ContainsFunc(ret.Lines, func(l canonical.ReturnLine) bool { return l.ID == line.ID && l.Qty.Equal(line.Qty) })
	}
	return whole || len(lines) == 0
}

// changeReturn writes, and looks what became of it if Shopify refuses: somebody may have done the same meanwhile.
func (a *Adapter) changeReturn(ctx context.Context, op, id string, write request, done func(canonical.Return) bool) error {
	write.op, write.writes = op, true
	var data map[string]wire.Object[struct {
		Errors wire.List[userError] `json:"userErrors"`
	}]
	if _, err := a.call(ctx, write, &data); err != nil {
		return err
	}
	for _, payload := range data {
		refusal := a.refused(op, payload.Value.Errors)
		if refusal == nil && payload.Present {
			return nil
		}
		if refusal != nil {
			if now, err := a.readReturn(ctx, op, id); err == nil && done(now) {
				return nil
			}
			return refusal
		}
	}
	return a.fail(marketplace.CodeUnknown, op, "", "the answer does not say whether it is done: look before repeating", nil)
}

// ReportInspected implements [returns.InspectionReporter]: units are disposed of as RESTOCKED where they are sellable, MISSING, or
// else NOT_RESTOCKED. What Shopify has of them already is looked up before, so that a repeat disposes of nothing. Restocked units
// need a location, at which Shopify's stock rises; units that are still to be looked at are left alone.
func (a *Adapter) ReportInspected(ctx context.Context, report returns.Inspection) error {
	body, err := a.returnNode(ctx, opReportInspected, report.ReturnID)
	if err != nil {
		return err
	}
	now, err := a.decoder.decodeReturn(opReportInspected, body)
	if err != nil {
		return err
	}
	if now.Approval != canonical.ReturnApproved {
		return a.fail(marketplace.CodeConflict, opReportInspected, "return", fmt.Sprintf("the return is %s: approve it first", now.RawStatus), nil)
	}
	var source graphReturn
	if err := json.Unmarshal(body, &source); err != nil {
		return a.fail(marketplace.CodeInvalid, opReportInspected, "", "the return cannot be read", err)
	}
	shelf := newShelf(source)
	var inputs []map[string]any
	for _, line := range report.Lines {
		more, err := a.dispose(shelf, now, line, report.Location)
		if err != nil {
			return err
		}
		inputs = append(inputs, more...)
	}
	if len(inputs) == 0 {
		return nil
	}
	write := request{name: "DisposeReturn", document: disposeMutation, variables: map[string]any{"inputs": inputs}}
	return a.changeReturn(ctx, opReportInspected, report.ReturnID, write, func(canonical.Return) bool { return false })
}

// shelf is what of a return can still be disposed of: by line of the return the lines of the reverse fulfilment with their rests.
type shelf struct {
	shipped map[string]string
	open    map[string][]*openUnits
}

type openUnits struct {
	id   string
	rest decimal.Decimal
}

func newShelf(source graphReturn) shelf {
	s := shelf{shipped: map[string]string{}, open: map[string][]*openUnits{}}
	for _, line := range source.Lines.Nodes.Items {
		s.shipped[tail(line.ID)] = line.Shipped.Value.ID.String()
	}
	r := &wire.Reader{} // all was read before
	for _, reverse := range source.Reverse.Nodes.Items {
		for _, line := range reverse.Lines.Nodes.Items {
			rest := r.Amount("totalQuantity", line.Total)
			for _, done := range line.Dispositions.Items {
				rest = r.Sub("quantity", rest, r.Amount("quantity", done.Quantity))
			}
			shipped := line.Shipped.Value.ID.String()
			s.open[shipped] = append(s.open[shipped], &openUnits{id: line.ID.String(), rest: rest})
		}
	}
	return s
}

// dispose is what is to be written for one line.
func (a *Adapter) dispose(s shelf, now canonical.Return, line returns.InspectedLine, location string) ([]map[string]any, error) {
	k := slices.IndexFunc(now.Lines, func(l canonical.ReturnLine) bool { return l.ID == line.ID })
	if k < 0 {
		return nil, a.fail(marketplace.CodeNotFound, opReportInspected, "line", fmt.Sprintf("the return has no line %q", line.ID), nil)
	}
	wanted, words := map[string]decimal.Decimal{}, []string{}
	add := func(word string, qty decimal.Decimal) error {
		sum, err := wanted[word].Add(qty)
		if err != nil || qty.IsNeg() || !qty.IsInt() || sum.Cmp(now.Lines[k].Qty) > 0 {
			return a.fail(marketplace.CodeInvalid, opReportInspected, "lines", fmt.Sprintf("%s units of line %s: whole units are wanted, and no more than the %s that were to come", qty, line.ID, now.Lines[k].Qty), nil)
		}
		if !slices.Contains(words, word) {
			words = append(words, word)
		}
		wanted[word] = sum
		return nil
	}
	for _, units := range line.Found {
		word := "NOT_RESTOCKED"
		switch units.Disposition {
		case canonical.DispositionPending:
			continue
		case canonical.DispositionSellable:
			word = "RESTOCKED"
		case canonical.DispositionMissing:
			word = "MISSING"
		}
		if err := add(word, units.Qty); err != nil {
			return nil, err
		}
	}
	for _, units := range now.Lines[k].Received {
		if left, err := wanted[units.RawDisposition].Sub(units.Qty); err == nil && wanted[units.RawDisposition].IsPos() {
			wanted[units.RawDisposition] = left
		}
	}
	var inputs []map[string]any
	for _, word := range words {
		rest := wanted[word]
		for _, open := range s.open[s.shipped[line.ID]] {
			qty := rest.Min(open.rest)
			units, _, ok := qty.Int64(0)
			if !qty.IsPos() || !ok {
				continue
			}
			input := map[string]any{"reverseFulfillmentOrderLineItemId": open.id, "dispositionType": word, "quantity": units}
			if location != "" && isID(location) {
				input["locationId"] = globalID("Location", location)
			} else if word == "RESTOCKED" {
				return nil, a.fail(marketplace.CodeInvalid, opReportInspected, "location", "units that go back to stock need the number of a location of the shop", nil)
			}
			inputs = append(inputs, input)
			var err error
			if rest, err = rest.Sub(qty); err == nil {
				open.rest, err = open.rest.Sub(qty)
			}
			if err != nil {
				return nil, a.fail(marketplace.CodeInvalid, opReportInspected, "lines", "a quantity is too large", err)
			}
		}
		if rest.IsPos() {
			return nil, a.fail(marketplace.CodeConflict, opReportInspected, "lines", fmt.Sprintf("%s units of line %s cannot be %s any more: all of it is disposed of", rest, line.ID, word), nil)
		}
	}
	return inputs, nil
}

// CloseReturn implements [returns.Closer].
func (a *Adapter) CloseReturn(ctx context.Context, closing returns.Closing) error {
	now, err := a.readReturn(ctx, opCloseReturn, closing.ReturnID)
	if err != nil {
		return err
	}
	if now.Closed {
		return nil
	}
	if now.Approval == canonical.ReturnRequested {
		return a.fail(marketplace.CodeConflict, opCloseReturn, "return", "the return waits for a decision: approve or decline it", nil)
	}
	write := request{name: "CloseReturn", document: closeReturnMutation, variables: map[string]any{"id": globalID("Return", closing.ReturnID)}}
	return a.changeReturn(ctx, opCloseReturn, closing.ReturnID, write, func(now canonical.Return) bool { return now.Closed })
}
