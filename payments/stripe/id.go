package stripe

import (
	"strings"

	api "github.com/stripe/stripe-go/v84"
)

// isID tells whether a text can be an id of Stripe's. Anything else must not get into a path: an empty one would ask for the list.
func isID(id string) bool {
	return id != "" && len(id) <= 255 && !strings.ContainsFunc(id, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_')
	})
}

func isIntent(id string) bool { return isID(id) && strings.HasPrefix(id, "pi_") }

// isCharge tells a charge of a card ("ch_…") or of another method ("py_…").
func isCharge(id string) bool {
	return isID(id) && (strings.HasPrefix(id, "ch_") || strings.HasPrefix(id, "py_"))
}

// isKey tells whether an idempotency key goes out as it is.
func isKey(key string) bool {
	return key != "" && len(key) <= 255 && !strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' })
}

// paymentID is what the account calls a payment of which the charge, its intent, or both are known.
func (a *Adapter) paymentID(intent *api.PaymentIntent, charge *api.Charge) string {
	if a.settings.byCharge && charge != nil && charge.ID != "" || intent == nil || intent.ID == "" {
		if charge == nil {
			return ""
		}
		return charge.ID
	}
	return intent.ID
}
