package shopify_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/shopify"
	"github.com/retailsync/retailsync/marketplace/shopify/shopifytest"
)

func listingOf(sku string, fields ...string) marketplace.Listing {
	listing := marketplace.Listing{SKU: sku, Fields: map[marketplace.ListingField]string{}, Key: sku}
	for i := 0; i+1 < len(fields); i += 2 {
		listing.Fields[marketplace.ListingField(fields[i])] = fields[i+1]
	}
	return listing
}

// publishListings returns the code and path of each refusal, empty for what was taken over.
func publishListings(t *testing.T, adapter *shopify.Adapter, listings ...marketplace.Listing) []string {
	t.Helper()
	results, err := adapter.PublishListings(context.Background(), listings)
	if err != nil {
		t.Fatal(err)
	}
	all := make([]string, len(results))
	for i, result := range results {
		var failure *marketplace.Error
		if errors.As(result.Err, &failure) {
			all[i] = fmt.Sprint(failure.Code, " ", failure.Path)
		}
		if result.SKU != listings[i].SKU {
			t.Errorf("result %d is of %s", i, result.SKU)
		}
	}
	return all
}

func TestListings(t *testing.T) {
	t.Parallel()
	server := shopifytest.NewServer()
	server.AddVariant("A", "")
	adapter := open(t, server)
	whole := listingOf("A", "title", "T-shirt", "description", "<p>Soft</p>", "status", "draft", "barcode", "4006381333931", "weight", "0.125", "hs_code", "610910", "origin", "PT")
	publishListings(t, adapter, whole)
	got := server.Listing("A")
	want := shopifytest.Listing{Title: "T-shirt", Description: "<p>Soft</p>", Status: "DRAFT", Barcode: "4006381333931", HSCode: "610910", Origin: "PT", Weight: "0.125", WeightUnit: "KILOGRAMS", Product: got.Product}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// What is not stated stays; an empty text clears.
	publishListings(t, adapter, listingOf("A", "barcode", "", "weight", "", "origin", "", "hs_code", "", "description", ""))
	want.Barcode, want.Weight, want.Origin, want.HSCode, want.Description = "", "0", "", "", ""
	if diff := cmp.Diff(want, server.Listing("A")); diff != "" {
		t.Errorf("cleared (-want +got):\n%s", diff)
	}
}

func TestListingRefusals(t *testing.T) {
	t.Parallel()
	server := shopifytest.NewServer()
	for _, sku := range []string{"A", "C", "D", "E", "TWICE", "TWICE"} {
		server.AddVariant(sku, "")
	}
	server.AddVariant("A-2", "A")
	server.AddVariant("A-3", "A")
	adapter := open(t, server)
	got := publishListings(t, adapter,
		listingOf("A", "title", "Shirt", "barcode", "1"), listingOf("A-2", "title", "Other", "barcode", "2"), listingOf("A-3", "title", "Shirt", "barcode", "3", "hs_code", "61"),
		listingOf("C", "title", " "), listingOf("E", "origin", "XX"), listingOf("D", "origin", "Sweden"), listingOf("D", "status", "on"),
		listingOf("D", "weight", "heavy"), listingOf("D", "weight", "-1"), listingOf("D", "colour", "red"), listingOf("TWICE", "title", "x"),
		listingOf("NONE", "title", "x"), listingOf("D", "title", "Dress"))
	want := []string{
		"", "invalid title", "invalid hs_code", "invalid title", "invalid ", "invalid origin", "invalid status",
		"invalid weight", "invalid weight", "invalid colour", "invalid sku", "not_found sku", "",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if a, other, d := server.Listing("A"), server.Listing("A-2"), server.Listing("D"); a.Title != "Shirt" || a.Barcode != "1" || other.Barcode != "" || d.Title != "Dress" {
		t.Errorf("the shop says %+v, %+v, %+v", a, other, d)
	}
}

func TestListListings(t *testing.T) {
	t.Parallel()
	server := shopifytest.NewServer()
	for i := range 230 {
		server.AddVariant(fmt.Sprintf("S-%03d", i), "")
	}
	server.AddVariant("", "")
	for sku, weight := range map[string][2]string{"S-001": {"250.0", "GRAMS"}, "S-002": {"2.5", "POUNDS"}, "S-003": {"0.0", "OUNCES"}, "S-004": {"16", "OUNCES"}} {
		server.SetWeight(sku, weight[0], weight[1])
	}
	adapter := open(t, server)
	publishListings(t, adapter, listingOf("S-007", "title", "T-shirt", "status", "archived"))
	found := map[string]marketplace.Listing{}
	var cursor marketplace.Cursor
	for pages := 0; ; pages++ {
		page, err := adapter.ListListings(context.Background(), cursor)
		if err != nil || pages > 10 {
			t.Fatal(pages, err)
		}
		for _, listing := range page.Listings {
			found[listing.SKU] = listing
		}
		if cursor = page.Cursor; cursor == "" {
			break
		}
	}
	if len(found) != 230 || found["S-007"].Fields["title"] != "T-shirt" || found["S-007"].Fields["status"] != "archived" || found["S-229"].Fields["status"] != "active" {
		t.Errorf("%d listings, of them %+v", len(found), found["S-007"])
	}
	for sku, want := range map[string]string{"S-000": "", "S-001": "0.25", "S-002": "1.133980925", "S-003": "", "S-004": "0.45359237"} {
		if got := found[sku].Fields["weight"]; got != want {
			t.Errorf("%s weighs %q, want %q", sku, got, want)
		}
	}
	if _, err := adapter.ListListings(context.Background(), "x"); marketplace.CodeOf(err) != marketplace.CodeInvalid {
		t.Errorf("a foreign cursor: %v", err)
	}
}

// Whatever the shop answers, nothing panics, and a weight that cannot be read is none.
func FuzzListingAnswers(f *testing.F) {
	f.Add(`{"data":{"productVariants":{"nodes":[{"id":"gid://shopify/ProductVariant/1","sku":"A","barcode":null,"product":{"id":"gid://shopify/Product/1","status":"ACTIVE"},"inventoryItem":{"measurement":{"weight":{"value":1.5,"unit":"STONES"}}}}]},"product0":{"userErrors":[]}}}`)
	f.Add(`{"data":{"productVariants":{"nodes":[{"id":1,"sku":"A","product":7}]}}}`)
	f.Add(`{"data":{"productVariants":{"nodes":[{"id":1,"sku":"A","product":{"id":2}}]},"product0":{"userErrors":[{"field":null,"message":"no"}]}}}`)
	f.Fuzz(func(t *testing.T, body string) {
		adapter := played(t, body)
		if results, err := adapter.PublishListings(context.Background(), []marketplace.Listing{listingOf("A", "title", "x")}); err == nil && len(results) != 1 {
			t.Errorf("published %+v", results)
		}
		if page, err := adapter.ListListings(context.Background(), ""); err == nil {
			for _, listing := range page.Listings {
				if listing.SKU == "" {
					t.Errorf("listed %+v", listing)
				}
			}
		}
	})
}
