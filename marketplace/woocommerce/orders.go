package woocommerce

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/rest"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/feed"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const (
	opList = "list orders"
	opGet  = "get order"
)

// ListOrders implements [marketplace.OrderLister]. Orders with refunds cost one more call each.
func (a *Adapter) ListOrders(ctx context.Context, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
	page, err := a.feed.Page(ctx, query)
	if err != nil && marketplace.CodeOf(err) == "" {
		err = a.fail(marketplace.CodeInvalid, opList, "", "", err)
	}
	return marketplace.OrderPage{Orders: page.Items, Cursor: page.Cursor, More: page.More}, err
}

// GetOrder implements [marketplace.OrderGetter].
func (a *Adapter) GetOrder(ctx context.Context, id string) (canonical.Order, error) {
	if !isID(id) {
		return canonical.Order{}, a.fail(marketplace.CodeNotFound, opGet, "", "an order id of WooCommerce is a positive number", nil)
	}
	reply, err := a.client.Get(ctx, opGet, orderPath(id), url.Values{"dp": {"6"}})
	if err != nil {
		return canonical.Order{}, err
	}
	return a.complete(ctx, opGet, reply.Body)
}

func orderPath(id string) string { return apiPath + "/orders/" + id }

func isID(id string) bool {
	number, err := strconv.ParseUint(id, 10, 64)
	return err == nil && number > 0 && id == strconv.FormatUint(number, 10)
}

// source is the shop's order list as the feed reads it.
type source struct{ adapter *Adapter }

// wireTime is how WooCommerce wants a time: in UTC, without saying so. With a zone WordPress would
// turn it into local time, in spite of dates_are_gmt.
const wireTime = "2006-01-02T15:04:05"

// Changed implements feed.Source.
func (s source) Changed(ctx context.Context, from time.Time, limit int) (feed.Batch[marketplace.Fetched], error) {
	return s.fetch(ctx, changedQuery(from, limit))
}

func changedQuery(from time.Time, limit int) url.Values {
	query := listQuery(limit)
	query.Set("orderby", "modified")
	query.Set("order", "asc")
	if !from.IsZero() {
		query.Set("modified_after", exclusive(from))
	}
	return query
}

// Within implements feed.Source. Creation spans are not needed here: a refund changes its order.
func (s source) Within(ctx context.Context, span feed.Span, offset, limit int) (feed.Batch[marketplace.Fetched], error) {
	return s.fetch(ctx, withinQuery(span, offset, limit))
}

func withinQuery(span feed.Span, offset, limit int) url.Values {
	query := listQuery(limit)
	query.Set("orderby", "id")
	query.Set("order", "asc")
	query.Set("offset", strconv.Itoa(offset))
	if !span.From.IsZero() {
		query.Set("modified_after", exclusive(span.From))
	}
	query.Set("modified_before", span.Before.UTC().Format(wireTime))
	return query
}

// exclusive is the second before from: modified_after does not include its bound.
func exclusive(from time.Time) string {
	return from.UTC().Add(-time.Second).Format(wireTime)
}

func listQuery(limit int) url.Values {
	return url.Values{
		"per_page":      {strconv.Itoa(limit)},
		"dates_are_gmt": {"true"},
		"dp":            {"6"},
	}
}

func (s source) fetch(ctx context.Context, query url.Values) (feed.Batch[marketplace.Fetched], error) {
	reply, err := s.adapter.client.Get(ctx, opList, apiPath+"/orders", query)
	if err != nil {
		return feed.Batch[marketplace.Fetched]{}, err
	}
	var orders []json.RawMessage
	if err := s.adapter.client.Decode(opList, reply, &orders); err != nil {
		return feed.Batch[marketplace.Fetched]{}, err
	}
	batch := feed.Batch[marketplace.Fetched]{Total: total(reply), Now: clock(reply)}
	for _, order := range orders {
		row, err := s.row(ctx, order)
		if err != nil {
			return feed.Batch[marketplace.Fetched]{}, err
		}
		batch.Rows = append(batch.Rows, row)
	}
	return batch, nil
}

// row decodes one order of a page; the error is one that concerns the whole page.
func (s source) row(ctx context.Context, body json.RawMessage) (feed.Row[marketplace.Fetched], error) {
	head := headOf(body)
	row := feed.Row[marketplace.Fetched]{ID: head.id, Changed: head.changed, Shift: head.shift}
	row.Fetched.Key = canonical.Key{Channel: s.adapter.channel, ID: row.ID}
	order, err := s.adapter.complete(ctx, opList, body)
	switch marketplace.CodeOf(err) {
	case "":
		row.Fetched.Order = order
	case marketplace.CodeInvalid, marketplace.CodeNotFound:
		row.Fetched.Err = err
	default:
		return feed.Row[marketplace.Fetched]{}, err
	}
	return row, nil
}

// rowHead is what the feed needs to know of an order.
type rowHead struct {
	id      string
	changed time.Time
	shift   time.Duration
}

// headOf reads a row's head; what is not readable stays empty.
func headOf(body json.RawMessage) rowHead {
	var source struct {
		ID       wire.Text `json:"id"`
		Modified wire.Text `json:"date_modified_gmt"`
		Local    wire.Text `json:"date_modified"`
	}
	_ = json.Unmarshal(body, &source)
	head := rowHead{id: source.ID.String()}
	if at, err := source.Modified.Time(); err == nil {
		head.changed = at
		if local, err := source.Local.Time(); err == nil && !local.IsZero() && !at.IsZero() {
			head.shift = local.Sub(at)
		}
	}
	return head
}

// complete fetches what an order's body only points at, and decodes all of it.
func (a *Adapter) complete(ctx context.Context, op string, body json.RawMessage) (canonical.Order, error) {
	var head struct {
		ID      wire.Text                  `json:"id"`
		Refunds wire.List[json.RawMessage] `json:"refunds"`
	}
	_ = json.Unmarshal(body, &head)
	var refunds []json.RawMessage
	if id := head.ID.String(); len(head.Refunds.Items) > 0 && isID(id) {
		var err error
		if refunds, err = a.refunds(ctx, op, id); err != nil {
			return canonical.Order{}, err
		}
	}
	return a.decoder.decode(op, body, refunds)
}

func (a *Adapter) refunds(ctx context.Context, op, id string) ([]json.RawMessage, error) {
	var all []json.RawMessage
	for page := 1; ; page++ {
		query := url.Values{"per_page": {"100"}, "page": {strconv.Itoa(page)}, "dp": {"6"}, "orderby": {"id"}, "order": {"asc"}}
		reply, err := a.client.Get(ctx, op, orderPath(id)+"/refunds", query)
		if err != nil {
			return nil, err
		}
		var refunds []json.RawMessage
		if err := a.client.Decode(op, reply, &refunds); err != nil {
			return nil, err
		}
		all = append(all, refunds...)
		if len(refunds) < 100 {
			return all, nil
		}
	}
}

// total reads how many orders match; −1 if a proxy dropped the header.
func total(reply rest.Reply) int {
	count, err := strconv.Atoi(reply.Header.Get("X-WP-Total"))
	if err != nil || count < 0 {
		return -1
	}
	return count
}

// clock reads the shop's own time.
func clock(reply rest.Reply) time.Time {
	at, err := http.ParseTime(reply.Header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}
