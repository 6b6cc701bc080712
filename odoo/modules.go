package odoo

import "strings"

// modules names the module that brings a model, by the longest prefix of the model's name.
var modules = []struct{ prefix, module string }{
	{"sale.order.template", "sale_management"},
	{"sale.", "sale (Sales)"},
	{"stock.", "stock (Inventory)"},
	{"delivery.", "delivery (Delivery Costs)"},
	{"account.", "account (Invoicing)"},
	{"payment.", "payment"},
	{"product.", "product"},
	{"uom.", "uom"},
	{"crm.team", "sales_team"},
	{"crm.", "crm"},
	{"loyalty.", "loyalty"},
	{"coupon.", "coupon"},
	{"purchase.", "purchase"},
	{"mrp.", "mrp (Manufacturing)"},
	{"helpdesk.", "helpdesk (Enterprise)"},
	{"website.", "website"},
	{"pos.", "point_of_sale"},
	{"repair.", "repair"},
	{"mail.", "mail"},
}

func moduleOf(model string) string {
	for _, m := range modules {
		if strings.HasPrefix(model, m.prefix) {
			return m.module
		}
	}
	return ""
}

func hintModel(model string) string {
	if module := moduleOf(model); module != "" {
		return "install the module " + module + " in this database"
	}
	return "check the name, and that the module that brings it is installed"
}
