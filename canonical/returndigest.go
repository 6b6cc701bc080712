package canonical

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
)

// Digest returns a hash of the return's content, in hex, as [Order.Digest] does for an order: neither the order of lines,
// parcels, fees and Ext counts, nor how decimals are padded, nor [Return.Revision]. It is meant for [Revision.Digest].
func (r Return) Digest() string {
	d := digest{text: make([]byte, 0, 2048)}
	d.ret(&r)
	sum := sha256.Sum256(d.text)
	return hex.EncodeToString(sum[:])
}

func (d *digest) ret(r *Return) {
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
	unordered(d, "line", r.Lines, (*digest).returnLine)
	unordered(d, "exchange", r.Exchange, (*digest).exchangeLine)
	unordered(d, "parcel", r.Parcels, func(d *digest, v *ReturnParcel) {
		d.field("id", v.ID)
		d.field("carrier", v.Carrier)
		d.field("tracking_number", v.TrackingNumber)
		d.field("tracking_url", v.TrackingURL)
	})
	unordered(d, "fee", r.Fees, func(d *digest, v *ReturnFee) {
		d.field("kind", string(v.Kind))
		d.field("return_line_id", v.ReturnLineID)
		d.amount("amount", v.Amount)
	})
	d.amount("shipping_refund", r.ShippingRefund)
	d.amount("refund", r.Refund)
	d.flag("refund_known", r.RefundKnown)
	for _, name := range slices.Sorted(maps.Keys(r.Ext)) {
		d.field("ext", name+"\x00")
		d.field("ext_value", canonicalJSON(r.Ext[name]))
	}
}

func (d *digest) returnLine(l *ReturnLine) {
	d.field("id", l.ID)
	d.field("order_line_id", l.OrderLineID)
	d.field("sku", l.SKU)
	d.number("qty", l.Qty)
	d.field("reason", l.Reason)
	d.field("resolution", string(l.Resolution))
	d.field("raw_resolution", l.RawResolution)
	d.flag("keep_item", l.KeepItem)
	unordered(d, "received", l.Received, func(d *digest, v *ReceivedUnits) {
		d.number("qty", v.Qty)
		d.field("disposition", string(v.Disposition))
		d.field("raw_disposition", v.RawDisposition)
		d.field("lot", v.Lot)
		d.field("location", v.Location)
	})
	d.amount("refund", l.Refund)
	d.flag("refund_known", l.RefundKnown)
}

func (d *digest) exchangeLine(l *ExchangeLine) {
	d.field("id", l.ID)
	d.field("return_line_id", l.ReturnLineID)
	d.field("sku", l.SKU)
	d.field("title", l.Title)
	d.number("qty", l.Qty)
	d.amount("total", l.Total)
	unordered(d, "tax", l.Taxes, (*digest).tax)
	d.field("order_id", l.OrderID)
}
