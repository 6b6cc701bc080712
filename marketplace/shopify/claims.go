package shopify

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// shipmentsKey is the metafield of the order that holds which fulfilment is of which shipment: Shopify keeps no reference of
// ours on a fulfilment itself.
const shipmentsKey = "shipments"

// claims are the content of that metafield: the numbers of the fulfilments by the reference of the shipment. Once there, an
// entry stays, so that a fulfilment that a person cancels is not made again.
type claims map[string][]string

// metafield is a metafield of an order as it was read.
type metafield struct {
	Value  wire.Text `json:"value"`
	Digest wire.Text `json:"compareDigest"`
}

func (a *Adapter) readClaims(op string, field wire.Object[metafield]) (claims, error) {
	book := claims{}
	if field.Present && json.Unmarshal([]byte(field.Value.Value.String()), &book) != nil {
		return nil, a.fail(marketplace.CodeConflict, op, "metafield", "the order's metafield "+referenceNamespace+"."+shipmentsKey+" was changed by somebody else: delete it or repair it", nil)
	}
	if book == nil { // "null"
		book = claims{}
	}
	return book, nil
}

// claimed tells whether a fulfilment is some shipment's.
func (l claims) claimed(id string) bool {
	for _, ids := range l {
		if slices.Contains(ids, id) {
			return true
		}
	}
	return false
}

// writeMetafield sets a metafield of an order unless somebody has changed it since it was read, and returns it as it is
// then; if somebody has, it fails with [marketplace.CodeConflict].
func (a *Adapter) writeMetafield(ctx context.Context, op, order, key, kind, value string, before wire.Object[metafield]) (wire.Object[metafield], error) {
	field := map[string]any{
		"ownerId": globalID("Order", order), "namespace": referenceNamespace, "key": key, "type": kind, "value": value,
	}
	if before.Present {
		field["compareDigest"] = before.Value.Digest.String()
	}
	var done struct {
		Set wire.Object[struct {
			Fields wire.List[wire.Object[metafield]] `json:"metafields"`
			Errors wire.List[userError]              `json:"userErrors"`
		}] `json:"metafieldsSet"`
	}
	write := request{op: op, name: "SetReference", document: setReferenceMutation, writes: true,
		variables: map[string]any{"metafields": []any{field}}}
	if _, err := a.call(ctx, write, &done); err != nil {
		return before, err
	}
	if err := a.refused(op, done.Set.Value.Errors); err != nil {
		return before, err
	}
	if len(done.Set.Value.Fields.Items) != 1 {
		return before, a.fail(marketplace.CodeUnknown, op, "metafieldsSet", "the answer does not say whether it was done: look before repeating", nil)
	}
	return done.Set.Value.Fields.Items[0], nil
}
