package shopify

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/payback"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
	"github.com/retailsync/retailsync/payments"
)

const (
	opCreateRefund = "create refund"
	opFindRefund   = "find refund"
	opGetRefund    = "get refund"
	// keyWindow is how long Shopify recognises the key of @idempotent.
	keyWindow = 24 * time.Hour
)

const createRefundMutation = `mutation CreateRefund($input: RefundInput!, $key: String!) {
  refundCreate(input: $input) @idempotent(key: $key) {
    refund { id note createdAt updatedAt transactions(first: 20) { nodes { ...Moved } } }
    userErrors { field message }
  }
}` + movedFields

// RefundKeyWindow implements [payments.RefundCreator]: a day.
func (a *Adapter) RefundKeyWindow() time.Duration { return keyWindow }

// CreateRefund implements [payments.RefundCreator]. The payment is a sale or a capture; the money goes back by its gateway, in the
// currency that the buyer paid in. The reference stands in the refund's note, after the word of the request, and is looked for first;
// the key goes with the mutation, so that two at once are one. Units of lines are marked as refunded, and the stock stays as it is;
// what of the shipping is given back is part of the amount, and not told apart.
func (a *Adapter) CreateRefund(ctx context.Context, request payments.RefundRequest) (canonical.Refund, error) {
	none := canonical.Refund{}
	refuse := func(code marketplace.Code, path, message string) (canonical.Refund, error) {
		return none, a.fail(code, opCreateRefund, path, message, nil)
	}
	if strings.TrimSpace(request.Reference) == "" || strings.TrimSpace(request.Key) == "" {
		return refuse(marketplace.CodeInvalid, "reference", "the refund has no reference or no key, by which it would be known again")
	}
	if problem := payback.AmountProblem(request); problem != "" {
		return refuse(marketplace.CodeInvalid, "amount", problem)
	}
	paid, err := a.readPaid(ctx, opCreateRefund, request.Payment)
	if err != nil {
		return none, payback.Unasked(err)
	}
	if refund, found := paid.byReference(request); found {
		if refund.Currency != request.Currency || !refund.Amount.Equal(request.Amount) || refund.Payment != request.Payment {
			return refuse(marketplace.CodeConflict, "reference", "the reference is of another refund: give each refund one of its own")
		}
		return refund, nil
	}
	payment := paid.at(request.Payment)
	switch {
	case payment == nil || !paid.captured[request.Payment]:
		return refuse(marketplace.CodeInvalid, "payment", "the transaction is no sale and no capture: name the one that took the money")
	case request.Currency != paid.currency:
		return refuse(marketplace.CodeInvalid, "currency", fmt.Sprintf("the buyer paid in %s, not in %s", paid.currency, request.Currency))
	}
	if problem := payback.LeftProblem(request, *payment); problem != "" {
		return refuse(marketplace.CodeInvalid, "amount", problem)
	}
	input, problem := refundInput(request, paid)
	if problem != "" {
		return refuse(marketplace.CodeInvalid, "lines", problem)
	}
	refund, failure := a.sendRefund(ctx, request, paid, input)
	if failure == nil || marketplace.CodeOf(failure) != marketplace.CodeInvalid {
		return refund, failure
	}
	// It was refused, or the answer was no answer: the order says which.
	paid, err = a.readPaid(ctx, opCreateRefund, request.Payment)
	if err != nil {
		return none, a.fail(marketplace.CodeUnknown, opCreateRefund, "", "it could not be looked up what became of it: look before repeating", err)
	}
	if refund, found := paid.byReference(request); found {
		return refund, nil
	}
	return none, failure
}

// sendRefund asks for the refund and reads what became of it.
func (a *Adapter) sendRefund(ctx context.Context, asked payments.RefundRequest, paid paidOrder, input map[string]any) (canonical.Refund, error) {
	var data struct {
		Create wire.Object[struct {
			Refund wire.Object[struct {
				ID           wire.Text              `json:"id"`
				Note         wire.Text              `json:"note"`
				Updated      wire.Text              `json:"updatedAt"`
				Transactions connection[graphMoved] `json:"transactions"`
			}] `json:"refund"`
			Errors wire.List[userError] `json:"userErrors"`
		}] `json:"refundCreate"`
	}
	write := request{op: opCreateRefund, name: "CreateRefund", document: createRefundMutation, writes: true, variables: map[string]any{"input": input, "key": asked.Key}}
	if _, err := a.call(ctx, write, &data); err != nil {
		return canonical.Refund{}, aboutKey(err)
	}
	answer := data.Create.Value
	if err := a.refused(opCreateRefund, answer.Errors); err != nil {
		return canonical.Refund{}, aboutKey(err)
	}
	r := &wire.Reader{}
	made := paidOrder{OrderMoney: OrderMoney{Order: paid.Order}, currency: paid.currency, gateways: map[string]string{}, captured: map[string]bool{}, notes: map[string]string{}}
	for _, moved := range answer.Refund.Value.Transactions.Nodes.Items {
		made.notes[tail(moved.ID)] = answer.Refund.Value.Note.String()
		a.decoder.moved(r, "transactions", &made, moved)
	}
	if _, err := r.Failure(); err == nil {
		if refund, found := made.byReference(asked); found {
			return refund, nil
		}
	}
	return canonical.Refund{}, a.fail(marketplace.CodeUnknown, opCreateRefund, "refund", "Shopify has answered, but does not show what became of it (yet): look before repeating", nil)
}

// aboutKey tells refusals of the key from others: Shopify has no code for them here.
func aboutKey(err error) error {
	failure, ok := err.(*marketplace.Error)
	if !ok || failure.Code != marketplace.CodeInvalid || !strings.Contains(strings.ToLower(failure.Message), "idempotency key") {
		return err
	}
	again := *failure
	again.Code = marketplace.CodeUnknown // such as one that is being worked on
	if strings.Contains(failure.Message, "different") {
		again.Code = marketplace.CodeConflict
	}
	return &again
}

// refundInput is what Shopify is asked.
func refundInput(request payments.RefundRequest, paid paidOrder) (input map[string]any, problem string) {
	order := globalID("Order", paid.Order.ID)
	input = map[string]any{
		"orderId": order, "currency": string(request.Currency), "note": payback.Note(request),
		"transactions": []any{map[string]any{
			"orderId": order, "parentId": globalID("OrderTransaction", request.Payment), "kind": "REFUND", "gateway": paid.gateways[request.Payment],
			"amount": request.Amount.Trim(0).String(),
		}},
	}
	var lines []any
	for _, line := range request.Lines {
		units, _, ok := line.Qty.Int64(0)
		switch {
		case !isID(line.LineID):
			return nil, fmt.Sprintf("%q is not the number of a line of the order", line.LineID)
		case !ok || line.Qty.IsNeg() || !line.Qty.IsInt():
			return nil, fmt.Sprintf("%s of line %s is no number of whole units, which Shopify counts in", line.Qty, line.LineID)
		case units > 0 && !paid.shipping[line.LineID]:
			lines = append(lines, map[string]any{"lineItemId": globalID("LineItem", line.LineID), "quantity": units, "restockType": "NO_RESTOCK"})
		}
	}
	if len(lines) > 0 {
		input["refundLineItems"] = lines
	}
	return input, ""
}

// referenceIn is the reference in a note of ours; empty in any other.
func referenceIn(note string) string {
	begin := strings.LastIndexByte(note, '[')
	if begin < 0 || !strings.HasSuffix(note, "]") {
		return ""
	}
	return note[begin+1 : len(note)-1]
}

// byReference finds a refund of ours, whatever reason it was given.
func (p *paidOrder) byReference(request payments.RefundRequest) (canonical.Refund, bool) {
	reference := strings.TrimSpace(request.Reference)
	for _, refund := range p.Refunds {
		if reference != "" && payback.Names(p.notes[refund.Key.ID], reference) {
			refund.Reference = reference
			return refund, true
		}
	}
	return canonical.Refund{}, false
}

// FindRefund implements [payments.RefundFinder]: it reads the refunds of the order. One that a person made is not ours.
func (a *Adapter) FindRefund(ctx context.Context, request payments.RefundRequest) (canonical.Refund, bool, error) {
	paid, err := a.readPaid(ctx, opFindRefund, request.Payment)
	if err != nil {
		return canonical.Refund{}, false, err
	}
	refund, found := paid.byReference(request)
	return refund, found, nil
}

// GetRefund implements [payments.RefundGetter]. The id of a refund is that of the transaction that moves the money, which settlements
// name as well, and not the one of the refund that it is part of.
func (a *Adapter) GetRefund(ctx context.Context, id string) (canonical.Refund, error) {
	paid, err := a.readPaid(ctx, opGetRefund, id)
	if err != nil {
		return canonical.Refund{}, err
	}
	for _, refund := range paid.Refunds {
		if refund.Key.ID == id {
			return refund, nil
		}
	}
	return canonical.Refund{}, a.fail(marketplace.CodeNotFound, opGetRefund, "", "the transaction is no refund", nil)
}
