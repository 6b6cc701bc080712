package stripe

import (
	"context"
	"encoding/json"
	"slices"

	api "github.com/stripe/stripe-go/v84"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/payments"
)

// ListBalance implements [payments.BalanceLister] over the balance transactions, by when they were created, with their sources. A
// page of a hundred movements has more entries than that, since fees are entries of their own. The first page of all is found in
// about ten calls, since Stripe lists the newest first.
func (a *Adapter) ListBalance(ctx context.Context, query payments.Query) (payments.BalancePage, error) {
	const op = "list balance"
	movements := stream[*api.BalanceTransaction]{
		adapter: a, op: op, kind: "balance", overlap: a.settings.overlap,
		page: func(ctx context.Context, limit int, before int64, newer, older string) (page[*api.BalanceTransaction], error) {
			return a.movements(ctx, op, limit, &api.BalanceTransactionListParams{CreatedRange: createdBefore(before)}, newer, older)
		},
		id: func(txn *api.BalanceTransaction) string { return txn.ID },
		at: func(txn *api.BalanceTransaction) int64 { return txn.Created },
	}
	found, cursor, more, err := movements.next(ctx, query)
	if err != nil {
		return payments.BalancePage{}, err
	}
	result := payments.BalancePage{Cursor: cursor, More: more}
	for _, txn := range found {
		entries, err := a.entries(op, txn)
		if err != nil {
			return payments.BalancePage{}, err
		}
		result.Entries = append(result.Entries, entries...)
	}
	return result, nil
}

// movements reads a page of balance transactions with their sources.
func (a *Adapter) movements(
	ctx context.Context, op string, limit int, query *api.BalanceTransactionListParams, newer, older string,
) (page[*api.BalanceTransaction], error) {
	query.ListParams = a.listParams(limit)
	query.EndingBefore, query.StartingAfter = optional(newer), optional(older)
	query.Expand = []*string{api.String("data.source")}
	return list[*api.BalanceTransaction](ctx, a, op, "/v1/balance_transactions", query)
}

// allOf reads everything that a payout paid out, in the order in which it was booked, and the exchange rates by movement, as the
// text that Stripe sent.
func (a *Adapter) allOf(ctx context.Context, op, payout string) ([]*api.BalanceTransaction, map[string]json.RawMessage, error) {
	var all []*api.BalanceTransaction
	rates := map[string]json.RawMessage{}
	older := ""
	for {
		part, err := a.movements(ctx, op, pageSize, &api.BalanceTransactionListParams{Payout: api.String(payout)}, "", older)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, part.Data...)
		if err := exchangeRates(part.LastResponse, rates); err != nil {
			return nil, nil, a.unreadable(op, "exchange_rate", "it cannot be read", err)
		}
		if !part.HasMore || len(part.Data) == 0 {
			break
		}
		older = part.Data[len(part.Data)-1].ID
	}
	slices.Reverse(all)
	return all, rates, nil
}

// exchangeRates adds the rates of a page. The official client has made floating-point numbers of them, so they are read again.
func exchangeRates(answer *api.APIResponse, rates map[string]json.RawMessage) error {
	var found struct {
		Data []struct {
			ID   string          `json:"id"`
			Rate json.RawMessage `json:"exchange_rate"`
		} `json:"data"`
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(answer.RawJSON, &found); err != nil {
		return err
	}
	for i := range found.Data {
		if movement := &found.Data[i]; len(movement.Rate) > 0 && string(movement.Rate) != "null" {
			rates[movement.ID] = movement.Rate
		}
	}
	return nil
}

// settlementOf is the settlement of a payout: the payout's own movement is what it sums to, not a part of it.
func (a *Adapter) settlementOf(op string, payout *api.Payout, movements []*api.BalanceTransaction) (canonical.Settlement, error) {
	currency, amount, err := fromUnits(string(payout.Currency), payout.Amount)
	if err != nil {
		return canonical.Settlement{}, a.unreadable(op, "amount", "it cannot be read", err)
	}
	s := canonical.Settlement{
		Key:     canonical.Key{Channel: a.channel, ID: payout.ID},
		Payouts: []canonical.Payout{{Currency: currency, Amount: amount, At: at(payout.ArrivalDate), Reference: bankReference(payout)}},
	}
	for _, txn := range movements {
		entries, err := a.entries(op, txn)
		if err != nil {
			return canonical.Settlement{}, err
		}
		if txn.Type == api.BalanceTransactionTypePayout && txn.Source != nil && txn.Source.ID == payout.ID {
			// Only a fee for paying out is a part of it.
			entries = slices.DeleteFunc(entries, func(entry canonical.SettlementEntry) bool { return entry.ID == txn.ID })
		}
		s.Entries = append(s.Entries, entries...)
	}
	return s, nil
}
