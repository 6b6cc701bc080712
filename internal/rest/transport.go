package rest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"time"
)

// Errors of the transport that decide whether a call is repeated.
var (
	errTooLarge  = errors.New("the answer is larger than allowed")
	errRedirect  = errors.New("redirected to another address")
	errNoSecrets = errors.New("the credentials could not be obtained")
)

// ownTransport is a transport that no other channel shares: giving up on a call closes its idle
// connections.
func ownTransport() http.RoundTripper {
	if shared, ok := http.DefaultTransport.(*http.Transport); ok {
		own := shared.Clone()
		own.ResponseHeaderTimeout = 0
		own.IdleConnTimeout = 60 * time.Second
		return own
	}
	return http.DefaultTransport
}

// wholeBody reads each reply whole inside its attempt, so that a connection that breaks in the
// middle of a body counts as a failed attempt.
type wholeBody struct {
	next      http.RoundTripper
	authorize func(*http.Request) error
	limit     int64
}

// RoundTrip implements http.RoundTripper.
func (w wholeBody) RoundTrip(request *http.Request) (*http.Response, error) {
	if w.authorize != nil {
		request = request.Clone(request.Context())
		if err := w.authorize(request); err != nil {
			return nil, errNoSecrets
		}
	}
	response, err := w.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, w.limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(content)) > w.limit {
		return nil, errTooLarge
	}
	response.Body = io.NopCloser(bytes.NewReader(content))
	response.Request = request
	return response, nil
}

// sameHost follows redirects of reads within the host only: elsewhere the credentials would go to
// somebody else, and a redirected write would become a read.
func sameHost(request *http.Request, via []*http.Request) error {
	first := via[0]
	if len(via) > 3 || request.URL.Host != first.URL.Host || request.URL.Scheme != first.URL.Scheme || first.Method != http.MethodGet {
		return errRedirect
	}
	return nil
}
