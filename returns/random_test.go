package returns_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/returns"
)

func pick[T any](t *rapid.T, name string, values ...T) T {
	return rapid.SampledFrom(values).Draw(t, name)
}

func number(t *rapid.T, name string, most int) decimal.Decimal {
	return decimal.MustNew(int64(rapid.IntRange(0, most).Draw(t, name)), 0)
}

func cents(t *rapid.T, name string, most int) decimal.Decimal {
	return decimal.MustNew(int64(rapid.IntRange(0, most).Draw(t, name)), 2)
}

// anyFacts draws an order of two lines.
func anyFacts(t *rapid.T) returns.Facts {
	f := shirts()
	f.Lines = f.Lines[:2]
	for i := range f.Lines {
		l := &f.Lines[i]
		l.Shipped = number(t, "shipped", 4)
		l.Qty = l.Shipped.Max(decimal.One)
		l.Returned = number(t, "returned", 1).Min(l.Shipped)
		l.Net, l.Tax = cents(t, "net", 10000), cents(t, "tax", 2500)
		if l.Returned.IsPos() && rapid.Bool().Draw(t, "refunded") {
			l.RefundedQty = l.Returned
			l.RefundedNet, l.RefundedTax = cents(t, "refunded net", 3000).Min(l.Net), cents(t, "refunded tax", 500).Min(l.Tax)
		}
	}
	card, gift := cents(t, "card", 30000), cents(t, "gift", 5000)
	f.Paid, _ = card.Add(gift)
	f.Refunded = cents(t, "refunded", 1000).Min(f.Paid)
	f.Payments = []returns.PaymentFacts{{ID: "card", Kind: canonical.PaymentSale, Amount: card}, {ID: "gift", Kind: canonical.PaymentGiftCard, Amount: gift}}
	if rapid.Bool().Draw(t, "payments unknown") {
		f.Payments = nil
	}
	f.Can = returns.Capabilities{Decide: rapid.Bool().Draw(t, "decide"), IssueLabels: rapid.Bool().Draw(t, "label"), ReportReceived: rapid.Bool().Draw(t, "report"),
		ReportInspected: rapid.Bool().Draw(t, "inspect"), Close: rapid.Bool().Draw(t, "close")}
	return f
}

func anyPolicy(t *rapid.T) returns.Policy {
	p := returns.Policy{
		Approve: mapping.ReturnApprovalRule{Automatic: mapping.Bool(rapid.Bool().Draw(t, "automatic"))},
		Partial: mapping.Bool(rapid.Bool().Draw(t, "partial")), Label: mapping.Bool(rapid.Bool().Draw(t, "label")),
		Restocking:     mapping.ReturnFeeRule{PerUnit: cents(t, "fee", 500), Percent: number(t, "fee percent", 30)},
		ReturnShipping: cents(t, "way back", 500),
		ShippingCharge: pick(t, "shipping", mapping.ShippingNever, mapping.ShippingFullReturn, mapping.ShippingAlways),
		Instant:        mapping.InstantRule{After: pick(t, "instant", "", mapping.InstantApproved, mapping.InstantInTransit, mapping.InstantArrived, mapping.InstantReceived)},
		Settle:         pick(t, "settle", mapping.SettleWhole, mapping.SettleByUnit),
		Refunds: mapping.RefundRules{Split: pick(t, "split", mapping.SplitInOrder, mapping.SplitProportional),
			OnFailure: pick(t, "failure", mapping.FailurePerson, mapping.FailureStoreCredit, mapping.FailureManual),
			By:        pick(t, "by", mapping.RefundByUs, mapping.RefundByChannel), Bonus: number(t, "bonus", 10)},
		Exchange: mapping.ExchangeRules{After: pick(t, "after", "", mapping.ExchangeApproved, mapping.ExchangeInTransit, mapping.ExchangeReceived, mapping.ExchangeInspected),
			Dearer: pick(t, "dearer", mapping.DearerPerson, mapping.DearerCharge, mapping.DearerWaive)},
		Dispositions: map[canonical.Disposition]mapping.DispositionRule{canonical.DispositionDamaged: {Pays: percent(pick(t, "pays", "0", "50", "100"))}},
	}
	if rapid.Bool().Draw(t, "limits") {
		p.Instant.Below, p.Refunds.PersonAbove, p.Returnless = cents(t, "instant", 10000), cents(t, "person", 10000), cents(t, "returnless", 3000)
	}
	return p
}

func anyStatement(t *rapid.T) canonical.Return {
	resolution := func() canonical.Resolution {
		return pick(t, "resolution", canonical.ResolutionPending, canonical.ResolutionRefund, canonical.ResolutionRefund, canonical.ResolutionExchangeSame,
			canonical.ResolutionExchangeOther, canonical.ResolutionStoreCredit, canonical.ResolutionGiftCard, canonical.ResolutionRepair,
			canonical.ResolutionRejected, canonical.ResolutionNone, canonical.ResolutionOther)
	}
	approval := pick(t, "approval", canonical.ReturnRequested, canonical.ReturnApproved, canonical.ReturnApproved, canonical.ReturnDeclined, canonical.ReturnExpired, canonical.ReturnCancelled)
	r := stated(approval, shirt("1", resolution()), jacket(resolution()))
	if rapid.Bool().Draw(t, "same order line") {
		r.Lines[1].OrderLineID = "shirt"
	}
	for i := range r.Lines {
		l := &r.Lines[i]
		l.RawResolution = "?"
		l.Qty = number(t, "qty", 4).Max(decimal.One)
		l.KeepItem = rapid.IntRange(0, 9).Draw(t, "keep") == 0
		if rapid.Bool().Draw(t, "received") {
			l.Received = []canonical.ReceivedUnits{{Qty: number(t, "qty", 3), Disposition: pick(t, "found", anyDispositions()...)}}
		}
		if rapid.IntRange(0, 4).Draw(t, "worth") == 0 {
			l.RefundKnown, l.Refund = true, canonical.Shop(cents(t, "refund", 9000))
		}
	}
	if rapid.IntRange(0, 3).Draw(t, "exchange") == 0 {
		r.Exchange = []canonical.ExchangeLine{{ID: "x", ReturnLineID: pick(t, "for", "", "a", "j"), SKU: "NEW", Qty: decimal.One, Total: canonical.Shop(cents(t, "price", 20000)),
			OrderID: pick(t, "order", "", "", "77")}}
	}
	if rapid.IntRange(0, 3).Draw(t, "fees") == 0 {
		r.Fees = []canonical.ReturnFee{{Kind: canonical.FeeHandling, ReturnLineID: pick(t, "for", "", "a"), Amount: canonical.Shop(cents(t, "fee", 3000))}}
	}
	r.Revision.UpdatedAt = noon.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "time")) * time.Minute)
	r.Logistics = pick(t, "logistics", canonical.ReturnUnsent, canonical.ReturnInTransit, canonical.ReturnReceived)
	r.Closed = rapid.IntRange(0, 9).Draw(t, "closed") == 0
	return r
}

func anyDispositions() []canonical.Disposition {
	return []canonical.Disposition{canonical.DispositionPending, canonical.DispositionSellable, canonical.DispositionDamaged, canonical.DispositionRefurbish,
		canonical.DispositionMissing, canonical.DispositionWrongItem}
}

// anyEvent draws an event that could come to the case.
func anyEvent(t *rapid.T, c returns.Case) returns.Event {
	line := func() string { return pick(t, "line", "a", "j") }
	source := func() returns.Source {
		return pick(t, "by", returns.FromPlatform, returns.FromOdoo, returns.FromPerson)
	}
	switch rapid.IntRange(0, 24).Draw(t, "event") {
	case 0:
		return returns.Stated{Return: anyStatement(t)}
	case 1:
		return returns.Approved{By: source()}
	case 2:
		return pick[returns.Event](t, "end", returns.Declined{By: returns.FromPerson}, returns.Expired{}, returns.Cancelled{}, returns.Approved{By: returns.FromPerson})
	case 3, 4:
		return pick[returns.Event](t, "way", returns.LabelIssued{}, returns.InTransit{}, returns.Arrived{}, returns.Kept{Line: line()})
	case 5, 6, 7:
		return returns.Received{Line: line(), Qty: number(t, "qty", 5), By: source(), Last: rapid.IntRange(0, 4).Draw(t, "last") == 0}
	case 8, 9, 10, 11:
		e := returns.Inspected{Line: line(), By: source()}
		for _, d := range anyDispositions() {
			if rapid.IntRange(0, 2).Draw(t, "found") == 0 {
				e.Found = append(e.Found, canonical.ReceivedUnits{Qty: number(t, "qty", 3), Disposition: d})
			}
		}
		return e
	case 12:
		return returns.Resolved{Line: line(), Resolution: pick(t, "resolution", canonical.ResolutionRefund, canonical.ResolutionStoreCredit, canonical.ResolutionRejected, canonical.ResolutionExchangeSame), By: source()}
	case 13, 14, 15, 16:
		if due := c.Due(); len(due) > 0 {
			return returns.Done{Effect: pick(t, "effect", due...).ID, Reference: "r"}
		}
	case 17:
		if due := c.Due(); len(due) > 0 {
			return returns.Failed{Effect: pick(t, "effect", due...).ID, Final: rapid.Bool().Draw(t, "final"), Why: "no"}
		}
	case 18, 19:
		if len(c.Money) > 0 {
			return returns.MoneyMoved{Leg: pick(t, "leg", c.Money...).ID, Status: pick(t, "status", returns.MoneySubmitted, returns.MoneySucceeded, returns.MoneyFailed, returns.MoneyReversed), Doubt: rapid.IntRange(0, 3).Draw(t, "doubt") == 0}
		}
	case 20, 21:
		if len(c.Questions) > 0 {
			q := pick(t, "question", c.Questions...)
			if len(q.Answers) > 0 {
				return returns.Decided{Question: q.ID, Answer: pick(t, "answer", q.Answers...), Percent: number(t, "percent", 100)}
			}
		}
	case 23:
		return returns.Waived{By: "agent-7", Why: "goodwill", Paid: pick(t, "paid", canonical.Payment{}, canonical.Payment{ID: "till-1", Amount: canonical.Shop(cents(t, "part", 3000))})}
	case 22:
		return returns.ExchangeShipped{ID: pick(t, "exchange", "x", "a", "j")}
	}
	return returns.Looked{}
}

func sum(values ...decimal.Decimal) decimal.Decimal {
	var total decimal.Decimal
	for _, v := range values {
		total, _ = total.Add(v)
	}
	return total
}

// invariants are what always holds.
func invariants(c returns.Case, f returns.Facts, p returns.Policy) error {
	approved, net, tax := map[string]decimal.Decimal{}, map[string]decimal.Decimal{}, map[string]decimal.Decimal{}
	for _, l := range c.Lines {
		switch {
		case l.Received().Cmp(l.Approved) > 0:
			return fmt.Errorf("line %s: %s received, %s approved", l.ID, l.Received(), l.Approved)
		case l.Approved.Cmp(l.Requested) > 0:
			return fmt.Errorf("line %s: %s approved, %s requested", l.ID, l.Approved, l.Requested)
		}
		var settled, moved, inspected decimal.Decimal
		for _, qty := range l.Settled {
			settled = sum(settled, qty)
		}
		for _, qty := range l.Moved {
			moved = sum(moved, qty)
		}
		for _, qty := range l.Inspected() {
			inspected = sum(inspected, qty)
		}
		if settled.Cmp(l.Approved) > 0 || moved.Cmp(l.Received()) > 0 || inspected.Cmp(l.Approved) > 0 || l.SentBack.Cmp(l.Received()) > 0 || l.Swapped.Cmp(l.Approved) > 0 {
			return fmt.Errorf("line %s: approved %s, settled %s, moved %s, inspected %s, swapped %s", l.ID, l.Approved, settled, moved, inspected, l.Swapped)
		}
		if l.Settled[canonical.DispositionPending].IsPos() && p.Instant.After == "" {
			return fmt.Errorf("line %s: money before inspection", l.ID)
		}
		if l.SettledFees.Cmp(sum(l.SettledNet, l.SettledTax)) > 0 {
			return fmt.Errorf("line %s: fees %s above the worth", l.ID, l.SettledFees)
		}
		approved[l.OrderLine] = sum(approved[l.OrderLine], l.Approved)
		net[l.OrderLine], tax[l.OrderLine] = sum(net[l.OrderLine], l.SettledNet), sum(tax[l.OrderLine], l.SettledTax)
	}
	for _, l := range f.Lines {
		if approved[l.ID].Cmp(sum(l.Shipped, l.Returned.Neg())) > 0 {
			return fmt.Errorf("order line %s: %s approved of %s", l.ID, approved[l.ID], l.Shipped)
		}
		if net[l.ID].Cmp(sum(l.Net, l.RefundedNet.Neg())) > 0 || tax[l.ID].Cmp(sum(l.Tax, l.RefundedTax.Neg())) > 0 {
			return fmt.Errorf("order line %s: %s + %s refunded", l.ID, net[l.ID], tax[l.ID])
		}
	}
	var out decimal.Decimal
	byPayment := map[string]decimal.Decimal{}
	perSettlement := map[string]decimal.Decimal{}
	for _, leg := range c.Money {
		if !leg.Amount.IsPos() {
			return fmt.Errorf("leg %s of %s", leg.ID, leg.Amount)
		}
		if leg.ReplacedBy != "" && (leg.Status == returns.MoneySucceeded || leg.Status == returns.MoneySubmitted) {
			return fmt.Errorf("leg %s is %s and replaced", leg.ID, leg.Status)
		}
		if leg.Replaces == "" {
			signed := leg.Amount
			if leg.Kind == returns.LegCharge {
				signed = signed.Neg()
			}
			perSettlement[leg.Settlement] = sum(perSettlement[leg.Settlement], signed)
		}
		if leg.Kind != returns.LegCharge && leg.ReplacedBy == "" && !leg.Dropped {
			out = sum(out, leg.Amount)
			byPayment[leg.Payment] = sum(byPayment[leg.Payment], leg.Amount)
		}
	}
	if out.Cmp(sum(f.Paid, f.Refunded.Neg())) > 0 {
		return fmt.Errorf("%s refunded of %s − %s", out, f.Paid, f.Refunded)
	}
	for _, pay := range f.Payments {
		if byPayment[pay.ID].Cmp(pay.Amount) > 0 {
			return fmt.Errorf("payment %s: %s refunded of %s", pay.ID, byPayment[pay.ID], pay.Amount)
		}
	}
	for _, s := range c.Settlements {
		due := sum(s.ShippingNet, s.ShippingTax, s.ExchangeNet.Neg(), s.ExchangeTax.Neg(), s.Adjustment)
		for _, l := range s.Lines {
			due = sum(due, l.Net, l.Tax)
		}
		for _, fee := range s.Fees {
			due = sum(due, fee.Amount.Neg())
		}
		if !due.Equal(s.Due) {
			return fmt.Errorf("settlement: due %s, parts %s", s.Due, due)
		}
		if moved := sum(perSettlement[s.ID], s.OnAccount, s.Waived.Neg()); !moved.Equal(s.Due) {
			return fmt.Errorf("settlement: due %s, legs %s, on account %s, waived %s", s.Due, perSettlement[s.ID], s.OnAccount, s.Waived)
		}
	}
	return ranges(c)
}

// ranges checks that no two effects of a kind are about the same units, and that ids are unique.
func ranges(c returns.Case) error {
	seen := map[string]bool{}
	upTo := map[string]decimal.Decimal{}
	for _, e := range c.Effects {
		if seen[e.ID] {
			return fmt.Errorf("effect %s twice", e.ID)
		}
		seen[e.ID] = true
		switch e.Kind {
		case returns.EffectReportReceived, returns.EffectReportInspected, returns.EffectApprove:
			continue
		}
		for _, l := range e.Lines {
			at := string(e.Kind) + "/" + l.Line + "/" + string(l.Disposition) + "/" + e.Exchange
			if l.From.Cmp(upTo[at]) < 0 || !l.Qty.IsPos() {
				return fmt.Errorf("%s: units from %s again", at, l.From)
			}
			upTo[at] = sum(l.From, l.Qty)
		}
	}
	return nil
}

// terminal checks what must not change any more.
func terminal(before, after returns.Case) error {
	for _, old := range before.Money {
		leg, ok := after.LegOf(old.ID)
		switch {
		case !ok:
			return fmt.Errorf("leg %s is gone", old.ID)
		case old.Status == returns.MoneyReversed && leg.Status != old.Status, old.Status == returns.MoneySucceeded && leg.Status != old.Status && leg.Status != returns.MoneyReversed:
			return fmt.Errorf("leg %s: from %s to %s", old.ID, old.Status, leg.Status)
		case !leg.Amount.Equal(old.Amount):
			return errors.New("an amount changed")
		}
	}
	for i, old := range before.Effects {
		if after.Effects[i].ID != old.ID || old.Status == returns.EffectDone && after.Effects[i].Status != returns.EffectDone {
			return fmt.Errorf("effect %s: %s", old.ID, after.Effects[i].Status)
		}
	}
	for i := range before.Settlements {
		if !reflect.DeepEqual(before.Settlements[i], after.Settlements[i]) {
			return errors.New("a settlement changed: " + cmp.Diff(before.Settlements[i], after.Settlements[i]))
		}
	}
	return nil
}

func final(c returns.Case) error {
	if c.Status != returns.CaseClosed {
		return nil
	}
	for _, leg := range c.Money {
		if leg.Status != returns.MoneySucceeded && leg.ReplacedBy == "" && !leg.Dropped {
			return fmt.Errorf("closed, and a leg is %s", leg.Status)
		}
	}
	for _, e := range c.Effects {
		if e.Status == returns.EffectPending && !(e.Kind == returns.EffectClose && c.ClosedThere) {
			return fmt.Errorf("closed, and %s is %s", e.Kind, e.Status)
		}
	}
	for _, l := range c.Lines {
		sentBack := l.Resolution == canonical.ResolutionRejected || l.Resolution == canonical.ResolutionRepair
		var inspected decimal.Decimal
		for _, qty := range l.Inspected() {
			inspected = sum(inspected, qty)
		}
		if c.Approval == canonical.ReturnApproved && !l.Keep && !sentBack && inspected.Cmp(l.Approved) < 0 {
			return fmt.Errorf("closed, and %s of %s units are looked at", inspected, l.Approved)
		}
	}
	return nil
}

// TestRandomReturns applies 10,000 random sequences of events.
func TestRandomReturns(t *testing.T) {
	t.Parallel()
	const perCheck = 100 // rapid checks 100 times
	closed, settled, sequences := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		for range perCheck {
			f, p := anyFacts(t), anyPolicy(t)
			c, _, err := returns.Case{}.Apply(returns.Stated{Return: anyStatement(t)}, f, p)
			if err != nil {
				t.Fatal(err)
			}
			for range rapid.IntRange(1, 30).Draw(t, "length") {
				e := anyEvent(t, c)
				next, due, err := c.Apply(e, f, p)
				if err != nil {
					var refused *returns.Refusal
					if !errors.As(err, &refused) {
						t.Fatalf("%#v: %v", e, err)
					}
					if !reflect.DeepEqual(c, next) {
						t.Fatalf("a refused event changes the case: %s", cmp.Diff(c, next))
					}
					continue
				}
				again, dueAgain, err := next.Apply(e, f, p)
				if err != nil || !reflect.DeepEqual(next, again) {
					t.Fatalf("%#v twice: %v\n%s", e, err, cmp.Diff(next, again))
				}
				if !reflect.DeepEqual(due, dueAgain) {
					t.Fatal(cmp.Diff(due, dueAgain))
				}
				for _, check := range []error{invariants(next, f, p), terminal(c, next), final(next)} {
					if check != nil {
						t.Fatalf("%v: after %#v", check, e)
					}
				}
				c = next
			}
			sequences++
			if c.Status == returns.CaseClosed {
				closed++
			}
			if slices.ContainsFunc(c.Effects, func(e returns.Effect) bool { return e.Kind == returns.EffectCreditNote }) {
				settled++
			}
		}
	})
	t.Logf("%d sequences, %d closed, %d with money", sequences, closed, settled)
	if !t.Failed() && (closed == 0 || settled == 0) {
		t.Error("the sequences reach no end")
	}
}
