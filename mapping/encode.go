package mapping

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	yaml "github.com/goccy/go-yaml"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
)

// MarshalYAML returns the rules as YAML that [Load] reads back to equal rules, keys in the order of
// the types' fields, maps sorted, what is not said left out. It implements go-yaml's BytesMarshaler. Comments of
// a loaded file are not kept.
func (r Rules) MarshalYAML() ([]byte, error) {
	tree, err := encode(reflect.ValueOf(r))
	if err != nil {
		return nil, err
	}
	return []byte(block(tree, 0)), nil
}

// block writes a tree in block style, each line indented by depth. go-yaml's own encoder quotes too little: it
// writes "? x" bare.
func block(tree any, depth int) string {
	var b strings.Builder
	indent := strings.Repeat("  ", depth)
	switch tree := tree.(type) {
	case yaml.MapSlice:
		for _, item := range tree {
			b.WriteString(indent + scalar(item.Key) + ":")
			if nested := block(item.Value, depth+1); nested != "" {
				b.WriteString("\n" + nested)
			} else {
				b.WriteString(" " + scalar(item.Value) + "\n")
			}
		}
	case []any:
		for _, item := range tree {
			if nested := block(item, depth+1); nested != "" {
				b.WriteString(indent + "- " + strings.TrimLeft(nested, " "))
			} else {
				b.WriteString(indent + "- " + scalar(item) + "\n")
			}
		}
	}
	return b.String()
}

var plainText = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./%+-]*( [A-Za-z0-9_./%+-]+)*$`)

// scalar writes a value; text that a parser could take for something else is quoted.
func scalar(value any) string {
	text, ok := value.(string)
	switch {
	case !ok:
		switch value := value.(type) {
		case yaml.MapSlice:
			return "{}"
		case []any:
			return "[]"
		default:
			return fmt.Sprint(value)
		}
	case slices.Contains([]string{"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"}, strings.ToLower(text)),
		!plainText.MatchString(text):
		return strconv.QuoteToASCII(text)
	default:
		return text
	}
}

// number is a scalar that stands in YAML as it is.
type number string

// encode turns a value into what go-yaml writes in order.
func encode(v reflect.Value) (any, error) {
	switch value := v.Interface().(type) {
	case Ref:
		return value.MarshalYAML()
	case decimal.Decimal:
		return number(value.String()), nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		return encode(v.Elem())
	case reflect.Struct:
		tree := yaml.MapSlice{}
		for i := range v.NumField() {
			name := v.Type().Field(i).Tag.Get("yaml")
			if name == "" || isEmpty(v.Field(i)) {
				continue
			}
			value, err := encode(v.Field(i))
			if err != nil {
				return nil, err
			}
			tree = append(tree, yaml.MapItem{Key: name, Value: value})
		}
		return tree, nil
	case reflect.Map:
		tree := yaml.MapSlice{}
		for _, k := range sortedKeys(v) {
			value, err := encode(v.MapIndex(k))
			if err != nil {
				return nil, err
			}
			tree = append(tree, yaml.MapItem{Key: keyName(k), Value: value})
		}
		return tree, nil
	case reflect.Slice:
		list := make([]any, v.Len())
		for i := range v.Len() {
			value, err := encode(v.Index(i))
			if err != nil {
				return nil, err
			}
			list[i] = value
		}
		return list, nil
	case reflect.String:
		return v.String(), nil
	default:
		return v.Interface(), nil
	}
}

// isEmpty reports whether a value says nothing. The channels' own mappings always stand, also empty.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Map, reflect.Slice:
		return v.Len() == 0
	case reflect.Struct:
		if v.Type() == refType || v.Type() == decimalType {
			return v.IsZero()
		}
		for i := range v.NumField() {
			if !isEmpty(v.Field(i)) {
				return false
			}
		}
		return true
	default:
		return v.IsZero()
	}
}

func keyName(k reflect.Value) string {
	if channel, ok := k.Interface().(canonical.Channel); ok {
		return channel.String()
	}
	return k.String()
}

func sortedKeys(v reflect.Value) []reflect.Value {
	return slices.SortedFunc(slices.Values(v.MapKeys()), func(a, b reflect.Value) int {
		return strings.Compare(keyName(a), keyName(b))
	})
}

// flatten is every value of the rules by its place. Rules of a list stand at their conditions and not at their
// number, since their order means nothing.
func (r Rules) flatten() map[string]string {
	r.Edition = 0 // a number for what is said, and nothing that is
	flat := map[string]string{}
	flattenValue(flat, reflect.ValueOf(r), "")
	return flat
}

func flattenValue(flat map[string]string, v reflect.Value, path string) {
	switch value := v.Interface().(type) {
	case Ref:
		// An id and a name of the same digits are not the same.
		if text, err := value.MarshalYAML(); err == nil {
			flat[path] = encodeScalar(text)
		}
		return
	case decimal.Decimal:
		flat[path] = value.Trim(0).String()
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		flattenValue(flat, v.Elem(), path)
	case reflect.Struct:
		for i := range v.NumField() {
			if name := v.Type().Field(i).Tag.Get("yaml"); name != "" && !isEmpty(v.Field(i)) {
				flattenValue(flat, v.Field(i), join(path, name))
			}
		}
	case reflect.Map:
		if v.Len() == 0 {
			return
		}
		for _, k := range sortedKeys(v) {
			inner := join(path, keyName(k))
			if element := v.MapIndex(k); isEmpty(element) {
				flat[inner] = "{}"
			} else {
				flattenValue(flat, element, inner)
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Implements(reflect.TypeFor[conditional]()) {
			for i := range v.Len() {
				rule := v.Index(i).Interface().(conditional)
				flattenValue(flat, v.Index(i), path+"["+rule.selector()+"]")
			}
			return
		}
		words := make([]string, v.Len())
		for i := range v.Len() {
			item := map[string]string{}
			flattenValue(item, v.Index(i), "")
			words[i] = strings.Join(slices.Collect(maps.Values(item)), "")
		}
		flat[path] = "[" + strings.Join(words, ", ") + "]"
	default:
		flat[path] = encodeScalar(v.Interface())
	}
}

// encodeScalar is a scalar as YAML has it, so that text and numbers differ.
func encodeScalar(value any) string {
	if v := reflect.ValueOf(value); v.Kind() == reflect.String {
		value = v.String()
	}
	text, err := yaml.Marshal(value)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
