package shopify

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const (
	opShipment = "publish shipment"
	// shipmentPasses is how often a shipment is looked at whose order changes between looking and acting.
	shipmentPasses = 3
)

// PublishShipment implements [marketplace.ShipmentPublisher]. Shopify keeps no reference of ours on a fulfilment, so the order's
// metafield retailsync.shipments says which are whose. What it does not say, because a reply was lost or a person has
// fulfilled by hand, is found by lines, quantities and tracking: a fulfilment that nobody claims, holds no more than
// the shipment, and has none but its tracking numbers is taken to be of it. Shopify makes one fulfilment per
// location, so a shipment of lines that it assigned to two becomes two, with the same tracking; the location of the
// shipment is preferred where Shopify has a choice. A fulfilment that a person cancelled is not made again: the
// shipment is rejected with [marketplace.CodeConflict]. The time of shipping is Shopify's own.
func (a *Adapter) PublishShipment(ctx context.Context, shipment marketplace.Shipment) (marketplace.ShipmentResult, error) {
	needs, err := a.needs(opShipment, shipment.Lines)
	if err != nil {
		return rejected(err), nil
	}
	if !isID(shipment.OrderID) {
		return rejected(a.unknownOrder(opShipment)), nil
	}
	if shipment.Reference == "" {
		return rejected(a.fail(marketplace.CodeInvalid, opShipment, "reference", "the shipment has no reference", nil)), nil
	}
	acted := false
	refusal := error(a.fail(marketplace.CodeUnavailable, opShipment, "", "the order changes faster than it can be shipped: retry later", nil))
	for range shipmentPasses {
		state, known, err := a.dispatchOf(ctx, opShipment, shipment.OrderID)
		if err != nil {
			return marketplace.ShipmentResult{}, err
		}
		if !known {
			return rejected(a.unknownOrder(opShipment)), nil
		}
		act := &shipping{a: a, state: state, shipment: shipment, needs: maps.Clone(needs), acted: acted}
		result, err := act.run(ctx)
		acted = act.acted
		if code := marketplace.CodeOf(err); act.retry && (code == marketplace.CodeConflict || code == marketplace.CodeInvalid) {
			refusal = err // what it was looked at by is no longer so: look again
			continue
		}
		return result, err
	}
	return rejected(refusal), nil
}

func rejected(err error) marketplace.ShipmentResult {
	return marketplace.ShipmentResult{Outcome: marketplace.ShipmentRejected, Err: err}
}

func (a *Adapter) unknownOrder(op string) error {
	return a.fail(marketplace.CodeNotFound, op, "order", "the shop has no such order, or it is older than the app may see (scope read_all_orders)", nil)
}

// needs are the units of each line.
func (a *Adapter) needs(op string, lines []marketplace.ShipmentLine) (map[string]decimal.Decimal, error) {
	if len(lines) == 0 {
		return nil, a.fail(marketplace.CodeInvalid, op, "lines", "there are no lines", nil)
	}
	needs := map[string]decimal.Decimal{}
	for _, line := range lines {
		if !isID(line.LineID) {
			return nil, a.unknownLine(op, line.LineID)
		}
		sum, err := needs[line.LineID].Add(line.Quantity)
		if err != nil || !line.Quantity.IsInt() || !line.Quantity.IsPos() {
			return nil, a.fail(marketplace.CodeInvalid, op, "quantity", fmt.Sprintf("%s of line %s: Shopify counts whole units from 1", line.Quantity, line.LineID), nil)
		}
		needs[line.LineID] = sum.Trim(0)
	}
	return needs, nil
}

func (a *Adapter) unknownLine(op, line string) error {
	return a.fail(marketplace.CodeNotFound, op, "line", fmt.Sprintf("the order has no line %q", line), nil)
}

// shipping brings one shipment to what is stated.
type shipping struct {
	a        *Adapter
	state    dispatch
	shipment marketplace.Shipment
	// needs are the units that no fulfilment was found for yet.
	needs map[string]decimal.Decimal
	// retry says that the failure may be due to a state that is no longer so; acted that something was written.
	retry, acted bool
}

func (s *shipping) run(ctx context.Context) (marketplace.ShipmentResult, error) {
	for line := range s.needs {
		if !s.state.knows(line) {
			return rejected(s.a.unknownLine(opShipment, line)), nil
		}
	}
	own, err := s.own()
	if err != nil {
		return rejected(err), nil
	}
	claimed := len(own)
	own = append(own, s.adopt()...)
	if known, err := s.knownLocation(ctx); err != nil {
		return marketplace.ShipmentResult{}, err
	} else if !known {
		return rejected(s.a.fail(marketplace.CodeNotFound, opShipment, "location", fmt.Sprintf("the shop has no location %q: correct it in the rules", s.shipment.Location), nil)), nil
	}
	plan, foreign, err := s.plan()
	if err != nil {
		return rejected(err), nil
	}
	if len(own) > claimed {
		if err := s.claim(ctx, own); err != nil {
			return marketplace.ShipmentResult{}, err
		}
	}
	for _, part := range plan {
		made, err := s.create(ctx, part)
		if err != nil {
			return marketplace.ShipmentResult{}, err
		}
		own = append(own, made)
		if err := s.claim(ctx, own); err != nil {
			return marketplace.ShipmentResult{}, err
		}
	}
	for _, p := range own {
		if err := s.track(ctx, p, s.tracking()); err != nil {
			return marketplace.ShipmentResult{}, err
		}
	}
	for _, p := range foreign { // it holds more than the shipment, so its other numbers stay
		if err := s.track(ctx, p, union(p.tracking, s.tracking())); err != nil {
			return marketplace.ShipmentResult{}, err
		}
	}
	result := marketplace.ShipmentResult{Outcome: marketplace.ShipmentConfirmed, Already: !s.acted}
	if all := append(own, foreign...); len(all) > 0 {
		result.ID = all[0].id
	}
	return result, nil
}

// own are the fulfilments that the metafield says are of the shipment.
func (s *shipping) own() ([]parcel, error) {
	var own []parcel
	for _, id := range s.state.claims[s.shipment.Reference] {
		i := slices.IndexFunc(s.state.parcels, func(p parcel) bool { return p.id == id })
		if i < 0 || s.state.parcels[i].cancelled {
			return nil, s.a.fail(marketplace.CodeConflict, opShipment, "", fmt.Sprintf("the fulfilment %s of the shipment was cancelled in the shop: decide there what was shipped, and remove the shipment from the order's metafield %s.%s to have it made again", id, referenceNamespace, shipmentsKey), nil)
		}
		own = append(own, s.state.parcels[i])
		s.take(s.state.parcels[i])
	}
	return own, nil
}

// take lowers the needs by what a fulfilment holds.
func (s *shipping) take(p parcel) {
	for line, quantity := range p.lines {
		if rest, err := s.needs[line].Sub(quantity); err == nil && rest.IsPos() {
			s.needs[line] = rest
		} else {
			delete(s.needs, line)
		}
	}
}

// fits tells whether a fulfilment holds nothing but what is needed.
func (s *shipping) fits(p parcel) bool {
	for line, quantity := range p.lines {
		if quantity.Cmp(s.needs[line]) > 0 {
			return false
		}
	}
	return len(p.lines) > 0
}

// shares tells whether a fulfilment holds something that is needed.
func (s *shipping) shares(p parcel) bool {
	for line := range p.lines {
		if _, needed := s.needs[line]; needed {
			return true
		}
	}
	return false
}

// free are the fulfilments that are no shipment's.
func (s *shipping) free() []parcel {
	return slices.DeleteFunc(slices.Clone(s.state.parcels), func(p parcel) bool { return p.cancelled || s.state.claims.claimed(p.id) })
}

// adopt finds what is of the shipment although the metafield does not say so: first by tracking, then by lines.
func (s *shipping) adopt() []parcel {
	wanted := s.numbers()
	var found []parcel
	for _, byNumber := range []bool{true, false} {
		for _, p := range s.free() {
			if slices.ContainsFunc(found, func(f parcel) bool { return f.id == p.id }) || !s.fits(p) {
				continue
			}
			theirs := p.numbers()
			ours := !slices.ContainsFunc(theirs, func(number string) bool { return !slices.Contains(wanted, number) })
			if byNumber && (len(theirs) == 0 || !ours) || !byNumber && len(theirs) > 0 && len(wanted) > 0 {
				continue
			}
			found = append(found, p)
			s.take(p)
		}
	}
	return found
}

const createParcelMutation = `mutation CreateParcel($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) { fulfillment { id } userErrors { field message } }
}`

// create makes the fulfilment of one location.
func (s *shipping) create(ctx context.Context, part shipPart) (parcel, error) {
	var tasks []any
	for _, id := range slices.Sorted(maps.Keys(part.units)) {
		var lines []any
		for _, line := range slices.Sorted(maps.Keys(part.units[id])) {
			lines = append(lines, map[string]any{"id": globalID("FulfillmentOrderLineItem", line), "quantity": json.Number(part.units[id][line].Trim(0).String())})
		}
		tasks = append(tasks, map[string]any{"fulfillmentOrderId": globalID("FulfillmentOrder", id), "fulfillmentOrderLineItems": lines})
	}
	input := map[string]any{"lineItemsByFulfillmentOrder": tasks, "notifyCustomer": s.shipment.Notify}
	if info := trackingInput(s.tracking()); info != nil {
		input["trackingInfo"] = info
	}
	var data struct {
		Create wire.Object[struct {
			Parcel graphID              `json:"fulfillment"`
			Errors wire.List[userError] `json:"userErrors"`
		}] `json:"fulfillmentCreate"`
	}
	write := request{op: opShipment, name: "CreateParcel", document: createParcelMutation, writes: true, variables: map[string]any{"fulfillment": input}}
	if _, err := s.a.call(ctx, write, &data); err != nil {
		return parcel{}, err
	}
	if err := s.a.refused(opShipment, data.Create.Value.Errors); err != nil {
		s.retry = true
		return parcel{}, err
	}
	id := tail(data.Create.Value.Parcel.text())
	if id == "" {
		return parcel{}, s.a.fail(marketplace.CodeUnknown, opShipment, "fulfillmentCreate", "the answer does not say whether it was done: look before repeating", nil)
	}
	s.acted = true
	return parcel{id: id, lines: part.lines, tracking: s.tracking()}, nil
}

// claim writes down whose the fulfilments are.
func (s *shipping) claim(ctx context.Context, own []parcel) error {
	ids := make([]string, len(own))
	for i, p := range own {
		ids[i] = p.id
	}
	s.state.claims[s.shipment.Reference] = ids
	value, err := json.Marshal(s.state.claims)
	if err != nil {
		return s.a.fail(marketplace.CodeInvalid, opShipment, "reference", "the reference cannot be written", err)
	}
	s.state.field, err = s.a.writeMetafield(ctx, opShipment, s.state.order, shipmentsKey, "json", string(value), s.state.field)
	if err != nil {
		s.retry = true
		return err
	}
	s.acted = true
	return nil
}
