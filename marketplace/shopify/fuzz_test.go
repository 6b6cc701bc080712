package shopify_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/shopify"
	"github.com/retailsync/retailsync/marketplace/shopify/shopifytest"
)

// fuzzDecode holds a decoder to this: no payload makes it panic, an error has a code, and equal payloads decode equally.
func fuzzDecode(t *testing.T, body []byte, decode func(canonical.Channel, json.RawMessage) (canonical.Order, error)) {
	t.Helper()
	order, err := decode(channel, body)
	if err != nil {
		if marketplace.CodeOf(err) != marketplace.CodeInvalid {
			t.Errorf("the error has the code %q: %v", marketplace.CodeOf(err), err)
		}
		return
	}
	_ = order.Validate()
	again, err := decode(channel, body)
	if err != nil || again.Revision != order.Revision {
		t.Errorf("decoded twice with two results: %v", err)
	}
}

// rich is an order with something of everything.
func rich() object {
	return node(object{
		"currencyCode": "USD", "presentmentCurrencyCode": "JPY", "taxesIncluded": true, "displayFinancialStatus": "PARTIALLY_REFUNDED",
		"lineItems": nodes(
			line(51, 3, money("10.00", "1500"), object{
				"currentQuantity": 1, "unfulfilledQuantity": 1, "taxLines": list{tax("0.1", money("2.45", "368"))},
				"discountAllocations": list{share(0, money("3.00", "450"), object{"code": "X"})},
				"duties":              list{object{"id": gid("Duty", 71), "price": money("1.00", "150")}},
			}),
			line(52, 1, money("2.00", "300"), object{"name": "Tip", "variant": nil, "product": nil, "requiresShipping": false}),
		),
		"shippingLines": nodes(shipping(61, money("5.00", "750"), nil)), "totalTipReceivedSet": money("2.00", "300"),
		"additionalFees": list{object{"id": gid("AdditionalFee", 81), "name": "Import", "price": money("1.00", "150")}},
		"totalPriceSet":  money("36.00", "5400"), "totalTaxSet": money("2.45", "368"),
		"totalCashRoundingAdjustment": object{"paymentSet": money("-0.01", "-1")},
		"fulfillments":                list{parcel(82, "SUCCESS", sent(51, 1))},
		"refunds": list{refund(91, money("9.00", "1350"), object{"refundShippingLines": nodes(object{
			"shippingLine": object{"id": gid("ShippingLine", 61)}, "subtotalAmountSet": money("1.00", "150"), "taxAmountSet": money("0.00", "0"),
		})}, back(51, 1, "CANCEL", money("9.00", "1350"), money("0.82", "123")), back(51, 1, "RETURN", money("9.00", "1350"), money("0.82", "123")))},
		"transactions": list{transaction(1, "SALE", "SUCCESS", "gift_card", money("36.00", "5400")), transaction(2, "REFUND", "SUCCESS", "gift_card", money("9.00", "1350"))},
	})
}

func FuzzDecodeOrder(f *testing.F) {
	f.Add([]byte(shopifytest.SampleOrder(7, 3, "TS-M", "2026-03-01T12:00:00Z")))
	f.Add([]byte(encode(f, rich())))
	f.Add([]byte(`{"id":"8","currencyCode":"jpy","totalPriceSet":[],"lineItems":{"nodes":{"5":{"id":5,"quantity":"2"}}},"refunds":false}`))
	f.Add([]byte(`{"id":1,"totalPriceSet":{"shopMoney":{"amount":"1e300"}}}`))
	f.Fuzz(func(t *testing.T, body []byte) { fuzzDecode(t, body, shopify.DecodeOrder) })
}

func FuzzDecodeRESTOrder(f *testing.F) {
	f.Add([]byte(encode(f, toREST(f, rich()))))
	f.Add([]byte(`{"id":8,"currency":"jpy","total_price":1200,"line_items":{"5":{"id":5,"quantity":"2","price":600,"total_discount":"1"}},"tags":"b, a","refunds":null}`))
	f.Add([]byte(`{"id":1,"presentment_currency":"EUR","currency":"USD","transactions":[{"id":1,"amount":"1","currency":"EUR"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) { fuzzDecode(t, body, shopify.DecodeRESTOrder) })
}

// Nothing that nobody signed gives a notice, and nothing that is signed makes the reader panic or invents an object.
func FuzzReceiveWebhook(f *testing.F) {
	f.Add("orders/updated", "", []byte(`{"id":7}`))
	f.Add("orders/edited", "x", []byte(`{"order_edit":{"order_id":7}}`))
	f.Add("inventory_levels/update", "AAAA", []byte(`{"inventory_item_id":[],"updated_at":7}`))
	adapter := receiver()
	f.Fuzz(func(t *testing.T, topic, signature string, body []byte) {
		header := http.Header{
			"X-Shopify-Topic": {topic}, "X-Shopify-Shop-Domain": {"demo.myshopify.com"}, "X-Shopify-Hmac-Sha256": {signature},
		}
		if notices, err := adapter.ReceiveWebhook(context.Background(), header, body); err == nil || len(notices) > 0 {
			if signature != shopifytest.Sign(secret, body) && signature != shopifytest.Sign("shpss_new", body) {
				t.Errorf("a body that nobody signed gave %v", notices)
			}
		}
		header.Set("X-Shopify-Hmac-Sha256", shopifytest.Sign(secret, body))
		notices, err := adapter.ReceiveWebhook(context.Background(), header, body)
		for _, notice := range notices {
			if err != nil || notice.Key.ID == "" || notice.EventID == "" {
				t.Errorf("notice %+v, error %v", notice, err)
			}
		}
	})
}

// A cursor is text that anybody may send.
func FuzzCursor(f *testing.F) {
	f.Add("eyJ2IjoxLCJmcm9tIjoiMjAyNi0wMy0wMVQxMjowMDowMFoiLCJsYXN0IjoiMjAyNi0wMy0wMVQxMjowMDowMFoiLCJkb25lIjp0cnVlfQ")
	f.Add("e30")
	f.Add("")
	adapter := played(f, `{"data":{"orders":{"nodes":[],"pageInfo":{"hasNextPage":false}}}}`)
	f.Fuzz(func(t *testing.T, cursor string) {
		page, err := adapter.ListOrders(context.Background(), marketplace.OrderQuery{Cursor: marketplace.Cursor(cursor)})
		if err != nil && marketplace.CodeOf(err) != marketplace.CodeInvalid || err == nil && page.Cursor == "" {
			t.Errorf("got %v, %v", page, err)
		}
	})
}
