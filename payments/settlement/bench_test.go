package settlement_test

import (
	"strconv"
	"testing"

	"github.com/retailsync/retailsync/payments/paymentstest"
	"github.com/retailsync/retailsync/payments/settlement"
)

// BenchmarkMatch prints what an entry costs; it must stay nearly the same from ten thousand to a million.
func BenchmarkMatch(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			s, items := paymentstest.Books(n)
			rules := settlement.Rules{Direct: settlement.DirectKinds()}
			for b.Loop() {
				if result := settlement.Match(s, items, rules, nil); len(result.Exceptions) > 0 || len(result.Open) > 0 {
					b.Fatalf("%d exceptions, %d open", len(result.Exceptions), len(result.Open))
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(s.Entries)), "ns/entry")
		})
	}
}

func TestMatchManyEntries(t *testing.T) {
	t.Parallel()
	s, items := paymentstest.Books(50_000)
	result := settlement.Match(s, items, settlement.Rules{Direct: settlement.DirectKinds()}, nil)
	if len(result.Exceptions) > 0 || len(result.Open) > 0 {
		t.Errorf("%d exceptions, %d open", len(result.Exceptions), len(result.Open))
	}
	if matched := len(result.Matches); matched != len(items) {
		t.Errorf("%d matches of %d items", matched, len(items))
	}
}
