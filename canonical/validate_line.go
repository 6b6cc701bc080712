package canonical

import "github.com/govalues/decimal"

func (v *validator) discounts() {
	o := v.order
	if len(o.Discounts) == 0 {
		return
	}
	v.discountAt = make(map[string]int, len(o.Discounts))
	v.allocated = make([]Amount, len(o.Discounts))
	for i := range o.Discounts {
		d, p := &o.Discounts[i], at{list: "discounts", i: i}
		v.required(p.with("id"), d.ID)
		if _, twice := v.discountAt[d.ID]; twice {
			v.add(p.with("id"), ViolationDuplicate, "another discount has the same id")
		}
		v.discountAt[d.ID] = i
		v.amount(p.with("amount"), d.Amount, false)
		v.notNegative(p.with("amount"), d.Amount)
	}
}

func (v *validator) lines() {
	o := v.order
	v.lineAt = make(map[string]int, len(o.Lines))
	for i := range o.Lines {
		l, p := &o.Lines[i], at{list: "lines", i: i}
		v.required(p.with("id"), l.ID)
		if _, twice := v.lineAt[l.ID]; twice {
			v.add(p.with("id"), ViolationDuplicate, "another line has the same id")
		}
		v.lineAt[l.ID] = i
		v.kind(p, l)
		open := v.quantities(p, l)
		v.price(p, l, open)
		v.taxes(p, l, open)
	}
	for i := range o.Discounts {
		p := at{list: "discounts", i: i, field: "amount"}
		if !v.allocated[i].Equal(o.Discounts[i].Amount) && v.discountAt[o.Discounts[i].ID] == i {
			v.add(p, ViolationDiscountTotal, "is not the sum of the lines' shares of it: split it with Allocate")
		}
	}
}

func (v *validator) kind(p at, l *Line) {
	switch {
	case !l.Kind.known():
		v.add(p.with("kind"), ViolationUnknownWord, "is no kind of this model: use %q and keep the word in raw_kind", LineOther)
	case l.Kind == LineOther:
		v.required(p.with("raw_kind"), l.RawKind)
	}
	switch l.FulfilledBy {
	case "", FulfilledByMerchant, FulfilledByChannel, FulfilledByPartner:
	default:
		v.add(p.with("fulfilled_by"), ViolationUnknownWord, "must be merchant, channel or partner")
	}
}

// quantities checks a line's counts and returns the open quantity, never negative.
func (v *validator) quantities(p at, l *Line) decimal.Decimal {
	q := &l.Qty
	counts := [...]struct {
		field string
		value decimal.Decimal
	}{
		{"qty.ordered", q.Ordered}, {"qty.cancelled", q.Cancelled}, {"qty.shipped", q.Shipped},
		{"qty.delivered", q.Delivered}, {"qty.return_requested", q.ReturnRequested},
		{"qty.return_received", q.ReturnReceived}, {"qty.return_damaged", q.ReturnDamaged},
		{"qty.refunded", q.Refunded},
	}
	for _, c := range counts {
		if c.value.IsNeg() {
			v.add(p.with(c.field), ViolationSign, "must not be negative")
		}
	}
	v.atMost(p.with("qty.delivered"), q.Delivered, q.Shipped, "shipped")
	v.atMost(p.with("qty.return_received"), q.ReturnReceived, q.Shipped, "shipped")
	v.atMost(p.with("qty.return_damaged"), q.ReturnDamaged, q.ReturnReceived, "return_received")
	v.atMost(p.with("qty.refunded"), q.Refunded, q.Ordered, "ordered")
	if q.Cancelled.IsPos() {
		v.cancelled = true
	}
	open, err := subExact(q.Ordered, q.Cancelled)
	if err != nil {
		v.add(p.with("qty.cancelled"), ViolationNumberTooLong, "differs from ordered in more than 19 digits")
		return decimal.Decimal{}
	}
	switch {
	case open.IsNeg():
		v.add(p.with("qty.cancelled"), ViolationQuantity, "is more than ordered")
		return decimal.Decimal{}
	case q.Shipped.Cmp(open) > 0:
		v.add(p.with("qty.shipped"), ViolationQuantity, "is more than ordered less cancelled")
	}
	return open
}

func (v *validator) atMost(p at, value, limit decimal.Decimal, name string) {
	if value.Cmp(limit) > 0 {
		v.add(p, ViolationQuantity, "is more than %s", name)
	}
}

func (v *validator) price(p at, l *Line, open decimal.Decimal) {
	v.amount(p.with("unit_price"), l.UnitPrice, false)
	v.amount(p.with("subtotal"), l.Subtotal, false)
	v.amount(p.with("total"), l.Total, true)
	switch l.Kind {
	case LineDiscount:
		if l.Total.Shop.IsPos() || l.Total.Presentment.IsPos() {
			v.add(p.with("total"), ViolationSign, "must not be positive on a discount line")
		}
		v.sum(&v.lineDiscounts, l.Total.Neg(), p.with("total"))
	case LineRounding:
	default:
		v.notNegative(p.with("total"), l.Total)
		v.notNegative(p.with("subtotal"), l.Subtotal)
	}
	v.sum(&v.net, l.Total, p.with("total"))

	rest := l.Subtotal
	for j := range l.Discounts {
		share, q := &l.Discounts[j], p
		q.inner, q.j = "discounts", j
		v.amount(q.with("amount"), share.Amount, false)
		v.notNegative(q.with("amount"), share.Amount)
		v.sum(&rest, share.Amount.Neg(), q.with("amount"))
		if d, ok := v.discountAt[share.DiscountID]; ok {
			v.sum(&v.allocated[d], share.Amount, q.with("amount"))
		} else {
			v.add(q.with("discount_id"), ViolationUnknownReference, "is no discount of the order")
		}
	}
	switch {
	case l.Qty.Ordered.IsPos() && open.IsZero():
		if !l.Total.IsZero() {
			v.add(p.with("total"), ViolationPricedWhileClosed, "must be zero: every unit is cancelled")
		}
	case l.Qty.Cancelled.IsZero():
		if !v.meets(rest, l.Total) {
			v.add(p.with("total"), ViolationLineTotal, "is not subtotal less discounts")
		}
	case l.Kind != LineDiscount && l.Kind != LineRounding && l.Total.Shop.Cmp(l.Subtotal.Shop) > 0 && !v.meets(l.Subtotal, l.Total):
		v.add(p.with("total"), ViolationLineTotal, "is more than subtotal although units are cancelled")
	}
}

// meets tells whether total is exact rounded to minor units, in either direction at half a unit.
func (v *validator) meets(exact, total Amount) bool {
	return v.shop.near(exact.Shop, total.Shop) && v.presentment.near(exact.Presentment, total.Presentment)
}

func (s *side) near(exact, total decimal.Decimal) bool {
	if !s.checked || exact.Equal(total) {
		return true
	}
	// Twice the distance is compared, for a half unit of a currency of 19 decimals does not exist.
	gap, err := subExact(exact, total)
	if err != nil {
		return false
	}
	twice, err := addExact(gap, gap)
	return err == nil && twice.CmpAbs(s.unit) <= 0
}

func (v *validator) taxes(p at, l *Line, open decimal.Decimal) {
	closed := l.Qty.Ordered.IsPos() && open.IsZero()
	for j := range l.Taxes {
		t, q := &l.Taxes[j], p
		q.inner, q.j = "taxes", j
		v.amount(q.with("amount"), t.Amount, true)
		v.sum(&v.tax, t.Amount, q.with("amount"))
		if t.Collector != CollectorSeller && t.Collector != CollectorChannel {
			v.add(q.with("collector"), ViolationUnknownWord, "must be seller or channel: who remits the tax")
		}
		if closed && !t.Amount.IsZero() {
			v.add(q.with("amount"), ViolationPricedWhileClosed, "must be zero: every unit is cancelled")
			continue
		}
		if t.Amount.Shop.Sign()*l.Total.Shop.Sign() < 0 || t.Amount.Presentment.Sign()*l.Total.Presentment.Sign() < 0 {
			v.add(q.with("amount"), ViolationSign, "has not the sign of the line's total")
		} else if l.Total.IsZero() && l.Kind != LineDiscount && l.Kind != LineRounding {
			v.notNegative(q.with("amount"), t.Amount)
		}
		v.rate(q, t, l, open)
	}
}

func (v *validator) rate(p at, t *Tax, l *Line, open decimal.Decimal) {
	if !t.RateKnown {
		return
	}
	if t.Rate.IsNeg() || t.Rate.Cmp(decimal.Hundred) > 0 {
		v.add(p.with("rate"), ViolationTaxRate, "must be between 0 and 100 percent")
		return
	}
	if !v.shop.plausible(l.Total.Shop, t.Rate, t.Amount.Shop, open) ||
		!v.presentment.plausible(l.Total.Presentment, t.Rate, t.Amount.Presentment, open) {
		v.add(p.with("amount"), ViolationTaxImplausible, "is further from the line's total times the rate than rounding explains")
	}
}

// plausible tells whether amount is base × rate % within a minor unit per unit sold.
func (s *side) plausible(base, rate, amount, qty decimal.Decimal) bool {
	if !s.checked {
		return true
	}
	// amount × 100 − base × rate, in hundredths. Rounding in the last of 19 digits does not matter here.
	expected, err := base.Mul(rate)
	if err != nil {
		return false
	}
	actual, err := amount.Mul(decimal.Hundred)
	if err != nil {
		return false
	}
	gap, err := actual.Sub(expected)
	if err != nil {
		return false
	}
	tolerance, err := s.unit.Mul(decimal.Hundred)
	if err != nil {
		return false
	}
	if gap.CmpAbs(tolerance) <= 0 {
		return true
	}
	tolerance, err = tolerance.Mul(qty.Max(decimal.One))
	return err == nil && gap.CmpAbs(tolerance) <= 0
}

// bundles checks that a bundle's price stands on the bundle or on its members, not on both.
func (v *validator) bundles() {
	o := v.order
	var priced map[int]bool // bundles of which a member has a price
	for i := range o.Lines {
		l, p := &o.Lines[i], at{list: "lines", i: i}
		if l.ParentID == "" {
			if l.Kind == LineBundleMember {
				v.add(p.with("parent_id"), ViolationMissing, "a bundle_member names its bundle")
			}
			continue
		}
		parent, ok := v.lineAt[l.ParentID]
		switch {
		case !ok:
			v.add(p.with("parent_id"), ViolationUnknownReference, "is no line of the order")
			continue
		case parent == i || o.Lines[parent].Kind != LineBundle:
			v.add(p.with("parent_id"), ViolationBundle, "must name another line, of kind bundle")
			continue
		}
		if !l.Total.IsZero() || !l.Subtotal.IsZero() {
			if priced == nil {
				priced = make(map[int]bool)
			}
			priced[parent] = true
		}
	}
	for i := range o.Lines {
		if l := &o.Lines[i]; priced[i] && !(l.Total.IsZero() && l.Subtotal.IsZero()) {
			v.add(at{list: "lines", i: i, field: "total"}, ViolationBundle, "the bundle and its members both have a price: keep one")
		}
	}
}
