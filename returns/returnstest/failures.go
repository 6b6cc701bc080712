package returnstest

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
	"github.com/retailsync/retailsync/returns"
)

// expect checks an error's code, its form, and that it holds neither a secret nor personal data.
func (b *bench) expect(t *testing.T, what string, err error, codes ...marketplace.Code) *marketplace.Error {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error, want %v", what, codes)
		return nil
	}
	if found := b.wire.Leaks(err.Error(), b.harness.Secrets); found > 0 {
		t.Errorf("%s: the error holds %d credentials", what, found)
	}
	for i, text := range append(b.Personal[:len(b.Personal):len(b.Personal)], buyer) {
		if text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%s: the error holds personal data (text %d)", what, i)
		}
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

const (
	page = "<!DOCTYPE html><html><body><h1>Service</h1></body></html>"
	text = "application/json"
	// buyer is in the refusals that the suite plays.
	buyer = "jane.doe@example.com"
	// refusal is in no service's own form, and in that of many.
	refusal = `{"code":"refused","type":"refused","message":"refused CREDENTIAL for ` + buyer + `",
		"errors":[{"message":"refused CREDENTIAL for ` + buyer + `"}],"error":{"code":"401","message":"refused CREDENTIAL for ` + buyer + `"},
		"meta":{"code":400,"message":"refused CREDENTIAL for ` + buyer + `"}}`
)

func testFailures(t *testing.T, opened *bench) {
	for _, test := range []struct {
		name  string
		play  faultline.Play
		codes []marketplace.Code
		check func(*testing.T, *marketplace.Error)
	}{
		{name: "401", play: faultline.Reply(401, text, refusal, nil), codes: []marketplace.Code{marketplace.CodeUnauthenticated}},
		{name: "403", play: faultline.Reply(403, text, refusal, nil), codes: []marketplace.Code{marketplace.CodePermission}},
		{name: "422", play: faultline.Reply(422, text, refusal, nil), codes: []marketplace.Code{marketplace.CodeInvalid}},
		{name: "429 with a long wait", play: faultline.Reply(429, text, refusal, map[string]string{"Retry-After": "120"}),
			codes: []marketplace.Code{marketplace.CodeRateLimited}, check: longWait},
		{name: "429 with an absurd wait", play: faultline.Reply(429, text, refusal, map[string]string{"Retry-After": "99999999999999"}),
			codes: []marketplace.Code{marketplace.CodeRateLimited}, check: longWait},
		{name: "500", play: faultline.Reply(500, text, refusal, nil), codes: []marketplace.Code{marketplace.CodeUnavailable}},
		{name: "502 with a page", play: faultline.Reply(502, "text/html", page, nil), codes: []marketplace.Code{marketplace.CodeUnavailable}},
		{name: "503", play: faultline.Reply(503, text, refusal, nil), codes: []marketplace.Code{marketplace.CodeUnavailable, marketplace.CodeRateLimited}},
		{name: "200 with a page", play: faultline.Reply(200, "text/html", page, nil), codes: []marketplace.Code{marketplace.CodeInvalid, marketplace.CodeUnavailable}},
		{name: "truncated JSON", play: faultline.Reply(200, text, `{"returns":[{"id":`, nil), codes: []marketplace.Code{marketplace.CodeUnavailable, marketplace.CodeInvalid}},
		{name: "JSON of another form", play: faultline.Reply(200, text, `"hello"`, nil), codes: []marketplace.Code{marketplace.CodeInvalid}},
		{name: "a list of nothing known", play: faultline.Reply(200, text, `{"orders":[]}`, nil), codes: []marketplace.Code{marketplace.CodeInvalid}},
		{name: "empty body", play: faultline.Reply(200, text, "", nil), codes: []marketplace.Code{marketplace.CodeUnavailable, marketplace.CodeInvalid}},
		{name: "connection lost", play: func(*http.Request, http.RoundTripper) (*http.Response, error) { return nil, io.ErrUnexpectedEOF },
			codes: []marketplace.Code{marketplace.CodeUnavailable}},
		{name: "redirect to another host", play: faultline.Reply(302, text, "", map[string]string{"Location": "https://elsewhere.example.com/"}),
			codes: []marketplace.Code{marketplace.CodeInvalid}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := opened.harness.open(t)
			lister := able[returns.Lister](t, b)
			if _, err := lister.ListReturns(context.Background(), returns.Query{Since: b.harness.Since, Limit: 1}); err != nil {
				t.Fatal(err)
			}
			if b.wire.Count() == 0 {
				t.Skip("the platform is not reached over the transport")
			}
			b.wire.Set(test.play)
			_, err := lister.ListReturns(context.Background(), returns.Query{Since: b.harness.Since})
			failure := b.expect(t, test.name, err, test.codes...)
			if failure != nil && test.check != nil {
				test.check(t, failure)
			}
			if calls := b.wire.Count(); calls > 10 {
				t.Errorf("%d calls for one operation", calls)
			}
		})
	}
}

// A write that is refused, or whose credential has expired, says so, is not sent again and changes nothing.
func testActionFailures(t *testing.T, b *bench) {
	for _, action := range b.actions() {
		if action.prepare == nil || b.Shows == nil {
			continue
		}
		for name, test := range map[string]struct {
			status int
			header map[string]string
			codes  []marketplace.Code
		}{
			"an expired credential":   {401, nil, []marketplace.Code{marketplace.CodeUnauthenticated}},
			"a right that is missing": {403, nil, []marketplace.Code{marketplace.CodePermission}},
			"a rate limit":            {429, map[string]string{"Retry-After": "120"}, []marketplace.Code{marketplace.CodeRateLimited}},
			"a refusal":               {422, nil, []marketplace.Code{marketplace.CodeInvalid, marketplace.CodeConflict}},
			"a failure":               {500, nil, []marketplace.Code{marketplace.CodeUnknown}},
		} {
			t.Run(action.name+" "+name, func(t *testing.T) {
				b := b.harness.open(t)
				var action = action
				for _, same := range b.actions() {
					if same.name == action.name {
						action = same
					}
				}
				id, lines := action.prepare(t)
				before := b.Shows(t, id)
				writes := 0
				refuse := faultline.Reply(test.status, text, refusal, test.header)
				b.wire.Set(func(request *http.Request, next http.RoundTripper) (*http.Response, error) {
					only, request := faultline.Reads(request)
					if only {
						return next.RoundTrip(request)
					}
					writes++
					return refuse(request, next)
				})
				err := action.do(context.Background(), id, lines)
				if b.wire.Count() == 0 {
					t.Skip("the platform is not reached over the transport")
				}
				b.expect(t, name, err, test.codes...)
				if writes != 1 {
					t.Errorf("the write was sent %d times", writes)
				}
				b.wire.Set(nil)
				after := b.Shows(t, id)
				if after.Effects != before.Effects {
					t.Errorf("a write that was refused has made %d changes", after.Effects-before.Effects)
				}
			})
		}
	}
}

func longWait(t *testing.T, failure *marketplace.Error) {
	if failure.RetryAfter < time.Minute {
		t.Errorf("RetryAfter is %s: the service asked for longer", failure.RetryAfter)
	}
	if !marketplace.Retryable(failure) {
		t.Error("a rate limit is not retryable")
	}
}

// A cancelled context ends a call at once, also one that waits for the service.
func testCancellation(t *testing.T, b *bench) {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, action := range b.actions() {
		if action.prepare == nil {
			continue
		}
		id, lines := action.prepare(t)
		if err := action.do(cancelled, id, lines); !errors.Is(err, context.Canceled) {
			t.Errorf("%s with a context that was cancelled before: %v", action.name, err)
		}
		if b.Shows != nil && b.Shows(t, id).Effects > 0 {
			t.Errorf("%s with a context that was cancelled before has changed something", action.name)
		}
	}
	lister := able[returns.Lister](t, b)
	_, err := lister.ListReturns(cancelled, returns.Query{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a context that was cancelled before: %v", err)
	}
	if _, err := lister.ListReturns(context.Background(), returns.Query{Since: b.harness.Since, Limit: 1}); err != nil {
		t.Fatal(err)
	}
	if b.wire.Count() == 0 {
		t.Skip("the platform is not reached over the transport")
	}
	waiting, stop := context.WithCancel(context.Background())
	b.wire.Set(func(request *http.Request, _ http.RoundTripper) (*http.Response, error) {
		stop()
		<-request.Context().Done()
		return nil, request.Context().Err()
	})
	_, err = lister.ListReturns(waiting, returns.Query{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a context that is cancelled while the service is silent: %v", err)
	}
	if calls := b.wire.Count(); calls != 1 {
		t.Errorf("%d calls after the context was cancelled", calls)
	}
}

// All methods may be used from several goroutines; this finds races with -race.
func testConcurrency(t *testing.T, b *bench) {
	ids := b.seed(t, min(4, b.harness.Returns))
	ctx := context.Background()
	var all sync.WaitGroup
	for i := range 8 {
		id := ids[i%len(ids)]
		all.Go(func() {
			if lister, ok := b.Platform.(returns.Lister); ok {
				if _, err := lister.ListReturns(ctx, returns.Query{Since: b.harness.Since, Limit: 1 + i}); err != nil {
					t.Errorf("list: %v", err)
				}
			}
			if getter, ok := b.Platform.(returns.Getter); ok {
				if _, err := getter.GetReturn(ctx, id); err != nil {
					t.Errorf("get: %v", err)
				}
			}
			if receiver, ok := b.Platform.(marketplace.WebhookReceiver); ok && b.Deliver != nil {
				header, body := b.Deliver(t, id)
				if _, err := receiver.ReceiveWebhook(ctx, header, body); err != nil {
					t.Errorf("webhook: %v", err)
				}
			}
		})
	}
	all.Wait()
	for _, action := range b.actions() {
		if action.prepare == nil {
			continue
		}
		var together sync.WaitGroup
		for range 4 {
			id, lines := action.prepare(t)
			together.Go(func() {
				if err := action.do(ctx, id, lines); err != nil {
					t.Errorf("%s: %v", action.name, err)
				}
			})
		}
		together.Wait()
	}
}
