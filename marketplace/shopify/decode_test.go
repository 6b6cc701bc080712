package shopify_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/shopify"
	"github.com/retailsync/retailsync/marketplace/shopify/shopifytest"
)

var channel = canonical.Channel{Name: shopify.Name, Account: "main"}

// decodeCase is an order as GraphQL has it. The same order as REST has it must come out equal, save for what REST does
// not say.
type decodeCase struct {
	name string
	node object
	// want is what must hold; invalid is a part of Validate's error, "" if the order is valid.
	want    func(canonical.Order) bool
	invalid string
	// graphOnly says that REST does not tell what the case is about.
	graphOnly bool
}

func runDecode(t *testing.T, tests []decodeCase) {
	t.Helper()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			order, err := shopify.DecodeOrder(channel, encode(t, test.node))
			if err != nil {
				t.Fatal(err)
			}
			err = order.Validate()
			switch {
			case test.invalid == "" && err != nil:
				t.Errorf("not valid: %v", err)
			case test.invalid != "" && (err == nil || !strings.Contains(err.Error(), test.invalid)):
				t.Errorf("got %v, want a violation at %s", err, test.invalid)
			}
			if test.want != nil && !test.want(order) {
				t.Errorf("not as expected: %s", indent(order))
			}
			// The adapter asks for all that the decoder reads: a shop that answers nothing else gives the same order.
			fetched, err := open(t, shopifytest.NewServer(string(encode(t, test.node)))).GetOrder(context.Background(), order.Key.ID)
			if err != nil {
				t.Fatalf("through the API: %v", err)
			}
			if diff := cmp.Diff(order, fetched, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("the API's answer decodes differently (-node +answer):\n%s", diff)
			}
			if test.graphOnly {
				return
			}
			fromREST, err := shopify.DecodeRESTOrder(channel, encode(t, toREST(t, test.node)))
			if err != nil {
				t.Fatalf("as REST: %v", err)
			}
			if diff := cmp.Diff(order, fromREST, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("GraphQL and REST decode differently (-graphql +rest):\n%s", diff)
			}
		})
	}
}

func indent(order canonical.Order) string {
	text, err := json.MarshalIndent(order, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func is(amount canonical.Amount, shop string) bool { return amount.Shop.String() == shop }

func TestDecode(t *testing.T) {
	t.Parallel()
	shirts := nodes(line(51, 2, money("10.00"), object{"taxLines": list{tax("0.25", money("5.00"))}}))
	runDecode(t, []decodeCase{
		{
			name: "tax excluded",
			node: node(object{"lineItems": shirts, "totalPriceSet": money("25.00"), "totalTaxSet": money("5.00")}),
			want: func(o canonical.Order) bool {
				return o.Status == canonical.StatusConfirmed && is(o.Totals.Net, "20") && is(o.Totals.Tax, "5") && o.Number == "#1001" &&
					o.Key.ID == "450789469" && o.Lines[0].ID == "51" && o.Lines[0].ChannelProductID == "930" && o.RawStatus == "paid"
			},
		},
		{
			name: "tax included, with a discount",
			node: node(object{
				"taxesIncluded": true, "totalPriceSet": money("54.97"), "totalTaxSet": money("10.99"),
				"lineItems": nodes(line(51, 3, money("19.99"), object{
					"taxLines":            list{tax("0.25", money("10.99"))},
					"discountAllocations": list{share(0, money("5.00"), object{"code": "FIVE"})},
				})),
			}),
			want: func(o canonical.Order) bool {
				// 54.97 − 10.99 = 43.98; the discount of 5.00 is 4.00 net.
				return o.PricesIncludeTax && is(o.Totals.Net, "43.98") && is(o.Lines[0].UnitPrice, "19.99") &&
					is(o.Totals.Discount, "4") && o.Discounts[0].Code == "FIVE"
			},
		},
		{
			name: "no decimals",
			node: node(object{
				"currencyCode": "JPY", "presentmentCurrencyCode": "JPY", "totalPriceSet": money("1650"), "totalTaxSet": money("150"),
				"lineItems": nodes(line(51, 1, money("1500"), object{"taxLines": list{tax("0.1", money("150"))}})),
			}),
			want: func(o canonical.Order) bool { return is(o.Totals.Grand, "1650") },
		},
		{
			name: "three decimals",
			node: node(object{
				"currencyCode": "KWD", "presentmentCurrencyCode": "KWD", "totalPriceSet": money("3.705"),
				"lineItems": nodes(line(51, 3, money("1.235"), nil)),
			}),
			want: func(o canonical.Order) bool { return is(o.Lines[0].Total, "3.705") },
		},
		{
			name: "an id beyond what a float holds",
			node: node(object{"id": gid("Order", "9007199254740993"), "lineItems": nodes(line("18446744073709551615", 1, money("1.00"), nil)), "totalPriceSet": money("1.00")}),
			want: func(o canonical.Order) bool {
				return o.Key.ID == "9007199254740993" && o.Lines[0].ID == "18446744073709551615"
			},
		},
		{
			name: "a code and an automatic discount, on goods and shipping",
			node: node(object{
				"totalPriceSet": money("14.00"),
				"lineItems": nodes(line(51, 2, money("10.00"), object{"discountAllocations": list{
					share(0, money("4.00"), object{"code": "FOUR"}), share(1, money("2.00"), object{"title": "Spring"}),
				}})),
				"shippingLines": nodes(shipping(61, money("5.00"), object{"discountAllocations": list{share(0, money("5.00"), object{"code": "FOUR"})}})),
			}),
			want: func(o canonical.Order) bool {
				return len(o.Discounts) == 2 && is(o.Discounts[0].Amount, "9") && o.Discounts[1].Title == "Spring" &&
					is(o.Totals.Discount, "11") && o.Lines[1].ID == "shipping-61" && o.Lines[1].Total.IsZero()
			},
		},
		{
			name: "a free line of prices that include tax",
			node: node(object{
				"taxesIncluded": true, "totalPriceSet": money("0.00"),
				"lineItems": nodes(line(51, 1, money("12.50"), object{
					"taxLines": list{tax("0.25", money("0.00"))}, "discountAllocations": list{share(0, money("12.50"), object{"title": "Free"})},
				})),
			}),
			want: func(o canonical.Order) bool {
				return is(o.Lines[0].Subtotal, "10") && is(o.Totals.Discount, "10") && o.Totals.Grand.IsZero()
			},
		},
		{
			name: "tax that the channel remits, and a rate above a threshold",
			node: node(object{
				"totalPriceSet": money("212.00"), "totalTaxSet": money("12.00"),
				"lineItems": nodes(line(51, 1, money("200.00"), object{"taxLines": list{
					object{"title": "State", "rate": json.Number("0.05"), "channelLiable": true, "priceSet": money("10.00")},
					object{"title": "Luxury", "rate": json.Number("0.1"), "priceSet": money("2.00")},
				}})),
			}),
			want: func(o canonical.Order) bool {
				taxes := o.Lines[0].Taxes
				return taxes[0].Collector == canonical.CollectorChannel && taxes[0].RateKnown && taxes[0].Rate.String() == "5" &&
					taxes[1].Collector == canonical.CollectorSeller && !taxes[1].RateKnown
			},
		},
		{
			name: "duties and a fee",
			node: node(object{
				"totalPriceSet": money("39.00"), "totalTaxSet": money("1.00"),
				"lineItems": nodes(line(51, 2, money("10.00"), object{"duties": list{object{
					"id": gid("Duty", 71), "price": money("8.00"), "taxLines": list{tax("0.125", money("1.00"))},
				}}})),
				"additionalFees": list{object{"id": gid("AdditionalFee", 81), "name": "Import", "price": money("10.00")}},
			}),
			want: func(o canonical.Order) bool {
				return o.Lines[1].Kind == canonical.LineDuty && o.Lines[1].ID == "duty-71" && is(o.Lines[1].UnitPrice, "4") &&
					o.Lines[2].Kind == canonical.LineFee && o.Lines[2].Title == "Import"
			},
		},
		{
			name: "a tip with Shopify's name",
			node: node(object{
				"totalPriceSet": money("12.00"), "totalTipReceivedSet": money("2.00"),
				"lineItems": nodes(line(51, 1, money("10.00"), nil), line(52, 1, money("2.00"), object{"name": "Tip", "variant": nil, "product": nil, "sku": nil, "requiresShipping": false})),
			}),
			want: func(o canonical.Order) bool {
				return o.Lines[1].Kind == canonical.LineTip && o.Lines[0].Kind == canonical.LineProduct
			},
		},
		{
			name: "a tip in another language",
			node: node(object{
				"totalPriceSet": money("12.00"), "totalTipReceivedSet": money("2.00"),
				"lineItems": nodes(line(51, 1, money("10.00"), nil), line(52, 1, money("2.00"), object{"name": "Dricks", "variant": nil, "product": nil, "requiresShipping": false})),
			}),
			want: func(o canonical.Order) bool { return o.Lines[1].Kind == canonical.LineTip },
		},
		{
			name: "a tip that is no line",
			node: node(object{"totalPriceSet": money("12.00"), "totalTipReceivedSet": money("2.00"), "lineItems": nodes(line(51, 1, money("10.00"), nil))}),
			want: func(o canonical.Order) bool { return o.Lines[1].ID == "tip" && is(o.Lines[1].Total, "2") },
		},
		{
			name: "a gift card sold, and one used",
			node: node(object{
				"totalPriceSet": money("50.00"),
				"lineItems":     nodes(line(51, 1, money("50.00"), object{"isGiftCard": true, "requiresShipping": false})),
				"transactions": list{
					transaction(1, "SALE", "SUCCESS", "gift_card", money("20.00")),
					transaction(2, "AUTHORIZATION", "SUCCESS", "shopify_payments", money("30.00")),
					transaction(3, "CAPTURE", "SUCCESS", "shopify_payments", money("30.00")),
					transaction(4, "SALE", "FAILURE", "shopify_payments", money("50.00")),
				},
			}),
			want: func(o canonical.Order) bool {
				used, err := o.GiftCardsUsed()
				return err == nil && is(used, "20") && is(o.Totals.Paid, "50") && o.Lines[0].Kind == canonical.LineGiftCard &&
					o.Payments[3].Status == canonical.PaymentFailed
			},
		},
		{
			name: "cash rounded, with change",
			node: node(object{
				"totalPriceSet": money("9.98"), "lineItems": nodes(line(51, 1, money("9.98"), nil)),
				"totalCashRoundingAdjustment": object{"paymentSet": money("0.02"), "refundSet": money("0.00")},
				"transactions": list{
					object{"id": gid("OrderTransaction", 1), "kind": "SALE", "status": "SUCCESS", "gateway": "cash", "amountSet": money("19.98"), "amountRoundingSet": money("0.02")},
					transaction(2, "CHANGE", "SUCCESS", "cash", money("10.00")),
				},
			}),
			want: func(o canonical.Order) bool {
				return o.Lines[1].Kind == canonical.LineRounding && is(o.Totals.Grand, "10") && is(o.Totals.Paid, "10")
			},
		},
		{
			name: "sold to a company, with notes and properties",
			node: node(object{
				"lineItems":     nodes(line(51, 1, money("10.00"), object{"customAttributes": list{object{"key": "Engraving", "value": "Ada"}, object{"key": "_bundle", "value": "x"}}})),
				"totalPriceSet": money("10.00"), "note": "Ring twice", "poNumber": "PO-7", "sourceName": "web", "tags": list{"b", "a"}, "customerLocale": "sv-SE",
				"purchasingEntity": object{"__typename": "PurchasingCompany"},
				"customer":         object{"id": gid("Customer", 31), "firstName": "Ada", "lastName": "Byron"}, "email": "ada@example.com",
				"shippingAddress": object{"firstName": "Ada", "lastName": "Byron", "address1": "Storgatan 5", "city": "Stockholm", "zip": "111 22", "countryCodeV2": "se", "provinceCode": "SE-AB", "phone": "+46700000000"},
				"billingAddress":  object{"countryCodeV2": "SE"},
			}),
			want: func(o canonical.Order) bool {
				return o.Flags.Business && o.Buyer.ID == "31" && o.Buyer.Name == "Ada Byron" && o.Buyer.Phone == "+46700000000" &&
					o.BillTo == nil && o.ShipTo.State == "AB" && string(o.Ext["tags"]) == `["a","b"]` &&
					string(o.Ext["po_number"]) == `"PO-7"` && len(o.Lines[0].Properties) == 1 && o.Note == "Ring twice"
			},
		},
		{
			name: "a wrong total stays visible",
			node: node(object{"lineItems": shirts, "totalPriceSet": money("25.03"), "totalTaxSet": money("5.00")}), invalid: "totals.net",
		},
		{
			name:    "an unknown currency stays visible",
			node:    node(object{"lineItems": shirts, "totalPriceSet": money("25.00"), "totalTaxSet": money("5.00"), "currencyCode": "XXX", "presentmentCurrencyCode": "XXX"}),
			invalid: "currency",
		},
	})
}

func TestDecodeTwoCurrencies(t *testing.T) {
	t.Parallel()
	runDecode(t, []decodeCase{
		{
			// 19.99 EUR × 1.087 = 21.73 USD; ten of them are 217.29 USD, not 217.30.
			name: "prices that were converted one by one",
			node: node(object{
				"currencyCode": "USD", "presentmentCurrencyCode": "EUR",
				"totalPriceSet": money("271.62", "249.88"), "totalTaxSet": money("54.33", "49.98"),
				"lineItems":    nodes(line(51, 10, money("21.73", "19.99"), object{"taxLines": list{tax("0.25", money("54.33", "49.98"))}})),
				"transactions": list{transaction(1, "SALE", "SUCCESS", "shopify_payments", money("271.62", "249.88"))},
			}),
			want: func(o canonical.Order) bool {
				line := o.Lines[0]
				return o.PresentmentCurrency == "EUR" && is(line.Total, "217.29") && line.Total.Presentment.String() == "199.9" &&
					is(o.Totals.Grand, "271.62") && o.Totals.Grand.Presentment.String() == "249.88" && o.Payments[0].Amount.Presentment.String() == "249.88"
			},
		},
		{
			name: "a discount that is nothing in one of them",
			node: node(object{
				"currencyCode": "USD", "presentmentCurrencyCode": "JPY", "totalPriceSet": money("6.65", "999"),
				"lineItems": nodes(line(51, 1, money("6.65", "1000"), object{"discountAllocations": list{share(0, money("0.00", "1"), object{"code": "ONE"})}})),
			}),
			want: func(o canonical.Order) bool {
				return len(o.Discounts) == 1 && o.Discounts[0].Amount.Presentment.String() == "1" && o.Discounts[0].Amount.Shop.IsZero()
			},
		},
		{
			name: "a difference that conversion does not explain stays visible",
			node: node(object{
				"currencyCode": "USD", "presentmentCurrencyCode": "EUR", "totalPriceSet": money("22.50", "19.99"),
				"lineItems": nodes(line(51, 1, money("21.73", "19.99"), nil)),
			}),
			invalid: "totals.net",
		},
		{
			name: "refunded in both",
			node: node(object{
				"currencyCode": "USD", "presentmentCurrencyCode": "EUR", "displayFinancialStatus": "PARTIALLY_REFUNDED",
				"totalPriceSet": money("21.73", "19.99"), "lineItems": nodes(line(51, 1, money("21.73", "19.99"), nil)),
				"refunds": list{refund(91, money("5.43", "5.00"), nil)},
				"transactions": list{
					transaction(1, "SALE", "SUCCESS", "shopify_payments", money("21.73", "19.99")),
					transaction(2, "REFUND", "SUCCESS", "shopify_payments", money("5.43", "5.00")),
				},
			}),
			want: func(o canonical.Order) bool {
				return o.Adjustments[0].Amount.Shop.String() == "5.43" && o.Adjustments[0].Amount.Presentment.String() == "5"
			},
		},
	})
}

func TestDecodeErrorsNameTheField(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ path, graph, rest string }{
		{path: "", graph: `[]`, rest: `7`},
		{path: "id", graph: `{"id":"gid://shopify/Order/x"}`, rest: `{"id":1.5}`},
		{path: "updatedAt", graph: `{"id":"gid://shopify/Order/1","updatedAt":"yesterday"}`},
		{path: "updated_at", rest: `{"id":1,"updated_at":"yesterday"}`},
		{path: "totalPriceSet.shopMoney.amount", graph: `{"id":"1","totalPriceSet":{"shopMoney":{"amount":"N/A"}}}`},
		{path: "total_price", rest: `{"id":1,"total_price":"N/A"}`},
		{path: "total_price_set", rest: `{"id":1,"total_price_set":7}`},
		{path: "lineItems", graph: `{"id":"1","lineItems":{"nodes":[7]}}`},
		{path: "lineItems", graph: `{"id":"1","lineItems":7}`},
		{path: "lineItems.pageInfo.hasNextPage", graph: `{"id":"1","lineItems":{"nodes":[],"pageInfo":{"hasNextPage":true}}}`},
		{path: "lineItems.nodes[0].id", graph: `{"id":"1","lineItems":{"nodes":[{"quantity":1}]}}`},
		{path: "line_items[0].id", rest: `{"id":1,"line_items":[{"quantity":1}]}`},
		{path: "lineItems.nodes[0].taxLines[0].rate", graph: `{"id":"1","lineItems":{"nodes":[{"id":"5","taxLines":[{"rate":"x"}]}]}}`},
		{path: "line_items[0].tax_lines[0].rate", rest: `{"id":1,"line_items":[{"id":5,"tax_lines":[{"rate":"x"}]}]}`},
		{path: "lineItems.nodes[0].discountAllocations[0].allocatedAmountSet", graph: `{"id":"1","lineItems":{"nodes":[{"id":"5","discountAllocations":[{"allocatedAmountSet":[1]}]}]}}`},
		{path: "lines[1].id", graph: `{"id":"1","lineItems":{"nodes":[{"id":"5"},{"id":"5"}]}}`, rest: `{"id":1,"line_items":[{"id":5},{"id":5}]}`},
		{path: "refunds[0].refundLineItems.nodes[0].quantity", graph: `{"id":"1","refunds":[{"id":"9","refundLineItems":{"nodes":[{"lineItem":{"id":"5"},"quantity":"x"}]}}]}`},
		{path: "refunds[0].refund_line_items[0].quantity", rest: `{"id":1,"refunds":[{"id":9,"refund_line_items":[{"line_item_id":5,"quantity":"x"}]}]}`},
		{path: "transactions[0].amount", rest: `{"id":1,"transactions":[{"id":2,"amount":"x"}]}`},
		{path: "fulfillments[0].line_items[0].quantity", rest: `{"id":1,"fulfillments":[{"id":2,"line_items":[{"id":3,"quantity":"x"}]}]}`},
	} {
		for _, decode := range []struct {
			body string
			run  func(canonical.Channel, json.RawMessage) (canonical.Order, error)
		}{{test.graph, shopify.DecodeOrder}, {test.rest, shopify.DecodeRESTOrder}} {
			if decode.body == "" {
				continue
			}
			_, err := decode.run(channel, json.RawMessage(decode.body))
			var failure *marketplace.Error
			if !errors.As(err, &failure) || failure.Path != test.path || failure.Code != marketplace.CodeInvalid {
				t.Errorf("%s: want the path %q, got %v", decode.body, test.path, err)
			}
		}
	}
}
