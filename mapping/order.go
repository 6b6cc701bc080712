package mapping

import (
	"errors"
	"fmt"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/sale"
)

// Module is the module part of every External ID that the flows give to Odoo records. No Odoo module has that
// name, so no module update ever touches them.
const Module = "retailsync"

// Plan says what an order means in Odoo. The order must be valid (see [canonical.Order.Validate]); products are
// what a look-up of [Planner.Wanted] found. All that is missing is reported at once, joined.
func (p *Planner) Plan(order *canonical.Order, products Products) (*Plan, error) {
	return p.plan(order, products, false)
}

// PlanExisting is [Planner.Plan] for an order that is in Odoo already. It is never skipped: what the rules would
// not import (yet) is a quotation.
func (p *Planner) PlanExisting(order *canonical.Order, products Products) (*Plan, error) {
	return p.plan(order, products, true)
}

func (p *Planner) plan(order *canonical.Order, products Products, exists bool) (*Plan, error) {
	view := *order
	if p.rules.CurrencyView == ViewPresentment && order.PresentmentCurrency != "" {
		presented, err := order.InPresentment()
		if err != nil {
			return nil, err
		}
		view = presented
	}
	m := &mapper{Planner: p, order: &view, products: products, exists: exists}
	return m.plan()
}

// mapper maps one order and collects its problems.
type mapper struct {
	*Planner
	order    *canonical.Order
	products Products
	result   Plan
	calc     exact.Calc
	arith    arithmetic
	exists   bool // the order is in Odoo already
	held     bool // a rule keeps the order a quotation
	residues map[int64]correction
	net      decimal.Decimal // what price precision could not express, over all lines
	problems []error
}

// correction is an amount that a fixed tax corrects.
type correction struct {
	tax    Tax
	amount decimal.Decimal
}

// problem notes an error, each text once.
func (m *mapper) problem(err error) {
	if err == nil {
		return
	}
	for _, known := range m.problems {
		if known.Error() == err.Error() {
			return
		}
	}
	m.problems = append(m.problems, err)
}

// externalID names what stands for the order or for part of it.
func (m *mapper) externalID(kind string, parts ...string) odoo.ExternalID {
	return m.nameOf(m.kinds+kind, parts...)
}

func (m *mapper) nameOf(kind string, parts ...string) odoo.ExternalID {
	channel := m.order.Key.Channel
	var all [6]string // most names have no more parts, and need no allocation for them
	return odoo.NewExternalID(Module, append(append(all[:0], channel.Name, channel.Account, kind), parts...)...)
}

func (m *mapper) plan() (*Plan, error) {
	order := m.order
	m.result = Plan{kinds: m.kinds, Key: order.Key, Target: m.target(), Currency: order.Currency}
	m.result.Order.ExternalID = m.externalID("order", order.Key.ID)
	m.result.Order.Origin = order.Key.String()
	if m.result.Target == TargetSkip && m.exists {
		m.result.Target = TargetQuotation
	}
	m.payments()
	if m.result.Target == TargetSkip || m.result.Target == TargetCancelled {
		return &m.result, nil // what is cancelled needs no products and taxes: those may be gone by now
	}
	currency, ok := m.directory.Currencies[order.Currency]
	if !ok {
		m.problem(m.rules.unmapped(UnmappedCurrency, "", "", Detail{"currency", string(order.Currency)}).advise(
			"activate it in Odoo (Accounting, Configuration, Currencies)"))
	}
	m.result.Digits = currency.Digits
	m.arith = arithmetic{
		digits: currency.Digits, priceDigits: m.directory.PriceDigits, discountDigits: max(0, m.directory.DiscountDigits),
		stated: m.directory.StatedAmounts,
	}
	m.residues = map[int64]correction{}
	m.header()
	m.lines(currency)
	m.giftCards()
	m.corrections()
	m.customer()
	m.result.Total = m.calc.Add(m.result.Untaxed, m.result.Tax)
	m.problem(m.calc.Err())
	if m.held && m.result.Target == TargetConfirmed {
		m.result.Target = TargetQuotation
	}
	if err := errors.Join(m.problems...); err != nil {
		return nil, err
	}
	return &m.result, nil
}

// header maps all but lines and customer.
func (m *mapper) header() {
	order, draft := m.order, &m.result.Order
	number := order.Number
	if number == "" {
		number = order.Key.ID
	}
	own := m.rules.Ownership
	if own.MayWrite(FieldOrderReference, false) {
		draft.Reference = m.rules.OrderPrefix + number
	}
	if own.MayWrite(FieldOrderDate, false) {
		draft.Date = order.PlacedAt
	}
	if own.MayWrite(FieldOrderNote, false) {
		draft.Note = order.Note
	}
	if own.MayWrite(FieldOrderTeam, false) {
		draft.TeamID = m.records.team
	}
	if own.MayWrite(FieldOrderSalesperson, false) {
		draft.UserID = m.records.user
	}
	if own.MayWrite(FieldOrderTags, false) {
		draft.TagIDs = m.records.tags
	}
	if m.rules.Company != 0 {
		draft.CompanyID = m.directory.CompanyID
	}
	m.pricelist()
	m.fiscalPosition()
	m.warehouse()
	m.payment()
}

func (m *mapper) pricelist() {
	if !m.rules.Ownership.MayWrite(FieldOrderPricelist, false) {
		return
	}
	if len(m.rules.Pricelists) == 0 && m.order.Currency == m.directory.CompanyCurrency {
		return
	}
	if _, err := m.rules.Pricelist(m.order.Currency); err != nil {
		m.problem(err)
		return
	}
	list, ok := m.records.pricelists[m.order.Currency]
	switch {
	case !ok:
		m.problem(m.rules.unmapped(UnmappedPricelist, "pricelist",
			fmt.Sprintf("%s: <name of a pricelist in %s>", m.order.Currency, m.order.Currency), Detail{"currency", string(m.order.Currency)}))
	case list.Currency != m.order.Currency:
		m.problem(m.rules.unmapped(UnmappedPricelist, "pricelist",
			fmt.Sprintf("%s: <name of a pricelist in %s, not in %s>", m.order.Currency, m.order.Currency, list.Currency),
			Detail{"currency", string(m.order.Currency)}))
	default:
		m.result.Order.PricelistID = list.ID
	}
}

// destination is the country and subdivision that the goods go to.
func (m *mapper) destination() (country, state string) {
	for _, address := range []*canonical.Address{m.order.ShipTo, m.order.BillTo} {
		if address != nil && address.Country != "" {
			return address.Country, address.State
		}
	}
	return "", ""
}

// corrections adds the lines that make the totals exact: one for what the price precision cannot express, one
// per correcting tax.
func (m *mapper) corrections() {
	amount := m.net
	total := amount.Abs()
	for _, c := range m.residues {
		total = m.calc.Add(total, c.amount.Abs())
	}
	if total.IsZero() {
		return
	}
	rule := m.rules.Totals.Rounding
	minor, err := decimal.New(int64(max(rule.MaxMinorUnits, 0)), m.result.Digits)
	m.problem(err)
	if rule.Product.IsZero() || total.Cmp(minor) > 0 {
		m.problem(m.rules.unmapped(UnmappedRounding, "totals.rounding",
			fmt.Sprintf("{product: <SKU of a rounding product>, max_minor_units: %d}", max(DefaultMaxRounding, minorUnits(total, m.result.Digits))),
			Detail{"amount", total.String() + " " + string(m.order.Currency)}))
		return
	}
	product, err := m.products.byRef(rule.Product)
	if err != nil {
		m.problem(m.noProduct("totals.rounding.product", rule.Product, err))
		return
	}
	if !amount.IsZero() {
		// quantity × 0.01 reaches four decimals, whatever the price precision
		step, _ := decimal.New(1, min(2, m.arith.pricePrecision()))
		m.add(sale.DraftLine{
			ExternalID: m.externalID("rounding", m.order.Key.ID, "net"), ProductID: product.ID, UoMID: product.UoMID,
			Name: "Rounding", Label: "rounding", Quantity: m.quantity(amount, step), Price: step, Net: amount,
		})
	}
	for _, c := range m.sortedResidues() {
		m.add(sale.DraftLine{
			ExternalID: m.externalID("rounding", m.order.Key.ID, fmt.Sprint(c.tax.ID)), ProductID: product.ID, UoMID: product.UoMID,
			Name: "Tax rounding", Label: "tax rounding", Quantity: m.quantity(c.amount, c.tax.Percent), TaxIDs: []int64{c.tax.ID}, Tax: c.amount,
		})
	}
}

// quantity is amount ÷ unit, which must have no more decimals than a quantity of Odoo.
func (m *mapper) quantity(amount, unit decimal.Decimal) decimal.Decimal {
	q := m.calc.Quo(amount, unit)
	if digits := m.directory.QuantityDigits; digits >= 0 && q.MinScale() > digits {
		m.problem(fmt.Errorf("a rounding of %s needs a quantity of %s, Odoo keeps %d decimals: raise the decimal accuracy of Product Unit of Measure", amount, q, digits))
	}
	return q
}

func minorUnits(amount decimal.Decimal, digits int) int {
	whole, _, ok := amount.Ceil(digits).Int64(digits)
	factor, _ := decimal.New(1, digits)
	units, err := amount.Quo(factor)
	if err != nil {
		return int(whole)
	}
	n, _, ok2 := units.Ceil(0).Int64(0)
	if !ok || !ok2 {
		return LimitMaxRounding
	}
	return int(n)
}

// add appends a line whose amounts are part of the expected totals.
func (m *mapper) add(line sale.DraftLine) {
	m.result.Order.Lines = append(m.result.Order.Lines, line)
}

// Owns reports whether a line with this External ID was made by the flow for this order.
func (p *Plan) Owns(id odoo.ExternalID) bool {
	if id.Module != Module {
		return false
	}
	channel := p.Key.Channel
	for _, kind := range []string{"line", "rounding", "tax", "giftcard"} {
		prefix := odoo.NewExternalID(Module, channel.Name, channel.Account, p.kinds+kind, p.Key.ID)
		if strings.HasPrefix(id.Name, prefix.Name+"_") {
			return true
		}
	}
	return false
}

// Emptied is the line with quantity 0: what is left of a line that the channel removed.
func (p *Plan) Emptied(line sale.Line) sale.DraftLine {
	return sale.DraftLine{
		ExternalID: line.ExternalID, ProductID: line.ProductID.ID, UoMID: line.UoM.ID, Name: line.Name,
		Label: "removed line", Price: line.Price, Discount: line.Discount, TaxIDs: line.TaxIDs,
	}
}
