package retailsync_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/odoo"
)

// medusaCall calls the Admin API of a real Medusa.
func medusaCall(t *testing.T, at peer.Medusa, method, path string, body, into any) {
	t.Helper()
	var data []byte
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			t.Fatal(err)
		}
	}
	request, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), method, at.URL+path, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(at.SecretKey, "")
	request.Header.Set("Content-Type", "application/json")
	response, err := (&http.Client{Timeout: time.Minute}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %d %s %v", method, path, response.StatusCode, answer, err)
	}
	if into != nil {
		if err := json.Unmarshal(answer, into); err != nil {
			t.Fatal(err)
		}
	}
}

// oneArticle is a shop of which only one article is seen: a comparison would give those of other tests Odoo's prices, too.
type oneArticle struct {
	*medusa.Adapter
	sku string
}

func (o oneArticle) unseen(sku string) error {
	return &marketplace.Error{Code: marketplace.CodeNotFound, Channel: o.Channel(), Op: "look", Path: "sku", Message: "not of this test: " + sku}
}

func (o oneArticle) ReadPrices(ctx context.Context, items []marketplace.PriceItem) ([]marketplace.PriceReading, error) {
	readings := make([]marketplace.PriceReading, len(items))
	for i, item := range items {
		readings[i] = marketplace.PriceReading{Item: item, Err: o.unseen(item.SKU)}
		if item.SKU != o.sku {
			continue
		}
		own, err := o.Adapter.ReadPrices(ctx, []marketplace.PriceItem{item})
		if err != nil {
			return nil, err
		}
		readings[i] = own[0]
	}
	return readings, nil
}

func (o oneArticle) PublishPrices(ctx context.Context, prices []marketplace.Price) ([]marketplace.PriceResult, error) {
	results := make([]marketplace.PriceResult, len(prices))
	for i, price := range prices {
		results[i] = marketplace.PriceResult{Item: price.PriceItem, Outcome: marketplace.PriceRejected, Err: o.unseen(price.SKU)}
		if price.SKU != o.sku {
			continue
		}
		own, err := o.Adapter.PublishPrices(ctx, []marketplace.Price{price})
		if err != nil {
			return nil, err
		}
		results[i] = own[0]
	}
	return results, nil
}

func (o oneArticle) ListListings(ctx context.Context, cursor marketplace.Cursor) (marketplace.ListingPage, error) {
	page, err := o.Adapter.ListListings(ctx, cursor)
	page.Listings = slices.DeleteFunc(page.Listings, func(l marketplace.Listing) bool { return l.SKU != o.sku })
	return page, err
}

func (o oneArticle) PublishListings(ctx context.Context, listings []marketplace.Listing) ([]marketplace.ListingResult, error) {
	results := make([]marketplace.ListingResult, len(listings))
	for i, listing := range listings {
		results[i] = marketplace.ListingResult{SKU: listing.SKU, Err: o.unseen(listing.SKU)}
		if listing.SKU != o.sku {
			continue
		}
		own, err := o.Adapter.PublishListings(ctx, []marketplace.Listing{listing})
		if err != nil {
			return nil, err
		}
		results[i] = own[0]
	}
	return results, nil
}

// From a real Odoo to what a shopper of a real Medusa is asked to pay: a price, its sale for a time, the title.
func TestRealMedusaCharges(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		store := peer.MedusaServer(t)
		sku := "PM-" + rand.Text()
		var made struct {
			Product struct{ ID string } `json:"product"`
		}
		medusaCall(t, store, "POST", "/admin/products", map[string]any{
			"title": "From the shop " + sku, "status": "draft", "options": []any{map[string]any{"title": "Kind", "values": []string{"one"}}},
			"variants": []any{map[string]any{"title": "one", "sku": sku, "options": map[string]string{"Kind": "one"}, "prices": []any{map[string]any{"currency_code": "gbp", "amount": 9}}}},
		}, &made)
		t.Cleanup(func() { medusaCall(t, store, "DELETE", "/admin/products/"+made.Product.ID, nil, nil) })
		var channels struct {
			Channels []struct{ ID string } `json:"sales_channels"`
		}
		medusaCall(t, store, "GET", "/admin/sales-channels?limit=50", nil, &channels)
		for _, channel := range channels.Channels {
			medusaCall(t, store, "POST", "/admin/sales-channels/"+channel.ID+"/products", map[string]any{"add": []string{made.Product.ID}}, nil)
		}

		euro := warehouse.Call[[]int64](w, "res.currency", "search", nil, odoo.Args{"domain": odoo.Eq("name", "EUR")}, odoo.Context{"active_test": false})[0]
		warehouse.Call[any](w, "res.currency", "write", []int64{euro}, odoo.Args{"vals": map[string]any{"active": true}}, nil)
		name := "Medusa " + rand.Text()
		list := w.Create("product.pricelist", map[string]any{"name": name, "currency_id": euro}, nil)
		rules, err := mapping.Load(strings.NewReader("version: 1\nchannels:\n  medusa/main:\n    prices: [{currency: EUR, pricelist: "+name+", sale: dated, rounding: {endings: [0.49, 0.99]}}]\n"+
			"    listings: {fields: {title: name}, status: {otherwise: active}}\n"), "rules.yaml")
		if err != nil {
			t.Fatal(err)
		}
		erp := w.Dial(t)
		sync := retailsync.New(erp, rules, retailsync.WithStore(idempotency.NewMemory()))
		adapter := oneArticle{medusa.New(store.URL, medusa.SecretKey(store.SecretKey), medusa.WithRateLimit(100)), sku}
		// The cursors are taken before the product is there, so that the cycles below are about it alone.
		if _, err := sync.PublishPrices(t.Context(), adapter, retailsync.PriceRun{}); err != nil {
			t.Fatal(err)
		}
		product := w.Product(map[string]any{"default_code": sku, "name": "From Odoo " + sku, "list_price": 1})
		s := &stall{t: t, odoo: w, list: list}
		s.rule(product, map[string]any{"fixed_price": 21.2})
		now := time.Now().UTC()
		sale := s.rule(product, map[string]any{"fixed_price": 15, "date_start": now.Add(-time.Hour).Format(time.DateTime), "date_end": now.Add(time.Hour).Format(time.DateTime)})
		if _, err := sync.PublishPrices(t.Context(), adapter, retailsync.PriceRun{}); err != nil {
			t.Fatal(err)
		}
		if _, err := sync.PublishListings(t.Context(), adapter, retailsync.ListingRun{}); err != nil {
			t.Fatal(err)
		}
		asked := func() (title string, now, usually decimal.Decimal) {
			t.Helper()
			var regions struct {
				Regions []struct {
					ID       string
					Currency string `json:"currency_code"`
				}
			}
			medusaCall(t, store, "GET", "/admin/regions?limit=50", nil, &regions)
			region := ""
			for _, one := range regions.Regions {
				if one.Currency == "eur" {
					region = one.ID
				}
			}
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, store.URL+"/store/products/"+made.Product.ID+"?region_id="+url.QueryEscape(region)+"&fields=title,*variants.calculated_price", nil)
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("X-Publishable-Api-Key", store.PublishableKey)
			response, err := (&http.Client{Timeout: time.Minute}).Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			var shown struct {
				Product struct {
					Title    string
					Variants []struct {
						Price struct {
							Now     decimal.Decimal `json:"calculated_amount"`
							Usually decimal.Decimal `json:"original_amount"`
						} `json:"calculated_price"`
					}
				}
			}
			if err := json.NewDecoder(response.Body).Decode(&shown); err != nil || len(shown.Product.Variants) != 1 {
				t.Fatalf("%d: %+v, %v", response.StatusCode, shown, err)
			}
			return shown.Product.Title, shown.Product.Variants[0].Price.Now, shown.Product.Variants[0].Price.Usually
		}
		if title, price, usually := asked(); title != "From Odoo "+sku || price.String() != "14.99" || usually.String() != "20.99" {
			t.Errorf("a shopper sees %q for %s instead of %s, want it for 14.99 instead of 20.99", title, price, usually)
		}
		warehouse.Call[any](w, "product.pricelist.item", "unlink", []int64{sale}, nil, nil)
		if _, err := sync.PublishPrices(t.Context(), adapter, retailsync.PriceRun{}); err != nil {
			t.Fatal(err)
		}
		if _, price, usually := asked(); price.String() != "20.99" || usually.String() != "20.99" {
			t.Errorf("after the sale a shopper is asked for %s instead of %s", price, usually)
		}
	})
}
