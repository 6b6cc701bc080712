// Package account reads and writes the accounting side of sale orders: invoices, credit notes, the payments of both, and
// bank statement lines, on Odoo 14 to 19.
//
// Each effect exists once, however often its call is repeated, by whichever process: credit notes, payments, statement lines and
// entries carry an External ID that Odoo writes in the same transaction; an invoice can only come from a wizard, and Odoo
// itself refuses to invoice twice what has been invoiced. Every function looks at what is there, does what is missing and
// carries on from where a process died or a person took over.
//
// A credit note is posted only when its untaxed amount, its tax by tax and its total are the drafted ones to the last
// minor unit; otherwise it stays a draft and the error is a [*TotalMismatch].
//
// # Before or after invoicing
//
// A credit note line that names a sale line lowers what Odoo counts as invoiced of it (qty_invoiced), from its draft on;
// if more is delivered (or ordered, for products invoiced as ordered) than is invoiced then, the order is to be invoiced again. So:
//
//   - Invoiced, and the goods are back: the return receipt (to_refund) has lowered the delivered quantity, the credit note lowers the
//     invoiced one, and there is nothing to invoice ("invoiced" on Odoo 19; 14 says "no" when less is invoiced than ordered).
//   - Invoiced, and the money goes first, or the customer keeps the goods, or the product is invoiced as ordered (shipping): the credit
//     note names its invoice, and not the sale line. [InsertCreditNote] links the line when it is called again after the receipt.
//   - Not invoiced, goods back: write no credit note. The receipt lowers the delivered quantity and the
//     invoice is for what was kept. [InsertCreditNote] refuses with a [*NotInvoiced].
//   - Not invoiced, and more is given back than goods (a fee, shipping, a goodwill amount): invoice first
//     ([InvoiceOrder]), then credit.
//
// # Rights
//
// Invoices need sales_team.group_sale_salesman_all_leads and account.group_account_invoice; credit notes and payments need
// account.group_account_invoice; statement lines and fee entries need account.group_account_user on 14 and
// account.group_account_basic or above on 19.
package account
