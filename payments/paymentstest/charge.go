package paymentstest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
)

// chargeRequest asks for a charge that nobody asked for before.
func (b *bench) chargeRequest(amount string) payments.ChargeRequest {
	b.count++
	reference := strings.Join([]string{b.Name(), "charge", string(rune('a' + b.count))}, "-")
	now := time.Now().UTC().Truncate(time.Second)
	return payments.ChargeRequest{
		Reference: reference, Key: "key-" + reference, Currency: b.harness.Currency, Amount: decimal.MustParse(amount), Description: "Exchange of order 1001",
		Order: canonical.Key{Channel: canonical.Channel{Name: "shop", Account: "main"}, ID: "order-" + reference}, At: now, ExpiresAt: now.Add(12 * time.Hour),
	}
}

// charge makes a charge that must work.
func (b *bench) charge(creator payments.ChargeCreator, request payments.ChargeRequest) payments.Charge {
	b.Helper()
	charge, err := creator.CreateCharge(context.Background(), request)
	b.must(err)
	b.isAsked("made", charge, request, payments.ChargeOpen)
	return charge
}

// get fetches a charge that must be there.
func (b *bench) get(creator payments.ChargeCreator, id string) payments.Charge {
	b.Helper()
	charge, err := creator.GetCharge(context.Background(), id)
	b.must(err)
	return charge
}

// isAsked checks that a charge is the one that was asked for.
func (b *bench) isAsked(what string, charge payments.Charge, request payments.ChargeRequest, status payments.ChargeStatus) {
	b.Helper()
	if charge.ID == "" || charge.Reference != request.Reference || charge.Currency != request.Currency || !charge.Amount.Equal(request.Amount) || charge.Order != request.Order {
		b.Fatalf("%s: %+v, asked for %+v", what, charge, request)
	}
	if charge.Status != status {
		b.Errorf("%s: it is %s, want %s", what, charge.Status, status)
	}
	if open := charge.Status == payments.ChargeOpen; open != (charge.URL != "") {
		b.Errorf("%s: a charge that is %s is paid at %q", what, charge.Status, charge.URL)
	}
	if paid := charge.Status == payments.ChargePaid; paid != (charge.Payment != "") || paid == charge.PaidAt.IsZero() {
		b.Errorf("%s: a charge that is %s has the payment %q of %s", what, charge.Status, charge.Payment, charge.PaidAt)
	}
}

func testCharge(t *testing.T, h Harness) {
	b := h.open(t)
	creator := capability[payments.ChargeCreator](b)
	request := b.chargeRequest("12.50")
	finder, finds := b.Provider.(payments.ChargeFinder)
	if finds {
		if found, ok, err := finder.FindCharge(context.Background(), request); ok || err != nil {
			t.Errorf("found before it was made: %+v, %v", found, err)
		}
	}
	made := b.charge(creator, request)
	b.isAsked("fetched by its id", b.get(creator, made.ID), request, payments.ChargeOpen)
	b.charge(creator, b.chargeRequest("12.50")) // another one of the same amount
	if finds {
		found, ok, err := finder.FindCharge(context.Background(), request)
		b.must(err)
		if !ok || found.ID != made.ID {
			t.Errorf("looked for %s and found %+v", made.ID, found)
		}
	}
	for _, id := range []string{"", "none", "../charges", made.ID + "0"} {
		_, err := creator.GetCharge(context.Background(), id)
		b.expect("a charge that does not exist", err, marketplace.CodeNotFound)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := creator.CreateCharge(ctx, b.chargeRequest("1.00"))
	b.expect("a context that has ended", err, marketplace.CodeUnavailable, marketplace.CodeUnknown)
}

func testChargeRepeated(t *testing.T, h Harness) {
	b := h.open(t)
	creator := capability[payments.ChargeCreator](b)
	if creator.ChargeKeyWindow() == 0 {
		t.Skip("the provider takes no keys")
	}
	request := b.chargeRequest("12.50")
	first := b.charge(creator, request)
	for range 3 {
		if again := b.charge(creator, request); again.ID != first.ID {
			t.Errorf("repeated: charge %s, first %s", again.ID, first.ID)
		}
	}
}

func testChargeLostReply(t *testing.T, h Harness) {
	b := h.open(t)
	creator := capability[payments.ChargeCreator](b)
	b.need("LoseReply", b.LoseReply != nil)
	request := b.chargeRequest("12.50")
	b.LoseReply(t)
	_, err := creator.CreateCharge(context.Background(), request)
	b.expect("a reply that was lost", err, marketplace.CodeUnknown)
	finder, finds := b.Provider.(payments.ChargeFinder)
	var id string
	if finds {
		found, ok, err := finder.FindCharge(context.Background(), request)
		b.must(err)
		if !ok {
			t.Fatal("the charge whose reply was lost is not found")
		}
		id = found.ID
	}
	if creator.ChargeKeyWindow() > 0 {
		if again := b.charge(creator, request); finds && again.ID != id {
			t.Errorf("repeated: charge %s, found %s", again.ID, id)
		}
	}
}

func testChargeRefused(t *testing.T, h Harness) {
	b := h.open(t)
	creator := capability[payments.ChargeCreator](b)
	b.need("RefuseNext", b.RefuseNext != nil)
	request := b.chargeRequest("12.50")
	b.RefuseNext(t)
	_, err := creator.CreateCharge(context.Background(), request)
	b.expect("a request that never arrived", err, marketplace.CodeUnavailable, marketplace.CodeUnknown)
	if finder, ok := b.Provider.(payments.ChargeFinder); ok {
		if found, ok, err := finder.FindCharge(context.Background(), request); ok || err != nil {
			t.Errorf("what never arrived is found: %+v, %v", found, err)
		}
	}
	b.charge(creator, request)
}

func testChargeKeyReused(t *testing.T, h Harness) {
	b := h.open(t)
	creator := capability[payments.ChargeCreator](b)
	if creator.ChargeKeyWindow() == 0 {
		t.Skip("the provider takes no keys")
	}
	request := b.chargeRequest("12.50")
	first := b.charge(creator, request)
	other := request
	other.Amount = decimal.MustParse("13.00")
	_, err := creator.CreateCharge(context.Background(), other)
	b.expect("a key that was used with another amount", err, marketplace.CodeConflict)
	b.isAsked("afterwards", b.get(creator, first.ID), request, payments.ChargeOpen)
}

func testChargeOddAmounts(t *testing.T, h Harness) {
	b := h.open(t)
	creator := capability[payments.ChargeCreator](b)
	for _, amount := range []string{"0", "-5.00", "0.00001"} {
		request := b.chargeRequest("1.00")
		request.Amount = decimal.MustParse(amount)
		_, err := creator.CreateCharge(context.Background(), request)
		b.expect("a charge of "+amount, err, marketplace.CodeInvalid)
	}
	request := b.chargeRequest("1.00")
	request.Reference = ""
	_, err := creator.CreateCharge(context.Background(), request)
	b.expect("a charge without a reference", err, marketplace.CodeInvalid)
}

func testChargePaid(t *testing.T, h Harness) {
	b := h.open(t)
	creator := capability[payments.ChargeCreator](b)
	b.need("PayCharge", b.PayCharge != nil)
	request := b.chargeRequest("12.50")
	made := b.charge(creator, request)
	b.PayCharge(t, made.ID)
	paid := b.get(creator, made.ID)
	b.isAsked("paid", paid, request, payments.ChargePaid)
	if finder, ok := b.Provider.(payments.ChargeFinder); ok {
		found, ok, err := finder.FindCharge(context.Background(), request)
		b.must(err)
		if !ok || found.ID != made.ID || found.Status != payments.ChargePaid {
			t.Errorf("looked for a charge that was paid, found %+v", found)
		}
	}
	if getter, ok := b.Provider.(payments.PaymentGetter); ok {
		payment, err := getter.GetPayment(context.Background(), paid.Payment)
		b.must(err)
		if !payment.Captured.Equal(request.Amount) || payment.Currency != request.Currency {
			t.Errorf("it was paid by %+v", payment)
		}
	}
}

func testChargeNotified(t *testing.T, h Harness) {
	b := h.open(t)
	creator := capability[payments.ChargeCreator](b)
	receiver := capability[marketplace.WebhookReceiver](b)
	b.need("PayCharge and DeliverCharge", b.PayCharge != nil && b.DeliverCharge != nil)
	made := b.charge(creator, b.chargeRequest("12.50"))
	b.PayCharge(t, made.ID)
	header, body := b.DeliverCharge(t, made.ID)
	var first payments.Charge
	for i := range 3 {
		notices, err := receiver.ReceiveWebhook(context.Background(), header, body)
		b.must(err)
		if len(notices) != 1 || notices[0].Kind != marketplace.NoticeCharge || notices[0].Key != (canonical.Key{Channel: b.Provider.Channel(), ID: made.ID}) || notices[0].EventID == "" {
			t.Fatalf("a delivery about charge %s gave %+v", made.ID, notices)
		}
		charge := b.get(creator, notices[0].Key.ID)
		if i == 0 {
			first = charge
		}
		if diff := cmp.Diff(first, charge, cmp.Comparer(decimal.Decimal.Equal)); diff != "" || charge.Status != payments.ChargePaid {
			t.Errorf("notified again (-first +again):\n%s", diff)
		}
	}
}

func testChargeExpired(t *testing.T, h Harness) {
	b := h.open(t)
	creator := capability[payments.ChargeCreator](b)
	b.need("ExpireCharge", b.ExpireCharge != nil)
	request := b.chargeRequest("12.50")
	made := b.charge(creator, request)
	b.ExpireCharge(t, made.ID)
	b.isAsked("expired", b.get(creator, made.ID), request, payments.ChargeExpired)
	if canceller, ok := b.Provider.(payments.ChargeCanceller); ok {
		cancelled, err := canceller.CancelCharge(context.Background(), made.ID)
		b.must(err)
		b.isAsked("expired, then cancelled", cancelled, request, payments.ChargeExpired)
	}
}

func testChargePaidLate(t *testing.T, h Harness) {
	b := h.open(t)
	creator := capability[payments.ChargeCreator](b)
	b.need("ExpireCharge and PayLate", b.ExpireCharge != nil && b.PayLate != nil)
	request := b.chargeRequest("12.50")
	made := b.charge(creator, request)
	b.ExpireCharge(t, made.ID)
	b.isAsked("expired", b.get(creator, made.ID), request, payments.ChargeExpired)
	b.PayLate(t, made.ID)
	b.isAsked("paid late", b.get(creator, made.ID), request, payments.ChargePaid)
}

func testChargeCancelled(t *testing.T, h Harness) {
	b := h.open(t)
	creator := capability[payments.ChargeCreator](b)
	canceller := capability[payments.ChargeCanceller](b)
	request := b.chargeRequest("12.50")
	made := b.charge(creator, request)
	for range 2 {
		cancelled, err := canceller.CancelCharge(context.Background(), made.ID)
		b.must(err)
		// Some tell what was taken back from what ended by itself, others do not.
		want := payments.ChargeCancelled
		if cancelled.Status == payments.ChargeExpired {
			want = payments.ChargeExpired
		}
		b.isAsked("cancelled", cancelled, request, want)
		b.isAsked("cancelled, then fetched", b.get(creator, made.ID), request, want)
	}
	_, err := canceller.CancelCharge(context.Background(), "none")
	b.expect("cancel a charge that does not exist", err, marketplace.CodeNotFound)
	b.need("PayCharge", b.PayCharge != nil)
	request = b.chargeRequest("12.50")
	made = b.charge(creator, request)
	b.PayCharge(t, made.ID)
	paid, err := canceller.CancelCharge(context.Background(), made.ID)
	b.must(err)
	b.isAsked("cancelled when it was paid", paid, request, payments.ChargePaid)
}

// A look that failed has found nothing out: whoever takes it for "there is none" asks the buyer once more.
func testChargeLookIsSure(t *testing.T, h Harness) {
	b := h.open(t)
	creator := capability[payments.ChargeCreator](b)
	finder := capability[payments.ChargeFinder](b)
	request := b.chargeRequest("12.34")
	b.charge(creator, request)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, found, err := finder.FindCharge(ended, request); err != nil || !found {
		b.expect("a look-up that could not be made", err, marketplace.CodeUnavailable, marketplace.CodeUnknown)
	}
}
