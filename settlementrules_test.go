package retailsync_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
)

// feeTax makes a purchase tax of 19 % whose amount goes to accounts by percent, for what is paid and what is given back.
func (c *payDesk) feeTax(name string, parts map[int]int64) mapping.Ref {
	c.Helper()
	tax := c.create("account.tax", map[string]any{"name": name + " " + c.tag, "amount": 19, "type_tax_use": "purchase"})
	for _, kind := range []string{"invoice", "refund"} {
		line := map[string]any{"tax_id": tax, "document_type": kind, "repartition_type": "base"}
		c.create("account.tax.repartition.line", line)
		for _, percent := range []int{100, -100} {
			if account, ok := parts[percent]; ok {
				c.create("account.tax.repartition.line", map[string]any{"tax_id": tax, "document_type": kind, "repartition_type": "tax", "factor_percent": percent, "account_id": account})
			}
		}
	}
	return mapping.ID(tax)
}

// taxed gives the rule for fees a tax.
func (c *payDesk) taxed(tax mapping.Ref, included *bool) {
	c.change(func(r *mapping.SettlementRules) {
		for i := range r.Entries {
			if r.Entries[i].Kind == canonical.EntryFee {
				r.Entries[i].Tax, r.Entries[i].Included = tax, included
			}
		}
	})
}

func (c *payDesk) wantBalances(want map[string]string) {
	c.Helper()
	got := map[string]string{}
	for name := range want {
		got[name] = c.balance(c.accounts[name])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		c.Error(diff)
	}
}

// A tax that is in the fee and that the provider does not state is computed out of it; what the provider states counts.
func TestSettlementTaxIncluded(t *testing.T) {
	t.Parallel()
	c := newPayDesk(t, inProcess(t, 19))
	tax := c.feeTax("Included", map[int]int64{100: c.accounts["input tax"]})
	yes, no := true, false
	c.taxed(tax, &no)
	if got := c.settle(c.settlement("net", c.entry("n", canonical.EntryFee, c.home, "-1.19"))); got.Outcome != retailsync.SettlementPosted {
		t.Fatal(got)
	}
	c.wantBalances(map[string]string{"fee": "1.19", "input tax": "0"})
	c.taxed(tax, &yes)
	stated := c.entry("s", canonical.EntryFee, c.home, "-2.00", func(e *canonical.SettlementEntry) { e.Tax = decimal.MustParse("-0.30") })
	// 0.99 ÷ 1.19 is 0.8319: base and tax are whole cents and sum to the fee. What is given back is the other way round.
	s := c.settlement("gross", c.entry("a", canonical.EntryFee, c.home, "-1.19"), c.entry("b", canonical.EntryFee, c.home, "-0.99"), c.entry("c", canonical.EntryFee, c.home, "0.50"), stated)
	if got := c.settle(s); got.Outcome != retailsync.SettlementPosted || got.Booked != 4 {
		t.Fatalf("%+v", got)
	}
	// fee: 1.19 before, then 1.00, 0.83, -0.42 and 1.70; tax: 0.19, 0.16, -0.08 and 0.30
	c.wantBalances(map[string]string{"fee": "4.3", "input tax": "0.57"})
	if got := c.balance(c.clearingAccount()); got != "0" {
		t.Error("clearing account", got)
	}
	if again := c.settle(s); again.Outcome != retailsync.SettlementUnchanged {
		t.Errorf("%+v", again)
	}
}

// A tax that the buyer of a service owes himself is booked on both sides, and the fee is whole.
func TestSettlementReverseCharge(t *testing.T) {
	t.Parallel()
	c := newPayDesk(t, inProcess(t, 19))
	c.accounts["owed tax"] = c.account("owed tax", c.tag[len(c.tag)-7:]+"o", false)
	c.taxed(c.feeTax("Reverse charge", map[int]int64{100: c.accounts["input tax"], -100: c.accounts["owed tax"]}), nil)
	s := c.settlement("reverse", c.entry("a", canonical.EntryFee, c.home, "-10.00"), c.entry("b", canonical.EntryFee, c.home, "1.00"))
	dry := c.settle(s, func(r *retailsync.SettlementRun) { r.DryRun = true })
	if got := c.settle(s); got.Outcome != retailsync.SettlementPosted || got.Booked != 2 || len(got.Postings) != len(dry.Postings) {
		t.Fatalf("%+v", got)
	}
	c.wantBalances(map[string]string{"fee": "9", "input tax": "1.71", "owed tax": "-1.71"})
	if got := c.balance(c.clearingAccount()); got != "0" {
		t.Error("clearing account", got)
	}
	// The provider cannot state a tax that is not in the amount.
	wrong := c.settlement("stated", c.entry("c", canonical.EntryFee, c.home, "-1.19", func(e *canonical.SettlementEntry) { e.Tax = decimal.MustParse("-0.19") }))
	if got := c.settle(wrong); len(got.Exceptions) != 1 || got.Booked != 0 || got.Exceptions[0].NextStep == "" {
		t.Errorf("%+v", got)
	}
}

// A part of what is owed may come in one settlement and the rest in another, where the rules say so.
func TestSettlementOfAPart(t *testing.T) {
	t.Parallel()
	c := newPayDesk(t, inProcess(t, 19))
	c.sell(soldOrder{"1", c.home, "100.00"})
	first := c.settlement("first", c.entry("a", canonical.EntrySale, c.home, "40.00", c.of("1")))
	if got := reasons(c.settle(first)); len(got) != 1 || got[0] != "amount: a off by -60.00" {
		t.Error("without the rule:", got)
	}
	c.change(func(r *mapping.SettlementRules) { r.Partial = []canonical.EntryKind{canonical.EntrySale} })
	if got := c.settle(first); got.Outcome != retailsync.SettlementPosted || got.Booked != 1 {
		t.Fatalf("%+v", got)
	}
	if got := c.paid(c.invoices["1"]); got != "partial 60" {
		t.Error("after a part:", got)
	}
	if again := c.settle(first); again.Outcome != retailsync.SettlementUnchanged {
		t.Errorf("again: %+v", again)
	}
	// More than is left is no part.
	if got := reasons(c.settle(c.settlement("more", c.entry("m", canonical.EntrySale, c.home, "60.50", c.of("1"))))); len(got) != 1 || got[0] != "amount: m off by 0.50" {
		t.Error("more than is left:", got)
	}
	second := c.settlement("second", c.entry("b", canonical.EntrySale, c.home, "60.00", c.of("1")))
	if got := c.settle(second); got.Outcome != retailsync.SettlementPosted || got.Booked != 1 {
		t.Fatalf("%+v", got)
	}
	c.wantPaid()
	if got := c.balance(c.clearingAccount()); got != "-60.5" { // what was not booked
		t.Error("clearing account", got)
	}
}
