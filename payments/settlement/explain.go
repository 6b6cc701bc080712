package settlement

import "slices"

// explain says why the entries that are left have no item.
func (m *matcher) explain() {
	if len(m.left()) == 0 {
		return
	}
	settled, foreign := m.others()
	for _, i := range m.waiting {
		index := int(i)
		reason, items := ReasonNoReference, []int(nil)
		for _, by := range criteria {
			k, ok := entryKey(&m.entries[i], by)
			if !ok {
				continue
			}
			if reason == ReasonNoReference {
				reason = ReasonNoItem
			}
			if found := settled[k]; len(found) > 0 {
				reason, items = ReasonSettled, found
				break
			}
			currency := k.currency
			k.currency = ""
			// The currencies that it is open in, besides its own.
			other := slices.DeleteFunc(slices.Clone(foreign[k]), func(i int) bool { return m.items[i].Currency == currency })
			if len(other) > 0 {
				reason, items = ReasonCurrency, other
				break
			}
		}
		m.except(Exception{Reason: reason, Entries: []int{index}, Items: slices.Clone(items)})
	}
}

// doubled puts aside what says the same as an entry that is matched: it must not be taken for a part of something else.
func (m *matcher) doubled() {
	said := make(map[saying][]int)
	for _, match := range m.result.Matches {
		for _, i := range match.Entries {
			said[m.saying(i)] = match.Items
		}
	}
	for _, i := range m.left() {
		if items, ok := said[m.saying(int(i))]; ok {
			m.except(Exception{Reason: ReasonDoubled, Entries: []int{int(i)}, Items: slices.Clone(items)})
		}
	}
}

// others are the settled items by key, and those that nobody took by key without the currency.
func (m *matcher) others() (settled, foreign map[key][]int) {
	settled, foreign = map[key][]int{}, map[key][]int{}
	for i := range m.items {
		for _, by := range criteria {
			k, ok := itemKey(&m.items[i], by)
			if !ok {
				continue
			}
			if m.items[i].Settled {
				settled[k] = append(settled[k], i)
			} else if !m.taken[i] {
				k.currency = ""
				foreign[k] = append(foreign[k], i)
			}
		}
	}
	return settled, foreign
}
