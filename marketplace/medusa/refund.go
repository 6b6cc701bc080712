package medusa

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/payback"
	"github.com/retailsync/retailsync/payments"
)

const (
	opCreateRefund = "create refund"
	opFindRefund   = "find refund"
	opGetRefund    = "get refund"
)

// RefundKeyWindow implements [payments.RefundCreator]: Medusa takes no keys, and makes the same refund as often as it is asked to.
func (a *Adapter) RefundKeyWindow() time.Duration { return 0 }

// CreateRefund implements [payments.RefundCreator]. The reference goes into the refund's note, by which it is found again; Reason is
// the id of one of the shop's refund reasons. Lines have no place in Medusa and are left out.
//
// Writes of one order follow each other here, and what is captured and not given back yet is read before Medusa is asked, which
// itself would give back up to half a cent more. Medusa may answer an error after it gave the money back, so the refunds decide.
func (a *Adapter) CreateRefund(ctx context.Context, request payments.RefundRequest) (canonical.Refund, error) {
	none := canonical.Refund{}
	refuse := func(path, message string) (canonical.Refund, error) {
		return none, a.fail(marketplace.CodeInvalid, opCreateRefund, path, message, nil)
	}
	reference := strings.TrimSpace(request.Reference)
	if reference == "" {
		return refuse("reference", "the refund has no reference, by which it would be found again")
	}
	if problem := payback.AmountProblem(request); problem != "" {
		return refuse("amount", problem)
	}
	order, err := a.orderOf(ctx, opCreateRefund, request.Payment)
	if err != nil {
		return none, payback.Unasked(err)
	}
	defer a.orders.lock(order)()
	paid, err := a.readMoney(ctx, opCreateRefund, order, request.Payment)
	if err != nil {
		return none, payback.Unasked(err)
	}
	payment := paid.payment(request.Payment)
	if request.Currency != paid.currency {
		return refuse("currency", fmt.Sprintf("the payment is in %s, not in %s", paid.currency, request.Currency))
	}
	if problem := payback.LeftProblem(request, payment); problem != "" {
		return refuse("amount", problem)
	}
	body := map[string]any{"amount": number(request.Amount.Trim(0).String()), "note": reference}
	if request.Reason != "" {
		body["refund_reason_id"] = request.Reason
	}
	_, failure := a.client.Send(ctx, opCreateRefund, http.MethodPost, paymentsPath+"/"+request.Payment+"/refund", body)
	if marketplace.CodeOf(failure) == marketplace.CodeUnknown {
		return none, failure // it may still be at work
	}
	refund, found, err := a.refundAfter(ctx, order, request)
	switch {
	case found:
		return refund, nil
	case failure != nil && err == nil:
		return none, a.notDone(failure)
	default:
		return none, a.fail(marketplace.CodeUnknown, opCreateRefund, "", "Medusa has answered, but does not show what became of it (yet): look before repeating", err)
	}
}

// notDone is an error of Medusa after which it was seen that it did nothing: what met another write may be asked for again.
func (a *Adapter) notDone(failure error) error {
	if marketplace.CodeOf(failure) == marketplace.CodeConflict {
		return a.fail(marketplace.CodeUnavailable, opCreateRefund, "", "Medusa was at work on the order for somebody else: repeat", failure)
	}
	return failure
}

// refundAfter looks for a refund once Medusa has answered.
func (a *Adapter) refundAfter(ctx context.Context, order string, request payments.RefundRequest) (canonical.Refund, bool, error) {
	paid, err := a.readMoney(ctx, opCreateRefund, order, request.Payment)
	if err != nil {
		return canonical.Refund{}, false, err
	}
	refund, found := paid.byReference(request.Reference)
	return refund, found, nil
}

// FindRefund implements [payments.RefundFinder]: it reads all refunds of all payments of the order. Medusa writes a refund down
// before it asks the payment service, and deletes it if that refuses; a refund that is found while it is being made may vanish.
func (a *Adapter) FindRefund(ctx context.Context, request payments.RefundRequest) (canonical.Refund, bool, error) {
	paid, err := a.readPaid(ctx, opFindRefund, request.Payment)
	if err != nil {
		return canonical.Refund{}, false, err
	}
	refund, found := paid.byReference(request.Reference)
	return refund, found, nil
}

func (p paidOrder) byReference(reference string) (canonical.Refund, bool) {
	reference = strings.TrimSpace(reference)
	for _, refund := range p.Refunds {
		if reference != "" && refund.Reference == reference {
			return refund, true
		}
	}
	return canonical.Refund{}, false
}

// refundID names a refund: Medusa shows refunds with their payment only, so the payment is part of it.
func refundID(payment, refund string) string { return payment + "/" + refund }

// GetRefund implements [payments.RefundGetter]. The id of a refund is "<payment>/<refund>", since Medusa shows refunds with their
// payment only.
func (a *Adapter) GetRefund(ctx context.Context, id string) (canonical.Refund, error) {
	payment, refund, _ := strings.Cut(id, "/")
	if !isID(payment) || !isID(refund) {
		return canonical.Refund{}, a.fail(marketplace.CodeNotFound, opGetRefund, "", `this is not a refund id of Medusa: it is "<payment>/<refund>"`, nil)
	}
	paid, err := a.readPaid(ctx, opGetRefund, payment)
	if err != nil {
		return canonical.Refund{}, err
	}
	for _, one := range paid.Refunds {
		if one.Key.ID == id {
			return one, nil
		}
	}
	return canonical.Refund{}, a.fail(marketplace.CodeNotFound, opGetRefund, "", "the payment has no such refund", nil)
}
