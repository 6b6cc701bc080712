package shopify

import (
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace/internal/tally"
)

// takeOff takes the cancelled units off an item: by what the refunds say that they cost, by the line's price where
// units were removed without a refund.
func (l *ledger) takeOff(draft *tally.Draft, source item, moved movement) {
	if moved.qty.Cancelled.IsZero() {
		return
	}
	if moved.qty.Cancelled.Equal(moved.qty.Ordered) {
		l.cancel(draft)
		return
	}
	const path = "refunds"
	r, net, tax := l.r, decimal.Zero, decimal.Zero
	for _, cut := range moved.cuts {
		part := l.source.refunds[cut.refund].lines[cut.line]
		netPart, taxPart := l.refunded(part.subtotal, part.tax, true)
		net = r.Add(path, net, r.Quo(path, r.Mul(path, netPart, cut.qty), part.quantity))
		tax = r.Add(path, tax, r.Quo(path, r.Mul(path, taxPart, cut.qty), part.quantity))
	}
	whole := r.Sum(path, draft.Taxes)
	net = r.Add(path, net, r.Quo(path, r.Mul(path, draft.Net, moved.edited), source.quantity))
	tax = r.Add(path, tax, r.Quo(path, r.Mul(path, whole, moved.edited), source.quantity))
	if net.Cmp(draft.Net) > 0 || tax.Cmp(whole) > 0 {
		// A refund of more than the line cost says nothing about its units.
		l.proportion(draft, moved.qty.Cancelled)
		return
	}
	l.count(net, tax)
	draft.Net = r.Sub(path, draft.Net, net)
	for i, amount := range draft.Taxes {
		draft.Taxes[i] = r.Sub(path, amount, r.Quo(path, r.Mul(path, tax, amount), whole))
	}
	l.shrinkShares(draft, moved.qty.Cancelled)
}

// proportion takes cancelled units off a line by its price.
func (l *ledger) proportion(draft *tally.Draft, cancelled decimal.Decimal) {
	ordered := draft.Line.Qty.Ordered
	if cancelled.IsZero() {
		return
	}
	if cancelled.Equal(ordered) {
		l.cancel(draft)
		return
	}
	const path = "quantity"
	r, open := l.r, l.r.Sub("quantity", ordered, cancelled)
	left := func(amount decimal.Decimal) decimal.Decimal { return r.Quo(path, r.Mul(path, amount, open), ordered) }
	net := left(draft.Net)
	tax := decimal.Zero
	for i, amount := range draft.Taxes {
		draft.Taxes[i] = left(amount)
		tax = r.Add(path, tax, r.Sub(path, amount, draft.Taxes[i]))
	}
	l.count(r.Sub(path, draft.Net, net), tax)
	draft.Net = net
	l.shrinkShares(draft, cancelled)
}

// cancel takes all of a line off the order.
func (l *ledger) cancel(draft *tally.Draft) {
	draft.Line.Qty.Cancelled = draft.Line.Qty.Ordered
	l.count(draft.Net, l.r.Sum("taxLines", draft.Taxes))
	draft.Net, draft.Shares = decimal.Zero, nil
	for i := range draft.Taxes {
		draft.Taxes[i] = decimal.Zero
	}
}

func (l *ledger) count(net, tax decimal.Decimal) {
	l.gross = l.r.Add("refunds", l.gross, l.r.Add("refunds", net, tax))
	l.tax = l.r.Add("refunds", l.tax, tax)
}

// shrinkShares leaves the discounts of the units that are still open.
func (l *ledger) shrinkShares(draft *tally.Draft, cancelled decimal.Decimal) {
	ordered := draft.Line.Qty.Ordered
	open := l.r.Sub("quantity", ordered, cancelled)
	for i, share := range draft.Shares {
		draft.Shares[i].Amount = l.r.Quo("quantity", l.r.Mul("quantity", share.Amount, open), ordered)
	}
}

// refunded returns net and tax of a refund. Subtotals of items and shipping include the tax where prices do.
func (l *ledger) refunded(subtotal, tax bag, taxed bool) (net, taxAmount decimal.Decimal) {
	net, taxAmount = l.pick(subtotal), l.pick(tax)
	if taxed && l.source.taxesIncluded {
		net = l.r.Sub("refunds", net, taxAmount)
	}
	return net, taxAmount
}
