package odootest

import "slices"

// withPrices adds what prices follow from to the models: categories, rules of pricelists, exchange rates.
func withPrices(models []Model) []Model {
	for i := range models {
		switch m := &models[i]; m.Name {
		case "product.product":
			m.Fields = append(m.Fields,
				Field{Name: "categ_id", Label: "Product Category", Type: Many2One, Relation: "product.category", Default: 1, Indexed: true},
				Field{Name: "price", Type: Float, Digits: 2, Until: 15, compute: contextPrice},
				Field{Name: "weight", Type: Float, Digits: 2}, Field{Name: "weight_uom_name", Label: "Weight unit of measure label", Type: Char, compute: func(*env, *table, *record) any { return "kg" }},
			)
		case "product.pricelist":
			m.Fields = append(m.Fields, Field{Name: "item_ids", Label: "Pricelist Rules", Type: One2Many, Relation: "product.pricelist.item", Inverse: "pricelist_id"})
		}
	}
	return slices.Concat(models, priceModels())
}

func priceModels() []Model {
	bases := [][2]string{{"list_price", "Sales Price"}, {"standard_price", "Cost"}, {"pricelist", "Other Pricelist"}}
	return []Model{
		{Name: "product.category", Description: "Product Category", Fields: []Field{
			{Name: "name", Type: Char, Required: true}, {Name: "parent_id", Label: "Parent Category", Type: Many2One, Relation: "product.category", Indexed: true},
		}},
		{Name: "product.template.attribute.value", Description: "Product Template Attribute Value", Fields: []Field{
			{Name: "name", Type: Char}, {Name: "product_tmpl_id", Label: "Product Template", Type: Many2One, Relation: "product.template"}, {Name: "price_extra", Label: "Extra Price", Type: Float, Digits: 2},
		}},
		{Name: "res.currency.rate", Description: "Currency Rate", Fields: []Field{
			{Name: "name", Label: "Date", Type: Date, Required: true}, {Name: "currency_id", Type: Many2One, Relation: "res.currency"}, {Name: "rate", Type: Float, Default: 1},
			{Name: "company_id", Type: Many2One, Relation: "res.company", Default: 1},
		}},
		{Name: "product.pricelist.item", Description: "Pricelist Rule", Fields: []Field{
			{Name: "pricelist_id", Type: Many2One, Relation: "product.pricelist", Required: true, Indexed: true},
			{Name: "applied_on", Label: "Apply On", Type: Selection, Required: true, Default: "3_global", Selection: [][2]string{{"3_global", "All Products"}, {"2_product_category", "Product Category"}, {"1_product", "Product"}, {"0_product_variant", "Product Variant"}}},
			{Name: "product_tmpl_id", Label: "Product", Type: Many2One, Relation: "product.template"}, {Name: "product_id", Label: "Variant", Type: Many2One, Relation: "product.product"},
			{Name: "categ_id", Label: "Category", Type: Many2One, Relation: "product.category"},
			{Name: "min_quantity", Label: "Min. Quantity", Type: Float, Digits: 2}, {Name: "date_start", Label: "Start Date", Type: Datetime}, {Name: "date_end", Label: "End Date", Type: Datetime},
			{Name: "base", Label: "Based on", Type: Selection, Required: true, Default: "list_price", Selection: bases}, {Name: "base_pricelist_id", Label: "Other Pricelist", Type: Many2One, Relation: "product.pricelist"},
			{Name: "compute_price", Type: Selection, Required: true, Default: "fixed", Selection: [][2]string{{"fixed", "Fixed Price"}, {"percentage", "Discount"}, {"formula", "Formula"}}},
			{Name: "fixed_price", Type: Float, Digits: 2, Until: 18}, {Name: "fixed_price", Type: Float, Since: 19}, {Name: "percent_price", Label: "Percentage Price", Type: Float},
			{Name: "price_discount", Type: Float, Digits: 2}, {Name: "price_surcharge", Label: "Extra Fee", Type: Float, Digits: 2, Until: 18}, {Name: "price_surcharge", Label: "Extra Fee", Type: Float, Since: 19},
			{Name: "price_round", Label: "Price Rounding", Type: Float}, {Name: "price_min_margin", Label: "Min. Price Margin", Type: Float}, {Name: "price_max_margin", Label: "Max. Price Margin", Type: Float},
		}},
	}
}
