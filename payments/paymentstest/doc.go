// Package paymentstest proves payment providers: [Run] is the suite that an adapter runs on itself, with the cases that cost money
// when they go wrong, and [Double] is a provider in memory that behaves, for tests of what uses one.
package paymentstest
