package medusa

import "github.com/retailsync/retailsync/canonical"

// status derives the order's state: Medusa's own stays "pending" until somebody closes the order.
func status(source order, result canonical.Order) (canonical.Status, string) {
	switch word := source.Status.String(); word {
	case "canceled":
		return canonical.StatusCancelled, ""
	case "draft":
		return canonical.StatusPending, "draft"
	case "completed", "archived":
		return canonical.StatusClosed, ""
	case "requires_action":
		return canonical.StatusOnHold, "requires action"
	case "pending":
	default:
		return canonical.StatusOther, ""
	}
	for i := range result.Lines {
		if result.Lines[i].Qty.Shipped.IsPos() {
			// Goods that have left are past any question of payment.
			result.Status = canonical.StatusConfirmed
			return result.DerivedStatus(), ""
		}
	}
	return byPayment(source, result)
}

// byPayment is the state of an order of which nothing has been shipped.
func byPayment(source order, result canonical.Order) (canonical.Status, string) {
	switch word := source.PaymentStatus.String(); word {
	case "authorized", "captured", "partially_captured", "partially_refunded", "refunded":
		return canonical.StatusConfirmed, ""
	case "requires_action":
		return canonical.StatusOnHold, "payment requires action"
	case "canceled":
		return canonical.StatusPending, "payment canceled"
	case "not_paid", "awaiting", "partially_authorized", "":
		if result.Totals.Grand.Shop.IsZero() {
			return canonical.StatusConfirmed, "" // nothing to pay
		}
		return canonical.StatusPending, ""
	default:
		return canonical.StatusOther, word
	}
}
