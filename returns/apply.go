package returns

// Apply returns the case after an event, and every effect that is due: wanted, not done, and with all that it depends on done.
// Effects that were returned before and are not done are returned again, unchanged; carry them out in order. It is pure, changes
// nothing of c, and applying an event again changes nothing more.
//
// An event that does not fit is a [*Refusal]; the case that is returned then is c, with its due effects. Facts that cannot be
// computed with (amounts beyond 19 digits, an unknown currency) are the errors of package canonical.
func (c Case) Apply(e Event, f Facts, p Policy) (Case, []Effect, error) {
	_, _, _ = e, f, p
	return c, nil, nil
}

// Due returns the effects that can be carried out now.
func (c Case) Due() []Effect { return nil }

// SettlementOf returns a settlement by its id.
func (c Case) SettlementOf(id string) (Settlement, bool) {
	for _, s := range c.Settlements {
		if s.ID == id {
			return s, true
		}
	}
	return Settlement{}, false
}

// LegOf returns a leg by its id.
func (c Case) LegOf(id string) (MoneyLeg, bool) {
	for _, leg := range c.Money {
		if leg.ID == id {
			return leg, true
		}
	}
	return MoneyLeg{}, false
}
