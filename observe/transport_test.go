package observe_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/rest"
	"github.com/retailsync/retailsync/internal/telling"
	"github.com/retailsync/retailsync/observe"
)

var shop = canonical.Channel{Name: "shop", Account: "main"}

// TestTransport has calls that succeed after a retry, are refused, limited and broken off, and looks at what is told of each.
func TestTransport(t *testing.T) {
	t.Parallel()
	told := telling.New(t)
	calls := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls[r.URL.Path]++
		switch r.URL.Path {
		case "/again":
			if calls[r.URL.Path] == 1 {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			_, _ = io.WriteString(w, `{}`)
		case "/missing":
			w.WriteHeader(http.StatusNotFound)
		case "/limited":
			w.WriteHeader(http.StatusTooManyRequests)
		case "/cut":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{`)
		}
	}))
	defer server.Close()
	client := rest.New(rest.Config{
		Channel: shop, BaseURL: server.URL, Backoff: time.Millisecond, PerSecond: 1000,
		Transport: told.Transport(shop, nil),
		Authorize: func(r *http.Request) error { r.Header.Set("Authorization", "Bearer hunter2"); return nil },
	})
	up := func(want float64) {
		t.Helper()
		if got := told.Points(t, observe.EndpointUp); got["endpoint=shop/main,system=shop"] != want {
			t.Errorf("up %v, want %v", got, want)
		}
	}
	if _, err := client.Get(t.Context(), "list orders", "/again", map[string][]string{"email": {"jane.doe@example.com"}}); err != nil {
		t.Fatal(err)
	}
	up(1)
	for _, call := range []struct{ op, method, path string }{{"get order", http.MethodPost, "/missing"}, {"get order", http.MethodPost, "/limited"}, {"write", http.MethodPost, "/cut"}} {
		if _, err := client.Send(t.Context(), call.op, call.method, call.path, struct{}{}); err == nil {
			t.Errorf("%s succeeded", call.path)
		}
	}
	up(0)

	of := func(operation, outcome string) string {
		return "endpoint=shop/main,operation=" + operation + ",outcome=" + outcome + ",system=shop"
	}
	for name, want := range map[string]map[string]float64{
		observe.CallDuration: {of("list orders", "5xx"): 1, of("list orders", "ok"): 1, of("get order", "4xx"): 2, of("write", "unreachable"): 1},
		observe.CallRetries:  {"endpoint=shop/main,system=shop": 1},
		observe.CallWait:     {"endpoint=shop/main,system=shop": 4},
		observe.CallsLimited: {"endpoint=shop/main,system=shop": 1},
	} {
		if diff := cmp.Diff(want, told.Points(t, name)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	for _, span := range told.Spans("") {
		if text := span.Name() + telling.Words(span.Attributes()) + span.Status().Description; strings.Contains(text, "jane") || strings.Contains(text, "hunter2") || strings.Contains(text, "127.0.0.1") {
			t.Errorf("a span shows %s", text)
		}
	}
}

// TestCancelledCallSaysNothingOfTheServer leaves the endpoint as it was.
func TestCancelledCallSaysNothingOfTheServer(t *testing.T) {
	t.Parallel()
	told := telling.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:1/", nil)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if response, err := told.Transport(shop, nil).RoundTrip(request); err == nil {
		response.Body.Close()
		t.Fatal("it was sent")
	}
	if up := told.Points(t, observe.EndpointUp); len(up) != 0 {
		t.Errorf("up: %v", up)
	}
	want := map[string]float64{"endpoint=shop/main,operation=GET,outcome=canceled,system=shop": 1}
	if diff := cmp.Diff(want, told.Points(t, observe.CallDuration)); diff != "" {
		t.Error(diff)
	}
}
