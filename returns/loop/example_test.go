package loop_test

import (
	"context"
	"fmt"
	"time"

	"github.com/retailsync/retailsync/returns"
	"github.com/retailsync/retailsync/returns/loop"
	"github.com/retailsync/retailsync/returns/loop/looptest"
)

// The returns of a shop at Loop, with outcomes mixed in one return.
func ExampleNew() {
	server := looptest.NewServer()
	defer server.Close()
	server.Put(looptest.Sample(1673))

	platform := loop.New(loop.APIKey(server.Key),
		loop.WithWebhookSecret(server.Secret),
		loop.WithAddress(server.Address)) // only for the example's own server

	page, err := platform.ListReturns(context.Background(), returns.Query{Since: time.Now().Add(-24 * time.Hour)})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, fetched := range page.Returns {
		fmt.Println(fetched.Key, fetched.Return.Approval, fetched.Return.Logistics)
		for _, line := range fetched.Return.Lines {
			fmt.Println(line.SKU, line.Resolution, line.Refund.Shop)
		}
	}
	// Output:
	// loop/main/1673 approved in_transit
	// SHIRT-S refund 82.29
	// SHIRT-M exchange_other 0
}
