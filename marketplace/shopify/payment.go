package shopify

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/tally"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
	"github.com/retailsync/retailsync/payments"
)

const opGetPayment = "get payment"

// movedFields are those of a transaction.
const movedFields = moneyFields + `
fragment Moved on OrderTransaction {
  id kind status errorCode gateway manualPaymentGateway createdAt processedAt amountSet { ...Money } parentTransaction { id }
}`

// paidOrderQuery reads the order of a transaction as far as its money goes. A refund of an order has few transactions.
const paidOrderQuery = `query PaidOrder($id: ID!) {
  node(id: $id) {
    id
    ... on OrderTransaction {
      order {
        id currencyCode presentmentCurrencyCode
        transactions { ...Moved }
        refunds { id note createdAt updatedAt transactions(first: 20) { nodes { id } } }
        shippingLines(first: 20) { nodes { id } }
      }
    }
  }
}` + movedFields

// graphMoved is a transaction as it is read for refunds.
type graphMoved struct {
	graphTransaction
	Error  wire.Text `json:"errorCode"`
	Manual wire.Text `json:"manualPaymentGateway"`
}

type graphPaidOrder struct {
	ID           wire.Text               `json:"id"`
	Currency     wire.Text               `json:"currencyCode"`
	Presentment  wire.Text               `json:"presentmentCurrencyCode"`
	Transactions wire.List[graphMoved]   `json:"transactions"`
	Refunds      wire.List[graphGiven]   `json:"refunds"`
	Shipping     connection[graphIDNode] `json:"shippingLines"`
}

// graphGiven is a refund with the transactions that it moved.
type graphGiven struct {
	ID           wire.Text               `json:"id"`
	Note         wire.Text               `json:"note"`
	Created      wire.Text               `json:"createdAt"`
	Updated      wire.Text               `json:"updatedAt"`
	Transactions connection[graphIDNode] `json:"transactions"`
}

type graphIDNode struct {
	ID wire.Text `json:"id"`
}

// OrderMoney is what was paid for one order and what was given back of it, in the currency that the buyer pays in.
type OrderMoney struct {
	Order canonical.Key
	// Payments are the authorisations, sales and captures of the order.
	Payments []payments.Payment
	// Refunds are the transactions that gave money back, in the order's own sequence.
	Refunds []canonical.Refund
}

// DecodeMoney decodes the transactions and refunds of an order node of the GraphQL Admin API. It is a pure function. An error is an
// [*marketplace.Error] that names the field.
//
// [*marketplace.Error]: https://pkg.go.dev/github.com/retailsync/retailsync/marketplace#Error
func DecodeMoney(channel canonical.Channel, order json.RawMessage) (OrderMoney, error) {
	paid, err := decoder{channel: channel}.paid("decode payments", order)
	return paid.OrderMoney, err
}

// paidOrder is an order as far as its money goes.
type paidOrder struct {
	OrderMoney
	currency canonical.Currency
	// gateways are those of the payments, notes those of the refunds, by the transaction's number.
	gateways, notes map[string]string
	// captured tells of which transactions money can be given back.
	captured map[string]bool
	shipping map[string]bool
}

func (d decoder) paid(op string, body json.RawMessage) (paidOrder, error) {
	var source graphPaidOrder
	if !strings.HasPrefix(strings.TrimSpace(string(body)), "{") || json.Unmarshal(body, &source) != nil {
		return paidOrder{}, d.noObject(op)
	}
	r := &wire.Reader{}
	result := paidOrder{gateways: map[string]string{}, notes: map[string]string{}, captured: map[string]bool{}, shipping: map[string]bool{}}
	result.Order = canonical.Key{Channel: d.channel, ID: identifier(r, "id", source.ID)}
	result.currency = canonical.Currency(first(source.Presentment, source.Currency).String())
	if !result.currency.Valid() {
		r.Fail("presentmentCurrencyCode", wire.ErrForm)
	}
	r.Form("transactions", source.Transactions.Odd)
	r.Form("refunds", source.Refunds.Odd)
	for _, line := range source.Shipping.Nodes.Items {
		result.shipping[tail(line.ID)] = true
	}
	at := map[string]time.Time{}
	for i, refund := range source.Refunds.Items {
		r.Form(fmt.Sprintf("refunds[%d].transactions", i), refund.Transactions.Nodes.Odd)
		for _, moved := range refund.Transactions.Nodes.Items {
			result.notes[tail(moved.ID)] = refund.Note.String()
			at[tail(moved.ID)] = r.Time(fmt.Sprintf("refunds[%d].updatedAt", i), refund.Updated)
		}
	}
	for i, moved := range source.Transactions.Items {
		d.moved(r, fmt.Sprintf("transactions[%d]", i), &result, moved)
	}
	for i := range result.Refunds {
		if updated := at[result.Refunds[i].Key.ID]; updated.After(result.Refunds[i].UpdatedAt) {
			result.Refunds[i].UpdatedAt = updated
		}
	}
	result.settle(r, source.Transactions.Items)
	if path, err := r.Failure(); err != nil {
		return paidOrder{}, d.bad(op, result.Order.ID, path, err)
	}
	return result, nil
}

// moved decodes one transaction. Amounts are those that the buyer sees.
func (d decoder) moved(r *wire.Reader, path string, result *paidOrder, source graphMoved) {
	id := identifier(r, path+".id", source.ID)
	amount := tally.Round(source.Amount.read(r, path+".amountSet").presentment, tally.Scale(result.currency))
	kind, status := source.Kind.String(), source.Status.String()
	switch kind {
	case "AUTHORIZATION", "EMV_AUTHORIZATION", "SALE", "CAPTURE":
		result.gateways[id] = source.Gateway.String()
		one := payments.Payment{ID: id, Currency: result.currency, RawStatus: status}
		if status == "SUCCESS" {
			one.Authorized = amount
		}
		if kind == "SALE" || kind == "CAPTURE" {
			one.Captured, result.captured[id] = one.Authorized, true
		}
		result.Payments = append(result.Payments, one)
	case "REFUND":
		when := r.Time(path+".createdAt", source.Created)
		one := canonical.Refund{
			Key: canonical.Key{Channel: d.channel, ID: id}, Reference: referenceIn(result.notes[id]), Order: result.Order, Payment: tail(source.Parent.Value.ID),
			Currency: result.currency, Amount: amount, Method: canonical.RefundOriginal, RawStatus: status, At: when, UpdatedAt: when,
		}
		switch gateway := source.Gateway.String(); {
		case gateway == gatewayGiftCard:
			one.Method = canonical.RefundGiftCard
		case gateway == gatewayStoreCredit:
			one.Method = canonical.RefundStoreCredit
		case source.Manual.IsTrue():
			one.Method = canonical.RefundManual
		}
		switch status {
		case "SUCCESS":
			one.Status = canonical.RefundSucceeded
		case "FAILURE", "ERROR":
			one.Status, one.Failure = canonical.RefundFailed, first(source.Error, source.Status).String()
		default: // UNKNOWN is a word of Shopify's own: the outcome is open there
			one.Status = canonical.RefundPending
		}
		result.Refunds = append(result.Refunds, one)
	}
}

// settle adds up what was captured of authorisations, and what was given back.
func (p *paidOrder) settle(r *wire.Reader, transactions []graphMoved) {
	scale := tally.Scale(p.currency)
	for _, moved := range transactions {
		parent := p.at(tail(moved.Parent.Value.ID))
		if parent == nil || moved.Status.String() != "SUCCESS" {
			continue
		}
		switch moved.Kind.String() {
		case "CAPTURE":
			parent.Captured = r.Add("transactions", parent.Captured, tally.Round(moved.Amount.read(r, "transactions").presentment, scale))
		case "VOID":
			parent.Voided = true
		}
	}
	for _, refund := range p.Refunds {
		if parent := p.at(refund.Payment); parent != nil && refund.Status != canonical.RefundFailed {
			parent.Refunded = r.Add("transactions", parent.Refunded, refund.Amount)
		}
	}
}

// at is one of the order's payments, nil if it has no such payment.
func (p *paidOrder) at(id string) *payments.Payment {
	if k := slices.IndexFunc(p.Payments, func(one payments.Payment) bool { return one.ID == id }); k >= 0 {
		return &p.Payments[k]
	}
	return nil
}

// GetPayment implements [payments.PaymentGetter]. A payment is a transaction of an order: an authorisation, a sale or a capture. Its
// amounts are those that the buyer pays, in his currency.
func (a *Adapter) GetPayment(ctx context.Context, id string) (payments.Payment, error) {
	paid, err := a.readPaid(ctx, opGetPayment, id)
	if err != nil {
		return payments.Payment{}, err
	}
	if payment := paid.at(id); payment != nil {
		return *payment, nil
	}
	return payments.Payment{}, a.fail(marketplace.CodeNotFound, opGetPayment, "", "the transaction is no authorisation, sale or capture", nil)
}

// readPaid reads the order of a transaction.
func (a *Adapter) readPaid(ctx context.Context, op, transaction string) (paidOrder, error) {
	if !isID(transaction) {
		return paidOrder{}, a.fail(marketplace.CodeNotFound, op, "", "this is not the number of a transaction of Shopify", nil)
	}
	var data struct {
		Node wire.Object[struct {
			ID    wire.Text       `json:"id"`
			Order json.RawMessage `json:"order"`
		}] `json:"node"`
	}
	read := request{op: op, name: "PaidOrder", document: paidOrderQuery, variables: map[string]any{"id": globalID("OrderTransaction", transaction)}}
	if _, err := a.call(ctx, read, &data); err != nil {
		return paidOrder{}, err
	}
	if tail(data.Node.Value.ID) != transaction || len(data.Node.Value.Order) == 0 || string(data.Node.Value.Order) == "null" {
		return paidOrder{}, a.fail(marketplace.CodeNotFound, op, "", "the shop has no such transaction, or its order is older than the app may see (scope read_all_orders)", nil)
	}
	return a.decoder.paid(op, data.Node.Value.Order)
}
