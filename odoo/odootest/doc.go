// Package odootest is an Odoo that runs inside a test: an http.Handler that speaks JSON-RPC and, as
// version 19, JSON-2, keeps its records in memory, and answers as a real Odoo 14 or 19 does for the
// models and methods that orders from retail channels and their deliveries need.
//
//	srv := odootest.Retail()      // or New(odootest.Version(14)) and Seed it yourself
//	defer srv.Close()
//	url := srv.Start()            // loopback; srv.Database(), srv.Login(), srv.APIKey()
//
// What it covers:
//
//   - /web/version, /json/version, /json/2/<model>/<method> (19 only), /jsonrpc with the services
//     common and object, /web/webclient/version_info; errors in the server's own shapes and statuses;
//   - every call is one transaction: an error leaves nothing behind, calls are serialized;
//   - create, read, write, unlink, search, search_count, search_read, fields_get, default_get,
//     name_search, get_external_id, load (External IDs, sub-rows, in-band messages, insert-if-absent),
//     message_post, context_get, has_group, and the sale order's actions;
//   - domains with &, |, !, dotted paths, active_test and the usual operators;
//   - sale orders: defaults, line and order amounts as Odoo computes them in exact decimals, taxes
//     (percent, fixed, division, groups, included or not, affecting later bases), discounts, both
//     rounding methods of the company, and extra_tax_data on 19;
//   - stock: warehouses with their locations and operation types, quants by location, package and lot, counts
//     (stock.quant in inventory mode, action_apply_inventory since 15), and the products' qty_available,
//     free_qty, incoming_qty, outgoing_qty and virtual_available by warehouse or location of the context;
//   - deliveries: confirmed orders make pickings, moves and move lines, which follow edits and cancellations;
//     reservation, picking by hand from and to any location, button_validate with back orders, the wizards
//     stock.backorder.confirmation and (before 17) stock.immediate.transfer, packages, carriers, tracking
//     references and links, corrections of what is done, returns by wizard, orders in another unit of measure
//     than the goods', and the lines' qty_delivered;
//   - invoices: sale.advance.payment.inv drafts what is to be invoiced of orders by their products' policies; account.move
//     of invoices and credit notes by create and load, with the lines of taxes and of what is to be paid; posting, numbers,
//     back to draft, cancelling; the orders' and lines' invoice_status, qty_invoiced, qty_to_invoice and invoice_ids; and
//     since 16 the match of a credit note with the invoice that it takes back;
//   - scrap orders, and to-dos on records;
//   - model access by group, as the modules sale, sale_stock, account and delivery install it;
//   - faults on request (Server.Fail) and a log of the calls (Server.Calls).
//
// What it does not cover: record rules, multi-company, other languages than English, currency rates
// (every rate is 1), pricelist rules (the list price is taken), fiscal positions that map taxes,
// automatic fiscal positions, down payments, accounts by product or repartition line, prices of more digits than
// invoices keep before 17 (Odoo computes the amounts from what was given), vendor bills, payments, the reversal
// wizard, statement lines, loyalty, addresses that
// contacts take over from their company, mail, reports, XML-RPC. Of stock it does not cover: moves in another
// unit than the goods', kits (their tests run on the real servers alone), routes with more than one step, putaway,
// removal strategies other than first in first out, reordering rules, serial numbers, owners, packages that move as a
// whole or in each other, exchanges, procurement groups, valuation, and Odoo's nightly clean-up of quants that are
// empty. All times of one call
// are when it began; in Odoo date_done can be seconds later than write_date. Ids
// and order numbers are counted from 1 and, like PostgreSQL's, are not given back by a rollback.
//
// The contract suite in the package contract runs the same cases against this server and against real
// Odoo 14 and 19. Use Define to add models or fields of your own.
package odootest
