package returns

import (
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
)

// planExchange sends goods instead of the returned ones, when those are far enough and what is owed is paid.
func (w *work) planExchange() {
	for i := range w.c.Lines {
		if l := &w.c.Lines[i]; w.swaps(l) {
			w.planSwap(l)
		}
	}
	for i := range w.c.Exchange {
		x := &w.c.Exchange[i]
		if x.OrderID != "" || x.Asked {
			if x.Asked && !x.Shipped {
				w.wait(GateExchange, x.Line, "the exchanged goods have not left")
			}
			continue
		}
		if !w.far(x) || !w.paidFor(x) {
			continue
		}
		x.Asked, w.changed = true, true
		w.emit(Effect{Kind: EffectExchange, Exchange: x.ID, Amount: w.waivedOf(x), Lines: []EffectLine{{Line: x.Line, SKU: x.SKU, Qty: x.Qty}}})
	}
}

// planSwap sends the same article again for the units that count.
func (w *work) planSwap(l *CaseLine) {
	var units decimal.Decimal
	switch {
	case l.Keep:
		units = l.Approved
	case w.p.Exchange.After == mapping.ExchangeApproved, w.p.Exchange.After == mapping.ExchangeInTransit && w.underWay():
		units = l.Approved
	case w.p.Exchange.After == mapping.ExchangeReceived:
		units = l.Received()
	default:
		inspected := l.Inspected()
		b := batch{line: l, units: inspected}
		if !w.payable(b) {
			return
		}
		for _, d := range dispositions() {
			if pays, _ := w.pays(l, d); pays.IsPos() {
				units = w.add(units, inspected[d])
			}
		}
	}
	if units.Cmp(l.Swapped) > 0 {
		from := l.Swapped
		l.Swapped, l.SwapShipped = units, false
		w.emit(Effect{Kind: EffectExchange, Settlement: w.settleSwap(l), Lines: []EffectLine{w.effectLine(l, from, units)}})
	}
	w.settleSwap(l) // of what went out before it was looked at
	if l.Swapped.IsPos() && !l.SwapShipped {
		w.wait(GateExchange, l.ID, "the exchanged goods have not left")
	}
}

// settleSwap credits units that are exchanged for the same article, as far as they were looked at: what goes out instead is invoiced anew, and
// costs as much. It returns the id of the settlement; empty if there is nothing to credit.
func (w *work) settleSwap(l *CaseLine) string {
	units := l.Inspected()
	if l.Keep {
		units = map[canonical.Disposition]decimal.Decimal{canonical.DispositionSellable: l.Approved}
	}
	s := Settlement{Swap: true}
	before := w.settledUnits(l)
	first := before
	room := positive(w.sub(l.Swapped, before))
	for _, d := range dispositions() {
		qty := positive(w.sub(units[d], l.Settled[d])).Min(room)
		if pays, _ := w.pays(l, d); !qty.IsPos() || !pays.IsPos() {
			continue
		}
		// They count in full, whatever was found in them: a unit goes out for each.
		net, tax := w.value(l, s.Lines, before, qty, canonical.DispositionPending)
		before, room = w.add(before, qty), w.sub(room, qty)
		s.Lines = append(s.Lines, SettledLine{Line: l.ID, OrderLine: l.OrderLine, Disposition: d, Qty: qty, Net: net, Tax: tax})
		s.ExchangeNet, s.ExchangeTax = w.add(s.ExchangeNet, net), w.add(s.ExchangeTax, tax)
	}
	if len(s.Lines) == 0 || w.err != nil {
		return ""
	}
	for _, sl := range s.Lines {
		l.Settled = raised(l.Settled, sl.Disposition, w.add(l.Settled[sl.Disposition], sl.Qty))
	}
	s.ID = w.id("settlement", "swap", l.ID, first.Trim(0).String(), w.sub(before, first).Trim(0).String())
	w.count(s)
	w.credit(s)
	w.changed = true
	return s.ID
}

func (w *work) underWay() bool {
	return slices.Contains([]canonical.ReturnLogistics{canonical.ReturnInTransit, canonical.ReturnArrived,
		canonical.ReturnPartiallyReceived, canonical.ReturnReceived}, w.c.Logistics)
}

// concerns are the lines that exchanged goods stand for.
func (w *work) concerns(x *CaseExchange) []*CaseLine {
	var lines []*CaseLine
	for i := range w.c.Lines {
		l := &w.c.Lines[i]
		exchanged := l.Resolution == canonical.ResolutionExchangeOther || l.Resolution == canonical.ResolutionExchangeSame
		if l.ID == x.Line || x.Line == "" && exchanged {
			lines = append(lines, l)
		}
	}
	return lines
}

// far tells whether the returned goods are as far as the rules ask.
func (w *work) far(x *CaseExchange) bool {
	after := w.p.Exchange.After
	if after == "" || after == mapping.ExchangeInspected {
		return x.Settled
	}
	for _, l := range w.concerns(x) {
		if after == mapping.ExchangeReceived && !l.Keep && l.Received().Cmp(l.Approved) < 0 {
			return false
		}
	}
	return after != mapping.ExchangeInTransit || w.underWay()
}

// paidFor tells whether what the buyer owes for an exchange is paid, where it is charged.
func (w *work) paidFor(x *CaseExchange) bool {
	if !x.Settled {
		var worth decimal.Decimal
		for _, l := range w.concerns(x) {
			worth = w.add(worth, w.worth(l, l.Approved))
		}
		if w.add(x.Net, x.Tax).Cmp(w.add(worth, w.p.Exchange.WaiveBelow)) > 0 && w.p.Exchange.Dearer != mapping.DearerWaive {
			w.wait(GateMoney, x.Line, "the exchanged goods are dearer: what is owed must be dealt with first")
			return false
		}
		return true
	}
	for _, leg := range w.c.Money {
		if leg.Kind == LegCharge && leg.ReplacedBy == "" && !leg.Dropped && leg.Status != MoneySucceeded {
			w.wait(GateMoney, x.Line, "the buyer has not paid for the dearer goods")
			return false
		}
	}
	return true
}

// enough tells whether as many units count as are exchanged; if not, a person lets it pass or takes the exchange back.
func (w *work) enough(ready []batch) bool {
	ok := true
	for i := range w.c.Exchange {
		x := &w.c.Exchange[i]
		if x.Settled || x.Line == "" || x.Asked || x.OrderID != "" {
			continue
		}
		l, err := w.line(x.Line)
		if err != nil || l.Keep {
			continue
		}
		var good decimal.Decimal
		count := func(units map[canonical.Disposition]decimal.Decimal) {
			for d, qty := range units {
				if pays, known := w.pays(l, d); known && pays.IsPos() {
					good = w.add(good, qty)
				}
			}
		}
		count(l.Settled)
		for _, b := range ready {
			if b.line == l {
				count(b.units)
			}
		}
		if good.Cmp(x.Qty.Min(l.Approved)) >= 0 {
			continue
		}
		q := w.ask(Question{ID: "exchange/" + x.ID, Topic: TopicExchange, Line: l.ID, Answers: []Answer{AnswerRelease, AnswerDrop},
			Text: "Fewer good units came back than are exchanged: are the exchanged goods sent all the same?"})
		switch q.Answer {
		case AnswerDrop:
			x.Dropped, x.Settled, x.Asked, x.Shipped, w.changed = true, true, true, true, true
		case "":
			w.wait(GatePerson, l.ID, "fewer good units came back than are exchanged")
			ok = false
		}
	}
	return ok
}

// exchangesFinal tells whether all exchanged goods have left.
func (w *work) exchangesFinal() bool {
	for i := range w.c.Lines {
		if l := &w.c.Lines[i]; w.swaps(l) && l.Swapped.IsPos() && !l.SwapShipped {
			return false
		}
	}
	return !slices.ContainsFunc(w.c.Exchange, func(x CaseExchange) bool { return x.OrderID == "" && !x.Shipped })
}
