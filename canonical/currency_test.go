package canonical_test

import (
	"errors"
	"math/big"
	"testing"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
)

func dec(s string) decimal.Decimal { return decimal.MustParse(s) }

// anyDecimal draws a decimal of any size and scale.
func anyDecimal() *rapid.Generator[decimal.Decimal] {
	return rapid.Custom(func(t *rapid.T) decimal.Decimal {
		d, err := decimal.New(rapid.Int64().Draw(t, "coefficient"), rapid.IntRange(0, decimal.MaxScale).Draw(t, "scale"))
		if err != nil {
			t.Fatal(err)
		}
		return d
	})
}

func rat(d decimal.Decimal) *big.Rat {
	r, ok := new(big.Rat).SetString(d.String())
	if !ok {
		return new(big.Rat)
	}
	return r
}

func TestCurrencyExponents(t *testing.T) {
	t.Parallel()
	for code, want := range map[canonical.Currency]int{
		"EUR": 2, "USD": 2, "SEK": 2, "JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "KWD": 3, "BHD": 3, "OMR": 3,
		"TND": 3, "JOD": 3, "IQD": 3, "LYD": 3, "CLF": 4, "UYW": 4, "HRK": 2,
	} {
		if got, ok := code.Exponent(); got != want || !ok {
			t.Errorf("%s: exponent %d, %v, want %d", code, got, ok, want)
		}
	}
	for _, code := range []canonical.Currency{"", "eur", "XXX", "XAU", "EURO"} {
		if code.Valid() {
			t.Errorf("%q is valid", code)
		}
	}
}

func TestParseCurrency(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"EUR", "eur", "eUr"} {
		if c, err := canonical.ParseCurrency(s); c != "EUR" || err != nil {
			t.Errorf("%q: %q, %v", s, c, err)
		}
	}
	for _, s := range []string{"", "E", "XXX", "EURO", "€", "é1"} {
		var unknown *canonical.CurrencyError
		if _, err := canonical.ParseCurrency(s); !errors.As(err, &unknown) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestRoundAsOdooDoes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		currency     canonical.Currency
		amount, want string
	}{
		{"EUR", "0.125", "0.13"}, {"EUR", "0.135", "0.14"}, {"EUR", "-0.125", "-0.13"}, {"EUR", "0.1249999", "0.12"},
		{"EUR", "2.675", "2.68"}, {"EUR", "19.9", "19.90"}, {"EUR", "-0.004", "0.00"}, {"JPY", "0.5", "1"}, {"JPY", "-1.5", "-2"},
		{"KWD", "1.2345", "1.235"}, {"EUR", "0.9999999999999999999", "1.00"}, {"JPY", "999999999999999999.9", "1000000000000000000"},
		{"EUR", "99999999999999999.99", "99999999999999999.99"}, {"EUR", "9999999999999999999", "9999999999999999999"},
	}
	for _, test := range tests {
		got, err := test.currency.Round(dec(test.amount))
		if err != nil || got.String() != test.want {
			t.Errorf("%s %s: %s, %v, want %s", test.currency, test.amount, got, err, test.want)
		}
	}
	if _, err := canonical.Currency("???").Round(decimal.One); err == nil {
		t.Error("an unknown currency rounds")
	}
}

func TestRoundIsNearestAndHalvesGoUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom([]canonical.Currency{"EUR", "JPY", "KWD", "CLF"}).Draw(t, "currency")
		d := anyDecimal().Draw(t, "amount")
		got, err := c.Round(d)
		if err != nil {
			t.Fatal(err)
		}
		unit, _ := c.MinorUnit()
		// floor(|d| / unit + 1/2), in exact fractions
		units := new(big.Rat).Quo(new(big.Rat).Abs(rat(d)), rat(unit))
		units.Add(units, big.NewRat(1, 2))
		want := new(big.Rat).SetInt(new(big.Int).Quo(units.Num(), units.Denom()))
		want.Mul(want, rat(unit))
		if d.IsNeg() {
			want.Neg(want)
		}
		if rat(got).Cmp(want) != 0 {
			t.Fatalf("%s rounds to %s", d, got)
		}
	})
}

func TestMinorUnits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		currency canonical.Currency
		amount   string
		minor    int64
	}{{"EUR", "19.99", 1999}, {"EUR", "-0.01", -1}, {"EUR", "20", 2000}, {"JPY", "1999", 1999}, {"KWD", "1.234", 1234}, {"EUR", "19.9900", 1999},
		{"EUR", "-92233720368547758.08", -9223372036854775808}} {
		if got, err := test.currency.Minor(dec(test.amount)); got != test.minor || err != nil {
			t.Errorf("%s %s: %d, %v, want %d", test.currency, test.amount, got, err, test.minor)
		}
	}
	if _, err := canonical.Currency("EUR").Minor(dec("0.001")); err == nil {
		t.Error("a part of a cent is taken")
	}
	var tooLong *canonical.RangeError
	for _, amount := range []string{"92233720368547758.08", "9999999999999999999", "-9999999999999999999"} {
		if n, err := canonical.Currency("EUR").Minor(dec(amount)); !errors.As(err, &tooLong) {
			t.Errorf("%s: %d, %v", amount, n, err)
		}
	}
	if _, err := canonical.Currency("???").FromMinor(1); err == nil {
		t.Error("an unknown currency counts")
	}
	if _, err := canonical.Currency("???").Minor(decimal.One); err == nil {
		t.Error("an unknown currency counts")
	}
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom([]canonical.Currency{"EUR", "JPY", "KWD", "CLF"}).Draw(t, "currency")
		n := rapid.Int64().Draw(t, "minor")
		d, err := c.FromMinor(n)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := c.Minor(d); back != n || err != nil {
			t.Fatalf("%d is %s is %d, %v", n, d, back, err)
		}
	})
}
