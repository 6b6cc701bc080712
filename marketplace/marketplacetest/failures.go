package marketplacetest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/retailsync/retailsync/internal/faultline"
	"github.com/retailsync/retailsync/marketplace"
)

// expect checks an error's code, its form, and that it holds no secret.
func expect(t *testing.T, what string, h Harness, wire *faultline.Line, err error, codes ...marketplace.Code) *marketplace.Error {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error, want %v", what, codes)
		return nil
	}
	if found := wire.Leaks(err.Error(), h.Secrets); found > 0 {
		t.Errorf("%s: the error holds %d credentials", what, found)
	}
	var failure *marketplace.Error
	if !errors.As(err, &failure) {
		t.Errorf("%s: the error is a %T, want a *marketplace.Error", what, err)
		return nil
	}
	known := false
	for _, code := range codes {
		known = known || failure.Code == code
	}
	if !known {
		t.Errorf("%s: code %q, want one of %q: %v", what, failure.Code, codes, err)
	}
	if failure.Op == "" || failure.Channel.Name == "" {
		t.Errorf("%s: the error names no operation or channel: %v", what, err)
	}
	return failure
}

const page = "<!DOCTYPE html><html><body><h1>Service</h1></body></html>"

func testFailures(t *testing.T, h Harness) {
	const text = "application/json"
	refusal := `{"code":"refused","type":"refused","message":"refused CREDENTIAL"}`
	for _, test := range []struct {
		name  string
		play  faultline.Play
		codes []marketplace.Code
		check func(*testing.T, *marketplace.Error)
	}{
		{name: "401", play: faultline.Reply(401, text, refusal, nil), codes: []marketplace.Code{marketplace.CodeUnauthenticated}},
		{name: "403", play: faultline.Reply(403, text, refusal, nil), codes: []marketplace.Code{marketplace.CodePermission}},
		{name: "403 from a firewall", play: faultline.Reply(403, "text/html", page, nil), codes: []marketplace.Code{marketplace.CodePermission}},
		{name: "429 with a long wait", play: faultline.Reply(429, text, refusal, map[string]string{"Retry-After": "120"}),
			codes: []marketplace.Code{marketplace.CodeRateLimited}, check: longWait},
		{name: "429 with an absurd wait", play: faultline.Reply(429, text, refusal, map[string]string{"Retry-After": "99999999999999"}),
			codes: []marketplace.Code{marketplace.CodeRateLimited}, check: longWait},
		{name: "500", play: faultline.Reply(500, text, refusal, nil), codes: []marketplace.Code{marketplace.CodeUnavailable}},
		{name: "502 with a page", play: faultline.Reply(502, "text/html", page, nil), codes: []marketplace.Code{marketplace.CodeUnavailable}},
		{name: "503", play: faultline.Reply(503, text, refusal, nil), codes: []marketplace.Code{marketplace.CodeUnavailable, marketplace.CodeRateLimited}},
		{name: "200 with a page", play: faultline.Reply(200, "text/html", page, nil), codes: []marketplace.Code{marketplace.CodeInvalid, marketplace.CodeUnavailable}, check: explains("HTML")},
		{name: "truncated JSON", play: faultline.Reply(200, text, `{"orders":[{"id":`, nil), codes: []marketplace.Code{marketplace.CodeUnavailable, marketplace.CodeInvalid}},
		{name: "JSON of another form", play: faultline.Reply(200, text, `"hello"`, nil), codes: []marketplace.Code{marketplace.CodeInvalid}},
		{name: "warnings in the JSON", play: faultline.Reply(200, text, "Warning: something\n[]", nil), codes: []marketplace.Code{marketplace.CodeInvalid}},
		{name: "empty body", play: faultline.Reply(200, text, "", nil), codes: []marketplace.Code{marketplace.CodeUnavailable, marketplace.CodeInvalid}},
		{name: "connection lost", play: func(*http.Request, http.RoundTripper) (*http.Response, error) { return nil, io.ErrUnexpectedEOF },
			codes: []marketplace.Code{marketplace.CodeUnavailable}},
		{name: "redirect to another host", play: faultline.Reply(302, text, "", map[string]string{"Location": "https://elsewhere.example.com/"}),
			codes: []marketplace.Code{marketplace.CodeInvalid}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			shop, wire := h.open(t)
			operations := map[string]func() error{}
			if lister, ok := shop.Adapter.(marketplace.OrderLister); ok {
				operations["list"] = func() error {
					_, err := lister.ListOrders(context.Background(), marketplace.OrderQuery{})
					return err
				}
			} else if getter, ok := shop.Adapter.(marketplace.OrderGetter); ok {
				operations["get"] = func() error {
					_, err := getter.GetOrder(context.Background(), shop.seed(t, 1)[0])
					return err
				}
			}
			for name, operation := range operations {
				wire.Set(test.play)
				failure := expect(t, name+": "+test.name, h, wire, operation(), test.codes...)
				if failure != nil && test.check != nil {
					test.check(t, failure)
				}
				if calls := wire.Count(); calls > 10 {
					t.Errorf("%s: %d calls for one operation", name, calls)
				}
			}
		})
	}
}

func longWait(t *testing.T, failure *marketplace.Error) {
	if failure.RetryAfter < time.Minute {
		t.Errorf("RetryAfter is %s: the channel asked for longer", failure.RetryAfter)
	}
	if !marketplace.Retryable(failure) {
		t.Error("a rate limit is not retryable")
	}
}

func explains(word string) func(*testing.T, *marketplace.Error) {
	return func(t *testing.T, failure *marketplace.Error) {
		if !strings.Contains(failure.Error(), word) {
			t.Errorf("the error does not explain that the answer was %s: %v", word, failure)
		}
	}
}

// A cancelled context ends a call at once, also one that waits for the shop.
func testCancellation(t *testing.T, h Harness) {
	shop, wire := h.open(t)
	lister := shop.lister(t)
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := lister.ListOrders(cancelled, marketplace.OrderQuery{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a context that was cancelled before: %v", err)
	}
	waiting, stop := context.WithCancel(context.Background())
	wire.Set(func(request *http.Request, _ http.RoundTripper) (*http.Response, error) {
		stop()
		<-request.Context().Done()
		return nil, request.Context().Err()
	})
	_, err = lister.ListOrders(waiting, marketplace.OrderQuery{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a context that is cancelled while the shop is silent: %v", err)
	}
	if calls := wire.Count(); calls != 1 {
		t.Errorf("%d calls after the context was cancelled", calls)
	}
	deadline, end := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer end()
	_, err = lister.ListOrders(deadline, marketplace.OrderQuery{})
	expect(t, "a deadline", h, wire, err, marketplace.CodeUnavailable)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a deadline that passes: %v", err)
	}
}

// All methods may be used from several goroutines; this finds races with -race.
func testConcurrency(t *testing.T, h Harness) {
	shop, _ := h.open(t)
	ids := shop.seed(t, min(4, h.Orders))
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if lister, ok := shop.Adapter.(marketplace.OrderLister); ok {
				if _, err := lister.ListOrders(context.Background(), marketplace.OrderQuery{Limit: 1 + i}); err != nil {
					t.Errorf("list: %v", err)
				}
			}
			if getter, ok := shop.Adapter.(marketplace.OrderGetter); ok {
				if _, err := getter.GetOrder(context.Background(), ids[i%len(ids)]); err != nil {
					t.Errorf("get: %v", err)
				}
			}
			if receiver, ok := shop.Adapter.(marketplace.WebhookReceiver); ok && shop.Deliver != nil {
				header, body := shop.Deliver(t, ids[i%len(ids)])
				if _, err := receiver.ReceiveWebhook(context.Background(), header, body); err != nil {
					t.Errorf("webhook: %v", err)
				}
			}
			if acknowledger, ok := shop.Adapter.(marketplace.OrderAcknowledger); ok {
				ack := marketplace.Acknowledgement{OrderID: ids[i%len(ids)], Reference: "S00044"}
				if err := acknowledger.AcknowledgeOrder(context.Background(), ack); err != nil {
					t.Errorf("acknowledge: %v", err)
				}
			}
		})
	}
	all.Wait()
}
