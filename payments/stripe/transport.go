package stripe

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
)

// maxBody bounds a reply; a page of a hundred movements with their sources is about half a MiB.
const maxBody = 32 << 20

// Errors of the transport that have words of their own.
var (
	errNoKey    = errors.New("the API key could not be obtained")
	errTooLarge = errors.New("the answer is larger than allowed")
	errRedirect = errors.New("redirected to another address")
)

// exchange is what became of one request on the wire: the official client does not say, and whether a write may have been
// carried out depends on it.
type exchange struct {
	mu sync.Mutex
	// sent: a connection was there, so that the request may have left. whole: the reply was read to its end.
	sent, whole bool
	status      int
	header      http.Header
}

type exchangeKey struct{}

// watched returns a context in which the next request is watched.
func watched(ctx context.Context) (context.Context, *exchange) {
	seen := &exchange{}
	return context.WithValue(ctx, exchangeKey{}, seen), seen
}

func (e *exchange) set(change func(*exchange)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	change(e)
}

// end is what was seen, once the call is over.
func (e *exchange) end() (sent, whole bool, status int, header http.Header) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.sent, e.whole, e.status, e.header
}

// transport adds the API key, reads each reply whole within its attempt, and follows no redirect: elsewhere the key would go to
// somebody else, and a redirected write would become a read.
type transport struct {
	next       http.RoundTripper
	credential Credential
}

// RoundTrip implements [http.RoundTripper].
func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	seen, ok := request.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		seen = &exchange{}
	}
	key, err := t.credential.key(request.Context())
	if err != nil || key == "" {
		return nil, errNoKey
	}
	request = request.Clone(httptrace.WithClientTrace(request.Context(), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { seen.set(func(e *exchange) { e.sent = true }) },
	}))
	request.Header.Set("Authorization", "Bearer "+key)
	next := t.next
	if next == nil {
		next = http.DefaultTransport
	}
	response, err := next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	seen.set(func(e *exchange) { e.sent, e.status, e.header = true, response.StatusCode, response.Header })
	if response.StatusCode >= 300 && response.StatusCode < 400 {
		return nil, errRedirect
	}
	content, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if err != nil {
		return nil, err
	}
	if len(content) > maxBody {
		return nil, errTooLarge
	}
	seen.set(func(e *exchange) { e.whole = true })
	response.Body = io.NopCloser(bytes.NewReader(content))
	return response, nil
}
