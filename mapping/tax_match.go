package mapping

import (
	"strconv"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// TaxQuery is one tax of an order, as the rules see it.
type TaxQuery struct {
	// Code and Jurisdiction are the channel's words, if it gives them.
	Code, Jurisdiction string
	// Country is where the goods go, ISO 3166-1 alpha-2; empty if nobody says.
	Country string
	// Rate is in percent; RateKnown is false when the channel does not say.
	Rate      decimal.Decimal
	RateKnown bool
	// Included is whether the shop displayed prices with tax.
	Included bool
	// Collector remits the tax; empty means the seller.
	Collector canonical.Collector
}

// Tax returns the rule for a tax: of those that hold, the most specific one (see [TaxRule]). No
// rule is an [*UnmappedError].
func (c Channel) Tax(q TaxQuery) (TaxRule, error) {
	var best *TaxRule
	for i, rule := range c.Taxes {
		if !rule.holds(q) {
			continue
		}
		// Equally specific rules say the same (overlaps are refused when loaded); the selector decides
		// between them only so that the answer does not depend on their order.
		if best == nil || compareTaxRules(rule, *best) < 0 ||
			compareTaxRules(rule, *best) == 0 && rule.selector() < best.selector() {
			best = &c.Taxes[i]
		}
	}
	if best == nil {
		return TaxRule{}, c.unmappedTax(q)
	}
	return *best, nil
}

// holds reports whether all conditions of the rule hold for the tax.
func (t TaxRule) holds(q TaxQuery) bool {
	collector := q.Collector
	if collector == "" {
		collector = canonical.CollectorSeller
	}
	return t.collector() == collector &&
		(t.Code == "" || fold(t.Code) == fold(q.Code)) &&
		(t.Jurisdiction == "" || globMatches(t.Jurisdiction, q.Jurisdiction)) &&
		(t.Country == "" || strings.EqualFold(t.Country, q.Country)) &&
		(t.Rate == nil || q.RateKnown && t.Rate.Equal(q.Rate)) &&
		(t.Included == nil || *t.Included == q.Included)
}

func (c Channel) unmappedTax(q TaxQuery) error {
	var details []Detail
	var conditions []string
	add := func(name, value, yaml string, condition bool) {
		details = append(details, Detail{Name: name, Value: value})
		if condition {
			conditions = append(conditions, name+": "+yaml)
		}
	}
	if q.RateKnown {
		rate := q.Rate.Trim(0).String()
		add("rate", rate, rate, true)
	}
	if validCountry(q.Country) {
		add("country", q.Country, q.Country, true)
	}
	// Without a rate the rule needs another condition that pins the tax down.
	if strings.TrimSpace(q.Code) != "" {
		add("code", quoted(q.Code), quoted(q.Code), !q.RateKnown)
	}
	if strings.TrimSpace(q.Jurisdiction) != "" {
		add("jurisdiction", quoted(q.Jurisdiction), quoted(q.Jurisdiction), !q.RateKnown && strings.TrimSpace(q.Code) == "")
	}
	if !q.RateKnown && strings.TrimSpace(q.Code) == "" && strings.TrimSpace(q.Jurisdiction) == "" && q.Collector != canonical.CollectorChannel {
		conditions = append(conditions, `jurisdiction: "*"`)
	}
	add("included", strconv.FormatBool(q.Included), "", false)
	if q.Collector == canonical.CollectorChannel {
		add("collector", "channel", "channel", true)
		conditions = append(conditions, "treatment: omit")
	} else {
		add("collector", "seller", "", false)
		target := "<name of the Odoo tax>"
		if q.RateKnown && q.Rate.IsZero() {
			target = "<name of the Odoo tax, or none>"
		}
		conditions = append(conditions, "tax: "+target)
	}
	return c.unmapped(UnmappedTax, "taxes", "- {"+strings.Join(conditions, ", ")+"}", details...)
}
