//go:build race

package odootest_test

const raceEnabled = true
