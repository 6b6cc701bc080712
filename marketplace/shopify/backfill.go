package shopify

import (
	"context"
	"time"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const opBackfill = "list orders in bulk"

// Backfill is the shop with its orders listed by a bulk operation: Shopify collects them by itself, without
// points, and the adapter reads the file. It is for the first import of years of orders. In all else it is the [Adapter].
type Backfill struct{ *Adapter }

var _ marketplace.OrderLister = Backfill{}

// Backfill returns the shop with its orders listed in bulk.
func (a *Adapter) Backfill() Backfill { return Backfill{a} }

// ListOrders implements [marketplace.OrderLister]. The first page has no orders: it only names the operation, so that a
// process that dies while Shopify works (minutes for each hundred thousand orders) finds it again. A page waits for up to a
// minute for the operation and is empty if it still runs. Orders come in Shopify's order, not in that of their change.
// An order with parcels or refunds costs a call by itself, since Shopify's bulk operations leave their lines out.
//
// The cursor after the last page begins where the operation began, and [Adapter.ListOrders] goes on from it; it also
// reads on from a cursor in the middle. Results stay for seven days; later, or if the operation failed, it is started again.
func (b Backfill) ListOrders(ctx context.Context, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
	if query.Cursor != "" {
		return b.Adapter.ListOrders(ctx, query)
	}
	at, err := begin(query, b.overlap)
	if err != nil {
		return marketplace.OrderPage{}, b.fail(marketplace.CodeInvalid, opBackfill, "", "", err)
	}
	return b.startBulk(ctx, at)
}

// startBulk runs the operation and returns an empty page that names it.
func (a *Adapter) startBulk(ctx context.Context, at position) (marketplace.OrderPage, error) {
	var data struct {
		Run wire.Object[struct {
			Operation wire.Object[struct {
				ID wire.Text `json:"id"`
			}] `json:"bulkOperation"`
			Errors wire.List[userError] `json:"userErrors"`
		}] `json:"bulkOperationRunQuery"`
	}
	// Running it twice only costs Shopify time.
	run := request{op: opBackfill, name: "RunBulk", document: runBulkMutation, variables: map[string]any{"query": bulkOrdersQuery(changedSince(at.From))}}
	if _, err := a.call(ctx, run, &data); err != nil {
		return marketplace.OrderPage{}, err
	}
	for _, one := range data.Run.Value.Errors.Items {
		if code := one.Code.String(); code == "OPERATION_IN_PROGRESS" || code == "LIMIT_REACHED" {
			failure := a.fail(marketplace.CodeRateLimited, opBackfill, "", "as many bulk operations run in the shop as may: wait", nil)
			failure.RetryAfter = bulkRefused
			return marketplace.OrderPage{}, failure
		}
	}
	if err := a.refused(opBackfill, data.Run.Value.Errors); err != nil {
		return marketplace.OrderPage{}, err
	}
	at.Bulk, at.Offset, at.Asked = data.Run.Value.Operation.Value.ID.String(), 0, at.Asked+1
	if at.Bulk == "" {
		return marketplace.OrderPage{}, a.fail(marketplace.CodeInvalid, opBackfill, "bulkOperation.id", "the answer does not name the operation", nil)
	}
	return a.bulkCursor(at, marketplace.OrderPage{More: true})
}

const (
	// bulkRefused is the wait where too many operations run.
	bulkRefused = 30 * time.Second
	// bulkPatience is how long one page waits for the operation, by so many looks.
	bulkPatience = time.Minute
	// maxBulkFailed is how many operations in a row may fail.
	maxBulkFailed = 3
	bulkPage      = 50
	maxBulkPage   = 1000
)

// bulkPage reads a page of the operation's file.
func (a *Adapter) bulkPage(ctx context.Context, at position, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
	state, err := a.awaitBulk(ctx, at.Bulk)
	if err != nil {
		return marketplace.OrderPage{}, err
	}
	if created, err := state.Created.Time(); err == nil {
		at.Started = created
	}
	switch status := state.Status.String(); status {
	case "CREATED", "RUNNING":
		at.Asked++
		return a.bulkCursor(at, marketplace.OrderPage{More: true})
	case "COMPLETED":
	case "FAILED", "CANCELED", "CANCELING", "EXPIRED", "":
		if code := state.Error.String(); code == "ACCESS_DENIED" {
			return marketplace.OrderPage{}, a.fail(marketplace.CodePermission, opBackfill, "", "the app lacks an access scope or the approval for protected customer data: grant it", nil)
		}
		if at.Failed++; at.Failed > maxBulkFailed {
			return marketplace.OrderPage{}, a.fail(marketplace.CodeUnavailable, opBackfill, "", "the shop's bulk operations fail again and again: list the orders without Backfill", nil)
		}
		return a.startBulk(ctx, at)
	default:
		return marketplace.OrderPage{}, a.fail(marketplace.CodeInvalid, opBackfill, "status", "the operation has an unknown status", nil)
	}
	at.Failed = 0
	page := marketplace.OrderPage{}
	limit := bulkPage
	if query.Limit > 0 {
		limit = min(query.Limit, maxBulkPage)
	}
	more := false
	if address := state.URL.String(); address != "" { // a shop without orders has no file
		var groups []group
		if groups, at.Offset, more, err = a.readGroups(ctx, address, at.Offset, limit); err != nil {
			return marketplace.OrderPage{}, err
		}
		for _, found := range groups {
			fetched, err := a.bulkRow(ctx, found)
			if err != nil {
				return marketplace.OrderPage{}, err
			}
			page.Orders = append(page.Orders, fetched)
		}
	}
	if page.More = more; !more {
		// Whatever changed since the operation began is still to be read.
		at = position{From: at.From, Last: at.Started, Done: true}
	}
	return a.bulkCursor(at, page)
}

func (a *Adapter) bulkCursor(at position, page marketplace.OrderPage) (marketplace.OrderPage, error) {
	cursor, err := at.cursor()
	if err != nil {
		return marketplace.OrderPage{}, a.fail(marketplace.CodeInvalid, opBackfill, "", "the position cannot be written", err)
	}
	page.Cursor = cursor
	return page, nil
}

type bulkState struct {
	Status  wire.Text `json:"status"`
	Error   wire.Text `json:"errorCode"`
	Created wire.Text `json:"createdAt"`
	URL     wire.Text `json:"url"`
}

// awaitBulk asks after an operation until it has ended or the page has waited long enough.
func (a *Adapter) awaitBulk(ctx context.Context, id string) (bulkState, error) {
	for wait, waited := a.pollEvery, time.Duration(0); ; wait = min(2*wait, 10*a.pollEvery) {
		var data struct {
			Operation wire.Object[bulkState] `json:"bulkOperation"`
		}
		ask := request{op: opBackfill, name: "BulkState", document: bulkStateQuery, variables: map[string]any{"id": id}}
		if _, err := a.call(ctx, ask, &data); err != nil {
			return bulkState{}, err
		}
		state := data.Operation.Value
		if running := state.Status.String() == "CREATED" || state.Status.String() == "RUNNING"; !running || waited >= bulkPatience {
			return state, nil
		}
		if err := a.sleep(ctx, opBackfill, wait); err != nil {
			return bulkState{}, err
		}
		waited += wait
	}
}

// bulkRow decodes an order of the file. What the file cannot say of it is fetched.
func (a *Adapter) bulkRow(ctx context.Context, found group) (marketplace.Fetched, error) {
	if found.whole {
		fetched, _, err := a.row(ctx, found.body)
		return fetched, err
	}
	fetched := marketplace.Fetched{Key: a.key(found.id)}
	order, err := a.GetOrder(ctx, fetched.Key.ID)
	switch marketplace.CodeOf(err) {
	case "":
		fetched.Order = order
	case marketplace.CodeInvalid, marketplace.CodeNotFound:
		fetched.Err = err
	default:
		return marketplace.Fetched{}, err
	}
	return fetched, nil
}
