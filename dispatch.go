package retailsync

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo/stock"
)

// soldLine is a line of a sale order that stands for a line of the channel.
type soldLine struct {
	id int64
	// channelID is the channel's id of the line, sku Odoo's SKU of the product.
	channelID, sku string
	product        int64
	ordered        decimal.Decimal
	unit           int64
	// kit is what the product takes of its components if it was sold as a kit.
	kit []stock.KitNeed
}

// dispatch is what one delivery took of one order of the channel.
type dispatch struct {
	delivery stock.Delivery
	shipment marketplace.Shipment
	// note says why there is nothing to tell the channel; err why it cannot be told.
	note string
	err  error
}

// converter turns a quantity in one unit of measure into another.
type converter func(q decimal.Decimal, from, to int64) (decimal.Decimal, error)

// tally counts what has been delivered of one line so far.
type tally struct {
	soldLine
	moved map[int64]decimal.Decimal // by component, 0 for a line that is no kit
	in    int64                     // the unit in which the goods of a line that is no kit were moved
	told  decimal.Decimal           // whole units of the line
	// returned says that something came back, so that what leaves beyond what was ordered replaces it, also if it left first.
	returned bool
}

// dispatches says what each delivery of an order took of the channel's lines, in the order of the deliveries. Of a kit, and of a dozen that
// is delivered in units, only whole ones count, with the delivery that completes them. What goes out again after it came back was told before.
func dispatches(lines []soldLine, deliveries []stock.Delivery, convert converter) []dispatch {
	tallies := make(map[int64]*tally, len(lines))
	for _, line := range lines {
		tallies[line.id] = &tally{soldLine: line, moved: map[int64]decimal.Decimal{}}
	}
	for _, delivery := range deliveries {
		for _, move := range delivery.Moves {
			if t := tallies[move.LineID]; t != nil && move.Returned {
				t.returned = true
			}
		}
	}
	var all []dispatch
	for _, delivery := range deliveries {
		d := dispatch{delivery: delivery}
		var out, back bool
		for _, move := range delivery.Moves {
			t := tallies[move.LineID]
			switch {
			case t == nil:
			case move.Returned, move.Again:
				back = true
			default:
				out = true
				d.err = cmp.Or(d.err, t.add(move, convert))
			}
		}
		if !out && !back {
			continue // only lines that people added
		}
		for _, line := range lines {
			units, err := tallies[line.id].advance(convert)
			d.err = cmp.Or(d.err, err)
			if err != nil || !units.IsPos() {
				continue
			}
			// A line whose cents do not divide is several lines in Odoo.
			d.shipment.Lines, err = addLine(d.shipment.Lines, marketplace.ShipmentLine{LineID: line.channelID, SKU: line.sku, Quantity: units})
			d.err = cmp.Or(d.err, err)
		}
		switch {
		case d.err != nil || len(d.shipment.Lines) > 0:
		case out:
			d.note = "it completes no unit of the order that was not told of before"
		default:
			d.note = "goods came back or went out again"
		}
		all = append(all, d)
	}
	return all
}

// add counts a move.
func (t *tally) add(move stock.DeliveryMove, convert converter) error {
	if t.in == 0 {
		t.in = move.UnitID
	}
	to := t.in
	if move.KitLine != 0 {
		at := slices.IndexFunc(t.kit, func(n stock.KitNeed) bool { return n.KitLine == move.KitLine })
		if at < 0 {
			return fmt.Errorf("%s of line %s is a kit without components: look at its bill of materials", t.sku, t.channelID)
		}
		if problem := t.kit[at].Problem; problem != "" {
			return fmt.Errorf("%s of line %s is a kit, and %s: what was shipped of it cannot be told; ship it at the channel by hand", t.sku, t.channelID, problem)
		}
		to = t.kit[at].UnitID
	}
	quantity, err := convert(move.Quantity, move.UnitID, to)
	if err != nil {
		return err
	}
	t.moved[move.KitLine], err = t.moved[move.KitLine].Add(quantity)
	return err
}

// advance returns the units of the line that are new since the last call.
func (t *tally) advance(convert converter) (decimal.Decimal, error) {
	total, err := t.total(convert)
	if err != nil {
		return decimal.Zero, err
	}
	if t.returned {
		total = total.Min(t.ordered)
	}
	if total.Cmp(t.told) <= 0 {
		return decimal.Zero, nil
	}
	units, err := total.Sub(t.told)
	t.told = total
	return units.Trim(0), err
}

// total is what has been delivered of the line, in its unit.
func (t *tally) total(convert converter) (decimal.Decimal, error) {
	plain, bare := t.moved[0]
	if bare || len(t.kit) == 0 {
		return t.whole(plain, convert)
	}
	var least decimal.Decimal
	first, unit := true, int64(0)
	for _, need := range t.kit {
		if !need.Quantity.IsPos() {
			continue // optional, or not to be told, which add refuses
		}
		var c exact.Calc
		kits := c.Quo(t.moved[need.KitLine], need.Quantity)
		if c.Err() != nil {
			return decimal.Zero, c.Err()
		}
		// A third of a third is not quite one: what rounding took away is no missing component.
		kits = exact.HalfUp(kits, 9).Floor(0)
		if first || kits.Cmp(least) < 0 {
			first, least, unit = false, kits, need.KitUnitID
		}
	}
	if first {
		return decimal.Zero, nil
	}
	return convert(least, unit, t.unit)
}

// whole is what goods that were moved in another unit than that of the line make of it: whole ones, or as many decimals as were ordered.
func (t *tally) whole(moved decimal.Decimal, convert converter) (decimal.Decimal, error) {
	if t.in == 0 || t.in == t.unit {
		return moved, nil
	}
	units, err := convert(moved, t.in, t.unit)
	if err != nil {
		return decimal.Zero, err
	}
	digits := t.ordered.MinScale()
	units = units.Floor(digits)
	takes, err := convert(units, t.unit, t.in)
	if err != nil || takes.Cmp(moved) <= 0 {
		return units, err
	}
	// The conversion was rounded up to a unit that is not complete.
	step, err := decimal.New(1, digits)
	if err != nil {
		return decimal.Zero, err
	}
	return units.Sub(step)
}

// parcels are the packages of a delivery: those that Odoo's packages and tracking numbers agree on, otherwise one for each
// number, of which it is not known what it holds.
func parcels(d stock.Delivery, lines []soldLine, template string, convert converter) []marketplace.Package {
	numbers := mapping.TrackingNumbers(d.Tracking)
	packages := make([]marketplace.Package, len(numbers))
	for i, number := range numbers {
		packages[i] = marketplace.Package{TrackingNumber: number, TrackingURL: mapping.TrackingURL(template, number)}
		if url := d.TrackingURL; template == "" && len(numbers) == 1 && (strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://")) {
			packages[i].TrackingURL = url
		}
	}
	held := contents(d, lines, convert)
	if len(held) == len(packages) && len(held) > 1 {
		for i := range packages {
			packages[i].Lines = held[i]
		}
	}
	return packages
}

// contents are what the packages of a delivery hold, in their order; none unless every unit is in one.
func contents(d stock.Delivery, lines []soldLine, convert converter) [][]marketplace.ShipmentLine {
	byID := map[int64]soldLine{}
	for _, line := range lines {
		byID[line.id] = line
	}
	held := map[int64][]marketplace.ShipmentLine{}
	var order []int64
	for _, move := range d.Moves {
		line, ok := byID[move.LineID]
		if !ok {
			continue
		}
		if move.KitLine != 0 || move.Again || move.Returned {
			return nil
		}
		open := move.Quantity
		for _, part := range move.Packed {
			inLine, err := convert(part.Quantity, part.UnitID, line.unit)
			inMove, err2 := convert(part.Quantity, part.UnitID, move.UnitID)
			if err != nil || err2 != nil {
				return nil
			}
			if open, err = open.Sub(inMove); err != nil {
				return nil
			}
			if !slices.Contains(order, part.Package.ID) {
				order = append(order, part.Package.ID)
			}
			if held[part.Package.ID], err = addLine(held[part.Package.ID], marketplace.ShipmentLine{LineID: line.channelID, SKU: line.sku, Quantity: inLine}); err != nil {
				return nil
			}
		}
		if !open.IsZero() {
			return nil
		}
	}
	slices.Sort(order)
	all := make([][]marketplace.ShipmentLine, len(order))
	for i, id := range order {
		all[i] = held[id]
	}
	return all
}

// addLine adds a quantity to that of its line.
func addLine(lines []marketplace.ShipmentLine, line marketplace.ShipmentLine) ([]marketplace.ShipmentLine, error) {
	for i := range lines {
		if lines[i].LineID == line.LineID {
			sum, err := lines[i].Quantity.Add(line.Quantity)
			lines[i].Quantity = sum.Trim(0)
			return lines, err
		}
	}
	return append(lines, line), nil
}

// digestOf is equal for shipments that say the same.
func digestOf(shipment marketplace.Shipment) string {
	text, err := json.Marshal(shipment)
	if err != nil {
		return "" // a shipment is texts, times and decimals: it can always be written
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}
