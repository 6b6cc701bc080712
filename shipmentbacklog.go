package retailsync

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/retailsync/retailsync/idempotency"
)

// owedOrder is a sale order that a later run takes up, because something of it could not be told to the channel.
type owedOrder struct {
	// Order is the sale order's id in Odoo.
	Order int64 `json:"o"`
	// After is when it is taken up, in Unix seconds; 0: by the next run.
	After int64 `json:"a,omitempty"`
	// Tries is how often it was refused in a row.
	Tries int `json:"n,omitempty"`
	// Tickets name what the channel works on, by the shipment's reference.
	Tickets map[string]ticket `json:"t,omitempty"`
	// soon says that this run has left something of it to the next one, which no refusal of another part puts off.
	soon bool
}

// ticket is a shipment that the channel accepted but has not carried out.
type ticket struct {
	Name string `json:"n"`
	// Digest is that of the shipment.
	Digest string `json:"d"`
}

// shipmentBacklog is what the runs of a channel owe it.
type shipmentBacklog struct {
	Orders []owedOrder `json:"orders,omitempty"`
}

// waits are how long an order that was refused waits, by the number of refusals before.
var waits = []time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour, 4 * time.Hour, 12 * time.Hour}

// loadBacklog reads what earlier runs owe.
func (r *shipmentRun) loadBacklog(ctx context.Context) error {
	name := r.scope() + "/backlog"
	text, err := r.cursors.Cursor(ctx, name)
	if err != nil {
		return fmt.Errorf("read cursor %s: %w", name, err)
	}
	if text == "" {
		return nil
	}
	var b shipmentBacklog
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		return fmt.Errorf("cursor %s is damaged: %w: delete it together with the cursor %s; what was published before is recognised", name, err, r.scope())
	}
	for _, o := range b.Orders {
		r.owed[o.Order] = o
	}
	return nil
}

// saveBacklog stores what is owed: by this run, and by earlier ones as far as it is not due yet. Whole tells whether all of
// it could be stored. What earlier runs owe comes first, since the position names the rest again.
func (r *shipmentRun) saveBacklog(ctx context.Context) (whole bool, err error) {
	var b shipmentBacklog
	for _, o := range r.owes {
		b.Orders = append(b.Orders, o)
	}
	old := func(o owedOrder) int {
		if _, ok := r.owed[o.Order]; ok {
			return 0
		}
		return 1
	}
	slices.SortFunc(b.Orders, func(x, y owedOrder) int { return cmp.Or(cmp.Compare(old(x), old(y)), cmp.Compare(x.Order, y.Order)) })
	whole = true
	text, err := json.Marshal(b)
	for err == nil && len(text) > idempotency.MaxResult {
		whole, b.Orders = false, b.Orders[:len(b.Orders)*9/10]
		text, err = json.Marshal(b)
	}
	if err != nil {
		return false, err
	}
	name := r.scope() + "/backlog"
	if err := r.cursors.PutCursor(ctx, name, string(text)); err != nil {
		return false, fmt.Errorf("store cursor %s: %w", name, err)
	}
	return whole, nil
}

// due are the orders that earlier runs owe and that are to be taken up now. The others stay owed.
func (r *shipmentRun) due(now time.Time, changed map[int64]bool) []int64 {
	var due []int64
	for id, o := range r.owed {
		switch {
		case changed[id]:
		case o.After <= now.Unix():
			due = append(due, id)
		default:
			r.owes[id] = o
		}
	}
	slices.Sort(due)
	return due
}

// owe leaves an order to a later run: to the next one, or, when it was refused, after a while that grows with each refusal.
func (r *shipmentRun) owe(order int64, refused bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o := r.owes[order]
	o.Order = order
	if refused && o.After == 0 && !o.soon {
		o.Tries = r.owed[order].Tries + 1
		o.After = time.Now().Add(waits[min(o.Tries, len(waits))-1]).Unix()
	}
	r.owes[order] = o
}

// oweNow leaves an order to the next run, whatever else was said of it.
func (r *shipmentRun) oweNow(order int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o := r.owes[order]
	o.Order, o.After, o.Tries, o.soon = order, 0, r.owed[order].Tries, true
	r.owes[order] = o
}

// oweTicket leaves to the next run what the channel works on.
func (r *shipmentRun) oweTicket(order int64, reference string, t ticket) {
	r.oweNow(order)
	r.mu.Lock()
	defer r.mu.Unlock()
	o := r.owes[order]
	if o.Tickets == nil {
		o.Tickets = map[string]ticket{}
	}
	o.Tickets[reference] = t
	r.owes[order] = o
}

// keepTickets leaves to the next run what the channel was working on of shipments that this one could not ask after.
func (r *shipmentRun) keepTickets(order shippedOrder, dispatches []dispatch) {
	for _, d := range dispatches {
		if t, ok := r.owed[order.id].Tickets[d.shipment.Reference]; ok {
			r.oweTicket(order.id, d.shipment.Reference, t)
		}
	}
}
