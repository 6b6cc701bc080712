package stripe

import (
	"context"
	"strings"
	"time"

	api "github.com/stripe/stripe-go/v84"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
)

const (
	// sessionLife is how long Stripe keeps a Checkout Session payable unless it is told less, which is the most it takes, and
	// shortestSession the least.
	sessionLife     = 24 * time.Hour
	shortestSession = 30 * time.Minute
	// longestClientReference and longestProductName are how many characters Stripe takes.
	longestClientReference = 200
	longestProductName     = 250
)

// ChargeKeyWindow implements [payments.ChargeCreator]: Stripe removes keys when they are at least 24 hours old.
func (a *Adapter) ChargeKeyWindow() time.Duration { return 24 * time.Hour }

// CreateCharge implements [payments.ChargeCreator] by a Checkout Session, which the buyer can pay for 24 hours at most, and for half an
// hour at least. It needs [WithPaidPage].
func (a *Adapter) CreateCharge(ctx context.Context, request payments.ChargeRequest) (payments.Charge, error) {
	const op = "create charge"
	units, problem := toUnits(request.Currency, request.Amount)
	life := request.ExpiresAt.Sub(request.At)
	switch {
	case problem != "":
	case a.settings.paidPage == "":
		problem = "Stripe needs a page that buyers see when they have paid: give one with WithPaidPage"
	case !isKey(request.Key):
		problem = "the key must be 1 to 255 visible ASCII characters: without it a repeat would ask for the money again"
	case request.Reference == "" || len(request.Reference) > longestMeta:
		problem = "the reference must be 1 to 500 bytes: it is how the charge is found again"
	case request.Description == "" || len(request.Description) > longestProductName:
		problem = "the description must be 1 to 250 bytes: it is what the buyer reads"
	case life < shortestSession:
		problem = "Stripe gives buyers half an hour at least"
	}
	if problem != "" {
		return payments.Charge{}, a.fail(marketplace.CodeInvalid, op, problem, nil)
	}
	meta := metadata(payments.RefundRequest{Reference: request.Reference, Order: request.Order})
	params := &api.CheckoutSessionCreateParams{
		Params: a.params(request.Key), Mode: api.String(string(api.CheckoutSessionModePayment)), SuccessURL: api.String(a.settings.paidPage), Metadata: meta,
		LineItems: []*api.CheckoutSessionCreateLineItemParams{{
			Quantity: api.Int64(1),
			PriceData: &api.CheckoutSessionCreateLineItemPriceDataParams{
				Currency: api.String(strings.ToLower(string(request.Currency))), UnitAmount: api.Int64(units),
				ProductData: &api.CheckoutSessionCreateLineItemPriceDataProductDataParams{Name: api.String(request.Description)},
			},
		}},
		PaymentIntentData: &api.CheckoutSessionCreatePaymentIntentDataParams{Metadata: meta, Description: api.String(request.Description)},
		Expand:            []*string{api.String("payment_intent.latest_charge")},
	}
	if len(request.Reference) <= longestClientReference {
		params.ClientReferenceID = api.String(request.Reference)
	}
	// A repeat must say the same, so it depends on what was asked first and not on the clock.
	if life < sessionLife {
		params.ExpiresAt = api.Int64(request.ExpiresAt.Unix())
	}
	var made *api.CheckoutSession
	err := a.write(ctx, op, func(ctx context.Context) (err error) {
		made, err = a.client.V1CheckoutSessions.Create(ctx, params)
		return err
	})
	if err != nil {
		return payments.Charge{}, err
	}
	charge, failure := a.ofSession(op, made)
	if failure != nil {
		failure.Code = marketplace.CodeUnknown // it was made, and cannot be told what became of it
		return payments.Charge{}, failure
	}
	charge.Reference, charge.Order = request.Reference, request.Order
	return charge, nil
}

// GetCharge implements [payments.ChargeCreator].
func (a *Adapter) GetCharge(ctx context.Context, id string) (payments.Charge, error) {
	return a.session(ctx, "get charge", id)
}

// FindCharge implements [payments.ChargeFinder]: it reads the account's Checkout Sessions from a day before the request was made, since
// none lives longer, and compares the reference in their metadata. Should there be several, one that was paid comes before one that can
// be paid, and that before one that ended.
func (a *Adapter) FindCharge(ctx context.Context, request payments.ChargeRequest) (payments.Charge, bool, error) {
	const op = "find charge"
	query := &api.CheckoutSessionListParams{ListParams: a.listParams(pageSize)}
	query.CreatedRange = &api.RangeQueryParams{GreaterThanOrEqual: max(request.At.Add(-sessionLife).Unix(), 1)}
	best, rank := "", 0
	for {
		found, err := list[*api.CheckoutSession](ctx, a, op, "/v1/checkout/sessions", query)
		if err != nil {
			return payments.Charge{}, false, err
		}
		for _, session := range found.Data {
			if session.Metadata[metaReference] != request.Reference || request.Reference == "" || orderOf(session.Metadata) != request.Order {
				continue
			}
			worth := 1
			switch {
			case session.PaymentStatus == api.CheckoutSessionPaymentStatusPaid:
				worth = 3
			case session.Status != api.CheckoutSessionStatusExpired:
				worth = 2
			}
			if worth >= rank { // later in the list is made earlier
				best, rank = session.ID, worth
			}
		}
		if !found.HasMore || len(found.Data) == 0 {
			break
		}
		query.StartingAfter = api.String(found.Data[len(found.Data)-1].ID)
	}
	if best == "" {
		return payments.Charge{}, false, nil
	}
	charge, err := a.session(ctx, op, best)
	return charge, err == nil, err
}

// CancelCharge implements [payments.ChargeCanceller]. Stripe says of what was taken back that it has expired.
func (a *Adapter) CancelCharge(ctx context.Context, id string) (payments.Charge, error) {
	const op = "cancel charge"
	charge, err := a.session(ctx, op, id)
	if err != nil || charge.Status != payments.ChargeOpen {
		return charge, err
	}
	params := &api.CheckoutSessionExpireParams{Params: a.params(""), Expand: []*string{api.String("payment_intent.latest_charge")}}
	err = a.write(ctx, op, func(ctx context.Context) error {
		_, err := a.client.V1CheckoutSessions.Expire(ctx, id, params)
		return err
	})
	if err != nil && marketplace.CodeOf(err) != marketplace.CodeInvalid {
		return payments.Charge{}, err
	}
	// It is refused where the buyer was faster.
	now, failure := a.session(ctx, op, id)
	if failure == nil && now.Status == payments.ChargeOpen && err != nil {
		return payments.Charge{}, err
	}
	return now, failure
}

// session fetches a Checkout Session with its payment.
func (a *Adapter) session(ctx context.Context, op, id string) (payments.Charge, error) {
	if !isID(id) || !strings.HasPrefix(id, "cs_") {
		return payments.Charge{}, a.fail(marketplace.CodeNotFound, op, "that is no id of a Checkout Session with Stripe: it begins with cs_", nil)
	}
	params := &api.CheckoutSessionRetrieveParams{Params: a.params(""), Expand: []*string{api.String("payment_intent.latest_charge")}}
	var found *api.CheckoutSession
	err := a.read(ctx, op, func(ctx context.Context) (err error) {
		found, err = a.client.V1CheckoutSessions.Retrieve(ctx, id, params)
		return err
	})
	if err != nil {
		return payments.Charge{}, err
	}
	charge, failure := a.ofSession(op, found)
	if failure != nil {
		return payments.Charge{}, failure
	}
	return charge, nil
}

// ofSession is a Checkout Session as a charge.
func (a *Adapter) ofSession(op string, s *api.CheckoutSession) (payments.Charge, *marketplace.Error) {
	currency, amount, err := fromUnits(string(s.Currency), s.AmountTotal)
	if err != nil {
		return payments.Charge{}, a.unreadable(op, "amount_total", "it cannot be read", err)
	}
	if !isID(s.ID) {
		return payments.Charge{}, a.unreadable(op, "id", "it is missing", nil)
	}
	charge := payments.Charge{
		ID: s.ID, Reference: s.Metadata[metaReference], Order: orderOf(s.Metadata), RawStatus: string(s.Status) + "/" + string(s.PaymentStatus),
		Currency: currency, Amount: amount, ExpiresAt: at(s.ExpiresAt),
	}
	intent := s.PaymentIntent
	switch {
	case s.Status == api.CheckoutSessionStatusOpen:
		charge.Status, charge.URL = payments.ChargeOpen, s.URL
	case s.Status == api.CheckoutSessionStatusExpired:
		charge.Status = payments.ChargeExpired
	case s.Status != api.CheckoutSessionStatusComplete:
		return payments.Charge{}, a.unreadable(op, "status", "a session's status that is not known yet: look for a newer release of this module", nil)
	case s.PaymentStatus == api.CheckoutSessionPaymentStatusPaid:
		if intent == nil || !isIntent(intent.ID) {
			return payments.Charge{}, a.unreadable(op, "payment_intent", "a session that was paid has none", nil)
		}
		charge.Status, charge.Payment, charge.PaidAt = payments.ChargePaid, a.paymentID(intent, intent.LatestCharge), at(s.Created)
		if intent.LatestCharge != nil && intent.LatestCharge.Created != 0 {
			charge.PaidAt = at(intent.LatestCharge.Created)
		}
	// A bank transfer or debit that is on its way, or was sent back.
	case intent != nil && (intent.Status == api.PaymentIntentStatusRequiresPaymentMethod || intent.Status == api.PaymentIntentStatusCanceled):
		charge.Status, charge.Failure = payments.ChargeFailed, string(intent.Status)
		if said := intent.LastPaymentError; said != nil {
			for _, word := range []string{string(said.DeclineCode), string(said.Code)} {
				if word = plain(word); word != "" {
					charge.Failure = word
					break
				}
			}
		}
	default:
		charge.Status = payments.ChargePending
	}
	return charge, nil
}
