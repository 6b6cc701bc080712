package canonical_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
)

// anyOrder draws an order with every field filled at random, valid or not.
func anyOrder() *rapid.Generator[canonical.Order] {
	return rapid.Custom(func(t *rapid.T) canonical.Order {
		var o canonical.Order
		fill(t, reflect.ValueOf(&o).Elem(), "order")
		return o
	})
}

func fill(t *rapid.T, v reflect.Value, name string) {
	switch v.Interface().(type) {
	case decimal.Decimal:
		v.Set(reflect.ValueOf(anyDecimal().Draw(t, name)))
		return
	case time.Time:
		v.Set(reflect.ValueOf(time.Unix(rapid.Int64Range(0, 1<<36).Draw(t, name), rapid.Int64Range(0, 999_999_999).Draw(t, name)).
			In(time.FixedZone("", 60*rapid.IntRange(-720, 840).Draw(t, name)))))
		return
	case json.RawMessage:
		v.Set(reflect.ValueOf(json.RawMessage(rapid.SampledFrom([]string{
			`{"a":1.10,"b":[null,true]}`, `"<&>"`, `12345678901234567890.10`, `{}`, `[1,2]`,
		}).Draw(t, name))))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.String().Draw(t, name))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, name))
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), v.Type().Field(i).Name)
		}
	case reflect.Slice:
		n := rapid.IntRange(0, 2).Draw(t, name)
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(t, v.Index(i), name)
		}
	case reflect.Pointer:
		if rapid.Bool().Draw(t, name) {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem(), name)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range rapid.IntRange(0, 2).Draw(t, name) {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(t, key, name)
			fill(t, value, name)
			v.SetMapIndex(key, value)
		}
	default:
		t.Fatalf("no way to fill %s", v.Type())
	}
}

// fullOrder has every field set and one item in every list.
func fullOrder() canonical.Order {
	var o canonical.Order
	n := int64(0)
	set(reflect.ValueOf(&o).Elem(), &n)
	return o
}

func set(v reflect.Value, n *int64) {
	*n++
	switch v.Interface().(type) {
	case decimal.Decimal:
		v.Set(reflect.ValueOf(decimal.MustNew(*n, 2)))
		return
	case time.Time:
		v.Set(reflect.ValueOf(time.Unix(1_700_000_000+*n, 0).UTC()))
		return
	case json.RawMessage:
		v.Set(reflect.ValueOf(json.RawMessage(fmt.Sprintf(`{"n":%d}`, *n))))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Struct:
		for i := range v.NumField() {
			set(v.Field(i), n)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		set(v.Index(0), n)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		set(v.Elem(), n)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		set(key, n)
		set(value, n)
		v.SetMapIndex(key, value)
	}
}

// eachLeaf calls visit with every value of an order that holds no other one; the order is changed in
// place between set and restore.
func eachLeaf(v reflect.Value, path string, visit func(path string, leaf reflect.Value)) {
	switch v.Interface().(type) {
	case decimal.Decimal, time.Time, json.RawMessage:
		visit(path, v)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			eachLeaf(v.Field(i), path+"."+v.Type().Field(i).Name, visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachLeaf(v.Index(i), fmt.Sprintf("%s[%d]", path, i), visit)
		}
	case reflect.Pointer:
		eachLeaf(v.Elem(), path, visit)
	case reflect.Map:
		for _, key := range v.MapKeys() {
			value := reflect.New(v.Type().Elem()).Elem()
			value.Set(v.MapIndex(key))
			visit(path, value)
		}
	default:
		visit(path, v)
	}
}
