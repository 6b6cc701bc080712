package woocommerce

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/payback"
	"github.com/retailsync/retailsync/marketplace/internal/tally"
	"github.com/retailsync/retailsync/payments"
)

const (
	opCreateRefund = "create refund"
	opFindRefund   = "find refund"
	opGetRefund    = "get refund"
)

// RefundKeyWindow implements [payments.RefundCreator]: WooCommerce takes no keys, and makes the same refund as often as it is asked to.
func (a *Adapter) RefundKeyWindow() time.Duration { return 0 }

// CreateRefund implements [payments.RefundCreator]. The shop has the gateway of the payment give the money back, unless
// [WithManualRefunds] says that people do. The reference stands in the refund's meta data, and in its reason after the word of the
// request, since WooCommerce writes meta data last: a refund whose making was cut short is found as well. Customers see the reason.
// Lines give units and amounts back to the lines of the order; the shop's stock stays as it is.
//
// WooCommerce keeps no trace of a refund that its gateway refused, and cannot say whether the gateway gave money back and failed then:
// that is [marketplace.CodeConflict], and for a person to look at.
func (a *Adapter) CreateRefund(ctx context.Context, request payments.RefundRequest) (canonical.Refund, error) {
	none := canonical.Refund{}
	refuse := func(path, message string) (canonical.Refund, error) {
		return none, a.fail(marketplace.CodeInvalid, opCreateRefund, path, message, nil)
	}
	if strings.TrimSpace(request.Reference) == "" {
		return refuse("reference", "the refund has no reference, by which it would be found again")
	}
	if problem := payback.AmountProblem(request); problem != "" {
		return refuse("amount", problem)
	}
	paid, err := a.readPaid(ctx, opCreateRefund, request.Order, request.Payment)
	if err != nil {
		return none, payback.Unasked(err)
	}
	if request.Currency != paid.Payment.Currency {
		return refuse("currency", fmt.Sprintf("the payment is in %s, not in %s", paid.Payment.Currency, request.Currency))
	}
	if problem := payback.LeftProblem(request, paid.Payment); problem != "" {
		return refuse("amount", problem)
	}
	lines, path, problem := refundLines(request, paid)
	if problem != "" {
		return refuse(path, problem)
	}
	_, failure := a.client.Send(ctx, opCreateRefund, http.MethodPost, orderPath(paid.Order.ID)+"/refunds", map[string]any{
		"amount": request.Amount.Trim(0).String(), "reason": payback.Note(request), "line_items": lines,
		"api_refund": !a.manualRefunds, "api_restock": false,
		"meta_data": []any{map[string]any{"key": referenceKey, "value": strings.TrimSpace(request.Reference)}},
	})
	switch marketplace.CodeOf(failure) {
	case marketplace.CodeUnknown:
		return none, failure // it may still be at work
	case marketplace.CodeUnavailable, marketplace.CodeRateLimited:
		return none, failure // it was not asked
	}
	return a.refundAfter(ctx, request, failure)
}

// refundAfter looks for a refund once the shop has answered, since it may answer an error, or print a plugin's warning, after it made
// the refund.
func (a *Adapter) refundAfter(ctx context.Context, request payments.RefundRequest, failure error) (canonical.Refund, error) {
	none := canonical.Refund{}
	paid, err := a.readPaid(ctx, opCreateRefund, request.Order, request.Payment)
	if err == nil {
		if refund, found := paid.byReference(request); found {
			return refund, nil
		}
	}
	switch {
	case err != nil || failure == nil:
		return none, a.fail(marketplace.CodeUnknown, opCreateRefund, "", "the shop has answered, but does not show what became of it (yet): look before repeating", err)
	case marketplace.CodeOf(failure) != marketplace.CodeConflict:
		return none, failure
	case request.Amount.Cmp(payback.Left(paid.Payment)) > 0:
		return none, a.fail(marketplace.CodeInvalid, opCreateRefund, "amount", "meanwhile somebody else has given money back, and too little is left", failure)
	case a.manualRefunds:
		return none, a.fail(marketplace.CodeUnavailable, opCreateRefund, "", "the shop could not write the refund down: repeat", failure)
	default:
		return none, a.fail(marketplace.CodeConflict, opCreateRefund, "",
			"the payment's gateway refused or failed, and WooCommerce keeps no trace of it: look at the gateway whether the money went back", failure)
	}
}

// refundLines are the lines of a refund as the shop wants them: net, and the tax by rate. A tax is shared by the rates as they share
// the tax of the order's line.
func refundLines(request payments.RefundRequest, paid paidOrder) (lines []any, path, problem string) {
	lines = []any{}
	scale := tally.Scale(paid.Payment.Currency)
	for _, line := range request.Lines {
		rates, known := paid.taxes[line.LineID]
		if !known || !isID(line.LineID) {
			return nil, "lines", fmt.Sprintf("the order has no line %q", line.LineID)
		}
		if !line.Qty.IsInt() || line.Qty.IsNeg() || line.Net.Shop.IsNeg() || line.Tax.Shop.IsNeg() {
			return nil, "lines", fmt.Sprintf("line %s gives back %s units, %s and a tax of %s: give whole units and nothing negative", line.LineID, line.Qty, line.Net.Shop, line.Tax.Shop)
		}
		taxes, ok := sharedTax(line.Tax.Shop, rates, scale)
		if !ok {
			return nil, "lines", fmt.Sprintf("line %s gives back a tax of %s, and the order's line has none or one that cannot be shared", line.LineID, line.Tax.Shop)
		}
		lines = append(lines, map[string]any{
			"id": line.LineID, "quantity": number(line.Qty.Trim(0).String()), "refund_total": number(line.Net.Shop.Trim(0).String()), "refund_tax": taxes,
		})
	}
	return lines, "", ""
}

// sharedTax shares a tax by the rates of a line.
func sharedTax(tax decimal.Decimal, rates []lineTax, scale int) ([]any, bool) {
	shared := []any{}
	if tax.IsZero() {
		return shared, true
	}
	whole, parts := decimal.Zero, make([]decimal.Decimal, len(rates))
	for i, rate := range rates {
		part, err := rate.Total.Decimal()
		if err != nil {
			return nil, false
		}
		if whole, err = whole.Add(part); err != nil {
			return nil, false
		}
		parts[i] = part
	}
	for i, part := range parts {
		product, err := tax.Mul(part)
		if err != nil || whole.IsZero() {
			return nil, false
		}
		parts[i] = quotient(product, whole)
	}
	parts, ok := tally.Fit(tax, parts, scale)
	for i, part := range parts {
		if !isID(rates[i].RateID.String()) {
			return nil, false
		}
		shared = append(shared, map[string]any{"id": rates[i].RateID.String(), "refund_total": number(part.Trim(0).String())})
	}
	return shared, ok && len(parts) > 0
}

// byReference finds a refund of ours: by its meta data, or by its reason if its making was cut short.
func (p paidOrder) byReference(request payments.RefundRequest) (canonical.Refund, bool) {
	reference := strings.TrimSpace(request.Reference)
	for i, words := range p.words {
		if reference != "" && (words.reference == reference || words.reference == "" && payback.Names(words.reason, reference)) {
			refund := p.Refunds[i]
			refund.Reference = reference
			return refund, true
		}
	}
	return canonical.Refund{}, false
}

// FindRefund implements [payments.RefundFinder]: it reads all refunds of the order. WooCommerce writes a refund down before it asks
// the gateway, and deletes it if that refuses; a refund that is found while it is being made may vanish.
func (a *Adapter) FindRefund(ctx context.Context, request payments.RefundRequest) (canonical.Refund, bool, error) {
	paid, err := a.readPaid(ctx, opFindRefund, request.Order, request.Payment)
	if err != nil {
		return canonical.Refund{}, false, err
	}
	refund, found := paid.byReference(request)
	return refund, found, nil
}

// GetRefund implements [payments.RefundGetter]. The id of a refund is that of its order and its own, with a hyphen between ("723-726"),
// as that of the return which [Adapter.GetReturn] takes it for; its payment is named by the order.
func (a *Adapter) GetRefund(ctx context.Context, id string) (canonical.Refund, error) {
	orderID, _, ok := splitReturn(id)
	if !ok {
		return canonical.Refund{}, a.fail(marketplace.CodeNotFound, opGetRefund, "", "a refund id of WooCommerce is an order's id and a refund's, as in 723-726", nil)
	}
	paid, err := a.readPaid(ctx, opGetRefund, canonical.Key{}, orderPayment+orderID)
	if err != nil {
		return canonical.Refund{}, err
	}
	for _, refund := range paid.Refunds {
		if refund.Key.ID == id {
			return refund, nil
		}
	}
	return canonical.Refund{}, a.fail(marketplace.CodeNotFound, opGetRefund, "", "the order has no such refund", nil)
}
