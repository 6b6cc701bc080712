package loop

import (
	"slices"
	"strings"

	"github.com/retailsync/retailsync/canonical"
)

// words say what Loop's words mean for one shop.
type words struct {
	channel, orders canonical.Channel
	outcomes        map[string]canonical.Resolution
	told            map[canonical.Disposition]string
}

// outcomes are the words for what the buyer gets for a line or, in all, for the return.
var outcomes = map[string]canonical.Resolution{
	"refund":       canonical.ResolutionRefund,
	"exchange":     canonical.ResolutionExchangeOther, // the same article is found by its SKU
	"store_credit": canonical.ResolutionStoreCredit,
	"storecredit":  canonical.ResolutionStoreCredit,
	"credit":       canonical.ResolutionStoreCredit,
	"gift_card":    canonical.ResolutionGiftCard,
	"giftcard":     canonical.ResolutionGiftCard,
	"gift":         canonical.ResolutionGiftCard,
}

// told are Loop's words for what was found. A wrong item is a grade there, not a disposition.
var told = map[canonical.Disposition]string{
	canonical.DispositionSellable:  "back_to_stock",
	canonical.DispositionRefurbish: "resale_hold",
	canonical.DispositionDamaged:   "recycle",
	canonical.DispositionMissing:   "missing",
}

// found is what Loop's words for the end and the condition of a unit mean, and the word that decided.
func found(outcome, condition string) (canonical.Disposition, string) {
	switch condition {
	case "incorrect_item":
		return canonical.DispositionWrongItem, condition
	case "missing":
		return canonical.DispositionMissing, condition
	}
	switch outcome {
	case "back_to_stock":
		return canonical.DispositionSellable, outcome
	case "resale_hold":
		return canonical.DispositionRefurbish, outcome
	case "recycle", "donate":
		return canonical.DispositionDamaged, outcome
	case "missing":
		return canonical.DispositionMissing, outcome
	case "":
		if condition == "junk" {
			return canonical.DispositionDamaged, condition
		}
		return canonical.DispositionPending, condition
	default:
		return canonical.DispositionPending, outcome
	}
}

// approval is what Loop's state means, and whether the return is finished.
func approval(state string) (canonical.ReturnApproval, bool) {
	switch strings.ToLower(state) {
	case "open":
		return canonical.ReturnApproved, false
	case "closed":
		return canonical.ReturnApproved, true
	case "cancelled", "canceled":
		return canonical.ReturnCancelled, true
	case "expired":
		return canonical.ReturnExpired, true
	default: // review, and what is not known: a person decides
		return canonical.ReturnRequested, false
	}
}

// logistics is where the goods are by the states of all labels.
func logistics(labels []string) canonical.ReturnLogistics {
	arrived, moving, issued := len(labels) > 0, false, false
	for _, label := range labels {
		switch strings.ToLower(label) {
		case "delivered":
			moving, issued = true, true
			continue
		case "in_transit", "out_for_delivery":
			moving, issued = true, true
		case "new", "pre_transit":
			issued = true
		}
		arrived = false
	}
	switch {
	case arrived:
		return canonical.ReturnArrived
	case moving:
		return canonical.ReturnInTransit
	case issued:
		return canonical.ReturnLabelIssued
	default:
		return canonical.ReturnUnsent
	}
}

// absent are the texts that Loop writes for nothing.
func absent(text string) bool { return slices.Contains([]string{"", "N/A", "n/a"}, text) }
