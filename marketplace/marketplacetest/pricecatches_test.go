package marketplacetest_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/marketplacetest"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
)

// brokenPrices is an adapter with one method that breaks a promise; nil methods are those of a good adapter.
type brokenPrices struct {
	*medusa.Adapter

	prices   func(context.Context, *brokenPrices, []marketplace.Price) ([]marketplace.PriceResult, error)
	read     func(context.Context, *brokenPrices, []marketplace.PriceItem) ([]marketplace.PriceReading, error)
	listings func(context.Context, *brokenPrices, []marketplace.Listing) ([]marketplace.ListingResult, error)
	list     func(context.Context, *brokenPrices, marketplace.Cursor) (marketplace.ListingPage, error)
	follow   func(context.Context, []string) ([]marketplace.PriceResult, error)
	tickets  atomic.Int64
}

func (b *brokenPrices) PublishPrices(ctx context.Context, prices []marketplace.Price) ([]marketplace.PriceResult, error) {
	if b.prices == nil {
		return b.Adapter.PublishPrices(ctx, prices)
	}
	return b.prices(ctx, b, prices)
}

func (b *brokenPrices) ReadPrices(ctx context.Context, items []marketplace.PriceItem) ([]marketplace.PriceReading, error) {
	if b.read == nil {
		return b.Adapter.ReadPrices(ctx, items)
	}
	return b.read(ctx, b, items)
}

func (b *brokenPrices) PublishListings(ctx context.Context, listings []marketplace.Listing) ([]marketplace.ListingResult, error) {
	if b.listings == nil {
		return b.Adapter.PublishListings(ctx, listings)
	}
	return b.listings(ctx, b, listings)
}

func (b *brokenPrices) ListListings(ctx context.Context, cursor marketplace.Cursor) (marketplace.ListingPage, error) {
	if b.list == nil {
		return b.Adapter.ListListings(ctx, cursor)
	}
	return b.list(ctx, b, cursor)
}

func (b *brokenPrices) FollowPrices(ctx context.Context, tickets []string) ([]marketplace.PriceResult, error) {
	if b.follow == nil {
		return nil, errors.New("nothing is pending")
	}
	return b.follow(ctx, tickets)
}

// The suite fails adapters that break a promise about prices or listings, in the test that is named for it. See
// TestCatches.
func TestCatchesPrices(t *testing.T) {
	t.Parallel()
	// tampered publishes other prices than it is asked to.
	tampered := func(change func(*marketplace.Price)) func(*brokenPrices) {
		return func(b *brokenPrices) {
			b.prices = func(ctx context.Context, b *brokenPrices, prices []marketplace.Price) ([]marketplace.PriceResult, error) {
				changed := append([]marketplace.Price(nil), prices...)
				for i := range changed {
					change(&changed[i])
				}
				results, err := b.Adapter.PublishPrices(ctx, changed)
				for i := range results {
					results[i].Item = prices[i].PriceItem
				}
				return results, err
			}
		}
	}
	said := func(change func(*marketplace.Listing)) func(*brokenPrices) {
		return func(b *brokenPrices) {
			b.listings = func(ctx context.Context, b *brokenPrices, listings []marketplace.Listing) ([]marketplace.ListingResult, error) {
				changed := append([]marketplace.Listing(nil), listings...)
				for i := range changed {
					changed[i].Fields = maps.Clone(changed[i].Fields)
					change(&changed[i])
				}
				return b.Adapter.PublishListings(ctx, changed)
			}
		}
	}
	for _, test := range []struct {
		name  string
		by    string // the suite's test that must fail; "" for none
		adapt func(*brokenPrices)
	}{
		{name: "a good adapter", adapt: func(*brokenPrices) {}},
		{"amounts that are rounded", "Prices", tampered(func(p *marketplace.Price) { p.Amount = p.Amount.Trunc(0) })},
		{"amounts that are times a hundred", "Prices", tampered(func(p *marketplace.Price) {
			if amount, err := p.Amount.Mul(decimal.Hundred); err == nil {
				p.Amount = amount
			}
		})},
		{"sales left out", "PricesOnSale", tampered(func(p *marketplace.Price) { p.Sale = nil })},
		{"sales without an end", "PricesOnSale", tampered(func(p *marketplace.Price) {
			if p.Sale != nil {
				p.Sale = &marketplace.SalePrice{Amount: p.Sale.Amount, From: p.Sale.From}
			}
		})},
		{"sales as regular prices", "PricesOnSale", tampered(func(p *marketplace.Price) {
			if p.Sale != nil {
				p.Amount, p.Sale = p.Sale.Amount, nil
			}
		})},
		{"a sale that never ends", "PricesOnSale", func(b *brokenPrices) {
			sales := map[string]*marketplace.SalePrice{}
			tampered(func(p *marketplace.Price) {
				if p.Sale == nil {
					p.Sale = sales[p.SKU]
				}
				sales[p.SKU] = p.Sale
			})(b)
		}},
		{"readings without sales", "PricesOnSale", func(b *brokenPrices) {
			b.read = func(ctx context.Context, b *brokenPrices, items []marketplace.PriceItem) ([]marketplace.PriceReading, error) {
				readings, err := b.Adapter.ReadPrices(ctx, items)
				for i := range readings {
					readings[i].Sale = nil
				}
				return readings, err
			}
		}},
		{"readings in another order", "PricesIsolateBadOnes", func(b *brokenPrices) {
			b.read = func(ctx context.Context, b *brokenPrices, items []marketplace.PriceItem) ([]marketplace.PriceReading, error) {
				readings, err := b.Adapter.ReadPrices(ctx, items)
				if len(readings) > 1 {
					readings[0], readings[1] = readings[1], readings[0]
				}
				return readings, err
			}
		}},
		{"one bad price fails all", "PricesIsolateBadOnes", func(b *brokenPrices) {
			b.prices = func(ctx context.Context, b *brokenPrices, prices []marketplace.Price) ([]marketplace.PriceResult, error) {
				results, err := b.Adapter.PublishPrices(ctx, prices)
				for _, result := range results {
					if result.Err != nil {
						return nil, result.Err
					}
				}
				return results, err
			}
		}},
		{"bad prices pass for published", "PricesIsolateBadOnes", func(b *brokenPrices) {
			b.prices = func(ctx context.Context, b *brokenPrices, prices []marketplace.Price) ([]marketplace.PriceResult, error) {
				results, err := b.Adapter.PublishPrices(ctx, prices)
				for i := range results {
					results[i].Outcome, results[i].Err = marketplace.PriceAccepted, nil
				}
				return results, err
			}
		}},
		{"a result left out", "Prices", func(b *brokenPrices) {
			b.prices = func(ctx context.Context, b *brokenPrices, prices []marketplace.Price) ([]marketplace.PriceResult, error) {
				results, err := b.Adapter.PublishPrices(ctx, prices)
				return results[:max(0, len(results)-1)], err
			}
		}},
		{"prices pending for ever", "Prices", func(b *brokenPrices) {
			b.prices = func(ctx context.Context, b *brokenPrices, prices []marketplace.Price) ([]marketplace.PriceResult, error) {
				results, err := b.Adapter.PublishPrices(ctx, prices)
				for i := range results {
					results[i].Outcome, results[i].Ticket = marketplace.PricePending, fmt.Sprint(b.tickets.Add(1))
				}
				return results, err
			}
			b.follow = func(_ context.Context, tickets []string) ([]marketplace.PriceResult, error) {
				return []marketplace.PriceResult{{Outcome: marketplace.PricePending, Ticket: tickets[0]}}, nil
			}
		}},
		{"a lost reply passes for success", "PricesAreNotLostWithAReply", func(b *brokenPrices) {
			b.prices = func(ctx context.Context, b *brokenPrices, prices []marketplace.Price) ([]marketplace.PriceResult, error) {
				results, err := b.Adapter.PublishPrices(ctx, prices)
				if err == nil {
					return results, nil
				}
				results = make([]marketplace.PriceResult, len(prices))
				for i, price := range prices {
					results[i] = marketplace.PriceResult{Item: price.PriceItem, Outcome: marketplace.PriceAccepted}
				}
				return results, nil
			}
		}},
		{"a title left out", "Listings", said(func(l *marketplace.Listing) {
			if len(l.Fields) > 1 {
				delete(l.Fields, marketplace.ListingTitle)
			}
		})},
		{"weights in grams", "Listings", said(func(l *marketplace.Listing) {
			if l.Fields[marketplace.ListingWeight] == "2" {
				l.Fields[marketplace.ListingWeight] = "2000"
			}
		})},
		{"fields that are not cleared", "Listings", said(func(l *marketplace.Listing) {
			maps.DeleteFunc(l.Fields, func(_ marketplace.ListingField, text string) bool { return text == "" })
		})},
		{"archived as active", "Listings", said(func(l *marketplace.Listing) {
			if l.Fields[marketplace.ListingStatus] == marketplace.ListingArchived {
				l.Fields[marketplace.ListingStatus] = marketplace.ListingActive
			}
		})},
		{"fields that are not stated are cleared", "Listings", said(func(l *marketplace.Listing) {
			if _, ok := l.Fields[marketplace.ListingBarcode]; !ok {
				l.Fields[marketplace.ListingBarcode] = ""
			}
		})},
		{"one bad listing fails all", "ListingsIsolateBadOnes", func(b *brokenPrices) {
			b.listings = func(ctx context.Context, b *brokenPrices, listings []marketplace.Listing) ([]marketplace.ListingResult, error) {
				results, err := b.Adapter.PublishListings(ctx, listings)
				for _, result := range results {
					if result.Err != nil {
						return nil, result.Err
					}
				}
				return results, err
			}
		}},
		{"unknown articles pass for published", "ListingsIsolateBadOnes", func(b *brokenPrices) {
			b.listings = func(ctx context.Context, b *brokenPrices, listings []marketplace.Listing) ([]marketplace.ListingResult, error) {
				results, err := b.Adapter.PublishListings(ctx, listings)
				for i := range results {
					results[i].Err = nil
				}
				return results, err
			}
		}},
		{"a listing left out", "ListingsAreListed", func(b *brokenPrices) {
			b.list = func(ctx context.Context, b *brokenPrices, cursor marketplace.Cursor) (marketplace.ListingPage, error) {
				page, err := b.Adapter.ListListings(ctx, cursor)
				page.Listings = page.Listings[:max(0, len(page.Listings)-1)]
				return page, err
			}
		}},
		{"a list without an end", "ListingsAreListed", func(b *brokenPrices) {
			b.list = func(ctx context.Context, b *brokenPrices, cursor marketplace.Cursor) (marketplace.ListingPage, error) {
				page, err := b.Adapter.ListListings(ctx, "")
				page.Cursor = "0"
				return page, err
			}
		}},
		{"a foreign cursor is taken", "ListingsAreListed", func(b *brokenPrices) {
			b.list = func(ctx context.Context, b *brokenPrices, _ marketplace.Cursor) (marketplace.ListingPage, error) {
				return b.Adapter.ListListings(ctx, "")
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if os.Getenv(caseVariable) == "prices: "+test.name {
				marketplacetest.Run(t, priceHarness(test.adapt))
				return
			}
			pattern := "^TestCatchesPrices$/^" + strings.ReplaceAll(test.name, " ", "_") + "$/^(Prices|Listings)"
			if test.by != "" {
				pattern = strings.TrimSuffix(pattern, "(Prices|Listings)") + test.by + "$"
			}
			child := exec.Command(os.Args[0], "-test.run="+pattern, "-test.timeout=2m")
			child.Env = append(os.Environ(), caseVariable+"=prices: "+test.name)
			output, err := child.CombinedOutput()
			switch {
			case test.by == "" && err != nil:
				t.Errorf("the suite fails a good adapter: %v\n%s", err, output)
			case test.by != "" && !strings.Contains(string(output), "/"+test.by):
				t.Errorf("the suite does not catch it: %v\n%s", err, output)
			case test.by != "" && err == nil:
				t.Errorf("the suite passes it:\n%s", output)
			}
		})
	}
}

func priceHarness(adapt func(*brokenPrices)) marketplacetest.Harness {
	return marketplacetest.Harness{Open: func(t *testing.T, transport http.RoundTripper) marketplacetest.Shop {
		server := medusatest.NewServer()
		t.Cleanup(server.Close)
		adapter := &brokenPrices{Adapter: medusa.New(server.URL, medusa.SecretKey(server.SecretKey),
			medusa.WithTransport(transport), medusa.WithBackoff(time.Millisecond), medusa.WithRateLimit(1e6))}
		adapt(adapter)
		var articles atomic.Int64
		skus := func(n int) []string {
			made := make([]string, n)
			for i := range made {
				made[i] = fmt.Sprintf("SKU-%d", articles.Add(1))
				server.AddProduct("A product", made[i])
			}
			return made
		}
		return marketplacetest.Shop{
			Adapter: adapter,
			Prices: &marketplacetest.PriceHooks{
				Items: func(_ *testing.T, n int) []marketplace.PriceItem {
					items := make([]marketplace.PriceItem, n)
					for i, sku := range skus(n) {
						items[i] = marketplace.PriceItem{SKU: sku, Currency: "EUR"}
					}
					return items
				},
				Charges: func(_ *testing.T, item marketplace.PriceItem) (decimal.Decimal, *marketplace.SalePrice) {
					amount, _ := decimal.Parse(server.Price(item.SKU, "eur", ""))
					for _, sale := range server.SalePrices(item.SKU, "eur", "") {
						return amount, &marketplace.SalePrice{Amount: decimal.MustParse(sale.Amount), From: sale.From, Until: sale.Until}
					}
					return amount, nil
				},
				Sales: true, Elsewhere: "reg_elsewhere", NoCurrency: "SEK",
			},
			Listings: &marketplacetest.ListingHooks{
				SKUs: func(_ *testing.T, n int) []string { return skus(n) },
				Says: func(_ *testing.T, sku string) map[marketplace.ListingField]string {
					page, err := adapter.Adapter.ListListings(context.Background(), "")
					if err != nil {
						t.Error(err)
					}
					for _, listing := range page.Listings {
						if listing.SKU == sku {
							return listing.Fields
						}
					}
					return nil
				},
			},
		}
	}}
}
