// Package wire reads the loosely typed JSON that shops send: numbers as text and text as numbers,
// null or false for absent, an empty array where an object is meant, an object with numeric keys
// where an array is meant. PHP shops with plugins send all of them.
//
// The types here never fail while JSON is decoded, since one odd field must not make an order
// unreadable. What a field must hold is checked by the decoder that asks for it ([Text.Decimal],
// [Text.Time]), which knows the field's path.
package wire
