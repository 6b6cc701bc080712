package account

import (
	"context"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// OpenItem is a journal item that is not fully reconciled.
type OpenItem struct {
	ID      int64         `odoo:"id"`
	Move    odoo.Many2One `odoo:"move_id"`
	Account odoo.Many2One `odoo:"account_id"`
	Partner odoo.Many2One `odoo:"partner_id"`
	Name    string        `odoo:"name"`
	Ref     string        `odoo:"ref"`
	Date    odoo.Date     `odoo:"date"`
	// Balance and Residual are in the company's currency, negative for credits.
	Balance  decimal.Decimal `odoo:"balance"`
	Residual decimal.Decimal `odoo:"amount_residual"`
}

// OdooModel names the model.
func (OpenItem) OdooModel() string { return "account.move.line" }

// OpenItems returns the posted items of an account that allows reconciliation and that are still open, by id. It only reads.
func OpenItems(ctx context.Context, client *odoo.Client, account int64) ([]OpenItem, error) {
	return odoo.Find[OpenItem](ctx, client, odoo.And(
		odoo.Eq("account_id", account), odoo.Eq("reconciled", false), odoo.Eq("parent_state", StatePosted)))
}

// Reconcile matches posted journal items of one account with each other, as far as their amounts go. Items that are matched
// in full already are left out; it is safe to repeat.
func Reconcile(ctx context.Context, client *odoo.Client, items []int64) error {
	items = slices.Sorted(slices.Values(items))
	items = slices.Compact(items)
	open, err := unmatched(ctx, client, items)
	if err != nil || len(open) < 2 {
		return err
	}
	err = client.Call(ctx, odoo.Call{Model: "account.move.line", Method: "reconcile", IDs: open}, nil)
	if err == nil || ctx.Err() != nil {
		return err
	}
	left, readErr := unmatched(ctx, client, items) // the reply was lost, or somebody was first
	if readErr == nil && len(left) < 2 {
		return nil
	}
	return err
}

// unmatched returns the items that are open. Odoo refuses to reconcile others.
func unmatched(ctx context.Context, client *odoo.Client, items []int64) ([]int64, error) {
	rows, err := odoo.Read[payItem](ctx, client, items...)
	if err != nil {
		return nil, err
	}
	return openOf(rows), nil
}
