package settlement_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/payments/settlement"
)

func dec(s string) decimal.Decimal { return decimal.MustParse(s) }

var shop = canonical.Channel{Name: "shop", Account: "main"}

func order(id string) canonical.Key { return canonical.Key{Channel: shop, ID: id} }

// sale is an entry of an order; id tells entries apart.
func sale(id, orderID, amount string) canonical.SettlementEntry {
	return canonical.SettlementEntry{ID: id, Kind: canonical.EntrySale, Currency: "EUR", Amount: dec(amount), Order: order(orderID)}
}

func with(e canonical.SettlementEntry, change func(*canonical.SettlementEntry)) canonical.SettlementEntry {
	change(&e)
	return e
}

func owed(id, orderID, amount string) settlement.Item {
	return settlement.Item{ID: id, Kind: canonical.EntrySale, Currency: "EUR", Amount: dec(amount), Order: order(orderID)}
}

func itemWith(i settlement.Item, change func(*settlement.Item)) settlement.Item {
	change(&i)
	return i
}

// batch is a settlement that sums.
func batch(entries ...canonical.SettlementEntry) canonical.Settlement {
	s := canonical.Settlement{Key: canonical.Key{Channel: canonical.Channel{Name: "provider", Account: "main"}, ID: "1"}, Entries: entries}
	sums, err := s.Sums()
	if err != nil {
		panic(err)
	}
	for currency, sum := range sums {
		s.Payouts = append(s.Payouts, canonical.Payout{Currency: currency, Amount: sum})
	}
	if len(sums) == 0 {
		s.Payouts = []canonical.Payout{{Currency: "EUR"}}
	}
	return s
}

var compare = cmp.Options{cmpopts.EquateEmpty(), cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) })}

func TestMatch(t *testing.T) {
	t.Parallel()
	refund := func(e *canonical.SettlementEntry) { e.Kind, e.Refund = canonical.EntryRefund, "re_1" }
	line := func(id string) func(*canonical.SettlementEntry) {
		return func(e *canonical.SettlementEntry) { e.LineID = id }
	}
	itemLine := func(id string) func(*settlement.Item) { return func(i *settlement.Item) { i.LineID = id } }
	cents := settlement.Rules{Tolerances: []settlement.Tolerance{{Kind: canonical.EntrySale, Currency: "EUR", Most: dec("0.02")}}}
	parts := settlement.Rules{Partial: []canonical.EntryKind{canonical.EntrySale}}
	for name, test := range map[string]struct {
		entries []canonical.SettlementEntry
		items   []settlement.Item
		rules   settlement.Rules
		earlier settlement.Earlier
		want    settlement.Result
	}{
		"one to one": {
			entries: []canonical.SettlementEntry{sale("1", "A", "20.00")}, items: []settlement.Item{owed("a", "A", "20")},
			want: settlement.Result{Matches: []settlement.Pairing{{By: settlement.ByOrder, Entries: []int{0}, Items: []int{0}}}},
		},
		"many to one": {
			entries: []canonical.SettlementEntry{sale("1", "A", "20"), sale("2", "A", "3.80"), sale("3", "A", "-1")}, items: []settlement.Item{owed("a", "A", "22.80")},
			want: settlement.Result{Matches: []settlement.Pairing{{By: settlement.ByOrder, Entries: []int{0, 1, 2}, Items: []int{0}}}},
		},
		"one to many": {
			entries: []canonical.SettlementEntry{sale("1", "A", "50")}, items: []settlement.Item{owed("a", "A", "20"), owed("b", "A", "30")},
			want: settlement.Result{Matches: []settlement.Pairing{{By: settlement.ByOrder, Entries: []int{0}, Items: []int{0, 1}}}},
		},
		"by line before by order": {
			entries: []canonical.SettlementEntry{with(sale("1", "A", "20"), line("l2")), with(sale("2", "A", "20"), line("l1")), sale("3", "A", "5")},
			items:   []settlement.Item{itemWith(owed("a", "A", "20"), itemLine("l1")), itemWith(owed("b", "A", "20"), itemLine("l2")), owed("shipping", "A", "5")},
			want: settlement.Result{Matches: []settlement.Pairing{
				{By: settlement.ByLine, Entries: []int{0}, Items: []int{1}}, {By: settlement.ByLine, Entries: []int{1}, Items: []int{0}},
				{By: settlement.ByOrder, Entries: []int{2}, Items: []int{2}},
			}},
		},
		"refund by its id": {
			entries: []canonical.SettlementEntry{with(sale("1", "A", "-5"), refund)},
			items: []settlement.Item{
				itemWith(owed("a", "A", "-5"), func(i *settlement.Item) { i.Kind, i.Refund = canonical.EntryRefund, "re_0" }),
				itemWith(owed("b", "A", "-5"), func(i *settlement.Item) { i.Kind, i.Refund = canonical.EntryRefund, "re_1" }),
			},
			want: settlement.Result{Matches: []settlement.Pairing{{By: settlement.ByRefund, Entries: []int{0}, Items: []int{1}}}, Open: []int{0}},
		},
		"a refund that came back, by its id": {
			entries: []canonical.SettlementEntry{with(sale("1", "A", "-5"), refund), with(sale("2", "A", "5"), refund)},
			items: []settlement.Item{
				itemWith(owed("back", "A", "5"), func(i *settlement.Item) { i.Kind, i.Refund = canonical.EntryRefund, "re_1" }),
				itemWith(owed("out", "A", "-5"), func(i *settlement.Item) { i.Kind, i.Refund = canonical.EntryRefund, "re_1" }),
			},
			want: settlement.Result{Matches: []settlement.Pairing{
				{By: settlement.ByRefund, Entries: []int{0}, Items: []int{1}}, {By: settlement.ByRefund, Entries: []int{1}, Items: []int{0}},
			}},
		},
		"by payment, reference and number": {
			entries: []canonical.SettlementEntry{
				{ID: "1", Kind: canonical.EntrySale, Currency: "EUR", Amount: dec("1"), Payment: "pi_1"},
				{ID: "2", Kind: canonical.EntrySale, Currency: "EUR", Amount: dec("2"), OrderNumber: "#7"},
				{ID: "3", Kind: canonical.EntryRefund, Currency: "EUR", Amount: dec("-1"), Reference: "ours"},
			},
			items: []settlement.Item{
				{ID: "n", Kind: canonical.EntrySale, Currency: "EUR", Amount: dec("2"), Order: order("B"), OrderNumber: "#7"},
				{ID: "p", Kind: canonical.EntrySale, Currency: "EUR", Amount: dec("1"), Order: order("A"), Payment: "pi_1"},
				{ID: "r", Kind: canonical.EntryRefund, Currency: "EUR", Amount: dec("-1"), Order: order("A"), Reference: "ours"},
			},
			want: settlement.Result{Matches: []settlement.Pairing{
				{By: settlement.ByPayment, Entries: []int{0}, Items: []int{1}}, {By: settlement.ByNumber, Entries: []int{1}, Items: []int{0}},
				{By: settlement.ByReference, Entries: []int{2}, Items: []int{2}},
			}},
		},
		"fees need no item": {
			entries: []canonical.SettlementEntry{with(sale("1", "A", "-2"), func(e *canonical.SettlementEntry) { e.Kind = canonical.EntryFee })},
			rules:   settlement.Rules{Direct: settlement.DirectKinds()},
			want:    settlement.Result{Direct: []int{0}},
		},
		"fees without a rule": {
			entries: []canonical.SettlementEntry{with(sale("1", "A", "-2"), func(e *canonical.SettlementEntry) { e.Kind = canonical.EntryFee })},
			want:    settlement.Result{Exceptions: []settlement.Exception{{Reason: settlement.ReasonKind, Entries: []int{0}}}},
		},
		"a cent off": {
			entries: []canonical.SettlementEntry{sale("1", "A", "20.01")}, items: []settlement.Item{owed("a", "A", "20")},
			want: settlement.Result{Exceptions: []settlement.Exception{{Reason: settlement.ReasonAmount, Entries: []int{0}, Items: []int{0}, Difference: dec("0.01")}}},
		},
		"a cent off, by rule": {
			entries: []canonical.SettlementEntry{sale("1", "A", "20.01")}, items: []settlement.Item{owed("a", "A", "20")}, rules: cents,
			want: settlement.Result{Matches: []settlement.Pairing{{By: settlement.ByOrder, Entries: []int{0}, Items: []int{0}, Difference: dec("0.01")}}},
		},
		"three cents off, by a rule for two": {
			entries: []canonical.SettlementEntry{sale("1", "A", "19.97")}, items: []settlement.Item{owed("a", "A", "20")}, rules: cents,
			want: settlement.Result{Exceptions: []settlement.Exception{{Reason: settlement.ReasonAmount, Entries: []int{0}, Items: []int{0}, Difference: dec("-0.03")}}},
		},
		"a part": {
			entries: []canonical.SettlementEntry{sale("1", "A", "15")}, items: []settlement.Item{owed("a", "A", "20")}, rules: parts,
			want: settlement.Result{Matches: []settlement.Pairing{{By: settlement.ByOrder, Entries: []int{0}, Items: []int{0}, Rest: dec("5")}}},
		},
		"more than a part": {
			entries: []canonical.SettlementEntry{sale("1", "A", "25")}, items: []settlement.Item{owed("a", "A", "20")}, rules: parts,
			want: settlement.Result{Exceptions: []settlement.Exception{{Reason: settlement.ReasonAmount, Entries: []int{0}, Items: []int{0}, Difference: dec("5")}}},
		},
		"missing order": {
			entries: []canonical.SettlementEntry{sale("1", "A", "20")}, items: []settlement.Item{owed("b", "B", "20")},
			want: settlement.Result{Exceptions: []settlement.Exception{{Reason: settlement.ReasonNoItem, Entries: []int{0}}}, Open: []int{0}},
		},
		"no reference": {
			entries: []canonical.SettlementEntry{{ID: "1", Kind: canonical.EntrySale, Currency: "EUR", Amount: dec("1")}},
			want:    settlement.Result{Exceptions: []settlement.Exception{{Reason: settlement.ReasonNoReference, Entries: []int{0}}}},
		},
		"another currency": {
			entries: []canonical.SettlementEntry{sale("1", "A", "20")}, items: []settlement.Item{itemWith(owed("a", "A", "20"), func(i *settlement.Item) { i.Currency = "USD" })},
			want: settlement.Result{Exceptions: []settlement.Exception{{Reason: settlement.ReasonCurrency, Entries: []int{0}, Items: []int{0}}}, Open: []int{0}},
		},
		"settled before": {
			entries: []canonical.SettlementEntry{sale("1", "A", "20")}, items: []settlement.Item{itemWith(owed("a", "A", "20"), func(i *settlement.Item) { i.Settled = true })},
			want: settlement.Result{Exceptions: []settlement.Exception{{Reason: settlement.ReasonSettled, Entries: []int{0}, Items: []int{0}}}},
		},
		"doubled": {
			entries: []canonical.SettlementEntry{sale("1", "A", "20"), sale("2", "A", "20")}, items: []settlement.Item{owed("a", "A", "20")},
			want: settlement.Result{
				Matches:    []settlement.Pairing{{By: settlement.ByOrder, Entries: []int{0}, Items: []int{0}}},
				Exceptions: []settlement.Exception{{Reason: settlement.ReasonDoubled, Entries: []int{1}, Items: []int{0}}},
			},
		},
		"one of several doubled": {
			entries: []canonical.SettlementEntry{sale("1", "A", "20"), sale("2", "A", "3.80"), sale("3", "A", "20")}, items: []settlement.Item{owed("a", "A", "23.80")},
			want: settlement.Result{
				Matches:    []settlement.Pairing{{By: settlement.ByOrder, Entries: []int{0, 1}, Items: []int{0}}},
				Exceptions: []settlement.Exception{{Reason: settlement.ReasonDoubled, Entries: []int{2}, Items: []int{0}}},
			},
		},
		"doubled is no part of another line": {
			entries: []canonical.SettlementEntry{with(sale("1", "A", "20"), line("l1")), with(sale("2", "A", "20"), line("l1"))},
			items:   []settlement.Item{itemWith(owed("a", "A", "20"), itemLine("l1")), itemWith(owed("b", "A", "30"), itemLine("l2"))}, rules: parts,
			want: settlement.Result{
				Matches:    []settlement.Pairing{{By: settlement.ByLine, Entries: []int{0}, Items: []int{0}}},
				Exceptions: []settlement.Exception{{Reason: settlement.ReasonDoubled, Entries: []int{1}, Items: []int{0}}},
				Open:       []int{1},
			},
		},
		"twins that were both sold": {
			entries: []canonical.SettlementEntry{sale("1", "A", "20"), sale("2", "A", "20")}, items: []settlement.Item{owed("a", "A", "40")},
			want: settlement.Result{Matches: []settlement.Pairing{{By: settlement.ByOrder, Entries: []int{0, 1}, Items: []int{0}}}},
		},
		"imported before": {
			entries: []canonical.SettlementEntry{sale("1", "A", "20")}, items: []settlement.Item{itemWith(owed("a", "A", "20"), func(i *settlement.Item) { i.Settled = true })},
			earlier: settlement.Earlier{"1": settlement.Digest(sale("1", "A", "20.00"))},
			want:    settlement.Result{Known: []int{0}},
		},
		"imported before in another form": {
			entries: []canonical.SettlementEntry{sale("1", "A", "20")}, earlier: settlement.Earlier{"1": settlement.Digest(sale("1", "A", "21"))},
			want: settlement.Result{Exceptions: []settlement.Exception{{Reason: settlement.ReasonChanged, Entries: []int{0}}}},
		},
		"gone since": {
			earlier: settlement.Earlier{"9": "x"},
			want:    settlement.Result{Exceptions: []settlement.Exception{{Reason: settlement.ReasonVanished, Lost: []string{"9"}}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := settlement.Match(batch(test.entries...), test.items, test.rules, test.earlier)
			if diff := cmp.Diff(test.want, got, compare); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, exception := range got.Exceptions {
				if step := exception.Reason.NextStep(); step == settlement.Reason("").NextStep() {
					t.Errorf("%s has no next step", exception.Reason)
				}
			}
		})
	}
}

func TestMatchPostsNothingOfAWrongSum(t *testing.T) {
	t.Parallel()
	s := batch(sale("1", "A", "20"), sale("2", "B", "30"))
	s.Payouts[0].Amount = dec("50.01")
	got := settlement.Match(s, []settlement.Item{owed("a", "A", "20")}, settlement.Rules{}, nil)
	var broken *canonical.SettlementError
	if len(got.Exceptions) != 1 || got.Exceptions[0].Reason != settlement.ReasonUnbalanced || !errors.As(got.Exceptions[0].Err, &broken) ||
		len(got.Exceptions[0].Entries) != 2 || len(got.Matches)+len(got.Direct) > 0 {
		t.Errorf("got %+v", got)
	}
}

// books is a world in which everything is right: items, and a settlement that pays them in random pieces.
type books struct {
	settlement canonical.Settlement
	items      []settlement.Item
}

func anyBooks(t *rapid.T) books {
	var b books
	b.settlement.Key = canonical.Key{Channel: canonical.Channel{Name: "provider", Account: "main"}, ID: "1"}
	add := func(e canonical.SettlementEntry) {
		e.ID = fmt.Sprintf("e%d", len(b.settlement.Entries))
		b.settlement.Entries = append(b.settlement.Entries, e)
	}
	for n := range rapid.IntRange(1, 12).Draw(t, "orders") {
		id := fmt.Sprintf("o%d", n)
		currency := rapid.SampledFrom([]canonical.Currency{"EUR", "USD", "JPY"}).Draw(t, "currency")
		money := func(minor int) decimal.Decimal {
			amount, err := currency.FromMinor(int64(minor))
			if err != nil {
				t.Fatal(err)
			}
			return amount
		}
		// Amounts are all different, so that a planted fault is not by chance the right amount of something else.
		base := 1_000_000*(n+1) + rapid.IntRange(1, 300_000).Draw(t, "base")
		byLine := rapid.Bool().Draw(t, "by line")
		for l := range rapid.IntRange(1, 3).Draw(t, "lines") {
			line := ""
			if byLine {
				line = fmt.Sprint(l)
			}
			total := base + 1000*l
			b.items = append(b.items, settlement.Item{ID: fmt.Sprintf("%s/%d", id, l), Kind: canonical.EntrySale, Order: order(id), LineID: line, Payment: "p" + id, Currency: currency, Amount: money(total)})
			// Not one: a unit more on the rest would make it the right amount of the whole.
			piece := rapid.OneOf(rapid.Just(0), rapid.IntRange(2, 400)).Draw(t, "piece")
			e := canonical.SettlementEntry{Kind: canonical.EntrySale, Order: order(id), LineID: line, Currency: currency, RawKind: "Principal", Amount: money(total - piece)}
			add(e)
			if piece > 0 {
				e.RawKind, e.Amount = "Tax", money(piece)
				add(e)
			}
		}
		add(canonical.SettlementEntry{Kind: canonical.EntryFee, Order: order(id), Currency: currency, Amount: money(-rapid.IntRange(1, 50).Draw(t, "fee"))})
		if rapid.Bool().Draw(t, "refund") {
			amount := money(-(base / 3))
			b.items = append(b.items, settlement.Item{ID: id + "/refund", Kind: canonical.EntryRefund, Order: order(id), Refund: "r" + id, Currency: currency, Amount: amount})
			add(canonical.SettlementEntry{Kind: canonical.EntryRefund, Order: order(id), Refund: "r" + id, Currency: currency, Amount: amount})
		}
	}
	b.pay(t)
	return b
}

func (b *books) pay(t *rapid.T) {
	sums, err := b.settlement.Sums()
	if err != nil {
		t.Fatal(err)
	}
	b.settlement.Payouts = nil
	for currency, sum := range sums {
		b.settlement.Payouts = append(b.settlement.Payouts, canonical.Payout{Currency: currency, Amount: sum})
	}
}

var bookRules = settlement.Rules{Direct: settlement.DirectKinds()}

// whole checks that each entry is in one place, and that no money is lost or made on the way.
func whole(t *rapid.T, b books, result settlement.Result) {
	places := make([]int, len(b.settlement.Entries))
	count := func(indices []int) {
		for _, i := range indices {
			places[i]++
		}
	}
	taken := make([]int, len(b.items))
	for _, match := range result.Matches {
		count(match.Entries)
		sum, err := settlement.Sum(b.settlement.Entries, match.Entries)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range match.Items {
			taken[i]++
			if sum, err = sum.Sub(b.items[i].Amount); err != nil {
				t.Fatal(err)
			}
		}
		if off, err := match.Difference.Sub(match.Rest); err != nil || !sum.Equal(off) {
			t.Fatalf("the match %+v is off by %s", match, sum)
		}
	}
	count(result.Direct)
	count(result.Known)
	for _, exception := range result.Exceptions {
		count(exception.Entries)
	}
	for i, n := range places {
		if n != 1 {
			t.Fatalf("entry %d is in %d places: %+v", i, n, result)
		}
	}
	for i, n := range taken {
		if n > 1 {
			t.Fatalf("item %d is paid %d times: %+v", i, n, result)
		}
	}
}

// What is right is posted to the last entry, in any order of entries, and a second time nothing is.
func TestMatchRightBooks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := anyBooks(t)
		b.settlement.Entries = rapid.Permutation(b.settlement.Entries).Draw(t, "entries")
		b.items = rapid.Permutation(b.items).Draw(t, "items")
		result := settlement.Match(b.settlement, b.items, bookRules, nil)
		whole(t, b, result)
		if len(result.Exceptions) > 0 || len(result.Open) > 0 {
			t.Fatalf("exceptions %+v, open %v", result.Exceptions, result.Open)
		}
		earlier := settlement.Earlier{}
		for _, e := range b.settlement.Entries {
			earlier[e.ID] = settlement.Digest(e)
		}
		for i := range b.items {
			b.items[i].Settled = true
		}
		again := settlement.Match(b.settlement, b.items, bookRules, earlier)
		if len(again.Known) != len(b.settlement.Entries) || len(again.Matches)+len(again.Direct)+len(again.Exceptions) > 0 {
			t.Fatalf("imported again: %+v", again)
		}
	})
}

// Each planted fault is an exception, for its reason, and nothing that has nothing to do with it is.
func TestMatchPlantedFaults(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := anyBooks(t)
		sales := slices.Collect(func(yield func(int) bool) {
			for i, e := range b.settlement.Entries {
				if e.Kind == canonical.EntrySale && !yield(i) {
					return
				}
			}
		})
		at := rapid.SampledFrom(sales).Draw(t, "at")
		victim := b.settlement.Entries[at]
		var want settlement.Reason
		fault := rapid.SampledFrom([]string{"missing order", "wrong amount", "doubled", "wrong sum"}).Draw(t, "fault")
		switch fault {
		case "missing order":
			want = settlement.ReasonNoItem
			b.items = slices.DeleteFunc(b.items, func(i settlement.Item) bool { return i.Order == victim.Order && i.Kind == canonical.EntrySale })
		case "wrong amount":
			want = settlement.ReasonAmount
			unit, _ := victim.Currency.MinorUnit()
			amount, err := victim.Amount.Add(unit)
			if err != nil {
				t.Fatal(err)
			}
			b.settlement.Entries[at].Amount = amount
			b.pay(t)
		case "doubled":
			want = settlement.ReasonDoubled
			victim.ID += "again"
			b.settlement.Entries = append(b.settlement.Entries, victim)
			b.pay(t)
		case "wrong sum":
			want = settlement.ReasonUnbalanced
			unit, _ := b.settlement.Payouts[0].Currency.MinorUnit()
			amount, err := b.settlement.Payouts[0].Amount.Add(unit)
			if err != nil {
				t.Fatal(err)
			}
			b.settlement.Payouts[0].Amount = amount
		}
		result := settlement.Match(b.settlement, b.items, bookRules, nil)
		whole(t, b, result)
		if len(result.Exceptions) == 0 {
			t.Fatalf("%s is not seen", fault)
		}
		for _, exception := range result.Exceptions {
			if exception.Reason != want {
				t.Fatalf("%s is an exception for %q", fault, exception.Reason)
			}
			for _, i := range exception.Entries {
				if e := b.settlement.Entries[i]; want != settlement.ReasonUnbalanced && e.Order != victim.Order {
					t.Fatalf("%s of order %s is an exception of order %s", fault, victim.Order, e.Order)
				}
			}
		}
		if fault == "doubled" && (len(result.Exceptions) != 1 || len(result.Exceptions[0].Entries) != 1) {
			t.Fatalf("a doubled entry is %+v", result.Exceptions)
		}
	})
}
