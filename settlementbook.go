package retailsync

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
	"github.com/retailsync/retailsync/payments/settlement"
)

// booking is what is booked together or not at all: one entry that needs no item, or entries and the items that they pay. Its items
// lack the clearing account's, which takes what they come to.
type booking struct {
	date     odoo.Date
	currency canonical.Currency
	entries  []int
	items    []bookedItem
	matches  []bookedMatch
}

// bookedItem is a journal item in the currency of its booking: positive debits.
type bookedItem struct {
	account.EntryItem
	amount decimal.Decimal
	// entry is the index of the entry that it is of.
	entry int
}

// bookedMatch is a set of journal items of one account that are matched with each other: own ones by name, others by index of the item.
type bookedMatch struct {
	own   []odoo.ExternalID
	items []int
}

// bookkeeper writes the bookings of a settlement. It is pure.
type bookkeeper struct {
	*clearing
	settlement *canonical.Settlement
	items      []settlement.Item
	open       []account.Unsettled // by the same index
	bookings   []booking
	exceptions []SettlementException
	c          exact.Calc
	// last is the day for what has none, once it was looked for.
	last time.Time
}

// book plans what a result comes to.
func (b *bookkeeper) book(result settlement.Result) error {
	for _, exception := range result.Exceptions {
		b.except(exception)
	}
	for _, i := range result.Direct {
		b.direct(i)
	}
	for _, pairing := range result.Matches {
		b.pair(pairing)
	}
	if err := b.c.Err(); err != nil {
		return fmt.Errorf("settlement %s: an amount has more than 19 digits: %w", b.settlement.Key, err)
	}
	slices.SortStableFunc(b.bookings, func(x, y booking) int {
		if n := strings.Compare(x.date.String(), y.date.String()); n != 0 {
			return n
		}
		return strings.Compare(string(x.currency), string(y.currency))
	})
	return nil
}

// except reports an exception.
func (b *bookkeeper) except(exception settlement.Exception) *SettlementException {
	e := SettlementException{Reason: exception.Reason, NextStep: exception.Reason.NextStep(), Difference: exception.Difference, Err: exception.Err}
	e.Entries = slices.Clone(exception.Lost)
	for _, i := range exception.Entries {
		entry := &b.settlement.Entries[i]
		e.Entries = append(e.Entries, entry.ID)
		e.Currency = entry.Currency
		if e.Order.ID == "" {
			e.Order, e.OrderNumber = entry.Order, entry.OrderNumber
		}
		e.Amount = b.c.Add(e.Amount, entry.Amount)
	}
	for _, i := range exception.Items {
		if i < len(b.open) {
			e.Moves = append(e.Moves, b.open[i].Move)
		}
	}
	if exception.Reason == settlement.ReasonUnbalanced {
		e.Currency, e.Amount = "", decimal.Zero
	}
	b.exceptions = append(b.exceptions, e)
	return &b.exceptions[len(b.exceptions)-1]
}

// day is when an entry or a payout is booked: its own day, UTC, else the end of the settlement, else that of its payout or its last entry;
// today where the provider states no day at all.
func (b *bookkeeper) day(at time.Time) odoo.Date {
	for _, t := range []time.Time{at, b.settlement.To, b.settlement.Payouts[0].At, b.settlement.From} {
		if !t.IsZero() {
			return odoo.NewDate(t.UTC())
		}
	}
	if b.last.IsZero() {
		for i := range b.settlement.Entries {
			if at := b.settlement.Entries[i].At; at.After(b.last) {
				b.last = at
			}
		}
		if b.last.IsZero() {
			b.last = time.Now()
		}
	}
	return odoo.NewDate(b.last.UTC())
}

// entryName names the journal item of an entry. What is posted of it is part of the name, so that another form of it is noticed.
func (b *clearing) entryName(s *canonical.Settlement, e *canonical.SettlementEntry, more ...string) odoo.ExternalID {
	return b.name(append([]string{"settled", s.Key.ID, e.ID, settlement.Digest(*e)[:digestLength]}, more...)...)
}

// digestLength is how much of an entry's digest is in the name of its item.
const digestLength = 12

func (b *clearing) name(parts ...string) odoo.ExternalID {
	return odoo.NewExternalID(mapping.Module, append([]string{b.channel.Name, b.channel.Account}, parts...)...)
}

// label is what people see of an entry: the provider's ids and words, and the order.
func label(e *canonical.SettlementEntry) string {
	words := []string{e.ID}
	for _, word := range []string{e.Payment, e.Refund, e.Dispute, e.Payout, e.RawKind, e.OrderNumber} {
		if word != "" && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	if e.RawKind == "" {
		words = append(words, string(e.Kind))
	}
	if e.OrderNumber == "" && e.Order.ID != "" {
		words = append(words, e.Order.ID)
	}
	return strings.Join(words, " ")
}

// direct books an entry that needs no item.
func (b *bookkeeper) direct(i int) {
	e := &b.settlement.Entries[i]
	if e.Kind == canonical.EntryTransfer && e.Payout != "" {
		b.bookings = append(b.bookings, b.returned(i))
		return
	}
	rule, ok := b.rules.Entry(e.Kind, e.RawKind)
	if !ok {
		b.except(settlement.Exception{Reason: settlement.ReasonKind, Entries: []int{i}})
		return
	}
	on := b.accounts[rule.Account]
	made := booking{date: b.day(e.At), currency: e.Currency, entries: []int{i}}
	main := bookedItem{EntryItem: account.EntryItem{ExternalID: b.entryName(b.settlement, e), Account: on.ID, Name: label(e)}, amount: e.Amount.Neg(), entry: i}
	shares, base, why := b.taxOf(e, rule)
	if why != "" {
		b.except(settlement.Exception{Reason: settlement.ReasonKind, Entries: []int{i}}).NextStep = why
		return
	}
	if len(shares) > 0 {
		tax := b.taxes[rule.Tax]
		parts := tax.parts[e.Amount.IsPos()]
		main.amount, main.Taxes, main.Tags = base, []int64{tax.id}, parts.baseTags
		made.items = append(made.items, main)
		for n, part := range parts.of {
			share := bookedItem{EntryItem: account.EntryItem{
				ExternalID: b.entryName(b.settlement, e, "tax", strconv.Itoa(n)), Account: part.account, Name: main.Name, TaxOf: part.id, Tags: part.tags,
			}, amount: shares[n], entry: i}
			if part.account == 0 {
				share.Account = on.ID
			}
			made.items = append(made.items, share)
		}
	} else {
		made.items = append(made.items, main)
	}
	b.bookings = append(b.bookings, made)
}

// taxOf is the tax in an entry, spread over the parts of the rule's tax, and what is left as its base; none if there is no tax in it. It
// says why if provider and rules contradict each other.
func (b *bookkeeper) taxOf(e *canonical.SettlementEntry, rule mapping.SettlementEntryRule) (shares []decimal.Decimal, base decimal.Decimal, why string) {
	if e.Kind == canonical.EntryTaxWithheld || rule.Tax.IsZero() && e.Tax.IsZero() {
		return nil, base, ""
	}
	if rule.Tax.IsZero() {
		return nil, base, fmt.Sprintf("the provider states a tax of %s %s in it: name the purchase tax at settlements.entries", e.Tax, e.Currency)
	}
	tax := b.taxes[rule.Tax]
	parts := tax.parts[e.Amount.IsPos()]
	digits := b.currencies[e.Currency].Digits
	var amount decimal.Decimal
	switch {
	case parts.factor.IsZero() && !e.Tax.IsZero():
		return nil, base, fmt.Sprintf("the provider charges a tax of %s %s and the rules name one that cancels itself out: correct settlements.entries", e.Tax, e.Currency)
	case parts.factor.IsZero() && len(parts.of) > 0:
		base = e.Amount.Neg()
		amount = exact.HalfUp(b.c.Quo(b.c.Mul(base, tax.rate), decimal.Hundred), digits)
	case !e.Tax.IsZero():
		amount = e.Tax.Neg()
		base = b.c.Sub(e.Amount.Neg(), amount)
	case rule.Included != nil && *rule.Included:
		amount = exact.HalfUp(b.c.Quo(b.c.Mul(e.Amount.Neg(), tax.rate), b.c.Add(decimal.Hundred, tax.rate)), digits)
		base = b.c.Sub(e.Amount.Neg(), amount)
	default:
		return nil, base, ""
	}
	whole, left := parts.factor, amount
	if whole.IsZero() {
		whole, left = decimal.Hundred, decimal.Zero
	}
	for n, part := range parts.of {
		share := exact.HalfUp(b.c.Quo(b.c.Mul(amount, part.factor), whole), digits)
		if n == len(parts.of)-1 {
			share = left
		}
		left = b.c.Sub(left, share)
		shares = append(shares, share)
	}
	return shares, base, ""
}

// side is the items of a pairing on one account of one partner.
type side struct {
	account, partner int64
	maturity         odoo.Date
	items            []int
	sum              decimal.Decimal
}

// sides groups the items of a pairing by account and partner.
func (b *bookkeeper) sides(items []int) []side {
	var sides []side
	for _, i := range items {
		open := b.open[i]
		at := slices.IndexFunc(sides, func(s side) bool { return s.account == open.Account.ID && s.partner == open.Partner.ID })
		if at < 0 {
			at = len(sides)
			sides = append(sides, side{account: open.Account.ID, partner: open.Partner.ID, maturity: open.Maturity})
		}
		sides[at].items = append(sides[at].items, i)
		sides[at].sum = b.c.Add(sides[at].sum, b.items[i].Amount)
	}
	return sides
}

// pair books entries that pay items: on the items' account, so that they can be matched. Where they pay items of several accounts, the
// first takes all and hands on what is the others'.
func (b *bookkeeper) pair(pairing settlement.Pairing) {
	sides := b.sides(pairing.Items)
	if len(sides) > 1 && !pairing.Rest.IsZero() {
		b.except(settlement.Exception{Reason: settlement.ReasonAmount, Entries: pairing.Entries, Items: pairing.Items, Difference: pairing.Rest.Neg()})
		return
	}
	var made booking
	own := make([][]odoo.ExternalID, len(sides))
	add := func(entry, of int, item account.EntryItem, amount decimal.Decimal) {
		if of >= 0 {
			item.Account, item.Partner, item.Maturity = sides[of].account, sides[of].partner, sides[of].maturity
			own[of] = append(own[of], item.ExternalID)
		}
		made.items = append(made.items, bookedItem{EntryItem: item, amount: amount, entry: entry})
	}
	for _, i := range pairing.Entries {
		e := &b.settlement.Entries[i]
		made.currency = e.Currency
		made.entries = append(made.entries, i)
		if day := b.day(e.At); made.date.IsZero() || day.String() > made.date.String() {
			made.date = day
		}
		add(i, 0, account.EntryItem{ExternalID: b.entryName(b.settlement, e), Name: label(e)}, e.Amount.Neg())
	}
	first := pairing.Entries[0]
	leading := &b.settlement.Entries[first]
	for n, other := range sides[1:] {
		name := label(leading)
		add(first, 0, account.EntryItem{ExternalID: b.entryName(b.settlement, leading, "on", strconv.Itoa(n)), Name: name}, other.sum)
		add(first, n+1, account.EntryItem{ExternalID: b.entryName(b.settlement, leading, "to", strconv.Itoa(n)), Name: name}, other.sum.Neg())
	}
	if !pairing.Difference.IsZero() {
		name := label(leading)
		add(first, 0, account.EntryItem{ExternalID: b.entryName(b.settlement, leading, "off"), Name: name}, pairing.Difference)
		add(first, -1, account.EntryItem{ExternalID: b.entryName(b.settlement, leading, "difference"), Account: b.difference, Name: name}, pairing.Difference.Neg())
	}
	for n := range sides {
		made.matches = append(made.matches, bookedMatch{own: own[n], items: sides[n].items})
	}
	b.bookings = append(b.bookings, made)
}

// matchRules are the rules as package settlement takes them.
func (b *clearing) matchRules() settlement.Rules {
	var rules settlement.Rules
	for _, rule := range b.rules.Entries {
		if !slices.Contains(rules.Direct, rule.Kind) {
			rules.Direct = append(rules.Direct, rule.Kind)
		}
	}
	for _, rule := range b.rules.Tolerances {
		rules.Tolerances = append(rules.Tolerances, settlement.Tolerance{Kind: rule.Kind, Currency: rule.Currency, Most: rule.Most})
	}
	rules.Partial = b.rules.Partial
	return rules
}
