package sale

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/stock"
)

// part is what moves deliver of a line: its goods, or a component of a kit by the line of the bill of materials.
type part struct{ line, kit int64 }

// kits are the lines that Odoo delivers as components.
type kits struct {
	// shares are what one unit of a line takes of each component, in the unit of its moves; none of a line with a problem.
	shares map[int64]map[int64]decimal.Decimal
	// problems are why it cannot be told what a line takes.
	problems map[int64]string
}

// readKits reads what lines take that are delivered as components. Units are those of the components' moves; without any, nothing is read.
func readKits(ctx context.Context, client *odoo.Client, lines map[int64]Line, units map[part]int64) (kits, error) {
	k := kits{map[int64]map[int64]decimal.Decimal{}, map[int64]string{}}
	products := map[int64]int64{}
	for of := range units {
		products[of.line] = lines[of.line].ProductID.ID
	}
	if len(products) == 0 {
		return k, nil
	}
	reader := stock.NewReader(client)
	needs, err := reader.KitNeeds(ctx, products)
	if err != nil {
		return k, err
	}
	for _, line := range slices.Sorted(maps.Keys(products)) {
		shares := map[int64]decimal.Decimal{}
		for _, need := range needs[line] {
			if need.Problem != "" {
				k.problems[line] = need.Problem
				continue
			}
			share, fits, err := reader.KitShare(ctx, need, lines[line].UoM.ID, cmp.Or(units[part{line, need.KitLine}], need.UnitID))
			if err != nil {
				return k, err
			}
			if !fits {
				k.problems[line] = "one of it takes a part of a component that cannot be moved by itself"
			}
			shares[need.KitLine] = share
		}
		if len(shares) > 0 && k.problems[line] == "" {
			k.shares[line] = shares
		} else {
			k.problems[line] = cmp.Or(k.problems[line], "its bill of materials takes nothing")
		}
	}
	return k, nil
}

// doneMove is what is read of a stock.move that is done.
type doneMove struct {
	ID       int64           `odoo:"id"`
	LineID   odoo.Many2One   `odoo:"sale_line_id"`
	KitLine  odoo.Many2One   `odoo:"bom_line_id,optional"`
	Quantity decimal.Decimal `odoo:"quantity"`
}

func (doneMove) OdooModel() string { return "stock.move" }

// leftParts is what has left of the components of lines and did not come back to be refunded.
func leftParts(ctx context.Context, client *odoo.Client, lines []int64) (map[part]decimal.Decimal, error) {
	return leftBy(ctx, client, lines, odoo.Ne("bom_line_id", false))
}

// leftBy is what has left of lines by moves and did not come back to be refunded, in the moves' unit.
func leftBy(ctx context.Context, client *odoo.Client, lines []int64, moves odoo.Domain) (map[part]decimal.Decimal, error) {
	left := map[part]decimal.Decimal{}
	if len(lines) == 0 {
		return left, nil
	}
	var c exact.Calc
	done := odoo.And(odoo.In("sale_line_id", lines), odoo.Eq("state", "done"), moves)
	out, err := odoo.Find[doneMove](ctx, client, odoo.And(done, odoo.Eq("location_dest_id.usage", "customer")))
	if err != nil {
		return nil, err
	}
	for _, m := range out {
		of := part{m.LineID.ID, m.KitLine.ID}
		left[of] = c.Add(left[of], m.Quantity)
	}
	back, err := odoo.Find[doneMove](ctx, client, odoo.And(done, odoo.Eq("location_id.usage", "customer"), odoo.Eq("to_refund", true)))
	if err != nil {
		return nil, err
	}
	for _, m := range back {
		of := part{m.LineID.ID, m.KitLine.ID}
		left[of] = c.Sub(left[of], m.Quantity)
	}
	return left, c.Err()
}

// loweredParts is what the open moves of a kit may still deliver, by move: each component as a line of its own would.
func (k kits) loweredParts(line Line, moves []move, left map[part]decimal.Decimal) ([]decimal.Decimal, error) {
	var c exact.Calc
	quantities := make([]decimal.Decimal, len(moves))
	groups := map[int64][]int{}
	for n, m := range moves {
		quantities[n] = m.Quantity
		groups[m.KitLine.ID] = append(groups[m.KitLine.ID], n)
	}
	for kit, each := range k.shares[line.ID] { // of a line with a problem there are none: Odoo has left a note for a person
		group := groups[kit]
		if len(group) == 0 {
			continue
		}
		component := line
		component.Quantity, component.Delivered, component.UoM = c.Mul(line.Quantity, each), left[part{line.ID, kit}], moves[group[0]].UoM
		some := make([]move, len(group))
		for i, n := range group {
			some[i] = moves[n]
		}
		fewer, err := lowered(component, some)
		if err != nil {
			return nil, err
		}
		for i, n := range group {
			quantities[n] = fewer[i]
		}
	}
	return quantities, c.Err()
}
