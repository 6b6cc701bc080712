// Package generic connects a returns platform that speaks JSON over HTTP by configuration alone: where its calls are, how they are
// signed and paged, where each field of a return stands, and what its words mean.
//
//	config, err := generic.Parse(yaml)
//	platform, err := generic.New(config, generic.Secrets{Token: token, Webhook: secret})
//
// The platform can do what the configuration has: it implements [returns.Lister] and [returns.Getter] always, and of
// [marketplace.WebhookReceiver], [returns.Decider], [returns.Labeller], [returns.ReceiptReporter], [returns.InspectionReporter] and
// [returns.Closer] those for which there is a webhook or an action. So it is asked by type assertion like any other.
//
// Fields are found by paths such as "order.external_id", "items[*].sku", "shipments[kind=return].label" or "a | b"; see
// [Fields]. Amounts are read exactly, in major or minor units, never through a float. Words that the configuration does not know are
// kept raw, for a person.
//
// Before each action the return is fetched: what is done already is not done again, quantities are sent in all or as the difference
// to what the platform has, and a reply that was lost doubles nothing. Only reads are repeated by themselves.
package generic
