package stripe_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/payments/paymentstest"
	"github.com/retailsync/retailsync/payments/stripe"
	"github.com/retailsync/retailsync/payments/stripe/internal/stripedouble"
)

// The suite of all providers, against the double. It has no hook that reverses a refund: Stripe says "failed" of one that came back,
// and the state machine knows better, see TestRefundReversed.
func TestConformance(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		currency, withoutCents canonical.Currency
		options                []stripe.Option
		byCharge               bool
	}{
		"payment intents": {currency: "EUR", withoutCents: "JPY"},
		"charges":         {currency: "USD", withoutCents: "KRW", options: []stripe.Option{stripe.WithCharges()}, byCharge: true},
		"dinars":          {currency: "KWD", withoutCents: "ISK"},
		"connected":       {currency: "EUR", withoutCents: "UGX", options: []stripe.Option{stripe.WithConnectedAccount("acct_1Connected")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			paymentstest.Run(t, paymentstest.Harness{
				Currency: test.currency, WithoutCents: test.withoutCents, Secrets: []string{stripedouble.Key, stripedouble.Secret},
				Open: func(t *testing.T) paymentstest.Account { return account(t, test.currency, test.byCharge, test.options) },
			})
		})
	}
}

func account(t *testing.T, currency canonical.Currency, byCharge bool, options []stripe.Option) paymentstest.Account {
	t.Helper()
	s := open(t, options...)
	connected := strings.Contains(t.Name(), "connected")
	if connected {
		s.double.ActFor("acct_1Connected")
	}
	named := func(intent string) string {
		if byCharge {
			return s.double.Charge(intent)
		}
		return intent
	}
	return paymentstest.Account{
		Provider: s.Adapter,
		Pay: func(t *testing.T, currency canonical.Currency, amount decimal.Decimal) string {
			return named(s.double.Pay(strings.ToLower(string(currency)), units(t, currency, amount)))
		},
		Authorize: func(t *testing.T, currency canonical.Currency, amount decimal.Decimal) string {
			return named(s.double.Authorize(strings.ToLower(string(currency)), units(t, currency, amount)))
		},
		Moved: func(t *testing.T, payment string) decimal.Decimal {
			got, err := s.GetPayment(t.Context(), payment)
			if err != nil {
				t.Fatal(err)
			}
			return decimal.MustNew(s.double.Moved(payment), scale[got.Currency])
		},
		LoseReply:  func(*testing.T) { s.cut(false) },
		RefuseNext: func(*testing.T) { s.cut(true) },
		Fail:       func(_ *testing.T, refund string) { s.double.Turn(refund, "failed", "expired_or_canceled_card") },
		PayOut:     func(*testing.T) string { return s.double.PayOut(strings.ToLower(string(currency))) },
		Deliver: func(_ *testing.T, refund string) (http.Header, []byte) {
			return s.double.Deliver(refund, connectedAccount(connected), 0)
		},
		DeliverLate: func(_ *testing.T, refund string) (http.Header, []byte) {
			return s.double.Deliver(refund, connectedAccount(connected), time.Hour)
		},
		PayCharge:    func(_ *testing.T, charge string) { s.double.PaySession(charge) },
		ExpireCharge: func(_ *testing.T, charge string) { s.double.ExpireSession(charge) },
		DeliverCharge: func(_ *testing.T, charge string) (http.Header, []byte) {
			return s.double.DeliverSession(charge, connectedAccount(connected))
		},
		Ping:            func(*testing.T) (http.Header, []byte) { return s.double.Ping() },
		SignatureHeader: "Stripe-Signature",
	}
}

func connectedAccount(connected bool) string {
	if connected {
		return "acct_1Connected"
	}
	return ""
}
