package medusa

import (
	"encoding/json"

	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// The payloads of the Admin API, as far as they are read.

// raw is Medusa's exact number: {"value": "131.2125", "precision": 20}.
type raw = wire.Object[struct {
	Value wire.Text `json:"value"`
}]

// exact prefers the exact value to the number beside it, which may have lost digits.
func exact(precise raw, plain wire.Text) wire.Text {
	if precise.Present && !precise.Value.Value.IsEmpty() {
		return precise.Value.Value
	}
	return plain
}

type order struct {
	ID                wire.Text                               `json:"id"`
	DisplayID         wire.Text                               `json:"display_id"`
	CustomDisplayID   wire.Text                               `json:"custom_display_id"`
	Status            wire.Text                               `json:"status"`
	PaymentStatus     wire.Text                               `json:"payment_status"`
	FulfillmentStatus wire.Text                               `json:"fulfillment_status"`
	Created           wire.Text                               `json:"created_at"`
	Updated           wire.Text                               `json:"updated_at"`
	Email             wire.Text                               `json:"email"`
	Currency          wire.Text                               `json:"currency_code"`
	RegionID          wire.Text                               `json:"region_id"`
	SalesChannelID    wire.Text                               `json:"sales_channel_id"`
	CustomerID        wire.Text                               `json:"customer_id"`
	Locale            wire.Text                               `json:"locale"`
	Total             wire.Text                               `json:"total"`
	RawTotal          raw                                     `json:"raw_total"`
	CreditTotal       wire.Text                               `json:"credit_line_total"`
	RawCreditTotal    raw                                     `json:"raw_credit_line_total"`
	Metadata          wire.Object[map[string]json.RawMessage] `json:"metadata"`
	Billing           wire.Object[address]                    `json:"billing_address"`
	Shipping          wire.Object[address]                    `json:"shipping_address"`
	Customer          wire.Object[customer]                   `json:"customer"`
	Items             wire.List[item]                         `json:"items"`
	Methods           wire.List[method]                       `json:"shipping_methods"`
	CreditLines       wire.List[creditLine]                   `json:"credit_lines"`
	Collections       wire.List[collection]                   `json:"payment_collections"`
	Fulfillments      wire.List[fulfillment]                  `json:"fulfillments"`
}

type customer struct {
	Company wire.Text `json:"company_name"`
}

type address struct {
	FirstName wire.Text `json:"first_name"`
	LastName  wire.Text `json:"last_name"`
	Company   wire.Text `json:"company"`
	Address1  wire.Text `json:"address_1"`
	Address2  wire.Text `json:"address_2"`
	City      wire.Text `json:"city"`
	Country   wire.Text `json:"country_code"`
	Province  wire.Text `json:"province"`
	Postal    wire.Text `json:"postal_code"`
	Phone     wire.Text `json:"phone"`
}

type item struct {
	ID           wire.Text             `json:"id"`
	Created      wire.Text             `json:"created_at"`
	Title        wire.Text             `json:"title"`
	ProductTitle wire.Text             `json:"product_title"`
	VariantTitle wire.Text             `json:"variant_title"`
	VariantID    wire.Text             `json:"variant_id"`
	ProductID    wire.Text             `json:"product_id"`
	SKU          wire.Text             `json:"variant_sku"`
	Barcode      wire.Text             `json:"variant_barcode"`
	IsGiftCard   wire.Text             `json:"is_giftcard"`
	Inclusive    wire.Text             `json:"is_tax_inclusive"`
	UnitPrice    wire.Text             `json:"unit_price"`
	RawUnitPrice raw                   `json:"raw_unit_price"`
	Quantity     wire.Text             `json:"quantity"`
	RawQuantity  raw                   `json:"raw_quantity"`
	Detail       wire.Object[detail]   `json:"detail"`
	Variant      wire.Object[variant]  `json:"variant"`
	TaxLines     wire.List[taxLine]    `json:"tax_lines"`
	Adjustments  wire.List[adjustment] `json:"adjustments"`

	Returned     wire.Text `json:"return_received_total"`
	RawReturned  raw       `json:"raw_return_received_total"`
	Dismissed    wire.Text `json:"return_dismissed_total"`
	RawDismissed raw       `json:"raw_return_dismissed_total"`
}

type detail struct {
	Shipped         wire.Text `json:"shipped_quantity"`
	RawShipped      raw       `json:"raw_shipped_quantity"`
	Delivered       wire.Text `json:"delivered_quantity"`
	RawDelivered    raw       `json:"raw_delivered_quantity"`
	ReturnRequested wire.Text `json:"return_requested_quantity"`
	RawRequested    raw       `json:"raw_return_requested_quantity"`
	ReturnReceived  wire.Text `json:"return_received_quantity"`
	RawReceived     raw       `json:"raw_return_received_quantity"`
	ReturnDismissed wire.Text `json:"return_dismissed_quantity"`
	WrittenOff      wire.Text `json:"written_off_quantity"`
	RawDismissed    raw       `json:"raw_return_dismissed_quantity"`
}

type variant struct {
	EAN     wire.Text `json:"ean"`
	UPC     wire.Text `json:"upc"`
	Barcode wire.Text `json:"barcode"`
}

type taxLine struct {
	Code    wire.Text `json:"code"`
	Rate    wire.Text `json:"rate"`
	RawRate raw       `json:"raw_rate"`
}

type adjustment struct {
	ID          wire.Text `json:"id"`
	Code        wire.Text `json:"code"`
	PromotionID wire.Text `json:"promotion_id"`
	Description wire.Text `json:"description"`
	Inclusive   wire.Text `json:"is_tax_inclusive"`
	Amount      wire.Text `json:"amount"`
	RawAmount   raw       `json:"raw_amount"`
}

type method struct {
	ID          wire.Text             `json:"id"`
	Created     wire.Text             `json:"created_at"`
	Name        wire.Text             `json:"name"`
	OptionID    wire.Text             `json:"shipping_option_id"`
	Inclusive   wire.Text             `json:"is_tax_inclusive"`
	Amount      wire.Text             `json:"amount"`
	RawAmount   raw                   `json:"raw_amount"`
	TaxLines    wire.List[taxLine]    `json:"tax_lines"`
	Adjustments wire.List[adjustment] `json:"adjustments"`
	Detail      wire.Object[struct {
		ReturnID   wire.Text `json:"return_id"`
		ExchangeID wire.Text `json:"exchange_id"`
		ClaimID    wire.Text `json:"claim_id"`
	}] `json:"detail"`
}

type creditLine struct {
	ID        wire.Text `json:"id"`
	Version   wire.Text `json:"version"`
	Reference wire.Text `json:"reference"`
	Created   wire.Text `json:"created_at"`
	Amount    wire.Text `json:"amount"`
	RawAmount raw       `json:"raw_amount"`
}

type collection struct {
	ID       wire.Text          `json:"id"`
	Status   wire.Text          `json:"status"`
	Updated  wire.Text          `json:"updated_at"`
	Payments wire.List[payment] `json:"payments"`
}

type payment struct {
	ID        wire.Text           `json:"id"`
	Provider  wire.Text           `json:"provider_id"`
	Created   wire.Text           `json:"created_at"`
	Canceled  wire.Text           `json:"canceled_at"`
	Amount    wire.Text           `json:"amount"`
	RawAmount raw                 `json:"raw_amount"`
	Captures  wire.List[movement] `json:"captures"`
	Refunds   wire.List[movement] `json:"refunds"`
}

// movement is a capture or a refund.
type movement struct {
	ID        wire.Text `json:"id"`
	Created   wire.Text `json:"created_at"`
	Amount    wire.Text `json:"amount"`
	RawAmount raw       `json:"raw_amount"`
	Note      wire.Text `json:"note"`
}

type fulfillment struct {
	ID         wire.Text `json:"id"`
	Created    wire.Text `json:"created_at"`
	ProviderID wire.Text `json:"provider_id"`
	Provider   wire.Object[struct {
		ID wire.Text `json:"id"`
	}] `json:"provider"`
	Packed    wire.Text `json:"packed_at"`
	Shipped   wire.Text `json:"shipped_at"`
	Delivered wire.Text `json:"delivered_at"`
	Canceled  wire.Text `json:"canceled_at"`
	// Metadata is read where fulfilments are written.
	Metadata wire.Object[map[string]wire.Text] `json:"metadata"`
	Items    wire.List[struct {
		LineItemID  wire.Text `json:"line_item_id"`
		Quantity    wire.Text `json:"quantity"`
		RawQuantity raw       `json:"raw_quantity"`
	}] `json:"items"`
	Labels wire.List[struct {
		TrackingNumber wire.Text `json:"tracking_number"`
		TrackingURL    wire.Text `json:"tracking_url"`
	}] `json:"labels"`
}
