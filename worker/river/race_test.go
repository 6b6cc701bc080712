//go:build race

package river_test

// total is how many events the producers hand in: fewer where SQLite, which is Go here, is many times slower.
const total = 240
