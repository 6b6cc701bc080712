package woocommerce

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const productsPath = apiPath + "/products"

// pageSize is the largest page that WooCommerce gives.
const pageSize = 100

// product is a product, or a variation if it has a parent.
type product struct {
	ID          wire.Text `json:"id"`
	ParentID    wire.Text `json:"parent_id"`
	Type        wire.Text `json:"type"`
	SKU         wire.Text `json:"sku"`
	Status      wire.Text `json:"status"`
	Virtual     wire.Text `json:"virtual"`
	ManageStock wire.Text `json:"manage_stock"`
	Quantity    wire.Text `json:"stock_quantity"`

	RegularPrice wire.Text `json:"regular_price"`
	SalePrice    wire.Text `json:"sale_price"`
	SaleFrom     wire.Text `json:"date_on_sale_from_gmt"`
	SaleTo       wire.Text `json:"date_on_sale_to_gmt"`

	Name        wire.Text `json:"name"`
	Description wire.Text `json:"description"`
	Weight      wire.Text `json:"weight"`
	GlobalID    wire.Text `json:"global_unique_id"`
}

// The fields of a product that are asked for.
const (
	keyFields   = "id,parent_id,type,sku"
	stockFields = keyFields + ",manage_stock,stock_quantity"
)

// parent is the id of the product whose variation this is; empty for a product.
func (p product) parent() string {
	if id := p.ParentID.String(); p.Type.String() == "variation" && isID(id) {
		return id
	}
	return ""
}

// hasVariations reports whether customers buy the product's variations and not itself. Plugins add kinds
// such as "variable-subscription".
func (p product) hasVariations() bool { return strings.HasPrefix(p.Type.String(), "variable") }

// found is a product that was looked up, or why not.
type found struct {
	product
	err error
}

// lookUp finds the products and variations that have the SKUs, one result per SKU. The shop does not list what lies
// in its trash, so a duplicate there does no harm.
func (a *Adapter) lookUp(ctx context.Context, op, fields string, skus []string) ([]found, error) {
	return a.lookUpWith(ctx, op, url.Values{"_fields": {fields}}, skus)
}

// lookUpWith looks up with further parameters.
func (a *Adapter) lookUpWith(ctx context.Context, op string, parameters url.Values, skus []string) ([]found, error) {
	bySKU, seen := map[string][]product{}, map[string]bool{}
	for _, text := range skuQueries(skus) {
		query := url.Values{"sku": {text}, "orderby": {"id"}, "order": {"asc"}}
		maps.Copy(query, parameters)
		if err := a.eachProduct(ctx, op, productsPath, query, func(p product) {
			// The shop's database finds without regard to upper and lower case, and two queries may find one product.
			if id, sku := p.ID.String(), p.SKU.String(); !seen[id] {
				seen[id], bySKU[sku] = true, append(bySKU[sku], p)
			}
		}); err != nil {
			return nil, err
		}
	}
	results := make([]found, len(skus))
	for i, sku := range skus {
		results[i] = a.pick(op, sku, bySKU[strings.TrimSpace(sku)])
	}
	return results, nil
}

// skuQueries joins SKUs to as few queries as fit an address.
func skuQueries(skus []string) []string {
	const longest = 1500
	var queries []string
	var joined []string
	length := 0
	flush := func() {
		if len(joined) > 0 {
			queries = append(queries, strings.Join(joined, ","))
		}
		joined, length = nil, 0
	}
	seen := map[string]bool{}
	for _, sku := range skus {
		sku = strings.TrimSpace(sku)
		if sku == "" || seen[sku] {
			continue
		}
		seen[sku] = true
		switch {
		case strings.Contains(sku, ","):
			// The shop takes the text between commas, and the whole, as SKUs.
			queries = append(queries, sku)
			continue
		case sku == "0":
			// PHP takes "0" alone for nothing and would list the whole catalog.
			queries = append(queries, "0,0")
			continue
		}
		size := len(url.QueryEscape(sku)) + 3
		if length+size > longest || len(joined) == pageSize {
			flush()
		}
		joined, length = append(joined, sku), length+size
	}
	flush()
	return queries
}

// eachProduct visits the products of a list to its end.
func (a *Adapter) eachProduct(ctx context.Context, op, path string, query url.Values, visit func(product)) error {
	query.Set("per_page", strconv.Itoa(pageSize))
	before := ""
	for page := 1; ; page++ {
		query.Set("page", strconv.Itoa(page))
		list, err := a.productPage(ctx, op, path, query)
		if err != nil {
			return err
		}
		if len(list) < pageSize {
			for _, one := range list {
				visit(one)
			}
			return nil
		}
		// A cache or plugin that does not heed the page would keep us here for ever.
		first := list[0].ID.String()
		if first == before || !isID(first) {
			return a.fail(marketplace.CodeInvalid, op, "page", "the shop gives the same page again and again: is there a cache before its API?", nil)
		}
		before = first
		for _, one := range list {
			visit(one)
		}
	}
}

func (a *Adapter) productPage(ctx context.Context, op, path string, query url.Values) ([]product, error) {
	reply, err := a.client.Get(ctx, op, path, query)
	if err != nil {
		return nil, err
	}
	var list []product
	if err := a.client.Decode(op, reply, &list); err != nil {
		return nil, err
	}
	return list, nil
}

// pick is the one product of a SKU.
func (a *Adapter) pick(op, sku string, candidates []product) found {
	candidates = slices.DeleteFunc(candidates, func(p product) bool { return !isID(p.ID.String()) })
	switch len(candidates) {
	case 0:
		return found{err: a.fail(marketplace.CodeNotFound, op, "sku", fmt.Sprintf("the shop has no product or variation %q: create it there, or add an alias to the rules", sku), nil)}
	case 1:
	default:
		return found{err: a.fail(marketplace.CodeInvalid, op, "sku", fmt.Sprintf("the shop has %d products %q: give each a SKU of its own", len(candidates), sku), nil)}
	}
	if only := candidates[0]; only.Type.String() == "variation" && only.parent() == "" {
		return found{err: a.fail(marketplace.CodeInvalid, op, "sku", fmt.Sprintf("the product of the variation %q is gone: delete the variation", sku), nil)}
	}
	return found{product: candidates[0]}
}

// list visits one page of all products that have a SKU, each followed by its variations that have one, and returns the position
// after it. The holder of a variation is its product, that of a product itself.
func (a *Adapter) list(ctx context.Context, op string, parameters url.Values, cursor marketplace.Cursor, visit func(p, holder product, variation bool)) (marketplace.Cursor, error) {
	offset := 0
	if cursor != "" {
		var err error
		if offset, err = strconv.Atoi(string(cursor)); err != nil || offset < 0 {
			return "", a.fail(marketplace.CodeInvalid, op, "", "not a cursor of this adapter: start again without one", nil)
		}
	}
	query := url.Values{"orderby": {"id"}, "order": {"asc"}, "offset": {strconv.Itoa(offset)}, "per_page": {strconv.Itoa(pageSize)}}
	maps.Copy(query, parameters)
	list, err := a.productPage(ctx, op, productsPath, query)
	if err != nil {
		return "", err
	}
	for _, one := range list {
		if one.SKU.String() != "" {
			visit(one, one, false)
		}
		if !one.hasVariations() || !isID(one.ID.String()) {
			continue
		}
		path := productsPath + "/" + one.ID.String() + "/variations"
		query := url.Values{"orderby": {"id"}, "order": {"asc"}}
		maps.Copy(query, parameters)
		err := a.eachProduct(ctx, op, path, query, func(variation product) {
			// A variation without a SKU shows its product's.
			if variation.SKU.String() != "" && !strings.EqualFold(variation.SKU.String(), one.SKU.String()) {
				visit(variation, one, true)
			}
		})
		if err != nil {
			return "", err
		}
	}
	if len(list) < pageSize {
		return "", nil
	}
	return marketplace.Cursor(strconv.Itoa(offset + pageSize)), nil
}
