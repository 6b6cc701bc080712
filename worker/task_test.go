package worker_test

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/worker"
)

func TestQueueName(t *testing.T) {
	t.Parallel()
	for channel, want := range map[string]string{
		"woocommerce/main": "woocommerce_main-orders", "shop": "shop-orders", "amazon/de-b2b": "amazon_de-b2b-orders",
	} {
		if got := worker.QueueName(channel, worker.Orders); got != want {
			t.Errorf("%q: %q, want %q", channel, got, want)
		}
	}
	// River's rule for names.
	rule := regexp.MustCompile(`^(?:[a-z0-9])+(?:[_|\-]?[a-z0-9]+)*$`)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.StringMatching(`[a-zA-Z_/ .-]{1,80}`), rapid.StringN(1, 80, -1), rapid.StringMatching(`[ab]/?[ab_/-]{1,3}`))
		one, other := text.Draw(t, "one"), text.Draw(t, "other")
		a, b := worker.QueueName(one, worker.Backfill), worker.QueueName(other, worker.Backfill)
		if !rule.MatchString(a) || len(a) > 60 {
			t.Fatalf("%q: %q", one, a)
		}
		if one != other && a == b {
			t.Fatalf("%q and %q share %q", one, other, a)
		}
	})
}
