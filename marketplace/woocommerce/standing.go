package woocommerce

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// standing is how far an order is, as what goes out about it needs to know.
type standing struct {
	ID        wire.Text                  `json:"id"`
	Status    wire.Text                  `json:"status"`
	Completed wire.Text                  `json:"date_completed_gmt"`
	Items     wire.List[item]            `json:"line_items"`
	Refunds   wire.List[json.RawMessage] `json:"refunds"`
	Meta      wire.List[meta]            `json:"meta_data"`
}

// standing looks at an order.
func (a *Adapter) standing(ctx context.Context, op, id string) (standing, error) {
	if !isID(id) {
		return standing{}, a.fail(marketplace.CodeNotFound, op, "order", "an order id of WooCommerce is a positive number", nil)
	}
	reply, err := a.client.Get(ctx, op, orderPath(id), url.Values{"_fields": {"id,status,date_completed_gmt,line_items,refunds,meta_data"}})
	if err != nil {
		return standing{}, a.withPath(err, "order")
	}
	var order standing
	if err := a.client.Decode(op, reply, &order); err != nil {
		return standing{}, err
	}
	return order, nil
}

// withPath names the field for an object that does not exist.
func (a *Adapter) withPath(err error, path string) error {
	if failure, ok := err.(*marketplace.Error); ok && failure.Code == marketplace.CodeNotFound {
		named := *failure
		named.Path = path
		return &named
	}
	return err
}

// amend changes an order's status, unless it is empty, and its meta data, and returns the status that it has then.
func (a *Adapter) amend(ctx context.Context, op, id, status string, entries []map[string]any) (string, error) {
	body := map[string]any{"meta_data": entries}
	if status != "" {
		body["status"] = status
	}
	reply, err := a.client.Send(ctx, op, http.MethodPut, orderPath(id), body)
	if err != nil {
		return "", a.withPath(err, "order")
	}
	var order standing
	if err := a.client.Decode(op, reply, &order); err != nil {
		return "", err
	}
	return order.Status.String(), nil
}

// outcome makes a result of an error that concerns the order alone; any other error is that of the call.
func outcome(err error) (marketplace.ShipmentResult, error) {
	switch marketplace.CodeOf(err) {
	case marketplace.CodeNotFound, marketplace.CodeInvalid, marketplace.CodeConflict:
		return marketplace.ShipmentResult{Outcome: marketplace.ShipmentRejected, Err: err}, nil
	default:
		return marketplace.ShipmentResult{}, err
	}
}

// isOver reports whether nothing of the order is to be shipped any more, and says why.
func (o standing) isOver() (string, bool) {
	switch word := o.Status.String(); word {
	case "cancelled", "refunded", "failed", "pending", "checkout-draft", "auto-draft", "trash":
		return word, true
	default:
		return word, false
	}
}

// isDone reports whether the shop holds the order for shipped. An order that was completed keeps the date, also if
// somebody takes that back and lets it wait again.
func (a *Adapter) isDone(o standing) bool {
	word := o.Status.String()
	return word == "completed" || word == a.words.shipped || word == a.words.delivered && word != "" || !o.Completed.IsEmpty() && !a.waits(o)
}

// waits reports whether the order has a status in which shops wait for shipments.
func (a *Adapter) waits(o standing) bool {
	word := o.Status.String()
	return word == "processing" || word == "on-hold" || word == a.words.partly && word != ""
}

// item is the order's line with an id.
func (o standing) item(lineID string) (item, bool) {
	k := slices.IndexFunc(o.Items.Items, func(i item) bool { return i.ID.String() == lineID })
	if k < 0 || lineID == "" {
		return item{}, false
	}
	return o.Items.Items[k], true
}

// toShip is how many units of each line leave the shop in all: what was ordered less what was refunded.
func (a *Adapter) toShip(ctx context.Context, op string, o standing) (map[string]decimal.Decimal, error) {
	var r wire.Reader
	left := map[string]decimal.Decimal{}
	for k, line := range o.Items.Items {
		left[line.ID.String()] = r.Amount(fmt.Sprintf("line_items[%d].quantity", k), line.Quantity)
	}
	if len(o.Refunds.Items) > 0 {
		bodies, err := a.refunds(ctx, op, o.ID.String())
		if err != nil {
			return nil, err
		}
		for _, back := range readRefunds(&r, bodies) {
			for _, part := range back.lines {
				if units, known := left[part.lineID]; known {
					left[part.lineID] = r.Sub("refunds", units, part.qty)
				}
			}
		}
	}
	if path, err := r.Failure(); err != nil {
		return nil, a.fail(marketplace.CodeInvalid, op, path, fmt.Sprintf("order %s cannot be read: correct it in the shop", o.ID), err)
	}
	return left, nil
}

// isShipped reports whether every line that is shipped at all has been shipped.
func (a *Adapter) isShipped(ctx context.Context, op string, o standing, records []record) (bool, error) {
	left, err := a.toShip(ctx, op, o)
	if err != nil {
		return false, err
	}
	shipped, err := a.shipped(op, records)
	if err != nil {
		return false, err
	}
	var untouched []item
	for _, line := range o.Items.Items {
		id := line.ID.String()
		switch {
		case shipped[id].Cmp(left[id]) >= 0:
		case shipped[id].IsZero():
			untouched = append(untouched, line)
		default:
			return false, nil
		}
	}
	// Odoo delivers no services and downloads: they do not keep an order open.
	for _, line := range untouched {
		virtual, err := a.isVirtual(ctx, op, line)
		if err != nil || !virtual {
			return false, err
		}
	}
	return true, nil
}

// shipped sums what the records have shipped of each line.
func (a *Adapter) shipped(op string, records []record) (map[string]decimal.Decimal, error) {
	var r wire.Reader
	sums := map[string]decimal.Decimal{}
	for _, one := range records {
		for _, line := range one.Lines.Items {
			id := line.ID.String()
			sums[id] = r.Add("lines", sums[id], r.Amount("lines", line.Quantity))
		}
	}
	if path, err := r.Failure(); err != nil {
		return nil, a.fail(marketplace.CodeInvalid, op, path, "what was recorded of earlier shipments in the order's meta data ("+recordPrefix+"…) cannot be read: correct it in the shop", err)
	}
	return sums, nil
}

// isVirtual asks the shop whether a line's article is a service or a download. One that has been deleted counts as a thing.
func (a *Adapter) isVirtual(ctx context.Context, op string, line item) (bool, error) {
	id, variation := line.ProductID.String(), line.VariationID.String()
	if !isID(id) {
		return false, nil
	}
	path := productsPath + "/" + id
	if isID(variation) {
		path += "/variations/" + variation
	}
	reply, err := a.client.Get(ctx, op, path, url.Values{"_fields": {"id,virtual"}})
	if marketplace.CodeOf(err) == marketplace.CodeNotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var article product
	err = a.client.Decode(op, reply, &article)
	return article.Virtual.IsTrue(), err
}
