package shopify

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
	"github.com/retailsync/retailsync/payments"
)

const (
	opListBalance = "list balance"
	// balanceOverlap is how far each new run reaches back: the time of a movement is that of what it is for.
	balanceOverlap = 24 * time.Hour
	// balancePage is how many movements are read at once.
	balancePage = 100
	maxBalance  = 250
)

const balanceFields = `
fragment Movement on ShopifyPaymentsBalanceTransaction {
  id type test transactionDate sourceId sourceType sourceOrderTransactionId adjustmentReason
  amount { amount currencyCode } fee { amount currencyCode } net { amount currencyCode }
  associatedOrder { id name } associatedPayout { id }
}`

const listBalanceQuery = `query ListBalance($first: Int!, $after: String, $query: String) {
  shopifyPaymentsAccount {
    balanceTransactions(first: $first, after: $after, query: $query, sortKey: PROCESSED_AT) {
      nodes { ...Movement } pageInfo { hasNextPage endCursor }
    }
  }
}` + balanceFields

// sourcesQuery reads the transactions of orders that movements are of: the payment of a refund, and what the buyer saw.
const sourcesQuery = `query Sources($ids: [ID!]!) {
  nodes(ids: $ids) {
    id
    ... on OrderTransaction {
      parentTransaction { id }
      amountSet { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }
    }
  }
}`

type graphPrice struct {
	Amount   wire.Text `json:"amount"`
	Currency wire.Text `json:"currencyCode"`
}

type graphMovement struct {
	ID         wire.Text               `json:"id"`
	Type       wire.Text               `json:"type"`
	Test       wire.Text               `json:"test"`
	At         wire.Text               `json:"transactionDate"`
	Source     wire.Text               `json:"sourceId"`
	SourceType wire.Text               `json:"sourceType"`
	Moved      wire.Text               `json:"sourceOrderTransactionId"`
	Reason     wire.Text               `json:"adjustmentReason"`
	Amount     wire.Object[graphPrice] `json:"amount"`
	Fee        wire.Object[graphPrice] `json:"fee"`
	Net        wire.Object[graphPrice] `json:"net"`
	Order      wire.Object[struct {
		ID   wire.Text `json:"id"`
		Name wire.Text `json:"name"`
	}] `json:"associatedOrder"`
	Payout graphID `json:"associatedPayout"`
}

// MoneySource is the transaction of an order that a movement is of.
type MoneySource struct {
	// Parent is the number of the payment that a refund gave back of.
	Parent string
	// BuyerCurrency and BuyerAmount are what the buyer saw.
	BuyerCurrency canonical.Currency
	BuyerAmount   decimal.Decimal
}

type balanceConnection = connection[json.RawMessage]

// ListBalance implements [payments.BalanceLister]: the movements on the balance of Shopify Payments by the time that they were
// processed at. The fee of a movement is an entry of its own, under the movement's id and "/fee". A page with refunds and sales costs
// one call more, by which their payments and what the buyer saw are known.
func (a *Adapter) ListBalance(ctx context.Context, query payments.Query) (payments.BalancePage, error) {
	limit := balancePage
	if query.Limit > 0 {
		limit = min(query.Limit, maxBalance)
	}
	movements, at, err := a.accountPage(ctx, accountList{
		op: opListBalance, name: "ListBalance", document: listBalanceQuery, field: "balanceTransactions", since: "processed_at",
		time: "transactionDate", overlap: balanceOverlap,
	}, query, limit)
	if err != nil {
		return payments.BalancePage{}, err
	}
	page := payments.BalancePage{More: !at.Done}
	if page.Entries, err = a.entries(ctx, opListBalance, movements); err != nil {
		return payments.BalancePage{}, err
	}
	if page.Cursor, err = at.cursor(); err != nil {
		return payments.BalancePage{}, a.fail(marketplace.CodeInvalid, opListBalance, "", "the position cannot be written", err)
	}
	return page, nil
}

// accountList is one of the lists of the account with Shopify Payments.
type accountList struct {
	op, name, document, field string
	// since is the word that the search has for the time, time the field that holds it.
	since, time string
	overlap     time.Duration
}

// accountPage reads one page of a list, and the position after it.
func (a *Adapter) accountPage(ctx context.Context, list accountList, query payments.Query, limit int) ([]json.RawMessage, position, error) {
	at, err := begin(marketplace.OrderQuery(query), list.overlap)
	if err != nil {
		return nil, at, a.fail(marketplace.CodeInvalid, list.op, "", "", err)
	}
	page, header, err := a.accountCall(ctx, list, at, limit)
	if at.After != "" && isCursorRefusal(err) {
		at = at.restart(list.overlap)
		page, header, err = a.accountCall(ctx, list, at, limit)
	}
	if err != nil {
		return nil, at, err
	}
	if now, err := http.ParseTime(header.Get("Date")); err == nil && at.Started.IsZero() {
		at.Started = now.UTC()
	}
	for _, node := range page.Nodes.Items {
		var fields map[string]wire.Text
		if json.Unmarshal(node, &fields) != nil {
			continue // the decoder says what is wrong with it
		}
		if moved, err := fields[list.time].Time(); err == nil && moved.After(at.Last) {
			at.Last = moved
		}
	}
	if !page.PageInfo.HasNext.IsTrue() {
		return page.Nodes.Items, at.end(), nil
	}
	if page.PageInfo.End.IsEmpty() || page.PageInfo.End.String() == at.After {
		return nil, at, a.fail(marketplace.CodeUnavailable, list.op, "pageInfo", "Shopify says that there is more and not where: retry later", nil)
	}
	at.After, at.Read = page.PageInfo.End.String(), at.Read+len(page.Nodes.Items)
	return page.Nodes.Items, at.searchOn(), nil
}

func (a *Adapter) accountCall(ctx context.Context, list accountList, at position, limit int) (balanceConnection, http.Header, error) {
	variables := map[string]any{"first": limit}
	if at.After != "" {
		variables["after"] = at.After
	}
	if !at.From.IsZero() {
		variables["query"] = list.since + ":>='" + at.From.UTC().Format(time.RFC3339) + "'"
	}
	var data struct {
		Account wire.Object[map[string]balanceConnection] `json:"shopifyPaymentsAccount"`
	}
	header, err := a.call(ctx, request{op: list.op, name: list.name, document: list.document, variables: variables}, &data)
	if err != nil {
		return balanceConnection{}, nil, err
	}
	if !data.Account.Present {
		return balanceConnection{}, nil, a.noAccount(list.op)
	}
	return data.Account.Value[list.field], header, nil
}

func (a *Adapter) noAccount(op string) error {
	return a.fail(marketplace.CodePermission, op, "shopifyPaymentsAccount", "the shop has no account with Shopify Payments, or the app may not see it (scopes read_shopify_payments_accounts and read_shopify_payments_payouts)", nil)
}

// entries decodes movements, after it has read the transactions that they are of.
func (a *Adapter) entries(ctx context.Context, op string, movements []json.RawMessage) ([]canonical.SettlementEntry, error) {
	var ids []any
	for _, body := range movements {
		var one graphMovement
		if json.Unmarshal(body, &one) == nil && isID(one.Moved.String()) {
			ids = append(ids, globalID("OrderTransaction", one.Moved.String()))
		}
	}
	sources := map[string]MoneySource{}
	if len(ids) > 0 {
		var data struct {
			Nodes wire.List[wire.Object[struct {
				ID     wire.Text `json:"id"`
				Parent graphID   `json:"parentTransaction"`
				Amount wire.Object[struct {
					Presentment wire.Object[graphPrice] `json:"presentmentMoney"`
				}] `json:"amountSet"`
			}]] `json:"nodes"`
		}
		if _, err := a.call(ctx, request{op: op, name: "Sources", document: sourcesQuery, variables: map[string]any{"ids": ids}}, &data); err != nil {
			return nil, err
		}
		for _, node := range data.Nodes.Items {
			buyer := node.Value.Amount.Value.Presentment.Value
			amount, err := buyer.Amount.Decimal()
			if id := tail(node.Value.ID); id != "" && err == nil {
				sources[id] = MoneySource{Parent: tail(node.Value.Parent.Value.ID), BuyerCurrency: canonical.Currency(buyer.Currency.String()), BuyerAmount: amount}
			}
		}
	}
	var all []canonical.SettlementEntry
	for _, body := range movements {
		entries, err := a.decoder.entries(op, body, sources)
		if err != nil {
			return nil, err
		}
		all = append(all, entries...)
	}
	return all, nil
}

// DecodeMovement decodes one movement on the balance (a ShopifyPaymentsBalanceTransaction) into its entry and that of its fee. Sources
// are the transactions of orders by their number, as far as they are known. It is a pure function. An error is an
// [*marketplace.Error] that names the field.
//
// [*marketplace.Error]: https://pkg.go.dev/github.com/retailsync/retailsync/marketplace#Error
func DecodeMovement(channel canonical.Channel, body json.RawMessage, sources map[string]MoneySource) ([]canonical.SettlementEntry, error) {
	return decoder{channel: channel}.entries("decode movement", body, sources)
}

func (d decoder) entries(op string, body json.RawMessage, sources map[string]MoneySource) ([]canonical.SettlementEntry, error) {
	var source graphMovement
	bad := func(path string, cause error) error {
		return &marketplace.Error{Code: marketplace.CodeInvalid, Channel: d.channel, Op: op, Path: path, Message: "the movement " + tail(source.ID) + " cannot be read: look at Shopify", Err: cause}
	}
	if !strings.HasPrefix(strings.TrimSpace(string(body)), "{") || json.Unmarshal(body, &source) != nil {
		return nil, bad("", wire.ErrForm)
	}
	r := &wire.Reader{}
	word := source.Type.String()
	entry := canonical.SettlementEntry{
		ID: identifier(r, "id", source.ID), Kind: entryKind(word), RawKind: word,
		Currency: canonical.Currency(source.Amount.Value.Currency.String()), Amount: r.Amount("amount", source.Amount.Value.Amount).Trim(0),
		OrderNumber: source.Order.Value.Name.String(), At: r.Time("transactionDate", source.At),
	}
	if reason := source.Reason.String(); reason != "" {
		entry.RawKind += "/" + reason
	}
	if id := tail(source.Order.Value.ID); id != "" {
		entry.Order = canonical.Key{Channel: d.channel, ID: id}
	}
	moved := tail(source.Moved)
	from, known := sources[moved]
	switch {
	case entry.Kind == canonical.EntryRefund:
		entry.Refund, entry.Payment = moved, from.Parent
	case moved != "":
		entry.Payment = moved
	}
	if known && from.BuyerCurrency != "" && from.BuyerCurrency != entry.Currency {
		entry.BuyerCurrency, entry.BuyerAmount = from.BuyerCurrency, from.BuyerAmount.CopySign(entry.Amount).Trim(0)
	}
	if source.SourceType.String() == "DISPUTE" {
		entry.Dispute = tail(source.Source)
	}
	if source.SourceType.String() == "TRANSFER" && (word == "TRANSFER_FAILURE" || word == "TRANSFER_CANCEL") {
		entry.Payout = tail(source.Source)
	}
	fee, net := r.Amount("fee", source.Fee.Value.Amount).Trim(0), r.Amount("net", source.Net.Value.Amount)
	if path, err := r.Failure(); err != nil {
		return nil, bad(path, err)
	}
	for path, price := range map[string]graphPrice{"amount": source.Amount.Value, "fee": source.Fee.Value, "net": source.Net.Value} {
		if canonical.Currency(price.Currency.String()) != entry.Currency || !entry.Currency.Valid() {
			return nil, bad(path, wire.ErrForm)
		}
	}
	if left, err := entry.Amount.Sub(fee); err != nil || !left.Equal(net) {
		return nil, bad("net", wire.ErrForm)
	}
	if source.Test.IsTrue() {
		// Nothing that matches entries may take it for real money.
		entry.Kind, entry.RawKind = canonical.EntryOther, "TEST/"+entry.RawKind
	}
	if fee.IsZero() {
		return []canonical.SettlementEntry{entry}, nil
	}
	charge := entry
	charge.ID, charge.RawKind, charge.Amount = entry.ID+"/fee", entry.RawKind+"/fee", fee.Neg()
	charge.BuyerCurrency, charge.BuyerAmount = "", decimal.Zero
	if charge.Kind = canonical.EntryFee; source.Test.IsTrue() {
		charge.Kind = canonical.EntryOther
	}
	if entry.Amount.IsZero() {
		return []canonical.SettlementEntry{charge}, nil
	}
	return []canonical.SettlementEntry{entry, charge}, nil
}

// entryKind is what one of Shopify's words is for. Words of one family have its beginning or its end in common.
func entryKind(word string) canonical.EntryKind {
	switch word {
	case "CHARGE":
		return canonical.EntrySale
	case "REFUND", "REFUND_FAILURE": // a refund that came back
		return canonical.EntryRefund
	case "DISPUTE_WITHDRAWAL", "DISPUTE_REVERSAL", "CHARGEBACK_HOLD", "CHARGEBACK_HOLD_RELEASE":
		return canonical.EntryChargeback
	case "CHARGEBACK_FEE", "CHARGEBACK_FEE_REFUND", "STRIPE_FEE", "APPLICATION_FEE_REFUND", "REFERRAL_FEE", "REFERRAL_FEE_TAX":
		return canonical.EntryFee
	case "TRANSFER", "TRANSFER_CANCEL", "TRANSFER_FAILURE", "TRANSFER_REFUND":
		return canonical.EntryTransfer
	case "CHARGE_ADJUSTMENT", "REFUND_ADJUSTMENT", "ADJUSTMENT", "RISK_WITHDRAWAL", "RISK_REVERSAL":
		return canonical.EntryAdjustment
	case "ADVANCE", "ADVANCE_FUNDING": // loans are no sales
		return canonical.EntryOther
	}
	for _, family := range []struct {
		begin, end string
		kind       canonical.EntryKind
	}{
		{"RESERVED_FUNDS", "", canonical.EntryReserve},
		{"ACH_BANK_FAILURE_DEBIT", "_FEE", canonical.EntryFee},
		{"BILLING_DEBIT", "", canonical.EntryFee},
		{"MARKETPLACE_FEE_CREDIT", "", canonical.EntryFee},
		{"SHIPPING_", "", canonical.EntryFee}, // labels, bought of Shopify
		{"SHOP_CASH_", "", canonical.EntryAdjustment},
		{"BALANCE_TRANSFER_", "", canonical.EntryTransfer},
		{"CUSTOMS_DUTY", "", canonical.EntryTaxWithheld},
		{"IMPORT_TAX", "", canonical.EntryTaxWithheld},
		{"TAX_ADJUSTMENT_", "", canonical.EntryTaxWithheld},
		{"LENDING_", "", canonical.EntryOther},
		{"", "_CREDIT", canonical.EntryAdjustment},
		{"", "_CREDIT_REVERSAL", canonical.EntryAdjustment},
		{"", "_DEBIT", canonical.EntryAdjustment},
		{"", "_DEBIT_REVERSAL", canonical.EntryAdjustment},
	} {
		if strings.HasPrefix(word, family.begin) && strings.HasSuffix(word, family.end) {
			return family.kind
		}
	}
	return canonical.EntryOther
}
