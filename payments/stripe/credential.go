package stripe

import "context"

// Credential gives the secret or restricted API key. It is made by [Key] or [KeyFrom].
type Credential struct {
	key func(context.Context) (string, error)
}

// Key is a fixed API key ("rk_live_…", "sk_test_…").
func Key(key string) Credential {
	return KeyFrom(func(context.Context) (string, error) { return key, nil })
}

// KeyFrom asks provider before every call, so that a rotated key is picked up while the process runs. The provider must be
// quick and safe for concurrent use. Its error never reaches an error's text.
func KeyFrom(provider func(context.Context) (string, error)) Credential {
	return Credential{key: provider}
}
