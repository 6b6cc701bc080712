package shopify

import (
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// The gateways of what the shop itself owes the shopper.
const (
	gatewayGiftCard    = "gift_card"
	gatewayStoreCredit = "shopify_store_credit"
)

// paymentsOf decodes transactions and what they have brought in. A cash payment is what was handed over, so its rounding
// belongs to it; change that was given back is no refund, but it has not been paid either.
func paymentsOf(r *wire.Reader, result *canonical.Order, source order, unknown words) {
	const path = "transactions"
	calc, coin, paid := bags{r}, coinOf(*result), source.paid
	for _, entry := range source.transactions {
		kind, known := paymentKind(entry)
		if kind == "" {
			continue
		}
		if !known {
			unknown.keep("transaction_kind", entry.id, entry.kind)
		}
		status, known := paymentStatus(entry.status)
		if !known {
			unknown.keep("transaction_status", entry.id, entry.status)
		}
		sum := calc.add(path, entry.amount, entry.rounding)
		if status == canonical.PaymentSucceeded {
			switch {
			case entry.kind == "change":
				paid = calc.sub(path, paid, sum)
			case kind == canonical.PaymentSale || kind == canonical.PaymentCapture ||
				kind == canonical.PaymentGiftCard || kind == canonical.PaymentStoreCredit:
				paid = calc.add(path, paid, sum)
			}
		}
		result.Payments = append(result.Payments, canonical.Payment{
			ID: entry.id, ParentID: entry.parent, Gateway: entry.gateway,
			Kind: kind, Status: status, Amount: coin.amount(sum), At: entry.at,
		})
	}
	result.Totals.Paid = coin.amount(paid)
}

// paymentKind is empty for what is no payment; false for a word that is not known.
func paymentKind(entry transaction) (canonical.PaymentKind, bool) {
	switch entry.kind {
	case "authorization", "emv_authorization":
		return canonical.PaymentAuthorization, true
	case "sale", "capture":
		switch {
		case entry.gateway == gatewayGiftCard && !entry.amount.isZero():
			return canonical.PaymentGiftCard, true
		case entry.gateway == gatewayStoreCredit && !entry.amount.isZero():
			return canonical.PaymentStoreCredit, true
		case entry.kind == "capture":
			return canonical.PaymentCapture, true
		default:
			return canonical.PaymentSale, true
		}
	case "refund":
		return canonical.PaymentRefund, true
	case "void":
		return canonical.PaymentVoid, true
	case "change":
		return canonical.PaymentOther, true
	case "suggested_refund": // a proposal
		return "", true
	default:
		return canonical.PaymentOther, false
	}
}

func paymentStatus(word string) (canonical.PaymentStatus, bool) {
	switch word {
	case "success":
		return canonical.PaymentSucceeded, true
	case "pending", "awaiting_response":
		return canonical.PaymentPending, true
	case "failure", "error":
		return canonical.PaymentFailed, true
	default: // "unknown" is a word of Shopify's too: the outcome is open
		return canonical.PaymentPending, word == "unknown"
	}
}
