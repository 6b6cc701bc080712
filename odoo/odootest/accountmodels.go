package odootest

// accountModels are invoices, credit notes and what they are booked on.
func accountModels() []Model {
	kinds := [][2]string{{"entry", "Journal Entry"}, {"out_invoice", "Customer Invoice"}, {"out_refund", "Customer Credit Note"}, {"in_invoice", "Vendor Bill"}, {"in_refund", "Vendor Credit Note"}, {"out_receipt", "Sales Receipt"}, {"in_receipt", "Purchase Receipt"}}
	paid := [][2]string{{"not_paid", "Not Paid"}, {"in_payment", "In Payment"}, {"paid", "Paid"}, {"partial", "Partially Paid"}, {"reversed", "Reversed"}, {"blocked", "Blocked"}, {"invoicing_legacy", "Invoicing App Legacy"}}
	displays := [][2]string{{"product", "Product"}, {"cogs", "Cost of Goods Sold"}, {"tax", "Tax"}, {"discount", "Discount"}, {"rounding", "Rounding"}, {"payment_term", "Payment Term"}, {"line_section", "Section"}, {"line_subsection", "Subsection"}, {"line_note", "Note"}}
	return []Model{
		{Name: "account.account", Description: "Account", Fields: []Field{
			{Name: "name", Label: "Account Name", Type: Char, Required: true}, {Name: "code", Type: Char, Required: true, Indexed: true},
			{Name: "account_type", Label: "Type", Type: Selection, Since: 16, Required: true, Selection: [][2]string{{"asset_receivable", "Receivable"}, {"asset_cash", "Bank and Cash"}, {"asset_current", "Current Assets"}, {"liability_current", "Current Liabilities"}, {"income", "Income"}, {"expense", "Expenses"}}},
			{Name: "reconcile", Label: "Allow Reconciliation", Type: Boolean}, {Name: "company_id", Type: Many2One, Relation: "res.company", Default: 1, Until: 17},
		}, display: accountName},
		{Name: "account.move", Description: "Journal Entry", Fields: []Field{
			{Name: "name", Label: "Number", Type: Char, Indexed: true, Default: "/", Until: 16}, {Name: "name", Label: "Number", Type: Char, Indexed: true, Since: 17},
			{Name: "move_type", Label: "Type", Type: Selection, Required: true, ReadOnly: true, Default: "entry", Selection: kinds},
			{Name: "state", Label: "Status", Type: Selection, Required: true, ReadOnly: true, Default: "draft", Selection: [][2]string{{"draft", "Draft"}, {"posted", "Posted"}, {"cancel", "Cancelled"}}},
			{Name: "payment_state", Label: "Payment Status", Type: Selection, ReadOnly: true, Default: "not_paid", Selection: paid},
			{Name: "journal_id", Type: Many2One, Relation: "account.journal", Required: true}, {Name: "company_id", Type: Many2One, Relation: "res.company", Default: 1},
			{Name: "partner_id", Type: Many2One, Relation: "res.partner", Indexed: true}, {Name: "currency_id", Type: Many2One, Relation: "res.currency", Required: true},
			{Name: "commercial_partner_id", Label: "Commercial Entity", Type: Many2One, Relation: "res.partner", ReadOnly: true, related: "partner_id.commercial_partner_id"},
			{Name: "partner_shipping_id", Label: "Delivery Address", Type: Many2One, Relation: "res.partner"}, {Name: "fiscal_position_id", Label: "Fiscal Position", Type: Many2One, Relation: "account.fiscal.position"},
			{Name: "date", Type: Date, Required: true}, {Name: "invoice_date", Label: "Invoice/Bill Date", Type: Date}, {Name: "invoice_date_due", Label: "Due Date", Type: Date},
			{Name: "ref", Label: "Reference", Type: Char, Indexed: true}, {Name: "payment_reference", Label: "Payment Reference", Type: Char}, {Name: "invoice_origin", Label: "Origin", Type: Char, Indexed: true},
			{Name: "invoice_user_id", Label: "Salesperson", Type: Many2One, Relation: "res.users"}, {Name: "team_id", Label: "Sales Team", Type: Many2One, Relation: "crm.team"}, {Name: "narration", Label: "Terms and Conditions", Type: HTML},
			{Name: "reversed_entry_id", Label: "Reversal of", Type: Many2One, Relation: "account.move", Indexed: true},
			{Name: "reversal_move_id", Label: "Reversal Move", Type: One2Many, Relation: "account.move", Inverse: "reversed_entry_id", Until: 16}, {Name: "reversal_move_ids", Label: "Reversal Move", Type: One2Many, Relation: "account.move", Inverse: "reversed_entry_id", Since: 17},
			{Name: "line_ids", Label: "Journal Items", Type: One2Many, Relation: "account.move.line", Inverse: "move_id"},
			{Name: "invoice_line_ids", Label: "Invoice lines", Type: One2Many, Relation: "account.move.line", Inverse: "move_id", compute: invoiceLines},
			{Name: "amount_untaxed", Label: "Untaxed Amount", Type: Monetary, ReadOnly: true}, {Name: "amount_tax", Label: "Tax", Type: Monetary, ReadOnly: true}, {Name: "amount_total", Label: "Total", Type: Monetary, ReadOnly: true},
			{Name: "amount_residual", Label: "Amount Due", Type: Monetary, ReadOnly: true}, {Name: "posted_before", Type: Boolean},
			{Name: "sequence_prefix", Type: Char, ReadOnly: true, Indexed: true}, {Name: "sequence_number", Type: Integer, ReadOnly: true},
		}, display: accountMoveName},
		{Name: "account.move.line", Description: "Journal Item", Fields: []Field{
			{Name: "move_id", Label: "Journal Entry", Type: Many2One, Relation: "account.move", Required: true, Indexed: true},
			{Name: "name", Label: "Label", Type: Char}, {Name: "sequence", Type: Integer, Default: 10, Until: 16}, {Name: "sequence", Type: Integer, Default: 100, Since: 17},
			{Name: "display_type", Type: Selection, Selection: [][2]string{{"line_section", "Section"}, {"line_note", "Note"}}, Until: 15}, {Name: "display_type", Type: Selection, Selection: displays, Default: "product", Since: 16},
			{Name: "exclude_from_invoice_tab", Type: Boolean, Until: 15},
			{Name: "product_id", Label: "Product", Type: Many2One, Relation: "product.product"}, {Name: "product_uom_id", Label: "Unit", Type: Many2One, Relation: "uom.uom"},
			{Name: "account_id", Type: Many2One, Relation: "account.account", Indexed: true}, {Name: "partner_id", Type: Many2One, Relation: "res.partner"},
			{Name: "quantity", Type: Float, Digits: 2, Default: 1}, {Name: "price_unit", Label: "Unit Price", Type: Float, Digits: 2, Until: 16}, {Name: "price_unit", Label: "Unit Price", Type: Float, Since: 17}, {Name: "discount", Label: "Discount (%)", Type: Float, Digits: 2},
			{Name: "tax_ids", Label: "Taxes", Type: Many2Many, Relation: "account.tax"}, {Name: "tax_line_id", Label: "Originator Tax", Type: Many2One, Relation: "account.tax"}, {Name: "extra_tax_data", Type: JSON, Since: 19},
			{Name: "price_subtotal", Label: "Subtotal", Type: Monetary, ReadOnly: true}, {Name: "price_total", Label: "Total", Type: Monetary, ReadOnly: true},
			{Name: "debit", Type: Monetary}, {Name: "credit", Type: Monetary}, {Name: "balance", Type: Monetary}, {Name: "amount_currency", Label: "Amount in Currency", Type: Monetary},
			{Name: "amount_residual", Label: "Residual Amount", Type: Monetary, ReadOnly: true}, {Name: "amount_residual_currency", Label: "Residual Amount in Currency", Type: Monetary, ReadOnly: true}, {Name: "reconciled", Type: Boolean, ReadOnly: true},
			{Name: "company_currency_id", Label: "Company Currency", Type: Many2One, Relation: "res.currency", ReadOnly: true, compute: companyCurrency},
			{Name: "date_maturity", Label: "Due Date", Type: Date}, {Name: "sale_line_ids", Label: "Sales Order Lines", Type: Many2Many, Relation: "sale.order.line", mirror: "invoice_lines"},
			{Name: "matched_debit_ids", Label: "Matched Debits", Type: One2Many, Relation: "account.partial.reconcile", Inverse: "credit_move_id"}, {Name: "matched_credit_ids", Label: "Matched Credits", Type: One2Many, Relation: "account.partial.reconcile", Inverse: "debit_move_id"},
			{Name: "parent_state", Label: "Status", Type: Selection, ReadOnly: true, related: "move_id.state", Selection: [][2]string{{"draft", "Draft"}, {"posted", "Posted"}, {"cancel", "Cancelled"}}},
			{Name: "move_name", Label: "Number", Type: Char, ReadOnly: true, related: "move_id.name"}, {Name: "date", Type: Date, ReadOnly: true, related: "move_id.date"}, {Name: "ref", Label: "Reference", Type: Char, ReadOnly: true, related: "move_id.ref"},
			{Name: "journal_id", Type: Many2One, Relation: "account.journal", ReadOnly: true, related: "move_id.journal_id"}, {Name: "currency_id", Type: Many2One, Relation: "res.currency", ReadOnly: true, related: "move_id.currency_id"},
		}},
		{Name: "account.partial.reconcile", Description: "Partial Reconcile", NameField: "id", Fields: []Field{
			{Name: "debit_move_id", Label: "Debit Move", Type: Many2One, Relation: "account.move.line", Required: true, Indexed: true}, {Name: "credit_move_id", Label: "Credit Move", Type: Many2One, Relation: "account.move.line", Required: true, Indexed: true},
			{Name: "amount", Type: Monetary},
		}},
		{Name: "sale.advance.payment.inv", Description: "Sales Advance Payment Invoice", NameField: "id", Fields: []Field{
			{Name: "advance_payment_method", Label: "Create Invoice", Type: Selection, Required: true, Default: "delivered", Selection: [][2]string{{"delivered", "Regular invoice"}, {"percentage", "Down payment (percentage)"}, {"fixed", "Down payment (fixed amount)"}}},
			{Name: "deduct_down_payments", Label: "Deduct down payments", Type: Boolean, Default: true}, {Name: "sale_order_ids", Label: "Sales Order", Type: Many2Many, Relation: "sale.order", Since: 16},
		}},
	}
}

// accountName shows the code before 18; from then on codes are a company's own.
func accountName(e *env, t *table, r *record) string {
	if e.series >= 18 {
		return t.str(r, "name")
	}
	return t.str(r, "code") + " " + t.str(r, "name")
}

// accountMoveName is how a move is shown: as a draft by its kind.
func accountMoveName(e *env, t *table, r *record) string {
	name, ref := t.str(r, "name"), t.str(r, "ref")
	if t.str(r, "state") == "draft" {
		draft := map[string]string{"out_invoice": "Draft Invoice", "out_refund": "Draft Credit Note", "entry": "Draft Entry"}[t.str(r, "move_type")]
		switch {
		case name != "" && name != "/":
			name = draft + " " + name
		case e.series < 16:
			name = draft + " (* " + itoa(r.id) + ")"
		default:
			name = draft
		}
	}
	if ref != "" {
		name += " (" + ref + ")"
	}
	return name
}

// invoiceLines are the lines that people write: neither taxes nor what is to be paid.
func invoiceLines(e *env, _ *table, r *record) any {
	t := e.table("account.move.line")
	var ids []int64
	for _, id := range t.by(t.model.field("move_id"), r.id) {
		if e.written(t.rows[id]) {
			ids = append(ids, id)
		}
	}
	return ids
}

// written reports whether a line is one of those, rather than one that Odoo adds.
func (e *env) written(r *record) bool {
	t := e.table("account.move.line")
	if e.series < 16 {
		return !t.truth(r, "exclude_from_invoice_tab")
	}
	kind := t.str(r, "display_type")
	return kind != "tax" && kind != "payment_term"
}

// companyCurrency is the currency of the books.
func companyCurrency(e *env, _ *table, _ *record) any {
	companies := e.table("res.company")
	for _, id := range companies.ids {
		return nilZero(companies.ref(companies.rows[id], "currency_id"))
	}
	return nil
}
