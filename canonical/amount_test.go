package canonical_test

import (
	"encoding/json"
	"errors"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
)

func TestAmountJSON(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in, shop, presentment, out string
	}{
		{`"19.99"`, "19.99", "0", `"19.99"`},
		{`"19.90"`, "19.90", "0", `"19.90"`},
		{`19.90`, "19.90", "0", `"19.90"`},
		{`0.1`, "0.1", "0", `"0.1"`},
		{`1e2`, "100", "0", `"100"`},
		{`-12345678901234567.89`, "-12345678901234567.89", "0", `"-12345678901234567.89"`},
		{`null`, "0", "0", `"0"`},
		{`{"shop":"19.99","presentment":"17.50"}`, "19.99", "17.50", `{"shop":"19.99","presentment":"17.50"}`},
		{` { "presentment" : 0.00, "shop" : 1 } `, "1", "0.00", `{"shop":"1","presentment":"0.00"}`},
		{`{"shop":"1"}`, "1", "0", `"1"`},
	}
	for _, test := range tests {
		var a canonical.Amount
		if err := json.Unmarshal([]byte(test.in), &a); err != nil {
			t.Errorf("%s: %v", test.in, err)
			continue
		}
		if a.Shop.String() != test.shop || a.Presentment.String() != test.presentment {
			t.Errorf("%s: %s, %s", test.in, a.Shop, a.Presentment)
		}
		out, err := json.Marshal(a)
		if diff := cmp.Diff(test.out, string(out)); diff != "" || err != nil {
			t.Errorf("%s: %v %s", test.in, err, diff)
		}
	}
}

func TestAmountJSONRefuses(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		`""`, `"abc"`, `"1,5"`, `true`, `[]`, `{"shop":"x"}`, `{"shop":"1","other":"2"}`, `{"shop":"1","presentment":[]}`, `"NaN"`, `1e99`, `1e-99`,
		`"12345678901234567890"`, `"0.12345678901234567891"`, `1234567890123456789.5`, `"1.00000000000000000001"`,
	} {
		var a canonical.Amount
		var wrong *canonical.AmountError
		if err := json.Unmarshal([]byte(in), &a); !errors.As(err, &wrong) {
			t.Errorf("%s is taken for %s: %v", in, a.Shop, err)
		}
	}
}

func FuzzParseDecimal(f *testing.F) {
	for _, s := range []string{"19.99", "-0", "1e3", "1E-19", "100e-20", "0.1234567890123456789", "00000000000000000000001.50", "1.5000000000000000000000", "12e18", "+.5", "5."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := canonical.ParseDecimal(s)
		if err != nil || len(s) > 200 {
			return
		}
		want, ok := new(big.Rat).SetString(s)
		if !ok {
			t.Fatalf("%q is read as %s but is no number", s, d)
		}
		if rat(d).Cmp(want) != 0 {
			t.Fatalf("%q is read as %s", s, d)
		}
	})
}

func FuzzAmountJSON(f *testing.F) {
	for _, s := range []string{`"19.99"`, `1.50`, `{"shop":"1","presentment":"2.0"}`, `null`, `{}`, `[`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var a, b canonical.Amount
		if json.Unmarshal(data, &a) != nil {
			return
		}
		out, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(out, &b); err != nil || a != b {
			t.Fatalf("%s comes back as %s: %v", data, out, err)
		}
	})
}

func TestAmountArithmetic(t *testing.T) {
	t.Parallel()
	a := canonical.Amount{Shop: dec("19.99"), Presentment: dec("17.50")}
	b := canonical.Amount{Shop: dec("0.01"), Presentment: dec("2.505")}
	sum, err := a.Add(b)
	if diff := cmp.Diff(canonical.Amount{Shop: dec("20.00"), Presentment: dec("20.005")}, sum); diff != "" || err != nil {
		t.Error(err, diff)
	}
	difference, err := a.Sub(a)
	if !difference.IsZero() || err != nil {
		t.Error(difference, err)
	}
	total, err := canonical.Sum(a, b, a.Neg())
	if diff := cmp.Diff(b, total); diff != "" || err != nil {
		t.Error(err, diff)
	}
	if none, err := canonical.Sum(); !none.IsZero() || err != nil {
		t.Error(none, err)
	}
}

func TestAmountAdditionIsExactOrAnError(t *testing.T) {
	t.Parallel()
	var tooLong *canonical.RangeError
	big19 := canonical.Shop(dec("9999999999999999999"))
	for _, small := range []string{"1", "0.1"} {
		if got, err := big19.Add(canonical.Shop(dec(small))); !errors.As(err, &tooLong) {
			t.Errorf("%s, %v", got.Shop, err)
		}
	}
	if _, err := canonical.Sum(canonical.Amount{Presentment: big19.Shop}, canonical.Amount{Presentment: big19.Shop}); !errors.As(err, &tooLong) {
		t.Error(err)
	}
	if got, err := big19.Add(canonical.Shop(dec("0.00"))); err != nil || !got.Equal(big19) {
		t.Errorf("%s, %v", got.Shop, err)
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyDecimal().Draw(t, "a"), anyDecimal().Draw(t, "b")
		got, err := canonical.Shop(a).Add(canonical.Shop(b))
		if err != nil {
			if !errors.As(err, &tooLong) {
				t.Fatal(err)
			}
			return
		}
		if want := new(big.Rat).Add(rat(a), rat(b)); rat(got.Shop).Cmp(want) != 0 {
			t.Fatalf("%s + %s = %s", a, b, got.Shop)
		}
		if got.Presentment != (decimal.Decimal{}) {
			t.Fatal("a presentment amount appeared")
		}
	})
}
