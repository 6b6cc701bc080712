// Package figure reads the numbers and letters of tables that are text, which write them as their country does.
package figure

import (
	"errors"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// Mark is the sign between whole units and decimals.
type Mark byte

// The marks. Unknown is found out by the first number that can have one mark only.
const (
	Unknown Mark = 0
	Point   Mark = '.'
	Comma   Mark = ','
)

var (
	errNumber = errors.New("is no number")
	errMark   = errors.New("has another decimal mark than the rules or the numbers before it")
	errUnsure = errors.New("could be whole units or decimals: say which mark is used")
)

// Amount reads a number with the mark that is in use and returns the mark that is then known. Spaces, apostrophes and the other
// mark are separators between groups of three digits; "(5.00)", "5.00-" and U+2212 are negative. Nothing is rounded.
func Amount(text string, mark Mark) (decimal.Decimal, Mark, error) {
	text = strings.TrimSpace(text)
	if plain(text) && (mark == Point || mark == Unknown && !strings.Contains(text, ".")) {
		amount, err := canonical.ParseDecimal(text) // the common case
		return amount, mark, err
	}
	negative := false
	if inner, ok := strings.CutPrefix(text, "("); ok && strings.HasSuffix(inner, ")") {
		negative, text = true, strings.TrimSuffix(inner, ")")
	}
	text = strings.Replace(text, "\u2212", "-", 1)
	if front, ok := strings.CutSuffix(text, "-"); ok && !negative {
		negative, text = true, front
	} else if rest, ok := strings.CutPrefix(text, "-"); ok && !negative {
		negative, text = true, rest
	} else {
		text = strings.TrimPrefix(text, "+")
	}
	text = strings.TrimSpace(text)
	found, err := markOf(text, mark)
	if err != nil {
		return decimal.Decimal{}, mark, err
	}
	whole, decimals := text, ""
	if found != Unknown {
		if at := strings.LastIndexByte(text, byte(found)); at >= 0 {
			whole, decimals = text[:at], text[at+1:]
			if !digits(decimals) || decimals == "" {
				return decimal.Decimal{}, mark, errNumber
			}
		}
	}
	if whole, err = ungroup(whole, found); err != nil {
		return decimal.Decimal{}, mark, err
	}
	if decimals != "" {
		whole += "." + decimals
	}
	if negative {
		whole = "-" + whole
	}
	amount, err := canonical.ParseDecimal(whole)
	return amount, found, err
}

// plain tells whether a text is what ParseDecimal reads without a second look.
func plain(text string) bool {
	for i := 0; i < len(text); i++ {
		if c := text[i]; (c < '0' || c > '9') && c != '.' && (c != '-' || i > 0) {
			return false
		}
	}
	return text != ""
}

// markOf says which mark a number has.
func markOf(text string, mark Mark) (Mark, error) {
	points, commas := strings.Count(text, "."), strings.Count(text, ",")
	var found Mark
	switch {
	case points == 0 && commas == 0:
		return mark, nil
	case points > 1 && commas > 1:
		return 0, errNumber
	case points > 0 && commas > 0: // the last one
		found = Point
		if strings.LastIndexByte(text, ',') > strings.LastIndexByte(text, '.') {
			found = Comma
		}
	case points > 1:
		found = Comma // 1.234.567
	case commas > 1:
		found = Point
	case mark != Unknown:
		return mark, nil
	default:
		found = Point
		if commas == 1 {
			found = Comma
		}
		if at := strings.IndexAny(text, ".,"); len(text)-at-1 == 3 && at <= 3 && text[:at] != "0" {
			return 0, errUnsure // 1.234
		}
	}
	if mark != Unknown && mark != found {
		return 0, errMark
	}
	return found, nil
}

// ungroup takes the separators out of whole units; they stand between groups of three digits.
func ungroup(whole string, mark Mark) (string, error) {
	if digits(whole) && whole != "" {
		return whole, nil
	}
	separator := strings.IndexFunc(whole, func(r rune) bool { return r < '0' || r > '9' })
	if separator <= 0 {
		return "", errNumber
	}
	runes := []rune(whole[separator:])
	sign := runes[0]
	switch {
	case sign == ' ', sign == '\u00a0', sign == '\u202f', sign == '\'', sign == '\u2019':
	case sign == '.' && mark != Point, sign == ',' && mark != Comma:
	default:
		return "", errNumber
	}
	groups := strings.Split(whole, string(sign))
	if len(groups[0]) > 3 {
		return "", errNumber
	}
	for i, group := range groups {
		if !digits(group) || i > 0 && len(group) != 3 {
			if mark != Unknown && (sign == '.' || sign == ',') {
				return "", errMark
			}
			return "", errNumber
		}
	}
	return strings.Join(groups, ""), nil
}

func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
