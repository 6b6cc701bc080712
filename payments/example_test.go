package payments_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/payments/paymentstest"
)

// Give money back over a provider that takes no keys, and would do so again and again: the second call finds the refund of the first.
func ExampleRefunder_Refund() {
	server := medusatest.NewServer(medusatest.PaidOrder("order_1", 1, "eur", "49.90", true, "2026-03-01T12:00:00.000Z"))
	defer server.Close()
	ctx, store := context.Background(), idempotency.NewMemory() // durable, and shared by all processes, in earnest

	shop := medusa.New(server.URL, medusa.SecretKey(server.SecretKey))
	refunder := payments.NewRefunder(shop, store, payments.WithRules(payments.RefundRules{StoreCredit: true}))
	plan := payments.RefundPlan{
		Reference: "return-17/line-1/2", // of what it is for, never of chance or the time
		Order:     canonical.Key{Channel: shop.Channel(), ID: "order_1"},
		Payment:   "order_1_pay",
		Currency:  "EUR", Captured: decimal.MustParse("49.90"), Amount: decimal.MustParse("19.95"),
		Approved: true, CreditAllowed: true,
	}
	for range 2 {
		progress, err := refunder.Refund(ctx, plan)
		if err != nil {
			fmt.Println(err) // call it again, now or later: that moves nothing twice
			return
		}
		fmt.Println(progress.Status, progress.Attempt)
	}
	fmt.Println(server.Refunds("order_1_pay"))
	// Output:
	// succeeded 1
	// succeeded 1
	// [19.95]
}

// The suite proves a provider; hooks that are left out leave out tests.
func TestMyProvider(t *testing.T) {
	t.Parallel()
	paymentstest.Run(t, paymentstest.Harness{
		Open: func(t *testing.T) paymentstest.Account {
			account := paymentstest.NewDouble(24 * time.Hour) // yours: a test account, or a server in the process
			return paymentstest.Account{
				Provider: account,
				Pay: func(_ *testing.T, currency canonical.Currency, amount decimal.Decimal) string {
					return account.Pay(currency, amount)
				},
				Moved: func(_ *testing.T, payment string) decimal.Decimal { return account.Moved(payment) },
			}
		},
	})
}

// A buyer is asked for what an exchange costs more, and pays.
func ExampleCollector() {
	provider := paymentstest.NewDouble(24 * time.Hour) // yours: stripe.New, say
	store := idempotency.NewMemory()                   // yours: a durable one

	collector := payments.NewCollector(provider, store, payments.WithChargeRules(payments.ChargeRules{Requests: 2}))
	plan := payments.ChargePlan{
		Reference: "return-17/exchange", // of what it is for, never of chance or the time
		Order:     canonical.Key{Channel: canonical.Channel{Name: "shop", Account: "main"}, ID: "1001"},
		Currency:  "EUR", Amount: decimal.MustParse("12.51"), Description: "Order 1001, exchange",
	}

	for range 2 {
		progress, err := collector.Collect(context.Background(), plan)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(progress.Status, progress.URL, progress.Payment.Amount.Shop)
		provider.PayCharge(progress.ChargeID) // the buyer
	}
	// Output:
	// open https://pay.example.com/ask_1 0
	// paid  12.51
}
