package shopify

import (
	"slices"

	"github.com/retailsync/retailsync/canonical"
)

// status derives the order's state from its payment and from what was shipped: Shopify has no single word for it.
func status(source order, result canonical.Order) (canonical.Status, string) {
	var reason string
	switch {
	case !source.cancelledAt.IsZero():
		result.Status, reason = canonical.StatusCancelled, source.cancelReason
	case !source.closedAt.IsZero():
		return canonical.StatusClosed, ""
	default:
		result.Status, reason = byPayment(source, result)
	}
	derived := result.DerivedStatus()
	if derived != result.Status && derived != canonical.StatusConflict {
		reason = ""
	}
	return derived, reason
}

// byPayment is the state of an order of which nothing has been shipped.
func byPayment(source order, result canonical.Order) (canonical.Status, string) {
	switch source.financial {
	case "paid", "authorized", "partially_paid", "partially_refunded", "refunded":
		return canonical.StatusConfirmed, ""
	case "pending", "":
		if result.Totals.Grand.Shop.IsZero() {
			return canonical.StatusConfirmed, "" // nothing to pay
		}
		return canonical.StatusPending, ""
	case "expired", "voided":
		return canonical.StatusPending, "payment " + source.financial
	default:
		return canonical.StatusOther, ""
	}
}

// flags are what asks for a person: fraud that is suspected or still being looked for, a hold that somebody set.
func flags(source order, unknown words) canonical.Flags {
	result := canonical.Flags{Test: source.test, Business: source.business}
	switch source.recommendation {
	case "cancel", "investigate":
		result.Risk, result.Hold = true, true
	case "accept", "none", "":
	default:
		unknown.keep("risk_recommendation", source.id, source.recommendation)
	}
	if source.fulfillment == "on_hold" || slices.Contains(source.assessments, "pending") {
		result.Hold = true
	}
	return result
}
