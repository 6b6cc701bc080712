package settlement

import (
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// Result is what is to be done about a settlement. Entries and items are named by their index in what was given to [Match]; each
// entry is in one place only.
type Result struct {
	Matches []Pairing
	// Direct are the entries that are posted without an item.
	Direct     []int
	Exceptions []Exception
	// Known are the entries that an earlier import has dealt with in the same form: nothing is to be done.
	Known []int
	// Open are the items that the settlement says nothing about. That is no exception: they may be in the next one.
	Open []int
}

// Pairing is entries that pay items.
type Pairing struct {
	By      Criterion
	Entries []int
	Items   []int
	// Difference is what the entries are more than the items, within a tolerance: to be posted as a difference.
	Difference decimal.Decimal
	// Rest is what stays open of the items, after a part was paid.
	Rest decimal.Decimal
}

// Criterion is what entries and items have in common.
type Criterion string

// The criteria, the most precise first.
const (
	ByRefund    Criterion = "refund"
	ByReference Criterion = "reference"
	ByLine      Criterion = "line"
	ByPayment   Criterion = "payment"
	ByOrder     Criterion = "order"
	ByNumber    Criterion = "number"
)

// Exception is something that a person must look at.
type Exception struct {
	Reason  Reason
	Entries []int
	// Items are those that the entries seem to be for.
	Items []int
	// Difference is what the entries are more than the items, with [ReasonAmount].
	Difference decimal.Decimal
	// Lost are the ids of entries with [ReasonVanished].
	Lost []string
	// Err is what the settlement breaks, with [ReasonUnbalanced].
	Err error
}

// Reason is why an entry could not be posted.
type Reason string

// The reasons of exceptions.
const (
	ReasonUnbalanced  Reason = "unbalanced"   // the settlement breaks its own rules: nothing of it is posted
	ReasonNoItem      Reason = "no_item"      // nothing is known that it is for
	ReasonNoReference Reason = "no_reference" // it does not say what it is for
	ReasonAmount      Reason = "amount"       // what it is for has another amount
	ReasonDoubled     Reason = "doubled"      // another entry says the same
	ReasonSettled     Reason = "settled"      // what it is for was in an earlier settlement
	ReasonCurrency    Reason = "currency"     // what it is for is in another currency
	ReasonKind        Reason = "kind"         // no rule says where this kind goes
	ReasonChanged     Reason = "changed"      // an earlier import had it in another form
	ReasonVanished    Reason = "vanished"     // an earlier import had entries that are gone
)

// NextStep says what a person can do about it.
func (r Reason) NextStep() string {
	switch r {
	case ReasonUnbalanced:
		return "fetch the settlement again; if it is still wrong, ask the provider, or correct the adapter or its rules"
	case ReasonNoItem:
		return "import the order or the refund that it names, then match again; if it is not yours, ask the provider"
	case ReasonNoReference:
		return "find out at the provider what it is for, then post it by hand or add a rule for its kind"
	case ReasonAmount:
		return "compare the order with the provider's payment: correct the order or refund, allow the difference by rule, or ask the provider"
	case ReasonDoubled:
		return "ask the provider whether it paid twice; if so, expect it to take one back"
	case ReasonSettled:
		return "look for the earlier settlement, then ask the provider why it pays again"
	case ReasonCurrency:
		return "look at the currency of the order and of its payment, then exchange by hand"
	case ReasonKind:
		return "add a rule for this kind of entry, then match again"
	case ReasonChanged:
		return "compare with what was posted, then correct that by hand"
	case ReasonVanished:
		return "ask the provider why entries were taken out, then correct what was posted by hand"
	}
	return "let a person look"
}

// Earlier is what earlier imports of a settlement have dealt with: the [Digest] of each entry, by its id.
type Earlier map[string]string

// Sum returns what the entries of the indices sum to.
func Sum(entries []canonical.SettlementEntry, indices []int) (decimal.Decimal, error) {
	var sum decimal.Decimal
	for _, i := range indices {
		var err error
		if sum, err = sum.Add(entries[i].Amount); err != nil {
			return decimal.Decimal{}, &canonical.RangeError{Op: "sum of entries"}
		}
	}
	return sum, nil
}
