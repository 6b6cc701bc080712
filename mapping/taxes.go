package mapping

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// TaxRule maps one tax of a channel. Code, Jurisdiction, Country, Rate, Included and Collector
// are its conditions: all that are given must hold. The rest is what becomes of the tax.
//
// Of several rules that hold the most specific one wins, whatever their order: one with a code
// before one without, then the narrower jurisdiction, then country, then rate, then included. Two
// rules that are equally specific and could hold for the same tax are refused when loaded.
type TaxRule struct {
	// Code is the channel's name of the tax.
	Code string `yaml:"code"`
	// Jurisdiction is a pattern of the channel's jurisdiction ("US-CA*").
	Jurisdiction string `yaml:"jurisdiction"`
	// Country is where the goods go, ISO 3166-1 alpha-2.
	Country string `yaml:"country"`
	// Rate is in percent (25 means 25 %). Nil: any rate, also an unknown one.
	Rate *decimal.Decimal `yaml:"rate"`
	// Included is whether the shop displayed prices with tax. Nil: either.
	Included *bool `yaml:"included"`
	// Collector remits the tax. Default: seller, so that no rule takes a channel-collected tax
	// by accident.
	Collector canonical.Collector `yaml:"collector"`

	// Tax is the Odoo tax of a tax that the seller collects, or none.
	Tax Ref `yaml:"tax"`
	// IncludedTax is its price-included twin: a second way to reach exact totals before Odoo 19.
	IncludedTax Ref `yaml:"included_tax"`
	// CentTax is a fixed tax of one minor unit on the same account, which corrects roundings of
	// the channel that percent arithmetic cannot give, before Odoo 19.
	CentTax Ref `yaml:"cent_tax"`

	// Treatment is what becomes of a tax that the channel collects. It never reaches the seller's
	// tax accounts.
	Treatment TaxTreatment `yaml:"treatment"`
	// Product is the clearing product of [TaxLine], by id or SKU.
	Product Ref `yaml:"product"`
}

// TaxTreatment is what becomes of a channel-collected tax.
type TaxTreatment string

// The treatments of channel-collected taxes.
const (
	// TaxOmit leaves the tax out of the order, whose total is then less than what the buyer paid.
	TaxOmit TaxTreatment = "omit"
	// TaxLine adds an untaxed line of a clearing product, so that the total is what the buyer paid.
	TaxLine TaxTreatment = "line"
)

// Rate is a pointer to a percentage, for rules written as Go values.
func Rate(percent decimal.Decimal) *decimal.Decimal { return &percent }

// collector is who remits the taxes that the rule is for.
func (t TaxRule) collector() canonical.Collector {
	if t.Collector == "" {
		return canonical.CollectorSeller
	}
	return t.Collector
}

func (t TaxRule) selector() string {
	var parts []string
	if t.Code != "" {
		parts = append(parts, fmt.Sprintf("code=%q", fold(t.Code)))
	}
	if t.Jurisdiction != "" {
		parts = append(parts, fmt.Sprintf("jurisdiction=%q", fold(t.Jurisdiction)))
	}
	if t.Country != "" {
		parts = append(parts, "country="+t.Country)
	}
	if t.Rate != nil {
		parts = append(parts, "rate="+t.Rate.Trim(0).String())
	}
	if t.Included != nil {
		parts = append(parts, fmt.Sprintf("included=%t", *t.Included))
	}
	return strings.Join(append(parts, "collector="+string(t.collector())), ",")
}

// compareTaxRules orders rules by how specific they are, the most specific first.
func compareTaxRules(a, b TaxRule) int {
	return cmp.Or(
		given(b.Code != "")-given(a.Code != ""),
		globRank(b.Jurisdiction)-globRank(a.Jurisdiction),
		given(b.Country != "")-given(a.Country != ""),
		given(b.Rate != nil)-given(a.Rate != nil),
		given(b.Included != nil)-given(a.Included != nil),
	)
}

// given counts a condition that a rule has.
func given(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// overlaps reports whether two rules are equally specific, can hold for the same tax and say
// different things about it.
func (t TaxRule) overlaps(other TaxRule) bool {
	if compareTaxRules(t, other) != 0 || t.collector() != other.collector() || t.sameTarget(other) {
		return false
	}
	return fold(t.Code) == fold(other.Code) &&
		globsOverlap(orAny(t.Jurisdiction), orAny(other.Jurisdiction)) &&
		t.Country == other.Country &&
		(t.Rate == nil || t.Rate.Equal(*other.Rate)) &&
		(t.Included == nil || *t.Included == *other.Included)
}

func orAny(pattern string) string {
	if pattern == "" {
		return "*"
	}
	return pattern
}

func (t TaxRule) sameTarget(other TaxRule) bool {
	return t.Tax == other.Tax && t.IncludedTax == other.IncludedTax && t.CentTax == other.CentTax &&
		t.Treatment == other.Treatment && t.Product == other.Product
}

func (t TaxRule) check(ps *problems, path string) {
	if t.Rate != nil && (t.Rate.IsNeg() || t.Rate.Cmp(decimal.Hundred) > 0) {
		ps.add(join(path, "rate"), fmt.Sprintf("%s is not a tax rate", t.Rate), "write percent, from 0 to 100: 25 means 25 %")
	}
	checkCountry(ps, join(path, "country"), t.Country)
	checkPattern(ps, join(path, "code"), t.Code)
	checkPattern(ps, join(path, "jurisdiction"), t.Jurisdiction)
	for _, named := range []struct {
		key string
		ref Ref
	}{{"tax", t.Tax}, {"included_tax", t.IncludedTax}, {"cent_tax", t.CentTax}, {"product", t.Product}} {
		checkRef(ps, join(path, named.key), named.ref)
	}
	switch {
	case !oneOf(ps, join(path, "collector"), t.Collector, canonical.CollectorSeller, canonical.CollectorChannel):
	case t.collector() == canonical.CollectorChannel:
		t.checkChannelCollected(ps, path)
	default:
		t.checkSellerCollected(ps, path)
	}
}

func (t TaxRule) checkSellerCollected(ps *problems, path string) {
	if t.Code == "" && t.Jurisdiction == "" && t.Rate == nil {
		ps.add(path, "the rule would take every rate", "give a rate, a code or a jurisdiction")
	}
	if t.Tax.IsZero() {
		ps.add(join(path, "tax"), "tax is missing", "name the Odoo tax or give its id, or write none")
	}
	if t.Treatment != "" {
		ps.add(join(path, "treatment"), "treatment is for taxes that the channel collects", "add collector: channel, or remove it")
	}
	if !t.Product.IsZero() {
		ps.add(join(path, "product"), "product is for taxes that the channel collects", "add collector: channel, or remove it")
	}
	if t.Tax.IsNone() {
		if t.Rate != nil && t.Rate.IsPos() {
			ps.add(join(path, "tax"), fmt.Sprintf("a tax of %s %% cannot map to none", t.Rate), "name the Odoo tax; only what the channel collects may be left out")
		}
		if !t.IncludedTax.IsZero() || !t.CentTax.IsZero() {
			ps.add(path, "included_tax and cent_tax correct a tax, and there is none", "remove them")
		}
	}
	for key, ref := range map[string]Ref{"included_tax": t.IncludedTax, "cent_tax": t.CentTax} {
		if !ref.IsZero() && (ref == t.Tax || ref.IsNone()) {
			ps.add(join(path, key), key+" must be another tax than tax", "name it, or remove the key")
		}
	}
}

func (t TaxRule) checkChannelCollected(ps *problems, path string) {
	for _, named := range []struct {
		key string
		ref Ref
	}{{"tax", t.Tax}, {"included_tax", t.IncludedTax}, {"cent_tax", t.CentTax}} {
		if !named.ref.IsZero() {
			ps.add(join(path, named.key), "a tax that the channel collects must not reach the seller's tax accounts", "write treatment: omit, or treatment: line with a clearing product")
		}
	}
	if !oneOf(ps, join(path, "treatment"), t.Treatment, TaxOmit, TaxLine) {
		return
	}
	switch t.Treatment {
	case "":
		ps.add(join(path, "treatment"), "treatment is missing", "write omit, or line with a clearing product")
	case TaxLine:
		if t.Product.IsZero() {
			ps.add(join(path, "product"), "treatment: line needs a product", "name the clearing product by SKU or id")
		}
	case TaxOmit:
		if !t.Product.IsZero() {
			ps.add(join(path, "product"), "product is never used", "write treatment: line, or remove product")
		}
	}
}
