package csvsettlement_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/payments/csvsettlement"
)

var key = canonical.Key{Channel: canonical.Channel{Name: "psp", Account: "main"}, ID: "2026-11"}

// The report of a German provider, and its rules as an integrator writes them.
const german = `Abrechnung Nr.;4711;
erstellt;03.11.2026;
Datum;Vorgang;Beleg;Bestellung;Bruttobetrag;Gebühr;Währung
20.10.2026 11:22;Zahlung;T-1;A-1001;1.249,00;18,74;EUR
21.10.2026 09:00;Erstattung;T-2;A-1002;50,00;;EUR
22.10.2026 09:00;Rücklastschrift;T-3;A-1003;20,00;15,00;EUR
22.10.2026 10:00;Sonderposten;T-4;;1,50;;EUR
;;;;;;
Summe;;;;1.146,76;;EUR
Alle Angaben ohne Gewähr;;;;;;
`

const germanRules = `
separator: ";"
encoding: windows-1252
header_row: 3
decimal_mark: ","
date_layout: "02.01.2006 15:04"
zone: Europe/Berlin
columns: {date: Datum, kind: Vorgang, id: Beleg, order: Bestellung, amount: Bruttobetrag, fee: Gebühr, currency: Währung}
kinds: {Zahlung: sale, Erstattung: refund, Rücklastschrift: chargeback}
negative: [refund, chargeback]
fees_positive: true
total: {footer: Summe}
order_channel: {name: shop, account: de}
`

func rules(t testing.TB, text string) csvsettlement.Rules {
	t.Helper()
	var r csvsettlement.Rules
	if err := yaml.UnmarshalWithOptions([]byte(text), &r, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return r
}

// latin writes a text in windows-1252, as far as the tests need it.
func latin(text string) []byte {
	return []byte(strings.NewReplacer("ä", "\xe4", "ö", "\xf6", "ü", "\xfc", "€", "\x80").Replace(text))
}

func TestReadGerman(t *testing.T) {
	t.Parallel()
	s, err := csvsettlement.Read(bytes.NewReader(latin(german)), key, rules(t, germanRules))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	shop := canonical.Channel{Name: "shop", Account: "de"}
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 10, day, hour, minute, 0, 0, time.UTC) }
	want := canonical.Settlement{
		Key:     key,
		Payouts: []canonical.Payout{{Currency: "EUR", Amount: decimal.MustParse("1146.76")}},
		Entries: []canonical.SettlementEntry{
			{ID: "T-1", Kind: canonical.EntrySale, RawKind: "Zahlung", Currency: "EUR", Amount: decimal.MustParse("1249.00"), Order: canonical.Key{Channel: shop, ID: "A-1001"}, At: at(20, 9, 22)},
			{ID: "T-1/fee", Kind: canonical.EntryFee, RawKind: "Zahlung", Currency: "EUR", Amount: decimal.MustParse("-18.74"), Order: canonical.Key{Channel: shop, ID: "A-1001"}, At: at(20, 9, 22)},
			{ID: "T-2", Kind: canonical.EntryRefund, RawKind: "Erstattung", Currency: "EUR", Amount: decimal.MustParse("-50.00"), Order: canonical.Key{Channel: shop, ID: "A-1002"}, At: at(21, 7, 0)},
			{ID: "T-3", Kind: canonical.EntryChargeback, RawKind: "Rücklastschrift", Currency: "EUR", Amount: decimal.MustParse("-20.00"), Order: canonical.Key{Channel: shop, ID: "A-1003"}, At: at(22, 7, 0)},
			{ID: "T-3/fee", Kind: canonical.EntryFee, RawKind: "Rücklastschrift", Currency: "EUR", Amount: decimal.MustParse("-15.00"), Order: canonical.Key{Channel: shop, ID: "A-1003"}, At: at(22, 7, 0)},
			{ID: "T-4", Kind: canonical.EntryOther, RawKind: "Sonderposten", Currency: "EUR", Amount: decimal.MustParse("1.50"), At: at(22, 8, 0)},
		},
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A report from the provider's side, in two currencies, whose payouts are rows.
func TestReadInvertedWithPayoutRows(t *testing.T) {
	t.Parallel()
	const text = "type,amount,currency,payment,exchange\n" +
		"opening,-500.00,EUR,,\n" +
		"charge,-100.00,EUR,p1,\ncharge,-50.00,USD,p2,x-ignored\nfx,50.00,USD,,x1\nfx,-46.00,EUR,,x1\nrefund,30.00,EUR,p1,\npayout,116.00,EUR,,\n"
	s, err := csvsettlement.Read(strings.NewReader(text), key, rules(t, `
decimal_mark: "."
columns: {kind: TYPE, amount: amount, currency: currency, payment: payment, exchange: exchange}
kinds: {charge: sale, refund: refund, fx: exchange}
inverted: true
skip: [opening]
total: {payout: payout}
`))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	if len(s.Entries) != 5 || !s.Entries[0].Amount.Equal(decimal.MustParse("100")) || !s.Payouts[0].Amount.Equal(decimal.MustParse("116")) {
		t.Errorf("got %+v", s)
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ from, to, column string }{
		"a number with the other mark": {"50,00", "50.00", "Bruttobetrag"},
		"a fee that is no number":      {"18,74", "x", "Gebühr"},
		"a date of another form":       {"21.10.2026 09:00", "2026-10-21", "Datum"},
		"no currency":                  {";15,00;EUR", ";15,00;EURO", "Währung"},
		"a column that is gone":        {"Bruttobetrag", "Betrag", "Bruttobetrag"},
		"a column twice":               {"Bestellung", "Vorgang", "vorgang"},
		"no footer":                    {"Summe", "Ende", ""},
		"an id twice":                  {"T-2", "T-1", "Beleg"},
		"a quote in the middle":        {"A-1001", `A"1001`, ""},
	} {
		text := strings.Replace(german, test.from, test.to, 1)
		_, err := csvsettlement.Read(bytes.NewReader(latin(text)), key, rules(t, germanRules))
		var refused *payments.ReportError
		if !errors.As(err, &refused) || test.column != "" && refused.Column != test.column {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"a cent less":   strings.Replace(german, "1.146,76", "1.146,75", 1),
		"a missing row": strings.Replace(german, "22.10.2026 10:00;Sonderposten;T-4;;1,50;;EUR\n", "", 1),
	} {
		var wrong *payments.SumError
		if _, err := csvsettlement.Read(bytes.NewReader(latin(text)), key, rules(t, germanRules)); !errors.As(err, &wrong) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := csvsettlement.Read(strings.NewReader("a\n"), key, rules(t, germanRules)); err == nil {
		t.Error("a report that ends above its header was read")
	}
}

func TestRulesThatCannotWork(t *testing.T) {
	t.Parallel()
	for field, change := range map[string]func(*csvsettlement.Rules){
		"separator":      func(r *csvsettlement.Rules) { r.Separator = ";;" },
		"encoding":       func(r *csvsettlement.Rules) { r.Encoding = "ebcdic" },
		"header_row":     func(r *csvsettlement.Rules) { r.HeaderRow = -1 },
		"decimal_mark":   func(r *csvsettlement.Rules) { r.DecimalMark = "" },
		"columns.amount": func(r *csvsettlement.Rules) { r.Columns.Amount = "" },
		"date_layout":    func(r *csvsettlement.Rules) { r.DateLayout = "" },
		"zone":           func(r *csvsettlement.Rules) { r.Zone = "Berlin" },
		"currency":       func(r *csvsettlement.Rules) { r.Columns.Currency = "" },
		"kind":           func(r *csvsettlement.Rules) { r.Columns.Kind = "" },
		"columns.kind":   func(r *csvsettlement.Rules) { r.Columns.Kind, r.Kind = "", canonical.EntrySale },
		"kinds.Zahlung":  func(r *csvsettlement.Rules) { r.Kinds = map[string]canonical.EntryKind{"Zahlung": "gift"} },
		"negative":       func(r *csvsettlement.Rules) { r.Negative = []canonical.EntryKind{"gift"} },
	} {
		r := rules(t, germanRules)
		change(&r)
		var wrong *csvsettlement.RulesError
		if err := r.Validate(); !errors.As(err, &wrong) || wrong.Field != field {
			t.Errorf("a wrong %s: %v", field, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(latin(german))
	f.Add([]byte("\n\nDatum;Vorgang;Beleg;Bestellung;Bruttobetrag;Geb\xfchr;W\xe4hrung\n;;;;;;\nSumme;;;;0;;EUR"))
	parsed := rules(f, germanRules)
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := csvsettlement.Read(bytes.NewReader(data), key, parsed)
		if err != nil {
			var refused *payments.ReportError
			var sum *payments.SumError
			if !errors.As(err, &refused) && !errors.As(err, &sum) {
				t.Fatalf("untyped error %T: %v", err, err)
			}
			return
		}
		sums, err := s.Sums()
		if err != nil {
			t.Fatal(err)
		}
		paid, err := s.PaidOut()
		if err != nil {
			t.Fatal(err)
		}
		for currency, sum := range sums {
			if !sum.Equal(paid[currency]) {
				t.Fatalf("%s: the rows sum to %s, %s was paid out", currency, sum, paid[currency])
			}
		}
	})
}
