package medusa

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
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
	returnsPath   = "/admin/returns"
	claimsPath    = "/admin/claims"
	exchangesPath = "/admin/exchanges"
)

// returnFields is what is read of an order for its returns.
var returnFields = strings.Join([]string{
	"id", "display_id", "custom_display_id", "currency_code", "metadata", "updated_at",
	"*items", "*items.detail", "*items.tax_lines", "*items.adjustments",
	"*shipping_methods", "*shipping_methods.detail", "*shipping_methods.tax_lines", "*shipping_methods.adjustments",
	"*returns", "*returns.items", "*returns.items.reason", "*returns.fulfillments", "*returns.fulfillments.labels",
}, ",")

// ListReturns implements [returns.Lister]. It reads the orders that have changed: a second receipt of a return and what became
// of its money move the order's time, but not the return's. An order with returns costs a few calls more.
func (a *Adapter) ListReturns(ctx context.Context, query returns.Query) (returns.Page, error) {
	page, err := a.returned.Page(ctx, marketplace.OrderQuery(query))
	if err != nil && marketplace.CodeOf(err) == "" {
		err = a.fail(marketplace.CodeInvalid, opListReturns, "", "", err)
	}
	result := returns.Page{Cursor: page.Cursor, More: page.More}
	for _, ofOrder := range page.Items {
		result.Returns = append(result.Returns, ofOrder...)
	}
	return result, err
}

// GetReturn implements [returns.Getter]. The id of an exchange or a claim, as notices have them, finds its return.
func (a *Adapter) GetReturn(ctx context.Context, id string) (canonical.Return, error) {
	orderID, id, err := a.whereabouts(ctx, opGetReturn, id)
	if err != nil {
		return canonical.Return{}, err
	}
	c, err := a.readReturn(ctx, opGetReturn, orderID, id)
	if err != nil {
		return canonical.Return{}, err
	}
	return a.decoder.decodeReturn(opGetReturn, canonical.Key{Channel: a.channel, ID: orderID}, c)
}

// whereabouts returns the order of a return, and the return of an exchange or claim.
func (a *Adapter) whereabouts(ctx context.Context, op, id string) (orderID, returnID string, err error) {
	if !isID(id) {
		return "", "", a.fail(marketplace.CodeNotFound, op, "", "this is not a return id of Medusa", nil)
	}
	path, field, fields := returnsPath, "return", "id,order_id"
	switch {
	case strings.HasPrefix(id, "claim_"):
		path, field, fields = claimsPath, "claim", "id,order_id,return_id"
	case strings.HasPrefix(id, "oexc_"):
		path, field, fields = exchangesPath, "exchange", "id,order_id,return_id"
	}
	reply, err := a.client.Get(ctx, op, path+"/"+id, url.Values{"fields": {fields}})
	if err != nil {
		return "", "", err
	}
	var answer map[string]struct {
		ID       wire.Text `json:"id"`
		OrderID  wire.Text `json:"order_id"`
		ReturnID wire.Text `json:"return_id"`
	}
	if err := a.client.Decode(op, reply, &answer); err != nil {
		return "", "", err
	}
	found := answer[field]
	if found.ID.String() != id || !isID(found.OrderID.String()) {
		return "", "", a.fail(marketplace.CodeUnavailable, op, field, "the answer is not the object that was asked for: is this the address of a Medusa v2 server?", nil)
	}
	if !found.ReturnID.IsEmpty() {
		id = found.ReturnID.String()
	}
	return found.OrderID.String(), id, nil
}

// readReturn reads one return of an order.
func (a *Adapter) readReturn(ctx context.Context, op, orderID, id string) (returnCase, error) {
	file, err := a.readReturnFile(ctx, op, orderID, true)
	if err != nil {
		return returnCase{}, err
	}
	cases, _, err := a.decoder.cases(op, file)
	if err != nil {
		return returnCase{}, err
	}
	for _, c := range cases {
		if c.source.ID.String() == id {
			return c, nil
		}
	}
	return returnCase{}, a.fail(marketplace.CodeNotFound, op, "return", "the order has no such return, or it is a draft that nobody has asked for yet", nil)
}

// readReturnFile reads an order with its returns; claims as well if wanted or if a return is of one.
func (a *Adapter) readReturnFile(ctx context.Context, op, orderID string, claims bool) (ReturnFile, error) {
	var answer struct {
		Order     json.RawMessage `json:"order"`
		Changes   json.RawMessage `json:"order_changes"`
		Exchanges json.RawMessage `json:"exchanges"`
		Claims    json.RawMessage `json:"claims"`
	}
	get := func(path string, query url.Values) error {
		reply, err := a.client.Get(ctx, op, path, query)
		if err != nil {
			return err
		}
		return a.client.Decode(op, reply, &answer)
	}
	file := func() ReturnFile {
		return ReturnFile{Order: answer.Order, Changes: answer.Changes, Exchanges: answer.Exchanges, Claims: answer.Claims}
	}
	if err := get(ordersPath+"/"+orderID, url.Values{"fields": {returnFields}}); err != nil {
		return ReturnFile{}, err
	}
	var head returnedOrder
	if err := json.Unmarshal(answer.Order, &head); err != nil {
		return file(), nil // the decoder says what is wrong with it
	}
	exchanges, history := false, false
	for _, one := range head.Returns.Items {
		exchanges, claims = exchanges || !one.ExchangeID.IsEmpty(), claims || !one.ClaimID.IsEmpty()
		history = history || one.Status.String() != "open"
	}
	if history {
		if err := get(ordersPath+"/"+orderID+"/changes", nil); err != nil {
			return ReturnFile{}, err
		}
	}
	const swapFields = "id,type,display_id,order_id,return_id,created_at,updated_at,canceled_at,*additional_items"
	of := url.Values{"order_id": {orderID}, "limit": {"200"}, "fields": {swapFields}}
	if exchanges {
		of.Set("fields", strings.Replace(swapFields, "type,", "", 1))
		if err := get(exchangesPath, of); err != nil {
			return ReturnFile{}, err
		}
	}
	if claims {
		of.Set("fields", swapFields+",*claim_items")
		if err := get(claimsPath, of); err != nil {
			return ReturnFile{}, err
		}
	}
	return file(), nil
}

// returnSource is the shop's list of orders as the feed of returns reads it.
type returnSource struct{ adapter *Adapter }

// returnHead is as much of an order as says whether something comes back.
const returnHead = "id,updated_at,returns.id,items.id,*items.detail"

// Changed implements feed.Source.
func (s returnSource) Changed(ctx context.Context, from time.Time, limit int) (feed.Batch[[]returns.Fetched], error) {
	query := listQuery("updated_at", 0, limit)
	if !from.IsZero() {
		query.Set("updated_at[$gte]", from.UTC().Format(wireTime))
	}
	return s.fetch(ctx, query)
}

// Within implements feed.Source.
func (s returnSource) Within(ctx context.Context, span feed.Span, offset, limit int) (feed.Batch[[]returns.Fetched], error) {
	query := listQuery("id", offset, limit)
	if !span.From.IsZero() {
		query.Set("updated_at[$gte]", span.From.UTC().Format(wireTime))
	}
	query.Set("updated_at[$lt]", span.Before.UTC().Format(wireTime))
	return s.fetch(ctx, query)
}

func (s returnSource) fetch(ctx context.Context, query url.Values) (feed.Batch[[]returns.Fetched], error) {
	query.Set("fields", returnHead)
	none := feed.Batch[[]returns.Fetched]{}
	reply, err := s.adapter.client.Get(ctx, opListReturns, ordersPath, query)
	if err != nil {
		return none, err
	}
	type head struct {
		ID      wire.Text       `json:"id"`
		Updated wire.Text       `json:"updated_at"`
		Items   wire.List[item] `json:"items"`
		Returns wire.List[struct {
			ID wire.Text `json:"id"`
		}] `json:"returns"`
	}
	var answer struct {
		Orders *[]head `json:"orders"`
		Count  *int    `json:"count"`
	}
	if err := s.adapter.client.Decode(opListReturns, reply, &answer); err != nil {
		return none, err
	}
	if answer.Orders == nil || answer.Count == nil {
		return none, s.adapter.fail(marketplace.CodeInvalid, opListReturns, "orders", "the answer is no counted list of orders: is this the address of a Medusa v2 server?", nil)
	}
	batch := feed.Batch[[]returns.Fetched]{Total: *answer.Count}
	if at, err := http.ParseTime(reply.Header.Get("Date")); err == nil {
		batch.Now = at.UTC()
	}
	for _, order := range *answer.Orders {
		row := feed.Row[[]returns.Fetched]{ID: order.ID.String()}
		if at, err := order.Updated.Time(); err == nil {
			row.Changed = at
		}
		// What a claim is for counts as written off.
		claims := false
		for _, item := range order.Items.Items {
			claims = claims || !isNone(item.Detail.Value.WrittenOff)
		}
		if isID(row.ID) && (claims || len(order.Returns.Items) > 0) {
			if row.Fetched, err = s.adapter.returnsOf(ctx, row.ID, claims); err != nil {
				return none, err
			}
		}
		batch.Rows = append(batch.Rows, row)
	}
	return batch, nil
}

func isNone(quantity wire.Text) bool { return quantity.IsEmpty() || quantity.String() == "0" }

// returnsOf reads the returns of one order. One that cannot be decoded does not hide others.
func (a *Adapter) returnsOf(ctx context.Context, orderID string, claims bool) ([]returns.Fetched, error) {
	file, err := a.readReturnFile(ctx, opListReturns, orderID, claims)
	if marketplace.CodeOf(err) == marketplace.CodeNotFound {
		return nil, nil // deleted meanwhile
	}
	if err != nil {
		return nil, err
	}
	all, err := a.decoder.returns(opListReturns, file)
	if err != nil {
		return []returns.Fetched{{Err: err}}, nil
	}
	return all, nil
}
