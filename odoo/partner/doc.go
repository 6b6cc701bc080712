// Package partner holds the operations on Odoo's contacts (res.partner) that the order flow is made
// of: insert customers and their addresses if absent, find customers by e-mail, write the fields that a
// channel owns.
//
// A customer and its addresses are inserted in one call; an address refers to its customer by External
// ID. As with orders, what exists is left untouched, and every call is safe to repeat.
package partner
