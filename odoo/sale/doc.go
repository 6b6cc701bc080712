// Package sale holds the operations on Odoo's sale orders that the order flow is made of:
// insert if absent, find, compare, change, confirm, cancel.
//
// # Exactly once
//
// Every order and every line carries an External ID. [Insert] creates what is missing and leaves what
// is there untouched, in one transaction of Odoo's own load(); it is safe to repeat after a lost
// reply and safe to run in several processes at once. [Confirm] and [Cancel] look at the state
// first and after an unknown outcome, and act only on what is left to do.
//
// # Versions
//
// Names that changed between Odoo 14 and 19 (tax_id and tax_ids, product_uom and product_uom_id, the
// locked state) are hidden here.
package sale
