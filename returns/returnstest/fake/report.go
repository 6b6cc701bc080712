package fake

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/returns"
)

// ApproveReturn implements [returns.Decider]. Approving a part leaves the other units out of the return.
func (p *Platform) ApproveReturn(ctx context.Context, decision returns.Decision) error {
	return p.write(ctx, Approve, decision.ReturnID, decision.Reference, decision, func(kept *record) (bool, error) {
		if kept.decided[decision.Reference] || kept.state.Approval == canonical.ReturnApproved {
			return false, nil
		}
		if kept.state.Approval != canonical.ReturnRequested {
			return false, p.fail(marketplace.CodeConflict, Approve, "approval", "the return is "+string(kept.state.Approval)+": fetch it again and decide", nil)
		}
		wanted, err := p.quantities(Approve, kept, decision.Lines)
		if err != nil {
			return false, err
		}
		if len(decision.Lines) > 0 {
			var lines []canonical.ReturnLine
			for _, line := range kept.state.Lines {
				if line.Qty = wanted[line.ID]; line.Qty.IsPos() {
					lines = append(lines, line)
				}
			}
			if len(lines) == 0 {
				return false, p.fail(marketplace.CodeInvalid, Approve, "lines", "nothing is approved: decline the return instead", nil)
			}
			kept.state.Lines = lines
		}
		kept.state.Approval, kept.decided[decision.Reference] = canonical.ReturnApproved, true
		return true, nil
	})
}

// DeclineReturn implements [returns.Decider]. This platform declines whole returns only.
func (p *Platform) DeclineReturn(ctx context.Context, decision returns.Decision) error {
	return p.write(ctx, Decline, decision.ReturnID, decision.Reference, decision, func(kept *record) (bool, error) {
		switch {
		case kept.state.Approval == canonical.ReturnDeclined:
			return false, nil
		case kept.state.Approval != canonical.ReturnRequested:
			return false, p.fail(marketplace.CodeConflict, Decline, "approval", "the return is "+string(kept.state.Approval)+": fetch it again and decide", nil)
		case len(decision.Lines) > 0:
			return false, p.fail(marketplace.CodeInvalid, Decline, "lines", "this platform declines whole returns: approve the part that is wanted instead", nil)
		}
		kept.state.Approval, kept.state.DeclineReason = canonical.ReturnDeclined, decision.Reason
		return true, nil
	})
}

// IssueLabel implements [returns.Labeller].
func (p *Platform) IssueLabel(ctx context.Context, request returns.LabelRequest) (canonical.ReturnParcel, error) {
	var parcel canonical.ReturnParcel
	err := p.write(ctx, Label, request.ReturnID, request.Reference, request, func(kept *record) (bool, error) {
		if len(kept.state.Parcels) > 0 {
			parcel = kept.state.Parcels[0]
			return false, nil
		}
		if err := p.open(Label, kept); err != nil {
			return false, err
		}
		p.labels++
		number := fmt.Sprintf("RL%06d", p.labels)
		parcel = canonical.ReturnParcel{
			ID: strconv.Itoa(p.labels), Carrier: "post", TrackingNumber: number, TrackingURL: "https://post.example.com/" + number,
		}
		kept.state.Parcels = []canonical.ReturnParcel{parcel}
		if kept.state.Logistics == canonical.ReturnUnsent {
			kept.state.Logistics = canonical.ReturnLabelIssued
		}
		return true, nil
	})
	if err != nil {
		return canonical.ReturnParcel{}, err
	}
	return parcel, nil
}

// ReportReceived implements [returns.ReceiptReporter]. Units that were reported and not inspected are pending; those that are
// missing after the last receipt are given up.
func (p *Platform) ReportReceived(ctx context.Context, report returns.Receipt) error {
	return p.write(ctx, Receive, report.ReturnID, report.Reference, report, func(kept *record) (bool, error) {
		total, err := p.quantities(Receive, kept, report.Lines)
		if err != nil {
			return false, err
		}
		changed := false
		lines := clone(kept.state).Lines
		for i := range lines {
			line := &lines[i]
			here, missing := tally(line.Received)
			if more, _ := total[line.ID].Sub(here); more.IsPos() {
				line.Received = add(line.Received, more, canonical.DispositionPending, report.Location)
				here = total[line.ID]
				changed = true
			}
			// What is given up is what is neither here nor given up already; what turns up late is no longer missing.
			lost, _ := line.Qty.Sub(here)
			if report.Last && lost.IsPos() && missing.IsZero() {
				line.Received = add(line.Received, lost, canonical.DispositionMissing, report.Location)
				changed = true
			} else if missing.Cmp(lost) > 0 {
				line.Received = slices.DeleteFunc(line.Received, func(u canonical.ReceivedUnits) bool { return u.Disposition == canonical.DispositionMissing })
				if lost.IsPos() {
					line.Received = add(line.Received, lost, canonical.DispositionMissing, report.Location)
				}
				changed = true
			}
		}
		if !changed {
			return false, nil
		}
		if err := p.open(Receive, kept); err != nil {
			return false, err
		}
		kept.state.Lines = lines
		kept.state.Logistics = logistics(lines)
		return true, nil
	})
}

// ReportInspected implements [returns.InspectionReporter]. Units that are inspected have arrived.
func (p *Platform) ReportInspected(ctx context.Context, report returns.Inspection) error {
	return p.write(ctx, Inspect, report.ReturnID, report.Reference, report, func(kept *record) (bool, error) {
		changed := false
		lines := clone(kept.state).Lines
		for i, inspected := range report.Lines {
			path := fmt.Sprintf("lines[%d]", i)
			at := slices.IndexFunc(lines, func(line canonical.ReturnLine) bool { return line.ID == inspected.ID })
			if at < 0 {
				return false, p.fail(marketplace.CodeInvalid, Inspect, path+".id", "the return has no such line", nil)
			}
			line := &lines[at]
			found := slices.Clone(inspected.Found)
			sum, err := all(found)
			if err != nil || sum.Cmp(line.Qty) > 0 {
				return false, p.fail(marketplace.CodeInvalid, Inspect, path+".found", "more units than are to come back, or a quantity that is none", nil)
			}
			// Units that have arrived and are not in the inspection wait for the next one.
			here, _ := tally(line.Received)
			seen, _ := tally(found)
			if rest, _ := here.Sub(seen); rest.IsPos() && sum.Cmp(line.Qty) < 0 {
				room, _ := line.Qty.Sub(sum)
				found = add(found, decimalMin(rest, room), canonical.DispositionPending, report.Location)
			}
			if same(line.Received, found) {
				continue
			}
			line.Received, changed = found, true
		}
		if !changed {
			return false, nil
		}
		if err := p.open(Inspect, kept); err != nil {
			return false, err
		}
		kept.state.Lines = lines
		kept.state.Logistics = logistics(lines)
		return true, nil
	})
}

// CloseReturn implements [returns.Closer].
func (p *Platform) CloseReturn(ctx context.Context, closing returns.Closing) error {
	return p.write(ctx, Close, closing.ReturnID, closing.Reference, closing, func(kept *record) (bool, error) {
		if kept.state.Closed {
			return false, nil
		}
		if kept.state.Approval == canonical.ReturnRequested {
			return false, p.fail(marketplace.CodeConflict, Close, "approval", "nobody has decided on the return yet: approve or decline it first", nil)
		}
		kept.state.Closed = true
		return true, nil
	})
}

// write carries a change out and notes it.
func (p *Platform) write(ctx context.Context, op Op, id, reference string, request any, change func(*record) (bool, error)) error {
	fault, err := p.begin(ctx, op, id)
	if err != nil {
		return err
	}
	kept, err := p.find(op, id)
	if err == nil {
		var changed bool
		if changed, err = change(kept); changed {
			p.effect(op, id, reference, request)
			p.stamp(kept)
		}
	}
	return p.end(fault, op, err)
}

// open refuses what needs an approved return that is not closed.
func (p *Platform) open(op Op, kept *record) error {
	switch {
	case kept.state.Closed:
		return p.fail(marketplace.CodeConflict, op, "closed", "the return is closed", nil)
	case kept.state.Approval != canonical.ReturnApproved:
		return p.fail(marketplace.CodeConflict, op, "approval", "the return is "+string(kept.state.Approval)+", not approved", nil)
	default:
		return nil
	}
}

// quantities checks quantities of lines and returns them by line.
func (p *Platform) quantities(op Op, kept *record, lines []returns.DecidedLine) (map[string]decimal.Decimal, error) {
	wanted := map[string]decimal.Decimal{}
	for i, line := range lines {
		path := fmt.Sprintf("lines[%d]", i)
		at := slices.IndexFunc(kept.state.Lines, func(l canonical.ReturnLine) bool { return l.ID == line.ID })
		_, double := wanted[line.ID]
		switch {
		case at < 0:
			return nil, p.fail(marketplace.CodeInvalid, op, path+".id", "the return has no such line", nil)
		case double:
			return nil, p.fail(marketplace.CodeInvalid, op, path+".id", "the line is named twice", nil)
		case line.Qty.IsNeg() || line.Qty.Cmp(kept.state.Lines[at].Qty) > 0:
			return nil, p.fail(marketplace.CodeInvalid, op, path+".qty", "not between zero and the units that are to come back", nil)
		}
		wanted[line.ID] = line.Qty
	}
	return wanted, nil
}

// tally counts the units that are here and those that are missing.
func tally(units []canonical.ReceivedUnits) (here, missing decimal.Decimal) {
	for _, u := range units {
		if u.Disposition == canonical.DispositionMissing {
			missing, _ = missing.Add(u.Qty)
		} else {
			here, _ = here.Add(u.Qty)
		}
	}
	return here, missing
}

// all counts units; a negative quantity is an error.
func all(units []canonical.ReceivedUnits) (decimal.Decimal, error) {
	var sum decimal.Decimal
	for _, u := range units {
		if u.Qty.IsNeg() {
			return sum, errCorrupt
		}
		var err error
		if sum, err = sum.Add(u.Qty); err != nil {
			return sum, err
		}
	}
	return sum, nil
}

// add adds units in one condition.
func add(units []canonical.ReceivedUnits, qty decimal.Decimal, disposition canonical.Disposition, location string) []canonical.ReceivedUnits {
	for i, u := range units {
		if u.Disposition == disposition && u.Location == location && u.Lot == "" && u.RawDisposition == "" {
			units[i].Qty, _ = u.Qty.Add(qty)
			return units
		}
	}
	return append(units, canonical.ReceivedUnits{Qty: qty, Disposition: disposition, Location: location})
}

func same(a, b []canonical.ReceivedUnits) bool {
	return slices.EqualFunc(a, b, func(x, y canonical.ReceivedUnits) bool {
		equal := x.Qty.Equal(y.Qty)
		x.Qty, y.Qty = decimal.Zero, decimal.Zero
		return equal && x == y
	})
}

func decimalMin(a, b decimal.Decimal) decimal.Decimal {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

// logistics follows from what has arrived. Lines whose goods the buyer keeps do not count.
func logistics(lines []canonical.ReturnLine) canonical.ReturnLogistics {
	complete, begun := true, false
	for _, line := range lines {
		here, missing := tally(line.Received)
		begun = begun || here.IsPos() || missing.IsPos()
		settled, _ := here.Add(missing)
		complete = complete && (line.KeepItem || settled.Cmp(line.Qty) >= 0)
	}
	switch {
	case complete:
		return canonical.ReturnReceived
	case begun:
		return canonical.ReturnPartiallyReceived
	default:
		return canonical.ReturnUnsent
	}
}
