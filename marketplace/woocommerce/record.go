package woocommerce

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const (
	// recordPrefix begins the keys of the order's meta data that hold our shipments. WooCommerce keeps one entry per key that
	// is written without an id, so each shipment has its own and a repeat replaces it.
	recordPrefix = "_retailsync_shipment_"
	// trackingKey is where the plugin Shipment Tracking, and others like it, keep and look for tracking numbers.
	trackingKey = "_wc_shipment_tracking_items"
)

// record is a shipment as we keep it in the order's meta data.
type record struct {
	Reference wire.Text                 `json:"reference"`
	Name      wire.Text                 `json:"name"`
	Carrier   wire.Text                 `json:"carrier"`
	Shipped   wire.Text                 `json:"shipped_at"`
	Delivered wire.Text                 `json:"delivered_at"`
	Lines     wire.List[recordLine]     `json:"lines"`
	Packages  wire.List[recordedParcel] `json:"packages"`
}

type recordLine struct {
	ID       wire.Text `json:"id"`
	SKU      wire.Text `json:"sku"`
	Quantity wire.Text `json:"quantity"`
}

type recordedParcel struct {
	Number wire.Text `json:"tracking_number"`
	URL    wire.Text `json:"tracking_url"`
}

// recordKey is the key of a shipment's record. References may be longer than a key.
func recordKey(reference string) string {
	sum := sha256.Sum256([]byte(reference))
	return recordPrefix + hex.EncodeToString(sum[:12])
}

// recordOf is what is kept of a shipment.
func recordOf(shipment marketplace.Shipment) record {
	one := record{
		Reference: wire.NewText(shipment.Reference), Name: wire.NewText(shipment.Name),
		Carrier: wire.NewText(shipment.Carrier), Shipped: wire.NewText(moment(shipment.ShippedAt)),
	}
	for _, line := range shipment.Lines {
		one.Lines.Items = append(one.Lines.Items, recordLine{
			ID: wire.NewText(line.LineID), SKU: wire.NewText(line.SKU), Quantity: wire.NewText(line.Quantity.Trim(0).String()),
		})
	}
	for _, parcel := range shipment.Packages {
		one.Packages.Items = append(one.Packages.Items, recordedParcel{
			Number: wire.NewText(parcel.TrackingNumber), URL: wire.NewText(parcel.TrackingURL),
		})
	}
	return one
}

func moment(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

// entry is the record as meta data.
func (r record) entry() map[string]any {
	return map[string]any{"key": recordKey(r.Reference.String()), "value": r}
}

// equal reports whether two records say the same, in whatever form PHP gave them back.
func (r record) equal(other record) bool {
	mine, err := json.Marshal(r)
	if err != nil {
		return false
	}
	theirs, err := json.Marshal(other)
	return err == nil && bytes.Equal(mine, theirs)
}

// records are the shipments of an order that we have made, each once.
func (o standing) records() []record {
	var all []record
	seen := map[string]bool{}
	for _, entry := range o.Meta.Items {
		var one record
		if !strings.HasPrefix(entry.Key.String(), recordPrefix) || json.Unmarshal(entry.raw, &one) != nil {
			continue
		}
		if reference := one.Reference.String(); reference != "" && !seen[reference] {
			seen[reference] = true
			all = append(all, one)
		}
	}
	return all
}

// replace returns the records with one of them as it shall be, and what it was.
func replace(records []record, one record) (all []record, was *record) {
	for _, other := range records {
		if other.Reference.String() == one.Reference.String() {
			was = &other
			continue
		}
		all = append(all, other)
	}
	return append(all, one), was
}

// tracking is one entry of the plugin's list. Its own fields that we do not know are kept in raw.
type tracking struct {
	ID     wire.Text `json:"tracking_id"`
	Number wire.Text `json:"tracking_number"`
	raw    json.RawMessage
}

// UnmarshalJSON keeps the entry also as it is. It never fails: what is no entry is somebody else's.
func (t *tracking) UnmarshalJSON(data []byte) error {
	var fields struct {
		ID     wire.Text `json:"tracking_id"`
		Number wire.Text `json:"tracking_number"`
	}
	_ = json.Unmarshal(data, &fields)
	*t = tracking{ID: fields.ID, Number: fields.Number, raw: bytes.Clone(data)}
	return nil
}

// trackingID names a parcel's entry for good, in the form of the plugin's own ids.
func trackingID(reference string, parcel int) string {
	sum := sha256.Sum256([]byte(reference + "\x00" + strconv.Itoa(parcel)))
	return hex.EncodeToString(sum[:16])
}

// trackingOf is a parcel's entry in the plugin's list, nil while its number is not known and for a parcel that is no more. A provider of
// the plugin's own list is named by its slug; an address is used for one that is not in it.
func (r record) trackingOf(parcel int) map[string]any {
	if parcel >= len(r.Packages.Items) {
		return nil
	}
	number, address := r.Packages.Items[parcel].Number.String(), r.Packages.Items[parcel].URL.String()
	if number == "" {
		return nil
	}
	entry := map[string]any{
		"tracking_provider": r.Carrier.String(), "custom_tracking_provider": "", "custom_tracking_link": "",
		"tracking_number": number, "tracking_id": trackingID(r.Reference.String(), parcel), "date_shipped": "",
	}
	if address != "" {
		entry["custom_tracking_provider"], entry["custom_tracking_link"] = r.Carrier.String(), address
		if r.Carrier.IsEmpty() {
			// The plugin shows the address of a named provider only.
			entry["custom_tracking_provider"] = number
		}
	}
	if at, err := r.Shipped.Time(); err == nil && !at.IsZero() {
		entry["date_shipped"] = strconv.FormatInt(at.Unix(), 10)
	}
	return entry
}

// retrack is the plugin's list with the parcels of a shipment as they are now, and without those that only its last record
// had, if there is one; nil if it is right already. Entries of others stay as they are, and a number that somebody has entered by hand is
// not entered again.
func (o standing) retrack(one record, was *record) (any, error) {
	var list wire.List[tracking]
	for _, entry := range o.Meta.Items {
		if entry.Key.String() == trackingKey && len(entry.raw) > 0 {
			if err := json.Unmarshal(entry.raw, &list); err != nil || list.Odd > 0 {
				return nil, fmt.Errorf("the order's meta data %s is not a list of tracking numbers: %w", trackingKey, wire.ErrForm)
			}
		}
	}
	ours, theirs := map[string]int{}, map[string]bool{}
	parcels := len(one.Packages.Items)
	if was != nil {
		parcels = max(parcels, len(was.Packages.Items))
	}
	for parcel := range parcels {
		ours[trackingID(one.Reference.String(), parcel)] = parcel
	}
	for _, entry := range list.Items {
		if _, mine := ours[entry.ID.String()]; !mine {
			theirs[entry.Number.String()] = true
		}
	}
	changed, done := false, map[int]bool{}
	next := []any{}
	for _, entry := range list.Items {
		parcel, mine := ours[entry.ID.String()]
		if !mine {
			next = append(next, entry.raw)
			continue
		}
		want := one.trackingOf(parcel)
		if want == nil || done[parcel] {
			changed = true
			continue
		}
		done[parcel] = true
		changed = changed || !entry.says(want)
		next = append(next, want)
	}
	for parcel := range one.Packages.Items {
		if want := one.trackingOf(parcel); want != nil && !done[parcel] && !theirs[want["tracking_number"].(string)] {
			next, changed = append(next, want), true
		}
	}
	if !changed {
		return nil, nil
	}
	return next, nil
}

// says reports whether an entry of ours is as it shall be. Fields that the plugin adds do not matter.
func (t tracking) says(want map[string]any) bool {
	var fields map[string]wire.Text
	if json.Unmarshal(t.raw, &fields) != nil {
		return false
	}
	for name, value := range want {
		if fields[name].String() != value {
			return false
		}
	}
	return true
}
