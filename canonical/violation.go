package canonical

import (
	"cmp"
	"fmt"
	"strings"
)

// ValidationError lists everything that is wrong with an order or a return.
type ValidationError struct {
	// Key is the order's or the return's.
	Key        Key
	Violations []Violation
	// what is broken; empty: an order.
	what string
}

// Violation is one rule that an order breaks. It names the place and never a value of the buyer.
type Violation struct {
	// Path is the field, as in JSON: "lines[2].taxes[0].amount".
	Path    string
	Code    ViolationCode
	Message string
}

// ViolationCode names a rule, for programs.
type ViolationCode string

// The rules that [Order.Validate] and [Settlement.Validate] check.
const (
	ViolationMissing           ViolationCode = "missing"             // a value that must be given is not
	ViolationDuplicate         ViolationCode = "duplicate"           // an identifier occurs twice
	ViolationUnknownWord       ViolationCode = "unknown_word"        // an enum holds a word that is none of its values
	ViolationUnknownReference  ViolationCode = "unknown_reference"   // an identifier refers to nothing in the order
	ViolationCurrencyUnknown   ViolationCode = "currency_unknown"    // no ISO 4217 code
	ViolationPresentment       ViolationCode = "presentment"         // one of the two currencies is missing, or their signs differ
	ViolationMinorUnits        ViolationCode = "minor_units"         // a part of a minor unit where whole ones are required
	ViolationSign              ViolationCode = "sign"                // negative or positive where it must not be
	ViolationQuantity          ViolationCode = "quantity"            // quantities contradict each other
	ViolationPricedWhileClosed ViolationCode = "priced_while_closed" // everything is cancelled, yet money is left
	ViolationLineTotal         ViolationCode = "line_total"          // Total is not Subtotal less discounts
	ViolationDiscountTotal     ViolationCode = "discount_total"      // allocations do not sum to their discount
	ViolationBundle            ViolationCode = "bundle"              // a bundle and its members disagree
	ViolationTaxRate           ViolationCode = "tax_rate"            // a rate outside 0 to 100 percent
	ViolationTaxImplausible    ViolationCode = "tax_implausible"     // a tax far from its rate
	ViolationTotals            ViolationCode = "totals"              // a stated sum is not the sum of its parts
	ViolationPaymentExceeded   ViolationCode = "payment_exceeded"    // more refunded than captured
	ViolationExchange          ViolationCode = "exchange"            // the legs of a currency exchange do not face each other
	ViolationCountry           ViolationCode = "country"             // no ISO 3166-1 alpha-2 code
	ViolationNumberTooLong     ViolationCode = "number_too_long"     // arithmetic beyond 19 digits
)

// String returns "path: message".
func (v Violation) String() string { return v.Path + ": " + v.Message }

// Error names the order or return and every violation, the first twenty in full.
func (e *ValidationError) Error() string {
	const most = 20
	var b strings.Builder
	fmt.Fprintf(&b, "canonical: %s %s breaks %d rules: correct them at the channel or in its adapter:", cmp.Or(e.what, "order"), e.Key, len(e.Violations))
	for i, v := range e.Violations {
		if i == most {
			fmt.Fprintf(&b, " and %d more", len(e.Violations)-most)
			break
		}
		if i > 0 {
			b.WriteByte(';')
		}
		b.WriteByte(' ')
		b.WriteString(v.String())
	}
	return b.String()
}

// Has tells whether a violation with the path and code is there.
func (e *ValidationError) Has(path string, code ViolationCode) bool {
	for _, v := range e.Violations {
		if v.Path == path && v.Code == code {
			return true
		}
	}
	return false
}
