package stripe

import (
	"testing"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
)

func TestUnits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		currency canonical.Currency
		amount   string
		want     int64 // 0: refused
	}{
		{"EUR", "19.99", 1999},
		{"EUR", "0.01", 1},
		{"EUR", "20", 2000},
		{"EUR", "20.000", 2000},
		{"EUR", "0", 0},
		{"EUR", "-1", 0},
		{"EUR", "0.001", 0},
		{"EUR", "999999999999.99", 99999999999999},
		{"EUR", "1000000000000", 0},
		{"EUR", "99999999999999999.99", 0},
		{"JPY", "1999", 1999},
		{"JPY", "0.5", 0},
		{"KRW", "1", 1},
		{"ISK", "5", 500}, // without decimals, but counted in hundredths
		{"ISK", "5.50", 0},
		{"UGX", "5", 500},
		{"UGX", "0.01", 0},
		{"MGA", "5", 5}, // with decimals, but counted whole
		{"MGA", "5.20", 0},
		{"KWD", "5.120", 5120},
		{"KWD", "5.124", 0}, // never rounded
		{"BHD", "0.01", 10},
		{"HUF", "10.45", 1045}, // whole only for payouts
		{"TWD", "800.45", 80045},
		{"IQD", "1", 0}, // not Stripe's
		{"CLF", "1", 0},
		{"XXX", "1", 0},
		{"", "1", 0},
	} {
		got, problem := toUnits(test.currency, decimal.MustParse(test.amount))
		if got != test.want || (problem == "") != (test.want != 0) {
			t.Errorf("%s %s: %d %q, want %d", test.amount, test.currency, got, problem, test.want)
		}
	}
}

func TestFromUnits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		word  string
		units int64
		want  string // empty: refused
	}{
		{"eur", 1999, "19.99"},
		{"eur", -1, "-0.01"},
		{"jpy", 1999, "1999"},
		{"isk", 500, "5"},
		{"isk", 550, "5.5"}, // kept as it is: the settlement's rules say that it is odd
		{"ugx", -500, "-5"},
		{"mga", 5, "5"},
		{"kwd", 5120, "5.120"},
		{"clf", 1, ""},
		{"zzz", 1, ""},
		{"", 1, ""},
	} {
		_, got, err := fromUnits(test.word, test.units)
		if (err == nil) != (test.want != "") || err == nil && got.String() != test.want {
			t.Errorf("%d %s: %s, %v, want %s", test.units, test.word, got, err, test.want)
		}
	}
}

// What can be asked for comes back as it was.
func TestUnitsAreLossless(t *testing.T) {
	t.Parallel()
	currencies := []canonical.Currency{"EUR", "USD", "JPY", "ISK", "UGX", "MGA", "KWD", "TND", "HUF", "CLP"}
	rapid.Check(t, func(t *rapid.T) {
		currency := rapid.SampledFrom(currencies).Draw(t, "currency")
		minor := rapid.Int64Range(1, 1e14).Draw(t, "minor")
		amount, err := currency.FromMinor(minor)
		if err != nil {
			t.Fatal(err)
		}
		units, problem := toUnits(currency, amount)
		if problem != "" {
			return
		}
		back, got, err := fromUnits(string(currency), units)
		if err != nil || back != currency || !got.Equal(amount) {
			t.Fatalf("%s %s is %d, which is %s %s, %v", amount, currency, units, got, back, err)
		}
	})
}
