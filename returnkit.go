package retailsync

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/product"
	"github.com/retailsync/retailsync/odoo/sale"
	"github.com/retailsync/retailsync/odoo/stock"
)

// orderPart is what the warehouse has of an order line: its goods, or one component of a kit.
type orderPart struct {
	// line is the channel's id of the order line; empty: none of the channel's.
	line string
	// kit is the line of the bill of materials that Odoo took the component from; 0: the goods themselves; unclear: a component of a kit with
	// a problem, which is part of nothing that can be counted.
	kit int64
}

const unclear = -1

// partShare is how much of a part one unit of an order line takes, in the unit of the part's moves.
type partShare struct {
	orderPart
	each decimal.Decimal
}

// soldKit is an order line that Odoo delivered as components, or in another unit of measure than it was ordered in: then it has one part,
// its goods.
type soldKit struct {
	// shares are those of its components, by bill of materials line; none with a problem.
	shares []partShare
	// digits are the decimals that its units have: 0 for what is sold by whole ones.
	digits int
	// inUnits says that it is no kit.
	inUnits bool
	// skus are those of the components.
	skus []string
	// problem is why its units cannot be told from the components; empty: they can.
	problem string
}

// partOf is what a move moves of the order.
func (o *returnedOrder) partOf(saleLine, kitLine int64) orderPart {
	p := orderPart{line: o.names[saleLine]}
	switch kit, ok := o.kits[p.line]; {
	case ok && kit.problem != "":
		p.kit = unclear
	case ok:
		p.kit = kitLine
	}
	return p
}

// shares are the parts that an order line is made of.
func (o *returnedOrder) shares(line string) []partShare {
	if shares := o.kits[line].shares; len(shares) > 0 {
		return shares
	}
	return []partShare{{orderPart: orderPart{line: line}, each: decimal.One}}
}

// add adds what some units of an order line take to the amounts of its parts.
func (o *returnedOrder) add(c *exact.Calc, amounts map[orderPart]decimal.Decimal, line string, units decimal.Decimal) {
	for _, s := range o.shares(line) {
		amounts[s.orderPart] = c.Add(amounts[s.orderPart], c.Mul(s.each, units))
	}
}

// units are those of an order line that the amounts of its parts make: of a kit whole ones, and of a dozen.
func (o *returnedOrder) units(c *exact.Calc, line string, amounts map[orderPart]decimal.Decimal) decimal.Decimal {
	kit := o.kits[line]
	shares := kit.shares
	if len(shares) == 0 {
		return amounts[orderPart{line: line}]
	}
	var least decimal.Decimal
	for i, s := range shares {
		if units := c.Quo(amounts[s.orderPart], s.each).Floor(kit.digits); i == 0 || units.Cmp(least) < 0 {
			least = units
		}
	}
	return least.Trim(0)
}

// readKits finds the lines that Odoo delivered as the components of kits, or in another unit of measure.
func (r *returnRun) readKits(ctx context.Context, o *returnedOrder) error {
	sold := map[int64]sale.Line{}
	for _, lines := range o.lines {
		for _, line := range lines {
			sold[line.ID] = line
		}
	}
	moves := map[int64][]stock.Returnable{} // by order line
	for _, move := range o.goods {
		if _, ok := sold[move.SaleLine]; ok {
			moves[move.SaleLine] = append(moves[move.SaleLine], move)
		}
	}
	o.kits = map[string]soldKit{}
	kits, parts := map[int64]int64{}, map[int64]bool{} // the products of kits by order line, and of components
	for _, line := range slices.Sorted(maps.Keys(moves)) {
		all := moves[line]
		goods, err := r.inUnits(ctx, o.names[line], sold[line], all)
		if err != nil {
			return err
		}
		if !exploded(sold[line], all, goods) {
			if goods.inUnits {
				o.addKit(o.names[line], goods)
			}
			continue
		}
		kits[line] = sold[line].ProductID.ID
		for _, move := range all {
			parts[move.Product] = true
		}
	}
	if len(kits) == 0 {
		return nil
	}
	needs, err := r.goods.KitNeeds(ctx, kits)
	if err != nil {
		return err
	}
	found, err := odoo.Find[product.Product](ctx, r.erp, odoo.In("id", slices.Sorted(maps.Keys(parts))), odoo.Archived())
	if err != nil {
		return err
	}
	skus := map[int64]string{}
	for _, p := range found {
		skus[p.ID] = p.SKU
	}
	for _, id := range slices.Sorted(maps.Keys(kits)) {
		kit, err := r.kitOf(ctx, o.names[id], sold[id], moves[id], needs[id])
		if err != nil {
			return err
		}
		for _, move := range moves[id] {
			kit.skus = append(kit.skus, skus[move.Product])
		}
		o.addKit(o.names[id], kit)
	}
	return nil
}

// addKit notes a line that is a kit. A line whose cents do not divide is several lines in Odoo.
func (o *returnedOrder) addKit(name string, kit soldKit) {
	if before, ok := o.kits[name]; ok {
		kit.skus = append(kit.skus, before.skus...)
		kit.digits = max(kit.digits, before.digits)
		if kit.problem = cmp.Or(before.problem, kit.problem); kit.problem == "" && !slices.Equal(before.shares, kit.shares) {
			kit.problem = "its order lines took different components"
		}
	}
	if kit.problem != "" {
		kit.shares = nil
	}
	o.kits[name] = kit
}

// inUnits is an order line of goods that Odoo delivered in another unit of measure than it was ordered in; the zero soldKit if in the same.
func (r *returnRun) inUnits(ctx context.Context, name string, line sale.Line, moves []stock.Returnable) (soldKit, error) {
	of := soldKit{inUnits: true, digits: line.Quantity.MinScale()}
	same, one, lots := true, true, false
	for _, move := range moves {
		same, one, lots = same && move.Unit == line.UoM.ID, one && move.Unit == moves[0].Unit, lots || len(move.Lots) > 0
		if move.KitLine != 0 {
			return soldKit{}, nil
		}
	}
	switch {
	case same:
		return soldKit{}, nil
	case !one:
		of.problem = "it left in several units of measure"
		return of, nil
	case lots:
		of.problem = "it is tracked by lot or serial number"
		return of, nil
	}
	each, fits, err := r.goods.KitShare(ctx, stock.KitNeed{Quantity: decimal.One, UnitID: line.UoM.ID, KitUnitID: line.UoM.ID}, line.UoM.ID, moves[0].Unit)
	if err != nil {
		return soldKit{}, err
	}
	if !fits || !each.IsPos() {
		of.problem = "one of it is a part of that unit which cannot be moved by itself"
		return of, nil
	}
	of.shares = []partShare{{orderPart{line: name}, each}}
	return of, nil
}

// exploded reports whether an order line was delivered as components. One whose bill of materials is gone shows by what left for it: more
// products than one, or more units than were ordered of another, which are those of goods in another unit of measure.
func exploded(line sale.Line, moves []stock.Returnable, goods soldKit) bool {
	var c exact.Calc
	ordered := line.Quantity
	if len(goods.shares) > 0 {
		ordered = c.Mul(ordered, goods.shares[0].each)
	}
	other, left := false, decimal.Zero
	for _, move := range moves {
		if move.KitLine != 0 || move.Product != moves[0].Product {
			return true
		}
		other, left = other || move.Product != line.ProductID.ID, c.Add(left, move.Shipped)
	}
	return other && left.Cmp(ordered) > 0
}

// kitOf is what a unit of an order line takes of its components.
func (r *returnRun) kitOf(ctx context.Context, name string, line sale.Line, moves []stock.Returnable, needs []stock.KitNeed) (soldKit, error) {
	units := map[int64]int64{} // of the moves, by bill of materials line
	for _, move := range moves {
		switch unit, ok := units[move.KitLine]; {
		case move.KitLine == 0:
			return soldKit{problem: "not all that left for it is of its bill of materials"}, nil
		case len(move.Lots) > 0:
			return soldKit{problem: "a component is tracked by lot or serial number"}, nil
		case ok && unit != move.Unit:
			return soldKit{problem: "a component left in several units of measure"}, nil
		}
		units[move.KitLine] = move.Unit
	}
	var kit soldKit
	for _, need := range needs {
		if need.Problem != "" {
			return soldKit{problem: need.Problem}, nil
		}
		if !need.Quantity.IsPos() {
			continue // optional
		}
		each, fits, err := r.goods.KitShare(ctx, need, line.UoM.ID, cmp.Or(units[need.KitLine], need.UnitID))
		if err != nil {
			return soldKit{}, err
		}
		if !fits || !each.IsPos() {
			return soldKit{problem: "one of it takes a part of a component that cannot be moved by itself"}, nil
		}
		kit.shares = append(kit.shares, partShare{orderPart{name, need.KitLine}, each})
	}
	if len(kit.shares) == 0 {
		return soldKit{problem: "its bill of materials takes nothing"}, nil
	}
	slices.SortFunc(kit.shares, func(a, b partShare) int { return cmp.Compare(a.kit, b.kit) })
	return kit, nil
}
