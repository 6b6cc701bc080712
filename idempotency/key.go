package idempotency

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxScope and MaxID are the longest parts of a [Key] in bytes. They fit every store's index.
const (
	MaxScope = 255
	MaxID    = 1024
)

// Key names one effect. The same effect always has the same key: derive it from what the effect
// is about (a return, its line, the cumulative quantity), never from chance or the time.
type Key struct {
	// Scope is the kind of effect with its environment and channel, such as "orders/woocommerce/main".
	Scope string
	// ID identifies the effect within the scope.
	ID string
}

// String returns "scope/id". It is for people: two keys can have the same string.
func (k Key) String() string { return k.Scope + "/" + k.ID }

// Validate returns an [*InvalidError] unless scope and ID are non-empty UTF-8 without a NUL byte
// and at most [MaxScope] and [MaxID] bytes long. Every store refuses the keys that it refuses.
func (k Key) Validate() error {
	if err := validateText("key scope", k.Scope, MaxScope); err != nil {
		return err
	}
	return validateText("key ID", k.ID, MaxID)
}

// ProviderKey returns the key to send to a provider (Idempotency-Key, PayPal-Request-Id): 64
// hexadecimal digits that depend on the key alone, so that every attempt of every process sends the
// same one. It tells the provider nothing about the key.
func (k Key) ProviderKey() string {
	hash := sha256.New()
	for _, part := range []string{"retailsync.provider-key.v1", k.Scope, k.ID} {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		hash.Write(size[:])
		hash.Write([]byte(part))
	}
	return hex.EncodeToString(hash.Sum(nil))
}

func validateText(field, text string, limit int) error {
	switch {
	case text == "":
		return &InvalidError{Field: field, Reason: "is empty"}
	case len(text) > limit:
		return &InvalidError{Field: field, Reason: fmt.Sprintf("is %d bytes long, at most %d are allowed; use a hash of it", len(text), limit)}
	case !utf8.ValidString(text):
		return &InvalidError{Field: field, Reason: "is not valid UTF-8; encode it, for example as hexadecimal"}
	case strings.ContainsRune(text, 0):
		return &InvalidError{Field: field, Reason: "contains a NUL byte; encode it, for example as hexadecimal"}
	}
	return nil
}
