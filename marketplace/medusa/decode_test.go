package medusa_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/medusa"
)

// payload wraps fields in an otherwise complete order.
func payload(fields string) json.RawMessage {
	return json.RawMessage(`{"id":"order_1","display_id":7,"created_at":"2026-03-01T12:00:00.000Z","updated_at":"2026-03-01T12:00:00.000Z",` + fields + `}`)
}

func TestDecode(t *testing.T) {
	t.Parallel()
	const shirt = `"items":[{"id":"i1","variant_sku":"TS-M","quantity":2,"unit_price":10,"tax_lines":[{"code":"SE25","rate":25}]}]`
	tests := []struct {
		name string
		body json.RawMessage
		// want is what must hold; invalid is a part of Validate's error, "" if the order is valid.
		want    func(canonical.Order) bool
		invalid string
	}{
		{
			name: "tax excluded, captured", body: payload(`"status":"pending","payment_status":"captured","currency_code":"eur","total":25,` + shirt),
			want: func(o canonical.Order) bool {
				return o.Status == canonical.StatusConfirmed && o.Totals.Net.Shop.String() == "20" && o.Totals.Tax.Shop.String() == "5" &&
					!o.PricesIncludeTax && o.Number == "7" && o.Currency == "EUR"
			},
		},
		{
			name: "tax included", body: payload(`"status":"pending","payment_status":"authorized","currency_code":"eur","total":59.97,
				"items":[{"id":"i1","variant_sku":"TS-M","quantity":3,"unit_price":19.99,"is_tax_inclusive":true,"tax_lines":[{"rate":25}]}]`),
			want: func(o canonical.Order) bool {
				// 59.97 ÷ 1.25 = 47.976.
				return o.PricesIncludeTax && o.Totals.Net.Shop.String() == "47.98" && o.Totals.Tax.Shop.String() == "11.99" &&
					o.Lines[0].UnitPrice.Shop.String() == "19.99"
			},
		},
		{
			name: "the exact value wins over the number", body: payload(`"status":"pending","payment_status":"captured","currency_code":"eur","total":131.21000000000001,"raw_total":{"value":"131.2125","precision":20},
				"items":[{"id":"i1","quantity":1,"unit_price":0,"raw_unit_price":{"value":"104.97","precision":20},"tax_lines":[{"rate":0,"raw_rate":{"value":"25"}}]}]`),
			want: func(o canonical.Order) bool { return o.Totals.Grand.Shop.String() == "131.21" },
		},
		{
			name: "no decimals", body: payload(`"status":"pending","payment_status":"captured","currency_code":"jpy","total":1650,
				"items":[{"id":"i1","quantity":1,"unit_price":1500,"tax_lines":[{"rate":10}]}]`),
			want: func(o canonical.Order) bool { return o.Totals.Grand.Shop.String() == "1650" },
		},
		{
			name: "three decimals", body: payload(`"status":"pending","payment_status":"captured","currency_code":"kwd","total":1.2345,
				"items":[{"id":"i1","quantity":1,"unit_price":1.2345,"tax_lines":[]}]`),
			want: func(o canonical.Order) bool { return o.Lines[0].Total.Shop.String() == "1.235" },
		},
		{
			name: "a promotion on item and shipping", body: payload(`"status":"pending","payment_status":"captured","currency_code":"eur","total":28.125,
				"items":[{"id":"i1","quantity":2,"unit_price":10,"tax_lines":[{"rate":25}],"adjustments":[{"id":"a1","promotion_id":"p","code":"TEN","amount":2}]}],
				"shipping_methods":[{"id":"s1","name":"Standard","amount":5,"tax_lines":[{"rate":25}],"adjustments":[{"id":"a2","promotion_id":"p","code":"TEN","amount":0.5}]}]`),
			want: func(o canonical.Order) bool {
				return len(o.Discounts) == 1 && o.Discounts[0].Code == "TEN" && o.Totals.Discount.Shop.String() == "2.5" &&
					o.Lines[1].Kind == canonical.LineShipping && o.Lines[1].Total.Shop.String() == "4.5"
			},
		},
		{
			name: "a discount that includes tax", body: payload(`"status":"pending","payment_status":"captured","currency_code":"eur","total":22.5,
				"items":[{"id":"i1","quantity":2,"unit_price":10,"tax_lines":[{"rate":25}],"adjustments":[{"id":"a1","code":"X","amount":2.5,"is_tax_inclusive":true}]}]`),
			want: func(o canonical.Order) bool { return o.Totals.Discount.Shop.String() == "2" },
		},
		{
			name: "a free return label is no line", body: payload(`"status":"pending","payment_status":"captured","currency_code":"eur","total":25,` + shirt + `,
				"shipping_methods":[{"id":"s1","amount":0,"detail":{"return_id":"ret_1"}}]`),
			want: func(o canonical.Order) bool { return len(o.Lines) == 1 },
		},
		{
			name: "what came back is still sold", body: payload(`"status":"pending","payment_status":"captured","currency_code":"eur","total":0,
				"items":[{"id":"i1","variant_sku":"TS-M","quantity":2,"unit_price":10,"tax_lines":[{"rate":25}],"return_received_total":12.5,"return_dismissed_total":12.5,
				"detail":{"shipped_quantity":2,"delivered_quantity":2,"return_requested_quantity":0,"return_received_quantity":1,"return_dismissed_quantity":1}}]`),
			want: func(o canonical.Order) bool {
				q := o.Lines[0].Qty
				return o.Totals.Grand.Shop.String() == "25" && q.ReturnReceived.String() == "2" && q.ReturnDamaged.String() == "1"
			},
		},
		{
			name: "store credit paid a part", body: payload(`"status":"pending","payment_status":"captured","currency_code":"eur","total":15,"credit_line_total":10,` + shirt + `,
				"credit_lines":[{"id":"c1","reference":"gift","version":1,"amount":10},{"id":"c2","version":2,"amount":3}],
				"payment_collections":[{"payments":[{"id":"p1","amount":15,"captures":[{"id":"k1","amount":15}]}]}]`),
			want: func(o canonical.Order) bool {
				return o.Totals.Grand.Shop.String() == "25" && o.Totals.Paid.Shop.String() == "25" && o.Payments[2].Kind == canonical.PaymentStoreCredit
			},
		},
		{
			name: "refunded twice", body: payload(`"status":"pending","payment_status":"partially_refunded","currency_code":"eur","total":25,` + shirt + `,
				"payment_collections":[{"payments":[{"id":"p1","amount":25,"captures":[{"id":"k1","amount":25}],
				"refunds":[{"id":"r1","amount":5,"note":"late","created_at":"2026-03-02T12:00:00Z"},{"id":"r2","amount":1,"created_at":"2026-03-03T12:00:00Z"}]}]}]`),
			want: func(o canonical.Order) bool {
				return len(o.Adjustments) == 2 && o.Adjustments[0].Reason == "late" && o.Revision.UpdatedAt.Day() == 3 && o.Totals.Grand.Shop.String() == "25"
			},
		},
		{
			name: "not paid yet", body: payload(`"status":"pending","payment_status":"awaiting","currency_code":"eur","total":25,` + shirt),
			want: func(o canonical.Order) bool { return o.Status == canonical.StatusPending },
		},
		{
			name: "nothing to pay", body: payload(`"status":"pending","payment_status":"not_paid","currency_code":"eur","total":0,"items":[{"id":"i1","quantity":1,"unit_price":0}]`),
			want: func(o canonical.Order) bool { return o.Status == canonical.StatusConfirmed },
		},
		{
			name: "an unknown status", body: payload(`"status":"frozen","payment_status":"captured","currency_code":"eur","total":25,` + shirt),
			want: func(o canonical.Order) bool { return o.Status == canonical.StatusOther && o.RawStatus == "frozen" },
		},
		{
			name: "shipped to the billing address, a province with its country", body: payload(`"status":"pending","payment_status":"captured","currency_code":"usd","total":25,
				"billing_address":{"first_name":"Ada","address_1":"1 Main St","country_code":"us","province":"us-ca"},"shipping_address":null,` + shirt),
			want: func(o canonical.Order) bool {
				return o.ShipTo != nil && o.ShipTo.State == "CA" && o.ShipTo.Country == "US" && o.Buyer.Name == "Ada"
			},
		},
		{
			name: "a gift card sold", body: payload(`"status":"pending","payment_status":"captured","currency_code":"eur","total":50,"items":[{"id":"i1","quantity":1,"unit_price":50,"is_giftcard":true}]`),
			want: func(o canonical.Order) bool { return o.Lines[0].Kind == canonical.LineGiftCard },
		},
		{
			// The line's detail has an id of its own, which is all that differs; the total counts both.
			name: "a line and its shipping that writes which met have doubled", body: payload(`"status":"pending","payment_status":"captured","currency_code":"eur","total":62.5,
				"items":[{"id":"i1","quantity":2,"unit_price":10,"tax_lines":[{"rate":25}],"detail":{"id":"d1","shipped_quantity":1}},
					{"id":"i1","quantity":2,"unit_price":10,"tax_lines":[{"rate":25}],"detail":{"id":"d2","shipped_quantity":1}}],
				"shipping_methods":[{"id":"s1","name":"Standard","amount":5,"tax_lines":[{"rate":25}]},{"id":"s1","name":"Standard","amount":5,"tax_lines":[{"rate":25}]}]`),
			want: func(o canonical.Order) bool {
				return len(o.Lines) == 2 && o.Totals.Grand.Shop.String() == "31.25" && o.Lines[0].Qty.Shipped.String() == "1"
			},
		},
		{
			name: "a line that was doubled came back", body: payload(`"status":"pending","payment_status":"captured","currency_code":"eur","total":25,
				"items":[{"id":"i1","quantity":2,"unit_price":10,"tax_lines":[{"rate":25}],"return_received_total":12.5,"detail":{"shipped_quantity":2,"return_received_quantity":1}},
					{"id":"i1","quantity":2,"unit_price":10,"tax_lines":[{"rate":25}],"return_received_total":12.5,"detail":{"shipped_quantity":2,"return_received_quantity":1}}]`),
			want: func(o canonical.Order) bool {
				return len(o.Lines) == 1 && o.Totals.Grand.Shop.String() == "25" && o.Lines[0].Qty.ReturnReceived.String() == "1"
			},
		},
		{
			name: "a wrong total stays visible", body: payload(`"status":"pending","payment_status":"captured","currency_code":"eur","total":25.05,` + shirt),
			invalid: "totals.net",
		},
		{
			name: "an unknown currency stays visible", body: payload(`"status":"pending","payment_status":"captured","currency_code":"xxx","total":25,` + shirt),
			invalid: "currency",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			order, err := medusa.DecodeOrder(channel, test.body)
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
				text, _ := json.MarshalIndent(order, "", " ")
				t.Errorf("not as expected: %s", text)
			}
		})
	}
}

func TestDecodeErrorsNameTheField(t *testing.T) {
	t.Parallel()
	for path, body := range map[string]string{
		"":                                  `[]`,
		"id":                                `{"id":"a b"}`,
		"created_at":                        `{"id":"o","created_at":"yesterday"}`,
		"total":                             `{"id":"o","raw_total":{"value":"a lot"}}`,
		"items":                             `{"id":"o","items":[7]}`,
		"items[0].id":                       `{"id":"o","items":[{"quantity":1}]}`,
		"items[0].quantity":                 `{"id":"o","items":[{"id":"i","quantity":[1]}]}`,
		"items[0].tax_lines[0].rate":        `{"id":"o","items":[{"id":"i","tax_lines":[{"rate":"x"}]}]}`,
		"items[0].adjustments[0].amount":    `{"id":"o","items":[{"id":"i","adjustments":[{"amount":"x"}]}]}`,
		"items[1].id":                       `{"id":"o","items":[{"id":"i","quantity":1},{"id":"i","quantity":2}]}`,
		"shipping_methods[1].id":            `{"id":"o","shipping_methods":[{"id":"s","amount":1},{"id":"s","amount":2}]}`,
		"fulfillments[0].items[0].quantity": `{"id":"o","fulfillments":[{"id":"f","items":[{"quantity":"x"}]}]}`,
		"payment_collections[0].payments[0].refunds[0].amount": `{"id":"o","payment_collections":[{"payments":[{"id":"p","refunds":[{"amount":"x"}]}]}]}`,
	} {
		_, err := medusa.DecodeOrder(channel, json.RawMessage(body))
		var failure *marketplace.Error
		if !errors.As(err, &failure) || failure.Path != path {
			t.Errorf("%s: got %v", path, err)
		}
	}
}
