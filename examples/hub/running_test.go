package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const testToken = "a-token-for-tests-only-0123456789"

// running is a hub that runs in a test.
type running struct {
	*service
	out *screen
}

// screen is what the program prints. It is safe for concurrent use.
type screen struct {
	mu    sync.Mutex
	text  bytes.Buffer
	ended chan struct{}
	once  sync.Once
}

// Write implements io.Writer; ended is closed when the demonstration has come to its end, whichever.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(p)
	if text := s.text.String(); strings.Contains(text, "to look at") || strings.Contains(text, "did not come to its end") {
		s.once.Do(func() { close(s.ended) })
	}
	return len(p), nil
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// serve runs the hub, and stops it with the test.
func serve(t *testing.T, env map[string]string) running {
	t.Helper()
	e, err := newEnvironment(func(name string) string {
		if value, ok := env[name]; ok {
			return value
		}
		return map[string]string{"HUB_LISTEN": "127.0.0.1:0", "HUB_TOKEN": testToken}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	s, err := openService(ctx, e, slog.New(slog.DiscardHandler))
	if err != nil {
		stop()
		t.Fatal(err)
	}
	r := running{service: s, out: &screen{ended: make(chan struct{})}}
	ended := make(chan error, 1)
	go func() { ended <- s.serve(ctx, r.out) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
		if err := s.close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return r
}

// start runs the hub with the demonstration until it has come to its end.
func start(t *testing.T, env map[string]string) running {
	t.Helper()
	r := serve(t, env)
	select {
	case <-r.out.ended:
	case <-time.After(10 * time.Minute):
		t.Fatalf("the demonstration does not end:\n%s", r.out)
	}
	if strings.Contains(r.out.String(), "did not come to its end") {
		t.Fatal(r.out.String())
	}
	return r
}

// get fetches a page as a person who is logged in, and returns its status and text.
func (r running) get(t *testing.T, path string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.address()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth("ada", testToken)
	response, err := r.deliver.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// says waits until a page says all of it.
func (r running) says(t *testing.T, path string, wanted ...string) {
	t.Helper()
	var text string
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		_, text = r.get(t, path)
		if !slices.ContainsFunc(wanted, func(want string) bool { return !strings.Contains(text, want) }) {
			return
		}
	}
	flows, err := r.state.Flows(t.Context())
	t.Fatalf("%s does not say %q:\n%s\nflows: %+v %v", path, wanted, text, flows, err)
}

// until waits until it is so, or for long.
func (r running) until(t *testing.T, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline) && !so(); time.Sleep(50 * time.Millisecond) {
	}
}

// patience is how long a test waits for what should come within seconds; the machine may be busy.
const patience = 3 * time.Minute
