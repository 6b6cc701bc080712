package canonical

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// Validate checks every rule that a settlement must keep before any of it may be posted and returns a [*SettlementError] with all
// that it breaks, or nil. It takes time in proportion to the number of entries and changes nothing.
//
// In each currency the entries must sum to the payouts: what was exchanged into another currency has a leg in each of them.
// Amounts are whole minor units. The sign of an entry is not checked against its kind: a provider gives fees back and takes
// discounts from sales.
func (s *Settlement) Validate() error {
	v := settlementValidator{settlement: s}
	v.header()
	v.entries()
	v.exchanges()
	if v.summable { // one unknown currency or an odd amount would make every sum look wrong
		v.sums()
	}
	if len(v.found) == 0 {
		return nil
	}
	return &SettlementError{Key: s.Key, Violations: v.found}
}

// SettlementError lists everything that is wrong with a settlement.
type SettlementError struct {
	// Key is the settlement's.
	Key        Key
	Violations []Violation
}

// Error names the settlement and every violation, the first twenty in full.
func (e *SettlementError) Error() string {
	const most = 20
	texts := make([]string, 0, most+1)
	for _, v := range e.Violations[:min(most, len(e.Violations))] {
		texts = append(texts, v.String())
	}
	if more := len(e.Violations) - most; more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", more))
	}
	return fmt.Sprintf("canonical: settlement %s breaks %d rules: fetch it again, then correct its adapter or rules: %s",
		e.Key, len(e.Violations), strings.Join(texts, "; "))
}

// Has tells whether a violation with the path and code is there.
func (e *SettlementError) Has(path string, code ViolationCode) bool {
	return slices.ContainsFunc(e.Violations, func(v Violation) bool { return v.Path == path && v.Code == code })
}

type settlementValidator struct {
	settlement *Settlement
	found      []Violation
	summable   bool
}

func (v *settlementValidator) add(p at, code ViolationCode, format string, args ...any) {
	v.found = append(v.found, Violation{Path: p.String(), Code: code, Message: fmt.Sprintf(format, args...)})
}

func (v *settlementValidator) required(p at, text string) {
	if text == "" {
		v.add(p, ViolationMissing, "must be given")
	}
}

func (v *settlementValidator) header() {
	v.summable = true
	s := v.settlement
	v.required(at{field: "key.channel.name"}, s.Key.Channel.Name)
	v.required(at{field: "key.id"}, s.Key.ID)
	if len(s.Payouts) == 0 {
		v.add(at{field: "payouts"}, ViolationMissing, "must be given, zero if nothing was paid out")
		v.summable = false
	}
	for i, payout := range s.Payouts {
		p := at{list: "payouts", i: i}
		if v.currency(p.with("currency"), payout.Currency) {
			v.whole(p.with("amount"), payout.Currency, payout.Amount)
		}
	}
}

func (v *settlementValidator) currency(p at, c Currency) bool {
	if c.Valid() {
		return true
	}
	v.summable = false
	v.add(p, ViolationCurrencyUnknown, "is no ISO 4217 code such as EUR")
	return false
}

func (v *settlementValidator) whole(p at, c Currency, amount decimal.Decimal) {
	if exponent, _ := c.Exponent(); amount.MinScale() > exponent {
		v.add(p, ViolationMinorUnits, "has more than the %d decimals of %s", exponent, c)
	}
}

func (v *settlementValidator) entries() {
	seen := make(map[string]struct{}, len(v.settlement.Entries))
	for i := range v.settlement.Entries {
		e, p := &v.settlement.Entries[i], at{list: "entries", i: i}
		v.required(p.with("id"), e.ID)
		before := len(seen)
		if seen[e.ID] = struct{}{}; len(seen) == before && e.ID != "" { // one access each: there may be millions
			v.add(p.with("id"), ViolationDuplicate, "is the id of an earlier entry")
		}
		if !e.Kind.known() {
			v.add(p.with("kind"), ViolationUnknownWord, "is none of the kinds: use other and keep the provider's word in raw_kind")
		}
		if v.currency(p.with("currency"), e.Currency) {
			v.whole(p.with("amount"), e.Currency, e.Amount)
			v.whole(p.with("tax"), e.Currency, e.Tax)
		}
		if e.Tax.CmpAbs(e.Amount) > 0 || e.Tax.Sign()*e.Amount.Sign() < 0 {
			v.add(p.with("tax"), ViolationSign, "is not a part of the amount")
		}
		v.buyer(p, e)
	}
}

func (v *settlementValidator) buyer(p at, e *SettlementEntry) {
	switch {
	case e.BuyerCurrency == "" && e.BuyerAmount.IsZero():
	case e.BuyerCurrency == "":
		v.add(p.with("buyer_currency"), ViolationMissing, "must be given with a buyer_amount")
	case !e.BuyerCurrency.Valid():
		v.add(p.with("buyer_currency"), ViolationCurrencyUnknown, "is no ISO 4217 code such as EUR")
	default:
		v.whole(p.with("buyer_amount"), e.BuyerCurrency, e.BuyerAmount)
	}
}

// exchanges checks that the legs of each exchange stand in at least two currencies and that money went out of one into another.
func (v *settlementValidator) exchanges() {
	type legs struct {
		first    int
		currency Currency
		mixed    bool
		in, out  bool
	}
	var order []string
	all := make(map[string]*legs)
	for i := range v.settlement.Entries {
		e := &v.settlement.Entries[i]
		if e.Kind != EntryExchange {
			if e.Exchange != "" {
				v.add(at{list: "entries", i: i, field: "exchange"}, ViolationExchange, "is given on an entry of another kind")
			}
			continue
		}
		if e.Exchange == "" {
			v.add(at{list: "entries", i: i, field: "exchange"}, ViolationMissing, "must be given on a leg of an exchange")
			continue
		}
		l := all[e.Exchange]
		if l == nil {
			l = &legs{first: i, currency: e.Currency}
			all[e.Exchange] = l
			order = append(order, e.Exchange)
		}
		l.mixed = l.mixed || l.currency != e.Currency
		l.in = l.in || e.Amount.IsPos()
		l.out = l.out || e.Amount.IsNeg()
	}
	for _, id := range order {
		if l := all[id]; !l.mixed || !l.in || !l.out {
			v.add(at{list: "entries", i: l.first, field: "exchange"}, ViolationExchange,
				"needs a leg out of one currency and a leg into another")
		}
	}
}

func (v *settlementValidator) sums() {
	sums, err := v.settlement.Sums()
	if err != nil {
		v.add(at{field: "entries"}, ViolationNumberTooLong, "sums of it have more than 19 digits")
		return
	}
	paid, err := v.settlement.PaidOut()
	if err != nil {
		v.add(at{field: "payouts"}, ViolationNumberTooLong, "sums of it have more than 19 digits")
		return
	}
	currencies := slices.Collect(maps.Keys(sums))
	for c := range paid {
		if _, ok := sums[c]; !ok {
			currencies = append(currencies, c)
		}
	}
	slices.Sort(currencies)
	for _, c := range currencies {
		if !sums[c].Equal(paid[c]) {
			v.add(at{field: "entries"}, ViolationTotals, "sum to %s %s, but %s was paid out", sums[c], c, paid[c])
		}
	}
}
