package odoo

import (
	"context"
	"encoding/json"
	"reflect"
)

// Read returns the records with these ids, in this order. Records that do not exist (any more) are an
// error of [CodeMissingRecord] that names their ids; those that exist are returned beside it. T must have
// a field for "id".
func Read[T Model](ctx context.Context, c *Client, ids ...int64) ([]T, error) {
	p, err := c.planOf(ctx, reflect.TypeFor[T]())
	if err != nil {
		return nil, err
	}
	if p.id == nil {
		return nil, &Error{Code: CodeBadArguments, Model: p.model, Method: "read", Field: "id", Message: "the struct has no field for the id", Hint: `add a field with the tag odoo:"id"`}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	// Odoo 14 reads ids that do not exist as an error in some models and leaves them out in others; a
	// search leaves them out always.
	distinct := distinctIDs(ids)
	found := make([]T, 0, len(distinct))
	for rest := distinct; len(rest) > 0; {
		part := rest[:min(len(rest), 500)]
		rest = rest[len(part):]
		call := Call{
			Model: p.model, Method: "search_read", Effect: EffectRead, Context: Context{"active_test": false},
			Args: Args{"domain": In("id", part), "fields": p.names, "limit": len(part), "order": "id asc"},
		}
		reply, err := c.call(ctx, call)
		if err != nil {
			return nil, err
		}
		if found, err = records(p, reply, found); err != nil {
			return nil, decodeError(call, err)
		}
	}
	return inOrder(p, found, ids)
}

// inOrder arranges records as the ids are, and names those that are missing.
func inOrder[T Model](p *plan, found []T, ids []int64) ([]T, error) {
	byID := make(map[int64]int, len(found))
	for i := range found {
		byID[p.idOf(reflect.ValueOf(&found[i]).Elem())] = i
	}
	ordered := make([]T, 0, len(ids))
	var missing []int64
	for _, id := range ids {
		if i, ok := byID[id]; ok {
			ordered = append(ordered, found[i])
		} else {
			missing = append(missing, id)
		}
	}
	if missing != nil {
		e := &Error{Code: CodeMissingRecord, Model: p.model, Method: "read", IDs: missing, Message: "not found"}
		e.Hint = hintFor(e)
		return ordered, e
	}
	return ordered, nil
}

func distinctIDs(ids []int64) []int64 {
	seen := make(map[int64]bool, len(ids))
	distinct := make([]int64, 0, len(ids))
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			distinct = append(distinct, id)
		}
	}
	return distinct
}

// Create creates records, all or none, and returns their ids in order. Fields that are zero are left to
// Odoo's defaults; use [Optional] or the tag option "always" to send a zero. It is not safe to repeat
// after an error of [CodeAmbiguous]: use [Client.Load] where that matters.
func Create[T Model](ctx context.Context, c *Client, records ...T) ([]int64, error) {
	if len(records) == 0 {
		return nil, nil
	}
	list := make([]map[string]any, len(records))
	for i := range records {
		values, err := c.values(ctx, reflect.ValueOf(&records[i]))
		if err != nil {
			return nil, err
		}
		list[i] = values
	}
	call := Call{Model: records[0].OdooModel(), Method: "create", Args: Args{"vals_list": list}}
	ids, err := Invoke[[]int64](ctx, c, call)
	if err == nil && len(ids) != len(records) {
		return ids, decodeError(call, &kindError{want: "an id per record", got: "another number of ids"})
	}
	return ids, err
}

// Write sets the fields of values that are not zero on all these records; use [Optional] to set a zero or
// to clear a field. It may be repeated: writing the same values twice is the same as once, except for
// x2many commands that create.
func Write[T Model](ctx context.Context, c *Client, ids []int64, values T) error {
	sent, err := c.values(ctx, reflect.ValueOf(&values))
	if err != nil {
		return err
	}
	if len(sent) == 0 {
		return &Error{Code: CodeBadArguments, Model: values.OdooModel(), Method: "write", Message: "no field is set", Hint: "a write that changes nothing still locks the records; skip it"}
	}
	effect := EffectIdempotent
	for _, value := range sent {
		if commands, ok := value.(Commands); ok && commands.creates() {
			effect = EffectWrite
		}
	}
	if ids == nil {
		ids = []int64{}
	}
	return c.Call(ctx, Call{Model: values.OdooModel(), Method: "write", IDs: ids, Args: Args{"vals": sent}, Effect: effect}, nil)
}

func (c Commands) creates() bool {
	for _, command := range c {
		if command.code == 0 {
			return true
		}
	}
	return false
}

// Unlink deletes records. Odoo refuses if one does not exist (any more).
func (c *Client) Unlink(ctx context.Context, model string, ids ...int64) error {
	if ids == nil {
		ids = []int64{}
	}
	return c.Call(ctx, Call{Model: model, Method: "unlink", IDs: ids}, nil)
}

var _ json.Marshaler = Command{}
