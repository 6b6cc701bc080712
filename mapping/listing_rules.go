package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ListingRules say what a channel's listings take from Odoo's products.
type ListingRules struct {
	// Language is the language of the texts, such as de_DE. Default: the Odoo user's own.
	Language string `yaml:"language"`
	// Fields are Odoo's fields by the listing's: title, description, barcode, weight, hs_code, origin. A field is named
	// as on product.product, which has those of its template too, or over one link: "country_of_origin.code". Fields
	// that are not listed are left alone, and so are those that the channel owns (see [Ownership]).
	Fields map[string]string `yaml:"fields"`
	// Status says when a listing is for sale. Default: it is left alone.
	Status ListingStatusRules `yaml:"status"`
}

// ListingStatusRules choose the status of a listing. Of the conditions that hold the one that sells the least decides:
// archived before draft before active, whatever their order. Where none holds it is Otherwise.
type ListingStatusRules struct {
	When []ListingStatusRule `yaml:"when"`
	// Otherwise is active, draft or archived. Required with When.
	Otherwise string `yaml:"otherwise"`
}

// ListingStatusRule is one condition on a field of the product.
type ListingStatusRule struct {
	// Field is named as in [ListingRules.Fields]. Required.
	Field string `yaml:"field"`
	// Is is the value at which the condition holds: true or false, a number, a text or the key of a selection.
	// An empty field is "false". Required.
	Is string `yaml:"is"`
	// Status is active, draft or archived. Required.
	Status string `yaml:"status"`
}

// IsZero reports whether nothing is said, so that the status is left alone.
func (l ListingStatusRules) IsZero() bool { return len(l.When) == 0 && l.Otherwise == "" }

// Of returns the status of a product; value returns what a field holds.
func (l ListingStatusRules) Of(value func(field string) string) string {
	chosen, rank := l.Otherwise, -1
	for _, rule := range l.When {
		if at := slices.Index(listingStatuses(), rule.Status); at > rank && value(rule.Field) == rule.Is {
			chosen, rank = rule.Status, at
		}
	}
	return chosen
}

func (l ListingStatusRule) selector() string { return fmt.Sprintf("field=%s, is=%q", l.Field, l.Is) }

// listingStatuses are the statuses, the one that sells most first.
func listingStatuses() []string { return []string{"active", "draft", "archived"} }

// IsZero reports whether nothing is said: the channel's listings are left alone.
func (l ListingRules) IsZero() bool { return len(l.Fields) == 0 && l.Status.IsZero() }

const listingStatus = "status"

func listingFields() []string {
	return []string{"title", "description", "barcode", "weight", "hs_code", "origin"}
}

// FieldListing names a field of listings among those that have an owner.
func FieldListing(name string) Field { return Field("listing." + name) }

// OdooFields returns every field of Odoo that the rules read, sorted, each once.
func (l ListingRules) OdooFields() []string {
	fields := slices.Collect(maps.Values(l.Fields))
	for _, rule := range l.Status.When {
		fields = append(fields, rule.Field)
	}
	slices.Sort(fields)
	return slices.Compact(fields)
}

// OwnedListing returns the listing rules without the fields that the channel owns.
func (c Channel) OwnedListing() ListingRules {
	rules := c.Listings
	rules.Fields = map[string]string{}
	for name, field := range c.Listings.Fields {
		if c.Ownership.Owner(FieldListing(name)) == OwnerOdoo {
			rules.Fields[name] = field
		}
	}
	if c.Ownership.Owner(FieldListing(listingStatus)) != OwnerOdoo {
		rules.Status = ListingStatusRules{}
	}
	return rules
}

func (l ListingRules) check(ps *problems, path string) {
	if l.Language != "" && !validLanguage(l.Language) {
		ps.add(join(path, "language"), fmt.Sprintf("%q is no language code", shorten(l.Language)), "write Odoo's code, for example de_DE")
	}
	for _, name := range slices.Sorted(maps.Keys(l.Fields)) {
		inner := join(join(path, "fields"), name)
		if name == listingStatus {
			ps.addKey(inner, "the status has rules of its own", "write listings.status")
			continue
		}
		if knownKey(ps, inner, name, listingFields()...) {
			checkOdooField(ps, inner, l.Fields[name])
		}
	}
	status := join(path, "status")
	words := listingStatuses()
	for i, rule := range l.Status.When {
		inner := index(status, "when", i)
		checkOdooField(ps, join(inner, "field"), rule.Field)
		if rule.Is == "" {
			ps.add(join(inner, "is"), "the value is missing", "write the value at which the condition holds; \"false\" for an empty field")
		}
		if rule.Status == "" {
			ps.add(join(inner, "status"), "status is missing", "write active, draft or archived")
		}
		oneOf(ps, join(inner, "status"), rule.Status, words...)
	}
	oneOf(ps, join(status, "otherwise"), l.Status.Otherwise, words...)
	if len(l.Status.When) > 0 && l.Status.Otherwise == "" {
		ps.add(join(status, "otherwise"), "otherwise is missing", "write the status of products for which no condition holds")
	}
}

// checkOdooField checks the name of a field, with at most one link before it.
func checkOdooField(ps *problems, path, field string) {
	parts := strings.Split(field, ".")
	for _, part := range parts {
		if part == "" || strings.Trim(part, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" || len(parts) > 2 {
			ps.add(path, fmt.Sprintf("%q is no name of a field", shorten(field)), "write it as in Odoo, for example name, x_title or country_of_origin.code")
			return
		}
	}
}

func validLanguage(code string) bool {
	return len(code) >= 2 && len(code) <= 16 && strings.Trim(code, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_@") == ""
}
