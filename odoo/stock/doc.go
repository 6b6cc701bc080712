// Package stock reads Odoo's stock: how much of each product is where, and what has changed since a moment.
//
//	reader := stock.NewReader(client)
//	for there, err := range reader.Availability(ctx, stock.Query{Warehouses: []int64{1, 2}}) { ... }
//
// # How it reads
//
// Odoo's own free_qty is computed for each product together with a forecast that nobody asked for. This package sums
// the quants instead (stock.quant: quantity less reserved_quantity), which is what free_qty is, in a few calls for
// thousands of products. Only kits, whose stock Odoo derives from their components, are asked of Odoo itself.
//
// # Deliveries
//
// [Reader.ChangedDeliveries] names the deliveries to customers that were done, or changed after that, since a cursor;
// [Reader.Deliveries] reads what was delivered of sale orders, line by line, with packages, carrier and tracking.
//
// # Changes
//
// [Reader.Changes] names the products whose stock may have changed since a cursor, at a cost in proportion to what
// changed and not to the catalog. [Reader.Follow] says beside it what is there now, at Odoo 19 in the same round of calls.
//
// Quantities are exact decimals in the product's own unit of measure. Everything here only reads, is safe to repeat,
// and works alike on Odoo 14 to 19.
package stock
