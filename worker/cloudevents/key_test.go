package cloudevents

import (
	"fmt"
	"strings"
	"testing"
)

// TestSignatureOfTheStandard signs the example that the libraries of Standard Webhooks test themselves with.
func TestSignatureOfTheStandard(t *testing.T) {
	t.Parallel()
	key, err := ParseKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	const want = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	if got := key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`)); got != want {
		t.Errorf("signature is %s, want %s", got, want)
	}
	if shown := fmt.Sprintf("%v %+v %#v %s", key, key, key, key); strings.ContainsAny(shown, "0123456789") {
		t.Errorf("the key prints as %s", shown)
	}
}

func TestKeysThatAreNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ=", "whsec_%%%", "whsec_" + strings.Repeat("AAAA", 22)} {
		if _, err := ParseKey(text); err == nil || len(text) > 6 && strings.Contains(err.Error(), text[6:]) {
			t.Errorf("key %q: %v", text, err)
		}
	}
}
