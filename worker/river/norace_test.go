//go:build !race

package river_test

// total is how many events the producers hand in.
const total = 1500
