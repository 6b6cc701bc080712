package odoo

import (
	"context"
	"encoding/json"
	"errors"
)

// ask gets the credential from its provider.
func ask(ctx context.Context, credential Credential) (secret, error) {
	given, err := credential.credential(ctx)
	var own *Error
	switch {
	case errors.As(err, &own):
		return secret{}, err
	case err != nil:
		// The provider's text is its own; it must not carry the secret into ours.
		return secret{}, &Error{
			Code: CodeUnauthenticated, Message: "the credential provider failed",
			Hint: "see the cause (errors.Unwrap); nothing was sent to Odoo", cause: err,
		}
	case given.key == "":
		return secret{}, &Error{
			Code: CodeUnauthenticated, Message: "the key or password is empty",
			Hint: "set it; an environment variable may be missing",
		}
	}
	return given, nil
}

// login proves the credential to the server.
func (c *Client) login(ctx context.Context, given secret) (*session, error) {
	if c.protocol == JSON2 {
		return c.loginJSON2(ctx, given)
	}
	return c.loginJSONRPC(ctx, given)
}

func (c *Client) loginJSON2(ctx context.Context, given secret) (*session, error) {
	if !printable(given.key) {
		return nil, &Error{
			Code: CodeUnauthenticated, Message: "the API key holds a character that no key has, such as a line break",
			Hint: "check how it is read",
		}
	}
	s := &session{secret: given}
	call := &Call{Model: "res.users", Method: "context_get", Effect: EffectRead}
	reply, failed := c.callJSON2(ctx, s, call)
	if failed != nil {
		return nil, failed
	}
	var found struct {
		UID int64 `json:"uid"`
	}
	if err := json.Unmarshal(reply, &found); err != nil {
		return nil, decodeError(*call, err)
	}
	s.uid = found.UID
	return s, nil
}

func (c *Client) loginJSONRPC(ctx context.Context, given secret) (*session, error) {
	if given.login == "" {
		return nil, &Error{
			Code: CodeUnsupported, Message: "JSON-RPC needs a login beside the API key",
			Hint: "use odoo.Password(login, key)",
		}
	}
	call := &Call{Model: "common", Method: "authenticate", Effect: EffectRead}
	reply, failed := c.service(ctx, call, "common", "authenticate", []any{c.database, given.login, given.key, map[string]any{}})
	if failed != nil {
		if failed.Name == "builtins.KeyError" {
			// A server limited to some databases answers so for the others.
			failed.Code, failed.Hint = CodeWrongDatabase, hintFor(&Error{Code: CodeWrongDatabase})
		}
		return nil, failed
	}
	s := &session{secret: given}
	if json.Unmarshal(reply, &s.uid) != nil || s.uid <= 0 {
		return nil, &Error{
			Code: CodeUnauthenticated, Message: "Odoo knows no such login with this password or key",
			Hint: "check login, password and database; a user with two-factor authentication needs an API key",
		}
	}
	return s, nil
}

// printable reports whether a text may stand in a header.
func printable(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}
