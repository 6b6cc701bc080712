package stripe_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/payments/stripe"
)

func TestRefundStatus(t *testing.T) {
	t.Parallel()
	for word, test := range map[string]struct {
		reason  string
		want    canonical.RefundStatus
		failure string
	}{
		"pending":         {"", canonical.RefundPending, ""},
		"requires_action": {"", canonical.RefundPending, ""},
		"succeeded":       {"", canonical.RefundSucceeded, ""},
		"failed":          {"lost_or_stolen_card", canonical.RefundFailed, "lost_or_stolen_card"},
		"canceled":        {"", canonical.RefundFailed, "canceled"},
	} {
		s := open(t)
		s.double.Answer("pending")
		made, err := s.CreateRefund(t.Context(), refundOf(s.double.Pay("eur", 2000)))
		if err != nil {
			t.Fatal(err)
		}
		s.double.Turn(made.Key.ID, word, test.reason)
		got, err := s.GetRefund(t.Context(), made.Key.ID)
		if err != nil || got.Status != test.want || got.Failure != test.failure || !strings.HasPrefix(got.RawStatus, word) {
			t.Errorf("%s: %+v, %v", word, got, err)
		}
		if got.Order != order || got.Reference != "return-1" {
			t.Errorf("%s: the refund is for %s of %s", word, got.Reference, got.Order)
		}
	}
}

// A request that Stripe would carry out otherwise than it was meant is not sent.
func TestRefundIsNotSent(t *testing.T) {
	t.Parallel()
	s := open(t)
	payment := s.double.Pay("jpy", 2000)
	for name, change := range map[string]func(*payments.RefundRequest){
		"another currency":     func(r *payments.RefundRequest) {}, // 5.00 EUR would be 500 JPY
		"no key":               func(r *payments.RefundRequest) { r.Currency, r.Key = "JPY", "" },
		"key with a line":      func(r *payments.RefundRequest) { r.Currency, r.Key = "JPY", "a\r\nb" },
		"key with spaces":      func(r *payments.RefundRequest) { r.Currency, r.Key = "JPY", " a" },
		"long key":             func(r *payments.RefundRequest) { r.Currency, r.Key = "JPY", strings.Repeat("k", 256) },
		"no reference":         func(r *payments.RefundRequest) { r.Currency, r.Reference = "JPY", "" },
		"long reference":       func(r *payments.RefundRequest) { r.Currency, r.Reference = "JPY", strings.Repeat("r", 501) },
		"part of a yen":        func(r *payments.RefundRequest) { r.Currency, r.Amount = "JPY", decimal.MustParse("0.5") },
		"no such currency":     func(r *payments.RefundRequest) { r.Currency = "ZZZ" },
		"thousandths of dinar": func(r *payments.RefundRequest) { r.Currency, r.Amount = "KWD", decimal.MustParse("1.001") },
	} {
		request := refundOf(payment)
		change(&request)
		if _, err := s.CreateRefund(t.Context(), request); marketplace.CodeOf(err) != marketplace.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, id := range []string{"", "pi_", "sub_1", "../pi_1", "pi_1/capture", "pi_1?x=1", "ch_é"} {
		if _, err := s.CreateRefund(t.Context(), refundOf(id)); marketplace.CodeOf(err) != marketplace.CodeNotFound {
			t.Errorf("payment %q: %v", id, err)
		}
	}
	for _, request := range s.double.Requests() {
		if strings.HasPrefix(request, "POST") {
			t.Errorf("sent: %s", request)
		}
	}
}

// The reference is found among many, on any page, and of several with it the one whose money moved.
func TestFindRefundOnAllPages(t *testing.T) {
	t.Parallel()
	s := open(t)
	payment := s.double.Pay("eur", 100000)
	first := ""
	for i := range 250 {
		request := refundOf(payment)
		request.Reference, request.Key, request.Amount = fmt.Sprintf("return-%d", i), fmt.Sprintf("key-%d", i), decimal.MustParse("0.01")
		made, err := s.CreateRefund(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = made.Key.ID
		}
	}
	request := refundOf(payment)
	request.Reference = "return-0"
	found, ok, err := s.FindRefund(t.Context(), request)
	if err != nil || !ok || found.Key.ID != first {
		t.Errorf("found %s, %v, %v", found.Key, ok, err)
	}
	request.Reference = "return-250"
	if found, ok, err := s.FindRefund(t.Context(), request); ok || err != nil {
		t.Errorf("found %s, %v", found.Key, err)
	}
	// It failed, and was made again with the same reference, as happens when Stripe has forgotten the key.
	s.double.Turn(first, "failed", "unknown")
	s.double.Advance(25 * time.Hour)
	request.Reference, request.Key, request.Amount = "return-0", "key-0", decimal.MustParse("0.01")
	second, err := s.CreateRefund(t.Context(), request)
	if err != nil || second.Key.ID == first {
		t.Fatalf("%+v, %v", second, err)
	}
	if found, ok, err := s.FindRefund(t.Context(), request); err != nil || !ok || found.Key != second.Key {
		t.Errorf("found %s, %v, %v, want %s", found.Key, ok, err, second.Key)
	}
	// And a third time, which fails or succeeds: the one that stands, and was made first, is the answer.
	s.double.Advance(25 * time.Hour)
	third, err := s.CreateRefund(t.Context(), request)
	if err != nil || third.Key == second.Key {
		t.Fatalf("%+v, %v", third, err)
	}
	for _, status := range []string{"succeeded", "failed"} {
		s.double.Turn(third.Key.ID, status, "unknown")
		if found, ok, err := s.FindRefund(t.Context(), request); err != nil || !ok || found.Key != second.Key {
			t.Errorf("found %s, %v, %v, want %s", found.Key, ok, err, second.Key)
		}
	}
	if _, _, err := s.FindRefund(t.Context(), refundOf("pi_none")); marketplace.CodeOf(err) != marketplace.CodeNotFound {
		t.Errorf("of no payment: %v", err)
	}
}

// A charge that was made without a PaymentIntent can be refunded; it is captured and voided elsewhere.
func TestChargeWithoutIntent(t *testing.T) {
	t.Parallel()
	s := open(t)
	charge := s.double.PayWithoutIntent("eur", 2000)
	made, err := s.CreateRefund(t.Context(), refundOf(charge))
	if err != nil || made.Payment != charge {
		t.Fatal(made, err)
	}
	if got, err := s.GetRefund(t.Context(), made.Key.ID); err != nil || got.Payment != charge {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := s.VoidPayment(t.Context(), payments.VoidRequest{Reference: "v", Key: "v", Payment: charge}); marketplace.CodeOf(err) != marketplace.CodeInvalid {
		t.Errorf("void: %v", err)
	}
	if moved := s.double.Moved(charge); moved != 500 {
		t.Errorf("%d moved", moved)
	}
}

func TestPayments(t *testing.T) {
	t.Parallel()
	for _, options := range [][]stripe.Option{nil, {stripe.WithCharges()}} {
		s := open(t, options...)
		named := func(intent string) string {
			if options != nil {
				return s.double.Charge(intent)
			}
			return intent
		}
		check := func(what, id, authorized, captured, refunded string, voided bool) {
			t.Helper()
			got, err := s.GetPayment(t.Context(), named(id))
			if err != nil || got.ID != named(id) || got.Currency != "EUR" || !got.Authorized.Equal(decimal.MustParse(authorized)) ||
				!got.Captured.Equal(decimal.MustParse(captured)) || !got.Refunded.Equal(decimal.MustParse(refunded)) || got.Voided != voided {
				t.Errorf("%s: %+v, %v", what, got, err)
			}
		}
		id := s.double.Authorize("eur", 5000)
		check("authorised", id, "50", "0", "0", false)
		request := payments.CaptureRequest{Reference: "order-1", Key: "k1", Payment: named(id), Currency: "EUR", Amount: decimal.MustParse("30")}
		if _, err := s.CapturePayment(t.Context(), payments.CaptureRequest{Reference: "o", Key: "k", Payment: named(id), Currency: "USD", Amount: request.Amount}); marketplace.CodeOf(err) != marketplace.CodeInvalid {
			t.Errorf("captured in another currency: %v", err)
		}
		if _, err := s.CapturePayment(t.Context(), request); err != nil {
			t.Fatal(err)
		}
		if _, err := s.VoidPayment(t.Context(), payments.VoidRequest{Reference: "v", Key: "v0", Payment: named(id)}); marketplace.CodeOf(err) != marketplace.CodeInvalid || !strings.Contains(err.Error(), "refund it") {
			t.Errorf("void what is captured: %v", err)
		}
		check("captured in part: the rest is let go", id, "50", "30", "0", true)
		// Days later Stripe has forgotten the key: the reference on the PaymentIntent still answers.
		s.double.Advance(72 * time.Hour)
		if got, err := s.CapturePayment(t.Context(), request); err != nil || !got.Captured.Equal(request.Amount) || got.ID != named(id) {
			t.Errorf("captured again: %+v, %v", got, err)
		}
		request.Reference, request.Key = "order-2", "k2"
		if _, err := s.CapturePayment(t.Context(), request); marketplace.CodeOf(err) != marketplace.CodeInvalid {
			t.Errorf("captured for something else: %v", err)
		}
		if _, err := s.CreateRefund(t.Context(), refundOf(named(id))); err != nil {
			t.Fatal(err)
		}
		check("refunded in part", id, "50", "30", "5", true)
		other := s.double.Authorize("eur", 2000)
		if got, err := s.VoidPayment(t.Context(), payments.VoidRequest{Reference: "v", Key: "v", Payment: named(other)}); err != nil || !got.Voided || got.ID != named(other) {
			t.Errorf("void: %+v, %v", got, err)
		}
		check("void", other, "20", "0", "0", true)
		writes := 0
		for _, call := range s.double.Requests() {
			if strings.HasPrefix(call, http.MethodPost) {
				writes++
			}
		}
		if writes != 4 {
			t.Errorf("%d writes, want a capture, one that was refused, a refund and a void: %q", writes, s.double.Requests())
		}
	}
}
