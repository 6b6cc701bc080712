// Package webhooksecret has what adapters share of the secrets that sign webhooks.
package webhooksecret

import (
	"context"

	"github.com/retailsync/retailsync/marketplace"
)

// Secrets gives the secrets that may have signed a delivery: the present one and, while it is replaced, the former. Nil gives none.
type Secrets func(context.Context) ([]string, error)

// Fixed are secrets that stay.
func Fixed(secrets ...string) Secrets {
	return func(context.Context) ([]string, error) { return secrets, nil }
}

// All asks for the secrets.
func (s Secrets) All(ctx context.Context) ([]string, error) {
	if s == nil {
		return nil, nil
	}
	return s(ctx)
}

// Unobtainable says that the secrets cannot be had for now. What their provider says stays out of it.
const Unobtainable = "the webhook secrets could not be obtained from their provider"

// Present asks for the secrets of a delivery. Without any it says why the delivery is refused: by a code, and in words.
func (s Secrets) Present(ctx context.Context) (secrets []string, code marketplace.Code, problem string) {
	secrets, err := s.All(ctx)
	switch {
	case err != nil:
		return nil, marketplace.CodeUnavailable, Unobtainable
	case len(secrets) == 0:
		return nil, marketplace.CodeUnauthenticated, "no webhook secret is configured: set WithWebhookSecret"
	}
	return secrets, "", ""
}
