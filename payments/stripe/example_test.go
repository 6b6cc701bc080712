package stripe_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/payments/stripe"
	"github.com/retailsync/retailsync/payments/stripe/internal/stripedouble"
)

// A refund that is wanted twice moves money once, and is watched until its bank has it.
func Example() {
	account := stripedouble.New() // in place of Stripe
	server := httptest.NewServer(account)
	defer server.Close()
	payment := account.Pay("eur", 11900)

	provider := stripe.New(stripe.Key(stripedouble.Key), stripe.WithBaseURL(server.URL))
	// The store must be durable, and shared by all processes: package sqlite or postgres.
	refunder := payments.NewRefunder(provider, idempotency.NewMemory())
	plan := payments.RefundPlan{
		Reference: "return-77/1", Order: canonical.Key{Channel: canonical.Channel{Name: "shop", Account: "main"}, ID: "1001"},
		Payment: payment, Currency: "EUR", Captured: decimal.MustParse("119.00"), Amount: decimal.MustParse("30.00"), Approved: true,
	}
	for range 2 {
		progress, err := refunder.Refund(context.Background(), plan)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(progress.Status, progress.Attempt)
	}
	fmt.Println("moved:", account.Moved(payment), "cents in", len(account.Refunds(payment)), "refund")
	// Output:
	// succeeded 1
	// succeeded 1
	// moved: 3000 cents in 1 refund
}

// A payout is the sum of what was sold and refunded and of the fees, to the cent.
func ExampleAdapter_GetSettlement() {
	account := stripedouble.New()
	server := httptest.NewServer(account)
	defer server.Close()
	account.Pay("eur", 11900)
	account.PayExchanged("usd", 10000, "eur", 9173)
	payout := account.PayOut("eur")

	provider := stripe.New(stripe.Key(stripedouble.Key), stripe.WithBaseURL(server.URL))
	settlement, err := provider.GetSettlement(context.Background(), payout)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, entry := range settlement.Entries {
		fmt.Println(entry.Kind, entry.Amount, entry.Currency, "tax", entry.Tax, "of the buyer's", entry.BuyerCurrency, entry.BuyerAmount)
	}
	fmt.Println("paid out", settlement.Payouts[0].Amount, settlement.Payouts[0].Currency)
	// Output:
	// sale 119.00 EUR tax 0 of the buyer's  0
	// fee -2.43 EUR tax -0.40 of the buyer's  0
	// sale 91.73 EUR tax 0 of the buyer's USD 100.00
	// fee -1.94 EUR tax -0.32 of the buyer's  0
	// paid out 206.36 EUR
}

// A webhook says which refund to look at, and nothing else is believed of it.
func ExampleAdapter_ReceiveWebhook() {
	account := stripedouble.New()
	server := httptest.NewServer(account)
	defer server.Close()
	provider := stripe.New(stripe.Key(stripedouble.Key), stripe.WithBaseURL(server.URL), stripe.WithWebhookSecrets(stripedouble.Secret))
	refund, err := provider.CreateRefund(context.Background(), payments.RefundRequest{
		Reference: "return-77/1", Key: "return-77/1", Payment: account.Pay("eur", 11900), Currency: "EUR", Amount: decimal.MustParse("30"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	account.Turn(refund.Key.ID, "failed", "expired_or_canceled_card")

	header, body := account.Deliver(refund.Key.ID, "", 0) // as it comes in: the header, and the body unchanged
	notices, err := provider.ReceiveWebhook(context.Background(), header, body)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, notice := range notices {
		now, err := provider.GetRefund(context.Background(), notice.Key.ID)
		fmt.Println(notice.Kind, now.Reference, now.Status, now.Failure, err)
	}
	// Output:
	// refund return-77/1 failed expired_or_canceled_card <nil>
}
