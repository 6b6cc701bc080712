package odoo

import (
	"unicode/utf16"
	"unicode/utf8"
)

// text decodes a JSON string that has been scanned. Odoo escapes everything outside ASCII, so escapes are the usual case.
// Broken UTF-8 and lone surrogates become U+FFFD, as in encoding/json.
func text(raw []byte) (string, error) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", errJSON
	}
	inner := raw[1 : len(raw)-1]
	for i, c := range inner {
		if c == '\\' || c >= utf8.RuneSelf {
			return unescaped(inner, i)
		}
	}
	return string(inner), nil
}

// unescaped decodes what is between the quotes; the first plain bytes need no care.
func unescaped(inner []byte, plain int) (string, error) {
	b := make([]byte, plain, len(inner)+utf8.UTFMax)
	copy(b, inner)
	for i := plain; i < len(inner); {
		switch c := inner[i]; {
		case c == '\\':
			r, next := escapeAt(inner, i)
			if next == 0 {
				return "", errJSON
			}
			b = utf8.AppendRune(b, r)
			i = next
		case c < utf8.RuneSelf:
			b = append(b, c)
			i++
		default:
			r, size := utf8.DecodeRune(inner[i:])
			b = utf8.AppendRune(b, r)
			i += size
		}
	}
	return string(b), nil
}

// escapeAt reads the escape at i and returns the index after it, 0 if it is broken.
func escapeAt(b []byte, i int) (rune, int) {
	if i+1 >= len(b) {
		return 0, 0
	}
	switch c := b[i+1]; c {
	case '"', '\\', '/':
		return rune(c), i + 2
	case 'b':
		return '\b', i + 2
	case 'f':
		return '\f', i + 2
	case 'n':
		return '\n', i + 2
	case 'r':
		return '\r', i + 2
	case 't':
		return '\t', i + 2
	}
	first, ok := unitAt(b, i)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(first) {
		return first, i + 6
	}
	if second, ok := unitAt(b, i+6); ok {
		if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
			return r, i + 12
		}
	}
	return utf8.RuneError, i + 6
}

// unitAt reads \uXXXX at i.
func unitAt(b []byte, i int) (rune, bool) {
	if i+6 > len(b) || b[i] != '\\' || b[i+1] != 'u' {
		return 0, false
	}
	var r rune
	for _, h := range b[i+2 : i+6] {
		switch {
		case h >= '0' && h <= '9':
			r = r<<4 | rune(h-'0')
		case h >= 'a' && h <= 'f':
			r = r<<4 | rune(h-'a'+10)
		case h >= 'A' && h <= 'F':
			r = r<<4 | rune(h-'A'+10)
		default:
			return 0, false
		}
	}
	return r, true
}
