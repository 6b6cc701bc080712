package odootest

import "slices"

// standardModels are the models that the server starts with, fields of all series together.
func standardModels() []Model {
	return withBooks(slices.Concat(baseModels(), productModels(), saleModels(), accountModels(), stockModels()))
}

func baseModels() []Model {
	return []Model{
		{Name: "res.partner", Description: "Contact", Fields: []Field{
			{Name: "name", Type: Char, Indexed: true}, {Name: "active", Type: Boolean, Default: true},
			{Name: "is_company", Label: "Is a Company", Type: Boolean}, {Name: "parent_id", Label: "Related Company", Type: Many2One, Relation: "res.partner", Indexed: true},
			{Name: "child_ids", Label: "Contact", Type: One2Many, Relation: "res.partner", Inverse: "parent_id"},
			{Name: "email_normalized", Label: "Normalized Email", Type: Char, ReadOnly: true, compute: normalizedEmail},
			{Name: "commercial_partner_id", Label: "Commercial Entity", Type: Many2One, Relation: "res.partner", compute: commercialPartner},
			{Name: "type", Label: "Address Type", Type: Selection, Default: "contact", Selection: [][2]string{{"contact", "Contact"}, {"invoice", "Invoice Address"}, {"delivery", "Delivery Address"}, {"other", "Other Address"}}},
			{Name: "email", Type: Char, Indexed: true}, {Name: "phone", Type: Char}, {Name: "mobile", Type: Char, Until: 18},
			{Name: "street", Type: Char}, {Name: "street2", Type: Char}, {Name: "zip", Type: Char}, {Name: "city", Type: Char},
			{Name: "state_id", Label: "State", Type: Many2One, Relation: "res.country.state"}, {Name: "country_id", Type: Many2One, Relation: "res.country"},
			{Name: "vat", Label: "Tax ID", Type: Char}, {Name: "ref", Label: "Reference", Type: Char, Indexed: true}, {Name: "lang", Label: "Language", Type: Char, Default: "en_US"},
			{Name: "company_name", Type: Char}, {Name: "comment", Label: "Notes", Type: HTML}, {Name: "website", Type: Char},
			{Name: "company_id", Type: Many2One, Relation: "res.company"}, {Name: "user_id", Label: "Salesperson", Type: Many2One, Relation: "res.users"},
			{Name: "customer_rank", Type: Integer}, {Name: "color", Label: "Color Index", Type: Integer},
			{Name: "property_product_pricelist", Label: "Pricelist", Type: Many2One, Relation: "product.pricelist"},
			{Name: "property_account_position_id", Label: "Fiscal Position", Type: Many2One, Relation: "account.fiscal.position"},
		}, display: partnerName},
		{Name: "res.company", Description: "Companies", Fields: []Field{
			{Name: "name", Label: "Company Name", Type: Char, Required: true}, {Name: "partner_id", Type: Many2One, Relation: "res.partner"},
			{Name: "currency_id", Type: Many2One, Relation: "res.currency", Required: true}, {Name: "country_id", Type: Many2One, Relation: "res.country"},
			{Name: "tax_calculation_rounding_method", Type: Selection, Default: "round_per_line", Selection: [][2]string{{"round_per_line", "Round per Line"}, {"round_globally", "Round Globally"}}},
			{Name: "account_sale_tax_id", Label: "Default Sale Tax", Type: Many2One, Relation: "account.tax"},
			{Name: "account_price_include", Label: "Default Sales Price Include", Type: Selection, Since: 18, Default: "tax_excluded", Selection: [][2]string{{"tax_included", "Tax Included"}, {"tax_excluded", "Tax Excluded"}}},
		}},
		{Name: "res.currency", Description: "Currency", Fields: []Field{
			{Name: "name", Label: "Currency", Type: Char, Required: true, Indexed: true}, {Name: "symbol", Type: Char, Required: true}, {Name: "active", Type: Boolean, Default: true},
			{Name: "rounding", Label: "Rounding Factor", Type: Float, Digits: 6, Default: 0.01},
			{Name: "decimal_places", Type: Integer, ReadOnly: true, compute: func(e *env, _ *table, r *record) any { return int64(e.currencyOf(r.id).places) }},
			{Name: "rate", Label: "Current Rate", Type: Float, Default: 1},
		}},
		{Name: "res.country", Description: "Country", Fields: []Field{
			{Name: "name", Label: "Country Name", Type: Char, Required: true}, {Name: "code", Label: "Country Code", Type: Char, Indexed: true},
			{Name: "currency_id", Type: Many2One, Relation: "res.currency"}, {Name: "state_ids", Type: One2Many, Relation: "res.country.state", Inverse: "country_id"},
		}},
		{Name: "res.country.state", Description: "Country state", Fields: []Field{
			{Name: "name", Label: "State Name", Type: Char, Required: true}, {Name: "code", Label: "State Code", Type: Char, Required: true, Indexed: true},
			{Name: "country_id", Type: Many2One, Relation: "res.country", Required: true, Indexed: true},
		}},
		{Name: "res.users", Description: "User", Fields: []Field{
			{Name: "name", Type: Char}, {Name: "login", Type: Char, Required: true, Indexed: true}, {Name: "active", Type: Boolean, Default: true},
			{Name: "partner_id", Label: "Related Partner", Type: Many2One, Relation: "res.partner"}, {Name: "company_id", Type: Many2One, Relation: "res.company"},
			{Name: "lang", Type: Char, Default: "en_US"}, {Name: "tz", Label: "Timezone", Type: Char},
		}},
		{Name: "ir.config_parameter", Description: "System Parameter", NameField: "key", Fields: []Field{
			{Name: "key", Type: Char, Required: true, Indexed: true}, {Name: "value", Type: Text, Required: true},
		}},
		{Name: "decimal.precision", Description: "Decimal Precision", Fields: []Field{
			{Name: "name", Label: "Usage", Type: Char, Required: true}, {Name: "digits", Type: Integer, Required: true, Default: 2},
		}},
	}
}

func productModels() []Model {
	types := [][2]string{{"consu", "Consumable"}, {"service", "Service"}, {"product", "Storable Product"}}
	newTypes := [][2]string{{"consu", "Goods"}, {"service", "Service"}, {"combo", "Combo"}}
	return []Model{
		{Name: "uom.category", Description: "Product UoM Categories", Until: 18, Fields: []Field{{Name: "name", Label: "Unit of Measure Category", Type: Char, Required: true}}},
		{Name: "uom.uom", Description: "Product Unit of Measure", Fields: []Field{
			{Name: "name", Type: Char, Required: true}, {Name: "active", Type: Boolean, Default: true},
			{Name: "category_id", Label: "Category", Type: Many2One, Relation: "uom.category", Required: true, Until: 18},
			{Name: "factor", Label: "Ratio", Type: Float, Default: 1, Until: 18}, {Name: "factor_inv", Label: "Bigger Ratio", Type: Float, Until: 18, compute: inverseFactor},
			{Name: "uom_type", Label: "Type", Type: Selection, Default: "reference", Until: 18, Selection: [][2]string{{"bigger", "Bigger than the reference Unit of Measure"}, {"reference", "Reference Unit of Measure for this category"}, {"smaller", "Smaller than the reference Unit of Measure"}}},
			{Name: "relative_factor", Label: "Contains", Type: Float, Default: 1, Since: 19}, {Name: "relative_uom_id", Label: "Reference Unit", Type: Many2One, Relation: "uom.uom", Since: 19}, {Name: "factor", Label: "Absolute Quantity", Type: Float, Since: 19, compute: absoluteFactor},
			{Name: "rounding", Label: "Rounding Precision", Type: Float, Default: 0.01, Until: 18}, {Name: "rounding", Label: "Rounding Precision", Type: Float, Since: 19, compute: unitRounding},
		}},
		{Name: "product.tag", Description: "Product Tag", Since: 16, Fields: []Field{{Name: "name", Type: Char, Required: true}}},
		{Name: "product.template", Description: "Product", Fields: []Field{
			{Name: "name", Type: Char, Required: true}, {Name: "active", Type: Boolean, Default: true}, {Name: "sale_ok", Label: "Sales", Type: Boolean, Default: true},
			{Name: "type", Label: "Product Type", Type: Selection, Selection: types, Default: "consu", Until: 17}, {Name: "type", Label: "Product Type", Type: Selection, Selection: newTypes, Default: "consu", Since: 18},
			{Name: "is_storable", Label: "Track Inventory", Type: Boolean, Since: 18}, {Name: "product_variant_ids", Label: "Products", Type: One2Many, Relation: "product.product", Inverse: "product_tmpl_id"},
			{Name: "product_tag_ids", Label: "Tags", Type: Many2Many, Relation: "product.tag", Since: 16},
		}},
		{Name: "product.product", Description: "Product Variant", Fields: append(quantityFields(), []Field{
			{Name: "name", Type: Char, Required: true}, {Name: "default_code", Label: "Internal Reference", Type: Char, Indexed: true},
			{Name: "barcode", Type: Char, Indexed: true}, {Name: "active", Type: Boolean, Default: true}, {Name: "sale_ok", Label: "Sales", Type: Boolean, Default: true},
			{Name: "product_tmpl_id", Label: "Product Template", Type: Many2One, Relation: "product.template", Indexed: true},
			{Name: "type", Label: "Product Type", Type: Selection, Selection: types, Default: "consu", Until: 17}, {Name: "type", Label: "Product Type", Type: Selection, Selection: newTypes, Default: "consu", Since: 18}, {Name: "is_storable", Label: "Track Inventory", Type: Boolean, Since: 18}, {Name: "tracking", Label: "Tracking", Type: Selection, Required: true, Default: "none", Selection: [][2]string{{"serial", "By Unique Serial Number"}, {"lot", "By Lots"}, {"none", "By Quantity"}}},
			{Name: "list_price", Label: "Sales Price", Type: Float, Digits: 2, Default: 1}, {Name: "lst_price", Label: "Sales Price", Type: Float, compute: func(_ *env, t *table, r *record) any { return r.get(t.model.field("list_price")) }},
			{Name: "standard_price", Label: "Cost", Type: Float, Digits: 2}, {Name: "uom_id", Label: "Unit", Type: Many2One, Relation: "uom.uom", Required: true, Default: 1},
			{Name: "taxes_id", Label: "Sales Taxes", Type: Many2Many, Relation: "account.tax"}, {Name: "company_id", Type: Many2One, Relation: "res.company"},
			{Name: "currency_id", Type: Many2One, Relation: "res.currency", compute: func(e *env, _ *table, _ *record) any { return e.table("res.company").ref(e.company(), "currency_id") }},
			{Name: "description_sale", Label: "Sales Description", Type: Text},
			{Name: "invoice_policy", Type: Selection, Default: "order", Selection: [][2]string{{"order", "Ordered quantities"}, {"delivery", "Delivered quantities"}}},
			{Name: "additional_product_tag_ids", Label: "Variant Tags", Type: Many2Many, Relation: "product.tag", Since: 16}, {Name: "all_product_tag_ids", Type: Many2Many, Relation: "product.tag", Since: 16, compute: allTags},
			{Name: "stock_quant_ids", Label: "Stock Quant", Type: One2Many, Relation: "stock.quant", Inverse: "product_id"},
		}...), display: productName},
		{Name: "product.pricelist", Description: "Pricelist", Fields: []Field{
			{Name: "name", Type: Char, Required: true}, {Name: "active", Type: Boolean, Default: true},
			{Name: "currency_id", Type: Many2One, Relation: "res.currency", Required: true, Default: 1}, {Name: "company_id", Type: Many2One, Relation: "res.company"},
		}, display: pricelistName},
		{Name: "account.tax", Description: "Tax", Fields: []Field{
			{Name: "name", Label: "Tax Name", Type: Char, Required: true}, {Name: "active", Type: Boolean, Default: true},
			{Name: "amount", Type: Float, Digits: 4, Required: true}, {Name: "sequence", Type: Integer, Default: 1},
			{Name: "amount_type", Label: "Tax Computation", Type: Selection, Required: true, Default: "percent", Selection: [][2]string{{"group", "Group of Taxes"}, {"fixed", "Fixed"}, {"percent", "Percentage of Price"}, {"division", "Percentage of Price Tax Included"}}},
			{Name: "type_tax_use", Label: "Tax Type", Type: Selection, Required: true, Default: "sale", Selection: [][2]string{{"sale", "Sales"}, {"purchase", "Purchases"}, {"none", "None"}}},
			{Name: "price_include", Label: "Included in Price", Type: Boolean, Until: 17},
			{Name: "price_include", Label: "Included in Price", Type: Boolean, Since: 18, compute: priceInclude},
			{Name: "price_include_override", Label: "Included in Price", Type: Selection, Since: 18, Selection: [][2]string{{"tax_included", "Tax Included"}, {"tax_excluded", "Tax Excluded"}}},
			{Name: "include_base_amount", Label: "Affect Base of Subsequent Taxes", Type: Boolean}, {Name: "is_base_affected", Label: "Base Affected by Previous Taxes", Type: Boolean, Since: 15, Default: true},
			{Name: "children_tax_ids", Label: "Children Taxes", Type: Many2Many, Relation: "account.tax"},
			{Name: "country_id", Type: Many2One, Relation: "res.country", Since: 15}, {Name: "company_id", Type: Many2One, Relation: "res.company", Default: 1}, {Name: "description", Type: HTML},
		}},
		{Name: "account.fiscal.position", Description: "Fiscal Position", Fields: []Field{
			{Name: "name", Label: "Fiscal Position", Type: Char, Required: true}, {Name: "active", Type: Boolean, Default: true}, {Name: "company_id", Type: Many2One, Relation: "res.company", Default: 1},
			{Name: "country_id", Type: Many2One, Relation: "res.country"}, {Name: "auto_apply", Type: Boolean},
		}},
		{Name: "account.journal", Description: "Journal", Fields: []Field{
			{Name: "name", Type: Char, Required: true}, {Name: "code", Type: Char, Required: true}, {Name: "active", Type: Boolean, Default: true},
			{Name: "type", Type: Selection, Required: true, Selection: [][2]string{{"sale", "Sales"}, {"purchase", "Purchase"}, {"cash", "Cash"}, {"bank", "Bank"}, {"general", "Miscellaneous"}}},
			{Name: "company_id", Type: Many2One, Relation: "res.company", Default: 1}, {Name: "default_account_id", Label: "Default Account", Type: Many2One, Relation: "account.account"},
		}},
	}
}

func saleModels() []Model {
	states := [][2]string{{"draft", "Quotation"}, {"sent", "Quotation Sent"}, {"sale", "Sales Order"}, {"done", "Locked"}, {"cancel", "Cancelled"}}
	newStates := [][2]string{{"draft", "Quotation"}, {"sent", "Quotation Sent"}, {"sale", "Sales Order"}, {"cancel", "Cancelled"}}
	return []Model{
		{Name: "sale.order", Description: "Sales Order", Fields: []Field{
			{Name: "name", Label: "Order Reference", Type: Char, Required: true, Indexed: true},
			{Name: "state", Label: "Status", Type: Selection, ReadOnly: true, Default: "draft", Selection: states, Until: 16}, {Name: "state", Label: "Status", Type: Selection, ReadOnly: true, Default: "draft", Selection: newStates, Since: 17},
			{Name: "locked", Type: Boolean, Since: 17}, {Name: "company_id", Type: Many2One, Relation: "res.company", Required: true},
			{Name: "partner_id", Label: "Customer", Type: Many2One, Relation: "res.partner", Required: true, Indexed: true},
			{Name: "partner_invoice_id", Label: "Invoice Address", Type: Many2One, Relation: "res.partner", Required: true},
			{Name: "partner_shipping_id", Label: "Delivery Address", Type: Many2One, Relation: "res.partner", Required: true},
			{Name: "date_order", Label: "Order Date", Type: Datetime, Required: true}, {Name: "client_order_ref", Label: "Customer Reference", Type: Char, Indexed: true},
			{Name: "origin", Label: "Source Document", Type: Char, Indexed: true}, {Name: "note", Label: "Terms and conditions", Type: HTML}, {Name: "reference", Label: "Payment Ref.", Type: Char},
			{Name: "pricelist_id", Label: "Pricelist", Type: Many2One, Relation: "product.pricelist", Since: 16}, {Name: "pricelist_id", Label: "Pricelist", Type: Many2One, Relation: "product.pricelist", Until: 15, Required: true},
			{Name: "currency_id", Type: Many2One, Relation: "res.currency", ReadOnly: true}, {Name: "currency_rate", Type: Float, ReadOnly: true, Default: 1},
			{Name: "fiscal_position_id", Label: "Fiscal Position", Type: Many2One, Relation: "account.fiscal.position"},
			{Name: "user_id", Label: "Salesperson", Type: Many2One, Relation: "res.users"}, {Name: "team_id", Label: "Sales Team", Type: Many2One, Relation: "crm.team"},
			{Name: "warehouse_id", Type: Many2One, Relation: "stock.warehouse", Since: 15}, {Name: "warehouse_id", Type: Many2One, Relation: "stock.warehouse", Until: 14, Required: true},
			{Name: "picking_policy", Label: "Shipping Policy", Type: Selection, Required: true, Default: "direct", Selection: [][2]string{{"direct", "As soon as possible"}, {"one", "When all products are ready"}}},
			{Name: "carrier_id", Label: "Delivery Method", Type: Many2One, Relation: "delivery.carrier"}, {Name: "commitment_date", Label: "Delivery Date", Type: Datetime},
			{Name: "order_line", Label: "Order Lines", Type: One2Many, Relation: "sale.order.line", Inverse: "order_id"},
			{Name: "amount_untaxed", Label: "Untaxed Amount", Type: Monetary, ReadOnly: true}, {Name: "amount_tax", Label: "Taxes", Type: Monetary, ReadOnly: true}, {Name: "amount_total", Label: "Total", Type: Monetary, ReadOnly: true},
			{Name: "picking_ids", Label: "Transfers", Type: One2Many, Relation: "stock.picking", Inverse: "sale_id"}, {Name: "activity_ids", Label: "Activities", Type: One2Many, Relation: "mail.activity", ReadOnly: true, compute: activitiesOf},
			{Name: "invoice_ids", Label: "Invoices", Type: Many2Many, Relation: "account.move", ReadOnly: true, compute: invoicesOf}, {Name: "invoice_count", Type: Integer, ReadOnly: true, compute: invoiceCount},
			{Name: "invoice_status", Type: Selection, ReadOnly: true, compute: invoiceStatus, Selection: [][2]string{{"upselling", "Upselling Opportunity"}, {"invoiced", "Fully Invoiced"}, {"to invoice", "To Invoice"}, {"no", "Nothing to Invoice"}}},
		}},
		{Name: "sale.order.line", Description: "Sales Order Line", Fields: []Field{
			{Name: "order_id", Label: "Order Reference", Type: Many2One, Relation: "sale.order", Required: true, Indexed: true},
			{Name: "name", Label: "Description", Type: Text, Required: true}, {Name: "sequence", Type: Integer, Default: 10},
			{Name: "display_type", Type: Selection, Selection: [][2]string{{"line_section", "Section"}, {"line_note", "Note"}}},
			{Name: "product_id", Label: "Product", Type: Many2One, Relation: "product.product"}, {Name: "product_uom_qty", Label: "Quantity", Type: Float, Digits: 2, Required: true, Default: 1},
			{Name: "product_uom", Label: "Unit of Measure", Type: Many2One, Relation: "uom.uom", Until: 18}, {Name: "product_uom_id", Label: "Unit", Type: Many2One, Relation: "uom.uom", Since: 19},
			{Name: "price_unit", Label: "Unit Price", Type: Float, Digits: 2, Required: true, Until: 16}, {Name: "price_unit", Label: "Unit Price", Type: Float, Required: true, Since: 17},
			{Name: "discount", Label: "Discount (%)", Type: Float, Digits: 2},
			{Name: "tax_id", Label: "Taxes", Type: Many2Many, Relation: "account.tax", Until: 18}, {Name: "tax_ids", Label: "Taxes", Type: Many2Many, Relation: "account.tax", Since: 19},
			{Name: "extra_tax_data", Type: JSON, Since: 19}, {Name: "is_delivery", Label: "Is a Delivery", Type: Boolean}, {Name: "is_downpayment", Label: "Is a down payment", Type: Boolean},
			{Name: "price_subtotal", Label: "Subtotal", Type: Monetary, ReadOnly: true}, {Name: "price_tax", Label: "Total Tax", Type: Float, ReadOnly: true}, {Name: "price_total", Label: "Total", Type: Monetary, ReadOnly: true},
			{Name: "qty_delivered", Label: "Delivery Quantity", Type: Float, Digits: 2, ReadOnly: true}, {Name: "qty_invoiced", Label: "Invoiced Quantity", Type: Float, Digits: 2, ReadOnly: true},
			{Name: "qty_to_invoice", Label: "To Invoice Quantity", Type: Float, ReadOnly: true, compute: toInvoice}, {Name: "invoice_lines", Type: Many2Many, Relation: "account.move.line", mirror: "sale_line_ids"},
			{Name: "invoice_status", Type: Selection, ReadOnly: true, compute: lineInvoiceStatus, Selection: [][2]string{{"upselling", "Upselling Opportunity"}, {"invoiced", "Fully Invoiced"}, {"to invoice", "To Invoice"}, {"no", "Nothing to Invoice"}}},
			{Name: "untaxed_amount_invoiced", Label: "Untaxed Invoiced Amount", Type: Monetary, ReadOnly: true, compute: untaxedInvoiced},
			{Name: "move_ids", Label: "Stock Moves", Type: One2Many, Relation: "stock.move", Inverse: "sale_line_id"}, {Name: "qty_to_deliver", Label: "Qty To Deliver", Type: Float, Digits: 2, compute: toDeliver},
			{Name: "customer_lead", Label: "Lead Time", Type: Float}, {Name: "state", Label: "Order Status", Type: Selection, ReadOnly: true, related: "order_id.state", Selection: states},
			{Name: "currency_id", Type: Many2One, Relation: "res.currency", ReadOnly: true, related: "order_id.currency_id"}, {Name: "company_id", Type: Many2One, Relation: "res.company", ReadOnly: true, related: "order_id.company_id"},
			{Name: "order_partner_id", Label: "Customer", Type: Many2One, Relation: "res.partner", ReadOnly: true, related: "order_id.partner_id"},
		}, display: lineName},
		{Name: "ir.model", Description: "Models", Fields: []Field{{Name: "name", Label: "Model Description", Type: Char, Required: true}, {Name: "model", Type: Char, Required: true}}},
		{Name: "mail.activity.type", Description: "Activity Type", Fields: []Field{{Name: "name", Type: Char, Required: true}}},
		activityModel(),
		{Name: "crm.team", Description: "Sales Team", Fields: []Field{{Name: "name", Label: "Sales Team", Type: Char, Required: true}, {Name: "active", Type: Boolean, Default: true}, {Name: "company_id", Type: Many2One, Relation: "res.company"}}},
		{Name: "delivery.carrier", Description: "Shipping Methods", Fields: []Field{
			{Name: "name", Label: "Delivery Method", Type: Char, Required: true}, {Name: "active", Type: Boolean, Default: true}, {Name: "product_id", Label: "Delivery Product", Type: Many2One, Relation: "product.product", Required: true},
			{Name: "delivery_type", Label: "Provider", Type: Selection, Required: true, Default: "fixed", Selection: [][2]string{{"fixed", "Fixed Price"}, {"base_on_rule", "Based on Rules"}}}, {Name: "fixed_price", Type: Float}, {Name: "tracking_url", Label: "Tracking Link", Type: Char, Since: 17}, {Name: "company_id", Type: Many2One, Relation: "res.company"},
		}},
	}
}
