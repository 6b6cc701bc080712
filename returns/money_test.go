package returns_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/returns"
)

func exchange(net, tax, order string) canonical.ExchangeLine {
	return canonical.ExchangeLine{ID: "x", ReturnLineID: "j", SKU: "NEW", Qty: d("1"), Total: canonical.Shop(d(net)), Taxes: []canonical.Tax{{Amount: canonical.Shop(d(tax))}}, OrderID: order}
}

// TestExchange nets the jacket of 100 against other goods.
func TestExchange(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		line   canonical.ExchangeLine
		p      mapping.ExchangeRules
		refund string // the platform's word
		due    string
		legs   []string
		sent   bool
	}{
		"dearer":                  {exchange("200", "50", ""), mapping.ExchangeRules{Dearer: mapping.DearerCharge}, "0", "-150", []string{"charge  150.00"}, true},
		"dearer, as stated":       {exchange("200", "50", ""), mapping.ExchangeRules{Dearer: mapping.DearerCharge}, "-150", "-150", []string{"charge  150.00"}, true},
		"dearer, waived":          {exchange("81", "20", ""), mapping.ExchangeRules{WaiveBelow: d("1")}, "", "-1", nil, true},
		"equal":                   {exchange("80", "20", ""), mapping.ExchangeRules{}, "0", "0", nil, true},
		"cheaper":                 {exchange("40", "10", ""), mapping.ExchangeRules{}, "50", "50", []string{"refund card 50.00"}, true},
		"the channel's own order": {exchange("40", "10", "77"), mapping.ExchangeRules{}, "50", "50", []string{"refund card 50.00"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := stated(canonical.ReturnApproved, jacket(canonical.ResolutionExchangeOther))
			r.Exchange = []canonical.ExchangeLine{test.line}
			if test.refund != "" {
				r.Refund, r.RefundKnown = canonical.Shop(d(test.refund)), true
			}
			s := &story{t: t, f: shirts(), p: returns.Policy{Exchange: test.p}}
			s.apply(returns.Stated{Return: r}, returns.Received{Line: "j", Qty: d("1")})
			if len(s.c.Settlements) > 0 {
				t.Error("netted before the goods were looked at")
			}
			s.apply(returns.Inspected{Line: "j", Found: units("1", "0")})
			if len(test.legs) > 0 && test.due[0] == '-' {
				s.gates(returns.GateMoney, returns.GateMoney)
			}
			s.paid()
			var sent bool
			for _, e := range s.c.Effects {
				sent = sent || e.Kind == returns.EffectExchange
			}
			if sent != test.sent {
				t.Errorf("exchanged goods sent: %t", sent)
			}
			if sent {
				s.apply(returns.ExchangeShipped{ID: "x"})
			}
			s.closed()
			s.legs(test.legs...)
			if len(s.c.Settlements) != 1 || !s.c.Settlements[0].Due.Equal(d(test.due)) {
				t.Errorf("%+v", s.c.Settlements)
			}
		})
	}
}

// A charge that was waived keeps the person's word for it, however often the provider says that it failed.
func TestWaivedChargeFailsAgain(t *testing.T) {
	t.Parallel()
	r := stated(canonical.ReturnApproved, jacket(canonical.ResolutionExchangeOther))
	r.Exchange = []canonical.ExchangeLine{exchange("200", "50", "")}
	s := &story{t: t, f: shirts(), p: returns.Policy{Exchange: mapping.ExchangeRules{Dearer: mapping.DearerCharge}}}
	s.apply(returns.Stated{Return: r}, returns.Received{Line: "j", Qty: d("1")}, returns.Inspected{Line: "j", Found: units("1", "0")})
	leg := s.c.Money[0].ID
	s.apply(returns.MoneyMoved{Leg: leg, Status: returns.MoneySubmitted}, returns.Waived{Leg: leg, By: "agent-7", Why: "goodwill"})
	for range 2 {
		s.apply(returns.MoneyMoved{Leg: leg, Status: returns.MoneyFailed, Why: "expired"})
		if got := s.c.Money[0]; !got.Dropped || got.Why != "goodwill" {
			t.Errorf("dropped %t, because of %q", got.Dropped, got.Why)
		}
	}
}

func TestExchangeForTheSameMovesNoMoney(t *testing.T) {
	t.Parallel()
	s := &story{t: t, f: shirts(), p: returns.Policy{Exchange: mapping.ExchangeRules{After: mapping.ExchangeReceived}}}
	s.apply(returns.Stated{Return: stated(canonical.ReturnApproved, jacket(canonical.ResolutionExchangeSame))}, returns.Received{Line: "j", Qty: d("1")})
	s.gates(returns.GateInspection, returns.GateExchange)
	s.apply(returns.ExchangeShipped{ID: "j"}, returns.Inspected{Line: "j", Found: units("1", "0")}).closed()
	s.legs()
}

func TestShortExchangeAsks(t *testing.T) {
	t.Parallel()
	r := stated(canonical.ReturnApproved, jacket(canonical.ResolutionExchangeOther))
	r.Exchange = []canonical.ExchangeLine{exchange("40", "10", "")}
	p := returns.Policy{Dispositions: map[canonical.Disposition]mapping.DispositionRule{canonical.DispositionDamaged: {Pays: percent("0")}}}
	s := &story{t: t, f: shirts(), p: p}
	s.apply(returns.Stated{Return: r}, returns.Inspected{Line: "j", Found: units("0", "1")})
	s.gates(returns.GatePerson)
	s.apply(returns.Decided{Question: "exchange/x", Answer: returns.AnswerDrop}).closed()
	s.legs()
}

func TestWaysOfMoney(t *testing.T) {
	t.Parallel()
	whole := stated(canonical.ReturnApproved, shirt("3", canonical.ResolutionRefund), jacket(canonical.ResolutionRefund))
	for name, test := range map[string]struct {
		r      canonical.Return
		change func(*returns.Facts, *returns.Policy)
		legs   []string
	}{
		"each payment in full": {whole, func(_ *returns.Facts, _ *returns.Policy) {}, []string{"refund card 206.00", "gift_card gift 19.00"}},
		"gift card first": {whole, func(_ *returns.Facts, p *returns.Policy) {
			p.Refunds.First = []canonical.PaymentKind{canonical.PaymentGiftCard}
		}, []string{"gift_card gift 50.00", "refund card 175.00"}},
		"proportional": {whole, func(_ *returns.Facts, p *returns.Policy) { p.Refunds.Split = mapping.SplitProportional },
			[]string{"refund card 181.05", "gift_card gift 43.95"}},
		"with the shipping charge": {whole, func(f *returns.Facts, p *returns.Policy) {
			f.Lines = f.Lines[:2]
			p.ShippingCharge = mapping.ShippingFullReturn
		}, []string{"refund card 206.00", "gift_card gift 24.00"}},
		"never paid":              {whole, func(f *returns.Facts, _ *returns.Policy) { f.Paid, f.Payments = decimal.Zero, nil }, nil},
		"partly paid":             {whole, func(f *returns.Facts, _ *returns.Policy) { f.Paid, f.Payments = d("100"), nil }, []string{"refund  100.00"}},
		"payments that hold less": {whole, func(f *returns.Facts, _ *returns.Policy) { f.Payments = f.Payments[1:] }, []string{"gift_card gift 50.00", "manual  175.00"}},
		"store credit": {stated(canonical.ReturnApproved, jacket(canonical.ResolutionStoreCredit)), func(_ *returns.Facts, p *returns.Policy) { p.Refunds.Bonus = d("10") },
			[]string{"store_credit  100.00 +10.00"}},
		"gift card and refund": {stated(canonical.ReturnApproved, shirt("1", canonical.ResolutionGiftCard), jacket(canonical.ResolutionRefund)), func(*returns.Facts, *returns.Policy) {},
			[]string{"refund card 100.00", "gift_card  41.66"}},
		"the buyer pays the way back": {stated(canonical.ReturnApproved, jacket(canonical.ResolutionRefund)), func(_ *returns.Facts, p *returns.Policy) { p.ReturnShipping = d("4.90") },
			[]string{"refund card 95.10"}},
		"the shop pays for this reason": {stated(canonical.ReturnApproved, jacket(canonical.ResolutionRefund)), func(_ *returns.Facts, p *returns.Policy) {
			p.ReturnShipping = d("4.90")
			p.Reasons = []mapping.ReturnReasonRule{{Reason: "changed*", BuyerPays: mapping.Bool(false)}}
		}, []string{"refund card 100.00"}},
		"a fee above the worth": {stated(canonical.ReturnApproved, jacket(canonical.ResolutionRefund)), func(_ *returns.Facts, p *returns.Policy) { p.Restocking.PerUnit = d("500") }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, p := shirts(), returns.Policy{}
			test.change(&f, &p)
			s := &story{t: t, f: f, p: p}
			s.apply(returns.Stated{Return: test.r})
			for _, l := range test.r.Lines {
				s.apply(returns.Inspected{Line: l.ID, Found: []canonical.ReceivedUnits{{Qty: l.Qty, Disposition: canonical.DispositionSellable}}, By: returns.FromOdoo})
			}
			s.paid().closed()
			s.legs(test.legs...)
		})
	}
}

func TestStatedFeesWin(t *testing.T) {
	t.Parallel()
	r := stated(canonical.ReturnApproved, jacket(canonical.ResolutionRefund))
	r.Fees = []canonical.ReturnFee{{Kind: canonical.FeeRestocking, Amount: canonical.Shop(d("7"))}}
	s := &story{t: t, f: shirts(), p: returns.Policy{Restocking: mapping.ReturnFeeRule{Percent: d("50")}}}
	s.apply(returns.Stated{Return: r}, returns.Inspected{Line: "j", Found: units("1", "0")}).paid().closed()
	s.legs("refund card 93.00")
}

func TestDifferenceFromThePlatform(t *testing.T) {
	t.Parallel()
	for answer, want := range map[returns.Answer]string{returns.AnswerOurs: "refund card 100.00", returns.AnswerPlatform: "refund card 90.00"} {
		r := stated(canonical.ReturnApproved, jacket(canonical.ResolutionRefund))
		r.Refund, r.RefundKnown = canonical.Shop(d("90")), true
		s := &story{t: t, f: shirts()}
		s.apply(returns.Stated{Return: r}, returns.Inspected{Line: "j", Found: units("1", "0")})
		s.gates(returns.GatePerson)
		s.apply(returns.Decided{Question: s.c.Questions[0].ID, Answer: answer}).paid().closed()
		s.legs(want)
	}
}

func TestInstantRefund(t *testing.T) {
	t.Parallel()
	p := returns.Policy{Instant: mapping.InstantRule{After: mapping.InstantInTransit, Below: d("100")},
		Dispositions: map[canonical.Disposition]mapping.DispositionRule{canonical.DispositionDamaged: {Pays: percent("50")}}}
	s := &story{t: t, f: shirts(), p: p}
	s.apply(returns.Stated{Return: stated(canonical.ReturnApproved, jacket(canonical.ResolutionRefund))})
	s.legs()
	s.apply(returns.InTransit{}).paid()
	s.legs("refund card 100.00")
	if s.c.Status != returns.CaseOpen || !s.c.Settlements[0].Instant {
		t.Error(s.c.Status, s.c.Settlements)
	}
	s.apply(returns.Inspected{Line: "j", Found: units("0", "1")})
	s.gates(returns.GatePerson)
	s.apply(returns.Decided{Question: "instant/j", Answer: returns.AnswerAccept}).closed()
	s.legs("refund card 100.00")
	// Above the limit it waits.
	p.Instant.Below = d("99.99")
	s = &story{t: t, f: shirts(), p: p}
	s.apply(returns.Stated{Return: stated(canonical.ReturnApproved, jacket(canonical.ResolutionRefund))}, returns.InTransit{})
	s.legs()
}

func TestReturnless(t *testing.T) {
	t.Parallel()
	s := &story{t: t, f: shirts(), p: returns.Policy{Returnless: d("100")}}
	s.apply(returns.Stated{Return: stated(canonical.ReturnApproved, jacket(canonical.ResolutionRefund))}).paid().closed()
	s.legs("refund card 100.00")
	if diff := cmp.Diff([]returns.EffectKind{"credit_note", "refund", "close"}, s.did); diff != "" || s.c.Logistics != canonical.ReturnReturnless {
		t.Error(s.c.Logistics, diff)
	}
}

func TestReceivedShort(t *testing.T) {
	t.Parallel()
	s := &story{t: t, f: shirts()}
	s.apply(returns.Stated{Return: stated(canonical.ReturnApproved, shirt("2", canonical.ResolutionRefund))}, returns.Received{Line: "a", Qty: d("1"), By: returns.FromOdoo},
		returns.Inspected{Line: "a", Found: units("1", "0"), By: returns.FromOdoo})
	s.gates(returns.GateGoods)
	s.apply(returns.Received{Line: "a", Qty: d("1"), Last: true, By: returns.FromOdoo}).paid().closed()
	s.legs("refund card 41.66")
}

func TestRejectedIsShippedBack(t *testing.T) {
	t.Parallel()
	s := &story{t: t, f: shirts()}
	s.apply(returns.Stated{Return: stated(canonical.ReturnApproved, jacket(canonical.ResolutionRejected))}, returns.Received{Line: "j", Qty: d("1")}).closed()
	s.legs()
	if diff := cmp.Diff([]returns.EffectKind{"open_return", "receive", "ship_back", "close"}, s.did); diff != "" {
		t.Error(diff)
	}
}

func TestWrongItemAsks(t *testing.T) {
	t.Parallel()
	s := &story{t: t, f: shirts()}
	s.apply(returns.Stated{Return: stated(canonical.ReturnApproved, jacket(canonical.ResolutionRefund))},
		returns.Inspected{Line: "j", Found: []canonical.ReceivedUnits{{Qty: d("1"), Disposition: canonical.DispositionWrongItem}}})
	s.gates(returns.GatePerson)
	s.apply(returns.Decided{Question: "pays/wrong_item/j", Answer: returns.AnswerPays, Percent: d("25")}).paid().closed()
	s.legs("refund card 25.00")
}

// refunded is a case with a refund of 100 that was asked for.
func refunded(t *testing.T, p returns.Policy) *story {
	t.Helper()
	s := &story{t: t, f: shirts(), p: p}
	s.apply(returns.Stated{Return: stated(canonical.ReturnApproved, jacket(canonical.ResolutionRefund))}, returns.Inspected{Line: "j", Found: units("1", "0")})
	s.gates(returns.GateMoney)
	return s
}

func TestFailedAndReversedRefunds(t *testing.T) {
	t.Parallel()
	s := refunded(t, returns.Policy{Refunds: mapping.RefundRules{OnFailure: mapping.FailureStoreCredit}})
	first := s.c.Money[0].ID
	s.apply(returns.MoneyMoved{Leg: first, Status: returns.MoneyFailed}).closed()
	s.legs("refund card 100.00", "store_credit  100.00")
	// Late, it succeeds after all: it stays failed here, and a person hears of it.
	s.apply(returns.MoneyMoved{Leg: first, Status: returns.MoneySucceeded})
	if q, ok := s.c.QuestionOf("late/" + first); !ok || q.Answer != "" || s.c.Status != returns.CaseOpen || s.c.Money[0].Status != returns.MoneyFailed {
		t.Error(q, s.c.Status)
	}

	s = refunded(t, returns.Policy{})
	s.paid().closed()
	s.apply(returns.MoneyMoved{Leg: s.c.Money[0].ID, Status: returns.MoneyReversed})
	if s.c.Status != returns.CaseOpen {
		t.Error("a reversed refund leaves the case closed")
	}
	s.apply(returns.Decided{Question: s.c.Questions[0].ID, Answer: returns.AnswerRetry}).paid().closed()
	s.legs("refund card 100.00", "refund card 100.00")
	if s.c.Money[0].ID == s.c.Money[1].ID {
		t.Error("the same reference for a new attempt")
	}

	s = refunded(t, returns.Policy{})
	leg := s.c.Money[0].ID
	s.apply(returns.MoneyMoved{Leg: leg, Status: returns.MoneyFailed}, returns.MoneyMoved{Leg: leg, Status: returns.MoneySucceeded}).closed()
	var refused *returns.Refusal
	if err := s.try(returns.Decided{Question: s.c.Questions[0].ID, Answer: returns.AnswerStoreCredit}); !errors.As(err, &refused) || refused.Code != returns.RefusedAnswer {
		t.Error(err)
	}
}

// TestDoubtfulRefund has a person find out whether money moved, as often as there is doubt.
func TestDoubtfulRefund(t *testing.T) {
	t.Parallel()
	s := refunded(t, returns.Policy{})
	leg := s.c.Money[0].ID
	s.apply(returns.Looked{})
	doubt := returns.MoneyMoved{Leg: leg, Status: returns.MoneySubmitted, Why: "the reply was lost", Doubt: true}
	s.apply(doubt, doubt)
	open := func() (all []string) {
		for _, q := range s.c.Questions {
			if q.Topic == returns.TopicDoubt && q.Answer == "" {
				all = append(all, q.ID)
			}
		}
		return all
	}
	if diff := cmp.Diff([]string{"doubt/" + leg + "/1"}, open()); diff != "" {
		t.Fatal(diff)
	}
	s.gates(returns.GatePerson)
	s.apply(returns.Decided{Question: "doubt/" + leg + "/1", Answer: returns.AnswerRetry})
	s.gates(returns.GateMoney)
	s.apply(doubt) // and again nobody knows
	if diff := cmp.Diff([]string{"doubt/" + leg + "/2"}, open()); diff != "" {
		t.Fatal(diff)
	}
	s.apply(returns.MoneyMoved{Leg: leg, Status: returns.MoneySucceeded}).closed()
	if len(open()) > 0 {
		t.Error("it is still asked:", open())
	}
}

func TestPersonReleasesLargeRefunds(t *testing.T) {
	t.Parallel()
	s := &story{t: t, f: shirts(), p: returns.Policy{Refunds: mapping.RefundRules{PersonAbove: d("99")}}}
	s.apply(returns.Stated{Return: stated(canonical.ReturnApproved, jacket(canonical.ResolutionRefund))}, returns.Inspected{Line: "j", Found: units("1", "0")})
	s.gates(returns.GatePerson)
	s.apply(returns.Decided{Question: s.c.Questions[0].ID, Answer: returns.AnswerRelease}).paid().closed()
}

// TestUnitsOneByOneComeToTheLine refunds a line unit by unit, in one return and in several.
func TestUnitsOneByOneComeToTheLine(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 7).Draw(t, "units")
		f := shirts()
		l := &f.Lines[0]
		l.Qty = decimal.MustNew(int64(n), 0)
		l.Shipped, l.Net, l.Tax = l.Qty, cents(t, "net", 100000), cents(t, "tax", 25000)
		f.Paid, f.Payments = d("10000"), nil
		several := rapid.Bool().Draw(t, "several returns")
		c := returns.Case{}
		apply := func(e returns.Event) {
			next, _, err := c.Apply(e, f, returns.Policy{Settle: mapping.SettleByUnit})
			if err != nil {
				t.Fatal(err)
			}
			c = next
		}
		qty := l.Qty
		if several {
			qty = decimal.One
		}
		apply(returns.Stated{Return: stated(canonical.ReturnApproved, shirt(qty.String(), canonical.ResolutionRefund))})
		for i := range n {
			if several && i > 0 {
				l.Returned, l.RefundedQty = sum(l.Returned, decimal.One), sum(l.RefundedQty, decimal.One)
				l.RefundedNet, l.RefundedTax = sum(l.RefundedNet, c.Lines[0].SettledNet), sum(l.RefundedTax, c.Lines[0].SettledTax)
				c = returns.Case{}
				apply(returns.Stated{Return: stated(canonical.ReturnApproved, shirt("1", canonical.ResolutionRefund))})
			}
			found := decimal.MustNew(int64(i+1), 0).Min(qty)
			apply(returns.Inspected{Line: "a", Found: []canonical.ReceivedUnits{{Qty: found, Disposition: canonical.DispositionSellable}}})
		}
		net, tax := sum(l.RefundedNet, c.Lines[0].SettledNet), sum(l.RefundedTax, c.Lines[0].SettledTax)
		if !net.Equal(l.Net) || !tax.Equal(l.Tax) {
			t.Fatalf("%s + %s of %s + %s", net, tax, l.Net, l.Tax)
		}
	})
}

// TestOrderOfObservationsDoesNotMatter permutes what is seen, of a return that is approved.
func TestOrderOfObservationsDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f, p := anyFacts(t), anyPolicy(t)
		p.Instant, p.Settle, p.Returnless, p.Exchange.After = mapping.InstantRule{}, mapping.SettleWhole, decimal.Zero, ""
		f.Lines[0].Shipped, f.Lines[1].Shipped = d("6"), d("6")
		f.Lines[0].Qty, f.Lines[1].Qty = d("6"), d("6")
		r := stated(canonical.ReturnApproved, shirt("3", canonical.ResolutionRefund), jacket(canonical.ResolutionStoreCredit))
		events := []returns.Event{returns.InTransit{}, returns.Arrived{}, returns.Received{Line: "a", Qty: d("1")}, returns.Received{Line: "a", Qty: d("3"), By: returns.FromOdoo},
			returns.Received{Line: "j", Qty: d("1"), By: returns.FromOdoo}, returns.Inspected{Line: "a", Found: units("1", "0")}, returns.Inspected{Line: "a", Found: units("1", "2")},
			returns.Inspected{Line: "j", Found: units("1", "0"), By: returns.FromOdoo}}
		run := func(events []returns.Event) returns.Case {
			c, _, err := returns.Case{}.Apply(returns.Stated{Return: r}, f, p)
			for _, e := range events {
				if err == nil {
					c, _, err = c.Apply(e, f, p)
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		// What was asked for is cut into other pieces; the units, the money and the states are the same.
		inAll := func(c returns.Case) returns.Case {
			c.Effects, c.Waits = nil, nil
			for i := range c.Lines {
				c.Lines[i].Reported = decimal.Zero // whether the platform has heard of units from us, or told us of them
			}
			return c
		}
		want, got := inAll(run(events)), inAll(run(rapid.Permutation(events).Draw(t, "order")))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-in order +permuted):\n%s", diff)
		}
	})
}
