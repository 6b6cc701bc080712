package canonical

import (
	"fmt"
	"maps"
	"slices"
)

// InPresentment returns the order as the shopper saw it: every amount's Presentment in Shop's
// place and the two currencies swapped. Doing it twice gives the order back. o is not changed and
// shares no memory with the result that either would write to.
//
// An order without a presentment currency is a [*CurrencyError]. Amounts of which only one side is
// given are not found here but by [Order.Validate].
func (o Order) InPresentment() (Order, error) {
	if o.PresentmentCurrency == "" {
		return Order{}, &CurrencyError{Currency: o.Currency, Problem: fmt.Sprintf(
			"order %s has no presentment currency: post it in the shop's", o.Key)}
	}
	swapped := o.clone()
	swapped.Currency, swapped.PresentmentCurrency = o.PresentmentCurrency, o.Currency
	swapped.eachAmount(func(a *Amount) { *a = a.swap() })
	return swapped, nil
}

// clone copies the order and everything in it that has amounts, quantities or an order of its own.
func (o Order) clone() Order {
	o.Lines = slices.Clone(o.Lines)
	for i := range o.Lines {
		line := &o.Lines[i]
		line.Discounts = slices.Clone(line.Discounts)
		line.Taxes = slices.Clone(line.Taxes)
		line.Properties = maps.Clone(line.Properties)
	}
	o.Discounts = slices.Clone(o.Discounts)
	o.Payments = slices.Clone(o.Payments)
	o.Fulfillments = slices.Clone(o.Fulfillments)
	for i := range o.Fulfillments {
		o.Fulfillments[i].Lines = slices.Clone(o.Fulfillments[i].Lines)
	}
	o.Adjustments = slices.Clone(o.Adjustments)
	for i := range o.Adjustments {
		o.Adjustments[i].Lines = slices.Clone(o.Adjustments[i].Lines)
	}
	o.Links = slices.Clone(o.Links)
	o.BillTo, o.ShipTo = copied(o.BillTo), copied(o.ShipTo)
	o.Ext = maps.Clone(o.Ext)
	return o
}

// copied returns a pointer to a copy, or nil.
func copied[T any](p *T) *T {
	if p == nil {
		return nil
	}
	c := *p
	return &c
}

// eachAmount calls f with every amount of the order, in place.
func (o *Order) eachAmount(f func(*Amount)) {
	for i := range o.Lines {
		line := &o.Lines[i]
		f(&line.UnitPrice)
		f(&line.Subtotal)
		f(&line.Total)
		for j := range line.Discounts {
			f(&line.Discounts[j].Amount)
		}
		for j := range line.Taxes {
			f(&line.Taxes[j].Amount)
		}
	}
	for i := range o.Discounts {
		f(&o.Discounts[i].Amount)
	}
	for i := range o.Payments {
		f(&o.Payments[i].Amount)
	}
	for i := range o.Adjustments {
		adjustment := &o.Adjustments[i]
		f(&adjustment.Amount)
		for j := range adjustment.Lines {
			f(&adjustment.Lines[j].Net)
			f(&adjustment.Lines[j].Tax)
		}
	}
	f(&o.Totals.Net)
	f(&o.Totals.Tax)
	f(&o.Totals.Grand)
	f(&o.Totals.Discount)
	f(&o.Totals.Paid)
}
