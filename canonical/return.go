package canonical

import (
	"encoding/json"
	"time"

	"github.com/govalues/decimal"
)

// Return is a return as its platform (the channel itself, or a returns platform) states it now: a complete restatement, not a
// change. The one with the newest [Revision] wins. Four things are kept apart that platforms like to mix into one status: the
// approval, where the goods are, what was found in each unit, and what the buyer gets for each line.
type Return struct {
	Key Key `json:"key"`
	// Number is what people see (an RMA number); it may repeat.
	Number   string   `json:"number,omitempty"`
	Revision Revision `json:"revision"`
	// Order is the channel's order. A platform that knows its number only leaves the ID empty and sets OrderNumber.
	Order       Key    `json:"order"`
	OrderNumber string `json:"order_number,omitempty"`
	// RequestedAt is when the buyer asked, UTC.
	RequestedAt time.Time `json:"requested_at"`

	Approval  ReturnApproval  `json:"approval"`
	Logistics ReturnLogistics `json:"logistics"`
	// RawStatus is the platform's own word.
	RawStatus string `json:"raw_status,omitempty"`
	// DeclineReason is the platform's word for why it was declined.
	DeclineReason string `json:"decline_reason,omitempty"`
	// Closed: the platform regards the return as finished.
	Closed bool `json:"closed,omitempty"`

	Currency            Currency `json:"currency"`
	PresentmentCurrency Currency `json:"presentment_currency,omitempty"`

	Lines []ReturnLine `json:"lines"`
	// Exchange is what the buyer gets instead.
	Exchange []ExchangeLine `json:"exchange,omitempty"`
	Parcels  []ReturnParcel `json:"parcels,omitempty"`
	// Fees are kept back from the refund.
	Fees []ReturnFee `json:"fees,omitempty"`
	// ShippingRefund is what of the order's shipping charge is given back, tax included.
	ShippingRefund Amount `json:"shipping_refund,omitzero"`
	// Refund is the platform's own word for what the buyer gets back in all, tax included, fees deducted; RefundKnown is false
	// when it does not say. It may be negative with an exchange for something dearer: the buyer owes it.
	Refund      Amount `json:"refund,omitzero"`
	RefundKnown bool   `json:"refund_known,omitempty"`

	// Ext keeps what the platform said and this model has no field for, by the platform's own name.
	Ext map[string]json.RawMessage `json:"ext,omitempty"`
}

// ReturnLine is a quantity of one line of the order that is to come back for one reason and with one resolution.
type ReturnLine struct {
	// ID is the platform's identifier of the line, unique within the return.
	ID string `json:"id"`
	// OrderLineID is the line of the order. A platform that knows the article only leaves it empty and sets SKU.
	OrderLineID string `json:"order_line_id,omitempty"`
	SKU         string `json:"sku,omitempty"`
	// Qty is how many units are to come back.
	Qty decimal.Decimal `json:"qty"`
	// Reason is the buyer's, in the platform's word.
	Reason string `json:"reason,omitempty"`
	// Resolution is what the buyer gets; [ResolutionPending] while nobody has said.
	Resolution    Resolution `json:"resolution"`
	RawResolution string     `json:"raw_resolution,omitempty"`
	// KeepItem: the buyer need not send the goods (returnless).
	KeepItem bool `json:"keep_item,omitempty"`
	// Received is what arrived, by what was found. Units that arrived and were not looked at yet are [DispositionPending].
	Received []ReceivedUnits `json:"received,omitempty"`
	// Refund is the platform's own word for what this line is worth to the buyer, tax included, before fees; RefundKnown is
	// false when it does not say.
	Refund      Amount `json:"refund,omitzero"`
	RefundKnown bool   `json:"refund_known,omitempty"`
}

// ReceivedUnits are units of one line in one condition.
type ReceivedUnits struct {
	Qty            decimal.Decimal `json:"qty"`
	Disposition    Disposition     `json:"disposition"`
	RawDisposition string          `json:"raw_disposition,omitempty"`
	// Lot is the lot or serial number that was read from the goods.
	Lot string `json:"lot,omitempty"`
	// Location is the platform's name of the place where they arrived.
	Location string `json:"location,omitempty"`
}

// ExchangeLine is goods that the buyer gets for returned ones.
type ExchangeLine struct {
	ID string `json:"id"`
	// ReturnLineID is the line that it stands for; empty if the platform does not say.
	ReturnLineID string          `json:"return_line_id,omitempty"`
	SKU          string          `json:"sku,omitempty"`
	Title        string          `json:"title,omitempty"`
	Qty          decimal.Decimal `json:"qty"`
	// Total is the net price of the quantity, Taxes the tax on it, as in [Line].
	Total Amount `json:"total"`
	Taxes []Tax  `json:"taxes,omitempty"`
	// OrderID is the channel's order that carries the exchanged goods, if it makes one of its own; the order flow imports it and
	// the return creates none.
	OrderID string `json:"order_id,omitempty"`
}

// ReturnParcel is a parcel on its way back.
type ReturnParcel struct {
	ID             string `json:"id,omitempty"`
	Carrier        string `json:"carrier,omitempty"`
	TrackingNumber string `json:"tracking_number,omitempty"`
	TrackingURL    string `json:"tracking_url,omitempty"`
}

// ReturnFee is an amount that is kept back.
type ReturnFee struct {
	Kind ReturnFeeKind `json:"kind"`
	// ReturnLineID is the line that it is for; empty for the whole return.
	ReturnLineID string `json:"return_line_id,omitempty"`
	// Amount is positive, tax included.
	Amount Amount `json:"amount"`
}

// ReturnApproval is whether a return may happen.
type ReturnApproval string

// The states of the approval.
const (
	ReturnRequested ReturnApproval = "requested"
	ReturnApproved  ReturnApproval = "approved"
	ReturnDeclined  ReturnApproval = "declined"
	ReturnExpired   ReturnApproval = "expired"   // the buyer never sent the goods
	ReturnCancelled ReturnApproval = "cancelled" // withdrawn before anything arrived
)

// ReturnLogistics is where the goods of a return are.
type ReturnLogistics string

// The states of the logistics.
const (
	ReturnUnsent            ReturnLogistics = "unsent"
	ReturnLabelIssued       ReturnLogistics = "label_issued"
	ReturnInTransit         ReturnLogistics = "in_transit"
	ReturnArrived           ReturnLogistics = "arrived" // the carrier has delivered the parcel; nobody has counted it yet
	ReturnPartiallyReceived ReturnLogistics = "partially_received"
	ReturnReceived          ReturnLogistics = "received"
	ReturnReturnless        ReturnLogistics = "returnless" // the buyer keeps the goods
)

// Disposition is what was found in a unit that came back.
type Disposition string

// The dispositions.
const (
	DispositionPending   Disposition = "pending"   // not looked at yet
	DispositionSellable  Disposition = "sellable"  // back to stock
	DispositionDamaged   Disposition = "damaged"   // to quarantine or scrap, by rule
	DispositionRefurbish Disposition = "refurbish" // to be repaired, then sold
	DispositionMissing   Disposition = "missing"   // announced and not in the parcel
	DispositionWrongItem Disposition = "wrong_item"
)

// Resolution is what the buyer gets for a returned line.
type Resolution string

// The resolutions.
const (
	ResolutionPending       Resolution = "pending"
	ResolutionRefund        Resolution = "refund" // to the means of payment
	ResolutionExchangeSame  Resolution = "exchange_same"
	ResolutionExchangeOther Resolution = "exchange_other"
	ResolutionStoreCredit   Resolution = "store_credit"
	ResolutionGiftCard      Resolution = "gift_card"
	ResolutionRepair        Resolution = "repair"
	ResolutionRejected      Resolution = "rejected" // shipped back to the buyer
	ResolutionNone          Resolution = "none"     // nothing is owed
	ResolutionOther         Resolution = "other"    // unknown word, see RawResolution: a person decides
)

// ReturnFeeKind is what a fee is for.
type ReturnFeeKind string

// The kinds of fees.
const (
	FeeRestocking ReturnFeeKind = "restocking"
	FeeShipping   ReturnFeeKind = "shipping" // the way back
	FeeHandling   ReturnFeeKind = "handling"
)
