package main

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/payments/amazon"
	"github.com/retailsync/retailsync/payments/paymentstest"
	"github.com/retailsync/retailsync/payments/settlement"
)

// runSettlement measures what an entry costs to match among ten thousand and among a million, and how much memory a report of a
// million rows takes when it is read as a stream. It needs no server. It returns the lines to print.
func runSettlement(rounds int) (string, error) {
	var lines strings.Builder
	for _, size := range []struct {
		name    string
		entries int
	}{{"10k", 10_000}, {"1m", 1_000_000}} {
		best, err := matchBest(size.entries, rounds)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&lines, "settlement.ns_per_entry_%s %d\n", size.name, best)
	}
	peak, err := parsePeak(1_000_000)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(&lines, "settlement.parse_peak_mib %.1f\n", float64(peak)/(1<<20))
	return lines.String(), nil
}

// matchBest returns the nanoseconds of processor time per entry of the best round, the garbage collector's included: the clock on
// the wall would measure what else the machine does. Small settlements are matched several times in a round, so that both sizes
// measure as many entries.
func matchBest(entries, rounds int) (int64, error) {
	s, items := paymentstest.Books(entries)
	rules := settlement.Rules{Direct: settlement.DirectKinds()}
	repeats := max(1, 1_000_000/entries)
	var best int64
	for range max(rounds, 1) {
		runtime.GC()
		before := cpuTime()
		for range repeats {
			if result := settlement.Match(s, items, rules, nil); len(result.Exceptions)+len(result.Open) > 0 {
				return 0, fmt.Errorf("settlement: %d exceptions, %d open items in books that are right", len(result.Exceptions), len(result.Open))
			}
		}
		if took := (cpuTime() - before).Nanoseconds() / int64(repeats*len(s.Entries)); best == 0 || took < best {
			best = took
		}
	}
	return best, nil
}

// parsePeak returns the most memory in use while a report is read, beyond what was in use before.
func parsePeak(rows int) (uint64, error) {
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	var most uint64
	count := 0
	for _, err := range amazon.Rows(paymentstest.AmazonReport(rows), canonical.Channel{Name: "amazon", Account: "bench"}) {
		if err != nil {
			return 0, err
		}
		if count++; count%10_000 == 0 {
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapInuse+now.StackInuse)
		}
	}
	if count != rows {
		return 0, fmt.Errorf("settlement: %d of %d rows were read", count, rows)
	}
	return most - min(most, before.HeapInuse), nil
}
