package odoo_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/odoo"
)

// TestReplyLimitHoldsAfterUnpacking answers with a few hundred bytes that unpack to far more than the limit.
func TestReplyLimitHoldsAfterUnpacking(t *testing.T) {
	t.Parallel()
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	if _, err := w.Write(append([]byte(`"`), bytes.Repeat([]byte("x"), 4<<20)...)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	s := newStub(t, "19.0", always(response{status: 200, body: bomb.String(), header: map[string]string{"Content-Encoding": "gzip"}}))
	c := dial(t, s.URL, odoo.APIKey("key"), odoo.WithReplyLimit(64<<10), odoo.WithRetry(odoo.Retry{Attempts: 3, First: 1, Longest: 1}))
	err := c.Call(t.Context(), odoo.Call{Model: "res.partner", Method: "read", IDs: []int64{1}}, nil)
	if odoo.CodeOf(err) != odoo.CodeDecode || !strings.Contains(err.Error(), "limit") || len(s.calls()) != 1 {
		t.Errorf("%v after %d calls", err, len(s.calls()))
	}
}

// TestDeepRepliesAreErrors nests replies as deep as the limit of a reply allows.
func TestDeepRepliesAreErrors(t *testing.T) {
	t.Parallel()
	for _, deep := range []string{strings.Repeat("[", 1<<20), strings.Repeat(`{"a":`, 1<<18), strings.Repeat("[", 1<<19) + strings.Repeat("]", 1<<19)} {
		for _, wrap := range []string{"%", `{"jsonrpc":"2.0","id":1,"result":%}`} {
			version, credential := "19.0", odoo.APIKey("key")
			if wrap != "%" {
				version, credential = "14.0", odoo.Password("login", "key")
			}
			s := newStub(t, version, always(response{status: 200, body: strings.Replace(wrap, "%", deep, 1)}))
			c := dial(t, s.URL, credential, odoo.WithDatabase("db"), odoo.WithRetry(odoo.Retry{Attempts: 1}))
			var result any
			if err := c.Call(t.Context(), odoo.Call{Model: "res.partner", Method: "read", IDs: []int64{1}}, &result); err == nil {
				t.Errorf("%.20s in %s is accepted", deep, wrap)
			}
		}
	}
}

// TestRedirectsAreNotFollowed has Odoo's address answer with another one.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var stolen atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		stolen.Add(1)
		_, _ = w.Write([]byte(`7`))
	}))
	t.Cleanup(other.Close)
	for _, status := range []int{301, 302, 307, 308} {
		both(t, always(response{status: status, body: "moved", header: map[string]string{"Location": other.URL + "/json/2/res.partner/read"}}), func(t *testing.T, _ *stub, c *odoo.Client) {
			if err := c.Call(t.Context(), odoo.Call{Model: "res.partner", Method: "read", IDs: []int64{1}}, nil); odoo.CodeOf(err) != odoo.CodeNotOdoo {
				t.Errorf("%d: %v", status, err)
			}
		})
	}
	t.Cleanup(func() {
		if stolen.Load() > 0 {
			t.Errorf("%d calls went to another server", stolen.Load())
		}
	})
}

// TestTextsOfChannelsStayValues puts any text where a channel's goes: it reaches Odoo as one value of one condition.
func TestTextsOfChannelsStayValues(t *testing.T) {
	t.Parallel()
	hostile := rapid.SampledFrom([]string{`'`, `"`, `\`, `'), ('id','!=',0`, `"],["id","!=",0]`, `]`, `%`, `_`, `|`, `&`, `!`, "\x00", `; DROP TABLE res_partner; --`, `{{7*7}}`, `${x}`, `a`})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.OneOf(hostile, rapid.String()), 1, 6).Draw(t, "text"), "")
		text = strings.ToValidUTF8(text, "")
		for _, domain := range []odoo.Domain{odoo.Eq("email", text), odoo.In("email", []string{text})} {
			written, err := domain.MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			var terms [][3]any
			if err := json.Unmarshal(written, &terms); err != nil || len(terms) != 1 || terms[0][0] != "email" {
				t.Fatalf("%s: %v", written, err)
			}
			got := terms[0][2]
			if list, isList := got.([]any); isList && len(list) == 1 {
				got = list[0]
			}
			if got != text {
				t.Fatalf("%q reads as %q", text, got)
			}
		}
		// As a field, a model or a method it is refused, unless it is a plain name.
		if name := text; strings.ContainsAny(name, `'"\]%|&!;{$ `) {
			if odoo.Eq(name, 1).Err() == nil {
				t.Fatalf("%q is accepted as a field", name)
			}
		}
	})
}
