package shopify

import (
	"slices"

	"github.com/retailsync/retailsync/canonical"
)

// join makes one order of its two currencies. Both have the same lines and taxes; a discount may have come to nothing
// in one of them.
func join(result *canonical.Order, shop, presentment canonical.Order, all []canonical.Discount) {
	for i, line := range shop.Lines {
		other := presentment.Lines[i]
		line.UnitPrice = pair(line.UnitPrice, other.UnitPrice)
		line.Subtotal = pair(line.Subtotal, other.Subtotal)
		line.Total = pair(line.Total, other.Total)
		line.Discounts = joinAllocations(line.Discounts, other.Discounts)
		for j := range line.Taxes {
			tax := &line.Taxes[j]
			tax.Amount = pair(tax.Amount, other.Taxes[j].Amount)
			tax.RateKnown = tax.RateKnown && other.Taxes[j].RateKnown
		}
		result.Lines = append(result.Lines, line)
	}
	for _, discount := range all {
		same := func(d canonical.Discount) bool { return d.ID == discount.ID }
		i, j := slices.IndexFunc(shop.Discounts, same), slices.IndexFunc(presentment.Discounts, same)
		var a, b canonical.Amount
		if i >= 0 {
			a = shop.Discounts[i].Amount
		}
		if j >= 0 {
			b = presentment.Discounts[j].Amount
		}
		if i >= 0 || j >= 0 {
			discount.Amount = pair(a, b)
			result.Discounts = append(result.Discounts, discount)
		}
	}
	result.Totals.Net = pair(shop.Totals.Net, presentment.Totals.Net)
	result.Totals.Tax = pair(shop.Totals.Tax, presentment.Totals.Tax)
	result.Totals.Grand = pair(shop.Totals.Grand, presentment.Totals.Grand)
	result.Totals.Discount = pair(shop.Totals.Discount, presentment.Totals.Discount)
}

func joinAllocations(shop, presentment []canonical.Allocation) []canonical.Allocation {
	var all []canonical.Allocation
	rest := slices.Clone(presentment)
	for _, share := range shop {
		var other canonical.Amount
		if i := slices.IndexFunc(rest, func(a canonical.Allocation) bool { return a.DiscountID == share.DiscountID }); i >= 0 {
			other = rest[i].Amount
			rest = slices.Delete(rest, i, i+1)
		}
		share.Amount = pair(share.Amount, other)
		all = append(all, share)
	}
	for _, share := range rest {
		share.Amount = pair(canonical.Amount{}, share.Amount)
		all = append(all, share)
	}
	return all
}
