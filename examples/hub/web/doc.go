// Package web is the hub's pages for the people who operate it: what runs, what waits, what a person must decide, and the story of an order. They are
// made on the server from html/template; there is no script, no build step and nothing from elsewhere.
//
// Every page asks for the token as the password; the name that goes with it is kept in the audit trail beside what was decided. Whatever changes
// something is a POST from the same origin with a token of its form.
package web
