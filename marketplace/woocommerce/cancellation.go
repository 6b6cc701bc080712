package woocommerce

import (
	"context"
	"fmt"
	"strings"

	"github.com/retailsync/retailsync/marketplace"
)

const (
	opPublishCancellation = "publish cancellation"
	// cancellationKey is the order's meta key that says by which cancellation of Odoo it was cancelled.
	cancellationKey = "_retailsync_cancellation"
)

// PublishCancellation implements [marketplace.CancellationPublisher]. Only whole orders are cancelled, by their status: the shop
// puts their units back to its stock, until the next level is published. A part is refused: the API
// changes a line's quantity only together with the amounts of a paid order, and what WooCommerce has for parts is a refund,
// which is a payment's matter. An order of which something has left is [marketplace.CodeConflict].
func (a *Adapter) PublishCancellation(ctx context.Context, cancellation marketplace.Cancellation) (marketplace.ShipmentResult, error) {
	order, err := a.standing(ctx, opPublishCancellation, cancellation.OrderID)
	if err != nil {
		return outcome(err)
	}
	refuse := func(code marketplace.Code, path, message string) (marketplace.ShipmentResult, error) {
		return outcome(a.fail(code, opPublishCancellation, path, message, nil))
	}
	shipped, err := a.shipped(opPublishCancellation, order.records())
	if err != nil {
		return outcome(err)
	}
	left := a.isDone(order) || anyShipped(shipped)
	word := order.Status.String()
	// All money of an order that was never shipped went back: it is cancelled as it is.
	gone := word == "cancelled" || word == "trash" || word == "refunded" && !left
	switch {
	case gone:
	case !cancellation.Whole:
		return refuse(marketplace.CodeInvalid, "lines", fmt.Sprintf("WooCommerce cancels whole orders only: refund the cancelled units of order %s in the shop", order.ID))
	case left:
		return refuse(marketplace.CodeConflict, "order", fmt.Sprintf("order %s is %q in the shop and something of it has left: it cannot be cancelled", order.ID, word))
	default:
		status, err := a.amend(ctx, opPublishCancellation, cancellation.OrderID, "cancelled", []map[string]any{{
			"key":   cancellationKey,
			"value": map[string]any{"reference": cancellation.Reference, "reason": cancellation.Reason},
		}})
		if err != nil {
			return outcome(err)
		}
		if status != "cancelled" {
			return refuse(marketplace.CodeConflict, "order", fmt.Sprintf("order %s is %q after it was cancelled: a plugin of the shop changes it", order.ID, status))
		}
	}
	result := marketplace.ShipmentResult{Outcome: marketplace.ShipmentConfirmed, Already: gone}
	if cancellation.Notify {
		sent, err := a.notify(ctx, opPublishCancellation, cancellation.OrderID, strings.TrimSpace("Your order has been cancelled. "+cancellation.Reason))
		if err != nil {
			return outcome(err)
		}
		result.Already = gone && !sent
	}
	return result, nil
}
