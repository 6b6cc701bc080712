package returnstest

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/returns"
)

// plausible checks what every return must fulfil.
func plausible(t *testing.T, r canonical.Return) {
	t.Helper()
	known := func(what, word string, words ...string) {
		t.Helper()
		if !slices.Contains(words, word) {
			t.Errorf("return %s: %s is %q, which the model does not know", r.Key, what, word)
		}
	}
	if r.Revision.UpdatedAt.IsZero() || r.Revision.Digest != r.Digest() {
		t.Errorf("return %s: the revision needs the time of the last change, and Return.Digest() as its digest", r.Key)
	}
	if !r.Currency.Valid() {
		t.Errorf("return %s: %q is no currency", r.Key, r.Currency)
	}
	if r.Order.ID == "" && r.OrderNumber == "" {
		t.Errorf("return %s names no order", r.Key)
	}
	known("the approval", string(r.Approval), "requested", "approved", "declined", "expired", "cancelled")
	known("the logistics", string(r.Logistics), "unsent", "label_issued", "in_transit", "arrived", "partially_received", "received", "returnless")
	ids := map[string]bool{}
	for _, line := range r.Lines {
		if line.ID == "" || ids[line.ID] {
			t.Errorf("return %s: the line id %q is empty or given twice", r.Key, line.ID)
		}
		ids[line.ID] = true
		if !line.Qty.IsPos() {
			t.Errorf("return %s: line %s has the quantity %s", r.Key, line.ID, line.Qty)
		}
		known("a resolution", string(line.Resolution), "pending", "refund", "exchange_same", "exchange_other", "store_credit",
			"gift_card", "repair", "rejected", "none", "other")
		if line.Resolution == canonical.ResolutionOther && line.RawResolution == "" {
			t.Errorf("return %s: line %s has an unknown resolution whose word is not kept", r.Key, line.ID)
		}
		sum := decimal.Zero
		for _, units := range line.Received {
			known("a disposition", string(units.Disposition), "pending", "sellable", "damaged", "refurbish", "missing", "wrong_item")
			sum, _ = sum.Add(units.Qty)
			if !units.Qty.IsPos() {
				t.Errorf("return %s: line %s has %s units in one condition", r.Key, line.ID, units.Qty)
			}
		}
		if sum.Cmp(line.Qty) > 0 {
			t.Errorf("return %s: %s units of line %s have arrived, %s were to come", r.Key, sum, line.ID, line.Qty)
		}
	}
}

func (b *bench) get(t *testing.T, id string) canonical.Return {
	t.Helper()
	state, err := able[returns.Getter](t, b).GetReturn(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	plausible(t, state)
	return state
}

func testGet(t *testing.T, b *bench) {
	able[returns.Getter](t, b)
	id := b.seed(t, 1)[0]
	state := b.get(t, id)
	if state.Key != (canonical.Key{Channel: b.Platform.Channel(), ID: id}) {
		t.Errorf("got the return %s, want %s", state.Key, id)
	}
	if diff := cmp.Diff(state.Revision, b.get(t, id).Revision); diff != "" {
		t.Errorf("an unchanged return was read twice with two revisions (-first +second):\n%s", diff)
	}
	if lister, ok := b.Platform.(returns.Lister); ok {
		seen, _ := run(t, lister, returns.Query{Since: b.harness.Since}, nil)
		if got := seen[id].state.Revision.Digest; got != state.Revision.Digest {
			t.Error("the list and GetReturn decode one return differently")
		}
	}
}

func testNotFound(t *testing.T, b *bench) {
	getter := able[returns.Getter](t, b)
	for _, id := range []string{"999999999", "no_such_return", "", "../returns", "1?x=y", "a b", "\x00"} {
		_, err := getter.GetReturn(context.Background(), id)
		b.expect(t, "a return that does not exist", err, marketplace.CodeNotFound)
	}
}

// Each line keeps its own outcome, and what the platform says of money and goods beside them is not mixed up.
func testMixed(t *testing.T, b *bench) {
	able[returns.Getter](t, b)
	need(t, b.Mixed != nil, "Mixed")
	want := b.Mixed(t)
	outcomes := map[canonical.Resolution]bool{}
	for _, line := range want.Lines {
		outcomes[line.Resolution] = true
	}
	if len(outcomes) < 2 {
		t.Fatal("the harness must give a return with several outcomes")
	}
	same := cmp.Options{
		cmpopts.IgnoreFields(canonical.Return{}, "Revision", "Ext"), cmpopts.EquateEmpty(),
		cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) }),
	}
	if diff := cmp.Diff(want, b.get(t, want.Key.ID), same); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Words that nobody knows are kept for a person, and never taken for another outcome.
func testUnknown(t *testing.T, b *bench) {
	able[returns.Getter](t, b)
	need(t, b.Unknown != nil, "Unknown")
	want := b.Unknown(t)
	got := b.get(t, want.ID)
	if want.Status != "" && got.RawStatus != want.Status {
		t.Errorf("the state's word is %q, want %q", got.RawStatus, want.Status)
	}
	if want.Status != "" && got.Closed {
		t.Error("an unknown state is taken for the end")
	}
	for _, line := range got.Lines {
		if want.Resolution != "" && (line.Resolution != canonical.ResolutionOther || line.RawResolution != want.Resolution) {
			t.Errorf("line %s: the resolution is %s (%q), want other (%q)", line.ID, line.Resolution, line.RawResolution, want.Resolution)
		}
		for _, units := range line.Received {
			if want.Disposition != "" && (units.Disposition != canonical.DispositionPending || units.RawDisposition != want.Disposition) {
				t.Errorf("line %s: the disposition is %s (%q), want pending (%q)", line.ID, units.Disposition, units.RawDisposition, want.Disposition)
			}
		}
	}
}

// Amounts are what the service states, to the last digit, whatever decimals their currency has.
func testMoney(t *testing.T, b *bench) {
	able[returns.Getter](t, b)
	need(t, b.Money != nil, "Money")
	stated := 0
	for _, test := range []struct {
		currency canonical.Currency
		amount   string
	}{
		{"EUR", "19.99"}, {"EUR", "0.10"}, {"EUR", "0.01"}, {"EUR", "1234567890.12"}, {"EUR", "90071992547409.93"},
		{"JPY", "1200"}, {"KWD", "10.125"}, {"USD", "100.00"},
	} {
		amount := decimal.MustParse(test.amount)
		id := b.Money(t, test.currency, amount)
		if id == "" {
			continue
		}
		stated++
		got := b.get(t, id)
		if len(got.Lines) == 0 {
			t.Fatalf("%s %s: the return has no line", test.amount, test.currency)
		}
		if line := got.Lines[0]; got.Currency != test.currency || !line.Refund.Shop.Equal(amount) || !line.RefundKnown {
			t.Errorf("%s %s was decoded to %s %s, known %t", test.amount, test.currency, line.Refund.Shop, got.Currency, line.RefundKnown)
		}
	}
	if stated == 0 {
		t.Error("the harness has no amount at all")
	}
}
