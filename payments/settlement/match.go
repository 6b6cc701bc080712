package settlement

import (
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/exact"
)

// Match finds what each entry of a settlement is for.
//
// Entries and items of one kind and currency belong together by the most precise thing that they share: the refund, our
// reference, the line, the payment, the order, its number. Several entries may pay one item, and one entry several items, if
// they sum to the same. What is left over is compared less precisely, then with the rules' tolerances.
//
// The same input gives the same result. The settlement and the items are not changed.
func Match(s canonical.Settlement, items []Item, rules Rules, earlier Earlier) Result {
	if err := s.Validate(); err != nil {
		result := Result{Exceptions: []Exception{{Reason: ReasonUnbalanced, Err: err}}}
		for i := range items {
			if !items[i].Settled {
				result.Open = append(result.Open, i)
			}
		}
		for i := range s.Entries {
			result.Exceptions[0].Entries = append(result.Exceptions[0].Entries, i)
		}
		return result
	}
	m := newMatcher(s.Entries, items, rules)
	m.sort(earlier)
	for _, criterion := range criteria {
		m.pass(criterion, m.exactly)
	}
	if len(m.left()) > 0 {
		m.doubled()
		for _, criterion := range criteria {
			m.pass(criterion, m.nearly)
		}
		m.explain()
	}
	return m.finish()
}

var criteria = []Criterion{ByRefund, ByReference, ByLine, ByPayment, ByOrder, ByNumber}

// key is what entries and items of one group share.
type key struct {
	kind          canonical.EntryKind
	currency      canonical.Currency
	name, account string
	id, line      string
}

// matcher holds indices as int32, and groups as chains through arrays: there are millions of entries and hardly more than a
// few to a group.
type matcher struct {
	entries []canonical.SettlementEntry
	items   []Item
	rules   Rules
	result  Result

	// waiting are the entries without a place.
	waiting []int32
	placed  []bool
	taken   []bool
	// chains of the pass at work
	nextEntry, nextItem []int32
	// free is what is left of a block that small slices are cut from: one to each match would be most of the work.
	free []int
}

func newMatcher(entries []canonical.SettlementEntry, items []Item, rules Rules) *matcher {
	return &matcher{
		entries: entries, items: items, rules: rules, placed: make([]bool, len(entries)), taken: make([]bool, len(items)),
		nextEntry: make([]int32, len(entries)), nextItem: make([]int32, len(items)),
	}
}

// sort puts aside what needs no item.
func (m *matcher) sort(earlier Earlier) {
	for i := range m.items {
		m.taken[i] = m.items[i].Settled
	}
	found := 0
	m.waiting = make([]int32, 0, len(m.entries))
	for i := range m.entries {
		e := &m.entries[i]
		if digest, ok := earlier[e.ID]; ok {
			found++
			m.placed[i] = true
			if digest == Digest(*e) {
				m.result.Known = append(m.result.Known, i)
			} else {
				m.except(Exception{Reason: ReasonChanged, Entries: []int{i}})
			}
			continue
		}
		switch {
		case slices.Contains(m.rules.Direct, e.Kind), e.Kind == canonical.EntryTransfer && e.Payout != "":
			m.placed[i] = true
			m.result.Direct = append(m.result.Direct, i)
		case e.Kind != canonical.EntrySale && e.Kind != canonical.EntryRefund && e.Kind != canonical.EntryChargeback:
			m.placed[i] = true
			m.except(Exception{Reason: ReasonKind, Entries: []int{i}})
		default:
			m.waiting = append(m.waiting, int32(i))
		}
	}
	if found < len(earlier) {
		m.vanished(earlier)
	}
}

func (m *matcher) vanished(earlier Earlier) {
	here := make(map[string]bool, len(m.entries))
	for i := range m.entries {
		here[m.entries[i].ID] = true
	}
	var lost []string
	for id := range earlier {
		if !here[id] {
			lost = append(lost, id)
		}
	}
	slices.Sort(lost)
	m.except(Exception{Reason: ReasonVanished, Lost: lost})
}

// group is the entries and items that share a key, as the ends of chains.
type group struct{ firstEntry, lastEntry, firstItem, lastItem int32 }

// pass groups what has no place yet by a criterion and lets settle decide on each group.
func (m *matcher) pass(by Criterion, settle func(Criterion, []int, []int)) {
	if len(m.left()) == 0 {
		return
	}
	size := 0
	for i := range m.items {
		if _, ok := itemKey(&m.items[i], by); ok && !m.taken[i] {
			size++
		}
	}
	if size == 0 {
		return
	}
	index, groups := make(map[key]int32, size), make([]group, 0, size)
	for i := range m.items {
		item := &m.items[i]
		k, ok := itemKey(item, by)
		if !ok || m.taken[i] {
			continue
		}
		m.nextItem[i] = -1
		at, known := index[k]
		if !known {
			index[k] = int32(len(groups))
			groups = append(groups, group{-1, -1, int32(i), int32(i)})
			continue
		}
		m.nextItem[groups[at].lastItem], groups[at].lastItem = int32(i), int32(i)
	}
	// Entries of one order mostly follow each other: the last answer is often the next.
	var asked key
	var at int32
	var known bool
	for _, i := range m.waiting {
		k, ok := entryKey(&m.entries[i], by)
		if !ok {
			continue
		}
		if k != asked {
			asked = k
			at, known = index[k]
		}
		if !known {
			continue
		}
		g := &groups[at]
		m.nextEntry[i] = -1
		if g.firstEntry < 0 {
			g.firstEntry, g.lastEntry = i, i
			continue
		}
		m.nextEntry[g.lastEntry], g.lastEntry = i, i
	}
	var entries, items []int
	for _, g := range groups {
		if g.firstEntry < 0 {
			continue
		}
		entries, items = entries[:0], items[:0]
		for i := g.firstEntry; i >= 0; i = m.nextEntry[i] {
			entries = append(entries, int(i))
		}
		for i := g.firstItem; i >= 0; i = m.nextItem[i] {
			items = append(items, int(i))
		}
		settle(by, entries, items)
	}
}

// left returns the entries without a place.
func (m *matcher) left() []int32 {
	m.waiting = slices.DeleteFunc(m.waiting, func(i int32) bool { return m.placed[i] })
	return m.waiting
}

// exactly matches a group that sums to the same, or else the pairs in it that do. What went and came back (a refund and its reversal) sums to
// nothing: there the pairs say more, if there is one for each.
func (m *matcher) exactly(by Criterion, entries, items []int) {
	if difference, ok := m.difference(entries, items); ok && difference.IsZero() {
		if !m.toAndFro(entries) || !m.pairs(by, entries, items, true) {
			m.match(Pairing{By: by, Entries: m.keep(entries), Items: m.keep(items)})
		}
		return
	}
	if len(entries)*len(items) > 1 {
		m.pairs(by, entries, items, false)
	}
}

// toAndFro reports whether entries go both ways.
func (m *matcher) toAndFro(entries []int) bool {
	first := m.entries[entries[0]].Amount.Sign()
	return slices.ContainsFunc(entries, func(i int) bool { return m.entries[i].Amount.Sign() != first })
}

// pairs matches entries with items of the same amount, one to one; all of them, or none and it is false, or as many as there are.
func (m *matcher) pairs(by Criterion, entries, items []int, all bool) bool {
	open := make(map[decimal.Decimal][]int, len(items))
	for _, i := range items {
		amount := m.items[i].Amount.Trim(0)
		open[amount] = append(open[amount], i)
	}
	var found []Pairing
	for _, e := range entries {
		amount := m.entries[e].Amount.Trim(0)
		if same := open[amount]; len(same) > 0 {
			found = append(found, Pairing{By: by, Entries: []int{e}, Items: []int{same[0]}})
			open[amount] = same[1:]
		}
	}
	if all && (len(found) < len(entries) || len(found) < len(items)) {
		return false
	}
	for _, pairing := range found {
		m.match(pairing)
	}
	return true
}

// keep returns a copy of a group's indices.
func (m *matcher) keep(indices []int) []int {
	if len(m.free) < len(indices) {
		m.free = make([]int, max(len(indices), 4096))
	}
	kept := m.free[:len(indices):len(indices)]
	m.free = m.free[len(indices):]
	copy(kept, indices)
	return kept
}

// nearly matches a group as far as the rules allow, and says how it differs where they do not.
func (m *matcher) nearly(by Criterion, entries, items []int) {
	first := &m.entries[entries[0]]
	for _, split := range m.withoutDoubled(entries, items) {
		difference, ok := m.difference(split.kept, items)
		if ok && (difference.IsZero() || m.rules.tolerates(first.Kind, first.Currency, difference)) {
			m.match(Pairing{By: by, Entries: split.kept, Items: slices.Clone(items), Difference: difference})
			for _, i := range split.doubled {
				m.except(Exception{Reason: ReasonDoubled, Entries: []int{i}, Items: slices.Clone(items)})
			}
			return
		}
	}
	difference, ok := m.difference(entries, items)
	switch {
	case ok && (difference.IsZero() || m.rules.tolerates(first.Kind, first.Currency, difference)):
		m.match(Pairing{By: by, Entries: slices.Clone(entries), Items: slices.Clone(items), Difference: difference})
	case ok && slices.Contains(m.rules.Partial, first.Kind) && m.part(entries, items):
		m.match(Pairing{By: by, Entries: slices.Clone(entries), Items: slices.Clone(items), Rest: difference.Neg()})
	default:
		for _, i := range items {
			m.taken[i] = true
		}
		m.except(Exception{Reason: ReasonAmount, Entries: slices.Clone(entries), Items: slices.Clone(items), Difference: difference})
	}
}

// part tells whether the entries are a part of the items: the same sign, and less.
func (m *matcher) part(entries, items []int) bool {
	var calc exact.Calc
	var paid, open decimal.Decimal
	for _, i := range entries {
		paid = calc.Add(paid, m.entries[i].Amount)
	}
	for _, i := range items {
		open = calc.Add(open, m.items[i].Amount)
	}
	return calc.Err() == nil && paid.Sign() == open.Sign() && paid.CmpAbs(open) < 0
}

// saying is what two entries have in common when one is the other again: all but the id and the time.
type saying struct {
	key           key
	payment       string
	refund        string
	amount        decimal.Decimal
	raw, sku      string
	number, other string
}

func (m *matcher) saying(i int) saying {
	e := &m.entries[i]
	k, _ := entryKey(e, ByOrder)
	k.kind, k.currency, k.line = e.Kind, e.Currency, e.LineID
	return saying{k, e.Payment, e.Refund, e.Amount.Trim(0), e.RawKind, e.SKU, e.OrderNumber, e.Reference}
}

// split is a group without what may be in it twice.
type split struct{ kept, doubled []int }

// withoutDoubled returns ways to leave out entries that say the same as another one: the one that is just too much, since the
// others may be twins that were both sold, or else all of them.
func (m *matcher) withoutDoubled(entries, items []int) []split {
	seen := make(map[saying]bool, len(entries))
	var all split
	for _, i := range entries {
		if says := m.saying(i); seen[says] {
			all.doubled = append(all.doubled, i)
		} else {
			seen[says] = true
			all.kept = append(all.kept, i)
		}
	}
	if len(all.doubled) == 0 {
		return nil
	}
	ways := []split{all}
	if surplus, ok := m.difference(entries, items); ok {
		for _, i := range all.doubled {
			if m.entries[i].Amount.Equal(surplus) {
				at := slices.Index(entries, i)
				one := split{slices.Concat(entries[:at], entries[at+1:]), []int{i}}
				return slices.Insert(ways, 0, one)
			}
		}
	}
	return ways
}

// difference is what the entries are more than the items. It is false when 19 digits do not hold it.
func (m *matcher) difference(entries, items []int) (decimal.Decimal, bool) {
	var calc exact.Calc
	var sum decimal.Decimal
	for _, i := range entries {
		sum = calc.Add(sum, m.entries[i].Amount)
	}
	for _, i := range items {
		sum = calc.Sub(sum, m.items[i].Amount)
	}
	return sum, calc.Err() == nil
}

func (m *matcher) match(match Pairing) {
	for _, i := range match.Entries {
		m.placed[i] = true
	}
	for _, i := range match.Items {
		m.taken[i] = true
	}
	m.result.Matches = append(m.result.Matches, match)
}

func (m *matcher) except(exception Exception) {
	for _, i := range exception.Entries {
		m.placed[i] = true
	}
	m.result.Exceptions = append(m.result.Exceptions, exception)
}

// finish puts what was found into the order of the entries.
func (m *matcher) finish() Result {
	for i := range m.items {
		if !m.taken[i] {
			m.result.Open = append(m.result.Open, i)
		}
	}
	slices.SortFunc(m.result.Matches, func(a, b Pairing) int { return a.Entries[0] - b.Entries[0] }) // no entry is in two of them
	slices.SortStableFunc(m.result.Exceptions, func(a, b Exception) int {
		first := func(e Exception) int {
			if len(e.Entries) == 0 {
				return len(m.entries)
			}
			return e.Entries[0]
		}
		return first(a) - first(b)
	})
	return m.result
}
