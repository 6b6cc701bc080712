// Package rest is the HTTP client that the adapters of channels and of returns platforms share.
//
// Only reads are repeated: a write whose reply is lost may have happened, so it is reported with
// [marketplace.CodeUnknown] and the flow looks before it tries again. A read is repeated a few
// times within seconds; a channel that asks for a longer wait gets it, by an error with
// [marketplace.CodeRateLimited] that says how long, so that no goroutine sleeps for minutes.
// Until that time has passed, further calls are refused here without bothering the channel.
//
// Every failure is a [*marketplace.Error]. Its text holds no credential: addresses with user
// names are refused, query strings stay out, and what the channel answers is searched for the
// credentials that were sent before it is quoted.
package rest
