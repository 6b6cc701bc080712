package medusa_test

import (
	"crypto/rand"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/marketplacetest"
)

// article is an inventory item of a real Medusa.
type article struct {
	ID     string
	SKU    string
	Levels []struct {
		Location  string          `json:"location_id"`
		Stocked   decimal.Decimal `json:"stocked_quantity"`
		Reserved  decimal.Decimal `json:"reserved_quantity"`
		Available decimal.Decimal `json:"available_quantity"`
	} `json:"location_levels"`
}

// location is the seed's stock location.
func (s *store) location(t *testing.T) string {
	t.Helper()
	var answer struct {
		Locations []struct{ ID string } `json:"stock_locations"`
	}
	s.call(t, "GET", "/admin/stock-locations?limit=1&order=created_at", nil, &answer)
	if len(answer.Locations) == 0 {
		t.Fatal("the shop has no stock location")
	}
	return answer.Locations[0].ID
}

// article makes a new one that the location has units of.
func (s *store) article(t *testing.T, location string, units int) article {
	t.Helper()
	var made struct {
		Item article `json:"inventory_item"`
	}
	s.call(t, "POST", "/admin/inventory-items", map[string]any{"sku": "RS-" + rand.Text()}, &made)
	t.Cleanup(func() { _ = s.try("DELETE", "/admin/inventory-items/"+made.Item.ID, nil, nil) })
	s.call(t, "POST", "/admin/inventory-items/"+made.Item.ID+"/location-levels", map[string]any{"location_id": location, "stocked_quantity": units}, nil)
	return made.Item
}

// look reads an article.
func (s *store) look(t *testing.T, sku string) article {
	t.Helper()
	var answer struct {
		Items []article `json:"inventory_items"`
	}
	s.call(t, "GET", "/admin/inventory-items?sku[]="+sku+"&fields=id,sku,*location_levels", nil, &answer)
	if len(answer.Items) != 1 {
		t.Fatalf("%d articles %s", len(answer.Items), sku)
	}
	return answer.Items[0]
}

// stock drives the stock of articles that are made for the test.
func (s *store) stock() *marketplacetest.StockHooks {
	return &marketplacetest.StockHooks{
		Items: func(t *testing.T, n int) []marketplace.StockItem {
			location, items := s.location(t), make([]marketplace.StockItem, n)
			for i := range items {
				items[i] = marketplace.StockItem{SKU: s.article(t, location, 12).SKU, Location: location}
			}
			return items
		},
		Shows: func(t *testing.T, item marketplace.StockItem) decimal.Decimal {
			return s.look(t, item.SKU).Levels[0].Available
		},
		Sell: func(t *testing.T, item marketplace.StockItem) {
			s.call(t, "POST", "/admin/reservations", map[string]any{
				"inventory_item_id": s.look(t, item.SKU).ID, "location_id": item.Location, "quantity": 1,
			}, nil)
		},
		Elsewhere: "sloc_elsewhere",
		Conflicts: true,
	}
}
