package returns

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
)

// pay makes the legs of what the buyer gets, at most what was paid and not given back. The rest settles the invoice only and
// is returned.
func (w *work) pay(settlement string, got [purses]decimal.Decimal, note string) decimal.Decimal {
	left := positive(w.sub(w.f.Paid, w.f.Refunded))
	for _, leg := range w.c.Money {
		if leg.Kind != LegCharge && leg.ReplacedBy == "" && !leg.Dropped {
			left = positive(w.sub(left, leg.Amount))
		}
	}
	var onAccount decimal.Decimal
	for p, kind := range []LegKind{LegRefund, LegStoreCredit, LegGiftCard} {
		amount := positive(got[p]).Min(left)
		onAccount = w.add(onAccount, w.sub(positive(got[p]), amount))
		left = w.sub(left, amount)
		if !amount.IsPos() {
			continue
		}
		leg := MoneyLeg{Settlement: settlement, Kind: kind, Amount: amount, ByChannel: w.p.Refunds.By == mapping.RefundByChannel}
		if kind != LegRefund {
			if kind == LegStoreCredit {
				leg.Bonus = w.bonus(amount)
			}
			w.addLeg(leg, note)
			continue
		}
		for _, part := range w.split(amount) {
			part.Settlement, part.ByChannel = settlement, leg.ByChannel
			w.addLeg(part, note)
		}
	}
	return onAccount
}

func (w *work) bonus(amount decimal.Decimal) decimal.Decimal {
	return w.share(amount, w.p.Refunds.Bonus, decimal.Hundred)
}

// split spreads a refund over the payments by rule; what no payment can take is paid by hand.
func (w *work) split(amount decimal.Decimal) []MoneyLeg {
	if len(w.f.Payments) == 0 {
		return []MoneyLeg{{Kind: LegRefund, Amount: amount}}
	}
	payments := slices.Clone(w.f.Payments)
	first := w.p.Refunds.First
	rank := func(p PaymentFacts) int {
		if i := slices.Index(first, p.Kind); i >= 0 {
			return i
		}
		return len(first)
	}
	slices.SortStableFunc(payments, func(a, b PaymentFacts) int { return rank(a) - rank(b) })
	caps, weights := make([]decimal.Decimal, len(payments)), make([]decimal.Decimal, len(payments))
	for i, p := range payments {
		caps[i] = positive(w.sub(p.Amount, p.Refunded))
		for _, leg := range w.c.Money {
			if leg.Payment == p.ID && leg.ReplacedBy == "" && !leg.Dropped {
				caps[i] = positive(w.sub(caps[i], leg.Amount))
			}
		}
		weights[i] = p.Amount
	}
	room := w.add(caps...)
	byHand := positive(w.sub(amount, room))
	amount = w.sub(amount, byHand)
	shares := make([]decimal.Decimal, len(payments))
	if w.p.Refunds.Split == mapping.SplitProportional {
		unit, _ := w.currency.MinorUnit()
		allocated, err := canonical.AllocateCapped(amount, weights, caps, unit)
		if err != nil {
			w.fail(err)
			return nil
		}
		shares = allocated
	} else {
		rest := amount
		for i := range payments {
			shares[i] = rest.Min(caps[i])
			rest = w.sub(rest, shares[i])
		}
	}
	var legs []MoneyLeg
	for i, p := range payments {
		if !shares[i].IsPos() {
			continue
		}
		leg := MoneyLeg{Kind: LegRefund, Payment: p.ID, Amount: shares[i]}
		switch p.Kind {
		case canonical.PaymentGiftCard:
			leg.Kind = LegGiftCard
		case canonical.PaymentStoreCredit:
			leg.Kind = LegStoreCredit
		}
		legs = append(legs, leg)
	}
	if byHand.IsPos() {
		legs = append(legs, MoneyLeg{Kind: LegManual, Amount: byHand})
	}
	return legs
}

// addLeg wants a movement of money, once the settlement is booked.
func (w *work) addLeg(leg MoneyLeg, note string) {
	leg.ID = w.id("leg", leg.Settlement, string(leg.Kind), leg.Payment, leg.Replaces, strconv.Itoa(len(w.c.Money)))
	leg.Status = MoneyWanted
	w.c.Money = append(w.c.Money, leg)
	kinds := map[LegKind]EffectKind{LegRefund: EffectRefund, LegStoreCredit: EffectStoreCredit, LegGiftCard: EffectGiftCard,
		LegManual: EffectManual, LegCharge: EffectCharge}
	w.emit(Effect{Kind: kinds[leg.Kind], Settlement: leg.Settlement, Leg: leg.ID, Amount: w.add(leg.Amount, leg.Bonus), Depends: []string{note}})
}

// replace tries another way after a leg failed or was reversed.
func (w *work) replace(leg *MoneyLeg, kind LegKind) {
	if leg.ReplacedBy != "" || leg.Dropped {
		return
	}
	next := MoneyLeg{Settlement: leg.Settlement, Kind: kind, Amount: leg.Amount, Replaces: leg.ID, ByChannel: leg.ByChannel && kind == leg.Kind}
	if kind == leg.Kind {
		next.Payment, next.Bonus = leg.Payment, leg.Bonus
	}
	note := ""
	for _, e := range w.c.Effects {
		if e.Kind == EffectCreditNote && e.Settlement == leg.Settlement {
			note = e.ID
		}
	}
	at := slices.IndexFunc(w.c.Money, func(l MoneyLeg) bool { return l.ID == leg.ID })
	w.addLeg(next, note)
	w.c.Money[at].ReplacedBy = w.c.Money[len(w.c.Money)-1].ID
	w.moot(moneyQuestion(&w.c.Money[at]))
	w.changed = true
}

// movement says how far a leg is that is not at its end.
func (w *work) movement(leg MoneyLeg) string {
	if leg.Waiver != nil {
		return fmt.Sprintf("a person gave up %s %s, and it is being taken back from the buyer", leg.Waiver.Amount, w.c.Currency)
	}
	if leg.Link == "" {
		return string(leg.Kind) + " is " + string(leg.Status) + inBrackets(leg.Why)
	}
	until := ""
	if !leg.Until.IsZero() {
		until = " until " + leg.Until.UTC().Format("2006-01-02 15:04 UTC")
	}
	return fmt.Sprintf("the buyer is asked to pay %s %s%s at %s", leg.Amount, w.c.Currency, until, leg.Link)
}

// moneyFinal tells whether all money has moved that has to.
func (w *work) moneyFinal() bool {
	final := true
	if w.c.Approval == canonical.ReturnApproved {
		for i := range w.c.Lines {
			l := &w.c.Lines[i]
			_, pays := w.purseOf(l)
			switch {
			case !l.Approved.IsPos():
			case l.Resolution == canonical.ResolutionPending || l.Resolution == canonical.ResolutionOther:
				final = false
			case pays && w.settledUnits(l).Cmp(l.Approved) < 0:
				final = false
			}
		}
	}
	for _, leg := range w.c.Money {
		switch {
		case leg.Status == MoneySucceeded || leg.ReplacedBy != "" || leg.Dropped:
		case leg.Status == MoneyFailed || leg.Status == MoneyReversed:
			final = false
		default:
			final = false
			if q, ok := w.c.QuestionOf(leg.Doubt); ok && q.Answer == "" {
				w.wait(GatePerson, "", "nobody knows whether a "+string(leg.Kind)+" moved money")
				continue
			}
			w.wait(GateMoney, "", w.movement(leg))
		}
	}
	return final
}
