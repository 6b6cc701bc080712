package mapping

import (
	"errors"
	"fmt"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// SoldLine is what the units of a line that were not cancelled are sold for, as it is posted.
type SoldLine struct {
	Net   decimal.Decimal
	Taxes []canonical.Tax
}

// Sold is what the lines of an order are sold for, by their ids. Of a bundle it has the side that the rules post, with the whole price.
// The order must be in the view that is posted. It does no I/O.
func (p *Planner) Sold(order *canonical.Order) (map[string]SoldLine, error) {
	m := &mapper{Planner: p, order: order}
	m.result.Digits = m.directory.Currencies[order.Currency].Digits
	m.arith.stated = true // what was sold could be expressed
	sold := map[string]SoldLine{}
	for _, at := range m.positions() {
		sold[at.line.ID] = SoldLine{Net: at.net, Taxes: at.taxes}
	}
	return sold, errors.Join(append(m.problems, m.calc.Err())...)
}

// positions are the lines as they are posted. Of a bundle one side is posted, by rule, with the whole price: the
// other side's price is added to the parent, or the parent's is spread over the members.
func (m *mapper) positions() []position {
	members := map[string][]int{}
	for n := range m.order.Lines {
		if parent := m.order.Lines[n].ParentID; parent != "" {
			members[parent] = append(members[parent], n)
		}
	}
	var all []position
	for n := range m.order.Lines {
		line := &m.order.Lines[n]
		if line.ParentID != "" {
			continue // taken with its parent
		}
		at := position{path: fmt.Sprintf("lines[%d]", n), line: line, net: line.Total.Shop, taxes: line.Taxes}
		parts := members[line.ID]
		switch {
		case len(parts) == 0:
			all = append(all, at)
		case m.rules.Bundles == BundleParent:
			if !m.arith.stated && m.taxedApart(at, parts) {
				m.problem(&TotalsError{
					Path: at.path, Net: at.net,
					WayOut: "the components of this bundle are taxed differently, which one line cannot express before Odoo 19: set bundles: members",
				})
				continue
			}
			for _, k := range parts {
				at.net = m.calc.Add(at.net, m.order.Lines[k].Total.Shop)
				at.taxes = m.joinTaxes(at.taxes, m.order.Lines[k].Taxes)
			}
			all = append(all, at)
		default:
			all = append(all, m.spread(at, parts)...)
		}
	}
	return all
}

// taxedApart reports whether the priced parts of a bundle have different taxes.
func (m *mapper) taxedApart(parent position, members []int) bool {
	var first []canonical.Tax
	seen := false
	differ := func(net decimal.Decimal, taxes []canonical.Tax) bool {
		if net.IsZero() {
			return false
		}
		if !seen {
			first, seen = taxes, true
			return false
		}
		return !slices.EqualFunc(first, taxes, sameTax)
	}
	if differ(parent.net, parent.taxes) {
		return true
	}
	for _, k := range members {
		if differ(m.order.Lines[k].Total.Shop, m.order.Lines[k].Taxes) {
			return true
		}
	}
	return false
}

// joinTaxes adds the amounts of equal taxes.
func (m *mapper) joinTaxes(taxes, more []canonical.Tax) []canonical.Tax {
	joined := append([]canonical.Tax(nil), taxes...)
	for _, tax := range more {
		found := false
		for i := range joined {
			if sameTax(joined[i], tax) {
				joined[i].Amount.Shop = m.calc.Add(joined[i].Amount.Shop, tax.Amount.Shop)
				found = true
				break
			}
		}
		if !found {
			joined = append(joined, tax)
		}
	}
	return joined
}

func sameTax(a, b canonical.Tax) bool {
	return a.Code == b.Code && a.Jurisdiction == b.Jurisdiction && a.Collector == b.Collector &&
		a.RateKnown == b.RateKnown && a.Rate.Equal(b.Rate)
}

// spread posts a bundle by its members: what the parent costs is shared out by the members' list prices, or by
// their quantities where they have none.
func (m *mapper) spread(parent position, members []int) []position {
	weights := make([]decimal.Decimal, len(members))
	priced := false
	for i, k := range members {
		weights[i] = m.order.Lines[k].Subtotal.Shop.Abs()
		priced = priced || !weights[i].IsZero()
	}
	if !priced {
		for i, k := range members {
			weights[i] = m.order.Lines[k].Qty.Ordered
		}
	}
	unit, _ := decimal.New(1, m.result.Digits)
	share := func(total decimal.Decimal) []decimal.Decimal {
		shares, err := canonical.Allocate(total, weights, unit)
		if err != nil {
			m.problem(fmt.Errorf("%s: share out the price of the bundle: %w", parent.path, err))
			return make([]decimal.Decimal, len(members))
		}
		return shares
	}
	all := make([]position, len(members))
	nets := share(parent.net)
	for i, k := range members {
		line := &m.order.Lines[k]
		all[i] = position{
			path: fmt.Sprintf("lines[%d]", k), line: line,
			net: m.calc.Add(line.Total.Shop, nets[i]), taxes: append([]canonical.Tax(nil), line.Taxes...),
		}
	}
	for _, tax := range parent.taxes {
		for i, amount := range share(tax.Amount.Shop) {
			part := tax
			part.Amount = canonical.Shop(amount)
			all[i].taxes = m.joinTaxes(all[i].taxes, []canonical.Tax{part})
		}
	}
	return all
}
