package returnstest_test

import (
	"context"
	"fmt"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/returns"
	"github.com/retailsync/retailsync/returns/returnstest/fake"
)

// A platform in memory that loses a reply: the decision has been taken, and taking it again changes nothing.
func ExampleRun_fake() {
	ctx := context.Background()
	platform := fake.New(canonical.Channel{Name: "fake", Account: "main"})
	platform.Put(canonical.Return{
		Key: canonical.Key{ID: "r1"}, Order: canonical.Key{ID: "1001"}, Currency: "EUR",
		Lines: []canonical.ReturnLine{{ID: "a", SKU: "SHIRT", Qty: decimal.Two, Resolution: canonical.ResolutionRefund}},
	})
	platform.Inject(fake.Fault{Op: fake.Approve, After: true})
	decision := returns.Decision{ReturnID: "r1", Reference: "S00042"}
	fmt.Println(marketplace.CodeOf(platform.ApproveReturn(ctx, decision)))
	fmt.Println(platform.ApproveReturn(ctx, decision))
	fmt.Println(len(platform.Effects("r1")), "effect")
	// Output:
	// unknown
	// <nil>
	// 1 effect
}
