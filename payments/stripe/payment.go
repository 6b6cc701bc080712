package stripe

import (
	"context"
	"errors"

	api "github.com/stripe/stripe-go/v84"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
)

func (a *Adapter) noPayment(op string) *marketplace.Error {
	return a.fail(marketplace.CodeNotFound, op, "that is no id of a payment with Stripe: it begins with pi_, ch_ or py_", nil)
}

// GetPayment implements [payments.PaymentGetter]. The id is that of a PaymentIntent or a charge.
func (a *Adapter) GetPayment(ctx context.Context, id string) (payments.Payment, error) {
	const op = "get payment"
	switch {
	case isIntent(id):
		intent, err := a.intent(ctx, op, id)
		if err != nil {
			return payments.Payment{}, err
		}
		return a.ofIntent(op, intent)
	case isCharge(id):
		charge, err := a.charge(ctx, op, id)
		if err != nil {
			return payments.Payment{}, err
		}
		return a.ofCharge(op, charge)
	}
	return payments.Payment{}, a.noPayment(op)
}

// CapturePayment implements [payments.Capturer]: once, since Stripe lets the rest of the authorisation go. What was captured for
// the same reference is answered from the PaymentIntent's metadata, also when Stripe has forgotten the key.
func (a *Adapter) CapturePayment(ctx context.Context, request payments.CaptureRequest) (payments.Payment, error) {
	const op = "capture payment"
	units, problem := toUnits(request.Currency, request.Amount)
	switch {
	case problem != "":
		return payments.Payment{}, a.fail(marketplace.CodeInvalid, op, problem, nil)
	case !isKey(request.Key):
		return payments.Payment{}, a.fail(marketplace.CodeInvalid, op, "the key must be 1 to 255 visible ASCII characters", nil)
	case request.Reference == "" || len(request.Reference) > longestMeta:
		return payments.Payment{}, a.fail(marketplace.CodeInvalid, op, "the reference must be 1 to 500 bytes", nil)
	}
	intent, err := a.intentOf(ctx, op, request.Payment)
	if err != nil {
		return payments.Payment{}, err
	}
	before, err := a.ofIntent(op, intent)
	if err != nil {
		return payments.Payment{}, err
	}
	if before.Currency != request.Currency {
		return payments.Payment{}, a.otherCurrency(op, before.Currency, request.Currency)
	}
	if intent.Metadata[metaCapture] == request.Reference && before.Captured.Equal(request.Amount) {
		before.ID = request.Payment
		return before, nil
	}
	params := &api.PaymentIntentCaptureParams{
		Params: a.params(request.Key), AmountToCapture: api.Int64(units), Expand: []*string{api.String("latest_charge")},
		Metadata: map[string]string{metaCapture: request.Reference},
	}
	var captured *api.PaymentIntent
	err = a.write(ctx, op, func(ctx context.Context) (err error) {
		captured, err = a.client.V1PaymentIntents.Capture(ctx, intent.ID, params)
		return err
	})
	if err != nil {
		return payments.Payment{}, err
	}
	return a.written(op, request.Payment, captured)
}

// VoidPayment implements [payments.Voider]. It cancels the PaymentIntent, which Stripe refuses once it is captured, also when that
// happens at the same time.
func (a *Adapter) VoidPayment(ctx context.Context, request payments.VoidRequest) (payments.Payment, error) {
	const op = "void payment"
	if !isKey(request.Key) {
		return payments.Payment{}, a.fail(marketplace.CodeInvalid, op, "the key must be 1 to 255 visible ASCII characters", nil)
	}
	intent, err := a.intentOf(ctx, op, request.Payment)
	if err != nil {
		return payments.Payment{}, err
	}
	switch {
	case intent.Status == api.PaymentIntentStatusCanceled:
		return a.written(op, request.Payment, intent)
	case intent.Status == api.PaymentIntentStatusSucceeded || intent.AmountReceived > 0:
		return payments.Payment{}, a.fail(marketplace.CodeInvalid, op, "it is captured: refund it", nil)
	}
	params := &api.PaymentIntentCancelParams{Params: a.params(request.Key), Expand: []*string{api.String("latest_charge")}}
	var voided *api.PaymentIntent
	err = a.write(ctx, op, func(ctx context.Context) (err error) {
		voided, err = a.client.V1PaymentIntents.Cancel(ctx, intent.ID, params)
		return err
	})
	if err != nil {
		return payments.Payment{}, err
	}
	return a.written(op, request.Payment, voided)
}

// written is the answer of a call that changed a payment: when it cannot be read, it was changed all the same.
func (a *Adapter) written(op, id string, intent *api.PaymentIntent) (payments.Payment, error) {
	payment, err := a.ofIntent(op, intent)
	if err != nil {
		return payments.Payment{}, a.fail(marketplace.CodeUnknown, op, "it was done, but the answer cannot be read: fetch the payment", err)
	}
	payment.ID = id
	return payment, nil
}

// sameCurrency refuses what would move another currency than was meant: Stripe takes an amount without one. That the payment
// cannot be read is no last word on what is asked.
func (a *Adapter) sameCurrency(ctx context.Context, op, payment string, want canonical.Currency) error {
	var word string
	switch {
	case isIntent(payment):
		intent, err := a.intent(ctx, op, payment)
		if err != nil {
			return notFinal(err)
		}
		word = string(intent.Currency)
	case isCharge(payment):
		charge, err := a.charge(ctx, op, payment)
		if err != nil {
			return notFinal(err)
		}
		word = string(charge.Currency)
	default:
		return a.noPayment(op)
	}
	currency, _, err := fromUnits(word, 0)
	if err != nil {
		return notFinal(a.unreadable(op, "currency", "it cannot be read", err))
	}
	if currency != want {
		return a.otherCurrency(op, currency, want)
	}
	return nil
}

// notFinal makes an answer to a read that cannot be used one that says nothing about the write that it prepares.
func notFinal(err error) error {
	var failure *marketplace.Error
	if errors.As(err, &failure) && failure.Code == marketplace.CodeInvalid {
		failure.Code = marketplace.CodeUnavailable
	}
	return err
}

func (a *Adapter) otherCurrency(op string, has, want canonical.Currency) *marketplace.Error {
	return a.fail(marketplace.CodeInvalid, op, "the payment is in "+string(has)+", not in "+string(want)+": give the amount in the currency of the payment", nil)
}

func (a *Adapter) intent(ctx context.Context, op, id string) (*api.PaymentIntent, error) {
	params := &api.PaymentIntentRetrieveParams{Params: a.params(""), Expand: []*string{api.String("latest_charge")}}
	var found *api.PaymentIntent
	err := a.read(ctx, op, func(ctx context.Context) (err error) {
		found, err = a.client.V1PaymentIntents.Retrieve(ctx, id, params)
		return err
	})
	return found, err
}

func (a *Adapter) charge(ctx context.Context, op, id string) (*api.Charge, error) {
	var found *api.Charge
	err := a.read(ctx, op, func(ctx context.Context) (err error) {
		found, err = a.client.V1Charges.Retrieve(ctx, id, &api.ChargeRetrieveParams{Params: a.params("")})
		return err
	})
	return found, err
}

// intentOf is the PaymentIntent of a payment that is named by it or by its charge.
func (a *Adapter) intentOf(ctx context.Context, op, payment string) (*api.PaymentIntent, error) {
	switch {
	case isIntent(payment):
		return a.intent(ctx, op, payment)
	case isCharge(payment):
		charge, err := a.charge(ctx, op, payment)
		if err != nil {
			return nil, err
		}
		if charge.PaymentIntent == nil || !isIntent(charge.PaymentIntent.ID) {
			// It could be released only by a refund, which gives money back if somebody captures it at the same time.
			return nil, a.fail(marketplace.CodeInvalid, op, "the charge has no PaymentIntent: do it in Stripe's dashboard", nil)
		}
		return a.intent(ctx, op, charge.PaymentIntent.ID)
	}
	return nil, a.noPayment(op)
}

// ofIntent is a PaymentIntent as a payment.
func (a *Adapter) ofIntent(op string, intent *api.PaymentIntent) (payments.Payment, error) {
	var refunded int64
	if intent.LatestCharge != nil {
		refunded = givenBack(intent.LatestCharge, intent.AmountCapturable)
	}
	authorized := intent.Amount
	if intent.AmountReceived == 0 && intent.Status != api.PaymentIntentStatusRequiresCapture && intent.Status != api.PaymentIntentStatusCanceled {
		authorized = 0 // nobody has promised anything yet
	}
	payment, err := a.payment(op, string(intent.Currency), authorized, intent.AmountReceived, refunded)
	payment.ID, payment.RawStatus = intent.ID, string(intent.Status)
	payment.Voided = intent.Status == api.PaymentIntentStatusCanceled ||
		intent.Status == api.PaymentIntentStatusSucceeded && intent.AmountReceived < intent.Amount
	return payment, err
}

// givenBack is what was refunded of a charge. Stripe counts with it what was let go: all of a charge that was not captured, and the
// rest of one that was captured in part, unless that can be captured yet.
func givenBack(charge *api.Charge, capturable int64) int64 {
	if !charge.Captured {
		return 0
	}
	return max(0, charge.AmountRefunded-(charge.Amount-charge.AmountCaptured-capturable))
}

// ofCharge is a charge as a payment.
func (a *Adapter) ofCharge(op string, charge *api.Charge) (payments.Payment, error) {
	authorized, refunded := charge.Amount, givenBack(charge, 0)
	if charge.Status != api.ChargeStatusSucceeded {
		authorized = 0
	}
	payment, err := a.payment(op, string(charge.Currency), authorized, charge.AmountCaptured, refunded)
	payment.ID, payment.RawStatus = charge.ID, string(charge.Status)
	payment.Voided = charge.Refunded && !charge.Captured || charge.Captured && charge.AmountCaptured < charge.Amount
	return payment, err
}

func (a *Adapter) payment(op, word string, authorized, captured, refunded int64) (payments.Payment, error) {
	var p payments.Payment
	var err error
	if p.Currency, p.Authorized, err = fromUnits(word, authorized); err == nil {
		if _, p.Captured, err = fromUnits(word, captured); err == nil {
			_, p.Refunded, err = fromUnits(word, refunded)
		}
	}
	if err != nil {
		return payments.Payment{}, a.unreadable(op, "amount", "it cannot be read", err)
	}
	return p, nil
}
