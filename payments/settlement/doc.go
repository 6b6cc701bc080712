// Package settlement matches what a provider paid out with what was to be paid: the entries of a [canonical.Settlement] with the
// open items of orders and refunds. It is pure: it reads values and returns what is to be posted, and what a person must look at.
//
// [Match] puts each entry in one place only: a match with one or more items, a posting that needs no item (a fee), or an
// exception with a reason and the next step. A settlement whose entries do not sum to its payout is one exception and posts
// nothing. What an earlier import has posted is known by its [Digest] and left alone, so that importing again changes nothing.
//
// It takes time in proportion to the number of entries and items.
package settlement
