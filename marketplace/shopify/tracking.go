package shopify

import (
	"context"
	"slices"
	"strings"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// tracking is the number of one package.
type tracking struct{ company, number, url string }

func (p parcel) numbers() []string {
	var all []string
	for _, entry := range p.tracking {
		if entry.number != "" {
			all = append(all, entry.number)
		}
	}
	return all
}

func (s *shipping) numbers() []string {
	return parcel{tracking: s.tracking()}.numbers()
}

// tracking is what is known of the shipment's packages.
func (s *shipping) tracking() []tracking {
	var all []tracking
	for _, p := range s.shipment.Packages {
		if p.TrackingNumber != "" {
			all = append(all, tracking{company: s.shipment.Carrier, number: p.TrackingNumber, url: p.TrackingURL})
		}
	}
	return all
}

func union(theirs, ours []tracking) []tracking {
	all := slices.Clone(theirs)
	for _, entry := range ours {
		if !slices.ContainsFunc(all, func(t tracking) bool { return t.number == entry.number }) {
			all = append(all, entry)
		}
	}
	return all
}

// trackingInput is nil while no number is known. Addresses are given only if all packages have one, since Shopify tells by
// their place whose they are; it makes its own for the carriers that it knows.
func trackingInput(all []tracking) map[string]any {
	if len(all) == 0 {
		return nil
	}
	input := map[string]any{}
	var numbers, urls []any
	for _, entry := range all {
		numbers = append(numbers, entry.number)
		if entry.url != "" {
			urls = append(urls, entry.url)
		}
		if entry.company != "" {
			input["company"] = entry.company
		}
	}
	input["numbers"] = numbers
	if len(urls) == len(numbers) {
		input["urls"] = urls
	}
	return input
}

const trackParcelMutation = `mutation TrackParcel($id: ID!, $tracking: FulfillmentTrackingInput!, $notify: Boolean) {
  fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $tracking, notifyCustomer: $notify) {
    fulfillment { id } userErrors { field message }
  }
}`

// track brings the tracking of a fulfilment to what is stated, if anything is.
func (s *shipping) track(ctx context.Context, p parcel, stated []tracking) error {
	if len(stated) == 0 || sameTracking(p.tracking, stated) {
		return nil
	}
	var data struct {
		Update wire.Object[struct {
			Parcel graphID              `json:"fulfillment"`
			Errors wire.List[userError] `json:"userErrors"`
		}] `json:"fulfillmentTrackingInfoUpdate"`
	}
	write := request{op: opShipment, name: "TrackParcel", document: trackParcelMutation, writes: true, variables: map[string]any{
		"id": globalID("Fulfillment", p.id), "tracking": trackingInput(stated), "notify": s.shipment.Notify,
	}}
	if _, err := s.a.call(ctx, write, &data); err != nil {
		return err
	}
	if err := s.a.refused(opShipment, data.Update.Value.Errors); err != nil {
		s.retry = true
		return err
	}
	if !data.Update.Value.Parcel.Present {
		return s.a.fail(marketplace.CodeUnknown, opShipment, "fulfillmentTrackingInfoUpdate", "the answer does not say whether it was done: look before repeating", nil)
	}
	s.acted = true
	return nil
}

// sameTracking tells whether a fulfilment has the numbers that are stated, and the carrier and addresses as far as they are.
func sameTracking(theirs, stated []tracking) bool {
	if len(theirs) != len(stated) {
		return false
	}
	addresses := !slices.ContainsFunc(stated, func(t tracking) bool { return t.url == "" })
	for _, entry := range stated {
		if !slices.ContainsFunc(theirs, func(t tracking) bool {
			return t.number == entry.number && (entry.company == "" || strings.EqualFold(t.company, entry.company)) && (!addresses || t.url == entry.url)
		}) {
			return false
		}
	}
	return true
}
