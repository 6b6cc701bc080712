package canonical

import (
	"time"

	"github.com/govalues/decimal"
)

// Refund is money that goes back to the buyer, however the provider or the channel tells of it.
type Refund struct {
	// Key is the refund's own: the provider's id once there is one.
	Key Key `json:"key"`
	// Reference is ours, deterministic, the same for every attempt at the same refund.
	Reference string `json:"reference,omitempty"`
	// Order is the channel's order, Return the return that it settles, if any.
	Order  Key `json:"order"`
	Return Key `json:"return,omitzero"`
	// Payment is the provider's id of the captured payment that is refunded.
	Payment  string       `json:"payment,omitempty"`
	Currency Currency     `json:"currency"`
	Lines    []RefundLine `json:"lines,omitempty"`
	// Amount is what the buyer gets, positive, tax included, in the currency in which the payment was captured.
	Amount decimal.Decimal `json:"amount"`
	Method RefundMethod    `json:"method"`
	Status RefundStatus    `json:"status"`
	// RawStatus is the provider's own word, Failure its word for why it failed.
	RawStatus string `json:"raw_status,omitempty"`
	Failure   string `json:"failure,omitempty"`
	// At is when the provider made it, UpdatedAt when it last changed, UTC.
	At        time.Time `json:"at,omitzero"`
	UpdatedAt time.Time `json:"updated_at,omitzero"`
}

// RefundLine is the part of a refund that is for one line of the order.
type RefundLine struct {
	LineID string          `json:"line_id"`
	Qty    decimal.Decimal `json:"qty"`
	Net    Amount          `json:"net"`
	Tax    Amount          `json:"tax"`
}

// RefundMethod is how the money goes back.
type RefundMethod string

// The methods of a refund.
const (
	RefundOriginal    RefundMethod = "original" // to the means of payment
	RefundGiftCard    RefundMethod = "gift_card"
	RefundStoreCredit RefundMethod = "store_credit"
	RefundManual      RefundMethod = "manual" // by a person (bank transfer, cash)
)

// RefundStatus is how far a refund is.
type RefundStatus string

// The states of a refund.
const (
	RefundRequested RefundStatus = "requested"
	RefundApproved  RefundStatus = "approved"
	RefundSubmitted RefundStatus = "submitted" // the provider was asked; the reply is not known yet
	RefundPending   RefundStatus = "pending"   // the provider works on it
	RefundSucceeded RefundStatus = "succeeded"
	RefundSettled   RefundStatus = "settled" // seen in a settlement
	RefundFailed    RefundStatus = "failed"
	RefundReversed  RefundStatus = "reversed" // succeeded, and the money came back
	RefundUnknown   RefundStatus = "unknown"  // must be looked up
	// The rest are ours, no provider says them.
	RefundReview    RefundStatus = "review"    // a person decides
	RefundReplaced  RefundStatus = "replaced"  // finally failed or came back; the buyer gets it another way
	RefundCancelled RefundStatus = "cancelled" // withdrawn before the provider was asked
)
