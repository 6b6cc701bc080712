// Package loyalty issues gift cards and store credit (e-wallets) as loyalty cards of Odoo, from version 16 on with the module
// loyalty. Before, and without the module, the functions return [*NotAvailable], and the way out is to leave the credit note open as the
// customer's credit.
//
// A card is a promise and no entry in the books: what it is worth is owed by the open credit note, or by the account of the gift card
// product that was sold.
//
// Issuing needs sales_team.group_sale_manager.
package loyalty
