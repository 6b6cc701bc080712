package paymentstest

import (
	"context"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
)

func testCapture(t *testing.T, h Harness) {
	b := h.open(t)
	capturer := capability[payments.Capturer](b)
	b.need("Authorize", b.Authorize != nil)
	payment := b.Authorize(t, h.Currency, decimal.MustParse("50"))
	request := payments.CaptureRequest{Reference: payment + "-1", Key: payment + "-key", Payment: payment, Currency: h.Currency, Amount: decimal.MustParse("50.01")}
	_, err := capturer.CapturePayment(context.Background(), request)
	b.expect("more than was authorised", err, marketplace.CodeInvalid)
	request.Amount, request.Key = decimal.MustParse("30"), payment+"-key2"
	for range 3 {
		captured, err := capturer.CapturePayment(context.Background(), request)
		b.must(err)
		if captured.ID != payment || captured.Currency != h.Currency || !captured.Captured.Equal(decimal.MustParse("30")) {
			t.Fatalf("captured %+v, want 30 once", captured)
		}
	}
	if getter, ok := b.Provider.(payments.PaymentGetter); ok {
		got, err := getter.GetPayment(context.Background(), payment)
		b.must(err)
		if !got.Captured.Equal(decimal.MustParse("30")) {
			t.Errorf("the payment says %+v", got)
		}
	}
}

func testVoid(t *testing.T, h Harness) {
	b := h.open(t)
	voider := capability[payments.Voider](b)
	b.need("Authorize", b.Authorize != nil)
	payment := b.Authorize(t, h.Currency, decimal.MustParse("50"))
	request := payments.VoidRequest{Reference: payment + "-void", Key: payment + "-void", Payment: payment}
	for range 2 {
		voided, err := voider.VoidPayment(context.Background(), request)
		b.must(err)
		if !voided.Voided || !voided.Captured.IsZero() {
			t.Errorf("voided: %+v", voided)
		}
	}
	if b.LoseReply != nil { // what was let go is so, whatever was heard of it
		lost := b.Authorize(t, h.Currency, decimal.MustParse("30"))
		again := payments.VoidRequest{Reference: lost + "-void", Key: lost + "-void", Payment: lost}
		b.LoseReply(t)
		if _, err := voider.VoidPayment(context.Background(), again); err != nil {
			b.expect("a void whose reply is lost", err, marketplace.CodeUnknown)
		}
		voided, err := voider.VoidPayment(context.Background(), again)
		if b.must(err); !voided.Voided {
			t.Errorf("voided after a lost reply: %+v", voided)
		}
	}
	captured := b.pay("20")
	_, err := voider.VoidPayment(context.Background(), payments.VoidRequest{Reference: captured + "-void", Key: captured + "-void", Payment: captured})
	b.expect("void what is captured", err, marketplace.CodeInvalid)
}
