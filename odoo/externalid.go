package odoo

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// ExternalID is the stable name of a record (ir.model.data): unique in a database, chosen by us, written
// in the same transaction as the record. The zero value is no External ID.
type ExternalID struct{ Module, Name string }

// maxName bounds names, so that they fit Odoo's index and stay readable.
const maxName = 128

const hexDigits = "0123456789abcdef"

// NewExternalID builds an External ID from parts that may hold any text, such as a channel, an account and
// an order number. Different parts give different names: bytes outside A–Z, a–z, 0–9 and "-" are written
// as "~" and two hexadecimal digits, the parts are joined by "_". A name above 128 bytes is cut and ends
// in a hash of the whole.
func NewExternalID(module string, parts ...string) ExternalID {
	var m, n strings.Builder
	escape(&m, module, true)
	size := len(parts)
	for _, part := range parts {
		size += len(part)
	}
	n.Grow(size + 16) // room for some escaped characters
	for i, part := range parts {
		if i > 0 {
			n.WriteByte('_')
		}
		escape(&n, part, false)
	}
	name := n.String()
	if len(name) > maxName {
		sum := sha256.Sum256([]byte(name))
		mark := "~~" + hex.EncodeToString(sum[:16])
		name = name[:maxName-len(mark)] + mark
	}
	return ExternalID{Module: m.String(), Name: name}
}

func escape(b *strings.Builder, part string, underscore bool) {
	b.Grow(len(part))
	for i := range len(part) {
		c := part[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', underscore && c == '_':
			b.WriteByte(c)
		default:
			b.WriteByte('~')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		}
	}
}

// Parts returns what [NewExternalID] was given; false if the name is not of that making or was cut.
func (x ExternalID) Parts() ([]string, bool) {
	if x.Name == "" || strings.Contains(x.Name, "~~") {
		return nil, false
	}
	parts := strings.Split(x.Name, "_")
	for i, part := range parts {
		plain, ok := unescape(part)
		if !ok {
			return nil, false
		}
		parts[i] = plain
	}
	if NewExternalID(x.Module, parts...).Name != x.Name {
		return nil, false
	}
	return parts, true
}

func unescape(part string) (string, bool) {
	if !strings.Contains(part, "~") {
		return part, true
	}
	var b strings.Builder
	for i := 0; i < len(part); i++ {
		if part[i] != '~' {
			b.WriteByte(part[i])
			continue
		}
		if i+2 >= len(part) {
			return "", false
		}
		high, low := strings.IndexByte(hexDigits, part[i+1]), strings.IndexByte(hexDigits, part[i+2])
		if high < 0 || low < 0 {
			return "", false
		}
		b.WriteByte(byte(high<<4 | low))
		i += 2
	}
	return b.String(), true
}

// ParseExternalID reads "module.name".
func ParseExternalID(text string) (ExternalID, bool) {
	module, name, ok := strings.Cut(text, ".")
	if !ok || module == "" || name == "" {
		return ExternalID{}, false
	}
	return ExternalID{Module: module, Name: name}, true
}

// IsZero reports whether there is no External ID.
func (x ExternalID) IsZero() bool { return x == ExternalID{} }

// String returns "module.name", "" for none.
func (x ExternalID) String() string {
	if x.IsZero() {
		return ""
	}
	return x.Module + "." + x.Name
}
