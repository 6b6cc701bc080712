package returns

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
)

// plan derives what is to be done and what is waited for, stage by stage.
func (w *work) plan() {
	w.c.Waits = nil
	if w.c.Currency == "" && w.f.Known {
		w.c.Currency = w.f.Currency
	}
	w.currency = w.c.Currency
	for i := range w.c.Lines {
		w.findOrderLine(&w.c.Lines[i])
	}
	if w.f.Known && w.c.Order.ID == "" {
		w.c.Order = w.f.Order
	}
	w.planApproval()
	if w.c.Approval == canonical.ReturnApproved {
		w.planGoods()
		w.planMoney()
		w.planCredited()
		w.planExchange()
	} else {
		w.planUnwanted()
	}
	w.planFailures()
	w.planClose()
}

// facts are those of an order line, or nil.
func (w *work) facts(orderLine string) *LineFacts {
	for i := range w.f.Lines {
		if orderLine != "" && w.f.Lines[i].ID == orderLine {
			return &w.f.Lines[i]
		}
	}
	return nil
}

// findOrderLine finds the line of an article, if there is only one.
func (w *work) findOrderLine(l *CaseLine) {
	if l.OrderLine != "" || l.SKU == "" {
		return
	}
	found := ""
	for _, f := range w.f.Lines {
		if f.SKU == l.SKU && f.Goods {
			if found != "" {
				return
			}
			found = f.ID
		}
	}
	l.OrderLine = found
}

// seen are the units that have arrived in anybody's word.
func (l *CaseLine) seen() decimal.Decimal { return l.Seen.Max(l.SeenThere).Max(l.SeenInOdoo) }

// Received are the units that have arrived and were approved: at most Approved.
func (l CaseLine) Received() decimal.Decimal { return l.seen().Min(l.Approved) }

// receivedOf is Received before the approval too.
func (w *work) receivedOf(l *CaseLine) decimal.Decimal { return l.seen().Min(l.Approved) }

// Inspected are the units by what was found in them, at most as many as were approved.
func (l CaseLine) Inspected() map[canonical.Disposition]decimal.Decimal {
	found := map[canonical.Disposition]decimal.Decimal{}
	room := l.Received()
	gone, err := l.Approved.Sub(room)
	if err != nil {
		gone = decimal.Decimal{}
	}
	for _, d := range dispositions() {
		most := &room
		qty := l.Found[d]
		if d == canonical.DispositionMissing {
			most = &gone
			if l.Short {
				qty = gone
			}
		}
		if qty = qty.Min(*most); qty.IsPos() {
			found[d] = qty
			if rest, err := most.Sub(qty); err == nil {
				*most = rest
			}
		}
	}
	return found
}

func (w *work) total(units map[canonical.Disposition]decimal.Decimal) decimal.Decimal {
	var total decimal.Decimal
	for _, qty := range units {
		total = w.add(total, qty)
	}
	return total
}

func (w *work) settledUnits(l *CaseLine) decimal.Decimal { return w.total(l.Settled) }

// expected are the units that have neither arrived nor are known to be missing.
func (w *work) expected(l *CaseLine) decimal.Decimal {
	return positive(w.sub(w.sub(l.Approved, l.Received()), l.Inspected()[canonical.DispositionMissing]))
}

// available are the units of a line that can be returned, those of other lines of the case for the same order line deducted.
func (w *work) available(l *CaseLine) decimal.Decimal {
	f := w.facts(l.OrderLine)
	if _, _, kit := w.kit(l, f); f == nil || !f.Goods || kit {
		return decimal.Decimal{}
	}
	left := w.sub(f.Shipped, f.Returned)
	for i := range w.c.Lines {
		if other := &w.c.Lines[i]; other.ID != l.ID && other.OrderLine == l.OrderLine {
			left = w.sub(left, other.Approved)
		}
	}
	return positive(left)
}

// kit is why units of a line cannot come back by themselves, and what can be done.
func (w *work) kit(l *CaseLine, f *LineFacts) (problem, wayOut string, ok bool) {
	if f == nil {
		for i := range w.f.Lines {
			if of := &w.f.Lines[i]; l.OrderLine == "" && isComponent(l.SKU, of) {
				return ofKit(of)
			}
		}
	}
	switch {
	case f == nil || !f.Goods:
		return "", "", false
	case isComponent(l.SKU, f):
		return ofKit(f)
	case f.KitProblem != "":
		return "Odoo delivered it as the components of a kit, and " + f.KitProblem,
			"take its components back by hand in Odoo, or sell them as lines of their own (bundles: members)", true
	case f.UnitProblem != "":
		return "Odoo delivered it in another unit of measure than it was sold in, and " + f.UnitProblem,
			"take it back by hand in Odoo, or sell it in the product's own unit of measure (products.units)", true
	case f.OtherSide && !f.KitMember:
		return "it is a kit that was sold by its components", "name the components that come back", true
	case f.OtherSide:
		return "it is a component of a kit that Odoo sold as one", "return the kit", true
	case f.KitMember && !isTrue(w.p.KitMembers):
		return "it is a component of a kit that was sold as one", "return the kit, or allow kit_members", true
	}
	return "", "", false
}

// isComponent reports whether an article is one of the components that a line was delivered as.
func isComponent(sku string, of *LineFacts) bool {
	return sku != "" && sku != of.SKU && slices.Contains(of.Components, sku)
}

// ofKit is why a component of a kit cannot come back without the others.
func ofKit(kit *LineFacts) (problem, wayOut string, ok bool) {
	return fmt.Sprintf("it is a component of %s, which Odoo sold as one", kit.SKU), "return the kit, or take the component back by hand in Odoo", true
}

func isTrue(b *bool) bool { return b != nil && *b }

// unless is what b says, or true.
func unless(b *bool) bool { return b == nil || *b }

// refusals are why the request may not be approved as it stands.
func (w *work) refusals() []*Refusal {
	if !w.f.Known {
		return []*Refusal{{Code: RefusedUnknownOrder, Problem: "Odoo has no such order", WayOut: "import the order, or decline the return"}}
	}
	var found []*Refusal
	refuse := func(code RefusalCode, line, problem, wayOut string) {
		found = append(found, &Refusal{Code: code, Line: line, Problem: problem, WayOut: wayOut})
	}
	if w.f.Cancelled {
		refuse(RefusedCancelled, "", "the order is cancelled", "decline the return, or look what was shipped all the same")
	}
	if w.f.Locked {
		refuse(RefusedLocked, "", "the order is locked in Odoo", "unlock it, or approve the return by hand")
	}
	if w.f.Currency != w.c.Currency {
		refuse(RefusedCurrency, "", fmt.Sprintf("the order is in %s, the return in %s", w.f.Currency, w.c.Currency), "state the return in the currency of the order")
	}
	if w.late() {
		refuse(RefusedLate, "", fmt.Sprintf("the %d days to return are over", w.p.Window.Days), "decline, or approve out of goodwill")
	}
	wanted := map[string]decimal.Decimal{}
	for i := range w.c.Lines {
		l := &w.c.Lines[i]
		f := w.facts(l.OrderLine)
		if problem, wayOut, kit := w.kit(l, f); kit {
			refuse(RefusedKitMember, l.ID, problem, wayOut)
			continue
		}
		switch {
		case f == nil:
			refuse(RefusedUnknownLine, l.ID, "the order in Odoo has no such line, or several of this article", "name the line of the order")
			continue
		case !f.Goods:
			refuse(RefusedNotGoods, l.ID, "the line is no goods", "refund it without a return")
			continue
		}
		switch {
		case w.finalSale(f):
			refuse(RefusedFinalSale, l.ID, "it is sold for good", "decline, or approve out of goodwill")
		case !f.Shipped.IsPos():
			refuse(RefusedNotShipped, l.ID, "nothing of the line was shipped", "cancel the line instead, or wait for the delivery")
			continue
		}
		before := wanted[l.OrderLine]
		wanted[l.OrderLine] = w.add(before, l.Requested)
		left := positive(w.sub(f.Shipped, f.Returned))
		if wanted[l.OrderLine].Cmp(left) > 0 {
			code, problem := RefusedTooMany, fmt.Sprintf("%s units are to come back and %s can", l.Requested, left)
			if before.IsPos() {
				code, problem = RefusedTwice, fmt.Sprintf("two lines of the return are for one line of the order: %s units in all, and %s can come back", wanted[l.OrderLine], left)
			}
			refuse(code, l.ID, problem, "correct the quantity")
		}
	}
	return found
}

func (w *work) late() bool {
	if w.p.Window.Days == 0 || w.c.RequestedAt.IsZero() {
		return false
	}
	var start time.Time
	switch w.p.Window.From {
	case mapping.WindowOrder:
	case mapping.WindowShipment:
		start = w.f.ShippedAt
	default:
		start = w.f.DeliveredAt
		if start.IsZero() {
			start = w.f.ShippedAt
		}
	}
	if start.IsZero() {
		start = w.f.PlacedAt
	}
	return !start.IsZero() && w.c.RequestedAt.After(start.Add(time.Duration(w.p.Window.Days)*24*time.Hour))
}

func (w *work) finalSale(f *LineFacts) bool {
	return w.p.FinalSale.Has(f.SKU, f.Tags)
}

const approvalQuestion = "approval"

func (w *work) planApproval() {
	switch w.c.Approval {
	case canonical.ReturnRequested:
		w.decide()
	case canonical.ReturnApproved:
		w.moot(approvalQuestion)
	default:
		w.moot(approvalQuestion)
		return
	}
	if w.c.Approval == canonical.ReturnApproved {
		w.approveUnits()
	}
}

// decide answers a request, if the rules do.
func (w *work) decide() {
	w.c.Refusals = w.refusals()
	if w.err != nil {
		return
	}
	declines, only := len(w.c.Refusals) > 0, true
	for _, r := range w.c.Refusals {
		declines = declines && w.p.Refusals[string(r.Code)] == mapping.RefusedDecline
		only = only && (r.Code == RefusedTooMany || r.Code == RefusedTwice)
	}
	some := slices.ContainsFunc(w.c.Lines, func(l CaseLine) bool { return w.available(&l).IsPos() })
	possible := len(w.c.Refusals) == 0 || isTrue(w.p.Partial) && only && some
	switch {
	case possible && w.automatic():
		w.approval(canonical.ReturnApproved, "", false)
		w.changed = true
		w.grant(nil)
		w.moot(approvalQuestion)
	case declines && !possible:
		w.approval(canonical.ReturnDeclined, "", false)
		w.changed = true
		w.c.DeclineReason = string(w.c.Refusals[0].Code)
		reason := w.p.DeclineReason
		if reason == "" {
			reason = w.c.DeclineReason
		}
		w.declineThere(reason)
		w.moot(approvalQuestion)
	case len(w.c.Refusals) > 0 && w.c.Refusals[0].Code == RefusedUnknownOrder:
		w.wait(GateOrder, "", w.missingOrder())
	default:
		text := "Somebody must say whether this return may happen."
		for _, r := range w.c.Refusals {
			text += " " + r.Error()
		}
		w.ask(Question{ID: approvalQuestion, Topic: TopicApproval, Text: text, Answers: []Answer{AnswerApprove, AnswerDecline}})
		w.wait(GateApproval, "", "somebody must say whether it may happen")
	}
}

// missingOrder says which order is missing, and what to do.
func (w *work) missingOrder() string {
	if w.c.Order.ID == "" {
		return "the platform names no order that Odoo has"
	}
	return "Odoo has no order " + w.c.Order.String() + ": import it first; the next run goes on"
}

// automatic tells whether the rules approve without a person.
func (w *work) automatic() bool {
	var worth decimal.Decimal
	for i := range w.c.Lines {
		l := &w.c.Lines[i]
		automatic := isTrue(w.p.Approve.Automatic) && w.p.Approve.Allows(l.Reason)
		if rule, ok := w.p.Reason(l.Reason); ok && rule.Automatic != nil {
			automatic = *rule.Automatic
		}
		if !automatic {
			return false
		}
		worth = w.add(worth, w.worth(l, l.Requested))
	}
	return len(w.c.Lines) > 0 && (w.p.Approve.Below.IsZero() || worth.Cmp(w.p.Approve.Below) <= 0)
}

// worth is what a number of units of a line were sold for, tax included.
func (w *work) worth(l *CaseLine, qty decimal.Decimal) decimal.Decimal {
	f := w.facts(l.OrderLine)
	if f == nil {
		return decimal.Decimal{}
	}
	return w.share(w.add(f.Net, f.Tax), qty.Min(f.Qty), f.Qty)
}

// approveUnits gives each line what was granted and can be returned, and tells the platform where it is our word.
func (w *work) approveUnits() {
	if !w.f.Known {
		w.wait(GateOrder, "", w.missingOrder())
		return
	}
	short := false
	for i := range w.c.Lines {
		l := &w.c.Lines[i]
		to := l.Granted.Min(l.Requested)
		possible := l.Approved.Max(to.Min(w.available(l)))
		if possible.Cmp(l.Approved) > 0 {
			l.Approved, w.changed = possible, true
		}
		short = short || l.Approved.Cmp(to) < 0
	}
	if !short {
		w.c.Refusals = nil
	} else {
		w.c.Refusals = slices.DeleteFunc(w.refusals(), func(r *Refusal) bool {
			return r.Code == RefusedLate || r.Code == RefusedLocked || r.Code == RefusedFinalSale
		})
		if w.c.ApprovedBy != "" {
			text := "More was approved than can be returned; the rest is left out."
			for _, r := range w.c.Refusals {
				text += " " + r.Error()
			}
			w.ask(Question{ID: "approved_too_many", Topic: TopicExcess, Text: text, Answers: []Answer{AnswerAccept}})
		}
	}
	w.returnless()
	if w.c.ApprovedBy == FromPlatform || !w.f.Can.Decide || len(w.effectsOf(EffectApprove, "")) > 0 {
		return
	}
	var lines []EffectLine
	for _, l := range w.c.Lines {
		if l.Approved.IsPos() {
			lines = append(lines, EffectLine{Line: l.ID, OrderLine: l.OrderLine, SKU: l.SKU, Qty: l.Approved})
		}
	}
	if len(lines) > 0 {
		w.emit(Effect{Kind: EffectApprove, Lines: lines})
	}
}

// returnless lets the buyer keep goods that are worth little, before they are on their way.
func (w *work) returnless() {
	if w.p.Returnless.IsZero() || w.c.Logistics != canonical.ReturnUnsent && w.c.Logistics != "" || len(w.effectsOf(EffectOpenReturn, "")) > 0 {
		return
	}
	var worth decimal.Decimal
	for i := range w.c.Lines {
		worth = w.add(worth, w.worth(&w.c.Lines[i], w.c.Lines[i].Approved))
	}
	if worth.IsPos() && worth.Cmp(w.p.Returnless) <= 0 {
		for i := range w.c.Lines {
			w.keep(&w.c.Lines[i])
		}
		w.changed = true
	}
}

// planUnwanted asks about goods that nobody approved.
func (w *work) planUnwanted() {
	here := slices.ContainsFunc(w.c.Lines, func(l CaseLine) bool { return l.seen().IsPos() })
	if !here {
		return
	}
	if w.c.Approval != canonical.ReturnRequested {
		q := w.ask(Question{ID: "unwanted", Topic: TopicUnwanted, Text: "Goods of a return that was not approved have arrived.", Answers: []Answer{AnswerApprove, AnswerAccept}})
		if q.Answer == "" {
			w.wait(GatePerson, "", "goods have arrived that nobody approved")
		}
	}
}

// Destination is what the rules have done with units in which a disposition was found: [EffectRestock], [EffectQuarantine] or
// [EffectScrap], and the location that they name for it.
func Destination(p Policy, d canonical.Disposition) (EffectKind, mapping.Ref) {
	rule := p.Dispositions[d]
	to := rule.To
	if to == "" {
		to = mapping.ToQuarantine
		if d == canonical.DispositionSellable {
			to = mapping.ToStock
		}
	}
	switch to {
	case mapping.ToStock:
		return EffectRestock, rule.Location
	case mapping.ToScrap:
		return EffectScrap, rule.Location
	}
	return EffectQuarantine, rule.Location
}

func paysQuestion(line string, d canonical.Disposition) string {
	return "pays/" + string(d) + "/" + line
}

// pays is how much of their value units pay, in percent; false if a person must say.
func (w *work) pays(l *CaseLine, d canonical.Disposition) (decimal.Decimal, bool) {
	if rule := w.p.Dispositions[d]; rule.Pays != nil {
		return *rule.Pays, true
	}
	switch d {
	case canonical.DispositionMissing:
		return decimal.Decimal{}, true
	case canonical.DispositionWrongItem:
		q, _ := w.c.QuestionOf(paysQuestion(l.ID, d))
		return q.Percent, q.Answer == AnswerPays
	}
	return decimal.Hundred, true
}

func (w *work) planGoods() {
	all, some := true, false
	for i := range w.c.Lines {
		l := &w.c.Lines[i]
		if l.Keep {
			continue
		}
		some = some || l.Received().IsPos()
		all = all && w.expected(l).IsZero()
	}
	if some && all {
		w.logistics(canonical.ReturnReceived)
	} else if some {
		w.logistics(canonical.ReturnPartiallyReceived)
	}
	w.planOpen()
	if isTrue(w.p.Label) && w.f.Can.IssueLabels && len(w.effectsOf(EffectLabel, "")) == 0 && (w.c.Logistics == "" || w.c.Logistics == canonical.ReturnUnsent) &&
		slices.ContainsFunc(w.c.Lines, func(l CaseLine) bool { return !l.Keep && l.Approved.IsPos() }) {
		w.emit(Effect{Kind: EffectLabel, Depends: w.effectsOf(EffectApprove, "")})
	}
	w.planReceive()
	for i := range w.c.Lines {
		l := &w.c.Lines[i]
		w.planMoves(l)
		w.goodsWaits(l)
	}
	w.planReports()
}

// effectLine is the units of a line from those that were asked for.
func (w *work) effectLine(l *CaseLine, from, to decimal.Decimal) EffectLine {
	return EffectLine{Line: l.ID, OrderLine: l.OrderLine, SKU: l.SKU, From: from, Qty: w.sub(to, from)}
}

func (w *work) planOpen() {
	var lines []EffectLine
	for i := range w.c.Lines {
		if l := &w.c.Lines[i]; !l.Keep && l.Approved.Cmp(l.Opened) > 0 {
			lines = append(lines, w.effectLine(l, l.Opened, l.Approved))
			l.Opened = l.Approved
		}
	}
	if len(lines) > 0 {
		w.emit(Effect{Kind: EffectOpenReturn, Lines: lines})
	}
}

func (w *work) planReceive() {
	var lines []EffectLine
	for i := range w.c.Lines {
		l := &w.c.Lines[i]
		received := l.Received()
		if received.Cmp(l.Booked) <= 0 {
			continue
		}
		lots, ok := w.lots(l, received)
		if !ok {
			w.ask(Question{ID: "lot/" + l.ID, Topic: TopicLot, Line: l.ID, Text: "The units are tracked by lot or serial number: name those that have arrived.", Answers: nil})
			w.wait(GateLot, l.ID, "the lots of the units are not known")
			continue
		}
		w.moot("lot/" + l.ID)
		line := w.effectLine(l, l.Booked, received)
		line.Lots = lots
		lines = append(lines, line)
		l.Booked = received
	}
	if len(lines) > 0 {
		w.emit(Effect{Kind: EffectReceive, Lines: lines, Depends: w.effectsOf(EffectOpenReturn, "")})
	}
}

// planCredited books the credit notes of units once more that were refunded before they came back: as they are here now, less is
// delivered, and less invoiced.
func (w *work) planCredited() {
	for i := range w.c.Lines {
		l := &w.c.Lines[i]
		var from decimal.Decimal
		for _, s := range w.c.Settlements {
			to := from
			for _, sl := range s.Lines {
				if sl.Line == l.ID && sl.Disposition == canonical.DispositionPending {
					to = w.add(to, sl.Qty)
				}
			}
			start, end := from.Max(l.Linked), to.Min(l.Booked)
			if from = to; l.Keep || end.Cmp(start) <= 0 {
				continue
			}
			depends := w.effectsOf(EffectReceive, l.ID)
			for _, e := range w.c.Effects {
				if e.Kind == EffectCreditNote && e.Settlement == s.ID && len(e.Lines) == 0 {
					depends = append(depends, e.ID)
				}
			}
			w.emit(Effect{Kind: EffectCreditNote, Settlement: s.ID, Lines: []EffectLine{w.effectLine(l, start, end)}, Depends: depends})
			l.Linked = end
		}
	}
}

// lots are the lots of the received units, in all; false if they must be named.
func (w *work) lots(l *CaseLine, received decimal.Decimal) ([]LotUnits, bool) {
	f := w.facts(l.OrderLine)
	if f == nil || !f.Tracked {
		return slices.Clone(l.Lots), true
	}
	switch {
	case w.units(l.Lots).Cmp(received) >= 0:
		return slices.Clone(l.Lots), true
	case len(f.Lots) == 1:
		return []LotUnits{{Lot: f.Lots[0].Lot, Qty: received}}, true
	}
	return nil, false
}

// planMoves sends units on: to stock, to quarantine, to scrap, to repair or back to the buyer.
func (w *work) planMoves(l *CaseLine) {
	received := l.Booked.Min(l.Received())
	depends := w.effectsOf(EffectReceive, l.ID)
	if l.Resolution == canonical.ResolutionRejected || l.Resolution == canonical.ResolutionRepair {
		kind := EffectShipBack
		if l.Resolution == canonical.ResolutionRepair {
			kind = EffectRepair
		}
		if received.Cmp(l.SentBack) > 0 {
			w.emit(Effect{Kind: kind, Lines: []EffectLine{w.effectLine(l, l.SentBack, received)}, Depends: depends})
			l.SentBack = received
		}
		return
	}
	inspected := l.Inspected()
	room := positive(w.sub(received, w.total(l.Moved)))
	for _, d := range dispositions() {
		more := positive(w.sub(inspected[d], l.Moved[d])).Min(room)
		if d == canonical.DispositionMissing || !more.IsPos() {
			continue
		}
		question := "lot/" + l.ID + "/" + string(d)
		lots, ok := w.lotsToMove(l, d, more, received)
		if !ok {
			w.ask(Question{ID: question, Topic: TopicLot, Line: l.ID, Text: fmt.Sprintf("Units of several lots or serial numbers have arrived: name those that are %s.", d), Answers: nil})
			w.wait(GateLot, l.ID, fmt.Sprintf("the lots of the units that are %s are not known", d))
			continue
		}
		w.moot(question)
		kind, location := Destination(*w.p, d)
		to := w.add(l.Moved[d], more)
		line := w.effectLine(l, l.Moved[d], to)
		line.Disposition, line.Location, line.Lots = d, location, lots
		w.emit(Effect{Kind: kind, Lines: []EffectLine{line}, Depends: depends})
		l.Moved = raised(l.Moved, d, to)
		room = w.sub(room, more)
	}
}

// lotsToMove are the lots of units in which the same was found: those that were read from them, else what is left of the received ones
// if that leaves no choice. It is false if somebody must say.
func (w *work) lotsToMove(l *CaseLine, d canonical.Disposition, units, received decimal.Decimal) ([]LotUnits, bool) {
	if f := w.facts(l.OrderLine); f == nil || !f.Tracked {
		return nil, true
	}
	arrived := l.LotsInOdoo
	if w.units(arrived).Cmp(received) < 0 {
		var ok bool
		if arrived, ok = w.lots(l, received); !ok {
			return nil, false
		}
	}
	here := map[string]decimal.Decimal{}
	for _, lot := range arrived {
		here[lot.Lot] = w.add(here[lot.Lot], lot.Qty)
	}
	// What was asked for before is no longer here, and of what was read nothing but the rest is claimed.
	claims := map[canonical.Disposition]map[string]decimal.Decimal{}
	for found, lots := range l.FoundLots {
		claims[found] = map[string]decimal.Decimal{}
		for _, lot := range lots {
			claims[found][lot.Lot] = lot.Qty
		}
	}
	for _, e := range w.c.Effects {
		for _, part := range e.Lines {
			if part.Line != l.ID || e.Kind != EffectRestock && e.Kind != EffectQuarantine && e.Kind != EffectScrap {
				continue
			}
			for _, lot := range part.Lots {
				here[lot.Lot] = positive(w.sub(here[lot.Lot], lot.Qty))
				if claims[part.Disposition] != nil {
					claims[part.Disposition][lot.Lot] = positive(w.sub(claims[part.Disposition][lot.Lot], lot.Qty))
				}
			}
		}
	}
	taken := map[string]decimal.Decimal{}
	take := func(lot string, most decimal.Decimal) {
		if part := most.Min(here[lot]).Min(units); part.IsPos() {
			taken[lot], here[lot], units = w.add(taken[lot], part), w.sub(here[lot], part), w.sub(units, part)
		}
	}
	for _, lot := range slices.Sorted(maps.Keys(claims[d])) {
		take(lot, claims[d][lot])
	}
	if units.IsPos() {
		for found, lots := range claims {
			for lot, qty := range lots {
				if found != d {
					here[lot] = positive(w.sub(here[lot], qty))
				}
			}
		}
		var left decimal.Decimal
		maps.DeleteFunc(here, func(_ string, qty decimal.Decimal) bool { return !qty.IsPos() })
		for _, qty := range here {
			left = w.add(left, qty)
		}
		if left.Cmp(units) < 0 || left.Cmp(units) > 0 && len(here) > 1 {
			return nil, false
		}
		for _, lot := range slices.Sorted(maps.Keys(here)) {
			take(lot, units)
		}
	}
	var lots []LotUnits
	for _, lot := range slices.Sorted(maps.Keys(taken)) {
		lots = append(lots, LotUnits{lot, taken[lot]})
	}
	return lots, true
}

// units are those of lots.
func (w *work) units(lots []LotUnits) decimal.Decimal {
	var total decimal.Decimal
	for _, lot := range lots {
		total = w.add(total, lot.Qty)
	}
	return total
}

func (w *work) goodsWaits(l *CaseLine) {
	if l.Keep || l.Approved.IsZero() {
		return
	}
	if more := w.expected(l); more.IsPos() {
		w.wait(GateGoods, l.ID, fmt.Sprintf("%s of %s units have not arrived", more.Trim(0), l.Approved.Trim(0)))
	}
	w.astrayWaits(l)
	sentBack := l.Resolution == canonical.ResolutionRejected || l.Resolution == canonical.ResolutionRepair
	inspected := l.Inspected()
	unseen := positive(w.sub(l.Received(), w.sub(w.total(inspected), inspected[canonical.DispositionMissing])))
	if unseen.IsPos() && !sentBack {
		why := fmt.Sprintf("%s units have arrived and nobody has looked at them", unseen.Trim(0))
		if !w.p.Inspection.IsZero() {
			why += fmt.Sprintf(": say what was found, or move them in Odoo with %q as the source document", w.c.Title())
		}
		w.wait(GateInspection, l.ID, why)
	}
	if l.seen().Cmp(l.Approved) > 0 || w.foundGoods(l).Cmp(l.Approved) > 0 {
		q := w.ask(Question{ID: "excess/" + l.ID, Topic: TopicExcess, Line: l.ID, Answers: []Answer{AnswerAccept},
			Text: fmt.Sprintf("%s units have arrived and %s were approved; the rest is left out.", l.seen().Trim(0), l.Approved.Trim(0))})
		if q.Answer == "" {
			w.wait(GatePerson, l.ID, "more has arrived than was approved")
		}
	}
}

// astrayQuestion is the id of the question what is to become of so many units of a line that people moved elsewhere. Units that were moved
// back and then elsewhere again are another question.
func (c Case) astrayQuestion(line string, qty decimal.Decimal) string {
	id := fmt.Sprintf("astray/%s/%s", line, qty.Trim(0))
	for n := 2; ; n++ {
		if q, ok := c.QuestionOf(id); !ok || q.Answer != AnswerResolved {
			return id
		}
		id = fmt.Sprintf("astray/%s/%s/%d", line, qty.Trim(0), n)
	}
}

// KeepsAstray reports whether a person said that so many units of a line stay where people moved them.
func (c Case) KeepsAstray(line string, qty decimal.Decimal) bool {
	q, _ := c.QuestionOf(c.astrayQuestion(line, qty))
	return q.Answer == AnswerAccept
}

// astrayWaits asks about units of a line that people moved elsewhere. More or fewer of them are another question.
func (w *work) astrayWaits(l *CaseLine) {
	if !w.f.AstrayKnown {
		return
	}
	asked := ""
	for _, a := range w.f.Astray {
		if a.Line != l.ID || !a.Qty.IsPos() {
			continue
		}
		asked = w.c.astrayQuestion(l.ID, a.Qty)
		q := w.ask(Question{ID: asked, Topic: TopicAstray, Line: l.ID, Answers: []Answer{AnswerAccept}, Text: fmt.Sprintf(
			"Units were moved by hand to where they do not belong: %s. Accept: they stay there, and say what was found in them if nobody has; else move them back to the inspection location, or on to their place from there, with %q as the source document.",
			a.Where, w.c.Title())})
		if q.Answer == "" {
			w.wait(GatePerson, l.ID, "units were moved by hand to where they do not belong: "+a.Where)
		}
	}
	for _, q := range slices.Clone(w.c.Questions) {
		if q.Topic == TopicAstray && q.Line == l.ID && q.ID != asked {
			w.moot(q.ID)
		}
	}
}

func (w *work) planReports() {
	var arrived, found []EffectLine
	last, short := true, false
	for i := range w.c.Lines {
		l := &w.c.Lines[i]
		known := l.Reported.Max(l.SeenThere)
		if received := l.Received(); received.Cmp(known) > 0 || l.Short && !l.ShortTold {
			arrived = append(arrived, EffectLine{Line: l.ID, OrderLine: l.OrderLine, SKU: l.SKU, Qty: received})
			short = short || l.Short && !l.ShortTold
		}
		last = last && w.expected(l).IsZero()
		inspected := l.Inspected()
		news := slices.ContainsFunc(dispositions(), func(d canonical.Disposition) bool { return inspected[d].Cmp(l.Told[d]) > 0 })
		for _, d := range dispositions() {
			if news && inspected[d].IsPos() {
				found = append(found, EffectLine{Line: l.ID, OrderLine: l.OrderLine, SKU: l.SKU, Qty: inspected[d], Disposition: d})
			}
		}
	}
	if len(arrived) > 0 && w.f.Can.ReportReceived {
		w.emit(Effect{Kind: EffectReportReceived, Lines: arrived, Last: last && short, Depends: w.effectsOf(EffectReceive, "")})
		for i := range w.c.Lines {
			l := &w.c.Lines[i]
			if slices.ContainsFunc(arrived, func(e EffectLine) bool { return e.Line == l.ID }) {
				l.Reported, l.ShortTold = l.Received(), l.Short
			}
		}
	}
	if len(found) > 0 && w.f.Can.ReportInspected {
		w.emit(Effect{Kind: EffectReportInspected, Lines: found, Depends: append(w.effectsOf(EffectReceive, ""), w.effectsOf(EffectReportReceived, "")...)})
		for _, e := range found {
			l, _ := w.line(e.Line)
			l.Told = raised(l.Told, e.Disposition, e.Qty)
		}
	}
}

// planFailures asks what is to become of effects and money that failed.
func (w *work) planFailures() {
	for _, e := range slices.Clone(w.c.Effects) {
		if e.Status == EffectFailed && e.Leg == "" {
			w.ask(Question{ID: effectQuestion(e), Topic: TopicEffect, Text: fmt.Sprintf("%s did not succeed: %s", e.Kind, e.Why), Answers: []Answer{AnswerRetry, AnswerDrop}})
			w.wait(GatePerson, "", fmt.Sprintf("%s did not succeed", e.Kind))
		}
	}
	for i := range w.c.Money {
		leg := &w.c.Money[i]
		if leg.ReplacedBy != "" || leg.Dropped || leg.Status != MoneyFailed && leg.Status != MoneyReversed {
			continue
		}
		fallback := w.p.Refunds.OnFailure
		if leg.Kind == LegRefund && leg.Status == MoneyFailed && leg.Replaces == "" && (fallback == mapping.FailureStoreCredit || fallback == mapping.FailureManual) {
			kind := LegManual
			if fallback == mapping.FailureStoreCredit {
				kind = LegStoreCredit
			}
			w.replace(leg, kind)
			return
		}
		answers := []Answer{AnswerRetry, AnswerStoreCredit, AnswerManual, AnswerDrop}
		if leg.Kind == LegCharge {
			answers = []Answer{AnswerRetry, AnswerDrop}
		}
		q := w.ask(Question{ID: moneyQuestion(leg), Topic: TopicMoney, Leg: leg.ID, Answers: answers,
			Text: fmt.Sprintf("%s of %s %s %s%s: what is to be done?", leg.Kind, leg.Amount, w.c.Currency, leg.Status, inBrackets(leg.Why))})
		if q.Answer == "" {
			w.wait(GatePerson, "", fmt.Sprintf("a %s %s", leg.Kind, leg.Status))
		}
	}
}

// inBrackets is a reason behind a sentence, if there is one.
func inBrackets(why string) string {
	if why == "" {
		return ""
	}
	return " (" + why + ")"
}

// planClose closes the case when goods and money are final, and opens it again when they are not.
func (w *work) planClose() {
	event := "not_final"
	goods, money, others := w.goodsFinal(), w.moneyFinal(), w.othersFinal() // each says what it waits for
	if goods && money && others {
		if w.f.Can.Close && unless(w.p.Close) && !w.c.ClosedThere && w.c.Approval == canonical.ReturnApproved && len(w.effectsOf(EffectClose, "")) == 0 {
			w.emit(Effect{Kind: EffectClose})
		}
		closing := slices.ContainsFunc(w.c.Effects, func(e Effect) bool {
			return e.Kind == EffectClose && (e.Status == EffectPending || e.Status == EffectFailed)
		})
		if !closing || w.c.ClosedThere {
			event = "final"
		} else {
			w.wait(GateEffect, "", "close is not done")
		}
	}
	to, _ := step(w.table, AxisCase, string(w.c.Status), event, conditions{})
	w.c.Status = CaseStatus(to)
}

func (w *work) goodsFinal() bool {
	switch w.c.Approval {
	case canonical.ReturnDeclined, canonical.ReturnExpired, canonical.ReturnCancelled:
		return true // goods that came all the same are a question
	case canonical.ReturnApproved:
	default:
		return false
	}
	for i := range w.c.Lines {
		l := &w.c.Lines[i]
		switch {
		case l.Keep || l.Approved.IsZero():
		case l.Resolution == canonical.ResolutionRejected || l.Resolution == canonical.ResolutionRepair:
			if w.expected(l).IsPos() || l.SentBack.Cmp(l.Received()) < 0 {
				return false
			}
		case w.total(l.Inspected()).Cmp(l.Approved) < 0 || w.total(l.Moved).Cmp(l.Received()) < 0:
			return false
		}
	}
	return w.exchangesFinal()
}

// othersFinal tells whether nothing is left to be done or answered, except to close.
func (w *work) othersFinal() bool {
	final := true
	for _, e := range w.c.Effects {
		if e.Kind != EffectClose && (e.Status == EffectPending || e.Status == EffectFailed) {
			final = false
			if e.Status == EffectPending && e.Kind != EffectAskPerson {
				w.wait(GateEffect, "", fmt.Sprintf("%s is not done", e.Kind))
			}
		}
	}
	for _, q := range w.c.Questions {
		final = final && q.Answer != ""
	}
	return final
}
