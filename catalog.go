package retailsync

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/product"
)

// catalog finds products and remembers what it found for a while. What it did not find is asked again
// each time: a person may just have added it.
type catalog struct {
	erp     *odoo.Client
	company int64

	mu        sync.Mutex
	bySKU     map[string]remembered
	byBarcode map[string]remembered
	byID      map[int64]remembered
}

type remembered struct {
	products []mapping.Product
	at       time.Time
}

const (
	catalogAge  = 5 * time.Minute
	catalogSize = 50_000
)

func newCatalog(erp *odoo.Client, company int64) *catalog {
	return &catalog{
		erp: erp, company: company,
		bySKU: map[string]remembered{}, byBarcode: map[string]remembered{}, byID: map[int64]remembered{},
	}
}

// find looks up all that is wanted in one call, as far as it is not remembered.
func (c *catalog) find(ctx context.Context, wanted mapping.Wanted) (mapping.Products, error) {
	found := mapping.Products{
		BySKU: map[string][]mapping.Product{}, ByBarcode: map[string][]mapping.Product{}, ByID: map[int64]mapping.Product{},
	}
	byID := map[int64][]mapping.Product{}
	c.mu.Lock()
	ask := mapping.Wanted{
		SKUs:     recall(c.bySKU, wanted.SKUs, found.BySKU),
		Barcodes: recall(c.byBarcode, wanted.Barcodes, found.ByBarcode),
		IDs:      recall(c.byID, wanted.IDs, byID),
	}
	c.mu.Unlock()
	if len(ask.SKUs)+len(ask.Barcodes)+len(ask.IDs) > 0 {
		records, err := product.Find(ctx, c.erp, c.company, ask.SKUs, ask.Barcodes, ask.IDs)
		if err != nil {
			return mapping.Products{}, err
		}
		products := make([]mapping.Product, len(records))
		for i, r := range records {
			products[i] = mapping.Product{ID: r.ID, UoMID: r.UoM.ID, SKU: r.SKU, Barcode: r.Barcode, Name: r.Name}
		}
		c.mu.Lock()
		c.forget(len(products))
		remember(c.bySKU, ask.SKUs, products, found.BySKU, func(p mapping.Product) string { return p.SKU })
		remember(c.byBarcode, ask.Barcodes, products, found.ByBarcode, func(p mapping.Product) string { return p.Barcode })
		remember(c.byID, ask.IDs, products, byID, func(p mapping.Product) int64 { return p.ID })
		c.mu.Unlock()
	}
	for id, products := range byID {
		found.ByID[id] = products[0]
	}
	return found, nil
}

// forget empties the catalog before it grows beyond its bound.
func (c *catalog) forget(coming int) {
	if len(c.bySKU)+len(c.byBarcode)+len(c.byID)+coming > catalogSize {
		clear(c.bySKU)
		clear(c.byBarcode)
		clear(c.byID)
	}
}

// recall takes what is remembered and returns what is to be asked.
func recall[K comparable](known map[K]remembered, keys []K, into map[K][]mapping.Product) (ask []K) {
	for _, key := range keys {
		if r, ok := known[key]; ok && time.Since(r.at) < catalogAge {
			into[key] = r.products
		} else {
			ask = append(ask, key)
		}
	}
	return ask
}

// remember sorts the products found under the keys that were asked for.
func remember[K comparable](known map[K]remembered, asked []K, products []mapping.Product, into map[K][]mapping.Product, key func(mapping.Product) K) {
	wanted := make(map[K]bool, len(asked))
	for _, k := range asked {
		wanted[k] = true
	}
	fresh := map[K][]mapping.Product{}
	for _, p := range products {
		if k := key(p); wanted[k] {
			fresh[k] = append(fresh[k], p)
		}
	}
	now := time.Now()
	for k, p := range fresh {
		known[k] = remembered{products: p, at: now}
	}
	maps.Copy(into, fresh)
}
