package odootest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// exception is an error as Odoo raises it: a Python class, a message and its arguments.
type exception struct {
	class   string // qualified, such as odoo.exceptions.UserError
	message string
	status  int // of JSON-2; 0: by class
}

func (x *exception) Error() string { return x.class + ": " + x.message }

// arguments are the exception's args; werkzeug's carry the status, too.
func (x *exception) arguments() []any {
	if strings.HasPrefix(x.class, "werkzeug.") {
		return []any{x.message, x.httpStatus()}
	}
	return []any{x.message}
}

func (x *exception) httpStatus() int {
	if x.status != 0 {
		return x.status
	}
	switch x.class {
	case classUser, classValidation:
		return 422
	case classAccess, classDenied:
		return 403
	case classMissing:
		return 404
	case "odoo.exceptions.LockError":
		return 409
	}
	return 500
}

const (
	classUser       = "odoo.exceptions.UserError"
	classValidation = "odoo.exceptions.ValidationError"
	classAccess     = "odoo.exceptions.AccessError"
	classDenied     = "odoo.exceptions.AccessDenied"
	classMissing    = "odoo.exceptions.MissingError"
	classValue      = "builtins.ValueError"
	classType       = "builtins.TypeError"
	classKey        = "builtins.KeyError"
	classSerialize  = "psycopg2.errors.SerializationFailure"
	classNotFound   = "werkzeug.exceptions.NotFound"

	serializeText = "could not serialize access due to concurrent update"
)

func raise(class, format string, args ...any) error {
	if len(args) > 0 {
		format = fmt.Sprintf(format, args...)
	}
	return &exception{class: class, message: format}
}

func userError(format string, args ...any) error  { return raise(classUser, format, args...) }
func valueError(format string, args ...any) error { return raise(classValue, format, args...) }

// integrity is what PostgreSQL refuses: outside load it becomes a ValidationError, inside an in-band
// message, each with its own text per version.
type integrity struct {
	kind  string // "null", "fk", "check"
	table *table
	field string
	text  string // of a check
	check string // its name
}

func (x *integrity) Error() string { return x.kind + " violation on " + x.field }

// aborted is a statement that PostgreSQL itself could not read, such as an id that is no number.
func aborted(value string) error {
	return raise("psycopg2.errors.InvalidTextRepresentation", "invalid input syntax for type integer: %q\n", value)
}

// outside turns an integrity error into the exception that a call answers with.
func (x *integrity) outside(series int) error {
	m := x.table.model
	label := m.label(x.field)
	if series < 19 {
		switch x.kind {
		case "null":
			return raise(classValidation, "The operation cannot be completed:\n- Create/update: a mandatory field is not set.\n"+
				"- Delete: another model requires the record being deleted. If possible, archive it instead.\n\nModel: %s (%s), Field: %s (%s)",
				m.Description, m.Name, label, x.field)
		case "fk":
			return raise(classValidation, "The operation cannot be completed: another model requires the record being deleted. "+
				"If possible, archive it instead.\n\nModel: %s (%s), Constraint: %s_%s_fkey",
				m.Description, m.Name, strings.ReplaceAll(m.Name, ".", "_"), x.field)
		}
		return raise(classValidation, "The operation cannot be completed: %s", x.text)
	}
	return raise(classValidation, "The operation cannot be completed: %s", x.inside(series, x.table.model, x.table.model))
}

// inside is the text of the in-band message of a load on root; in is the model whose row was refused.
func (x *integrity) inside(series int, root, in *Model) string {
	if x.kind == "check" {
		switch {
		case root != in: // only the refused model itself knows the check's text
			relation := strings.ReplaceAll(in.Name, ".", "_")
			return fmt.Sprintf("new row for relation %q violates check constraint \"%s_%s\"\nDETAIL:  Failing row.\n", relation, relation, x.check)
		case series < 19:
			return "'" + x.text + "'"
		}
		return x.text
	}
	display := "Unknown"
	name := fmt.Sprintf("'%s'", x.field)
	if f := root.field(x.field); f != nil {
		name = fmt.Sprintf("'%s' (%s)", f.Label, f.Name)
	}
	if root == in {
		display = fmt.Sprintf("'%s' (%s)", in.Description, in.Name)
	} else if series < 19 {
		name = fmt.Sprintf("'%s'", x.field)
	}
	if x.kind == "fk" {
		return fmt.Sprintf("Another model is using the record you are trying to delete.\n\nThe troublemaker is: %s\n"+
			"Thanks to the following constraint: %s\nHow about archiving the record instead?", display, name)
	}
	if series < 19 {
		return "Missing required value for the field " + name
	}
	return "Missing required value for the field " + name + ".\nModel: " + display +
		"\n- create/update: a mandatory field is not set\n- delete: another model requires the record being deleted, you can archive it instead\n"
}

// missing is the MissingError of a record that is not there.
func missing(model string, id int64, uid int64) error {
	return raise(classMissing, "Record does not exist or has been deleted.\n(Record: %s(%d,), User: %d)", model, id, uid)
}

// asException makes any error one that can be sent.
func asException(err error, series int) *exception {
	var refused *integrity
	if errors.As(err, &refused) {
		err = refused.outside(series)
	}
	var x *exception
	if errors.As(err, &x) {
		return x
	}
	return &exception{class: classValue, message: err.Error()}
}

func (x *exception) body(series int) map[string]any {
	return map[string]any{
		"name": x.class, "message": x.message, "arguments": x.arguments(), "context": map[string]any{},
		"debug": "Traceback (most recent call last):\n  (odootest " + strconv.Itoa(series) + ")\n" + x.Error() + "\n",
	}
}
