package idempotency_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/retailsync/retailsync/idempotency"
)

// A refund is issued once, although its job runs twice.
func ExampleDo() {
	ctx, store := context.Background(), idempotency.NewMemory()
	key := idempotency.Key{Scope: "production/refunds/adyen", ID: "return R-1001 line 2 quantity 1"}
	fingerprint, err := idempotency.FingerprintOf("EUR", "19.99", "capture-77")
	if err != nil {
		fmt.Println(err)
		return
	}
	refund := idempotency.Op[string]{
		Find: func(context.Context, idempotency.Claim) (string, bool, error) {
			return "", false, nil // search the provider by our reference
		},
		Apply: func(_ context.Context, claim idempotency.Claim) (string, error) {
			fmt.Println("refunding with a key of", len(claim.Key.ProviderKey()), "digits")
			return "refund-1", nil
		},
	}
	for range 2 {
		id, outcome, err := idempotency.Do(ctx, store, key, fingerprint, refund)
		fmt.Println(id, outcome, err)
	}
	// Output:
	// refunding with a key of 64 digits
	// refund-1 acquired <nil>
	// refund-1 replayed <nil>
}

func ExampleConflictError() {
	ctx, store := context.Background(), idempotency.NewMemory()
	key := idempotency.Key{Scope: "orders", ID: "1001"}
	_, _, _, _ = store.Acquire(ctx, key, "19.99", idempotency.DefaultLease)
	_, _, _, err := store.Acquire(ctx, key, "29.99", idempotency.DefaultLease)
	var conflict *idempotency.ConflictError
	fmt.Println(errors.As(err, &conflict), err)
	// Output:
	// true idempotency: "orders/1001": the key was used for a different request: give the changed request a key of its own, or send the first request again
}
