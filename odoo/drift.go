package odoo

import "maps"

// drift is a field whose name or existence depends on the version.
type drift struct {
	model, field string // as in Odoo 19
	since        int    // the first version with that name
	was          string // its name before; "" if there was no such field
}

// drifts is the table of version differences that retail integrations meet, 14 to 19. Names, not meanings:
// a field that only changed what it means is for the package of its app.
var drifts = []drift{
	{"sale.order.line", "tax_ids", 19, "tax_id"},
	{"sale.order.line", "product_uom_id", 19, "product_uom"},
	{"sale.order.line", "extra_tax_data", 19, ""},
	{"sale.order.line", "analytic_distribution", 16, ""},
	{"sale.order", "locked", 17, ""},
	{"sale.order", "stock_reference_ids", 19, "procurement_group_id"},
	{"product.product", "is_storable", 18, ""},
	{"product.template", "is_storable", 18, ""},
	{"stock.move", "quantity", 17, "quantity_done"},
	{"stock.move", "picked", 17, ""},
	{"stock.move", "reference_ids", 19, "group_id"},
	{"stock.move.line", "quantity", 17, "qty_done"},
	{"stock.move.line", "picked", 17, ""},
	{"stock.picking", "move_ids", 16, "move_lines"},
	{"stock.picking", "return_id", 17, ""},
	{"stock.picking", "return_ids", 17, ""},
	{"account.tax", "price_include_override", 18, ""},
	{"account.move", "reversal_move_ids", 18, "reversal_move_id"},
	{"account.move", "origin_payment_id", 18, "payment_id"},
	{"account.move", "checked", 18, "to_check"},
	{"account.move.line", "analytic_distribution", 16, ""},
	{"account.account", "account_type", 16, "user_type_id"},
	{"account.account", "company_ids", 18, "company_id"},
	{"account.payment", "memo", 18, "ref"},
	{"payment.transaction", "provider_id", 16, "acquirer_id"},
	{"payment.transaction", "provider_reference", 16, "acquirer_reference"},
	{"res.users", "group_ids", 19, "groups_id"},
	{"res.groups", "user_ids", 19, "users"},
}

// newModels are models whose name changed: the name in Odoo 19, since when, and before.
var newModels = []drift{
	{model: "payment.provider", since: 16, was: "payment.acquirer"},
	{model: "stock.lot", since: 16, was: "stock.production.lot"},
	{model: "stock.route", since: 16, was: "stock.location.route"},
	{model: "stock.package", since: 19, was: "stock.quant.package"},
	{model: "stock.reference", since: 19, was: "procurement.group"},
	{model: "account.move.send", since: 17, was: "account.invoice.send"},
}

// FieldName returns the name that a field of Odoo 19 has in the server's version, and whether the version
// has it. A field that is not in the package's table of version differences keeps its name. Whether this
// database really has it, with its modules, is for [Client.Fields] to say.
func (c *Client) FieldName(model, field string) (string, bool) {
	return fieldName(c.version, model, field)
}

func fieldName(v Version, model, field string) (string, bool) {
	for i := range drifts {
		d := &drifts[i]
		if d.field != field || d.model != model || v.AtLeast(d.since) {
			continue
		}
		return d.was, d.was != ""
	}
	return field, true
}

// ModelName returns the name that a model of Odoo 19 has in the server's version.
func (c *Client) ModelName(model string) string {
	for _, d := range newModels {
		if d.model == model && !c.version.AtLeast(d.since) {
			return d.was
		}
	}
	return model
}

// fieldModules names the modules that bring fields to the models of other modules.
var fieldModules = map[string]map[string]string{
	"sale.order": {
		"warehouse_id": "sale_stock", "picking_ids": "sale_stock", "delivery_status": "sale_stock", "carrier_id": "delivery",
		"sale_order_template_id": "sale_management", "website_id": "website_sale",
	},
	"sale.order.line": {
		"is_delivery": "delivery", "move_ids": "sale_stock", "route_id": "sale_stock", "route_ids": "sale_stock",
		"reward_id": "sale_loyalty", "coupon_id": "sale_loyalty",
	},
	"product.product":  {"is_storable": "stock", "qty_available": "stock", "free_qty": "stock", "virtual_available": "stock"},
	"product.template": {"is_storable": "stock", "qty_available": "stock", "virtual_available": "stock"},
	"stock.picking":    {"carrier_id": "stock_delivery (delivery before 17)", "carrier_tracking_ref": "stock_delivery (delivery before 17)", "sale_id": "sale_stock"},
	"stock.move":       {"sale_line_id": "sale_stock"},
	"res.partner":      {"property_account_position_id": "account", "property_payment_term_id": "account", "property_product_pricelist": "product"},
}

// fieldSource says where a missing field would come from, "" if it is not known.
func fieldSource(model, field string) string {
	for _, d := range drifts {
		if d.model == model && d.field == field && d.was == "" {
			return field + " came with Odoo " + (Version{Major: d.since}).String()
		}
	}
	if module := fieldModules[model][field]; module != "" {
		return field + " is brought by the module " + module
	}
	return ""
}

// merged returns one context with the keys of both; the second wins.
func merged(first, second Context) Context {
	both := make(Context, len(first)+len(second))
	maps.Copy(both, first)
	maps.Copy(both, second)
	return both
}
