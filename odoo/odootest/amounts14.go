package odootest

import (
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
)

// amounts14 computes as Odoo 14 does: each line by itself, the order as the sum of its lines.
func amounts14(c *exact.Calc, lines []orderLine, cur currency, globally bool) (amounts, error) {
	sums := amounts{lines: make([]lineAmounts, len(lines))}
	for i, l := range lines {
		price := c.Mul(l.price, c.Quo(c.Sub(hundred, l.discount), hundred))
		a, err := line14(c, l, price, cur, globally, &sums)
		if err != nil {
			return sums, err
		}
		sums.lines[i] = a
		sums.untaxed, sums.tax = c.Add(sums.untaxed, a.subtotal), c.Add(sums.tax, a.tax)
	}
	for id, amount := range sums.taxes {
		sums.taxes[id] = cur.round(amount)
	}
	sums.untaxed, sums.tax = cur.round(sums.untaxed), cur.round(sums.tax)
	return sums, nil
}

// line14 is account.tax's compute_all of Odoo 14. What each tax amounts to is added to the sums.
func line14(c *exact.Calc, l orderLine, price decimal.Decimal, cur currency, globally bool, sums *amounts) (lineAmounts, error) {
	included, affects := false, false
	for _, t := range l.taxes {
		included = included || t.included
		affects = affects || (!t.included && t.includeBase)
	}
	if included && affects {
		return lineAmounts{}, userError("Unable to mix any taxes being price included with taxes affecting the base amount but not included in price.")
	}
	fine := cur
	if globally {
		fine.places += 5
	}
	base := cur.round(c.Mul(price, l.quantity))
	negative := base.IsNeg()
	base = base.Abs()

	// Backwards: take the included taxes out, remembering where a run of them must arrive.
	checkpoints := make([]decimal.Decimal, len(l.taxes))
	var fixed, percent, division decimal.Decimal
	withoutTaxes := func(base decimal.Decimal) decimal.Decimal {
		if fixed.IsZero() && percent.IsZero() && division.IsZero() {
			return base
		}
		net := c.Mul(c.Sub(base, fixed), c.Sub(hundred, division))
		return c.Quo(net, c.Add(hundred, percent))
	}
	remember := true
	for i := len(l.taxes) - 1; i >= 0; i-- {
		t := l.taxes[i]
		if t.includeBase {
			base = withoutTaxes(base)
			fixed, percent, division = decimal.Zero, decimal.Zero, decimal.Zero
			remember = true
		}
		if !t.included {
			continue
		}
		switch t.kind {
		case "percent":
			percent = c.Add(percent, t.amount)
		case "division":
			division = c.Add(division, t.amount)
		case "fixed":
			fixed = c.Add(fixed, c.Mul(l.quantity, t.amount))
		}
		if remember && !t.amount.IsZero() {
			checkpoints[i], remember = base, false
		}
	}
	net := cur.round(withoutTaxes(base))

	// Forwards: the amount of each tax.
	base = net
	total := net
	var cumulated, sum decimal.Decimal
	for i, t := range l.taxes {
		var amount decimal.Decimal
		if t.included && !checkpoints[i].IsZero() {
			amount = c.Sub(checkpoints[i], c.Add(base, cumulated))
			cumulated = decimal.Zero
		} else {
			amount = amount14(c, t, base, l.quantity)
		}
		amount = fine.round(amount)
		if t.included && checkpoints[i].IsZero() {
			cumulated = c.Add(cumulated, amount)
		}
		if t.includeBase {
			base = c.Add(base, amount)
		}
		sum, total = c.Add(sum, amount), c.Add(total, amount)
		if negative {
			amount = amount.Neg()
		}
		sums.charge(c, t.id, amount)
	}
	a := lineAmounts{subtotal: net, tax: sum, total: cur.round(total)}
	if negative {
		a = lineAmounts{subtotal: a.subtotal.Neg(), tax: a.tax.Neg(), total: a.total.Neg()}
	}
	return a, nil
}

// amount14 is the amount of one tax that is not taken from an included total.
func amount14(c *exact.Calc, t *tax, base, quantity decimal.Decimal) decimal.Decimal {
	switch t.kind {
	case "fixed":
		if base.IsPos() {
			quantity = quantity.Abs()
		}
		return c.Mul(quantity, t.amount)
	case "division":
		rest := c.Sub(hundred, t.amount)
		if rest.IsZero() {
			return decimal.Zero
		}
		return c.Sub(c.Quo(c.Mul(base, hundred), rest), base)
	}
	return c.Quo(c.Mul(base, t.amount), hundred)
}
