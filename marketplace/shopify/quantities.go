package shopify

import (
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// movement is what became of one item's units.
type movement struct {
	qty canonical.LineQty
	// cuts are the refunds that cancelled units, edited are the units that an edit of the order removed without one.
	cuts   []cut
	edited decimal.Decimal
}

// cut is how many units of one refund's line were cancelled; the others had been shipped.
type cut struct {
	refund, line int
	qty          decimal.Decimal
}

// The ways in which a refund treats the stock.
const (
	restockCancel = "cancel" // units that were not shipped
	restockReturn = "return" // units that came back
)

// movements derives the counts of each item.
func movements(r *wire.Reader, source order) []movement {
	all := make([]movement, len(source.items))
	at := map[string]int{}
	for i, line := range source.items {
		all[i].qty.Ordered = line.quantity
		at[line.id] = i
	}
	for _, parcel := range source.fulfillments {
		status := parcelStatus(parcel)
		for _, line := range parcel.lines {
			i, known := at[line.itemID]
			if !known {
				continue
			}
			qty := &all[i].qty
			if status == canonical.FulfillmentShipped || status == canonical.FulfillmentDelivered {
				qty.Shipped = r.Add("fulfillments", qty.Shipped, line.quantity)
			}
			if status == canonical.FulfillmentDelivered {
				qty.Delivered = r.Add("fulfillments", qty.Delivered, line.quantity)
			}
		}
	}
	for i := range all {
		all[i].divide(r, source, source.items[i])
	}
	return all
}

// divide tells the units that were removed from the order apart: those that will never be shipped are cancelled, the
// others were refunded after they had been shipped. Shopify's restock type says it for most. For a unit that was
// refunded without a word about the stock, while some of the line was shipped and some was not, it follows from what
// is still to be shipped.
func (m *movement) divide(r *wire.Reader, source order, line item) {
	const path = "lineItems.currentQuantity"
	removed := r.Sub(path, line.quantity, line.current)
	byRestock := map[string]decimal.Decimal{}
	refunded := decimal.Zero
	for _, back := range source.refunds {
		for _, part := range back.lines {
			if part.itemID == line.id {
				byRestock[part.restock] = r.Add("refunds", byRestock[part.restock], part.quantity)
				refunded = r.Add("refunds", refunded, part.quantity)
			}
		}
	}
	removed = removed.Max(refunded)
	unshipped := r.Sub(path, line.quantity, m.qty.Shipped).Max(decimal.Zero)
	most := unshipped.Min(r.Sub(path, removed, byRestock[restockReturn]))
	least := byRestock[restockCancel].Max(r.Sub(path, removed, m.qty.Shipped))
	cancelled := r.Sub(path, unshipped, line.fulfillable).Max(least).Min(most).Max(decimal.Zero)
	if !source.cancelledAt.IsZero() && m.qty.Shipped.IsZero() {
		cancelled = line.quantity
	}
	m.qty.Cancelled = cancelled
	m.share(r, source, line, cancelled)
	m.qty.Refunded = r.Sub(path, removed, cancelled).Max(decimal.Zero)
	m.qty.ReturnReceived = byRestock[restockReturn].Min(m.qty.Shipped).Min(m.qty.Refunded)
}

// share says which refunds cancelled the units: those that say so first, then the others in time's order.
func (m *movement) share(r *wire.Reader, source order, line item, cancelled decimal.Decimal) {
	rest := cancelled
	for _, sure := range []bool{true, false} {
		for i, back := range source.refunds {
			for j, part := range back.lines {
				if part.itemID != line.id || part.restock == restockReturn || (part.restock == restockCancel) != sure {
					continue
				}
				if qty := part.quantity.Min(rest); qty.IsPos() {
					m.cuts = append(m.cuts, cut{refund: i, line: j, qty: qty})
					rest = r.Sub("refunds", rest, qty)
				}
			}
		}
	}
	m.edited = rest
}
