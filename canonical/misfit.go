package canonical

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// misfit returns the path of the first part of a JSON document that is no part of its envelope and why,
// or an empty path. encoding/json names an unknown field but not where it stands.
func misfit(data []byte, envelope reflect.Type) (path, problem string) {
	if !json.Valid(data) {
		return "", ""
	}
	return misfitOf(data, envelope, "")
}

func misfitOf(data json.RawMessage, t reflect.Type, path string) (string, string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if string(data) == "null" {
		return "", ""
	}
	_, decodesItself := reflect.New(t).Interface().(json.Unmarshaler)
	switch {
	case decodesItself && t != reflect.TypeFor[envelope]():
		return misfitLeaf(data, t, path)
	case t.Kind() == reflect.Struct:
		return misfitStruct(data, t, path)
	case t.Kind() == reflect.Slice:
		var items []json.RawMessage
		if json.Unmarshal(data, &items) != nil {
			return path, "a list is expected"
		}
		for i, item := range items {
			if p, problem := misfitOf(item, t.Elem(), fmt.Sprintf("%s[%d]", path, i)); p != "" {
				return p, problem
			}
		}
		return "", ""
	}
	return misfitLeaf(data, t, path)
}

func misfitStruct(data json.RawMessage, t reflect.Type, path string) (string, string) {
	var members map[string]json.RawMessage
	if json.Unmarshal(data, &members) != nil {
		return path, "an object is expected"
	}
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		below := strings.TrimPrefix(path+"."+clip(name), ".")
		field, ok := jsonField(t, name)
		if !ok {
			return below, fmt.Sprintf("unknown field in schema %d: put what the model has no field for into ext", SchemaVersion)
		}
		if p, problem := misfitOf(members[name], field.Type, below); p != "" {
			return p, problem
		}
	}
	return "", ""
}

func misfitLeaf(data json.RawMessage, t reflect.Type, path string) (string, string) {
	err := json.Unmarshal(data, reflect.New(t).Interface())
	if err == nil && t == reflect.TypeFor[decimal.Decimal]() {
		_, err = decodeDecimal(data)
	}
	if err == nil {
		return "", ""
	}
	if problem, ok := strings.CutPrefix(err.Error(), "canonical: "); ok {
		return path, problem
	}
	return path, fmt.Sprintf("the value does not fit a %s", t)
}

// mayRound tells whether a document holds what could be a number that a decimal rounds when it is decoded:
// more than 19 digits, or an exponent. It may be wrong in saying so (a telephone number, a hash), never in
// denying it; [misfit] then looks at each field.
func mayRound(data []byte) bool {
	start, exponent, number := 0, false, true // of the word that began at start
	for i, b := range data {
		switch {
		case b == 'e' || b == 'E':
			exponent = true
		case '0' <= b && b <= '9' || b == '.' || b == '+' || b == '-':
		case strings.IndexByte(" \t\r\n\",:[]{}", b) >= 0:
			if length := i - start; number && (length > decimal.MaxPrec || exponent && length > 2) {
				return true
			}
			start, exponent, number = i+1, false, true
		default:
			number = false
		}
	}
	return false
}

// jsonField finds the field that encoding/json would fill, which ignores case.
func jsonField(t reflect.Type, name string) (reflect.StructField, bool) {
	for _, field := range reflect.VisibleFields(t) {
		tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if tag != "" && strings.EqualFold(tag, name) {
			return field, true
		}
	}
	return reflect.StructField{}, false
}
