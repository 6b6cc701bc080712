package canonical

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
)

// Digest returns a hash of the return's content, in hex, with the promises of [Order.Digest].
func (r Return) Digest() string {
	d := digest{text: make([]byte, 0, 2048)}
	d.returned(&r)
	sum := sha256.Sum256(d.text)
	return hex.EncodeToString(sum[:])
}

func (d *digest) returned(r *Return) {
	d.key("key", r.Key)
	d.field("number", r.Number)
	d.key("order", r.Order)
	d.field("order_number", r.OrderNumber)
	d.time("requested_at", r.RequestedAt)
	d.field("approval", string(r.Approval))
	d.field("logistics", string(r.Logistics))
	d.field("raw_status", r.RawStatus)
	d.field("decline_reason", r.DeclineReason)
	d.flag("closed", r.Closed)
	d.field("currency", string(r.Currency))
	d.field("presentment_currency", string(r.PresentmentCurrency))
	unordered(d, "line", r.Lines, func(d *digest, l *ReturnLine) {
		d.field("id", l.ID)
		d.field("order_line_id", l.OrderLineID)
		d.field("sku", l.SKU)
		d.number("qty", l.Qty)
		d.field("reason", l.Reason)
		d.field("resolution", string(l.Resolution))
		d.field("raw_resolution", l.RawResolution)
		d.flag("keep_item", l.KeepItem)
		unordered(d, "received", l.Received, func(d *digest, u *ReceivedUnits) {
			d.number("qty", u.Qty)
			d.field("disposition", string(u.Disposition))
			d.field("raw_disposition", u.RawDisposition)
			d.field("lot", u.Lot)
			d.field("location", u.Location)
		})
		d.amount("refund", l.Refund)
		d.flag("refund_known", l.RefundKnown)
	})
	unordered(d, "exchange", r.Exchange, func(d *digest, x *ExchangeLine) {
		d.field("id", x.ID)
		d.field("return_line_id", x.ReturnLineID)
		d.field("sku", x.SKU)
		d.field("title", x.Title)
		d.number("qty", x.Qty)
		d.amount("total", x.Total)
		unordered(d, "tax", x.Taxes, (*digest).taxOf)
		d.field("order_id", x.OrderID)
	})
	unordered(d, "parcel", r.Parcels, func(d *digest, p *ReturnParcel) {
		d.field("id", p.ID)
		d.field("carrier", p.Carrier)
		d.field("tracking_number", p.TrackingNumber)
		d.field("tracking_url", p.TrackingURL)
	})
	unordered(d, "fee", r.Fees, func(d *digest, f *ReturnFee) {
		d.field("kind", string(f.Kind))
		d.field("return_line_id", f.ReturnLineID)
		d.amount("amount", f.Amount)
	})
	d.amount("shipping_refund", r.ShippingRefund)
	d.amount("refund", r.Refund)
	d.flag("refund_known", r.RefundKnown)
	for _, name := range slices.Sorted(maps.Keys(r.Ext)) {
		d.field("ext", name+"\x00")
		d.field("ext_value", canonicalJSON(r.Ext[name]))
	}
}

func (d *digest) taxOf(v *Tax) {
	d.field("code", v.Code)
	d.field("jurisdiction", v.Jurisdiction)
	d.number("rate", v.Rate)
	d.flag("rate_known", v.RateKnown)
	d.amount("amount", v.Amount)
	d.field("collector", string(v.Collector))
}

// AgeOf tells how a fetched return stands to the one known before: the newest wins. Of two with the same time and another
// content the fetched one counts as newer, since platforms count in seconds. Returns with different keys are a
// [*KeyMismatchError].
func (r Return) AgeOf(fetched Return) (Age, error) {
	switch {
	case r.Key != fetched.Key:
		return "", &KeyMismatchError{Known: r.Key, Fetched: fetched.Key}
	case sameContent(func(d *digest) { d.returned(&r) }, func(d *digest) { d.returned(&fetched) }):
		return AgeSame, nil
	case fetched.Revision.UpdatedAt.Before(r.Revision.UpdatedAt):
		return AgeOlder, nil
	}
	return AgeNewer, nil
}
