package mapping

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/sale"
)

// position is one canonical line as it is posted: a bundle already turned to the side that the rules want.
type position struct {
	path  string
	line  *canonical.Line
	net   decimal.Decimal
	taxes []canonical.Tax
}

// clearing is tax that the channel remits, on the product that clears it.
type clearing struct {
	product Ref
	amount  decimal.Decimal
}

// lines maps every line that sells or charges something.
func (m *mapper) lines(currency CurrencyRecord) {
	for _, at := range m.positions() {
		open := m.calc.Sub(at.line.Qty.Ordered, at.line.Qty.Cancelled)
		if at.line.Qty.Cancelled.IsPos() {
			m.result.Reduced = true
		}
		product, found := m.productOf(at)
		if found && open.IsZero() {
			m.add(m.emptyLine(at, product))
			continue
		}
		g, channelTax, taxed := m.goalOf(at, open)
		if !found || !taxed || open.IsZero() {
			continue
		}
		m.keepable(at.path, open)
		priced, rest, err := m.arith.reproduce(g)
		if err != nil {
			m.problem(err)
			continue
		}
		first := len(m.result.Order.Lines)
		for n, p := range priced {
			m.add(m.draftLine(at, product, n, p, currency))
		}
		m.shipped(at.line, m.result.Order.Lines[first:])
		m.expect(g, rest)
		if !channelTax.amount.IsZero() {
			m.channelTaxLine(at, channelTax.product, channelTax.amount)
		}
	}
}

// keepable refuses a quantity with more decimals than Odoo keeps: it would round it, deliver something else than was sold, and differ
// from the channel for good.
func (m *mapper) keepable(path string, qty decimal.Decimal) {
	if digits := m.directory.QuantityDigits; digits >= 0 && qty.MinScale() > digits {
		m.problem(fmt.Errorf("%s.qty: %w", path, m.rules.unmapped(UnmappedQuantity, "", "", Detail{"quantity", qty.String()}).advise(fmt.Sprintf(
			"Odoo keeps %d decimals of quantities: raise the decimal accuracy of Product Unit of Measure (Product Unit from Odoo 19 on), or sell in a smaller unit", digits))))
	}
}

// expect adds a goal to the totals that Odoo must compute, and notes what its lines leave to corrections.
func (m *mapper) expect(g goal, rest residue) {
	m.result.Untaxed = m.calc.Add(m.result.Untaxed, g.net)
	for _, t := range g.taxes {
		m.result.Tax = m.calc.Add(m.result.Tax, t.amount)
	}
	m.net = m.calc.Add(m.net, rest.net)
	for _, cent := range rest.cent {
		c := m.residues[cent.tax.ID]
		c.tax, c.amount = cent.tax, m.calc.Add(c.amount, cent.amount)
		m.residues[cent.tax.ID] = c
	}
}

func (m *mapper) sortedResidues() []correction {
	var all []correction
	for _, c := range m.residues {
		if !c.amount.IsZero() {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b correction) int { return cmp.Compare(a.tax.ID, b.tax.ID) })
	return all
}

func (m *mapper) draftLine(at position, product Product, n int, p priced, currency CurrencyRecord) sale.DraftLine {
	line := sale.DraftLine{
		ExternalID: m.lineID(at.line.ID, n), ProductID: product.ID, UoMID: product.UoMID,
		Name: nameOf(at.line, product), Label: labelOf(at.line),
		Quantity: p.qty, Price: p.price, Discount: p.discount, Net: p.net, Tax: p.tax,
		Delivery: at.line.Kind == canonical.LineShipping,
	}
	if p.stated != nil {
		line.Stated = &sale.StatedAmounts{CurrencyID: currency.ID, Net: p.net}
	}
	for i, tax := range p.taxes {
		line.TaxIDs = append(line.TaxIDs, tax.ID)
		if p.stated != nil {
			line.Stated.Taxes = append(line.Stated.Taxes, sale.StatedTax{TaxID: tax.ID, Amount: p.stated[i]})
		}
	}
	return line
}

// emptyLine is a line whose units were all cancelled: it is emptied if it is in Odoo.
func (m *mapper) emptyLine(at position, product Product) sale.DraftLine {
	return sale.DraftLine{
		ExternalID: m.lineID(at.line.ID, 0), ProductID: product.ID, UoMID: product.UoMID,
		Name: nameOf(at.line, product), Label: labelOf(at.line),
	}
}

func (m *mapper) lineID(line string, n int) odoo.ExternalID {
	if n == 0 {
		return m.externalID("line", m.order.Key.ID, line)
	}
	return m.externalID("line", m.order.Key.ID, line, strconv.Itoa(n))
}

func nameOf(line *canonical.Line, product Product) string {
	for _, name := range []string{line.Title, product.Name, line.SKU} {
		if name != "" {
			return name
		}
	}
	return string(line.Kind)
}

func labelOf(line *canonical.Line) string {
	if line.SKU != "" {
		return fmt.Sprintf("line %s (%s)", line.ID, line.SKU)
	}
	return fmt.Sprintf("line %s (%s)", line.ID, line.Kind)
}

// goalOf is what a line must come to in Odoo, and the tax of it that the channel remits by a line of its own.
func (m *mapper) goalOf(at position, open decimal.Decimal) (g goal, channelTax clearing, ok bool) {
	g = goal{path: at.path, qty: open, net: at.net}
	country, _ := m.destination()
	ok = true
	for n, tax := range at.taxes {
		amount := tax.Amount.Shop
		rule, err := m.rules.Tax(TaxQuery{
			Code: tax.Code, Jurisdiction: tax.Jurisdiction, Country: country, Rate: tax.Rate, RateKnown: tax.RateKnown,
			Included: m.order.PricesIncludeTax, Collector: tax.Collector,
		})
		if err != nil {
			if amount.IsZero() && tax.Rate.IsZero() {
				continue // nothing is charged: no tax is right
			}
			m.problem(fmt.Errorf("%s.taxes[%d]: %w", at.path, n, err))
			ok = false
			continue
		}
		switch {
		case tax.Collector == canonical.CollectorChannel:
			if rule.Treatment == TaxLine {
				channelTax = clearing{product: rule.Product, amount: m.calc.Add(channelTax.amount, amount)}
			}
		case rule.Tax.IsNone() || rule.Tax.IsZero():
			if !amount.IsZero() {
				m.problem(&TotalsError{
					Path: at.path, Net: at.net, Tax: amount, GotNet: at.net,
					WayOut: "the rule for this tax says none, but the channel charged it: name the Odoo tax",
				})
				ok = false
			}
		default:
			g.taxes = m.merge(g.taxes, m.goalTax(rule, amount))
		}
	}
	g.list = m.listPrice(at, g)
	return g, channelTax, ok
}

func (m *mapper) goalTax(rule TaxRule, amount decimal.Decimal) goalTax {
	t := goalTax{tax: m.records.taxes[rule.Tax], amount: amount}
	if twin, ok := m.records.taxes[rule.IncludedTax]; ok {
		t.included = &twin
	}
	if cent, ok := m.records.taxes[rule.CentTax]; ok {
		t.cent = &cent
	}
	return t
}

// merge joins two channel taxes that are one tax in Odoo.
func (m *mapper) merge(taxes []goalTax, t goalTax) []goalTax {
	for i := range taxes {
		if taxes[i].tax.ID == t.tax.ID {
			taxes[i].amount = m.calc.Add(taxes[i].amount, t.amount)
			return taxes
		}
	}
	return append(taxes, t)
}

// listPrice is the unit price before discounts in the terms of the line's tax: gross if that is included in
// Odoo's prices. Zero if the channel does not tell it in these terms.
func (m *mapper) listPrice(at position, g goal) decimal.Decimal {
	included := len(g.taxes) == 1 && g.taxes[0].tax.Included
	switch {
	case included != m.order.PricesIncludeTax:
		if included || at.line.Qty.Ordered.IsZero() {
			return decimal.Zero
		}
		return m.calc.Quo(at.line.Subtotal.Shop, at.line.Qty.Ordered)
	default:
		return at.line.UnitPrice.Shop
	}
}

// channelTaxLine adds tax that the channel collected and remits as an untaxed line of a clearing product, so that the
// order's total is what the buyer paid and the seller's tax accounts stay untouched.
func (m *mapper) channelTaxLine(at position, ref Ref, amount decimal.Decimal) {
	product, err := m.products.byRef(ref)
	if err != nil {
		m.problem(m.noProduct("taxes.product", ref, err))
		return
	}
	m.addAmount(sale.DraftLine{
		ExternalID: m.externalID("tax", m.order.Key.ID, at.line.ID), ProductID: product.ID, UoMID: product.UoMID,
		Name: product.Name, Label: "tax collected by the channel",
	}, at.path, amount)
}

// addAmount adds an untaxed line of one unit that comes to an amount.
func (m *mapper) addAmount(line sale.DraftLine, path string, amount decimal.Decimal) {
	g := goal{path: path, qty: decimal.One, net: amount}
	priced, rest, err := m.arith.reproduce(g)
	if err != nil {
		m.problem(err)
		return
	}
	line.Quantity, line.Price, line.Net = priced[0].qty, priced[0].price, priced[0].net
	m.add(line)
	m.expect(g, rest)
}

// giftCards adds used gift cards as a negative line, where the rules want that.
func (m *mapper) giftCards() {
	if m.rules.GiftCardsUsed.As != GiftCardLine {
		return
	}
	used, err := m.order.GiftCardsUsed()
	if err != nil {
		m.problem(err)
		return
	}
	if used.Shop.IsZero() {
		return
	}
	product, err := m.products.byRef(m.rules.GiftCardsUsed.Product)
	if err != nil {
		m.problem(m.noProduct("gift_cards_used.product", m.rules.GiftCardsUsed.Product, err))
		return
	}
	m.addAmount(sale.DraftLine{
		ExternalID: m.externalID("giftcard", m.order.Key.ID, "used"), ProductID: product.ID, UoMID: product.UoMID,
		Name: product.Name, Label: "gift card used",
	}, "payments", used.Shop.Neg())
}
