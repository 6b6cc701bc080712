package retailsync

import (
	"context"
	"fmt"
	"strings"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo/sale"
)

// converge brings the content of the orders that were in Odoo before to what the channel says now, as far
// as what has shipped allows.
func (b *batch) converge(ctx context.Context) error {
	known := b.still(func(i *item) bool { return i.known })
	var compare []*item
	for _, i := range known {
		if b.settled(i) {
			continue
		}
		compare = append(compare, i)
	}
	if len(compare) > 0 {
		ids := make([]int64, len(compare))
		for n, i := range compare {
			ids[n] = i.odoo.ID
		}
		lines, err := sale.Lines(ctx, b.erp, ids)
		if err != nil {
			return err
		}
		if err := b.update(ctx, compare, lines); err != nil {
			return err
		}
	}
	if b.dryRun {
		b.foresee()
	}
	return nil
}

// settled ends the orders whose state in Odoo leaves nothing to compare.
func (b *batch) settled(i *item) bool {
	cancelled := i.odoo.State == sale.StateCancel
	switch {
	case cancelled && i.plan.Target == mapping.TargetCancelled:
		i.end(Unchanged)
	case cancelled:
		i.fail(StageUpdate, &Conflict{
			Name: i.odoo.Name, State: string(i.odoo.State),
			Reason: "the order was cancelled in Odoo and is alive at the channel",
			WayOut: "cancel it at the channel, or set it to quotation in Odoo and import it again",
		})
	case i.plan.Target == mapping.TargetCancelled && i.odoo.Quotation():
		return true // cancelled in the cancel step, whatever its content
	default:
		return false
	}
	return true
}

// update writes what differs. Orders whose difference may not be written fail with a conflict.
func (b *batch) update(ctx context.Context, items []*item, lines map[int64][]sale.Line) error {
	var drafts []sale.Draft
	var changed []*item
	for _, i := range items {
		there := lines[i.odoo.ID]
		shipped := deliveredAny(there)
		if i.plan.Target == mapping.TargetCancelled {
			if shipped {
				i.fail(StageCancel, &Conflict{
					Name: i.odoo.Name, State: string(i.odoo.State),
					Reason: "the channel cancelled the order, but goods of it have been delivered",
					WayOut: "take the goods back as a return, or cancel the rest by hand",
				})
			}
			continue
		}
		draft, changes := difference(i.plan, there, i.odoo, b.planner.MayReplaceAddresses())
		if len(changes) == 0 {
			continue
		}
		if !b.planner.MayWriteLines() {
			b.log.InfoContext(ctx, "order lines are Odoo's: edit left alone", "order", i.order.Key.String())
			continue
		}
		if conflict := forbids(i.odoo, draft, there); conflict != nil {
			i.fail(StageUpdate, conflict)
			continue
		}
		i.changes = changes
		i.reach(Updated)
		drafts = append(drafts, draft)
		changed = append(changed, i)
	}
	if b.dryRun || len(drafts) == 0 {
		return nil
	}
	results, err := sale.Update(ctx, b.erp, drafts)
	if err != nil {
		return err
	}
	var written []*item
	for n, i := range changed {
		if results[n].Err != nil {
			i.fail(StageUpdate, results[n].Err)
			continue
		}
		i.wrote = true
		i.record(canonical.EventOrderUpdated, strings.Join(i.changes, "; "))
		written = append(written, i)
	}
	return b.reread(ctx, written)
}

// difference is what of a plan is not in Odoo yet: a draft of the lines that differ, and what they are in words.
// Lines that people added in Odoo are left alone, and lines of a confirmed order keep their unit of measure: their delivery has been
// arranged in it.
func difference(plan *mapping.Plan, there []sale.Line, order sale.Order, addresses bool) (sale.Draft, []string) {
	draft := sale.Draft{ExternalID: plan.Order.ExternalID, Origin: plan.Order.Origin}
	if order.Quotation() && addresses {
		draft.InvoiceAddress, draft.DeliveryAddress = plan.Order.InvoiceAddress, plan.Order.DeliveryAddress
	}
	var changes []string
	byName := make(map[string]sale.Line, len(there))
	for _, line := range there {
		if line.ExternalID.Name != "" {
			byName[line.ExternalID.String()] = line
		}
	}
	wanted := map[string]bool{}
	for _, line := range plan.Order.Lines {
		name := line.ExternalID.String()
		wanted[name] = true
		old, ok := byName[name]
		if ok && order.Open() && line.Quantity.IsZero() {
			line.UoMID = old.UoM.ID
		}
		if ok && sameLine(old, line, plan.Digits) && (order.Open() || old.UoM.ID == line.UoMID) {
			continue
		}
		draft.Lines = append(draft.Lines, line)
		switch {
		case !ok:
			changes = append(changes, fmt.Sprintf("%s added: %s", line.Label, line.Quantity))
		case !old.Quantity.Equal(line.Quantity):
			changes = append(changes, fmt.Sprintf("%s: %s instead of %s", line.Label, line.Quantity, old.Quantity.Trim(0)))
		case old.ProductID.ID != line.ProductID:
			changes = append(changes, fmt.Sprintf("%s: product %d instead of %d", line.Label, line.ProductID, old.ProductID.ID))
		case old.UoM.ID != line.UoMID:
			changes = append(changes, fmt.Sprintf("%s: unit of measure %d instead of %d", line.Label, line.UoMID, old.UoM.ID))
		default:
			changes = append(changes, fmt.Sprintf("%s: other price or tax: net %s, tax %s instead of net %s, tax %s", line.Label,
				line.Net.Pad(plan.Digits), line.Tax.Pad(plan.Digits), exact.HalfUp(old.Net, plan.Digits).Pad(plan.Digits), exact.HalfUp(old.Tax, plan.Digits).Pad(plan.Digits)))
		}
	}
	for _, line := range there {
		name := line.ExternalID
		if name.Name == "" || wanted[name.String()] || line.Quantity.IsZero() || !plan.Owns(name) {
			continue
		}
		draft.Lines = append(draft.Lines, plan.Emptied(line))
		changes = append(changes, fmt.Sprintf("line of %s removed", line.Quantity.Trim(0)))
	}
	return draft, changes
}

// sameLine compares a line in Odoo with the planned one by what counts: product, quantity and amounts.
func sameLine(there sale.Line, line sale.DraftLine, digits int) bool {
	return there.ProductID.ID == line.ProductID && there.Quantity.Equal(line.Quantity) &&
		exact.HalfUp(there.Net, digits).Equal(line.Net) && exact.HalfUp(there.Tax, digits).Equal(line.Tax)
}

func deliveredAny(lines []sale.Line) bool {
	for _, line := range lines {
		if line.Delivered.IsPos() {
			return true
		}
	}
	return false
}

// forbids says why an edit may not be applied: the order is locked, units that the edit takes away have been
// delivered, or a confirmed line became another product, which Odoo either refuses or does not tell its deliveries.
func forbids(order sale.Order, draft sale.Draft, there []sale.Line) *Conflict {
	if order.IsLocked() {
		return &Conflict{
			Name: order.Name, State: "locked", Reason: "the channel edited the order",
			WayOut: "unlock the order in Odoo and import it again, or make the edit by hand",
		}
	}
	byName := map[string]sale.Line{}
	for _, line := range there {
		byName[line.ExternalID.String()] = line
	}
	for _, line := range draft.Lines {
		old, ok := byName[line.ExternalID.String()]
		if ok && order.Open() && old.ProductID.ID != line.ProductID && !old.Quantity.IsZero() {
			return &Conflict{
				Name: order.Name, State: string(order.State),
				Reason: line.Label + " is another product now, but its delivery has been arranged",
				WayOut: "change the order and its delivery in Odoo by hand, or undo the change at the channel",
			}
		}
		if ok && order.Open() && old.UoM.ID != line.UoMID && !old.Quantity.IsZero() {
			return &Conflict{
				Name: order.Name, State: string(order.State),
				Reason: fmt.Sprintf("%s was edited, and the rules sell it in the unit of measure %d now; its delivery has been arranged in %s", line.Label, line.UoMID, old.UoM.Name),
				WayOut: "make the edit in Odoo by hand",
			}
		}
		if ok && line.Quantity.Cmp(old.Delivered) < 0 {
			return &Conflict{
				Name: order.Name, State: string(order.State),
				Reason: fmt.Sprintf("the channel lowered %s to %s, but %s have been delivered", line.Label, line.Quantity, old.Delivered.Trim(0)),
				WayOut: "take the difference back as a return",
			}
		}
	}
	return nil
}

// foresee ends a dry run: it says what would become of the orders that are still open.
func (b *batch) foresee() {
	for _, i := range b.still(anyItem) {
		switch {
		case i.plan.Target == mapping.TargetCancelled:
			i.end(Cancelled)
		case !i.known:
			i.end(Created)
		case i.outcome != "":
			i.done = true
		case i.plan.Target == mapping.TargetConfirmed && i.odoo.Quotation():
			i.end(Confirmed)
		default:
			i.end(Unchanged)
		}
	}
}
