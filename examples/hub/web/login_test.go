package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestLogin(t *testing.T) {
	t.Parallel()
	w := open(t)
	paths := []string{"/", "/letters", "/letters/1", "/letters/decide?action=replay", "/orders", "/orders/shop/main/1", "/stock", "/settlements", "/channels/shop/main", "/assets/style.css", "/nowhere"}
	for name, login := range map[string]func(*http.Request){
		"nobody":            func(r *http.Request) { r.Header.Del("Authorization") },
		"wrong token":       func(r *http.Request) { r.SetBasicAuth("Ada", token+"x") },
		"empty token":       func(r *http.Request) { r.SetBasicAuth("Ada", "") },
		"no name":           func(r *http.Request) { r.SetBasicAuth("", token) },
		"a name with space": func(r *http.Request) { r.SetBasicAuth(" Ada", token) },
		"a name in lines":   func(r *http.Request) { r.SetBasicAuth("Ada\nBob", token) },
		"a name too long":   func(r *http.Request) { r.SetBasicAuth(strings.Repeat("a", 101), token) },
		"no UTF-8":          func(r *http.Request) { r.SetBasicAuth("A\xff", token) },
		"a bearer":          func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) },
	} {
		for _, path := range paths {
			got := w.do(t, http.MethodGet, path, nil, login)
			if got.status != http.StatusUnauthorized || !strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Basic ") || strings.Contains(got.body, "<") {
				t.Errorf("%s at %s: %d %q", name, path, got.status, got.body)
			}
		}
		if got := w.do(t, http.MethodPost, "/letters/decide", url.Values{"action": {"replay"}, "reason": {"x"}}, login); got.status != http.StatusUnauthorized {
			t.Errorf("%s may post: %d", name, got.status)
		}
	}
	for _, path := range paths[:2] {
		if got := w.get(t, path); got.status != http.StatusOK {
			t.Errorf("Ada at %s: %d", path, got.status)
		}
	}
}
