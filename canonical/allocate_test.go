package canonical_test

import (
	"errors"
	"fmt"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
)

func decs(texts ...string) []decimal.Decimal {
	out := make([]decimal.Decimal, len(texts))
	for i, s := range texts {
		out[i] = dec(s)
	}
	return out
}

func ExampleAllocate() {
	cent, _ := canonical.Currency("EUR").MinorUnit()
	prices := []decimal.Decimal{decimal.MustParse("19.99"), decimal.MustParse("19.99"), decimal.MustParse("4.95")}
	shares, err := canonical.Allocate(decimal.MustParse("5.00"), prices, cent)
	fmt.Println(shares, err)
	// Output:
	// [2.23 2.22 0.55] <nil>
}

func ExampleAllocateCapped() {
	cent, _ := canonical.Currency("EUR").MinorUnit()
	prices := []decimal.Decimal{decimal.MustParse("10"), decimal.MustParse("10")}
	left := []decimal.Decimal{decimal.MustParse("2.00"), decimal.MustParse("10.00")} // 8.00 was refunded before
	shares, err := canonical.AllocateCapped(decimal.MustParse("6.00"), prices, left, cent)
	fmt.Println(shares, err)
	// Output:
	// [2.00 4.00] <nil>
}

func TestAllocate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, total, unit string
		weights, want     []string
	}{
		{"ties go first", "0.05", "0.01", []string{"1", "1", "1"}, []string{"0.02", "0.02", "0.01"}},
		{"negative", "-0.05", "0.01", []string{"1", "1", "1"}, []string{"-0.02", "-0.02", "-0.01"}},
		{"no weight, no share", "1.00", "0.01", []string{"0", "3", "0.00"}, []string{"0", "1.00", "0"}},
		{"all zero: even", "1.00", "0.01", []string{"0", "0", "0"}, []string{"0.34", "0.33", "0.33"}},
		{"zero total", "0", "0.01", []string{"1", "2"}, []string{"0", "0"}},
		{"yen", "100", "1", []string{"1", "1", "1"}, []string{"34", "33", "33"}},
		{"mixed scales", "10", "0.01", []string{"0.333", "1.5", "2"}, []string{"0.87", "3.91", "5.22"}},
		{"huge weights", "1.00", "0.01", []string{"9999999999999999999", "0.0000000000000000001"}, []string{"1.00", "0"}},
		{"as large as can be", "9999999999999999999", "1", []string{"1", "0"}, []string{"9999999999999999999", "0"}},
		{"five cent coins", "0.15", "0.05", []string{"1", "1"}, []string{"0.10", "0.05"}},
	}
	for _, test := range tests {
		got, err := canonical.Allocate(dec(test.total), decs(test.weights...), dec(test.unit))
		if diff := cmp.Diff(decs(test.want...), got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", test.name, err, diff)
		}
	}
	if got, err := canonical.Allocate(decimal.Zero, nil, dec("0.01")); len(got) != 0 || err != nil {
		t.Error(got, err)
	}
}

func TestAllocateRefuses(t *testing.T) {
	t.Parallel()
	var refused *canonical.AllocationError
	for name, call := range map[string]func() ([]decimal.Decimal, error){
		"part of a unit":  func() ([]decimal.Decimal, error) { return canonical.Allocate(dec("0.001"), decs("1"), dec("0.01")) },
		"negative weight": func() ([]decimal.Decimal, error) { return canonical.Allocate(dec("1"), decs("1", "-1"), dec("0.01")) },
		"zero unit":       func() ([]decimal.Decimal, error) { return canonical.Allocate(dec("1"), decs("1"), dec("0")) },
		"nobody":          func() ([]decimal.Decimal, error) { return canonical.Allocate(dec("1"), nil, dec("0.01")) },
		"above caps": func() ([]decimal.Decimal, error) {
			return canonical.AllocateCapped(dec("1.01"), decs("1"), decs("1"), dec("0.01"))
		},
		"negative cap": func() ([]decimal.Decimal, error) {
			return canonical.AllocateCapped(dec("1"), decs("1", "1"), decs("-1", "3"), dec("0.01"))
		},
		"counts": func() ([]decimal.Decimal, error) {
			return canonical.AllocateCapped(dec("1"), decs("1", "1"), decs("3"), dec("0.01"))
		},
		"capped negative weight": func() ([]decimal.Decimal, error) {
			return canonical.AllocateCapped(dec("1"), decs("-1"), decs("3"), dec("0.01"))
		},
		"capped part": func() ([]decimal.Decimal, error) {
			return canonical.AllocateCapped(dec("0.001"), decs("1"), decs("3"), dec("0.01"))
		},
	} {
		if got, err := call(); !errors.As(err, &refused) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestAllocateBeyondNineteenDigits(t *testing.T) {
	t.Parallel()
	var tooLong *canonical.RangeError
	if got, err := canonical.Allocate(dec("9999999999999999999"), decs("1"), dec("0.01")); !errors.As(err, &tooLong) {
		t.Error(got, err)
	}
}

func weightsOf(t *rapid.T, n int) []decimal.Decimal {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) decimal.Decimal {
		d, err := decimal.New(rapid.Int64Range(0, 1<<50).Draw(t, "coefficient"), rapid.IntRange(0, 8).Draw(t, "scale"))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}), n, n).Draw(t, "weights")
}

func TestAllocateSumsExactly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		total, err := decimal.New(rapid.Int64().Draw(t, "total"), 2)
		if err != nil {
			t.Fatal(err)
		}
		weights := weightsOf(t, rapid.IntRange(1, 12).Draw(t, "n"))
		shares, err := canonical.Allocate(total, weights, dec("0.01"))
		if err != nil {
			t.Fatal(err)
		}
		sum, all := new(big.Rat), new(big.Rat)
		for i := range shares {
			sum.Add(sum, rat(shares[i]))
			all.Add(all, rat(weights[i]))
		}
		if sum.Cmp(rat(total)) != 0 {
			t.Fatalf("shares sum to %s, not %s", sum.FloatString(2), total)
		}
		if all.Sign() == 0 {
			return
		}
		for i := range shares {
			exact := new(big.Rat).Mul(rat(total), rat(weights[i]))
			gap := exact.Sub(exact.Quo(exact, all), rat(shares[i]))
			if gap.Abs(gap).Cmp(big.NewRat(1, 100)) >= 0 {
				t.Fatalf("share %d is a cent or more from its exact value", i)
			}
		}
	})
}

func TestAllocateCappedNeverExceeds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "n")
		weights := weightsOf(t, n)
		caps := make([]decimal.Decimal, n)
		var room int64
		for i := range caps {
			c := rapid.Int64Range(0, 5000).Draw(t, "cap")
			room += c
			caps[i] = decimal.MustNew(c, 2)
		}
		total := decimal.MustNew(rapid.Int64Range(-room, room).Draw(t, "total"), 2)
		shares, err := canonical.AllocateCapped(total, weights, caps, dec("0.01"))
		if err != nil {
			t.Fatal(err)
		}
		sum := new(big.Rat)
		for i := range shares {
			if shares[i].CmpAbs(caps[i]) > 0 || shares[i].Sign()*total.Sign() < 0 {
				t.Fatalf("share %d of %s is %s, cap %s", i, total, shares[i], caps[i])
			}
			sum.Add(sum, rat(shares[i]))
		}
		if sum.Cmp(rat(total)) != 0 {
			t.Fatalf("shares sum to %s, not %s", sum.FloatString(2), total)
		}
	})
}
