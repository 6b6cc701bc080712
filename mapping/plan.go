package mapping

import (
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/partner"
	"github.com/retailsync/retailsync/odoo/sale"
)

// Target is what an order should be in Odoo.
type Target string

// The targets of an order.
const (
	TargetSkip      Target = "skip"      // not in Odoo (yet)
	TargetQuotation Target = "quotation" // in Odoo, not confirmed: it waits for a decision
	TargetConfirmed Target = "confirmed"
	TargetCancelled Target = "cancelled" // cancelled if it is there
)

// Plan is what one canonical order means in Odoo: a pure function of the order, the rules, the
// directory and the products.
type Plan struct {
	// kinds begins the kinds of the External IDs, see [Planner.Exchanges].
	kinds  string
	Key    canonical.Key
	Target Target
	// Customer is whom the order is for; its External IDs are what Order refers to.
	Customer CustomerPlan
	Order    sale.Draft
	// Currency is the currency that the order is posted in; Digits are its decimals.
	Currency canonical.Currency
	Digits   int
	// Untaxed, Tax and Total are what Odoo must compute before the order may be confirmed.
	Untaxed, Tax, Total decimal.Decimal
	// Reduced tells that units or lines of the order were cancelled, so that open deliveries may have to
	// be reduced with them (see [sale.ReduceMoves]).
	Reduced bool
	// Shipped are the units that the channel has shipped itself from its own warehouse, in all; see
	// [ChannelRules.ChannelWarehouse].
	Shipped []ShippedLine
	// Payments are what rules want registered of the money that the order was paid with. Paid is what of it the shop has kept: what was
	// taken less what was given back.
	Payments []PlannedPayment
	Paid     decimal.Decimal
}

// ShippedLine is what has left of a line of the order, in its unit.
type ShippedLine struct {
	ExternalID odoo.ExternalID
	Quantity   decimal.Decimal
}

// CustomerPlan is how the customer of an order is found or made.
type CustomerPlan struct {
	// Match are the ways to recognise a customer who is in Odoo already, in order.
	Match []CustomerMatch
	// Reference is the customer's res.partner.ref: the channel's customer id; empty for guests.
	Reference string
	// Owned are the customer's fields that the rules give to the channel.
	Owned partner.Values
	// SharedID is the one customer that the rules name for guests; then nobody is matched or made.
	SharedID int64
	// Customer is the External ID of the customer that is made when none is recognised.
	Customer odoo.ExternalID
	// Contacts are inserted if absent: the company, the customer, then its addresses.
	Contacts []partner.Draft
	// Invoice and Delivery are External IDs among Contacts; zero means the customer's own address.
	Invoice, Delivery odoo.ExternalID
}
