package rest

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
)

// bomb is a reply of size bytes once it is unpacked, and of a thousandth of that on the wire.
func bomb(t *testing.T, size int64) []byte {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := io.CopyN(w, spaces{}, size); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

var blank = bytes.Repeat([]byte(" "), 32<<10)

// spaces is white space without end, which JSON may hold anywhere.
type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	return copy(p, blank), nil
}

func TestRepliesAreBoundedAfterUnpacking(t *testing.T) {
	t.Parallel()
	const limit = 256 << 10
	for name, test := range map[string]struct {
		packed bool
		body   []byte
		code   marketplace.Code
	}{
		"plain, at the limit": {false, append([]byte(`{}`), bytes.Repeat([]byte(" "), limit-2)...), ""},
		"plain, above it":     {false, append([]byte(`{}`), bytes.Repeat([]byte(" "), limit-1)...), marketplace.CodeInvalid},
		"a bomb":              {true, bomb(t, 64*limit), marketplace.CodeInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				calls.Add(1)
				if test.packed {
					w.Header().Set("Content-Encoding", "gzip")
				}
				_, _ = w.Write(test.body)
			}))
			t.Cleanup(server.Close)
			c := New(Config{Channel: canonical.Channel{Name: "test", Account: "main"}, BaseURL: server.URL, MaxBody: limit})
			_, err := c.Get(context.Background(), "read", "/x", nil)
			if marketplace.CodeOf(err) != test.code || calls.Load() != 1 {
				t.Errorf("got %v after %d calls, want code %q after one", err, calls.Load(), test.code)
			}
		})
	}
}

// TestRedirectsStayWithTheChannel sends a client to addresses that are not the channel's: a server of somebody else, a port of the same
// machine such as that of a cloud's metadata service, and another scheme.
func TestRedirectsStayWithTheChannel(t *testing.T) {
	t.Parallel()
	var stolen atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		stolen.Add(1)
		_, _ = w.Write([]byte(`{}`))
	}))
	t.Cleanup(other.Close)
	target := ""
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/here" {
			_, _ = w.Write([]byte(`{"here":true}`))
			return
		}
		http.Redirect(w, r, target, http.StatusTemporaryRedirect)
	})
	for _, away := range []string{
		other.URL + "/x", "http://169.254.169.254/latest/meta-data/", "https://" + c.base.Host + "/here", "file:///etc/passwd", "//" + strings.TrimPrefix(other.URL, "http://"),
	} {
		target = away
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			_, err := c.Do(context.Background(), "call", Request{Method: method, Path: "/x"})
			if code := marketplace.CodeOf(err); code != marketplace.CodeInvalid || strings.Contains(err.Error(), away) {
				t.Errorf("%s to %s: %v", method, away, err)
			}
		}
	}
	target = "/here"
	if _, err := c.Get(context.Background(), "read", "/x", nil); err != nil {
		t.Errorf("a read that the channel redirects within itself: %v", err)
	}
	if _, err := c.Do(context.Background(), "write", Request{Method: http.MethodPost, Path: "/x"}); marketplace.CodeOf(err) != marketplace.CodeInvalid {
		t.Errorf("a write is redirected: %v", err)
	}
	if stolen.Load() > 0 {
		t.Errorf("%d calls went to another server", stolen.Load())
	}
}

// TestCredentialsAreReadBeforeEveryAttempt rotates a key while the client runs.
func TestCredentialsAreReadBeforeEveryAttempt(t *testing.T) {
	t.Parallel()
	var valid atomic.Value
	valid.Store("first")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != valid.Load() {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(`{}`))
	}))
	t.Cleanup(server.Close)
	c := New(Config{
		Channel: canonical.Channel{Name: "test", Account: "main"}, BaseURL: server.URL,
		Authorize: func(r *http.Request) error { r.Header.Set("Authorization", valid.Load().(string)); return nil },
	})
	for _, key := range []string{"first", "second", "third"} {
		valid.Store(key)
		if _, err := c.Get(context.Background(), "read", "/x", nil); err != nil {
			t.Errorf("with the %s key: %v", key, err)
		}
	}
}
