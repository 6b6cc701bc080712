package shopify

import (
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// adjustments decodes refunds: what they cancelled, and the money that they gave back beyond that. A refund that gave
// back nothing (an order that was not paid yet) only cancels.
func adjustments(r *wire.Reader, result *canonical.Order, source order, moved []movement, unknown words) {
	calc, coin := bags{r}, coinOf(*result)
	for i, back := range source.refunds {
		cancel := canonical.Adjustment{ID: back.id + "-cancel", Kind: canonical.AdjustmentCancel, Reason: back.why(), At: back.at}
		money := canonical.Adjustment{ID: back.id, Kind: canonical.AdjustmentRefund, Reason: back.why(), At: back.at}
		var cancelled bag
		for j, part := range back.lines {
			if part.restock != "" {
				unknown.keep("restock_type", back.id+"/"+part.itemID, part.restock)
			}
			if result.FindLine(part.itemID) == nil {
				continue // a line that is no part of the order
			}
			taken := cutOf(moved, i, j)
			rest := r.Sub("refunds", part.quantity, taken)
			if taken.IsPos() {
				line, gross := part.adjust(calc, coin, source, taken)
				cancel.Lines = append(cancel.Lines, line)
				cancelled = calc.add("refunds", cancelled, gross)
			}
			if rest.IsPos() || part.quantity.IsZero() {
				line, _ := part.adjust(calc, coin, source, rest)
				money.Lines = append(money.Lines, line)
			}
		}
		for _, part := range back.shipping {
			if id := shippingPrefix + part.lineID; result.FindLine(id) != nil {
				money.Lines = append(money.Lines, part.adjust(calc, coin, id, source.taxesIncluded))
			}
		}
		for _, part := range back.duties {
			if id := dutyPrefix + part.lineID; result.FindLine(id) != nil {
				money.Lines = append(money.Lines, part.adjust(calc, coin, id, false))
			}
		}
		given := bag{shop: back.total.shop.Min(cancelled.shop), presentment: back.total.presentment.Min(cancelled.presentment)}
		rest := calc.sub("refunds", back.total, given)
		if len(cancel.Lines) > 0 {
			cancel.Amount = coin.amount(given)
			result.Adjustments = append(result.Adjustments, cancel)
		}
		if len(money.Lines) > 0 || rest.shop.IsPos() || rest.presentment.IsPos() {
			money.Amount = coin.amount(rest)
			result.Adjustments = append(result.Adjustments, money)
		}
	}
}

func (b refund) why() string {
	if b.note != "" {
		return b.note
	}
	return b.reason
}

// cutOf is how many units of a refund's line were cancelled.
func cutOf(moved []movement, refund, line int) decimal.Decimal {
	for _, m := range moved {
		for _, c := range m.cuts {
			if c.refund == refund && c.line == line {
				return c.qty
			}
		}
	}
	return decimal.Zero
}

// adjust is the part of the line that concerns so many of its units, and what that cost with tax.
func (p refundLine) adjust(calc bags, coin coin, source order, qty decimal.Decimal) (canonical.AdjustmentLine, bag) {
	const path = "refunds"
	net, tax := p.subtotal, p.tax
	if !p.quantity.IsZero() {
		net, tax = calc.part(path, net, qty, p.quantity), calc.part(path, tax, qty, p.quantity)
	}
	if source.taxesIncluded {
		net = calc.sub(path, net, tax)
	}
	line := canonical.AdjustmentLine{LineID: p.itemID, Qty: qty, Net: coin.amount(net), Tax: coin.amount(tax)}
	return line, calc.add(path, net, tax)
}

func (p refundPart) adjust(calc bags, coin coin, id string, included bool) canonical.AdjustmentLine {
	net := p.subtotal
	if included {
		net = calc.sub("refunds", net, p.tax)
	}
	return canonical.AdjustmentLine{LineID: id, Net: coin.amount(net), Tax: coin.amount(p.tax)}
}
