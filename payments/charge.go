package payments

import (
	"context"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// ChargeCreator asks buyers for money, such as by a link at which they pay.
type ChargeCreator interface {
	Provider
	// CreateCharge asks a buyer to pay. Repeated with the same request it answers with the charge of the first and asks for nothing
	// more, for as long as ChargeKeyWindow.
	//
	// Errors are those of [RefundCreator]: [marketplace.CodeInvalid] when the provider refuses it for good, [marketplace.CodeConflict]
	// when the key was used for another request, [marketplace.CodeUnknown] when it may have happened.
	CreateCharge(ctx context.Context, request ChargeRequest) (Charge, error)
	// GetCharge returns the charge with the provider's id as it stands now. One that does not exist is [marketplace.CodeNotFound]. It
	// only reads.
	GetCharge(ctx context.Context, id string) (Charge, error)
	// ChargeKeyWindow is how long the provider recognises the key of a request, at least. 0: it takes none.
	ChargeKeyWindow() time.Duration
}

// ChargeFinder looks for a charge by our reference.
type ChargeFinder interface {
	Provider
	// FindCharge returns the charge that CreateCharge made of this request, whatever became of it. It must be sure: false means that
	// the provider has none that can be paid or was. It only reads.
	FindCharge(ctx context.Context, request ChargeRequest) (Charge, bool, error)
}

// ChargeCanceller takes a charge back.
type ChargeCanceller interface {
	Provider
	// CancelCharge sees to it that nobody can pay the charge any more, and returns it as it is then. What expired, failed or was
	// cancelled is so without effect; what is paid, or about to be, stays so: the status says it, and it is no error.
	CancelCharge(ctx context.Context, id string) (Charge, error)
}

// ChargeRequest asks a buyer for money.
type ChargeRequest struct {
	// Reference is ours and goes with the charge and its payment where it can be seen later (metadata): equal for repeats of the same
	// request and no other.
	Reference string
	// Key is the idempotency key that the provider is sent, where it takes one. It is as unique as Reference.
	Key      string
	Order    canonical.Key
	Currency canonical.Currency
	// Amount is positive, in major units, whole minor units of Currency, tax included.
	Amount decimal.Decimal
	// Description is what the buyer reads. It holds no personal data.
	Description string
	// At is when the request was first made, ExpiresAt until when it should be payable, both whole seconds, UTC. A provider may end it
	// earlier: [Charge.ExpiresAt] is what counts.
	At, ExpiresAt time.Time
}

// Charge is money that a buyer is asked for, as the provider states it.
type Charge struct {
	// ID is the provider's, Reference ours as the provider has it.
	ID        string        `json:"id"`
	Reference string        `json:"reference,omitempty"`
	Order     canonical.Key `json:"order,omitzero"`
	// Status is one of the provider's: [ChargeOpen], [ChargePending], [ChargePaid], [ChargeExpired], [ChargeFailed], [ChargeCancelled].
	Status    ChargeStatus       `json:"status"`
	RawStatus string             `json:"raw_status,omitempty"`
	Currency  canonical.Currency `json:"currency"`
	Amount    decimal.Decimal    `json:"amount"`
	// URL is where the buyer pays, while it is open. ExpiresAt is until when, UTC; zero if it does not end by itself.
	URL       string    `json:"url,omitempty"`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
	// Failure is the provider's word for why it failed.
	Failure string `json:"failure,omitempty"`
	// Payment is the provider's id of the payment, and PaidAt when it was made, UTC, once it is paid.
	Payment string    `json:"payment,omitempty"`
	PaidAt  time.Time `json:"paid_at,omitzero"`
}

// ChargeStatus is how far a charge is.
type ChargeStatus string

// The states of a charge.
const (
	ChargeWanted    ChargeStatus = "wanted"    // nobody was asked yet
	ChargeSubmitted ChargeStatus = "submitted" // the provider is asked, and has not answered
	ChargeUnknown   ChargeStatus = "unknown"   // the provider was asked, and nobody knows what came of it
	ChargeOpen      ChargeStatus = "open"      // the buyer can pay
	ChargePending   ChargeStatus = "pending"   // the buyer has paid, and the money is on its way
	ChargePaid      ChargeStatus = "paid"
	ChargeExpired   ChargeStatus = "expired" // nobody can pay it any more
	ChargeFailed    ChargeStatus = "failed"
	ChargeReview    ChargeStatus = "review" // a person must decide
	ChargeCancelled ChargeStatus = "cancelled"
)
