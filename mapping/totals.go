package mapping

import (
	"errors"
	"fmt"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
)

// Odoo computes a sale line's amounts from quantity, price, discount and taxes. A channel states
// them. This file finds the lines whose computed amounts are the stated ones, to the last minor
// unit, and predicts what Odoo will compute.
//
// From version 19 on a line can carry its amounts (sale.order.line.extra_tax_data); before, they
// are approached by the rungs of a ladder, each exact or not taken:
//
//  1. the list price with a percent discount, where that gives the net amount exactly;
//  2. one line at net ÷ quantity;
//  3. two lines at neighbouring prices, which absorb an indivisible remainder;
//  4. the price-included twin of the tax, where its rounding gives the stated tax;
//  5. a rounding line for what the price precision cannot express, and a line of fixed one-cent
//     taxes for the tax that percent rounding misses, each bounded by the units sold.
//
// Anything else is refused with a [TotalsError]: never a silent rounding.

// goal is what one canonical line must come to.
type goal struct {
	path string // of the canonical line, for errors
	// qty is not zero; net and the taxes have whole minor units and the sign of the sale.
	qty, net decimal.Decimal
	// list is the unit price before discounts as the tax wants it (net, or gross for an included
	// tax); zero if unknown.
	list  decimal.Decimal
	taxes []goalTax
}

type goalTax struct {
	tax      Tax  // the Odoo tax
	included *Tax // its price-included twin, if the rule names one
	cent     *Tax // the fixed tax that corrects it, if the rule names one
	amount   decimal.Decimal
}

// priced is one Odoo line with the amounts that Odoo will compute for it.
type priced struct {
	qty, price, discount decimal.Decimal
	taxes                []Tax
	net, tax             decimal.Decimal
	// stated is set when the line carries its amounts itself (extra_tax_data).
	stated []decimal.Decimal // by tax, parallel to taxes
}

// residue is what the lines of one goal miss: net, and tax, with the fixed tax that corrects it.
type residue struct {
	net  decimal.Decimal
	cent []centResidue // none or one
}

type centResidue struct {
	tax    Tax
	amount decimal.Decimal
}

// arithmetic is how one Odoo database computes a sale order in one currency.
type arithmetic struct {
	digits         int  // decimals of the currency
	priceDigits    int  // decimals of price_unit, −1 if unlimited
	discountDigits int  // decimals of discount
	stated         bool // lines can carry their amounts
}

// freePriceDigits is how many decimals a price gets where Odoo does not limit them: enough for
// a quantity of a million at three currency decimals, few enough to survive a float64.
const freePriceDigits = 10

// reproduce finds Odoo lines for a goal.
func (a arithmetic) reproduce(g goal) ([]priced, residue, error) {
	if a.stated && len(g.taxes) > 0 {
		line, err := a.statedLine(g)
		return []priced{line}, residue{}, err
	}
	var best []priced
	var rest residue
	for _, candidate := range a.candidates(g) {
		missing, err := a.check(g, candidate)
		if err != nil {
			return nil, residue{}, err
		}
		if missing.none() {
			return candidate, residue{}, nil
		}
		if a.correctable(g, missing) && (best == nil || missing.less(rest)) {
			best, rest = candidate, missing
		}
	}
	if best == nil {
		return nil, residue{}, a.unreachable(g)
	}
	return best, rest, nil
}

// statedLine is a line that carries its own amounts; price and discount are for people.
func (a arithmetic) statedLine(g goal) (priced, error) {
	line := priced{qty: g.qty, net: g.net}
	var c exact.Calc
	gross := g.net
	for _, t := range g.taxes {
		line.taxes = append(line.taxes, t.tax)
		line.stated = append(line.stated, t.amount)
		line.tax = c.Add(line.tax, t.amount)
		if t.tax.Included {
			gross = c.Add(gross, t.amount)
		}
	}
	line.price, line.discount = a.shown(g, gross)
	return line, c.Err()
}

// shown chooses price and discount of a line whose amounts are stated: the list price with the
// discount to two decimals if the channel gave a higher one, otherwise the price paid.
func (a arithmetic) shown(g goal, gross decimal.Decimal) (price, discount decimal.Decimal) {
	var c exact.Calc
	paid := exact.HalfUp(c.Quo(gross, g.qty), a.pricePrecision())
	if percent, ok := a.discountOf(g, gross); ok {
		return exact.HalfUp(g.list, a.pricePrecision()), percent
	}
	if c.Err() != nil {
		return decimal.Zero, decimal.Zero
	}
	return paid, decimal.Zero
}

// discountOf is the percent discount from the list price to what was paid, if there is one.
func (a arithmetic) discountOf(g goal, gross decimal.Decimal) (decimal.Decimal, bool) {
	var c exact.Calc
	full := c.Mul(g.list, g.qty)
	if c.Err() != nil || full.IsZero() || full.Sign() != g.qty.Sign() || full.CmpAbs(gross) <= 0 {
		return decimal.Zero, false
	}
	share := c.Quo(gross, full)
	percent := exact.HalfUp(c.Mul(c.Sub(decimal.One, share), decimal.Hundred), a.discountDigits)
	if c.Err() != nil || percent.Sign() <= 0 || percent.Cmp(decimal.Hundred) > 0 {
		return decimal.Zero, false
	}
	return percent, true
}

func (a arithmetic) pricePrecision() int {
	if a.priceDigits < 0 {
		return freePriceDigits
	}
	return a.priceDigits
}

// candidates are the ways to write a goal, the most readable first.
func (a arithmetic) candidates(g goal) [][]priced {
	main := make([]Tax, len(g.taxes))
	for i, t := range g.taxes {
		main[i] = t.tax
	}
	sets := [][]Tax{main}
	if len(g.taxes) == 1 && g.taxes[0].included != nil {
		sets = append(sets, []Tax{*g.taxes[0].included})
	}
	var all [][]priced
	for _, taxes := range sets {
		amount := g.net
		var c exact.Calc
		if len(taxes) == 1 && taxes[0].Included {
			amount = c.Add(amount, g.taxes[0].amount)
		}
		if percent, ok := a.discountOf(g, amount); ok {
			list := exact.HalfUp(g.list, a.pricePrecision())
			all = append(all, []priced{{qty: g.qty, price: list, discount: percent, taxes: taxes}})
		}
		all = append(all, a.split(g.qty, amount, taxes))
	}
	return all
}

// split writes an amount as quantity × price: one line where the price has few enough decimals,
// otherwise units at a price and the rest at the next.
func (a arithmetic) split(qty, amount decimal.Decimal, taxes []Tax) []priced {
	var c exact.Calc
	scale := a.pricePrecision()
	low := c.Quo(amount, qty).Trunc(scale)
	if full := c.Mul(low, qty); c.Err() == nil && exact.HalfUp(full, a.digits).Equal(amount) {
		return []priced{{qty: qty, price: low, taxes: taxes}}
	}
	if up := exact.HalfUp(c.Quo(amount, qty), scale); exact.HalfUp(c.Mul(up, qty), a.digits).Equal(amount) {
		return []priced{{qty: qty, price: up, taxes: taxes}}
	}
	step, err := decimal.New(int64(amount.Sign()*qty.Sign()), scale)
	if err != nil || c.Err() != nil {
		return []priced{{qty: qty, price: low, taxes: taxes}}
	}
	missing := c.Sub(amount, c.Mul(low, qty)) // less than one step per unit
	whole := qty.Trunc(0)
	if qty.Equal(whole) {
		// raised units at the next price make up for what is missing, as far as whole steps go
		raised := c.Quo(missing, step).Trunc(0)
		if c.Err() != nil || raised.IsZero() {
			return []priced{{qty: qty, price: low, taxes: taxes}}
		}
		lines := []priced{{qty: raised, price: c.Add(low, step), taxes: taxes}}
		if rest := c.Sub(qty, raised); !rest.IsZero() {
			lines = append([]priced{{qty: rest, price: low, taxes: taxes}}, lines...)
		}
		return lines
	}
	// A fraction of a unit takes the remainder: its price can be as fine as needed.
	fraction := c.Sub(qty, whole)
	if whole.IsZero() {
		return []priced{{qty: qty, price: exact.HalfUp(c.Quo(amount, qty), scale), taxes: taxes}}
	}
	rest := c.Sub(amount, exact.HalfUp(c.Mul(low, whole), a.digits))
	return []priced{
		{qty: whole, price: low, taxes: taxes},
		{qty: fraction, price: exact.HalfUp(c.Quo(rest, fraction), scale), taxes: taxes},
	}
}

// compute sets what Odoo will compute for a line.
// Source: account.tax.compute_all and sale.order.line._compute_amount of Odoo 14; held against
// real servers by the tests of the order flow.
func (a arithmetic) compute(line *priced) error {
	var c exact.Calc
	price := line.price
	if !line.discount.IsZero() {
		price = c.Mul(price, c.Sub(decimal.One, c.Quo(line.discount, decimal.Hundred)))
	}
	base := exact.HalfUp(c.Mul(price, line.qty), a.digits)
	if len(line.taxes) == 1 && line.taxes[0].Included {
		factor := c.Add(decimal.One, c.Quo(line.taxes[0].Percent, decimal.Hundred))
		line.net = exact.HalfUp(c.Quo(base, factor), a.digits)
		line.tax = c.Sub(base, line.net)
		return c.Err()
	}
	line.net, line.tax = base, decimal.Zero
	for _, tax := range line.taxes {
		line.tax = c.Add(line.tax, exact.HalfUp(c.Quo(c.Mul(base, tax.Percent), decimal.Hundred), a.digits))
	}
	return c.Err()
}

// check computes the lines and says what they miss of the goal.
func (a arithmetic) check(g goal, lines []priced) (residue, error) {
	var c exact.Calc
	missing := residue{net: g.net}
	want := decimal.Zero
	for _, t := range g.taxes {
		want = c.Add(want, t.amount)
	}
	for i := range lines {
		if err := a.compute(&lines[i]); err != nil {
			return residue{}, fmt.Errorf("%s: %w", g.path, err)
		}
		missing.net = c.Sub(missing.net, lines[i].net)
		want = c.Sub(want, lines[i].tax)
	}
	if !want.IsZero() && len(g.taxes) > 0 {
		// one correction serves all taxes of the line: the first that has one
		correction := centResidue{amount: want}
		for _, t := range g.taxes {
			if t.cent != nil {
				correction.tax = *t.cent
				break
			}
		}
		missing.cent = append(missing.cent, correction)
	}
	return missing, c.Err()
}

func (r residue) none() bool { return r.net.IsZero() && len(r.cent) == 0 }

// less prefers what needs the smaller rounding line, then the smaller tax correction.
func (r residue) less(other residue) bool {
	if order := r.net.CmpAbs(other.net); order != 0 {
		return order < 0
	}
	var mine, others decimal.Decimal
	if len(r.cent) > 0 {
		mine = r.cent[0].amount
	}
	if len(other.cent) > 0 {
		others = other.cent[0].amount
	}
	return mine.CmpAbs(others) < 0
}

// correctable reports whether correction lines may explain the residue. Rounding each unit, or
// spreading an order's rounding over its lines, moves at most one minor unit per unit sold and one
// more; what the price precision cannot express is less than one price step per unit, and is taxed. More than
// that is another tax or another price, not rounding.
func (a arithmetic) correctable(g goal, r residue) bool {
	var c exact.Calc
	units := g.qty.Abs().Ceil(0)
	minor, _ := decimal.New(1, a.digits)
	step, _ := decimal.New(1, min(a.digits, a.pricePrecision()))
	taxBound := c.Mul(minor, c.Add(units, decimal.One))
	for _, t := range g.taxes { // and the tax on the net amount that is missing
		taxBound = c.Add(taxBound, c.Quo(c.Mul(r.net.Abs(), t.tax.Percent.Abs()), decimal.Hundred))
	}
	netBound := c.Mul(step, units.Max(decimal.One))
	if c.Err() != nil || r.net.CmpAbs(netBound) > 0 {
		return false
	}
	for _, cent := range r.cent {
		if cent.tax.ID == 0 || cent.amount.CmpAbs(taxBound) > 0 {
			return false
		}
	}
	return true
}

// TotalsError says that no allowed way of writing an order in Odoo gives the channel's amounts.
type TotalsError struct {
	// Path names the line ("lines[2]").
	Path string
	// Net and Tax are what the channel states, GotNet and GotTax the nearest that Odoo computes.
	Net, Tax, GotNet, GotTax decimal.Decimal
	// WayOut says what to change.
	WayOut string
}

// Error implements error.
func (e *TotalsError) Error() string {
	return fmt.Sprintf("%s: Odoo would compute net %s and tax %s, the channel states %s and %s: %s",
		e.Path, e.GotNet, e.GotTax, e.Net, e.Tax, e.WayOut)
}

// unreachable explains why no candidate fits, by the first one.
func (a arithmetic) unreachable(g goal) error {
	lines := a.split(g.qty, g.net, nil)
	if all := a.candidates(g); len(all) > 0 {
		lines = all[len(all)-1]
	}
	e := &TotalsError{Path: g.path, Net: g.net}
	var c exact.Calc
	noCent := false
	for _, t := range g.taxes {
		e.Tax = c.Add(e.Tax, t.amount)
		noCent = noCent || t.cent == nil
	}
	for i := range lines {
		if err := a.compute(&lines[i]); err != nil {
			return errors.Join(e, err)
		}
		e.GotNet, e.GotTax = c.Add(e.GotNet, lines[i].net), c.Add(e.GotTax, lines[i].tax)
	}
	e.WayOut = "the tax of the rule does not fit the channel's: check its rate"
	if noCent && e.Net.Equal(e.GotNet) {
		e.WayOut = "add cent_tax (a fixed tax of 0.01 on the same account) to the tax rule, or included_tax, so that the rounding can be corrected"
	}
	return e
}
