package orderfile

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/internal/figure"
	"github.com/retailsync/retailsync/internal/sheet"
	"github.com/retailsync/retailsync/marketplace/internal/tally"
)

// The ids of what the columns of an order stand for.
const (
	shippingLine  = "shipping"
	rowDiscount   = "line"
	orderDiscount = "order"
)

// sums is arithmetic that remembers its first error.
type sums struct {
	exact.Calc
	err error
}

func (s *sums) keepErr(err error) {
	if s.err == nil {
		s.err = err
	}
}

// Err returns the first error.
func (s *sums) Err() error {
	if s.err != nil {
		return s.err
	}
	return s.Calc.Err()
}

// line is a line with the amounts as the file has them, gross or net by the rules.
type line struct {
	tally.Draft
	row sheet.Row
	// price is what it costs after its own discount, off that, share its part of the order's discount.
	price, off, share decimal.Decimal
	rate              rate
	// tax is what the file states, after all discounts.
	tax     decimal.Decimal
	hasTax  bool
	product bool
}

// lines makes the lines of the order, with what they cost net and their taxes.
func (d *draft) lines(order *canonical.Order) []line {
	var lines []line
	seen := map[string]bool{}
	for i, row := range d.rows {
		l := d.line(row, i)
		if seen[l.Line.ID] {
			d.fail(row.Fault(d.rules.Columns.Line, "is there twice within the order", nil))
		}
		seen[l.Line.ID] = true
		lines = append(lines, l)
	}
	if cost, ok := d.sum(d.rules.Columns.Shipping); ok && !cost.IsZero() {
		l := line{row: d.of(d.rules.Columns.Shipping), price: cost, rate: d.shippingRate(lines)}
		l.Line = canonical.Line{ID: shippingLine, Kind: canonical.LineShipping, Title: d.rules.Columns.Shipping, UnitPrice: canonical.Shop(cost)}
		l.Line.Qty.Ordered = decimal.One
		if seen[shippingLine] {
			d.fail(l.row.Fault(d.rules.Columns.Line, "has a line of the id shipping beside the shipping column", nil))
		}
		lines = append(lines, l)
	}
	if len(d.faults) == 0 {
		d.spread(order, lines)
	}
	for i := range lines {
		if len(d.faults) == 0 {
			d.tax(&lines[i])
		}
	}
	return lines
}

// shippingRate is the rate of the shipping column.
func (d *draft) shippingRate(lines []line) rate {
	if d.rules.shipping.known {
		return d.rules.shipping
	}
	if d.rules.rate.known {
		return d.rules.rate
	}
	var highest rate
	for _, l := range lines {
		if l.rate.known && (!highest.known || l.rate.percent.Cmp(highest.percent) > 0) {
			highest = l.rate
		}
	}
	if !highest.known {
		column := d.rules.Columns.Shipping
		d.fail(d.of(column).Fault(column, "has no rate of tax: give shipping_tax_rate in the rules", nil))
	}
	return highest
}

func (d *draft) line(row sheet.Row, i int) line {
	c := d.rules.Columns
	l := line{row: row}
	l.Line = canonical.Line{ID: row.Cell(c.Line), Kind: d.kind(row), SKU: row.Cell(c.SKU), Barcode: row.Cell(c.Barcode), Title: row.Cell(c.Title)}
	if l.Line.ID == "" {
		l.Line.ID = strconv.Itoa(i + 1)
	}
	l.product = l.Line.Kind == canonical.LineProduct
	if l.product && l.Line.SKU == "" {
		d.fail(row.Fault(c.SKU, "is empty: a product has a SKU; what is none is named in the rules' kinds", nil))
	}
	quantity, ok := d.amount(row, c.Quantity)
	switch {
	case !ok && l.product && row.Cell(c.Quantity) == "":
		d.fail(row.Fault(c.Quantity, "is empty", nil))
	case !ok:
		quantity = decimal.One
	case !quantity.IsPos():
		d.fail(row.Fault(c.Quantity, "must be more than zero", nil))
		quantity = decimal.One
	}
	l.Line.Qty.Ordered = quantity.Trim(0)
	d.price(&l, quantity)
	if l.rate, ok = d.rate(row); !ok {
		l.rate = d.rules.rate
	}
	l.tax, l.hasTax = d.amount(row, c.Tax)
	if !l.rate.known && !l.hasTax && row.Cell(c.TaxRate)+row.Cell(c.Tax) == "" {
		d.fail(row.Fault(cmp.Or(c.TaxRate, c.Tax), "is empty: state the tax, or tax_rate in the rules", nil))
	}
	return l
}

func (d *draft) kind(row sheet.Row) canonical.LineKind {
	word := row.Cell(d.rules.Columns.Kind)
	if word == "" {
		return canonical.LineProduct
	}
	if kind, ok := d.rules.kinds[sheet.Fold(word)]; ok {
		return kind
	}
	if kind := canonical.LineKind(sheet.Fold(word)); knownKind(kind) {
		return kind
	}
	d.fail(row.Fault(d.rules.Columns.Kind, "is a word that the rules do not know: add it to kinds", nil))
	return canonical.LineProduct
}

// rate reads the rate of a row.
func (d *draft) rate(row sheet.Row) (rate, bool) {
	column := d.rules.Columns.TaxRate
	text := strings.TrimSpace(strings.TrimSuffix(row.Cell(column), "%"))
	if text == "" {
		return rate{}, false
	}
	percent, _, err := figure.Amount(text, figure.Mark(d.rules.DecimalMark[0]))
	switch {
	case err != nil:
		d.fail(row.Fault(column, "cannot be read", err))
	case percent.IsNeg() || percent.Cmp(decimal.Hundred) > 0:
		d.fail(row.Fault(column, "must be between 0 and 100 percent", nil))
	}
	return rate{percent, true}, true
}

// price reads what the row costs: its unit price, its discount and its amount, two of which say the third.
func (d *draft) price(l *line, quantity decimal.Decimal) {
	c := d.rules.Columns
	price, priced := d.amount(l.row, c.Price)
	off, _ := d.amount(l.row, c.Discount)
	amount, stated := d.amount(l.row, c.Amount)
	discounted := l.row.Cell(c.Discount) != ""
	off = off.Abs()
	var calc sums
	before := calc.Mul(price, quantity)
	switch {
	case !priced && !stated:
		if l.row.Cell(c.Price)+l.row.Cell(c.Amount) == "" {
			d.fail(l.row.Fault(cmp.Or(c.Price, c.Amount), "is empty: state what the row costs", nil))
		}
	case !stated:
		amount = calc.Sub(before, off)
	case !priced:
		before = calc.Add(amount, off)
		price = calc.Quo(before, quantity)
	case discounted:
		d.meet(l, amount, calc.Sub(before, off), quantity)
	case amount.Cmp(before) < 0 && !near(amount, before, quantity):
		off = calc.Sub(before, amount)
	default:
		d.meet(l, amount, before, quantity)
	}
	if err := calc.Err(); err != nil {
		d.fail(l.row.Fault(c.Price, "makes an amount longer than 19 digits", nil))
	}
	if negative := l.Line.Kind == canonical.LineDiscount; amount.IsNeg() != negative && !amount.IsZero() && l.Line.Kind != canonical.LineRounding {
		problem := "must not be negative"
		if negative {
			problem = "of a discount must be negative"
		}
		d.fail(l.row.Fault(cmp.Or(c.Price, c.Amount), problem, nil))
	}
	l.price, l.off = amount, off
	l.Line.UnitPrice = canonical.Shop(price)
}

// meet holds the amount that a row states against the one that follows.
func (d *draft) meet(l *line, stated, follows, quantity decimal.Decimal) {
	if !near(stated, follows, quantity) {
		d.fail(l.row.Fault(d.rules.Columns.Amount, "is not the price times the quantity less the discount", nil))
	}
}

// near allows a unit price that was rounded to two decimals.
func near(a, b, quantity decimal.Decimal) bool {
	var calc sums
	most := calc.Mul(decimal.MustNew(5, 3), quantity.Max(decimal.One))
	return calc.Sub(a, b).CmpAbs(most) <= 0 && calc.Err() == nil
}

// spread gives the products their shares of the order's discount.
func (d *draft) spread(order *canonical.Order, lines []line) {
	column := d.rules.Columns.OrderDiscount
	off, ok := d.sum(column)
	order.Discounts = []canonical.Discount{
		{ID: rowDiscount, Title: "Discount"}, {ID: orderDiscount, Code: d.text(d.rules.Columns.DiscountCode), Title: "Discount"},
	}
	if !ok || off.IsZero() {
		return
	}
	var weights []decimal.Decimal
	var at []int
	for i, l := range lines {
		if l.product {
			weights, at = append(weights, l.price), append(at, i)
		}
	}
	unit, _ := order.Currency.MinorUnit() // the currency is known
	shares, err := canonical.Allocate(off.Abs(), weights, unit)
	if err != nil {
		d.fail(d.of(column).Fault(column, "cannot be spread over the products", err))
		return
	}
	for n, i := range at {
		lines[i].share = shares[n]
		if shares[n].Cmp(lines[i].price) > 0 {
			d.fail(d.of(column).Fault(column, "is more than the products cost", nil))
			return
		}
	}
}

// tax splits what a line costs into net and tax.
func (d *draft) tax(l *line) {
	var calc sums
	cost := calc.Sub(l.price, l.share)
	included := d.rules.PricesIncludeTax
	factor := calc.Add(decimal.Hundred, l.rate.percent)
	toNet := func(gross decimal.Decimal) decimal.Decimal { return calc.Quo(calc.Mul(gross, decimal.Hundred), factor) }
	net, tax := cost, l.tax
	switch {
	case l.hasTax && included:
		net = calc.Sub(cost, tax)
	case l.hasTax:
	case included:
		net = toNet(cost)
		tax = calc.Sub(cost, net)
	default:
		tax = calc.Quo(calc.Mul(cost, l.rate.percent), decimal.Hundred)
	}
	for _, share := range []tally.Share{{DiscountID: rowDiscount, Amount: l.off}, {DiscountID: orderDiscount, Amount: l.share}} {
		switch {
		case share.Amount.IsZero():
			continue
		case included && l.rate.known:
			share.Amount = toNet(share.Amount)
		case included && !cost.IsZero():
			share.Amount = calc.Quo(calc.Mul(share.Amount, net), cost)
		}
		l.Shares = append(l.Shares, share)
	}
	l.Net, l.Subtotal, l.Taxes = net, net, []decimal.Decimal{tax}
	l.Line.Taxes = []canonical.Tax{{
		Code: l.row.Cell(d.rules.Columns.TaxCode), Rate: l.rate.percent, RateKnown: l.rate.known, Collector: canonical.CollectorSeller,
	}}
	if calc.Err() != nil {
		d.fail(l.row.Fault(d.rules.Columns.Price, "makes an amount longer than 19 digits", nil))
	}
}
