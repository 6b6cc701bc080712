package sale

import (
	"context"
	"fmt"

	"github.com/retailsync/retailsync/odoo"
)

// Confirm confirms quotations, all in one call where Odoo accepts that. There is one error per id, in
// order: nil means that the order is confirmed now, by whomever.
//
// The caller has seen that the orders are quotations. When Odoo refuses the batch, or nothing is known
// because the reply was lost, the states are read and what is left is confirmed in halves, so that one bad
// order costs a few calls and never the others. It is safe to repeat and to run concurrently.
func Confirm(ctx context.Context, client *odoo.Client, ids []int64) ([]error, error) {
	return act(ctx, client, "action_confirm", odoo.Unattended(), ids, Order.Open)
}

// Cancel cancels orders. It does not ask whether something has been delivered: the caller does.
// Errors are as in [Confirm].
//
// Source: Odoo 14 opens a wizard unless the context says disable_cancel_warning; Odoo 19 refuses to cancel a
// locked order.
func Cancel(ctx context.Context, client *odoo.Client, ids []int64) ([]error, error) {
	quiet := odoo.Context{"disable_cancel_warning": true}
	return act(ctx, client, "action_cancel", quiet, ids, func(o Order) bool { return o.State == StateCancel })
}

// act runs a button on orders until each is done or has its own error.
func act(ctx context.Context, client *odoo.Client, method string, with odoo.Context, ids []int64, done func(Order) bool) ([]error, error) {
	failures := make([]error, len(ids))
	position := make(map[int64]int, len(ids))
	for i, id := range ids {
		position[id] = i
	}
	pending := [][]int64{ids}
	for len(pending) > 0 {
		batch := pending[0]
		pending = pending[1:]
		if len(batch) == 0 {
			continue
		}
		err := client.Do(ctx, odoo.Call{Model: "sale.order", Method: method, IDs: batch, Context: with})
		if err == nil {
			continue
		}
		if ctx.Err() != nil {
			return nil, err
		}
		left, readErr := remaining(ctx, client, batch, done)
		if readErr != nil {
			return nil, fmt.Errorf("%w (and the states could not be read: %w)", err, readErr)
		}
		switch {
		case len(left) == 0:
		case len(left) < len(batch):
			pending = append(pending, left) // others finished some of them meanwhile
		case len(left) == 1:
			failures[position[left[0]]] = err
		case !odoo.Isolatable(err) && !odoo.Ambiguous(err):
			return nil, err
		default:
			pending = append(pending, left[:len(left)/2], left[len(left)/2:])
		}
	}
	return failures, nil
}

// remaining returns the ids that are not done yet; an order that is gone never will be.
func remaining(ctx context.Context, client *odoo.Client, ids []int64, done func(Order) bool) ([]int64, error) {
	orders, err := Read(ctx, client, ids)
	if err != nil {
		return nil, err
	}
	finished := make(map[int64]bool, len(orders))
	for _, order := range orders {
		finished[order.ID] = done(order)
	}
	var left []int64
	for _, id := range ids {
		if !finished[id] {
			left = append(left, id)
		}
	}
	return left, nil
}
