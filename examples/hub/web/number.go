package web

import "strconv"

// count is a number as people read it.
func count(n int) string { return strconv.Itoa(n) }

// number is a number with what it counts.
func number(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + many
}
