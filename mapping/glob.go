package mapping

import "strings"

// A pattern is text in which "*" stands for any characters, also none, and "?" for exactly one.
// Letter case and surrounding space do not matter.

// fold is what texts are compared as.
func fold(text string) string { return strings.ToLower(strings.TrimSpace(text)) }

// globMatches reports whether the text fits the pattern, in time linear in their product.
func globMatches(pattern, text string) bool {
	p, t := []rune(fold(pattern)), []rune(fold(text))
	star, mark := -1, 0
	i, j := 0, 0
	for j < len(t) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == t[j]):
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

// globRank orders patterns by how narrow they are: exact text first, then by literal characters.
func globRank(pattern string) int {
	if pattern == "" {
		return 0
	}
	p := fold(pattern)
	if !strings.ContainsAny(p, "*?") {
		return 1 << 20
	}
	rank := 1
	for _, r := range p {
		switch r {
		case '*':
		case '?':
			rank++
		default:
			rank += 2
		}
	}
	return rank
}

// globsOverlap reports whether some text fits both patterns.
func globsOverlap(a, b string) bool {
	p, q := fold(a), []rune(fold(b))
	// reach[j] is whether p[:i] and q[:j] have a common text.
	reach := make([]bool, len(q)+1)
	reach[0] = true
	for j, r := range q {
		reach[j+1] = reach[j] && r == '*'
	}
	for _, r := range p {
		next := make([]bool, len(q)+1)
		next[0] = reach[0] && r == '*'
		for j, s := range q {
			switch {
			case r == '*' || s == '*':
				// A star takes one more character of the other side, or none at all.
				next[j+1] = (r == '*' && (reach[j+1] || next[j])) || (s == '*' && (next[j] || reach[j+1]))
			case r == '?' || s == '?' || r == s:
				next[j+1] = reach[j]
			}
		}
		reach = next
	}
	return reach[len(q)]
}
