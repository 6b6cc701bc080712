package account

import (
	"context"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// Payment pays an invoice or pays a credit note out.
type Payment struct {
	ExternalID odoo.ExternalID
	// Move is the posted invoice (the money comes in) or credit note (it goes out).
	Move int64
	// Journal is the clearing journal of the payment provider, of type bank or cash.
	Journal int64
	// Amount is in the currency of the move, positive, at most what is left to pay.
	Amount decimal.Decimal
	// Date is the day of the payment; zero is today.
	Date odoo.Date
	// Ref is the provider's id of the payment or refund.
	Ref string
}

// RegisterPayment inserts the payment unless it exists, posts it, reconciles it with its move and returns its id. It exists
// once by its External ID. It is safe to repeat and to run concurrently: a payment that was cancelled since is an error of
// [*PaymentCancelled], never a second one.
func RegisterPayment(ctx context.Context, client *odoo.Client, payment Payment) (int64, error) {
	panic("signature only")
}

// CancelPayment takes back a payment that failed or was reversed by the provider: the move is open again. The
// payment stays, cancelled. It is safe to repeat.
func CancelPayment(ctx context.Context, client *odoo.Client, payment int64) error {
	panic("signature only")
}
