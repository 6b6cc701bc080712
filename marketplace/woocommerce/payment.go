package woocommerce

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
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
	// orderPayment begins the ids of payments that are named by their order.
	orderPayment = "order-"
)

// GetPayment implements [payments.PaymentGetter]. An order in WooCommerce has one payment: it is named by its order, "order-723". The
// gateway's own id of it, which orders have as well, finds no order in WooCommerce. What is not paid shows nothing captured.
func (a *Adapter) GetPayment(ctx context.Context, id string) (payments.Payment, error) {
	paid, err := a.readPaid(ctx, opGetPayment, canonical.Key{}, id)
	return paid.Payment, err
}

// OrderMoney is the payment of one order, and what was given back of it, the oldest first.
type OrderMoney struct {
	Order   canonical.Key
	Payment payments.Payment
	Refunds []canonical.Refund
}

// DecodeMoney decodes the payment of one order with its refunds; the bodies are those of [DecodeOrder]. It is a pure function. An
// error is an [*marketplace.Error] that names the field.
//
// [*marketplace.Error]: https://pkg.go.dev/github.com/retailsync/retailsync/marketplace#Error
func DecodeMoney(channel canonical.Channel, order json.RawMessage, refunds ...json.RawMessage) (OrderMoney, error) {
	paid, err := decoder{channel: channel}.paid("decode payments", order, refunds)
	return paid.OrderMoney, err
}

// paidOrder is an order as far as its money goes.
type paidOrder struct {
	OrderMoney
	// transaction is the gateway's id of the payment.
	transaction string
	// taxes are those of each line, by rate.
	taxes map[string][]lineTax
	// words are what refunds say of themselves, by which ours are found.
	words []refundWords
}

type refundWords struct{ reference, reason string }

// ours tells whether the refund was made here. The meta data of one that is being made is missing.
func (w refundWords) ours() bool { return w.reference != "" || strings.HasSuffix(w.reason, "]") }

// madeRefund is a refund with what is of interest to who made it.
type madeRefund struct {
	refund
	ByGateway wire.Text       `json:"refunded_payment"`
	Meta      wire.List[meta] `json:"meta_data"`
}

func (d decoder) paid(op string, body json.RawMessage, refunds []json.RawMessage) (paidOrder, error) {
	var source order
	if !strings.HasPrefix(strings.TrimSpace(string(body)), "{") || json.Unmarshal(body, &source) != nil {
		return paidOrder{}, &marketplace.Error{Code: marketplace.CodeInvalid, Channel: d.channel, Op: op, Message: "the order is not a JSON object"}
	}
	r := &wire.Reader{}
	id := source.ID.String()
	if !isID(id) {
		r.Fail("id", wire.ErrNoID)
	}
	result := paidOrder{transaction: source.TransactionID.String(), taxes: map[string][]lineTax{}}
	result.Order = canonical.Key{Channel: d.channel, ID: id}
	currency := canonical.Currency(strings.ToUpper(source.Currency.String()))
	if !currency.Valid() {
		r.Fail("currency", wire.ErrForm)
	}
	scale := tally.Scale(currency)
	result.Payment = payments.Payment{
		ID: orderPayment + id, Currency: currency, RawStatus: source.Status.String(),
		Voided: source.Paid.IsEmpty() && source.Status.String() == "cancelled",
	}
	if total := tally.Round(r.Amount("total", source.Total), scale); !source.Paid.IsEmpty() {
		result.Payment.Authorized, result.Payment.Captured = total, total
	}
	for _, line := range source.Items.Items {
		result.taxes[line.ID.String()] = line.Taxes.Items
	}
	for _, line := range source.ShippingLines.Items {
		result.taxes[line.ID.String()] = line.Taxes.Items
	}
	for _, line := range source.Fees.Items {
		result.taxes[line.ID.String()] = line.Taxes.Items
	}
	refunded := decimal.Zero
	for i, body := range refunds {
		refunded = r.Add("refunds", refunded, d.givenBack(r, fmt.Sprintf("refunds[%d]", i), &result, body))
	}
	result.Payment.Refunded = tally.Round(refunded, scale)
	if path, err := r.Failure(); err != nil {
		return paidOrder{}, d.bad(op, id, path, err)
	}
	return result, nil
}

// givenBack decodes one refund and returns its amount.
func (d decoder) givenBack(r *wire.Reader, path string, result *paidOrder, body json.RawMessage) decimal.Decimal {
	var source madeRefund
	if json.Unmarshal(body, &source) != nil {
		r.Fail(path, wire.ErrForm)
		return decimal.Zero
	}
	if !isID(source.ID.String()) {
		r.Fail(path+".id", wire.ErrNoID)
	}
	scale := tally.Scale(result.Payment.Currency)
	amount := r.Amount(path+".amount", source.Amount).Abs()
	at := r.Time(path+".date_created_gmt", source.Created)
	words := refundWords{reason: html.UnescapeString(source.Reason.String())}
	for _, entry := range source.Meta.Items {
		if entry.Key.String() == referenceKey {
			words.reference = entry.Value.String()
		}
	}
	one := canonical.Refund{
		Key:       canonical.Key{Channel: d.channel, ID: result.Order.ID + "-" + source.ID.String()},
		Reference: words.reference, Order: result.Order, Payment: result.Payment.ID, Currency: result.Payment.Currency, Amount: tally.Round(amount, scale),
		Method: canonical.RefundManual, Status: canonical.RefundSucceeded, RawStatus: "recorded", At: at, UpdatedAt: at,
	}
	if source.ByGateway.IsTrue() {
		one.Method, one.RawStatus = canonical.RefundOriginal, "refunded_payment"
	}
	for _, back := range readRefunds(r, []json.RawMessage{body}) {
		for _, part := range back.lines {
			one.Lines = append(one.Lines, canonical.RefundLine{
				LineID: part.lineID, Qty: part.qty.Trim(0),
				Net: canonical.Shop(tally.Round(part.net, scale)), Tax: canonical.Shop(tally.Round(part.tax, scale)),
			})
		}
	}
	result.Refunds, result.words = append(result.Refunds, one), append(result.words, words)
	return amount
}

// readPaid reads the payment of an order, which is the one that is given if it is an order of this shop.
func (a *Adapter) readPaid(ctx context.Context, op string, order canonical.Key, payment string) (paidOrder, error) {
	id, named := strings.CutPrefix(payment, orderPayment)
	if !named && order.Channel == a.channel {
		id = order.ID
	}
	if !isID(id) {
		return paidOrder{}, a.fail(marketplace.CodeNotFound, op, "payment",
			"WooCommerce finds payments by their order only: give order-<id>, or the payment's order with the request", nil)
	}
	reply, err := a.client.Get(ctx, op, orderPath(id), url.Values{"dp": {"6"}})
	if err != nil {
		return paidOrder{}, err
	}
	refunds, err := a.refunds(ctx, op, id)
	if err != nil {
		return paidOrder{}, err
	}
	paid, err := a.decoder.paid(op, reply.Body, refunds)
	if err != nil {
		return paidOrder{}, err
	}
	if paid.Order.ID != id {
		return paidOrder{}, a.fail(marketplace.CodeUnavailable, op, "order", "the answer is not the order that was asked for: is this the address of a WooCommerce shop?", nil)
	}
	if payment != paid.Payment.ID && payment != paid.transaction {
		return paidOrder{}, a.fail(marketplace.CodeNotFound, op, "payment", "the order was not paid by this payment", nil)
	}
	// What was asked for by the gateway's id is answered with it.
	paid.Payment.ID = payment
	for i := range paid.Refunds {
		paid.Refunds[i].Payment = payment
		if one := &paid.Refunds[i]; one.Method == canonical.RefundManual && paid.words[i].ours() && !a.manualRefunds {
			// The gateway is still at it, or the process of the shop has died meanwhile.
			one.Method, one.Status = canonical.RefundOriginal, canonical.RefundPending
		}
	}
	return paid, nil
}
