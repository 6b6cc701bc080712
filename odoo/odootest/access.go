package odootest

// standardAccess is who may do what with the standard models once the modules sale_management,
// sale_stock, delivery and account are installed.
func standardAccess(series int) map[string]map[string]string {
	const (
		user, system, erp, partner = "base.group_user", "base.group_system", "base.group_erp_manager", "base.group_partner_manager"
		sales, salesManager        = "sales_team.group_sale_salesman", "sales_team.group_sale_manager"
		stock, stockManager        = "stock.group_stock_user", "stock.group_stock_manager"
		invoice, accounts          = "account.group_account_invoice", "account.group_account_manager"
		accountant, auditor        = "account.group_account_user", "account.group_account_readonly"
		portal, products           = "base.group_portal", "product.group_product_manager"
	)
	if series < 19 {
		catalog := map[string]string{salesManager: "rwcu", stockManager: "rwcu", accounts: "rwcu", user: "r", system: "rwcu", stock: "r", sales: "r"}
		return map[string]map[string]string{
			"stock.location":      {salesManager: "r", stockManager: "rwcu", partner: "r", user: "r", sales: "r"},
			"stock.picking.type":  {stockManager: "rwcu", user: "r", stock: "r"},
			"stock.quant":         {stockManager: "r", user: "r", stock: "r"},
			"stock.picking":       {stockManager: "rwcu", salesManager: "rwcu", invoice: "rwc", portal: "r", auditor: "r", stock: "rwcu", sales: "rwc"},
			"stock.move":          {stockManager: "rwcu", salesManager: "rwcu", invoice: "rwc", auditor: "r", stock: "rwc", sales: "rwc"},
			"stock.move.line":     {stockManager: "rwcu", user: "rwcu", stock: "rwcu"},
			"stock.quant.package": {stockManager: "rwcu", user: "r", stock: "rwcu"}, "stock.production.lot": {stock: "rwcu"},
			"stock.scrap":          {stock: "rwc", stockManager: "rwcu"},
			"stock.return.picking": {stock: "rwc"}, "stock.return.picking.line": {stock: "rwcu"}, "stock.backorder.confirmation": {stock: "rwc"}, "stock.backorder.confirmation.line": {stock: "rwc"},
			"stock.immediate.transfer": {stock: "rwc"}, "stock.immediate.transfer.line": {stock: "rwc"},
			"res.partner": {salesManager: "rwc", stockManager: "rwc", accounts: "r", partner: "rwcu", user: "r", portal: "r", sales: "r"},
			"res.company": {erp: "rwcu", "*": "r"}, "res.currency": {accounts: "rwcu", system: "rwcu", "*": "r"},
			"res.country": {partner: "r", system: "rwcu", "*": "r"}, "res.country.state": {partner: "rwcu", "*": "r"}, "res.users": {erp: "rwcu", "*": "r"},
			"product.product": catalog, "product.template": catalog,
			"product.pricelist":       {salesManager: "rwcu", stockManager: "rwcu", partner: "r", user: "r", system: "rwcu", sales: "r"},
			"account.tax":             {invoice: "r", accounts: "rwcu", user: "r", auditor: "r", sales: "r"},
			"account.fiscal.position": {accounts: "rwcu", user: "r"},
			"account.journal":         {stockManager: "rw", invoice: "r", accounts: "rwcu", auditor: "r", sales: "r"},
			"account.account":         {salesManager: "r", stockManager: "r", invoice: "r", accounts: "rwcu", partner: "r", user: "r", auditor: "r", sales: "r"},
			"account.move":            {salesManager: "r", invoice: "rwcu", accounts: "r", portal: "r", auditor: "r", sales: "r"}, "account.move.line": {invoice: "rwcu", accounts: "r", portal: "r", auditor: "r", sales: "r"},
			"account.payment":           {invoice: "rwcu", auditor: "r"},
			"account.partial.reconcile": {stockManager: "rwcu", invoice: "rwcu", auditor: "r", accountant: "rwcu", sales: "r"}, "sale.advance.payment.inv": {sales: "rwc"},
			"sale.order":      {salesManager: "rwcu", invoice: "rw", portal: "r", auditor: "r", accountant: "rw", stock: "rw", sales: "rwc"},
			"sale.order.line": {invoice: "rw", portal: "r", auditor: "r", accountant: "rw", stock: "rw", sales: "rwcu"},
			"crm.team":        {salesManager: "rwcu", user: "r", sales: "r"}, "stock.warehouse": {stockManager: "rwcu", user: "r", sales: "r"},
			"delivery.carrier":  {salesManager: "rwcu", stockManager: "rwcu", partner: "r", stock: "r", sales: "r"},
			"uom.uom":           {salesManager: "rwcu", stockManager: "rwcu", user: "r", system: "rwcu", sales: "r"},
			"decimal.precision": {system: "rwcu"}, "ir.config_parameter": {system: "rwcu"},
		}
	}
	return map[string]map[string]string{
		"stock.location":     {sales: "r", salesManager: "r", partner: "r", stockManager: "rwcu", user: "r"},
		"stock.picking.type": {stock: "r", stockManager: "rwcu", user: "r"},
		"stock.quant":        {stock: "rwc", user: "r"},
		"stock.picking":      {sales: "rwc", salesManager: "rwcu", invoice: "rwc", stock: "rwcu", stockManager: "rwcu", portal: "r", auditor: "r"},
		"stock.move":         {sales: "rwc", salesManager: "rwcu", invoice: "rwc", stock: "rwc", stockManager: "rwcu", auditor: "r"},
		"stock.move.line":    {stock: "rwcu", stockManager: "rwcu", user: "rwcu"},
		"stock.package":      {stock: "rwcu", stockManager: "rwcu", user: "r"}, "stock.lot": {stock: "rwcu"},
		"stock.scrap":          {stock: "rwc", stockManager: "rwcu"},
		"stock.return.picking": {stock: "rwc"}, "stock.return.picking.line": {stock: "rwcu"}, "stock.backorder.confirmation": {stock: "rwc"}, "stock.backorder.confirmation.line": {stock: "rwc"},
		"product.tag": {products: "rwcu", user: "r"},
		"res.partner": {sales: "r", salesManager: "rwc", accounts: "r", partner: "rwcu", stockManager: "rwc", portal: "r", user: "r"},
		"res.company": {erp: "rwcu", portal: "r", user: "r"}, "res.currency": {accounts: "rwcu", system: "rwcu", portal: "r", user: "r"},
		"res.country": {partner: "r", system: "rwcu", portal: "r", user: "r"}, "res.country.state": {partner: "rwcu", portal: "r", user: "r"},
		"res.users": {erp: "rwcu", portal: "r", user: "r"}, "product.product": {products: "rwcu", stock: "r", user: "r", auditor: "r"},
		"product.template":        {products: "rwcu", stock: "r", user: "r"},
		"product.pricelist":       {sales: "r", salesManager: "rwcu", products: "rwcu", partner: "r", stockManager: "rwcu", user: "r"},
		"account.tax":             {sales: "r", invoice: "r", accounts: "rwcu", user: "r", auditor: "r"},
		"account.fiscal.position": {accounts: "rwcu", user: "r"},
		"account.journal":         {sales: "r", invoice: "r", accounts: "rwcu", stockManager: "rw", auditor: "r"},
		"account.account":         {sales: "r", invoice: "r", accounts: "rwcu", partner: "r", stockManager: "r", user: "r", auditor: "r"},
		"account.move":            {sales: "r", invoice: "rwcu", accounts: "r", portal: "r", auditor: "r"}, "account.move.line": {sales: "r", invoice: "rwcu", accounts: "r", portal: "r", auditor: "r"},
		"account.payment":           {invoice: "rwcu", auditor: "r"},
		"account.partial.reconcile": {sales: "r", invoice: "rwcu", stockManager: "rwcu", auditor: "r", accountant: "rwcu"}, "sale.advance.payment.inv": {sales: "rwc"},
		"sale.order":      {sales: "rwc", salesManager: "rwcu", invoice: "rw", stock: "rw", portal: "r", auditor: "r", accountant: "rw"},
		"sale.order.line": {sales: "rwcu", invoice: "rw", stock: "rw", portal: "r", auditor: "r", accountant: "rw"},
		"crm.team":        {sales: "r", salesManager: "rwcu", user: "r"}, "stock.warehouse": {sales: "r", stockManager: "rwcu", user: "r"},
		"delivery.carrier": {sales: "r", salesManager: "rwcu", partner: "r", stock: "r", stockManager: "rwcu", system: "r"},
		"uom.uom":          {sales: "r", products: "rwcu", system: "rwcu", user: "r"}, "uom.category": {products: "rwcu", user: "r"},
		"decimal.precision": {system: "rw"}, "ir.config_parameter": {system: "rwcu"},
	}
}

// groupName is how an error shows a group.
func groupName(group string, series int) string {
	names := map[string][2]string{
		"sales_team.group_sale_salesman": {"Sales/User: Own Documents Only", "Sales/User: Own Documents Only"},
		"sales_team.group_sale_manager":  {"Sales/Administrator", "Sales/Administrator"},
		"stock.group_stock_user":         {"Inventory/User", "Inventory/User"},
		"stock.group_stock_manager":      {"Inventory/Administrator", "Inventory/Administrator"},
		"account.group_account_invoice":  {"Invoicing/Billing", "Accounting/Invoicing"},
		"account.group_account_manager":  {"Invoicing/Billing Administrator", "Accounting/Administrator"},
		"account.group_account_user":     {"Technical/Show Full Accounting Features", "Show Full Accounting Features"},
		"account.group_account_readonly": {"Technical/Show Accounting Features - Readonly", "Show Accounting Features - Readonly"},
		"base.group_portal":              {"User types/Portal", "Role / Portal"},
		"base.group_system":              {"Administration/Settings", "Role / Administrator"},
		"base.group_erp_manager":         {"Administration/Access Rights", "Access Rights"},
		"base.group_partner_manager":     {"Extra Rights/Contact Creation", "Contact/Creation"},
		"product.group_product_manager":  {"Products/Create", "Products/Create"},
	}
	name, ok := names[group]
	switch {
	case !ok:
		return group
	case series < 19:
		return name[0]
	}
	return name[1]
}
