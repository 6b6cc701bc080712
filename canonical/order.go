package canonical

import (
	"encoding/json"
	"time"

	"github.com/govalues/decimal"
)

// Order is a channel's order as it stands now: a complete restatement, not a change.
// The order with the newest [Revision] wins.
type Order struct {
	Key Key `json:"key"`
	// Number is what the shopper sees ("#1042"); it may repeat and may change.
	Number   string   `json:"number,omitempty"`
	Revision Revision `json:"revision"`
	// PlacedAt is when the shopper placed the order, UTC.
	PlacedAt time.Time `json:"placed_at"`

	Status    Status `json:"status"`
	RawStatus string `json:"raw_status,omitempty"`
	// StatusReason is the channel's word for why (fraud, payment time-out, out of stock).
	StatusReason string `json:"status_reason,omitempty"`

	Currency            Currency `json:"currency"`
	PresentmentCurrency Currency `json:"presentment_currency,omitempty"`
	// PricesIncludeTax says how the shop displayed prices: [Line.UnitPrice] is gross when
	// true, net when false. Line totals are always net of tax.
	PricesIncludeTax bool `json:"prices_include_tax"`

	Buyer  Party    `json:"buyer"`
	BillTo *Address `json:"bill_to,omitempty"`
	ShipTo *Address `json:"ship_to,omitempty"`

	Lines        []Line        `json:"lines"`
	Discounts    []Discount    `json:"discounts,omitempty"`
	Payments     []Payment     `json:"payments,omitempty"`
	Fulfillments []Fulfillment `json:"fulfillments,omitempty"`
	Adjustments  []Adjustment  `json:"adjustments,omitempty"`
	Links        []Link        `json:"links,omitempty"`
	Flags        Flags         `json:"flags,omitzero"`
	Totals       Totals        `json:"totals"`

	// Note is the shopper's message to the shop.
	Note string `json:"note,omitempty"`
	// Ext keeps what the channel said and this model has no field for, by the channel's own name.
	Ext map[string]json.RawMessage `json:"ext,omitempty"`
}

// Revision orders the states of one object in time.
type Revision struct {
	// UpdatedAt is the channel's own time of the last change, UTC.
	UpdatedAt time.Time `json:"updated_at"`
	// Digest is a hash of the content that matters; equal digests mean nothing to do.
	Digest string `json:"digest,omitempty"`
}

// Flags are statements about the whole order.
type Flags struct {
	// Hold asks that the order be not confirmed yet (fraud review, address check).
	Hold bool `json:"hold,omitempty"`
	// Risk is the channel's verdict that the order may be fraudulent.
	Risk bool `json:"risk,omitempty"`
	// Business marks a sale to a company.
	Business bool `json:"business,omitempty"`
	// Test marks an order that must never reach a production database.
	Test bool `json:"test,omitempty"`
}

// Totals are the sums that the channel states. They are the channel's word against which
// the lines are checked; all but Paid are part of the order's own arithmetic.
type Totals struct {
	// Net is the sum of the net totals of all lines that are not cancelled, discounts
	// deducted, shipping, fees and duties included.
	Net Amount `json:"net"`
	// Tax is all tax, whoever collects it.
	Tax Amount `json:"tax"`
	// Grand is what the order costs the buyer before gift cards and store credit: Net + Tax.
	Grand Amount `json:"grand"`
	// Discount is the sum of all discounts, positive, net.
	Discount Amount `json:"discount,omitzero"`
	// Paid is what has been captured so far, by whatever means.
	Paid Amount `json:"paid,omitzero"`
}

// Line is one position of an order: goods, and everything else that has a price.
type Line struct {
	// ID is the channel's identifier of the line, unique within the order across all kinds.
	ID   string   `json:"id"`
	Kind LineKind `json:"kind"`
	// RawKind keeps the channel's word when Kind is [LineOther].
	RawKind string `json:"raw_kind,omitempty"`
	// ParentID names the bundle line that this line is a component of.
	ParentID string `json:"parent_id,omitempty"`

	SKU              string `json:"sku,omitempty"`
	Barcode          string `json:"barcode,omitempty"`
	ChannelProductID string `json:"channel_product_id,omitempty"`
	Title            string `json:"title,omitempty"`

	Qty LineQty `json:"qty"`
	// UnitPrice is the list price of one unit before discounts, gross or net by
	// [Order.PricesIncludeTax]. It may have more decimals than the currency and is informative:
	// Total and Taxes are what counts.
	UnitPrice Amount `json:"unit_price"`
	// Subtotal is the net price of the ordered quantity before discounts.
	Subtotal Amount `json:"subtotal"`
	// Discounts are this line's shares of discounts, positive, net; they sum to Subtotal − Total.
	Discounts []Allocation `json:"discounts,omitempty"`
	// Total is the net price of the open quantity (ordered − cancelled) after discounts, in whole
	// minor units of the currency.
	Total Amount `json:"total"`
	// Taxes on Total, in whole minor units each.
	Taxes []Tax `json:"taxes,omitempty"`

	FulfilledBy FulfilledBy       `json:"fulfilled_by,omitempty"`
	Location    string            `json:"location,omitempty"`
	Properties  map[string]string `json:"properties,omitempty"`
}

// LineQty counts one line's units by what happened to them. Units may be fractions
// (metres, kilograms). Statuses derive from these, not the other way round.
type LineQty struct {
	Ordered         decimal.Decimal `json:"ordered"`
	Cancelled       decimal.Decimal `json:"cancelled,omitzero"`
	Shipped         decimal.Decimal `json:"shipped,omitzero"`
	Delivered       decimal.Decimal `json:"delivered,omitzero"`
	ReturnRequested decimal.Decimal `json:"return_requested,omitzero"`
	ReturnReceived  decimal.Decimal `json:"return_received,omitzero"`
	ReturnDamaged   decimal.Decimal `json:"return_damaged,omitzero"`
	Refunded        decimal.Decimal `json:"refunded,omitzero"`
}

// Tax is one tax on one line.
type Tax struct {
	// Code is the channel's name of the tax ("SE25", "US-CA-RIVERSIDE").
	Code         string `json:"code,omitempty"`
	Jurisdiction string `json:"jurisdiction,omitempty"`
	// Rate is in percent (25 means 25 %); RateKnown is false when the channel does not say.
	Rate      decimal.Decimal `json:"rate"`
	RateKnown bool            `json:"rate_known"`
	Amount    Amount          `json:"amount"`
	Collector Collector       `json:"collector"`
}

// Discount is one promotion of the order; its effect on each line is in [Line.Discounts].
type Discount struct {
	// ID is what allocations refer to.
	ID string `json:"id"`
	// Code is what the shopper typed, if anything.
	Code  string `json:"code,omitempty"`
	Title string `json:"title,omitempty"`
	// Amount is the whole discount, positive, net.
	Amount Amount `json:"amount"`
}

// Allocation is one line's share of one discount.
type Allocation struct {
	DiscountID string `json:"discount_id"`
	Amount     Amount `json:"amount"`
}

// Payment is money that moved or is reserved. A gift card or store credit that is used is a
// payment, never a discount.
type Payment struct {
	ID       string        `json:"id"`
	Gateway  string        `json:"gateway,omitempty"`
	Kind     PaymentKind   `json:"kind"`
	Status   PaymentStatus `json:"status"`
	Amount   Amount        `json:"amount"`
	At       time.Time     `json:"at,omitzero"`
	ParentID string        `json:"parent_id,omitempty"`
}

// Fulfillment is one parcel or delivery as the channel knows it.
type Fulfillment struct {
	ID             string            `json:"id"`
	Status         FulfillmentStatus `json:"status"`
	Lines          []FulfillmentLine `json:"lines"`
	Carrier        string            `json:"carrier,omitempty"`
	TrackingNumber string            `json:"tracking_number,omitempty"`
	TrackingURL    string            `json:"tracking_url,omitempty"`
	ShippedAt      time.Time         `json:"shipped_at,omitzero"`
	// DeliveredAt is when the buyer got it, zero if the channel does not say.
	DeliveredAt time.Time `json:"delivered_at,omitzero"`
}

// FulfillmentLine is a quantity of one order line.
type FulfillmentLine struct {
	LineID string          `json:"line_id"`
	Qty    decimal.Decimal `json:"qty"`
}

// Adjustment is a later cancellation, refund or price change that the channel reports.
type Adjustment struct {
	ID     string           `json:"id"`
	Kind   AdjustmentKind   `json:"kind"`
	Reason string           `json:"reason,omitempty"`
	Lines  []AdjustmentLine `json:"lines,omitempty"`
	// Amount is the money given back, positive, tax included.
	Amount Amount    `json:"amount,omitzero"`
	At     time.Time `json:"at,omitzero"`
}

// AdjustmentLine is the part of an adjustment that concerns one line.
type AdjustmentLine struct {
	LineID string          `json:"line_id"`
	Qty    decimal.Decimal `json:"qty"`
	Net    Amount          `json:"net,omitzero"`
	Tax    Amount          `json:"tax,omitzero"`
}

// Link relates the order to another one.
type Link struct {
	Kind LinkKind `json:"kind"`
	Key  Key      `json:"key"`
}

// Party is the buyer. All of it is personal data.
type Party struct {
	// ID is the channel's customer id; empty for a guest.
	ID      string `json:"id,omitempty"`
	Name    string `json:"name,omitempty"`
	Email   string `json:"email,omitempty"`
	Phone   string `json:"phone,omitempty"`
	Company string `json:"company,omitempty"`
	VAT     string `json:"vat,omitempty"`
	// Language is a BCP 47 tag ("sv-SE").
	Language string `json:"language,omitempty"`
}

// Address is a postal address. All of it is personal data.
type Address struct {
	Name    string `json:"name,omitempty"`
	Company string `json:"company,omitempty"`
	Street  string `json:"street,omitempty"`
	Street2 string `json:"street2,omitempty"`
	City    string `json:"city,omitempty"`
	Zip     string `json:"zip,omitempty"`
	// State is the subdivision's code without the country ("CA"), or its name.
	State string `json:"state,omitempty"`
	// Country is ISO 3166-1 alpha-2, upper case.
	Country string `json:"country,omitempty"`
	Phone   string `json:"phone,omitempty"`
	Email   string `json:"email,omitempty"`
}
