package shopify

import (
	"context"
	"encoding/json"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// rests fetches what did not fit on the first page of an order's lists.
func (a *Adapter) rests(ctx context.Context, op string, source *graphOrder) error {
	r := request{op: op, name: "OrderItems", document: itemsQuery}
	if err := remainder(ctx, a, r, source.ID, &source.Items, "order", "lineItems"); err != nil {
		return err
	}
	for i := range source.Fulfillments.Items {
		parcel := &source.Fulfillments.Items[i]
		r := request{op: op, name: "ParcelLines", document: parcelLinesQuery}
		if err := remainder(ctx, a, r, parcel.ID, &parcel.Lines, "fulfillment", "fulfillmentLineItems"); err != nil {
			return err
		}
	}
	for i := range source.Refunds.Items {
		refund := &source.Refunds.Items[i]
		r := request{op: op, name: "RefundLines", document: refundLinesQuery}
		if err := remainder(ctx, a, r, refund.ID, &refund.Lines, "refund", "refundLineItems"); err != nil {
			return err
		}
	}
	return nil
}

// remainder reads the pages of a list behind its first.
func remainder[T any](ctx context.Context, a *Adapter, r request, id wire.Text, list *connection[T], object, field string) error {
	for list.PageInfo.HasNext.IsTrue() {
		r.variables = map[string]any{"id": id.String(), "after": list.PageInfo.End.String()}
		var data map[string]*map[string]json.RawMessage
		if _, err := a.call(ctx, r, &data); err != nil {
			return err
		}
		var page connection[T]
		if data[object] == nil {
			return a.fail(marketplace.CodeNotFound, r.op, field, "it was deleted while it was read", nil)
		}
		_ = page.UnmarshalJSON((*data[object])[field]) // never fails
		stuck := page.PageInfo.HasNext.IsTrue() && page.PageInfo.End.String() == list.PageInfo.End.String()
		if page.Nodes.Odd > 0 || len(page.Nodes.Items) == 0 || stuck {
			return a.fail(marketplace.CodeInvalid, r.op, field, "a page of the list cannot be read", nil)
		}
		list.Nodes.Items = append(list.Nodes.Items, page.Nodes.Items...)
		list.PageInfo = page.PageInfo
	}
	return nil
}
