package woocommerce

import (
	"encoding/json"

	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// The payloads of REST v3, as far as they are read. Each field may be anything: plugins rewrite them.

type order struct {
	ID            wire.Text `json:"id"`
	Number        wire.Text `json:"number"`
	Status        wire.Text `json:"status"`
	Currency      wire.Text `json:"currency"`
	Created       wire.Text `json:"date_created_gmt"`
	Modified      wire.Text `json:"date_modified_gmt"`
	Paid          wire.Text `json:"date_paid_gmt"`
	Completed     wire.Text `json:"date_completed_gmt"`
	Total         wire.Text `json:"total"`
	TotalTax      wire.Text `json:"total_tax"`
	IncludesTax   wire.Text `json:"prices_include_tax"`
	CustomerID    wire.Text `json:"customer_id"`
	CustomerNote  wire.Text `json:"customer_note"`
	PaymentMethod wire.Text `json:"payment_method"`
	TransactionID wire.Text `json:"transaction_id"`
	CreatedVia    wire.Text `json:"created_via"`

	Billing  wire.Object[address] `json:"billing"`
	Shipping wire.Object[address] `json:"shipping"`

	Items         wire.List[item]         `json:"line_items"`
	ShippingLines wire.List[shippingLine] `json:"shipping_lines"`
	Fees          wire.List[fee]          `json:"fee_lines"`
	Coupons       wire.List[coupon]       `json:"coupon_lines"`
	TaxLines      wire.List[taxLine]      `json:"tax_lines"`
	Meta          wire.List[meta]         `json:"meta_data"`
}

type address struct {
	FirstName wire.Text `json:"first_name"`
	LastName  wire.Text `json:"last_name"`
	Company   wire.Text `json:"company"`
	Address1  wire.Text `json:"address_1"`
	Address2  wire.Text `json:"address_2"`
	City      wire.Text `json:"city"`
	State     wire.Text `json:"state"`
	Postcode  wire.Text `json:"postcode"`
	Country   wire.Text `json:"country"`
	Email     wire.Text `json:"email"`
	Phone     wire.Text `json:"phone"`
}

// amounts are what all kinds of lines have.
type amounts struct {
	ID       wire.Text          `json:"id"`
	Total    wire.Text          `json:"total"`
	TotalTax wire.Text          `json:"total_tax"`
	Taxes    wire.List[lineTax] `json:"taxes"`
	Meta     wire.List[meta]    `json:"meta_data"`
}

type lineTax struct {
	RateID wire.Text `json:"id"`
	Total  wire.Text `json:"total"`
}

type item struct {
	amounts
	Name        wire.Text `json:"name"`
	ProductID   wire.Text `json:"product_id"`
	VariationID wire.Text `json:"variation_id"`
	Quantity    wire.Text `json:"quantity"`
	Subtotal    wire.Text `json:"subtotal"`
	SubtotalTax wire.Text `json:"subtotal_tax"`
	SKU         wire.Text `json:"sku"`
	GlobalID    wire.Text `json:"global_unique_id"`
}

type shippingLine struct {
	amounts
	MethodTitle wire.Text `json:"method_title"`
	MethodID    wire.Text `json:"method_id"`
}

type fee struct {
	amounts
	Name wire.Text `json:"name"`
}

type coupon struct {
	ID       wire.Text `json:"id"`
	Code     wire.Text `json:"code"`
	Discount wire.Text `json:"discount"`
}

type taxLine struct {
	RateID      wire.Text `json:"rate_id"`
	RateCode    wire.Text `json:"rate_code"`
	RatePercent wire.Text `json:"rate_percent"`
	Compound    wire.Text `json:"compound"`
}

type refund struct {
	ID            wire.Text               `json:"id"`
	Created       wire.Text               `json:"date_created_gmt"`
	Amount        wire.Text               `json:"amount"`
	Reason        wire.Text               `json:"reason"`
	Items         wire.List[item]         `json:"line_items"`
	ShippingLines wire.List[shippingLine] `json:"shipping_lines"`
	Fees          wire.List[fee]          `json:"fee_lines"`
}

type meta struct {
	ID    wire.Text `json:"id"`
	Key   wire.Text `json:"key"`
	Value wire.Text `json:"value"`
	raw   json.RawMessage
}

// UnmarshalJSON keeps the value also as it is.
func (m *meta) UnmarshalJSON(data []byte) error {
	var fields struct {
		ID    wire.Text       `json:"id"`
		Key   wire.Text       `json:"key"`
		Value json.RawMessage `json:"value"`
	}
	if err := json.Unmarshal(data, &fields); err != nil {
		return err
	}
	*m = meta{ID: fields.ID, Key: fields.Key, raw: fields.Value}
	return m.Value.UnmarshalJSON(fields.Value)
}
