package mapping

import (
	"maps"
	"slices"
	"strings"
)

// ProductRules say how the goods of a channel are found in Odoo.
type ProductRules struct {
	// Match is by what a product is found, in order. Default: sku, barcode.
	Match []ProductKey `yaml:"match"`
	// Unknown says what happens to an order with goods that Odoo does not have. Default:
	// [UnknownBlock].
	Unknown UnknownSKU `yaml:"unknown"`
	// Placeholder stands for unknown goods, by id or SKU; with [UnknownPlaceholder] only.
	Placeholder Ref `yaml:"placeholder"`
	// Aliases replace a channel's SKU by Odoo's before anything is looked up. One step only: an
	// alias of an alias is refused.
	Aliases map[string]string `yaml:"aliases"`
	// Units are the units of measure of Odoo (uom.uom) that the channel sells in, by the channel's SKU, as it is before aliases: what is one
	// piece at the channel is one of that unit in Odoo. A unit is named by its name, its External ID or its id, and must
	// measure the same thing as the product's own, which counts for every SKU that is not named.
	Units map[string]Ref `yaml:"units"`
}

// ProductKey is what goods are found by.
type ProductKey string

// The keys of goods.
const (
	ProductBySKU     ProductKey = "sku"     // product.product.default_code
	ProductByBarcode ProductKey = "barcode" // product.product.barcode
)

// UnknownSKU is what happens to an order with unknown goods.
type UnknownSKU string

// The policies for unknown goods.
const (
	UnknownBlock       UnknownSKU = "block"       // the order fails and says which SKU
	UnknownHold        UnknownSKU = "hold"        // the order is imported with the placeholder and not confirmed
	UnknownPlaceholder UnknownSKU = "placeholder" // the order is imported with the placeholder and confirmed
)

func (p ProductRules) check(ps *problems, path string) {
	for i, by := range p.Match {
		inner := index(path, "match", i)
		if by == "" {
			ps.add(inner, "an empty key", "write sku or barcode")
		}
		oneOf(ps, inner, by, ProductBySKU, ProductByBarcode)
		if slices.Index(p.Match, by) != i {
			ps.add(inner, "the key is here twice", "keep one of them")
		}
	}
	oneOf(ps, join(path, "unknown"), p.Unknown, UnknownBlock, UnknownHold, UnknownPlaceholder)
	checkRef(ps, join(path, "placeholder"), p.Placeholder)
	for _, from := range slices.Sorted(maps.Keys(p.Aliases)) {
		inner, to := join(join(path, "aliases"), from), p.Aliases[from]
		switch {
		case strings.TrimSpace(from) == "" || strings.TrimSpace(to) == "":
			ps.add(inner, "an empty SKU", "write both SKUs, or remove the line")
		case from == to:
			ps.add(inner, "an alias of itself", "remove the line")
		}
	}
	for _, sku := range slices.Sorted(maps.Keys(p.Units)) {
		checkUnits(ps, join(join(path, "units"), sku), sku, p.Units[sku])
	}
}

// Alias returns Odoo's SKU for a SKU of the channel: the alias, if there is one, otherwise the SKU itself.
func (p ProductRules) Alias(sku string) string {
	if alias, ok := p.Aliases[sku]; ok {
		return alias
	}
	return sku
}
