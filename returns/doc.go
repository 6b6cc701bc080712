// Package returns is the part of retailsync that knows what a return is: the platforms that returns come from, the case that a
// return is while it is dealt with, and the policies that decide on it.
//
// # Platforms
//
// A [Platform] is where returns are asked for: a channel, or a service beside it. Implement it and those of [Lister], [Getter],
// [Decider], [Labeller], [ReceiptReporter], [InspectionReporter], [Closer] and [marketplace.WebhookReceiver] that the platform
// allows, and prove it with package returnstest.
package returns
