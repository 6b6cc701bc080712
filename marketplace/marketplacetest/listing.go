package marketplacetest

import (
	"context"
	"slices"
	"testing"

	"github.com/retailsync/retailsync/marketplace"
)

// ListingHooks drive the shop's side of listings.
type ListingHooks struct {
	// SKUs makes the shop list n articles, each a product of its own, and returns their SKUs.
	SKUs func(t *testing.T, n int) []string
	// Says returns what the shop says of a SKU now, in the words of [marketplace.ListingField].
	Says func(t *testing.T, sku string) map[marketplace.ListingField]string
}

func (s Shop) listings(t *testing.T, n int) (marketplace.ListingPublisher, []string) {
	t.Helper()
	publisher, ok := s.Adapter.(marketplace.ListingPublisher)
	if !ok {
		t.Skip("the adapter does not publish listings")
	}
	if s.Listings == nil {
		t.Skip("the harness has no Listings")
	}
	skus := s.Listings.SKUs(t, n)
	if len(skus) != n {
		t.Fatalf("SKUs(%d) returned %d", n, len(skus))
	}
	return publisher, skus
}

// sayings are two values of each field, and whether it can be cleared.
var sayings = map[marketplace.ListingField]struct {
	first, second string
	clears        bool
}{
	marketplace.ListingTitle:       {"Tee & Törtchen", "Tee <3", false},
	marketplace.ListingDescription: {"<p>Soft &amp; warm</p>", "<p>Softer</p>", true},
	marketplace.ListingBarcode:     {"4006381333931", "4012345678901", true},
	marketplace.ListingWeight:      {"0.125", "2", true},
	marketplace.ListingStatus:      {marketplace.ListingArchived, marketplace.ListingActive, false},
	marketplace.ListingHSCode:      {"610910", "610990", true},
	marketplace.ListingOrigin:      {"PT", "SE", true},
}

func listed(t *testing.T, publisher marketplace.ListingPublisher, listings ...marketplace.Listing) []marketplace.ListingResult {
	t.Helper()
	results, err := publisher.PublishListings(context.Background(), listings)
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != len(listings) {
		t.Fatalf("%d results for %d listings", len(results), len(listings))
	}
	for i, result := range results {
		if result.SKU != listings[i].SKU {
			t.Errorf("result %d is of %q, want %q: results are in the order of the listings", i, result.SKU, listings[i].SKU)
		}
	}
	return results
}

// said compares what the shop says of a field.
func (s Shop) said(t *testing.T, sku string, field marketplace.ListingField, want string) {
	t.Helper()
	if got := s.Listings.Says(t, sku)[field]; got != want {
		t.Errorf("the %s of %s is %q, want %q", field, sku, got, want)
	}
}

// Each field is set, changed and cleared by itself, and leaves the others alone.
func testListings(t *testing.T, h Harness) {
	shop, _ := h.open(t)
	publisher, skus := shop.listings(t, 2)
	if publisher.ListingBatch() < 1 || len(publisher.ListingFields()) == 0 {
		t.Fatalf("ListingBatch() is %d, ListingFields() are %v", publisher.ListingBatch(), publisher.ListingFields())
	}
	first := map[marketplace.ListingField]string{}
	for _, field := range publisher.ListingFields() {
		first[field] = sayings[field].first
	}
	// Barcodes are unique in many shops, so the other article gets a title only.
	other := marketplace.Listing{SKU: skus[1], Fields: map[marketplace.ListingField]string{}, Key: "other"}
	if slices.Contains(publisher.ListingFields(), marketplace.ListingTitle) {
		other.Fields[marketplace.ListingTitle] = "Another"
	}
	for range 2 {
		for _, result := range listed(t, publisher, marketplace.Listing{SKU: skus[0], Fields: first, Key: "first"}, other) {
			if result.Err != nil {
				t.Fatal(result.Err)
			}
		}
		for field, want := range first {
			shop.said(t, skus[0], field, want)
		}
		for field, want := range other.Fields {
			shop.said(t, skus[1], field, want)
		}
	}
	for _, field := range publisher.ListingFields() {
		texts := []string{sayings[field].second}
		if sayings[field].clears {
			texts = append(texts, "")
		}
		for _, text := range texts {
			if result := listed(t, publisher, marketplace.Listing{SKU: skus[0], Fields: map[marketplace.ListingField]string{field: text}, Key: string(field) + text}); result[0].Err != nil {
				t.Errorf("%s to %q: %v", field, text, result[0].Err)
				continue
			}
			first[field] = text
			for other, want := range first {
				shop.said(t, skus[0], other, want)
			}
		}
	}
	none, err := publisher.PublishListings(context.Background(), nil)
	if err != nil || len(none) != 0 {
		t.Errorf("no listings: %v, %v", none, err)
	}
}

// One listing that is refused never holds up the others, and says why.
func testListingsIsolate(t *testing.T, h Harness) {
	shop, wire := h.open(t)
	publisher, skus := shop.listings(t, 2)
	field := publisher.ListingFields()[0]
	say := func(sku, text string) marketplace.Listing {
		return marketplace.Listing{SKU: sku, Fields: map[marketplace.ListingField]string{field: text}, Key: sku + text}
	}
	text := sayings[field].first
	results := listed(t, publisher, say(skus[0], text), say("NO-SUCH-ARTICLE", text), say("", text),
		marketplace.Listing{SKU: skus[0], Fields: map[marketplace.ListingField]string{"no_such_field": "x"}, Key: "x"}, say(skus[1], text))
	for i, result := range results {
		switch i {
		case 0, 4:
			if result.Err != nil {
				t.Errorf("beside listings that are refused: %v", result.Err)
			}
			shop.said(t, result.SKU, field, text)
		case 3:
			expect(t, "a field that there is not", h, wire, result.Err, marketplace.CodeInvalid)
		default:
			if failure := expect(t, "an unknown article", h, wire, result.Err, marketplace.CodeNotFound); failure != nil && failure.Path != "sku" {
				t.Errorf("an unknown article: the path is %q, want \"sku\"", failure.Path)
			}
		}
	}
}

// A write whose reply is lost is reported as such; saying it again is safe.
func testListingsLost(t *testing.T, h Harness) {
	shop, wire := h.open(t)
	publisher, skus := shop.listings(t, 1)
	field := publisher.ListingFields()[0]
	listing := marketplace.Listing{SKU: skus[0], Fields: map[marketplace.ListingField]string{field: sayings[field].first}, Key: "lost"}
	writes := wire.LoseReplies()
	results, err := publisher.PublishListings(context.Background(), []marketplace.Listing{listing})
	if err == nil && len(results) == 1 {
		err = results[0].Err
	}
	expect(t, "a listing whose reply is lost", h, wire, err, marketplace.CodeUnknown, marketplace.CodeUnavailable)
	if writes() == 0 {
		t.Error("nothing was written")
	}
	wire.Set(nil)
	if result := listed(t, publisher, listing); result[0].Err != nil {
		t.Error(result[0].Err)
	}
	shop.said(t, skus[0], field, sayings[field].first)
}

// What the shop has is listed to its end, with what it says.
func testListListings(t *testing.T, h Harness) {
	shop, wire := h.open(t)
	lister, ok := shop.Adapter.(marketplace.ListingLister)
	if !ok {
		t.Skip("the adapter does not list listings")
	}
	if shop.Listings == nil {
		t.Skip("the harness has no Listings")
	}
	skus := shop.Listings.SKUs(t, 3)
	found := map[string]marketplace.Listing{}
	var cursor marketplace.Cursor
	for page := 0; ; page++ {
		if page > 10_000 {
			t.Fatal("the list has no end: Cursor stays set")
		}
		got, err := lister.ListListings(context.Background(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, listing := range got.Listings {
			if listing.SKU == "" {
				t.Error("a listing without a SKU")
			}
			found[listing.SKU] = listing
		}
		if cursor = got.Cursor; cursor == "" {
			break
		}
	}
	for _, sku := range skus {
		listing, ok := found[sku]
		if !ok {
			t.Errorf("%s is not listed", sku)
			continue
		}
		says := shop.Listings.Says(t, sku)
		for field, text := range listing.Fields {
			if want, ok := says[field]; ok && text != want {
				t.Errorf("the %s of %s is listed as %q, want %q", field, sku, text, want)
			}
		}
	}
	_, err := lister.ListListings(context.Background(), "not a cursor")
	expect(t, "a foreign cursor", h, wire, err, marketplace.CodeInvalid)
}
