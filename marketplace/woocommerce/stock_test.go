package woocommerce_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
	"github.com/retailsync/retailsync/marketplace/woocommerce/wootest"
)

func level(sku, quantity string) marketplace.StockLevel {
	return marketplace.StockLevel{StockItem: marketplace.StockItem{SKU: sku}, Quantity: decimal.MustParse(quantity)}
}

func publishStock(t *testing.T, adapter *woocommerce.Adapter, levels ...marketplace.StockLevel) []marketplace.StockResult {
	t.Helper()
	results, err := adapter.PublishStock(context.Background(), levels)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func showsStock(t *testing.T, server *wootest.Server, sku, want string) {
	t.Helper()
	if units, ok := server.Stock(sku); !ok || units.String() != want {
		t.Errorf("the shop has %s of %s (%t), want %s", units, sku, ok, want)
	}
}

// Each kind of product is counted, or refused with the reason.
func TestStockOfKinds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		product, variation string
		code               marketplace.Code
		path               string
	}{
		"simple":                     {product: `{"sku":"A","manage_stock":true,"stock_quantity":1}`},
		"not counted":                {product: `{"sku":"A"}`},
		"back-orders":                {product: `{"sku":"A","manage_stock":true,"stock_quantity":-3,"backorders":"notify"}`},
		"a draft":                    {product: `{"sku":"A","status":"draft","manage_stock":true}`},
		"no quantity":                {product: `{"sku":"A","manage_stock":true,"stock_quantity":null}`},
		"variation":                  {product: `{"type":"variable"}`, variation: `{"sku":"A","manage_stock":true,"stock_quantity":1}`},
		"variation, not counted":     {product: `{"type":"variable"}`, variation: `{"sku":"A"}`},
		"variation counted together": {product: `{"type":"variable","manage_stock":true,"stock_quantity":9}`, variation: `{"sku":"A"}`},
		"variation switched off":     {product: `{"type":"variable"}`, variation: `{"sku":"A","status":"private"}`},
		"product of a subscription":  {product: `{"type":"variable-subscription"}`, variation: `{"sku":"A"}`},
		"counted product":            {product: `{"sku":"A","type":"variable","manage_stock":true,"stock_quantity":9}`, variation: `{"sku":"A-1"}`},
		"product of variations":      {product: `{"sku":"A","type":"variable"}`, variation: `{"sku":"A-1","manage_stock":true}`, code: marketplace.CodeInvalid, path: "sku"},
		"group":                      {product: `{"sku":"A","type":"grouped"}`, code: marketplace.CodeInvalid, path: "sku"},
		"elsewhere":                  {product: `{"sku":"A","type":"external"}`, code: marketplace.CodeInvalid, path: "sku"},
		"in the trash":               {product: `{"sku":"A","status":"trash"}`, code: marketplace.CodeNotFound, path: "sku"},
		"other spelling":             {product: `{"sku":"a","manage_stock":true}`, code: marketplace.CodeNotFound, path: "sku"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, adapter, _ := open(t)
			id := server.PutProduct(test.product)
			if test.variation != "" {
				server.PutVariation(id, test.variation)
			}
			result := publishStock(t, adapter, level("A", "7"))[0]
			if test.code != "" {
				code(t, "publishing", result.Err, test.code, test.path)
				return
			}
			if result.Outcome != marketplace.StockAccepted {
				t.Fatalf("%+v", result)
			}
			showsStock(t, server, "A", "7")
			readings, err := adapter.ReadStock(context.Background(), []marketplace.StockItem{{SKU: "A"}})
			if err != nil || readings[0].Err != nil || readings[0].Quantity.String() != "7" {
				t.Errorf("read %+v, %v", readings, err)
			}
		})
	}
}

// What is not counted yet is readable as such, and a level that was expected does not hold up the first one.
func TestStockNotCountedYet(t *testing.T) {
	t.Parallel()
	server, adapter, _ := open(t)
	server.PutProduct(`{"sku":"A"}`)
	product := server.PutProduct(`{"type":"variable","manage_stock":true,"stock_quantity":9}`)
	server.PutVariation(product, `{"sku":"B"}`)
	readings, err := adapter.ReadStock(context.Background(), []marketplace.StockItem{{SKU: "A"}, {SKU: "B"}, {SKU: "A", Location: "wh"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, reading := range readings {
		code(t, "reading", reading.Err, marketplace.CodeNotFound, "location")
	}
	first := level("B", "2")
	expected := decimal.MustParse("9")
	first.Expected = &expected
	if result := publishStock(t, adapter, first)[0]; result.Outcome != marketplace.StockAccepted {
		t.Errorf("%+v", result)
	}
	showsStock(t, server, "B", "2")
	server.Sell("B", 1)
	showsStock(t, server, "B", "1")
}

// SKUs that the shop's query would misread are found, and only they.
func TestStockOddSKUs(t *testing.T) {
	t.Parallel()
	server, adapter, wire := open(t)
	skus := []string{"0", "A,B", "A", "B", "Ä/&?=+%", "mug", "MUG", "x y"}
	for i, sku := range skus {
		server.SetStock(sku, i+1)
	}
	for i := range 150 {
		server.SetStock(fmt.Sprintf("OTHER-%d", i), 1)
	}
	wire.set(nil)
	for i, sku := range skus {
		readings, err := adapter.ReadStock(context.Background(), []marketplace.StockItem{{SKU: sku}})
		if err != nil || readings[0].Err != nil || !readings[0].Quantity.Equal(decimal.MustNew(int64(i+1), 0)) {
			t.Errorf("%q: %+v, %v", sku, readings, err)
		}
	}
	if wire.calls() != len(skus) {
		t.Errorf("%d calls for %d SKUs", wire.calls(), len(skus))
	}
	// All in one: twice the same, and one that is empty.
	items := []marketplace.StockItem{{}, {SKU: "A"}}
	for _, sku := range skus {
		items = append(items, marketplace.StockItem{SKU: sku})
	}
	readings, err := adapter.ReadStock(context.Background(), items)
	if err != nil {
		t.Fatal(err)
	}
	code(t, "no SKU", readings[0].Err, marketplace.CodeNotFound, "sku")
	for i, reading := range readings[1:] {
		if reading.Err != nil || reading.Item != items[i+1] {
			t.Errorf("%+v", reading)
		}
	}
}

// A SKU that is there twice is refused and never written; one in the trash does no harm.
func TestStockDuplicateSKUs(t *testing.T) {
	t.Parallel()
	server, adapter, _ := open(t)
	server.PutProduct(`{"sku":"A","manage_stock":true,"stock_quantity":1}`)
	server.PutProduct(`{"sku":"A","manage_stock":true,"stock_quantity":1,"status":"draft"}`)
	server.PutProduct(`{"sku":"B","status":"trash"}`)
	server.PutProduct(`{"sku":"B","manage_stock":true,"stock_quantity":1}`)
	results := publishStock(t, adapter, level("A", "5"), level("B", "6"))
	code(t, "two of one SKU", results[0].Err, marketplace.CodeInvalid, "sku")
	if results[1].Outcome != marketplace.StockAccepted {
		t.Errorf("%+v", results[1])
	}
	showsStock(t, server, "A", "1")
	showsStock(t, server, "B", "6")
}

// A full batch costs few calls: one look-up per address that is full, one write for products and one per product with variations.
func TestStockBatch(t *testing.T) {
	t.Parallel()
	server, adapter, wire := open(t)
	levels := make([]marketplace.StockLevel, adapter.StockBatch())
	var products []int
	for i := range levels {
		levels[i] = level(fmt.Sprintf("A-RATHER-LONG-SKU-%04d", i), fmt.Sprint(i))
		switch {
		case i%10 == 0:
			products = append(products, server.PutProduct(`{"type":"variable"}`))
			fallthrough
		case i%10 < 3:
			server.PutVariation(products[len(products)-1], fmt.Sprintf(`{"sku":%q}`, levels[i].SKU))
		default:
			server.SetStock(levels[i].SKU, 1000)
		}
	}
	wire.set(nil)
	for _, result := range publishStock(t, adapter, levels...) {
		if result.Outcome != marketplace.StockAccepted {
			t.Errorf("%+v", result)
		}
	}
	for i, l := range levels {
		showsStock(t, server, l.SKU, fmt.Sprint(i))
	}
	if wire.writes() != 1+len(products) || wire.calls() > wire.writes()+3 {
		t.Errorf("%d calls, %d of them writes, for %d products with variations", wire.calls(), wire.writes(), len(products))
	}
	// What is there already is not written again.
	wire.set(nil)
	publishStock(t, adapter, levels...)
	if wire.writes() != 0 {
		t.Errorf("%d writes of what was there", wire.writes())
	}
}

// One article that the shop refuses, or whose call fails, never holds up the others.
func TestStockIsolates(t *testing.T) {
	t.Parallel()
	server, adapter, wire := open(t)
	product := server.PutProduct(`{"type":"variable"}`)
	server.PutVariation(product, `{"sku":"V","manage_stock":true,"stock_quantity":1}`)
	for _, sku := range []string{"A", "VETOED", "GONE"} {
		server.SetStock(sku, 1)
	}
	server.Veto("VETOED")
	variations := fmt.Sprintf("/products/%d/variations/batch", product)
	wire.set(func(request *http.Request, _ string) (*http.Response, error) {
		switch {
		case request.Method == http.MethodGet:
			return nil, nil
		case strings.HasSuffix(request.URL.Path, variations):
			return answer(request, 500, `{"code":"internal_server_error","message":"<p>There has been a critical error on this website.</p>"}`), nil
		default:
			server.DeleteProduct("GONE")
			return nil, nil
		}
	})
	results := publishStock(t, adapter, level("V", "3"), level("A", "4"), level("VETOED", "5"), level("GONE", "6"))
	code(t, "a product that breaks the shop", results[0].Err, marketplace.CodeUnknown, "")
	if results[1].Outcome != marketplace.StockAccepted {
		t.Errorf("%+v", results[1])
	}
	code(t, "a veto", results[2].Err, marketplace.CodeInvalid, "quantity")
	code(t, "deleted meanwhile", results[3].Err, marketplace.CodeNotFound, "sku")
	showsStock(t, server, "A", "4")
	showsStock(t, server, "VETOED", "1")
}

// Failures of the whole shop are errors of the call, with the code that says what to do.
func TestStockFailures(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status int
		body   string
		code   marketplace.Code
	}{
		"revoked key":   {401, `{"code":"woocommerce_rest_authentication_error","message":"Consumer key is invalid.","data":{"status":401}}`, marketplace.CodeUnauthenticated},
		"no right":      {403, `{"code":"woocommerce_rest_cannot_batch","message":"Sorry, you are not allowed to batch manipulate this resource.","data":{"status":403}}`, marketplace.CodePermission},
		"too many":      {429, `{"code":"too_many","message":"slow down"}`, marketplace.CodeRateLimited},
		"broken":        {500, `<html>`, marketplace.CodeUnknown},
		"too much":      {413, `{"code":"woocommerce_rest_request_entity_too_large","message":"Unable to accept more than 20 items for this request."}`, marketplace.CodeInvalid},
		"short answer":  {200, `{"update":[{"id":1}]}`, marketplace.CodeUnknown},
		"odd answer":    {200, `{"update":{"id":1}}`, marketplace.CodeInvalid},
		"no answer":     {200, `{"upd`, marketplace.CodeUnknown},
		"a plugin page": {200, `<br>Notice`, marketplace.CodeInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, adapter, wire := open(t)
			server.SetStock("A", 1)
			server.SetStock("B", 1)
			wire.set(reply(test.status, test.body, true))
			_, err := adapter.PublishStock(context.Background(), []marketplace.StockLevel{level("A", "4"), level("B", "4")})
			if marketplace.CodeOf(err) != test.code {
				t.Errorf("got %v, want %s", err, test.code)
			}
			if wire.writes() != 1 {
				t.Errorf("written %d times", wire.writes())
			}
		})
	}
}

// A write whose reply is lost is an unknown outcome, also if it is one of several; a repeat writes what is missing.
func TestStockLostReplies(t *testing.T) {
	t.Parallel()
	server, adapter, wire := open(t)
	for _, sku := range []string{"V", "W"} {
		product := server.PutProduct(`{"type":"variable"}`)
		server.PutVariation(product, fmt.Sprintf(`{"sku":%q,"manage_stock":true,"stock_quantity":1}`, sku))
	}
	server.SetStock("A", 1)
	levels := []marketplace.StockLevel{level("V", "3"), level("A", "4"), level("W", "5")}
	wire.set(loseReplies("/variations/"))
	results := publishStock(t, adapter, levels...)
	for _, i := range []int{0, 2} {
		code(t, "a variation", results[i].Err, marketplace.CodeUnknown, "")
	}
	wire.set(loseReplies(""))
	if _, err := adapter.PublishStock(context.Background(), []marketplace.StockLevel{level("A", "9")}); marketplace.CodeOf(err) != marketplace.CodeUnknown {
		t.Errorf("a lost reply: %v", err)
	}
	wire.set(nil)
	levels[1] = level("A", "9")
	for _, result := range publishStock(t, adapter, levels...) {
		if result.Outcome != marketplace.StockAccepted {
			t.Errorf("%+v", result)
		}
	}
	if wire.writes() != 0 {
		t.Error("what was done was done again")
	}
}

// A shop that does not do what it was told is found out.
func TestStockIsConfirmed(t *testing.T) {
	t.Parallel()
	t.Run("counting is switched off", func(t *testing.T) {
		t.Parallel()
		server, adapter, _ := open(t)
		server.SetStock("A", 1)
		server.Set("woocommerce_manage_stock", "no")
		code(t, "publishing", publishStock(t, adapter, level("A", "4"))[0].Err, marketplace.CodeInvalid, "quantity")
	})
	t.Run("fractions", func(t *testing.T) {
		t.Parallel()
		server, adapter, wire := open(t)
		server.SetStock("A", 1)
		code(t, "parts of units", publishStock(t, adapter, level("A", "2.5"))[0].Err, marketplace.CodeInvalid, "quantity")
		if wire.writes() != 0 {
			t.Error("it was written")
		}
	})
	t.Run("fractions that the shop cuts off", func(t *testing.T) {
		t.Parallel()
		server, adapter, _ := open(t, woocommerce.WithFractionalStock())
		server.SetStock("A", 1)
		code(t, "parts of units", publishStock(t, adapter, level("A", "2.5"))[0].Err, marketplace.CodeInvalid, "quantity")
	})
	t.Run("fractions that the shop counts", func(t *testing.T) {
		t.Parallel()
		server, adapter, _ := open(t, woocommerce.WithFractionalStock())
		server.CountFractions()
		server.SetStock("A", 1)
		if result := publishStock(t, adapter, level("A", "2.50"))[0]; result.Outcome != marketplace.StockAccepted {
			t.Errorf("%+v", result)
		}
		showsStock(t, server, "A", "2.5")
	})
	t.Run("a plugin that counts for itself", func(t *testing.T) {
		t.Parallel()
		server, adapter, wire := open(t)
		server.PutProduct(`{"id":77,"sku":"A","manage_stock":true,"stock_quantity":1}`)
		wire.set(reply(200, `{"update":[{"id":77,"manage_stock":true,"stock_quantity":50}]}`, true))
		code(t, "publishing", publishStock(t, adapter, level("A", "4"))[0].Err, marketplace.CodeInvalid, "quantity")
	})
	t.Run("a sale meanwhile", func(t *testing.T) {
		t.Parallel()
		server, adapter, wire := open(t)
		server.PutProduct(`{"id":77,"sku":"A","manage_stock":true,"stock_quantity":1}`)
		wire.set(reply(200, `{"update":[{"id":"77","manage_stock":true,"stock_quantity":"3"}]}`, true))
		if result := publishStock(t, adapter, level("A", "4"))[0]; result.Outcome != marketplace.StockAccepted {
			t.Errorf("%+v", result)
		}
	})
}

// Numbers are read in every form that PHP and plugins write, and never guessed.
func TestStockOddNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`7`: "7", `"7"`: "7", `"10.00"`: "10", `1e3`: "1000", `null`: "0", `""`: "0", `-2`: "-2", `0.5`: "0.5",
		`"N/A"`: "", `[1]`: "", `{"a":1}`: "", `1e300`: "", `true`: "",
	} {
		_, adapter, wire := open(t)
		wire.set(reply(200, `[{"id":1,"type":"simple","sku":"A","manage_stock":true,"stock_quantity":`+text+`}]`, false))
		readings, err := adapter.ReadStock(context.Background(), []marketplace.StockItem{{SKU: "A"}})
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			code(t, text, readings[0].Err, marketplace.CodeInvalid, "stock_quantity")
		} else if readings[0].Err != nil || readings[0].Quantity.String() != want {
			t.Errorf("%s: %+v, want %s", text, readings[0], want)
		}
	}
}

// A cache that does not heed the page is found out instead of asked for ever.
func TestStockRepeatedPages(t *testing.T) {
	t.Parallel()
	_, adapter, wire := open(t)
	wire.set(reply(200, "["+strings.Repeat(`{"id":1,"sku":"A"},`, 99)+`{"id":1,"sku":"A"}]`, false))
	_, err := adapter.ReadStock(context.Background(), []marketplace.StockItem{{SKU: "A"}})
	code(t, "the same page again", err, marketplace.CodeInvalid, "page")
}

// The list has products and variations to its end, and nothing twice or under its product's SKU.
func TestListStock(t *testing.T) {
	t.Parallel()
	server, adapter, _ := open(t)
	want := map[string]string{}
	for i := range 230 {
		sku := fmt.Sprintf("S-%03d", i)
		switch {
		case i%50 == 1:
			product := server.PutProduct(fmt.Sprintf(`{"sku":%q,"type":"variable"}`, sku))
			server.PutVariation(product, `{"manage_stock":true,"stock_quantity":3}`)
			for k := range 120 {
				variation := fmt.Sprintf("%s-%d", sku, k)
				server.PutVariation(product, fmt.Sprintf(`{"sku":%q,"manage_stock":true,"stock_quantity":%d}`, variation, k))
				want[variation] = fmt.Sprint(k)
			}
		case i%50 == 2:
			server.PutProduct(`{"name":"without a SKU","manage_stock":true,"stock_quantity":4}`)
		case i%50 == 3:
			server.PutProduct(fmt.Sprintf(`{"sku":%q}`, sku))
		default:
			server.SetStock(sku, i)
			want[sku] = fmt.Sprint(i)
		}
	}
	got := map[string]string{}
	var cursor marketplace.Cursor
	for pages := 1; ; pages++ {
		page, err := adapter.ListStock(context.Background(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, reading := range page.Readings {
			if _, twice := got[reading.Item.SKU]; twice || reading.Err != nil {
				t.Errorf("%+v, twice: %t", reading, twice)
			}
			got[reading.Item.SKU] = reading.Quantity.String()
		}
		if cursor = page.Cursor; cursor == "" {
			if pages != 3 {
				t.Errorf("%d pages", pages)
			}
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, cursor := range []marketplace.Cursor{"x", "-1", "1.5"} {
		_, err := adapter.ListStock(context.Background(), cursor)
		code(t, "a foreign cursor", err, marketplace.CodeInvalid, "")
	}
}

// No answer makes the reader panic or a reading that is neither a quantity nor an error.
func FuzzReadStock(f *testing.F) {
	f.Add([]byte(`[{"id":1,"type":"simple","sku":"A","manage_stock":true,"stock_quantity":7},{"id":2,"parent_id":9,"type":"variation","sku":"B","manage_stock":"parent","stock_quantity":"2.50"}]`))
	f.Add([]byte(`[{"id":1,"type":"variable","sku":"A","manage_stock":true,"stock_quantity":null},{"id":1,"type":"variation","sku":"B"}]`))
	f.Add([]byte(`{"update":[{"id":1,"error":{"code":"x_invalid_id","data":{"status":400}}}]}`))
	f.Add([]byte(`[{"id":"1","sku":["A"],"stock_quantity":1e3},null,7]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		wire := &line{play: reply(200, string(body), false)}
		adapter := fuzzed(wire)
		items := []marketplace.StockItem{{SKU: "A"}, {SKU: "B"}, {SKU: "A", Location: "x"}}
		readings, err := adapter.ReadStock(context.Background(), items)
		if err == nil && len(readings) != len(items) {
			t.Errorf("%d readings of %d items", len(readings), len(items))
		}
		for _, reading := range readings {
			if reading.Err != nil && marketplace.CodeOf(reading.Err) == "" {
				t.Errorf("an error without a code: %v", reading.Err)
			}
		}
	})
}

// No answer to a write makes the publisher panic, or a result that is neither taken nor explained.
func FuzzPublishStock(f *testing.F) {
	f.Add([]byte(`{"update":[{"id":1,"manage_stock":true,"stock_quantity":4},{"id":2,"manage_stock":true,"stock_quantity":4}]}`))
	f.Add([]byte(`{"update":[{"id":1,"error":{"code":"woocommerce_rest_product_invalid_id","message":"Invalid ID.","data":{"status":400}}},{"id":2,"error":[1]}]}`))
	f.Add([]byte(`{"update":[{"id":2},{"id":1}]}`))
	f.Add([]byte(`{"update":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		wire := &line{play: func(request *http.Request, _ string) (*http.Response, error) {
			if request.Method == http.MethodGet {
				return answer(request, 200, `[{"id":1,"type":"simple","sku":"A"},{"id":2,"type":"simple","sku":"B"}]`), nil
			}
			return answer(request, 200, string(body)), nil
		}}
		results, err := fuzzed(wire).PublishStock(context.Background(), []marketplace.StockLevel{level("A", "4"), level("B", "4")})
		if err != nil {
			if marketplace.CodeOf(err) == "" {
				t.Errorf("an error without a code: %v", err)
			}
			return
		}
		for _, result := range results {
			if (result.Outcome == marketplace.StockAccepted) != (result.Err == nil) {
				t.Errorf("%+v", result)
			}
		}
	})
}
