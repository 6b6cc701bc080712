package idempotency

import (
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"reflect"
	"strconv"
	"time"

	"github.com/govalues/decimal"
)

// Fingerprint is a hash of the parts of a request that matter. The same key with another
// fingerprint is a mistake and refused.
type Fingerprint string

// FingerprintOf hashes the parts of a request that matter, in order. Each part is written with its
// type and length, so that ("ab", "c") and ("a", "bc"), or 1 and "1", differ.
//
// A part may be nil, a string, a bool, an integer, a []byte, a []string, a [time.Time] (the instant
// counts, not the zone), a [decimal.Decimal] (1.5 equals 1.50), a type based on string, bool or an
// integer, a pointer to any of these (nil if the pointer is), or an [encoding.TextMarshaler]. Anything
// else, floats included, is an [*InvalidError]: their text is not canonical. Do not hash a peer's raw
// JSON: it changes without a change of meaning.
func FingerprintOf(parts ...any) (Fingerprint, error) {
	sum := sha256.New()
	for index, part := range parts {
		if err := writePart(sum, part); err != nil {
			return "", &InvalidError{Field: fmt.Sprintf("fingerprint part %d", index+1), Reason: err.Error()}
		}
	}
	return Fingerprint(hex.EncodeToString(sum.Sum(nil))), nil
}

func writePart(sum hash.Hash, part any) error {
	switch value := part.(type) {
	case nil:
		writeTagged(sum, 'n', nil)
		return nil
	case string:
		writeTagged(sum, 's', []byte(value))
		return nil
	case []byte:
		writeTagged(sum, 'b', value)
		return nil
	case []string:
		writeTagged(sum, 'l', binary.BigEndian.AppendUint64(nil, uint64(len(value))))
		for _, text := range value {
			writeTagged(sum, 's', []byte(text))
		}
		return nil
	case time.Time:
		value = value.UTC()
		writeTagged(sum, 't', []byte(value.Format(time.RFC3339Nano)))
		return nil
	case decimal.Decimal:
		writeTagged(sum, 'd', []byte(value.Trim(0).String()))
		return nil
	}
	return writeReflected(sum, part)
}

func writeReflected(sum hash.Hash, part any) error {
	value := reflect.ValueOf(part)
	if value.Kind() == reflect.Pointer {
		if value.IsNil() {
			return writePart(sum, nil)
		}
		// The value behind the pointer first: *time.Time and *decimal.Decimal marshal, but not canonically.
		switch element := value.Elem().Interface().(type) {
		case time.Time, decimal.Decimal:
			return writePart(sum, element)
		}
	}
	if marshaler, ok := part.(encoding.TextMarshaler); ok {
		text, err := marshaler.MarshalText()
		if err != nil {
			return fmt.Errorf("has no text: %w", err)
		}
		writeTagged(sum, 'm', text)
		return nil
	}
	switch {
	case value.Kind() == reflect.Pointer:
		return writePart(sum, value.Elem().Interface())
	case value.Kind() == reflect.String:
		writeTagged(sum, 's', []byte(value.String()))
	case value.Kind() == reflect.Bool:
		writeTagged(sum, '?', strconv.AppendBool(nil, value.Bool()))
	case value.CanInt():
		writeTagged(sum, 'i', strconv.AppendInt(nil, value.Int(), 10))
	case value.CanUint():
		writeTagged(sum, 'i', strconv.AppendUint(nil, value.Uint(), 10))
	default:
		return fmt.Errorf("has type %T, which has no canonical text; pass its fields, or decimals for amounts", part)
	}
	return nil
}

func writeTagged(sum hash.Hash, tag byte, value []byte) {
	head := binary.BigEndian.AppendUint64([]byte{tag}, uint64(len(value)))
	sum.Write(head)
	sum.Write(value)
}
