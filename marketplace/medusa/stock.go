package medusa

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/retailsync/retailsync/marketplace"
)

const (
	opPublishStock = "publish stock"
	opReadStock    = "read stock"
	opListStock    = "list stock"
	// stockBatch keeps the SKUs of a batch within the length of an address.
	stockBatch = 50
)

// StockBatch implements [marketplace.StockPublisher].
func (a *Adapter) StockBatch() int { return stockBatch }

// PublishStock implements [marketplace.StockPublisher]. Medusa sells what is stocked and not reserved, so the level
// and the present reservations are what is set as stocked. It cannot compare and set: what it shows is read just
// before and compared here, and read again afterwards, since a fulfilment in between would leave a wrong level. An
// article that the location has none of yet gets its level there.
//
// A location that is empty means the shop's only one; a shop with several refuses it.
func (a *Adapter) PublishStock(ctx context.Context, levels []marketplace.StockLevel) ([]marketplace.StockResult, error) {
	results := make([]marketplace.StockResult, len(levels))
	open := make([]int, 0, len(levels))
	for i, level := range levels {
		results[i] = marketplace.StockResult{Item: level.StockItem, Outcome: marketplace.StockRejected}
		if !level.Quantity.IsInt() || level.Quantity.IsNeg() {
			results[i].Err = a.fail(marketplace.CodeInvalid, opPublishStock, "quantity", fmt.Sprintf("%s of %q cannot be shown: Medusa counts whole units from 0", level.Quantity, level.SKU), nil)
			continue
		}
		open = append(open, i)
	}
	// The second pass sets right what a fulfilment has moved between reading and writing; it writes nothing if none has.
	for pass := range 2 {
		again, err := a.publish(ctx, levels, results, open, pass > 0)
		if err != nil || len(again) == 0 {
			return results, err
		}
		open = again
	}
	return results, nil
}

// publish sets the open levels as far as they differ, and returns those that were written. Sure levels were compared
// with what was expected already.
func (a *Adapter) publish(ctx context.Context, levels []marketplace.StockLevel, results []marketplace.StockResult, open []int, sure bool) ([]int, error) {
	items := make([]marketplace.StockItem, len(open))
	for k, i := range open {
		items[k] = levels[i].StockItem
	}
	found, err := a.lookUp(ctx, opPublishStock, items)
	if err != nil {
		return nil, err
	}
	var writes levelWrites
	var written []int
	for k, i := range open {
		there, level, result := found[k], levels[i], &results[i]
		if there.err != nil && !there.addable {
			result.Err = there.err
			continue
		}
		shows := there.stocked.available()
		if sure && shows.Cmp(level.Quantity) <= 0 {
			continue // as it was written, or sold from since
		}
		if !sure && level.Expected != nil && there.err == nil && !level.Expected.Equal(shows) && !level.Quantity.Equal(shows) {
			result.Outcome, result.Shows = marketplace.StockConflict, &shows
			continue
		}
		result.Outcome = marketplace.StockAccepted
		stocked, err := level.Quantity.Add(there.stocked.reserved)
		if err != nil {
			result.Outcome, result.Err = marketplace.StockRejected, a.fail(marketplace.CodeInvalid, opPublishStock, "quantity", "the level is too large a number", err)
			continue
		}
		write := levelWrite{Item: there.id, Location: there.location, Stocked: number(stocked.Trim(0).String())}
		switch {
		case there.addable:
			writes.Create = append(writes.Create, write)
		case stocked.Equal(there.stocked.stocked):
			continue
		default:
			writes.Update = append(writes.Update, write)
		}
		written = append(written, i)
	}
	if len(written) == 0 {
		return nil, nil
	}
	refused, err := a.writeLevels(ctx, writes)
	if err != nil {
		return nil, err
	}
	for k, i := range open {
		if err := refused[levelPlace{found[k].id, found[k].location}]; err != nil && slices.Contains(written, i) {
			results[i].Outcome, results[i].Err = marketplace.StockRejected, err
			written = slices.DeleteFunc(written, func(of int) bool { return of == i })
		}
	}
	return written, nil
}

// levelPlace is an item at a location.
type levelPlace struct{ item, location string }

// levelWrites are levels that are set in one call; Medusa carries out all of them or none.
type levelWrites struct {
	Create []levelWrite `json:"create,omitempty"`
	Update []levelWrite `json:"update,omitempty"`
}

// writeLevels sets levels, and one by one where the shop refuses them together. The map says which were refused; the error
// is for a failure that concerns every call.
func (a *Adapter) writeLevels(ctx context.Context, writes levelWrites) (map[levelPlace]error, error) {
	_, err := a.client.Send(ctx, opPublishStock, http.MethodPost, itemsPath+"/location-levels/batch", writes)
	if err == nil || !ofRequest(err) {
		return nil, err
	}
	refused := map[levelPlace]error{}
	if all := append(slices.Clone(writes.Create), writes.Update...); len(all) == 1 {
		refused[levelPlace{all[0].Item, all[0].Location}] = err
		return refused, nil
	}
	alone := func(write levelWrites) error {
		one, err := a.writeLevels(ctx, write)
		maps.Copy(refused, one)
		return err
	}
	for _, write := range writes.Create {
		if err := alone(levelWrites{Create: []levelWrite{write}}); err != nil {
			return nil, err
		}
	}
	for _, write := range writes.Update {
		if err := alone(levelWrites{Update: []levelWrite{write}}); err != nil {
			return nil, err
		}
	}
	return refused, nil
}

// levelWrite is one level of Medusa's batch.
type levelWrite struct {
	Item     string `json:"inventory_item_id"`
	Location string `json:"location_id"`
	Stocked  number `json:"stocked_quantity"`
}

// number is written as a JSON number, without passing through a float.
type number string

// MarshalJSON implements json.Marshaler.
func (n number) MarshalJSON() ([]byte, error) { return []byte(n), nil }

// ReadStock implements [marketplace.StockReader]. A quantity is what is stocked less what is reserved; it can be
// negative.
func (a *Adapter) ReadStock(ctx context.Context, items []marketplace.StockItem) ([]marketplace.StockReading, error) {
	readings := make([]marketplace.StockReading, 0, len(items))
	for part := range slices.Chunk(items, stockBatch) {
		found, err := a.lookUp(ctx, opReadStock, part)
		if err != nil {
			return nil, err
		}
		for k, there := range found {
			readings = append(readings, marketplace.StockReading{Item: part[k], Quantity: there.stocked.available(), Err: there.err})
		}
	}
	return readings, nil
}

// ListStock implements [marketplace.StockLister], in the order of the inventory items' ids.
func (a *Adapter) ListStock(ctx context.Context, cursor marketplace.Cursor) (marketplace.StockPage, error) {
	offset := 0
	if cursor != "" {
		var err error
		if offset, err = strconv.Atoi(string(cursor)); err != nil || offset < 0 {
			return marketplace.StockPage{}, a.fail(marketplace.CodeInvalid, opListStock, "", "not a cursor of this adapter: start again without one", nil)
		}
	}
	const limit = 200
	list, err := a.items(ctx, opListStock, url.Values{"order": {"id"}, "limit": {strconv.Itoa(limit)}, "offset": {strconv.Itoa(offset)}})
	if err != nil {
		return marketplace.StockPage{}, err
	}
	var page marketplace.StockPage
	for _, item := range list {
		for k, level := range item.Levels.Items {
			if item.SKU.String() == "" {
				continue
			}
			stocked, err := a.amounts(opListStock, k, level)
			page.Readings = append(page.Readings, marketplace.StockReading{
				Item: marketplace.StockItem{SKU: item.SKU.String(), Location: level.Location.String()}, Quantity: stocked.available(), Err: err,
			})
		}
	}
	if len(list) == limit {
		page.Cursor = marketplace.Cursor(strconv.Itoa(offset + limit))
	}
	return page, nil
}
