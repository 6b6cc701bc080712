package shopify

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const (
	opList = "list orders"
	opGet  = "get order"
)

const (
	// pageSize is tried first, since a page of more would cost more than one operation may.
	pageSize = 10
	maxPage  = 50
)

// ListOrders implements [marketplace.OrderLister]. An order with more lines than come with it costs more calls. Shopify
// shows the orders of the last 60 days unless the app has the scope read_all_orders.
func (a *Adapter) ListOrders(ctx context.Context, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
	at, err := begin(query, a.overlap)
	if err != nil {
		return marketplace.OrderPage{}, a.fail(marketplace.CodeInvalid, opList, "", "", err)
	}
	if at.Bulk != "" {
		return a.bulkPage(ctx, at, query)
	}
	first := pageSize
	if query.Limit > 0 {
		first = min(query.Limit, maxPage)
	}
	if most := int(a.affordable.Load()); most > 0 {
		first = min(first, most)
	}
	orders, header, err := a.page(ctx, at, first)
	if at.After != "" && isCursorRefusal(err) {
		at = at.restart(a.overlap)
		orders, header, err = a.page(ctx, at, first)
	}
	if err != nil {
		return marketplace.OrderPage{}, err
	}
	page := marketplace.OrderPage{More: orders.PageInfo.HasNext.IsTrue()}
	for _, body := range orders.Nodes.Items {
		fetched, changed, err := a.row(ctx, body)
		if err != nil {
			return marketplace.OrderPage{}, err
		}
		page.Orders = append(page.Orders, fetched)
		if changed.After(at.Last) {
			at.Last = changed
		}
	}
	if at.Started.IsZero() {
		at.Started = clock(header)
	}
	at.Read += len(page.Orders)
	if at.After = orders.PageInfo.End.String(); !page.More {
		at = at.end()
	} else if at.After == "" {
		return marketplace.OrderPage{}, a.fail(marketplace.CodeInvalid, opList, "orders.pageInfo.endCursor", "there are more orders, but nothing says where", nil)
	}
	at = at.searchOn()
	if page.Cursor, err = at.cursor(); err != nil {
		return marketplace.OrderPage{}, a.fail(marketplace.CodeInvalid, opList, "", "the position cannot be written", err)
	}
	return page, nil
}

// page reads one page. An operation that Shopify finds too large is tried with half as many orders, and so are the
// pages after it.
func (a *Adapter) page(ctx context.Context, at position, first int) (connection[json.RawMessage], http.Header, error) {
	variables := map[string]any{"first": first}
	if at.After != "" {
		variables["after"] = at.After
	}
	if search := changedSince(at.From); search != "" {
		variables["query"] = search
	}
	for {
		var data struct {
			Orders *connection[json.RawMessage] `json:"orders"`
		}
		header, err := a.call(ctx, request{op: opList, name: "ListOrders", document: listOrdersQuery, variables: variables}, &data)
		if errors.Is(err, errTooCostly) && first > 1 {
			first /= 2
			variables["first"] = first
			a.affordable.Store(int64(first))
			continue
		}
		if err != nil {
			return connection[json.RawMessage]{}, nil, err
		}
		if data.Orders == nil || data.Orders.Nodes.Odd > 0 {
			// An empty page would end the run as if all had been read.
			return connection[json.RawMessage]{}, nil, a.fail(marketplace.CodeInvalid, opList, "orders", "the answer has no list of orders", nil)
		}
		return *data.Orders, header, nil
	}
}

// changedSince is the search for what changed at or after a time; empty for all.
func changedSince(from time.Time) string {
	if from.IsZero() {
		return ""
	}
	return "updated_at:>='" + from.UTC().Format(time.RFC3339) + "'"
}

// isCursorRefusal recognises that Shopify no longer takes its own cursor.
func isCursorRefusal(err error) bool {
	var failure *marketplace.Error
	return errors.As(err, &failure) && failure.Code == marketplace.CodeInvalid && strings.Contains(strings.ToLower(failure.Message), "cursor")
}

// row decodes one order of a page; the error is one that concerns the whole page.
func (a *Adapter) row(ctx context.Context, body json.RawMessage) (marketplace.Fetched, time.Time, error) {
	var head struct {
		ID      wire.Text `json:"id"`
		Updated wire.Text `json:"updatedAt"`
	}
	_ = json.Unmarshal(body, &head) // what is not readable stays empty
	fetched := marketplace.Fetched{Key: a.key(head.ID)}
	changed, _ := head.Updated.Time() // the decoder reports what is not readable
	order, err := a.complete(ctx, opList, body)
	switch marketplace.CodeOf(err) {
	case "":
		fetched.Order = order
	case marketplace.CodeInvalid, marketplace.CodeNotFound:
		fetched.Err = err
	default:
		return marketplace.Fetched{}, time.Time{}, err
	}
	return fetched, changed, nil
}

// key is an order's key by its global id.
func (a *Adapter) key(id wire.Text) canonical.Key {
	return canonical.Key{Channel: a.channel, ID: tail(id)}
}

// GetOrder implements [marketplace.OrderGetter]. The id is the number of Shopify's global id.
func (a *Adapter) GetOrder(ctx context.Context, id string) (canonical.Order, error) {
	if !isID(id) {
		return canonical.Order{}, a.noOrder(opGet)
	}
	var data struct {
		Order json.RawMessage `json:"order"`
	}
	variables := map[string]any{"id": globalID("Order", id)}
	if _, err := a.call(ctx, request{op: opGet, name: "GetOrder", document: getOrderQuery, variables: variables}, &data); err != nil {
		return canonical.Order{}, err
	}
	if len(data.Order) == 0 || string(data.Order) == "null" {
		return canonical.Order{}, a.noOrder(opGet)
	}
	return a.complete(ctx, opGet, data.Order)
}

func globalID(kind, id string) string { return "gid://shopify/" + kind + "/" + id }

func (a *Adapter) noOrder(op string) error {
	return a.fail(marketplace.CodeNotFound, op, "", "the shop has no such order, or it is older than the app may see (scope read_all_orders)", nil)
}

// complete fetches the rest of an order's lists and decodes all of it.
func (a *Adapter) complete(ctx context.Context, op string, body json.RawMessage) (canonical.Order, error) {
	source, ok := readGraph(body)
	if !ok {
		return canonical.Order{}, a.decoder.noObject(op)
	}
	if err := a.rests(ctx, op, &source); err != nil {
		return canonical.Order{}, err
	}
	return a.decoder.graph(op, source)
}

// clock reads Shopify's own time.
func clock(header http.Header) time.Time {
	at, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}
