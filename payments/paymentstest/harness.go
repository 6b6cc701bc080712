package paymentstest

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
)

// Harness connects the suite with one provider.
type Harness struct {
	// Open starts an account for one test, or opens a shared one. Back-offs should be short. What is to be cleaned up is
	// registered with t.Cleanup. It is called from several tests at once.
	Open func(t *testing.T) Account
	// Currency is the one of most tests; EUR if empty. WithoutCents is one that has no minor unit and that the account takes;
	// empty leaves that test out.
	Currency, WithoutCents canonical.Currency
	// Secrets are texts that must not appear in any error.
	Secrets []string
}

// Account is an open account with a provider. Hooks that are nil leave out the tests that need them; Pay is required.
type Account struct {
	Provider payments.Provider
	// Pay adds a captured payment and returns its id; Authorize one that is only authorised.
	Pay       func(t *testing.T, currency canonical.Currency, amount decimal.Decimal) string
	Authorize func(t *testing.T, currency canonical.Currency, amount decimal.Decimal) string
	// Moved is how much of a payment has left or is on its way, and not come back, as the provider counts it.
	Moved func(t *testing.T, payment string) decimal.Decimal
	// LoseReply has the next call that writes take effect and its reply be lost, with every repeat that the adapter makes by
	// itself; RefuseNext has the next call that writes never arrive.
	LoseReply, RefuseNext func(t *testing.T)
	// Fail makes a refund fail after it was accepted, Reverse makes one that succeeded come back.
	Fail, Reverse func(t *testing.T, refund string)
	// PayCharge has the buyer pay an open charge, ExpireCharge lets its time pass, PayLate has the buyer pay one whose time has passed,
	// where that is possible. DeliverCharge returns a new signed webhook delivery about a charge.
	PayCharge, ExpireCharge, PayLate func(t *testing.T, charge string)
	DeliverCharge                    func(t *testing.T, charge string) (http.Header, []byte)
	// PayOut closes what is on the balance into a payout and returns its id.
	PayOut func(t *testing.T) string
	// Deliver returns a new signed webhook delivery about a refund, DeliverLate one that was signed long ago. Ping returns one
	// that concerns nothing. SignatureHeader is the header with the signature.
	Deliver, DeliverLate func(t *testing.T, refund string) (http.Header, []byte)
	Ping                 func(t *testing.T) (http.Header, []byte)
	SignatureHeader      string
}

// Run runs the suite.
func Run(t *testing.T, harness Harness) {
	t.Helper()
	if harness.Open == nil {
		t.Fatal("paymentstest: Harness.Open is missing")
	}
	if harness.Currency == "" {
		harness.Currency = "EUR"
	}
	for _, test := range []struct {
		name string
		run  func(*testing.T, Harness)
	}{
		{"Channel", testChannel},
		{"Refund", testRefund},
		{"RefundRepeated", testRefundRepeated},
		{"RefundConcurrently", testRefundConcurrently},
		{"RefundTimeOutAfterSuccess", testRefundLostReply},
		{"RefundThatNeverArrived", testRefundRefused},
		{"RefundLookIsSure", testRefundLookIsSure},
		{"RefundFailedLater", testRefundFailedLater},
		{"RefundReversedAfterSuccess", testRefundReversed},
		{"RefundPartialTwice", testRefundPartialTwice},
		{"RefundOverTheCapturedAmount", testRefundOver},
		{"RefundKeyReusedWithAnotherAmount", testRefundKeyReused},
		{"RefundWithoutCents", testRefundWithoutCents},
		{"RefundOddAmounts", testRefundOddAmounts},
		{"NotFound", testNotFound},
		{"Cancellation", testCancellation},
		{"Capture", testCapture},
		{"Void", testVoid},
		{"Charge", testCharge},
		{"ChargeRepeated", testChargeRepeated},
		{"ChargeTimeOutAfterSuccess", testChargeLostReply},
		{"ChargeThatNeverArrived", testChargeRefused},
		{"ChargeLookIsSure", testChargeLookIsSure},
		{"ChargeKeyReusedWithAnotherAmount", testChargeKeyReused},
		{"ChargeOddAmounts", testChargeOddAmounts},
		{"ChargePaid", testChargePaid},
		{"ChargePaidTwiceNotified", testChargeNotified},
		{"ChargeExpired", testChargeExpired},
		{"ChargePaidLate", testChargePaidLate},
		{"ChargeCancelled", testChargeCancelled},
		{"Balance", testBalance},
		{"Payouts", testPayouts},
		{"ForeignCursor", testForeignCursor},
		{"Webhook", testWebhook},
		{"WebhookRefuses", testWebhookRefuses},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, harness)
		})
	}
}

// open opens an account.
func (h Harness) open(t *testing.T) *bench {
	t.Helper()
	account := h.Open(t)
	if account.Provider == nil || account.Pay == nil {
		t.Fatal("paymentstest: Account.Provider and Account.Pay are required")
	}
	return &bench{T: t, Account: account, harness: h}
}

// bench is one test with its account.
type bench struct {
	*testing.T
	Account
	harness Harness
	count   int
}

// capability returns the provider's capability C, or skips the test.
func capability[C any](b *bench) C {
	b.Helper()
	c, ok := b.Provider.(C)
	if !ok {
		b.Skipf("the provider is no %T", new(C))
	}
	return c
}

// need skips a test whose hook the harness has not.
func (b *bench) need(name string, has bool) {
	b.Helper()
	if !has {
		b.Skipf("the harness has no %s", name)
	}
}

// request asks for a refund that nobody asked for before.
func (b *bench) request(payment string, amount decimal.Decimal) payments.RefundRequest {
	b.count++
	reference := strings.Join([]string{b.Name(), payment, string(rune('a' + b.count))}, "-")
	return payments.RefundRequest{
		Reference: reference, Key: "key-" + reference, Payment: payment, Currency: b.harness.Currency, Amount: amount,
		Order: canonical.Key{Channel: canonical.Channel{Name: "shop", Account: "main"}, ID: "order-" + payment},
	}
}

// pay adds a payment in the harness's currency.
func (b *bench) pay(amount string) string {
	b.Helper()
	return b.Pay(b.T, b.harness.Currency, decimal.MustParse(amount))
}

// expectMoved checks how much of a payment has left.
func (b *bench) expectMoved(payment, want string) {
	b.Helper()
	if b.Moved == nil {
		return
	}
	if moved := b.Moved(b.T, payment); !moved.Equal(decimal.MustParse(want)) {
		b.Errorf("%s moved, want %s", moved, want)
	}
}

// expect checks an error's code and that it tells no secret.
func (b *bench) expect(what string, err error, codes ...marketplace.Code) {
	b.Helper()
	var typed *marketplace.Error
	switch {
	case err == nil:
		b.Errorf("%s: no error, want %v", what, codes)
		return
	case !errors.As(err, &typed):
		b.Errorf("%s: %T is no *marketplace.Error: %v", what, err, err)
		return
	}
	found := false
	for _, code := range codes {
		found = found || typed.Code == code
	}
	if !found {
		b.Errorf("%s: %q, want %v: %v", what, typed.Code, codes, err)
	}
	for _, secret := range b.harness.Secrets {
		if strings.Contains(err.Error(), secret) {
			b.Errorf("%s: the error holds a secret", what)
		}
	}
}

// must fails the test on an error.
func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func testChannel(t *testing.T, h Harness) {
	b := h.open(t)
	channel := b.Provider.Channel()
	if channel.Name == "" || channel.Account == "" {
		t.Errorf("the channel is %q: name and account are required", channel)
	}
	if again := b.Provider.Channel(); again != channel {
		t.Errorf("the channel changes from %q to %q", channel, again)
	}
}

func testCancellation(t *testing.T, h Harness) {
	b := h.open(t)
	creator := capability[payments.RefundCreator](b)
	payment := b.pay("20")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := creator.CreateRefund(ctx, b.request(payment, decimal.MustParse("5")))
	b.expect("a context that has ended", err, marketplace.CodeUnavailable, marketplace.CodeUnknown)
	b.expectMoved(payment, "0")
}
