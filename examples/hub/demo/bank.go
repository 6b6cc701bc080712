package demo

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
)

// signatureHeader names the header of a delivery of the bank that holds its signature.
const signatureHeader = "X-Bank-Signature"

// Bank is a payment provider inside the process. A real one is an adapter, such as payments/stripe. It is safe for concurrent use.
type Bank struct {
	channel canonical.Channel
	secret  []byte

	mu       sync.Mutex
	payments map[string]*payments.Payment
	refunds  []canonical.Refund
	charges  []payments.Charge
	balance  []canonical.SettlementEntry // not paid out yet
	payouts  []canonical.Settlement
}

// OpenBank opens an account without payments.
func OpenBank() *Bank {
	return &Bank{channel: canonical.Channel{Name: "bank", Account: Account}, secret: []byte(rand.Text()), payments: map[string]*payments.Payment{}}
}

// Channel implements [marketplace.Adapter].
func (b *Bank) Channel() canonical.Channel { return b.channel }

// take captures a payment for the order with the number, of which the bank keeps a fee.
func (b *Bank) take(id, number string, amount, fee decimal.Decimal) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.payments[id] = &payments.Payment{ID: id, Currency: "EUR", Authorized: amount, Captured: amount}
	b.book(canonical.SettlementEntry{Kind: canonical.EntrySale, Amount: amount, Payment: id, OrderNumber: number})
	b.book(canonical.SettlementEntry{Kind: canonical.EntryFee, Amount: fee.Neg(), Payment: id, OrderNumber: number})
}

func (b *Bank) book(entry canonical.SettlementEntry) {
	entry.ID, entry.Currency, entry.At = "txn_"+rand.Text()[:10], "EUR", time.Now().UTC()
	b.balance = append(b.balance, entry)
}

// payOut pays out what is on the balance; run names the payout, which stands in books that stay.
func (b *Bank) payOut(run string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now().UTC()
	s := canonical.Settlement{Key: canonical.Key{Channel: b.channel, ID: "po_" + run + "_" + strconv.Itoa(len(b.payouts)+1)}, To: now, Entries: b.balance}
	sums, err := s.Sums()
	if err != nil {
		return err
	}
	s.Payouts = []canonical.Payout{{ID: s.Key.ID, Currency: "EUR", Amount: sums["EUR"], At: now}}
	b.payouts, b.balance = append(b.payouts, s), nil
	return nil
}

// RefundKeyWindow implements [payments.RefundCreator].
func (b *Bank) RefundKeyWindow() time.Duration { return 365 * 24 * time.Hour }

// CreateRefund implements [payments.RefundCreator].
func (b *Bank) CreateRefund(_ context.Context, request payments.RefundRequest) (canonical.Refund, error) {
	const op = "create refund"
	b.mu.Lock()
	defer b.mu.Unlock()
	if known, ok := b.find(request); ok {
		if !known.Amount.Equal(request.Amount) || known.Currency != request.Currency {
			return canonical.Refund{}, b.fail(marketplace.CodeConflict, op, "the reference was used for another amount")
		}
		return known, nil
	}
	payment := b.payments[request.Payment]
	if payment == nil {
		return canonical.Refund{}, b.fail(marketplace.CodeNotFound, op, "there is no such payment")
	}
	refunded, err := payment.Refunded.Add(request.Amount)
	if err != nil || request.Currency != payment.Currency || !request.Amount.IsPos() || refunded.Cmp(payment.Captured) > 0 {
		return canonical.Refund{}, b.fail(marketplace.CodeInvalid, op, "the payment has less left than that")
	}
	payment.Refunded = refunded
	now := time.Now().UTC()
	refund := canonical.Refund{
		Key: canonical.Key{Channel: b.channel, ID: "re_" + rand.Text()[:10]}, Reference: request.Reference, Order: request.Order, Payment: request.Payment,
		Currency: request.Currency, Lines: request.Lines, Amount: request.Amount, Method: canonical.RefundOriginal,
		Status: canonical.RefundSucceeded, RawStatus: "succeeded", At: now, UpdatedAt: now,
	}
	b.refunds = append(b.refunds, refund)
	b.book(canonical.SettlementEntry{
		Kind: canonical.EntryRefund, Amount: refund.Amount.Neg(), Payment: refund.Payment, Refund: refund.Key.ID, Reference: refund.Reference, Order: refund.Order,
	})
	return refund, nil
}

func (b *Bank) find(request payments.RefundRequest) (canonical.Refund, bool) {
	for _, refund := range b.refunds {
		if refund.Payment == request.Payment && refund.Reference == request.Reference {
			return refund, true
		}
	}
	return canonical.Refund{}, false
}

// FindRefund implements [payments.RefundFinder].
func (b *Bank) FindRefund(_ context.Context, request payments.RefundRequest) (canonical.Refund, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	refund, ok := b.find(request)
	return refund, ok, nil
}

// GetRefund implements [payments.RefundGetter].
func (b *Bank) GetRefund(_ context.Context, id string) (canonical.Refund, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, refund := range b.refunds {
		if refund.Key.ID == id {
			return refund, nil
		}
	}
	return canonical.Refund{}, b.fail(marketplace.CodeNotFound, "get refund", "there is no such refund")
}

// ListPayouts implements [payments.PayoutLister].
func (b *Bank) ListPayouts(_ context.Context, query payments.Query) (payments.PayoutPage, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	first := 0
	if query.Cursor != "" {
		var err error
		if first, err = strconv.Atoi(string(query.Cursor)); err != nil || first < 0 || first > len(b.payouts) {
			return payments.PayoutPage{}, b.fail(marketplace.CodeInvalid, "list payouts", "the cursor is not one of this provider")
		}
	}
	page := payments.PayoutPage{Cursor: marketplace.Cursor(strconv.Itoa(len(b.payouts)))}
	for _, s := range b.payouts[first:] {
		if query.Cursor == "" && s.To.Before(query.Since) {
			continue
		}
		page.Payouts = append(page.Payouts, payments.ListedPayout{Payout: s.Payouts[0], Status: payments.PayoutPaid, Complete: true})
	}
	return page, nil
}

// GetSettlement implements [payments.SettlementGetter].
func (b *Bank) GetSettlement(_ context.Context, id string) (canonical.Settlement, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.payouts {
		if s.Key.ID == id {
			s.Entries = append([]canonical.SettlementEntry(nil), s.Entries...)
			return s, nil
		}
	}
	return canonical.Settlement{}, b.fail(marketplace.CodeNotFound, "get settlement", "there is no such payout")
}

// notice is the body of a delivery.
type notice struct {
	ID   string                 `json:"id"`
	Kind marketplace.NoticeKind `json:"kind"`
	Key  string                 `json:"key"`
}

// delivery is a signed delivery that something of the kind has changed.
func (b *Bank) delivery(kind marketplace.NoticeKind, id string) (http.Header, []byte, error) {
	body, err := json.Marshal(notice{ID: "evt_" + rand.Text()[:10], Kind: kind, Key: id})
	return http.Header{signatureHeader: {hex.EncodeToString(b.sign(body))}}, body, err
}

func (b *Bank) sign(body []byte) []byte {
	mac := hmac.New(sha256.New, b.secret)
	mac.Write(body)
	return mac.Sum(nil)
}

// ReceiveWebhook implements [marketplace.WebhookReceiver].
func (b *Bank) ReceiveWebhook(_ context.Context, header http.Header, body []byte) ([]marketplace.Notice, error) {
	const op = "receive webhook"
	signature, err := hex.DecodeString(header.Get(signatureHeader))
	if err != nil || !hmac.Equal(signature, b.sign(body)) {
		return nil, b.fail(marketplace.CodeUnauthenticated, op, "the signature does not match")
	}
	var n notice
	if err := json.Unmarshal(body, &n); err != nil || n.Key == "" {
		return nil, b.fail(marketplace.CodeInvalid, op, "the body is no notice")
	}
	return []marketplace.Notice{{EventID: n.ID, Kind: n.Kind, Key: canonical.Key{Channel: b.channel, ID: n.Key}}}, nil
}

func (b *Bank) fail(code marketplace.Code, op, message string) error {
	return &marketplace.Error{Code: code, Channel: b.channel, Op: op, Message: message}
}

// Refunded is what went back to buyers in all.
func (b *Bank) Refunded() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	sum := decimal.Zero
	for _, refund := range b.refunds {
		if added, err := sum.Add(refund.Amount); err == nil {
			sum = added
		}
	}
	return sum.String()
}
