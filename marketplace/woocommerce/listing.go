package woocommerce

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
)

const (
	opPublishListings = "publish listings"
	opListListings    = "list listings"
	listingFields     = keyFields + ",name,description,status,weight,global_unique_id"
)

// ListingBatch implements [marketplace.ListingPublisher].
func (a *Adapter) ListingBatch() int { return pageSize }

// ListingFields implements [marketplace.ListingPublisher]. Barcodes need WooCommerce 9.2.
func (a *Adapter) ListingFields() []marketplace.ListingField {
	return []marketplace.ListingField{
		marketplace.ListingTitle, marketplace.ListingDescription, marketplace.ListingBarcode, marketplace.ListingWeight, marketplace.ListingStatus,
	}
}

// PublishListings implements [marketplace.ListingPublisher]. The title and the description of a variation are those of its
// product; barcode, weight and status are its own. A weight is written in the shop's unit. Archived is the
// shop's "private": hidden, but still found by its SKU; a variation has only that and "publish". What the shop has already is not
// written. The shop removes from a description what it does not allow (scripts, unknown tags).
func (a *Adapter) PublishListings(ctx context.Context, listings []marketplace.Listing) ([]marketplace.ListingResult, error) {
	results := make([]marketplace.ListingResult, len(listings))
	unit, err := a.weightUnit(ctx, opPublishListings, listings)
	if err != nil {
		return nil, err
	}
	skus := make([]string, len(listings))
	for i, listing := range listings {
		results[i].SKU, skus[i] = listing.SKU, listing.SKU
	}
	there, err := a.lookUpToEdit(ctx, opPublishListings, skus)
	if err != nil {
		return nil, err
	}
	parents, err := a.parents(ctx, opPublishListings, there)
	if err != nil {
		return nil, err
	}
	edits := edits{byID: map[string]int{}}
	touched := make([][]int, len(listings)) // the changes that a listing takes part in
	for i, listing := range listings {
		results[i].Err = there[i].err
		if results[i].Err == nil {
			touched[i], results[i].Err = a.edit(&edits, listing, there[i].product, parents, unit)
		}
	}
	shown, err := a.write(ctx, opPublishListings, edits.changes)
	if err != nil {
		return nil, err
	}
	for i := range listings {
		if results[i].Err != nil {
			continue
		}
		own := there[i].product
		holder, variation := parents[own.parent()]
		if !variation {
			holder = own
		}
		for _, k := range touched[i] {
			if results[i].Err == nil {
				results[i].Err = a.took(listings[i].SKU, edits.changes[k], shown[k])
			}
			switch edits.changes[k].target.ID {
			case own.ID:
				own = shown[k].product
			case holder.ID:
				holder = shown[k].product
			}
		}
		if !variation {
			holder = own
		}
		if results[i].Err == nil {
			results[i].Shows = otherwise(listings[i], listingOf(own, holder, variation, unit))
		}
	}
	return results, nil
}

// otherwise are the fields that the shop says in another form than they were stated.
func otherwise(stated, shown marketplace.Listing) map[marketplace.ListingField]string {
	var other map[marketplace.ListingField]string
	for field, text := range stated.Fields {
		if shown.Fields[field] != text {
			if other == nil {
				other = map[marketplace.ListingField]string{}
			}
			other[field] = shown.Fields[field]
		}
	}
	return other
}

// edits are the changes of a batch, one per product and variation.
type edits struct {
	changes []change
	byID    map[string]int
}

// set adds fields to the change of a product.
func (e *edits) set(target product, fields map[string]any) (k int) {
	id := target.ID.String()
	k, ok := e.byID[id]
	if !ok {
		k = len(e.changes)
		e.byID[id] = k
		e.changes = append(e.changes, change{target: target, fields: map[string]any{}})
	}
	for name, value := range fields {
		e.changes[k].fields[name] = value
	}
	return k
}

// differs reports whether the batch sets a field of a product to something else.
func (e *edits) differs(target product, name, value string) bool {
	k, ok := e.byID[target.ID.String()]
	if !ok {
		return false
	}
	other, stated := e.changes[k].fields[name]
	return stated && other != value
}

// edit adds what a listing changes, and returns which changes those are. A listing with one bad field changes nothing.
func (a *Adapter) edit(e *edits, listing marketplace.Listing, target product, parents map[string]product, unit weightUnit) ([]int, error) {
	own, shared := map[string]any{}, map[string]any{}
	holder := target
	if id := target.parent(); id != "" {
		var ok bool
		if holder, ok = parents[id]; !ok {
			return nil, a.fail(marketplace.CodeInvalid, opPublishListings, "sku", fmt.Sprintf("the product of the variation %q is gone: delete the variation", listing.SKU), nil)
		}
	}
	for field, text := range listing.Fields {
		into, of := own, target
		if field == marketplace.ListingTitle || field == marketplace.ListingDescription {
			into, of = shared, holder
		}
		name, value, why := translate(field, text, target.parent() != "", unit)
		if why == "" && e.differs(of, name, value) {
			why = "another variation of its product states another one"
		}
		if why != "" {
			return nil, a.fail(marketplace.CodeInvalid, opPublishListings, string(field), fmt.Sprintf("the %s of %q cannot be set: %s", field, listing.SKU, why), nil)
		}
		if !of.holds(name, value) {
			into[name] = value
		}
	}
	var touched []int
	if len(shared) > 0 {
		touched = append(touched, e.set(holder, shared))
	}
	if len(own) > 0 {
		if k := e.set(target, own); !slices.Contains(touched, k) {
			touched = append(touched, k)
		}
	}
	return touched, nil
}

var barcodes = regexp.MustCompile(`^[0-9-]*[0-9Xx]?$`)

// translate is the shop's field and value of a field, or why it has none.
func translate(field marketplace.ListingField, text string, variation bool, unit weightUnit) (name, value, why string) {
	text = strings.TrimSpace(text)
	switch field {
	case marketplace.ListingTitle:
		if text == "" {
			return "", "", "a product needs a name"
		}
		return "name", escape(text), ""
	case marketplace.ListingDescription:
		return "description", text, ""
	case marketplace.ListingBarcode:
		// The shop would silently drop everything else, and keep another barcode.
		if !barcodes.MatchString(text) {
			return "", "", "WooCommerce takes digits and hyphens (GTIN, UPC, EAN, ISBN)"
		}
		return "global_unique_id", text, ""
	case marketplace.ListingWeight:
		value, ok := unit.fromKilograms(text)
		if !ok {
			return "", "", fmt.Sprintf("%q is not a weight in kilograms", text)
		}
		return "weight", value, ""
	case marketplace.ListingStatus:
		switch {
		case text == marketplace.ListingActive:
			return "status", "publish", ""
		case text == marketplace.ListingArchived, text == marketplace.ListingDraft && variation:
			return "status", "private", ""
		case text == marketplace.ListingDraft:
			return "status", "draft", ""
		}
		return "", "", fmt.Sprintf("%q is not a status of a listing", text)
	default:
		return "", "", "WooCommerce has no such field"
	}
}

// escape writes plain text as the HTML that WordPress keeps in names.
func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// holds reports whether a product has a value already, in whatever form.
func (p product) holds(name, value string) bool {
	switch name {
	case "name":
		return plain(p.Name.String()) == plain(value)
	case "description":
		return p.Description.String() == value
	case "status":
		return p.Status.String() == value
	case "global_unique_id":
		return p.GlobalID.String() == value
	case "weight":
		has, err := p.Weight.Decimal()
		want, parseErr := decimal.Parse(value)
		return p.Weight.String() == value || err == nil && parseErr == nil && has.Equal(want) && !p.Weight.IsEmpty()
	default:
		return false
	}
}

// took checks that the shop took a change over. A description may differ: the shop cleans it.
func (a *Adapter) took(sku string, c change, shown changed) error {
	if shown.err != nil {
		return shown.err
	}
	for name, value := range c.fields {
		text, _ := value.(string)
		if name == "description" || shown.holds(name, text) {
			continue
		}
		field, why := fieldOf(name), "a plugin changes it"
		if name == "global_unique_id" && shown.GlobalID.IsEmpty() {
			why = "barcodes need WooCommerce 9.2"
		}
		return a.fail(marketplace.CodeInvalid, opPublishListings, string(field), fmt.Sprintf("the shop shows another %s of %q than was set: %s", field, sku, why), nil)
	}
	return nil
}

// fieldOf is the field that a field of the shop holds.
func fieldOf(name string) marketplace.ListingField {
	switch name {
	case "name":
		return marketplace.ListingTitle
	case "global_unique_id":
		return marketplace.ListingBarcode
	default:
		return marketplace.ListingField(name)
	}
}

// lookUpToEdit is lookUp with the texts as they are stored, not as they are shown.
func (a *Adapter) lookUpToEdit(ctx context.Context, op string, skus []string) ([]found, error) {
	return a.lookUpWith(ctx, op, url.Values{"_fields": {listingFields}, "context": {"edit"}}, skus)
}

// parents fetches the products of the variations among those found.
func (a *Adapter) parents(ctx context.Context, op string, there []found) (map[string]product, error) {
	var ids []string
	for _, one := range there {
		if id := one.parent(); one.err == nil && id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	all := map[string]product{}
	for part := range slices.Chunk(ids, pageSize) {
		query := url.Values{"include": {strings.Join(part, ",")}, "_fields": {listingFields}, "context": {"edit"}, "orderby": {"id"}, "order": {"asc"}}
		if err := a.eachProduct(ctx, op, productsPath, query, func(p product) { all[p.ID.String()] = p }); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// weightUnit is how many kilograms the shop's unit is.
type weightUnit struct{ kilograms decimal.Decimal }

var weightUnits = map[string]weightUnit{
	"kg":  {decimal.MustParse("1")},
	"g":   {decimal.MustParse("0.001")},
	"lbs": {decimal.MustParse("0.45359237")},
	"oz":  {decimal.MustParse("0.028349523125")},
}

// weightScale is the number of decimals of a weight.
const weightScale = 6

// fromKilograms writes a weight in the shop's unit; none is the empty text.
func (u weightUnit) fromKilograms(text string) (string, bool) {
	if text == "" {
		return "", true
	}
	weight, err := decimal.Parse(text)
	if err != nil || weight.IsNeg() {
		return "", false
	}
	weight, err = weight.Quo(u.kilograms)
	if err != nil {
		return "", false
	}
	return weight.Round(weightScale).Trim(0).String(), true
}

// toKilograms reads a weight of the shop.
func (u weightUnit) toKilograms(weight decimal.Decimal) (decimal.Decimal, bool) {
	weight, err := weight.Mul(u.kilograms)
	return weight.Round(weightScale).Trim(0), err == nil
}

// weightUnit asks for the shop's unit if a listing has a weight.
func (a *Adapter) weightUnit(ctx context.Context, op string, listings []marketplace.Listing) (weightUnit, error) {
	for _, listing := range listings {
		if listing.Fields[marketplace.ListingWeight] != "" {
			return a.shopUnit(ctx, op)
		}
	}
	return weightUnits["kg"], nil
}

func (a *Adapter) shopUnit(ctx context.Context, op string) (weightUnit, error) {
	word, err := a.setting(ctx, op, weightUnitSetting)
	if err != nil {
		return weightUnit{}, err
	}
	unit, ok := weightUnits[word]
	if !ok {
		return weightUnit{}, a.fail(marketplace.CodeInvalid, op, "weight", fmt.Sprintf("the shop weighs in %q, which is not known: set WooCommerce > Settings > Products > Weight unit to kg, g, lbs or oz", word), nil)
	}
	return unit, nil
}

// ListListings implements [marketplace.ListingLister], in the order of the products' ids; each product with variations costs a
// call more.
func (a *Adapter) ListListings(ctx context.Context, cursor marketplace.Cursor) (marketplace.ListingPage, error) {
	unit, err := a.shopUnit(ctx, opListListings)
	if err != nil {
		return marketplace.ListingPage{}, err
	}
	var page marketplace.ListingPage
	query := url.Values{"_fields": {listingFields}, "context": {"edit"}}
	page.Cursor, err = a.list(ctx, opListListings, query, cursor, func(p, holder product, variation bool) {
		page.Listings = append(page.Listings, listingOf(p, holder, variation, unit))
	})
	if err != nil {
		return marketplace.ListingPage{}, err
	}
	return page, nil
}

// listingOf is what the shop says of a product, or of a variation of the product holder.
func listingOf(p, holder product, variation bool, unit weightUnit) marketplace.Listing {
	fields := map[marketplace.ListingField]string{
		marketplace.ListingTitle:       plain(holder.Name.String()),
		marketplace.ListingDescription: holder.Description.String(),
		marketplace.ListingBarcode:     p.GlobalID.String(),
		marketplace.ListingWeight:      "",
	}
	if weight, err := p.Weight.Decimal(); err == nil && !p.Weight.IsEmpty() {
		if kilograms, ok := unit.toKilograms(weight); ok {
			fields[marketplace.ListingWeight] = kilograms.String()
		}
	}
	switch word := p.Status.String(); {
	case word == "publish":
		fields[marketplace.ListingStatus] = marketplace.ListingActive
	case word == "private", variation:
		fields[marketplace.ListingStatus] = marketplace.ListingArchived
	default:
		fields[marketplace.ListingStatus] = marketplace.ListingDraft
	}
	return marketplace.Listing{SKU: p.SKU.String(), Fields: fields}
}
