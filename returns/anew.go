package returns

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// tries is how many ways are tried to find the units of a credit note.
const tries = 5000

// ShortName is a short name of an identifier, for what has little room for names.
func ShortName(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:8])
}

// strange are the credit notes of the return that no settlement of the case is for: those of a case that was lost.
func (w *work) strange() []BookedSettlement {
	return slices.DeleteFunc(slices.Clone(w.f.Booked), func(b BookedSettlement) bool {
		return slices.ContainsFunc(w.c.Settlements, func(s Settlement) bool { return ShortName(s.ID) == b.Name })
	})
}

// again is the part of what is ready that was settled before the case was lost, by the first credit note whose name that part comes to: it is
// settled once more as it was, so that the same credit note is found and the provider is asked with the same reference.
func (w *work) again(ready []batch) ([]batch, bool) {
	for _, note := range w.strange() {
		left := tries
		if part, ok := w.cut(note, ready, nil, &left); ok {
			for i := range part {
				w.sort(note, ready, part, i)
			}
			return part, true
		}
	}
	return nil, false
}

// cut finds how many units of each batch a credit note was for, and tries those first that it credits: of what is missing, and of what was
// not invoiced, it credits nothing.
func (w *work) cut(note BookedSettlement, rest, part []batch, left *int) ([]batch, bool) {
	if *left--; *left < 0 {
		return nil, false
	}
	if len(rest) == 0 {
		return part, len(part) > 0 && ShortName(w.id(append([]string{"settlement"}, w.named(part)...)...)) == note.Name
	}
	b := rest[0]
	all := w.total(b.units)
	counts := []decimal.Decimal{note.Lines[b.line.OrderLine].Qty.Min(all), all}
	for n := decimal.Zero; n.Cmp(all) < 0; n = w.add(n, decimal.One) {
		counts = append(counts, n)
	}
	for _, n := range counts {
		next := part
		if n.IsPos() {
			next = append(slices.Clip(part), batch{line: b.line, units: map[canonical.Disposition]decimal.Decimal{b.first(): n}, instant: b.instant})
		}
		if found, ok := w.cut(note, rest[1:], next, left); ok {
			return found, true
		}
	}
	return nil, false
}

// sort says what the units of a part were found to be: such that they are worth what the credit note credits, if that can be.
func (w *work) sort(note BookedSettlement, ready, part []batch, at int) {
	b := &part[at]
	have := ready[slices.IndexFunc(ready, func(r batch) bool { return r.line == b.line })].units
	credited := note.Lines[b.line.OrderLine]
	n, left := w.total(b.units), tries
	var first map[canonical.Disposition]decimal.Decimal
	var found func(ds []canonical.Disposition, rest decimal.Decimal, units map[canonical.Disposition]decimal.Decimal) bool
	found = func(ds []canonical.Disposition, rest decimal.Decimal, units map[canonical.Disposition]decimal.Decimal) bool {
		if left--; left < 0 {
			return false
		}
		if rest.IsZero() {
			if first == nil {
				first = maps.Clone(units)
			}
			net, tax := w.worthOf(b.line, units)
			if net.Equal(credited.Net) && tax.Equal(credited.Tax) {
				b.units = maps.Clone(units)
				return true
			}
			return false
		}
		if len(ds) == 0 {
			return false
		}
		for take := have[ds[0]].Min(rest); !take.IsNeg(); take = w.sub(take, decimal.One) {
			units[ds[0]] = take
			if found(ds[1:], w.sub(rest, take), units) {
				return true
			}
		}
		delete(units, ds[0])
		return false
	}
	if !found(settledOrder(), n, map[canonical.Disposition]decimal.Decimal{}) && first != nil {
		b.units = first
	}
	b.instant = b.units[canonical.DispositionPending].IsPos()
}

// uncredited is the next unit of those that may get no credit note, since not all that was shipped is invoiced. Odoo will not know which of them were
// settled: one by one, they come to the same names whenever they were inspected. Those come first that pay most, so that
// units in another order come to no more.
func (w *work) uncredited(ready []batch) (batch, bool) {
	for _, b := range ready {
		if f := w.facts(b.line.OrderLine); f == nil || !f.Uninvoiced.IsPos() || b.line.Keep {
			continue
		}
		var best canonical.Disposition
		var most decimal.Decimal
		for _, d := range settledOrder() {
			if !b.units[d].IsPos() {
				continue
			}
			pays := decimal.Hundred
			if d != canonical.DispositionPending {
				pays, _ = w.pays(b.line, d)
			}
			if best == "" || pays.Cmp(most) > 0 {
				best, most = d, pays
			}
		}
		return batch{line: b.line, units: map[canonical.Disposition]decimal.Decimal{best: b.units[best].Min(decimal.One)}, instant: best == canonical.DispositionPending}, true
	}
	return batch{}, false
}

// overLimit tells whether a person must release what is ready, together.
func (w *work) overLimit(ready []batch) bool {
	limit := w.p.Refunds.PersonAbove
	sum := decimal.Zero
	for _, b := range ready {
		net, tax := w.worthOf(b.line, b.units)
		sum = w.add(sum, net, tax)
	}
	return !limit.IsZero() && sum.Cmp(limit) > 0
}

// worthOf is what units of a line are worth that are settled next.
func (w *work) worthOf(l *CaseLine, units map[canonical.Disposition]decimal.Decimal) (net, tax decimal.Decimal) {
	var lines []SettledLine
	before := w.settledUnits(l)
	for _, d := range settledOrder() {
		qty := units[d]
		if !qty.IsPos() {
			continue
		}
		lineNet, lineTax := w.value(l, lines, before, qty, d)
		before = w.add(before, qty)
		lines = append(lines, SettledLine{OrderLine: l.OrderLine, Qty: qty, Net: lineNet, Tax: lineTax})
		net, tax = w.add(net, lineNet), w.add(tax, lineTax)
	}
	return net, tax
}

// settledOrder is the order in which the units of a line are settled.
func settledOrder() []canonical.Disposition {
	return append([]canonical.Disposition{canonical.DispositionPending}, dispositions()...)
}

// named are the parts of a settlement's name that its units give it, not what was found in them: should the store be lost after an
// instant refund, the same units come to the same credit note and the same reference at the provider.
func (w *work) named(ready []batch) []string {
	var parts []string
	for _, b := range ready {
		parts = append(parts, b.line.ID, w.settledUnits(b.line).Trim(0).String(), w.total(b.units).Trim(0).String())
	}
	return parts
}

// first is what some units of the batch were found to be.
func (b batch) first() canonical.Disposition {
	for _, d := range settledOrder() {
		if b.units[d].IsPos() {
			return d
		}
	}
	return ""
}

// isNew tells whether a settlement may be new. It may not while Odoo has a credit note of this return for the same lines whose units are not known
// again: they may be among those that are ready.
func (w *work) isNew(id string, ready []batch) bool {
	if slices.ContainsFunc(w.f.Booked, func(b BookedSettlement) bool { return b.Name == ShortName(id) }) {
		return true
	}
	for _, note := range w.strange() {
		for _, b := range ready {
			if _, touches := note.Lines[b.line.OrderLine]; touches && !w.later(note, ready) {
				w.wait(GatePerson, b.line.ID, fmt.Sprintf("Odoo has credit note %s of this return, which the store has lost, for other units than are ready: "+
					"say again what was found in the units that it credits, or cancel it in Odoo if nothing was paid for it", note.Record))
				return false
			}
		}
	}
	return true
}

// later tells whether a credit note is for units of a line that come after those of the batch: the batch was settled before without one.
func (w *work) later(note BookedSettlement, ready []batch) bool {
	if len(ready) != 1 {
		return false
	}
	l, left := ready[0].line, tries
	for from := w.add(w.settledUnits(l), w.total(ready[0].units)); from.Cmp(l.Approved) < 0; from = w.add(from, decimal.One) {
		for n := decimal.One; w.add(from, n).Cmp(l.Approved) <= 0; n = w.add(n, decimal.One) {
			if left--; left < 0 {
				return false
			}
			if ShortName(w.id("settlement", l.ID, from.Trim(0).String(), n.Trim(0).String())) == note.Name {
				return true
			}
		}
	}
	return false
}
