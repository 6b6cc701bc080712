package odoo

import (
	"bytes"
	"encoding/json"
	"strings"
)

// marshal writes JSON without HTML escapes.
func marshal(value any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// unmarshal reads a reply; numbers in untyped values stay exact.
func unmarshal(raw []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	return dec.Decode(into)
}

func argumentError(call *Call, err error) *Error {
	return &Error{
		Code: CodeBadArguments, Model: call.Model, Method: call.Method, cause: err,
		Message: "the arguments cannot be written as JSON: " + shorten(err.Error()),
	}
}

func decodeError(call Call, err error) *Error {
	return &Error{
		Code: CodeDecode, Model: call.Model, Method: call.Method, cause: err,
		Message: "the reply does not fit: " + shorten(err.Error()),
		Hint:    "the call itself has succeeded; change the type that the result is read into",
	}
}

// wizardError recognises an action that Odoo wants to show to a person.
func wizardError(call Call, reply []byte) error {
	if len(reply) == 0 || reply[0] != '{' {
		return nil
	}
	var action struct {
		Type  string          `json:"type"`
		Model json.RawMessage `json:"res_model"`
		Tag   json.RawMessage `json:"tag"`
	}
	if json.Unmarshal(reply, &action) != nil || !strings.HasPrefix(action.Type, "ir.actions.") || action.Type == "ir.actions.act_window_close" {
		return nil
	}
	e := &Error{
		Code: CodeWizard, Model: call.Model, Method: call.Method,
		Hint: "do it with the wizard's own methods, or find the context key that skips it",
	}
	e.Wizard, _ = text(action.Model)
	if e.Wizard == "" {
		e.Wizard, _ = text(action.Tag)
	}
	e.Message = "Odoo opened " + action.Type + " " + e.Wizard + " instead of doing the work"
	return e
}
