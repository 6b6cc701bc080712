package medusa_test

import (
	"context"
	"fmt"

	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/marketplace/medusa/medusatest"
)

// A webhook says which order changed; its state is fetched.
func ExampleAdapter_ReceiveWebhook() {
	server := medusatest.NewServer(medusatest.SampleOrder("order_1", 1, 3, "TS-M", "2026-03-01T12:00:00.000Z"))
	defer server.Close()
	shop := medusa.New(server.URL, medusa.SecretKey(server.SecretKey), medusa.WithWebhookSecret(server.WebhookSecret))

	header, body := server.Delivery("order.placed", "order_1")
	notices, err := shop.ReceiveWebhook(context.Background(), header, body)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, notice := range notices {
		order, err := shop.GetOrder(context.Background(), notice.Key.ID)
		if err != nil {
			fmt.Println(err)
			return
		}
		// Medusa says 106.2125; money has whole cents.
		fmt.Println(order.Number, order.Status, order.Totals.Grand.Shop)
	}
	// Output:
	// 1 confirmed 106.21
}
