package returns_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/returns"
)

var channel = canonical.Channel{Name: "shop", Account: "main"}

func d(s string) decimal.Decimal { return decimal.MustParse(s) }

func percent(s string) *decimal.Decimal {
	p := d(s)
	return &p
}

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// shirts is an order of three shirts at 100 net and 25 tax together, a jacket, a kit's member and tracked goods.
func shirts() returns.Facts {
	one := d("1")
	return returns.Facts{
		Known: true, Order: canonical.Key{Channel: channel, ID: "1"}, Currency: "EUR",
		PlacedAt: noon.AddDate(0, 0, -20), ShippedAt: noon.AddDate(0, 0, -15), DeliveredAt: noon.AddDate(0, 0, -10),
		Lines: []returns.LineFacts{
			{ID: "shirt", SKU: "TS", Goods: true, Qty: d("3"), Net: d("100"), Tax: d("25"), Shipped: d("3"), Tags: []string{"Sale"}},
			{ID: "jacket", SKU: "JK", Goods: true, Qty: one, Net: d("80"), Tax: d("20"), Shipped: one},
			{ID: "member", SKU: "KM", Goods: true, KitMember: true, Qty: one, Shipped: one},
			{ID: "watch", SKU: "WA", Goods: true, Tracked: true, Lots: []returns.LotUnits{{Lot: "S1", Qty: one}, {Lot: "S2", Qty: one}}, Qty: d("2"), Net: d("20"), Shipped: d("2")},
			{ID: "later", SKU: "LA", Goods: true, Qty: one, Net: one},
			{ID: "ship", SKU: "SH", Qty: one, Net: d("4"), Tax: d("1")},
		},
		Shipping: returns.ShippingFacts{Net: d("4"), Tax: d("1")},
		Paid:     d("256"),
		Payments: []returns.PaymentFacts{{ID: "card", Kind: canonical.PaymentSale, Amount: d("206")}, {ID: "gift", Kind: canonical.PaymentGiftCard, Amount: d("50")}},
		Can:      returns.Capabilities{Decide: true, ReportReceived: true, ReportInspected: true, Close: true},
	}
}

func stated(approval canonical.ReturnApproval, lines ...canonical.ReturnLine) canonical.Return {
	return canonical.Return{
		Key: canonical.Key{Channel: channel, ID: "R1"}, Order: canonical.Key{Channel: channel, ID: "1"}, Revision: canonical.Revision{UpdatedAt: noon},
		RequestedAt: noon, Approval: approval, Logistics: canonical.ReturnUnsent, Currency: "EUR", Lines: lines,
	}
}

func shirt(qty string, resolution canonical.Resolution) canonical.ReturnLine {
	return canonical.ReturnLine{ID: "a", OrderLineID: "shirt", SKU: "TS", Qty: d(qty), Reason: "too_small", Resolution: resolution}
}

func jacket(resolution canonical.Resolution) canonical.ReturnLine {
	return canonical.ReturnLine{ID: "j", OrderLineID: "jacket", SKU: "JK", Qty: d("1"), Reason: "changed_mind", Resolution: resolution}
}

// story applies events to a case and carries out what is due.
type story struct {
	t      *testing.T
	c      returns.Case
	f      returns.Facts
	p      returns.Policy
	did    []returns.EffectKind
	refuse returns.EffectKind // is not carried out
}

func (s *story) apply(events ...returns.Event) *story {
	s.t.Helper()
	for _, e := range events {
		if err := s.try(e); err != nil {
			s.t.Fatalf("%s: %v", returns.KindOf(e), err)
		}
	}
	return s
}

func (s *story) try(e returns.Event) error {
	s.t.Helper()
	next, due, err := s.c.Apply(e, s.f, s.p)
	if err != nil {
		return err
	}
	again, _, err := next.Apply(e, s.f, s.p)
	if diff := cmp.Diff(next, again); err != nil || diff != "" {
		s.t.Fatalf("%s twice: %v\n%s", returns.KindOf(e), err, diff)
	}
	s.c = stored(s.t, next)
	for len(due) > 0 {
		effect := due[0]
		due = due[1:]
		if effect.Kind == s.refuse {
			continue
		}
		s.did = append(s.did, effect.Kind)
		if s.c, _, err = s.c.Apply(returns.Done{Effect: effect.ID, Reference: "x"}, s.f, s.p); err != nil {
			s.t.Fatal(err)
		}
		due = s.c.Due()
		if s.refuse != "" {
			due = slices.DeleteFunc(due, func(e returns.Effect) bool { return e.Kind == s.refuse })
		}
	}
	return nil
}

// stored is the case after it was written and read.
func stored(t *testing.T, c returns.Case) returns.Case {
	t.Helper()
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var back returns.Case
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(back)
	if err != nil || string(again) != string(data) {
		t.Fatalf("the case changes when it is stored: %v\n%s\n%s", err, data, again)
	}
	return back
}

// paid has the provider say that all money has moved.
func (s *story) paid() *story {
	s.t.Helper()
	for _, leg := range s.c.Money {
		if leg.Status == returns.MoneySubmitted {
			s.apply(returns.MoneyMoved{Leg: leg.ID, Status: returns.MoneySucceeded, Reference: "p"})
		}
	}
	return s
}

func (s *story) closed() {
	s.t.Helper()
	if s.c.Status != returns.CaseClosed {
		s.t.Errorf("the case is %s; it waits for %+v", s.c.Status, s.c.Waits)
	}
}

func (s *story) legs(want ...string) {
	s.t.Helper()
	var got []string
	for _, leg := range s.c.Money {
		text := string(leg.Kind) + " " + leg.Payment + " " + leg.Amount.Pad(2).String()
		if leg.Bonus.IsPos() {
			text += " +" + leg.Bonus.Pad(2).String()
		}
		got = append(got, text)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("money (-want +got):\n%s", diff)
	}
}

func (s *story) gates(want ...returns.Gate) {
	s.t.Helper()
	var got []returns.Gate
	for _, w := range s.c.Waits {
		got = append(got, w.Gate)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		s.t.Errorf("waits (-want +got):\n%s%+v", diff, s.c.Waits)
	}
}

func units(sellable, damaged string) []canonical.ReceivedUnits {
	return []canonical.ReceivedUnits{{Qty: d(sellable), Disposition: canonical.DispositionSellable}, {Qty: d(damaged), Disposition: canonical.DispositionDamaged}}
}

func automatic() returns.Policy {
	return returns.Policy{Approve: mapping.ReturnApprovalRule{Automatic: mapping.Bool(true)}}
}

// TestReturnOfTwoOfThree is the story of the issue: one sellable, one damaged, a restocking fee, the money refunded.
func TestReturnOfTwoOfThree(t *testing.T) {
	t.Parallel()
	p := automatic()
	p.Restocking = mapping.ReturnFeeRule{PerUnit: d("2"), Percent: d("5")}
	p.Dispositions = map[canonical.Disposition]mapping.DispositionRule{canonical.DispositionDamaged: {To: mapping.ToScrap, Pays: percent("50")}}
	s := &story{t: t, f: shirts(), p: p}
	s.apply(returns.Stated{Return: stated(canonical.ReturnRequested, shirt("2", canonical.ResolutionRefund))})
	s.gates(returns.GateGoods)
	s.apply(returns.InTransit{}, returns.Received{Line: "a", Qty: d("1"), By: returns.FromOdoo}, returns.Received{Line: "a", Qty: d("2"), By: returns.FromOdoo})
	s.gates(returns.GateInspection)
	s.apply(returns.Inspected{Line: "a", Found: units("1", "0"), By: returns.FromOdoo})
	if len(s.c.Money) > 0 {
		t.Error("money before the last unit was looked at")
	}
	s.apply(returns.Inspected{Line: "a", Found: units("1", "1"), By: returns.FromOdoo})
	s.paid().closed()
	// 41.67 (33.33 net + 8.33 tax = 41.66) and half of the second unit, less the fees.
	if len(s.c.Settlements) != 1 {
		t.Fatal(s.c.Settlements)
	}
	got := s.c.Settlements[0]
	if !got.Lines[0].Net.Equal(d("33.33")) || !got.Lines[0].Tax.Equal(d("8.33")) || !got.Lines[1].Net.Equal(d("16.67")) || !got.Lines[1].Tax.Equal(d("4.17")) {
		t.Errorf("%+v", got.Lines)
	}
	// 62.50 − (2 + 2.08) − (2 + 1.04)
	if !got.Due.Equal(d("55.38")) || !got.Fees[0].Amount.Equal(d("7.12")) {
		t.Errorf("due %s, fees %+v", got.Due, got.Fees)
	}
	s.legs("refund card 55.38")
	want := []returns.EffectKind{"approve", "open_return", "report_received", "report_received", "restock", "report_inspected",
		"scrap", "report_inspected", "credit_note", "refund", "close"}
	if diff := cmp.Diff(want, s.did); diff != "" {
		t.Errorf("effects (-want +got):\n%s", diff)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*returns.Facts, *returns.Policy, *canonical.Return)
		want   []returns.RefusalCode
	}{
		"nine of two":   {func(_ *returns.Facts, _ *returns.Policy, r *canonical.Return) { r.Lines[0].Qty = d("9") }, []returns.RefusalCode{returns.RefusedTooMany}},
		"unknown order": {func(f *returns.Facts, _ *returns.Policy, _ *canonical.Return) { *f = returns.Facts{} }, []returns.RefusalCode{returns.RefusedUnknownOrder}},
		"cancelled":     {func(f *returns.Facts, _ *returns.Policy, _ *canonical.Return) { f.Cancelled = true }, []returns.RefusalCode{returns.RefusedCancelled}},
		"locked":        {func(f *returns.Facts, _ *returns.Policy, _ *canonical.Return) { f.Locked = true }, []returns.RefusalCode{returns.RefusedLocked}},
		"twice": {func(_ *returns.Facts, _ *returns.Policy, r *canonical.Return) {
			second := r.Lines[0]
			second.ID = "b"
			r.Lines = append(r.Lines, second)
		}, []returns.RefusalCode{returns.RefusedTwice}},
		"again, after another return": {func(f *returns.Facts, _ *returns.Policy, _ *canonical.Return) { f.Lines[0].Returned = d("2") }, []returns.RefusalCode{returns.RefusedTooMany}},
		"late":                        {func(_ *returns.Facts, p *returns.Policy, _ *canonical.Return) { p.Window.Days = 9 }, []returns.RefusalCode{returns.RefusedLate}},
		"late since the shipment": {func(_ *returns.Facts, p *returns.Policy, _ *canonical.Return) {
			p.Window = mapping.ReturnWindowRule{Days: 14, From: mapping.WindowShipment}
		}, []returns.RefusalCode{returns.RefusedLate}},
		"in time":           {func(_ *returns.Facts, p *returns.Policy, _ *canonical.Return) { p.Window.Days = 10 }, nil},
		"final sale":        {func(_ *returns.Facts, p *returns.Policy, _ *canonical.Return) { p.FinalSale.Tags = []string{"sale"} }, []returns.RefusalCode{returns.RefusedFinalSale}},
		"final sale by SKU": {func(_ *returns.Facts, p *returns.Policy, _ *canonical.Return) { p.FinalSale.SKUs = []string{"T*"} }, []returns.RefusalCode{returns.RefusedFinalSale}},
		"component of a kit": {func(_ *returns.Facts, _ *returns.Policy, r *canonical.Return) {
			r.Lines[0].OrderLineID, r.Lines[0].Qty = "member", d("1")
		}, []returns.RefusalCode{returns.RefusedKitMember}},
		"component of a kit, allowed": {func(_ *returns.Facts, p *returns.Policy, r *canonical.Return) {
			r.Lines[0].OrderLineID, r.Lines[0].Qty, p.KitMembers = "member", d("1"), mapping.Bool(true)
		}, nil},
		"component of a kit that Odoo sold as one": {func(f *returns.Facts, p *returns.Policy, r *canonical.Return) {
			r.Lines[0].OrderLineID, r.Lines[0].Qty, p.KitMembers = "member", d("1"), mapping.Bool(true)
			for i := range f.Lines {
				f.Lines[i].OtherSide = f.Lines[i].ID == "member"
			}
		}, []returns.RefusalCode{returns.RefusedKitMember}},
		"kit sold by its components": {func(f *returns.Facts, _ *returns.Policy, _ *canonical.Return) { f.Lines[0].OtherSide = true }, []returns.RefusalCode{returns.RefusedKitMember}},
		"kit that left as its components": {func(f *returns.Facts, _ *returns.Policy, _ *canonical.Return) {
			f.Lines[0].Components, f.Lines[0].KitProblem = []string{"BODY", "SLEEVE"}, "a component is tracked"
		}, []returns.RefusalCode{returns.RefusedKitMember}},
		"kit that left as components that tell it": {func(f *returns.Facts, _ *returns.Policy, _ *canonical.Return) {
			f.Lines[0].Components = []string{"BODY", "SLEEVE"}
		}, nil},
		"nine of two kits": {func(f *returns.Facts, _ *returns.Policy, r *canonical.Return) {
			f.Lines[0].Components, r.Lines[0].Qty = []string{"BODY", "SLEEVE"}, d("9")
		}, []returns.RefusalCode{returns.RefusedTooMany}},
		"a component alone": {func(f *returns.Facts, p *returns.Policy, r *canonical.Return) {
			f.Lines[0].Components, p.KitMembers = []string{"BODY", "SLEEVE"}, mapping.Bool(true)
			r.Lines[0].OrderLineID, r.Lines[0].SKU = "", "SLEEVE"
		}, []returns.RefusalCode{returns.RefusedKitMember}},
		"a component alone, by the line of its kit": {func(f *returns.Facts, _ *returns.Policy, r *canonical.Return) {
			f.Lines[0].Components, r.Lines[0].SKU = []string{"BODY", "SLEEVE"}, "SLEEVE"
		}, []returns.RefusalCode{returns.RefusedKitMember}},
		"a component that is sold by itself too": {func(f *returns.Facts, _ *returns.Policy, r *canonical.Return) {
			f.Lines[0].Components = []string{"BODY", "JK"}
			r.Lines[0].OrderLineID, r.Lines[0].SKU, r.Lines[0].Qty = "", "JK", d("1")
		}, nil},
		"not shipped":       {func(_ *returns.Facts, _ *returns.Policy, r *canonical.Return) { r.Lines[0].OrderLineID = "later" }, []returns.RefusalCode{returns.RefusedNotShipped}},
		"a shipping charge": {func(_ *returns.Facts, _ *returns.Policy, r *canonical.Return) { r.Lines[0].OrderLineID = "ship" }, []returns.RefusalCode{returns.RefusedNotGoods}},
		"unknown line":      {func(_ *returns.Facts, _ *returns.Policy, r *canonical.Return) { r.Lines[0].OrderLineID = "nothing" }, []returns.RefusalCode{returns.RefusedUnknownLine}},
		"by SKU":            {func(_ *returns.Facts, _ *returns.Policy, r *canonical.Return) { r.Lines[0].OrderLineID = "" }, nil},
		"another currency":  {func(f *returns.Facts, _ *returns.Policy, _ *canonical.Return) { f.Currency = "SEK" }, []returns.RefusalCode{returns.RefusedCurrency}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, p, r := shirts(), automatic(), stated(canonical.ReturnRequested, shirt("2", canonical.ResolutionRefund))
			test.change(&f, &p, &r)
			c, _, err := returns.Case{}.Apply(returns.Stated{Return: r}, f, p)
			if err != nil {
				t.Fatal(err)
			}
			var got []returns.RefusalCode
			for _, refusal := range c.Refusals {
				got = append(got, refusal.Code)
				if refusal.Problem == "" || refusal.WayOut == "" {
					t.Error("no way out:", refusal)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
			if accepted := c.Approval == canonical.ReturnApproved; accepted != (len(test.want) == 0) {
				t.Errorf("approval: %s", c.Approval)
			}
			if len(test.want) == 0 || !f.Known {
				return
			}
			// A person declines, or the rules do.
			s := &story{t: t, c: c, f: f, p: p}
			s.apply(returns.Decided{Question: "approval", Answer: returns.AnswerDecline})
			s.closed()
			p.Refusals = map[string]mapping.RefusedReturn{string(test.want[0]): mapping.RefusedDecline}
			s = &story{t: t, f: f, p: p}
			s.apply(returns.Stated{Return: r}).closed()
			if s.c.Approval != canonical.ReturnDeclined || s.c.DeclineReason != string(test.want[0]) || !slices.Contains(s.did, returns.EffectDecline) {
				t.Errorf("%s, %s, %v", s.c.Approval, s.c.DeclineReason, s.did)
			}
		})
	}
}

func TestPartialApproval(t *testing.T) {
	t.Parallel()
	p := automatic()
	p.Partial = mapping.Bool(true)
	s := &story{t: t, f: shirts(), p: p}
	s.apply(returns.Stated{Return: stated(canonical.ReturnRequested, shirt("9", canonical.ResolutionRefund))})
	if s.c.Approval != canonical.ReturnApproved || !s.c.Lines[0].Approved.Equal(d("3")) {
		t.Error(s.c.Approval, s.c.Lines[0].Approved)
	}
	if approve := s.c.Effects[0]; approve.Kind != returns.EffectApprove && approve.Kind != returns.EffectAskPerson {
		t.Error(approve)
	}
	// The platform has approved nine: what can come back counts, and a person hears of the rest.
	s = &story{t: t, f: shirts(), p: automatic()}
	s.apply(returns.Stated{Return: stated(canonical.ReturnApproved, shirt("9", canonical.ResolutionRefund))})
	if q, ok := s.c.QuestionOf("approved_too_many"); !ok || q.Answer != "" || !s.c.Lines[0].Approved.Equal(d("3")) || len(s.c.Refusals) != 1 {
		t.Error(q, s.c.Lines[0].Approved, s.c.Refusals)
	}
}

func TestTrackedUnits(t *testing.T) {
	t.Parallel()
	line := canonical.ReturnLine{ID: "w", OrderLineID: "watch", Qty: d("1"), Resolution: canonical.ResolutionRefund}
	s := &story{t: t, f: shirts(), p: automatic()}
	s.apply(returns.Stated{Return: stated(canonical.ReturnApproved, line)}, returns.Received{Line: "w", Qty: d("1")})
	s.gates(returns.GateLot, returns.GateInspection)
	var refused *returns.Refusal
	if err := s.try(returns.Received{Line: "w", Qty: d("1"), Lots: []returns.LotUnits{{Lot: "S9", Qty: d("1")}}}); !errors.As(err, &refused) || refused.Code != returns.RefusedLot {
		t.Error(err)
	}
	s.apply(returns.Received{Line: "w", Qty: d("1"), Lots: []returns.LotUnits{{Lot: "S2", Qty: d("1")}}})
	receive := s.c.Effects[len(s.c.Effects)-1]
	if receive.Kind != returns.EffectReceive || receive.Lines[0].Lots[0].Lot != "S2" {
		t.Errorf("%+v", receive)
	}
	s.apply(returns.Inspected{Line: "w", Found: units("1", "0")}).paid().closed()
}

// TestLotsGoOnWithTheirUnits sends each lot where it belongs by what was found in it, and asks where nobody can know.
func TestLotsGoOnWithTheirUnits(t *testing.T) {
	t.Parallel()
	both := []returns.LotUnits{{Lot: "S1", Qty: d("1")}, {Lot: "S2", Qty: d("1")}}
	found := func(lots ...string) returns.Inspected {
		return returns.Inspected{Line: "w", Found: []canonical.ReceivedUnits{
			{Qty: d("1"), Disposition: canonical.DispositionSellable, Lot: lots[0]}, {Qty: d("1"), Disposition: canonical.DispositionDamaged, Lot: lots[1]},
		}}
	}
	for _, test := range []struct {
		name   string
		events []returns.Event
		want   map[returns.EffectKind]string
		asks   bool
	}{
		{"both are read", []returns.Event{returns.Received{Line: "w", Qty: d("2"), Lots: both}, found("S2", "S1")}, map[returns.EffectKind]string{returns.EffectRestock: "S2", returns.EffectQuarantine: "S1"}, false},
		{"the other one is what is left", []returns.Event{returns.Received{Line: "w", Qty: d("2"), Lots: both}, found("", "S1")}, map[returns.EffectKind]string{returns.EffectRestock: "S2", returns.EffectQuarantine: "S1"}, false},
		{"nobody knows", []returns.Event{returns.Received{Line: "w", Qty: d("2"), Lots: both}, found("", "")}, map[returns.EffectKind]string{}, true},
		{"asked, then read", []returns.Event{returns.Received{Line: "w", Qty: d("2"), Lots: both}, found("", ""), found("S1", "")}, map[returns.EffectKind]string{returns.EffectRestock: "S1", returns.EffectQuarantine: "S2"}, false},
		{"received by hand in Odoo", []returns.Event{returns.Received{Line: "w", Qty: d("2"), Lots: both, By: returns.FromOdoo}, found("S1", "S2")}, map[returns.EffectKind]string{returns.EffectRestock: "S1", returns.EffectQuarantine: "S2"}, false},
		{"one by one", []returns.Event{
			returns.Received{Line: "w", Qty: d("1"), Lots: both[1:]}, returns.Inspected{Line: "w", Found: units("1", "0")},
			returns.Received{Line: "w", Qty: d("2"), Lots: both}, found("", ""),
		}, map[returns.EffectKind]string{returns.EffectRestock: "S2", returns.EffectQuarantine: "S1"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			line := canonical.ReturnLine{ID: "w", OrderLineID: "watch", Qty: d("2"), Resolution: canonical.ResolutionRefund}
			s := &story{t: t, f: shirts(), p: automatic()}
			s.apply(returns.Stated{Return: stated(canonical.ReturnApproved, line)})
			s.apply(test.events...)
			got := map[returns.EffectKind]string{}
			for _, e := range s.c.Effects {
				if e.Kind == returns.EffectRestock || e.Kind == returns.EffectQuarantine {
					for _, lot := range e.Lines[0].Lots {
						got[e.Kind] += lot.Lot
					}
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("lots that move (-want +got):\n%s", diff)
			}
			open := slices.ContainsFunc(s.c.Questions, func(q returns.Question) bool { return q.Topic == returns.TopicLot && q.Answer == "" })
			if open != test.asks {
				t.Errorf("questions %+v, want one about lots: %t", s.c.Questions, test.asks)
			}
		})
	}
}

// TestRulesKnowEveryRefusal keeps the words of the rules equal to the refusals of requests; an unknown order waits.
func TestRulesKnowEveryRefusal(t *testing.T) {
	t.Parallel()
	want := []string{}
	for _, code := range []returns.RefusalCode{returns.RefusedCancelled, returns.RefusedLocked, returns.RefusedUnknownLine, returns.RefusedNotGoods,
		returns.RefusedKitMember, returns.RefusedNotShipped, returns.RefusedTooMany, returns.RefusedTwice, returns.RefusedLate, returns.RefusedFinalSale,
		returns.RefusedCurrency} {
		want = append(want, string(code))
	}
	if diff := cmp.Diff(want, mapping.ReturnRefusals()); diff != "" {
		t.Error(diff)
	}
}
