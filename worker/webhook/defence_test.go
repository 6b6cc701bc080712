package webhook_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/webhook"
)

// watching is a receiver that keeps what it is asked to verify and accepts none of it.
type watching struct {
	mu     sync.Mutex
	bodies [][]byte
}

func (*watching) Channel() canonical.Channel { return shop }

func (w *watching) ReceiveWebhook(_ context.Context, _ http.Header, body []byte) ([]marketplace.Notice, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bodies = append(w.bodies, bytes.Clone(body))
	return nil, &marketplace.Error{Code: marketplace.CodeUnauthenticated, Channel: shop, Op: "receive webhook", Err: errors.New("the secret is hunter2 of jane@example.com")}
}

// TestBodyIsBoundedBeforeItIsVerified sends bodies that no signature is worth computing for, and packed ones, which nobody unpacks.
func TestBodyIsBoundedBeforeItIsVerified(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(bytes.Repeat([]byte("x"), 8<<20)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		body     string
		encoding string
		status   int
		verified bool
	}{
		"fits":                   {strings.Repeat("x", 1<<20), "", http.StatusUnauthorized, true},
		"one byte more":          {strings.Repeat("x", 1<<20+1), "", http.StatusRequestEntityTooLarge, false},
		"packed is not unpacked": {packed.String(), "gzip", http.StatusUnauthorized, true},
		"bytes as they are":      {"\xef\xbb\xbf{\"a\" : 1}\r\n\x00\xff ", "", http.StatusUnauthorized, true},
		"deep JSON":              {strings.Repeat("[", 1<<20), "", http.StatusUnauthorized, true},
	} {
		receiver := &watching{}
		server := httptest.NewServer(webhook.New(newWorker(t, worker.NewMemory()), receiver))
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader(test.body))
		if err != nil {
			t.Fatal(err)
		}
		if test.encoding != "" {
			request.Header.Set("Content-Encoding", test.encoding)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		var said bytes.Buffer
		_, _ = said.ReadFrom(response.Body)
		response.Body.Close()
		server.Close()
		if response.StatusCode != test.status || strings.Contains(said.String(), "hunter2") {
			t.Errorf("%s: status %d, %q", name, response.StatusCode, said.String())
		}
		if verified := len(receiver.bodies) == 1; verified != test.verified || verified && string(receiver.bodies[0]) != test.body {
			t.Errorf("%s: verified %t, and the bytes are not those that were sent", name, verified)
		}
	}
}
