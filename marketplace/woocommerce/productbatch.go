package woocommerce

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// change sets fields of one product or variation.
type change struct {
	target product
	// path is the field that errors name.
	path   string
	fields map[string]any
}

// changed is the shop's answer to a change: what it shows now, or why not.
type changed struct {
	product
	err error
}

// write carries out changes, up to a hundred per call, and one call per product for variations; there is one result per change. A
// change that is refused, and a product whose call fails, never hold up the others. The error is for the shop as a
// whole: nothing is known of any change then. It is safe to repeat as all values are absolute.
func (a *Adapter) write(ctx context.Context, op string, changes []change) ([]changed, error) {
	results := make([]changed, len(changes))
	order := make([]int, len(changes))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int {
		return cmp.Compare(changes[x].target.parent(), changes[y].target.parent())
	})
	failures, calls := 0, 0
	var last error
	for len(order) > 0 {
		parent, n := changes[order[0]].target.parent(), 1
		for n < len(order) && n < pageSize && changes[order[n]].target.parent() == parent {
			n++
		}
		part := order[:n]
		order = order[n:]
		calls++
		err := a.writePart(ctx, op, parent, changes, part, results)
		if err == nil {
			continue
		}
		switch marketplace.CodeOf(err) {
		case marketplace.CodeUnknown, marketplace.CodeInvalid, marketplace.CodeNotFound, marketplace.CodeConflict:
			// The trouble may lie with these products.
			failures, last = failures+1, err
			for _, i := range part {
				results[i].err = err
			}
		default:
			return nil, err
		}
	}
	if failures > 0 && failures == calls {
		return nil, last
	}
	return results, nil
}

// writePart carries out changes of products, or of the variations of one.
func (a *Adapter) writePart(ctx context.Context, op, parent string, changes []change, part []int, results []changed) error {
	path := productsPath + "/batch"
	if parent != "" {
		path = productsPath + "/" + parent + "/variations/batch"
	}
	update := make([]map[string]any, len(part))
	for k, i := range part {
		update[k] = map[string]any{"id": wireNumber(changes[i].target.ID.String())}
		for name, value := range changes[i].fields {
			update[k][name] = value
		}
	}
	reply, err := a.client.Send(ctx, op, http.MethodPost, path, map[string]any{"update": update})
	if err != nil {
		return err
	}
	var answer struct {
		Update []struct {
			product
			Error wire.Object[refusal] `json:"error"`
		} `json:"update"`
	}
	if err := a.client.Decode(op, reply, &answer); err != nil {
		return err
	}
	if len(answer.Update) != len(part) {
		return a.fail(marketplace.CodeUnknown, op, "", fmt.Sprintf("the shop answered %d changes with %d results, so it is not known what was done: look before repeating", len(part), len(answer.Update)), nil)
	}
	for k, i := range part {
		one := answer.Update[k]
		switch {
		case one.Error.Present || one.Error.Odd:
			results[i].err = a.refused(op, changes[i], one.Error.Value)
		case one.ID.String() != changes[i].target.ID.String():
			results[i].err = a.fail(marketplace.CodeUnknown, op, changes[i].path, "the shop answered for another product, so it is not known what was done: look before repeating", nil)
		default:
			results[i].product = one.product
		}
	}
	return nil
}

// refusal is WordPress's error for one item of a batch.
type refusal struct {
	Code    wire.Text `json:"code"`
	Message wire.Text `json:"message"`
	Data    wire.Object[struct {
		Status wire.Text `json:"status"`
	}] `json:"data"`
}

// refused is why the shop did not take one change.
func (a *Adapter) refused(op string, c change, why refusal) error {
	code, path := marketplace.CodeInvalid, c.path
	switch status := why.Data.Value.Status.String(); {
	case isMissing(why.Code.String()):
		code, path = marketplace.CodeNotFound, "sku"
	case strings.Contains(why.Code.String(), "global_unique_id"):
		path = string(marketplace.ListingBarcode)
	case status == "401" || status == "403":
		code = marketplace.CodePermission
	case status == "429" || len(status) == 3 && status[0] == '5':
		code = marketplace.CodeUnavailable
	}
	return a.fail(code, op, path, "the shop refuses it: "+a.client.Quote(why.Code.String()+": "+why.Message.String()), nil)
}
