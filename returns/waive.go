package returns

import (
	"fmt"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// Waived is a person's word that the buyer is no longer asked for a charge: what of it is not paid is given up, and the exchanged goods
// cost so much less. What the provider can still take is taken back first; should the buyer have paid meanwhile, he has, and a person is
// told. Saying it again changes nothing.
type Waived struct {
	// Leg is the charge; empty: the one that is open.
	Leg string
	// By names the person, by an id; Why is the reason, without personal data. Both are kept.
	By, Why string
	// Paid is what the buyer has paid of it by another way than the provider's link, less than all of it: the payment's id, its gateway and
	// its amount. It counts for the exchanged goods as the rules of its gateway say.
	Paid canonical.Payment
}

func (Waived) event() EventKind { return "waived" }

// Waiver is a charge that a person gave up.
type Waiver struct {
	By  string `json:"by"`
	Why string `json:"why"`
	// Amount is what is given up, Paid what the buyer has paid before, if he has.
	Amount decimal.Decimal   `json:"amount"`
	Paid   canonical.Payment `json:"paid,omitzero"`
}

// WaivedAmount is what of a charge was given up: nothing as long as the buyer can still pay it, and once he has.
func (l MoneyLeg) WaivedAmount() decimal.Decimal {
	switch {
	case l.Kind != LegCharge || !l.Dropped || l.ReplacedBy != "":
		return decimal.Decimal{}
	case l.Waiver != nil:
		return l.Waiver.Amount
	}
	return l.Amount
}

// waived takes down that a person gives a charge up.
func (w *work) waived(e Waived) error {
	leg, err := w.chargeOf(e.Leg)
	if err != nil {
		return err
	}
	refuse := func(problem, wayOut string) error {
		return &Refusal{Code: RefusedEvent, Problem: problem, WayOut: wayOut}
	}
	if e.By == "" || e.Why == "" {
		return refuse("a charge is waived without saying by whom, or why", "name the person by an id, and the reason")
	}
	rest := leg.Amount
	if e.Paid != (canonical.Payment{}) {
		rest = w.sub(leg.Amount, e.Paid.Amount.Shop)
		rounded, err := w.c.Currency.Round(e.Paid.Amount.Shop)
		if e.Paid.ID == "" || !e.Paid.Amount.Shop.IsPos() || !rest.IsPos() || err != nil || !rounded.Equal(e.Paid.Amount.Shop) {
			return refuse(fmt.Sprintf("%s is no part of %s %s that can have been paid, or the payment has no id", e.Paid.Amount.Shop, leg.Amount, w.c.Currency),
				"state the payment's id and its amount, less than the charge")
		}
		e.Paid.Kind, e.Paid.Status, e.Paid.Amount = canonical.PaymentSale, canonical.PaymentSucceeded, canonical.Shop(e.Paid.Amount.Shop)
	}
	switch {
	case leg.Waiver != nil && leg.Waiver.Paid.ID == e.Paid.ID && leg.Waiver.Amount.Equal(rest):
		return nil // the first word stands
	case leg.Waiver != nil:
		return refuse("the charge is waived already, with another part of it paid", "look at the case, and correct the payment in Odoo")
	case leg.ByChannel:
		return refuse("the channel collects the charge", "waive it there")
	case leg.Status == MoneySucceeded:
		return refuse("the buyer has paid the charge", "give the money back at the provider")
	case leg.Dropped:
		return refuse("the charge was given up already", "look at the case")
	}
	leg.Waiver = &Waiver{By: e.By, Why: e.Why, Amount: rest, Paid: e.Paid}
	w.changed = true
	w.dropWaived(leg)
	return w.err
}

// chargeOf is the charge with the id or what replaces it; without one the charge that is open.
func (w *work) chargeOf(id string) (*MoneyLeg, error) {
	leg := w.leg(id)
	if id == "" {
		for i := range w.c.Money {
			l := &w.c.Money[i]
			if l.Kind != LegCharge || l.ReplacedBy != "" {
				continue
			}
			if leg != nil {
				return nil, &Refusal{Code: RefusedEvent, Problem: "the return has several charges", WayOut: "name the leg that is waived"}
			}
			leg = l
		}
	}
	for range w.c.Money {
		if leg != nil && leg.ReplacedBy != "" {
			leg = w.leg(leg.ReplacedBy)
		}
	}
	if leg == nil || leg.Kind != LegCharge {
		return nil, unknown("charge", id)
	}
	return leg, nil
}

// dropWaived ends a charge that was waived, once nobody can pay it any more. Why stays the person's word, also when the failure is told again.
func (w *work) dropWaived(leg *MoneyLeg) {
	if leg.Waiver == nil || leg.Status != MoneyFailed {
		return
	}
	leg.Why = leg.Waiver.Why
	if leg.Dropped {
		return
	}
	w.moot(moneyQuestion(leg))
	leg.Dropped, w.changed = true, true
}

// waivedOf is what the buyer is not asked for of what exchanged goods cost. Where a settlement has several, the first ones take it.
func (w *work) waivedOf(x *CaseExchange) decimal.Decimal {
	for _, s := range w.c.Settlements {
		left := s.Waived
		for _, leg := range w.c.Money {
			if leg.Settlement == s.ID {
				left = w.add(left, leg.WaivedAmount())
			}
		}
		for _, id := range s.Exchange {
			for i := range w.c.Exchange {
				one := &w.c.Exchange[i]
				if one.ID != id {
					continue
				}
				part := left.Min(w.add(one.Net, one.Tax))
				if id == x.ID {
					return part
				}
				left = w.sub(left, part)
			}
		}
	}
	return decimal.Decimal{}
}
