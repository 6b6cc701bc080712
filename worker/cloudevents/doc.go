// Package cloudevents tells other systems what the flows did, such as those of customer communication and customer service: each event of the
// journal goes out as a signed CloudEvents webhook, at least once and in order per order, through the ledger of a [worker.Worker].
//
//	publisher, err := cloudevents.New([]cloudevents.Subscription{{
//		Name: "helpdesk", URL: "https://helpdesk.example.com/hooks/retail", Events: []string{"return.*", "order.cancelled"}, Keys: keys,
//	}})
//	w, err := worker.New(ledger, engine, append(channels, publisher.Channels()...))
//	err = w.Handle(cloudevents.Kind, publisher.Deliver, worker.Policy{})
//	connector, err := retailsync.New(erp, rules, retailsync.WithJournal(publisher.Journal(w, journal)))
//
// # What is sent
//
// A POST in the structured mode of CloudEvents 1.0, with all of the event in its body, so that the signature covers all of it: in the
// binary mode type, source and subject were headers, which the signatures of Standard Webhooks do not cover. What a body holds is in [Data] and beside
// it nothing but the attributes id, source, type, subject and time. It is the same to the byte each time that it is sent.
//
// The signature is that of Standard Webhooks: the headers webhook-id, webhook-timestamp and webhook-signature, the last with one signature
// for each of the subscription's keys. The id is the same for each try; the timestamp is that of the try.
//
// # What becomes of an answer
//
//	2xx             done
//	429             waits, as long as Retry-After says
//	5xx, none       waits, as long as Retry-After says; counts for the breaker of the subscription
//	408, 425        is tried again
//	410             a person: the receiver wants no more of the subscription
//	3xx, other 4xx  a person; redirects are never followed
//
// A subscription is a channel of the worker, with queues and a breaker of its own, so a receiver that is down or slow holds up no other.
package cloudevents
