package canonical

// Status is the state of an order, the same on every channel.
type Status string

// The states of an order. See [Status] transitions in docs/states.md.
const (
	StatusPending          Status = "pending"   // placed, not yet paid or accepted
	StatusOnHold           Status = "on_hold"   // waits for a decision (fraud, address)
	StatusConfirmed        Status = "confirmed" // accepted: to be fulfilled
	StatusPartiallyShipped Status = "partially_shipped"
	StatusShipped          Status = "shipped"
	StatusDelivered        Status = "delivered"
	StatusClosed           Status = "closed"
	StatusCancelled        Status = "cancelled"
	StatusConflict         Status = "conflict" // contradictory events: a person decides
	StatusOther            Status = "other"    // unknown word, see RawStatus
)

// LineKind tells what a line sells or charges.
type LineKind string

// The kinds of lines.
const (
	LineProduct      LineKind = "product"
	LineShipping     LineKind = "shipping"
	LineHandling     LineKind = "handling"
	LineGiftWrap     LineKind = "gift_wrap"
	LineFee          LineKind = "fee"
	LineCOD          LineKind = "cod" // cash on delivery charge
	LineTip          LineKind = "tip"
	LineDuty         LineKind = "duty"
	LineDonation     LineKind = "donation"
	LineDiscount     LineKind = "discount"      // a discount that cannot be allocated; Total is negative
	LineRounding     LineKind = "rounding"      // cash rounding
	LineGiftCard     LineKind = "gift_card"     // a gift card sold: a liability, not revenue
	LineDeposit      LineKind = "deposit"       // bottle deposit and the like
	LineBundle       LineKind = "bundle"        // a kit; its components refer to it by ParentID
	LineBundleMember LineKind = "bundle_member" // a component of a kit
	LineOther        LineKind = "other"
)

// Collector says who remits a tax.
type Collector string

// The collectors of a tax.
const (
	// CollectorSeller remits the tax: it belongs on the seller's tax accounts.
	CollectorSeller Collector = "seller"
	// CollectorChannel remits the tax (marketplace facilitator, deemed supplier, IOSS): it never
	// touches the seller's tax accounts.
	CollectorChannel Collector = "channel"
)

// FulfilledBy says whose stock serves a line.
type FulfilledBy string

// Who fulfils a line; empty means the merchant.
const (
	FulfilledByMerchant FulfilledBy = "merchant"
	FulfilledByChannel  FulfilledBy = "channel"
	FulfilledByPartner  FulfilledBy = "partner"
)

// PaymentKind is what a payment did.
type PaymentKind string

// The kinds of payments.
const (
	PaymentAuthorization PaymentKind = "authorization"
	PaymentCapture       PaymentKind = "capture"
	PaymentSale          PaymentKind = "sale" // authorization and capture in one
	PaymentVoid          PaymentKind = "void"
	PaymentRefund        PaymentKind = "refund"
	PaymentGiftCard      PaymentKind = "gift_card"
	PaymentStoreCredit   PaymentKind = "store_credit"
	PaymentOther         PaymentKind = "other"
)

// PaymentStatus is how a payment stands.
type PaymentStatus string

// The states of a payment.
const (
	PaymentPending   PaymentStatus = "pending"
	PaymentSucceeded PaymentStatus = "succeeded"
	PaymentFailed    PaymentStatus = "failed"
	PaymentCancelled PaymentStatus = "cancelled"
)

// FulfillmentStatus is how far a parcel is.
type FulfillmentStatus string

// The states of a fulfilment.
const (
	FulfillmentPlanned   FulfillmentStatus = "planned"
	FulfillmentPacked    FulfillmentStatus = "packed"
	FulfillmentShipped   FulfillmentStatus = "shipped"
	FulfillmentDelivered FulfillmentStatus = "delivered"
	FulfillmentCancelled FulfillmentStatus = "cancelled"
	FulfillmentLost      FulfillmentStatus = "lost"
	FulfillmentReturned  FulfillmentStatus = "returned"
)

// AdjustmentKind is what an adjustment does.
type AdjustmentKind string

// The kinds of adjustments.
const (
	AdjustmentCancel AdjustmentKind = "cancel" // removes units
	AdjustmentRefund AdjustmentKind = "refund" // gives money back
	AdjustmentPrice  AdjustmentKind = "price"  // changes the price of units
)

// LinkKind is how two orders relate.
type LinkKind string

// The kinds of links.
const (
	LinkReplacementOf LinkKind = "replacement_of"
	LinkExchangeOf    LinkKind = "exchange_of"
	LinkPartOf        LinkKind = "part_of" // split out of a larger order
	LinkDraftOf       LinkKind = "draft_of"
)
