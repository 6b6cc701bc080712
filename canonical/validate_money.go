package canonical

import "github.com/govalues/decimal"

func (v *validator) totals() {
	t := &v.order.Totals
	v.amount(at{field: "totals.net"}, t.Net, true)
	v.amount(at{field: "totals.tax"}, t.Tax, true)
	v.amount(at{field: "totals.grand"}, t.Grand, true)
	v.amount(at{field: "totals.discount"}, t.Discount, true)
	v.amount(at{field: "totals.paid"}, t.Paid, true)
	v.notNegative(at{field: "totals.grand"}, t.Grand)
	v.notNegative(at{field: "totals.discount"}, t.Discount)
	v.notNegative(at{field: "totals.paid"}, t.Paid)
	if !t.Net.Equal(v.net) {
		v.add(at{field: "totals.net"}, ViolationTotals, "is not the sum of the lines' totals")
	}
	if !t.Tax.Equal(v.tax) {
		v.add(at{field: "totals.tax"}, ViolationTotals, "is not the sum of the lines' taxes")
	}
	grand := t.Net
	v.sum(&grand, t.Tax, at{field: "totals.grand"})
	if !t.Grand.Equal(grand) {
		v.add(at{field: "totals.grand"}, ViolationTotals, "is not net plus tax")
	}
	// After a cancellation some channels restate the discounts and some do not.
	if v.cancelled {
		return
	}
	discount := v.lineDiscounts
	for i := range v.order.Discounts {
		v.sum(&discount, v.order.Discounts[i].Amount, at{list: "discounts", i: i, field: "amount"})
	}
	if !v.meets(discount, t.Discount) {
		v.add(at{field: "totals.discount"}, ViolationTotals, "is not the sum of the discounts and the discount lines")
	}
}

func (v *validator) payments() {
	o := v.order
	if len(o.Payments) == 0 {
		return
	}
	var captured, refunded Amount
	seen := make(map[string]bool, len(o.Payments))
	for i := range o.Payments {
		pay, p := &o.Payments[i], at{list: "payments", i: i}
		if pay.ID != "" && seen[pay.ID] {
			v.add(p.with("id"), ViolationDuplicate, "another payment has the same id")
		}
		seen[pay.ID] = true
		v.amount(p.with("amount"), pay.Amount, true)
		v.notNegative(p.with("amount"), pay.Amount)
		if !pay.Status.known() {
			v.add(p.with("status"), ViolationUnknownWord, "must be pending, succeeded, failed or cancelled")
		}
		settled := pay.Status == PaymentSucceeded
		switch pay.Kind {
		case PaymentGiftCard, PaymentStoreCredit:
			if !pay.Amount.Shop.IsPos() {
				v.add(p.with("amount"), ViolationSign, "must be positive: it is what the card or credit paid")
			}
			if settled {
				v.sum(&captured, pay.Amount, p.with("amount"))
			}
		case PaymentCapture, PaymentSale:
			if settled {
				v.sum(&captured, pay.Amount, p.with("amount"))
			}
		case PaymentRefund:
			if settled {
				v.sum(&refunded, pay.Amount, p.with("amount"))
			}
		case PaymentAuthorization, PaymentVoid, PaymentOther:
		default:
			v.add(p.with("kind"), ViolationUnknownWord, "is no kind of payment of this model: use %q", PaymentOther)
		}
	}
	// Channels that list no captures still say what has been paid.
	captured.Shop = captured.Shop.Max(o.Totals.Paid.Shop)
	captured.Presentment = captured.Presentment.Max(o.Totals.Paid.Presentment)
	if refunded.Shop.Cmp(captured.Shop) > 0 || refunded.Presentment.Cmp(captured.Presentment) > 0 {
		v.add(at{field: "payments"}, ViolationPaymentExceeded, "refund more than was captured")
	}
}

func (v *validator) fulfillments() {
	o := v.order
	if len(o.Fulfillments) == 0 {
		return
	}
	counts := v.newCounts()
	for i := range o.Fulfillments {
		f := &o.Fulfillments[i]
		if !f.Status.known() {
			v.add(at{list: "fulfillments", i: i, field: "status"}, ViolationUnknownWord, "is no status of a fulfilment of this model")
		}
		for j := range f.Lines {
			p := at{list: "fulfillments", i: i, inner: "lines", j: j}
			// A parcel that was cancelled, lost or came back may be sent again.
			again := f.Status == FulfillmentCancelled || f.Status == FulfillmentLost || f.Status == FulfillmentReturned
			counts.take(p, f.Lines[j].LineID, f.Lines[j].Qty, again)
		}
	}
}

func (v *validator) adjustments() {
	o := v.order
	if len(o.Adjustments) == 0 {
		return
	}
	byKind := map[AdjustmentKind]*lineCounts{}
	for i := range o.Adjustments {
		a, p := &o.Adjustments[i], at{list: "adjustments", i: i}
		switch a.Kind {
		case AdjustmentCancel, AdjustmentRefund, AdjustmentPrice:
		default:
			v.add(p.with("kind"), ViolationUnknownWord, "must be cancel, refund or price")
		}
		v.amount(p.with("amount"), a.Amount, true)
		v.notNegative(p.with("amount"), a.Amount)
		counts := byKind[a.Kind]
		if counts == nil {
			counts = v.newCounts()
			byKind[a.Kind] = counts
		}
		for j := range a.Lines {
			l, q := &a.Lines[j], p
			q.inner, q.j = "lines", j
			v.amount(q.with("net"), l.Net, true)
			v.amount(q.with("tax"), l.Tax, true)
			// A price may change many times; units are cancelled or refunded once.
			counts.take(q, l.LineID, l.Qty, a.Kind == AdjustmentPrice)
		}
	}
}

// lineCounts sums quantities per order line, which must stay within the ordered quantity.
type lineCounts struct {
	v   *validator
	sum []decimal.Decimal
}

func (v *validator) newCounts() *lineCounts {
	return &lineCounts{v: v, sum: make([]decimal.Decimal, len(v.order.Lines))}
}

// take counts qty of a line, on its own when alone is set, else on top of what was counted before.
func (c *lineCounts) take(p at, lineID string, qty decimal.Decimal, alone bool) {
	i, ok := c.v.lineAt[lineID]
	if !ok {
		c.v.add(p.with("line_id"), ViolationUnknownReference, "is no line of the order")
		return
	}
	if qty.IsNeg() {
		c.v.add(p.with("qty"), ViolationSign, "must not be negative")
		return
	}
	if !alone {
		sum, err := addExact(c.sum[i], qty)
		if err != nil {
			c.v.add(p.with("qty"), ViolationNumberTooLong, "sums of it have more than 19 digits")
			return
		}
		c.sum[i], qty = sum, sum
	}
	c.v.atMost(p.with("qty"), qty, c.v.order.Lines[i].Qty.Ordered, "the line's ordered quantity")
}

func (v *validator) links() {
	for i := range v.order.Links {
		l, p := &v.order.Links[i], at{list: "links", i: i}
		switch l.Kind {
		case LinkReplacementOf, LinkExchangeOf, LinkPartOf, LinkDraftOf:
		default:
			v.add(p.with("kind"), ViolationUnknownWord, "is no kind of link of this model")
		}
		v.key(p.with("key"), l.Key)
	}
}
