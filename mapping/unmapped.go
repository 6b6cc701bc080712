package mapping

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/retailsync/retailsync/canonical"
)

// UnmappedError says that the rules do not tell what a value of the channel means in Odoo. Its text
// shows the rule to add. It holds no personal data.
type UnmappedError struct {
	// Kind is what has no rule.
	Kind UnmappedKind
	// Channel is whose rules lack it.
	Channel canonical.Channel
	// Key is the value in one line ("rate 25, country SE, included false, collector seller").
	Key string
	// Details are the parts of Key by the rules' own names.
	Details []Detail
	// Under is the place in the rules for Rule ("channels.woocommerce/main.taxes"); empty if Rule is
	// advice and not YAML.
	Under string
	// Rule is the YAML to add. What a person must fill in stands in angle brackets.
	Rule string
}

// Detail is one part of what has no rule.
type Detail struct{ Name, Value string }

// UnmappedKind is what has no rule.
type UnmappedKind string

// The kinds of values that need a rule.
const (
	UnmappedTax       UnmappedKind = "tax"
	UnmappedSKU       UnmappedKind = "sku"
	UnmappedLineKind  UnmappedKind = "line_kind"
	UnmappedCarrier   UnmappedKind = "carrier"
	UnmappedPayment   UnmappedKind = "payment"
	UnmappedPricelist UnmappedKind = "pricelist"
	UnmappedCurrency  UnmappedKind = "currency"
	UnmappedCountry   UnmappedKind = "country"
	UnmappedWarehouse UnmappedKind = "warehouse"
	UnmappedStatus    UnmappedKind = "status"
	UnmappedRounding  UnmappedKind = "rounding"
	UnmappedQuantity  UnmappedKind = "quantity"
)

// Error implements error.
func (e *UnmappedError) Error() string {
	kind := strings.ReplaceAll(string(e.Kind), "_", " ")
	if e.Kind == UnmappedSKU {
		kind = "SKU"
	}
	text := fmt.Sprintf("mapping: %s has no rule for the %s %s", e.Channel, kind, e.Key)
	switch {
	case e.Rule == "":
		return text
	case e.Under == "":
		return text + ": " + e.Rule
	case e.Kind == UnmappedSKU:
		return text + ": create the product in Odoo, set products.unknown, or add under " + e.Under + ": " + e.Rule
	default:
		return text + ": add under " + e.Under + ": " + e.Rule
	}
}

// Unmapped returns every [*UnmappedError] in err, joined and wrapped ones included, in order.
func Unmapped(err error) []*UnmappedError {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*UnmappedError
		for _, e := range joined.Unwrap() {
			all = append(all, Unmapped(e)...)
		}
		return all
	}
	if e, ok := err.(*UnmappedError); ok {
		return []*UnmappedError{e}
	}
	return Unmapped(errors.Unwrap(err))
}

// unmapped makes the error for a section of the channel's rules.
func (c Channel) unmapped(kind UnmappedKind, section, rule string, details ...Detail) *UnmappedError {
	parts := make([]string, len(details))
	for i, d := range details {
		parts[i] = d.Name + " " + d.Value
	}
	if len(details) == 1 {
		parts[0] = details[0].Value
	}
	under := join("channels", c.Name.String())
	if section != "" {
		under = join(under, section)
	}
	return &UnmappedError{Kind: kind, Channel: c.Name, Key: strings.Join(parts, ", "), Details: details, Under: under, Rule: rule}
}

// advise replaces the rule to add by advice that is not about the rules.
func (e *UnmappedError) advise(text string) *UnmappedError {
	e.Under, e.Rule = "", text
	return e
}

// quoted is text of a channel as it can stand in a rule, whatever it contains. YAML's double
// quotes read Go's escapes.
func quoted(text string) string { return strconv.QuoteToASCII(strings.TrimSpace(text)) }
