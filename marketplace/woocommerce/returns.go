package woocommerce

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/feed"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
	"github.com/retailsync/retailsync/returns"
)

const (
	opListReturns = "list returns"
	opGetReturn   = "get return"
)

// ListReturns implements [returns.Lister]: the refunds of the orders that have changed, since a refund changes its order. Orders with
// refunds cost one more call each.
func (a *Adapter) ListReturns(ctx context.Context, query returns.Query) (returns.Page, error) {
	page, err := a.refunded.Page(ctx, marketplace.OrderQuery(query))
	if err != nil && marketplace.CodeOf(err) == "" {
		err = a.fail(marketplace.CodeInvalid, opListReturns, "", "", err)
	}
	result := returns.Page{Cursor: page.Cursor, More: page.More}
	for _, ofOrder := range page.Items {
		result.Returns = append(result.Returns, ofOrder...)
	}
	return result, err
}

// GetReturn implements [returns.Getter]. The id of a return is that of its order and that of the refund, with a hyphen between.
func (a *Adapter) GetReturn(ctx context.Context, id string) (canonical.Return, error) {
	orderID, _, ok := splitReturn(id)
	if !ok {
		return canonical.Return{}, a.fail(marketplace.CodeNotFound, opGetReturn, "", "a return id of WooCommerce is an order's id and a refund's, as in 723-726", nil)
	}
	reply, err := a.client.Get(ctx, opGetReturn, orderPath(orderID), url.Values{"dp": {"6"}})
	if err != nil {
		return canonical.Return{}, err
	}
	all, err := a.returnsOf(ctx, opGetReturn, reply.Body)
	if err != nil {
		return canonical.Return{}, err
	}
	for _, one := range all {
		if one.Key.ID == id {
			return one, nil
		}
	}
	return canonical.Return{}, a.fail(marketplace.CodeNotFound, opGetReturn, "", "the order has no such refund, or it is a cancellation of what was not shipped", nil)
}

// returnsOf fetches the refunds of an order and decodes them as returns.
func (a *Adapter) returnsOf(ctx context.Context, op string, body json.RawMessage) ([]canonical.Return, error) {
	var head struct {
		ID      wire.Text                  `json:"id"`
		Refunds wire.List[json.RawMessage] `json:"refunds"`
	}
	_ = json.Unmarshal(body, &head) // what is not readable stays empty
	if id := head.ID.String(); len(head.Refunds.Items) == 0 || !isID(id) {
		return nil, nil
	}
	refunds, err := a.refunds(ctx, op, head.ID.String())
	if err != nil {
		return nil, err
	}
	return a.decoder.returns(op, body, refunds)
}

// refundSource is the shop's list of orders as the feed of returns reads it.
type refundSource struct{ orders source }

// Changed implements feed.Source.
func (s refundSource) Changed(ctx context.Context, from time.Time, limit int) (feed.Batch[[]returns.Fetched], error) {
	return s.fetch(ctx, changedQuery(from, limit))
}

// Within implements feed.Source.
func (s refundSource) Within(ctx context.Context, span feed.Span, offset, limit int) (feed.Batch[[]returns.Fetched], error) {
	return s.fetch(ctx, withinQuery(span, offset, limit))
}

func (s refundSource) fetch(ctx context.Context, query url.Values) (feed.Batch[[]returns.Fetched], error) {
	a := s.orders.adapter
	none := feed.Batch[[]returns.Fetched]{}
	reply, err := a.client.Get(ctx, opListReturns, apiPath+"/orders", query)
	if err != nil {
		return none, err
	}
	var orders []json.RawMessage
	if err := a.client.Decode(opListReturns, reply, &orders); err != nil {
		return none, err
	}
	batch := feed.Batch[[]returns.Fetched]{Total: total(reply), Now: clock(reply)}
	for _, order := range orders {
		head := headOf(order)
		row := feed.Row[[]returns.Fetched]{ID: head.id, Changed: head.changed, Shift: head.shift}
		all, err := a.returnsOf(ctx, opListReturns, order)
		switch marketplace.CodeOf(err) {
		case "":
			for _, one := range all {
				row.Fetched = append(row.Fetched, returns.Fetched{Key: one.Key, Return: one})
			}
		case marketplace.CodeInvalid, marketplace.CodeNotFound:
			row.Fetched = a.unreadable(order, err)
		default:
			return none, err
		}
		batch.Rows = append(batch.Rows, row)
	}
	return batch, nil
}

// unreadable says of each refund of an order that it cannot be decoded.
func (a *Adapter) unreadable(order json.RawMessage, failure error) []returns.Fetched {
	var failed []returns.Fetched
	for _, id := range refundsOf(order) {
		failed = append(failed, returns.Fetched{Key: canonical.Key{Channel: a.channel, ID: id}, Err: failure})
	}
	return failed
}

// refundsOf are the ids of the returns that an order's body names.
func refundsOf(order json.RawMessage) []string {
	var head struct {
		ID      wire.Text `json:"id"`
		Refunds wire.List[struct {
			ID wire.Text `json:"id"`
		}] `json:"refunds"`
	}
	_ = json.Unmarshal(order, &head)
	var ids []string
	for _, refund := range head.Refunds.Items {
		if id := head.ID.String() + "-" + refund.ID.String(); isID(head.ID.String()) && isID(refund.ID.String()) {
			ids = append(ids, id)
		}
	}
	return ids
}
