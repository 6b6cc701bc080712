package medusa

import "context"

// Credential gives the secret API key. It is made by [SecretKey] or [SecretKeyFrom].
type Credential struct {
	key func(context.Context) (string, error)
}

// SecretKey is a fixed secret API key ("sk_…").
func SecretKey(key string) Credential {
	return SecretKeyFrom(func(context.Context) (string, error) { return key, nil })
}

// SecretKeyFrom asks provider before every call, so that a rotated key is picked up while the process
// runs. The provider must be quick and safe for concurrent use. Its error never reaches an error's text.
func SecretKeyFrom(provider func(context.Context) (string, error)) Credential {
	return Credential{key: provider}
}
