package shopify

import (
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace/internal/tally"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// settle sets the order's lines and totals, in the shop's currency and, where the shopper paid in another one, in that.
func settle(r *wire.Reader, result *canonical.Order, source order, moved []movement) error {
	shop := canonical.Order{Currency: result.Currency}
	if err := settleSide(r, &shop, source, moved, shopSide); err != nil {
		return err
	}
	if result.PresentmentCurrency == "" {
		result.Lines, result.Discounts, result.Totals = shop.Lines, shop.Discounts, shop.Totals
		return nil
	}
	presentment := canonical.Order{Currency: result.PresentmentCurrency}
	if err := settleSide(r, &presentment, source, moved, presentmentSide); err != nil {
		return err
	}
	join(result, shop, presentment, discounts(source))
	return nil
}

// settleSide settles one currency.
func settleSide(r *wire.Reader, result *canonical.Order, source order, moved []movement, pick side) error {
	book := &ledger{r: r, source: source, moved: moved, pick: pick, scale: tally.Scale(result.Currency)}
	book.draft()
	grand, tax := book.stated()
	if source.currency != source.presentment {
		book.even(r.Sub("totalPriceSet", grand, tax), tax)
	}
	// Both currencies need the same lines, so the line is there if either has an amount.
	if rounding := pick(source.rounding); !source.rounding.isZero() && !(allCancelled(moved) && !source.cancelledAt.IsZero()) {
		book.drafts = append(book.drafts, book.single(roundingID, canonical.LineRounding, "Cash rounding", rounding))
		grand = r.Add("totalCashRoundingAdjustment", grand, rounding)
	}
	if _, err := r.Failure(); err != nil {
		return nil // the caller reports it
	}
	result.Discounts = discounts(source)
	return tally.Settle(result, book.drafts, grand, tax)
}

// stated is what the order costs by Shopify's word, and its tax. Shopify has two words: before and after what was
// removed and returned. What was cancelled is no part of the order, what was returned was sold. So the first is lowered
// by what was cancelled, or the second raised by what was returned; the one that the lines come nearer to counts,
// since which of them an edit of the order is part of is nowhere said.
func (l *ledger) stated() (grand, tax decimal.Decimal) {
	if allCancelled(l.moved) && !l.source.cancelledAt.IsZero() {
		return decimal.Zero, decimal.Zero
	}
	const path = "totalPriceSet"
	r := l.r
	var lines, lineTax decimal.Decimal
	for _, draft := range l.drafts {
		sum := r.Sum(path, draft.Taxes)
		lineTax = r.Add(path, lineTax, sum)
		lines = r.Add(path, lines, r.Add(path, draft.Net, sum))
	}
	grand = r.Sub(path, l.pick(l.source.total), l.gross)
	tax = r.Sub(path, l.pick(l.source.totalTax), l.tax)
	if l.source.current == nil {
		return grand, tax
	}
	back, backTax := l.returned()
	other := r.Add(path, l.pick(*l.source.current), back)
	if r.Sub(path, other, lines).CmpAbs(r.Sub(path, grand, lines)) < 0 {
		grand = other
	}
	other = r.Add(path, l.pick(*l.source.currentTax), backTax)
	if r.Sub(path, other, lineTax).CmpAbs(r.Sub(path, tax, lineTax)) < 0 {
		tax = other
	}
	return grand, tax
}

// returned is what was given back of units that had been shipped, of shipping and of duties.
func (l *ledger) returned() (gross, tax decimal.Decimal) {
	const path = "refunds"
	r := l.r
	add := func(net, taxed decimal.Decimal) {
		gross = r.Add(path, gross, r.Add(path, net, taxed))
		tax = r.Add(path, tax, taxed)
	}
	for i, refund := range l.source.refunds {
		for j, line := range refund.lines {
			rest := line.quantity
			for _, moved := range l.moved {
				for _, cut := range moved.cuts {
					if cut.refund == i && cut.line == j {
						rest = r.Sub(path, rest, cut.qty)
					}
				}
			}
			net, taxed := l.refunded(line.subtotal, line.tax, true)
			add(r.Quo(path, r.Mul(path, net, rest), line.quantity), r.Quo(path, r.Mul(path, taxed, rest), line.quantity))
		}
		for _, part := range refund.shipping {
			add(l.refunded(part.subtotal, part.tax, true))
		}
		for _, part := range refund.duties {
			add(l.refunded(part.subtotal, part.tax, false))
		}
	}
	return gross, tax
}

// even brings the amounts of an order in two currencies to the stated totals. Shopify converts each price and each
// total by itself, so the lines miss them by up to half a unit for each piece, which is more than rounding a line
// explains. A larger difference stays.
func (l *ledger) even(net, tax decimal.Decimal) {
	nets := make([]decimal.Decimal, len(l.drafts))
	var taxes []decimal.Decimal
	for i, draft := range l.drafts {
		nets[i] = draft.Net
		taxes = append(taxes, draft.Taxes...)
	}
	count, err := decimal.New(int64(len(taxes)+1), 0)
	if err != nil {
		return
	}
	nets = l.spread(net, nets, l.r.Add("price", l.slack, count))
	taxes = l.spread(tax, taxes, count)
	for i := range l.drafts {
		l.drafts[i].Net = nets[i]
		own := len(l.drafts[i].Taxes)
		copy(l.drafts[i].Taxes, taxes[:own])
		taxes = taxes[own:]
	}
}

// spread scales values to a sum, if they miss it by at most half a unit for each of so many roundings.
func (l *ledger) spread(target decimal.Decimal, values []decimal.Decimal, roundings decimal.Decimal) []decimal.Decimal {
	const path = "price"
	sum := l.r.Sum(path, values)
	half, err := decimal.New(5, l.scale+1)
	if err != nil || sum.IsZero() || l.r.Sub(path, target, sum).CmpAbs(l.r.Mul(path, half, roundings)) > 0 {
		return values
	}
	scaled := make([]decimal.Decimal, len(values))
	for i, value := range values {
		scaled[i] = l.r.Quo(path, l.r.Mul(path, value, target), sum)
	}
	return scaled
}

// discounts are the order's promotions; their amounts follow from the lines.
func discounts(source order) []canonical.Discount {
	var all []canonical.Discount
	seen := map[string]bool{}
	keep := func(list []allocation) {
		for _, share := range list {
			from := share.application
			if seen[from.index] {
				continue
			}
			seen[from.index] = true
			discount := canonical.Discount{ID: from.index, Code: from.code, Title: from.title}
			if discount.Title == "" {
				discount.Title = from.code
			}
			all = append(all, discount)
		}
	}
	for _, line := range source.items {
		keep(line.allocations)
	}
	for _, line := range source.shipping {
		keep(line.allocations)
	}
	return all
}
