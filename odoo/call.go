package odoo

import (
	"context"
)

// Args are the arguments of a method by name.
type Args map[string]any

// Context is Odoo's context: language, companies, switches such as "tracking_disable".
type Context map[string]any

// Effect says what a call does to the database, and so when it may be sent again.
type Effect uint8

// The effects.
const (
	// EffectDefault is EffectRead for Odoo's own reading methods and EffectWrite for everything else.
	EffectDefault Effect = iota
	// EffectWrite: repeating the call could do its work twice. It is sent again only if Odoo certainly
	// rolled back.
	EffectWrite
	// EffectRead changes nothing. It is sent again after any passing failure.
	EffectRead
	// EffectIdempotent: doing it twice is the same as doing it once. It is sent again after any passing
	// failure, a lost reply included.
	EffectIdempotent
)

// Call is one call of a public method.
type Call struct {
	Model, Method string
	// IDs are the records that the method works on; nil for methods of the model itself (create, search).
	// Empty but not nil is refused: Odoo would answer success having done nothing.
	IDs []int64
	// Args are named as in the newest Odoo; the names of Odoo's own methods are adapted to the server.
	Args Args
	// Context is added to the client's (see [WithContext]); its keys win.
	Context Context
	Effect  Effect
}

// Call runs a method and decodes what it returns into result, which may be nil. A method that returns nothing
// succeeds and leaves result as it is. One call is one transaction in Odoo.
//
// A failure is an [*Error]. The call is repeated by itself where that cannot do its work twice; a write
// whose reply was lost is [CodeAmbiguous]. It is safe for concurrent use.
func (c *Client) Call(ctx context.Context, call Call, result any) error {
	reply, err := c.call(ctx, call)
	if err != nil || result == nil || isNull(reply) {
		return err
	}
	if err := unmarshal(reply, result); err != nil {
		return decodeError(call, err)
	}
	return nil
}

// Invoke is [Client.Call] with the result as a value.
func Invoke[R any](ctx context.Context, c *Client, call Call) (R, error) {
	var result R
	err := c.Call(ctx, call, &result)
	return result, err
}

// Do runs a button or another method whose result does not matter. When Odoo answers with an action to be
// shown to a person (a wizard) instead of doing the work, that is an error of [CodeWizard].
func (c *Client) Do(ctx context.Context, call Call) error {
	reply, err := c.call(ctx, call)
	if err != nil {
		return err
	}
	return wizardError(call, reply)
}

// call checks, sends and unpacks one call. The reply is the method's JSON value; empty if it returned nothing.
func (c *Client) call(ctx context.Context, call Call) ([]byte, error) {
	if err := checkCall(&call); err != nil {
		return nil, err
	}
	if call.Effect == EffectDefault {
		call.Effect = EffectWrite
		if readMethods[call.Method] {
			call.Effect = EffectRead
		}
	}
	if len(c.context) > 0 {
		call.Context = merged(c.context, call.Context)
	}
	return c.authenticated(ctx, call)
}

func checkCall(call *Call) *Error {
	refuse := func(message, hint string) *Error {
		return &Error{Code: CodeBadArguments, Model: call.Model, Method: call.Method, Message: message, Hint: hint}
	}
	switch {
	case !validName(call.Model) || !validName(call.Method):
		return refuse("model and method must be names", "use names such as sale.order and action_confirm")
	case call.Method[0] == '_':
		return refuse("Odoo lets nobody call private methods", "use the public method that does the same")
	case call.IDs != nil && len(call.IDs) == 0:
		return refuse("the list of ids is empty", "Odoo would do nothing and answer success; skip the call")
	case call.IDs == nil && needsIDs(call.Method):
		return refuse("the method works on records and no ids were given", "set Call.IDs")
	}
	for _, id := range call.IDs {
		if id <= 0 {
			return refuse("an id is zero or negative", "only records that exist in the database have ids")
		}
	}
	for name := range call.Args {
		if name == "ids" || name == "context" {
			return refuse("the argument "+name+" is reserved", "use Call.IDs and Call.Context")
		}
	}
	return nil
}

// validName keeps anything but model and method names out of addresses.
func validName(name string) bool {
	if name == "" || len(name) > 200 || name[0] == '.' {
		return false
	}
	for i := range len(name) {
		b := name[i]
		if !(b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '_' || b == '.') {
			return false
		}
	}
	return true
}
