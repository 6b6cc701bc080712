package medusatest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
)

// inventory is what the shop counts.
type inventory struct {
	mu        sync.Mutex
	locations []string
	items     []*inventoryItem
}

type inventoryItem struct {
	id, sku string
	levels  map[string]*level // by location
}

type level struct{ stocked, reserved int }

// AddLocation adds a stock location. A shop starts with "sloc_main".
func (s *Server) AddLocation(id string) {
	s.stock.mu.Lock()
	defer s.stock.mu.Unlock()
	s.stock.locations = append(s.stock.locations, id)
}

// SetStock makes the shop count an article and sets how many units lie at a location. Without a location
// the article is counted, but nowhere stocked.
func (s *Server) SetStock(sku, location string, units int) {
	s.stock.mu.Lock()
	defer s.stock.mu.Unlock()
	item := s.stock.find(sku)
	if item == nil {
		item = &inventoryItem{id: fmt.Sprintf("iitem_%05d", len(s.stock.items)+1), sku: sku, levels: map[string]*level{}}
		s.stock.items = append(s.stock.items, item)
	}
	if location == "" {
		return
	}
	if item.levels[location] == nil {
		item.levels[location] = &level{}
	}
	item.levels[location].stocked = units
}

// Sell reserves units at a location, as an order does; negative units free them.
func (s *Server) Sell(sku, location string, units int) {
	s.stock.mu.Lock()
	defer s.stock.mu.Unlock()
	if item := s.stock.find(sku); item != nil && item.levels[location] != nil {
		item.levels[location].reserved += units
	}
}

// Ship takes reserved units out of a location, as a fulfilment does.
func (s *Server) Ship(sku, location string, units int) {
	s.stock.mu.Lock()
	defer s.stock.mu.Unlock()
	if item := s.stock.find(sku); item != nil && item.levels[location] != nil {
		item.levels[location].reserved -= units
		item.levels[location].stocked -= units
	}
}

// Available is what the shop sells of an article at a location; false if it does not stock it there.
func (s *Server) Available(sku, location string) (units int, ok bool) {
	s.stock.mu.Lock()
	defer s.stock.mu.Unlock()
	item := s.stock.find(sku)
	if item == nil || item.levels[location] == nil {
		return 0, false
	}
	return item.levels[location].stocked - item.levels[location].reserved, true
}

func (i *inventory) find(sku string) *inventoryItem {
	for _, item := range i.items {
		if item.sku == sku {
			return item
		}
	}
	return nil
}

func (i *inventory) byID(id string) *inventoryItem {
	for _, item := range i.items {
		if item.id == id {
			return item
		}
	}
	return nil
}

func (s *Server) listItems(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	for name := range query {
		// Medusa refuses here what it does not know, unlike for orders.
		if !slices.Contains([]string{"sku[]", "fields", "limit", "offset", "order"}, name) {
			refuse(w, http.StatusBadRequest, "invalid_data", "Invalid request: Unrecognized fields: '"+name+"'")
			return
		}
	}
	limit, offset := pageOf(query.Get("limit"), query.Get("offset"))
	s.stock.mu.Lock()
	defer s.stock.mu.Unlock()
	found := []map[string]any{}
	for _, item := range s.stock.items {
		if wanted, ok := query["sku[]"]; ok && !slices.Contains(wanted, item.sku) {
			continue
		}
		levels := []map[string]any{}
		for location, there := range item.levels {
			levels = append(levels, map[string]any{
				"location_id": location, "inventory_item_id": item.id, "stocked_quantity": there.stocked,
				"reserved_quantity": there.reserved, "available_quantity": there.stocked - there.reserved,
			})
		}
		found = append(found, map[string]any{"id": item.id, "sku": item.sku, "location_levels": levels})
	}
	slices.SortFunc(found, func(a, b map[string]any) int { return cmp.Compare(a["id"].(string), b["id"].(string)) })
	count := len(found)
	write(w, map[string]any{"inventory_items": found[min(offset, count):min(offset+limit, count)], "count": count, "offset": offset, "limit": limit})
}

func pageOf(limit, offset string) (int, int) {
	number := func(text string, otherwise int) int {
		if n, err := strconv.Atoi(text); err == nil && n >= 0 {
			return n
		}
		return otherwise
	}
	return number(limit, 20), number(offset, 0)
}

func (s *Server) listLocations(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	limit, offset := pageOf(query.Get("limit"), query.Get("offset"))
	s.stock.mu.Lock()
	defer s.stock.mu.Unlock()
	found := []map[string]any{}
	for _, id := range s.stock.locations {
		if wanted, ok := query["id[]"]; !ok || slices.Contains(wanted, id) {
			found = append(found, map[string]any{"id": id})
		}
	}
	count := len(found)
	write(w, map[string]any{"stock_locations": found[min(offset, count):min(offset+limit, count)], "count": count, "offset": offset, "limit": limit})
}

// setLevels is all or nothing, as in Medusa.
func (s *Server) setLevels(w http.ResponseWriter, r *http.Request) {
	type entry struct {
		Item     string `json:"inventory_item_id"`
		Location string `json:"location_id"`
		Stocked  *int   `json:"stocked_quantity"`
	}
	var body struct{ Create, Update []entry }
	if json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&body) != nil {
		refuse(w, http.StatusBadRequest, "invalid_data", "Invalid request")
		return
	}
	s.stock.mu.Lock()
	defer s.stock.mu.Unlock()
	for k, one := range slices.Concat(body.Create, body.Update) {
		item := s.stock.byID(one.Item)
		switch {
		case one.Stocked == nil || *one.Stocked < 0:
			refuse(w, http.StatusBadRequest, "invalid_data", "Invalid request: Value for field 'stocked_quantity' too small")
			return
		case item == nil || !slices.Contains(s.stock.locations, one.Location), k >= len(body.Create) && item.levels[one.Location] == nil:
			refuse(w, http.StatusNotFound, "not_found", "Inventory level for item "+one.Item+" and location "+one.Location+" not found")
			return
		case k < len(body.Create) && item.levels[one.Location] != nil:
			refuse(w, http.StatusBadRequest, "invalid_data", "Inventory level exists")
			return
		}
	}
	for _, one := range slices.Concat(body.Create, body.Update) {
		item := s.stock.byID(one.Item)
		if item.levels[one.Location] == nil {
			item.levels[one.Location] = &level{}
		}
		item.levels[one.Location].stocked = *one.Stocked
	}
	write(w, map[string]any{"created": []any{}, "updated": []any{}, "deleted": []any{}})
}
