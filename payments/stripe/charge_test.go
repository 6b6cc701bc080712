package stripe_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/payments/stripe"
	"github.com/retailsync/retailsync/payments/stripe/internal/stripedouble"
)

func chargeOf(reference string) payments.ChargeRequest {
	now := time.Now().UTC().Truncate(time.Second)
	return payments.ChargeRequest{
		Reference: reference, Key: "charge-" + reference, Order: order, Currency: "EUR", Amount: decimal.MustParse("12.51"), Description: "Order 1001, exchange",
		At: now, ExpiresAt: now.Add(48 * time.Hour),
	}
}

// A debit is on its way for days, and may be sent back.
func TestChargeByDebit(t *testing.T) {
	t.Parallel()
	for _, options := range [][]stripe.Option{nil, {stripe.WithCharges()}} {
		s := open(t, options...)
		made, err := s.CreateCharge(t.Context(), chargeOf("a"))
		if err != nil || !strings.HasPrefix(made.URL, "https://") || made.ExpiresAt.After(time.Now().Add(25*time.Hour)) {
			t.Fatal(made, err)
		}
		want := func(id string, status payments.ChargeStatus, failure string) payments.Charge {
			t.Helper()
			got, err := s.GetCharge(t.Context(), id)
			if err != nil || got.Status != status || got.Failure != failure || got.Order != order {
				t.Errorf("%+v, %v, want %s %s", got, err, status, failure)
			}
			return got
		}
		s.double.DebitSession(made.ID)
		want(made.ID, payments.ChargePending, "")
		s.double.FailSession(made.ID, "insufficient_funds")
		want(made.ID, payments.ChargeFailed, "insufficient_funds")

		made, err = s.CreateCharge(t.Context(), chargeOf("b"))
		if err != nil {
			t.Fatal(err)
		}
		s.double.DebitSession(made.ID)
		if got, err := s.CancelCharge(t.Context(), made.ID); err != nil || got.Status != payments.ChargePending {
			t.Errorf("cancelled while the money is on its way: %+v, %v", got, err)
		}
		s.double.PaySession(made.ID)
		paid := want(made.ID, payments.ChargePaid, "")
		if prefix := map[bool]string{true: "pi_", false: "ch_"}[options == nil]; !strings.HasPrefix(paid.Payment, prefix) || paid.PaidAt.IsZero() {
			t.Errorf("paid by %s, want %s…", paid.Payment, prefix)
		}
	}
}

// What Stripe would not take, or ask for otherwise than it was meant, is not sent.
func TestChargeIsNotSent(t *testing.T) {
	t.Parallel()
	s := open(t)
	for name, change := range map[string]func(*payments.ChargeRequest){
		"no key":           func(r *payments.ChargeRequest) { r.Key = "" },
		"key with a line":  func(r *payments.ChargeRequest) { r.Key = "a\nb" },
		"long reference":   func(r *payments.ChargeRequest) { r.Reference = strings.Repeat("r", 501) },
		"no description":   func(r *payments.ChargeRequest) { r.Description = "" },
		"long description": func(r *payments.ChargeRequest) { r.Description = strings.Repeat("d", 251) },
		"ten minutes":      func(r *payments.ChargeRequest) { r.ExpiresAt = r.At.Add(10 * time.Minute) },
		"no such currency": func(r *payments.ChargeRequest) { r.Currency = "ZZZ" },
		"part of a yen":    func(r *payments.ChargeRequest) { r.Currency, r.Amount = "JPY", decimal.MustParse("0.5") },
	} {
		request := chargeOf("a")
		change(&request)
		if _, err := s.CreateCharge(t.Context(), request); marketplace.CodeOf(err) != marketplace.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	bare := stripe.New(stripe.Key(stripedouble.Key), stripe.WithBaseURL(s.address), stripe.WithTransport(s.line))
	if _, err := bare.CreateCharge(t.Context(), chargeOf("a")); marketplace.CodeOf(err) != marketplace.CodeInvalid || !strings.Contains(err.Error(), "WithPaidPage") {
		t.Errorf("no page: %v", err)
	}
	for _, request := range s.double.Requests() {
		if strings.HasPrefix(request, "POST") {
			t.Errorf("sent: %s", request)
		}
	}
}

// A charge is brought about by two processes, each of which dies or loses a reply at every of its calls, before the buyer pays and
// after: he can pay once, and his money is seen.
func TestChargeFaults(t *testing.T) {
	t.Parallel()
	plan := payments.ChargePlan{Reference: "exchange-1", Order: order, Currency: "EUR", Amount: decimal.MustParse("12.51"), Description: "Order 1001, exchange"}
	run := func(t *testing.T, faults [2]fault) (calls [2]int) {
		synctest.Test(t, func(t *testing.T) {
			double, store := stripedouble.New(), idempotency.NewMemory()
			collector := func(p *process) *payments.Collector {
				return payments.NewCollector(stripe.New(stripe.Key(stripedouble.Key), stripe.WithTransport(p), stripe.WithPaidPage("https://shop.example.com/thanks")), p)
			}
			two := func() {
				for i, f := range faults {
					p := newProcess(store, double, f)
					_, _ = collector(p).Collect(t.Context(), plan)
					calls[i] = p.calls
					time.Sleep(time.Minute) // the dead one's claims end
				}
			}
			two()
			first := calls
			last := collector(newProcess(store, double, fault{}))
			progress, err := last.Collect(t.Context(), plan)
			open, _ := double.Sessions()
			if err != nil || progress.Status != payments.ChargeOpen || len(open) != 1 || open[0] != progress.ChargeID {
				t.Fatalf("%+v: %+v, %v; he can pay %s", faults, progress, err, open)
			}
			double.PaySession(progress.ChargeID)
			two()
			progress, err = last.Collect(t.Context(), plan)
			open, paid := double.Sessions()
			if err != nil || progress.Status != payments.ChargePaid || len(open) != 0 || len(paid) != 1 || !strings.HasPrefix(progress.Payment.ID, "pi_") {
				t.Fatalf("%+v: %+v, %v; he can pay %s and has paid %s", faults, progress, err, open, paid)
			}
			calls = first
		})
		return calls
	}
	clean := run(t, [2]fault{})
	runs := 0
	for _, first := range everyFault(clean[0]) {
		after := run(t, [2]fault{first})
		for _, second := range everyFault(after[1]) {
			run(t, [2]fault{first, second})
			runs++
		}
	}
	if t.Logf("%d calls, %d pairs of faults", clean[0], runs); clean[0] < 6 {
		t.Error("so few calls?")
	}
}
