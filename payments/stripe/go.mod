module github.com/retailsync/retailsync/payments/stripe

go 1.25.0

require (
	github.com/govalues/decimal v0.1.36
	github.com/retailsync/retailsync v0.0.0
	github.com/stripe/stripe-go/v84 v84.4.1
	pgregory.net/rapid v1.3.0
)

require github.com/google/go-cmp v0.7.0

replace github.com/retailsync/retailsync => ../..
