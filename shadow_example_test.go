package retailsync_test

import (
	"context"
	"fmt"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
)

// shadowOf shows what the next edition of the rules would change for a shop, before it is in service.
func shadowOf(ctx context.Context, connector *retailsync.Connector, shop marketplace.Adapter, next *mapping.Rules) error {
	summary, err := connector.Shadow(ctx, shop, next, retailsync.ShadowRun{})
	fmt.Println(summary) // "woocommerce/main", then "120 orders: 118 the same ..., 2 differ ...", and so on
	return err
}

// An adapter of which nothing can be compared is an error that says so.
func ExampleConnector_Shadow() {
	fmt.Println(shadowOf(context.Background(), retailsync.New(nil, &mapping.Rules{Version: mapping.RulesVersion}), dumb{}, &mapping.Rules{Version: mapping.RulesVersion}))
	// Output:
	// dumb/main
	// retailsync: dumb/main (retailsync_test.dumb) has no flow that could be compared
}
