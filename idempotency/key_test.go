package idempotency_test

import (
	"errors"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/idempotency"
)

func fingerprint(t testing.TB, parts ...any) idempotency.Fingerprint {
	t.Helper()
	print, err := idempotency.FingerprintOf(parts...)
	if err != nil {
		t.Fatal(err)
	}
	return print
}

func TestProviderKeyIsStable(t *testing.T) {
	t.Parallel()
	// A changed value would make providers repeat refunds that are under way: it must never change.
	const want = "2a51250942cfef41417656599fa6be86db603f8053ad74a95ca14818e80bc8fb"
	if got := (idempotency.Key{Scope: "refunds/adyen", ID: "R-1001/1"}).ProviderKey(); got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	if (idempotency.Key{Scope: "a/b", ID: "c"}).ProviderKey() == (idempotency.Key{Scope: "a", ID: "b/c"}).ProviderKey() {
		t.Fatal("two keys share a provider key")
	}
}

func TestFingerprintOfEqualParts(t *testing.T) {
	t.Parallel()
	type status string
	at, text := time.Date(2026, 3, 1, 12, 0, 0, 5, time.UTC), "x"
	var absent *time.Time
	for name, pair := range map[string][2]any{
		"zone":         {at, at.In(time.FixedZone("", 3600))},
		"decimal":      {decimal.MustParse("1.5"), decimal.MustParse("1.500")},
		"integer size": {int8(5), uint64(5)},
		"named string": {status("x"), "x"},
		"pointer":      {&text, "x"},
		"time pointer": {&at, at},
		"nil pointer":  {absent, nil},
	} {
		if fingerprint(t, pair[0]) != fingerprint(t, pair[1]) {
			t.Errorf("%s: %v and %v differ", name, pair[0], pair[1])
		}
	}
	if _, err := idempotency.FingerprintOf("x", 1.5); err == nil {
		t.Error("a float has a fingerprint")
	} else if invalid := (*idempotency.InvalidError)(nil); !errors.As(err, &invalid) || invalid.Field != "fingerprint part 2" {
		t.Errorf("error %v", err)
	}
}

func TestFingerprintOfDistinctParts(t *testing.T) {
	t.Parallel()
	seen := map[idempotency.Fingerprint]int{}
	for i, parts := range [][]any{
		{}, {nil}, {""}, {"", ""}, {"ab", "c"}, {"a", "bc"}, {"1"}, {1}, {true}, {"true"}, {[]byte("1")},
		{[]string{"a", "b"}}, {"a", "b"}, {[]string{"a"}, "b"}, {[]string{}}, {decimal.MustParse("1")}, {-1},
	} {
		print := fingerprint(t, parts...)
		if other, taken := seen[print]; taken {
			t.Errorf("parts %d and %d share a fingerprint", other, i)
		}
		seen[print] = i
	}
}

func TestFingerprintSeparatesStrings(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.SliceOf(rapid.StringN(0, 4, 8)).Draw(t, "a"), rapid.SliceOf(rapid.StringN(0, 4, 8)).Draw(t, "b")
		same := len(a) == len(b)
		for i := 0; same && i < len(a); i++ {
			same = a[i] == b[i]
		}
		printA, errA := idempotency.FingerprintOf(toAny(a)...)
		printB, errB := idempotency.FingerprintOf(toAny(b)...)
		if errA != nil || errB != nil || (printA == printB) != same {
			t.Fatalf("%q and %q: %s, %s, %v, %v", a, b, printA, printB, errA, errB)
		}
	})
}

func toAny(texts []string) []any {
	parts := make([]any, len(texts))
	for i, text := range texts {
		parts[i] = text
	}
	return parts
}
