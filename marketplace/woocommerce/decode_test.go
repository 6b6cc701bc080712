package woocommerce_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
)

// payload wraps fields in an otherwise complete order.
func payload(fields string) json.RawMessage {
	return json.RawMessage(`{"id":5,"number":"5","date_created_gmt":"2026-03-01T12:00:00","date_modified_gmt":"2026-03-01T12:00:00",` + fields + `}`)
}

const taxes = `"tax_lines":[{"rate_id":1,"rate_code":"SE-25","rate_percent":25}]`

func TestDecode(t *testing.T) {
	t.Parallel()
	shipped := json.RawMessage(`{"id":90,"amount":"12.50","date_created_gmt":"2026-03-02T12:00:00","line_items":[{"id":91,"quantity":-1,"total":"-10.00","total_tax":"-2.50","meta_data":[{"key":"_refunded_item_id","value":"51"}]}]}`)
	line := `"line_items":[{"id":51,"name":"A &amp; B","product_id":7,"variation_id":8,"sku":"","quantity":2,"subtotal":"20.00","total":"20.00","total_tax":"5.00","taxes":[{"id":1,"total":"5"}]}]`
	tests := []struct {
		name    string
		body    json.RawMessage
		refunds []json.RawMessage
		// want is what must hold; invalid is a part of Validate's error, "" if the order is valid.
		want    func(canonical.Order) bool
		invalid string
	}{
		{
			name: "tax included, unrounded lines", body: payload(`"status":"processing","currency":"EUR","prices_include_tax":true,"total":"59.97","total_tax":"11.99",` + taxes +
				`,"line_items":[{"id":51,"quantity":1,"sku":"A","subtotal":"15.992000","subtotal_tax":"3.998000","total":"15.992000","total_tax":"3.998000","taxes":[{"id":1,"total":"3.998"}]},
				{"id":52,"quantity":2,"sku":"B","subtotal":"31.984000","subtotal_tax":"7.996","total":"31.984000","total_tax":"7.996","taxes":[{"id":1,"total":"7.996"}]}]`),
			want: func(o canonical.Order) bool {
				return o.Totals.Net.Shop.String() == "47.98" && o.Lines[0].UnitPrice.Shop.String() == "19.99"
			},
		},
		{
			name: "no decimals", body: payload(`"status":"on-hold","currency":"JPY","total":"1650","total_tax":"150","line_items":[{"id":51,"quantity":1,"subtotal":"1500","total":"1500","taxes":[{"id":1,"total":"150"}]}],"tax_lines":[{"rate_id":1,"rate_percent":"10"}]`),
			want: func(o canonical.Order) bool {
				return o.Status == canonical.StatusOnHold && o.Totals.Grand.Shop.String() == "1650"
			},
		},
		{
			name: "three decimals", body: payload(`"status":"processing","currency":"KWD","total":"1.235","total_tax":"0","line_items":[{"id":51,"quantity":1,"subtotal":"1.2345","total":"1.2345","taxes":[]}]`),
			want: func(o canonical.Order) bool { return o.Lines[0].Total.Shop.String() == "1.235" },
		},
		{
			name: "two coupons and a price changed by hand", body: payload(`"status":"processing","currency":"EUR","total":"85.00","total_tax":"0","line_items":[{"id":51,"quantity":1,"subtotal":"50","total":"40","taxes":[]},{"id":52,"quantity":1,"subtotal":"50","total":"45","taxes":[]}],"coupon_lines":[{"id":61,"code":"a","discount":"10"},{"id":62,"code":"b","discount":"5"}]`),
			want: func(o canonical.Order) bool {
				return len(o.Discounts) == 2 && o.Totals.Discount.Shop.String() == "15" && len(o.Lines[0].Discounts) == 2
			},
		},
		{
			name: "negative fee", body: payload(`"status":"processing","currency":"EUR","total":"22.50","total_tax":"4.50",` + taxes + `,` + line + `,"fee_lines":[{"id":71,"name":"Loyal","total":"-2.00","total_tax":"-0.50","taxes":[{"id":1,"total":"-0.5"}]}]`),
			want: func(o canonical.Order) bool {
				return o.Lines[1].Kind == canonical.LineDiscount && o.Totals.Discount.Shop.String() == "2"
			},
		},
		{
			name: "refunded before shipping is cancelled", body: payload(`"status":"processing","currency":"EUR","total":"25.00","total_tax":"5.00","date_paid_gmt":"2026-03-01T12:00:00",` + taxes + `,` + line), refunds: []json.RawMessage{shipped},
			want: func(o canonical.Order) bool {
				l := o.Lines[0]
				return l.Qty.Cancelled.String() == "1" && l.Total.Shop.String() == "10" && o.Totals.Grand.Shop.String() == "12.5" &&
					o.Adjustments[0].Kind == canonical.AdjustmentCancel && o.Revision.UpdatedAt.Day() == 2
			},
		},
		{
			name: "refunded after shipping is refunded", body: payload(`"status":"completed","date_completed_gmt":"2026-03-01T18:00:00","currency":"EUR","total":"25.00","total_tax":"5.00","date_paid_gmt":"2026-03-01T12:00:00",` + taxes + `,` + line), refunds: []json.RawMessage{shipped},
			want: func(o canonical.Order) bool {
				l := o.Lines[0]
				return l.Qty.Cancelled.IsZero() && l.Qty.Refunded.String() == "1" && l.Qty.Shipped.String() == "2" &&
					o.Totals.Grand.Shop.String() == "25" && o.Adjustments[0].Kind == canonical.AdjustmentRefund && o.Adjustments[0].Amount.Shop.String() == "12.5"
			},
		},
		{
			name: "a plugin's status, odd types, nothing shipped to", body: payload(`"status":"wc-packing","currency":"eur","total":25.00,"total_tax":"5","billing":{"first_name":"Ada","address_1":"Storgatan 5","country":"se"},"shipping":[],"coupon_lines":null,"fee_lines":"",` + taxes + `,` + strings.Replace(line, `"quantity":2`, `"quantity":"2"`, 1)),
			want: func(o canonical.Order) bool {
				return o.Status == canonical.StatusOther && o.RawStatus == "wc-packing" && o.ShipTo != nil && o.ShipTo.Country == "SE" &&
					o.Lines[0].Title == "A & B" && o.Lines[0].ChannelProductID == "8" && o.Buyer.ID == ""
			},
		},
		{
			name: "a wrong total stays visible", body: payload(`"status":"processing","currency":"EUR","total":"25.03","total_tax":"5.00",` + taxes + `,` + line),
			invalid: "totals.net",
		},
		{
			name: "an unknown currency stays visible", body: payload(`"status":"processing","currency":"XXX","total":"25.00","total_tax":"5.00",` + taxes + `,` + line),
			invalid: "currency",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			order, err := woocommerce.DecodeOrder(channel, test.body, test.refunds...)
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
		"total":                        `{"id":5,"total":"N/A"}`,
		"id":                           `{"id":"x"}`,
		"line_items[0].total":          `{"id":5,"line_items":[{"id":1,"total":[1]}]}`,
		"line_items[0].taxes[0].total": `{"id":5,"line_items":[{"id":1,"taxes":[{"id":1,"total":"x"}]}]}`,
		"line_items":                   `{"id":5,"line_items":[7]}`,
		"date_modified_gmt":            `{"id":5,"date_modified_gmt":"yesterday"}`,
	} {
		_, err := woocommerce.DecodeOrder(channel, json.RawMessage(body))
		var failure *marketplace.Error
		if !errors.As(err, &failure) || failure.Path != path {
			t.Errorf("%s: got %v", path, err)
		}
	}
}
