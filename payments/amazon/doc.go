// Package amazon reads the settlement reports of Amazon marketplaces: the flat file V2 that Amazon schedules by itself
// (GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2) as a [canonical.Settlement].
//
// # Streams
//
// [Rows] yields one entry after the other and keeps none, so that a report of millions of rows takes no more memory than one of
// ten. [Read] collects them. Both end with the check that the amounts sum to the report's total.
//
// # Forms
//
// The columns are found by their names. Amounts are read with a decimal point or a decimal comma, with or without separators
// between thousands, as the report writes them; a number that could be either is read as the rest of the report is, and one that
// contradicts it is an error, never a guess. Times are UTC as Amazon writes them; a form of dates that names no zone, or puts
// the month first, must be said by an option.
//
// # Kinds
//
// What a row is follows from its transaction type, amount type and description ([Kind]); a word that is not known is
// [canonical.EntryOther] with the words kept, and rules decide. Tax that the marketplace withholds stays apart from the sale.
package amazon
