package medusa

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/feed"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const (
	opList     = "list orders"
	opGet      = "get order"
	ordersPath = "/admin/orders"
)

// fields is what is read of an order. A list of names replaces Medusa's defaults, so that a new version of
// Medusa with other defaults changes nothing.
var fields = strings.Join([]string{
	"id", "display_id", "custom_display_id", "status", "version", "metadata", "locale",
	"created_at", "updated_at", "email", "currency_code", "region_id", "sales_channel_id", "customer_id",
	"total", "credit_line_total", "payment_status", "fulfillment_status",
	"*items", "*items.detail", "*items.tax_lines", "*items.adjustments",
	"items.variant.ean", "items.variant.upc", "items.variant.barcode",
	"*credit_lines", "*shipping_address", "*billing_address", "customer.company_name",
	"*shipping_methods", "*shipping_methods.detail", "*shipping_methods.tax_lines", "*shipping_methods.adjustments",
	"*payment_collections", "*payment_collections.payments",
	"*payment_collections.payments.refunds", "*payment_collections.payments.captures",
	"*fulfillments", "*fulfillments.items", "*fulfillments.labels",
}, ",")

// ListOrders implements [marketplace.OrderLister].
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
		return canonical.Order{}, a.fail(marketplace.CodeNotFound, opGet, "", "this is not an order id of Medusa", nil)
	}
	reply, err := a.client.Get(ctx, opGet, ordersPath+"/"+id, url.Values{"fields": {fields}})
	if err != nil {
		return canonical.Order{}, err
	}
	var answer struct {
		Order json.RawMessage `json:"order"`
	}
	if err := a.client.Decode(opGet, reply, &answer); err != nil {
		return canonical.Order{}, err
	}
	return a.decoder.decode(opGet, answer.Order)
}

// isID keeps what would change the meaning of an address out of it.
func isID(id string) bool {
	if id == "" || len(id) > 128 {
		return false
	}
	for _, r := range id {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '_' && r != '-' {
			return false
		}
	}
	return true
}

// source is the shop's order list as the feed reads it.
type source struct{ adapter *Adapter }

const wireTime = "2006-01-02T15:04:05.000Z"

// Changed implements feed.Source. Medusa stores microseconds and shows milliseconds, cut off: reading from
// the shown time on includes the order itself.
func (s source) Changed(ctx context.Context, from time.Time, limit int) (feed.Batch[marketplace.Fetched], error) {
	query := listQuery("updated_at", 0, limit)
	if !from.IsZero() {
		query.Set("updated_at[$gte]", from.UTC().Format(wireTime))
	}
	return s.fetch(ctx, query)
}

// Within implements feed.Source.
func (s source) Within(ctx context.Context, span feed.Span, offset, limit int) (feed.Batch[marketplace.Fetched], error) {
	query := listQuery("id", offset, limit)
	field := "updated_at"
	if span.Created {
		field = "created_at"
	}
	if !span.From.IsZero() {
		query.Set(field+"[$gte]", span.From.UTC().Format(wireTime))
	}
	query.Set(field+"[$lt]", span.Before.UTC().Format(wireTime))
	return s.fetch(ctx, query)
}

func listQuery(order string, offset, limit int) url.Values {
	return url.Values{
		"fields": {fields},
		"order":  {order}, // Medusa takes one field only
		"limit":  {strconv.Itoa(limit)},
		"offset": {strconv.Itoa(offset)},
	}
}

func (s source) fetch(ctx context.Context, query url.Values) (feed.Batch[marketplace.Fetched], error) {
	reply, err := s.adapter.client.Get(ctx, opList, ordersPath, query)
	if err != nil {
		return feed.Batch[marketplace.Fetched]{}, err
	}
	var answer struct {
		Orders *[]json.RawMessage `json:"orders"`
		Count  *int               `json:"count"`
	}
	if err := s.adapter.client.Decode(opList, reply, &answer); err != nil {
		return feed.Batch[marketplace.Fetched]{}, err
	}
	if answer.Orders == nil {
		// An empty page would end the run as if all had been read.
		return feed.Batch[marketplace.Fetched]{}, s.adapter.fail(marketplace.CodeInvalid, opList, "orders", "the answer has no list of orders: is this the address of a Medusa v2 server?", nil)
	}
	batch := feed.Batch[marketplace.Fetched]{Total: -1, Rows: make([]feed.Row[marketplace.Fetched], len(*answer.Orders))}
	if answer.Count != nil && *answer.Count >= 0 {
		batch.Total = *answer.Count
	}
	if at, err := http.ParseTime(reply.Header.Get("Date")); err == nil {
		batch.Now = at.UTC()
	}
	for i, body := range *answer.Orders {
		batch.Rows[i] = s.row(body)
	}
	return batch, nil
}

func (s source) row(body json.RawMessage) feed.Row[marketplace.Fetched] {
	var head struct {
		ID      wire.Text `json:"id"`
		Updated wire.Text `json:"updated_at"`
	}
	_ = json.Unmarshal(body, &head) // what is not readable stays empty
	row := feed.Row[marketplace.Fetched]{ID: head.ID.String()}
	if at, err := head.Updated.Time(); err == nil {
		row.Changed = at
	}
	row.Fetched.Key = canonical.Key{Channel: s.adapter.channel, ID: row.ID}
	row.Fetched.Order, row.Fetched.Err = s.adapter.decoder.decode(opList, body)
	return row
}
