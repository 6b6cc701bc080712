package returnstest

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/returns"
)

// receive reports units of lines, cumulative.
func (b *bench) receive(t *testing.T, id string, lines ...returns.DecidedLine) {
	t.Helper()
	receipt := returns.Receipt{ReturnID: id, Reference: newReference(), Lines: lines}
	must(t, "report received", able[returns.ReceiptReporter](t, b).ReportReceived(context.Background(), receipt))
}

func (b *bench) showsReceived(t *testing.T, when, id string, lines ...returns.DecidedLine) {
	t.Helper()
	if diff := cmp.Diff(quantities(lines), b.Shows(t, id).Received, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s: units that have arrived (-want +got):\n%s", when, diff)
	}
}

// Receipts are cumulative: the same again, or less, changes nothing, and more adds the difference only.
func testReceipt(t *testing.T, b *bench) {
	able[returns.ReceiptReporter](t, b)
	id, lines := b.approved(t)
	if lines[0].Qty.Cmp(decimal.Two) < 0 {
		t.Fatal("the harness must give a first line of at least two units")
	}
	before := b.Shows(t, id).Effects
	one := returns.DecidedLine{ID: lines[0].ID, Qty: decimal.One}
	b.receive(t, id, one)
	b.showsReceived(t, "one unit", id, one)
	b.receive(t, id, one)
	b.showsReceived(t, "the same again", id, one)
	b.effects(t, id, before, 1)
	two := returns.DecidedLine{ID: lines[0].ID, Qty: decimal.Two}
	b.receive(t, id, two, lines[1])
	b.showsReceived(t, "more", id, two, lines[1])
	b.receive(t, id, one)
	b.showsReceived(t, "less than before", id, two, lines[1])
	b.receive(t, id, lines...)
	b.showsReceived(t, "all", id, lines...)
	if _, ok := b.Platform.(returns.Getter); ok {
		got := b.get(t, id)
		if got.Logistics != canonical.ReturnReceived {
			t.Errorf("all has arrived, and the platform says %s", got.Logistics)
		}
	}
	after := b.Shows(t, id).Effects
	b.receive(t, id, lines...)
	b.effects(t, id, after, 0)
}

// What cannot have arrived is refused and changes nothing.
func testReceiptRefused(t *testing.T, b *bench) {
	reporter := able[returns.ReceiptReporter](t, b)
	id, lines := b.approved(t)
	before := b.Shows(t, id)
	for name, bad := range map[string]returns.DecidedLine{
		"more than was to come":      {ID: lines[0].ID, Qty: decimal.MustNew(99, 0)},
		"a line that does not exist": {ID: "no-such-line", Qty: decimal.One},
		"less than nothing":          {ID: lines[0].ID, Qty: decimal.MustNew(-1, 0)},
	} {
		err := reporter.ReportReceived(context.Background(), returns.Receipt{ReturnID: id, Reference: newReference(), Lines: []returns.DecidedLine{bad}})
		b.expect(t, name, err, marketplace.CodeInvalid, marketplace.CodeConflict, marketplace.CodeNotFound)
	}
	if diff := cmp.Diff(before, b.Shows(t, id)); diff != "" {
		t.Errorf("receipts that were refused changed something (-before +after):\n%s", diff)
	}
}

// dispositions are what the service can be told.
func (b *bench) dispositions() []canonical.Disposition {
	if b.Dispositions != nil {
		return b.Dispositions
	}
	return []canonical.Disposition{
		canonical.DispositionSellable, canonical.DispositionDamaged, canonical.DispositionRefurbish,
		canonical.DispositionMissing, canonical.DispositionWrongItem,
	}
}

// inspection finds each line's units in the dispositions of the service by turns, beginning with the one at start.
func (b *bench) inspection(id string, lines []returns.DecidedLine, start int) returns.Inspection {
	inspection := returns.Inspection{ReturnID: id, Reference: newReference()}
	words := b.dispositions()
	for _, line := range lines {
		inspected := returns.InspectedLine{ID: line.ID}
		rest := line.Qty
		for rest.IsPos() {
			qty := decimal.One
			if len(inspected.Found) == len(words)-1 || rest.Cmp(qty) < 0 {
				qty = rest
			}
			inspected.Found = append(inspected.Found, canonical.ReceivedUnits{Qty: qty, Disposition: words[start%len(words)]})
			rest, _ = rest.Sub(qty)
			start++
		}
		inspection.Lines = append(inspection.Lines, inspected)
	}
	return inspection
}

func found(inspection returns.Inspection) map[string]map[canonical.Disposition]string {
	shown := map[string]map[canonical.Disposition]string{}
	for _, line := range inspection.Lines {
		shown[line.ID] = map[canonical.Disposition]string{}
		for _, units := range line.Found {
			shown[line.ID][units.Disposition] = units.Qty.Trim(0).String()
		}
	}
	return shown
}

// What was found in each unit is told once, whatever it is.
func testInspection(t *testing.T, b *bench) {
	reporter := able[returns.InspectionReporter](t, b)
	for start := range b.dispositions() {
		id, lines := b.approved(t)
		if _, ok := b.Platform.(returns.ReceiptReporter); ok {
			b.receive(t, id, lines...)
		}
		inspection := b.inspection(id, lines, start)
		want := found(inspection)
		must(t, "report inspected", reporter.ReportInspected(context.Background(), inspection))
		if diff := cmp.Diff(want, b.Shows(t, id).Found); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		before := b.Shows(t, id).Effects
		inspection.Reference = newReference()
		for range 2 {
			must(t, "the same again", reporter.ReportInspected(context.Background(), inspection))
		}
		b.effects(t, id, before, 0)
		if diff := cmp.Diff(want, b.Shows(t, id).Found); diff != "" {
			t.Errorf("the same again (-want +got):\n%s", diff)
		}
	}
	id, lines := b.approved(t)
	before := b.Shows(t, id)
	for name, bad := range map[string]returns.InspectedLine{
		"more than was to come":      {ID: lines[0].ID, Found: []canonical.ReceivedUnits{{Qty: decimal.MustNew(99, 0), Disposition: b.dispositions()[0]}}},
		"a line that does not exist": {ID: "no-such-line", Found: []canonical.ReceivedUnits{{Qty: decimal.One, Disposition: b.dispositions()[0]}}},
	} {
		err := reporter.ReportInspected(context.Background(), returns.Inspection{ReturnID: id, Reference: newReference(), Lines: []returns.InspectedLine{bad}})
		b.expect(t, name, err, marketplace.CodeInvalid, marketplace.CodeConflict, marketplace.CodeNotFound)
	}
	if diff := cmp.Diff(before, b.Shows(t, id)); diff != "" {
		t.Errorf("inspections that were refused changed something (-before +after):\n%s", diff)
	}
}
