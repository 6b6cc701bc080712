package shopify

import (
	"context"
	"strings"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/payback"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
	"github.com/retailsync/retailsync/payments"
)

const opVoid = "void payment"

// Shopify takes no key with this mutation: a second one finds the authorisation void, and is refused.
const voidMutation = `mutation VoidPayment($id: ID!) {
  transactionVoid(parentTransactionId: $id) {
    transaction { ...Moved }
    userErrors { field message code }
  }
}` + movedFields

// VoidPayment implements [payments.Voider]. The payment is an authorisation of which nothing was captured. What became of it is read from
// the order before Shopify is asked, and after whatever it answers: so repeats, and two at once, void once. Key and Reference are not sent,
// since Shopify has no place for them. It needs the scope write_orders.
func (a *Adapter) VoidPayment(ctx context.Context, request payments.VoidRequest) (payments.Payment, error) {
	none := payments.Payment{}
	payment, problem, err := a.readVoidable(ctx, request.Payment)
	switch {
	case err != nil:
		return none, payback.Unasked(err)
	case payment.Voided:
		return payment, nil
	case problem != "":
		return none, a.fail(marketplace.CodeInvalid, opVoid, "payment", problem, nil)
	}
	failure := a.sendVoid(ctx, request.Payment)
	if failure != nil && marketplace.CodeOf(failure) != marketplace.CodeInvalid {
		return none, failure
	}
	payment, _, err = a.readVoidable(ctx, request.Payment)
	switch {
	case err == nil && payment.Voided:
		return payment, nil
	case err == nil && failure != nil:
		return none, failure
	}
	return none, a.fail(marketplace.CodeUnknown, opVoid, "", "Shopify has answered, but does not show what became of it (yet): look before repeating", err)
}

// readVoidable reads a payment, and why it cannot be voided; empty if it can.
func (a *Adapter) readVoidable(ctx context.Context, id string) (payment payments.Payment, problem string, err error) {
	paid, err := a.readPaid(ctx, opVoid, id)
	if err != nil {
		return payment, "", err
	}
	found := paid.at(id)
	switch {
	case found == nil:
		return payment, "the transaction is no authorisation, sale or capture", nil
	case paid.captured[id]:
		problem = "the transaction took the money: refund it"
	case found.Captured.IsPos():
		problem = "of the authorisation " + found.Captured.String() + " are captured: refund what was captured"
	case !found.Authorized.IsPos():
		problem = "the authorisation did not succeed (" + found.RawStatus + "): there is nothing to let go"
	}
	return *found, problem, nil
}

// sendVoid asks for the void. Its answer may be a transaction that failed, or that the gateway still works on.
func (a *Adapter) sendVoid(ctx context.Context, id string) error {
	var data struct {
		Void wire.Object[struct {
			Transaction wire.Object[graphMoved] `json:"transaction"`
			Errors      wire.List[userError]    `json:"userErrors"`
		}] `json:"transactionVoid"`
	}
	write := request{op: opVoid, name: "VoidPayment", document: voidMutation, writes: true, variables: map[string]any{"id": globalID("OrderTransaction", id)}}
	if _, err := a.call(ctx, write, &data); err != nil {
		return err
	}
	answer := data.Void.Value
	if len(answer.Errors.Items) > 0 && strings.EqualFold(answer.Errors.Items[0].Code.String(), "GENERIC_ERROR") {
		return a.fail(marketplace.CodeUnknown, opVoid, "", "the channel says "+a.client.Quote(answer.Errors.Items[0].Message.String()), nil)
	}
	if err := a.refused(opVoid, answer.Errors); err != nil {
		return err
	}
	switch status := answer.Transaction.Value.Status.String(); status {
	case "FAILURE", "ERROR":
		return a.fail(marketplace.CodeInvalid, opVoid, "", "the gateway has not let the money go: "+a.client.Quote(first(answer.Transaction.Value.Error, answer.Transaction.Value.Status).String()), nil)
	}
	return nil
}
