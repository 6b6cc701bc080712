package shopifytest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace/shopify/internal/graphql"
)

// Currency is the shop's own; PriceList is the number of a price list in ListCurrency.
const (
	Currency     = "EUR"
	PriceList    = "3001"
	ListCurrency = "SEK"
)

// price is what an article costs, with the price to compare at, empty if there is none.
type price struct{ amount, compare string }

// SetPrice makes the shop charge a base price, with one to compare at unless that is empty; an article that it does not have
// is added.
func (s *Server) SetPrice(sku, amount, compareAt string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.bySKU(sku)
	if v == nil {
		v = s.addVariant(sku, "")
	}
	v.price = price{amount, compareAt}
}

// Price returns what the shop charges, and the price to compare at, empty for none; on a price list if that is named.
func (s *Server) Price(sku, list string) (amount, compareAt string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.bySKU(sku)
	if v == nil {
		return "", ""
	}
	if list == "" {
		return v.price.amount, v.price.compare
	}
	fixed := s.listPrices[v.id]
	return fixed.amount, fixed.compare
}

// PriceWrites counts the prices that were set.
func (s *Server) PriceWrites() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.priceWrites
}

func shopNode(_, _ graphql.Object) (any, error) { return graphql.Object{"currencyCode": Currency}, nil }

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// priceList is the shop's only one. Each variant that has no fixed price on it costs what it costs else, in its currency.
func (s *Server) priceList(_, arguments graphql.Object) (any, error) {
	if ownID("PriceList", arguments["id"]) != PriceList {
		return nil, nil
	}
	return graphql.Object{"currency": ListCurrency}, nil
}

func (s *Server) pricesOfList(_, arguments graphql.Object) (any, error) {
	var wanted []string
	for _, term := range strings.Split(fmt.Sprint(arguments["query"]), " OR ") {
		id, ok := strings.CutPrefix(term, "variant_id:")
		if !ok {
			return nil, &failure{"BAD_REQUEST", "this shop searches for variant_id:… only"}
		}
		wanted = append(wanted, id)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	nodes := []any{}
	for _, v := range s.variants {
		for _, id := range wanted {
			if id != strconv.Itoa(v.id) {
				continue
			}
			fixed, is := s.listPrices[v.id]
			if !is {
				fixed = v.price
			}
			node := graphql.Object{"variant": s.variantNode(v), "price": graphql.Object{"amount": fixed.amount}, "compareAtPrice": nil}
			if fixed.compare != "" {
				node["compareAtPrice"] = graphql.Object{"amount": fixed.compare}
			}
			nodes = append(nodes, node)
		}
	}
	return graphql.Object{"nodes": nodes}, nil
}

// addFixedPrices sets all prices of a call or none.
func (s *Server) addFixedPrices(_, arguments graphql.Object) (any, error) {
	if ownID("PriceList", arguments["priceListId"]) != PriceList {
		return userErrors("PRICE_LIST_NOT_FOUND", "Price list does not exist.", "priceListId"), nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var refusals []any
	for i, input := range objects(arguments, "prices") {
		refuse := func(code, message string, path ...any) {
			refusals = append(refusals, graphql.Object{"field": append([]any{"prices", strconv.Itoa(i)}, path...), "message": message, "code": code})
		}
		if s.byID("ProductVariant", input["variantId"]) == nil {
			refuse("VARIANT_NOT_FOUND", "Product variant ID does not exist.", "variantId")
		}
		for _, field := range []string{"price", "compareAtPrice"} {
			if money, _ := input[field].(map[string]any); money != nil && money["currencyCode"] != ListCurrency {
				refuse("PRICE_LIST_CURRENCY_MISMATCH", "The specified currency does not match the price list's currency.", field, "currencyCode")
			}
		}
	}
	if len(refusals) > 0 {
		return graphql.Object{"userErrors": refusals}, nil
	}
	for _, input := range objects(arguments, "prices") {
		amount, _ := input["price"].(map[string]any)
		fixed := price{amount: fmt.Sprint(amount["amount"])}
		if compare, _ := input["compareAtPrice"].(map[string]any); compare != nil {
			fixed.compare = fmt.Sprint(compare["amount"])
		}
		s.listPrices[s.byID("ProductVariant", input["variantId"]).id] = fixed
		s.priceWrites++
	}
	return graphql.Object{"userErrors": []any{}}, nil
}

// readPrice reads an amount of an input; false if it is none.
func readPrice(value any) (string, bool) {
	amount, err := decimal.Parse(fmt.Sprint(value))
	return amount.String(), err == nil && !amount.IsNeg()
}
