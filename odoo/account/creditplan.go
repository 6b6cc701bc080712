package account

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
)

// creditPlan is a credit note as it is loaded.
type creditPlan struct {
	draft    CreditNoteDraft
	invoice  Move
	currency currency
	prices   int // decimals of price_unit
	stated   bool
	sold     map[int64]soldLine
	taxes    map[int64]taxRow
	linked   []bool // by line: it lowers the invoiced quantity
}

// freePriceDigits is how many decimals a price gets where Odoo does not limit them: few enough to survive a float64.
const freePriceDigits = 10

type soldLine struct {
	ID      int64           `odoo:"id"`
	Order   odoo.Many2One   `odoo:"order_id"`
	Product odoo.Many2One   `odoo:"product_id"`
	Name    string          `odoo:"name"`
	Unit    odoo.Many2One   `odoo:"product_uom_id"`
	Owed    decimal.Decimal `odoo:"qty_to_invoice"`
}

// OdooModel names the model.
func (soldLine) OdooModel() string { return "sale.order.line" }

type taxRow struct {
	ID       int64           `odoo:"id"`
	Name     string          `odoo:"name"`
	Kind     string          `odoo:"amount_type"`
	Rate     decimal.Decimal `odoo:"amount"`
	Included bool            `odoo:"price_include"`
}

// OdooModel names the model.
func (taxRow) OdooModel() string { return "account.tax" }

type currency struct {
	ID     int64 `odoo:"id"`
	Digits int   `odoo:"decimal_places"`
}

// OdooModel names the model.
func (currency) OdooModel() string { return "res.currency" }

// planCredit checks a draft against what the order has, and decides how it is written.
func planCredit(ctx context.Context, client *odoo.Client, draft CreditNoteDraft, moves []Move) (*creditPlan, error) {
	p := &creditPlan{draft: draft, sold: map[int64]soldLine{}, taxes: map[int64]taxRow{}, linked: make([]bool, len(draft.Lines))}
	if err := p.chooseInvoice(moves); err != nil {
		return nil, err
	}
	var err error
	if p.sold, err = soldLines(ctx, client, draft); err != nil {
		return nil, err
	}
	if err := p.checkUnits(moves); err != nil {
		return nil, err
	}
	if p.linked, err = draft.link(p.sold, p.linked); err != nil {
		return nil, err
	}
	if err := p.readTaxes(ctx, client); err != nil {
		return nil, err
	}
	currencies, err := odoo.Read[currency](ctx, client, p.invoice.Currency.ID)
	if err != nil {
		return nil, err
	}
	p.currency = currencies[0]
	fields, err := client.Fields(ctx, "account.move.line")
	if err != nil {
		return nil, err
	}
	_, p.stated = fields["extra_tax_data"]
	p.prices = freePriceDigits
	if digits := fields["price_unit"].Digits; len(digits) == 2 {
		p.prices = digits[1]
	}
	return p, p.checkDigits()
}

// chooseInvoice finds the invoice that is taken back and checks that the order has enough left to be credited.
func (p *creditPlan) chooseInvoice(moves []Move) error {
	var c exact.Calc
	invoiced, credited := decimal.Zero, p.draft.Total
	for _, move := range moves {
		switch {
		case move.Kind == KindCreditNote && move.State != StateCancel:
			credited = c.Add(credited, move.Total)
		case move.Kind == KindInvoice && move.State == StatePosted:
			invoiced = c.Add(invoiced, move.Total)
			if p.draft.Reverses == 0 || p.draft.Reverses == move.ID {
				p.invoice = move
			}
		}
	}
	switch {
	case c.Err() != nil:
		return c.Err()
	case p.invoice.ID == 0:
		return &NotInvoiced{Order: p.draft.Order, Invoice: p.draft.Reverses}
	case credited.Cmp(invoiced) > 0:
		return &OverCredit{Order: p.draft.Order, Left: c.Add(c.Sub(invoiced, credited), p.draft.Total), Asked: p.draft.Total}
	}
	return nil
}

// soldLines reads the sale lines of a draft.
func soldLines(ctx context.Context, client *odoo.Client, draft CreditNoteDraft) (map[int64]soldLine, error) {
	sold := map[int64]soldLine{}
	for _, line := range draft.Lines {
		if line.SaleLine != 0 {
			sold[line.SaleLine] = soldLine{}
		}
	}
	rows, err := odoo.Read[soldLine](ctx, client, slices.Sorted(maps.Keys(sold))...)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if row.Order.ID != draft.Order {
			return nil, &InvalidDraft{ExternalID: draft.ExternalID, Field: "Lines.SaleLine", Reason: strconv.FormatInt(row.ID, 10) + " is of another order"}
		}
		sold[row.ID] = row
	}
	return sold, nil
}

// checkUnits checks that as many units as are to be credited are invoiced and not credited yet, by whomever. Credit notes of
// people, and those for units that have not come back, may name no sale line, so products are counted.
func (p *creditPlan) checkUnits(moves []Move) error {
	var c exact.Calc
	left := map[int64]decimal.Decimal{}
	for _, move := range moves {
		for _, line := range move.Lines {
			switch {
			case move.Kind == KindInvoice && move.State == StatePosted:
				left[line.Product.ID] = c.Add(left[line.Product.ID], line.Quantity)
			case move.Kind == KindCreditNote && move.State != StateCancel:
				left[line.Product.ID] = c.Sub(left[line.Product.ID], line.Quantity)
			}
		}
	}
	for _, line := range p.draft.Lines {
		if line.SaleLine == 0 {
			continue
		}
		product := p.sold[line.SaleLine].Product.ID
		if line.Quantity.Cmp(left[product]) > 0 {
			return &OverCredit{Order: p.draft.Order, SaleLine: line.SaleLine, Left: left[product], Asked: line.Quantity}
		}
		left[product] = c.Sub(left[product], line.Quantity)
	}
	return c.Err()
}

// link decides which lines name their sale line, and so lower what Odoo counts as invoiced of it: those whose units
// have come back, so that more is invoiced than is to be. Before that, and of what is invoiced as ordered, it would have Odoo
// invoice them again. What is linked already stays so.
func (d *CreditNoteDraft) link(sold map[int64]soldLine, linked []bool) ([]bool, error) {
	var c exact.Calc
	excess := map[int64]decimal.Decimal{}
	for id, row := range sold {
		excess[id] = row.Owed.Neg()
	}
	all := make([]bool, len(d.Lines))
	for i, line := range d.Lines {
		all[i] = linked[i]
		if line.SaleLine == 0 || line.Kept || linked[i] || line.Quantity.Cmp(excess[line.SaleLine]) > 0 {
			continue
		}
		all[i] = true
		excess[line.SaleLine] = c.Sub(excess[line.SaleLine], line.Quantity)
	}
	return all, c.Err()
}

func (p *creditPlan) readTaxes(ctx context.Context, client *odoo.Client) error {
	var ids []int64
	for _, line := range p.draft.Lines {
		for _, t := range line.Taxes {
			ids = append(ids, t.Tax)
		}
	}
	slices.Sort(ids)
	rows, err := odoo.Read[taxRow](ctx, client, slices.Compact(ids)...)
	if err != nil {
		return err
	}
	for _, row := range rows {
		p.taxes[row.ID] = row
	}
	return nil
}

// checkDigits refuses amounts below the minor unit.
func (p *creditPlan) checkDigits() error {
	refuse := func(d decimal.Decimal) error {
		return &InvalidDraft{ExternalID: p.draft.ExternalID, Field: "Lines", Reason: d.String() + " is not a whole number of minor units of the currency"}
	}
	for _, line := range p.draft.Lines {
		if !line.Untaxed.Equal(line.Untaxed.Trunc(p.currency.Digits)) {
			return refuse(line.Untaxed)
		}
		for _, t := range line.Taxes {
			if !t.Amount.Equal(t.Amount.Trunc(p.currency.Digits)) {
				return refuse(t.Amount)
			}
		}
	}
	return nil
}

// batch is the plan as Odoo loads it.
func (p *creditPlan) batch() odoo.LoadBatch {
	fields := []string{
		"move_type", "partner_id/.id", "journal_id/.id", "currency_id/.id", "reversed_entry_id/.id", "invoice_origin", "ref",
	}
	head := []string{
		string(KindCreditNote), id(p.invoice.Partner.ID), id(p.invoice.Journal.ID), id(p.invoice.Currency.ID), id(p.invoice.ID), p.invoice.Origin, p.draft.Ref,
	}
	if p.draft.Journal != 0 {
		head[2] = id(p.draft.Journal)
	}
	if !p.draft.Date.IsZero() {
		fields, head = append(fields, "invoice_date"), append(head, p.draft.Date.String())
	}
	width := len(head)
	fields = append(fields,
		"invoice_line_ids/id", "invoice_line_ids/product_id/.id", "invoice_line_ids/name", "invoice_line_ids/quantity", "invoice_line_ids/product_uom_id/.id",
		"invoice_line_ids/price_unit", "invoice_line_ids/discount", "invoice_line_ids/tax_ids/.id", "invoice_line_ids/sale_line_ids/.id")
	if p.stated {
		fields = append(fields, "invoice_line_ids/extra_tax_data")
	}
	record := odoo.LoadRecord{ExternalID: p.draft.ExternalID}
	for i := range p.draft.Lines {
		for _, cells := range p.lineRows(i) {
			row := make([]string, width+len(cells))
			if len(record.Rows) == 0 {
				copy(row, head)
			}
			copy(row[width:], cells)
			record.Rows = append(record.Rows, row)
		}
	}
	return odoo.LoadBatch{Model: "account.move", Mode: odoo.InsertMissing, Context: odoo.Unattended(), Fields: fields, Records: []odoo.LoadRecord{record}}
}

// lineRows are the rows of one credit line: several where one price cannot express the amount.
func (p *creditPlan) lineRows(i int) [][]string {
	line := &p.draft.Lines[i]
	sold := p.sold[line.SaleLine]
	product, name, unit, link := line.Product, line.Name, sold.Unit.ID, ""
	if product == 0 {
		product = sold.Product.ID
	}
	if name == "" {
		name = sold.Name
	}
	if name == "" {
		name = p.draft.Ref
	}
	if p.linked[i] {
		link = id(line.SaleLine)
	}
	taxes := make([]string, len(line.Taxes))
	for n, t := range line.Taxes {
		taxes[n] = id(t.Tax)
	}
	var rows [][]string
	for n, part := range p.parts(line) {
		external := line.ExternalID
		if n > 0 {
			external.Name += "--part-" + strconv.Itoa(n+1)
		}
		row := []string{
			external.String(), id(product), name, part.quantity.String(), id(unit), part.price.String(), "0",
			strings.Join(taxes, ","), link,
		}
		if p.stated {
			row = append(row, p.statedJSON(line, part))
		}
		rows = append(rows, row)
	}
	return rows
}

// part is quantity × price.
type part struct{ quantity, price decimal.Decimal }

// parts writes a line's amount as quantity × price. Where the line states its amounts, one part does. The price of a tax that
// is included is chosen so that Odoo comes to the amount without tax; the tax itself is corrected afterwards.
func (p *creditPlan) parts(line *CreditLine) []part {
	var c exact.Calc
	rate, amount := decimal.Zero, line.Untaxed
	for _, t := range line.Taxes {
		if tax := p.taxes[t.Tax]; tax.Included {
			rate = c.Add(rate, c.Quo(tax.Rate, decimal.Hundred))
			amount = c.Add(amount, t.Amount)
		}
	}
	if rate.IsZero() || p.stated {
		return p.split(amount, line.Quantity, len(line.Taxes) > 0)
	}
	factor := c.Add(decimal.One, rate)
	near := exact.HalfUp(c.Mul(line.Untaxed, factor), p.currency.Digits)
	minor, err := decimal.New(1, p.currency.Digits)
	if err != nil || c.Err() != nil {
		return p.split(amount, line.Quantity, true)
	}
	for _, steps := range []int64{0, 1, -1, 2, -2} {
		gross := c.Add(near, c.Mul(minor, decimal.MustNew(steps, 0)))
		parts, net := p.split(gross, line.Quantity, true), decimal.Zero
		for _, part := range parts {
			net = c.Add(net, exact.HalfUp(c.Quo(exact.HalfUp(c.Mul(part.price, part.quantity), p.currency.Digits), factor), p.currency.Digits))
		}
		if c.Err() == nil && net.Equal(line.Untaxed) {
			return parts
		}
	}
	return p.split(amount, line.Quantity, true)
}

// split writes an amount as quantity × price: in one part, or in units at a price and the rest at the next.
func (p *creditPlan) split(amount, quantity decimal.Decimal, taxed bool) []part {
	var c exact.Calc
	if amount.IsNeg() { // a fee: fewer units, not a negative price, so that people read a price
		amount, quantity = amount.Neg(), quantity.Neg()
	}
	magnitude := quantity.Abs()
	price := exact.HalfUp(c.Quo(amount, magnitude), p.prices)
	if p.stated && taxed || exact.HalfUp(c.Mul(price, magnitude), p.currency.Digits).Equal(amount) {
		return []part{{quantity, price}}
	}
	scale := min(p.prices, p.currency.Digits) // so that no part is rounded
	low := c.Quo(amount, magnitude).Trunc(scale)
	step, err := decimal.New(1, scale)
	if err != nil {
		return []part{{quantity, price}}
	}
	raised := c.Quo(c.Sub(amount, c.Mul(low, magnitude)), step).Trunc(0)
	rest := c.Sub(magnitude, raised)
	if c.Err() != nil || !raised.IsPos() || !rest.IsPos() || !magnitude.Equal(magnitude.Trunc(0)) {
		return []part{{quantity, price}}
	}
	if quantity.IsNeg() {
		raised, rest = raised.Neg(), rest.Neg()
	}
	return []part{{rest, low}, {raised, c.Add(low, step)}}
}

// statedJSON is the value of extra_tax_data, by which Odoo 19 takes amounts over instead of computing them.
// Source: account.tax._import_base_line_extra_tax_data.
func (p *creditPlan) statedJSON(line *CreditLine, part part) string {
	if len(line.Taxes) == 0 {
		return ""
	}
	b := make([]byte, 0, 256)
	b = append(b, `{"currency_id":`...)
	b = strconv.AppendInt(b, p.currency.ID, 10)
	b = append(append(b, `,"price_unit":`...), part.price.String()...)
	b = append(append(b, `,"discount":0,"quantity":`...), part.quantity.String()...)
	b = append(append(b, `,"manual_total_excluded_currency":`...), line.Untaxed.String()...)
	b = append(b, `,"manual_tax_amounts":{`...)
	for i, t := range line.Taxes {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(append(b, '"'), t.Tax, 10)
		b = append(append(b, `":{"tax_amount_currency":`...), t.Amount.String()...)
		b = append(append(b, `,"base_amount_currency":`...), line.Untaxed.String()...)
		b = append(b, '}')
	}
	return string(append(b, "}}"...))
}

func id(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
