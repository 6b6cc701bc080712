package paymentstest

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
)

// same checks that two answers are about one refund.
func (b *bench) same(what string, want, got canonical.Refund) {
	b.Helper()
	if want.Key != got.Key || want.Payment != got.Payment || want.Currency != got.Currency || !want.Amount.Equal(got.Amount) {
		b.Errorf("%s: %s of %s %s for payment %s, want %s of %s %s for payment %s", what,
			got.Key, got.Amount, got.Currency, got.Payment, want.Key, want.Amount, want.Currency, want.Payment)
	}
}

// create makes a refund that must work.
func (b *bench) create(creator payments.RefundCreator, request payments.RefundRequest) canonical.Refund {
	b.Helper()
	refund, err := creator.CreateRefund(context.Background(), request)
	b.must(err)
	if refund.Key.ID == "" || refund.Key.Channel != b.Provider.Channel() {
		b.Fatalf("the refund's key is %q", refund.Key)
	}
	if refund.Payment != request.Payment || refund.Currency != request.Currency || !refund.Amount.Equal(request.Amount) {
		b.Errorf("asked for %s %s of %s, got %s %s of %s", request.Amount, request.Currency, request.Payment, refund.Amount, refund.Currency, refund.Payment)
	}
	if refund.Reference != request.Reference {
		b.Errorf("the reference is %q, want %q", refund.Reference, request.Reference)
	}
	if refund.Status != canonical.RefundPending && refund.Status != canonical.RefundSucceeded {
		b.Errorf("the status is %q", refund.Status)
	}
	return refund
}

// look checks that the refund is found by its request and by its id.
func (b *bench) look(request payments.RefundRequest, want canonical.Refund) {
	b.Helper()
	if finder, ok := b.Provider.(payments.RefundFinder); ok {
		found, ok, err := finder.FindRefund(context.Background(), request)
		b.must(err)
		if !ok {
			b.Errorf("the refund is not found by its request")
		} else {
			b.same("found by its request", want, found)
		}
	}
	if getter, ok := b.Provider.(payments.RefundGetter); ok {
		got, err := getter.GetRefund(context.Background(), want.Key.ID)
		b.must(err)
		b.same("fetched by its id", want, got)
	}
}

func testRefund(t *testing.T, h Harness) {
	b := h.open(t)
	creator := capability[payments.RefundCreator](b)
	payment := b.pay("20")
	request := b.request(payment, decimal.MustParse("20"))
	if finder, ok := b.Provider.(payments.RefundFinder); ok {
		if found, ok, err := finder.FindRefund(context.Background(), request); ok || err != nil {
			t.Errorf("found before it was made: %v, %v", found, err)
		}
	}
	refund := b.create(creator, request)
	b.look(request, refund)
	b.expectMoved(payment, "20")
}

func testRefundRepeated(t *testing.T, h Harness) {
	b := h.open(t)
	creator := capability[payments.RefundCreator](b)
	if creator.RefundKeyWindow() == 0 {
		t.Skip("the provider takes no keys")
	}
	payment := b.pay("20")
	request := b.request(payment, decimal.MustParse("5"))
	first := b.create(creator, request)
	for range 3 {
		b.same("repeated", first, b.create(creator, request))
	}
	b.expectMoved(payment, "5")
}

func testRefundConcurrently(t *testing.T, h Harness) {
	b := h.open(t)
	creator := capability[payments.RefundCreator](b)
	if creator.RefundKeyWindow() == 0 {
		t.Skip("the provider takes no keys")
	}
	payment := b.pay("20")
	request := b.request(payment, decimal.MustParse("5"))
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			// A provider may say that another request with the key is at work.
			_, err := creator.CreateRefund(context.Background(), request)
			if err != nil && marketplace.CodeOf(err) == "" {
				t.Errorf("untyped error: %v", err)
			}
		})
	}
	group.Wait()
	b.look(request, b.create(creator, request))
	b.expectMoved(payment, "5")
}

func testRefundLostReply(t *testing.T, h Harness) {
	b := h.open(t)
	creator := capability[payments.RefundCreator](b)
	b.need("LoseReply", b.LoseReply != nil)
	payment := b.pay("20")
	request := b.request(payment, decimal.MustParse("5"))
	b.LoseReply(t)
	_, err := creator.CreateRefund(context.Background(), request)
	b.expect("a reply that was lost", err, marketplace.CodeUnknown)
	b.expectMoved(payment, "5")
	finder, canLook := b.Provider.(payments.RefundFinder)
	if canLook {
		if _, found, err := finder.FindRefund(context.Background(), request); err != nil || !found {
			t.Errorf("what was made is not found: %v", err)
		}
	}
	if creator.RefundKeyWindow() > 0 {
		b.look(request, b.create(creator, request))
	}
	b.expectMoved(payment, "5")
}

func testRefundRefused(t *testing.T, h Harness) {
	b := h.open(t)
	creator := capability[payments.RefundCreator](b)
	b.need("RefuseNext", b.RefuseNext != nil)
	payment := b.pay("20")
	request := b.request(payment, decimal.MustParse("5"))
	b.RefuseNext(t)
	if _, err := creator.CreateRefund(context.Background(), request); err != nil {
		b.expect("a request that never arrived", err, marketplace.CodeUnavailable, marketplace.CodeRateLimited, marketplace.CodeUnknown)
		b.expectMoved(payment, "0")
		b.create(creator, request)
	}
	b.expectMoved(payment, "5")
}

func testRefundFailedLater(t *testing.T, h Harness) {
	b := h.open(t)
	creator, getter := capability[payments.RefundCreator](b), capability[payments.RefundGetter](b)
	b.need("Fail", b.Fail != nil)
	payment := b.pay("20")
	request := b.request(payment, decimal.MustParse("20"))
	refund := b.create(creator, request)
	b.Fail(t, refund.Key.ID)
	got, err := getter.GetRefund(context.Background(), refund.Key.ID)
	b.must(err)
	b.same("after it failed", refund, got)
	if got.Status != canonical.RefundFailed {
		t.Errorf("the status is %q, want failed", got.Status)
	}
	if got.Failure == "" {
		t.Error("it does not say why it failed")
	}
	b.expectMoved(payment, "0")
	// A new attempt has a key and a reference of its own, and is another refund.
	second := b.request(payment, decimal.MustParse("20"))
	if again := b.create(creator, second); again.Key == refund.Key {
		t.Error("a new key got the failed refund")
	} else {
		b.look(second, again)
	}
	b.expectMoved(payment, "20")
	if finder, ok := b.Provider.(payments.RefundFinder); ok {
		found, ok, err := finder.FindRefund(context.Background(), request)
		b.must(err)
		if !ok || found.Key != refund.Key || found.Status != canonical.RefundFailed {
			t.Errorf("the failed one is found as %q (%v), %q", found.Key, ok, found.Status)
		}
	}
}

func testRefundReversed(t *testing.T, h Harness) {
	b := h.open(t)
	creator, getter := capability[payments.RefundCreator](b), capability[payments.RefundGetter](b)
	b.need("Reverse", b.Reverse != nil)
	payment := b.pay("20")
	refund := b.create(creator, b.request(payment, decimal.MustParse("20")))
	b.Reverse(t, refund.Key.ID)
	got, err := getter.GetRefund(context.Background(), refund.Key.ID)
	b.must(err)
	b.same("after it came back", refund, got)
	if got.Status != canonical.RefundReversed {
		t.Errorf("the status is %q, want reversed", got.Status)
	}
	b.expectMoved(payment, "0")
}

func testRefundPartialTwice(t *testing.T, h Harness) {
	b := h.open(t)
	creator := capability[payments.RefundCreator](b)
	payment := b.pay("20")
	// The same amount: only the reference tells them apart.
	first, second := b.request(payment, decimal.MustParse("5.01")), b.request(payment, decimal.MustParse("5.01"))
	one, two := b.create(creator, first), b.create(creator, second)
	if one.Key == two.Key {
		t.Errorf("two refunds have the id %s", one.Key)
	}
	b.look(first, one)
	b.look(second, two)
	b.expectMoved(payment, "10.02")
	if getter, ok := b.Provider.(payments.PaymentGetter); ok {
		p, err := getter.GetPayment(context.Background(), payment)
		b.must(err)
		if p.ID != payment || p.Currency != h.Currency || !p.Captured.Equal(decimal.MustParse("20")) || !p.Refunded.Equal(decimal.MustParse("10.02")) {
			t.Errorf("the payment says %+v", p)
		}
	}
}

func testRefundOver(t *testing.T, h Harness) {
	b := h.open(t)
	creator := capability[payments.RefundCreator](b)
	payment := b.pay("20")
	_, err := creator.CreateRefund(context.Background(), b.request(payment, decimal.MustParse("20.01")))
	b.expect("more than was captured", err, marketplace.CodeInvalid)
	b.expectMoved(payment, "0")
	b.create(creator, b.request(payment, decimal.MustParse("15")))
	_, err = creator.CreateRefund(context.Background(), b.request(payment, decimal.MustParse("5.01")))
	b.expect("more than is left", err, marketplace.CodeInvalid)
	b.expectMoved(payment, "15")
}

func testRefundKeyReused(t *testing.T, h Harness) {
	b := h.open(t)
	creator := capability[payments.RefundCreator](b)
	if creator.RefundKeyWindow() == 0 {
		t.Skip("the provider takes no keys")
	}
	payment := b.pay("20")
	request := b.request(payment, decimal.MustParse("5"))
	b.create(creator, request)
	request.Amount = decimal.MustParse("6")
	_, err := creator.CreateRefund(context.Background(), request)
	b.expect("a key that was used for another amount", err, marketplace.CodeConflict)
	b.expectMoved(payment, "5")
}

func testRefundWithoutCents(t *testing.T, h Harness) {
	b := h.open(t)
	creator := capability[payments.RefundCreator](b)
	b.need("currency without cents", h.WithoutCents != "")
	payment := b.Pay(t, h.WithoutCents, decimal.MustParse("2000"))
	request := b.request(payment, decimal.MustParse("1999"))
	request.Currency = h.WithoutCents
	b.look(request, b.create(creator, request))
	b.expectMoved(payment, "1999")
	half := b.request(payment, decimal.MustParse("0.5"))
	half.Currency = h.WithoutCents
	_, err := creator.CreateRefund(context.Background(), half)
	b.expect("a part of what has no parts", err, marketplace.CodeInvalid)
	b.expectMoved(payment, "1999")
}

func testRefundOddAmounts(t *testing.T, h Harness) {
	b := h.open(t)
	creator := capability[payments.RefundCreator](b)
	payment := b.pay("20")
	for _, amount := range []string{"0", "-5", "0.001", "99999999999999999.99"} {
		_, err := creator.CreateRefund(context.Background(), b.request(payment, decimal.MustParse(amount)))
		b.expect("a refund of "+amount, err, marketplace.CodeInvalid)
	}
	other := b.request(payment, decimal.MustParse("5"))
	other.Currency = "XXX"
	_, err := creator.CreateRefund(context.Background(), other)
	b.expect("a refund in no currency", err, marketplace.CodeInvalid)
	b.expectMoved(payment, "0")
}

func testNotFound(t *testing.T, h Harness) {
	b := h.open(t)
	const ghost = "re_retailsync0none"
	if getter, ok := b.Provider.(payments.RefundGetter); ok {
		for _, id := range []string{ghost, "", "../" + ghost, strings.Repeat("a", 300)} {
			_, err := getter.GetRefund(context.Background(), id)
			b.expect("a refund that is not there", err, marketplace.CodeNotFound, marketplace.CodeInvalid)
		}
	}
	if getter, ok := b.Provider.(payments.PaymentGetter); ok {
		_, err := getter.GetPayment(context.Background(), "pay_retailsync0none")
		b.expect("a payment that is not there", err, marketplace.CodeNotFound)
	}
	if getter, ok := b.Provider.(payments.SettlementGetter); ok {
		_, err := getter.GetSettlement(context.Background(), "po_retailsync0none")
		b.expect("a payout that is not there", err, marketplace.CodeNotFound)
	}
	if creator, ok := b.Provider.(payments.RefundCreator); ok {
		_, err := creator.CreateRefund(context.Background(), b.request("pay_retailsync0none", decimal.MustParse("1")))
		b.expect("a refund of a payment that is not there", err, marketplace.CodeNotFound, marketplace.CodeInvalid)
	}
}

// A look that failed has found nothing out: whoever takes it for "there is none" gives the money back once more.
func testRefundLookIsSure(t *testing.T, h Harness) {
	b := h.open(t)
	creator := capability[payments.RefundCreator](b)
	finder := capability[payments.RefundFinder](b)
	request := b.request(b.pay("20"), decimal.MustParse("5"))
	b.create(creator, request)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, found, err := finder.FindRefund(ended, request); err != nil || !found {
		b.expect("a look-up that could not be made", err, marketplace.CodeUnavailable, marketplace.CodeUnknown)
	}
}
