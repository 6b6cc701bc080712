package sale

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/stock"
)

// deliverable is what is read of a stock.move to deliver it.
type deliverable struct {
	ID      int64           `odoo:"id"`
	LineID  odoo.Many2One   `odoo:"sale_line_id"`
	State   string          `odoo:"state"`
	Wanted  decimal.Decimal `odoo:"product_uom_qty"`
	Done    decimal.Decimal `odoo:"quantity"`
	UoM     odoo.Many2One   `odoo:"product_uom"`
	Picking odoo.Many2One   `odoo:"picking_id"`
	KitLine odoo.Many2One   `odoo:"bom_line_id,optional"`
}

func (deliverable) OdooModel() string { return "stock.move" }

// doneQuantity is what of a move is delivered.
type doneQuantity struct {
	Quantity decimal.Decimal `odoo:"quantity,always"`
	Picked   bool            `odoo:"picked,optional,always"`
}

func (doneQuantity) OdooModel() string { return "stock.move" }

// Deliver validates open deliveries of a confirmed order until units of its lines, in all, have left, by line and in the
// line's unit of measure; of a kit its components. What else those deliveries hold stays open, in a backorder. It says whether it delivered anything.
//
// It looks at what has left first and delivers the difference, so it is safe to repeat; when a reply is lost it looks again.
// Two processes must not deliver one order at the same time. Units that nothing is arranged for are an error. A
// salesperson may do it, as [ReduceMoves].
func Deliver(ctx context.Context, client *odoo.Client, orderID int64, units map[int64]decimal.Decimal) (delivered bool, err error) {
	byOrder, err := Lines(ctx, client, []int64{orderID})
	if err != nil {
		return false, err
	}
	lines := map[int64]Line{}
	for _, line := range byOrder[orderID] {
		lines[line.ID] = line
	}
	for lost := range 2 {
		pickings, err := toDeliver(ctx, client, lines, units)
		if err != nil || len(pickings) == 0 {
			return delivered || lost > 0 && err == nil, err
		}
		err = validate(ctx, client, pickings)
		if err == nil {
			return true, nil
		}
		if !odoo.Ambiguous(err) || lost > 0 {
			return false, err
		}
	}
	return delivered, nil
}

// toDeliver is what the moves of the deliveries must deliver, by delivery and move; none if all has left.
func toDeliver(ctx context.Context, client *odoo.Client, lines map[int64]Line, units map[int64]decimal.Decimal) (map[int64]map[int64]decimal.Decimal, error) {
	moves, err := odoo.Find[deliverable](ctx, client, odoo.And(
		odoo.In("sale_line_id", slices.Sorted(maps.Keys(units))), odoo.Ne("state", "cancel"),
		odoo.Eq("location_dest_id.usage", "customer"), odoo.Eq("origin_returned_move_id", false),
	))
	if err != nil {
		return nil, err
	}
	components, goods := map[part]int64{}, map[int64]int64{}
	for _, m := range moves {
		if m.KitLine.ID != 0 {
			components[part{m.LineID.ID, m.KitLine.ID}] = m.UoM.ID
		} else if goods[m.LineID.ID] == 0 {
			goods[m.LineID.ID] = m.UoM.ID
		}
	}
	kits, err := readKits(ctx, client, lines, components)
	if err != nil {
		return nil, err
	}
	var c exact.Calc
	missing := map[part]decimal.Decimal{}
	for line, wanted := range units {
		if problem, ok := kits.problems[line]; ok {
			return nil, fmt.Errorf("line %d is a kit, and %s: deliver it by hand", line, problem)
		}
		shares, ok := kits.shares[line]
		if in := goods[line]; !ok && in != 0 {
			if wanted, err = stock.NewReader(client).Convert(ctx, wanted, lines[line].UoM.ID, in); err != nil {
				return nil, err
			}
		}
		if !ok {
			missing[part{line, 0}] = wanted
		}
		for kit, each := range shares {
			missing[part{line, kit}] = c.Mul(wanted, each)
		}
	}
	for _, m := range moves {
		of := part{m.LineID.ID, m.KitLine.ID}
		unit := goods[of.line]
		if of.kit != 0 {
			unit = components[of]
		}
		if m.UoM.ID != unit {
			return nil, fmt.Errorf("the delivery of line %d is in several units of measure: deliver it by hand", m.LineID.ID)
		}
		if m.State == "done" {
			missing[of] = c.Sub(missing[of], m.Done)
		}
	}
	pickings := map[int64]map[int64]decimal.Decimal{}
	for _, m := range moves {
		of := part{m.LineID.ID, m.KitLine.ID}
		need := missing[of]
		if m.State == "done" || !need.IsPos() || m.Picking.ID == 0 {
			continue
		}
		units := need.Min(m.Wanted)
		missing[of] = c.Sub(need, units)
		if pickings[m.Picking.ID] == nil {
			pickings[m.Picking.ID] = map[int64]decimal.Decimal{}
		}
		pickings[m.Picking.ID][m.ID] = units
	}
	if c.Err() != nil {
		return nil, c.Err()
	}
	byLine := func(a, b part) int { return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.kit, b.kit)) }
	for _, of := range slices.SortedFunc(maps.Keys(missing), byLine) {
		if missing[of].IsPos() {
			return nil, fmt.Errorf("%s more units of line %d have left than Odoo has a delivery for: look at the deliveries of the order", missing[of].Trim(0), of.line)
		}
	}
	return pickings, nil
}

// validate validates deliveries with what their moves deliver.
func validate(ctx context.Context, client *odoo.Client, pickings map[int64]map[int64]decimal.Decimal) error {
	ids := slices.Sorted(maps.Keys(pickings))
	moves, err := odoo.Find[deliverable](ctx, client, odoo.And(odoo.In("picking_id", ids), odoo.NotIn("state", []string{"done", "cancel"})))
	if err != nil {
		return err
	}
	for _, m := range moves {
		quantity := pickings[m.Picking.ID][m.ID] // of what is not to be delivered, none
		if err := odoo.Write(ctx, client, []int64{m.ID}, doneQuantity{Quantity: quantity, Picked: quantity.IsPos()}); err != nil {
			return err
		}
	}
	quiet := odoo.Context{"skip_backorder": true, "skip_immediate": true, "skip_sms": true}
	for _, id := range ids {
		if err := client.Do(ctx, odoo.Call{Model: "stock.picking", Method: "button_validate", IDs: []int64{id}, Context: quiet}); err != nil {
			return err
		}
	}
	return nil
}
