// Package contract holds the behaviour of Odoo that the library relies on as cases, and runs them
// against any server: the in-process one of odootest as version 14 and 19, and real Odoo 14 and 19.
// Expectations are the same for all; what differs between the versions is data in the cases.
//
// The cases speak plain HTTP, so that they do not depend on the library's client, and create what
// they need under names of their own, so that they also run on a database that others use.
package contract
