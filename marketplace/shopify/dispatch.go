package shopify

import (
	"context"
	"fmt"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// What an order has been shipped with and what is still to be shipped, as far as shipments need it.

const parcelFields = `
fragment Parcel on Fulfillment {
  id status displayStatus trackingInfo { company number url }
  fulfillmentLineItems(first: 50) { nodes { ...ParcelLine } pageInfo { hasNextPage endCursor } }
}` + parcelLineFields

const taskLineFields = `
fragment TaskLine on FulfillmentOrderLineItem { id remainingQuantity lineItem { id } }`

const dispatchQuery = `query DispatchOf($id: ID!, $namespace: String!, $key: String!) {
  order(id: $id) {
    id
    metafield(namespace: $namespace, key: $key) { value compareDigest }
    fulfillments { ...Parcel }
    fulfillmentOrders(first: 10) { nodes { ...Task } pageInfo { hasNextPage endCursor } }
  }
}` + parcelFields + taskFields

const taskFields = `
fragment Task on FulfillmentOrder {
  id status assignedLocation { location { id } }
  lineItems(first: 50) { nodes { ...TaskLine } pageInfo { hasNextPage endCursor } }
}` + taskLineFields

const tasksQuery = `query TasksOf($id: ID!, $after: String) {
  order(id: $id) { fulfillmentOrders(first: 10, after: $after) { nodes { ...Task } pageInfo { hasNextPage endCursor } } }
}` + taskFields

const taskLinesQuery = `query TaskLines($id: ID!, $after: String) {
  fulfillmentOrder(id: $id) { lineItems(first: 50, after: $after) { nodes { ...TaskLine } pageInfo { hasNextPage endCursor } } }
}` + taskLineFields

type graphTask struct {
	ID       wire.Text `json:"id"`
	Status   wire.Text `json:"status"`
	Assigned struct {
		Location graphID `json:"location"`
	} `json:"assignedLocation"`
	Lines connection[graphTaskLine] `json:"lineItems"`
}

type graphTaskLine struct {
	ID        wire.Text `json:"id"`
	Remaining wire.Text `json:"remainingQuantity"`
	Item      graphID   `json:"lineItem"`
}

// dispatch is the state of an order's shipping.
type dispatch struct {
	order   string
	field   wire.Object[metafield]
	claims  claims
	parcels []parcel
	tasks   []task
}

// parcel is a fulfilment. Its quantities are by line item.
type parcel struct {
	id        string
	cancelled bool
	delivered bool
	tracking  []tracking
	lines     map[string]decimal.Decimal
}

// task is what is to be shipped from one location; Shopify calls it a fulfillment order.
type task struct {
	id, location, status string
	lines                []taskLine
}

type taskLine struct {
	id, itemID string
	remaining  decimal.Decimal
}

// open tells whether units of it can be shipped.
func (t task) open() bool { return t.status == "open" || t.status == "in_progress" }

// dispatchOf reads the state of an order's shipping; false if there is no such order.
func (a *Adapter) dispatchOf(ctx context.Context, op, order string) (dispatch, bool, error) {
	var data struct {
		Order wire.Object[struct {
			Field   wire.Object[metafield]      `json:"metafield"`
			Parcels wire.List[graphFulfillment] `json:"fulfillments"`
			Tasks   connection[graphTask]       `json:"fulfillmentOrders"`
		}] `json:"order"`
	}
	look := request{op: op, name: "DispatchOf", document: dispatchQuery, variables: map[string]any{
		"id": globalID("Order", order), "namespace": referenceNamespace, "key": shipmentsKey,
	}}
	if _, err := a.call(ctx, look, &data); err != nil || !data.Order.Present {
		return dispatch{}, false, err
	}
	source := &data.Order.Value
	if err := a.restOfDispatch(ctx, op, order, source.Parcels.Items, &source.Tasks); err != nil {
		return dispatch{}, false, err
	}
	r := &wire.Reader{}
	state := dispatch{order: order, field: source.Field}
	r.Form("fulfillments", source.Parcels.Odd)
	for i, entry := range source.Parcels.Items {
		state.parcels = append(state.parcels, readParcel(r, fmt.Sprintf("fulfillments[%d]", i), entry))
	}
	for i, entry := range source.Tasks.all(r, "fulfillmentOrders") {
		state.tasks = append(state.tasks, entry.read(r, fmt.Sprintf("fulfillmentOrders.nodes[%d]", i)))
	}
	if path, err := r.Failure(); err != nil {
		return dispatch{}, false, a.fail(marketplace.CodeInvalid, op, path, "the order's shipping cannot be read", err)
	}
	var err error
	state.claims, err = a.readClaims(op, state.field)
	return state, true, err
}

// restOfDispatch fetches what did not fit on the first page of the lists.
func (a *Adapter) restOfDispatch(ctx context.Context, op, order string, parcels []graphFulfillment, tasks *connection[graphTask]) error {
	for i := range parcels {
		rest := request{op: op, name: "ParcelLines", document: parcelLinesQuery}
		if err := remainder(ctx, a, rest, parcels[i].ID, &parcels[i].Lines, "fulfillment", "fulfillmentLineItems"); err != nil {
			return err
		}
	}
	rest := request{op: op, name: "TasksOf", document: tasksQuery}
	if err := remainder(ctx, a, rest, wire.NewText(globalID("Order", order)), tasks, "order", "fulfillmentOrders"); err != nil {
		return err
	}
	for i := range tasks.Nodes.Items {
		rest := request{op: op, name: "TaskLines", document: taskLinesQuery}
		if err := remainder(ctx, a, rest, tasks.Nodes.Items[i].ID, &tasks.Nodes.Items[i].Lines, "fulfillmentOrder", "lineItems"); err != nil {
			return err
		}
	}
	return nil
}

func readParcel(r *wire.Reader, path string, source graphFulfillment) parcel {
	common := source.read(r, path)
	result := parcel{
		id: common.id, cancelled: parcelStatus(common) == canonical.FulfillmentCancelled, delivered: common.progress == "delivered",
		lines: map[string]decimal.Decimal{},
	}
	for _, line := range common.lines {
		result.lines[line.itemID] = r.Add(path, result.lines[line.itemID], line.quantity)
	}
	for _, entry := range source.Tracking.Items {
		result.tracking = append(result.tracking, tracking{entry.Company.String(), entry.Number.String(), entry.URL.String()})
	}
	return result
}

func (g graphTask) read(r *wire.Reader, path string) task {
	result := task{id: identifier(r, path+".id", g.ID), status: word(g.Status), location: optional(r, path+".assignedLocation.location.id", g.Assigned.Location.text())}
	for i, line := range g.Lines.all(r, path+".lineItems") {
		at := fmt.Sprintf("%s.lineItems.nodes[%d]", path, i)
		result.lines = append(result.lines, taskLine{
			id: identifier(r, at+".id", line.ID), itemID: identifier(r, at+".lineItem.id", line.Item.text()),
			remaining: r.Amount(at+".remainingQuantity", line.Remaining),
		})
	}
	return result
}

// knows tells whether the order has a line.
func (d dispatch) knows(itemID string) bool {
	for _, t := range d.tasks {
		for _, line := range t.lines {
			if line.itemID == itemID {
				return true
			}
		}
	}
	for _, p := range d.parcels {
		if _, is := p.lines[itemID]; is {
			return true
		}
	}
	return false
}
