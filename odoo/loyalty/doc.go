// Package loyalty issues gift cards and store credit (e-wallets) as loyalty cards of Odoo, from version 16 on with the module
// loyalty. Odoo 14 has no loyalty: the functions return [*NotAvailable] there, and the way out is to leave the credit note open as the
// customer's credit.
package loyalty
