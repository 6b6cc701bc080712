package peer

import (
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"
)

// ReceiveMedusa has a handler receive what the store delivers by webhook, until the test ends. The address is the store's to know and one for
// all tests of all packages: they take turns, and one waits for its turn as long as it says.
func ReceiveMedusa(t testing.TB, patience time.Duration, handler http.Handler) {
	t.Helper()
	env, err := Find("medusa")
	if err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(env["WEBHOOK_URL"])
	if err != nil {
		t.Fatal(err)
	}
	var listen net.ListenConfig
	listener, err := listen.Listen(t.Context(), "tcp", at.Host)
	for late := time.Now().Add(patience); err != nil && time.Now().Before(late); {
		time.Sleep(200 * time.Millisecond)
		listener, err = listen.Listen(t.Context(), "tcp", at.Host)
	}
	if err != nil {
		t.Fatalf("the shop sends its webhooks to %s, where something else listens: %v", at.Host, err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
}
