package woocommerce_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
)

type listingTexts = map[marketplace.ListingField]string

func publishListings(t *testing.T, adapter *woocommerce.Adapter, listings ...marketplace.Listing) []marketplace.ListingResult {
	t.Helper()
	results, err := adapter.PublishListings(context.Background(), listings)
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != len(listings) {
		t.Fatalf("%d results for %d listings", len(results), len(listings))
	}
	return results
}

// listings reads all that the shop says.
func listings(t *testing.T, adapter *woocommerce.Adapter) map[string]listingTexts {
	t.Helper()
	all := map[string]listingTexts{}
	var cursor marketplace.Cursor
	for {
		page, err := adapter.ListListings(context.Background(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, listing := range page.Listings {
			all[listing.SKU] = listing.Fields
		}
		if cursor = page.Cursor; cursor == "" {
			return all
		}
	}
}

// What is published is what is listed, for products and variations, and is written once.
func TestListings(t *testing.T) {
	t.Parallel()
	server, adapter, wire := open(t)
	server.PutProduct(`{"sku":"A","name":"Old &amp; grey","weight":"2"}`)
	product := server.PutProduct(`{"sku":"P","type":"variable","name":"Tee","description":"A tee"}`)
	server.PutVariation(product, `{"sku":"P-S","weight":"0.2"}`)
	server.PutVariation(product, `{"sku":"P-M"}`)
	shared := func(sku, barcode, status string) marketplace.Listing {
		return marketplace.Listing{SKU: sku, Fields: listingTexts{
			marketplace.ListingTitle: "Tee <3 & more", marketplace.ListingDescription: "<p>Soft</p>\n\n<p>Warm</p>",
			marketplace.ListingBarcode: barcode, marketplace.ListingStatus: status, marketplace.ListingWeight: "0.180",
		}}
	}
	all := []marketplace.Listing{
		{SKU: "A", Fields: listingTexts{marketplace.ListingTitle: "Old & grey", marketplace.ListingWeight: "", marketplace.ListingStatus: marketplace.ListingDraft}},
		shared("P-S", "4006381333931", marketplace.ListingActive),
		shared("P-M", "080442957X", marketplace.ListingArchived),
	}
	for _, result := range publishListings(t, adapter, all...) {
		if result.Err != nil {
			t.Errorf("%+v", result)
		}
	}
	if wire.writes() != 2 {
		t.Errorf("%d writes, want one of products and one of variations", wire.writes())
	}
	want := map[string]listingTexts{
		"A":   {"title": "Old & grey", "description": "", "barcode": "", "weight": "", "status": "draft"},
		"P":   {"title": "Tee <3 & more", "description": "<p>Soft</p>\n\n<p>Warm</p>", "barcode": "", "weight": "", "status": "active"},
		"P-S": {"title": "Tee <3 & more", "description": "<p>Soft</p>\n\n<p>Warm</p>", "barcode": "4006381333931", "weight": "0.18", "status": "active"},
		"P-M": {"title": "Tee <3 & more", "description": "<p>Soft</p>\n\n<p>Warm</p>", "barcode": "080442957X", "weight": "0.18", "status": "archived"},
	}
	if diff := cmp.Diff(want, listings(t, adapter)); diff != "" {
		t.Error(diff)
	}
	if got := server.Product("P")["name"]; got != "Tee &lt;3 &amp; more" {
		t.Errorf("the name is kept as %q", got)
	}
	wire.set(nil)
	publishListings(t, adapter, all...)
	if wire.writes() != 0 {
		t.Error("what was there was written again")
	}
}

// One field that cannot be set leaves its listing alone and names the field; other listings are not held up.
func TestListingsRefused(t *testing.T) {
	t.Parallel()
	server, adapter, wire := open(t)
	for _, sku := range []string{"A", "GOOD", "VETOED"} {
		server.PutProduct(fmt.Sprintf(`{"sku":%q,"name":"Old"}`, sku))
	}
	server.PutProduct(`{"sku":"OTHER","global_unique_id":"4006381333931"}`)
	product := server.PutProduct(`{"type":"variable","name":"Old"}`)
	server.PutVariation(product, `{"sku":"V"}`)
	server.Veto("VETOED")
	for name, test := range map[string]struct {
		sku   string
		field marketplace.ListingField
		text  string
		code  marketplace.Code
		path  string
	}{
		"unknown":                         {"X", marketplace.ListingTitle, "New", marketplace.CodeNotFound, "sku"},
		"no SKU":                          {"", marketplace.ListingTitle, "New", marketplace.CodeNotFound, "sku"},
		"no title":                        {"A", marketplace.ListingTitle, " ", marketplace.CodeInvalid, "title"},
		"letters in a barcode":            {"A", marketplace.ListingBarcode, "ABC-123", marketplace.CodeInvalid, "barcode"},
		"a barcode of others":             {"A", marketplace.ListingBarcode, "4006381333931", marketplace.CodeInvalid, "barcode"},
		"a variation's barcode of others": {"V", marketplace.ListingBarcode, "4006381333931", marketplace.CodeInvalid, "barcode"},
		"no weight":                       {"A", marketplace.ListingWeight, "heavy", marketplace.CodeInvalid, "weight"},
		"a negative weight":               {"A", marketplace.ListingWeight, "-1", marketplace.CodeInvalid, "weight"},
		"a status":                        {"A", marketplace.ListingStatus, "publish", marketplace.CodeInvalid, "status"},
		"no status":                       {"A", marketplace.ListingStatus, "", marketplace.CodeInvalid, "status"},
		"a customs code":                  {"A", marketplace.ListingHSCode, "6109.10", marketplace.CodeInvalid, "hs_code"},
		"a veto":                          {"VETOED", marketplace.ListingTitle, "New", marketplace.CodeInvalid, ""},
	} {
		results := publishListings(t, adapter,
			marketplace.Listing{SKU: test.sku, Fields: listingTexts{test.field: test.text}},
			marketplace.Listing{SKU: "GOOD", Fields: listingTexts{marketplace.ListingTitle: name}})
		code(t, name, results[0].Err, test.code, test.path)
		if results[1].Err != nil || server.Product("GOOD")["name"] != name {
			t.Errorf("%s: %+v", name, results[1])
		}
	}
	// Two fields, one of them bad: neither is set.
	results := publishListings(t, adapter, marketplace.Listing{SKU: "A", Fields: listingTexts{marketplace.ListingTitle: "New", marketplace.ListingWeight: "x"}})
	code(t, "one bad field", results[0].Err, marketplace.CodeInvalid, "weight")
	if got := server.Product("A")["name"]; got != "Old" {
		t.Errorf("the name is %q", got)
	}
	// Two variations of one product with two titles.
	server.PutVariation(product, `{"sku":"W"}`)
	results = publishListings(t, adapter,
		marketplace.Listing{SKU: "V", Fields: listingTexts{marketplace.ListingTitle: "One"}},
		marketplace.Listing{SKU: "W", Fields: listingTexts{marketplace.ListingTitle: "Two"}})
	if results[0].Err != nil {
		t.Error(results[0].Err)
	}
	code(t, "two titles", results[1].Err, marketplace.CodeInvalid, "title")
	wire.set(nil)
	if results, err := adapter.PublishListings(context.Background(), nil); err != nil || len(results) != 0 || wire.calls() != 0 {
		t.Errorf("no listings: %v, %v, %d calls", results, err, wire.calls())
	}
}

// Weights are written in the shop's unit and read in kilograms.
func TestListingWeights(t *testing.T) {
	t.Parallel()
	for unit, want := range map[string]string{"kg": "0.25", "g": "250", "lbs": "0.551156", "oz": "8.81849"} {
		server, adapter, _ := open(t)
		server.Set("woocommerce_weight_unit", unit)
		server.PutProduct(`{"sku":"A","name":"A"}`)
		listing := marketplace.Listing{SKU: "A", Fields: listingTexts{marketplace.ListingWeight: "0.25"}}
		if result := publishListings(t, adapter, listing)[0]; result.Err != nil {
			t.Errorf("%s: %v", unit, result.Err)
		}
		if got := server.Product("A")["weight"]; got != want {
			t.Errorf("%s: %v, want %s", unit, got, want)
		}
		if got := listings(t, adapter)["A"][marketplace.ListingWeight]; got != "0.25" {
			t.Errorf("%s: read %s", unit, got)
		}
	}
	server, adapter, _ := open(t)
	server.Set("woocommerce_weight_unit", "stone")
	_, err := adapter.ListListings(context.Background(), "")
	code(t, "an unknown unit", err, marketplace.CodeInvalid, "weight")
}

// A shop that does not know a field is found out, and so is a plugin that changes one; a lost reply is unknown.
func TestListingsAreConfirmed(t *testing.T) {
	t.Parallel()
	server, adapter, wire := open(t)
	server.PutProduct(`{"id":77,"sku":"A","name":"Old"}`)
	wire.set(reply(200, `{"update":[{"id":77,"name":"Old"}]}`, true))
	code(t, "an old shop", publishListings(t, adapter, marketplace.Listing{SKU: "A", Fields: listingTexts{marketplace.ListingBarcode: "4006381333931"}})[0].Err, marketplace.CodeInvalid, "barcode")
	code(t, "a plugin", publishListings(t, adapter, marketplace.Listing{SKU: "A", Fields: listingTexts{marketplace.ListingTitle: "New"}})[0].Err, marketplace.CodeInvalid, "title")
	// What the shop has cleaned is no failure.
	wire.set(reply(200, `{"update":[{"id":77,"description":"<p>x</p>"}]}`, true))
	if result := publishListings(t, adapter, marketplace.Listing{SKU: "A", Fields: listingTexts{marketplace.ListingDescription: "<p>x</p><script>y</script>"}})[0]; result.Err != nil {
		t.Error(result.Err)
	}
	wire.set(loseReplies(""))
	listing := marketplace.Listing{SKU: "A", Fields: listingTexts{marketplace.ListingTitle: "New"}}
	if _, err := adapter.PublishListings(context.Background(), []marketplace.Listing{listing}); marketplace.CodeOf(err) != marketplace.CodeUnknown {
		t.Errorf("a lost reply: %v", err)
	}
	wire.set(nil)
	if result := publishListings(t, adapter, listing)[0]; result.Err != nil || wire.writes() != 0 {
		t.Errorf("%+v, %d writes", result, wire.writes())
	}
}

// No answer makes the lister or the publisher panic, or a result that is neither taken nor explained.
func FuzzListings(f *testing.F) {
	f.Add([]byte(`[{"id":1,"type":"variable","sku":"A","name":"Tee &amp; co","status":"publish"},{"id":2,"parent_id":1,"type":"variation","sku":"B","weight":"0.2","status":"private"}]`))
	f.Add([]byte(`[{"id":1,"type":"simple","sku":"A","name":["x"],"weight":{},"global_unique_id":123}]`))
	f.Add([]byte(`{"update":[{"id":1,"name":"New","weight":1e3}]}`))
	f.Add([]byte("[" + strings.Repeat(`{"id":1,"type":"variable"},`, 99) + `{"id":1}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		wire := &line{play: func(request *http.Request, _ string) (*http.Response, error) {
			if strings.Contains(request.URL.Path, "/settings/") {
				return answer(request, 200, `{"value":"g"}`), nil
			}
			return answer(request, 200, string(body)), nil
		}}
		adapter := fuzzed(wire)
		if _, err := adapter.ListListings(context.Background(), ""); err != nil && marketplace.CodeOf(err) == "" {
			t.Errorf("an error without a code: %v", err)
		}
		results, err := adapter.PublishListings(context.Background(), []marketplace.Listing{
			{SKU: "A", Fields: listingTexts{marketplace.ListingTitle: "New", marketplace.ListingWeight: "1"}},
			{SKU: "B", Fields: listingTexts{marketplace.ListingTitle: "New"}},
		})
		if err != nil && marketplace.CodeOf(err) == "" || err == nil && len(results) != 2 {
			t.Errorf("%v, %v", results, err)
		}
	})
}
