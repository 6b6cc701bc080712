package woocommerce_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/woocommerce"
	"github.com/retailsync/retailsync/marketplace/woocommerce/wootest"
)

// errCut is a connection that broke.
var errCut = errors.New("cut")

// line is the way to a shop that a test disturbs and watches.
type line struct {
	mu sync.Mutex
	// play answers instead of the shop; nil, or a nil answer and error, lets the shop answer.
	play  func(request *http.Request, body string) (*http.Response, error)
	sent  []string // method and path of what was sent
	wrote int
}

// RoundTrip implements http.RoundTripper.
func (l *line) RoundTrip(request *http.Request) (*http.Response, error) {
	var body []byte
	if request.Body != nil {
		body, _ = io.ReadAll(request.Body)
		request.Body = io.NopCloser(bytes.NewReader(body))
	}
	l.mu.Lock()
	l.sent = append(l.sent, request.Method+" "+request.URL.Path)
	if request.Method != http.MethodGet {
		l.wrote++
	}
	play := l.play
	l.mu.Unlock()
	if play != nil {
		if response, err := play(request, string(body)); response != nil || err != nil {
			return response, err
		}
	}
	return http.DefaultTransport.RoundTrip(request)
}

func (l *line) set(play func(*http.Request, string) (*http.Response, error)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.play, l.sent, l.wrote = play, nil, 0
}

func (l *line) writes() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.wrote
}

func (l *line) calls() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.sent)
}

// loseReplies lets the shop carry writes out whose path holds part, and loses the answers.
func loseReplies(part string) func(*http.Request, string) (*http.Response, error) {
	return func(request *http.Request, _ string) (*http.Response, error) {
		if request.Method == http.MethodGet || !strings.Contains(request.URL.Path, part) {
			return nil, nil
		}
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			return nil, err
		}
		_ = response.Body.Close()
		return nil, errCut
	}
}

// reply answers writes, or everything.
func reply(status int, body string, writesOnly bool) func(*http.Request, string) (*http.Response, error) {
	return func(request *http.Request, _ string) (*http.Response, error) {
		if writesOnly && request.Method == http.MethodGet {
			return nil, nil
		}
		return answer(request, status, body), nil
	}
}

func answer(request *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Request: request, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// open starts a shop with a line to it.
func open(t *testing.T, options ...woocommerce.Option) (*wootest.Server, *woocommerce.Adapter, *line) {
	t.Helper()
	server, wire := wootest.NewServer(), &line{}
	t.Cleanup(server.Close)
	options = append([]woocommerce.Option{
		woocommerce.WithTransport(wire), woocommerce.WithBackoff(time.Millisecond), woocommerce.WithRateLimit(10000),
	}, options...)
	return server, woocommerce.New(server.URL, woocommerce.Keys(server.Key, server.Secret), options...), wire
}

// code checks an error's code and path.
func code(t *testing.T, what string, err error, want marketplace.Code, path string) {
	t.Helper()
	var failure *marketplace.Error
	if !errors.As(err, &failure) || failure.Code != want || failure.Path != path {
		t.Errorf("%s: got %v, want %s at %q", what, err, want, path)
	}
}
