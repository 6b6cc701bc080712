package medusa

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/returns"
)

const (
	opReportReceived  = "report received"
	opReportInspected = "report inspected"
)

// ReportReceived implements [returns.ReceiptReporter]: what Medusa has not received yet of the units is received, which puts them
// back to its stock and lets it owe the buyer their price. With [WithReceiptsAtInspection] it is noted in the order's metadata
// under retailsync_return_<id>_arrived, and received when it was inspected.
//
// The return gets a stock location first if it has none: receiving without one fails half-way in Medusa. What another receipt left
// half done is finished. Units are looked up in the order's history, never in the return, where Medusa keeps those of the last
// receipt only; so however often it is repeated, nothing is received twice. Last is noted: Medusa cannot give up what is missing.
func (a *Adapter) ReportReceived(ctx context.Context, report returns.Receipt) error {
	c, ret, unlock, err := a.takeReceivable(ctx, opReportReceived, report.ReturnID)
	if err != nil {
		return err
	}
	defer unlock()
	want := map[string]bookedUnits{}
	arrived := map[string]decimal.Decimal{}
	for _, line := range report.Lines {
		at := lineOf(ret, line.ID)
		if err := a.receivable(opReportReceived, at, line.ID, line.Qty); err != nil {
			return err
		}
		units := c.ledger.units[at.OrderLineID]
		if more, err := line.Qty.Sub(units.total()); err == nil && more.IsPos() {
			want[at.OrderLineID] = bookedUnits{ours: more}
		}
		if line.Qty.Cmp(c.notes.Arrived[line.ID]) > 0 {
			arrived[line.ID] = line.Qty.Trim(0)
		}
	}
	note := map[string]string{}
	if report.Last && !c.notes.Last {
		note[lastWord] = cmp.Or(report.Reference, "last")
	}
	if a.inspected {
		if err := addArrived(note, c.notes.Arrived, arrived); err != nil {
			return a.fail(marketplace.CodeInvalid, opReportReceived, "lines", "the lines cannot be noted", err)
		}
	} else if err := a.book(ctx, opReportReceived, c, ret, report.Reference, report.Location, want); err != nil {
		return err
	}
	return a.noteReturn(ctx, opReportReceived, c, note)
}

// addArrived notes more units of some lines beside those that are noted.
func addArrived(note map[string]string, before, more map[string]decimal.Decimal) error {
	if len(more) == 0 {
		return nil
	}
	all := map[string]decimal.Decimal{}
	for id, qty := range before {
		all[id] = qty
	}
	for id, qty := range more {
		all[id] = qty
	}
	text, err := json.Marshal(all)
	note[arrivedWord] = string(text)
	return err
}

// ReportInspected implements [returns.InspectionReporter]: units that Medusa has not received yet are received if they are
// sellable, and dismissed if they are damaged, to be refurbished or the wrong item. Those that were received before stay in
// Medusa's stock, whatever was found; what was found is noted in the order's metadata under retailsync_return_<id>_inspected.
func (a *Adapter) ReportInspected(ctx context.Context, report returns.Inspection) error {
	c, ret, unlock, err := a.takeReceivable(ctx, opReportInspected, report.ReturnID)
	if err != nil {
		return err
	}
	defer unlock()
	want := map[string]bookedUnits{}
	found := map[string][]canonical.ReceivedUnits{}
	for id, units := range c.notes.Inspected {
		found[id] = units
	}
	for _, line := range report.Lines {
		at := lineOf(ret, line.ID)
		var good, bad, missing decimal.Decimal
		noted := []canonical.ReceivedUnits{}
		for _, units := range line.Found {
			switch units.Disposition {
			case canonical.DispositionPending:
				continue // to be booked when it is known
			case canonical.DispositionMissing:
				missing = sum(missing, units.Qty)
			case canonical.DispositionSellable:
				good = sum(good, units.Qty)
			default:
				bad = sum(bad, units.Qty)
			}
			if err := a.receivable(opReportInspected, at, line.ID, units.Qty); err != nil {
				return err
			}
			noted = append(noted, canonical.ReceivedUnits{Qty: units.Qty.Trim(0), Disposition: units.Disposition, RawDisposition: units.RawDisposition, Lot: units.Lot})
		}
		if err := a.receivable(opReportInspected, at, line.ID, sum(sum(good, bad), missing)); err != nil {
			return err
		}
		if len(noted) > 0 {
			found[line.ID] = noted
		}
		want[at.OrderLineID] = missingOf(c.ledger.units[at.OrderLineID], good, bad)
	}
	if err := a.book(ctx, opReportInspected, c, ret, report.Reference, report.Location, want); err != nil {
		return err
	}
	text, err := json.Marshal(found)
	if err != nil {
		return a.fail(marketplace.CodeInvalid, opReportInspected, "lines", "the lines cannot be noted", err)
	}
	return a.noteReturn(ctx, opReportInspected, c, map[string]string{inspectedWord: string(text)})
}

// missingOf is what is to be received and dismissed beside what is booked, so that so many units are back, as many of them
// dismissed as were bad and are not booked as good already.
func missingOf(booked bookedUnits, good, bad decimal.Decimal) bookedUnits {
	open := atLeastZero(sum(sum(good, bad), booked.total().Neg()))
	dismiss := atLeastZero(sum(bad, booked.dismissed.Neg()))
	if dismiss.Cmp(open) > 0 {
		dismiss = open
	}
	return bookedUnits{ours: sum(open, dismiss.Neg()), dismissed: dismiss}
}

func atLeastZero(value decimal.Decimal) decimal.Decimal {
	if value.IsNeg() {
		return decimal.Zero
	}
	return value
}

// takeReceivable takes a return that goods can arrive for.
func (a *Adapter) takeReceivable(ctx context.Context, op, id string) (returnCase, canonical.Return, func(), error) {
	c, ret, unlock, err := a.takeReturn(ctx, op, id)
	if err != nil {
		return c, ret, nil, err
	}
	if c.halfDone() {
		err = a.finish(ctx, op, c)
		unlock()
		if err != nil {
			return c, ret, nil, err
		}
		if c, ret, unlock, err = a.takeReturn(ctx, op, id); err != nil {
			return c, ret, nil, err
		}
	}
	switch {
	case c.returnless():
		err = a.fail(marketplace.CodeConflict, op, "return", "the buyer keeps the goods of this claim: nothing can be received for it", nil)
	case ret.Approval == canonical.ReturnDeclined || ret.Approval == canonical.ReturnCancelled:
		err = a.fail(marketplace.CodeConflict, op, "return", "the return was declined or withdrawn, but goods have arrived: send them back or make a new return", nil)
	}
	if err != nil {
		unlock()
		return c, ret, nil, err
	}
	return c, ret, unlock, nil
}

// receivable refuses units that cannot be received for a line.
func (a *Adapter) receivable(op string, line *canonical.ReturnLine, id string, qty decimal.Decimal) error {
	switch {
	case line == nil:
		return a.fail(marketplace.CodeNotFound, op, "line", fmt.Sprintf("the return has no line %q", id), nil)
	case qty.IsNeg() || !qty.IsInt():
		return a.fail(marketplace.CodeInvalid, op, "lines", fmt.Sprintf("%s of line %s is no number of whole units, which Medusa counts in", qty, id), nil)
	case qty.Cmp(line.Qty) > 0:
		return a.fail(marketplace.CodeInvalid, op, "lines", fmt.Sprintf("%s of line %s are said to be back, but only %s were to come", qty, id, line.Qty), nil)
	}
	return nil
}

// book receives and dismisses units by line of the order: a receipt is opened under the report's reference, filled and
// confirmed, which Medusa does in one. Whatever the replies say, the order's history tells whether it was done.
func (a *Adapter) book(ctx context.Context, op string, c returnCase, ret canonical.Return, reference, location string, want map[string]bookedUnits) error {
	var good, bad []lineQuantity
	target := map[string]decimal.Decimal{}
	for _, line := range ret.Lines {
		units := want[line.OrderLineID]
		if units.ours.IsPos() {
			good = append(good, lineQuantity{ID: line.OrderLineID, Quantity: number(units.ours.Trim(0).String())})
		}
		if units.dismissed.IsPos() {
			bad = append(bad, lineQuantity{ID: line.OrderLineID, Quantity: number(units.dismissed.Trim(0).String())})
		}
		target[line.OrderLineID] = sum(c.ledger.units[line.OrderLineID].total(), units.total())
	}
	if len(good)+len(bad) == 0 {
		return nil
	}
	place, err := a.placeOf(ctx, op, c, location)
	if err != nil {
		return err
	}
	if err := a.closeChange(ctx, op, c); err != nil {
		return err
	}
	path := returnsPath + "/" + ret.Key.ID
	steps := []struct {
		path string
		body any
	}{
		{"/receive", map[string]string{"internal_note": receiptNote + reference}},
		{"", map[string]string{"location_id": place}},
		{"/receive-items", map[string]any{"items": good}},
		{"/dismiss-items", map[string]any{"items": bad}},
		{"/receive/confirm", struct{}{}},
	}
	var failure error
	for _, step := range steps {
		switch {
		case step.path == "" && c.source.Location.String() == place,
			step.path == "/receive-items" && len(good) == 0, step.path == "/dismiss-items" && len(bad) == 0:
			continue
		}
		if _, failure = a.client.Send(ctx, op, http.MethodPost, path+step.path, step.body); failure != nil {
			break
		}
	}
	if ctx.Err() != nil {
		return cmp.Or(failure, error(a.fail(marketplace.CodeUnknown, op, "", "cancelled by the caller before it was looked up what became of it", ctx.Err())))
	}
	now, err := a.readReturn(ctx, op, ret.Order.ID, ret.Key.ID)
	switch {
	case err != nil && failure != nil:
		return failure
	case err != nil:
		return a.fail(marketplace.CodeUnknown, op, "", "it could not be looked up whether it was done: look before repeating", err)
	}
	done := true
	for id, qty := range target {
		done = done && now.ledger.units[id].total().Cmp(qty) >= 0
	}
	switch {
	case done:
		return nil
	case failure == nil:
		return a.fail(marketplace.CodeUnknown, op, "", "Medusa says that it was done, but does not show it (yet): look before repeating", nil)
	case marketplace.CodeOf(failure) != marketplace.CodeUnknown:
		// The refusal is what counts, whatever becomes of this.
		_ = a.closeChange(ctx, op, now)
	}
	return failure
}

// halfDone reports whether a person's receipt failed half-way: Medusa marks a return without a location as received and books
// nothing.
func (c returnCase) halfDone() bool {
	return !c.source.Received.IsEmpty() && c.ledger.empty() && slices.ContainsFunc(c.changes, func(change orderChange) bool {
		return change.open() && change.receives(c.source.ID.String()) && !change.ours()
	})
}

// finish confirms a receipt that failed half-way.
func (a *Adapter) finish(ctx context.Context, op string, c returnCase) error {
	place, err := a.placeOf(ctx, op, c, "")
	if err != nil {
		return err
	}
	path := returnsPath + "/" + c.source.ID.String()
	if _, err := a.client.Send(ctx, op, http.MethodPost, path, map[string]string{"location_id": place}); err != nil {
		return err
	}
	_, err = a.client.Send(ctx, op, http.MethodPost, path+"/receive/confirm", struct{}{})
	return err
}

// placeOf is where the goods of a return arrive.
func (a *Adapter) placeOf(ctx context.Context, op string, c returnCase, wanted string) (string, error) {
	place := cmp.Or(wanted, c.source.Location.String(), a.returnLocation)
	if place != "" && place == c.source.Location.String() {
		return place, nil
	}
	query := url.Values{"limit": {"2"}}
	if place != "" {
		query.Set("id[]", place)
	}
	known, err := a.locations(ctx, op, query)
	switch {
	case err != nil:
		return "", err
	case place != "" && len(known) == 0:
		return "", a.fail(marketplace.CodeNotFound, op, "location", fmt.Sprintf("the shop has no stock location %q", place), nil)
	case len(known) != 1:
		return "", a.fail(marketplace.CodeInvalid, op, "location", "the return has no location and the shop has several: name it, or set WithReturnLocation", nil)
	default:
		return known[0], nil
	}
}
