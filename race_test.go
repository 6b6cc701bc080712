//go:build race

package retailsync_test

// raced tells that the race detector is on, under which everything is ten times slower.
const raced = true
