package mapping

import (
	"fmt"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// PriceTax is a tax as far as the price of one unit goes.
type PriceTax struct {
	Name string
	// Type is Odoo's word: percent, division or fixed. Others are refused.
	Type   string
	Amount decimal.Decimal
	// Included says that the price contains the tax.
	Included bool
	// AffectsBase says that later taxes are computed on this one too, as far as they are AffectedByBase.
	AffectsBase, AffectedByBase bool
}

// TaxTypeError refuses a tax whose amount only Odoo knows.
type TaxTypeError struct{ Tax, Type string }

// Error names the tax and the way out.
func (e *TaxTypeError) Error() string {
	return fmt.Sprintf("the tax %q is of the type %q: write taxes: as_priced, or replace it by replace_taxes with a tax of the type percent, division or fixed", e.Tax, e.Type)
}

// affine is a part of a price that follows from the price without tax: factor × net + fixed.
type affine struct{ factor, fixed decimal.Decimal }

func (a affine) add(b affine) (affine, error) {
	factor, err := a.factor.Add(b.factor)
	if err != nil {
		return affine{}, err
	}
	fixed, err := a.fixed.Add(b.fixed)
	return affine{factor, fixed}, err
}

func (a affine) times(by decimal.Decimal) (affine, error) {
	factor, err := a.factor.Mul(by)
	if err != nil {
		return affine{}, err
	}
	fixed, err := a.fixed.Mul(by)
	return affine{factor, fixed}, err
}

// taxed returns the price with those of the taxes that count: as a function of the price without any.
func taxed(taxes []PriceTax, counts func(PriceTax) bool) (affine, error) {
	net := affine{factor: decimal.One}
	total, base := net, net
	for _, tax := range taxes {
		on := net
		if tax.AffectedByBase {
			on = base
		}
		amount, err := tax.on(on)
		if err != nil {
			return affine{}, err
		}
		if tax.AffectsBase {
			if base, err = base.add(amount); err != nil {
				return affine{}, err
			}
		}
		if counts(tax) {
			if total, err = total.add(amount); err != nil {
				return affine{}, err
			}
		}
	}
	return total, nil
}

// on returns the tax on a base.
func (t PriceTax) on(base affine) (affine, error) {
	rate, err := t.Amount.Quo(decimal.Hundred)
	if err != nil {
		return affine{}, err
	}
	switch t.Type {
	case "percent":
		return base.times(rate)
	case "division":
		// So many percent of the price with tax.
		rest, err := decimal.One.Sub(rate)
		if err != nil {
			return affine{}, err
		}
		if !rest.IsPos() {
			return affine{}, &TaxTypeError{Tax: t.Name, Type: "division by " + t.Amount.String()}
		}
		if rate, err = rate.Quo(rest); err != nil {
			return affine{}, err
		}
		return base.times(rate)
	case "fixed":
		return affine{fixed: t.Amount}, nil
	default:
		return affine{}, &TaxTypeError{Tax: t.Name, Type: t.Type}
	}
}

// ConvertTaxes turns a price of one unit, which has the product's own taxes in it as far as they are included, into one
// with or without tax by the mode: own are the product's taxes in the order in which Odoo computes them, market those
// of the market (the same, unless the rules replace some). It is exact to 19 digits and not rounded to the
// currency. A price that needs no conversion comes back as it is.
func ConvertTaxes(price decimal.Decimal, mode PriceTaxes, own, market []PriceTax) (decimal.Decimal, error) {
	included := func(t PriceTax) bool { return t.Included }
	free := func(t PriceTax) bool { return !t.Included }
	same := slices.Equal(own, market)
	switch {
	case mode == PricesAsPriced, mode == "",
		mode == PricesIncluded && same && !slices.ContainsFunc(own, free),
		mode == PricesExcluded && !slices.ContainsFunc(own, included):
		return price, nil
	}
	gross, err := taxed(own, included)
	if err != nil {
		return decimal.Zero, err
	}
	net, err := price.Sub(gross.fixed)
	if err != nil {
		return decimal.Zero, err
	}
	if mode == PricesIncluded {
		all, err := taxed(market, func(PriceTax) bool { return true })
		if err != nil {
			return decimal.Zero, err
		}
		// net × all ÷ gross, the division last: 119 ÷ 1.19 × 1.19 would not be 119.
		if net, err = net.Mul(all.factor); err != nil {
			return decimal.Zero, err
		}
		if net, err = net.Quo(gross.factor); err != nil {
			return decimal.Zero, err
		}
		return net.Add(all.fixed)
	}
	return net.Quo(gross.factor)
}

// Round rounds a price as the rule says: first to whole minor units of the currency, halves up, then to a step or ending. A
// price above nothing never becomes nothing, and nothing stays nothing. The error is for negative prices, unknown currencies and amounts beyond 19 digits.
func (p PriceRule) Round(price decimal.Decimal) (decimal.Decimal, error) {
	unit, ok := p.Currency.MinorUnit()
	if !ok {
		return decimal.Zero, &canonical.CurrencyError{Currency: p.Currency}
	}
	if price.IsNeg() {
		return decimal.Zero, fmt.Errorf("a price of %s: a channel cannot charge less than nothing", price)
	}
	asked := price
	price, err := p.Currency.Round(price)
	if price.IsZero() && asked.IsPos() {
		price = unit
	}
	if err != nil || p.Rounding.Step == nil && len(p.Rounding.Endings) == 0 || price.IsZero() {
		return price, err
	}
	below, above, err := p.Rounding.neighbours(price, unit)
	if err != nil {
		return decimal.Zero, err
	}
	chosen := below
	switch {
	case below.Equal(price):
	case p.Rounding.Mode == RoundUp:
		chosen = above
	case p.Rounding.Mode == RoundDown:
	default:
		down, err := price.Sub(below)
		if err != nil {
			return decimal.Zero, err
		}
		up, err := above.Sub(price)
		if err != nil {
			return decimal.Zero, err
		}
		if down.Cmp(up) >= 0 {
			chosen = above
		}
	}
	if !chosen.IsPos() {
		chosen = above
	}
	return p.Currency.Round(chosen)
}

// neighbours returns the nearest prices of the wanted form at or below, and above.
func (r PriceRounding) neighbours(price, unit decimal.Decimal) (below, above decimal.Decimal, err error) {
	step := r.step(unit)
	endings := []decimal.Decimal{decimal.Zero}
	if len(r.Endings) > 0 {
		endings = slices.SortedFunc(slices.Values(r.Endings), decimal.Decimal.Cmp)
	}
	steps, _, err := price.QuoRem(step)
	if err != nil {
		return below, above, err
	}
	// From the step below to the step above there is always one on each side, unless it were below zero.
	found := false
	for _, offset := range []decimal.Decimal{decimal.One.Neg(), decimal.Zero, decimal.One} {
		at, err := steps.Add(offset)
		if err != nil {
			return below, above, err
		}
		if at, err = at.Mul(step); err != nil {
			return below, above, err
		}
		for _, ending := range endings {
			candidate, err := at.Add(ending)
			if err != nil {
				return below, above, err
			}
			if candidate.Cmp(price) <= 0 {
				below = candidate
			} else if !found {
				above, found = candidate, true
			}
		}
	}
	return below, above, nil
}
