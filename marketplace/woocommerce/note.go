package woocommerce

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// notify gives the customer a note, which the shop also sends him, unless he has it; an empty text is none. It reports
// whether it was given now.
func (a *Adapter) notify(ctx context.Context, op, orderID, text string) (bool, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return false, nil
	}
	path := orderPath(orderID) + "/notes"
	reply, err := a.client.Get(ctx, op, path, url.Values{"type": {"customer"}})
	if err != nil {
		return false, a.withPath(err, "order")
	}
	var notes []struct {
		Note wire.Text `json:"note"`
	}
	if err := a.client.Decode(op, reply, &notes); err != nil {
		return false, err
	}
	for _, note := range notes {
		if html.UnescapeString(note.Note.String()) == html.UnescapeString(text) {
			return false, nil
		}
	}
	_, err = a.client.Send(ctx, op, http.MethodPost, path, map[string]any{"note": text, "customer_note": true})
	return err == nil, a.withPath(err, "order")
}

// englishNote is what a customer reads of a shipment unless [WithShipmentNote] says otherwise.
func englishNote(shipment marketplace.Shipment) string {
	lines := []string{"Your order has left us in shipment " + shipment.Name + "."}
	if shipment.Carrier != "" {
		lines = append(lines, "Carrier: "+shipment.Carrier)
	}
	for _, parcel := range shipment.Packages {
		number := slices.DeleteFunc([]string{parcel.TrackingNumber, parcel.TrackingURL}, func(text string) bool { return text == "" })
		if len(number) > 0 {
			lines = append(lines, "Tracking: "+strings.Join(number, " "))
		}
	}
	return strings.Join(lines, "\n")
}
