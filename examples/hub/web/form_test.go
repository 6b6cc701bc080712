package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/retailsync/retailsync/worker"
)

// A browser that is logged in sends the password with whatever a foreign page has it send. None of that may do anything.
func TestForgery(t *testing.T) {
	t.Parallel()
	w := open(t)
	seq := w.accept(t, "1", shop.String(), "order", "order/1", worker.StateDead)
	valid := formToken.FindStringSubmatch(w.get(t, "/channels/shop/main").body)[1]
	bobs := formToken.FindStringSubmatch(w.do(t, http.MethodGet, "/channels/shop/main", nil, func(r *http.Request) { r.SetBasicAuth("Bob", token) }).body)[1]
	posts := map[string]url.Values{
		"/letters/decide":              {"action": {"discard"}, "seq": {"1"}, "reason": {"forged"}},
		"/channels/shop/main/pause":    {"reason": {"forged"}},
		"/channels/shop/main/resume":   {"reason": {"forged"}},
		"/channels/shop/main/run":      {"flow": {"reconcile-stock"}},
		"/channels/shop/main/nowhere":  {},
		"/returns/desk/main/1/inspect": {"line.0": {"1"}, "found.0.sellable": {"1"}, "line.3": {"4"}},
	}
	for name, forge := range map[string]func(url.Values, *http.Request){
		"no token":      func(f url.Values, _ *http.Request) { f.Del("form") },
		"empty token":   func(f url.Values, _ *http.Request) { f.Set("form", "") },
		"another's":     func(f url.Values, _ *http.Request) { f.Set("form", bobs) },
		"made up":       func(f url.Values, _ *http.Request) { f.Set("form", "1795680000."+strings.Repeat("0", 64)) },
		"no time":       func(f url.Values, _ *http.Request) { f.Set("form", "x"+valid) },
		"in the query":  func(f url.Values, r *http.Request) { f.Del("form"); r.URL.RawQuery = "form=" + valid },
		"another site":  func(_ url.Values, r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a sister site": func(_ url.Values, r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"old browser": func(_ url.Values, r *http.Request) {
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Set("Origin", "https://evil.example")
		},
		"too large": func(f url.Values, _ *http.Request) { f.Set("reason", strings.Repeat("x", 70_000)) },
	} {
		for path, fields := range posts {
			form := url.Values{"form": {valid}}
			for field, values := range fields {
				form[field] = values
			}
			probe, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			forge(form, probe)
			got := w.do(t, http.MethodPost, path, form, func(r *http.Request) { forge(url.Values{}, r) })
			if got.status != http.StatusForbidden {
				t.Errorf("%s at %s: %d", name, path, got.status)
			}
		}
	}
	pauses, err := w.worker.Pauses(t.Context())
	if err != nil || len(pauses) > 0 || len(w.runs)+len(w.told) > 0 || w.stateOf(t, seq) != worker.StateDead {
		t.Errorf("something was done: %v %v %s %v", pauses, w.runs, w.stateOf(t, seq), err)
	}
	if got := w.do(t, http.MethodGet, "/channels/shop/main/pause?reason=x&form="+valid, nil, nil); got.status == http.StatusOK || got.status == http.StatusSeeOther {
		t.Errorf("a GET may pause: %d", got.status)
	}
}
