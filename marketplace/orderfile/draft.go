package orderfile

import (
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/sheet"
	"github.com/retailsync/retailsync/marketplace/internal/tally"
)

// draft makes an order of its rows, and gathers what is wrong with them.
type draft struct {
	rules  compiled
	rows   []sheet.Row
	faults []error
}

func (d *draft) fail(err error) {
	if err != nil {
		d.faults = append(d.faults, err)
	}
}

// of finds the row that says something of the order in a column: the first whose cell is not empty. One that says something else is a fault.
func (d *draft) of(column string) sheet.Row {
	at := d.rows[0]
	for _, row := range d.rows {
		switch text := row.Cell(column); {
		case text == "" || text == at.Cell(column):
		case at.Cell(column) == "":
			at = row
		default:
			d.fail(row.Fault(column, "says something else than line "+strconv.Itoa(at.Line)+" of the same order: an order has one", nil))
			return at
		}
	}
	return at
}

func (d *draft) text(column string) string { return d.of(column).Cell(column) }

func (d *draft) texts(columns Names) string {
	var parts []string
	for _, column := range columns {
		if text := d.text(column); text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, " ")
}

// sum reads an amount of the order; ok is false where the file states none.
func (d *draft) sum(column string) (amount decimal.Decimal, ok bool) {
	return d.amount(d.of(column), column)
}

func (d *draft) amount(row sheet.Row, column string) (decimal.Decimal, bool) {
	if row.Cell(column) == "" {
		return decimal.Zero, false
	}
	amount, err := row.Amount(column)
	d.fail(err)
	return amount, err == nil
}

func (d *draft) date(column string) time.Time {
	at, err := d.of(column).Date(column)
	d.fail(err)
	return at
}

// order makes the order. It counts only if there are no faults then.
func (d *draft) order(key canonical.Key) canonical.Order {
	c := d.rules.Columns
	order := canonical.Order{
		Key: key, Number: d.text(c.Number), PlacedAt: d.date(c.Placed), Status: d.status(), RawStatus: d.text(c.Status), Currency: d.currency(),
		PricesIncludeTax: d.rules.PricesIncludeTax, Note: d.text(c.Note),
		Buyer: canonical.Party{
			ID: d.text(c.Buyer.ID), Name: d.texts(c.Buyer.Name), Email: d.text(c.Buyer.Email), Phone: d.text(c.Buyer.Phone),
			Company: d.text(c.Buyer.Company), VAT: d.text(c.Buyer.VAT), Language: d.text(c.Buyer.Language),
		},
		BillTo: d.address(c.BillTo), ShipTo: d.address(c.ShipTo),
	}
	if order.Number == "" {
		order.Number = key.ID
	}
	if order.PlacedAt.IsZero() && len(d.faults) == 0 {
		d.fail(d.rows[0].Fault(c.Placed, "is empty: it must say when the order was placed", nil))
	}
	if order.Revision.UpdatedAt = d.date(c.Updated); order.Revision.UpdatedAt.IsZero() {
		order.Revision.UpdatedAt = order.PlacedAt
	}
	if len(d.faults) > 0 {
		return order
	}
	d.settle(&order, d.lines(&order))
	d.pay(&order)
	order.Revision.Digest = order.Digest()
	return order
}

func (d *draft) status() canonical.Status {
	column := d.rules.Columns.Status
	word := d.text(column)
	if word == "" {
		return d.rules.Status
	}
	if status, ok := d.rules.statuses[sheet.Fold(word)]; ok {
		return status
	}
	if status := canonical.Status(sheet.Fold(word)); knownStatus(status) {
		return status
	}
	d.fail(d.of(column).Fault(column, "is a word that the rules do not know: add it to statuses", nil))
	return ""
}

func (d *draft) currency() canonical.Currency {
	column := d.rules.Columns.Currency
	text := d.text(column)
	if text == "" && d.rules.Currency != "" {
		return d.rules.Currency
	}
	currency, err := canonical.ParseCurrency(text)
	if err != nil {
		d.fail(d.of(column).Fault(column, "is no currency: it must be an ISO 4217 code", nil))
	}
	return currency
}

// address reads an address; nil where the file has nothing of it.
func (d *draft) address(c Address) *canonical.Address {
	a := canonical.Address{
		Name: d.texts(c.Name), Company: d.text(c.Company), Street: d.texts(c.Street), Street2: d.text(c.Street2), City: d.text(c.City),
		Zip: d.text(c.Zip), State: d.text(c.State), Phone: d.text(c.Phone), Country: d.country(c.Country),
	}
	if a == (canonical.Address{}) {
		return nil
	}
	return &a
}

func (d *draft) country(column string) string {
	word := d.text(column)
	if code, ok := d.rules.countries[sheet.Fold(word)]; ok || word == "" {
		return code
	}
	code := strings.ToUpper(word)
	if !isCountry(code) {
		d.fail(d.of(column).Fault(column, "is no country of two letters: add it to the rules' countries", nil))
	}
	return code
}

// pay adds what was captured.
func (d *draft) pay(order *canonical.Order) {
	c := d.rules.Columns
	paid, ok := d.sum(c.Paid)
	if !ok || paid.IsZero() {
		return
	}
	if paid.IsNeg() {
		d.fail(d.of(c.Paid).Fault(c.Paid, "must not be negative", nil))
		return
	}
	payment := canonical.Payment{
		ID: d.text(c.Payment), Gateway: d.text(c.Gateway), Kind: canonical.PaymentSale, Status: canonical.PaymentSucceeded,
		Amount: canonical.Shop(paid), At: order.PlacedAt,
	}
	if payment.ID == "" {
		payment.ID = "paid"
	}
	order.Payments, order.Totals.Paid = []canonical.Payment{payment}, canonical.Shop(paid)
}

// settle rounds lines and totals to money, and holds them against what the file states of the whole order.
func (d *draft) settle(order *canonical.Order, lines []line) {
	if len(d.faults) > 0 {
		return
	}
	c, scale := d.rules.Columns, tally.Scale(order.Currency)
	var calc sums
	drafts := make([]tally.Draft, len(lines))
	var gross, tax, net decimal.Decimal
	for i, line := range lines {
		drafts[i] = line.Draft
		gross = calc.Add(gross, calc.Add(line.Net, line.Taxes[0]))
		tax, net = calc.Add(tax, tally.Round(line.Taxes[0], scale)), calc.Add(net, tally.Round(line.Net, scale))
	}
	grand := calc.Add(net, tax)
	if d.rules.PricesIncludeTax {
		grand = tally.Round(gross, scale)
	}
	if stated, ok := d.sum(c.TotalTax); ok {
		d.near(c.TotalTax, stated, tax, len(lines), scale)
		tax = stated
		if !d.rules.PricesIncludeTax {
			grand = calc.Add(net, tax)
		}
	}
	if stated, ok := d.sum(c.Total); ok {
		d.near(c.Total, stated, gross, 2*len(lines), scale)
		grand = stated
	}
	if calc.Err() == nil {
		calc.keepErr(tally.Settle(order, drafts, grand, tax))
	}
	if err := calc.Err(); err != nil {
		d.fail(d.rows[0].Fault("", "has amounts whose sum is longer than 19 digits", err))
	}
}

// near holds a total that the file states against the sum of the rows, which rounding may take half a minor unit each from.
func (d *draft) near(column string, stated, sum decimal.Decimal, roundings, scale int) {
	var calc sums
	unit, err := decimal.New(int64(5*roundings), scale+1)
	gap := calc.Sub(stated, sum)
	if err == nil && calc.Err() == nil && gap.CmpAbs(unit) <= 0 {
		return
	}
	d.fail(d.of(column).Fault(column, "is not what the order's rows sum to ("+tally.Round(sum, scale).String()+
		"): a row, or a column for shipping, discounts or taxes, is missing in the file or the rules", nil))
}
