package rest

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
)

func client(t *testing.T, handler http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return New(Config{
		Channel: canonical.Channel{Name: "test", Account: "main"}, BaseURL: server.URL, Backoff: time.Millisecond, PerSecond: 1000,
		Authorize: func(request *http.Request) error {
			request.SetBasicAuth("key-1234", "secret-5678")
			request.Header.Set("X-Api-Key", "other-9012")
			return nil
		},
		Explain: func(_ int, body []byte) Explanation { return Explanation{Text: string(body)} },
	})
}

func TestReadsAreRepeatedAndWritesAreNot(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	c := client(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) < 3 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		_, _ = w.Write([]byte(`{}`))
	})
	if _, err := c.Get(context.Background(), "read", "/x", nil); err != nil || calls.Load() != 3 {
		t.Errorf("a read that fails twice: %v after %d calls", err, calls.Load())
	}
	calls.Store(0)
	_, err := c.Send(context.Background(), "write", http.MethodPost, "/x", map[string]string{})
	if marketplace.CodeOf(err) != marketplace.CodeUnknown || calls.Load() != 1 {
		t.Errorf("a write that fails: %v after %d calls", err, calls.Load())
	}
}

func TestBrokenBodyIsAnAttempt(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	c := client(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) == 1 {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte(`{"a":`))
			return
		}
		_, _ = w.Write([]byte(`{}`))
	})
	if _, err := c.Get(context.Background(), "read", "/x", nil); err != nil || calls.Load() != 2 {
		t.Errorf("%v after %d calls", err, calls.Load())
	}
}

func TestLongPauseIsKeptWithoutCalls(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	c := client(t, func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		w.Header().Set("Retry-After", "90")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	for range 3 {
		_, err := c.Get(context.Background(), "read", "/x", nil)
		if marketplace.CodeOf(err) != marketplace.CodeRateLimited {
			t.Errorf("got %v", err)
		}
	}
	if calls.Load() != 1 {
		t.Errorf("%d calls during a pause", calls.Load())
	}
}

func TestErrorsHoldNoCredentials(t *testing.T) {
	t.Parallel()
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte("bad key-1234 and secret-5678, " + r.Header.Get("Authorization") + r.Header.Get("X-Api-Key") + " of Jane.Doe+x@example.com"))
	})
	_, err := c.Get(context.Background(), "read", "/x", nil)
	for _, secret := range []string{"key-1234", "secret-5678", "a2V5LTEyMzQ", "other-9012", "Jane.Doe", "example.com"} {
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Error("the error holds a credential or an address, or there is none")
		}
	}
}

func TestRequestsOfTheirOwn(t *testing.T) {
	t.Parallel()
	var got string
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = r.Method + " " + r.URL.String() + " " + r.Header.Get("Idempotency-Key") + " " + r.Header.Get("Content-Type") + " " + string(body)
	})
	for _, test := range []struct {
		request Request
		want    string
	}{
		{Request{Method: http.MethodPut, Path: "/a b", Query: url.Values{"x": {"1&2"}}, Header: http.Header{"idempotency-key": {"k"}}, Body: []byte(`{}`)},
			`PUT /a%20b?x=1%262 k application/json {}`},
		{Request{Method: http.MethodPost, Path: "/c"}, `POST /c   `},
	} {
		if _, err := c.Do(context.Background(), "write", test.request); err != nil || got != test.want {
			t.Errorf("got %q, %v; want %q", got, err, test.want)
		}
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{
		"https://shop.example.com":        true,
		"https://shop.example.com/blog/":  true,
		"http://127.0.0.1:9000":           true,
		"http://[::1]:9000":               true,
		"http://localhost":                true,
		"http://shop.example.com":         false,
		"https://u:p@shop.example.com":    false,
		"https://shop.example.com?key=ck": false,
		"shop.example.com":                false,
		"ftp://shop.example.com":          false,
		"":                                false,
		"https://%zz":                     false,
	} {
		_, problem := checkAddress(address)
		if (problem == "") != ok {
			t.Errorf("%q: %q", address, problem)
		}
		if strings.Contains(problem, "u:p") || strings.Contains(problem, "key=") {
			t.Error("the problem quotes a credential of the address")
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"0": 0, "7": 7 * time.Second, "-5": 0, "10000000000": 24 * time.Hour,
		"Sun, 01 Mar 2026 12:00:30 GMT": 30 * time.Second, "Sun, 01 Mar 2026 11:00:00 GMT": 0,
	} {
		got, stated := retryAfter(http.Header{"Retry-After": {value}}, now)
		if got != want || !stated {
			t.Errorf("%q: %s", value, got)
		}
	}
	if _, stated := retryAfter(http.Header{"Retry-After": {"soon"}}, now); stated {
		t.Error("a word is no time")
	}
}
