package odootest

import (
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
)

// taxData is one tax of one line while Odoo 19's computation runs.
type taxData struct {
	*tax
	batch              []*taxData
	done               bool
	amount             decimal.Decimal // unrounded under round_globally
	extraTax, extraAll decimal.Decimal // what other taxes add to this one's base
	rounded, target    decimal.Decimal
}

// details are one line's raw and rounded amounts.
type details struct {
	excluded, rounded, target decimal.Decimal
	taxes                     []*taxData
	computation               string
}

// amounts19 computes as Odoo 19 does: the lines raw, then the document's sums rounded, with the
// amounts that extra_tax_data brings in the place of the computed ones.
func amounts19(c *exact.Calc, lines []orderLine, cur currency, globally bool) (amounts, error) {
	sums := amounts{lines: make([]lineAmounts, len(lines))}
	out := sums.lines
	docs := make([]*details, len(lines))
	for i, l := range lines {
		d, err := line19(c, l, cur, globally)
		if err != nil {
			return sums, err
		}
		docs[i] = d
		out[i].subtotal, out[i].total = d.rounded, d.rounded
		for _, t := range d.taxes {
			out[i].total = c.Add(out[i].total, t.rounded)
		}
		// Monetary fields are kept at the currency's precision.
		out[i].tax = c.Sub(out[i].total, out[i].subtotal)
		out[i].subtotal, out[i].total = cur.round(out[i].subtotal), cur.round(out[i].total)
	}
	untaxed, taxed := document19(c, docs, cur, &sums)
	sums.untaxed, sums.tax = cur.round(untaxed), cur.round(taxed)
	return sums, nil
}

// document19 rounds the sums of the document: each tax over all lines, then the untaxed amount.
func document19(c *exact.Calc, docs []*details, cur currency, sums *amounts) (untaxed, taxed decimal.Decimal) {
	type group struct {
		tax         int64
		computation string
	}
	targets := map[group]decimal.Decimal{}
	var order []group
	computations := []string{}
	for _, d := range docs {
		if !slices.Contains(computations, d.computation) {
			computations = append(computations, d.computation)
		}
		for _, t := range d.taxes {
			g := group{t.id, d.computation}
			if _, seen := targets[g]; !seen {
				order = append(order, g)
			}
			targets[g] = c.Add(targets[g], t.target)
		}
	}
	byComputation := map[string]decimal.Decimal{}
	for _, g := range order {
		rounded := cur.round(targets[g])
		taxed = c.Add(taxed, rounded)
		sums.charge(c, g.tax, rounded)
		byComputation[g.computation] = c.Add(byComputation[g.computation], rounded)
	}
	for _, computation := range computations {
		var excluded, rounded, included decimal.Decimal
		allIncluded := true
		for _, d := range docs {
			if d.computation != computation {
				continue
			}
			excluded, rounded = c.Add(excluded, d.target), c.Add(rounded, d.rounded)
			included = c.Add(included, d.target)
			for _, t := range d.taxes {
				included = c.Add(included, t.target)
				allIncluded = allIncluded && t.included
			}
		}
		switch {
		case !allIncluded && !excluded.IsZero():
			rounded = cur.round(excluded)
		case allIncluded && !included.IsZero():
			rounded = c.Sub(cur.round(included), byComputation[computation])
		}
		untaxed = c.Add(untaxed, rounded)
	}
	return untaxed, taxed
}

// line19 computes one line's taxes, raw and rounded.
func line19(c *exact.Calc, l orderLine, cur currency, globally bool) (*details, error) {
	manual, err := importExtra(&l, cur)
	if err != nil {
		return nil, err
	}
	d := &details{}
	if key, ok := l.extra["computation_key"].(string); ok {
		d.computation = key
	}
	price := c.Mul(l.price, c.Quo(c.Sub(hundred, l.discount), hundred))
	rawBase := c.Mul(l.quantity, price)
	if !globally {
		rawBase = cur.round(rawBase)
	}
	d.taxes = batches(l.taxes)
	finish := func(i int, amount decimal.Decimal) {
		if !globally {
			amount = cur.round(amount)
		}
		d.taxes[i].amount, d.taxes[i].done = amount, true
		propagate(c, d.taxes, i)
	}
	for i := len(d.taxes) - 1; i >= 0; i-- {
		if t := d.taxes[i]; t.kind == "fixed" {
			amount := c.Mul(l.quantity, t.tax.amount)
			if price.IsNeg() {
				amount = amount.Neg()
			}
			finish(i, amount)
		}
	}
	for i := len(d.taxes) - 1; i >= 0; i-- {
		if t := d.taxes[i]; t.included && !t.done {
			finish(i, included19(c, t, c.Add(rawBase, t.extraTax)))
		}
	}
	for i, t := range d.taxes {
		if !t.included && !t.done {
			finish(i, excluded19(c, t, c.Add(rawBase, t.extraTax)))
		}
	}
	d.excluded = rawBase
	if len(d.taxes) > 0 {
		first := d.taxes[0]
		d.excluded = c.Add(rawBase, first.extraAll)
		if first.included {
			for _, t := range first.batch {
				d.excluded = c.Sub(d.excluded, t.amount)
			}
		}
	}
	d.rounded, d.target = cur.round(d.excluded), d.excluded
	for _, t := range d.taxes {
		t.rounded, t.target = cur.round(t.amount), t.amount
	}
	manual.apply(d, cur)
	return d, nil
}

// batches groups neighbouring taxes that are computed on the same base.
func batches(taxes []*tax) []*taxData {
	data := make([]*taxData, len(taxes))
	for i, t := range taxes {
		data[i] = &taxData{tax: t}
	}
	var batch []*taxData
	affected := false
	flush := func() {
		for _, t := range batch {
			t.batch = batch
		}
		batch = nil
	}
	for i := len(data) - 1; i >= 0; i-- {
		t := data[i]
		if len(batch) > 0 {
			b := batch[0]
			if t.kind != b.kind || t.included != b.included || t.includeBase != b.includeBase || (t.includeBase && affected) {
				flush()
			}
		}
		affected = t.baseAffected
		batch = append(batch, t)
	}
	flush()
	return data
}

// propagate adds a tax to, or takes it from, the bases of the taxes before and after its batch.
func propagate(c *exact.Calc, all []*taxData, i int) {
	t := all[i]
	add := func(o *taxData, plus bool) {
		amount := t.amount
		if !plus {
			amount = amount.Neg()
		}
		if !o.done {
			o.extraTax = c.Add(o.extraTax, amount)
		}
		o.extraAll = c.Add(o.extraAll, amount)
	}
	after := func(visit func(*taxData)) {
		for j := len(all) - 1; j >= 0 && !slices.Contains(t.batch, all[j]); j-- {
			visit(all[j])
		}
	}
	if !t.included {
		if t.includeBase {
			after(func(o *taxData) {
				if o.baseAffected {
					add(o, true)
				}
			})
		}
		return
	}
	after(func(o *taxData) {
		if !t.includeBase || !o.baseAffected {
			add(o, false)
		}
	})
	for j := 0; j < len(all) && !slices.Contains(t.batch, all[j]); j++ {
		add(all[j], false)
	}
}

func included19(c *exact.Calc, t *taxData, base decimal.Decimal) decimal.Decimal {
	if t.kind == "division" {
		return c.Quo(c.Mul(base, t.tax.amount), hundred)
	}
	sum := hundred
	for _, o := range t.batch {
		sum = c.Add(sum, o.tax.amount)
	}
	if sum.IsZero() {
		return decimal.Zero
	}
	return c.Quo(c.Mul(base, t.tax.amount), sum)
}

func excluded19(c *exact.Calc, t *taxData, base decimal.Decimal) decimal.Decimal {
	amount := c.Mul(base, t.tax.amount)
	if t.kind != "division" {
		return c.Quo(amount, hundred)
	}
	rest := hundred
	for _, o := range t.batch {
		rest = c.Sub(rest, o.tax.amount)
	}
	if rest.IsZero() {
		rest = hundred
	}
	return c.Quo(amount, rest)
}

// manualAmounts are the amounts that extra_tax_data fixes.
type manualAmounts struct {
	excluded *decimal.Decimal
	taxes    map[string]map[string]any
}

// importExtra reads a line's extra_tax_data where it still fits the line: same currency, price,
// discount and quantity, and an amount for each tax. The line then computes with the price given there.
func importExtra(l *orderLine, cur currency) (*manualAmounts, error) {
	raw, _ := l.extra["manual_tax_amounts"].(map[string]any)
	if len(raw) == 0 {
		return nil, nil
	}
	m := &manualAmounts{taxes: map[string]map[string]any{}}
	for _, name := range []string{"currency_id", "price_unit", "discount", "quantity"} {
		if _, ok := l.extra[name]; !ok {
			return nil, raise(classKey, "'%s'", name)
		}
		if name == "currency_id" {
			if id, _ := integer(l.extra[name]); id != cur.id {
				return nil, nil
			}
		}
	}
	price, err := number(l.extra["price_unit"], 0)
	if err != nil {
		return nil, err
	}
	for name, have := range map[string]decimal.Decimal{"price_unit": l.price, "discount": l.discount, "quantity": l.quantity} {
		want, err := number(l.extra[name], 0)
		if err != nil {
			return nil, err
		}
		if cur.round(want).Cmp(cur.round(have)) != 0 {
			return nil, nil
		}
	}
	for _, t := range l.taxes {
		amounts, ok := raw[itoa(t.id)].(map[string]any)
		if !ok {
			return nil, nil
		}
		m.taxes[itoa(t.id)] = amounts
	}
	l.price = price
	if v, ok := l.extra["manual_total_excluded_currency"]; ok {
		d, err := number(v, 0)
		if err != nil {
			return nil, err
		}
		m.excluded = &d
	}
	return m, nil
}

func (m *manualAmounts) apply(d *details, cur currency) {
	if m == nil {
		return
	}
	if m.excluded != nil {
		d.rounded, d.target = *m.excluded, *m.excluded
	}
	for _, t := range d.taxes {
		if v, ok := m.taxes[itoa(t.id)]["tax_amount_currency"]; ok {
			if amount, err := number(v, 0); err == nil {
				t.rounded, t.target = cur.round(amount), amount
			}
		}
	}
}
