package woocommerce

import "context"

// Credential gives the consumer key and secret of the REST API. It is made by [Keys] or
// [KeysFrom].
type Credential struct {
	keys func(context.Context) (key, secret string, err error)
}

// Keys is a fixed consumer key and secret ("ck_…", "cs_…").
func Keys(key, secret string) Credential {
	return KeysFrom(func(context.Context) (string, string, error) { return key, secret, nil })
}

// KeysFrom asks provider before every call, so that rotated keys are picked up while the process runs. The
// provider must be quick and safe for concurrent use. Its error never reaches an error's text.
func KeysFrom(provider func(context.Context) (key, secret string, err error)) Credential {
	return Credential{keys: provider}
}
