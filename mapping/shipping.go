package mapping

// ShippingRule maps shipping methods of the channel.
type ShippingRule struct {
	// Method is a pattern of the channel's method ("flat_rate*"). Required. Of several that match,
	// the one with the most literal characters wins.
	Method string `yaml:"method"`
	// Carrier is the Odoo delivery method.
	Carrier Ref `yaml:"carrier"`
	// Product is the product of the shipping line, by id or SKU. Default: lines.shipping, then the
	// carrier's own product.
	Product Ref `yaml:"product"`
}

func (s ShippingRule) selector() string { return fold(s.Method) }

func (s ShippingRule) check(ps *problems, path string) {
	if s.Method == "" {
		ps.add(join(path, "method"), "method is missing", "write the channel's word or a pattern; * stands for anything")
	}
	checkPattern(ps, join(path, "method"), s.Method)
	checkRef(ps, join(path, "carrier"), s.Carrier)
	checkRef(ps, join(path, "product"), s.Product)
	if s.Carrier.IsZero() && s.Product.IsZero() {
		ps.add(path, "the rule says nothing", "add carrier or product, or write carrier: none")
	}
}
