package woocommerce

import (
	"context"
	"fmt"
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
	bySKU, seen := map[string][]product{}, map[string]bool{}
	for _, text := range skuQueries(skus) {
		query := url.Values{"sku": {text}, "_fields": {fields}, "orderby": {"id"}, "order": {"asc"}}
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
	for page := 1; ; page++ {
		query.Set("page", strconv.Itoa(page))
		list, err := a.productPage(ctx, op, path, query)
		if err != nil {
			return err
		}
		for _, one := range list {
			visit(one)
		}
		if len(list) < pageSize {
			return nil
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
