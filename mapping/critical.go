package mapping

import (
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// CriticalRules say which products a channel must hear of within seconds; the others wait for the next full
// comparison. A product is critical if any of the conditions holds; without any, all are.
type CriticalRules struct {
	// SKUs are patterns of Odoo's SKUs ("TS-*").
	SKUs []string `yaml:"skus"`
	// Tags are names of product tags in Odoo, which it has since version 16.
	Tags []string `yaml:"tags"`
	// Sold is for what sells fast.
	Sold SoldRule `yaml:"sold"`
}

// SoldRule holds for products of which at least so many units were delivered to customers in the last days.
type SoldRule struct {
	// Units are in the product's unit of measure. Default: the rule does not hold for any product.
	Units *decimal.Decimal `yaml:"units"`
	// Days is how far back to look. Required with Units; 366 at most.
	Days *int `yaml:"days"`
}

// IsZero reports whether nothing is said, so that all products are critical.
func (c CriticalRules) IsZero() bool {
	return len(c.SKUs) == 0 && len(c.Tags) == 0 && c.Sold.Units == nil && c.Sold.Days == nil
}

// HasSKU reports whether a pattern names the SKU.
func (c CriticalRules) HasSKU(sku string) bool {
	return sku != "" && slices.ContainsFunc(c.SKUs, func(pattern string) bool { return globMatches(pattern, sku) })
}

func (c CriticalRules) check(ps *problems, path string) {
	for _, list := range []struct {
		key   string
		texts []string
	}{{"skus", c.SKUs}, {"tags", c.Tags}} {
		for i, text := range list.texts {
			if strings.TrimSpace(text) == "" {
				ps.add(index(path, list.key, i), "the text is empty", "remove the entry, or write what is meant")
			}
		}
	}
	inner := join(path, "sold")
	switch {
	case c.Sold.Units == nil && c.Sold.Days == nil:
		return
	case c.Sold.Units == nil:
		ps.add(join(inner, "units"), "units is missing", "say from how many units on a product is critical")
	case !c.Sold.Units.IsPos():
		ps.add(join(inner, "units"), c.Sold.Units.String()+" is not above 0", "for example 10")
	}
	switch {
	case c.Sold.Days == nil:
		ps.add(join(inner, "days"), "days is missing", "say how many days to look back, for example 30")
	case *c.Sold.Days < 1 || *c.Sold.Days > 366:
		ps.add(join(inner, "days"), "not between 1 and 366", "for example 30")
	}
}
