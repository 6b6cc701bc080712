package mapping

import (
	"github.com/retailsync/retailsync/canonical"
)

// RulesVersion is the version of the rules' schema that this package reads and writes.
const RulesVersion = 1

// Rules say how each channel of one environment maps to one Odoo database. They are written as
// YAML (see docs/rules.md and [LoadFile]) or as Go values; both are checked by the same
// [Rules.Validate].
//
// Rules are values: nothing in this package changes them after they are loaded, so they may be
// shared by any number of goroutines that only read them.
type Rules struct {
	// Version is [RulesVersion]. Required.
	Version int `yaml:"version"`
	// Edition numbers what the rules say: give each change that is put into service a higher one. [Promote] refuses a lower one. It is no part
	// of the [Rules.Digest]. Default: 0, which is only put into service first.
	Edition int `yaml:"edition"`
	// Defaults apply to every channel. What a channel says itself wins: single values replace,
	// maps are joined key by key, and of lists of rules the channel's come with those defaults that
	// do not have the same conditions. Lists of words (customers.match, relay_emails, tags,
	// statuses.import) replace as a whole.
	Defaults ChannelRules `yaml:"defaults"`
	// Channels are the rules by channel; in YAML the key is "name/account". At least one.
	Channels map[canonical.Channel]ChannelRules `yaml:"channels"`
}

// ChannelRules are the rules of one channel. The zero value of every field means "not said": the
// defaults apply, then what the field's comment names. All matching of words and patterns ignores
// letter case and surrounding space, except that of SKUs, which must be equal byte for byte.
type ChannelRules struct {
	// Workflows turns workflows of the channel on and off, so that a channel goes live step by step. One that is off runs as a dry run: what
	// comes is read and shown in the report, and neither Odoo nor the channel is written to; turned on, it takes all of it up. Default: on.
	Workflows map[Workflow]bool `yaml:"workflows"`
	// Company is the database id of the Odoo company that gets the orders. 0: the Odoo user's own.
	Company int64 `yaml:"company"`
	// CurrencyView says which of an order's two currencies is posted. Default: [ViewShop].
	CurrencyView CurrencyView `yaml:"currency_view"`
	// Customers says how buyers become partners.
	Customers CustomerRules `yaml:"customers"`
	// Products says how goods are found.
	Products ProductRules `yaml:"products"`
	// Lines gives the product for each kind of line that is no goods (shipping, fees, tips, …).
	Lines map[canonical.LineKind]LineRule `yaml:"lines"`
	// Bundles says which side of a kit becomes Odoo lines. Default: [BundleParent].
	Bundles BundleSide `yaml:"bundles"`
	// Taxes maps the channel's taxes. Each tax of an order must match a rule.
	Taxes []TaxRule `yaml:"taxes"`
	// Totals says what may be done to reach exact totals.
	Totals TotalsRules `yaml:"totals"`
	// FiscalPositions chooses Odoo's fiscal position. No match: none is set.
	FiscalPositions []FiscalPositionRule `yaml:"fiscal_positions"`
	// ShippingMethods maps shipping methods to carriers. If there are any rules, each order's
	// method must match one.
	ShippingMethods []ShippingRule `yaml:"shipping_methods"`
	// PaymentMethods maps gateways to journals. If there are any rules, each gateway must match one.
	PaymentMethods []PaymentRule `yaml:"payment_methods"`
	// GiftCardsUsed says how a gift card that was used to pay shows in Odoo.
	GiftCardsUsed GiftCardRule `yaml:"gift_cards_used"`
	// Warehouse serves what no rule of Warehouses places. Default: Odoo's own choice.
	Warehouse Ref `yaml:"warehouse"`
	// Warehouses maps the channel's locations. If there are any rules, each location must match one.
	Warehouses []WarehouseRule `yaml:"warehouses"`
	// ChannelWarehouse holds the stock that the channel ships itself (as Amazon does from its own centres). Orders that it
	// ships are delivered from there, as far as the channel says that they have left. Default: such orders are like others.
	ChannelWarehouse Ref `yaml:"channel_warehouse"`
	// Stock says what the channel shows as sellable.
	Stock StockRules `yaml:"stock"`
	// Shipments says what the channel hears of deliveries.
	Shipments ShipmentRules `yaml:"shipments"`
	// Cancellations says what the channel hears of what is cancelled in Odoo.
	Cancellations CancellationRules `yaml:"cancellations"`
	// Returns says what becomes of returns.
	Returns ReturnRules `yaml:"returns"`
	// Settlements says how the settlements of a payment provider are booked. Default: they are not.
	Settlements SettlementRules `yaml:"settlements"`
	// Prices says what the channel charges. Default: nothing is sent.
	Prices []PriceRule `yaml:"prices"`
	// Listings says what the channel's listings take from Odoo's products. Default: they are left alone.
	Listings ListingRules `yaml:"listings"`
	// Pricelists is the pricelist by the currency that is posted. If there is any, each currency
	// must have one.
	Pricelists map[canonical.Currency]Ref `yaml:"pricelist"`
	// Team is the sales team, Salesperson the responsible Odoo user. Default: none.
	Team        Ref `yaml:"team"`
	Salesperson Ref `yaml:"salesperson"`
	// OrderPrefix stands before the channel's order number in Odoo's customer reference ("WEB-").
	OrderPrefix string `yaml:"order_prefix"`
	// Tags are put on each sale order.
	Tags []Ref `yaml:"tags"`
	// Statuses says which orders are imported, and what the channel's own status words mean.
	Statuses StatusRules `yaml:"statuses"`
	// Ownership says who owns a field once its record exists in Odoo.
	Ownership Ownership `yaml:"ownership"`
}

// CurrencyView is which currency of an order is posted to Odoo, refunds included.
type CurrencyView string

// The currency views.
const (
	ViewShop        CurrencyView = "shop"        // the shop's own currency
	ViewPresentment CurrencyView = "presentment" // the currency that the shopper paid in
)

// BundleSide is which side of a kit becomes Odoo lines.
type BundleSide string

// The sides of a kit.
const (
	BundleParent  BundleSide = "parent"  // the kit itself (Odoo may explode it by a phantom bill of materials)
	BundleMembers BundleSide = "members" // its components
)

// LineRule maps one kind of line that is no goods.
type LineRule struct {
	// Product is the Odoo product of the line, by id or SKU (default_code). Required.
	Product Ref `yaml:"product"`
}

// TotalsRules bound what may be done to reach exact totals.
type TotalsRules struct {
	// Tolerance is how far Odoo's total may be from the channel's, in minor units. It is always 0;
	// the key exists so that the rule can be read where people look for it.
	Tolerance int `yaml:"tolerance"`
	// Rounding allows a rounding line for what the database's price precision cannot express.
	Rounding RoundingRule `yaml:"rounding"`
}

// RoundingRule is the line that takes what the price precision cannot express.
type RoundingRule struct {
	// Product of the rounding line, by id or SKU. No product: no rounding line is ever added.
	Product Ref `yaml:"product"`
	// MaxMinorUnits bounds the line's amount per order, in minor units of the currency (cents).
	// Default: [DefaultMaxRounding]; at most [LimitMaxRounding].
	MaxMinorUnits int `yaml:"max_minor_units"`
}

// The bounds of a rounding line, in minor units.
const (
	DefaultMaxRounding = 5
	LimitMaxRounding   = 100
)

// GiftCardRule says how a used gift card shows in Odoo. It is never a discount: that would lower
// the taxable amount.
type GiftCardRule struct {
	// As is [GiftCardPayment] (default) or [GiftCardLine].
	As GiftCardUse `yaml:"as"`
	// Product is the liability product of the negative line, by id or SKU; with [GiftCardLine] only.
	Product Ref `yaml:"product"`
}

// GiftCardUse is how a used gift card shows.
type GiftCardUse string

// The uses of gift cards.
const (
	// GiftCardPayment leaves the order as it is: the card pays part of it.
	GiftCardPayment GiftCardUse = "payment"
	// GiftCardLine adds a negative untaxed line of the liability product.
	GiftCardLine GiftCardUse = "line"
)

// Bool is a pointer to b, for rules written as Go values.
func Bool(b bool) *bool { return &b }
