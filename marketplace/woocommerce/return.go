package woocommerce

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// RefundedGoods is what a refund of units says about where they are. WooCommerce knows refunds and no returns; it only remembers
// of each line how many of its refunded units were put back to stock.
type RefundedGoods string

// The rules for refunded units.
const (
	// GoodsIfRestocked: units that were put back to stock have arrived and are sellable, all others are still to come.
	GoodsIfRestocked RefundedGoods = "if_restocked"
	// GoodsUnlessKept: units that were put back to stock have arrived and are sellable, all others stay with the buyer.
	GoodsUnlessKept RefundedGoods = "unless_kept"
	// GoodsExpected: all units are still to come, whatever the shop did to its stock.
	GoodsExpected RefundedGoods = "expected"
	// GoodsArrived: all units have arrived, and are to be looked at.
	GoodsArrived RefundedGoods = "arrived"
)

// DecodeReturns decodes the refunds of one order as returns, by a rule for the goods; the bodies are those of [DecodeOrder]. A
// refund of units before the order was completed is a cancellation, as it is of the order, and no return; what such a
// refund gives back besides is. It is a pure function. An error is an [*marketplace.Error] that names the field.
//
// [*marketplace.Error]: https://pkg.go.dev/github.com/retailsync/retailsync/marketplace#Error
func DecodeReturns(channel canonical.Channel, goods RefundedGoods, order json.RawMessage, refunds ...json.RawMessage) ([]canonical.Return, error) {
	return decoder{channel: channel, goods: goods}.returns("decode returns", order, refunds)
}

// restockKey is the key of a line's meta data that counts the refunded units that went back to stock.
const restockKey = "_restock_refunded_items"

func (d decoder) returns(op string, body json.RawMessage, refunds []json.RawMessage) ([]canonical.Return, error) {
	sold, err := d.decode(op, body, refunds)
	if err != nil {
		return nil, err
	}
	r := &wire.Reader{}
	restocked := restockedUnits(r, body)
	var all []canonical.Return
	for _, back := range sold.Adjustments {
		if back.Kind == canonical.AdjustmentRefund {
			all = append(all, d.refundAsReturn(r, &sold, back, restocked))
			continue
		}
		for _, part := range back.Lines {
			// What was never shipped goes back to stock, too.
			take(r, restocked, part.LineID, part.Qty)
		}
	}
	if path, err := r.Failure(); err != nil {
		return nil, d.bad(op, sold.Key.ID, path, err)
	}
	return all, nil
}

// restockedUnits are how many refunded units of each line went back to stock, in all refunds together.
func restockedUnits(r *wire.Reader, body json.RawMessage) map[string]decimal.Decimal {
	var source order
	_ = json.Unmarshal(body, &source) // it was decoded before
	restocked := map[string]decimal.Decimal{}
	for i, line := range source.Items.Items {
		for _, entry := range line.Meta.Items {
			if entry.Key.String() == restockKey {
				restocked[line.ID.String()] = r.Amount(fmt.Sprintf("line_items[%d].meta_data.%s", i, restockKey), entry.Value)
			}
		}
	}
	return restocked
}

// refundAsReturn makes a return of a refund and takes what it has of the restocked units: earlier refunds come first.
func (d decoder) refundAsReturn(r *wire.Reader, sold *canonical.Order, back canonical.Adjustment, restocked map[string]decimal.Decimal) canonical.Return {
	result := canonical.Return{
		Key: canonical.Key{Channel: d.channel, ID: sold.Key.ID + "-" + back.ID}, Number: back.ID, Revision: sold.Revision,
		Order: sold.Key, OrderNumber: sold.Number, RequestedAt: back.At,
		Approval: canonical.ReturnApproved, RawStatus: "refunded", Currency: sold.Currency,
		Refund: back.Amount, RefundKnown: true,
	}
	var amounts []amountOnly
	said, seen := decimal.Zero, map[string]int{}
	for _, part := range back.Lines {
		of := sold.FindLine(part.LineID)
		if of == nil {
			continue // a line that was deleted from the order since
		}
		worth := r.Add("refunds", part.Net.Shop, part.Tax.Shop)
		said = r.Add("refunds", said, worth)
		switch {
		case of.Kind == canonical.LineShipping:
			result.ShippingRefund = canonical.Shop(r.Add("refunds", result.ShippingRefund.Shop, worth))
		case !part.Qty.IsPos() || !of.Kind.Goods():
			amounts = append(amounts, amountOnly{Line: part.LineID, Net: part.Net.Shop, Tax: part.Tax.Shop})
		default:
			line := canonical.ReturnLine{
				ID: part.LineID, OrderLineID: part.LineID, SKU: of.SKU, Qty: part.Qty, Reason: back.Reason,
				Resolution: canonical.ResolutionRefund, Refund: canonical.Shop(worth), RefundKnown: true,
			}
			if seen[line.ID]++; seen[line.ID] > 1 {
				line.ID = fmt.Sprintf("%s.%d", line.ID, seen[line.ID])
			}
			d.goods.apply(r, &line, restocked)
			result.Lines = append(result.Lines, line)
		}
	}
	if kept := r.Sub("refunds", said, back.Amount.Shop); kept.IsPos() {
		result.Fees = append(result.Fees, canonical.ReturnFee{Kind: canonical.FeeRestocking, Amount: canonical.Shop(kept)})
	}
	if len(amounts) > 0 {
		if text, err := json.Marshal(amounts); err == nil {
			result.Ext = map[string]json.RawMessage{"amount_lines": text}
		}
	}
	result.Logistics, result.Closed = whereabouts(result.Lines)
	result.Revision.Digest = result.Digest()
	return result
}

// amountOnly is what a refund gives back of a line without a unit of goods: a part of the price, or a fee.
type amountOnly struct {
	Line string          `json:"line"`
	Net  decimal.Decimal `json:"net"`
	Tax  decimal.Decimal `json:"tax"`
}

// apply says where the units of a line are.
func (g RefundedGoods) apply(r *wire.Reader, line *canonical.ReturnLine, restocked map[string]decimal.Decimal) {
	put := func(qty decimal.Decimal, disposition canonical.Disposition, word string) {
		if qty.IsPos() {
			line.Received = append(line.Received, canonical.ReceivedUnits{Qty: qty, Disposition: disposition, RawDisposition: word})
		}
	}
	switch g {
	case GoodsExpected:
	case GoodsArrived:
		put(line.Qty, canonical.DispositionPending, "refunded")
	default:
		there := take(r, restocked, line.OrderLineID, line.Qty)
		put(there, canonical.DispositionSellable, "restocked")
		line.KeepItem = g == GoodsUnlessKept && there.Cmp(line.Qty) < 0
	}
}

// take takes up to so many units from the restocked ones of a line, and says how many.
func take(r *wire.Reader, restocked map[string]decimal.Decimal, lineID string, qty decimal.Decimal) decimal.Decimal {
	there := restocked[lineID]
	if there.Cmp(qty) > 0 {
		there = qty
	}
	restocked[lineID] = r.Sub(restockKey, restocked[lineID], there)
	return there
}

// whereabouts is where the goods of all lines are, and whether no more are to come.
func whereabouts(lines []canonical.ReturnLine) (canonical.ReturnLogistics, bool) {
	complete, kept, any := true, true, false
	for _, line := range lines {
		there := len(line.Received) > 0
		any, kept = any || there, kept && line.KeepItem
		complete = complete && (line.KeepItem || there && line.Received[0].Qty.Equal(line.Qty))
	}
	switch {
	case kept && !any: // also a refund of money alone
		return canonical.ReturnReturnless, true
	case complete:
		return canonical.ReturnReceived, true
	case any:
		return canonical.ReturnPartiallyReceived, false
	default:
		return canonical.ReturnUnsent, false
	}
}

// splitReturn takes the id of a return apart: a refund is known under its order only.
func splitReturn(id string) (orderID, refundID string, ok bool) {
	orderID, refundID, ok = strings.Cut(id, "-")
	return orderID, refundID, ok && isID(orderID) && isID(refundID)
}
