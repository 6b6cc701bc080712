package web

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
	"unicode"
)

// longestName is the longest name that somebody may call themselves, in bytes.
const longestName = 100

type personKey struct{}

// Authenticated lets requests through whose password is the token, with whatever name: it says who decides.
func Authenticated(token string, next http.Handler) http.Handler {
	want := sha256.Sum256([]byte(token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, password, ok := r.BasicAuth()
		got := sha256.Sum256([]byte(password))
		if !ok || token == "" || subtle.ConstantTimeCompare(got[:], want[:]) != 1 || !plain(name) {
			w.Header().Set("WWW-Authenticate", `Basic realm="retailsync hub", charset="UTF-8"`)
			http.Error(w, "Log in with your name and the hub's token (HUB_TOKEN, or the one that the program printed when it started).", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), personKey{}, name)))
	})
}

// plain says whether a name can stand in the audit trail.
func plain(name string) bool {
	return name != "" && len(name) <= longestName && strings.TrimSpace(name) == name && !strings.ContainsFunc(name, func(r rune) bool {
		return r == unicode.ReplacementChar || !unicode.IsPrint(r)
	})
}

// person is who is logged in.
func person(r *http.Request) string {
	name, _ := r.Context().Value(personKey{}).(string)
	return name
}
