package odootest

import (
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
)

// tax is an account.tax as the computation needs it.
type tax struct {
	id           int64
	kind         string // percent, fixed, division
	amount       decimal.Decimal
	included     bool
	includeBase  bool // affects the base of later taxes
	baseAffected bool
}

// orderLine is what the amounts of one line are computed from.
type orderLine struct {
	rec                       *record
	quantity, price, discount decimal.Decimal
	taxes                     []*tax
	extra                     map[string]any // extra_tax_data, 19
}

// lineAmounts is the result for a line.
type lineAmounts struct{ subtotal, tax, total decimal.Decimal }

// amounts are those of a document: its lines', its own, and each tax's with the taxes in the order in which they came.
type amounts struct {
	lines        []lineAmounts
	untaxed, tax decimal.Decimal
	taxes        map[int64]decimal.Decimal
	order        []int64
}

// charge adds an amount of a tax.
func (a *amounts) charge(c *exact.Calc, tax int64, amount decimal.Decimal) {
	if a.taxes == nil {
		a.taxes = map[int64]decimal.Decimal{}
	}
	if _, seen := a.taxes[tax]; !seen {
		a.order = append(a.order, tax)
	}
	a.taxes[tax] = c.Add(a.taxes[tax], amount)
}

// currency is how an order's currency rounds.
type currency struct {
	id     int64
	places int
}

// round is Odoo's float_round: half away from zero, with a tolerance that hides binary noise. The
// digits that a division leaves over are cut first, so that 0.4999999999999999999 counts as a half.
func (c currency) round(d decimal.Decimal) decimal.Decimal {
	if d.Scale() > c.places+10 {
		d = d.Round(c.places + 10)
	}
	return exact.HalfUp(d, c.places)
}

// computeAmounts sets an order's and its lines' amounts.
func (e *env) computeAmounts(t *table, r *record) error {
	lines := e.table("sale.order.line")
	cur := e.currencyOf(t.ref(r, "currency_id"))
	qty, price, discount := lines.model.field("product_uom_qty"), lines.model.field("price_unit"), lines.model.field("discount")
	taxes, extra := lines.model.field(e.taxField()), lines.model.field("extra_tax_data")
	var list []orderLine
	for _, id := range lines.by(lines.model.field("order_id"), r.id) {
		row := lines.rows[id]
		if lines.str(row, "display_type") != "" {
			continue
		}
		l := orderLine{rec: row, quantity: asDecimal(row.get(qty)), price: asDecimal(row.get(price)), discount: asDecimal(row.get(discount))}
		ids, _ := row.get(taxes).([]int64)
		l.taxes = e.taxes(ids)
		if extra != nil {
			l.extra, _ = row.get(extra).(map[string]any)
		}
		list = append(list, l)
	}
	sums, err := e.compute(list, cur)
	if err != nil {
		return err
	}
	for i, l := range list {
		e.put(lines, l.rec, "price_subtotal", sums.lines[i].subtotal)
		e.put(lines, l.rec, "price_tax", sums.lines[i].tax)
		e.put(lines, l.rec, "price_total", sums.lines[i].total)
	}
	e.put(t, r, "amount_untaxed", sums.untaxed)
	e.put(t, r, "amount_tax", sums.tax)
	e.put(t, r, "amount_total", plus(sums.untaxed, sums.tax))
	return nil
}

// compute computes the amounts of a document as the series and the company do.
func (e *env) compute(list []orderLine, cur currency) (amounts, error) {
	globally := e.table("res.company").str(e.company(), "tax_calculation_rounding_method") == "round_globally"
	calc := &exact.Calc{}
	compute := amounts19
	if e.series < 19 {
		compute = amounts14
	}
	sums, err := compute(calc, list, cur, globally)
	if err == nil && calc.Err() != nil {
		err = raise("builtins.OverflowError", "amount out of range")
	}
	return sums, err
}

// put stores a computed value if it differs.
func (e *env) put(t *table, r *record, name string, d decimal.Decimal) {
	f := t.model.field(name)
	if old, ok := r.v[f.index].(decimal.Decimal); ok && old.Cmp(d) == 0 {
		return
	}
	e.tx.set(t, r, f.index, d)
}

func asDecimal(v any) decimal.Decimal {
	d, _ := v.(decimal.Decimal)
	return d
}

func (e *env) currencyOf(id int64) currency {
	t := e.table("res.currency")
	c := currency{id: id, places: 2}
	if r := t.rows[id]; r != nil {
		c.places = asDecimal(r.get(t.model.field("rounding"))).Trim(0).Scale()
	}
	return c
}

// taxes resolves and orders the taxes of a line; a group counts at its own place with its children.
func (e *env) taxes(ids []int64) []*tax {
	if len(ids) == 0 {
		return nil
	}
	t := e.table("account.tax")
	var out []*tax
	for _, r := range sortTaxes(t, ids) {
		if t.str(r, "amount_type") == "group" {
			for _, child := range sortTaxes(t, t.list(r, "children_tax_ids")) {
				out = append(out, e.readTax(t, child))
			}
			continue
		}
		out = append(out, e.readTax(t, r))
	}
	return out
}

func sortTaxes(t *table, ids []int64) []*record {
	rows := make([]*record, 0, len(ids))
	seq := t.model.field("sequence")
	for _, id := range ids {
		if r := t.rows[id]; r != nil {
			at := len(rows)
			for at > 0 && compareValues(rows[at-1].get(seq), r.get(seq)) > 0 {
				at--
			}
			rows = append(rows, nil)
			copy(rows[at+1:], rows[at:])
			rows[at] = r
		}
	}
	return rows
}

func (e *env) readTax(t *table, r *record) *tax {
	return &tax{
		id: r.id, kind: t.str(r, "amount_type"), amount: asDecimal(r.get(t.model.field("amount"))),
		included: e.value(t, r, t.model.field("price_include")) == true, includeBase: t.truth(r, "include_base_amount"),
		baseAffected: t.model.field("is_base_affected") == nil || t.truth(r, "is_base_affected"),
	}
}

var hundred = decimal.Hundred
