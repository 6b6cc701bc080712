package stripe

import (
	"context"
	"time"

	api "github.com/stripe/stripe-go/v84"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
)

// What the adapter writes into the metadata of a refund, where people see it in Stripe's dashboard and reports.
const (
	metaReference = "retailsync_reference"
	metaChannel   = "retailsync_channel"
	metaAccount   = "retailsync_account"
	metaOrder     = "retailsync_order"
	// metaCapture is in the metadata of a PaymentIntent that was captured.
	metaCapture = "retailsync_capture"
	// longestMeta is how many characters Stripe takes as a value.
	longestMeta = 500
)

// RefundKeyWindow implements [payments.RefundCreator]: Stripe removes keys when they are at least 24 hours old.
func (a *Adapter) RefundKeyWindow() time.Duration { return 24 * time.Hour }

// CreateRefund implements [payments.RefundCreator]. The payment is a PaymentIntent or a charge; it is read first, since Stripe
// takes an amount without a currency. Reason must be empty or one of Stripe's: duplicate, fraudulent, requested_by_customer.
// Lines are not kept by Stripe.
func (a *Adapter) CreateRefund(ctx context.Context, request payments.RefundRequest) (canonical.Refund, error) {
	const op = "create refund"
	units, problem := toUnits(request.Currency, request.Amount)
	switch {
	case problem != "":
		return canonical.Refund{}, a.fail(marketplace.CodeInvalid, op, problem, nil)
	case !isKey(request.Key):
		return canonical.Refund{}, a.fail(marketplace.CodeInvalid, op, "the key must be 1 to 255 visible ASCII characters: without it a repeat would move money again", nil)
	case request.Reference == "" || len(request.Reference) > longestMeta:
		return canonical.Refund{}, a.fail(marketplace.CodeInvalid, op, "the reference must be 1 to 500 bytes: it is how the refund is found again", nil)
	}
	if err := a.sameCurrency(ctx, op, request.Payment, request.Currency); err != nil {
		return canonical.Refund{}, err
	}
	params := &api.RefundCreateParams{Params: a.params(request.Key), Amount: api.Int64(units), Metadata: metadata(request)}
	if isIntent(request.Payment) {
		params.PaymentIntent = api.String(request.Payment)
	} else {
		params.Charge = api.String(request.Payment)
	}
	if request.Reason != "" {
		params.Reason = api.String(request.Reason)
	}
	var made *api.Refund
	err := a.write(ctx, op, func(ctx context.Context) (err error) {
		made, err = a.client.V1Refunds.Create(ctx, params)
		return err
	})
	if err != nil {
		return canonical.Refund{}, err
	}
	refund, failure := a.refund(op, made)
	if failure != nil {
		failure.Code = marketplace.CodeUnknown // it was made, and cannot be told what became of it
		return canonical.Refund{}, failure
	}
	return asked(refund, request), nil
}

// metadata is what is written on a refund. An order whose names are too long is left out, never cut.
func metadata(request payments.RefundRequest) map[string]string {
	meta := map[string]string{metaReference: request.Reference}
	order := request.Order
	if order.ID != "" && len(order.ID) <= longestMeta && len(order.Channel.Name) <= longestMeta && len(order.Channel.Account) <= longestMeta {
		meta[metaOrder], meta[metaChannel], meta[metaAccount] = order.ID, order.Channel.Name, order.Channel.Account
	}
	return meta
}

// asked completes a refund with what only the request says.
func asked(refund canonical.Refund, request payments.RefundRequest) canonical.Refund {
	refund.Reference, refund.Payment, refund.Order, refund.Lines = request.Reference, request.Payment, request.Order, request.Lines
	return refund
}

// FindRefund implements [payments.RefundFinder]: it reads all refunds of the payment and compares the reference in their metadata,
// which people can change in Stripe's dashboard. Should there be several, one whose money moved comes before one that failed, and
// the first made before later ones.
func (a *Adapter) FindRefund(ctx context.Context, request payments.RefundRequest) (canonical.Refund, bool, error) {
	const op = "find refund"
	if !isIntent(request.Payment) && !isCharge(request.Payment) {
		return canonical.Refund{}, false, a.noPayment(op)
	}
	query := &api.RefundListParams{ListParams: a.listParams(pageSize)}
	if isIntent(request.Payment) {
		query.PaymentIntent = api.String(request.Payment)
	} else {
		query.Charge = api.String(request.Payment)
	}
	var best *api.Refund
	for {
		found, err := list[*api.Refund](ctx, a, op, "/v1/refunds", query)
		if err != nil {
			return canonical.Refund{}, false, err
		}
		for _, refund := range found.Data {
			if refund.Metadata[metaReference] != request.Reference || request.Reference == "" {
				continue
			}
			if best == nil || !failed(refund) || failed(best) { // later in the list is made earlier
				best = refund
			}
		}
		if !found.HasMore || len(found.Data) == 0 {
			break
		}
		query.StartingAfter = api.String(found.Data[len(found.Data)-1].ID)
	}
	if best == nil {
		return canonical.Refund{}, false, nil
	}
	refund, failure := a.refund(op, best)
	if failure != nil {
		return canonical.Refund{}, false, failure
	}
	return asked(refund, request), true, nil
}

// GetRefund implements [payments.RefundGetter].
func (a *Adapter) GetRefund(ctx context.Context, id string) (canonical.Refund, error) {
	const op = "get refund"
	if !isID(id) {
		return canonical.Refund{}, a.fail(marketplace.CodeNotFound, op, "that is no id of a refund with Stripe", nil)
	}
	var found *api.Refund
	err := a.read(ctx, op, func(ctx context.Context) (err error) {
		found, err = a.client.V1Refunds.Retrieve(ctx, id, &api.RefundRetrieveParams{Params: a.params("")})
		return err
	})
	if err != nil {
		return canonical.Refund{}, err
	}
	refund, failure := a.refund(op, found)
	if failure != nil {
		return canonical.Refund{}, failure
	}
	return refund, nil
}

// refund is a refund of Stripe's in the words of this library.
func (a *Adapter) refund(op string, r *api.Refund) (canonical.Refund, *marketplace.Error) {
	status, known := refundStatus(r.Status)
	if !known {
		return canonical.Refund{}, a.unreadable(op, "status", "a refund's status that is not known yet: look for a newer release of this module", nil)
	}
	currency, amount, err := fromUnits(string(r.Currency), r.Amount)
	if err != nil {
		return canonical.Refund{}, a.unreadable(op, "amount", "it cannot be read", err)
	}
	if !isID(r.ID) {
		return canonical.Refund{}, a.unreadable(op, "id", "it is missing", nil)
	}
	refund := canonical.Refund{
		Key:       canonical.Key{Channel: a.channel, ID: r.ID},
		Reference: r.Metadata[metaReference], Order: orderOf(r.Metadata), Payment: a.paymentID(r.PaymentIntent, r.Charge),
		Currency: currency, Amount: amount, Method: canonical.RefundOriginal, Status: status, RawStatus: string(r.Status), At: at(r.Created),
	}
	if r.PendingReason != "" {
		refund.RawStatus += "/" + string(r.PendingReason)
	}
	if failed(r) {
		if refund.Failure = string(r.FailureReason); refund.Failure == "" {
			refund.Failure = string(r.Status)
		}
	}
	return refund, nil
}

// refundStatus is what Stripe's word means. A refund that succeeded and comes back is "failed" with Stripe too: that it had
// succeeded is for the state machine to know.
func refundStatus(word api.RefundStatus) (canonical.RefundStatus, bool) {
	switch word {
	case api.RefundStatusPending, api.RefundStatusRequiresAction: // the buyer must give his bank account
		return canonical.RefundPending, true
	case api.RefundStatusSucceeded:
		return canonical.RefundSucceeded, true
	case api.RefundStatusFailed, api.RefundStatusCanceled:
		return canonical.RefundFailed, true
	}
	return "", false
}

func failed(r *api.Refund) bool {
	return r.Status == api.RefundStatusFailed || r.Status == api.RefundStatusCanceled
}

// orderOf is the order in the metadata, where the adapter wrote it.
func orderOf(meta map[string]string) canonical.Key {
	if meta[metaOrder] == "" {
		return canonical.Key{}
	}
	return canonical.Key{Channel: canonical.Channel{Name: meta[metaChannel], Account: meta[metaAccount]}, ID: meta[metaOrder]}
}

// unreadable says what of an answer cannot be read.
func (a *Adapter) unreadable(op, path, message string, cause error) *marketplace.Error {
	failure := a.fail(marketplace.CodeInvalid, op, message, cause)
	failure.Path = path
	return failure
}

// at is a time of Stripe's; 0 is none.
func at(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
