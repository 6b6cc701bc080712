package shopifytest

import (
	"fmt"

	"github.com/retailsync/retailsync/marketplace/shopify/internal/graphql"
)

// reference is the value of a metafield and how often it was written.
type reference struct {
	value  string
	writes int
}

func (r reference) digest() string { return fmt.Sprintf("digest-%d-%s", r.writes, r.value) }

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
	return graphql.Object{"id": "gid://shopify/Metafield/1", "value": found.value, "compareDigest": found.digest()}, nil
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
		if field["type"] != "single_line_text_field" || field["value"] == "" {
			return refuse(i, "INVALID_TYPE", "this shop keeps single lines of text only")
		}
		before := s.references[fieldKey(order, field["namespace"], field["key"])]
		if digest, given := field["compareDigest"]; given && digest != before.digest() {
			return refuse(i, "STALE_OBJECT", "The resource has been updated since it was loaded. Try again with an updated `compareDigest` value.")
		}
		written = append(written, graphql.Object{"id": "gid://shopify/Metafield/1"})
	}
	for _, input := range inputs {
		field, _ := input.(map[string]any)
		key := fieldKey(ownID("Order", field["ownerId"]), field["namespace"], field["key"])
		s.references[key] = reference{value: fmt.Sprint(field["value"]), writes: s.references[key].writes + 1}
	}
	return graphql.Object{"metafields": written, "userErrors": []any{}}, nil
}
