package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// PriceRule says what a channel charges in one currency on one of its price lists. Each pair of list and currency has
// one rule at most.
type PriceRule struct {
	// List is the channel's own id of the price list, market or region. Default: the channel's base prices.
	List string `yaml:"list"`
	// Currency is what the channel charges in. Required.
	Currency canonical.Currency `yaml:"currency"`
	// Pricelist is Odoo's pricelist, in the same currency. Default: that of [ChannelRules.Pricelists].
	Pricelist Ref `yaml:"pricelist"`
	// Taxes says whether the channel keeps prices with tax. Default: [PricesAsPriced].
	Taxes PriceTaxes `yaml:"taxes"`
	// ReplaceTaxes are other taxes than the product's own, by the name of the product's: those of the market that the price
	// is for. The price without tax stays the same.
	ReplaceTaxes map[string]Ref `yaml:"replace_taxes"`
	// Sale says what becomes of a lower price for a time. Default: [SaleIncluded].
	Sale SaleMode `yaml:"sale"`
	// Regular is the pricelist of the regular prices, with [SaleCompared] only.
	Regular Ref `yaml:"regular"`
	// Rounding makes prices end as the shop wants them to. Default: whole minor units of the currency.
	Rounding PriceRounding `yaml:"rounding"`
}

// PriceTaxes is whether the prices of a channel are with tax.
type PriceTaxes string

// The tax modes of prices.
const (
	// PricesAsPriced sends what the pricelist says, with or without tax as the product's taxes say.
	PricesAsPriced PriceTaxes = "as_priced"
	PricesIncluded PriceTaxes = "included" // with tax
	PricesExcluded PriceTaxes = "excluded" // without tax
)

// SaleMode is what becomes of a lower price for a time.
type SaleMode string

// The sale modes.
const (
	// SaleIncluded sends the price of the moment as the price.
	SaleIncluded SaleMode = "included"
	// SaleDated sends what rules with dates make cheaper as a sale price with its time, beforehand if it is to come.
	SaleDated SaleMode = "dated"
	// SaleCompared sends the regular price of another pricelist, and this one's as a sale price where it is lower.
	SaleCompared SaleMode = "compared"
)

// PriceRounding makes prices end in a certain way: at whole multiples of the step, or at one of the endings within each.
type PriceRounding struct {
	// Step is the distance of two prices that look alike: 0.05, 1, 10. Default: 1 with endings, else one minor unit.
	Step *decimal.Decimal `yaml:"step"`
	// Endings are where within a step prices end: 0.95 and 0.99 with a step of 1. Default: at its beginning.
	Endings []decimal.Decimal `yaml:"endings"`
	// Mode is [RoundNearest] (halves go up) unless said.
	Mode RoundingMode `yaml:"mode"`
}

// RoundingMode is in which direction prices are rounded.
type RoundingMode string

// The rounding modes.
const (
	RoundNearest RoundingMode = "nearest"
	RoundUp      RoundingMode = "up"
	RoundDown    RoundingMode = "down"
)

// IsZero reports whether nothing is said.
func (r PriceRounding) IsZero() bool { return r.Step == nil && len(r.Endings) == 0 && r.Mode == "" }

func (p PriceRule) selector() string { return fmt.Sprintf("list=%q, currency=%s", p.List, p.Currency) }

func (p PriceRule) check(ps *problems, path string) {
	unit, known := p.Currency.MinorUnit()
	if !known {
		ps.add(join(path, "currency"), fmt.Sprintf("%q is not a currency", shorten(string(p.Currency))), "write the ISO 4217 code in upper case, for example EUR")
	}
	if p.List != strings.TrimSpace(p.List) {
		ps.add(join(path, "list"), "the id begins or ends with a space", "write it as the channel does")
	}
	checkRef(ps, join(path, "pricelist"), p.Pricelist)
	checkRef(ps, join(path, "regular"), p.Regular)
	oneOf(ps, join(path, "taxes"), p.Taxes, PricesAsPriced, PricesIncluded, PricesExcluded)
	oneOf(ps, join(path, "sale"), p.Sale, SaleIncluded, SaleDated, SaleCompared)
	switch {
	case p.Sale == SaleCompared && p.Regular.IsZero():
		ps.add(join(path, "regular"), "sale: compared needs the pricelist of the regular prices", "name it or give its id")
	case p.Sale != SaleCompared && !p.Regular.IsZero():
		ps.add(join(path, "regular"), "regular is never used", "write sale: compared, or remove regular")
	}
	for _, tax := range slices.Sorted(maps.Keys(p.ReplaceTaxes)) {
		inner := join(join(path, "replace_taxes"), tax)
		if strings.TrimSpace(tax) == "" {
			ps.addKey(inner, "the name of the product's tax is missing", "write it as it stands in Odoo")
		}
		required(ps, inner, p.ReplaceTaxes[tax], "name the tax that replaces it, or none")
	}
	if len(p.ReplaceTaxes) > 0 && (p.Taxes == "" || p.Taxes == PricesAsPriced) {
		ps.add(join(path, "replace_taxes"), "replace_taxes is never used", "write taxes: included (or excluded), or remove it")
	}
	if known {
		p.Rounding.check(ps, join(path, "rounding"), unit)
	}
}

func (r PriceRounding) check(ps *problems, path string, unit decimal.Decimal) {
	oneOf(ps, join(path, "mode"), r.Mode, RoundNearest, RoundUp, RoundDown)
	step := r.step(unit)
	whole := func(amount decimal.Decimal) bool { return amount.Scale() <= 19 && amount.MinScale() <= unit.Scale() }
	if !step.IsPos() || !whole(step) {
		ps.add(join(path, "step"), fmt.Sprintf("%s is not a whole number of %s above 0", step, unit), "for example 0.05 or 1")
		return
	}
	for i, ending := range r.Endings {
		if ending.IsNeg() || ending.Cmp(step) >= 0 || !whole(ending) {
			ps.add(index(path, "endings", i), fmt.Sprintf("%s does not lie within a step of %s in whole %s", ending, step, unit),
				"write what stands after the last whole step, for example 0.99")
		}
		if slices.ContainsFunc(r.Endings[:i], ending.Equal) {
			ps.add(index(path, "endings", i), "the ending is here twice", "keep one of them")
		}
	}
}

func (r PriceRounding) step(unit decimal.Decimal) decimal.Decimal {
	switch {
	case r.Step != nil:
		return *r.Step
	case len(r.Endings) > 0:
		return decimal.One
	default:
		return unit
	}
}

// checkPrices checks the price rules together with the rest.
func (c ChannelRules) checkPrices(ps *problems, path string) {
	for i, rule := range c.Prices {
		if rule.Pricelist.IsZero() && c.Pricelists[rule.Currency].IsZero() && rule.Currency.Valid() {
			ps.add(join(index(path, "prices", i), "pricelist"), "no pricelist for "+string(rule.Currency), "name it here, or under pricelist by its currency")
		}
	}
}

// PriceRules returns the price rules of the channel, with every value that nobody said set to its default, in the order
// of the rules.
func (c Channel) PriceRules() []PriceRule {
	rules := make([]PriceRule, len(c.Prices))
	for i, rule := range c.Prices {
		if rule.Pricelist.IsZero() {
			rule.Pricelist = c.Pricelists[rule.Currency]
		}
		setDefault(&rule.Taxes, PricesAsPriced)
		setDefault(&rule.Sale, SaleIncluded)
		setDefault(&rule.Rounding.Mode, RoundNearest)
		rules[i] = rule
	}
	return rules
}
