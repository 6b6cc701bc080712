package mapping

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/govalues/decimal"
)

// scalarKind is what a YAML scalar looks like.
type scalarKind int

const (
	notScalar scalarKind = iota
	scalarText
	scalarNumber
	scalarBool
)

// scalarOf is the text of a scalar as it is written, without quotes.
func scalarOf(n ast.Node) (string, scalarKind) {
	switch s := n.(type) {
	case *ast.StringNode:
		return s.Value, scalarText
	case *ast.LiteralNode:
		return strings.TrimSuffix(s.Value.Value, "\n"), scalarText
	case *ast.IntegerNode, *ast.FloatNode:
		return n.GetToken().Value, scalarNumber
	case *ast.BoolNode:
		return n.GetToken().Value, scalarBool
	default:
		return "", notScalar
	}
}

// keyText is a key as text.
func keyText(n ast.Node) (string, bool) {
	text, kind := scalarOf(n)
	return text, kind != notScalar
}

func (d *decoder) scalar(n ast.Node, v reflect.Value, path string) {
	text, kind := scalarOf(n)
	if kind == notScalar {
		d.refuse(n, path, "a single value is wanted, not "+describe(n), "")
		return
	}
	switch {
	case v.Type() == refType:
		d.ref(n, v, path, text, kind)
	case v.Type() == decimalType:
		number, err := decimal.Parse(text)
		if kind == scalarBool || err != nil || strings.ContainsAny(text, "eE") {
			d.refuse(n, path, "a decimal number is wanted, not "+describe(n), "for example 25 or 7.125")
			return
		}
		v.Set(reflect.ValueOf(number))
	case v.Kind() == reflect.Bool:
		if kind != scalarBool {
			d.refuse(n, path, "true or false is wanted, not "+describe(n), "")
			return
		}
		v.SetBool(strings.EqualFold(text, "true"))
	case v.Kind() == reflect.Int || v.Kind() == reflect.Int64:
		number, err := strconv.ParseInt(text, 10, 64)
		if kind != scalarNumber || err != nil || v.OverflowInt(number) {
			d.refuse(n, path, "a whole number is wanted, not "+describe(n), "")
			return
		}
		v.SetInt(number)
	default:
		if kind == scalarBool {
			d.refuse(n, path, "text is wanted, not "+describe(n), "put it in quotes if this is text")
			return
		}
		if text == "" {
			d.refuse(n, path, "empty text", "give a value, or remove the key")
			return
		}
		v.SetString(text)
	}
}

func (d *decoder) ref(n ast.Node, v reflect.Value, path, text string, kind scalarKind) {
	switch kind {
	case scalarText:
		if strings.TrimSpace(text) == "" {
			d.refuse(n, path, "empty name", "give the record's name or its database id, or remove the key")
			return
		}
		v.Set(reflect.ValueOf(Ref{Name: text}))
	case scalarNumber:
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || id <= 0 || strconv.FormatInt(id, 10) != text {
			d.refuse(n, path, text+" is not a database id", "write a positive whole number, or put a name or code in quotes")
			return
		}
		v.Set(reflect.ValueOf(Ref{ID: id}))
	default:
		d.refuse(n, path, "a database id or a name is wanted, not "+describe(n), "put a name or code in quotes")
	}
}

// describe names a node's type for people.
func describe(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode:
		return "nothing"
	}
	switch text, kind := scalarOf(n); {
	case kind == scalarNumber:
		return "the number " + shorten(text)
	case kind == scalarBool:
		return text
	case kind == scalarText:
		return "the text " + strconv.Quote(shorten(text))
	default:
		return "this"
	}
}

// shorten keeps messages readable.
func shorten(text string) string {
	const most = 40
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
