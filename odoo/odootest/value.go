package odootest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/exact"
)

const (
	dateLayout     = "2006-01-02"
	datetimeLayout = "2006-01-02 15:04:05"
)

// falsy reports Python's falsehood of a decoded JSON value.
func falsy(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return v == ""
	case json.Number:
		d, err := parseNumber(string(v))
		return err == nil && d.IsZero()
	case decimal.Decimal:
		return v.IsZero()
	case int64:
		return v == 0
	case []any:
		return len(v) == 0
	case []int64:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// parseNumber reads a decimal as Python's float would, without passing through a float.
func parseNumber(s string) (decimal.Decimal, error) {
	s = strings.TrimSpace(s)
	if d, err := decimal.Parse(s); err == nil {
		return d, nil
	}
	// More than nineteen digits: keep what the value can mean.
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return decimal.Decimal{}, err
	}
	return decimal.Parse(strconv.FormatFloat(f, 'f', 12, 64))
}

// integer reads an id or a whole number.
func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case int:
		return int64(v), true
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n, true
		}
		d, err := parseNumber(string(v))
		if err != nil {
			return 0, false
		}
		whole, _, ok := d.Int64(0)
		return whole, ok
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	case nil:
		return 0, true
	case decimal.Decimal:
		whole, _, ok := v.Int64(0)
		return whole, ok
	}
	return 0, false
}

// integers reads a list of ids; one id stands for a list of one.
func integers(v any) ([]int64, bool) {
	switch v := v.(type) {
	case nil:
		return nil, true
	case bool:
		return nil, !v
	case []int64:
		return v, true
	case []any:
		ids := make([]int64, 0, len(v))
		for _, x := range v {
			n, ok := integer(x)
			if !ok {
				return nil, false
			}
			ids = append(ids, n)
		}
		return ids, true
	}
	n, ok := integer(v)
	return []int64{n}, ok
}

func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return string(v)
	case bool:
		if v {
			return "True"
		}
		return "False"
	case decimal.Decimal:
		return pythonFloat(v)
	case nil:
		return ""
	}
	return fmt.Sprint(v)
}

// quote shows a value as Python's repr does.
func quote(v any) string {
	switch v := v.(type) {
	case string:
		return "'" + strings.ReplaceAll(v, "'", `\'`) + "'"
	case nil:
		return "None"
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = quote(v[i])
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return text(v)
}

// pythonFloat prints a decimal the way json.dumps prints a float.
func pythonFloat(d decimal.Decimal) string {
	s := d.Trim(0).String()
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// number reads a float field's value.
func number(v any, digits int) (decimal.Decimal, error) {
	var d decimal.Decimal
	switch v := v.(type) {
	case decimal.Decimal:
		d = v
	case nil:
	case bool:
		if v {
			d = decimal.One
		}
	case int64:
		d = decimal.MustNew(v, 0)
	case int:
		d = decimal.MustNew(int64(v), 0)
	case float64: // a default in a field table
		var err error
		if d, err = decimal.NewFromFloat64(v); err != nil {
			return d, valueError("float out of range")
		}
	case json.Number:
		var err error
		if d, err = parseNumber(string(v)); err != nil {
			return d, valueError("could not convert string to float: %s", quote(string(v)))
		}
	case string:
		if v == "" {
			break
		}
		var err error
		if d, err = parseNumber(v); err != nil {
			return d, valueError("could not convert string to float: %s", quote(v))
		}
	default:
		return d, raise(classType, "float() argument must be a string or a real number")
	}
	if digits > 0 {
		d = exact.HalfUp(d, digits)
	}
	return d, nil
}

// checkTime accepts what Odoo's Date and Datetime accept and returns it in the stored form.
func checkTime(s string, withTime bool) (string, error) {
	layout := dateLayout
	if withTime {
		layout = datetimeLayout
	}
	if len(s) > len(layout) {
		s = s[:len(layout)]
	}
	for _, l := range []string{layout, dateLayout} {
		if t, err := time.Parse(l, s); err == nil {
			return t.Format(layout), nil
		}
	}
	return "", valueError("time data %s does not match format '%%Y-%%m-%%d'", quote(s))
}
