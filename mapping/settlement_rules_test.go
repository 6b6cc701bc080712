package mapping_test

import (
	"testing"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
)

var stripe = canonical.Channel{Name: "stripe", Account: "main"}

const settlementRules = `version: 1
defaults:
  settlements:
    entries: [{kind: fee, account: "6570"}, {kind: reserve, account: "1490"}]
channels:
  stripe/main:
    settlements:
      journal: Stripe
      orders: shop/main
      book: statement
      difference_account: "6969"
      tolerances: [{kind: sale, currency: EUR, most: 0.02}]
      partial: [sale]
      payout: {account: "1360", banks: {EUR: BNK1}, days: 5}
      entries:
        - {kind: fee, account: "6570", tax: VAT 20%, included: true}
        - {kind: fee, raw: "ItemFees/*", account: "6571"}
        - {kind: fee, raw: "ItemFees/Commission", account: "6572"}
`

func TestSettlementRulesAreJoined(t *testing.T) {
	t.Parallel()
	rules, err := mapping.LoadBytes([]byte(settlementRules), "rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	channel, err := rules.For(stripe)
	if err != nil {
		t.Fatal(err)
	}
	s := channel.Settlements
	if s.IsZero() || s.OrdersChannel() != (canonical.Channel{Name: "shop", Account: "main"}) || s.Book != mapping.BookStatement || s.Payout.Days != 5 {
		t.Errorf("%+v", s)
	}
	for _, test := range []struct {
		kind    canonical.EntryKind
		raw     string
		account string
	}{
		{canonical.EntryFee, "application_fee", "6570"},
		{canonical.EntryFee, "", "6570"},
		{canonical.EntryFee, "itemfees/fba", "6571"},
		{canonical.EntryFee, "ItemFees/Commission", "6572"},
		{canonical.EntryReserve, "held", "1490"},
		{canonical.EntryOther, "held", ""},
	} {
		rule, ok := s.Entry(test.kind, test.raw)
		if rule.Account.Name != test.account || ok != (test.account != "") {
			t.Errorf("%s %q: %+v, %t", test.kind, test.raw, rule, ok)
		}
	}
	if (mapping.SettlementRules{}).OrdersChannel() != (canonical.Channel{}) {
		t.Error("a channel out of nothing")
	}
}

func TestSettlementRulesRefused(t *testing.T) {
	t.Parallel()
	for path, text := range map[string]string{
		"orders":                 "{orders: shop}",
		"book":                   "{journal: 1, book: lines}",
		"entries[0].kind":        "{journal: 1, entries: [{account: 1}]}",
		"entries[1].kind":        "{journal: 1, entries: [{kind: fee, account: 1}, {kind: sale, account: 1}]}",
		"entries[0].account":     "{journal: 1, entries: [{kind: fee}]}",
		"entries[0].tax":         "{journal: 1, entries: [{kind: tax_withheld, account: 1, tax: 3}]}",
		"entries[0].raw":         "{journal: 1, entries: [{kind: fee, account: 1, raw: \" x\"}]}",
		"entries[1]":             "{journal: 1, entries: [{kind: fee, account: 1, raw: x}, {kind: fee, account: 2, raw: X}]}",
		"entries[0].acount":      "{journal: 1, entries: [{kind: fee, account: 1, acount: 1}]}",
		"tolerances[0].kind":     "{journal: 1, difference_account: 1, tolerances: [{kind: fee, currency: EUR, most: 1}]}",
		"tolerances[0].currency": "{journal: 1, difference_account: 1, tolerances: [{kind: sale, currency: euro, most: 1}]}",
		"tolerances[0].most":     "{journal: 1, difference_account: 1, tolerances: [{kind: sale, currency: EUR, most: 0}]}",
		"difference_account":     "{journal: 1, tolerances: [{kind: sale, currency: EUR, most: 1}]}",
		"partial[0]":             "{journal: 1, partial: [fee]}",
		"partial[1]":             "{journal: 1, partial: [sale, sale]}",
		"payout.banks.euro":      "{journal: 1, payout: {banks: {euro: 1}}}",
		"payout.banks":           "{journal: 1, payout: {days: 3}}",
		"payout.days":            "{journal: 1, payout: {days: -3, banks: {EUR: 1}}}",
	} {
		problems := problemsOf(t, "version: 1\nchannels:\n  stripe/main:\n    settlements: "+text+"\n")
		if len(problems) != 1 || problems[0].Path != "channels.stripe/main.settlements."+path {
			t.Errorf("%s: %v", path, problems)
		}
	}
}
