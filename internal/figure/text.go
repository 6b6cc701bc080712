package figure

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// Encoding is how the bytes of a text stand for letters.
type Encoding string

// The encodings. Empty is UTF8.
const (
	UTF8        Encoding = "utf-8"
	Latin1      Encoding = "iso-8859-1"
	Windows1252 Encoding = "windows-1252"
)

// Known tells whether e is one of the encodings.
func (e Encoding) Known() bool {
	switch e {
	case "", UTF8, Latin1, Windows1252:
		return true
	}
	return false
}

// windows1252 are the letters that Windows has where ISO 8859-1 has controls, from 0x80 on; 0 where there is none.
var windows1252 = [32]rune{
	'€', 0, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0, 'Ž', 0,
	0, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0, 'ž', 'Ÿ',
}

// Text returns a line as text.
func (e Encoding) Text(line []byte) (string, error) {
	if e == "" || e == UTF8 {
		if !utf8.Valid(line) {
			return "", errors.New("is no UTF-8: say which encoding it has")
		}
		return string(line), nil
	}
	var text strings.Builder
	text.Grow(len(line))
	for _, b := range line {
		r := rune(b)
		if e == Windows1252 && 0x80 <= b && b < 0xa0 {
			if r = windows1252[b-0x80]; r == 0 {
				return "", errors.New("has a byte that windows-1252 has no letter for: say which encoding it has")
			}
		}
		text.WriteRune(r)
	}
	return text.String(), nil
}
