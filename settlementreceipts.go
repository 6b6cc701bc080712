package retailsync

import (
	"context"
	"errors"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo/account"
)

// settledReceipts are the payments that the order flow registered in the provider's journal for orders that entries name.
type settledReceipts struct {
	// open is what the provider has still to settle of them, whether their orders are invoiced or not.
	open []account.Unsettled
	// credit is what no invoice is matched with, by order, positive, in the currency of the order.
	credit map[int64]decimal.Decimal
}

// receipts reads the registered payments of orders, and first matches them with the invoices that are posted: what an entry pays is then
// the payment and not the invoice, so that no sale is booked twice.
func (t *settlementTask) receipts(ctx context.Context, orders map[int64]*settledOrder) (settledReceipts, error) {
	var all settledReceipts
	byReference := make(map[string]int64, len(orders))
	var references []string
	for id, order := range orders {
		byReference[order.reference] = id
		references = append(references, order.reference)
	}
	slices.Sort(references)
	found, err := account.FindReceipts(ctx, t.erp, references)
	if err != nil {
		return all, err
	}
	found = slices.DeleteFunc(found, func(r account.Registered) bool {
		return !r.Posted || r.Journal.ID != t.books.journal || r.ExternalID.Module != mapping.Module
	})
	if len(found) == 0 {
		return all, nil
	}
	of := map[int64]int64{}
	for _, r := range found {
		if !r.Reconciled {
			of[r.ID] = byReference[r.Reference]
		}
	}
	if len(of) > 0 && !t.DryRun {
		matched, failed, err := account.MatchReceipts(ctx, t.erp, of)
		if err != nil {
			return all, err
		}
		t.changed = t.changed || len(matched) > 0
		for _, failure := range failed {
			err = errors.Join(err, failure)
		}
		if err != nil {
			return all, err
		}
	}
	open, err := account.UnsettledReceipts(ctx, t.erp, found)
	if err != nil {
		return all, err
	}
	for _, r := range found {
		for _, u := range open[r.ID] {
			u.Order = byReference[r.Reference]
			all.open = append(all.open, u)
		}
	}
	if !t.DryRun {
		return all, nil
	}
	credit, err := account.CustomerCredit(ctx, t.erp, found)
	if err != nil {
		return all, err
	}
	var c exact.Calc
	all.credit = map[int64]decimal.Decimal{}
	for id, open := range credit {
		all.credit[of[id]] = c.Add(all.credit[of[id]], open)
	}
	return all, c.Err()
}

// foresee takes from what is open of invoices what a run that writes would match them with.
func (r settledReceipts) foresee(open []account.Unsettled) ([]account.Unsettled, error) {
	var c exact.Calc
	var left []account.Unsettled
	for _, u := range open {
		if credit := r.credit[u.Order]; credit.IsPos() && u.Kind == account.KindInvoice && !u.Payment && u.Residual.IsPos() {
			part := credit.Min(u.Residual)
			r.credit[u.Order], u.Residual = c.Sub(credit, part), c.Sub(u.Residual, part)
			if u.Residual.IsZero() {
				continue
			}
		}
		left = append(left, u)
	}
	return left, c.Err()
}
