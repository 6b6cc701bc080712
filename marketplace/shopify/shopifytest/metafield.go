package shopifytest

import (
	"encoding/json"
	"fmt"

	"github.com/retailsync/retailsync/marketplace/shopify/internal/graphql"
)

// reference is the value of a metafield and how often it was written.
type reference struct {
	value  string
	writes int
}

func (r reference) digest() string { return fmt.Sprintf("digest-%d-%s", r.writes, r.value) }

func (r reference) node() graphql.Object {
	return graphql.Object{"id": "gid://shopify/Metafield/1", "value": r.value, "compareDigest": r.digest()}
}

// fieldKey names a metafield of an order.
func fieldKey(order string, namespace, key any) string {
	return fmt.Sprintf("%s/%v/%v", order, namespace, key)
}

// Metafield returns the value of an order's metafield, and how often it was written.
func (s *Server) Metafield(orderID, namespace, key string) (value string, writes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.references[fieldKey(orderID, namespace, key)]
	return found.value, found.writes
}

func (s *Server) metafield(parent, arguments graphql.Object) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.references[fieldKey(ownID("Order", parent["id"]), arguments["namespace"], arguments["key"])]
	if !ok {
		return nil, nil
	}
	return found.node(), nil
}

// setMetafields writes all or none. A digest that is not the present one refuses the write.
func (s *Server) setMetafields(_, arguments graphql.Object) (any, error) {
	inputs, _ := arguments["metafields"].([]any)
	s.mu.Lock()
	defer s.mu.Unlock()
	refuse := func(i int, code, message string) (any, error) {
		return graphql.Object{"metafields": nil, "userErrors": []any{graphql.Object{
			"field": []any{"metafields", fmt.Sprint(i)}, "message": message, "code": code, "elementIndex": i,
		}}}, nil
	}
	written := []any{}
	for i, input := range inputs {
		field, _ := input.(map[string]any)
		order := ownID("Order", field["ownerId"])
		if s.shop.Get(order) == nil {
			return refuse(i, "INVALID", "Owner does not exist")
		}
		if value, _ := field["value"].(string); field["type"] == "json" && !json.Valid([]byte(value)) || value == "" {
			return refuse(i, "INVALID_VALUE", "Value is invalid")
		}
		before := s.references[fieldKey(order, field["namespace"], field["key"])]
		if digest, given := field["compareDigest"]; given && digest != before.digest() {
			return refuse(i, "STALE_OBJECT", "The resource has been updated since it was loaded. Try again with an updated `compareDigest` value.")
		}
	}
	for _, input := range inputs {
		field, _ := input.(map[string]any)
		key := fieldKey(ownID("Order", field["ownerId"]), field["namespace"], field["key"])
		now := reference{value: fmt.Sprint(field["value"]), writes: s.references[key].writes + 1}
		s.references[key] = now
		written = append(written, now.node())
	}
	return graphql.Object{"metafields": written, "userErrors": []any{}}, nil
}

// SetMetafield writes a metafield of an order as somebody else would.
func (s *Server) SetMetafield(orderID, namespace, key, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := fieldKey(orderID, namespace, key)
	s.references[name] = reference{value: value, writes: s.references[name].writes + 1}
}
