// Package excerpt makes what others say fit for an error of ours.
package excerpt

import (
	"fmt"
	"strings"
	"unicode"
)

// Quote makes a text short and printable, in quotation marks. What must not go on is taken out of it before.
func Quote(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
	const longest = 200
	if runes := []rune(text); len(runes) > longest {
		text = string(runes[:longest]) + "…"
	}
	return fmt.Sprintf("%q", text)
}
