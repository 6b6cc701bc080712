package shopifytest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/retailsync/retailsync/marketplace/shopify/internal/graphql"
)

// SetStock makes the shop sell so many of an article at a location, and adds an article that it does not have; without a
// location it is counted but stocked nowhere.
func (s *Server) SetStock(sku, location string, available int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.bySKU(sku)
	if v == nil {
		v = s.addVariant(sku, "")
	}
	if location != "" {
		v.levels[location] = available
	}
}

// Available is what the shop sells of an article at a location; false if it is not stocked there.
func (s *Server) Available(sku, location string) (int, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.bySKU(sku)
	if v == nil {
		return 0, false
	}
	available, ok := v.levels[location]
	return available, ok
}

// Sell lowers what the shop sells of an article.
func (s *Server) Sell(sku, location string, units int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.bySKU(sku); v != nil {
		v.levels[location] -= units
	}
}

// Untrack makes the shop sell an article without counting it.
func (s *Server) Untrack(sku string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.bySKU(sku); v != nil {
		v.tracked = false
	}
}

// SetLocations says which locations the shop has, and whether they are active.
func (s *Server) SetLocations(locations map[string]bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.locations = maps.Clone(locations)
}

// StockWrites counts the levels that were set or added.
func (s *Server) StockWrites() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stockWrites
}

// OnStockWrite is called before each write of stock is carried out; for what happens just then.
func (s *Server) OnStockWrite(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onStockWrite = f
}

func (s *Server) location(_, arguments graphql.Object) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	active, known := s.locations[ownID("Location", arguments["id"])]
	if !known {
		return nil, nil
	}
	return graphql.Object{"id": arguments["id"], "isActive": active}, nil
}

// activeLocations lists the locations that are not deactivated.
func (s *Server) activeLocations(_, _ graphql.Object) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	nodes := []any{}
	for _, id := range slices.Sorted(maps.Keys(s.locations)) {
		if s.locations[id] {
			nodes = append(nodes, graphql.Object{"id": "gid://shopify/Location/" + id, "isActive": true})
		}
	}
	return graphql.Object{"nodes": nodes}, nil
}

func (s *Server) itemNode(v *variant) graphql.Object {
	levels := []any{}
	for _, location := range slices.Sorted(maps.Keys(v.levels)) {
		levels = append(levels, s.levelNode(v, location))
	}
	return graphql.Object{
		"id": v.item(), "tracked": v.tracked, "inventoryLevels": graphql.Object{"nodes": levels},
		"harmonizedSystemCode": orNull(v.says.hsCode), "countryCodeOfOrigin": orNull(v.says.origin), "measurement": v.measurement(),
	}
}

func (s *Server) levelNode(v *variant, location string) graphql.Object {
	return graphql.Object{
		"id":       fmt.Sprintf("gid://shopify/InventoryLevel/%s?inventory_item_id=%d", location, v.id+inventoryItems),
		"location": graphql.Object{"id": "gid://shopify/Location/" + location, "isActive": s.locations[location]},
		"quantities": []any{graphql.Object{
			"name": "available", "quantity": json.Number(strconv.Itoa(v.levels[location])),
		}},
	}
}

func (s *Server) inventoryItem(_, arguments graphql.Object) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.byID("InventoryItem", arguments["id"]); v != nil {
		return s.itemNode(v), nil
	}
	return nil, nil
}

func (s *Server) inventoryLevel(parent, arguments graphql.Object) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, location := s.byID("InventoryItem", parent["id"]), ownID("Location", arguments["locationId"])
	if _, stocked := v.levels[location]; !stocked {
		return nil, nil
	}
	return s.levelNode(v, location), nil
}

func quantities(parent, arguments graphql.Object) (any, error) {
	names, _ := arguments["names"].([]any)
	if len(names) != 1 || names[0] != "available" {
		return nil, &failure{"BAD_REQUEST", "this shop says what is available only"}
	}
	return parent["quantities"], nil
}

// remembered is the answer that was given to a key.
type remembered struct {
	arguments string
	answer    any
}

// idempotent carries out a mutation once for each key, as the directive wants it.
func (s *Server) idempotent(mutation string, carryOut graphql.Resolver) graphql.Resolver {
	return func(parent, arguments graphql.Object) (any, error) {
		directive, _ := arguments["@idempotent"].(graphql.Object)
		key, _ := directive["key"].(string)
		if directive == nil {
			return nil, &failure{"BAD_REQUEST", "The @idempotent directive is required for this mutation but was not provided."}
		}
		if key == "" {
			return nil, &failure{"BAD_REQUEST", "The idempotency key cannot be an empty string."}
		}
		delete(arguments, "@idempotent")
		content, err := json.Marshal(arguments)
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		before, used := s.keys[mutation+"/"+key]
		hook := s.onStockWrite
		s.mu.Unlock()
		if used && before.arguments != string(content) {
			return userErrors("IDEMPOTENCY_KEY_PARAMETER_MISMATCH", "The same idempotency key cannot be used with different operation parameters."), nil
		}
		if used {
			return before.answer, nil
		}
		if hook != nil {
			hook()
		}
		answer, err := carryOut(parent, arguments)
		if err == nil {
			s.mu.Lock()
			s.keys[mutation+"/"+key] = remembered{string(content), answer}
			s.mu.Unlock()
		}
		return answer, err
	}
}

// userErrors is the answer of a mutation that was refused; path leads to the field that is at fault.
func userErrors(code, message string, path ...any) graphql.Object {
	var field any
	if len(path) > 0 {
		field = path
	}
	return graphql.Object{"userErrors": []any{graphql.Object{"field": field, "message": message, "code": code}}}
}

// setQuantities sets all levels or none.
func (s *Server) setQuantities(_, arguments graphql.Object) (any, error) {
	input, _ := arguments["input"].(map[string]any)
	list, _ := input["quantities"].([]any)
	if len(list) > 250 {
		return nil, &failure{"MAX_INPUT_SIZE_EXCEEDED", "The input array size is greater than the maximum allowed of 250"}
	}
	if input["name"] != "available" {
		return userErrors("INVALID_NAME", "The quantity name must be either 'available' or 'on_hand'.", "input", "name"), nil
	}
	if input["reason"] != "correction" {
		return userErrors("INVALID_REASON", "The specified reason is invalid.", "input", "reason"), nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var refusals []any
	seen := map[string]bool{}
	for i, entry := range list {
		quantity, _ := entry.(map[string]any)
		code, field, message := s.refuseQuantity(quantity, seen)
		if code == "INVALID_FIELD_ARGUMENTS" {
			return nil, &failure{code, message}
		}
		if code != "" {
			refusals = append(refusals, graphql.Object{"field": []any{"input", "quantities", strconv.Itoa(i), field}, "message": message, "code": code})
		}
	}
	if len(refusals) > 0 {
		return graphql.Object{"userErrors": refusals}, nil
	}
	for _, entry := range list {
		quantity, _ := entry.(map[string]any)
		v, location := s.byID("InventoryItem", quantity["inventoryItemId"]), ownID("Location", quantity["locationId"])
		v.levels[location], _ = strconv.Atoi(fmt.Sprint(quantity["quantity"]))
		s.stockWrites++
	}
	return graphql.Object{"userErrors": []any{}}, nil
}

func (s *Server) refuseQuantity(quantity map[string]any, seen map[string]bool) (code, field, message string) {
	from, given := quantity["changeFromQuantity"]
	if !given {
		return "INVALID_FIELD_ARGUMENTS", "", "InventoryQuantityInput must include the following argument: changeFromQuantity."
	}
	v, location := s.byID("InventoryItem", quantity["inventoryItemId"]), ownID("Location", quantity["locationId"])
	if v == nil {
		return "INVALID_INVENTORY_ITEM", "inventoryItemId", "The specified inventory item could not be found."
	}
	if _, known := s.locations[location]; !known {
		return "INVALID_LOCATION", "locationId", "The specified location could not be found."
	}
	if v.frozen {
		return "NON_MUTABLE_INVENTORY_ITEM", "inventoryItemId", "The specified inventory item is not allowed to be adjusted via API."
	}
	to, err := strconv.Atoi(fmt.Sprint(quantity["quantity"]))
	switch pair := fmt.Sprint(v.id, location); {
	case err != nil || to > 1_000_000_000:
		return "INVALID_QUANTITY_TOO_HIGH", "quantity", "The total quantity can't be higher than 1,000,000,000."
	case seen[pair]:
		return "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR", "inventoryItemId", "The combination of inventoryItemId and locationId must be unique."
	default:
		seen[pair] = true
	}
	if from != nil && fmt.Sprint(from) != strconv.Itoa(v.levels[location]) {
		return "CHANGE_FROM_QUANTITY_STALE", "changeFromQuantity", "The changeFromQuantity value does not match persisted value."
	}
	return "", "", ""
}

// Freeze makes the shop refuse to change an article's levels, as for the parent of a bundle.
func (s *Server) Freeze(sku string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.bySKU(sku); v != nil {
		v.frozen = true
	}
}

// activate stocks an article at a location where it is not stocked yet.
func (s *Server) activate(_, arguments graphql.Object) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, location := s.byID("InventoryItem", arguments["inventoryItemId"]), ownID("Location", arguments["locationId"])
	if v == nil {
		return graphql.Object{"userErrors": []any{graphql.Object{"field": []any{"inventoryItemId"}, "message": "The product couldn't be found."}}}, nil
	}
	if active := s.locations[location]; !active {
		return graphql.Object{"userErrors": []any{graphql.Object{"field": []any{"locationId"}, "message": "The location couldn't be found."}}}, nil
	}
	if _, stocked := v.levels[location]; stocked {
		return graphql.Object{"userErrors": []any{graphql.Object{"field": []any{"available"}, "message": "Not allowed to set available quantity when the item is already active at the location."}}}, nil
	}
	v.levels[location], _ = strconv.Atoi(fmt.Sprint(arguments["available"]))
	s.stockWrites++
	return graphql.Object{"inventoryLevel": s.levelNode(v, location), "userErrors": []any{}}, nil
}
