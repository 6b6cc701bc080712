package shopifytest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/retailsync/retailsync/marketplace/shopify/internal/graphql"
)

// product is what variants share.
type product struct{ title, description, status string }

// saying is what the shop says of a variant itself. The weight is a number of the unit.
type saying struct{ barcode, weight, unit, hsCode, origin string }

// Listing is what the shop says of an article.
type Listing struct {
	Title, Description, Status  string
	Barcode, HSCode, Origin     string
	Weight, WeightUnit, Product string
}

// Listing returns what the shop says of an article, in its own words; nothing if it does not have it.
func (s *Server) Listing(sku string) Listing {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.bySKU(sku)
	if v == nil {
		return Listing{}
	}
	p := s.productOf(v)
	return Listing{
		Title: p.title, Description: p.description, Status: p.status, Product: strconv.Itoa(v.product),
		Barcode: v.says.barcode, HSCode: v.says.hsCode, Origin: v.says.origin, Weight: v.says.weight, WeightUnit: v.says.unit,
	}
}

// SetWeight makes the shop say what an article weighs, in a unit of its own.
func (s *Server) SetWeight(sku, weight, unit string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.bySKU(sku); v != nil {
		v.says.weight, v.says.unit = weight, unit
	}
}

func (s *Server) productOf(v *variant) *product {
	p := s.products[v.product]
	if p == nil {
		p = &product{title: "Article " + v.sku, status: "ACTIVE"}
		s.products[v.product] = p
	}
	return p
}

func (s *Server) productNode(v *variant) graphql.Object {
	p := s.productOf(v)
	return graphql.Object{
		"id": fmt.Sprint("gid://shopify/Product/", v.product), "title": p.title, "descriptionHtml": p.description, "status": p.status,
	}
}

// updateProduct changes what variants share, all of it or nothing.
func (s *Server) updateProduct(_, arguments graphql.Object) (any, error) {
	input, _ := arguments["product"].(map[string]any)
	id, err := strconv.Atoi(ownID("Product", input["id"]))
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.variants {
		if err != nil || v.product != id {
			continue
		}
		if title, said := input["title"]; said && strings.TrimSpace(fmt.Sprint(title)) == "" {
			return refusedInput("Title can't be blank", "title"), nil
		}
		p := s.productOf(v)
		for field, into := range map[string]*string{"title": &p.title, "descriptionHtml": &p.description, "status": &p.status} {
			if text, said := input[field].(string); said {
				*into = text
			}
		}
		return graphql.Object{"userErrors": []any{}}, nil
	}
	return refusedInput("Product does not exist", "id"), nil
}

// updateVariants changes variants; with partial updates those that are right, else all or none.
func (s *Server) updateVariants(_, arguments graphql.Object) (any, error) {
	inputs := objects(arguments, "variants")
	s.mu.Lock()
	defer s.mu.Unlock()
	var refusals []any
	var right []map[string]any
	for i, input := range inputs {
		code, message, field := s.refuseVariant(ownID("Product", arguments["productId"]), input)
		if code == "INVALID_VARIABLE" {
			return nil, &failure{code, message}
		}
		if code == "" {
			right = append(right, input)
			continue
		}
		refusals = append(refusals, graphql.Object{"field": []any{"variants", strconv.Itoa(i), field}, "message": message, "code": code})
	}
	if len(refusals) > 0 && arguments["allowPartialUpdates"] != true {
		return graphql.Object{"userErrors": refusals}, nil
	}
	for _, input := range right {
		s.apply(s.byID("ProductVariant", input["id"]), input)
	}
	return graphql.Object{"userErrors": append([]any{}, refusals...)}, nil
}

func (s *Server) refuseVariant(product string, input map[string]any) (code, message, field string) {
	v := s.byID("ProductVariant", input["id"])
	if v == nil || strconv.Itoa(v.product) != product {
		return "PRODUCT_VARIANT_DOES_NOT_EXIST", "Product variant does not exist", "id"
	}
	for _, field := range []string{"price", "compareAtPrice"} {
		if value := input[field]; value != nil {
			if _, ok := readPrice(value); !ok {
				return "GREATER_THAN_OR_EQUAL_TO", "Price must be greater than or equal to 0", field
			}
		}
	}
	item, _ := input["inventoryItem"].(map[string]any)
	if origin, said := item["countryCodeOfOrigin"].(string); said && origin == "XX" {
		return "INVALID_VARIABLE", "Variable $variants0 was provided invalid value for countryCodeOfOrigin", ""
	}
	if hsCode, said := item["harmonizedSystemCode"].(string); said && (len(hsCode) < 6 || len(hsCode) > 13) {
		return "INVALID_INPUT", "Harmonized system code must be a number between six and 13 digits long", "harmonizedSystemCode"
	}
	return "", "", ""
}

// apply changes a variant by the fields that an input has.
func (s *Server) apply(v *variant, input map[string]any) {
	if value, said := input["price"]; said {
		v.price.amount, _ = readPrice(value)
		s.priceWrites++
	}
	text := func(from map[string]any, field string, into *string) {
		if value, said := from[field]; said {
			*into, _ = value.(string)
		}
	}
	text(input, "compareAtPrice", &v.price.compare)
	text(input, "barcode", &v.says.barcode)
	item, _ := input["inventoryItem"].(map[string]any)
	text(item, "harmonizedSystemCode", &v.says.hsCode)
	text(item, "countryCodeOfOrigin", &v.says.origin)
	measurement, _ := item["measurement"].(map[string]any)
	if weight, said := measurement["weight"].(map[string]any); said {
		v.says.weight, v.says.unit = fmt.Sprint(weight["value"]), fmt.Sprint(weight["unit"])
	}
}

// measurement is what a variant weighs.
func (v *variant) measurement() graphql.Object {
	if v.says.weight == "" {
		return graphql.Object{"weight": graphql.Object{"value": json.Number("0.0"), "unit": "KILOGRAMS"}}
	}
	return graphql.Object{"weight": graphql.Object{"value": json.Number(v.says.weight), "unit": v.says.unit}}
}
