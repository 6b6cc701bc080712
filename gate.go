package retailsync

import (
	"context"
	"fmt"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/sale"
)

// confirm is the gate: quotations whose amounts are the channel's, to the last minor unit, are confirmed,
// all in one call. Orders that wait for a decision stay quotations.
func (b *batch) confirm(ctx context.Context) error {
	if err := b.reduce(ctx); err != nil {
		return err
	}
	for _, i := range b.still(func(i *item) bool { return i.plan.Target != mapping.TargetCancelled }) {
		if i.wrote || i.odoo.Quotation() {
			if mismatch := mismatchOf(i); mismatch != nil {
				i.fail(StageTotals, mismatch)
				continue
			}
		}
		if i.plan.Target == mapping.TargetQuotation {
			b.hold(i)
		}
	}
	ready := b.still(func(i *item) bool {
		return i.plan.Target == mapping.TargetConfirmed && i.odoo.Quotation()
	})
	failures, err := b.act(ctx, ready, sale.Confirm)
	if err != nil {
		return err
	}
	for n, i := range ready {
		if failures[n] != nil {
			i.fail(StageConfirm, failures[n])
			continue
		}
		i.reach(Confirmed)
		i.record(canonical.EventOrderConfirmed, "confirmed at "+i.plan.Total.String()+" "+string(i.plan.Currency))
	}
	return nil
}

// hold leaves an order as a quotation.
func (b *batch) hold(i *item) {
	if !i.odoo.Quotation() {
		reason := "the channel put the order on hold after it was confirmed"
		if i.order.Status == canonical.StatusPending {
			reason = "the channel waits for the shopper again, after the order was confirmed"
		}
		i.fail(StageUpdate, &Conflict{
			Name: i.odoo.Name, State: string(i.odoo.State),
			Reason: reason,
			WayOut: "hold back its delivery in Odoo until the channel releases the order",
		})
		return
	}
	if i.wrote {
		i.record(canonical.EventOrderHeld, "held as a quotation")
	}
	i.outcome = Held
}

// reduce lowers open deliveries to what the orders still order, where Odoo does not do it by itself (before
// version 17). It looks at every order that was there before, not only at those edited now: the run that
// edited one may have been cut off in between.
func (b *batch) reduce(ctx context.Context) error {
	if b.planner.Directory().Series >= sale.ReducesMovesSince || !b.planner.MayWriteLines() {
		return nil
	}
	known := b.still(func(i *item) bool {
		return i.known && i.plan.Target != mapping.TargetCancelled && i.odoo.State == sale.StateSale
	})
	failures, err := b.act(ctx, known, sale.ReduceMoves)
	if err != nil {
		return err
	}
	for n, i := range known {
		if failures[n] != nil {
			i.fail(StageUpdate, fmt.Errorf("lower the open deliveries: %w", failures[n]))
		}
	}
	return nil
}

// deliver delivers in Odoo what the channel has shipped itself from its own warehouse. It looks at every such order, so that
// a run that was cut off after it confirmed one is made up for.
func (b *batch) deliver(ctx context.Context) error {
	shipped := b.still(func(i *item) bool {
		return len(i.plan.Shipped) > 0 && (i.odoo.Open() || i.plan.Target == mapping.TargetConfirmed)
	})
	if len(shipped) == 0 {
		return nil
	}
	ids := make([]int64, len(shipped))
	for n, i := range shipped {
		ids[n] = i.odoo.ID
	}
	lines, err := sale.Lines(ctx, b.erp, ids)
	if err != nil {
		return err
	}
	for _, i := range shipped {
		units := map[int64]decimal.Decimal{}
		for _, line := range lines[i.odoo.ID] {
			for _, left := range i.plan.Shipped {
				if line.ExternalID == left.ExternalID {
					units[line.ID] = left.Quantity
				}
			}
		}
		if len(units) == 0 {
			continue
		}
		delivered, err := sale.Deliver(ctx, b.erp, i.odoo.ID, units)
		if err != nil {
			if odoo.CodeOf(err) != "" && !odoo.Isolatable(err) && !odoo.Ambiguous(err) {
				return err
			}
			i.fail(StageDeliver, err)
			continue
		}
		if delivered {
			i.reach(Updated)
			i.changes = append(i.changes, "shipped by the channel")
			i.record(canonical.EventOrderDelivered, "delivered as the channel has shipped it")
		}
	}
	return nil
}

// cancel cancels the orders that the channel cancelled.
func (b *batch) cancel(ctx context.Context) error {
	doomed := b.still(func(i *item) bool { return i.plan.Target == mapping.TargetCancelled })
	var allowed []*item
	for _, i := range doomed {
		if i.odoo.IsLocked() {
			i.fail(StageCancel, &Conflict{
				Name: i.odoo.Name, State: "locked", Reason: "the channel cancelled the order",
				WayOut: "unlock the order in Odoo and import it again, or cancel it by hand",
			})
			continue
		}
		allowed = append(allowed, i)
	}
	failures, err := b.act(ctx, allowed, sale.Cancel)
	if err != nil {
		return err
	}
	for n, i := range allowed {
		if failures[n] != nil {
			i.fail(StageCancel, failures[n])
			continue
		}
		i.reach(Cancelled)
		i.record(canonical.EventOrderCancelled, "cancelled by the channel")
	}
	return nil
}

// act runs an action of sale on the orders of some items.
func (b *batch) act(
	ctx context.Context, items []*item,
	action func(context.Context, *odoo.Client, []int64) ([]error, error),
) ([]error, error) {
	if len(items) == 0 {
		return nil, nil
	}
	ids := make([]int64, len(items))
	for n, i := range items {
		ids[n] = i.odoo.ID
	}
	return action(ctx, b.erp, ids)
}

// mismatchOf compares Odoo's amounts with the channel's.
func mismatchOf(i *item) *TotalMismatch {
	got := Amounts{
		Untaxed: exact.HalfUp(i.odoo.AmountUntaxed, i.plan.Digits),
		Tax:     exact.HalfUp(i.odoo.AmountTax, i.plan.Digits),
		Total:   exact.HalfUp(i.odoo.AmountTotal, i.plan.Digits),
	}
	want := Amounts{Untaxed: i.plan.Untaxed, Tax: i.plan.Tax, Total: i.plan.Total}
	if got.Untaxed.Equal(want.Untaxed) && got.Tax.Equal(want.Tax) && got.Total.Equal(want.Total) &&
		i.odoo.Currency.Name == string(i.plan.Currency) {
		return nil
	}
	return &TotalMismatch{
		Name: i.odoo.Name, Currency: i.plan.Currency, OdooCurrency: canonical.Currency(i.odoo.Currency.Name),
		Want: want, Got: got,
	}
}
