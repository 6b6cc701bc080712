package retailsync

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo/stock"
)

// deliveredUnits are the units that have left, by line of the channel.
func deliveredUnits(all []dispatch) map[string]decimal.Decimal {
	var c exact.Calc
	units := map[string]decimal.Decimal{}
	for _, d := range all {
		for _, line := range d.shipment.Lines {
			units[line.LineID] = c.Add(units[line.LineID], line.Quantity)
		}
	}
	return units
}

// wantedUnits are what an order delivers in all, by line of the channel: what is ordered in Odoo, less what a person cancelled
// the delivery of; of a cancelled order what has left already.
func wantedUnits(order remainder, delivered map[string]decimal.Decimal, undelivered map[int64]stock.Undelivered, convert converter) (map[string]decimal.Decimal, error) {
	wanted := map[string]decimal.Decimal{}
	coming := map[string]decimal.Decimal{}
	dropped := map[string]bool{}
	digits := map[string]int{} // of lines that are delivered in another unit: the decimals of their units
	var c exact.Calc
	for _, line := range order.lines {
		wanted[line.channelID] = c.Add(wanted[line.channelID], line.ordered)
		u := undelivered[line.id]
		if u.Kit {
			continue // what is left of components is no number of kits
		}
		dropped[line.channelID] = dropped[line.channelID] || u.Cancelled
		for _, unit := range slices.Sorted(maps.Keys(u.Open)) {
			open, err := convert(u.Open[unit], unit, line.unit)
			if err != nil {
				return nil, err
			}
			coming[line.channelID] = c.Add(coming[line.channelID], open)
			if unit != line.unit {
				digits[line.channelID] = max(digits[line.channelID], line.ordered.MinScale())
			}
		}
	}
	for id := range wanted {
		reach := c.Add(delivered[id], coming[id])
		if scale, parts := digits[id]; parts {
			reach = reach.Ceil(scale) // what is coming of a dozen may complete what has left of it
		}
		switch {
		case order.isCancelled():
			wanted[id] = delivered[id]
		case dropped[id]:
			wanted[id] = wanted[id].Min(reach)
		}
		wanted[id] = wanted[id].Trim(0)
	}
	return wanted, c.Err()
}

// digestOfUnits is equal as long as the order delivers the same.
func digestOfUnits(order remainder) string {
	h := sha256.New()
	for _, id := range slices.Sorted(maps.Keys(order.wanted)) {
		_, _ = fmt.Fprintf(h, "%q=%s\n", id, order.wanted[id]) // a hash never fails
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// cancellationOf is what the channel has more of than Odoo will deliver. Its lines are counted in all, as the channel counts:
// from what was ordered there. It has none where the channel has no more.
func (r *cancellationRun) cancellationOf(order remainder, there *canonical.Order) (marketplace.Cancellation, error) {
	var c exact.Calc
	rules := r.outlet.rules.Cancellations
	cancellation := marketplace.Cancellation{
		OrderID: order.key.ID, Whole: order.isCancelled(), Reason: order.reason, Notify: rules.Notify != nil && *rules.Notify,
	}
	if there.Status == canonical.StatusCancelled {
		return cancellation, nil
	}
	seen := map[string]bool{}
	has := sha256.New()
	for _, line := range order.lines {
		at := there.FindLine(line.channelID)
		if at == nil || seen[line.channelID] || !mapping.IsGoods(at.Kind) {
			continue // what is charged beside goods goes with them
		}
		seen[line.channelID] = true
		_, _ = fmt.Fprintf(has, "%q=%s-%s\n", at.ID, at.Qty.Ordered.Trim(0), at.Qty.Cancelled.Trim(0)) // a hash never fails
		if order.wanted[line.channelID].IsPos() || at.Qty.Shipped.IsPos() {
			cancellation.Whole = false
		}
		// What has left the channel's own books as shipped is not taken back by a cancellation.
		left := order.wanted[line.channelID].Max(at.Qty.Shipped)
		if open := c.Sub(at.Qty.Ordered, at.Qty.Cancelled); open.Cmp(left) > 0 {
			cancellation.Lines = append(cancellation.Lines, marketplace.ShipmentLine{
				LineID: line.channelID, SKU: line.sku, Quantity: c.Sub(at.Qty.Ordered, left).Trim(0),
			})
		}
	}
	for i := range there.Lines {
		// What Odoo does not have (yet) is not cancelled with the rest.
		if at := &there.Lines[i]; mapping.IsGoods(at.Kind) && !seen[at.ID] && at.Qty.Ordered.Cmp(at.Qty.Cancelled) > 0 {
			cancellation.Whole = false
		}
	}
	// A repeat comes to the same reference as long as Odoo delivers the same and the channel has not done it; another wish is another
	// cancellation, and so is the same one after the channel has sold more.
	cancellation.Reference = "rs-" + idempotency.Key{
		Scope: r.scope(), ID: order.key.ID + "|" + order.digest + "|" + hex.EncodeToString(has.Sum(nil)[:16]),
	}.ProviderKey()[:32]
	return cancellation, c.Err()
}
