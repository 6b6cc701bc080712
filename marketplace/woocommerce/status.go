package woocommerce

import "github.com/retailsync/retailsync/canonical"

// status translates the shop's word. Plugins add words of their own: those that the adapter sets itself are known, the others
// are kept, and rules say what they mean.
func (d decoder) status(word string, source order) (canonical.Status, string) {
	switch word {
	case "pending", "checkout-draft", "auto-draft":
		return canonical.StatusPending, ""
	case "failed":
		// The shopper may pay again on the same order.
		return canonical.StatusPending, "payment failed"
	case "on-hold":
		return canonical.StatusOnHold, ""
	case "processing":
		return canonical.StatusConfirmed, ""
	case "completed":
		return canonical.StatusShipped, ""
	case "cancelled":
		return canonical.StatusCancelled, ""
	case "trash":
		return canonical.StatusCancelled, "moved to the trash"
	case "refunded":
		// All money went back: before shipping that is a cancellation, after it the order is over.
		if source.Completed.IsEmpty() {
			return canonical.StatusCancelled, "refunded"
		}
		return canonical.StatusClosed, "refunded"
	case "":
		return canonical.StatusOther, ""
	case d.words.delivered:
		return canonical.StatusDelivered, ""
	case d.words.shipped:
		return canonical.StatusShipped, ""
	case d.words.partly:
		// What has left is with the shipments: WooCommerce's lines do not say.
		return canonical.StatusConfirmed, ""
	default:
		return canonical.StatusOther, ""
	}
}
