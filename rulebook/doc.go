// Package rulebook keeps the editions of a file of rules: which was put into service when, by whom and why, and the way back.
//
//	book, err := rulebook.Open("rules")
//	promotion, err := book.Promote(text, rulebook.Decision{By: "ann", Reason: "new VAT"}, true) // what would change, for which channel
//	rules, err := book.Rules()                                                                  // what is in service
//
// A book is a folder: a file for each edition, which never changes, and a log with a line for each promotion and roll back. Its last whole line says
// what is in service. Whenever the process dies, the book is as before or as after. Readers may open it at any time; one process at a time promotes.
package rulebook
