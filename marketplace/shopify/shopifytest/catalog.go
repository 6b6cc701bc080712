package shopifytest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/retailsync/retailsync/marketplace/shopify/internal/graphql"
)

// Location is the shop's location where [Server.SetStock] without a place stocks nothing; Elsewhere is a second one.
const (
	Location  = "1001"
	Elsewhere = "1002"
)

// variant is something that the shop sells. Its product has the number of its first variant.
type variant struct {
	id, product int
	sku         string
	tracked     bool
	// frozen levels cannot be set.
	frozen bool
	// levels are what is available by location.
	levels map[string]int
	price  price
	says   saying
}

func (v *variant) gid() string { return fmt.Sprint("gid://shopify/ProductVariant/", v.id) }
func (v *variant) item() string {
	return fmt.Sprint("gid://shopify/InventoryItem/", v.id+inventoryItems)
}

// inventoryItems is what the numbers of inventory items begin after, so that none is taken for its variant's.
const inventoryItems = 5_000_000

// AddVariant adds an article, as a variant of another one's product or, if that is empty, as a product of its own. SKUs need
// not be unique.
func (s *Server) AddVariant(sku, sibling string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addVariant(sku, sibling)
}

func (s *Server) addVariant(sku, sibling string) *variant {
	v := &variant{id: 9000 + len(s.variants) + 1, sku: sku, tracked: true, levels: map[string]int{}, price: price{amount: "0.00"}}
	v.product = v.id
	if other := s.bySKU(sibling); other != nil && sibling != "" {
		v.product = other.product
	}
	s.variants = append(s.variants, v)
	return v
}

// bySKU is the first variant of a SKU, nil if there is none.
func (s *Server) bySKU(sku string) *variant {
	for _, v := range s.variants {
		if v.sku == sku {
			return v
		}
	}
	return nil
}

// byID is the variant with the number of a global id of a kind.
func (s *Server) byID(kind string, id any) *variant {
	number, err := strconv.Atoi(ownID(kind, id))
	if err != nil {
		return nil
	}
	if kind == "InventoryItem" {
		number -= inventoryItems
	}
	for _, v := range s.variants {
		if v.id == number {
			return v
		}
	}
	return nil
}

// productVariants lists variants by their id. It knows the searches for SKUs and for what has a larger id.
func (s *Server) productVariants(_, arguments graphql.Object) (any, error) {
	match, err := variantSearch(arguments["query"])
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if first, err := strconv.Atoi(fmt.Sprint(arguments["first"])); err != nil || first < 1 || first > 250 {
		return nil, &failure{"BAD_REQUEST", "first must be between 1 and 250"}
	} else if first > s.maxFirst {
		return nil, &failure{"MAX_COST_EXCEEDED", "Query cost is 1384, which exceeds the single query max cost limit (1000)."}
	}
	nodes := []any{}
	for _, v := range s.variants {
		if match(v) {
			nodes = append(nodes, s.variantNode(v))
		}
	}
	return graphql.Object{"nodes": nodes}, nil
}

func (s *Server) variantNode(v *variant) graphql.Object {
	var sku any
	if v.sku != "" {
		sku = v.sku
	}
	return graphql.Object{
		"id": v.gid(), "sku": sku, "inventoryItem": s.itemNode(v), "product": s.productNode(v),
		"price": v.price.amount, "compareAtPrice": orNull(v.price.compare), "barcode": orNull(v.says.barcode),
	}
}

// variantSearch reads a search: terms for SKUs that are joined by OR, or one for an id. As at Shopify, the words of a SKU
// are found whatever their case is, and also in the middle.
func variantSearch(query any) (func(*variant) bool, error) {
	text, _ := query.(string)
	if text == "" {
		return func(*variant) bool { return true }, nil
	}
	if after, ok := strings.CutPrefix(text, "id:>"); ok {
		id, err := strconv.Atoi(after)
		if err != nil {
			return nil, &failure{"BAD_REQUEST", "the id is no number"}
		}
		return func(v *variant) bool { return v.id > id }, nil
	}
	var wanted []string
	for text != "" {
		rest, ok := strings.CutPrefix(text, "sku:'")
		value, rest, closed := quoted(rest)
		if !ok || !closed {
			return nil, &failure{"BAD_REQUEST", "this shop searches for sku:'…' and id:>… only"}
		}
		wanted = append(wanted, strings.ToLower(value))
		if text, ok = strings.CutPrefix(rest, " OR "); !ok && rest != "" {
			return nil, &failure{"BAD_REQUEST", "this shop joins terms by OR only"}
		}
	}
	return func(v *variant) bool {
		return slices.ContainsFunc(wanted, func(sku string) bool { return strings.Contains(strings.ToLower(v.sku), sku) })
	}, nil
}

// quoted reads a text up to the quotation mark that ends it.
func quoted(text string) (value, rest string, closed bool) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\'':
			return b.String(), text[i+1:], true
		case '\\':
			i++
			if i < len(text) {
				b.WriteByte(text[i])
			}
		default:
			b.WriteByte(text[i])
		}
	}
	return "", "", false
}
