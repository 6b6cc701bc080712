// Package feed reads a shop's stream of changed orders without losing one while rows move.
//
// Shops page by number: page 3 is "the rows 200 to 299 of the sorted result". An order that changes
// between two pages moves to the end, all rows behind it move up by one, and one of them is never
// seen. So a [Feed] pages by value: each page asks for what changed at or after the last change that
// it has seen. Two things need more than that, and both are read by a closed window of time in the
// order of the ids, where rows can only leave:
//
//   - more orders with one and the same time than fit on a page (a bulk edit);
//   - pages whose sort order is not the order of time (WooCommerce sorts by local time, which runs
//     backwards for an hour each autumn).
//
// In a window the total tells how many rows have left since the last page; the next page begins
// that much earlier. What left has changed, so it comes again at the end of the stream.
//
// Positions come from the shop's own times, never from this machine's clock. A finished run is taken
// up again with an overlap, since a transaction that began earlier may have been committed later,
// and never later than the shop's clock stood when the run began, since an order with a time in the
// future would otherwise hide all others until then.
package feed
