package odoo

import (
	"context"
	"encoding/json"
	"reflect"
	"time"

	"github.com/govalues/decimal"
)

// valueFunc returns what is sent for a struct field.
type valueFunc func(ctx context.Context, c *Client, from reflect.Value) (any, error)

func valueFor(t reflect.Type) valueFunc {
	switch t {
	case typeDecimal:
		return func(_ context.Context, _ *Client, v reflect.Value) (any, error) {
			return json.Number(v.Interface().(decimal.Decimal).String()), nil
		}
	case typeTime:
		return func(_ context.Context, _ *Client, v reflect.Value) (any, error) {
			return formatTime(v.Interface().(time.Time)), nil
		}
	case typeMany2One:
		return func(_ context.Context, _ *Client, v reflect.Value) (any, error) {
			return v.Interface().(Many2One).value(), nil
		}
	case typeIDs:
		return func(_ context.Context, _ *Client, v reflect.Value) (any, error) {
			return Commands{ReplaceCmd(v.Interface().([]int64)...)}, nil
		}
	case typeRaw:
		return func(_ context.Context, _ *Client, v reflect.Value) (any, error) {
			if v.Len() == 0 {
				return false, nil
			}
			return v.Interface(), nil
		}
	case typeCommands:
		return commandValues
	}
	if t.Kind() == reflect.String {
		return func(_ context.Context, _ *Client, v reflect.Value) (any, error) { return v.String(), nil }
	}
	return func(_ context.Context, _ *Client, v reflect.Value) (any, error) { return plain(v.Interface()), nil }
}

// commandValues turns structs inside commands into values.
func commandValues(ctx context.Context, c *Client, v reflect.Value) (any, error) {
	commands := v.Interface().(Commands)
	out := make(Commands, len(commands))
	for i, command := range commands {
		if _, ok := command.value.(Model); ok {
			values, err := c.values(ctx, reflect.ValueOf(command.value))
			if err != nil {
				return nil, err
			}
			command.value = values
		}
		out[i] = command
	}
	return out, nil
}

// values turns a struct into the values of create or write: fields that are zero, read-only or unknown to
// the database are left out.
func (c *Client) values(ctx context.Context, record reflect.Value) (map[string]any, error) {
	for record.Kind() == reflect.Pointer {
		if record.IsNil() {
			return nil, &Error{Code: CodeBadArguments, Message: "a record is nil", Hint: "give a value"}
		}
		record = record.Elem()
	}
	p, err := c.planOf(ctx, record.Type())
	if err != nil {
		return nil, err
	}
	values := make(map[string]any, len(p.fields))
	for i := range p.fields {
		f := &p.fields[i]
		if f.readonly || f.name == "id" {
			continue
		}
		v, err := record.FieldByIndexErr(f.index)
		if err != nil || v.IsZero() && !f.always {
			continue
		}
		if values[f.name], err = f.value(ctx, c, v); err != nil {
			return nil, err
		}
	}
	return values, nil
}
