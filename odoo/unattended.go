package odoo

// Unattended returns a context for calls by which a program creates records that people did not ask for one by one.
// The program's user does not become a follower of them, or it would be notified of every word that is said about
// them. And Odoo does not note beside each that it was created: the record's user and time of creation say so, and the notes
// take a seventh of an order's time. Salespeople follow their orders as ever, and changes are tracked.
//
// Source: mail.thread of Odoo 14 and 19.
func Unattended() Context {
	return Context{"mail_create_nosubscribe": true, "mail_create_nolog": true}
}
