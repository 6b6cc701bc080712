package shopify

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// productsAtOnce is how many products one call changes. Each is a mutation of its own and costs points like one.
const productsAtOnce = 10

// productChange is what is to be changed of a product and its variants.
type productChange struct {
	product string
	// fields are of the product itself, nil if none; variants are inputs of its variants.
	fields   map[string]any
	variants []map[string]any
}

// productRefusal is what Shopify does not take of a change: of the product, and of the variants by their place.
type productRefusal struct {
	product  error
	variants map[int]error
}

// of is why the variant at a place was not changed, nil if it was.
func (r productRefusal) of(variant int) error {
	if err := r.variants[variant]; err != nil {
		return err
	}
	return r.variants[-1]
}

// changeProducts changes products and returns one refusal per change, in order. A call that Shopify refuses as a whole, such as
// for a word that it does not know, is sent again for each product by itself.
func (a *Adapter) changeProducts(ctx context.Context, op, name string, changes []productChange) ([]productRefusal, error) {
	var all []productRefusal
	for part := range slices.Chunk(changes, productsAtOnce) {
		refusals, err := a.changeSome(ctx, op, name, part)
		if marketplace.CodeOf(err) == marketplace.CodeInvalid {
			refusals = nil
			for i := range part {
				one, err := a.changeSome(ctx, op, name, part[i:i+1])
				if marketplace.CodeOf(err) == marketplace.CodeInvalid {
					one, err = []productRefusal{{product: err, variants: map[int]error{-1: err}}}, nil
				}
				if err != nil {
					return nil, err
				}
				refusals = append(refusals, one...)
			}
			err = nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, refusals...)
	}
	return all, nil
}

// changeSome changes products in one call.
func (a *Adapter) changeSome(ctx context.Context, op, name string, changes []productChange) ([]productRefusal, error) {
	document, variables := changeDocument(name, changes)
	var data map[string]wire.Object[struct {
		Errors wire.List[userError] `json:"userErrors"`
	}]
	if _, err := a.call(ctx, request{op: op, name: name, document: document, writes: true, variables: variables}, &data); err != nil {
		return nil, err
	}
	refusals := make([]productRefusal, len(changes))
	for i, change := range changes {
		refusals[i].variants = map[int]error{}
		for _, alias := range []string{fmt.Sprint("product", i), fmt.Sprint("variants", i)} {
			if _, sent := variables[alias]; sent && !data[alias].Present {
				return nil, a.fail(marketplace.CodeUnknown, op, alias, "the answer does not say whether it was done: look before repeating", nil)
			}
		}
		for _, one := range data[fmt.Sprint("product", i)].Value.Errors.Items {
			if refusals[i].product == nil {
				refusals[i].product = a.changeRefusal(op, one)
			}
		}
		for _, one := range data[fmt.Sprint("variants", i)].Value.Errors.Items {
			at := one.index("variants", len(change.variants))
			if refusals[i].variants[at] == nil {
				refusals[i].variants[at] = a.changeRefusal(op, one)
			}
		}
	}
	return refusals, nil
}

// changeDocument is the operation that changes products.
func changeDocument(name string, changes []productChange) (document string, variables map[string]any) {
	var parameters, body strings.Builder
	variables = map[string]any{}
	for i, change := range changes {
		if change.fields != nil {
			fields := map[string]any{"id": globalID("Product", change.product)}
			for field, value := range change.fields {
				fields[field] = value
			}
			alias := fmt.Sprint("product", i)
			variables[alias] = fields
			fmt.Fprintf(&parameters, "$%s: ProductUpdateInput!, ", alias)
			fmt.Fprintf(&body, "\n  %[1]s: productUpdate(product: $%[1]s) { userErrors { field message } }", alias)
		}
		if len(change.variants) > 0 {
			alias, of := fmt.Sprint("variants", i), fmt.Sprint("of", i)
			variables[alias], variables[of] = change.variants, globalID("Product", change.product)
			fmt.Fprintf(&parameters, "$%s: ID!, $%s: [ProductVariantsBulkInput!]!, ", of, alias)
			fmt.Fprintf(&body, "\n  %[1]s: productVariantsBulkUpdate(productId: $%[2]s, variants: $%[1]s, allowPartialUpdates: true) { userErrors { field message code } }", alias, of)
		}
	}
	return "mutation " + name + "(" + strings.TrimSuffix(parameters.String(), ", ") + ") {" + body.String() + "\n}", variables
}

// changeRefusal is why Shopify does not take a change.
func (a *Adapter) changeRefusal(op string, one userError) *marketplace.Error {
	code, path := marketplace.CodeInvalid, ""
	if field := one.Field.Items; len(field) > 0 {
		path = fieldName(field[len(field)-1].String())
	}
	switch one.Code.String() {
	case "PRODUCT_DOES_NOT_EXIST", "PRODUCT_VARIANT_DOES_NOT_EXIST", "MUST_BE_FOR_THIS_PRODUCT": // gone since they were found
		code, path = marketplace.CodeNotFound, "sku"
	}
	return a.fail(code, op, path, "the channel says "+a.client.Quote(one.Message.String()), nil)
}

// fieldName is our name of one of Shopify's fields.
func fieldName(theirs string) string {
	switch theirs {
	case "price":
		return "amount"
	case "compareAtPrice":
		return "sale"
	case "descriptionHtml":
		return string(marketplace.ListingDescription)
	case "harmonizedSystemCode":
		return string(marketplace.ListingHSCode)
	case "countryCodeOfOrigin":
		return string(marketplace.ListingOrigin)
	case "measurement":
		return string(marketplace.ListingWeight)
	default:
		return theirs
	}
}

// productOf reads the number of a variant's product.
func productOf(row variantRow) string {
	var variant struct {
		Product graphID `json:"product"`
	}
	if json.Unmarshal(row.body, &variant) != nil {
		return ""
	}
	return tail(variant.Product.text())
}
