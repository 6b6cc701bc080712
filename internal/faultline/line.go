// Package faultline is the wire that conformance suites put between an adapter and its service: it plays failures, counts calls and
// remembers the credentials that pass, so that a suite can tell whether one leaks.
package faultline

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
)

// Play answers a request in place of the service, or passes it on.
type Play = func(*http.Request, http.RoundTripper) (*http.Response, error)

// Line is the wire between the adapter and its service. It can play a failure instead of passing a request
// on, and remembers the credentials that it saw. It is safe for concurrent use.
type Line struct {
	next http.RoundTripper

	mu      sync.Mutex
	play    Play
	calls   int
	secrets map[string]bool
}

// New is a line that passes everything on.
func New(next http.RoundTripper) *Line { return &Line{next: next} }

// RoundTrip implements http.RoundTripper.
func (l *Line) RoundTrip(request *http.Request) (*http.Response, error) {
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

// Set plays something from now on; nil passes requests on.
func (l *Line) Set(play Play) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.play, l.calls = play, 0
}

// LoseReplies passes everything on but loses the replies to writes, and returns how many there were so far.
func (l *Line) LoseReplies() (writes func() int) {
	var lost atomic.Int64
	l.Set(func(request *http.Request, next http.RoundTripper) (*http.Response, error) {
		read, request := Reads(request)
		response, err := next.RoundTrip(request)
		if read {
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

// RefuseReads passes writes on; for reads no connection can be made.
func (l *Line) RefuseReads() {
	l.Set(func(request *http.Request, next http.RoundTripper) (*http.Response, error) {
		read, request := Reads(request)
		if read {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
		}
		return next.RoundTrip(request)
	})
}

// LoseNext passes everything on but loses the reply to the next write.
func (l *Line) LoseNext() {
	var lost atomic.Bool
	l.Set(func(request *http.Request, next http.RoundTripper) (*http.Response, error) {
		read, request := Reads(request)
		response, err := next.RoundTrip(request)
		if read || lost.Swap(true) {
			return response, err
		}
		if err == nil {
			response.Body.Close()
		}
		return nil, errors.New("connection reset by peer")
	})
}

// RefuseNext passes everything on but the next write, for which no connection can be made.
func (l *Line) RefuseNext() {
	var refused atomic.Bool
	l.Set(func(request *http.Request, next http.RoundTripper) (*http.Response, error) {
		read, request := Reads(request)
		if read || refused.Swap(true) {
			return next.RoundTrip(request)
		}
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	})
}

// CountWrites passes everything on and returns how many writes there were so far.
func (l *Line) CountWrites() (writes func() int) {
	var made atomic.Int64
	l.Set(func(request *http.Request, next http.RoundTripper) (*http.Response, error) {
		read, request := Reads(request)
		if !read {
			made.Add(1)
		}
		return next.RoundTrip(request)
	})
	return func() int { return int(made.Load()) }
}

// Count returns how many requests there were since the last [Line.Set].
func (l *Line) Count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calls
}

// remember collects what may be a credential: everything in an authorization header, and the
// query values with a telling name.
func (l *Line) remember(request *http.Request) {
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
	for _, word := range []string{"token", "secret", "api-key", "api_key", "apikey", "password", "consumer_key", "x-authorization", "access-key", "signature"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// Reads reports whether a request only reads: by its method, as a GraphQL query, or because it asks for a token. The
// request that is returned has its body still to be read.
func Reads(request *http.Request) (bool, *http.Request) {
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

// Leaks returns how many secrets are in the text. It never returns them.
func (l *Line) Leaks(text string, more []string) int {
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

// Reply answers every request with something that does not come from the service. The word CREDENTIAL in the body becomes the
// request's credential: a service that quotes it in its error must not bring it into the adapter's.
func Reply(status int, contentType, body string, header map[string]string) Play {
	return func(request *http.Request, _ http.RoundTripper) (*http.Response, error) {
		credential := request.Header.Get("Authorization")
		for name, values := range request.Header {
			if telling(strings.ToLower(name)) {
				credential += " " + strings.Join(values, " ")
			}
		}
		body := strings.ReplaceAll(body, "CREDENTIAL", strings.ReplaceAll(credential, `"`, ""))
		return Answer(request, status, contentType, body, header), nil
	}
}

// Answer is a response that does not come from the service.
func Answer(request *http.Request, status int, contentType, body string, header map[string]string) *http.Response {
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
