package woocommerce

import (
	"context"
	"fmt"
	"net/url"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const (
	opPublishStock = "publish stock"
	opReadStock    = "read stock"
	opListStock    = "list stock"
)

// StockBatch implements [marketplace.StockPublisher].
func (a *Adapter) StockBatch() int { return pageSize }

// PublishStock implements [marketplace.StockPublisher]. It writes stock_quantity as it shall be and never a difference:
// a sale between reading and writing is set back to be sold, but its order lowers the level that Odoo publishes
// next, while a difference that were applied twice would stay. WooCommerce cannot compare and set: what it shows is read
// just before and compared here, and what it shows afterwards is in its answer.
//
// A product or variation that is not counted by itself yet is counted from now on. The shop has one place: a level
// that names a location is refused.
func (a *Adapter) PublishStock(ctx context.Context, levels []marketplace.StockLevel) ([]marketplace.StockResult, error) {
	results := make([]marketplace.StockResult, len(levels))
	var open []int
	var skus []string
	for i, level := range levels {
		results[i] = marketplace.StockResult{Item: level.StockItem, Outcome: marketplace.StockRejected}
		if results[i].Err = a.checkLevel(level); results[i].Err == nil {
			open, skus = append(open, i), append(skus, level.SKU)
		}
	}
	there, err := a.lookUp(ctx, opPublishStock, stockFields, skus)
	if err != nil {
		return nil, err
	}
	var changes []change
	var written []int
	for k, i := range open {
		if a.weigh(levels[i], there[k], &results[i]) {
			changes = append(changes, change{target: there[k].product, path: "quantity", fields: map[string]any{
				"manage_stock": true, "stock_quantity": number(levels[i].Quantity.Trim(0).String()),
			}})
			written = append(written, i)
		}
	}
	shown, err := a.write(ctx, opPublishStock, changes)
	if err != nil {
		return nil, err
	}
	for k, i := range written {
		results[i].Err = a.confirm(levels[i], shown[k])
		if results[i].Err == nil {
			results[i].Outcome = marketplace.StockAccepted
		}
	}
	return results, nil
}

// checkLevel refuses what the shop cannot show whatever it has.
func (a *Adapter) checkLevel(level marketplace.StockLevel) error {
	if level.Location != "" {
		return a.noLocation(opPublishStock, level.StockItem)
	}
	var r wire.Reader
	if r.Amount("quantity", wire.NewText(level.Quantity.String())); level.Quantity.IsNeg() || failed(r) {
		return a.fail(marketplace.CodeInvalid, opPublishStock, "quantity", fmt.Sprintf("%s of %q cannot be shown", level.Quantity, level.SKU), nil)
	}
	if !a.fractions && !level.Quantity.IsInt() {
		return a.fail(marketplace.CodeInvalid, opPublishStock, "quantity", fmt.Sprintf("%s of %q cannot be shown: WooCommerce counts whole units unless a plugin changes that; see WithFractionalStock", level.Quantity, level.SKU), nil)
	}
	return nil
}

func failed(r wire.Reader) bool {
	_, err := r.Failure()
	return err != nil
}

// weigh decides whether a level is to be written; if not, the result says why.
func (a *Adapter) weigh(level marketplace.StockLevel, there found, result *marketplace.StockResult) bool {
	if there.err != nil {
		result.Err = there.err
		return false
	}
	if result.Err = a.countable(opPublishStock, level.SKU, there.product); result.Err != nil {
		return false
	}
	shows, err := a.counted(opPublishStock, level.SKU, there.product)
	switch {
	case marketplace.CodeOf(err) == marketplace.CodeNotFound:
		return true // it is counted from now on
	case err != nil:
		return true // an unreadable level is set right by a new one
	case shows.Equal(level.Quantity):
		result.Outcome = marketplace.StockAccepted
		return false
	case level.Expected != nil && !level.Expected.Equal(shows):
		result.Outcome, result.Shows = marketplace.StockConflict, &shows
		return false
	}
	return true
}

// countable refuses the kinds of products that WooCommerce never counts.
func (a *Adapter) countable(op, sku string, p product) error {
	kind := p.Type.String()
	switch {
	case p.hasVariations() && p.ManageStock.String() != "true":
		return a.fail(marketplace.CodeInvalid, op, "sku", fmt.Sprintf("%q is a product with variations, which are what is counted: give them SKUs, or let the shop count the product", sku), nil)
	case kind == "grouped" || kind == "external":
		return a.fail(marketplace.CodeInvalid, op, "sku", fmt.Sprintf("%q is a product of the type %q, which WooCommerce does not count", sku, kind), nil)
	}
	return nil
}

// counted is what the shop has of a product or variation that it counts by itself.
func (a *Adapter) counted(op, sku string, p product) (decimal.Decimal, error) {
	if p.ManageStock.String() != "true" {
		message := fmt.Sprintf("the shop does not count %q", sku)
		if p.ManageStock.String() == "parent" {
			message = fmt.Sprintf("the shop counts %q only together with the product's other variations", sku)
		}
		return decimal.Zero, a.fail(marketplace.CodeNotFound, op, "location", message+": the first level that is published changes that", nil)
	}
	var r wire.Reader
	quantity := r.Amount("stock_quantity", p.Quantity)
	if path, err := r.Failure(); err != nil {
		return decimal.Zero, a.fail(marketplace.CodeInvalid, op, path, fmt.Sprintf("the quantity of %q cannot be read: correct it in the shop", sku), err)
	}
	return quantity.Trim(0), nil
}

// confirm checks that the shop took the level over. It may show less, if it sold meanwhile.
func (a *Adapter) confirm(level marketplace.StockLevel, shown changed) error {
	if shown.err != nil {
		return shown.err
	}
	quantity, err := a.counted(opPublishStock, level.SKU, shown.product)
	switch {
	case marketplace.CodeOf(err) == marketplace.CodeNotFound:
		return a.fail(marketplace.CodeInvalid, opPublishStock, "quantity", fmt.Sprintf("the shop still does not count %q: switch on WooCommerce > Settings > Products > Inventory > Manage stock", level.SKU), nil)
	case err != nil:
		return err
	case quantity.Cmp(level.Quantity) > 0 || quantity.IsInt() != level.Quantity.IsInt():
		return a.fail(marketplace.CodeInvalid, opPublishStock, "quantity", fmt.Sprintf("the shop shows %s of %q after %s was set: a plugin changes its stock", quantity, level.SKU, level.Quantity), nil)
	}
	return nil
}

func (a *Adapter) noLocation(op string, item marketplace.StockItem) error {
	return a.fail(marketplace.CodeNotFound, op, "location", fmt.Sprintf("WooCommerce has one place and no location %q: leave stock.locations out of its rules", item.Location), nil)
}

// ReadStock implements [marketplace.StockReader]. A quantity is what the shop can still sell: orders have been taken off.
// With back-orders it can be negative. What the shop does not count by itself is [marketplace.CodeNotFound] with the
// Path "location": the first level that is published changes that.
func (a *Adapter) ReadStock(ctx context.Context, items []marketplace.StockItem) ([]marketplace.StockReading, error) {
	skus := make([]string, len(items))
	for i, item := range items {
		skus[i] = item.SKU
	}
	there, err := a.lookUp(ctx, opReadStock, stockFields, skus)
	if err != nil {
		return nil, err
	}
	readings := make([]marketplace.StockReading, len(items))
	for i, item := range items {
		readings[i].Item = item
		switch {
		case item.Location != "":
			readings[i].Err = a.noLocation(opReadStock, item)
		case there[i].err != nil:
			readings[i].Err = there[i].err
		default:
			readings[i].Quantity, readings[i].Err = a.counted(opReadStock, item.SKU, there[i].product)
		}
	}
	return readings, nil
}

// ListStock implements [marketplace.StockLister], in the order of the products' ids. It lists what the shop counts; each product
// with variations costs a call more.
func (a *Adapter) ListStock(ctx context.Context, cursor marketplace.Cursor) (marketplace.StockPage, error) {
	var page marketplace.StockPage
	next, err := a.list(ctx, opListStock, url.Values{"_fields": {stockFields}}, cursor, func(p, _ product, _ bool) {
		quantity, err := a.counted(opListStock, p.SKU.String(), p)
		if marketplace.CodeOf(err) != marketplace.CodeNotFound {
			page.Readings = append(page.Readings, marketplace.StockReading{
				Item: marketplace.StockItem{SKU: p.SKU.String()}, Quantity: quantity, Err: err,
			})
		}
	})
	page.Cursor = next
	if err != nil {
		return marketplace.StockPage{}, err
	}
	return page, nil
}

// number is written as a JSON number, without passing through a float.
type number string

// MarshalJSON implements json.Marshaler.
func (n number) MarshalJSON() ([]byte, error) { return []byte(n), nil }
