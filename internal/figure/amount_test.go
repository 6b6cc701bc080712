package figure_test

import (
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/figure"
)

func TestAmount(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text      string
		mark      figure.Mark
		want      string // "" for an error
		wantsMark figure.Mark
	}{
		{"95,00", 0, "95.00", figure.Comma},
		{"95.00", 0, "95.00", figure.Point},
		{"-0.01", figure.Point, "-0.01", figure.Point},
		{"95", 0, "95", 0},
		{"1.234,56", 0, "1234.56", figure.Comma},
		{"1,234.56", 0, "1234.56", figure.Point},
		{"1.234.567", 0, "1234567", figure.Comma},
		{"1.234", figure.Comma, "1234", figure.Comma},
		{"1.234", figure.Point, "1.234", figure.Point},
		{"1.234", 0, "", 0},
		{"0.234", 0, "0.234", figure.Point},
		{"1234.567", 0, "1234.567", figure.Point},
		{"1 234,56", 0, "1234.56", figure.Comma},
		{"1\u202f234,56", figure.Comma, "1234.56", figure.Comma},
		{"1'234.56", figure.Point, "1234.56", figure.Point},
		{"(55.00)", 0, "-55.00", figure.Point},
		{"55,00-", 0, "-55.00", figure.Comma},
		{"\u22125,00", 0, "-5.00", figure.Comma},
		{"+5.00", 0, "5.00", figure.Point},
		{"95.00", figure.Comma, "", 0},
		{"95,00", figure.Point, "", 0},
		{"1.234,56", figure.Point, "", 0},
		{"12.34.567", 0, "", 0},
		{"1234.567,00", 0, "", 0},
		{"", 0, "", 0},
		{"-", 0, "", 0},
		{"(-5)", 0, "", 0},
		{"5,", 0, "", 0},
		{",5", 0, "", 0},
		{"1e3", 0, "", 0},
		{"EUR 5", 0, "", 0},
		{"12345678901234567890", 0, "", 0},
		{"0,00000000000000000001", figure.Comma, "", 0},
	} {
		got, mark, err := figure.Amount(test.text, test.mark)
		if test.want == "" {
			if err == nil {
				t.Errorf("%q with %q is read as %s", test.text, test.mark, got)
			}
			continue
		}
		if err != nil || !got.Equal(decimal.MustParse(test.want)) || mark != test.wantsMark {
			t.Errorf("%q with %q is read as %s with %q, want %s with %q: %v", test.text, test.mark, got, mark, test.want, test.wantsMark, err)
		}
	}
}

// A number that is read holds the digits of its text, in order.
func FuzzAmount(f *testing.F) {
	for _, text := range []string{"95,00", "1.234,56", "(5.00)", "5-", "\u22121", "1\u00a0234", "--1", "1,2,3", "1.2.3,4"} {
		f.Add(text, byte(0))
		f.Add(text, byte(','))
	}
	f.Fuzz(func(t *testing.T, text string, mark byte) {
		if mark != 0 && mark != '.' && mark != ',' {
			return
		}
		amount, found, err := figure.Amount(text, figure.Mark(mark))
		if err != nil {
			return
		}
		if mark != 0 && found != figure.Mark(mark) {
			t.Fatalf("%q: the mark changes from %q to %q", text, mark, found)
		}
		keep := func(s string) string {
			s = strings.Map(func(r rune) rune {
				if r < '0' || r > '9' {
					return -1
				}
				return r
			}, s)
			return strings.Trim(s, "0")
		}
		if keep(text) != keep(amount.String()) {
			t.Fatalf("%q is read as %s", text, amount)
		}
	})
}
