package tally

import (
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// Draft is a line with the amounts as the shop calculated them, not rounded.
type Draft struct {
	// Line holds everything but the amounts that are set here.
	Line canonical.Line
	// Net is the net price of the open quantity after discounts.
	Net decimal.Decimal
	// Subtotal is the net price of the ordered quantity before discounts. It is used as it is only
	// where units were cancelled; else it is Net and the discounts.
	Subtotal decimal.Decimal
	// Taxes are the amounts of Line.Taxes, one each.
	Taxes []decimal.Decimal
	// Shares are the line's parts of discounts, positive, net.
	Shares []Share
}

// Share is a line's part of one discount.
type Share struct {
	DiscountID string
	Amount     decimal.Decimal
}

// Settle sets the order's lines and totals from drafts, in whole minor units of its currency. Grand
// and tax are what the shop states. Lines and taxes are fitted to them as far as rounding explains
// the difference; a larger one stays, so that the order's validation refuses it.
func Settle(order *canonical.Order, drafts []Draft, grand, tax decimal.Decimal) error {
	scale := Scale(order.Currency)
	grand, tax = Round(grand, scale), Round(tax, scale)
	net, err := grand.Sub(tax)
	if err != nil {
		return err
	}
	nets := make([]decimal.Decimal, len(drafts))
	var taxes []decimal.Decimal
	for i, draft := range drafts {
		nets[i] = draft.Net
		taxes = append(taxes, draft.Taxes...)
	}
	nets, _ = Fit(net, nets, scale)
	taxes, _ = Fit(tax, taxes, scale)

	all := decimal.Zero
	for i, draft := range drafts {
		line := draft.Line
		line.Total = canonical.Shop(nets[i])
		for j := range line.Taxes {
			line.Taxes[j].Amount = canonical.Shop(taxes[j])
		}
		taxes = taxes[len(line.Taxes):]
		discount, err := allocate(&line, draft.Shares, scale)
		if err != nil {
			return err
		}
		if all, err = all.Add(discount); err != nil {
			return err
		}
		subtotal, err := nets[i].Add(discount)
		if err != nil {
			return err
		}
		if !line.Qty.Cancelled.IsZero() {
			subtotal = Round(draft.Subtotal, scale)
		}
		line.Subtotal = canonical.Shop(subtotal)
		if line.Kind == canonical.LineDiscount {
			if all, err = all.Sub(nets[i]); err != nil {
				return err
			}
		}
		order.Lines = append(order.Lines, line)
	}
	order.Totals.Net = canonical.Shop(net)
	order.Totals.Tax = canonical.Shop(tax)
	order.Totals.Grand = canonical.Shop(grand)
	order.Totals.Discount = canonical.Shop(all)
	return sumDiscounts(order)
}

// Scale is the number of decimals of a currency; two for one that is not known, which the order's
// validation refuses anyway.
func Scale(currency canonical.Currency) int {
	if scale, ok := currency.Exponent(); ok {
		return scale
	}
	return 2
}

// allocate rounds a line's shares so that they sum to its whole discount, and returns that.
func allocate(line *canonical.Line, shares []Share, scale int) (decimal.Decimal, error) {
	amounts := make([]decimal.Decimal, len(shares))
	whole := decimal.Zero
	for i, share := range shares {
		amounts[i] = share.Amount
		var err error
		if whole, err = whole.Add(share.Amount); err != nil {
			return whole, err
		}
	}
	whole = Round(whole, scale)
	amounts, _ = Fit(whole, amounts, scale)
	for i, share := range shares {
		if !amounts[i].IsZero() {
			line.Discounts = append(line.Discounts, canonical.Allocation{DiscountID: share.DiscountID, Amount: canonical.Shop(amounts[i])})
		}
	}
	return whole, nil
}

// sumDiscounts sets the amount of each discount to the sum of its allocations, which is the net
// effect that it had, and drops the discounts that had none.
func sumDiscounts(order *canonical.Order) error {
	sums := map[string]decimal.Decimal{}
	for _, line := range order.Lines {
		for _, allocation := range line.Discounts {
			sum, err := sums[allocation.DiscountID].Add(allocation.Amount.Shop)
			if err != nil {
				return err
			}
			sums[allocation.DiscountID] = sum
		}
	}
	kept := order.Discounts[:0]
	for _, discount := range order.Discounts {
		if sum := sums[discount.ID]; !sum.IsZero() {
			discount.Amount = canonical.Shop(sum)
			kept = append(kept, discount)
		}
	}
	order.Discounts = kept
	return nil
}
