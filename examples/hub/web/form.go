package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// formLife is how long a form may stay open before it is sent.
const formLife = 12 * time.Hour

// formField names the hidden field that holds a form's token.
const formField = "form"

// forms makes and checks the tokens of forms. A browser adds the password to any request by itself, also to those that a foreign page
// has it make; it cannot know this token. All processes with one token of the hub accept each other's.
type forms struct{ key []byte }

func newForms(token string) forms {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte("retailsync hub forms"))
	return forms{key: mac.Sum(nil)}
}

// token is the token of a form for a person from now on.
func (f forms) token(name string, now time.Time) string {
	at := strconv.FormatInt(now.Unix(), 10)
	return at + "." + f.sign(name, at)
}

func (f forms) sign(name, at string) string {
	mac := hmac.New(sha256.New, f.key)
	mac.Write([]byte(at + "|" + name))
	return hex.EncodeToString(mac.Sum(nil))
}

func (f forms) valid(token, name string, now time.Time) bool {
	at, signature, _ := strings.Cut(token, ".")
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || !hmac.Equal([]byte(signature), []byte(f.sign(name, at))) {
		return false
	}
	age := now.Sub(time.Unix(seconds, 0))
	return age > -time.Minute && age < formLife
}

// largestForm is the largest body of a form in bytes.
const largestForm = 64 << 10

// checked lets a POST through only with the token of a form of ours.
func (s *server) checked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			r.Body = http.MaxBytesReader(w, r.Body, largestForm)
			if err := r.ParseForm(); err != nil || !s.forms.valid(r.PostForm.Get(formField), person(r), s.now()) {
				s.sorry(w, r, http.StatusForbidden, nil)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}
