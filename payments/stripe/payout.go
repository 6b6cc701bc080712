package stripe

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	api "github.com/stripe/stripe-go/v84"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
)

// payoutOverlap is how long a payout may change: banks return one within five business days, and Stripe closes it meanwhile. Reading
// on returns those of the last weeks again.
const payoutOverlap = 14 * 24 * time.Hour

// ListPayouts implements [payments.PayoutLister], by when payouts were created. Reading on from the end returns those of the last two
// weeks again, as they stand then.
func (a *Adapter) ListPayouts(ctx context.Context, query payments.Query) (payments.PayoutPage, error) {
	const op = "list payouts"
	payouts := stream[*api.Payout]{
		adapter: a, op: op, kind: "payouts", overlap: payoutOverlap,
		page: func(ctx context.Context, limit int, before int64, newer, older string) (page[*api.Payout], error) {
			params := &api.PayoutListParams{ListParams: a.listParams(limit), CreatedRange: createdBefore(before)}
			params.EndingBefore, params.StartingAfter = optional(newer), optional(older)
			return list[*api.Payout](ctx, a, op, "/v1/payouts", params)
		},
		id: func(payout *api.Payout) string { return payout.ID },
		at: func(payout *api.Payout) int64 { return payout.Created },
	}
	found, cursor, more, err := payouts.next(ctx, query)
	if err != nil {
		return payments.PayoutPage{}, err
	}
	result := payments.PayoutPage{Cursor: cursor, More: more}
	for _, payout := range found {
		listed, err := a.listed(op, payout)
		if err != nil {
			return payments.PayoutPage{}, err
		}
		result.Payouts = append(result.Payouts, listed)
	}
	return result, nil
}

func (a *Adapter) listed(op string, payout *api.Payout) (payments.ListedPayout, error) {
	currency, amount, err := fromUnits(string(payout.Currency), payout.Amount)
	if err != nil {
		return payments.ListedPayout{}, a.unreadable(op, "amount", "it cannot be read", err)
	}
	listed := payments.ListedPayout{
		Payout: canonical.Payout{ID: payout.ID, Currency: currency, Amount: amount, At: at(payout.ArrivalDate), Reference: bankReference(payout)},
		// One that is made by hand is never closed: Stripe does not know what it is made of.
		Complete: payout.ReconciliationStatus == api.PayoutReconciliationStatusCompleted,
	}
	switch payout.Status {
	case api.PayoutStatusPending, api.PayoutStatusInTransit:
		listed.Status = payments.PayoutPending
	case api.PayoutStatusPaid:
		listed.Status = payments.PayoutPaid
	case api.PayoutStatusFailed, api.PayoutStatusCanceled:
		listed.Status, listed.Failure = payments.PayoutFailed, cmp.Or(string(payout.FailureCode), string(payout.Status))
	default:
		listed.Status = payments.PayoutOther
	}
	return listed, nil
}

// bankReference is what the bank statement shows of a payout.
func bankReference(payout *api.Payout) string {
	if payout.StatementDescriptor == "" && payout.TraceID != nil {
		return payout.TraceID.Value
	}
	return payout.StatementDescriptor
}

// GetSettlement implements [payments.SettlementGetter]. A payout that was made by hand is [marketplace.CodeInvalid]: Stripe does not
// say what it is made of; ListBalance has its movements. What does not sum to the payout is never returned: it is
// [marketplace.CodeInvalid] with a [*payments.SumError]. Stripe's exchange rates are kept in Ext under "exchange_rate", by movement and
// as Stripe wrote them, for people: nothing is computed with them.
func (a *Adapter) GetSettlement(ctx context.Context, id string) (canonical.Settlement, error) {
	const op = "get settlement"
	if !isID(id) {
		return canonical.Settlement{}, a.fail(marketplace.CodeNotFound, op, "that is no id of a payout with Stripe", nil)
	}
	var payout *api.Payout
	err := a.read(ctx, op, func(ctx context.Context) (err error) {
		payout, err = a.client.V1Payouts.Retrieve(ctx, id, &api.PayoutRetrieveParams{Params: a.params("")})
		return err
	})
	if err != nil {
		return canonical.Settlement{}, err
	}
	switch {
	case !payout.Automatic || payout.ReconciliationStatus == api.PayoutReconciliationStatusNotApplicable:
		return canonical.Settlement{}, a.fail(marketplace.CodeInvalid, op,
			"the payout was made by hand, so Stripe does not say what it is made of: let Stripe pay out by schedule, or post the movements of ListBalance", nil)
	case payout.ReconciliationStatus != api.PayoutReconciliationStatusCompleted:
		return canonical.Settlement{}, a.fail(marketplace.CodeUnavailable, op, "Stripe has not closed it yet: retry after the event payout.reconciliation_completed", nil)
	}
	movements, rates, err := a.allOf(ctx, op, id)
	if err != nil {
		return canonical.Settlement{}, err
	}
	s, err := a.settlementOf(op, payout, movements)
	if err != nil {
		return canonical.Settlement{}, err
	}
	if len(rates) > 0 {
		text, err := json.Marshal(rates)
		if err != nil {
			return canonical.Settlement{}, a.unreadable(op, "exchange_rate", "it cannot be read", err)
		}
		s.Ext = map[string]json.RawMessage{"exchange_rate": text}
	}
	if err := a.sums(op, &s); err != nil {
		return canonical.Settlement{}, err
	}
	return s, nil
}

// sums checks that a settlement is the sum of its entries.
func (a *Adapter) sums(op string, s *canonical.Settlement) error {
	sums, err := s.Sums()
	if err != nil {
		return a.unreadable(op, "entries", "their sum is too large", err)
	}
	currency, total := s.Payouts[0].Currency, s.Payouts[0].Amount
	for other, sum := range sums {
		if other != currency && !sum.IsZero() {
			return a.unreadable(op, "entries", "they are in another currency than the payout", &payments.SumError{Settlement: s.Key, Currency: other, Rows: sum})
		}
	}
	if !sums[currency].Equal(total) {
		return a.unreadable(op, "entries", "they are not what was paid out", &payments.SumError{Settlement: s.Key, Currency: currency, Rows: sums[currency], Total: total})
	}
	return nil
}
