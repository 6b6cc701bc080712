package stock

import (
	"context"
	"fmt"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
)

// Passage brings units that came back on through a warehouse that receives in several steps: from its input to quality control, say, and
// from there to stock.
type Passage struct {
	// Moves are those by which the units came back, of one product. They are done.
	Moves []int64
	// Units are those that are to be at the end, in all: what has passed a step before counts, whoever did it.
	Units decimal.Decimal
	// Lots are those of the units that have not passed, if the product has any.
	Lots []LotQuantity
}

// StuckUnits says that units wait inside a warehouse and Odoo expects to move fewer of them on.
type StuckUnits struct {
	Location int64
	Units    decimal.Decimal
}

// Error implements error.
func (e *StuckUnits) Error() string {
	return fmt.Sprintf("%s returned units wait in location %d and no transfer of Odoo's brings them on: look whether it was cancelled, and move them by hand", e.Units, e.Location)
}

// step is one step of the way of returned units, with what has passed it and what is to.
type step struct {
	from int64
	// arrived came to from, passed has left it for the next step.
	arrived, passed decimal.Decimal
	open            []returnMoveRow
	done            []int64
}

// next reads the step that follows moves. It is empty after the last one.
func (r *Reader) next(ctx context.Context, moves []int64) (step, error) {
	if len(moves) == 0 {
		return step{}, nil
	}
	rows, err := odoo.Find[returnMoveRow](ctx, r.client, odoo.Or(
		odoo.In("id", moves),
		odoo.And(
			odoo.In("move_orig_ids", moves), odoo.Ne("state", "cancel"), odoo.Eq("origin_returned_move_id", false), odoo.Ne("picking_id", false),
			odoo.Eq("location_dest_id.usage", "internal"),
		),
	))
	if err != nil {
		return step{}, err
	}
	var s step
	var c exact.Calc
	for _, row := range rows {
		switch {
		case slices.Contains(moves, row.ID):
			s.from, s.arrived = row.To.ID, c.Add(s.arrived, row.done())
		case row.State == "done":
			s.passed = c.Add(s.passed, row.done())
			s.done = append(s.done, row.ID)
		default:
			s.open = append(s.open, row)
		}
	}
	return s, c.Err()
}

// MoveOn does the transfers by which Odoo's own rules bring returned units on to where they are kept, step by step, and returns that
// location. Without such rules it is where the units came in. What waits there of other units waits on. It is safe to repeat. A user of the
// group Inventory / User may do it.
//
// Errors: [*StuckUnits], [*UnknownLot].
func (r *Reader) MoveOn(ctx context.Context, p Passage) (int64, error) {
	moves := p.Moves
	for {
		s, err := r.next(ctx, moves)
		if err != nil || len(s.open)+len(s.done) == 0 {
			return s.from, err
		}
		var c exact.Calc
		rest := c.Sub(p.Units, s.passed)
		if err := c.Err(); err != nil {
			return 0, err
		}
		if !rest.IsPos() {
			moves = s.done
			continue
		}
		if len(s.open) == 0 {
			return 0, &StuckUnits{Location: s.from, Units: rest}
		}
		// Odoo may make the rest of a step a move of its own, so the step is read anew.
		m := s.open[0]
		if err := r.pass(ctx, m, rest.Min(m.Wanted.Trim(0)), p.Lots); err != nil {
			return 0, err
		}
	}
}

// pass does one transfer of a step for some of its units.
func (r *Reader) pass(ctx context.Context, m returnMoveRow, units decimal.Decimal, lots []LotQuantity) error {
	if err := arrange(ctx, r.client, m.Picking.ID); err != nil {
		return err
	}
	t := Transfer{Product: m.Product.ID, From: m.From.ID, Quantity: units, Lots: lots}
	var err error
	if t.Lots, err = nameLots(ctx, r.client, t.Product, t.From, t.Quantity, t.Lots); err != nil {
		return err
	}
	if err := r.take(ctx, m, t); err != nil {
		return err
	}
	return validate(ctx, r.client, m.Picking.ID, false)
}

// Waiting is where units wait that came back by moves: the first location on their way that has so many which did not pass on. Without
// steps it is where they came in. It only reads.
func (r *Reader) Waiting(ctx context.Context, moves []int64, units decimal.Decimal) (int64, error) {
	for {
		s, err := r.next(ctx, moves)
		if err != nil {
			return 0, err
		}
		var c exact.Calc
		here := c.Sub(s.arrived, s.passed)
		if len(s.done) == 0 || here.Cmp(units) >= 0 {
			return s.from, c.Err()
		}
		moves = s.done
	}
}

// Unreserve lets the transfers go of what waits for them of units that came back by moves, so that some of these may go another way: Odoo 19
// would cut the transfers off from the units otherwise, and nothing would tell what they are for. [Reader.MoveOn] reserves again. It is safe
// to repeat.
func (r *Reader) Unreserve(ctx context.Context, moves []int64) error {
	for len(moves) > 0 {
		s, err := r.next(ctx, moves)
		if err != nil {
			return err
		}
		var pickings []int64
		for _, m := range s.open {
			if m.State == "assigned" || m.State == "partially_available" {
				pickings = append(pickings, m.Picking.ID)
			}
		}
		slices.Sort(pickings)
		for _, picking := range slices.Compact(pickings) {
			if err := r.client.Do(ctx, odoo.Call{Model: "stock.picking", Method: "do_unreserve", IDs: []int64{picking}}); err != nil {
				return err
			}
		}
		moves = s.done
	}
	return nil
}

// EndPassage cancels the transfers that wait for returned units which go another way, or were given up: those that are for nothing else.
// It is safe to repeat.
func (r *Reader) EndPassage(ctx context.Context, moves []int64) error {
	for len(moves) > 0 {
		s, err := r.next(ctx, moves)
		if err != nil {
			return err
		}
		for _, m := range s.open {
			others, err := odoo.Find[returnMoveRow](ctx, r.client, odoo.And(odoo.Eq("picking_id", m.Picking.ID), odoo.NotIn("state", []string{"done", "cancel"})))
			if err != nil {
				return err
			}
			alone := !slices.ContainsFunc(others, func(o returnMoveRow) bool {
				return !slices.ContainsFunc(s.open, func(m returnMoveRow) bool { return m.ID == o.ID })
			})
			if alone && len(others) > 0 {
				if err := CancelReturn(ctx, r.client, m.Picking.ID); err != nil {
					return err
				}
			}
		}
		moves = s.done
	}
	return nil
}
