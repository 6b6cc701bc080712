package medusa

import (
	"encoding/json"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// receiptNote begins the internal notes of receipts that were made here.
const receiptNote = "retailsync "

// orderChange is an entry of an order's history, or a change that is open.
type orderChange struct {
	Status   wire.Text `json:"status"`
	Type     wire.Text `json:"change_type"`
	ReturnID wire.Text `json:"return_id"`
	Note     wire.Text `json:"internal_note"`
	Actions  wire.List[struct {
		Action  wire.Text `json:"action"`
		Details wire.Object[struct {
			Item     wire.Text `json:"reference_id"`
			Quantity wire.Text `json:"quantity"`
		}] `json:"details"`
	}] `json:"actions"`
}

func (c orderChange) open() bool {
	return c.Status.String() == "pending" || c.Status.String() == "requested"
}

func (c orderChange) receives(returnID string) bool {
	return c.Type.String() == "return_receive" && c.ReturnID.String() == returnID
}

func (c orderChange) ours() bool { return strings.HasPrefix(c.Note.String(), receiptNote) }

// ledger is what was received of a return, by line of the order.
type ledger struct{ units map[string]bookedUnits }

// bookedUnits are the units that are back in Medusa's stock, received here or by people, and those that were dismissed.
type bookedUnits struct{ ours, theirs, dismissed decimal.Decimal }

func (u bookedUnits) total() decimal.Decimal { return sum(sum(u.ours, u.theirs), u.dismissed) }

// sum is exact for units, which are bounded when they are read; what is not is no number of units.
func sum(a, b decimal.Decimal) decimal.Decimal {
	c, err := a.Add(b)
	if err != nil {
		return a
	}
	return c
}

func (l ledger) empty() bool { return len(l.units) == 0 }

// received sums the receipts of a return.
func received(changes []orderChange, returnID string) ledger {
	l := ledger{units: map[string]bookedUnits{}}
	for _, change := range changes {
		if change.Status.String() != "confirmed" || !change.receives(returnID) {
			continue
		}
		for _, action := range change.Actions.Items {
			details := action.Details.Value
			var r wire.Reader
			quantity, id := r.Amount("", details.Quantity), details.Item.String()
			if _, err := r.Failure(); err != nil || id == "" {
				continue
			}
			units := l.units[id]
			switch {
			case action.Action.String() == "RECEIVE_DAMAGED_RETURN_ITEM":
				units.dismissed = sum(units.dismissed, quantity)
			case action.Action.String() != "RECEIVE_RETURN_ITEM":
				continue
			case change.ours():
				units.ours = sum(units.ours, quantity)
			default:
				units.theirs = sum(units.theirs, quantity)
			}
			l.units[id] = units
		}
	}
	return l
}

// returnNotes is what is kept of a return in the order's metadata, since a return's own cannot be written without a change of
// the order.
type returnNotes struct {
	Approved, Declined, Reason string
	// Arrived is how many units of each line have arrived in all, where that is not booked before the inspection.
	Arrived map[string]decimal.Decimal
	// Last says that no more is expected.
	Last bool
	// Inspected is what was found in each line.
	Inspected map[string][]canonical.ReceivedUnits
}

// The keys of an order's metadata that are of a return: the prefix, the return's id and one of the words.
const (
	returnKey     = "retailsync_return_"
	approvedWord  = "_approved"
	declinedWord  = "_declined"
	reasonWord    = "_decline_reason"
	arrivedWord   = "_arrived"
	lastWord      = "_last"
	inspectedWord = "_inspected"
)

// notesOf reads the notes on a return; odd is the key of one that cannot be read.
func (o *returnedOrder) notesOf(returnID string) (notes returnNotes, odd string) {
	text := func(word string) string {
		var value wire.Text
		if json.Unmarshal(o.Metadata.Value[returnKey+returnID+word], &value) != nil {
			return ""
		}
		return value.String()
	}
	notes = returnNotes{Approved: text(approvedWord), Declined: text(declinedWord), Reason: text(reasonWord), Last: text(lastWord) != ""}
	for word, into := range map[string]any{arrivedWord: &notes.Arrived, inspectedWord: &notes.Inspected} {
		if body := text(word); body != "" && json.Unmarshal([]byte(body), into) != nil {
			odd = returnKey + returnID + word
		}
	}
	for _, qty := range notes.Arrived {
		if !countable(qty) {
			odd = returnKey + returnID + arrivedWord
		}
	}
	for _, found := range notes.Inspected {
		for _, units := range found {
			if !countable(units.Qty) {
				odd = returnKey + returnID + inspectedWord
			}
		}
	}
	return notes, odd
}

// countable keeps what is no number of units out of sums.
func countable(qty decimal.Decimal) bool {
	return !qty.IsNeg() && qty.Cmp(decimal.MustNew(1_000_000_000_000, 0)) <= 0
}
