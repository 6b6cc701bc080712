package shopify

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
	"github.com/retailsync/retailsync/payments"
)

const (
	opListPayouts   = "list payouts"
	opGetSettlement = "get settlement"
	// payoutOverlap is how far each new run reaches back: a payout that fails keeps its time.
	payoutOverlap = 14 * 24 * time.Hour
	payoutPage    = 50
)

const payoutFields = `
fragment Payout on ShopifyPaymentsPayout { id issuedAt status externalTraceId net { amount currencyCode } }`

const listPayoutsQuery = `query ListPayouts($first: Int!, $after: String, $query: String) {
  shopifyPaymentsAccount {
    payouts(first: $first, after: $after, query: $query, sortKey: ISSUED_AT) {
      nodes { ...Payout } pageInfo { hasNextPage endCursor }
    }
  }
}` + payoutFields

const payoutQuery = `query Payout($id: ID!, $first: Int!, $after: String, $query: String!) {
  node(id: $id) { id ...Payout }
  shopifyPaymentsAccount {
    balanceTransactions(first: $first, after: $after, query: $query, sortKey: ID) {
      nodes { ...Movement } pageInfo { hasNextPage endCursor }
    }
  }
}` + payoutFields + balanceFields

type graphPayout struct {
	ID     wire.Text               `json:"id"`
	Issued wire.Text               `json:"issuedAt"`
	Status wire.Text               `json:"status"`
	Trace  wire.Text               `json:"externalTraceId"`
	Net    wire.Object[graphPrice] `json:"net"`
}

// ListPayouts implements [payments.PayoutLister]: the payouts of Shopify Payments by the time of their issue. Each new run reads those
// of two weeks again, since one that fails keeps its time.
func (a *Adapter) ListPayouts(ctx context.Context, query payments.Query) (payments.PayoutPage, error) {
	limit := payoutPage
	if query.Limit > 0 {
		limit = min(query.Limit, maxBalance)
	}
	nodes, at, err := a.accountPage(ctx, accountList{
		op: opListPayouts, name: "ListPayouts", document: listPayoutsQuery, field: "payouts", since: "issued_at", time: "issuedAt", overlap: payoutOverlap,
	}, query, limit)
	if err != nil {
		return payments.PayoutPage{}, err
	}
	page := payments.PayoutPage{More: !at.Done}
	for _, body := range nodes {
		payout, err := a.decoder.payout(opListPayouts, body)
		if err != nil {
			return payments.PayoutPage{}, err
		}
		page.Payouts = append(page.Payouts, payout)
	}
	if page.Cursor, err = at.cursor(); err != nil {
		return payments.PayoutPage{}, a.fail(marketplace.CodeInvalid, opListPayouts, "", "the position cannot be written", err)
	}
	return page, nil
}

// DecodePayout decodes a payout (a ShopifyPaymentsPayout). It is a pure function. An error is an [*marketplace.Error] that names the
// field.
//
// [*marketplace.Error]: https://pkg.go.dev/github.com/retailsync/retailsync/marketplace#Error
func DecodePayout(channel canonical.Channel, body json.RawMessage) (payments.ListedPayout, error) {
	return decoder{channel: channel}.payout("decode payout", body)
}

func (d decoder) payout(op string, body json.RawMessage) (payments.ListedPayout, error) {
	var source graphPayout
	r := &wire.Reader{}
	if json.Unmarshal(body, &source) != nil {
		r.Fail("", wire.ErrForm)
	}
	result := payments.ListedPayout{Payout: canonical.Payout{
		ID: identifier(r, "id", source.ID), Currency: canonical.Currency(source.Net.Value.Currency.String()),
		Amount: r.Amount("net", source.Net.Value.Amount).Trim(0), At: r.Time("issuedAt", source.Issued), Reference: source.Trace.String(),
	}}
	if !result.Currency.Valid() {
		r.Fail("net.currencyCode", wire.ErrForm)
	}
	switch word := source.Status.String(); word {
	case "SCHEDULED":
		result.Status = payments.PayoutPending
	case "IN_TRANSIT":
		result.Status, result.Complete = payments.PayoutPending, true
	case "PAID":
		result.Status, result.Complete = payments.PayoutPaid, true
	case "FAILED", "CANCELED":
		result.Status, result.Failure = payments.PayoutFailed, word
	default:
		result.Status = payments.PayoutOther
	}
	if path, err := r.Failure(); err != nil {
		return payments.ListedPayout{}, &marketplace.Error{
			Code: marketplace.CodeInvalid, Channel: d.channel, Op: op, Path: path, Message: fmt.Sprintf("the payout %s cannot be read: look at Shopify", result.ID), Err: err,
		}
	}
	return result, nil
}

// GetSettlement implements [payments.SettlementGetter]: the movements that Shopify has put into the payout. A payout that is only
// scheduled is [marketplace.CodeUnavailable] as Shopify may still add to it, and so is one that failed or was cancelled, whose money is
// on the balance again and comes with another. The payout's own movement off the balance is left out.
func (a *Adapter) GetSettlement(ctx context.Context, id string) (canonical.Settlement, error) {
	none := canonical.Settlement{}
	if !isID(id) {
		return none, a.fail(marketplace.CodeNotFound, opGetSettlement, "", "this is not the number of a payout of Shopify", nil)
	}
	settlement := canonical.Settlement{Key: canonical.Key{Channel: a.channel, ID: id}}
	var movements []json.RawMessage
	for after := ""; ; {
		variables := map[string]any{"id": globalID("ShopifyPaymentsPayout", id), "first": balancePage, "query": "payments_transfer_id:" + id}
		if after != "" {
			variables["after"] = after
		}
		var data struct {
			Node    json.RawMessage                           `json:"node"`
			Account wire.Object[map[string]balanceConnection] `json:"shopifyPaymentsAccount"`
		}
		if _, err := a.call(ctx, request{op: opGetSettlement, name: "Payout", document: payoutQuery, variables: variables}, &data); err != nil {
			return none, err
		}
		if len(data.Node) == 0 || string(data.Node) == "null" {
			return none, a.fail(marketplace.CodeNotFound, opGetSettlement, "", "the shop has no such payout", nil)
		}
		if !data.Account.Present {
			return none, a.noAccount(opGetSettlement)
		}
		payout, err := a.decoder.payout(opGetSettlement, data.Node)
		if err != nil {
			return none, err
		}
		if !payout.Complete {
			return none, a.fail(marketplace.CodeUnavailable, opGetSettlement, "status", fmt.Sprintf("the payout is %s: only what is on its way or paid has its movements for good", payout.Status), nil)
		}
		settlement.Payouts = []canonical.Payout{payout.Payout}
		page := data.Account.Value["balanceTransactions"]
		movements = append(movements, page.Nodes.Items...)
		next := page.PageInfo.End.String()
		if !page.PageInfo.HasNext.IsTrue() {
			break
		}
		if next == "" || next == after {
			return none, a.fail(marketplace.CodeUnavailable, opGetSettlement, "pageInfo", "Shopify says that there is more and not where: retry later", nil)
		}
		after = next
	}
	for len(movements) > 0 {
		part := min(len(movements), maxBalance)
		entries, err := a.entries(ctx, opGetSettlement, movements[:part])
		if err != nil {
			return none, err
		}
		for _, entry := range entries {
			if !isPayout(entry, settlement.Payouts[0]) {
				settlement.Entries = append(settlement.Entries, entry)
			}
		}
		movements = movements[part:]
	}
	return settlement, nil
}

// isPayout recognises the movement by which the payout left the balance.
func isPayout(entry canonical.SettlementEntry, payout canonical.Payout) bool {
	return entry.Kind == canonical.EntryTransfer && entry.RawKind == "TRANSFER" && entry.Currency == payout.Currency && entry.Amount.Equal(payout.Amount.Neg())
}
