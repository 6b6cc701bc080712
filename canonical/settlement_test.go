package canonical_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
)

// twoCurrencies is a settlement with every kind of entry; the dollars are exchanged but for a reserve that was released and paid.
func twoCurrencies() canonical.Settlement {
	at := time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	stripe := canonical.Channel{Name: "stripe", Account: "main"}
	entry := func(id string, kind canonical.EntryKind, currency canonical.Currency, amount string) canonical.SettlementEntry {
		return canonical.SettlementEntry{ID: id, Kind: kind, Currency: currency, Amount: dec(amount), At: at}
	}
	s := canonical.Settlement{
		Key: canonical.Key{Channel: stripe, ID: "po_1"}, From: at.AddDate(0, 0, -7), To: at,
		Payouts: []canonical.Payout{
			{Currency: "EUR", Amount: dec("131.05"), At: at, Reference: "STRIPE 1"},
			{ID: "po_2", Currency: "USD", Amount: dec("5.00"), At: at},
		},
		Entries: []canonical.SettlementEntry{
			entry("1", canonical.EntrySale, "EUR", "119.00"),
			entry("2", canonical.EntryFee, "EUR", "-2.38"),
			entry("3", canonical.EntryRefund, "EUR", "-19.00"),
			entry("4", canonical.EntryTaxWithheld, "EUR", "-7.57"),
			entry("5", canonical.EntryChargeback, "EUR", "-45.00"),
			entry("6", canonical.EntryReserve, "USD", "5.00"),
			entry("7", canonical.EntryAdjustment, "EUR", "-0.50"),
			entry("8", canonical.EntryTransfer, "EUR", "-5.50"),
			entry("9", canonical.EntrySale, "USD", "100.00"),
			entry("10", canonical.EntryExchange, "USD", "-100.00"),
			entry("11", canonical.EntryExchange, "EUR", "92.00"),
		},
	}
	s.Entries[1].Tax = dec("-0.38")
	s.Entries[8].BuyerCurrency, s.Entries[8].BuyerAmount = "JPY", dec("15000")
	s.Entries[9].Exchange, s.Entries[10].Exchange = "x1", "x1"
	return s
}

func TestSettlementValidate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*canonical.Settlement)
		path   string
		code   canonical.ViolationCode
	}{
		"right":                  {change: func(*canonical.Settlement) {}},
		"a cent too much":        {func(s *canonical.Settlement) { s.Entries[0].Amount = dec("119.01") }, "entries", canonical.ViolationTotals},
		"other currency's sum":   {func(s *canonical.Settlement) { s.Entries[5].Amount = dec("4.99") }, "entries", canonical.ViolationTotals},
		"payout without entries": {func(s *canonical.Settlement) { s.Payouts[0].Currency = "GBP" }, "entries", canonical.ViolationTotals},
		"no payout":              {func(s *canonical.Settlement) { s.Payouts = nil }, "payouts", canonical.ViolationMissing},
		"no id":                  {func(s *canonical.Settlement) { s.Key.ID = "" }, "key.id", canonical.ViolationMissing},
		"no channel":             {func(s *canonical.Settlement) { s.Key.Channel.Name = "" }, "key.channel.name", canonical.ViolationMissing},
		"entry without id":       {func(s *canonical.Settlement) { s.Entries[2].ID = "" }, "entries[2].id", canonical.ViolationMissing},
		"doubled entry":          {func(s *canonical.Settlement) { s.Entries[2].ID = "1" }, "entries[2].id", canonical.ViolationDuplicate},
		"unknown kind":           {func(s *canonical.Settlement) { s.Entries[2].Kind = "gift" }, "entries[2].kind", canonical.ViolationUnknownWord},
		"unknown currency":       {func(s *canonical.Settlement) { s.Entries[2].Currency = "XXX" }, "entries[2].currency", canonical.ViolationCurrencyUnknown},
		"unknown payout":         {func(s *canonical.Settlement) { s.Payouts[0].Currency = "euro" }, "payouts[0].currency", canonical.ViolationCurrencyUnknown},
		"half a cent":            {func(s *canonical.Settlement) { s.Entries[0].Amount = dec("119.005") }, "entries[0].amount", canonical.ViolationMinorUnits},
		"half a cent paid":       {func(s *canonical.Settlement) { s.Payouts[0].Amount = dec("131.055") }, "payouts[0].amount", canonical.ViolationMinorUnits},
		"half a yen":             {func(s *canonical.Settlement) { s.Entries[8].BuyerAmount = dec("1.5") }, "entries[8].buyer_amount", canonical.ViolationMinorUnits},
		"buyer without currency": {func(s *canonical.Settlement) { s.Entries[8].BuyerCurrency = "" }, "entries[8].buyer_currency", canonical.ViolationMissing},
		"tax above the amount":   {func(s *canonical.Settlement) { s.Entries[1].Tax = dec("-3") }, "entries[1].tax", canonical.ViolationSign},
		"tax against the amount": {func(s *canonical.Settlement) { s.Entries[1].Tax = dec("0.38") }, "entries[1].tax", canonical.ViolationSign},
		"exchange without id":    {func(s *canonical.Settlement) { s.Entries[9].Exchange = "" }, "entries[9].exchange", canonical.ViolationMissing},
		"exchange of one leg":    {func(s *canonical.Settlement) { s.Entries[9].Exchange = "x2" }, "entries[10].exchange", canonical.ViolationExchange},
		"exchange id on a sale":  {func(s *canonical.Settlement) { s.Entries[0].Exchange = "x1" }, "entries[0].exchange", canonical.ViolationExchange},
		"too large": {func(s *canonical.Settlement) {
			s.Entries[0].Amount, s.Entries[2].Amount = dec("99999999999999999.99"), dec("99999999999999999.99")
		}, "entries", canonical.ViolationNumberTooLong},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := twoCurrencies()
			test.change(&s)
			err := s.Validate()
			var broken *canonical.SettlementError
			switch {
			case test.path == "":
				if err != nil {
					t.Error(err)
				}
			case !errors.As(err, &broken) || !broken.Has(test.path, test.code):
				t.Errorf("got %v, want %s at %s", err, test.code, test.path)
			}
		})
	}
}

// Whatever the entries are, a payout of their sums is right and one that differs by a minor unit in one currency is not.
func TestSettlementSums(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := canonical.Settlement{Key: canonical.Key{Channel: canonical.Channel{Name: "p", Account: "a"}, ID: "1"}}
		currencies := rapid.SliceOfNDistinct(rapid.SampledFrom([]canonical.Currency{"EUR", "JPY", "KWD", "USD"}), 1, 3, rapid.ID).Draw(t, "currencies")
		for i := range rapid.IntRange(0, 30).Draw(t, "entries") {
			currency := rapid.SampledFrom(currencies).Draw(t, "currency")
			amount, err := currency.FromMinor(rapid.Int64Range(-1e9, 1e9).Draw(t, "minor"))
			if err != nil {
				t.Fatal(err)
			}
			s.Entries = append(s.Entries, canonical.SettlementEntry{ID: string(rune('a' + i)), Kind: canonical.EntrySale, Currency: currency, Amount: amount})
		}
		sums, err := s.Sums()
		if err != nil {
			t.Fatal(err)
		}
		for _, currency := range currencies {
			s.Payouts = append(s.Payouts, canonical.Payout{Currency: currency, Amount: sums[currency]})
		}
		if err := s.Validate(); err != nil {
			t.Fatal(err)
		}
		wrong := rapid.IntRange(0, len(s.Payouts)-1).Draw(t, "wrong")
		unit, _ := s.Payouts[wrong].Currency.MinorUnit()
		if s.Payouts[wrong].Amount, err = s.Payouts[wrong].Amount.Add(unit); err != nil {
			t.Fatal(err)
		}
		var broken *canonical.SettlementError
		if err := s.Validate(); !errors.As(err, &broken) || !broken.Has("entries", canonical.ViolationTotals) {
			t.Fatalf("a minor unit is missing, but: %v", err)
		}
	})
}

func TestSettlementEncodingIsLossless(t *testing.T) {
	t.Parallel()
	any := rapid.Custom(func(t *rapid.T) canonical.Settlement {
		var s canonical.Settlement
		fill(t, reflect.ValueOf(&s).Elem(), "settlement")
		return s
	})
	rapid.Check(t, func(t *rapid.T) {
		want := any.Draw(t, "settlement")
		data, err := canonical.EncodeSettlement(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := canonical.DecodeSettlement(data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, strict); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

func TestDecodeSettlementRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ document, path string }{
		"no schema":       {`{}`, "schema"},
		"unknown field":   {`{"schema":1,"entries":[{"colour":1}]}`, "entries[0].colour"},
		"too many digits": {`{"schema":1,"entries":[{"amount":"1.00000000000000000001"}]}`, "entries[0].amount"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := canonical.DecodeSettlement([]byte(test.document))
			var refused *canonical.EncodingError
			if !errors.As(err, &refused) || refused.Path != test.path {
				t.Errorf("got %v, want an error at %s", err, test.path)
			}
		})
	}
	var schema *canonical.SchemaError
	if _, err := canonical.DecodeSettlement([]byte(`{"schema":99}`)); !errors.As(err, &schema) {
		t.Errorf("a later schema: %v", err)
	}
}

func FuzzDecodeSettlement(f *testing.F) {
	full, err := canonical.EncodeSettlement(twoCurrencies())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(full)
	f.Add([]byte(`{"schema":1,"payouts":[{"amount":1e30}]}`))
	f.Add([]byte(`{"schema":1,"entries":null,"from":"9999-12-31T23:59:59-12:00"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := canonical.DecodeSettlement(data)
		if err != nil {
			var refused *canonical.EncodingError
			var schema *canonical.SchemaError
			if !errors.As(err, &refused) && !errors.As(err, &schema) {
				t.Fatalf("untyped error %T", err)
			}
			return
		}
		_ = s.Validate()
		again, err := canonical.EncodeSettlement(s)
		if err != nil {
			return // a year before 0 or after 9999 once in UTC
		}
		back, err := canonical.DecodeSettlement(again)
		if err != nil {
			t.Fatalf("%s: %v", again, err)
		}
		if diff := cmp.Diff(s, back, strict); diff != "" {
			t.Fatalf("(-first +second):\n%s", diff)
		}
	})
}
