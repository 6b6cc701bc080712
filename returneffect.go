package retailsync

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/returns"
)

// inOdoo reports whether an effect of the kind changes what Odoo has of the order's goods and money.
func inOdoo(kind returns.EffectKind) bool {
	switch kind {
	case returns.EffectOpenReturn, returns.EffectReceive, returns.EffectCreditNote, returns.EffectShipBack, returns.EffectRepair:
		return true
	}
	return false
}

// perform carries out an effect and returns what it made. It is safe to repeat.
func (t *returnTask) perform(ctx context.Context, effect returns.Effect) (reference string, err error) {
	switch effect.Kind {
	case returns.EffectApprove, returns.EffectDecline, returns.EffectLabel, returns.EffectReportReceived, returns.EffectReportInspected, returns.EffectClose:
		return effect.ID, t.tellPlatform(ctx, effect)
	case returns.EffectOpenReturn:
		return t.openReturn(ctx, effect)
	case returns.EffectReceive:
		return t.receive(ctx, effect)
	case returns.EffectRestock, returns.EffectQuarantine:
		return t.relocate(ctx, effect)
	case returns.EffectScrap:
		return t.scrap(ctx, effect)
	case returns.EffectExchange:
		return t.exchange(ctx, effect)
	case returns.EffectShipBack, returns.EffectRepair:
		return t.shipBack(ctx, effect)
	case returns.EffectCreditNote:
		return t.creditNote(ctx, effect)
	case returns.EffectRefund, returns.EffectCharge:
		return t.moveMoney(ctx, effect)
	case returns.EffectStoreCredit, returns.EffectGiftCard:
		return t.issueCard(ctx, effect)
	case returns.EffectManual, returns.EffectAskPerson:
		return t.askPerson(ctx, effect)
	case returns.EffectAnswered:
		return "", t.answered(ctx, effect)
	default:
		return "", fmt.Errorf("effect %s of kind %q is unknown: was the case stored by a newer version?", effect.ID, effect.Kind)
	}
}

// tellPlatform carries out what is the platform's.
func (t *returnTask) tellPlatform(ctx context.Context, effect returns.Effect) error {
	id, now := t.known.Key.ID, time.Now().UTC()
	switch effect.Kind {
	case returns.EffectApprove, returns.EffectDecline:
		decider, ok := t.platform.(returns.Decider)
		if !ok {
			return t.cannot(effect)
		}
		decision := returns.Decision{ReturnID: id, Reference: effect.ID, Reason: effect.Reason}
		if effect.Kind == returns.EffectDecline {
			return decider.DeclineReturn(ctx, decision)
		}
		if t.lessThanAsked(effect) {
			decision.Lines = decided(effect.Lines)
		}
		return decider.ApproveReturn(ctx, decision)
	case returns.EffectLabel:
		labeller, ok := t.platform.(returns.Labeller)
		if !ok {
			return t.cannot(effect)
		}
		_, err := labeller.IssueLabel(ctx, returns.LabelRequest{ReturnID: id, Reference: effect.ID})
		return err
	case returns.EffectReportReceived:
		reporter, ok := t.platform.(returns.ReceiptReporter)
		if !ok {
			return t.cannot(effect)
		}
		return reporter.ReportReceived(ctx, returns.Receipt{ReturnID: id, Reference: effect.ID, Lines: decided(effect.Lines), Last: effect.Last, At: now})
	case returns.EffectReportInspected:
		reporter, ok := t.platform.(returns.InspectionReporter)
		if !ok {
			return t.cannot(effect)
		}
		return reporter.ReportInspected(ctx, returns.Inspection{ReturnID: id, Reference: effect.ID, Lines: inspected(effect.Lines), At: now})
	default:
		closer, ok := t.platform.(returns.Closer)
		if !ok {
			return t.cannot(effect)
		}
		return closer.CloseReturn(ctx, returns.Closing{ReturnID: id, Reference: effect.ID})
	}
}

func (t *returnTask) cannot(effect returns.Effect) error {
	return fmt.Errorf("the adapter of %s (%T) cannot %s: do it there by hand", t.platform.Channel(), t.platform, effect.Kind)
}

// lessThanAsked reports whether an approval is for fewer units than were asked for.
func (t *returnTask) lessThanAsked(effect returns.Effect) bool {
	approved := map[string]decimal.Decimal{}
	for _, line := range effect.Lines {
		approved[line.Line] = line.Qty
	}
	for _, line := range t.ret.Lines {
		if approved[line.ID].Cmp(line.Qty) < 0 {
			return len(effect.Lines) > 0
		}
	}
	return false
}

// decided are the lines in the platform's terms.
func decided(lines []returns.EffectLine) []returns.DecidedLine {
	var all []returns.DecidedLine
	for _, line := range lines {
		all = append(all, returns.DecidedLine{ID: line.Line, Qty: line.Qty})
	}
	return all
}

// inspected are the lines in the platform's terms: one per line with all that was found.
func inspected(lines []returns.EffectLine) []returns.InspectedLine {
	var all []returns.InspectedLine
	position := map[string]int{}
	for _, line := range lines {
		at, ok := position[line.Line]
		if !ok {
			at = len(all)
			position[line.Line] = at
			all = append(all, returns.InspectedLine{ID: line.Line})
		}
		all[at].Found = append(all[at].Found, canonical.ReceivedUnits{Qty: line.Qty, Disposition: line.Disposition})
	}
	return all
}

// tell notes what an effect did for the journal.
func (t *returnTask) tell(effect returns.Effect, reference string) {
	if effect.Kind == returns.EffectCreditNote && len(effect.Lines) > 0 {
		return // it was told when it was posted
	}
	amount := strings.TrimSpace(effect.Amount.String() + " " + string(t.known.Currency))
	for _, told := range []struct {
		kind    canonical.EventType
		effects []returns.EffectKind
		summary string
	}{
		{canonical.EventReturnApproved, []returns.EffectKind{returns.EffectApprove}, "approved"},
		{canonical.EventReturnDeclined, []returns.EffectKind{returns.EffectDecline}, "declined: " + effect.Reason},
		{canonical.EventReturnOpened, []returns.EffectKind{returns.EffectOpenReturn}, "expected in Odoo"},
		{canonical.EventReturnReceived, []returns.EffectKind{returns.EffectReceive}, "received in Odoo"},
		{canonical.EventReturnInspected, []returns.EffectKind{returns.EffectRestock}, "back to stock"},
		{canonical.EventReturnInspected, []returns.EffectKind{returns.EffectQuarantine}, "set aside"},
		{canonical.EventReturnInspected, []returns.EffectKind{returns.EffectScrap}, "scrapped"},
		{canonical.EventReturnExchanged, []returns.EffectKind{returns.EffectExchange}, "exchanged goods ordered"},
		{canonical.EventReturnExchanged, []returns.EffectKind{returns.EffectShipBack, returns.EffectRepair}, "goes back to the buyer"},
		{canonical.EventReturnCredited, []returns.EffectKind{returns.EffectCreditNote}, "credit note posted"},
		{canonical.EventReturnRefunded, []returns.EffectKind{returns.EffectRefund}, "refund of " + amount + " asked for"},
		{canonical.EventReturnRefunded, []returns.EffectKind{returns.EffectStoreCredit, returns.EffectGiftCard}, "credit of " + amount + " given"},
		{canonical.EventReturnCharged, []returns.EffectKind{returns.EffectCharge}, "charge of " + amount + " asked for"},
		{canonical.EventReturnWaiting, []returns.EffectKind{returns.EffectAskPerson, returns.EffectManual}, "a person is asked"},
		{canonical.EventReturnReported, []returns.EffectKind{returns.EffectReportReceived, returns.EffectReportInspected, returns.EffectLabel}, "the platform was told: " + string(effect.Kind)},
		{canonical.EventReturnClosed, []returns.EffectKind{returns.EffectClose}, "closed at the platform"},
	} {
		for _, kind := range told.effects {
			if kind == effect.Kind {
				t.journalise(told.kind, effect.ID, reference, told.summary+saidUnits(effect))
			}
		}
	}
}

// saidUnits says which units an effect is about, as the end of a line of the journal.
func saidUnits(effect returns.Effect) string {
	var units []string
	for _, line := range effect.Lines {
		units = append(units, line.Qty.Trim(0).String()+" of "+cmp.Or(line.SKU, line.Line))
	}
	if len(units) == 0 {
		return ""
	}
	return ": " + strings.Join(units, ", ")
}
