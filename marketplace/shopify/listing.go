package shopify

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const (
	opPublishListings = "publish listings"
	opListListings    = "list listings"
	listingBatch      = 50
)

// ListingBatch implements [marketplace.ListingPublisher].
func (a *Adapter) ListingBatch() int { return listingBatch }

// ListingFields implements [marketplace.ListingPublisher]. Title, description and status are of the product.
func (a *Adapter) ListingFields() []marketplace.ListingField {
	return []marketplace.ListingField{
		marketplace.ListingTitle, marketplace.ListingDescription, marketplace.ListingStatus,
		marketplace.ListingBarcode, marketplace.ListingWeight, marketplace.ListingHSCode, marketplace.ListingOrigin,
	}
}

const saidFragment = "\nfragment Found on ProductVariant { product { id } }"

// PublishListings implements [marketplace.ListingPublisher]. Variants of one product share its title, description and status:
// if two of them say different things in one call, the first counts and the other is refused.
func (a *Adapter) PublishListings(ctx context.Context, listings []marketplace.Listing) ([]marketplace.ListingResult, error) {
	results := make([]marketplace.ListingResult, len(listings))
	skus := make([]string, len(listings))
	for i, listing := range listings {
		results[i].SKU, skus[i] = listing.SKU, listing.SKU
	}
	search := variantSearch{op: opPublishListings, name: "ListingsOf", fragments: saidFragment}
	found, err := a.findVariants(ctx, search, skus)
	if err != nil {
		return nil, err
	}
	var changes []productChange
	at := make([]sayingPlace, len(listings))
	for i, listing := range listings {
		results[i].Err = a.stage(&changes, &at[i], listing, found[listing.SKU])
	}
	refusals, err := a.changeProducts(ctx, opPublishListings, "SetListings", changes)
	if err != nil {
		return nil, err
	}
	for i := range listings {
		if results[i].Err != nil {
			continue
		}
		if refusal := refusals[at[i].change]; at[i].product && refusal.product != nil {
			results[i].Err = refusal.product
		} else if at[i].variant >= 0 {
			results[i].Err = refusal.of(at[i].variant)
		}
	}
	return results, nil
}

// sayingPlace is where a listing's fields are among the changes: the change, whether it says something of the product, and the
// variant's place, -1 if it says nothing of that.
type sayingPlace struct {
	change, variant int
	product         bool
}

// stage adds what a listing says to the changes.
func (a *Adapter) stage(changes *[]productChange, place *sayingPlace, listing marketplace.Listing, rows []variantRow) error {
	row, err := a.single(opPublishListings, listing.SKU, rows)
	if err != nil {
		return err
	}
	product, variant, err := a.saying(listing)
	if err != nil {
		return err
	}
	id := productOf(row)
	if id == "" {
		return a.fail(marketplace.CodeInvalid, opPublishListings, "product", fmt.Sprintf("the variant %q cannot be read", listing.SKU), nil)
	}
	place.change = slices.IndexFunc(*changes, func(c productChange) bool { return c.product == id })
	if place.change < 0 {
		place.change = len(*changes)
		*changes = append(*changes, productChange{product: id})
	}
	change := &(*changes)[place.change]
	for field, value := range product {
		if before, said := change.fields[field]; said && before != value {
			return a.fail(marketplace.CodeInvalid, opPublishListings, fieldName(field), fmt.Sprintf("another variant of the product of %q says something else, and they share it", listing.SKU), nil)
		}
	}
	for field, value := range product {
		if change.fields == nil {
			change.fields = map[string]any{}
		}
		change.fields[field], place.product = value, true
	}
	place.variant = -1
	if len(variant) > 0 {
		variant["id"] = globalID("ProductVariant", tail(row.ID))
		place.variant = len(change.variants)
		change.variants = append(change.variants, variant)
	}
	return nil
}

// saying is a listing in Shopify's words, of the product and of the variant.
func (a *Adapter) saying(listing marketplace.Listing) (product, variant map[string]any, err error) {
	product, variant = map[string]any{}, map[string]any{}
	item := map[string]any{}
	for field, text := range listing.Fields {
		switch field {
		case marketplace.ListingTitle:
			product["title"] = text
		case marketplace.ListingDescription:
			product["descriptionHtml"] = text
		case marketplace.ListingStatus:
			switch text {
			case marketplace.ListingActive, marketplace.ListingDraft, marketplace.ListingArchived:
				product["status"] = strings.ToUpper(text)
			default:
				return nil, nil, a.badField(field, text, "it is active, draft or archived")
			}
		case marketplace.ListingBarcode:
			variant["barcode"] = orNull(text)
		case marketplace.ListingWeight:
			kilograms, err := decimal.Parse(text)
			if text == "" {
				kilograms, err = decimal.Zero, nil // Shopify's word for a weight that is not known
			}
			if err != nil || kilograms.IsNeg() {
				return nil, nil, a.badField(field, text, "it is a decimal number of kilograms from 0")
			}
			item["measurement"] = map[string]any{"weight": map[string]any{"value": json.Number(kilograms.Trim(0).String()), "unit": "KILOGRAMS"}}
		case marketplace.ListingHSCode:
			item["harmonizedSystemCode"] = orNull(text)
		case marketplace.ListingOrigin:
			if text != "" && (len(text) != 2 || strings.ToUpper(text) != text) {
				return nil, nil, a.badField(field, text, "it is the code of a country in two capital letters")
			}
			item["countryCodeOfOrigin"] = orNull(text)
		default:
			return nil, nil, a.badField(field, text, "Shopify has no such field")
		}
	}
	if len(item) > 0 {
		variant["inventoryItem"] = item
	}
	return product, variant, nil
}

func (a *Adapter) badField(field marketplace.ListingField, text, want string) error {
	return a.fail(marketplace.CodeInvalid, opPublishListings, string(field), fmt.Sprintf("%s cannot be said: %s", a.client.Quote(text), want), nil)
}

// orNull clears a field whose text is empty.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

const listListingsFragment = `
fragment Found on ProductVariant {
  barcode product { id title descriptionHtml status }
  inventoryItem { id harmonizedSystemCode countryCodeOfOrigin measurement { weight { value unit } } }
}`

// graphListing is a variant with what the shop says of it.
type graphListing struct {
	Barcode wire.Text `json:"barcode"`
	Product struct {
		Title       wire.Text `json:"title"`
		Description wire.Text `json:"descriptionHtml"`
		Status      wire.Text `json:"status"`
	} `json:"product"`
	Item struct {
		HSCode      wire.Text `json:"harmonizedSystemCode"`
		Origin      wire.Text `json:"countryCodeOfOrigin"`
		Measurement struct {
			Weight wire.Object[struct {
				Value wire.Text `json:"value"`
				Unit  wire.Text `json:"unit"`
			}] `json:"weight"`
		} `json:"measurement"`
	} `json:"inventoryItem"`
}

// ListListings implements [marketplace.ListingLister], in the order of the variants' ids. A weight of nothing is one that is not
// known; a status that is none of ours is Shopify's word in lower case.
func (a *Adapter) ListListings(ctx context.Context, cursor marketplace.Cursor) (marketplace.ListingPage, error) {
	search := variantSearch{op: opListListings, name: "ListListings", fragments: listListingsFragment}
	rows, next, err := a.listVariants(ctx, search, cursor, variantsAtOnce)
	if err != nil {
		return marketplace.ListingPage{}, err
	}
	page := marketplace.ListingPage{Cursor: next}
	for i, row := range rows {
		if row.SKU.String() == "" {
			continue
		}
		var source graphListing
		if json.Unmarshal(row.body, &source) != nil {
			return marketplace.ListingPage{}, a.fail(marketplace.CodeInvalid, opListListings, fmt.Sprintf("productVariants.nodes[%d]", i), "a variant cannot be read", nil)
		}
		weight, err := kilograms(source.Item.Measurement.Weight.Value.Value, source.Item.Measurement.Weight.Value.Unit.String())
		if err != nil {
			return marketplace.ListingPage{}, a.fail(marketplace.CodeInvalid, opListListings, fmt.Sprintf("productVariants.nodes[%d].inventoryItem.measurement.weight", i), "a weight cannot be read", err)
		}
		page.Listings = append(page.Listings, marketplace.Listing{SKU: row.SKU.String(), Fields: map[marketplace.ListingField]string{
			marketplace.ListingTitle:       source.Product.Title.String(),
			marketplace.ListingDescription: source.Product.Description.String(),
			marketplace.ListingStatus:      word(source.Product.Status),
			marketplace.ListingBarcode:     source.Barcode.String(),
			marketplace.ListingWeight:      weight,
			marketplace.ListingHSCode:      source.Item.HSCode.String(),
			marketplace.ListingOrigin:      source.Item.Origin.String(),
		}})
	}
	return page, nil
}

// kilograms is a weight in kilograms as a decimal number; empty for none.
func kilograms(value wire.Text, unit string) (string, error) {
	number, err := value.Decimal()
	if err != nil || number.IsZero() {
		return "", err
	}
	factor, known := map[string]string{"KILOGRAMS": "1", "GRAMS": "0.001", "POUNDS": "0.45359237", "OUNCES": "0.028349523125"}[unit]
	if !known {
		return "", wire.ErrForm
	}
	each, err := decimal.Parse(factor)
	if err != nil {
		return "", err
	}
	weight, err := number.Mul(each)
	if err != nil {
		return "", err
	}
	return weight.Trim(0).String(), nil
}
