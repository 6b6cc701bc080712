package paymentstest_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/payments/paymentstest"
)

// account opens a double.
func account(double *paymentstest.Double, provider payments.Provider) paymentstest.Account {
	next := func(code marketplace.Code, early bool) func(*testing.T) {
		return func(*testing.T) {
			var done atomic.Bool
			double.Disturb(func(_ int, op string, before bool) error {
				if op != "create refund" && op != "create charge" || before != early || done.Swap(true) {
					return nil
				}
				return &marketplace.Error{Code: code, Channel: double.Channel(), Op: op}
			})
		}
	}
	return paymentstest.Account{
		Provider: provider,
		Pay: func(_ *testing.T, currency canonical.Currency, amount decimal.Decimal) string {
			return double.Pay(currency, amount)
		},
		Authorize: func(_ *testing.T, currency canonical.Currency, amount decimal.Decimal) string {
			return double.Authorize(currency, amount)
		},
		Moved:     func(_ *testing.T, payment string) decimal.Decimal { return double.Moved(payment) },
		LoseReply: next(marketplace.CodeUnknown, false), RefuseNext: next(marketplace.CodeUnavailable, true),
		Fail:          func(_ *testing.T, refund string) { double.Turn(refund, canonical.RefundFailed, "declined") },
		Reverse:       func(_ *testing.T, refund string) { double.Turn(refund, canonical.RefundReversed, "account_closed") },
		PayCharge:     func(_ *testing.T, charge string) { double.PayCharge(charge) },
		ExpireCharge:  func(_ *testing.T, charge string) { double.TurnCharge(charge, payments.ChargeExpired, "") },
		PayLate:       func(_ *testing.T, charge string) { double.PayCharge(charge) },
		DeliverCharge: func(_ *testing.T, charge string) (http.Header, []byte) { return double.DeliverCharge(charge) },
		PayOut:        func(*testing.T) string { return double.PayOut() },
		Deliver:       func(_ *testing.T, refund string) (http.Header, []byte) { return double.Deliver(refund) },
		Ping: func(*testing.T) (http.Header, []byte) {
			return http.Header{"Double-Signature": {"signed:ping"}}, []byte("ping")
		},
		SignatureHeader: "Double-Signature",
	}
}

// broken is a provider that breaks a promise; nil methods are those of the double.
type broken struct {
	*paymentstest.Double
	calls atomic.Int64

	channel func(*broken) canonical.Channel
	create  func(context.Context, *broken, payments.RefundRequest) (canonical.Refund, error)
	find    func(context.Context, *broken, payments.RefundRequest) (canonical.Refund, bool, error)
	get     func(context.Context, *broken, string) (canonical.Refund, error)
	payment func(context.Context, *broken, string) (payments.Payment, error)
	capture func(context.Context, *broken, payments.CaptureRequest) (payments.Payment, error)
	void    func(context.Context, *broken, payments.VoidRequest) (payments.Payment, error)
	balance func(context.Context, *broken, payments.Query) (payments.BalancePage, error)
	payouts func(context.Context, *broken, payments.Query) (payments.PayoutPage, error)
	settle  func(context.Context, *broken, string) (canonical.Settlement, error)
	receive func(context.Context, *broken, http.Header, []byte) ([]marketplace.Notice, error)

	ask           func(context.Context, *broken, payments.ChargeRequest) (payments.Charge, error)
	asked, cancel func(*broken, payments.Charge, error) (payments.Charge, error)
	seek          func(payments.Charge, bool) (payments.Charge, bool, error)
	sure          bool // a look for a charge that failed is taken for one that found none
}

func (b *broken) CreateCharge(ctx context.Context, r payments.ChargeRequest) (payments.Charge, error) {
	if b.ask == nil {
		return b.Double.CreateCharge(ctx, r)
	}
	return b.ask(ctx, b, r)
}

func (b *broken) GetCharge(ctx context.Context, id string) (payments.Charge, error) {
	charge, err := b.Double.GetCharge(ctx, id)
	if b.asked == nil {
		return charge, err
	}
	return b.asked(b, charge, err)
}

func (b *broken) FindCharge(ctx context.Context, r payments.ChargeRequest) (payments.Charge, bool, error) {
	charge, found, err := b.Double.FindCharge(ctx, r)
	if err != nil && b.sure {
		return payments.Charge{}, false, nil
	}
	if b.seek == nil || err != nil {
		return charge, found, err
	}
	return b.seek(charge, found)
}

func (b *broken) CancelCharge(ctx context.Context, id string) (payments.Charge, error) {
	charge, err := b.Double.CancelCharge(ctx, id)
	if b.cancel == nil {
		return charge, err
	}
	return b.cancel(b, charge, err)
}

func (b *broken) Channel() canonical.Channel {
	if b.channel == nil {
		return b.Double.Channel()
	}
	return b.channel(b)
}

func (b *broken) CreateRefund(ctx context.Context, r payments.RefundRequest) (canonical.Refund, error) {
	if b.create == nil {
		return b.Double.CreateRefund(ctx, r)
	}
	return b.create(ctx, b, r)
}

func (b *broken) FindRefund(ctx context.Context, r payments.RefundRequest) (canonical.Refund, bool, error) {
	if b.find == nil {
		return b.Double.FindRefund(ctx, r)
	}
	return b.find(ctx, b, r)
}

func (b *broken) GetRefund(ctx context.Context, id string) (canonical.Refund, error) {
	if b.get == nil {
		return b.Double.GetRefund(ctx, id)
	}
	return b.get(ctx, b, id)
}

func (b *broken) GetPayment(ctx context.Context, id string) (payments.Payment, error) {
	if b.payment == nil {
		return b.Double.GetPayment(ctx, id)
	}
	return b.payment(ctx, b, id)
}

func (b *broken) CapturePayment(ctx context.Context, r payments.CaptureRequest) (payments.Payment, error) {
	if b.capture == nil {
		return b.Double.CapturePayment(ctx, r)
	}
	return b.capture(ctx, b, r)
}

func (b *broken) VoidPayment(ctx context.Context, r payments.VoidRequest) (payments.Payment, error) {
	if b.void == nil {
		return b.Double.VoidPayment(ctx, r)
	}
	return b.void(ctx, b, r)
}

func (b *broken) ListBalance(ctx context.Context, q payments.Query) (payments.BalancePage, error) {
	if b.balance == nil {
		return b.Double.ListBalance(ctx, q)
	}
	return b.balance(ctx, b, q)
}

func (b *broken) ListPayouts(ctx context.Context, q payments.Query) (payments.PayoutPage, error) {
	if b.payouts == nil {
		return b.Double.ListPayouts(ctx, q)
	}
	return b.payouts(ctx, b, q)
}

func (b *broken) GetSettlement(ctx context.Context, id string) (canonical.Settlement, error) {
	if b.settle == nil {
		return b.Double.GetSettlement(ctx, id)
	}
	return b.settle(ctx, b, id)
}

func (b *broken) ReceiveWebhook(ctx context.Context, header http.Header, body []byte) ([]marketplace.Notice, error) {
	if b.receive == nil {
		return b.Double.ReceiveWebhook(ctx, header, body)
	}
	return b.receive(ctx, b, header, body)
}

var cases = []struct {
	name  string
	by    string // the suite's test that must fail; "" for none
	adapt func(*broken)
}{
	{name: "a good provider", adapt: func(*broken) {}},
	{"a channel that changes", "Channel", func(b *broken) {
		b.channel = func(b *broken) canonical.Channel {
			return canonical.Channel{Name: "double", Account: fmt.Sprint(b.calls.Add(1))}
		}
	}},
	{"another amount than was asked for", "Refund", func(b *broken) {
		b.create = func(ctx context.Context, b *broken, r payments.RefundRequest) (canonical.Refund, error) {
			refund, err := b.Double.CreateRefund(ctx, r)
			refund.Amount = decimal.MustParse("1")
			return refund, err
		}
	}},
	{"nothing is found", "Refund", func(b *broken) {
		b.find = func(context.Context, *broken, payments.RefundRequest) (canonical.Refund, bool, error) {
			return canonical.Refund{}, false, nil
		}
	}},
	{"a look-up that failed is taken for none", "RefundLookIsSure", func(b *broken) {
		b.find = func(ctx context.Context, b *broken, r payments.RefundRequest) (canonical.Refund, bool, error) {
			refund, found, err := b.Double.FindRefund(ctx, r)
			if err != nil {
				return canonical.Refund{}, false, nil
			}
			return refund, found, nil
		}
	}},
	{"a key of its own for each call", "RefundRepeated", func(b *broken) {
		b.create = func(ctx context.Context, b *broken, r payments.RefundRequest) (canonical.Refund, error) {
			r.Key += fmt.Sprint(b.calls.Add(1))
			return b.Double.CreateRefund(ctx, r)
		}
	}},
	{"no key while another call runs", "RefundConcurrently", func(b *broken) {
		b.create = func(ctx context.Context, b *broken, r payments.RefundRequest) (canonical.Refund, error) {
			if b.calls.Add(1) > 1 && b.calls.Load() < 4 {
				r.Key = ""
			}
			return b.Double.CreateRefund(ctx, r)
		}
	}},
	{"a lost reply that is said to be no success", "RefundTimeOutAfterSuccess", func(b *broken) {
		b.create = func(ctx context.Context, b *broken, r payments.RefundRequest) (canonical.Refund, error) {
			refund, err := b.Double.CreateRefund(ctx, r)
			if marketplace.CodeOf(err) == marketplace.CodeUnknown {
				err = &marketplace.Error{Code: marketplace.CodeUnavailable}
			}
			return refund, err
		}
	}},
	{"a lost reply that is repeated with another key", "RefundTimeOutAfterSuccess", func(b *broken) {
		b.create = func(ctx context.Context, b *broken, r payments.RefundRequest) (canonical.Refund, error) {
			refund, err := b.Double.CreateRefund(ctx, r)
			if marketplace.CodeOf(err) == marketplace.CodeUnknown {
				r.Key += "again"
				return b.Double.CreateRefund(ctx, r)
			}
			return refund, err
		}
	}},
	{"what never arrived is said to be refused", "RefundThatNeverArrived", func(b *broken) {
		b.create = func(ctx context.Context, b *broken, r payments.RefundRequest) (canonical.Refund, error) {
			refund, err := b.Double.CreateRefund(ctx, r)
			if marketplace.CodeOf(err) == marketplace.CodeUnavailable {
				err = &marketplace.Error{Code: marketplace.CodeInvalid}
			}
			return refund, err
		}
	}},
	{"a failure that is not seen", "RefundFailedLater", func(b *broken) {
		b.get = func(ctx context.Context, b *broken, id string) (canonical.Refund, error) {
			refund, err := b.Double.GetRefund(ctx, id)
			refund.Status = canonical.RefundSucceeded
			return refund, err
		}
	}},
	{"a failure without a reason", "RefundFailedLater", func(b *broken) {
		b.get = func(ctx context.Context, b *broken, id string) (canonical.Refund, error) {
			refund, err := b.Double.GetRefund(ctx, id)
			refund.Failure = ""
			return refund, err
		}
	}},
	{"a look-up that finds the newest refund of the payment", "RefundFailedLater", func(b *broken) { b.find = newest }},
	{"a reversal that is a failure", "RefundReversedAfterSuccess", func(b *broken) {
		b.get = func(ctx context.Context, b *broken, id string) (canonical.Refund, error) {
			refund, err := b.Double.GetRefund(ctx, id)
			if refund.Status == canonical.RefundReversed {
				refund.Status = canonical.RefundFailed
			}
			return refund, err
		}
	}},
	{"a look-up by amount", "RefundPartialTwice", func(b *broken) { b.find = newest }},
	{"a payment that forgets its refunds", "RefundPartialTwice", func(b *broken) {
		b.payment = func(ctx context.Context, b *broken, id string) (payments.Payment, error) {
			payment, err := b.Double.GetPayment(ctx, id)
			payment.Refunded = decimal.Zero
			return payment, err
		}
	}},
	{"too much is cut down to what is left", "RefundOverTheCapturedAmount", func(b *broken) {
		b.create = func(ctx context.Context, b *broken, r payments.RefundRequest) (canonical.Refund, error) {
			refund, err := b.Double.CreateRefund(ctx, r)
			if marketplace.CodeOf(err) == marketplace.CodeInvalid {
				r.Amount = decimal.MustParse("5")
				return b.Double.CreateRefund(ctx, r)
			}
			return refund, err
		}
	}},
	{"an answer to another amount", "RefundKeyReusedWithAnotherAmount", func(b *broken) {
		b.create = func(ctx context.Context, b *broken, r payments.RefundRequest) (canonical.Refund, error) {
			refund, err := b.Double.CreateRefund(ctx, r)
			if marketplace.CodeOf(err) == marketplace.CodeConflict {
				refund, _, err = b.Double.FindRefund(ctx, r)
			}
			return refund, err
		}
	}},
	{"a hundredth of a yen", "RefundWithoutCents", func(b *broken) {
		b.create = func(ctx context.Context, b *broken, r payments.RefundRequest) (canonical.Refund, error) {
			asked := r.Amount
			if r.Currency == "JPY" {
				r.Amount = decimal.MustParse("19")
			}
			refund, err := b.Double.CreateRefund(ctx, r)
			refund.Amount = asked
			return refund, err
		}
	}},
	{"amounts are made positive", "RefundOddAmounts", func(b *broken) {
		b.create = func(ctx context.Context, b *broken, r payments.RefundRequest) (canonical.Refund, error) {
			r.Amount = r.Amount.Abs()
			return b.Double.CreateRefund(ctx, r)
		}
	}},
	{"nothing is no error", "NotFound", func(b *broken) {
		b.get = func(ctx context.Context, b *broken, id string) (canonical.Refund, error) {
			refund, err := b.Double.GetRefund(ctx, id)
			if marketplace.CodeOf(err) == marketplace.CodeNotFound {
				err = nil
			}
			return refund, err
		}
	}},
	{"a context that does not count", "Cancellation", func(b *broken) {
		b.create = func(_ context.Context, b *broken, r payments.RefundRequest) (canonical.Refund, error) {
			return b.Double.CreateRefund(context.Background(), r)
		}
	}},
	{"captured at each repeat", "Capture", func(b *broken) {
		b.capture = func(ctx context.Context, b *broken, r payments.CaptureRequest) (payments.Payment, error) {
			r.Key = ""
			return b.Double.CapturePayment(ctx, r)
		}
	}},
	{"void twice is an error", "Void", func(b *broken) {
		b.void = func(ctx context.Context, b *broken, r payments.VoidRequest) (payments.Payment, error) {
			if b.calls.Add(1) > 1 {
				return payments.Payment{}, &marketplace.Error{Code: marketplace.CodeInvalid}
			}
			return b.Double.VoidPayment(ctx, r)
		}
	}},
	{"a void whose reply is lost is said to have failed", "Void", func(b *broken) {
		b.void = func(ctx context.Context, b *broken, r payments.VoidRequest) (payments.Payment, error) {
			payment, err := b.Double.VoidPayment(ctx, r)
			if b.calls.Add(1) == 3 {
				err = &marketplace.Error{Code: marketplace.CodeInvalid}
			}
			return payment, err
		}
	}},
	{"a charge without a place to pay", "Charge", func(b *broken) {
		b.asked = func(_ *broken, charge payments.Charge, err error) (payments.Charge, error) {
			charge.URL = ""
			return charge, err
		}
	}},
	{"a charge is not found", "Charge", func(b *broken) {
		b.seek = func(payments.Charge, bool) (payments.Charge, bool, error) { return payments.Charge{}, false, nil }
	}},
	{"a look for a charge that failed is taken for none", "ChargeLookIsSure", func(b *broken) { b.sure = true }},
	{"a new charge for each call", "ChargeRepeated", func(b *broken) { b.ask = otherKey }},
	{"a lost charge is said to be none", "ChargeTimeOutAfterSuccess", func(b *broken) {
		b.ask = func(ctx context.Context, b *broken, r payments.ChargeRequest) (payments.Charge, error) {
			charge, err := b.Double.CreateCharge(ctx, r)
			if marketplace.CodeOf(err) == marketplace.CodeUnknown {
				err = &marketplace.Error{Code: marketplace.CodeUnavailable}
			}
			return charge, err
		}
	}},
	{"a charge that never arrived is said to be refused", "ChargeThatNeverArrived", func(b *broken) {
		b.ask = func(ctx context.Context, b *broken, r payments.ChargeRequest) (payments.Charge, error) {
			charge, err := b.Double.CreateCharge(ctx, r)
			if marketplace.CodeOf(err) == marketplace.CodeUnavailable {
				err = &marketplace.Error{Code: marketplace.CodeInvalid}
			}
			return charge, err
		}
	}},
	{"a charge of another amount for a used key", "ChargeKeyReusedWithAnotherAmount", func(b *broken) { b.ask = otherKey }},
	{"charges are made positive", "ChargeOddAmounts", func(b *broken) {
		b.ask = func(ctx context.Context, b *broken, r payments.ChargeRequest) (payments.Charge, error) {
			r.Amount = r.Amount.Abs()
			return b.Double.CreateCharge(ctx, r)
		}
	}},
	{"paid by nobody knows what", "ChargePaid", func(b *broken) {
		b.asked = func(_ *broken, charge payments.Charge, err error) (payments.Charge, error) {
			charge.Payment = ""
			return charge, err
		}
	}},
	{"a new payment at each look", "ChargePaidTwiceNotified", func(b *broken) {
		b.asked = func(b *broken, charge payments.Charge, err error) (payments.Charge, error) {
			if charge.Payment != "" {
				charge.Payment += fmt.Sprint(b.calls.Add(1))
			}
			return charge, err
		}
	}},
	{"open for ever", "ChargeExpired", func(b *broken) {
		b.asked = func(_ *broken, charge payments.Charge, err error) (payments.Charge, error) {
			if charge.Status == payments.ChargeExpired {
				charge.Status = payments.ChargeOpen
			}
			return charge, err
		}
	}},
	{"late money is overlooked", "ChargePaidLate", func(b *broken) {
		b.asked = func(b *broken, charge payments.Charge, err error) (payments.Charge, error) {
			if charge.Status == payments.ChargeExpired {
				b.calls.Add(1)
			}
			if b.calls.Load() > 0 {
				charge.Status = payments.ChargeExpired
			}
			return charge, err
		}
	}},
	{"cancelling what is paid is an error", "ChargeCancelled", func(b *broken) {
		b.cancel = func(_ *broken, charge payments.Charge, err error) (payments.Charge, error) {
			if charge.Status == payments.ChargePaid {
				err = &marketplace.Error{Code: marketplace.CodeInvalid}
			}
			return charge, err
		}
	}},
	{"the last movement of a page is lost", "Balance", func(b *broken) {
		b.balance = func(ctx context.Context, b *broken, q payments.Query) (payments.BalancePage, error) {
			page, err := b.Double.ListBalance(ctx, q)
			page.Entries = page.Entries[:max(0, len(page.Entries)-1)]
			return page, err
		}
	}},
	{"entries with new ids at each look", "Balance", func(b *broken) {
		b.balance = func(ctx context.Context, b *broken, q payments.Query) (payments.BalancePage, error) {
			page, err := b.Double.ListBalance(ctx, q)
			for i := range page.Entries {
				page.Entries[i].ID += fmt.Sprint(b.calls.Add(1))
			}
			return page, err
		}
	}},
	{"a payout that does not add up", "Payouts", func(b *broken) {
		b.settle = func(ctx context.Context, b *broken, id string) (canonical.Settlement, error) {
			s, err := b.Double.GetSettlement(ctx, id)
			s.Entries = s.Entries[:max(0, len(s.Entries)-1)]
			return s, err
		}
	}},
	{"one page of payouts", "Payouts", func(b *broken) {
		b.payouts = func(ctx context.Context, b *broken, q payments.Query) (payments.PayoutPage, error) {
			page, err := b.Double.ListPayouts(ctx, q)
			page.More = false
			return page, err
		}
	}},
	{"any text is a cursor", "ForeignCursor", func(b *broken) {
		b.balance = func(ctx context.Context, b *broken, q payments.Query) (payments.BalancePage, error) {
			page, err := b.Double.ListBalance(ctx, q)
			if err != nil {
				return b.Double.ListBalance(ctx, payments.Query{Limit: q.Limit})
			}
			return page, nil
		}
	}},
	{"a notice without an event", "Webhook", func(b *broken) {
		b.receive = func(ctx context.Context, b *broken, header http.Header, body []byte) ([]marketplace.Notice, error) {
			notices, err := b.Double.ReceiveWebhook(ctx, header, body)
			for i := range notices {
				notices[i].EventID = ""
			}
			return notices, err
		}
	}},
	{"no look at the signature", "WebhookRefuses", func(b *broken) {
		b.receive = func(ctx context.Context, b *broken, header http.Header, body []byte) ([]marketplace.Notice, error) {
			if header = header.Clone(); header != nil {
				header.Set("Double-Signature", "signed:"+string(body))
			}
			return b.Double.ReceiveWebhook(ctx, header, body)
		}
	}},
}

// otherKey asks with a key of its own at each call.
func otherKey(ctx context.Context, b *broken, r payments.ChargeRequest) (payments.Charge, error) {
	r.Key += fmt.Sprint(b.calls.Add(1))
	return b.Double.CreateCharge(ctx, r)
}

// newest is a look-up that does not tell the refunds of a payment apart.
func newest(_ context.Context, b *broken, r payments.RefundRequest) (canonical.Refund, bool, error) {
	refunds := b.Refunds(r.Payment)
	if len(refunds) == 0 {
		return canonical.Refund{}, false, nil
	}
	return refunds[len(refunds)-1], true, nil
}

const brokenEnv = "PAYMENTSTEST_BROKEN"

// TestBroken runs the suite on the provider that the environment names, for [TestCatches].
func TestBroken(t *testing.T) {
	t.Parallel()
	for _, test := range cases {
		if test.name == os.Getenv(brokenEnv) || test.by == "" && os.Getenv(brokenEnv) == "" {
			paymentstest.Run(t, paymentstest.Harness{WithoutCents: "JPY", Open: func(*testing.T) paymentstest.Account {
				b := &broken{Double: paymentstest.NewDouble(24 * time.Hour)}
				test.adapt(b)
				return account(b.Double, b)
			}})
		}
	}
}

// The suite fails a provider that breaks a promise, in the test that is named for the promise. A suite that fails cannot be
// watched from inside its process, so each case runs in one of its own.
func TestCatches(t *testing.T) {
	t.Parallel()
	caught := map[string]bool{}
	for _, test := range cases {
		caught[test.by] = true
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBroken$", "-test.v")
			command.Env = append(os.Environ(), brokenEnv+"="+test.name)
			out, err := command.CombinedOutput()
			if test.by == "" {
				if err != nil || strings.Contains(string(out), "--- SKIP") {
					t.Fatalf("the suite fails a good provider, or leaves tests out: %v\n%s", err, out)
				}
				return
			}
			if err == nil || !strings.Contains(string(out), "--- FAIL: TestBroken/"+test.by+" ") {
				t.Errorf("the suite's %s does not see it:\n%s", test.by, out)
			}
		})
	}
	// Each test of the suite catches somebody.
	for _, name := range []string{
		"Channel", "Refund", "RefundRepeated", "RefundConcurrently", "RefundTimeOutAfterSuccess", "RefundThatNeverArrived", "RefundFailedLater",
		"RefundReversedAfterSuccess", "RefundPartialTwice", "RefundOverTheCapturedAmount", "RefundKeyReusedWithAnotherAmount", "RefundWithoutCents",
		"RefundOddAmounts", "NotFound", "Cancellation", "Capture", "Void",
		"Charge", "ChargeRepeated", "ChargeTimeOutAfterSuccess", "ChargeThatNeverArrived", "ChargeKeyReusedWithAnotherAmount", "ChargeOddAmounts",
		"ChargePaid", "ChargePaidTwiceNotified", "ChargeExpired", "ChargePaidLate", "ChargeCancelled", "Balance", "Payouts", "ForeignCursor", "Webhook", "WebhookRefuses",
	} {
		if !caught[name] {
			t.Errorf("no case is for %s", name)
		}
	}
}

// A provider without keys and without look-up passes what is for it.
func TestFewCapabilities(t *testing.T) {
	t.Parallel()
	paymentstest.Run(t, paymentstest.Harness{Open: func(*testing.T) paymentstest.Account {
		double := paymentstest.NewDouble(0)
		return account(double, struct{ payments.RefundCreator }{double})
	}})
}
