package shopify

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// levelFields are what is read of a level.
const levelFields = `
fragment Level on InventoryLevel { location { id } quantities(names: ["available"]) { quantity } }`

// inventoryLevel is what Shopify sells of an item at a location.
type inventoryLevel struct {
	Location graphID `json:"location"`
	// Quantities has the one that was asked for.
	Quantities wire.List[struct {
		Quantity wire.Text `json:"quantity"`
	}] `json:"quantities"`
}

func (a *Adapter) available(op string, level inventoryLevel) (decimal.Decimal, error) {
	var r wire.Reader
	if level.Quantities.Odd > 0 || len(level.Quantities.Items) != 1 || level.Quantities.Items[0].Quantity.IsEmpty() {
		return decimal.Zero, a.fail(marketplace.CodeInvalid, op, "quantities", "the level has no available quantity", nil)
	}
	quantity := r.Amount("quantities[0].quantity", level.Quantities.Items[0].Quantity)
	if path, err := r.Failure(); err != nil {
		return decimal.Zero, a.fail(marketplace.CodeInvalid, op, path, "a quantity cannot be read", err)
	}
	return quantity, nil
}

// located is where Shopify keeps an item, or why not. Addable items only lack a level at the location.
type located struct {
	item, location string
	available      decimal.Decimal
	err            error
	addable        bool
}

// place is a location of the shop as the search's alias has it.
type place struct {
	alias, id string
	err       error
}

// locate finds items, in one call for each 50 of them, and one more where one names no location.
func (a *Adapter) locate(ctx context.Context, op string, items []marketplace.StockItem) ([]located, error) {
	places, err := a.places(ctx, op, items)
	if err != nil {
		return nil, err
	}
	search := stockSearch(op, places)
	search.root = func(data map[string]json.RawMessage) {
		for name, at := range places {
			var location wire.Object[struct {
				Active wire.Text `json:"isActive"`
			}]
			if at.err != nil || location.UnmarshalJSON(data[at.alias]) != nil {
				continue
			}
			switch {
			case !location.Present:
				at.err = a.noLocation(op, name)
			case !location.Value.Active.IsTrue():
				at.err = a.fail(marketplace.CodeInvalid, op, "location", fmt.Sprintf("the location %q is deactivated: activate it in the shop, or correct stock.locations in the rules", name), nil)
			}
			places[name] = at
		}
	}
	skus := make([]string, len(items))
	for i, item := range items {
		skus[i] = item.SKU
	}
	found, err := a.findVariants(ctx, search, skus)
	if err != nil {
		return nil, err
	}
	results := make([]located, len(items))
	for i, item := range items {
		results[i] = a.locateOne(op, item, places[item.Location], found[item.SKU])
	}
	return results, nil
}

// stockSearch asks for the levels at places, and whether those are places of the shop.
func stockSearch(op string, places map[string]place) variantSearch {
	search := variantSearch{op: op, name: "StockOf", variables: map[string]any{}}
	var levels strings.Builder
	for _, name := range slices.Sorted(maps.Keys(places)) {
		at := places[name]
		if at.err != nil {
			continue
		}
		search.parameters += ", $" + at.alias + ": ID!"
		search.more += "\n  " + at.alias + ": location(id: $" + at.alias + ") { isActive }"
		search.variables[at.alias] = globalID("Location", at.id)
		fmt.Fprintf(&levels, " %s: inventoryLevel(locationId: $%s) { ...Level }", at.alias, at.alias)
	}
	search.fragments = "\nfragment Found on ProductVariant { inventoryItem { id tracked" + levels.String() + " } }"
	if levels.Len() > 0 {
		search.fragments += levelFields
	}
	return search
}

// places are the locations that items name, by that name.
func (a *Adapter) places(ctx context.Context, op string, items []marketplace.StockItem) (map[string]place, error) {
	places := map[string]place{}
	for _, item := range items {
		if _, known := places[item.Location]; known {
			continue
		}
		at := place{alias: fmt.Sprint("at", len(places)), id: tail(wire.NewText(item.Location))}
		switch {
		case item.Location == "":
			var err error
			if at.id, at.err, err = a.onlyLocation(ctx, op); err != nil {
				return nil, err
			}
		case at.id == "":
			at.err = a.noLocation(op, item.Location)
		}
		places[item.Location] = at
	}
	return places, nil
}

func (a *Adapter) noLocation(op, name string) error {
	return a.fail(marketplace.CodeNotFound, op, "location", fmt.Sprintf("the shop has no location %q: correct stock.locations in the rules", name), nil)
}

const onlyLocationQuery = `query OnlyLocation { locations(first: 2) { nodes { id } } }`

// onlyLocation is the shop's one active location; problem says why there is none that is meant.
func (a *Adapter) onlyLocation(ctx context.Context, op string) (id string, problem, err error) {
	var data struct {
		Locations connection[struct {
			ID wire.Text `json:"id"`
		}] `json:"locations"`
	}
	if _, err := a.call(ctx, request{op: op, name: "OnlyLocation", document: onlyLocationQuery}, &data); err != nil {
		return "", nil, err
	}
	if nodes := data.Locations.Nodes.Items; len(nodes) == 1 && tail(nodes[0].ID) != "" {
		return tail(nodes[0].ID), nil, nil
	}
	return "", a.fail(marketplace.CodeInvalid, op, "location", "the shop has not exactly one location: name one in stock.locations in the rules", nil), nil
}

func (a *Adapter) locateOne(op string, item marketplace.StockItem, at place, rows []variantRow) located {
	there := located{location: at.id}
	row, err := a.single(op, item.SKU, rows)
	if err != nil {
		there.err = err
		return there
	}
	var variant struct {
		Item map[string]json.RawMessage `json:"inventoryItem"`
	}
	var id, tracked wire.Text
	if json.Unmarshal(row.body, &variant) == nil {
		_ = id.UnmarshalJSON(variant.Item["id"]) // never fails
		_ = tracked.UnmarshalJSON(variant.Item["tracked"])
	}
	there.item = tail(id)
	var level wire.Object[inventoryLevel]
	_ = level.UnmarshalJSON(variant.Item[at.alias])
	switch {
	case there.item == "":
		there.err = a.fail(marketplace.CodeInvalid, op, "inventoryItem", fmt.Sprintf("the variant %q cannot be read", item.SKU), nil)
	case at.err != nil:
		there.err = at.err
	case !tracked.IsTrue():
		there.err = a.fail(marketplace.CodeInvalid, op, "sku", fmt.Sprintf("the shop does not count %q and sells it without end: turn on its tracking of quantities", item.SKU), nil)
	case !level.Present:
		there.addable = true
		there.err = a.fail(marketplace.CodeNotFound, op, "location", fmt.Sprintf("%q is not stocked at %q", item.SKU, item.Location), nil)
	default:
		there.available, there.err = a.available(op, level.Value)
	}
	return there
}

// ReadStock implements [marketplace.StockReader]. A quantity is what Shopify calls available: on hand and neither
// committed to orders nor set aside. It can be negative.
func (a *Adapter) ReadStock(ctx context.Context, items []marketplace.StockItem) ([]marketplace.StockReading, error) {
	readings := make([]marketplace.StockReading, 0, len(items))
	for part := range slices.Chunk(items, stockBatch) {
		found, err := a.locate(ctx, opReadStock, part)
		if err != nil {
			return nil, err
		}
		for i, there := range found {
			readings = append(readings, marketplace.StockReading{Item: part[i], Quantity: there.available, Err: there.err})
		}
	}
	return readings, nil
}

const listStockFragment = `
fragment Found on ProductVariant {
  inventoryItem { id tracked inventoryLevels(first: 10) { nodes { ...Level } pageInfo { hasNextPage endCursor } } }
}` + levelFields

const levelsQuery = `query LevelsOf($id: ID!, $after: String) {
  inventoryItem(id: $id) { inventoryLevels(first: 50, after: $after) { nodes { ...Level } pageInfo { hasNextPage endCursor } } }
}` + levelFields

// ListStock implements [marketplace.StockLister], in the order of the variants' ids. What the shop does not count is left
// out.
func (a *Adapter) ListStock(ctx context.Context, cursor marketplace.Cursor) (marketplace.StockPage, error) {
	const first = 50
	search := variantSearch{op: opListStock, name: "ListStock", fragments: listStockFragment}
	rows, next, err := a.listVariants(ctx, search, cursor, first)
	if err != nil {
		return marketplace.StockPage{}, err
	}
	page := marketplace.StockPage{Cursor: next}
	for _, row := range rows {
		var variant struct {
			Item struct {
				ID      wire.Text                  `json:"id"`
				Tracked wire.Text                  `json:"tracked"`
				Levels  connection[inventoryLevel] `json:"inventoryLevels"`
			} `json:"inventoryItem"`
		}
		if json.Unmarshal(row.body, &variant) != nil || variant.Item.Levels.Nodes.Odd > 0 {
			return marketplace.StockPage{}, a.fail(marketplace.CodeInvalid, opListStock, "inventoryItem", "a variant cannot be read", nil)
		}
		if row.SKU.String() == "" || !variant.Item.Tracked.IsTrue() {
			continue
		}
		rest := request{op: opListStock, name: "LevelsOf", document: levelsQuery}
		if err := remainder(ctx, a, rest, variant.Item.ID, &variant.Item.Levels, "inventoryItem", "inventoryLevels"); err != nil {
			return marketplace.StockPage{}, err
		}
		for _, level := range variant.Item.Levels.Nodes.Items {
			reading := marketplace.StockReading{Item: marketplace.StockItem{SKU: row.SKU.String(), Location: tail(level.Location.text())}}
			reading.Quantity, reading.Err = a.available(opListStock, level)
			page.Readings = append(page.Readings, reading)
		}
	}
	return page, nil
}
