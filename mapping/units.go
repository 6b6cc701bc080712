package mapping

import (
	"fmt"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/exact"
)

// Unit is a unit of measure of the database (uom.uom).
type Unit struct {
	// Record has the External ID as its code ("uom.product_uom_dozen"), which is the same in every language.
	Record
	Active bool
	// Kind is the same for units that measure the same thing, and can be turned into each other.
	Kind int64
	// More ÷ Less is how many reference units of its kind it is: a dozen is 12 ÷ 1.
	More, Less decimal.Decimal
}

// SaleUnits are the units that a channel sells its SKUs in, see [ProductRules.Units]. They are immutable and safe for
// concurrent use.
type SaleUnits struct {
	channel canonical.Channel
	rules   map[string]Ref
	all     []Unit
	byID    map[int64]Unit
}

// SaleUnits resolves the channel's rules for units against those of a database.
func (c Channel) SaleUnits(all []Unit) SaleUnits {
	byID := make(map[int64]Unit, len(all))
	for _, unit := range all {
		byID[unit.ID] = unit
	}
	return SaleUnits{channel: c.Name, rules: c.Products.Units, all: all, byID: byID}
}

// SaleUnit is what one piece of a SKU is at a channel. The zero SaleUnit is one of the product's own unit.
type SaleUnit struct {
	// ID is the unit in Odoo; 0 is the product's own.
	ID int64
	// more ÷ less is how many of the product's own unit it is; both are zero for that unit itself.
	more, less decimal.Decimal
}

// UnitError says that a SKU cannot be sold in the unit that the rules name. Its text names the rule.
type UnitError struct {
	Channel canonical.Channel
	// SKU is the channel's.
	SKU string
	// Unit is what the rules name, Own the product's own unit of measure by id and name, as far as it is known.
	Unit Ref
	Own  Record
	// Reason is what is wrong, WayOut what to do.
	Reason, WayOut string
}

// Error implements error.
func (e *UnitError) Error() string {
	return fmt.Sprintf("rules of %s: products.units: %q is sold in the unit %q of uom.uom: %s: %s", e.Channel, e.SKU, e.Unit, e.Reason, e.WayOut)
}

// Of returns what one piece of the channel's SKU is, for a product whose own unit has the id. The error is a
// [*UnitError].
func (s SaleUnits) Of(sku string, own int64) (SaleUnit, error) {
	ref, ok := s.rules[sku]
	if !ok {
		return SaleUnit{}, nil
	}
	wrong := func(reason, wayOut string) (SaleUnit, error) {
		of := s.byID[own].Record
		of.ID = own
		return SaleUnit{}, &UnitError{Channel: s.channel, SKU: sku, Unit: ref, Own: of, Reason: reason, WayOut: wayOut}
	}
	unit, found := s.named(ref)
	base, known := s.byID[own]
	switch {
	case found == 0:
		return wrong("there is no such unit", "create it in Odoo, or correct the rule")
	case found > 1:
		return wrong(fmt.Sprintf("%d units are called so", found), "use the database id or the External ID")
	case !unit.Active:
		return wrong("the unit is archived", "restore it in Odoo, or name another one")
	case !known:
		return wrong(fmt.Sprintf("the product's own unit, with the id %d, is not there or has no size", own), "look at the unit of measure of the product in Odoo")
	case unit.Kind != base.Kind:
		return wrong(fmt.Sprintf("it cannot be turned into the product's own unit, %q", base.Name), "name a unit that measures the same thing, or correct the unit of measure of the product in Odoo")
	case unit.ID == own:
		return SaleUnit{}, nil
	}
	var c exact.Calc
	sale := SaleUnit{ID: unit.ID, more: c.Mul(unit.More, base.Less), less: c.Mul(unit.Less, base.More)}
	if c.Err() != nil || !sale.more.IsPos() || !sale.less.IsPos() {
		return wrong(fmt.Sprintf("its size in %q does not fit 19 digits", base.Name), "name a unit that is nearer to the product's own")
	}
	return sale, nil
}

// named finds the unit that a rule names. An archived one counts where no other has the name.
func (s SaleUnits) named(ref Ref) (Unit, int) {
	var active, archived []Unit
	for _, unit := range s.all {
		if ref.ID != 0 && unit.ID == ref.ID || ref.Name != "" && (unit.Name == ref.Name || unit.Code != "" && unit.Code == ref.Name) {
			if unit.Active {
				active = append(active, unit)
			} else {
				archived = append(archived, unit)
			}
		}
	}
	for _, found := range [][]Unit{active, archived} {
		if len(found) > 0 {
			return found[0], len(found)
		}
	}
	return Unit{}, 0
}

// Pieces is how many of the product's own unit one of it is, to as many digits as a decimal holds.
func (u SaleUnit) Pieces() decimal.Decimal {
	if u.ID == 0 {
		return decimal.One
	}
	var c exact.Calc
	return c.Quo(u.more, u.less) // both are positive
}

// in is the unit's id for a product with a unit of its own.
func (u SaleUnit) in(own int64) int64 {
	if u.ID != 0 {
		return u.ID
	}
	return own
}

// whole is how many whole steps a quantity of the product's own unit has in this one, times the step: rounded down, so that it is
// never more than there is.
func (u SaleUnit) whole(q, step decimal.Decimal) (decimal.Decimal, error) {
	var c exact.Calc
	if u.ID != 0 {
		// What lies beyond the ninth decimal of a unit cannot be sold, and would push the product out of its 19 digits.
		q = c.Mul(q.Floor(9).Trim(0), u.less)
		step = c.Mul(step, u.more)
		if c.Err() != nil {
			return decimal.Zero, c.Err()
		}
	}
	steps, _, err := q.QuoRem(step)
	return steps, err
}

func checkUnits(ps *problems, path, sku string, unit Ref) {
	if strings.TrimSpace(sku) == "" {
		ps.addKey(path, "an empty SKU", "write the channel's SKU, or remove the line")
	}
	if unit.IsNone() {
		ps.add(path, "no unit", "name a unit of measure by its name, its External ID or its id, or remove the line")
		return
	}
	required(ps, path, unit, "name a unit of measure by its name, its External ID or its id")
}
