// Package privacy carries out in our own stores what personal data asks for: a person's request to be forgotten, and limits of age.
//
//	report, err := privacy.Erase(ctx, stores, privacy.Request{
//		Orders: orders, Texts: []string{"jane@example.com"}, By: "dora", Reason: "request 7",
//	}, true) // a dry run says what would be erased
//
// [FindPerson] finds a person's orders in Odoo by mail addresses, telephone numbers and channels' numbers of the customer.
//
// Personal data is at home in Odoo and in the channels. Here it may be in payloads of the worker's events and in texts of errors, in results and
// checkpoints of the store, and in what journal events say. What is erased is what was said; that there was an event, of which object, what
// became of it and who decided so stays, and the seals of a journal hold. Odoo and the channels have procedures of their own for theirs.
//
// Stores take part by optional capabilities: [worker.Eraser] and [idempotency.Eraser]. Everything may be repeated: what has nothing left to
// erase is passed over, so after an error run it again.
package privacy
