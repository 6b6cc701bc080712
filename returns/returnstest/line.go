package returnstest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
)

// line is the wire between the platform and its service. It can play a failure instead of passing a request
// on, and remembers the credentials that it saw.
type line struct {
	next http.RoundTripper

	mu      sync.Mutex
	play    func(*http.Request, http.RoundTripper) (*http.Response, error)
	calls   int
	secrets map[string]bool
}

// RoundTrip implements http.RoundTripper.
func (l *line) RoundTrip(request *http.Request) (*http.Response, error) {
	l.mu.Lock()
	l.calls++
	l.remember(request)
	play := l.play
	l.mu.Unlock()
	if play != nil {
		return play(request, l.next)
	}
	return l.next.RoundTrip(request)
}

// set plays something from now on; nil passes requests on.
func (l *line) set(play func(*http.Request, http.RoundTripper) (*http.Response, error)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.play, l.calls = play, 0
}

// loseReplies passes everything on but loses the replies to writes, and returns how many there were so far.
func (l *line) loseReplies() (writes func() int) {
	var lost atomic.Int64
	l.set(func(request *http.Request, next http.RoundTripper) (*http.Response, error) {
		only, request := reads(request)
		response, err := next.RoundTrip(request)
		if only {
			return response, err
		}
		if err == nil {
			response.Body.Close()
		}
		lost.Add(1)
		return nil, errors.New("connection reset by peer")
	})
	return func() int { return int(lost.Load()) }
}

// countWrites passes everything on and returns how many writes there were so far.
func (l *line) countWrites() (writes func() int) {
	var made atomic.Int64
	l.set(func(request *http.Request, next http.RoundTripper) (*http.Response, error) {
		only, request := reads(request)
		if !only {
			made.Add(1)
		}
		return next.RoundTrip(request)
	})
	return func() int { return int(made.Load()) }
}

func (l *line) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calls
}

// remember collects what may be a credential: everything in an authorization header, and the
// query values with a telling name.
func (l *line) remember(request *http.Request) {
	if l.secrets == nil {
		l.secrets = map[string]bool{}
	}
	keep := func(text string) {
		if len(text) >= 6 {
			l.secrets[text] = true
		}
	}
	for name, values := range request.Header {
		lower := strings.ToLower(name)
		if lower != "authorization" && !telling(lower) {
			continue
		}
		for _, value := range values {
			keep(value)
			for _, part := range strings.Fields(value) {
				keep(part)
			}
		}
	}
	if user, password, ok := request.BasicAuth(); ok {
		keep(user)
		keep(password)
	}
	for name, values := range request.URL.Query() {
		if telling(strings.ToLower(name)) {
			for _, value := range values {
				keep(value)
				keep(url.QueryEscape(value))
			}
		}
	}
}

func telling(name string) bool {
	for _, word := range []string{"token", "secret", "api-key", "api_key", "apikey", "password", "x-authorization", "access-key", "signature"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// reads reports whether a request only reads: by its method, as a GraphQL query, or because it asks for a token. The
// request that is returned has its body still to be read.
func reads(request *http.Request) (bool, *http.Request) {
	if request.Method == http.MethodGet || request.Method == http.MethodHead {
		return true, request
	}
	if request.Body == nil {
		return false, request
	}
	body, err := io.ReadAll(request.Body)
	request.Body.Close()
	again := request.Clone(request.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	var graph struct {
		Query string `json:"query"`
	}
	switch {
	case err != nil:
		return false, again
	case strings.Contains(request.URL.Path, "/oauth/"):
		return true, again
	case json.Unmarshal(body, &graph) != nil || graph.Query == "":
		return false, again
	default:
		return !strings.HasPrefix(strings.TrimSpace(graph.Query), "mutation"), again
	}
}

// leaks returns how many secrets are in the text. It never returns them.
func (l *line) leaks(text string, more []string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := 0
	for secret := range l.secrets {
		if strings.Contains(text, secret) {
			found++
		}
	}
	for _, secret := range more {
		if secret != "" && strings.Contains(text, secret) {
			found++
		}
	}
	return found
}

// answer is a response that does not come from the service.
func answer(request *http.Request, status int, contentType, body string, header map[string]string) *http.Response {
	response := &http.Response{
		Status: http.StatusText(status), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {contentType}}, Request: request,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
	for name, value := range header {
		response.Header.Set(name, value)
	}
	return response
}
