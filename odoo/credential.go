package odoo

import (
	"context"
	"log/slog"
	"strings"
)

// Credential is how a client proves who it is: an [APIKey], a [Password] or a [CredentialFunc]. It never
// prints its secret.
type Credential interface {
	// credential returns the present secret; implementations are in this package only.
	credential(ctx context.Context) (secret, error)
}

// APIKey is a key created in the user's preferences (Account Security). It needs no login and makes the
// client speak JSON-2 on Odoo 19 and newer. Before 19, use [Password] with the login and the key. White
// space around the key, as files have it, is dropped.
func APIKey(key string) Credential { return secret{key: strings.TrimSpace(key)} }

// Password is a login with its password, or with an API key in the place of the password.
func Password(login, password string) Credential { return secret{login: login, key: password} }

// CredentialFunc is a provider of credentials. It is asked when the client is dialled and again when the
// server rejects the credential, so that a rotated key is picked up without a restart; in between its
// answer is kept. It may be called from several goroutines, though never twice at once by one client.
type CredentialFunc func(context.Context) (Credential, error)

func (f CredentialFunc) credential(ctx context.Context) (secret, error) {
	if f == nil {
		return secret{}, &Error{Code: CodeUnauthenticated, Message: "the credential provider is nil", Hint: "give a function"}
	}
	given, err := f(ctx)
	if err != nil {
		return secret{}, err
	}
	if s, ok := given.(secret); ok {
		return s, nil
	}
	return secret{}, &Error{Code: CodeUnauthenticated, Message: "the credential provider returned no APIKey or Password"}
}

// secret is a credential at rest. login is empty for a bare API key.
type secret struct{ login, key string }

func (s secret) credential(context.Context) (secret, error) { return s, nil }

const redacted = "[redacted]"

// String, GoString and LogValue keep the secret out of logs.
func (s secret) String() string { return redacted }

// GoString is what %#v prints.
func (s secret) GoString() string { return redacted }

// LogValue is what slog prints.
func (s secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText keeps the secret out of encoders too.
func (s secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
