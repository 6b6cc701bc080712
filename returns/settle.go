package returns

import (
	"fmt"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
)

// purse is what the buyer gets for lines of one resolution.
type purse int

const (
	purseRefund purse = iota
	purseCredit
	purseGiftCard
	purseExchange
	purses
)

// purseOf is false for resolutions that settle nothing.
func (w *work) purseOf(l *CaseLine) (purse, bool) {
	switch l.Resolution {
	case canonical.ResolutionRefund, canonical.ResolutionNone: // which pays nothing
		return purseRefund, true
	case canonical.ResolutionStoreCredit:
		return purseCredit, true
	case canonical.ResolutionGiftCard:
		return purseGiftCard, true
	case canonical.ResolutionExchangeOther:
		return purseExchange, true
	case canonical.ResolutionExchangeSame:
		return purseExchange, !w.swaps(l)
	}
	return 0, false
}

// swaps tells whether units are exchanged for the same article, so that no money is dealt with: the platform names no goods of
// its own for them.
func (w *work) swaps(l *CaseLine) bool {
	return l.Resolution == canonical.ResolutionExchangeSame &&
		!slices.ContainsFunc(w.c.Exchange, func(x CaseExchange) bool { return x.Line == l.ID || x.Line == "" })
}

// batch is the units of a line that money is dealt with for now.
type batch struct {
	line    *CaseLine
	units   map[canonical.Disposition]decimal.Decimal
	instant bool
}

// planMoney deals with the money of units that are final, or may be refunded before.
func (w *work) planMoney() {
	if !w.f.Known || w.c.Currency != w.f.Currency {
		w.wait(GateOrder, "", "the order is not known in the currency of the return")
		return
	}
	var ready []batch
	whole := w.p.Settle != mapping.SettleByUnit || slices.ContainsFunc(w.c.Exchange, func(x CaseExchange) bool { return !x.Settled })
	blocked, full := false, true
	for i := range w.c.Lines {
		l := &w.c.Lines[i]
		if !l.Approved.IsPos() {
			continue
		}
		switch l.Resolution {
		case canonical.ResolutionPending, "":
			w.wait(GateResolution, l.ID, "nobody has said what the buyer gets")
			blocked, full = true, false
			continue
		case canonical.ResolutionOther:
			w.ask(Question{ID: "resolution/" + l.ID, Topic: TopicResolution, Line: l.ID,
				Text: fmt.Sprintf("The platform says %q, which is not known here: say what the buyer gets.", l.RawResolution)})
			w.wait(GateResolution, l.ID, "the platform's word for what the buyer gets is not known")
			blocked, full = true, false
			continue
		}
		w.moot("resolution/" + l.ID)
		if _, ok := w.purseOf(l); !ok {
			continue
		}
		b, final := w.ready(l)
		full = full && w.allGood(l)
		if !w.payable(b) {
			blocked = true
			continue
		}
		if w.total(b.units).IsPos() {
			ready = append(ready, b)
		}
		blocked = blocked || !final
	}
	if w.err != nil || len(ready) == 0 {
		return
	}
	if part, ok := w.again(ready); ok && !slices.Equal(w.named(part), w.named(ready)) {
		w.settle(part, false, false)
		return
	} else if ok {
		ready = part
	}
	if whole && blocked && !w.instantly(ready) || !blocked && !w.enough(ready) {
		return
	}
	if unit, ok := w.uncredited(ready); ok && !whole && !w.overLimit(ready) && !(w.c.Stated.RefundKnown && !blocked && full) {
		w.settle([]batch{unit}, false, false)
		return
	}
	w.settle(ready, !blocked, full)
}

// instantly tells whether all that is ready may be refunded before the rest.
func (w *work) instantly(ready []batch) bool {
	return !slices.ContainsFunc(ready, func(b batch) bool { return !b.instant }) &&
		!slices.ContainsFunc(w.c.Exchange, func(x CaseExchange) bool { return !x.Settled })
}

// allGood tells whether every unit that was asked for came back and pays in full.
func (w *work) allGood(l *CaseLine) bool {
	if l.Approved.Cmp(l.Requested) < 0 {
		return false
	}
	if l.Keep {
		return true
	}
	for d, qty := range l.Inspected() {
		if pays, ok := w.pays(l, d); qty.IsPos() && (!ok || !pays.Equal(decimal.Hundred)) {
			return false
		}
	}
	return w.total(l.Inspected()).Equal(l.Approved)
}

// payable tells whether it is known what the units pay, and asks if not.
func (w *work) payable(b batch) bool {
	ok := true
	for _, d := range dispositions() {
		if !b.units[d].IsPos() {
			continue
		}
		if _, known := w.pays(b.line, d); !known {
			w.ask(Question{ID: paysQuestion(b.line.ID, d), Topic: TopicPays, Line: b.line.ID, Answers: []Answer{AnswerPays},
				Text: fmt.Sprintf("%s units are %s: how much of their value is refunded, in percent?", b.units[d].Trim(0), d)})
			w.wait(GatePerson, b.line.ID, fmt.Sprintf("somebody must say what %s pays", d))
			ok = false
		}
	}
	return ok
}

// ready are the units of a line that are final and not settled; final, if no more will come.
func (w *work) ready(l *CaseLine) (batch, bool) {
	b := batch{line: l, units: map[canonical.Disposition]decimal.Decimal{}}
	room := positive(w.sub(l.Approved, w.settledUnits(l)))
	if l.Keep {
		b.units[canonical.DispositionSellable] = room
		return b, true
	}
	inspected := l.Inspected()
	early := l.Settled[canonical.DispositionPending] // refunded before they were looked at
	for _, d := range dispositions() {
		more := positive(w.sub(inspected[d], l.Settled[d]))
		matched := early.Min(more)
		early = w.sub(early, matched)
		more = w.sub(more, matched).Min(room)
		if pays, known := w.pays(l, d); matched.IsPos() && known && pays.Cmp(decimal.Hundred) < 0 {
			q := w.ask(Question{ID: "instant/" + l.ID, Topic: TopicInstant, Line: l.ID, Answers: []Answer{AnswerAccept},
				Text: "The units were refunded before they were looked at, and are worth less."})
			if q.Answer == "" {
				w.wait(GatePerson, l.ID, "more was refunded at once than the goods are worth")
			}
		}
		if more.IsPos() {
			b.units[d] = more
			room = w.sub(room, more)
		}
	}
	if room.IsZero() || w.total(inspected).Cmp(l.Approved) >= 0 {
		return b, true
	}
	if early := w.instant(l, room, w.total(b.units)); early.IsPos() {
		b.units[canonical.DispositionPending] = early
		b.instant = true
		return b, early.Equal(room)
	}
	return b, false
}

// instant are the units of a line that are refunded before they are looked at.
func (w *work) instant(l *CaseLine, room, ready decimal.Decimal) decimal.Decimal {
	target := l.Approved
	in := func(places ...canonical.ReturnLogistics) bool { return slices.Contains(places, w.c.Logistics) }
	switch w.p.Instant.After {
	case mapping.InstantApproved:
	case mapping.InstantInTransit:
		if !in(canonical.ReturnInTransit, canonical.ReturnArrived, canonical.ReturnPartiallyReceived, canonical.ReturnReceived) {
			return decimal.Decimal{}
		}
	case mapping.InstantArrived:
		if !in(canonical.ReturnArrived, canonical.ReturnPartiallyReceived, canonical.ReturnReceived) {
			return decimal.Decimal{}
		}
	case mapping.InstantReceived:
		target = l.Received()
	default:
		return decimal.Decimal{}
	}
	if p, _ := w.purseOf(l); p == purseExchange || l.Resolution == canonical.ResolutionNone {
		return decimal.Decimal{}
	}
	if limit := w.p.Instant.Below; !limit.IsZero() {
		var worth decimal.Decimal
		for i := range w.c.Lines {
			if p, ok := w.purseOf(&w.c.Lines[i]); ok && p != purseExchange {
				worth = w.add(worth, w.worth(&w.c.Lines[i], w.c.Lines[i].Approved))
			}
		}
		if worth.Cmp(limit) > 0 {
			return decimal.Decimal{}
		}
	}
	return positive(w.sub(w.sub(target, w.settledUnits(l)), ready)).Min(room)
}

// settle deals with the money of the batches; whole, if they are all there is, full, if all of it came back and pays in full.
func (w *work) settle(ready []batch, whole, full bool) {
	var s Settlement
	var got [purses]decimal.Decimal
	first := purses
	var gross decimal.Decimal
	lineFees := map[*CaseLine]decimal.Decimal{}
	parts := append([]string{"settlement"}, w.named(ready)...)
	stated := slices.Clone(w.c.Stated.Fees)
	for _, b := range ready {
		l := b.line
		p, _ := w.purseOf(l)
		first = min(first, p)
		s.Instant = s.Instant || b.instant
		before := w.settledUnits(l)
		for _, d := range settledOrder() {
			qty := b.units[d]
			if !qty.IsPos() {
				continue
			}
			net, tax := w.value(l, s.Lines, before, qty, d)
			before = w.add(before, qty)
			s.Lines = append(s.Lines, SettledLine{Line: l.ID, OrderLine: l.OrderLine, Disposition: d, Qty: qty, Net: net, Tax: tax})
			worth := w.add(net, tax)
			gross = w.add(gross, worth)
			fee := w.restocking(l, d, qty, worth)
			if fee.IsPos() {
				s.Fees = addFee(w, s.Fees, SettledFee{canonical.FeeRestocking, l.ID, fee})
			}
			lineFees[l] = w.add(lineFees[l], fee)
			got[p] = w.add(got[p], worth, fee.Neg())
		}
		for i := range stated {
			f := &stated[i]
			if f.Line != l.ID {
				continue
			}
			worth := decimal.Decimal{}
			for _, sl := range s.Lines {
				if sl.Line == l.ID {
					worth = w.add(worth, sl.Net, sl.Tax)
				}
			}
			if fee := positive(w.sub(f.Amount, f.Taken)).Min(positive(w.sub(worth, lineFees[l]))); fee.IsPos() {
				f.Taken = w.add(f.Taken, fee)
				lineFees[l] = w.add(lineFees[l], fee)
				s.Fees = addFee(w, s.Fees, SettledFee{f.Kind, l.ID, fee})
				got[p] = w.sub(got[p], fee)
			}
		}
	}
	owing := slices.DeleteFunc(slices.Clone(ready), func(b batch) bool { return b.line.Resolution == canonical.ResolutionNone })
	shippingNet, shippingTax, given := w.shipping(owing)
	s.ShippingNet, s.ShippingTax = shippingNet, shippingTax
	if first == purses {
		first = purseRefund
	}
	got[first] = w.add(got[first], shippingNet, shippingTax)
	gross = w.add(gross, shippingNet, shippingTax)
	for i := range stated {
		f := &stated[i]
		if f.Line == "" {
			fee := takeFrom(w, &got, positive(w.sub(f.Amount, f.Taken)))
			f.Taken = w.add(f.Taken, fee)
			if fee.IsPos() {
				s.Fees = addFee(w, s.Fees, SettledFee{f.Kind, "", fee})
			}
		}
	}
	wayBack := w.wayBack(owing)
	if wayBack.IsPos() {
		if fee := takeFrom(w, &got, wayBack); fee.IsPos() {
			s.Fees = addFee(w, s.Fees, SettledFee{canonical.FeeShipping, "", fee})
		}
	}
	for _, x := range w.c.Exchange {
		if !x.Settled && whole {
			s.Exchange = append(s.Exchange, x.ID)
			s.ExchangeNet, s.ExchangeTax = w.add(s.ExchangeNet, x.Net), w.add(s.ExchangeTax, x.Tax)
			parts = append(parts, "exchange", x.ID)
		}
	}
	exchange := w.add(s.ExchangeNet, s.ExchangeTax)
	got, owed := w.net(got, exchange)
	s.Due = w.sub(w.add(got[purseRefund], got[purseCredit], got[purseGiftCard]), owed)
	s.ID = w.id(parts...)
	if w.err != nil || !w.isNew(s.ID, ready) {
		return
	}
	n := 0
	for _, before := range w.c.Settlements {
		if !before.Swap {
			n++
		}
	}
	owed, ok := w.difference(&s, &got, owed, whole && full && n == 0, n)
	if !ok {
		return
	}
	charge, ok := w.charge(&s, owed, n)
	if !ok || !w.released(s.Due, n) || w.err != nil {
		return
	}

	// From here on it is decided.
	w.changed = true
	for _, b := range ready {
		for d, qty := range b.units {
			if qty.IsPos() {
				b.line.Settled = raised(b.line.Settled, d, w.add(b.line.Settled[d], qty))
			}
		}
		b.line.SettledFees = w.add(b.line.SettledFees, lineFees[b.line])
	}
	w.count(s)
	w.c.Stated.Fees = stated
	w.c.ShippingGiven = w.c.ShippingGiven || given
	w.c.ReturnShippingTaken = w.c.ReturnShippingTaken || wayBack.IsPos()
	for i := range w.c.Exchange {
		if slices.Contains(s.Exchange, w.c.Exchange[i].ID) {
			w.c.Exchange[i].Settled = true
		}
	}
	// Units that came back and pay nothing are credited at nothing, so that what is delivered and what is invoiced agree.
	back := slices.ContainsFunc(s.Lines, func(sl SettledLine) bool {
		l, _ := w.line(sl.Line)
		return sl.Disposition != canonical.DispositionMissing && !l.Keep
	})
	if gross.IsZero() && exchange.IsZero() && !back {
		return // nothing to book: what is missing pays nothing
	}
	note := w.credit(s)
	at := len(w.c.Settlements) - 1
	w.c.Settlements[at].OnAccount = w.pay(s.ID, got, note)
	if charge.IsPos() {
		w.addLeg(MoneyLeg{Settlement: s.ID, Kind: LegCharge, Amount: charge, ByChannel: w.channelCharges()}, note)
	}
}

// count adds what is settled to the lines.
func (w *work) count(s Settlement) {
	for _, sl := range s.Lines {
		l, _ := w.line(sl.Line)
		l.SettledNet, l.SettledTax = w.add(l.SettledNet, sl.Net), w.add(l.SettledTax, sl.Tax)
	}
}

// credit has a settlement booked once its units have been received.
func (w *work) credit(s Settlement) string {
	w.c.Settlements = append(w.c.Settlements, s)
	var depends []string
	for _, sl := range s.Lines {
		depends = append(depends, w.effectsOf(EffectReceive, sl.Line)...)
	}
	slices.Sort(depends)
	return w.emit(Effect{Kind: EffectCreditNote, Settlement: s.ID, Depends: slices.Compact(depends)})
}

func addFee(w *work, fees []SettledFee, fee SettledFee) []SettledFee {
	for i := range fees {
		if fees[i].Kind == fee.Kind && fees[i].Line == fee.Line {
			fees[i].Amount = w.add(fees[i].Amount, fee.Amount)
			return fees
		}
	}
	return append(fees, fee)
}

// takeFrom takes an amount from the purses in their order and returns how much there was.
func takeFrom(w *work, got *[purses]decimal.Decimal, amount decimal.Decimal) decimal.Decimal {
	var taken decimal.Decimal
	for p := range got {
		part := positive(got[p]).Min(w.sub(amount, taken))
		got[p], taken = w.sub(got[p], part), w.add(taken, part)
	}
	return taken
}

// net pays the exchanged goods from the purses, that of the exchange first; what is left of it is refunded, what is missing
// is owed.
func (w *work) net(got [purses]decimal.Decimal, exchange decimal.Decimal) ([purses]decimal.Decimal, decimal.Decimal) {
	own := got[purseExchange].Min(exchange)
	got[purseExchange] = w.sub(got[purseExchange], own)
	owed := w.sub(exchange, own)
	owed = w.sub(owed, takeFrom(w, &got, owed))
	got[purseRefund] = w.add(got[purseRefund], got[purseExchange])
	got[purseExchange] = decimal.Decimal{}
	return got, owed
}

// value is what units are worth: the part of the line's net and tax for the units after those that were dealt with, so that all
// units one by one come to the line. Never more than is left of the line.
func (w *work) value(l *CaseLine, batch []SettledLine, before, qty decimal.Decimal, d canonical.Disposition) (net, tax decimal.Decimal) {
	f := w.facts(l.OrderLine)
	percent := decimal.Hundred
	if d != canonical.DispositionPending && !l.Keep {
		percent, _ = w.pays(l, d)
	}
	if f == nil || percent.IsZero() || l.Resolution == canonical.ResolutionNone {
		return decimal.Decimal{}, decimal.Decimal{}
	}
	from, leftNet, leftTax := f.RefundedQty, w.sub(f.Net, f.RefundedNet), w.sub(f.Tax, f.RefundedTax)
	for i := range w.c.Lines {
		if other := &w.c.Lines[i]; other.OrderLine == l.OrderLine {
			from = w.add(from, w.settledUnits(other))
			leftNet, leftTax = w.sub(leftNet, other.SettledNet), w.sub(leftTax, other.SettledTax)
		}
	}
	for _, sl := range batch {
		if sl.OrderLine == l.OrderLine {
			from = w.add(from, sl.Qty)
			leftNet, leftTax = w.sub(leftNet, sl.Net), w.sub(leftTax, sl.Tax)
		}
	}
	leftNet, leftTax = positive(leftNet), positive(leftTax)
	units, err := qty.Mul(percent)
	if err == nil {
		units, err = units.Quo(decimal.Hundred)
	}
	if err != nil {
		w.fail(err)
		return decimal.Decimal{}, decimal.Decimal{}
	}
	if l.RefundKnown && !w.swaps(l) {
		gross := w.between(l.Refund, before, w.add(before, units), l.Requested).Min(w.add(leftNet, leftTax))
		tax = w.share(gross, f.Tax, w.add(f.Net, f.Tax)).Min(leftTax)
		net = w.sub(gross, tax)
		if net.Cmp(leftNet) > 0 {
			net = leftNet
			tax = w.sub(gross, net).Min(leftTax)
		}
		return net, tax
	}
	to := w.add(from, units)
	net, tax = w.between(f.Net, from, to, f.Qty), w.between(f.Tax, from, to, f.Qty)
	if to.Cmp(f.Qty) >= 0 && percent.Equal(decimal.Hundred) {
		// The last units take the cents that other refunds rounded away.
		net, tax = w.last(net, leftNet, f.Qty), w.last(tax, leftTax, f.Qty)
	}
	return net.Min(leftNet), tax.Min(leftTax)
}

func (w *work) last(amount, left, qty decimal.Decimal) decimal.Decimal {
	unit, ok := w.currency.MinorUnit()
	if !ok {
		w.fail(&canonical.CurrencyError{Currency: w.currency})
		return amount
	}
	cents, err := unit.Mul(qty.Ceil(0))
	if err == nil && w.sub(left, amount).Abs().Cmp(cents) <= 0 {
		return left
	}
	return amount
}

// restocking is the fee of the rules, unless the platform states one.
func (w *work) restocking(l *CaseLine, d canonical.Disposition, qty, worth decimal.Decimal) decimal.Decimal {
	if l.Keep || d == canonical.DispositionMissing || w.statesFee(canonical.FeeRestocking) || !unless(w.p.Dispositions[d].Restocking) {
		return decimal.Decimal{}
	}
	if rule, ok := w.p.Reason(l.Reason); ok && !unless(rule.Restocking) {
		return decimal.Decimal{}
	}
	fixed, err := w.p.Restocking.PerUnit.Mul(qty)
	if err != nil {
		w.fail(err)
		return decimal.Decimal{}
	}
	fixed, err = w.currency.Round(fixed)
	if err != nil {
		w.fail(err)
		return decimal.Decimal{}
	}
	return w.add(fixed, w.share(worth, w.p.Restocking.Percent, decimal.Hundred)).Min(worth)
}

func (w *work) statesFee(kind canonical.ReturnFeeKind) bool {
	return slices.ContainsFunc(w.c.Stated.Fees, func(f StatedFee) bool { return f.Kind == kind })
}

// wayBack is what the buyer pays for the way back, by rule.
func (w *work) wayBack(ready []batch) decimal.Decimal {
	if w.c.ReturnShippingTaken || w.statesFee(canonical.FeeShipping) {
		return decimal.Decimal{}
	}
	pays := slices.ContainsFunc(ready, func(b batch) bool {
		rule, _ := w.p.Reason(b.line.Reason)
		return !b.line.Keep && unless(rule.BuyerPays)
	})
	if !pays {
		return decimal.Decimal{}
	}
	fee, err := w.currency.Round(w.p.ReturnShipping)
	if err != nil {
		w.fail(err)
	}
	return fee
}

// shipping is what of the order's shipping charge is given back now.
func (w *work) shipping(ready []batch) (net, tax decimal.Decimal, given bool) {
	if w.c.ShippingGiven {
		return net, tax, false
	}
	leftNet, leftTax := positive(w.sub(w.f.Shipping.Net, w.f.Shipping.RefundedNet)), positive(w.sub(w.f.Shipping.Tax, w.f.Shipping.RefundedTax))
	if w.c.Stated.Shipping.IsPos() {
		gross := w.c.Stated.Shipping.Min(w.add(leftNet, leftTax))
		tax = w.share(gross, leftTax, w.add(leftNet, leftTax))
		return w.sub(gross, tax), tax, true
	}
	when := w.p.ShippingCharge
	for _, b := range ready {
		if rule, ok := w.p.Reason(b.line.Reason); ok && rule.ShippingCharge != "" {
			when = rule.ShippingCharge
		}
	}
	if when == mapping.ShippingAlways || when == mapping.ShippingFullReturn && w.fullReturn() {
		return leftNet, leftTax, true
	}
	return net, tax, false
}

// fullReturn tells whether all goods that were shipped come back, or are given up by us.
func (w *work) fullReturn() bool {
	for _, f := range w.f.Lines {
		if !f.Goods || !f.Shipped.IsPos() {
			continue
		}
		back := f.Returned
		for i := range w.c.Lines {
			if l := &w.c.Lines[i]; l.OrderLine == f.ID {
				back = w.sub(w.add(back, l.Approved), l.Inspected()[canonical.DispositionMissing])
			}
		}
		if back.Cmp(f.Shipped) < 0 {
			return false
		}
	}
	return true
}

// difference compares with the platform's own word, where it is about the same units. It returns what is owed then; false if a
// person must say.
func (w *work) difference(s *Settlement, got *[purses]decimal.Decimal, owed decimal.Decimal, comparable bool, n int) (decimal.Decimal, bool) {
	if !w.c.Stated.RefundKnown || !comparable {
		return owed, true
	}
	difference := w.sub(w.c.Stated.Refund, s.Due)
	// Some platforms say 0 where the buyer owes.
	if difference.IsZero() || w.c.Stated.Refund.IsZero() && s.Due.IsNeg() {
		return owed, true
	}
	id := fmt.Sprintf("difference/%d/%s/%s", n, s.Due.Trim(0), w.c.Stated.Refund.Trim(0))
	q := w.ask(Question{ID: id, Topic: TopicDifference, Answers: []Answer{AnswerOurs, AnswerPlatform},
		Text: fmt.Sprintf("The platform says that the buyer gets %s %s, by our rules it is %s.", w.c.Stated.Refund, w.c.Currency, s.Due)})
	w.mootOthers("difference/", id)
	switch q.Answer {
	case AnswerOurs:
		return owed, true
	case AnswerPlatform:
		s.Adjustment, s.Due = difference, w.c.Stated.Refund
		if difference.IsPos() {
			cleared := difference.Min(owed)
			got[purseRefund] = w.add(got[purseRefund], w.sub(difference, cleared))
			return w.sub(owed, cleared), true
		}
		taken := takeFrom(w, got, difference.Neg())
		return w.add(owed, w.sub(difference.Neg(), taken)), true
	}
	w.wait(GatePerson, "", "the platform's amount is not ours")
	return owed, false
}

// mootOthers closes questions whose amounts were overtaken.
func (w *work) mootOthers(prefix, keep string) {
	for _, q := range slices.Clone(w.c.Questions) {
		if strings.HasPrefix(q.ID, prefix) && q.ID != keep {
			w.moot(q.ID)
		}
	}
}

// charge is what the buyer is charged of what is owed; false if a person must say.
func (w *work) charge(s *Settlement, owed decimal.Decimal, n int) (decimal.Decimal, bool) {
	if !owed.IsPos() {
		return decimal.Decimal{}, true
	}
	if owed.Cmp(w.p.Exchange.WaiveBelow) <= 0 || w.p.Exchange.Dearer == mapping.DearerWaive {
		s.Waived = owed
		return decimal.Decimal{}, true
	}
	if w.p.Exchange.Dearer == mapping.DearerCharge || w.channelCharges() {
		return owed, true
	}
	id := fmt.Sprintf("charge/%d/%s", n, owed.Trim(0))
	q := w.ask(Question{ID: id, Topic: TopicCharge, Answers: []Answer{AnswerCharge, AnswerWaive},
		Text: fmt.Sprintf("After the exchange the buyer owes %s %s.", owed, w.c.Currency)})
	w.mootOthers("charge/", id)
	switch q.Answer {
	case AnswerCharge:
		return owed, true
	case AnswerWaive:
		s.Waived = owed
		return decimal.Decimal{}, true
	}
	w.wait(GatePerson, "", "somebody must say whether the buyer is charged")
	return decimal.Decimal{}, false
}

// channelCharges tells whether the channel collects what the buyer owes: it moves the money, or has made the order itself.
func (w *work) channelCharges() bool {
	return w.p.Refunds.By == mapping.RefundByChannel || len(w.c.Exchange) > 0 &&
		!slices.ContainsFunc(w.c.Exchange, func(x CaseExchange) bool { return x.OrderID == "" })
}

// released tells whether a refund is small enough, or was released.
func (w *work) released(due decimal.Decimal, n int) bool {
	limit := w.p.Refunds.PersonAbove
	if limit.IsZero() || due.Cmp(limit) <= 0 {
		return true
	}
	id := fmt.Sprintf("release/%d/%s", n, due.Trim(0))
	q := w.ask(Question{ID: id, Topic: TopicRelease, Answers: []Answer{AnswerRelease},
		Text: fmt.Sprintf("%s %s are to be given back: somebody must release it.", due, w.c.Currency)})
	w.mootOthers("release/", id)
	if q.Answer != AnswerRelease {
		w.wait(GatePerson, "", "somebody must release the refund")
		return false
	}
	return true
}
