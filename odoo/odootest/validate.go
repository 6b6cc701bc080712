package odootest

import (
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// validate is button_validate: it does what is picked and reserved, or answers an action where a person
// would be asked first.
func (e *env) validate(ids []int64) (any, error) {
	t, rows, err := e.existing("stock.picking", ids)
	if err != nil {
		return nil, err
	}
	if e.series < 17 {
		if err := e.checkBefore17(t, rows); err != nil {
			return nil, err
		}
		immediate := slices.DeleteFunc(slices.Clone(rows), func(r *record) bool { return !e.untouched(r) })
		if len(immediate) > 0 && !e.flag("skip_immediate") {
			return e.wizard("Immediate Transfer?", "stock.immediate.transfer", rows, immediate), nil
		}
	} else {
		rows = slices.DeleteFunc(rows, func(r *record) bool { return t.str(r, "state") == "done" })
		if err := e.check(t, rows); err != nil {
			return nil, err
		}
	}
	short := slices.DeleteFunc(slices.Clone(rows), func(r *record) bool { return !e.leavesRest(r) })
	if len(short) > 0 && !e.flag("skip_backorder") {
		return e.wizard("Create Backorder?", "stock.backorder.confirmation", rows, short), nil
	}
	final, _ := integers(e.ctx["picking_ids_not_to_backorder"])
	for _, r := range rows {
		e.finish(r, slices.Contains(final, r.id))
	}
	return true, nil
}

// check is what Odoo 17 and later check. A draft is confirmed and takes all that it demands; where nothing is picked,
// all that is reserved is.
func (e *env) check(t *table, rows []*record) error {
	moves := e.table("stock.move")
	var empty, idle []string
	for _, r := range rows {
		if t.str(r, "state") == "draft" {
			if _, err := e.confirmPickings([]int64{r.id}); err != nil {
				return err
			}
			for _, m := range e.movesOf(r.id) {
				if e.held(m.id).IsZero() {
					if err := e.setMoveQuantity(moves, m, moves.num(m, "product_uom_qty")); err != nil {
						return err
					}
				}
			}
		}
		if len(e.movesOf(r.id)) == 0 {
			empty = append(empty, t.str(r, "name"))
		}
		open := e.openMoves(r.id)
		some := slices.ContainsFunc(open, func(m *record) bool { return e.picked(m.id) })
		if !slices.ContainsFunc(open, func(m *record) bool { return (!some || e.picked(m.id)) && !e.held(m.id).IsZero() }) {
			idle = append(idle, t.str(r, "name"))
		}
	}
	switch {
	case len(empty) > 0 && len(rows) > 1:
		return userError("Transfers %s: Please add some items to move.", strings.Join(empty, ", "))
	case len(empty) > 0:
		return userError("You can’t validate an empty transfer. Please add some products to move before proceeding.")
	case len(idle) > 0 && len(rows) == 1:
		return userError("Transfer trouble alert! Validating a zero quantity transfer? You're not moving invisible goods around are you?\nSet some quantities and let's get moving!")
	}
	for _, r := range rows {
		open := e.openMoves(r.id)
		if slices.ContainsFunc(open, func(m *record) bool { return e.picked(m.id) }) {
			continue
		}
		for _, m := range open {
			if err := e.setPicked(moves, m, true); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkBefore17 is what earlier versions check.
func (e *env) checkBefore17(t *table, rows []*record) error {
	var empty, idle []string
	for _, r := range rows {
		moves := e.movesOf(r.id)
		if len(moves) == 0 {
			empty = append(empty, t.str(r, "name"))
		}
		reserved := slices.ContainsFunc(moves, func(m *record) bool { return !e.held(m.id).IsZero() })
		if !reserved && e.untouched(r) {
			idle = append(idle, t.str(r, "name"))
		}
	}
	switch {
	case len(rows) > 1:
		text := ""
		if len(empty) > 0 {
			text = "Transfers " + strings.Join(empty, ", ") + ": Please add some items to move."
		}
		if len(idle) > 0 {
			text += "\n\nTransfers " + strings.Join(idle, ", ") + ": You cannot validate these transfers if no quantities are reserved nor done. To force these transfers, switch in edit more and encode the done quantities."
		}
		if text != "" {
			return userError("%s", strings.TrimLeft(text, "\n"))
		}
	case len(empty) > 0:
		return userError("Please add some items to move.")
	case len(idle) > 0:
		return userError("You cannot validate a transfer if no quantities are reserved nor done. To force the transfer, switch in edit mode and encode the done quantities.")
	}
	return nil
}

// untouched reports whether nothing of a picking is done, which before 17 is asked about.
func (e *env) untouched(r *record) bool {
	return !slices.ContainsFunc(e.openMoves(r.id), func(m *record) bool { return !e.doneQuantity(m.id).IsZero() })
}

// leavesRest reports whether a picking delivers less than it should. Before 17 that is by product, and what was
// cancelled counts.
func (e *env) leavesRest(r *record) bool {
	t := e.table("stock.move")
	lacks := map[int64]decimal.Decimal{}
	for _, m := range e.movesOf(r.id) {
		demand := t.num(m, "product_uom_qty")
		if e.series < 17 {
			product := t.ref(m, "product_id")
			lacks[product] = plus(lacks[product], minus(demand, e.doneQuantity(m.id)))
		} else if t.str(m, "state") != "cancel" && e.about(m).Cmp(demand) < 0 {
			return true
		}
	}
	for _, q := range lacks {
		if q.IsPos() {
			return true
		}
	}
	return false
}

// about is what validating a picking would do of a move.
func (e *env) about(m *record) decimal.Decimal {
	if e.series < 17 {
		return e.doneQuantity(m.id)
	}
	t, lines := e.moveLines(m.id)
	sum := decimal.Zero
	for _, l := range lines {
		if t.truth(l, "picked") {
			sum = plus(sum, t.num(l, "quantity"))
		}
	}
	return sum
}
