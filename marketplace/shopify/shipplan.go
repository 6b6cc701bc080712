package shopify

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// shipPart is what is shipped from one location: quantities by the task and its line.
type shipPart struct {
	location string
	units    map[string]map[string]decimal.Decimal
	lines    map[string]decimal.Decimal
}

// plan says how the rest is shipped. Foreign fulfilments are such as hold it among other things.
func (s *shipping) plan() (plan []shipPart, foreign []parcel, err error) {
	tasks := slices.Clone(s.state.tasks)
	if preferred := s.preferred(); preferred != "" {
		slices.SortStableFunc(tasks, func(a, b task) int { return rank(a, preferred) - rank(b, preferred) })
	}
	for _, line := range slices.Sorted(maps.Keys(s.needs)) {
		for _, t := range tasks {
			if !t.open() {
				continue
			}
			for _, entry := range t.lines {
				if quantity := entry.remaining.Min(s.needs[line]); entry.itemID == line && quantity.IsPos() {
					plan = plannedIn(plan, t, entry, quantity)
					s.take(parcel{lines: map[string]decimal.Decimal{line: quantity}})
				}
			}
		}
	}
	if len(s.needs) == 0 {
		return plan, nil, nil
	}
	for _, p := range s.free() {
		if s.shares(p) {
			foreign = append(foreign, p)
			s.take(p)
		}
	}
	if len(s.needs) > 0 {
		return nil, nil, s.short()
	}
	return plan, foreign, nil
}

// preferred is the number of the location that the shipment left from.
func (s *shipping) preferred() string { return tail(wire.NewText(s.shipment.Location)) }

const locationQuery = `query LocationOf($id: ID!) { location(id: $id) { id } }`

// knownLocation tells whether the shop has the location that the shipment left from. Nothing is asked if nothing is to be
// shipped, or if the order has something to ship from there.
func (s *shipping) knownLocation(ctx context.Context) (bool, error) {
	preferred := s.preferred()
	if s.shipment.Location == "" || len(s.needs) == 0 || slices.ContainsFunc(s.state.tasks, func(t task) bool { return preferred != "" && t.location == preferred }) {
		return true, nil
	}
	if preferred == "" {
		return false, nil
	}
	var data struct {
		Location graphID `json:"location"`
	}
	look := request{op: opShipment, name: "LocationOf", document: locationQuery, variables: map[string]any{"id": globalID("Location", preferred)}}
	_, err := s.a.call(ctx, look, &data)
	return data.Location.Present, err
}

func rank(t task, preferred string) int {
	if t.location == preferred {
		return 0
	}
	return 1
}

func plannedIn(plan []shipPart, t task, line taskLine, quantity decimal.Decimal) []shipPart {
	i := slices.IndexFunc(plan, func(p shipPart) bool { return p.location == t.location })
	if i < 0 {
		i = len(plan)
		plan = append(plan, shipPart{location: t.location, units: map[string]map[string]decimal.Decimal{}, lines: map[string]decimal.Decimal{}})
	}
	part := plan[i]
	if part.units[t.id] == nil {
		part.units[t.id] = map[string]decimal.Decimal{}
	}
	part.units[t.id][line.id] = quantity
	if sum, err := part.lines[line.itemID].Add(quantity); err == nil {
		part.lines[line.itemID] = sum
	}
	return plan
}

// short is why the rest cannot be shipped.
func (s *shipping) short() error {
	var lines, states []string
	for _, line := range slices.Sorted(maps.Keys(s.needs)) {
		lines = append(lines, line)
		for _, t := range s.state.tasks {
			if slices.ContainsFunc(t.lines, func(entry taskLine) bool { return entry.itemID == line }) && !slices.Contains(states, t.status) {
				states = append(states, t.status)
			}
		}
	}
	return s.a.fail(marketplace.CodeConflict, opShipment, "lines", fmt.Sprintf("the shop has fewer units of line %s to ship than the shipment holds (its fulfillment orders are %s): units were cancelled, refunded, put on hold or shipped otherwise; decide in the shop", strings.Join(lines, ", "), strings.Join(states, ", ")), nil)
}
