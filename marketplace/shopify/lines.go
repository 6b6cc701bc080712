package shopify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace/internal/tally"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// side picks one currency's amount.
type side func(bag) decimal.Decimal

func shopSide(b bag) decimal.Decimal        { return b.shop }
func presentmentSide(b bag) decimal.Decimal { return b.presentment }

// Lines that are no items get a prefix: Shopify numbers each kind of object by itself.
const (
	tipID          = "tip"
	roundingID     = "rounding"
	shippingPrefix = "shipping-"
	dutyPrefix     = "duty-"
	feePrefix      = "fee-"
)

// ledger drafts the lines of an order in one currency.
type ledger struct {
	r      *wire.Reader
	source order
	moved  []movement
	pick   side
	scale  int
	drafts []tally.Draft
	// gross and tax are what cancelled units took off the order.
	gross, tax decimal.Decimal
	// slack is how much of a unit the prices may be off because they were converted one by one.
	slack decimal.Decimal
}

func (l *ledger) draft() {
	closed := allCancelled(l.moved)
	for i, line := range l.source.items {
		l.item(line, l.moved[i])
	}
	if !l.source.tip.isZero() && !slices.ContainsFunc(l.source.items, func(i item) bool { return i.tip }) {
		l.drafts = append(l.drafts, l.single(tipID, canonical.LineTip, "Tip", l.pick(l.source.tip)))
	}
	for i, line := range l.source.shipping {
		id := line.id
		if id == "" {
			id = fmt.Sprint(i)
		}
		draft := l.charge(line.charge, decimal.One, l.source.taxesIncluded)
		draft.Line.ID, draft.Line.Kind = shippingPrefix+id, canonical.LineShipping
		if line.code != "" && line.code != line.title {
			draft.Line.Properties = map[string]string{"code": line.code}
		}
		draft.Line.Qty.Ordered = decimal.One
		if closed && (!l.source.cancelledAt.IsZero() || l.shippingRefunded(line)) {
			l.cancel(&draft)
		}
		l.drafts = append(l.drafts, draft)
	}
	if !l.source.dutiesKept {
		for i, line := range l.source.items {
			l.duties(line, l.moved[i])
		}
	}
	for _, fee := range l.source.fees {
		draft := l.charge(fee, decimal.One, false)
		draft.Line.ID, draft.Line.Kind = feePrefix+fee.id, canonical.LineFee
		draft.Line.Qty.Ordered = decimal.One
		if closed && !l.source.cancelledAt.IsZero() {
			l.cancel(&draft)
		}
		l.drafts = append(l.drafts, draft)
	}
}

// single is a line without taxes or discounts.
func (l *ledger) single(id string, kind canonical.LineKind, title string, amount decimal.Decimal) tally.Draft {
	draft := tally.Draft{Net: amount, Subtotal: amount}
	draft.Line = canonical.Line{ID: id, Kind: kind, Title: title, UnitPrice: canonical.Shop(amount)}
	draft.Line.Qty.Ordered = decimal.One
	return draft
}

// item drafts a line item as it was ordered and takes the cancelled units off it.
func (l *ledger) item(source item, moved movement) {
	draft := l.charge(source.charge, source.quantity, l.source.taxesIncluded)
	line := &draft.Line
	line.ID, line.Qty = source.id, moved.qty
	line.Kind, line.SKU, line.Barcode = source.kind(), source.sku, source.barcode
	if line.ChannelProductID = source.variantID; line.ChannelProductID == "" {
		line.ChannelProductID = source.productID
	}
	for _, entry := range source.properties {
		// Keys with an underscore are the apps' own; the others are what the shopper chose.
		if entry.key == "" || entry.value == "" || strings.HasPrefix(entry.key, "_") {
			continue
		}
		if line.Properties == nil {
			line.Properties = map[string]string{}
		}
		line.Properties[entry.key] = entry.value
	}
	l.takeOff(&draft, source, moved)
	l.drafts = append(l.drafts, draft)
}

func (i item) kind() canonical.LineKind {
	switch {
	case i.tip:
		return canonical.LineTip
	case i.giftCard:
		return canonical.LineGiftCard
	default:
		return canonical.LineProduct
	}
}

// charge drafts what all kinds of lines have, for the ordered quantity.
func (l *ledger) charge(source charge, quantity decimal.Decimal, included bool) tally.Draft {
	r, path := l.r, "price"
	price := l.pick(source.price)
	draft := tally.Draft{Net: r.Mul(path, price, quantity)}
	draft.Line.Title, draft.Line.UnitPrice = source.title, canonical.Shop(price)
	l.slack = r.Add(path, l.slack, quantity)
	for _, share := range source.allocations {
		amount := l.pick(share.amount)
		draft.Shares = append(draft.Shares, tally.Share{DiscountID: share.application.index, Amount: amount})
		draft.Net = r.Sub(path, draft.Net, amount)
		l.slack = r.Add(path, l.slack, decimal.One)
	}
	gross := draft.Net
	for _, tax := range source.taxes {
		amount := l.pick(tax.amount)
		draft.Taxes = append(draft.Taxes, amount)
		draft.Line.Taxes = append(draft.Line.Taxes, tax.canonical(r))
		if included {
			draft.Net = r.Sub(path, draft.Net, amount)
		}
	}
	if included {
		l.netShares(&draft, source, gross)
	}
	draft.Subtotal = draft.Net
	for _, share := range draft.Shares {
		draft.Subtotal = r.Add(path, draft.Subtotal, share.Amount)
	}
	l.doubtRates(&draft, quantity)
	return draft
}

func (t taxLine) canonical(r *wire.Reader) canonical.Tax {
	tax := canonical.Tax{Code: t.title, Collector: canonical.CollectorSeller}
	if t.channel {
		tax.Collector = canonical.CollectorChannel
	}
	// A rate beyond 100 % is one that an app made up.
	if t.rateKnown && !t.rate.IsNeg() && t.rate.Cmp(decimal.One) <= 0 {
		tax.Rate, tax.RateKnown = r.Mul("rate", t.rate, decimal.Hundred).Trim(0), true
	}
	return tax
}

// netShares takes the tax out of discounts of prices that include it.
func (l *ledger) netShares(draft *tally.Draft, source charge, gross decimal.Decimal) {
	part, whole := draft.Net, gross
	if gross.IsZero() { // a free line: its rates are all that is known of the tax
		part, whole = decimal.One, decimal.One
		for _, tax := range source.taxes {
			whole = l.r.Add("rate", whole, tax.rate)
		}
	}
	for i, share := range draft.Shares {
		draft.Shares[i].Amount = l.r.Quo("price", l.r.Mul("price", share.Amount, part), whole)
	}
}

// doubtRates forgets a rate that does not explain its tax: one that is taken of other taxes too, or that begins
// above a threshold. The amount is what counts.
func (l *ledger) doubtRates(draft *tally.Draft, quantity decimal.Decimal) {
	unit, err := decimal.New(1, l.scale)
	if err != nil {
		return
	}
	tolerance := l.r.Mul("rate", unit, quantity.Max(decimal.One))
	for i := range draft.Line.Taxes {
		tax := &draft.Line.Taxes[i]
		expected := l.r.Quo("rate", l.r.Mul("rate", draft.Net, tax.Rate), decimal.Hundred)
		if l.r.Sub("rate", expected, draft.Taxes[i]).CmpAbs(tolerance) > 0 {
			tax.RateKnown = false
		}
	}
}

// duties drafts the duties of an item; they go with its units.
func (l *ledger) duties(source item, moved movement) {
	for _, duty := range source.duties {
		draft := l.charge(duty, decimal.One, false)
		line := &draft.Line
		line.ID, line.Kind, line.Title = dutyPrefix+duty.id, canonical.LineDuty, "Duty"
		line.Qty = canonical.LineQty{Ordered: moved.qty.Ordered, Cancelled: moved.qty.Cancelled}
		line.UnitPrice = canonical.Shop(l.r.Quo("duties", draft.Net, moved.qty.Ordered).Round(8).Trim(0))
		l.proportion(&draft, moved.qty.Cancelled)
		l.drafts = append(l.drafts, draft)
	}
}

// shippingRefunded tells whether the whole of a shipping line was given back.
func (l *ledger) shippingRefunded(line shippingLine) bool {
	back, due := decimal.Zero, l.pick(line.price)
	for _, share := range line.allocations {
		due = l.r.Sub("shippingLines", due, l.pick(share.amount))
	}
	for _, refund := range l.source.refunds {
		for _, part := range refund.shipping {
			if part.lineID == line.id {
				back = l.r.Add("refunds", back, l.pick(part.subtotal))
			}
		}
	}
	return due.IsPos() && back.Cmp(due) >= 0
}

// markTips tells tips from goods. GraphQL does not say; Shopify calls the line "Tip", in the shop's language.
func markTips(o *order) {
	if o.tip.isZero() {
		return
	}
	found := false
	for i := range o.items {
		line := &o.items[i]
		line.tip = line.tip || line.bare() && line.title == "Tip"
		found = found || line.tip
	}
	if found {
		return
	}
	for i := range o.items {
		line := &o.items[i]
		sum, err := line.price.shop.Mul(line.quantity)
		if err == nil && line.bare() && sum.Equal(o.tip.shop) {
			line.tip = true
			return
		}
	}
}

// bare tells whether the line is of no product.
func (i item) bare() bool {
	return i.productID == "" && i.variantID == "" && !i.giftCard && !i.shippable
}

// allCancelled tells whether no unit of any item is left.
func allCancelled(moved []movement) bool {
	for _, m := range moved {
		if !m.qty.Cancelled.Equal(m.qty.Ordered) {
			return false
		}
	}
	return len(moved) > 0
}
