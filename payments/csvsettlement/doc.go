// Package csvsettlement reads the settlement reports of providers that have no adapter of their own: any report in columns, as
// [Rules] say that it is written. There is no code for a provider, so a new one is a matter of configuration.
//
// Rules name the columns, the decimal mark, the form and zone of dates, the words for the kinds of entries, the convention of
// signs, the encoding, and where the header and the footer are. What the rules do not say is not guessed: an unknown word becomes
// [canonical.EntryOther] with the word kept, and a number that does not fit the decimal mark is an error.
package csvsettlement
