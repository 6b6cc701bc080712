package tally

import (
	"testing"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"
)

func parse(t testing.TB, texts ...string) []decimal.Decimal {
	t.Helper()
	values := make([]decimal.Decimal, len(texts))
	for i, text := range texts {
		value, err := decimal.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		values[i] = value
	}
	return values
}

func TestFit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		target       string
		values, want []string
		scale        int
		explained    bool
	}{
		{"whole", "30.00", []string{"10", "20.00"}, []string{"10", "20"}, 2, true},
		{"cent to the largest remainder", "0.10", []string{"0.033333333", "0.033333334", "0.033333333"}, []string{"0.03", "0.04", "0.03"}, 2, true},
		{"medusa taxes", "26.24", []string{"10", "14.9925", "1.25"}, []string{"10", "14.99", "1.25"}, 2, true},
		{"down", "0.02", []string{"0.005", "0.005", "0.005", "0.005"}, []string{"0", "0", "0.01", "0.01"}, 2, true},
		{"zero stays zero", "0.01", []string{"0", "0.005"}, []string{"0", "0.01"}, 2, true},
		{"negative line", "7.41", []string{"12.345", "-4.935"}, []string{"12.35", "-4.94"}, 2, true},
		{"no decimals", "100", []string{"33.4", "33.3", "33.3"}, []string{"34", "33", "33"}, 0, true},
		{"three decimals", "1.000", []string{"0.33333", "0.33333", "0.33334"}, []string{"0.333", "0.333", "0.334"}, 3, true},
		{"unexplained", "10.02", []string{"10.00"}, []string{"10"}, 2, false},
		{"half a unit each is the most", "20.01", []string{"10.00", "10.00"}, []string{"10.01", "10"}, 2, true},
		{"nothing to sum", "0.01", nil, nil, 2, false},
		{"nothing", "0", nil, nil, 2, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, explained := Fit(parse(t, test.target)[0], parse(t, test.values...), test.scale)
			if explained != test.explained {
				t.Errorf("explained = %t, want %t", explained, test.explained)
			}
			want := parse(t, test.want...)
			for i := range want {
				if got[i].Cmp(want[i]) != 0 {
					t.Errorf("got %v, want %v", got, want)
					break
				}
			}
		})
	}
}

// Values that were rounded by themselves, or by the sum, always fit and move by less than a unit.
func TestFitSumsExactly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		scale := rapid.IntRange(0, 3).Draw(t, "scale")
		raw := rapid.SliceOfN(rapid.Int64Range(-50_000_000, 50_000_000), 1, 30).Draw(t, "values")
		values := make([]decimal.Decimal, len(raw))
		sum := decimal.Zero
		for i, units := range raw {
			values[i] = decimal.MustNew(units, scale+4)
			var err error
			if sum, err = sum.Add(values[i]); err != nil {
				t.Fatal(err)
			}
		}
		target := Round(sum, scale)
		got, explained := Fit(target, values, scale)
		if !explained {
			t.Fatalf("the rounded sum %s of %v is not explained by rounding", target, values)
		}
		total, _ := Sum(got...)
		if total.Cmp(target) != 0 {
			t.Fatalf("%v sums to %s, want %s", got, total, target)
		}
		for i := range got {
			moved, err := got[i].Sub(values[i])
			if err != nil || moved.CmpAbs(decimal.MustNew(1, scale)) >= 0 {
				t.Fatalf("%s became %s", values[i], got[i])
			}
		}
	})
}
