package returns

import (
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// Facts are what is known of the order in Odoo when an event is applied. Read them anew each time. "Otherwise" means not by
// this case: by other returns and by hand.
type Facts struct {
	// Known is false if Odoo has no such order.
	Known bool
	// Order is the order's key, for returns that name its number only.
	Order             canonical.Key
	Cancelled, Locked bool
	// Currency is that of the order in Odoo.
	Currency canonical.Currency
	// PlacedAt, ShippedAt (of the last delivery) and DeliveredAt are UTC, zero if unknown.
	PlacedAt, ShippedAt, DeliveredAt time.Time
	Lines                            []LineFacts
	// Shipping is the order's shipping charge.
	Shipping ShippingFacts
	// Paid is what was paid in all; Refunded what was given back otherwise.
	Paid, Refunded decimal.Decimal
	// Payments are those that can be refunded, oldest first. Without any, refunds name none.
	Payments []PaymentFacts
	// Booked are the credit notes in Odoo that the settlements of the return made, in their order: also those of a case that was lost.
	Booked []BookedSettlement
	// Astray are units that people moved from where they wait for their inspection to where the rules, or what was found in them, do not
	// have them; AstrayKnown is false as long as that was not read.
	Astray      []AstrayUnits
	AstrayKnown bool
	// Can is what the platform can do.
	Can Capabilities
}

// AstrayUnits are units of a line of the return that people moved elsewhere.
type AstrayUnits struct {
	Line string
	Qty  decimal.Decimal
	// Where is for people: how many went where, by which records.
	Where string
}

// LineFacts are what is known of one line of the order.
type LineFacts struct {
	// ID is the channel's.
	ID, SKU string
	// Goods: a thing that is shipped. Others cannot be returned.
	Goods bool
	// KitMember: a component of a kit that is sold as one.
	KitMember bool
	// OtherSide: Odoo sold the other side of the kit, which is the kit for a component and its components for a kit.
	OtherSide bool
	// Components are the SKUs of what Odoo delivered for the line if it delivered it as the components of a kit.
	Components []string
	// KitProblem is why units of such a line cannot be told from its components; empty: they can.
	KitProblem string
	// UnitProblem is why units of a line that Odoo delivered in another unit of measure than it was ordered in cannot be told; empty: they can.
	UnitProblem string
	// Tags of the product.
	Tags []string
	// Tracked: by lot or serial number. Lots are those that were shipped.
	Tracked bool
	Lots    []LotUnits
	// Qty is what Net and Tax are for.
	Qty, Net, Tax decimal.Decimal
	// Shipped is what has left, Returned what comes or came back otherwise.
	Shipped, Returned decimal.Decimal
	// Uninvoiced are the shipped units that no invoice is for.
	Uninvoiced decimal.Decimal
	// What was refunded otherwise.
	RefundedQty, RefundedNet, RefundedTax decimal.Decimal
}

// ShippingFacts are an order's shipping charge, and what of it was refunded otherwise.
type ShippingFacts struct {
	Net, Tax, RefundedNet, RefundedTax decimal.Decimal
}

// PaymentFacts are one payment, and what of it was refunded otherwise.
type PaymentFacts struct {
	ID               string
	Kind             canonical.PaymentKind
	Amount, Refunded decimal.Decimal
}

// BookedSettlement is the credit note of a settlement.
type BookedSettlement struct {
	// Name is the [ShortName] of the settlement's id, Record what people see.
	Name, Record string
	// Lines are what it credits of each line of the order.
	Lines map[string]BookedLine
}

// BookedLine is what a credit note credits of a line of the order, fees aside.
type BookedLine struct{ Qty, Net, Tax decimal.Decimal }
