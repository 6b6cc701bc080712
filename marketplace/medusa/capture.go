package medusa

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/payback"
	"github.com/retailsync/retailsync/payments"
)

const (
	opCapture = "capture payment"
	// captureKey begins the keys of an order's metadata that say how much was captured before a capture of ours.
	captureKey = "retailsync_capture_"
)

// captureNote is what is written down before a capture.
type captureNote struct {
	Payment string          `json:"payment"`
	Before  decimal.Decimal `json:"before"`
	Amount  decimal.Decimal `json:"amount"`
}

// CapturePayment implements [payments.Capturer]. Medusa takes no keys, and captures have no note. So the adapter first writes into the
// order's metadata, under retailsync_capture_<reference>, how much was captured before, and then captures up to what that and
// the amount come to: however often it is repeated, nothing is taken twice. Medusa has no call that voids a payment by itself:
// cancelling the order voids what is not captured.
func (a *Adapter) CapturePayment(ctx context.Context, request payments.CaptureRequest) (payments.Payment, error) {
	none := payments.Payment{}
	refuse := func(code marketplace.Code, path, message string) (payments.Payment, error) {
		return none, a.fail(code, opCapture, path, message, nil)
	}
	if request.Reference == "" {
		return refuse(marketplace.CodeInvalid, "reference", "the capture has no reference, by which it would be found again")
	}
	if _, err := request.Currency.Minor(request.Amount); err != nil || !request.Amount.IsPos() {
		return refuse(marketplace.CodeInvalid, "amount", fmt.Sprintf("%s is no amount of %s that can be captured", request.Amount, request.Currency))
	}
	order, err := a.orderOf(ctx, opCapture, request.Payment)
	if err != nil {
		return none, payback.Unasked(err)
	}
	defer a.orders.lock(order)()
	paid, err := a.readMoney(ctx, opCapture, order, request.Payment)
	if err != nil {
		return none, payback.Unasked(err)
	}
	payment := paid.payment(request.Payment)
	if request.Currency != paid.currency {
		return refuse(marketplace.CodeInvalid, "currency", fmt.Sprintf("the payment is in %s, not in %s", paid.currency, request.Currency))
	}
	note := captureNote{Payment: request.Payment, Before: payment.Captured, Amount: request.Amount.Trim(0)}
	key := captureKey + request.Reference
	known := paid.metadata[key].String()
	if known != "" {
		var before captureNote
		if json.Unmarshal([]byte(known), &before) != nil || before.Payment != note.Payment || !before.Amount.Equal(note.Amount) {
			return refuse(marketplace.CodeConflict, "reference", "the reference is of another capture: give each capture one of its own")
		}
		note = before
	}
	target, err := note.Before.Add(note.Amount)
	switch {
	case err != nil || target.Cmp(payment.Authorized) > 0:
		return refuse(marketplace.CodeInvalid, "amount", fmt.Sprintf("%s were authorised and %s are captured: %s more is too much", payment.Authorized, note.Before, request.Amount))
	case payment.Captured.Cmp(target) >= 0:
		return payment, nil
	case payment.Voided:
		return refuse(marketplace.CodeInvalid, "payment", "the payment was cancelled")
	}
	if known == "" {
		text, err := json.Marshal(note)
		if err != nil {
			return none, a.fail(marketplace.CodeInvalid, opCapture, "amount", "the capture cannot be noted", err)
		}
		_, err = a.change(ctx, opCapture, order, "", map[string]any{"metadata": map[string]string{key: string(text)}}, func(order fulfilledOrder) bool { return order.meta(key) == string(text) })
		if err != nil {
			return none, err
		}
	}
	return a.captureUpTo(ctx, order, payment, target)
}

// captureUpTo captures what is missing to an amount. The payment says whether it was done, whatever the reply said.
func (a *Adapter) captureUpTo(ctx context.Context, order string, payment payments.Payment, target decimal.Decimal) (payments.Payment, error) {
	missing, err := target.Sub(payment.Captured)
	if err != nil {
		return payments.Payment{}, a.fail(marketplace.CodeInvalid, opCapture, "amount", "the amounts are too large", err)
	}
	body := map[string]any{"amount": number(missing.Trim(0).String())}
	_, failure := a.client.Send(ctx, opCapture, http.MethodPost, paymentsPath+"/"+payment.ID+"/capture", body)
	if marketplace.CodeOf(failure) == marketplace.CodeUnknown {
		return payments.Payment{}, failure // it may still be at work
	}
	paid, err := a.readMoney(ctx, opCapture, order, payment.ID)
	switch {
	case err == nil && paid.payment(payment.ID).Captured.Cmp(target) >= 0:
		return paid.payment(payment.ID), nil
	case failure != nil && err == nil:
		return payments.Payment{}, failure
	default:
		return payments.Payment{}, a.fail(marketplace.CodeUnknown, opCapture, "", "Medusa has answered, but does not show what became of it (yet): look before repeating", err)
	}
}
