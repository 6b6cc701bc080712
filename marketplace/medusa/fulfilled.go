package medusa

import (
	"context"
	"net/url"
	"strings"
	"sync"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// fulfilledOrder is an order as far as its fulfilments go.
type fulfilledOrder struct {
	ID           wire.Text                         `json:"id"`
	Status       wire.Text                         `json:"status"`
	Canceled     wire.Text                         `json:"canceled_at"`
	Metadata     wire.Object[map[string]wire.Text] `json:"metadata"`
	Items        wire.List[fulfilledItem]          `json:"items"`
	Fulfillments wire.List[fulfillment]            `json:"fulfillments"`
}

type fulfilledItem struct {
	ID          wire.Text `json:"id"`
	Quantity    wire.Text `json:"quantity"`
	RawQuantity raw       `json:"raw_quantity"`
	Detail      wire.Object[struct {
		Fulfilled    wire.Text `json:"fulfilled_quantity"`
		RawFulfilled raw       `json:"raw_fulfilled_quantity"`
	}] `json:"detail"`
}

// amounts are the units ordered and fulfilled.
func (i fulfilledItem) amounts() (ordered, fulfilled decimal.Decimal, err error) {
	var r wire.Reader
	ordered = r.Amount("quantity", exact(i.RawQuantity, i.Quantity))
	fulfilled = r.Amount("detail.fulfilled_quantity", exact(i.Detail.Value.RawFulfilled, i.Detail.Value.Fulfilled))
	_, err = r.Failure()
	return ordered, fulfilled, err
}

var fulfilledFields = strings.Join([]string{
	"id", "status", "canceled_at", "metadata", "*items", "*items.detail", "*fulfillments", "*fulfillments.items", "*fulfillments.labels",
}, ",")

// readFulfilled reads an order's fulfilments. An order that does not exist is of [marketplace.CodeNotFound] with the path
// "order".
func (a *Adapter) readFulfilled(ctx context.Context, op, id string) (fulfilledOrder, error) {
	if !isID(id) {
		return fulfilledOrder{}, a.fail(marketplace.CodeNotFound, op, "order", "this is not an order id of Medusa", nil)
	}
	reply, err := a.client.Get(ctx, op, ordersPath+"/"+id, url.Values{"fields": {fulfilledFields}})
	if marketplace.CodeOf(err) == marketplace.CodeNotFound {
		return fulfilledOrder{}, a.fail(marketplace.CodeNotFound, op, "order", "the shop has no such order", err)
	}
	if err != nil {
		return fulfilledOrder{}, err
	}
	var answer struct {
		Order *fulfilledOrder `json:"order"`
	}
	if err := a.client.Decode(op, reply, &answer); err != nil {
		return fulfilledOrder{}, err
	}
	if answer.Order == nil || answer.Order.ID.String() != id {
		return fulfilledOrder{}, a.fail(marketplace.CodeUnavailable, op, "order", "the answer is not the order that was asked for: is this the address of a Medusa v2 server?", nil)
	}
	return *answer.Order, nil
}

func (o fulfilledOrder) cancelled() bool {
	return o.Status.String() == "canceled" || !o.Canceled.IsEmpty()
}

func (o fulfilledOrder) meta(key string) string { return o.Metadata.Value[key].String() }

func (o fulfilledOrder) item(id string) *fulfilledItem {
	for i := range o.Items.Items {
		if o.Items.Items[i].ID.String() == id {
			return &o.Items.Items[i]
		}
	}
	return nil
}

// standing are the fulfilments that were not cancelled.
func (o fulfilledOrder) standing(fits func(*fulfillment) bool) *fulfillment {
	for i := range o.Fulfillments.Items {
		if f := &o.Fulfillments.Items[i]; f.Canceled.IsEmpty() && fits(f) {
			return f
		}
	}
	return nil
}

func (o fulfilledOrder) byReference(reference string) *fulfillment {
	return o.standing(func(f *fulfillment) bool {
		return reference != "" && f.Metadata.Value[referenceKey].String() == reference
	})
}

func (o fulfilledOrder) byID(id string) *fulfillment {
	return o.standing(func(f *fulfillment) bool { return f.ID.String() == id })
}

// byLines finds a fulfilment that a person made of the very units of a shipment.
func (o fulfilledOrder) byLines(shipment marketplace.Shipment) *fulfillment {
	return o.standing(func(f *fulfillment) bool {
		if f.Metadata.Value[referenceKey].String() != "" || len(f.Items.Items) != len(shipment.Lines) {
			return false
		}
		wanted := map[string]decimal.Decimal{}
		for _, line := range shipment.Lines {
			wanted[line.LineID] = line.Quantity
		}
		for _, item := range f.Items.Items {
			quantity, err := exact(item.RawQuantity, item.Quantity).Decimal()
			want, ok := wanted[item.LineItemID.String()]
			if err != nil || !ok || !want.Equal(quantity) {
				return false
			}
			delete(wanted, item.LineItemID.String())
		}
		return true
	})
}

// orderLocks makes the writes of one order follow each other: Medusa mixes up writes of an order that meet.
type orderLocks struct {
	mu   sync.Mutex
	held map[string]*orderLock
}

type orderLock struct {
	sync.Mutex
	waiting int
}

// lock waits for the order and returns what frees it.
func (l *orderLocks) lock(order string) (unlock func()) {
	l.mu.Lock()
	if l.held == nil {
		l.held = map[string]*orderLock{}
	}
	at := l.held[order]
	if at == nil {
		at = &orderLock{}
		l.held[order] = at
	}
	at.waiting++
	l.mu.Unlock()
	at.Lock()
	return func() {
		at.Unlock()
		l.mu.Lock()
		defer l.mu.Unlock()
		if at.waiting--; at.waiting == 0 {
			delete(l.held, order)
		}
	}
}
