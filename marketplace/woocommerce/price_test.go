package woocommerce_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
)

var (
	spring  = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	sameDec = cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) })
)

func price(sku, amount string) marketplace.Price {
	return marketplace.Price{PriceItem: marketplace.PriceItem{SKU: sku, Currency: "EUR"}, Amount: decimal.MustParse(amount)}
}

func onSale(p marketplace.Price, amount string, from, until time.Time) marketplace.Price {
	p.Sale = &marketplace.SalePrice{Amount: decimal.MustParse(amount), From: from, Until: until}
	return p
}

func publishPrices(t *testing.T, adapter *woocommerce.Adapter, prices ...marketplace.Price) []marketplace.PriceResult {
	t.Helper()
	results, err := adapter.PublishPrices(context.Background(), prices)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func readPrice(t *testing.T, adapter *woocommerce.Adapter, sku string) marketplace.PriceReading {
	t.Helper()
	readings, err := adapter.ReadPrices(context.Background(), []marketplace.PriceItem{{SKU: sku, Currency: "EUR"}})
	if err != nil {
		t.Fatal(err)
	}
	return readings[0]
}

// What is published is what is read, for products and variations, and a sale ends when it is no longer stated.
func TestPrices(t *testing.T) {
	t.Parallel()
	server, adapter, wire := open(t)
	server.PutProduct(`{"sku":"A"}`)
	product := server.PutProduct(`{"sku":"P","type":"variable"}`)
	server.PutVariation(product, `{"sku":"B","regular_price":"9"}`)
	for _, step := range []struct{ a, b marketplace.Price }{
		{price("A", "19.90"), price("B", "0")},
		{onSale(price("A", "19.90"), "17.5", spring, spring.AddDate(0, 1, 0)), onSale(price("B", "5"), "4.99", time.Time{}, time.Time{})},
		{onSale(price("A", "20"), "0", time.Time{}, spring), onSale(price("B", "5.00"), "4.99", spring, time.Time{})},
		{price("A", "20"), price("B", "5")},
	} {
		for _, result := range publishPrices(t, adapter, step.a, step.b) {
			if result.Outcome != marketplace.PriceAccepted || result.Err != nil {
				t.Errorf("%+v", result)
			}
		}
		for _, want := range []marketplace.Price{step.a, step.b} {
			reading := readPrice(t, adapter, want.SKU)
			if diff := cmp.Diff(marketplace.PriceReading{Item: want.PriceItem, Amount: want.Amount, Sale: want.Sale}, reading, sameDec); diff != "" {
				t.Error(diff)
			}
		}
		wire.set(nil)
		publishPrices(t, adapter, step.a, step.b)
		if wire.writes() != 0 {
			t.Error("what was there was written again")
		}
	}
	// The currency was asked for once.
	wire.set(nil)
	publishPrices(t, adapter, price("A", "20"))
	if wire.calls() != 1 {
		t.Errorf("%d calls for a price that is there", wire.calls())
	}
}

// The dates are those that the shop's day begins and ends with: its last second is part of the sale.
func TestPriceSaleDates(t *testing.T) {
	t.Parallel()
	server, adapter, _ := open(t)
	server.PutProduct(`{"sku":"A","regular_price":"9"}`)
	publishPrices(t, adapter, onSale(price("A", "9"), "8", spring.Add(time.Millisecond), spring.AddDate(0, 0, 1)))
	got := server.Product("A")
	if got["date_on_sale_from_gmt"] != "2026-03-01T00:00:01" || got["date_on_sale_to_gmt"] != "2026-03-01T23:59:59" {
		t.Errorf("%v", got)
	}
}

// A price that the shop would not charge is refused, and never holds up the others.
func TestPricesRefused(t *testing.T) {
	t.Parallel()
	server, adapter, _ := open(t)
	for _, sku := range []string{"A", "GOOD", "VETOED"} {
		server.PutProduct(fmt.Sprintf(`{"sku":%q,"regular_price":"9"}`, sku))
	}
	server.PutProduct(`{"sku":"P","type":"variable"}`)
	server.PutProduct(`{"sku":"G","type":"grouped"}`)
	server.Veto("VETOED")
	listed, foreign := price("A", "1"), price("A", "1")
	listed.List, foreign.Currency = "wholesale", "SEK"
	for name, test := range map[string]struct {
		price marketplace.Price
		code  marketplace.Code
		path  string
	}{
		"another currency":        {foreign, marketplace.CodeNotFound, "currency"},
		"a price list":            {listed, marketplace.CodeNotFound, "list"},
		"unknown":                 {price("X", "1"), marketplace.CodeNotFound, "sku"},
		"no SKU":                  {price("", "1"), marketplace.CodeNotFound, "sku"},
		"with variations":         {price("P", "1"), marketplace.CodeInvalid, "sku"},
		"a group":                 {price("G", "1"), marketplace.CodeInvalid, "sku"},
		"negative":                {price("A", "-1"), marketplace.CodeInvalid, "amount"},
		"parts of a cent":         {price("A", "1.001"), marketplace.CodeInvalid, "amount"},
		"sale above the price":    {onSale(price("A", "5"), "5", time.Time{}, time.Time{}), marketplace.CodeInvalid, "sale"},
		"sale of less than cents": {onSale(price("A", "5"), "4.999", time.Time{}, time.Time{}), marketplace.CodeInvalid, "sale"},
		"sale that never is":      {onSale(price("A", "5"), "4", spring, spring), marketplace.CodeInvalid, "sale"},
		"a veto":                  {price("VETOED", "5"), marketplace.CodeInvalid, "amount"},
	} {
		results := publishPrices(t, adapter, test.price, price("GOOD", "7.00"))
		code(t, name, results[0].Err, test.code, test.path)
		if results[0].Outcome != marketplace.PriceRejected || results[1].Outcome != marketplace.PriceAccepted {
			t.Errorf("%s: %+v", name, results)
		}
	}
	if got := server.Product("A")["regular_price"]; got != "9" {
		t.Errorf("the price is %v now", got)
	}
}

// Readings say what is missing, and read numbers in every form that they may have.
func TestReadPrices(t *testing.T) {
	t.Parallel()
	_, adapter, wire := open(t)
	items := []marketplace.PriceItem{{SKU: "A", Currency: "EUR"}, {SKU: "A", Currency: "SEK"}, {SKU: "A", Currency: "EUR", List: "x"}, {SKU: "B", Currency: "EUR"}}
	for text, want := range map[string]string{
		`"regular_price":"10.00"`:                                           "10",
		`"regular_price":1e3,"sale_price":""`:                               "1000",
		`"regular_price":"0"`:                                               "0",
		`"regular_price":""`:                                                "not_found at list",
		`"regular_price":null`:                                              "not_found at list",
		`"regular_price":"12,50"`:                                           "invalid at regular_price",
		`"regular_price":"9","sale_price":"N/A"`:                            "invalid at sale_price",
		`"regular_price":"9","sale_price":[1]`:                              "invalid at sale_price",
		`"regular_price":"9","sale_price":"8","date_on_sale_to_gmt":"soon"`: "invalid at date_on_sale_to_gmt",
	} {
		wire.set(func(request *http.Request, _ string) (*http.Response, error) {
			if request.URL.Path != "/wp-json/wc/v3/products" {
				return nil, nil
			}
			return answer(request, 200, `[{"id":1,"type":"simple","sku":"A",`+text+`}]`), nil
		})
		readings, err := adapter.ReadPrices(context.Background(), items)
		if err != nil {
			t.Fatal(err)
		}
		got := readings[0].Amount.Trim(0).String()
		if failure, ok := readings[0].Err.(*marketplace.Error); ok {
			got = string(failure.Code) + " at " + failure.Path
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
		code(t, "another currency", readings[1].Err, marketplace.CodeNotFound, "currency")
		code(t, "a list", readings[2].Err, marketplace.CodeNotFound, "list")
		code(t, "an unknown SKU", readings[3].Err, marketplace.CodeNotFound, "sku")
	}
}

// A lost reply is an unknown outcome; a repeat is safe. A plugin that changes prices is found out.
func TestPricesLostAndChanged(t *testing.T) {
	t.Parallel()
	server, adapter, wire := open(t)
	server.PutProduct(`{"id":77,"sku":"A"}`)
	wire.set(loseReplies(""))
	if _, err := adapter.PublishPrices(context.Background(), []marketplace.Price{price("A", "5")}); marketplace.CodeOf(err) != marketplace.CodeUnknown {
		t.Errorf("a lost reply: %v", err)
	}
	wire.set(nil)
	if results := publishPrices(t, adapter, price("A", "5")); results[0].Outcome != marketplace.PriceAccepted || wire.writes() != 0 {
		t.Errorf("%+v, %d writes", results, wire.writes())
	}
	wire.set(reply(200, `{"update":[{"id":77,"regular_price":"6.66"}]}`, true))
	code(t, "a plugin", publishPrices(t, adapter, price("A", "7"))[0].Err, marketplace.CodeInvalid, "amount")
	wire.set(reply(401, `{"code":"woocommerce_rest_authentication_error","message":"Consumer key is invalid."}`, false))
	if _, err := adapter.PublishPrices(context.Background(), []marketplace.Price{price("A", "5")}); marketplace.CodeOf(err) != marketplace.CodeUnauthenticated {
		t.Errorf("a revoked key: %v", err)
	}
}

// A shop in another currency is asked for it; settings that cannot be read are an error, not a guess.
func TestPriceCurrency(t *testing.T) {
	t.Parallel()
	server, adapter, wire := open(t)
	server.Set("woocommerce_currency", "JPY")
	server.PutProduct(`{"sku":"A"}`)
	wire.set(reply(403, `{"code":"woocommerce_rest_cannot_view","message":"Sorry, you cannot view this resource.","data":{"status":403}}`, false))
	yen := price("A", "1200")
	yen.Currency = "JPY"
	if _, err := adapter.PublishPrices(context.Background(), []marketplace.Price{yen}); marketplace.CodeOf(err) != marketplace.CodePermission {
		t.Errorf("settings that cannot be read: %v", err)
	}
	wire.set(nil)
	if results := publishPrices(t, adapter, yen); results[0].Outcome != marketplace.PriceAccepted {
		t.Errorf("%+v", results)
	}
	yen.Amount = decimal.MustParse("1200.5")
	code(t, "parts of a yen", publishPrices(t, adapter, yen)[0].Err, marketplace.CodeInvalid, "amount")
	if results, err := adapter.PublishPrices(context.Background(), nil); err != nil || len(results) != 0 {
		t.Errorf("no prices: %v, %v", results, err)
	}
}

// Any price that is taken reads back as it was stated, to the second.
func TestPricesRoundTrip(t *testing.T) {
	server, adapter, _ := open(t)
	server.PutProduct(`{"sku":"A"}`)
	second := func(t *rapid.T, label string) time.Time {
		if rapid.Bool().Draw(t, label+" is open") {
			return time.Time{}
		}
		return time.Unix(rapid.Int64Range(1e9, 3e9).Draw(t, label), 0).UTC()
	}
	rapid.Check(t, func(r *rapid.T) {
		cents := rapid.Int64Range(1, 1e9).Draw(r, "cents")
		want := marketplace.Price{PriceItem: marketplace.PriceItem{SKU: "A", Currency: canonical.Currency("EUR")}, Amount: decimal.MustNew(cents, 2)}
		if rapid.Bool().Draw(r, "on sale") {
			want.Sale = &marketplace.SalePrice{
				Amount: decimal.MustNew(rapid.Int64Range(0, cents-1).Draw(r, "sale"), 2), From: second(r, "from"), Until: second(r, "until"),
			}
		}
		results, err := adapter.PublishPrices(context.Background(), []marketplace.Price{want})
		if err != nil {
			r.Fatal(err)
		}
		if results[0].Err != nil {
			if want.Sale == nil || want.Sale.Until.After(want.Sale.From) {
				r.Fatal(results[0].Err)
			}
			return
		}
		readings, err := adapter.ReadPrices(context.Background(), []marketplace.PriceItem{want.PriceItem})
		if err != nil {
			r.Fatal(err)
		}
		if diff := cmp.Diff(marketplace.PriceReading{Item: want.PriceItem, Amount: want.Amount, Sale: want.Sale}, readings[0], sameDec); diff != "" {
			r.Fatal(diff)
		}
	})
}

// No answer makes the reader panic, or a reading that is neither a price nor an error.
func FuzzReadPrices(f *testing.F) {
	f.Add([]byte(`[{"id":1,"type":"simple","sku":"A","regular_price":"9.90","sale_price":"8","date_on_sale_from_gmt":"2026-03-01T00:00:00","date_on_sale_to_gmt":null}]`))
	f.Add([]byte(`[{"id":1,"sku":"A","regular_price":1e3,"sale_price":[],"date_on_sale_to_gmt":{}},{"id":2,"sku":"B","regular_price":""}]`))
	f.Add([]byte(`[{"id":1,"sku":"A","regular_price":"9","sale_price":"8","date_on_sale_to_gmt":"9999-12-31T23:59:59"}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		wire := &line{play: func(request *http.Request, _ string) (*http.Response, error) {
			if request.URL.Path == "/wp-json/wc/v3/products" {
				return answer(request, 200, string(body)), nil
			}
			return answer(request, 200, `{"id":"woocommerce_currency","value":"EUR"}`), nil
		}}
		readings, err := fuzzed(wire).ReadPrices(context.Background(), []marketplace.PriceItem{{SKU: "A", Currency: "EUR"}, {SKU: "B", Currency: "EUR"}})
		if err == nil && len(readings) != 2 {
			t.Errorf("%d readings of 2 items", len(readings))
		}
		for _, reading := range readings {
			if reading.Err != nil && marketplace.CodeOf(reading.Err) == "" {
				t.Errorf("an error without a code: %v", reading.Err)
			}
		}
	})
}
