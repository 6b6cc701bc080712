package shopify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/shopify"
	"github.com/retailsync/retailsync/marketplace/shopify/shopifytest"
	"github.com/retailsync/retailsync/returns"
	"github.com/retailsync/retailsync/returns/returnstest"
)

func TestReturnsConformance(t *testing.T) {
	t.Parallel()
	returnstest.Run(t, returnstest.Harness{Open: func(t *testing.T, transport http.RoundTripper) returnstest.Service {
		server := shopifytest.NewServer()
		t.Cleanup(server.Close)
		adapter := shopify.New(server.URL, shopify.AccessToken(server.Token), shopify.WithTransport(transport), shopify.WithShopDomain(server.Domain),
			shopify.WithWebhookSecret(server.ClientSecret), shopify.WithBackoff(time.Millisecond), shopify.WithRateLimit(1000))
		var last atomic.Int64
		last.Store(500)
		request := func(_ *testing.T) string {
			number := int(last.Add(1))
			server.Put(shopifytest.SampleOrder(number, 4, "TS-M", time.Now().UTC().Add(-time.Hour).Format(time.RFC3339)))
			line := fmt.Sprintf("%d1", number)
			return server.AddReturn(fmt.Sprint(number), shopifytest.ReturnedLine{LineID: line, SKU: "TS-M", Units: 3, Cents: 5997}, shopifytest.ReturnedLine{LineID: line, SKU: "TS-M", Units: 1, Cents: 1999})
		}
		requested := func(t *testing.T) (string, []returns.DecidedLine) {
			id := request(t)
			return id, []returns.DecidedLine{{ID: id + "01", Qty: decimal.MustNew(3, 0)}, {ID: id + "02", Qty: decimal.One}}
		}
		return returnstest.Service{
			Platform: locatedAdapter{adapter},
			Seed: func(t *testing.T, n int) []string {
				ids := make([]string, n)
				for i := range ids {
					ids[i] = request(t)
				}
				return ids
			},
			Touch: func(_ *testing.T, id string) {
				server.ChangeReturn(id, func(ret map[string]any) { ret["name"] = "#T" })
			},
			Corrupt: func(_ *testing.T, id string) {
				server.ChangeReturn(id, func(ret map[string]any) { ret["createdAt"] = "yesterday" })
			},
			Personal:        []string{"Storgatan", "Byron", "@example.com"},
			Deliver:         func(_ *testing.T, id string) (http.Header, []byte) { return server.Delivery("returns/update", id) },
			Ping:            func(*testing.T) (http.Header, []byte) { return server.Delivery("app/uninstalled", "1") },
			SignatureHeader: "X-Shopify-Hmac-Sha256",
			Requested:       requested,
			Approved: func(t *testing.T) (string, []returns.DecidedLine) {
				id, lines := requested(t)
				server.Approve(id)
				return id, lines
			},
			WholeOnly:    true,
			Dispositions: []canonical.Disposition{canonical.DispositionSellable, canonical.DispositionDamaged, canonical.DispositionMissing},
			Shows:        func(t *testing.T, id string) returnstest.Shown { return shownReturn(t, server, id) },
		}
	}})
}

// locatedAdapter reports inspections at a location, which the suite leaves to the platform.
type locatedAdapter struct{ *shopify.Adapter }

func (a locatedAdapter) ReportInspected(ctx context.Context, report returns.Inspection) error {
	report.Location = shopifytest.Location
	return a.Adapter.ReportInspected(ctx, report)
}

func shownReturn(t *testing.T, server *shopifytest.Server, id string) returnstest.Shown {
	t.Helper()
	var shows struct {
		Status  string
		Reverse struct {
			Nodes []struct {
				LineItems struct {
					Nodes []struct {
						Dispositions []struct {
							Type     string
							Quantity json.Number
						}
					}
				}
			}
		} `json:"reverseFulfillmentOrders"`
	}
	text, err := json.Marshal(server.Return(id))
	if err == nil {
		var whole map[string]json.RawMessage
		if err = json.Unmarshal(text, &whole); err == nil {
			_ = json.Unmarshal(whole["status"], &shows.Status)
			if whole["reverseFulfillmentOrders"] != nil {
				err = json.Unmarshal(whole["reverseFulfillmentOrders"], &shows.Reverse)
			}
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	shown := returnstest.Shown{Effects: server.ReturnWrites(id), Qty: map[string]string{id + "01": "3", id + "02": "1"}, Found: map[string]map[canonical.Disposition]string{}}
	shown.Approval = map[string]canonical.ReturnApproval{
		"REQUESTED": canonical.ReturnRequested, "OPEN": canonical.ReturnApproved, "CLOSED": canonical.ReturnApproved, "DECLINED": canonical.ReturnDeclined,
	}[shows.Status]
	shown.Closed = shows.Status == "CLOSED"
	for _, reverse := range shows.Reverse.Nodes {
		for i, line := range reverse.LineItems.Nodes {
			at := fmt.Sprintf("%s%02d", id, i+1)
			for _, one := range line.Dispositions {
				if shown.Found[at] == nil {
					shown.Found[at] = map[canonical.Disposition]string{}
				}
				word := map[string]canonical.Disposition{"RESTOCKED": canonical.DispositionSellable, "NOT_RESTOCKED": canonical.DispositionDamaged, "MISSING": canonical.DispositionMissing}[one.Type]
				shown.Found[at][word] = one.Quantity.String()
			}
		}
	}
	return shown
}

// A return with all that it can have: money in two currencies, a dearer exchange, fees, parcels and what was found.
func TestDecodeReturn(t *testing.T) {
	t.Parallel()
	money := func(shop, presentment string) string {
		return fmt.Sprintf(`{"shopMoney":{"amount":%q},"presentmentMoney":{"amount":%q}}`, shop, presentment)
	}
	body := `{"id":"gid://shopify/Return/7","name":"#1001-R1","status":"OPEN","createdAt":"2026-03-01T12:00:00Z","closedAt":null,
"order":{"id":"gid://shopify/Order/1","name":"#1001","updatedAt":"2026-03-02T12:00:00Z","currencyCode":"EUR","presentmentCurrencyCode":"SEK","taxesIncluded":true},
"returnLineItems":{"nodes":[
 {"__typename":"ReturnLineItem","id":"gid://shopify/ReturnLineItem/71","quantity":3,"returnReasonDefinition":{"handle":"too-small"},
  "fulfillmentLineItem":{"id":"f1","lineItem":{"id":"gid://shopify/LineItem/11","sku":"TS-M"}},"withCodeDiscountedTotalPriceSet":` + money("59.97", "680.10") + `,"restockingFee":{"amountSet":` + money("5.00", "56.71") + `}},
 {"__typename":"UnverifiedReturnLineItem","id":"gid://shopify/UnverifiedReturnLineItem/72","quantity":1,"returnReasonDefinition":null}]},
"exchangeLineItems":{"nodes":[{"id":"gid://shopify/ExchangeLineItem/75","quantity":1,"title":"Coat","variantSku":"CO-L","lineItems":[
 {"id":"gid://shopify/LineItem/19","quantity":1,"originalUnitPriceSet":` + money("125", "1417.50") + `,"discountAllocations":[],"taxLines":[{"title":"Moms","rate":0.25,"channelLiable":false,"priceSet":` + money("25", "283.50") + `}]}]}]},
"returnShippingFees":[{"amountSet":` + money("4.00", "45.36") + `}],
"refunds":{"nodes":[{"id":"gid://shopify/Refund/9","totalRefundedSet":` + money("0.00", "0.00") + `}]},
"reverseFulfillmentOrders":{"nodes":[{"id":"r1","lineItems":{"nodes":[{"id":"rl1","totalQuantity":3,"fulfillmentLineItem":{"id":"f1"},
  "dispositions":[{"type":"RESTOCKED","quantity":1,"location":{"id":"gid://shopify/Location/5"}},{"type":"MISSING","quantity":1},{"type":"EATEN","quantity":1}]}]},
 "reverseDeliveries":{"nodes":[{"id":"gid://shopify/ReverseDelivery/6","deliverable":{"tracking":{"carrierName":"Post","number":"T1","url":"https://t.example.com/T1"}}}]}}]}}`
	channel := canonical.Channel{Name: shopify.Name, Account: "main"}
	both := func(shop, presentment string) canonical.Amount {
		return canonical.Amount{Shop: decimal.MustParse(shop), Presentment: decimal.MustParse(presentment)}
	}
	want := canonical.Return{
		Key: canonical.Key{Channel: channel, ID: "7"}, Number: "#1001-R1", Order: canonical.Key{Channel: channel, ID: "1"}, OrderNumber: "#1001",
		RequestedAt: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Approval: canonical.ReturnApproved, Logistics: canonical.ReturnPartiallyReceived, RawStatus: "OPEN",
		Currency: "EUR", PresentmentCurrency: "SEK",
		Lines: []canonical.ReturnLine{
			{
				ID: "71", OrderLineID: "11", SKU: "TS-M", Qty: decimal.MustNew(3, 0), Reason: "too-small", Resolution: canonical.ResolutionExchangeOther,
				Refund: both("59.97", "680.10"), RefundKnown: true,
				Received: []canonical.ReceivedUnits{
					{Qty: decimal.One, Disposition: canonical.DispositionSellable, RawDisposition: "RESTOCKED", Location: "5"},
					{Qty: decimal.One, Disposition: canonical.DispositionMissing, RawDisposition: "MISSING"},
					{Qty: decimal.One, Disposition: canonical.DispositionPending, RawDisposition: "EATEN"},
				},
			},
			{ID: "72", Qty: decimal.One, Resolution: canonical.ResolutionExchangeOther},
		},
		Exchange: []canonical.ExchangeLine{{
			ID: "75", SKU: "CO-L", Title: "Coat", Qty: decimal.One, Total: both("100", "1134.00"), OrderID: "1",
			Taxes: []canonical.Tax{{Code: "Moms", Rate: decimal.MustParse("25"), RateKnown: true, Amount: both("25", "283.50"), Collector: canonical.CollectorSeller}},
		}},
		Parcels: []canonical.ReturnParcel{{ID: "6", Carrier: "Post", TrackingNumber: "T1", TrackingURL: "https://t.example.com/T1"}},
		Fees: []canonical.ReturnFee{
			{Kind: canonical.FeeRestocking, ReturnLineID: "71", Amount: both("5", "56.71")}, {Kind: canonical.FeeShipping, Amount: both("4", "45.36")},
		},
		Refund: both("0", "0"), RefundKnown: true,
	}
	got, err := shopify.DecodeReturn(channel, json.RawMessage(body))
	if err != nil {
		t.Fatal(err)
	}
	same := cmp.Options{
		cmpopts.IgnoreFields(canonical.Return{}, "Revision", "Ext"), cmpopts.EquateEmpty(),
		cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) }),
	}
	if diff := cmp.Diff(want, got, same); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(got.Ext["disposition"]) == 0 {
		t.Errorf("the unknown word is not kept: %s", got.Ext)
	}
	for path, body := range map[string]string{
		"":                                     `[]`,
		"id":                                   `{"id":"gid://shopify/Return/x"}`,
		"createdAt":                            `{"id":"1","order":{"id":"2"},"createdAt":"soon"}`,
		"returnLineItems[0].quantity":          `{"id":"1","order":{"id":"2"},"returnLineItems":{"nodes":[{"id":"3","quantity":"x"}]}}`,
		"returnLineItems.pageInfo.hasNextPage": `{"id":"1","order":{"id":"2"},"returnLineItems":{"nodes":[],"pageInfo":{"hasNextPage":true}}}`,
		"refunds[0].totalRefundedSet.shopMoney.amount": `{"id":"1","order":{"id":"2"},"refunds":{"nodes":[{"totalRefundedSet":{"shopMoney":{"amount":"x"}}}]}}`,
	} {
		_, err := shopify.DecodeReturn(channel, json.RawMessage(body))
		failure, ok := err.(*marketplace.Error)
		if !ok || failure.Path != path {
			t.Errorf("%s: got %v", path, err)
		}
	}
}

// No payload makes the decoder panic, and equal payloads decode equally.
func FuzzDecodeReturn(f *testing.F) {
	f.Add([]byte(`{"id":"gid://shopify/Return/7","status":"OPEN","order":{"id":"gid://shopify/Order/1","currencyCode":"EUR"},"returnLineItems":{"nodes":[{"id":"1","quantity":2,"fulfillmentLineItem":{"id":"f"}}]},"reverseFulfillmentOrders":{"nodes":[{"lineItems":{"nodes":[{"fulfillmentLineItem":{"id":"f"},"dispositions":[{"type":"MISSING","quantity":5}]}]}}]}}`))
	f.Add([]byte(`{"id":"1","order":{"id":"1"},"exchangeLineItems":{"nodes":[{"lineItems":[{"quantity":1e9,"originalUnitPriceSet":{"shopMoney":{"amount":"1e9"}}}]}]}}`))
	channel := canonical.Channel{Name: shopify.Name, Account: "main"}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := shopify.DecodeReturn(channel, body)
		if err != nil {
			if marketplace.CodeOf(err) != marketplace.CodeInvalid {
				t.Errorf("the error has the code %q: %v", marketplace.CodeOf(err), err)
			}
			return
		}
		again, err := shopify.DecodeReturn(channel, body)
		if err != nil || again.Revision != got.Revision {
			t.Errorf("decoded twice with two results: %v", err)
		}
	})
}
