package cloudevents

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/retailsync/retailsync/worker"
)

// Key signs what is sent to a subscription. It prints as nothing of itself. The zero value signs nothing.
type Key struct{ secret []byte }

// ParseKey reads a key as Standard Webhooks writes it, "whsec_" and 24 to 64 bytes in base64. Make one with
//
//	echo whsec_$(openssl rand -base64 32)
func ParseKey(text string) (Key, error) {
	encoded, found := strings.CutPrefix(text, "whsec_")
	secret, err := base64.StdEncoding.DecodeString(encoded)
	if !found || err != nil || len(secret) < 24 || len(secret) > 64 {
		return Key{}, &worker.InvalidError{Field: "key", Reason: `must be "whsec_" and the base64 of 24 to 64 random bytes`}
	}
	return Key{secret}, nil
}

// String hides the key.
func (Key) String() string { return "[key]" }

// GoString hides the key.
func (Key) GoString() string { return "[key]" }

// sign returns a signature as Standard Webhooks has it.
func (k Key) sign(id, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, k.secret)
	_, _ = fmt.Fprintf(mac, "%s.%s.%s", id, timestamp, body) // a hash never fails
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
