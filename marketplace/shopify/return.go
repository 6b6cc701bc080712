package shopify

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// DecodeReturn decodes a node of a return, with the fields that [Adapter.GetReturn] asks for. It is a pure function. An error is an
// [*marketplace.Error] that names the field.
func DecodeReturn(channel canonical.Channel, body json.RawMessage) (canonical.Return, error) {
	return decoder{channel: channel}.decodeReturn("decode return", body)
}

type graphReturn struct {
	ID       wire.Text `json:"id"`
	Name     wire.Text `json:"name"`
	Status   wire.Text `json:"status"`
	Created  wire.Text `json:"createdAt"`
	Closed   wire.Text `json:"closedAt"`
	Approved wire.Text `json:"requestApprovedAt"`
	Decline  wire.Object[struct {
		Reason wire.Text `json:"reason"`
	}] `json:"decline"`
	Order wire.Object[struct {
		ID            wire.Text `json:"id"`
		Name          wire.Text `json:"name"`
		Updated       wire.Text `json:"updatedAt"`
		Currency      wire.Text `json:"currencyCode"`
		Presentment   wire.Text `json:"presentmentCurrencyCode"`
		TaxesIncluded wire.Text `json:"taxesIncluded"`
	}] `json:"order"`
	Lines    connection[graphReturnLine]   `json:"returnLineItems"`
	Exchange connection[graphExchangeLine] `json:"exchangeLineItems"`
	Shipping wire.List[graphReturnFee]     `json:"returnShippingFees"`
	Refunds  connection[struct {
		ID    wire.Text `json:"id"`
		Total graphBag  `json:"totalRefundedSet"`
	}] `json:"refunds"`
	Reverse connection[graphReverse] `json:"reverseFulfillmentOrders"`
}

type graphReturnFee struct {
	Amount graphBag `json:"amountSet"`
}

type graphReturnLine struct {
	Type     wire.Text `json:"__typename"`
	ID       wire.Text `json:"id"`
	Quantity wire.Text `json:"quantity"`
	Reason   wire.Object[struct {
		Handle wire.Text `json:"handle"`
	}] `json:"returnReasonDefinition"`
	Shipped wire.Object[graphShippedLine] `json:"fulfillmentLineItem"`
	Worth   graphBag                      `json:"withCodeDiscountedTotalPriceSet"`
	Fee     wire.Object[graphReturnFee]   `json:"restockingFee"`
}

type graphShippedLine struct {
	ID   wire.Text `json:"id"`
	Line wire.Object[struct {
		ID  wire.Text `json:"id"`
		SKU wire.Text `json:"sku"`
	}] `json:"lineItem"`
}

type graphExchangeLine struct {
	ID       wire.Text            `json:"id"`
	Quantity wire.Text            `json:"quantity"`
	Title    wire.Text            `json:"title"`
	SKU      wire.Text            `json:"variantSku"`
	Items    wire.List[graphItem] `json:"lineItems"`
}

type graphReverse struct {
	ID         wire.Text                    `json:"id"`
	Lines      connection[graphReverseLine] `json:"lineItems"`
	Deliveries connection[struct {
		ID          wire.Text `json:"id"`
		Deliverable wire.Object[struct {
			Tracking wire.Object[struct {
				Carrier wire.Text `json:"carrierName"`
				Number  wire.Text `json:"number"`
				URL     wire.Text `json:"url"`
			}] `json:"tracking"`
		}] `json:"deliverable"`
	}] `json:"reverseDeliveries"`
}

type graphReverseLine struct {
	ID           wire.Text                     `json:"id"`
	Total        wire.Text                     `json:"totalQuantity"`
	Shipped      wire.Object[graphShippedLine] `json:"fulfillmentLineItem"`
	Dispositions wire.List[graphDisposition]   `json:"dispositions"`
}

type graphDisposition struct {
	Type     wire.Text `json:"type"`
	Quantity wire.Text `json:"quantity"`
	Location wire.Object[struct {
		ID wire.Text `json:"id"`
	}] `json:"location"`
}

func (d decoder) decodeReturn(op string, body json.RawMessage) (canonical.Return, error) {
	var source graphReturn
	if !strings.HasPrefix(strings.TrimSpace(string(body)), "{") || json.Unmarshal(body, &source) != nil {
		return canonical.Return{}, &marketplace.Error{Code: marketplace.CodeInvalid, Channel: d.channel, Op: op, Message: "the return is not a JSON object"}
	}
	r := &wire.Reader{}
	of := source.Order.Value
	result := canonical.Return{
		Key: canonical.Key{Channel: d.channel, ID: tail(source.ID)}, Number: source.Name.String(),
		Order: canonical.Key{Channel: d.channel, ID: tail(of.ID)}, OrderNumber: of.Name.String(),
		RequestedAt: r.Time("createdAt", source.Created), RawStatus: source.Status.String(),
		Currency: canonical.Currency(of.Currency.String()), DeclineReason: source.Decline.Value.Reason.String(),
		// A return has no time of its change; its order's moves with it.
		Revision: canonical.Revision{UpdatedAt: latest(r.Time("order.updatedAt", of.Updated), r.Time("createdAt", source.Created))},
	}
	if presentment := of.Presentment.String(); presentment != of.Currency.String() {
		result.PresentmentCurrency = canonical.Currency(presentment)
	}
	if result.Key.ID == "" {
		r.Fail("id", wire.ErrNoID)
	}
	if result.Order.ID == "" {
		r.Fail("order.id", wire.ErrNoID)
	}
	unknown := words{}
	money := returnMoney{calc: bags{r}, coin: coinOf(canonical.Order{Currency: result.Currency, PresentmentCurrency: result.PresentmentCurrency}), included: of.TaxesIncluded.IsTrue()}
	source.lines(r, &result, money, unknown)
	source.exchange(r, &result, money)
	source.amounts(r, &result, money)
	source.parcels(r, &result)
	source.states(&result, unknown)
	if path, err := r.Failure(); err != nil {
		return canonical.Return{}, &marketplace.Error{
			Code: marketplace.CodeInvalid, Channel: d.channel, Op: op, Path: path,
			Message: fmt.Sprintf("return %s cannot be read: correct it in the shop", source.Name), Err: err,
		}
	}
	if len(unknown) > 0 {
		result.Ext = map[string]json.RawMessage{}
		unknown.into(result.Ext)
	}
	result.Revision.Digest = result.Digest()
	return result, nil
}

// returnMoney reads the amounts of a return.
type returnMoney struct {
	calc     bags
	coin     coin
	included bool
}

// lines decodes what is to come back and what was found. The disposition of units stands under the line of the parcel that they left
// in, so that lines of the return that share one take from it in turn.
func (source graphReturn) lines(r *wire.Reader, result *canonical.Return, money returnMoney, unknown words) {
	found := map[string][]canonical.ReceivedUnits{}
	for i, reverse := range source.Reverse.all(r, "reverseFulfillmentOrders") {
		for j, line := range reverse.Lines.all(r, fmt.Sprintf("reverseFulfillmentOrders[%d].lineItems", i)) {
			for k, one := range line.Dispositions.Items {
				path := fmt.Sprintf("reverseFulfillmentOrders[%d].lineItems[%d].dispositions[%d]", i, j, k)
				shipped := line.Shipped.Value.ID.String()
				found[shipped] = append(found[shipped], one.read(r, path, unknown))
			}
		}
	}
	for i, line := range source.Lines.all(r, "returnLineItems") {
		path := fmt.Sprintf("returnLineItems[%d]", i)
		shipped := line.Shipped.Value
		one := canonical.ReturnLine{
			ID: tail(line.ID), OrderLineID: tail(shipped.Line.Value.ID), SKU: shipped.Line.Value.SKU.String(),
			Qty: r.Amount(path+".quantity", line.Quantity), Reason: line.Reason.Value.Handle.String(),
			Resolution: canonical.ResolutionRefund,
		}
		if one.ID == "" {
			r.Fail(path+".id", wire.ErrNoID)
		}
		one.Received, found[shipped.ID.String()] = takeUnits(r, path, found[shipped.ID.String()], one.Qty)
		if worth := line.Worth; worth.Present && money.included {
			// Before tax, Shopify does not say what a line is worth with it.
			one.Refund, one.RefundKnown = money.coin.amount(worth.read(r, path+".withCodeDiscountedTotalPriceSet")), true
		}
		if line.Fee.Present {
			fee := money.coin.amount(line.Fee.Value.Amount.read(r, path+".restockingFee.amountSet"))
			result.Fees = append(result.Fees, canonical.ReturnFee{Kind: canonical.FeeRestocking, ReturnLineID: one.ID, Amount: fee})
		}
		result.Lines = append(result.Lines, one)
	}
}

// dispositions are Shopify's words for what was found in a unit.
var dispositions = map[string]canonical.Disposition{
	"RESTOCKED": canonical.DispositionSellable, "NOT_RESTOCKED": canonical.DispositionDamaged,
	"PROCESSING_REQUIRED": canonical.DispositionPending, "MISSING": canonical.DispositionMissing,
}

func (g graphDisposition) read(r *wire.Reader, path string, unknown words) canonical.ReceivedUnits {
	word := g.Type.String()
	units := canonical.ReceivedUnits{
		Qty: r.Amount(path+".quantity", g.Quantity), Disposition: dispositions[word], RawDisposition: word, Location: tail(g.Location.Value.ID),
	}
	if units.Disposition == "" {
		unknown.keep("disposition", path, word)
		units.Disposition = canonical.DispositionPending
	}
	return units
}

// takeUnits takes up to so many units and returns them and the rest.
func takeUnits(r *wire.Reader, path string, from []canonical.ReceivedUnits, most decimal.Decimal) (taken, rest []canonical.ReceivedUnits) {
	for _, units := range from {
		part := units
		if part.Qty.Cmp(most) > 0 {
			part.Qty = most
		}
		most = r.Sub(path, most, part.Qty)
		if part.Qty.IsPos() {
			taken = append(taken, part)
		}
		if units.Qty = r.Sub(path, units.Qty, part.Qty); units.Qty.IsPos() {
			rest = append(rest, units)
		}
	}
	return taken, rest
}

// exchange decodes what the buyer gets instead. Once it is processed, it is a line of the same order.
func (source graphReturn) exchange(r *wire.Reader, result *canonical.Return, money returnMoney) {
	for i, extra := range source.Exchange.all(r, "exchangeLineItems") {
		path := fmt.Sprintf("exchangeLineItems[%d]", i)
		line := canonical.ExchangeLine{ID: tail(extra.ID), SKU: extra.SKU.String(), Title: extra.Title.String(), Qty: r.Amount(path+".quantity", extra.Quantity)}
		if len(result.Lines) == 1 {
			line.ReturnLineID = result.Lines[0].ID
		}
		var total bag
		for j, item := range extra.Items.Items {
			at := fmt.Sprintf("%s.lineItems[%d]", path, j)
			line.OrderID = result.Order.ID
			total = money.calc.add(at, total, item.charge(r, at, money, &line))
		}
		line.Total = money.coin.amount(total)
		result.Exchange = append(result.Exchange, line)
		for j := range result.Lines {
			back := &result.Lines[j]
			back.Resolution = canonical.ResolutionExchangeOther
			if back.SKU != "" && back.SKU == line.SKU && len(source.Exchange.Nodes.Items) == 1 {
				back.Resolution = canonical.ResolutionExchangeSame
			}
		}
	}
}

// charge is the net price of an item; its taxes are added to the line.
func (g graphItem) charge(r *wire.Reader, path string, money returnMoney, line *canonical.ExchangeLine) bag {
	qty := r.Amount(path+".quantity", g.Quantity)
	total := money.calc.part(path, g.Price.read(r, path+".originalUnitPriceSet"), qty, decimal.One)
	for k, share := range g.Allocations.Items {
		total = money.calc.sub(path, total, share.Amount.read(r, fmt.Sprintf("%s.discountAllocations[%d]", path, k)))
	}
	for k, tax := range g.Taxes.Items {
		at := fmt.Sprintf("%s.taxLines[%d]", path, k)
		amount := tax.Price.read(r, at+".priceSet")
		if money.included {
			total = money.calc.sub(path, total, amount)
		}
		collector := canonical.CollectorSeller
		if tax.ChannelLiable.IsTrue() {
			collector = canonical.CollectorChannel
		}
		line.Taxes = append(line.Taxes, canonical.Tax{
			Code: tax.Title.String(), Rate: r.Mul(at+".rate", r.Amount(at+".rate", tax.Rate), decimal.Hundred), RateKnown: !tax.Rate.IsEmpty(),
			Amount: money.coin.amount(amount), Collector: collector,
		})
	}
	return total
}

// amounts decodes the charge for the way back, and what was given back in all: Shopify's refunds are net of fees and exchanged
// goods already, and never below zero.
func (source graphReturn) amounts(r *wire.Reader, result *canonical.Return, money returnMoney) {
	for i, fee := range source.Shipping.Items {
		amount := money.coin.amount(fee.Amount.read(r, fmt.Sprintf("returnShippingFees[%d].amountSet", i)))
		result.Fees = append(result.Fees, canonical.ReturnFee{Kind: canonical.FeeShipping, Amount: amount})
	}
	r.Form("returnShippingFees", source.Shipping.Odd)
	var total bag
	refunds := source.Refunds.all(r, "refunds")
	for i, refund := range refunds {
		path := fmt.Sprintf("refunds[%d].totalRefundedSet", i)
		total = money.calc.add(path, total, refund.Total.read(r, path))
	}
	if len(refunds) > 0 {
		result.Refund, result.RefundKnown = money.coin.amount(total), true
	}
}

func (source graphReturn) parcels(r *wire.Reader, result *canonical.Return) {
	for i, reverse := range source.Reverse.Nodes.Items {
		for _, delivery := range reverse.Deliveries.all(r, fmt.Sprintf("reverseFulfillmentOrders[%d].reverseDeliveries", i)) {
			tracking := delivery.Deliverable.Value.Tracking.Value
			result.Parcels = append(result.Parcels, canonical.ReturnParcel{
				ID: tail(delivery.ID), Carrier: tracking.Carrier.String(), TrackingNumber: tracking.Number.String(), TrackingURL: tracking.URL.String(),
			})
		}
	}
}

// states tells approval and logistics.
func (source graphReturn) states(result *canonical.Return, unknown words) {
	switch word := source.Status.String(); word {
	case "REQUESTED":
		result.Approval = canonical.ReturnRequested
	case "DECLINED":
		result.Approval, result.Closed = canonical.ReturnDeclined, true
	case "CANCELED":
		result.Approval, result.Closed = canonical.ReturnCancelled, true
	case "OPEN":
		result.Approval = canonical.ReturnApproved
	case "CLOSED":
		result.Approval, result.Closed = canonical.ReturnApproved, true
	default:
		unknown.keep("status", result.Key.ID, word)
		result.Approval = canonical.ReturnRequested
	}
	complete, some := len(result.Lines) > 0, false
	for _, line := range result.Lines {
		seen := decimal.Zero
		for _, units := range line.Received {
			if sum, err := seen.Add(units.Qty); err == nil {
				seen = sum
			}
		}
		complete, some = complete && seen.Cmp(line.Qty) >= 0, some || seen.IsPos()
	}
	switch {
	case complete:
		result.Logistics = canonical.ReturnReceived
	case some:
		result.Logistics = canonical.ReturnPartiallyReceived
	case len(result.Parcels) > 0:
		result.Logistics = canonical.ReturnLabelIssued
	default:
		result.Logistics = canonical.ReturnUnsent
	}
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
