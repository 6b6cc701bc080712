package medusa

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
)

const (
	opPublishListings = "publish listings"
	opListListings    = "list listings"
	listingFields     = "id,sku,product_id,barcode,weight,hs_code,origin_country,product.title,product.description,product.status,product.metadata"
)

// ListingBatch implements [marketplace.ListingPublisher].
func (a *Adapter) ListingBatch() int { return skusPerCall }

// ListingFields implements [marketplace.ListingPublisher].
func (a *Adapter) ListingFields() []marketplace.ListingField {
	return []marketplace.ListingField{
		marketplace.ListingTitle, marketplace.ListingDescription, marketplace.ListingStatus,
		marketplace.ListingBarcode, marketplace.ListingWeight, marketplace.ListingHSCode, marketplace.ListingOrigin,
	}
}

// PublishListings implements [marketplace.ListingPublisher]. Title, description and status are of the product and shared
// by its variants; of several variants of a product in one call the last one's title and description count, and the
// status that sells most. An archived listing is a draft whose metadata says retailsync_status: archived, since Medusa
// knows no such status. Weights are kept in grams.
func (a *Adapter) PublishListings(ctx context.Context, listings []marketplace.Listing) ([]marketplace.ListingResult, error) {
	results := make([]marketplace.ListingResult, len(listings))
	skus := make([]string, len(listings))
	for i, listing := range listings {
		results[i].SKU, skus[i] = listing.SKU, listing.SKU
	}
	found, failed, err := a.variantsBySKU(ctx, opPublishListings, listingFields, skus)
	if err != nil {
		return nil, err
	}
	var products []string
	heads, writes, of := map[string]*listingHead{}, map[string][]variantWrite{}, map[string][]int{}
	for i, listing := range listings {
		if results[i].Err = failed[listing.SKU]; results[i].Err != nil {
			continue
		}
		there := found[listing.SKU]
		head, fields, err := a.listingWrite(listing)
		if err != nil {
			results[i].Err = err
			continue
		}
		product := there.Product.String()
		if !slices.Contains(products, product) {
			products = append(products, product)
			heads[product] = &listingHead{fields: map[string]any{}, archived: !there.Parent.Value.Metadata.Value.Status.IsEmpty()}
		}
		heads[product].add(head, listing.Fields[marketplace.ListingStatus])
		if len(fields) > 0 {
			writes[product] = append(writes[product], variantWrite{id: there.ID.String(), fields: fields})
		}
		of[product] = append(of[product], i)
	}
	var lost lostProducts
	for _, product := range products {
		err := a.writeListing(ctx, product, heads[product], writes[product], of[product], listings, found, results)
		if lost.over(err, len(products)) {
			return nil, err
		}
		for _, i := range of[product] {
			if err != nil {
				results[i].Err = err
			}
		}
	}
	return results, nil
}

// writeListing writes a product and its variants. The error is for a failure that concerns every call.
func (a *Adapter) writeListing(ctx context.Context, product string, head *listingHead, writes []variantWrite, of []int, listings []marketplace.Listing, found map[string]soldVariant, results []marketplace.ListingResult) error {
	if fields := head.write(); len(fields) > 0 {
		_, err := a.client.Send(ctx, opPublishListings, http.MethodPost, productsPath+"/"+url.PathEscape(product), fields)
		if err != nil && !ofRequest(err) {
			return err
		}
		if err != nil {
			for _, i := range of {
				results[i].Err = err
			}
			return nil
		}
	}
	if len(writes) == 0 {
		return nil
	}
	failed, err := a.writeVariants(ctx, opPublishListings, product, writes)
	for _, i := range of {
		if one := failed[found[listings[i].SKU].ID.String()]; one != nil {
			results[i].Err = one
		}
	}
	return err
}

// listingHead is what is to be written to a product.
type listingHead struct {
	fields map[string]any
	status string
	// archived says that the product is marked as archived now.
	archived bool
}

func (h *listingHead) add(fields map[string]any, status string) {
	for name, value := range fields {
		h.fields[name] = value
	}
	order := []string{"", marketplace.ListingArchived, marketplace.ListingDraft, marketplace.ListingActive}
	if slices.Index(order, status) > slices.Index(order, h.status) {
		h.status = status
	}
}

func (h *listingHead) write() map[string]any {
	switch h.status {
	case marketplace.ListingActive:
		h.fields["status"] = "published"
	case marketplace.ListingDraft, marketplace.ListingArchived:
		h.fields["status"] = "draft"
	}
	switch {
	case h.status == marketplace.ListingArchived:
		h.fields["metadata"] = map[string]string{"retailsync_status": marketplace.ListingArchived}
	case h.status != "" && h.archived:
		h.fields["metadata"] = map[string]string{"retailsync_status": ""} // which removes it
	}
	return h.fields
}

// listingWrite divides what a listing shall say between the product and the variant.
func (a *Adapter) listingWrite(listing marketplace.Listing) (head, fields map[string]any, err error) {
	head, fields = map[string]any{}, map[string]any{}
	refuse := func(field marketplace.ListingField, message string) error {
		return a.fail(marketplace.CodeInvalid, opPublishListings, string(field), fmt.Sprintf("%q: %s", listing.SKU, message), nil)
	}
	orNull := func(text string) any {
		if text == "" {
			return nil
		}
		return text
	}
	for field, text := range listing.Fields {
		switch field {
		case marketplace.ListingTitle:
			if strings.TrimSpace(text) == "" {
				return nil, nil, refuse(field, "a product needs a title")
			}
			head["title"] = text
		case marketplace.ListingDescription:
			head["description"] = orNull(text)
		case marketplace.ListingStatus:
			if !slices.Contains([]string{marketplace.ListingActive, marketplace.ListingDraft, marketplace.ListingArchived}, text) {
				return nil, nil, refuse(field, fmt.Sprintf("%q is no status", text))
			}
		case marketplace.ListingBarcode:
			fields["barcode"] = orNull(text)
		case marketplace.ListingHSCode:
			fields["hs_code"] = orNull(text)
		case marketplace.ListingOrigin:
			if text != "" && len(text) != 2 {
				return nil, nil, refuse(field, fmt.Sprintf("%q is no country", text))
			}
			fields["origin_country"] = orNull(strings.ToLower(text))
		case marketplace.ListingWeight:
			if text == "" {
				fields["weight"] = nil
				continue
			}
			weight, err := decimal.Parse(text)
			if err == nil {
				weight, err = weight.Mul(decimal.Thousand)
			}
			if err != nil || weight.IsNeg() {
				return nil, nil, refuse(field, fmt.Sprintf("%q is no weight in kilograms", text))
			}
			fields["weight"] = number(weight.Trim(0).String())
		default:
			return nil, nil, refuse(field, "Medusa has no such field")
		}
	}
	return head, fields, nil
}

// ListListings implements [marketplace.ListingLister], in the order of the variants' ids.
func (a *Adapter) ListListings(ctx context.Context, cursor marketplace.Cursor) (marketplace.ListingPage, error) {
	offset := 0
	if cursor != "" {
		var err error
		if offset, err = strconv.Atoi(string(cursor)); err != nil || offset < 0 {
			return marketplace.ListingPage{}, a.fail(marketplace.CodeInvalid, opListListings, "", "not a cursor of this adapter: start again without one", nil)
		}
	}
	const limit = 200
	list, err := a.variants(ctx, opListListings, url.Values{"fields": {listingFields}, "order": {"id"}, "limit": {strconv.Itoa(limit)}, "offset": {strconv.Itoa(offset)}})
	if err != nil {
		return marketplace.ListingPage{}, err
	}
	var page marketplace.ListingPage
	for _, one := range list {
		if one.SKU.String() != "" {
			page.Listings = append(page.Listings, one.listing())
		}
	}
	if len(list) == limit {
		page.Cursor = marketplace.Cursor(strconv.Itoa(offset + limit))
	}
	return page, nil
}

// listing is what a variant and its product say.
func (v soldVariant) listing() marketplace.Listing {
	head := v.Parent.Value
	fields := map[marketplace.ListingField]string{
		marketplace.ListingTitle: head.Title.String(), marketplace.ListingDescription: head.Description.String(),
		marketplace.ListingBarcode: v.Barcode.String(), marketplace.ListingHSCode: v.HSCode.String(),
		marketplace.ListingOrigin: strings.ToUpper(v.Origin.String()), marketplace.ListingWeight: "",
		marketplace.ListingStatus: marketplace.ListingDraft,
	}
	switch {
	case head.Status.String() == "published":
		fields[marketplace.ListingStatus] = marketplace.ListingActive
	case head.Metadata.Value.Status.String() == marketplace.ListingArchived:
		fields[marketplace.ListingStatus] = marketplace.ListingArchived
	}
	if grams, err := v.Weight.Decimal(); err == nil && !grams.IsZero() {
		if kilograms, err := grams.Quo(decimal.Thousand); err == nil {
			fields[marketplace.ListingWeight] = kilograms.Trim(0).String()
		}
	}
	return marketplace.Listing{SKU: v.SKU.String(), Fields: fields}
}
