// Package webhook receives the webhooks of any adapter into a [worker.Worker], as an [http.Handler] for each.
//
//	http.Handle("/webhooks/shop", webhook.New(w, shop))
//
// A delivery is answered with 204 only when its events are in the ledger for good. Whatever else is answered makes the sender send
// again, which is safe: an event that was accepted before is a duplicate.
//
//	204  accepted, or nothing that concerns anything we handle
//	400  the body cannot be read or understood, or is outside of the replay window
//	401  the signature is wrong
//	405  not a POST
//	413  the body is larger than allowed
//	503  not accepted now, with Retry-After: too many at once, too much waits, or the ledger is out of reach
//
// The size is bounded before the signature is looked at, since anybody can send a large body, and the signature is verified over
// the raw bytes. Reasons are logged and not told to the sender.
package webhook
