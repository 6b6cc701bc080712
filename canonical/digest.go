package canonical

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/govalues/decimal"
)

// Digest returns a hash of the order's content, in hex. Orders that say the same have the same digest,
// in whatever order their lines, taxes, payments and Ext come, however their decimals are
// padded and in whatever zone their times are; [Order.Revision] does not count. It is meant for
// [Revision.Digest] and stays the same between versions of this library as long as a new field is empty.
func (o Order) Digest() string {
	d := digest{text: make([]byte, 0, 4096)}
	d.order(&o)
	sum := sha256.Sum256(d.text)
	return hex.EncodeToString(sum[:])
}

// digest builds the canonical text: for each value that is not empty its name and its value, both with
// their lengths, so that no two contents give the same text.
type digest struct{ text []byte }

func (d *digest) field(name, value string) {
	if value == "" {
		return
	}
	d.text = binary.AppendUvarint(d.text, uint64(len(name)))
	d.text = append(d.text, name...)
	d.text = binary.AppendUvarint(d.text, uint64(len(value)))
	d.text = append(d.text, value...)
}

func (d *digest) number(name string, n decimal.Decimal) {
	if !n.IsZero() {
		var text [32]byte
		value, _ := n.Trim(0).AppendText(text[:0])
		d.field(name, string(value))
	}
}

func (d *digest) amount(name string, a Amount) {
	d.number(name, a.Shop)
	d.number(name+"@", a.Presentment)
}

func (d *digest) flag(name string, set bool) {
	if set {
		d.field(name, "1")
	}
}

func (d *digest) time(name string, t time.Time) {
	if !t.IsZero() {
		d.field(name, t.UTC().Format(time.RFC3339Nano))
	}
}

// unordered writes the number of items and each item with its length, sorted, so that their order does
// not count.
func unordered[T any](d *digest, name string, items []T, write func(*digest, *T)) {
	if len(items) == 0 {
		return
	}
	d.field(name, strconv.Itoa(len(items)))
	start := len(d.text)
	var few [9]int // most orders are small: no allocation for them
	ends := append(few[:0], start)
	sorted := true
	for i := range items {
		begin := len(d.text)
		d.text = append(d.text, 0, 0, 0, 0)
		write(d, &items[i])
		binary.BigEndian.PutUint32(d.text[begin:], uint32(len(d.text)-begin-4))
		ends = append(ends, len(d.text))
		sorted = sorted && (i == 0 || bytes.Compare(d.text[ends[i-1]:begin], d.text[begin:]) <= 0)
	}
	if sorted {
		return
	}
	written := bytes.Clone(d.text[start:])
	blocks := make([][]byte, len(items))
	for i := range blocks {
		blocks[i] = written[ends[i]-start : ends[i+1]-start]
	}
	slices.SortFunc(blocks, bytes.Compare)
	d.text = d.text[:start]
	for _, b := range blocks {
		d.text = append(d.text, b...)
	}
}

func (d *digest) order(o *Order) {
	d.key("key", o.Key)
	d.field("number", o.Number)
	d.time("placed_at", o.PlacedAt)
	d.field("status", string(o.Status))
	d.field("raw_status", o.RawStatus)
	d.field("status_reason", o.StatusReason)
	d.field("currency", string(o.Currency))
	d.field("presentment_currency", string(o.PresentmentCurrency))
	d.flag("prices_include_tax", o.PricesIncludeTax)
	d.party(&o.Buyer)
	d.address("bill_to", o.BillTo)
	d.address("ship_to", o.ShipTo)
	unordered(d, "line", o.Lines, (*digest).line)
	unordered(d, "discount", o.Discounts, func(d *digest, v *Discount) {
		d.field("id", v.ID)
		d.field("code", v.Code)
		d.field("title", v.Title)
		d.amount("amount", v.Amount)
	})
	unordered(d, "payment", o.Payments, (*digest).payment)
	unordered(d, "fulfillment", o.Fulfillments, (*digest).fulfillment)
	unordered(d, "adjustment", o.Adjustments, (*digest).adjustment)
	unordered(d, "link", o.Links, func(d *digest, v *Link) {
		d.field("kind", string(v.Kind))
		d.key("key", v.Key)
	})
	d.flag("hold", o.Flags.Hold)
	d.flag("risk", o.Flags.Risk)
	d.flag("business", o.Flags.Business)
	d.flag("test", o.Flags.Test)
	d.amount("net", o.Totals.Net)
	d.amount("tax", o.Totals.Tax)
	d.amount("grand", o.Totals.Grand)
	d.amount("total_discount", o.Totals.Discount)
	d.amount("paid", o.Totals.Paid)
	d.field("note", o.Note)
	for _, name := range slices.Sorted(maps.Keys(o.Ext)) {
		d.field("ext", name+"\x00")
		d.field("ext_value", canonicalJSON(o.Ext[name]))
	}
}

func (d *digest) key(name string, k Key) {
	d.field(name+".name", k.Channel.Name)
	d.field(name+".account", k.Channel.Account)
	d.field(name+".id", k.ID)
}

func (d *digest) party(p *Party) {
	d.field("buyer.id", p.ID)
	d.field("buyer.name", p.Name)
	d.field("buyer.email", p.Email)
	d.field("buyer.phone", p.Phone)
	d.field("buyer.company", p.Company)
	d.field("buyer.vat", p.VAT)
	d.field("buyer.language", p.Language)
}

func (d *digest) address(name string, a *Address) {
	if a == nil {
		return
	}
	d.field(name, "\x00")
	d.field("name", a.Name)
	d.field("company", a.Company)
	d.field("street", a.Street)
	d.field("street2", a.Street2)
	d.field("city", a.City)
	d.field("zip", a.Zip)
	d.field("state", a.State)
	d.field("country", a.Country)
	d.field("phone", a.Phone)
	d.field("email", a.Email)
}

func (d *digest) line(l *Line) {
	d.field("id", l.ID)
	d.field("kind", string(l.Kind))
	d.field("raw_kind", l.RawKind)
	d.field("parent_id", l.ParentID)
	d.field("sku", l.SKU)
	d.field("barcode", l.Barcode)
	d.field("channel_product_id", l.ChannelProductID)
	d.field("title", l.Title)
	d.number("ordered", l.Qty.Ordered)
	d.number("cancelled", l.Qty.Cancelled)
	d.number("shipped", l.Qty.Shipped)
	d.number("delivered", l.Qty.Delivered)
	d.number("return_requested", l.Qty.ReturnRequested)
	d.number("return_received", l.Qty.ReturnReceived)
	d.number("return_damaged", l.Qty.ReturnDamaged)
	d.number("refunded", l.Qty.Refunded)
	d.amount("unit_price", l.UnitPrice)
	d.amount("subtotal", l.Subtotal)
	unordered(d, "allocation", l.Discounts, func(d *digest, v *Allocation) {
		d.field("discount_id", v.DiscountID)
		d.amount("amount", v.Amount)
	})
	d.amount("total", l.Total)
	unordered(d, "tax", l.Taxes, (*digest).taxOf)
	d.field("fulfilled_by", string(l.FulfilledBy))
	d.field("location", l.Location)
	for _, name := range slices.Sorted(maps.Keys(l.Properties)) {
		d.field("property", name+"\x00")
		d.field("property_value", l.Properties[name])
	}
}

func (d *digest) payment(p *Payment) {
	d.field("id", p.ID)
	d.field("gateway", p.Gateway)
	d.field("kind", string(p.Kind))
	d.field("status", string(p.Status))
	d.amount("amount", p.Amount)
	d.time("at", p.At)
	d.field("parent_id", p.ParentID)
}

func (d *digest) fulfillment(f *Fulfillment) {
	d.field("id", f.ID)
	d.field("status", string(f.Status))
	unordered(d, "line", f.Lines, func(d *digest, v *FulfillmentLine) {
		d.field("line_id", v.LineID)
		d.number("qty", v.Qty)
	})
	d.field("carrier", f.Carrier)
	d.field("tracking_number", f.TrackingNumber)
	d.field("tracking_url", f.TrackingURL)
	d.time("shipped_at", f.ShippedAt)
	d.time("delivered_at", f.DeliveredAt)
}

func (d *digest) adjustment(a *Adjustment) {
	d.field("id", a.ID)
	d.field("kind", string(a.Kind))
	d.field("reason", a.Reason)
	unordered(d, "line", a.Lines, func(d *digest, v *AdjustmentLine) {
		d.field("line_id", v.LineID)
		d.number("qty", v.Qty)
		d.amount("net", v.Net)
		d.amount("tax", v.Tax)
	})
	d.amount("amount", a.Amount)
	d.time("at", a.At)
}

// canonicalJSON sorts the members of objects and drops white space. Numbers keep their digits. What
// is no JSON counts as it is.
func canonicalJSON(raw json.RawMessage) string {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var value any
	if err := dec.Decode(&value); err != nil {
		return string(raw)
	}
	text, err := json.Marshal(value)
	if err != nil {
		return string(raw)
	}
	return cmp.Or(string(text), string(raw))
}
