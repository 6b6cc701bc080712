package medusa

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const (
	variantsPath = "/admin/product-variants"
	productsPath = "/admin/products"
	// skusPerCall keeps the SKUs of a call within the length of an address.
	skusPerCall = 50
)

// soldVariant is what Medusa sells.
type soldVariant struct {
	ID      wire.Text                `json:"id"`
	SKU     wire.Text                `json:"sku"`
	Product wire.Text                `json:"product_id"`
	Prices  wire.List[variantPrice]  `json:"prices"`
	Barcode wire.Text                `json:"barcode"`
	Weight  wire.Text                `json:"weight"`
	HSCode  wire.Text                `json:"hs_code"`
	Origin  wire.Text                `json:"origin_country"`
	Parent  wire.Object[productHead] `json:"product"`
}

// productHead is what the product of a variant says.
type productHead struct {
	Title       wire.Text                    `json:"title"`
	Description wire.Text                    `json:"description"`
	Status      wire.Text                    `json:"status"`
	Metadata    wire.Object[productMetadata] `json:"metadata"`
}

type productMetadata struct {
	Status wire.Text `json:"retailsync_status"`
}

// variantsBySKU finds variants. The error of a SKU says that there is none, or several.
func (a *Adapter) variantsBySKU(ctx context.Context, op, fields string, skus []string) (map[string]soldVariant, map[string]error, error) {
	found, failed := map[string]soldVariant{}, map[string]error{}
	var asked []string
	known := map[string]bool{}
	for _, sku := range skus {
		if sku == "" {
			failed[sku] = a.fail(marketplace.CodeNotFound, op, "sku", "there is no SKU", nil)
		} else if !known[sku] {
			known[sku] = true
			asked = append(asked, sku)
		}
	}
	for part := range slices.Chunk(asked, skusPerCall) {
		list, err := a.variants(ctx, op, url.Values{"sku[]": part, "limit": {strconv.Itoa(4 * skusPerCall)}, "fields": {fields}})
		if err != nil {
			return nil, nil, err
		}
		for _, one := range list {
			sku := one.SKU.String()
			if _, double := found[sku]; double {
				failed[sku] = a.fail(marketplace.CodeInvalid, op, "sku", fmt.Sprintf("the shop has several variants %q: give each a SKU of its own", sku), nil)
			}
			found[sku] = one
		}
	}
	for _, sku := range asked {
		if _, ok := found[sku]; !ok {
			failed[sku] = a.fail(marketplace.CodeNotFound, op, "sku", fmt.Sprintf("the shop has no variant %q: create it there, or add an alias to the rules", sku), nil)
		}
	}
	return found, failed, nil
}

func (a *Adapter) variants(ctx context.Context, op string, query url.Values) ([]soldVariant, error) {
	reply, err := a.client.Get(ctx, op, variantsPath, query)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Variants *[]soldVariant `json:"variants"`
	}
	if err := a.client.Decode(op, reply, &answer); err != nil {
		return nil, err
	}
	if answer.Variants == nil {
		return nil, a.fail(marketplace.CodeInvalid, op, "variants", "the answer has no list of variants: is this the address of a Medusa v2 server?", nil)
	}
	return *answer.Variants, nil
}

// variantWrite is an update of one variant.
type variantWrite struct {
	id     string
	fields map[string]any
}

// writeVariants updates variants of one product, and one by one where the shop refuses them together. The map says
// which failed; the error is for a failure that concerns every call.
func (a *Adapter) writeVariants(ctx context.Context, op, product string, writes []variantWrite) (map[string]error, error) {
	update := make([]map[string]any, len(writes))
	for i, write := range writes {
		update[i] = map[string]any{"id": write.id}
		for name, value := range write.fields {
			update[i][name] = value
		}
	}
	_, err := a.client.Send(ctx, op, http.MethodPost, productsPath+"/"+url.PathEscape(product)+"/variants/batch", map[string]any{"update": update})
	if err == nil {
		return nil, nil
	}
	if !ofRequest(err) {
		return nil, err
	}
	failed := map[string]error{}
	if len(writes) == 1 {
		failed[writes[0].id] = err
		return failed, nil
	}
	for _, write := range writes {
		one, err := a.writeVariants(ctx, op, product, []variantWrite{write})
		if err != nil {
			return failed, err
		}
		for id, err := range one {
			failed[id] = err
		}
	}
	return failed, nil
}

// lostProducts are products in a row whose writes went without an answer. One may be damaged, so that the shop fails over it
// each time, and the others go on; after several it is the shop.
type lostProducts int

// over says whether an error of the write of one of some products ends the call.
func (l *lostProducts) over(err error, of int) bool {
	switch {
	case err == nil:
		*l = 0
		return false
	case marketplace.CodeOf(err) != marketplace.CodeUnknown:
		return true
	}
	*l++
	return int(*l) >= min(2, of)
}

// ofRequest says whether an error is about what was sent, so that another request may succeed.
func ofRequest(err error) bool {
	switch marketplace.CodeOf(err) {
	case marketplace.CodeInvalid, marketplace.CodeNotFound, marketplace.CodeConflict:
		return true
	default:
		return false
	}
}
