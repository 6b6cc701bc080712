package amazon_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/payments/amazon"
	"github.com/retailsync/retailsync/payments/paymentstest"
)

var account = canonical.Channel{Name: "amazon", Account: "eu"}

func dec(s string) decimal.Decimal { return decimal.MustParse(s) }

func sample(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func read(t *testing.T, text string, options ...amazon.Option) canonical.Settlement {
	t.Helper()
	s, err := amazon.Read(strings.NewReader(text), account, options...)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestReadEuropean(t *testing.T) {
	t.Parallel()
	s := read(t, sample(t, "eu.txt"), amazon.WithOrderChannel(func(marketplace string) canonical.Channel {
		return canonical.Channel{Name: "amazon", Account: marketplace}
	}))
	if s.Key.ID != "26047991462" || !s.Payouts[0].Amount.Equal(dec("1030.58")) || s.Payouts[0].Currency != "EUR" ||
		!s.Payouts[0].At.Equal(time.Date(2026, 11, 3, 6, 12, 44, 0, time.UTC)) || !s.From.Equal(time.Date(2026, 10, 18, 6, 12, 44, 0, time.UTC)) {
		t.Errorf("the header is %+v", s)
	}
	want := []struct {
		kind   canonical.EntryKind
		amount string
	}{
		{canonical.EntrySale, "1249.00"}, {canonical.EntrySale, "237.31"}, {canonical.EntrySale, "5.00"}, {canonical.EntrySale, "-5.00"},
		{canonical.EntryFee, "-187.35"}, {canonical.EntryTaxWithheld, "-237.31"}, {canonical.EntryRefund, "-50.00"}, {canonical.EntryFee, "6.00"},
		{canonical.EntryChargeback, "-20.00"}, {canonical.EntryReserve, "-100.00"}, {canonical.EntryReserve, "150.00"}, {canonical.EntryFee, "-39.00"},
		{canonical.EntryFee, "-12.40"}, {canonical.EntryAdjustment, "8.63"}, {canonical.EntryOther, "25.70"},
	}
	if len(s.Entries) != len(want) {
		t.Fatalf("%d entries, want %d", len(s.Entries), len(want))
	}
	for i, w := range want {
		if e := s.Entries[i]; e.Kind != w.kind || !e.Amount.Equal(dec(w.amount)) {
			t.Errorf("entry %d is %s %s (%s), want %s %s", i, e.Kind, e.Amount, e.RawKind, w.kind, w.amount)
		}
	}
	first := canonical.SettlementEntry{
		ID: "row-3", Kind: canonical.EntrySale, RawKind: "Order/ItemPrice/Principal", Currency: "EUR", Amount: dec("1249.00"),
		Order: canonical.Key{Channel: canonical.Channel{Name: "amazon", Account: "Amazon.de"}, ID: "305-1111111-1111111"}, OrderNumber: "M-1",
		LineID: "60000000000001", SKU: "HÄNGELAMPE-1", Qty: dec("1"), At: time.Date(2026, 10, 20, 11, 22, 33, 0, time.UTC),
	}
	if diff := cmp.Diff(first, s.Entries[0], cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if refund := s.Entries[6]; refund.Refund != "amzn1:adj:1" || refund.Reference != "RET-7/1" {
		t.Errorf("the refund is %+v", refund)
	}
	if diff := cmp.Diff(s, read(t, sample(t, "eu.txt"), amazon.WithDecimalComma(), amazon.WithOrderChannel(func(marketplace string) canonical.Channel {
		return canonical.Channel{Name: "amazon", Account: marketplace}
	}))); diff != "" {
		t.Errorf("read again (-first +second):\n%s", diff)
	}
}

func TestReadAmerican(t *testing.T) {
	t.Parallel()
	s := read(t, sample(t, "us.txt"))
	if !s.Payouts[0].Amount.Equal(dec("-9.99")) || len(s.Entries) != 3 || s.Entries[0].Order.Channel != account {
		t.Errorf("got %+v", s)
	}
	if at := s.Entries[2].At; !at.Equal(time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("a row with a date only is of %s", at)
	}
}

func TestReadForms(t *testing.T) {
	t.Parallel()
	us := sample(t, "us.txt")
	british := strings.NewReplacer("2026-10-20 11:22:33 UTC", "20/10/2026 11:22", "2026-10-20", "20/10/2026", " 06:12:44 UTC", "", "2026-10-18", "18/10/2026", "2026-11-01", "01/11/2026", "2026-11-03", "03/11/2026").Replace(us)
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	s := read(t, british, amazon.WithDateLayout("02/01/2006 15:04", london), amazon.WithDateLayout("02/01/2006", london))
	if at := s.Entries[0].At; !at.Equal(time.Date(2026, 10, 20, 10, 22, 0, 0, time.UTC)) {
		t.Errorf("11:22 in London's summer is %s", at)
	}
	latin := bytes.ReplaceAll([]byte(sample(t, "eu.txt")), []byte("Ä"), []byte{0xc4})
	fromLatin, err := amazon.Read(bytes.NewReader(latin), account, amazon.WithLatin1())
	if err != nil || fromLatin.Entries[0].SKU != "HÄNGELAMPE-1" {
		t.Errorf("windows-1252: %v", err)
	}
	if _, err := amazon.Read(bytes.NewReader(latin), account); !errors.As(err, new(*payments.ReportError)) {
		t.Errorf("windows-1252 as UTF-8: %v", err)
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	us, eu := sample(t, "us.txt"), sample(t, "eu.txt")
	for name, test := range map[string]struct {
		text, column string
		line         int
		options      []amazon.Option
	}{
		"an empty file":          {text: ""},
		"commas between columns": {text: strings.ReplaceAll(us, "\t", ","), line: 1},
		"a missing column":       {text: strings.Replace(us, "\tamount\t", "\tamounts\t", 1), column: "amount", line: 1},
		"a column twice":         {text: strings.Replace(us, "\tpromotion-id", "\tamount", 1), column: "amount", line: 1},
		"no header row":          {text: strings.SplitAfter(us, "\n")[0], line: 1},
		"no total":               {text: strings.Replace(us, "-9.99", "", 1), column: "total-amount", line: 2},
		"a wrong currency":       {text: strings.Replace(us, "USD", "ZZZ", 1), column: "currency", line: 2},
		"two marks":              {text: strings.Replace(us, "-3.00", "-3,00", 1), column: "amount", line: 4},
		"the other mark":         {text: eu, column: "total-amount", line: 2, options: []amazon.Option{amazon.WithDecimalPoint()}},
		"no amount":              {text: strings.Replace(us, "-3.00", "", 1), column: "amount", line: 4},
		"another settlement":     {text: strings.Replace(us, "\n17000000001\t\t\t\t\t\tOrder", "\n17000000002\t\t\t\t\t\tOrder", 1), column: "settlement-id", line: 3},
		"a date of no known form": {
			text: strings.Replace(us, "2026-10-20 11:22:33 UTC", "10/20/2026", 1), column: "posted-date-time", line: 3,
		},
		"a zone that is no UTC": {text: strings.Replace(us, "11:22:33 UTC", "11:22:33 XPT", 1), column: "posted-date-time", line: 3},
		"too many cells":        {text: strings.Replace(us, "\t-3.00", "\t\t\t\t\t\t\t\t\t\t\t\t-3.00", 1), line: 4},
		"a line without an end": {text: us + strings.Repeat("x", 2<<20), line: 6},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := amazon.Read(strings.NewReader(test.text), account, test.options...)
			var refused *payments.ReportError
			if !errors.As(err, &refused) || refused.Column != test.column || refused.Line != test.line {
				t.Errorf("got %v, want line %d, column %q", err, test.line, test.column)
			}
		})
	}
	for name, text := range map[string]string{
		"a cent more": strings.Replace(us, "-3.00", "-2.99", 1),
		"cut off":     us[:strings.LastIndex(strings.TrimSpace(us), "\n")+1],
	} {
		var wrong *payments.SumError
		if _, err := amazon.Read(strings.NewReader(text), account); !errors.As(err, &wrong) || !wrong.Total.Equal(dec("-9.99")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A bad row does not hide the others, and all of them are told.
func TestEntriesGoOnAfterABadRow(t *testing.T) {
	t.Parallel()
	text := strings.Replace(sample(t, "eu.txt"), "5,00", "five", 2)
	good, bad := 0, 0
	for _, err := range amazon.Rows(strings.NewReader(text), account) {
		var refused *payments.ReportError
		switch {
		case err == nil:
			good++
		case errors.As(err, &refused):
			bad++
		}
	}
	if good != 13 || bad != 2 {
		t.Errorf("%d good and %d bad rows, want 13 and 2", good, bad)
	}
}

type brokenReader struct{ io.Reader }

func (b brokenReader) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = errors.New("the connection is gone")
	}
	return n, err
}

func TestReadOfABrokenStream(t *testing.T) {
	t.Parallel()
	if _, err := amazon.Read(brokenReader{strings.NewReader(sample(t, "us.txt"))}, account); err == nil || !strings.Contains(err.Error(), "connection is gone") {
		t.Errorf("a report that broke off: %v", err)
	}
}

// peak reads a report as a stream and returns how many rows it had and how much memory was in use at most.
func peak(t testing.TB, rows int) (count int, most uint64) {
	t.Helper()
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, err := range amazon.Rows(paymentstest.AmazonReport(rows), account) {
		if err != nil {
			t.Fatal(err)
		}
		if count++; count%10_000 == 0 {
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapInuse+now.StackInuse)
		}
	}
	return count, most - min(most, before.HeapInuse)
}

// Not parallel: it looks at the memory of the process.
func TestStreamTakesBoundedMemory(t *testing.T) {
	count, most := peak(t, 200_000)
	if count != 200_000 {
		t.Errorf("%d rows", count)
	}
	if most > 32<<20 {
		t.Errorf("%d MiB for %d rows", most>>20, count)
	}
}

func BenchmarkRows(b *testing.B) {
	const rows = 1_000_000
	var most uint64
	for b.Loop() {
		count, used := peak(b, rows)
		if count != rows {
			b.Fatalf("%d rows", count)
		}
		most = max(most, used)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
	b.ReportMetric(float64(most)/(1<<20), "peak-MiB")
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(sample(f, "eu.txt")))
	f.Add([]byte(sample(f, "us.txt")))
	f.Add([]byte("settlement-id\ttotal-amount\tcurrency\ttransaction-type\torder-id\tamount-type\tamount-description\tamount\n1\t5\tJPY\tOrder\t1\tItemPrice\tPrincipal\t5\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := amazon.Read(bytes.NewReader(data), account)
		if err != nil {
			var refused *payments.ReportError
			var sum *payments.SumError
			if !errors.As(err, &refused) && !errors.As(err, &sum) {
				t.Fatalf("untyped error %T: %v", err, err)
			}
			return
		}
		// Whatever is read without an error sums to its total.
		sums, err := s.Sums()
		if err != nil {
			t.Fatal(err)
		}
		if payout := s.Payouts[0]; !sums[payout.Currency].Equal(payout.Amount) {
			t.Fatalf("the rows sum to %s, the total is %s", sums[payout.Currency], payout.Amount)
		}
		again, err := amazon.Read(bytes.NewReader(data), account)
		if err != nil || len(again.Entries) != len(s.Entries) {
			t.Fatalf("read again: %v", err)
		}
	})
}
