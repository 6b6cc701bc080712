package odoo

import (
	"encoding/json"
	"reflect"
	"strconv"
	"time"

	"github.com/govalues/decimal"
)

// scanner is a type of this package that reads Odoo's values.
type scanner interface{ scanOdoo(raw []byte) error }

// scanFunc reads a value that is known to be one valid JSON value.
type scanFunc func(into reflect.Value, raw []byte) error

var (
	typeDecimal     = reflect.TypeFor[decimal.Decimal]()
	typeTime        = reflect.TypeFor[time.Time]()
	typeRaw         = reflect.TypeFor[json.RawMessage]()
	typeIDs         = reflect.TypeFor[[]int64]()
	typeCommands    = reflect.TypeFor[Commands]()
	typeMany2One    = reflect.TypeFor[Many2One]()
	typeScanner     = reflect.TypeFor[scanner]()
	typeUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
)

// scanInto reads a value into a pointer.
func scanInto(into any, raw []byte) (err error) {
	switch target := into.(type) { // what optional fields mostly are
	case *string:
		*target, err = optionalText(raw)
		return err
	case *decimal.Decimal:
		*target, err = parseDecimal(raw)
		return err
	case *time.Time:
		*target, err = parseTime(raw)
		return err
	case scanner:
		return target.scanOdoo(raw)
	}
	v := reflect.ValueOf(into).Elem()
	scan, err := scanFor(v.Type())
	if err != nil {
		return err
	}
	return scan(v, raw)
}

// scanFor returns how a type is read.
func scanFor(t reflect.Type) (scanFunc, error) {
	switch t {
	case typeDecimal:
		return scanDecimal, nil
	case typeTime:
		return scanTime, nil
	case typeRaw:
		return scanRaw, nil
	case typeIDs:
		return scanIDs, nil
	}
	if reflect.PointerTo(t).Implements(typeScanner) {
		return func(into reflect.Value, raw []byte) error {
			return into.Addr().Interface().(scanner).scanOdoo(raw)
		}, nil
	}
	if reflect.PointerTo(t).Implements(typeUnmarshaler) {
		return scanOther, nil
	}
	switch t.Kind() {
	case reflect.String:
		return scanString, nil
	case reflect.Bool:
		return scanBool, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return scanInt, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return scanUint, nil
	case reflect.Float32, reflect.Float64:
		return nil, &kindError{want: "decimal.Decimal", got: "a float, which cannot hold amounts exactly"}
	case reflect.Slice, reflect.Map, reflect.Struct, reflect.Interface:
		return scanOther, nil
	}
	return nil, &kindError{want: "a type that Odoo's values fit", got: t.String()}
}

func scanString(into reflect.Value, raw []byte) error {
	s, err := optionalText(raw)
	if err == nil {
		into.SetString(s)
	}
	return err
}

func scanBool(into reflect.Value, raw []byte) error {
	switch string(raw) {
	case "true":
		into.SetBool(true)
	case "false", "null":
		into.SetBool(false)
	default:
		return errKind("a boolean", raw)
	}
	return nil
}

func scanInt(into reflect.Value, raw []byte) error {
	n, err := idOrInteger(raw)
	if err != nil {
		return err
	}
	if into.OverflowInt(n) {
		return &kindError{want: into.Type().String(), got: "a larger number"}
	}
	into.SetInt(n)
	return nil
}

func scanUint(into reflect.Value, raw []byte) error {
	n, err := idOrInteger(raw)
	if err != nil {
		return err
	}
	if n < 0 || into.OverflowUint(uint64(n)) {
		return &kindError{want: into.Type().String(), got: "a number outside its range"}
	}
	into.SetUint(uint64(n))
	return nil
}

// idOrInteger also takes a reference, so that an integer field can hold a many2one's id.
func idOrInteger(raw []byte) (int64, error) {
	if raw[0] == '[' || raw[0] == '{' {
		var m Many2One
		err := m.scanOdoo(raw)
		return m.ID, err
	}
	if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
		return n, nil
	}
	return integer(raw)
}

func scanDecimal(into reflect.Value, raw []byte) error {
	d, err := parseDecimal(raw)
	if err == nil {
		*into.Addr().Interface().(*decimal.Decimal) = d
	}
	return err
}

func scanTime(into reflect.Value, raw []byte) error {
	t, err := parseTime(raw)
	if err == nil {
		*into.Addr().Interface().(*time.Time) = t
	}
	return err
}

func scanRaw(into reflect.Value, raw []byte) error {
	if isAbsent(raw) {
		into.SetZero()
		return nil
	}
	into.SetBytes(append([]byte(nil), raw...))
	return nil
}

func scanIDs(into reflect.Value, raw []byte) error {
	if isAbsent(raw) {
		into.SetZero()
		return nil
	}
	ids := []int64{}
	if _, err := eachElement(raw, 0, 0, func(value []byte) error {
		id, err := integer(value)
		ids = append(ids, id)
		return err
	}); err != nil {
		return errKind("a list of ids", raw)
	}
	*into.Addr().Interface().(*[]int64) = ids
	return nil
}

// scanOther leaves other types to encoding/json; false is their zero value.
func scanOther(into reflect.Value, raw []byte) error {
	into.SetZero()
	if isAbsent(raw) {
		return nil
	}
	return unmarshal(raw, into.Addr().Interface())
}
