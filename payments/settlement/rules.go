package settlement

import (
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// Rules say what may be posted without a person. The zero value allows nothing but exact matches.
type Rules struct {
	// Direct are the kinds that are posted to an account of their own, without an item: usually fees, withheld tax, reserves,
	// adjustments, transfers and exchanges; chargebacks where they are no items. See [DirectKinds]. A transfer that
	// names the payout that it returns always is: it goes where the payout is.
	Direct []canonical.EntryKind
	// Tolerances say how far a match may be off.
	Tolerances []Tolerance
	// Partial are the kinds of which a part may come in one settlement and the rest in another: the item stays open by the rest.
	Partial []canonical.EntryKind
}

// DirectKinds are the kinds that are nearly always posted without an item.
func DirectKinds() []canonical.EntryKind {
	return []canonical.EntryKind{
		canonical.EntryFee, canonical.EntryTaxWithheld, canonical.EntryReserve, canonical.EntryAdjustment, canonical.EntryTransfer, canonical.EntryExchange,
	}
}

// Tolerance allows a difference between entries and items, which is then posted as one.
type Tolerance struct {
	Kind     canonical.EntryKind
	Currency canonical.Currency
	// Most is the largest difference, in major units, either way.
	Most decimal.Decimal
}

func (r Rules) tolerates(kind canonical.EntryKind, currency canonical.Currency, difference decimal.Decimal) bool {
	return slices.ContainsFunc(r.Tolerances, func(t Tolerance) bool {
		return t.Kind == kind && t.Currency == currency && difference.CmpAbs(t.Most) <= 0
	})
}
