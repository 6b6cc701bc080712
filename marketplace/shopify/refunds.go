package shopify

import (
	"slices"

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
			id := shippingPrefix + part.lineID
			switch line := result.FindLine(id); {
			case line == nil:
			case line.Qty.Cancelled.Equal(line.Qty.Ordered):
				entry, gross := part.adjust(calc, coin, id, source.taxesIncluded)
				cancel.Lines = append(cancel.Lines, entry)
				cancelled = calc.add("refunds", cancelled, gross)
			default:
				entry, _ := part.adjust(calc, coin, id, source.taxesIncluded)
				money.Lines = append(money.Lines, entry)
			}
		}
		for _, part := range back.duties {
			id := dutyPrefix + part.lineID
			if result.FindLine(id) == nil {
				continue
			}
			off, rest := part.divide(r, source, moved, i)
			if !off.subtotal.isZero() {
				entry, gross := off.adjust(calc, coin, id, false)
				cancel.Lines = append(cancel.Lines, entry)
				cancelled = calc.add("refunds", cancelled, gross)
			}
			if !rest.subtotal.isZero() {
				entry, _ := rest.adjust(calc, coin, id, false)
				money.Lines = append(money.Lines, entry)
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

// adjust is the part as a line of an adjustment, and what it comes to with tax.
func (p refundPart) adjust(calc bags, coin coin, id string, included bool) (canonical.AdjustmentLine, bag) {
	net := p.subtotal
	if included {
		net = calc.sub("refunds", net, p.tax)
	}
	return canonical.AdjustmentLine{LineID: id, Net: coin.amount(net), Tax: coin.amount(p.tax)}, calc.add("refunds", net, p.tax)
}

// divide tells what a refund gave back of a duty for units that it cancelled, which are no part of the order any more, from the rest.
func (p refundPart) divide(r *wire.Reader, source order, moved []movement, refund int) (off, rest refundPart) {
	var cut, all decimal.Decimal
	for _, item := range source.items {
		if !slices.ContainsFunc(item.duties, func(duty charge) bool { return duty.id == p.lineID }) {
			continue
		}
		for j, line := range source.refunds[refund].lines {
			if line.itemID == item.id {
				cut, all = r.Add("refunds", cut, cutOf(moved, refund, j)), r.Add("refunds", all, line.quantity)
			}
		}
	}
	off, rest = p, p
	if all.IsZero() {
		off.subtotal, off.tax = bag{}, bag{}
		return off, rest
	}
	calc := bags{r}
	off.subtotal, off.tax = calc.part("refunds", p.subtotal, cut, all), calc.part("refunds", p.tax, cut, all)
	rest.subtotal, rest.tax = calc.sub("refunds", p.subtotal, off.subtotal), calc.sub("refunds", p.tax, off.tax)
	return off, rest
}
