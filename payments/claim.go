package payments

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
)

// claimKey names a claim on the money of an order at a provider, or on a part of it.
func claimKey(provider Provider, kind string, order canonical.Key, part ...string) idempotency.Key {
	channel := provider.Channel()
	return idempotency.Key{
		Scope: "payments/" + kind + "/" + joined(channel.Name, channel.Account),
		ID:    joined(append([]string{order.Channel.Name, order.Channel.Account, order.ID}, part...)...),
	}
}

// joined joins parts so that different parts give different texts.
func joined(parts ...string) string {
	escape := strings.NewReplacer("%", "%25", "/", "%2F")
	for i, part := range parts {
		parts[i] = escape.Replace(part)
	}
	return strings.Join(parts, "/")
}

// errDone makes [idempotency.Do] give a claim back: nobody is ever finished with the money of an order.
var errDone = errors.New("the claim on the order is given back")

// holding runs act while it holds the claim, and gives it back. The claim's fingerprint is of what it is on, the same for all.
func holding(ctx context.Context, store idempotency.Store, key idempotency.Key, lease time.Duration, on string, act func(context.Context, idempotency.Claim) error) error {
	fingerprint, err := idempotency.FingerprintOf(on)
	if err != nil {
		return err
	}
	_, _, err = idempotency.Do(ctx, store, key, fingerprint, idempotency.Op[struct{}]{
		Lease:    lease,
		Classify: func(error) idempotency.Disposition { return idempotency.Retry },
		Apply: func(ctx context.Context, claim idempotency.Claim) (struct{}, error) {
			err := act(ctx, claim)
			if err == nil {
				err = errDone
			}
			return struct{}{}, err
		},
	})
	if err == errDone { //nolint:errorlint // joined with another error it is no success
		err = nil
	}
	return err
}
