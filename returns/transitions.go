package returns

import (
	"slices"
	"sync"

	"github.com/retailsync/retailsync/canonical"
)

// Axis is one of the independent states of a case.
type Axis string

// The axes.
const (
	AxisApproval   Axis = "approval"
	AxisLogistics  Axis = "logistics"
	AxisInspection Axis = "inspection" // of each unit
	AxisResolution Axis = "resolution" // of each line
	AxisMoney      Axis = "money"      // of each leg
	AxisCase       Axis = "case"
)

// Transition is a row of the transition table: from a state, an event leads to a state if the guard holds. What no row says
// does not happen.
type Transition struct {
	Axis            Axis
	From, Event, To string
	Guard           Guard
}

// Guard is a condition of a transition.
type Guard string

// The guards; the empty one always holds.
const (
	GuardClean    Guard = "nothing has arrived"
	GuardArrived  Guard = "something has arrived"
	GuardNewer    Guard = "a newer statement or a person says so"
	GuardOpen     Guard = "nothing has left for it, and nobody who counts more said otherwise"
	GuardMore     Guard = "more is expected"
	GuardLive     Guard = "nothing was tried instead"
	GuardReplaced Guard = "something was tried instead"
)

// conditions is what the guards look at.
type conditions struct{ clean, newer, open, more, live bool }

func (g Guard) holds(in conditions) bool {
	switch g {
	case GuardClean:
		return in.clean
	case GuardArrived:
		return !in.clean
	case GuardNewer:
		return in.newer
	case GuardOpen:
		return in.open
	case GuardMore:
		return in.more
	case GuardLive:
		return in.live
	case GuardReplaced:
		return !in.live
	}
	return true
}

// Transitions returns the transition table, a fresh copy. docs/returns.md shows it.
func Transitions() []Transition { return slices.Clone(rows()) }

// rows is the table; nobody changes it.
var rows = sync.OnceValue(func() []Transition {
	var rows []Transition
	row := func(axis Axis, from, event, to string, guard Guard) {
		rows = append(rows, Transition{axis, from, event, to, guard})
	}
	for _, word := range approvals() {
		row(AxisApproval, "", word, word, "")
	}
	for _, from := range approvals()[:2] {
		for _, event := range approvals() {
			switch event {
			case string(canonical.ReturnRequested):
				row(AxisApproval, from, event, from, "")
			case string(canonical.ReturnApproved):
				row(AxisApproval, from, event, event, "")
			default:
				row(AxisApproval, from, event, event, GuardClean)
				row(AxisApproval, from, event, from, GuardArrived)
			}
		}
	}
	for _, from := range approvals()[2:] {
		for _, event := range approvals() {
			if event == string(canonical.ReturnApproved) {
				row(AxisApproval, from, event, event, GuardNewer)
			}
			row(AxisApproval, from, event, from, "")
		}
	}
	for i, from := range logistics() {
		for j, event := range logistics()[1:] {
			if from == string(canonical.ReturnReceived) && event == string(canonical.ReturnPartiallyReceived) {
				row(AxisLogistics, from, event, event, GuardMore)
			}
			row(AxisLogistics, from, event, logistics()[max(i, j+1)], "")
		}
	}
	for _, d := range dispositions() {
		row(AxisInspection, string(canonical.DispositionPending), string(d), string(d), "")
	}
	for _, from := range resolutions() {
		for _, event := range resolutions() {
			if event != from && event != string(canonical.ResolutionPending) {
				row(AxisResolution, from, event, event, GuardOpen)
			}
			row(AxisResolution, from, event, from, "")
		}
	}
	moved := []MoneyStatus{MoneySubmitted, MoneySucceeded, MoneyFailed, MoneyReversed}
	for _, event := range moved {
		row(AxisMoney, string(MoneyWanted), string(event), string(event), "")
	}
	for _, event := range moved {
		row(AxisMoney, string(MoneySubmitted), string(event), string(event), "")
	}
	row(AxisMoney, string(MoneySucceeded), string(MoneySubmitted), string(MoneySucceeded), "")
	row(AxisMoney, string(MoneySucceeded), string(MoneySucceeded), string(MoneySucceeded), "")
	row(AxisMoney, string(MoneySucceeded), string(MoneyFailed), string(MoneySucceeded), "")
	row(AxisMoney, string(MoneySucceeded), string(MoneyReversed), string(MoneyReversed), "")
	row(AxisMoney, string(MoneyFailed), string(MoneySubmitted), string(MoneyFailed), "")
	row(AxisMoney, string(MoneyFailed), string(MoneySucceeded), string(MoneySucceeded), GuardLive)
	row(AxisMoney, string(MoneyFailed), string(MoneySucceeded), string(MoneyFailed), GuardReplaced)
	row(AxisMoney, string(MoneyFailed), string(MoneyFailed), string(MoneyFailed), "")
	row(AxisMoney, string(MoneyFailed), string(MoneyReversed), string(MoneyReversed), "")
	for _, event := range moved {
		row(AxisMoney, string(MoneyReversed), string(event), string(MoneyReversed), "")
	}
	for _, from := range []CaseStatus{CaseOpen, CaseClosed} {
		row(AxisCase, string(from), "final", string(CaseClosed), "")
		row(AxisCase, string(from), "not_final", string(CaseOpen), "")
	}
	return rows
})

// step returns the state after an event; false if no row says so.
func step(table []Transition, axis Axis, from, event string, in conditions) (string, bool) {
	i := slices.IndexFunc(table, func(r Transition) bool {
		return r.Axis == axis && r.From == from && r.Event == event && r.Guard.holds(in)
	})
	if i < 0 {
		return from, false
	}
	return table[i].To, true
}

// approvals are the states of the approval; the first two go on, the others are ends.
func approvals() []string {
	return []string{string(canonical.ReturnRequested), string(canonical.ReturnApproved), string(canonical.ReturnDeclined),
		string(canonical.ReturnExpired), string(canonical.ReturnCancelled)}
}

// logistics are the places of goods, in their order.
func logistics() []string {
	return []string{string(canonical.ReturnUnsent), string(canonical.ReturnLabelIssued), string(canonical.ReturnReturnless),
		string(canonical.ReturnInTransit), string(canonical.ReturnArrived), string(canonical.ReturnPartiallyReceived),
		string(canonical.ReturnReceived)}
}

// dispositions are what can be found, in the order in which scarce units are given to them.
func dispositions() []canonical.Disposition {
	return []canonical.Disposition{canonical.DispositionSellable, canonical.DispositionDamaged, canonical.DispositionRefurbish,
		canonical.DispositionWrongItem, canonical.DispositionMissing}
}

func resolutions() []string {
	return []string{string(canonical.ResolutionPending), string(canonical.ResolutionRefund), string(canonical.ResolutionExchangeSame),
		string(canonical.ResolutionExchangeOther), string(canonical.ResolutionStoreCredit), string(canonical.ResolutionGiftCard),
		string(canonical.ResolutionRepair), string(canonical.ResolutionRejected), string(canonical.ResolutionNone),
		string(canonical.ResolutionOther)}
}
