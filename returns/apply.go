package returns

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// Apply returns the case after an event, and every effect that is due: wanted, not done, and with all that it depends on done.
// Effects that were returned before and are not done are returned again, unchanged; carry them out in order. It is pure, changes
// nothing of c, and applying an event again changes nothing more.
//
// An event that does not fit is a [*Refusal]; the case that is returned then is c, with its due effects. Facts that cannot be
// computed with (amounts beyond 19 digits, an unknown currency) are the errors of package canonical.
func (c Case) Apply(e Event, f Facts, p Policy) (Case, []Effect, error) {
	next := c.clone()
	w := work{c: &next, f: &f, p: &p, table: rows()}
	if err := w.take(e); err != nil {
		return c, c.Due(), err
	}
	// What one stage decides may open another; there are fewer stages than rounds.
	for range 8 {
		w.changed = false
		w.plan()
		if !w.changed || w.err != nil {
			break
		}
	}
	if w.err != nil {
		return c, c.Due(), w.err
	}
	return next, next.Due(), nil
}

// Due returns the effects that can be carried out now, in the order in which they were asked for.
func (c Case) Due() []Effect {
	status := make(map[string]EffectStatus, len(c.Effects))
	for _, e := range c.Effects {
		status[e.ID] = e.Status
	}
	var due []Effect
	for _, e := range c.Effects {
		waits := slices.ContainsFunc(e.Depends, func(id string) bool {
			return status[id] != EffectDone && status[id] != EffectDropped
		})
		if e.Status == EffectPending && !waits {
			due = append(due, e)
		}
	}
	return due
}

// SettlementOf returns a settlement by its id.
func (c Case) SettlementOf(id string) (Settlement, bool) {
	i := slices.IndexFunc(c.Settlements, func(s Settlement) bool { return s.ID == id })
	if i < 0 {
		return Settlement{}, false
	}
	return c.Settlements[i], true
}

// LegOf returns a leg by its id.
func (c Case) LegOf(id string) (MoneyLeg, bool) {
	i := slices.IndexFunc(c.Money, func(l MoneyLeg) bool { return l.ID == id })
	if i < 0 {
		return MoneyLeg{}, false
	}
	return c.Money[i], true
}

// QuestionOf returns a question by its id.
func (c Case) QuestionOf(id string) (Question, bool) {
	i := slices.IndexFunc(c.Questions, func(q Question) bool { return q.ID == id })
	if i < 0 {
		return Question{}, false
	}
	return c.Questions[i], true
}

// clone copies what Apply changes in place.
func (c Case) clone() Case {
	c.Schema = CaseSchema
	if c.Status == "" {
		c.Status = CaseOpen
	}
	c.Lines = slices.Clone(c.Lines)
	for i := range c.Lines {
		l := &c.Lines[i]
		l.Found, l.Moved, l.Settled, l.Told = maps.Clone(l.Found), maps.Clone(l.Moved), maps.Clone(l.Settled), maps.Clone(l.Told)
		l.Lots, l.LotsInOdoo = slices.Clone(l.Lots), slices.Clone(l.LotsInOdoo)
		l.FoundLots = maps.Clone(l.FoundLots)
		for d := range l.FoundLots {
			l.FoundLots[d] = slices.Clone(l.FoundLots[d])
		}
	}
	c.Exchange, c.Money, c.Settlements = slices.Clone(c.Exchange), slices.Clone(c.Money), slices.Clone(c.Settlements)
	c.Effects, c.Questions, c.Stated.Fees = slices.Clone(c.Effects), slices.Clone(c.Questions), slices.Clone(c.Stated.Fees)
	c.Refusals, c.Waits = slices.Clone(c.Refusals), nil
	return c
}

// work is one application of an event.
type work struct {
	sums
	c       *Case
	f       *Facts
	p       *Policy
	table   []Transition
	changed bool
}

// take records what the event says.
func (w *work) take(e Event) error {
	switch e := e.(type) {
	case Stated:
		return w.stated(e.Return)
	case Approved:
		return w.approved(e)
	case Declined:
		return w.ended(canonical.ReturnDeclined, cmp.Or(e.By, FromPlatform), e.Reason)
	case Expired:
		return w.ended(canonical.ReturnExpired, FromPlatform, "")
	case Cancelled:
		return w.ended(canonical.ReturnCancelled, FromPlatform, "")
	case Kept:
		l, err := w.line(e.Line)
		if err != nil {
			return err
		}
		w.keep(l)
	case LabelIssued:
		w.logistics(canonical.ReturnLabelIssued)
	case InTransit:
		w.logistics(canonical.ReturnInTransit)
	case Arrived:
		w.logistics(canonical.ReturnArrived)
	case Received:
		return w.received(e)
	case Inspected:
		return w.inspected(e)
	case Resolved:
		return w.resolved(e)
	case Done:
		return w.done(e)
	case Failed:
		return w.failed(e)
	case MoneyMoved:
		return w.moved(e)
	case ExchangeShipped:
		return w.exchangeShipped(e.ID)
	case Decided:
		return w.decided(e)
	case Waived:
		return w.waived(e)
	case Looked:
	default:
		return &Refusal{Code: RefusedEvent, Problem: "there is no event", WayOut: "use a type of package returns"}
	}
	return nil
}

func (w *work) line(id string) (*CaseLine, error) {
	for i := range w.c.Lines {
		if w.c.Lines[i].ID == id {
			return &w.c.Lines[i], nil
		}
	}
	return nil, &Refusal{Code: RefusedUnknown, Line: id, Problem: "the return has no such line", WayOut: "apply the platform's return first"}
}

func (w *work) logistics(event canonical.ReturnLogistics) {
	more := slices.ContainsFunc(w.c.Lines, func(l CaseLine) bool { return !l.Keep && w.expected(&l).IsPos() })
	from := cmp.Or(w.c.Logistics, canonical.ReturnUnsent)
	to, _ := step(w.table, AxisLogistics, string(from), string(event), conditions{more: more})
	w.c.Logistics = canonical.ReturnLogistics(to)
}

// clean tells whether nothing of the return has arrived and no money has left.
func (w *work) clean() bool {
	return len(w.c.Money) == 0 && !slices.ContainsFunc(w.c.Lines, func(l CaseLine) bool { return l.seen().IsPos() || l.Swapped.IsPos() })
}

func (w *work) approval(event canonical.ReturnApproval, by Source, newer bool) bool {
	to, ok := step(w.table, AxisApproval, string(w.c.Approval), string(event), conditions{clean: w.clean(), newer: newer})
	if !ok {
		return false
	}
	was := w.c.Approval
	w.c.Approval = canonical.ReturnApproval(to)
	if was != w.c.Approval && w.c.Approval == canonical.ReturnApproved {
		w.c.ApprovedBy = by
		w.dropEffects(EffectDecline)
	}
	return to == string(event)
}

func (w *work) approved(e Approved) error {
	by := cmp.Or(e.By, FromPlatform)
	if !w.f.Known && by != FromPlatform {
		return w.unknownOrder()
	}
	for _, d := range e.Lines {
		if _, err := w.line(d.ID); err != nil {
			return err
		}
		if d.Qty.IsNeg() {
			return negative(d.ID)
		}
	}
	if !w.approval(canonical.ReturnApproved, by, by == FromPerson) {
		return nil // late: it has ended since
	}
	w.grant(e.Lines)
	return nil
}

// grant notes what was approved; none: everything.
func (w *work) grant(lines []DecidedLine) {
	for i := range w.c.Lines {
		l := &w.c.Lines[i]
		granted := l.Requested
		if len(lines) > 0 {
			at := slices.IndexFunc(lines, func(d DecidedLine) bool { return d.ID == l.ID })
			if at < 0 {
				continue
			}
			granted = lines[at].Qty
		}
		l.Granted = l.Granted.Max(granted)
	}
}

func (w *work) ended(event canonical.ReturnApproval, by Source, reason string) error {
	if w.approval(event, by, false) && event == canonical.ReturnDeclined && by == FromPerson {
		w.declineThere(reason)
	}
	return nil
}

func (w *work) declineThere(reason string) {
	w.c.DeclineReason = cmp.Or(reason, w.c.DeclineReason, w.p.DeclineReason)
	if w.f.Can.Decide {
		w.emit(Effect{Kind: EffectDecline, Reason: w.c.DeclineReason})
	}
}

func (w *work) keep(l *CaseLine) {
	if l.seen().IsPos() {
		return // it is here
	}
	l.Keep = true
	if !slices.ContainsFunc(w.c.Lines, func(l CaseLine) bool { return !l.Keep }) {
		w.logistics(canonical.ReturnReturnless)
	}
}

func negative(line string) error {
	return &Refusal{Code: RefusedQuantity, Line: line, Problem: "a quantity is negative", WayOut: "state units in all"}
}

func (w *work) received(e Received) error {
	l, err := w.line(e.Line)
	if err != nil {
		return err
	}
	if e.Qty.IsNeg() {
		return negative(e.Line)
	}
	by := cmp.Or(e.By, FromPlatform)
	for _, lot := range e.Lots {
		if err := w.lot(l, lot); err != nil && by != FromOdoo { // what Odoo has is so
			return err
		}
	}
	w.see(l, e.Qty, by)
	if by == FromOdoo && len(e.Lots) > 0 {
		l.LotsInOdoo = slices.Clone(e.Lots)
	}
	for _, lot := range e.Lots {
		l.Lots = withLot(l.Lots, lot)
	}
	l.Short = l.Short || e.Last
	return nil
}

func (w *work) see(l *CaseLine, qty decimal.Decimal, by Source) {
	l.Seen = l.Seen.Max(qty)
	switch by {
	case FromPlatform:
		l.SeenThere = l.SeenThere.Max(qty)
	case FromOdoo:
		l.SeenInOdoo = l.SeenInOdoo.Max(qty)
		l.Booked = l.Booked.Max(qty)
		l.Opened = l.Opened.Max(qty)
	}
}

// lot refuses a lot that was not shipped in that number.
func (w *work) lot(l *CaseLine, lot LotUnits) error {
	facts := w.facts(l.OrderLine)
	if lot.Qty.IsNeg() {
		return negative(l.ID)
	}
	if facts == nil || !facts.Tracked || lot.Lot == "" {
		return nil
	}
	i := slices.IndexFunc(facts.Lots, func(shipped LotUnits) bool { return shipped.Lot == lot.Lot })
	if i < 0 || lot.Qty.Cmp(facts.Lots[i].Qty) > 0 {
		return &Refusal{Code: RefusedLot, Line: l.ID, Problem: fmt.Sprintf("lot %q was not shipped with this line, or not so often", lot.Lot),
			WayOut: "read the lot from the goods again, or treat them as a wrong item"}
	}
	return nil
}

// withLot are the lots with at least so many units of one, in the order of their names.
func withLot(lots []LotUnits, lot LotUnits) []LotUnits {
	if lot.Lot == "" {
		return lots
	}
	for i := range lots {
		if lots[i].Lot == lot.Lot {
			lots[i].Qty = lots[i].Qty.Max(lot.Qty)
			return lots
		}
	}
	lots = append(lots, lot)
	slices.SortFunc(lots, func(a, b LotUnits) int { return cmp.Compare(a.Lot, b.Lot) })
	return lots
}

func (w *work) inspected(e Inspected) error {
	l, err := w.line(e.Line)
	if err != nil {
		return err
	}
	for _, u := range e.Found {
		_, known := step(w.table, AxisInspection, string(canonical.DispositionPending), string(u.Disposition), conditions{})
		switch {
		case u.Qty.IsNeg():
			return negative(e.Line)
		case !known && u.Disposition != canonical.DispositionPending:
			return &Refusal{Code: RefusedEvent, Line: e.Line, Problem: fmt.Sprintf("%q is no disposition", u.Disposition),
				WayOut: "map the platform's word in its adapter"}
		}
		if u.Disposition != canonical.DispositionWrongItem {
			if err := w.lot(l, LotUnits{u.Lot, u.Qty}); err != nil {
				return err
			}
		}
	}
	w.find(l, e.Found, cmp.Or(e.By, FromPlatform))
	return w.err
}

// find notes what was found in all.
func (w *work) find(l *CaseLine, found []canonical.ReceivedUnits, by Source) {
	total := map[canonical.Disposition]decimal.Decimal{}
	lots := map[string]decimal.Decimal{}
	apart := map[canonical.Disposition]map[string]decimal.Decimal{}
	var goods decimal.Decimal
	for _, u := range found {
		total[u.Disposition] = w.add(total[u.Disposition], u.Qty)
		if u.Disposition != canonical.DispositionMissing {
			goods = w.add(goods, u.Qty)
			if apart[u.Disposition] == nil {
				apart[u.Disposition] = map[string]decimal.Decimal{}
			}
			apart[u.Disposition][u.Lot] = w.add(apart[u.Disposition][u.Lot], u.Qty)
			if u.Disposition != canonical.DispositionWrongItem {
				lots[u.Lot] = w.add(lots[u.Lot], u.Qty)
			}
		}
	}
	for _, d := range dispositions() {
		if total[d].IsPos() {
			l.Found = raised(l.Found, d, total[d])
			if by == FromPlatform {
				l.Told = raised(l.Told, d, total[d])
			}
		}
	}
	for lot, qty := range lots {
		if w.lot(l, LotUnits{lot, qty}) == nil {
			l.Lots = withLot(l.Lots, LotUnits{lot, qty})
		}
	}
	for d, read := range apart {
		for lot, qty := range read {
			if lot == "" || !qty.IsPos() {
				continue
			}
			if l.FoundLots == nil {
				l.FoundLots = map[canonical.Disposition][]LotUnits{}
			}
			l.FoundLots[d] = withLot(l.FoundLots[d], LotUnits{lot, qty})
		}
	}
	if by == FromOdoo {
		w.see(l, goods, FromOdoo)
	}
	w.see(l, w.foundGoods(l), FromPerson)
	if by == FromPlatform {
		w.see(l, goods, FromPlatform)
	}
}

func raised(in map[canonical.Disposition]decimal.Decimal, d canonical.Disposition, to decimal.Decimal) map[canonical.Disposition]decimal.Decimal {
	if in == nil {
		in = map[canonical.Disposition]decimal.Decimal{}
	}
	in[d] = in[d].Max(to)
	return in
}

func (w *work) foundGoods(l *CaseLine) decimal.Decimal {
	var goods decimal.Decimal
	for d, qty := range l.Found {
		if d != canonical.DispositionMissing {
			goods = w.add(goods, qty)
		}
	}
	return goods
}

// left tells whether money or goods have left for the line, so that its resolution stands.
func (l *CaseLine) left() bool {
	if l.SentBack.IsPos() || l.Swapped.IsPos() {
		return true
	}
	for _, qty := range l.Settled {
		if qty.IsPos() {
			return true
		}
	}
	return false
}

func (w *work) resolve(l *CaseLine, to canonical.Resolution, raw string, open bool, by Source) bool {
	open = open && !l.left() && (by == FromPerson || l.ResolvedBy != FromPerson)
	from := cmp.Or(l.Resolution, canonical.ResolutionPending)
	now, ok := step(w.table, AxisResolution, string(from), string(to), conditions{open: open})
	if ok && now == string(to) && now != string(from) {
		l.RawResolution, l.ResolvedBy = raw, by
	}
	l.Resolution = canonical.Resolution(now)
	return ok && now == string(to)
}

func (w *work) resolved(e Resolved) error {
	l, err := w.line(e.Line)
	if err != nil {
		return err
	}
	by := cmp.Or(e.By, FromPlatform)
	// A bare word has no time: it may be an old one, so the platform's does not undo a former one.
	open := by == FromPerson || l.Resolution == canonical.ResolutionPending
	if !w.resolve(l, e.Resolution, "", open, by) {
		return &Refusal{Code: RefusedEvent, Line: e.Line, Problem: fmt.Sprintf("the line is resolved as %s and cannot become %q", l.Resolution, e.Resolution),
			WayOut: "have a person say so before money or goods have left, or make a new return"}
	}
	return nil
}

func (w *work) exchangeShipped(id string) error {
	for i := range w.c.Exchange {
		if w.c.Exchange[i].ID == id {
			w.c.Exchange[i].Shipped = true
			return nil
		}
	}
	l, err := w.line(id)
	if err != nil {
		return err
	}
	if l.Swapped.IsZero() {
		return &Refusal{Code: RefusedEvent, Line: id, Problem: "nothing is exchanged for this line", WayOut: "name the exchange line"}
	}
	l.SwapShipped = true
	return nil
}

func (w *work) effect(id string) *Effect {
	for i := range w.c.Effects {
		if w.c.Effects[i].ID == id {
			return &w.c.Effects[i]
		}
	}
	return nil
}

func (w *work) leg(id string) *MoneyLeg {
	for i := range w.c.Money {
		if w.c.Money[i].ID == id {
			return &w.c.Money[i]
		}
	}
	return nil
}

func unknown(what, id string) error {
	return &Refusal{Code: RefusedUnknown, Problem: fmt.Sprintf("the case has no %s %q", what, id), WayOut: "load the newest case"}
}

func (w *work) done(e Done) error {
	effect := w.effect(e.Effect)
	if effect == nil {
		return unknown("effect", e.Effect)
	}
	if effect.Status == EffectDone {
		return nil
	}
	effect.Status, effect.Reference, effect.Why = EffectDone, cmp.Or(e.Reference, effect.Reference), ""
	w.moot(effectQuestion(*effect))
	if leg := w.leg(effect.Leg); leg != nil {
		status := MoneySubmitted
		if leg.ByChannel || leg.Kind == LegStoreCredit || leg.Kind == LegGiftCard || leg.Kind == LegManual {
			status = MoneySucceeded
		}
		w.moveLeg(leg, status, e.Reference)
	}
	if effect.Kind == EffectLabel {
		w.logistics(canonical.ReturnLabelIssued)
	}
	return nil
}

func (w *work) failed(e Failed) error {
	effect := w.effect(e.Effect)
	if effect == nil {
		return unknown("effect", e.Effect)
	}
	if effect.Status != EffectPending || !e.Final {
		return nil
	}
	effect.Status, effect.Why = EffectFailed, e.Why
	if leg := w.leg(effect.Leg); leg != nil {
		w.moveLeg(leg, MoneyFailed, "")
		leg.Why = e.Why
		w.dropWaived(leg)
	}
	return nil
}

func (w *work) moved(e MoneyMoved) error {
	leg := w.leg(e.Leg)
	if leg == nil {
		return unknown("leg", e.Leg)
	}
	if e.Status == MoneyWanted {
		return nil
	}
	if !w.moveLeg(leg, e.Status, e.Reference) {
		return &Refusal{Code: RefusedEvent, Problem: fmt.Sprintf("%q is no status of money", e.Status), WayOut: "map the provider's word in its adapter"}
	}
	leg.Why, leg.Link, leg.Until = e.Why, "", time.Time{}
	if leg.Kind == LegCharge {
		leg.Reference = cmp.Or(e.Reference, leg.Reference) // the newest request's
		if leg.Status == MoneySubmitted {
			leg.Link, leg.Until = e.Link, e.Until
		}
		if leg.Status == MoneySucceeded && e.Paid.ID != "" {
			leg.Paid = e.Paid
		}
		w.dropWaived(leg)
	}
	w.doubt(leg, e.Doubt)
	return nil
}

// doubt asks a person whether the money of a leg moved, or no longer asks. An answer that did not end the doubt is asked for again.
func (w *work) doubt(leg *MoneyLeg, doubted bool) {
	if !doubted || leg.Status != MoneySubmitted {
		w.moot(leg.Doubt)
		leg.Doubt = ""
		return
	}
	if q, ok := w.c.QuestionOf(leg.Doubt); ok && q.Answer == "" {
		return
	}
	n := 1
	for _, q := range w.c.Questions {
		if q.Topic == TopicDoubt && q.Leg == leg.ID {
			n++
		}
	}
	leg.Doubt = fmt.Sprintf("doubt/%s/%d", leg.ID, n)
	w.ask(Question{ID: leg.Doubt, Topic: TopicDoubt, Leg: leg.ID, Answers: []Answer{AnswerAccept, AnswerRetry, AnswerDrop},
		Text: fmt.Sprintf("%s of %s %s: nobody knows whether the money moved (%s). Look at the provider: accept: it did; retry: it did not and will not; drop: the same, and it is not tried again this way",
			leg.Kind, leg.Amount, w.c.Currency, leg.Why)})
}

func (w *work) moveLeg(leg *MoneyLeg, status MoneyStatus, reference string) bool {
	live := leg.ReplacedBy == "" && !leg.Dropped
	to, ok := step(w.table, AxisMoney, string(leg.Status), string(status), conditions{live: live})
	if !ok {
		return false
	}
	if status == MoneySucceeded && leg.Status == MoneyFailed && !live {
		text := "A movement of money succeeded after it had failed and something else was done instead: the buyer may have been paid twice."
		if leg.Kind == LegCharge {
			text = "The buyer has paid what he was no longer asked for: give it back, unless he is to have paid it."
		}
		w.ask(Question{ID: "late/" + leg.ID, Topic: TopicMoney, Leg: leg.ID, Answers: []Answer{AnswerAccept}, Text: text})
	}
	if status == MoneySucceeded && leg.Status != MoneySucceeded && live && leg.Waiver != nil {
		w.ask(Question{ID: "late/" + leg.ID, Topic: TopicMoney, Leg: leg.ID, Answers: []Answer{AnswerAccept},
			Text: "The buyer has paid a charge before it could be waived, and the exchanged goods cost as much as before: give it back, unless he is to have paid it."})
	}
	if MoneyStatus(to) != leg.Status {
		// What to do about a failure is no longer asked once it turns out to be none: the answer would pay twice.
		w.moot(moneyQuestion(leg))
	}
	leg.Status, leg.Reference = MoneyStatus(to), cmp.Or(leg.Reference, reference)
	// Whoever tells how the money went has carried out the effect.
	for i := range w.c.Effects {
		if e := &w.c.Effects[i]; e.Leg == leg.ID && e.Status == EffectPending && leg.Status != MoneyWanted {
			e.Status, e.Reference = EffectDone, cmp.Or(e.Reference, reference)
		}
	}
	return true
}

func (w *work) decided(e Decided) error {
	i := slices.IndexFunc(w.c.Questions, func(q Question) bool { return q.ID == e.Question })
	if i < 0 {
		return unknown("question", e.Question)
	}
	q := &w.c.Questions[i]
	switch {
	case q.Answer == e.Answer && q.Percent.Equal(e.Percent):
		return nil
	case q.Answer != "":
		return &Refusal{Code: RefusedAnswer, Line: q.Line, Problem: fmt.Sprintf("the question is answered: %s", q.Answer), WayOut: "look at the case"}
	case !slices.Contains(q.Answers, e.Answer):
		return &Refusal{Code: RefusedAnswer, Line: q.Line, Problem: fmt.Sprintf("%q is no answer to it", e.Answer), WayOut: fmt.Sprintf("answer one of %v", q.Answers)}
	case e.Percent.IsNeg() || e.Percent.Cmp(decimal.Hundred) > 0:
		return &Refusal{Code: RefusedAnswer, Line: q.Line, Problem: "the percentage is not between 0 and 100", WayOut: "answer 0 to 100"}
	}
	if e.Answer == AnswerApprove {
		if !w.f.Known {
			return w.unknownOrder()
		}
		if !w.approval(canonical.ReturnApproved, FromPerson, true) {
			return nil
		}
		w.grant(nil)
	}
	if e.Answer == AnswerDecline {
		w.approval(canonical.ReturnDeclined, FromPerson, false)
		w.declineThere("")
	}
	q.Answer, q.Percent = e.Answer, e.Percent
	answer := *q
	w.endQuestion(q.ID)
	return w.answered(answer)
}

// answered does what follows at once from an answer.
func (w *work) answered(q Question) error {
	switch q.Topic {
	case TopicMoney:
		if leg := w.leg(q.Leg); leg != nil {
			switch q.Answer {
			case AnswerRetry:
				w.replace(leg, leg.Kind)
			case AnswerStoreCredit:
				w.replace(leg, LegStoreCredit)
			case AnswerManual:
				w.replace(leg, LegManual)
			case AnswerDrop:
				leg.Dropped = true
			}
		}
	case TopicEffect:
		for i := range w.c.Effects {
			e := &w.c.Effects[i]
			if q.ID != effectQuestion(*e) || e.Status != EffectFailed {
				continue
			}
			if q.Answer == AnswerRetry {
				e.Status, e.Why = EffectPending, ""
				e.Retries++
			} else {
				e.Status = EffectDropped
			}
		}
	}
	return nil
}

func moneyQuestion(leg *MoneyLeg) string { return "money/" + leg.ID + "/" + string(leg.Status) }

func effectQuestion(e Effect) string { return fmt.Sprintf("effect/%s/%d", e.ID, e.Retries) }

func (w *work) unknownOrder() error {
	return &Refusal{Code: RefusedUnknownOrder, Problem: "Odoo has no such order", WayOut: "import the order, or decline the return"}
}

// id is the identifier of something of this case: equal parts, equal ids.
func (w *work) id(parts ...string) string {
	h := sha256.New()
	for _, part := range append([]string{w.c.Key.String()}, parts...) {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return parts[0] + "." + hex.EncodeToString(h.Sum(nil)[:8])
}

// emit wants an effect. Its id is that of its kind and units.
func (w *work) emit(e Effect) string {
	parts := []string{string(e.Kind), e.Settlement, e.Leg, e.Question, e.Exchange, fmt.Sprint(e.Last)}
	for _, l := range e.Lines {
		parts = append(parts, l.Line, string(l.Disposition), l.From.Trim(0).String(), l.Qty.Trim(0).String())
	}
	e.ID = w.id(parts...)
	if w.effect(e.ID) == nil {
		e.Status = EffectPending
		w.c.Effects = append(w.c.Effects, e)
		w.changed = true
	}
	return e.ID
}

// dropEffects gives up what is not done of a kind.
func (w *work) dropEffects(kind EffectKind) {
	for i := range w.c.Effects {
		if e := &w.c.Effects[i]; e.Kind == kind && e.Status != EffectDone {
			e.Status = EffectDropped
			w.moot(effectQuestion(*e))
		}
	}
}

// effectsOf are the ids of the effects of a kind that concern a line; an empty line means all.
func (w *work) effectsOf(kind EffectKind, line string) []string {
	var ids []string
	for _, e := range w.c.Effects {
		concerns := line == "" || slices.ContainsFunc(e.Lines, func(l EffectLine) bool { return l.Line == line })
		if e.Kind == kind && concerns {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// ask asks a person once.
func (w *work) ask(q Question) Question {
	if known, ok := w.c.QuestionOf(q.ID); ok {
		return known
	}
	w.c.Questions = append(w.c.Questions, q)
	w.emit(Effect{Kind: EffectAskPerson, Question: q.ID})
	w.changed = true
	return q
}

// moot closes a question that no longer matters.
func (w *work) moot(id string) {
	for i := range w.c.Questions {
		if q := &w.c.Questions[i]; q.ID == id && q.Answer == "" {
			q.Answer = AnswerResolved
			w.changed = true
			for j := range w.c.Effects {
				if e := &w.c.Effects[j]; e.Question == id && e.Status != EffectDone {
					e.Status = EffectDropped
				}
			}
			w.endQuestion(id)
		}
	}
}

// endQuestion has the activity done that asks a question, if there is one.
func (w *work) endQuestion(id string) {
	for _, e := range w.c.Effects {
		if e.Kind == EffectAskPerson && e.Question == id && e.Status != EffectDropped {
			w.emit(Effect{Kind: EffectAnswered, Question: id, Depends: []string{e.ID}})
			return
		}
	}
}

func (w *work) wait(gate Gate, line, why string) {
	next := Wait{Gate: gate, Line: line, Why: why}
	if !slices.Contains(w.c.Waits, next) {
		w.c.Waits = append(w.c.Waits, next)
	}
}
