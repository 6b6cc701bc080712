package shopify

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const (
	opPublishStock = "publish stock"
	opReadStock    = "read stock"
	opListStock    = "list stock"
	// stockBatch is how many elements Shopify takes in a list.
	stockBatch = 250
	// stockPasses is how often a level is tried that changes between reading and writing.
	stockPasses = 3
)

// maxStock is the largest level that Shopify takes.
var maxStock = decimal.MustNew(1_000_000_000, 0)

// StockBatch implements [marketplace.StockPublisher].
func (a *Adapter) StockBatch() int { return stockBatch }

// PublishStock implements [marketplace.StockPublisher]. What Shopify calls available is set: on hand and neither committed
// to orders nor set aside. Each level is read just before and set only if it is still the same then, also where the
// caller expects nothing; one that a sale has moved in between is read again. An item that is not stocked at its
// location yet is stocked there. A location that is empty means the shop's only one.
func (a *Adapter) PublishStock(ctx context.Context, levels []marketplace.StockLevel) ([]marketplace.StockResult, error) {
	results := make([]marketplace.StockResult, len(levels))
	open := make([]int, 0, len(levels))
	for i, level := range levels {
		results[i] = marketplace.StockResult{Item: level.StockItem, Outcome: marketplace.StockRejected}
		if !level.Quantity.IsInt() || level.Quantity.IsNeg() || level.Quantity.Cmp(maxStock) > 0 {
			results[i].Err = a.fail(marketplace.CodeInvalid, opPublishStock, "quantity", fmt.Sprintf("%s of %q cannot be shown: Shopify counts whole units from 0 to a billion", level.Quantity, level.SKU), nil)
			continue
		}
		open = append(open, i)
	}
	for range stockPasses {
		var again []int
		for part := range slices.Chunk(open, stockBatch) {
			moved, err := a.publishStock(ctx, levels, results, part)
			if err != nil {
				return nil, err
			}
			again = append(again, moved...)
		}
		if open = again; len(open) == 0 {
			break
		}
	}
	for _, i := range open {
		results[i].Outcome = marketplace.StockRejected
		results[i].Err = a.fail(marketplace.CodeUnavailable, opPublishStock, "", fmt.Sprintf("the level of %q changes faster than it can be set: retry later", levels[i].SKU), nil)
	}
	return results, nil
}

// stockWrite is one level that is to be set.
type stockWrite struct {
	at             int // the level's place
	item, location string
	from, to       decimal.Decimal
}

// publishStock sets levels as far as they differ, and returns those that have moved meanwhile.
func (a *Adapter) publishStock(ctx context.Context, levels []marketplace.StockLevel, results []marketplace.StockResult, open []int) ([]int, error) {
	items := make([]marketplace.StockItem, len(open))
	for k, i := range open {
		items[k] = levels[i].StockItem
	}
	found, err := a.locate(ctx, opPublishStock, items)
	if err != nil {
		return nil, err
	}
	var writes []stockWrite
	var again []int
	taken := map[string]bool{}
	for k, i := range open {
		there, level, result := found[k], levels[i], &results[i]
		if there.err != nil && !there.addable {
			result.Err = there.err
			continue
		}
		pair := there.item + "@" + there.location
		if taken[pair] {
			result.Err = a.fail(marketplace.CodeInvalid, opPublishStock, "sku", fmt.Sprintf("%q is there twice for one location", level.SKU), nil)
			continue
		}
		taken[pair] = true
		write := stockWrite{at: i, item: there.item, location: there.location, from: there.available, to: level.Quantity}
		switch shows := there.available; {
		case there.addable:
			moved, err := a.activate(ctx, write, result)
			if err != nil {
				return nil, err
			}
			if moved {
				again = append(again, i)
			}
		case shows.Equal(level.Quantity):
			result.Outcome = marketplace.StockAccepted
		case level.Expected != nil && !level.Expected.Equal(shows):
			result.Outcome, result.Shows = marketplace.StockConflict, &shows
		default:
			writes = append(writes, write)
		}
	}
	moved, err := a.setStock(ctx, writes, results)
	return append(again, moved...), err
}

const setStockMutation = `mutation SetStock($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) { userErrors { field message code } }
}`

// once is a key for Shopify's @idempotent, a new one for each call. A key that is used again within a day gives the old
// answer and does nothing, so one that follows from a level would silently drop the second of two equal changes.
// That a call is carried out twice does no harm: the second one finds another quantity than it changes from.
func once() string {
	var key [16]byte
	_, _ = rand.Read(key[:]) // never fails
	return hex.EncodeToString(key[:])
}

// setStock sets levels, all of a call or none; those that are refused are left out of the next call. It returns the
// levels that have moved.
func (a *Adapter) setStock(ctx context.Context, writes []stockWrite, results []marketplace.StockResult) (moved []int, err error) {
	for len(writes) > 0 {
		refusals, err := a.sendStock(ctx, writes)
		if err != nil {
			return nil, err
		}
		var next []stockWrite
		for i, write := range writes {
			one, refused := refusals[i]
			if !refused {
				one, refused = refusals[-1]
			}
			switch {
			case len(refusals) == 0:
				results[write.at].Outcome = marketplace.StockAccepted
			case !refused:
				next = append(next, write)
			case one.Code.String() == "CHANGE_FROM_QUANTITY_STALE":
				moved = append(moved, write.at)
			default:
				results[write.at].Err = a.stockRefusal(one, results[write.at].Item)
			}
		}
		writes = next // fewer each time, since each refusal concerns at least one
	}
	return moved, nil
}

// sendStock sends one call and returns its refusals by the place of the write, -1 for what concerns all of them.
func (a *Adapter) sendStock(ctx context.Context, writes []stockWrite) (map[int]userError, error) {
	quantities := make([]any, len(writes))
	for i, write := range writes {
		quantities[i] = map[string]any{
			"inventoryItemId": globalID("InventoryItem", write.item), "locationId": globalID("Location", write.location),
			"quantity": json.Number(write.to.Trim(0).String()), "changeFromQuantity": json.Number(write.from.Trim(0).String()),
		}
	}
	var data struct {
		Set wire.Object[struct {
			Errors wire.List[userError] `json:"userErrors"`
		}] `json:"inventorySetQuantities"`
	}
	input := map[string]any{"name": "available", "reason": "correction", "quantities": quantities}
	write := request{op: opPublishStock, name: "SetStock", document: setStockMutation, writes: true,
		variables: map[string]any{"input": input, "key": once()}}
	if _, err := a.call(ctx, write, &data); err != nil {
		return nil, err
	}
	if !data.Set.Present {
		return nil, a.fail(marketplace.CodeUnknown, opPublishStock, "inventorySetQuantities", "the answer does not say whether it was done: look before repeating", nil)
	}
	refusals := map[int]userError{}
	for _, one := range data.Set.Value.Errors.Items {
		at := one.index("quantities", len(writes))
		if _, before := refusals[at]; !before {
			refusals[at] = one
		}
	}
	return refusals, nil
}

// stockRefusal is why Shopify does not take a level.
func (a *Adapter) stockRefusal(one userError, item marketplace.StockItem) error {
	code, path := marketplace.CodeInvalid, graphError{Path: one.Field}.place()
	switch one.Code.String() {
	case "INVALID_INVENTORY_ITEM":
		code, path = marketplace.CodeNotFound, "sku"
	case "INVALID_LOCATION":
		code, path = marketplace.CodeNotFound, "location"
	case "NON_MUTABLE_INVENTORY_ITEM":
		path = "sku"
	case "INVALID_QUANTITY_NEGATIVE", "INVALID_QUANTITY_TOO_HIGH", "INVALID_QUANTITY_TOO_LOW":
		path = "quantity"
	case "IDEMPOTENCY_CONCURRENT_REQUEST", "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED":
		code = marketplace.CodeUnavailable
	}
	return a.fail(code, opPublishStock, path, fmt.Sprintf("the level of %q is refused: the channel says %s", item.SKU, a.client.Quote(one.Message.String())), nil)
}

const activateMutation = `mutation StockAt($item: ID!, $location: ID!, $available: Int!, $key: String!) {
  inventoryActivate(inventoryItemId: $item, locationId: $location, available: $available) @idempotent(key: $key) {
    inventoryLevel { id } userErrors { field message }
  }
}`

// activate stocks an item at a location. It is moved if somebody else did so meanwhile.
func (a *Adapter) activate(ctx context.Context, write stockWrite, result *marketplace.StockResult) (moved bool, err error) {
	var data struct {
		Activate wire.Object[struct {
			Level  graphID              `json:"inventoryLevel"`
			Errors wire.List[userError] `json:"userErrors"`
		}] `json:"inventoryActivate"`
	}
	send := request{op: opPublishStock, name: "StockAt", document: activateMutation, writes: true, variables: map[string]any{
		"item": globalID("InventoryItem", write.item), "location": globalID("Location", write.location),
		"available": json.Number(write.to.Trim(0).String()), "key": once(),
	}}
	if _, err := a.call(ctx, send, &data); err != nil {
		return false, err
	}
	refused := data.Activate.Value.Errors.Items
	if len(refused) == 0 && data.Activate.Value.Level.Present {
		result.Outcome = marketplace.StockAccepted
		return false, nil
	}
	if len(refused) == 0 {
		return false, a.fail(marketplace.CodeUnknown, opPublishStock, "inventoryActivate", "the answer does not say whether it was done: look before repeating", nil)
	}
	found, err := a.locate(ctx, opPublishStock, []marketplace.StockItem{result.Item})
	if err != nil {
		return false, err
	}
	if !found[0].addable {
		return true, nil
	}
	result.Err = a.stockRefusal(refused[0], result.Item)
	return false, nil
}
