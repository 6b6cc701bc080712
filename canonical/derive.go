package canonical

import (
	"slices"

	"github.com/govalues/decimal"
)

// FindLine returns the line with the id, within the order's own memory, or nil.
func (o *Order) FindLine(id string) *Line {
	if i := slices.IndexFunc(o.Lines, func(l Line) bool { return l.ID == id }); i >= 0 {
		return &o.Lines[i]
	}
	return nil
}

// OpenQty returns what is still ordered of a line: ordered − cancelled, shipped units included. A
// difference of more than 19 digits is a [*RangeError].
func (o *Order) OpenQty(line *Line) (decimal.Decimal, error) { return line.Qty.Open() }

// Open returns ordered − cancelled. A difference of more than 19 digits is a [*RangeError].
func (q LineQty) Open() (decimal.Decimal, error) { return subExact(q.Ordered, q.Cancelled) }

// TaxTotal returns the sum of the line's taxes, whoever collects them. More than 19 digits are a
// [*RangeError].
func (l *Line) TaxTotal() (Amount, error) {
	var total Amount
	err := l.addTaxes(&total, "")
	return total, err
}

// SellerTax returns the tax of all lines that the seller remits.
func (o *Order) SellerTax() (Amount, error) { return o.taxOf(CollectorSeller) }

// ChannelTax returns the tax of all lines that the channel remits; it never enters the seller's tax
// report.
func (o *Order) ChannelTax() (Amount, error) { return o.taxOf(CollectorChannel) }

func (o *Order) taxOf(c Collector) (Amount, error) {
	var total Amount
	for i := range o.Lines {
		if err := o.Lines[i].addTaxes(&total, c); err != nil {
			return Amount{}, err
		}
	}
	return total, nil
}

// addTaxes adds the taxes of one collector, or of all if c is empty.
func (l *Line) addTaxes(total *Amount, c Collector) error {
	for i := range l.Taxes {
		if c != "" && l.Taxes[i].Collector != c {
			continue
		}
		next, err := total.Add(l.Taxes[i].Amount)
		if err != nil {
			return err
		}
		*total = next
	}
	return nil
}

// GiftCardsUsed returns what gift cards and store credit have paid of the order.
// Payments that failed or were cancelled do not count.
func (o *Order) GiftCardsUsed() (Amount, error) {
	var total Amount
	for i := range o.Payments {
		p := &o.Payments[i]
		used := p.Kind == PaymentGiftCard || p.Kind == PaymentStoreCredit
		if !used || p.Status == PaymentFailed || p.Status == PaymentCancelled {
			continue
		}
		next, err := total.Add(p.Amount)
		if err != nil {
			return Amount{}, err
		}
		total = next
	}
	return total, nil
}

// DerivedStatus returns the status that the lines' quantities imply. Only goods count (see
// [LineKind.Goods]), save that an order is cancelled once every line of it is.
//
// A bundle counts by its members if they are lines of the order.
//
//   - every unit of every line cancelled: cancelled;
//   - stated cancelled while units have shipped, or counts that contradict each other: conflict;
//   - all open units delivered or shipped: delivered, shipped; some shipped: partially_shipped;
//   - nothing shipped: the stated status, or confirmed where that claims a shipment.
//
// Quantities cannot tell that an order is closed or in conflict: those stay as stated.
func (o *Order) DerivedStatus() Status {
	if o.Status == StatusConflict || o.Status == StatusClosed {
		return o.Status
	}
	inMembers := o.bundlesWithMembers()
	allCancelled, goods := len(o.Lines) > 0, false
	anyShipped, allShipped, allDelivered := false, true, true
	for i := range o.Lines {
		l := &o.Lines[i]
		open, err := l.Qty.Open()
		if err != nil || open.IsNeg() || l.Qty.Shipped.Cmp(open) > 0 || l.Qty.Delivered.Cmp(l.Qty.Shipped) > 0 {
			return StatusConflict
		}
		if !open.IsZero() || l.Qty.Ordered.IsZero() {
			allCancelled = false
		}
		if !l.Kind.Goods() || open.IsZero() || inMembers[l.ID] {
			continue
		}
		goods = true
		anyShipped = anyShipped || l.Qty.Shipped.IsPos()
		allShipped = allShipped && l.Qty.Shipped.Equal(open)
		allDelivered = allDelivered && l.Qty.Delivered.Equal(open)
	}
	switch {
	case allCancelled:
		return StatusCancelled
	case goods && anyShipped && o.Status == StatusCancelled:
		return StatusConflict
	case goods && allDelivered:
		return StatusDelivered
	case goods && allShipped:
		return StatusShipped
	case anyShipped:
		return StatusPartiallyShipped
	case goods && (o.Status == StatusPartiallyShipped || o.Status == StatusShipped || o.Status == StatusDelivered):
		return StatusConfirmed
	}
	return o.Status
}

// bundlesWithMembers returns the IDs of the bundles that have members, nil if there are none.
func (o *Order) bundlesWithMembers() map[string]bool {
	var ids map[string]bool
	for i := range o.Lines {
		if parent := o.Lines[i].ParentID; parent != "" {
			if ids == nil {
				ids = make(map[string]bool)
			}
			ids[parent] = true
		}
	}
	return ids
}
