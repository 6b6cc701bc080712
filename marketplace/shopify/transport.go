package shopify

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
)

// outgoing is a body that is sent with POST although the call only reads, as GraphQL and OAuth want it. It travels in
// the request's context: to the client such a call is a GET, which may be repeated.
type outgoing struct {
	contentType string
	body        []byte
}

type outgoingKey struct{}

func withOutgoing(ctx context.Context, out outgoing) context.Context {
	return context.WithValue(ctx, outgoingKey{}, out)
}

// envelope gives requests the form that Shopify wants: reads as POST, the token in a header of Shopify's own.
type envelope struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (e envelope) RoundTrip(request *http.Request) (*http.Response, error) {
	out, posts := request.Context().Value(outgoingKey{}).(outgoing)
	token, authorized := strings.CutPrefix(request.Header.Get("Authorization"), "Bearer ")
	if !posts && !authorized {
		return e.next.RoundTrip(request)
	}
	sent := request.Clone(request.Context())
	if authorized {
		sent.Header.Del("Authorization")
		sent.Header.Set("X-Shopify-Access-Token", token)
	}
	if posts {
		sent.Method = http.MethodPost
		sent.Header.Set("Content-Type", out.contentType)
		sent.ContentLength = int64(len(out.body))
		sent.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(out.body)), nil }
		sent.Body = io.NopCloser(bytes.NewReader(out.body))
	}
	return e.next.RoundTrip(sent)
}

// transport is the one that was given, or one that no other channel shares: giving up on a call closes its idle
// connections.
func transport(given http.RoundTripper) http.RoundTripper {
	if given != nil {
		return envelope{next: given}
	}
	if shared, ok := http.DefaultTransport.(*http.Transport); ok {
		return envelope{next: shared.Clone()}
	}
	return envelope{next: http.DefaultTransport}
}
