module github.com/retailsync/retailsync/examples

go 1.25.0

require (
	github.com/retailsync/retailsync v0.0.0
	github.com/retailsync/retailsync/idempotency/sqlite v0.0.0
)

replace (
	github.com/retailsync/retailsync => ../
	github.com/retailsync/retailsync/idempotency/sqlite => ../idempotency/sqlite
)
