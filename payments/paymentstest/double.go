package paymentstest

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
)

// Double is a payment provider in memory, for tests: it keeps keys for a day, refuses to give back more than was captured, and
// counts what left. It implements every capability of package payments and uses only the time package for time, so that it works
// in a testing/synctest bubble. It may be used from several goroutines.
type Double struct {
	channel canonical.Channel
	window  time.Duration

	mu       sync.Mutex
	payments map[string]*payments.Payment
	refunds  []*canonical.Refund
	asked    []*payments.Charge
	keys     map[string]usedKey
	balance  []canonical.SettlementEntry
	settled  int // entries of the balance that are in a payout
	payouts  []canonical.Settlement
	status   canonical.RefundStatus
	fault    Fault
	calls    int
}

type usedKey struct {
	request string
	refund  *canonical.Refund
	charge  *payments.Charge
	payment payments.Payment
	at      time.Time
}

// Fault decides what becomes of a call: before is true when it has not taken effect yet, false when only its reply is left. An
// error stops it there. Call counts the calls from 1.
type Fault func(call int, op string, before bool) error

// NewDouble returns a provider without payments that remembers keys for window; 0: it takes no keys.
func NewDouble(window time.Duration) *Double {
	return &Double{
		channel: canonical.Channel{Name: "double", Account: "main"}, window: window,
		payments: map[string]*payments.Payment{}, keys: map[string]usedKey{}, status: canonical.RefundSucceeded,
	}
}

// Channel implements [marketplace.Adapter].
func (d *Double) Channel() canonical.Channel { return d.channel }

// RefundKeyWindow implements [payments.RefundCreator].
func (d *Double) RefundKeyWindow() time.Duration { return d.window }

// Disturb sets what becomes of calls from now on; nil lets them through.
func (d *Double) Disturb(fault Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fault, d.calls = fault, 0
}

// Answer sets the status of refunds that are made from now on.
func (d *Double) Answer(status canonical.RefundStatus) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.status = status
}

// Pay adds a captured payment and returns its id.
func (d *Double) Pay(currency canonical.Currency, amount decimal.Decimal) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pay(currency, amount)
}

// Authorize adds an authorised payment and returns its id.
func (d *Double) Authorize(currency canonical.Currency, amount decimal.Decimal) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.authorize(currency, amount)
}

func (d *Double) pay(currency canonical.Currency, amount decimal.Decimal) string {
	id := d.authorize(currency, amount)
	d.payments[id].Captured = amount
	d.book(canonical.SettlementEntry{Kind: canonical.EntrySale, Currency: currency, Amount: amount, Payment: id})
	return id
}

func (d *Double) authorize(currency canonical.Currency, amount decimal.Decimal) string {
	id := "pay_" + strconv.Itoa(len(d.payments)+1)
	d.payments[id] = &payments.Payment{ID: id, Currency: currency, Authorized: amount}
	return id
}

// Turn gives a refund another status, as a provider does hours later. Money that did not move, or came back, is the merchant's again.
func (d *Double) Turn(id string, status canonical.RefundStatus, failure string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	refund := d.refund(id)
	if refund == nil {
		return
	}
	if moved(refund.Status) != moved(status) {
		amount := refund.Amount
		if moved(status) {
			amount = amount.Neg()
		}
		payment := d.payments[refund.Payment]
		payment.Refunded = must(payment.Refunded.Sub(amount))
		d.book(canonical.SettlementEntry{
			Kind: canonical.EntryRefund, RawKind: "turned", Currency: refund.Currency, Amount: amount, Payment: refund.Payment, Refund: id, Reference: refund.Reference,
		})
	}
	refund.Status, refund.RawStatus, refund.Failure, refund.UpdatedAt = status, string(status), failure, time.Now().UTC()
}

// Moved returns how much of a payment has left, or is on its way, and not come back.
func (d *Double) Moved(payment string) decimal.Decimal {
	d.mu.Lock()
	defer d.mu.Unlock()
	var sum decimal.Decimal
	for _, refund := range d.refunds {
		if refund.Payment == payment && moved(refund.Status) {
			sum = must(sum.Add(refund.Amount))
		}
	}
	return sum
}

// Refunds returns the refunds of a payment, the oldest first.
func (d *Double) Refunds(payment string) []canonical.Refund {
	d.mu.Lock()
	defer d.mu.Unlock()
	var found []canonical.Refund
	for _, refund := range d.refunds {
		if refund.Payment == payment {
			found = append(found, *refund)
		}
	}
	return found
}

// PayOut closes what is on the balance into one settlement and returns its id.
func (d *Double) PayOut() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := canonical.Settlement{Key: canonical.Key{Channel: d.channel, ID: "out_" + strconv.Itoa(len(d.payouts)+1)}, To: time.Now().UTC()}
	s.Entries = slices.Clone(d.balance[d.settled:])
	d.settled = len(d.balance)
	sums, err := s.Sums()
	if err != nil {
		sums = nil
	}
	for currency, sum := range sums {
		s.Payouts = append(s.Payouts, canonical.Payout{ID: s.Key.ID, Currency: currency, Amount: sum, At: s.To})
	}
	slices.SortFunc(s.Payouts, func(a, b canonical.Payout) int { return cmp.Compare(a.Currency, b.Currency) })
	if len(s.Payouts) == 0 {
		s.Payouts = []canonical.Payout{{ID: s.Key.ID, Currency: "EUR", At: s.To}}
	}
	d.payouts = append(d.payouts, s)
	return s.Key.ID
}

// moved tells whether money of a refund has left or is about to.
func moved(status canonical.RefundStatus) bool {
	return status == canonical.RefundPending || status == canonical.RefundSucceeded || status == canonical.RefundSettled
}

// CreateRefund implements [payments.RefundCreator].
func (d *Double) CreateRefund(ctx context.Context, request payments.RefundRequest) (canonical.Refund, error) {
	var made canonical.Refund
	err := d.call(ctx, "create refund", func() error {
		fingerprint := strings.Join([]string{"refund", request.Payment, string(request.Currency), request.Amount.Trim(0).String(), request.Reference}, "|")
		used, known, err := d.used("create refund", request.Key, fingerprint)
		if err != nil || known {
			if known {
				made = *used.refund
			}
			return err
		}
		payment := d.payments[request.Payment]
		if payment == nil {
			return d.fail(marketplace.CodeNotFound, "create refund", "there is no such payment")
		}
		if _, err := request.Currency.Minor(request.Amount); err != nil || !request.Amount.IsPos() || request.Currency != payment.Currency {
			return d.fail(marketplace.CodeInvalid, "create refund", "that is no amount of the payment's currency")
		}
		refunded := must(payment.Refunded.Add(request.Amount))
		if refunded.Cmp(payment.Captured) > 0 {
			return d.fail(marketplace.CodeInvalid, "create refund", "the payment has less left than that")
		}
		now := time.Now().UTC()
		refund := &canonical.Refund{
			Key:       canonical.Key{Channel: d.channel, ID: "re_" + strconv.Itoa(len(d.refunds)+1)},
			Reference: request.Reference, Order: request.Order, Payment: request.Payment, Currency: request.Currency, Lines: request.Lines,
			Amount: request.Amount, Method: canonical.RefundOriginal, Status: d.status, RawStatus: string(d.status), At: now, UpdatedAt: now,
		}
		d.refunds = append(d.refunds, refund)
		if moved(refund.Status) {
			payment.Refunded = refunded
			d.book(canonical.SettlementEntry{
				Kind: canonical.EntryRefund, Currency: refund.Currency, Amount: refund.Amount.Neg(), Payment: refund.Payment,
				Refund: refund.Key.ID, Reference: refund.Reference, Order: refund.Order,
			})
		}
		d.use(request.Key, usedKey{request: fingerprint, refund: refund})
		made = *refund
		return nil
	})
	if err != nil {
		return canonical.Refund{}, err
	}
	return made, nil
}

// FindRefund implements [payments.RefundFinder].
func (d *Double) FindRefund(ctx context.Context, request payments.RefundRequest) (canonical.Refund, bool, error) {
	var found canonical.Refund
	err := d.call(ctx, "find refund", func() error {
		for _, refund := range d.refunds {
			if refund.Payment == request.Payment && refund.Reference == request.Reference {
				found = *refund
			}
		}
		return nil
	})
	if err != nil {
		return canonical.Refund{}, false, err
	}
	return found, found.Key.ID != "", nil
}

// GetRefund implements [payments.RefundGetter].
func (d *Double) GetRefund(ctx context.Context, id string) (canonical.Refund, error) {
	var found canonical.Refund
	err := d.call(ctx, "get refund", func() error {
		refund := d.refund(id)
		if refund == nil {
			return d.fail(marketplace.CodeNotFound, "get refund", "there is no such refund")
		}
		found = *refund
		return nil
	})
	return found, err
}

// GetPayment implements [payments.PaymentGetter].
func (d *Double) GetPayment(ctx context.Context, id string) (payments.Payment, error) {
	return d.onPayment(ctx, "get payment", "", "", id, func(*payments.Payment) error { return nil })
}

// CapturePayment implements [payments.Capturer].
func (d *Double) CapturePayment(ctx context.Context, request payments.CaptureRequest) (payments.Payment, error) {
	fingerprint := strings.Join([]string{"capture", request.Payment, string(request.Currency), request.Amount.Trim(0).String()}, "|")
	return d.onPayment(ctx, "capture payment", request.Key, fingerprint, request.Payment, func(payment *payments.Payment) error {
		if _, err := request.Currency.Minor(request.Amount); err != nil || !request.Amount.IsPos() || request.Currency != payment.Currency {
			return d.fail(marketplace.CodeInvalid, "capture payment", "that is no amount of the payment's currency")
		}
		captured := must(payment.Captured.Add(request.Amount))
		if payment.Voided || captured.Cmp(payment.Authorized) > 0 {
			return d.fail(marketplace.CodeInvalid, "capture payment", "less is authorised than that")
		}
		payment.Captured = captured
		d.book(canonical.SettlementEntry{Kind: canonical.EntrySale, Currency: payment.Currency, Amount: request.Amount, Payment: payment.ID})
		return nil
	})
}

// VoidPayment implements [payments.Voider].
func (d *Double) VoidPayment(ctx context.Context, request payments.VoidRequest) (payments.Payment, error) {
	return d.onPayment(ctx, "void payment", "", "", request.Payment, func(payment *payments.Payment) error {
		if payment.Captured.IsPos() {
			return d.fail(marketplace.CodeInvalid, "void payment", "it is captured: refund it")
		}
		payment.Voided = true
		return nil
	})
}

// ListBalance implements [payments.BalanceLister].
func (d *Double) ListBalance(ctx context.Context, query payments.Query) (payments.BalancePage, error) {
	var page payments.BalancePage
	err := d.call(ctx, "list balance", func() error {
		first, last, err := d.bounds(query, len(d.balance), func(i int) time.Time { return d.balance[i].At })
		if err != nil {
			return err
		}
		page = payments.BalancePage{Entries: slices.Clone(d.balance[first:last]), Cursor: marketplace.Cursor(strconv.Itoa(last)), More: last < len(d.balance)}
		return nil
	})
	return page, err
}

// ListPayouts implements [payments.PayoutLister].
func (d *Double) ListPayouts(ctx context.Context, query payments.Query) (payments.PayoutPage, error) {
	var page payments.PayoutPage
	err := d.call(ctx, "list payouts", func() error {
		first, last, err := d.bounds(query, len(d.payouts), func(i int) time.Time { return d.payouts[i].To })
		if err != nil {
			return err
		}
		page = payments.PayoutPage{Cursor: marketplace.Cursor(strconv.Itoa(last)), More: last < len(d.payouts)}
		for _, s := range d.payouts[first:last] {
			for _, payout := range s.Payouts {
				page.Payouts = append(page.Payouts, payments.ListedPayout{Payout: payout, Status: payments.PayoutPaid, Complete: true})
			}
		}
		return nil
	})
	return page, err
}

// GetSettlement implements [payments.SettlementGetter].
func (d *Double) GetSettlement(ctx context.Context, id string) (canonical.Settlement, error) {
	var found canonical.Settlement
	err := d.call(ctx, "get settlement", func() error {
		for _, s := range d.payouts {
			if s.Key.ID == id {
				found = s
				return nil
			}
		}
		return d.fail(marketplace.CodeNotFound, "get settlement", "there is no such payout")
	})
	return found, err
}

const doubleSignature = "Double-Signature"

// Deliver returns a signed webhook delivery about a refund.
func (d *Double) Deliver(id string) (http.Header, []byte) {
	return deliver("refund " + id)
}

// ReceiveWebhook implements [marketplace.WebhookReceiver]. Its signature is no secret: this is a double.
func (d *Double) ReceiveWebhook(_ context.Context, header http.Header, body []byte) ([]marketplace.Notice, error) {
	if header.Get(doubleSignature) != "signed:"+string(body) {
		return nil, d.fail(marketplace.CodeUnauthenticated, "receive webhook", "the signature does not match")
	}
	return d.noticeOf(string(body)), nil
}

// call runs act, unless a fault comes between.
func (d *Double) call(ctx context.Context, op string, act func() error) error {
	if err := ctx.Err(); err != nil {
		return &marketplace.Error{Code: marketplace.CodeUnavailable, Channel: d.channel, Op: op, Message: "nothing was sent", Err: err}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	number := d.calls
	if d.fault != nil {
		if err := d.fault(number, op, true); err != nil {
			return err
		}
	}
	if err := act(); err != nil {
		return err
	}
	if d.fault != nil {
		return d.fault(number, op, false)
	}
	return nil
}

// onPayment changes a payment once per key.
func (d *Double) onPayment(ctx context.Context, op, key, fingerprint, id string, change func(*payments.Payment) error) (payments.Payment, error) {
	var result payments.Payment
	err := d.call(ctx, op, func() error {
		used, known, err := d.used(op, key, fingerprint)
		if err != nil || known {
			result = used.payment
			return err
		}
		payment := d.payments[id]
		if payment == nil {
			return d.fail(marketplace.CodeNotFound, op, "there is no such payment")
		}
		if err := change(payment); err != nil {
			return err
		}
		result = *payment
		d.use(key, usedKey{request: fingerprint, payment: result})
		return nil
	})
	return result, err
}

func (d *Double) used(op, key, request string) (usedKey, bool, error) {
	used, known := d.keys[key]
	switch {
	case key == "" || d.window == 0 || !known || time.Since(used.at) > d.window:
		return usedKey{}, false, nil
	case used.request != request:
		return usedKey{}, false, d.fail(marketplace.CodeConflict, op, "the key was used for another request")
	}
	return used, true, nil
}

func (d *Double) use(key string, used usedKey) {
	if key != "" && d.window > 0 {
		used.at = time.Now()
		d.keys[key] = used
	}
}

func (d *Double) refund(id string) *canonical.Refund {
	for _, refund := range d.refunds {
		if refund.Key.ID == id {
			return refund
		}
	}
	return nil
}

func (d *Double) book(entry canonical.SettlementEntry) {
	entry.ID, entry.At = "txn_"+strconv.Itoa(len(d.balance)+1), time.Now().UTC()
	d.balance = append(d.balance, entry)
}

// bounds returns the bounds of a page.
func (d *Double) bounds(query payments.Query, length int, at func(int) time.Time) (first, last int, err error) {
	if query.Cursor != "" {
		if first, err = strconv.Atoi(string(query.Cursor)); err != nil || first < 0 || first > length {
			return 0, 0, d.fail(marketplace.CodeInvalid, "list", "the cursor is not one of this provider")
		}
	} else {
		for first < length && at(first).Before(query.Since) {
			first++
		}
	}
	return first, min(length, first+cmp.Or(query.Limit, 100)), nil
}

func (d *Double) fail(code marketplace.Code, op, message string) error {
	return &marketplace.Error{Code: code, Channel: d.channel, Op: op, Message: message}
}

// must returns a sum of the small amounts that tests use.
func must(sum decimal.Decimal, err error) decimal.Decimal {
	if err != nil {
		panic(fmt.Sprintf("paymentstest: %v", err)) //nolint:forbidigo // a test that uses such amounts must stop
	}
	return sum
}
