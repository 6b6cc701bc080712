package medusa

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/tally"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
	"github.com/retailsync/retailsync/payments"
)

const (
	opGetPayment = "get payment"
	paymentsPath = "/admin/payments"
)

// paidFields is what is read of an order for its payments.
var paidFields = strings.Join([]string{
	"id", "currency_code", "metadata", "payment_collections.id", "payment_collections.status", "*payment_collections.payments",
	"*payment_collections.payments.captures", "*payment_collections.payments.refunds",
}, ",")

// GetPayment implements [payments.PaymentGetter]. Medusa keeps fractions of a cent; amounts are rounded to whole minor units.
func (a *Adapter) GetPayment(ctx context.Context, id string) (payments.Payment, error) {
	paid, err := a.readPaid(ctx, opGetPayment, id)
	if err != nil {
		return payments.Payment{}, err
	}
	return paid.payment(id), nil
}

// OrderMoney is what was paid for one order and what was given back of it.
type OrderMoney struct {
	Order    canonical.Key
	Payments []payments.Payment
	// Refunds are those of all payments, the oldest first within each.
	Refunds []canonical.Refund
}

// DecodeMoney decodes the payments of one order of the Admin API: the object under "order", with the fields that
// [Adapter.GetPayment] asks for. It is a pure function. An error is an [*marketplace.Error] that names the field.
func DecodeMoney(channel canonical.Channel, body json.RawMessage) (OrderMoney, error) {
	paid, err := decoder{channel: channel}.paid("decode payments", body)
	return paid.OrderMoney, err
}

// paidOrder is an order as far as its money goes.
type paidOrder struct {
	OrderMoney
	currency canonical.Currency
	metadata map[string]wire.Text
}

// payment is one of the order's, zero if it has no such payment.
func (p paidOrder) payment(id string) payments.Payment {
	for _, one := range p.Payments {
		if one.ID == id {
			return one
		}
	}
	return payments.Payment{}
}

func (d decoder) paid(op string, body json.RawMessage) (paidOrder, error) {
	var source struct {
		ID          wire.Text                         `json:"id"`
		Currency    wire.Text                         `json:"currency_code"`
		Metadata    wire.Object[map[string]wire.Text] `json:"metadata"`
		Collections wire.List[collection]             `json:"payment_collections"`
	}
	if !isObject(body) || json.Unmarshal(body, &source) != nil {
		return paidOrder{}, &marketplace.Error{Code: marketplace.CodeInvalid, Channel: d.channel, Op: op, Message: "the order is not a JSON object"}
	}
	r := &wire.Reader{}
	result := paidOrder{metadata: source.Metadata.Value, currency: canonical.Currency(strings.ToUpper(source.Currency.String()))}
	result.Order = canonical.Key{Channel: d.channel, ID: source.ID.String()}
	if !isID(result.Order.ID) {
		r.Fail("id", wire.ErrNoID)
	}
	if !result.currency.Valid() {
		r.Fail("currency_code", wire.ErrForm)
	}
	r.Form("payment_collections", source.Collections.Odd)
	for i, collection := range source.Collections.Items {
		path := fmt.Sprintf("payment_collections[%d].payments", i)
		r.Form(path, collection.Payments.Odd)
		for j, payment := range collection.Payments.Items {
			d.paidBy(r, fmt.Sprintf("%s[%d]", path, j), &result, collection, payment)
		}
	}
	if path, err := r.Failure(); err != nil {
		return paidOrder{}, d.bad(op, source.ID.String(), path, err)
	}
	return result, nil
}

// paidBy decodes one payment. A refund has no life of its own in Medusa: what is there was made.
func (d decoder) paidBy(r *wire.Reader, path string, result *paidOrder, collection collection, source payment) {
	scale := tally.Scale(result.currency)
	id := source.ID.String()
	if !isID(id) {
		r.Fail(path+".id", wire.ErrNoID)
	}
	r.Form(path+".captures", source.Captures.Odd)
	r.Form(path+".refunds", source.Refunds.Odd)
	captured, refunded := decimal.Zero, decimal.Zero
	for i, capture := range source.Captures.Items {
		at := fmt.Sprintf("%s.captures[%d].amount", path, i)
		captured = r.Add(at, captured, r.Amount(at, exact(capture.RawAmount, capture.Amount)))
	}
	for i, refund := range source.Refunds.Items {
		at := fmt.Sprintf("%s.refunds[%d]", path, i)
		amount := r.Amount(at+".amount", exact(refund.RawAmount, refund.Amount))
		refunded = r.Add(at, refunded, amount)
		if !isID(refund.ID.String()) {
			r.Fail(at+".id", wire.ErrNoID)
		}
		when := r.Time(at+".created_at", refund.Created)
		result.Refunds = append(result.Refunds, canonical.Refund{
			Key:       canonical.Key{Channel: d.channel, ID: refundID(id, refund.ID.String())},
			Reference: refund.Note.String(), Order: result.Order, Payment: id, Currency: result.currency, Amount: tally.Round(amount, scale),
			Method: canonical.RefundOriginal, Status: canonical.RefundSucceeded, At: when, UpdatedAt: when,
		})
	}
	result.Payments = append(result.Payments, payments.Payment{
		ID: id, Currency: result.currency,
		Authorized: tally.Round(r.Amount(path+".amount", exact(source.RawAmount, source.Amount)), scale),
		Captured:   tally.Round(captured, scale), Refunded: tally.Round(refunded, scale),
		Voided: !source.Canceled.IsEmpty(), RawStatus: collection.Status.String(),
	})
}

// orderOf returns the order of a payment.
func (a *Adapter) orderOf(ctx context.Context, op, payment string) (string, error) {
	if !isID(payment) {
		return "", a.fail(marketplace.CodeNotFound, op, "payment", "this is not a payment id of Medusa", nil)
	}
	reply, err := a.client.Get(ctx, op, paymentsPath+"/"+payment, url.Values{"fields": {"id,payment_collection.order.id"}})
	if err != nil {
		return "", err
	}
	var answer struct {
		Payment *struct {
			ID         wire.Text `json:"id"`
			Collection wire.Object[struct {
				Order wire.Object[struct {
					ID wire.Text `json:"id"`
				}] `json:"order"`
			}] `json:"payment_collection"`
		} `json:"payment"`
	}
	if err := a.client.Decode(op, reply, &answer); err != nil {
		return "", err
	}
	// Of a payment that does not exist Medusa shows an empty object, and no error.
	if answer.Payment == nil {
		return "", a.fail(marketplace.CodeNotFound, op, "payment", "the shop has no such payment", nil)
	}
	order := answer.Payment.Collection.Value.Order.Value.ID.String()
	switch {
	case answer.Payment.ID.String() != payment:
		return "", a.fail(marketplace.CodeUnavailable, op, "payment", "the answer is not the payment that was asked for: is this the address of a Medusa v2 server?", nil)
	case !isID(order):
		return "", a.fail(marketplace.CodeNotFound, op, "payment", "the payment is of no order: Medusa moves the money of orders only", nil)
	}
	return order, nil
}

// readPaid reads the money of a payment's order.
func (a *Adapter) readPaid(ctx context.Context, op, payment string) (paidOrder, error) {
	order, err := a.orderOf(ctx, op, payment)
	if err != nil {
		return paidOrder{}, err
	}
	return a.readMoney(ctx, op, order, payment)
}

// readMoney reads the money of an order, which must have the payment.
func (a *Adapter) readMoney(ctx context.Context, op, order, payment string) (paidOrder, error) {
	reply, err := a.client.Get(ctx, op, ordersPath+"/"+order, url.Values{"fields": {paidFields}})
	if err != nil {
		return paidOrder{}, err
	}
	var answer struct {
		Order json.RawMessage `json:"order"`
	}
	if err := a.client.Decode(op, reply, &answer); err != nil {
		return paidOrder{}, err
	}
	paid, err := a.decoder.paid(op, answer.Order)
	if err != nil {
		return paidOrder{}, err
	}
	if paid.Order.ID != order || paid.payment(payment).ID == "" {
		return paidOrder{}, a.fail(marketplace.CodeUnavailable, op, "order", "the answer is not the order of the payment: is this the address of a Medusa v2 server?", nil)
	}
	return paid, nil
}
