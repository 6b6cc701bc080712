package retailsync

import (
	"context"
	"errors"
	"fmt"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
	"github.com/retailsync/retailsync/odoo/sale"
)

// plannedPayment is one payment of an order on its way into Odoo.
type plannedPayment struct {
	mapping.PlannedPayment
	item *item
}

// pay registers what the orders were paid with where the rules want that, and matches it with their invoices as far as those are
// posted: an invoice that is posted later is for [Connector.MatchPayments]. It looks at every order that the rules have confirmed, so
// that a run that was cut off is made up for. In a dry run it says what would be registered.
func (b *batch) pay(ctx context.Context) error {
	b.keptMoney()
	var taken, doubtful []plannedPayment
	for _, i := range b.items {
		if i.err != nil || i.plan == nil {
			continue
		}
		for _, payment := range i.plan.Payments {
			planned := plannedPayment{payment, i}
			switch {
			case payment.ID == "":
				if i.plan.Target == mapping.TargetConfirmed {
					i.fail(StagePay, b.paymentConflict(i, payment, "the channel gives the payment no id, so that it could be registered twice", "register it by hand, and set register to false for the gateway"))
				}
			case payment.Failed, i.plan.Target == mapping.TargetCancelled, b.dryRun:
				doubtful = append(doubtful, planned)
			case i.plan.Target == mapping.TargetConfirmed:
				taken = append(taken, planned)
			}
		}
	}
	if err := b.doubt(ctx, doubtful); err != nil {
		return err
	}
	return b.register(ctx, taken)
}

// keptMoney reports the orders that are cancelled while the shop keeps what was paid for them.
func (b *batch) keptMoney() {
	for _, i := range b.items {
		if i.err == nil && i.plan != nil && i.plan.Target == mapping.TargetCancelled && i.plan.Paid.IsPos() {
			i.fail(StagePay, b.cancelledConflict(i, fmt.Sprintf("the channel cancelled the order, and %s %s that were paid for it are not given back", i.plan.Paid, i.plan.Currency),
				"refund it at the channel, or book by hand what it was kept for"))
		}
	}
}

func (b *batch) cancelledConflict(i *item, reason, wayOut string) *Conflict {
	conflict := &Conflict{Name: i.odoo.Name, State: string(i.odoo.State), Reason: reason, WayOut: wayOut}
	if i.outcome == Cancelled {
		conflict.State = string(sale.StateCancel)
	}
	if conflict.Name == "" {
		conflict.Name, conflict.State = i.order.Key.ID, "not there"
	}
	return conflict
}

func (b *batch) paymentConflict(i *item, payment mapping.PlannedPayment, reason, wayOut string) *Conflict {
	return b.cancelledConflict(i, fmt.Sprintf("payment %s of %s %s by %s: %s", payment.ID, payment.Amount, i.plan.Currency, payment.Gateway, reason), wayOut)
}

// doubt looks for payments that should not be in Odoo: those that failed after they were registered are cancelled, those of
// cancelled orders reported. In a dry run it also says which are not there yet.
func (b *batch) doubt(ctx context.Context, doubtful []plannedPayment) error {
	if len(doubtful) == 0 {
		return nil
	}
	var references []string
	for _, p := range doubtful {
		references = append(references, mapping.PaymentReference(p.item.plan.Order.ExternalID))
	}
	found, err := account.FindReceipts(ctx, b.erp, references)
	if err != nil {
		return err
	}
	there := make(map[odoo.ExternalID]account.Registered, len(found))
	for _, r := range found {
		there[r.ExternalID] = r
	}
	for _, p := range doubtful {
		r, known := there[p.ExternalID]
		i := p.item
		switch {
		case i.err != nil || known && r.Cancelled:
		case !known:
			if b.dryRun && !p.Failed && i.plan.Target == mapping.TargetConfirmed {
				i.changes = append(i.changes, fmt.Sprintf("payment %s of %s to be registered", p.ID, p.Amount))
			}
		case p.Failed && b.dryRun:
			i.changes = append(i.changes, fmt.Sprintf("payment %s of %s to be cancelled: it failed", p.ID, p.Amount))
		case p.Failed:
			if err := b.takeBack(ctx, p, r); err != nil {
				return err
			}
		case i.plan.Target == mapping.TargetCancelled && !r.Reconciled:
			i.fail(StagePay, b.paymentConflict(i, p.PlannedPayment, "it is registered in Odoo, and the channel has cancelled the order and given the money back",
				"pay it out of the same journal in Odoo and match the two, or cancel the payment there, then import the order again"))
		}
	}
	return nil
}

// takeBack cancels a payment that failed after it was registered.
func (b *batch) takeBack(ctx context.Context, p plannedPayment, r account.Registered) error {
	err := account.CancelPayment(ctx, b.erp, r.ID)
	var matched *account.PaymentMatched
	switch {
	case err == nil:
		b.paid(p.item, fmt.Sprintf("payment %s of %s cancelled: it failed", p.ID, p.Amount))
		return nil
	case errors.As(err, &matched):
		err = b.paymentConflict(p.item, p.PlannedPayment, "the channel says that it failed, and it is matched with a settlement or a bank statement",
			"reverse it in Odoo with what the provider took back")
	case !odoo.Isolatable(err):
		return err
	}
	p.item.fail(StagePay, err)
	return nil
}

// register registers payments that were taken.
func (b *batch) register(ctx context.Context, taken []plannedPayment) error {
	journals := map[mapping.Ref]int64{}
	var receipts []account.Receipt
	var of []plannedPayment
	for _, p := range taken {
		if p.item.err != nil {
			continue
		}
		if _, known := journals[p.Journal]; !known {
			var err error
			if journals[p.Journal], err = b.paymentJournal(ctx, b.planner.Rules(), p.Gateway, p.Journal); err != nil {
				return err
			}
		}
		day := p.At
		if day.IsZero() {
			day = p.item.order.PlacedAt
		}
		receipts = append(receipts, account.Receipt{
			ExternalID: p.ExternalID, Order: p.item.odoo.ID, Journal: journals[p.Journal], Amount: p.Amount, Date: odoo.NewDate(day.UTC()), Ref: p.ID,
			Reference: mapping.PaymentReference(p.item.plan.Order.ExternalID),
		})
		of = append(of, p)
	}
	if len(receipts) == 0 {
		return nil
	}
	results, err := account.RegisterReceipts(ctx, b.erp, receipts)
	if err != nil {
		return err
	}
	orders, items := map[int64]int64{}, map[int64]*item{}
	for n, result := range results {
		p := of[n]
		var cancelled *account.PaymentCancelled
		switch {
		case errors.As(result.Err, &cancelled):
			b.log.InfoContext(ctx, "payment was cancelled in Odoo: left alone", "order", p.item.order.Key.String(), "payment", p.ID)
		case result.Err != nil:
			p.item.fail(StagePay, result.Err)
		default:
			if !result.Reconciled { // what is matched in full is left alone, so that a run costs what is open
				orders[result.ID], items[p.item.odoo.ID] = p.item.odoo.ID, p.item
			}
			// It is journalled at each run, under the same name: one that was cut off leaves that to the next.
			p.item.record(canonical.EventOrderPaid, "payments registered")
			if result.New {
				b.paid(p.item, fmt.Sprintf("payment %s of %s registered", p.ID, p.Amount))
			}
		}
	}
	if len(orders) == 0 {
		return nil
	}
	_, failed, err := account.MatchReceipts(ctx, b.erp, orders)
	if err != nil {
		return err
	}
	for order, err := range failed {
		items[order].fail(StagePay, err)
	}
	return nil
}

// paid notes what became of a payment.
func (b *batch) paid(i *item, change string) {
	i.changes = append(i.changes, change)
	if i.outcome == "" || i.outcome == Unchanged {
		i.outcome = Updated
	}
}
