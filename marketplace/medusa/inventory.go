package medusa

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const itemsPath = "/admin/inventory-items"

// inventoryItem is what Medusa counts; a variant has one of the same SKU unless the shop was set up otherwise.
type inventoryItem struct {
	ID     wire.Text            `json:"id"`
	SKU    wire.Text            `json:"sku"`
	Levels wire.List[itemLevel] `json:"location_levels"`
}

type itemLevel struct {
	Location wire.Text `json:"location_id"`
	Stocked  wire.Text `json:"stocked_quantity"`
	Reserved wire.Text `json:"reserved_quantity"`
}

// stocked is what a location has of an article.
type stocked struct{ stocked, reserved decimal.Decimal }

func (s stocked) available() decimal.Decimal {
	// Both were checked to be small enough when they were read.
	available, err := s.stocked.Sub(s.reserved)
	if err != nil {
		return decimal.Zero
	}
	return available.Trim(0)
}

// located is where Medusa keeps an item, or why not. Addable items only lack a level at the location.
type located struct {
	id, location string
	stocked      stocked
	err          error
	addable      bool
}

// lookUp finds items in one call, or two where one names no location.
func (a *Adapter) lookUp(ctx context.Context, op string, items []marketplace.StockItem) ([]located, error) {
	query := url.Values{"limit": {strconv.Itoa(4 * stockBatch)}}
	var only string
	for _, item := range items {
		if item.SKU != "" && !slices.Contains(query["sku[]"], item.SKU) {
			query.Add("sku[]", item.SKU)
		}
		if item.Location == "" && only == "" {
			var err error
			if only, err = a.onlyLocation(ctx, op); err != nil {
				return nil, err
			}
		}
	}
	bySKU := map[string][]inventoryItem{}
	if len(query["sku[]"]) > 0 {
		list, err := a.items(ctx, op, query)
		if err != nil {
			return nil, err
		}
		for _, item := range list {
			bySKU[item.SKU.String()] = append(bySKU[item.SKU.String()], item)
		}
	}
	found := make([]located, len(items))
	var unknown map[string]bool
	for i, item := range items {
		there := a.locate(op, item, only, bySKU[item.SKU])
		if there.addable {
			if unknown == nil {
				var err error
				if unknown, err = a.unknownLocations(ctx, op, items); err != nil {
					return nil, err
				}
			}
			if unknown[there.location] {
				there.addable = false
				there.err = a.fail(marketplace.CodeNotFound, op, "location", fmt.Sprintf("the shop has no stock location %q: correct stock.locations in the rules", there.location), nil)
			}
		}
		found[i] = there
	}
	return found, nil
}

func (a *Adapter) locate(op string, item marketplace.StockItem, only string, candidates []inventoryItem) located {
	there := located{location: item.Location}
	if there.location == "" {
		there.location = only
	}
	switch len(candidates) {
	case 0:
		there.err = a.fail(marketplace.CodeNotFound, op, "sku", fmt.Sprintf("the shop counts no article %q: create it there, or add an alias to the rules", item.SKU), nil)
		return there
	case 1:
	default:
		there.err = a.fail(marketplace.CodeInvalid, op, "sku", fmt.Sprintf("the shop counts %d articles %q: give each a SKU of its own", len(candidates), item.SKU), nil)
		return there
	}
	there.id = candidates[0].ID.String()
	for k, level := range candidates[0].Levels.Items {
		if level.Location.String() == there.location {
			there.stocked, there.err = a.amounts(op, k, level)
			return there
		}
	}
	there.addable = true
	there.err = a.fail(marketplace.CodeNotFound, op, "location", fmt.Sprintf("%q is not stocked at %q", item.SKU, there.location), nil)
	return there
}

func (a *Adapter) amounts(op string, k int, level itemLevel) (stocked, error) {
	var r wire.Reader
	path := fmt.Sprintf("location_levels[%d]", k)
	amounts := stocked{
		stocked:  r.Amount(path+".stocked_quantity", level.Stocked),
		reserved: r.Amount(path+".reserved_quantity", level.Reserved),
	}
	if at, err := r.Failure(); err != nil {
		return stocked{}, a.fail(marketplace.CodeInvalid, op, at, "a quantity cannot be read", err)
	}
	return amounts, nil
}

func (a *Adapter) items(ctx context.Context, op string, query url.Values) ([]inventoryItem, error) {
	query.Set("fields", "id,sku,*location_levels")
	reply, err := a.client.Get(ctx, op, itemsPath, query)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Items *[]inventoryItem `json:"inventory_items"`
	}
	if err := a.client.Decode(op, reply, &answer); err != nil {
		return nil, err
	}
	if answer.Items == nil {
		return nil, a.fail(marketplace.CodeInvalid, op, "inventory_items", "the answer has no list of inventory items: is this the address of a Medusa v2 server?", nil)
	}
	return *answer.Items, nil
}

// locations returns the ids of the shop's stock locations.
func (a *Adapter) locations(ctx context.Context, op string, query url.Values) ([]string, error) {
	query.Set("fields", "id")
	reply, err := a.client.Get(ctx, op, "/admin/stock-locations", query)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Locations *[]struct {
			ID wire.Text `json:"id"`
		} `json:"stock_locations"`
	}
	if err := a.client.Decode(op, reply, &answer); err != nil {
		return nil, err
	}
	if answer.Locations == nil {
		return nil, a.fail(marketplace.CodeInvalid, op, "stock_locations", "the answer has no list of stock locations: is this the address of a Medusa v2 server?", nil)
	}
	ids := make([]string, len(*answer.Locations))
	for i, location := range *answer.Locations {
		ids[i] = location.ID.String()
	}
	return ids, nil
}

func (a *Adapter) onlyLocation(ctx context.Context, op string) (string, error) {
	ids, err := a.locations(ctx, op, url.Values{"limit": {"2"}})
	if err != nil {
		return "", err
	}
	if len(ids) != 1 {
		return "", a.fail(marketplace.CodeInvalid, op, "location", "the shop has not exactly one stock location: name the locations under stock.locations in the rules", nil)
	}
	return ids[0], nil
}

// unknownLocations says which of the items' locations the shop does not have.
func (a *Adapter) unknownLocations(ctx context.Context, op string, items []marketplace.StockItem) (map[string]bool, error) {
	query, unknown := url.Values{}, map[string]bool{}
	for _, item := range items {
		if item.Location != "" && !unknown[item.Location] {
			unknown[item.Location] = true
			query.Add("id[]", item.Location)
		}
	}
	if len(unknown) == 0 {
		return unknown, nil
	}
	query.Set("limit", strconv.Itoa(len(unknown)))
	known, err := a.locations(ctx, op, query)
	for _, id := range known {
		delete(unknown, id)
	}
	return unknown, err
}
