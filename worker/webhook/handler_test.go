package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/webhook"
)

var shop = canonical.Channel{Name: "shop", Account: "main"}

// receiver accepts bodies "kind id event" that are signed with "X-Sign: ok".
type receiver struct{ at time.Time }

func (receiver) Channel() canonical.Channel { return shop }

func (r receiver) ReceiveWebhook(_ context.Context, header http.Header, body []byte) ([]marketplace.Notice, error) {
	if header.Get("X-Sign") != "ok" {
		return nil, &marketplace.Error{Code: marketplace.CodeUnauthenticated, Channel: shop, Op: "receive webhook"}
	}
	var notices []marketplace.Notice
	for line := range strings.Lines(string(body)) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 1 && fields[0] == "ping":
		case len(fields) == 1 && fields[0] == "down":
			return nil, &marketplace.Error{Code: marketplace.CodeUnavailable, Channel: shop, Op: "receive webhook"}
		case len(fields) != 3:
			return nil, &marketplace.Error{Code: marketplace.CodeInvalid, Channel: shop, Op: "receive webhook"}
		default:
			notices = append(notices, marketplace.Notice{EventID: fields[2], Kind: marketplace.NoticeKind(fields[0]), Key: canonical.Key{Channel: shop, ID: fields[1]}, At: r.at})
		}
	}
	return notices, nil
}

func newWorker(t *testing.T, ledger worker.Ledger) *worker.Worker {
	t.Helper()
	w, err := worker.New(ledger, worker.NewMemoryEngine(), []worker.Channel{{Name: shop.String()}})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func post(t *testing.T, url, sign, body string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Sign", sign)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode >= 300 && strings.TrimSpace(string(text)) != http.StatusText(response.StatusCode) {
		t.Errorf("the sender is told %q", text)
	}
	return response
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	ledger := worker.NewMemory()
	server := httptest.NewServer(webhook.New(newWorker(t, ledger), receiver{}, webhook.WithMaxBody(200)))
	t.Cleanup(server.Close)
	for _, each := range []struct {
		name, sign, body string
		status, events   int
	}{
		{"accepted", "ok", "order 1001 e1", 204, 1},
		{"sent again", "ok", "order 1001 e1", 204, 1},
		{"two notices of one event", "ok", "order 1001 e2\nreturn 7 e2", 204, 3},
		{"a ping", "ok", "ping", 204, 3},
		{"nothing", "ok", "", 204, 3},
		{"wrong signature", "no", "order 1002 e3", 401, 3},
		{"wrong signature of nonsense", "no", "nonsense", 401, 3},
		{"nonsense", "ok", "nonsense", 400, 3},
		{"too large", "ok", strings.Repeat("x", 201), 413, 3},
		{"too large without a signature", "", strings.Repeat("x", 201), 413, 3},
		{"the adapter cannot now", "ok", "down", 503, 3},
	} {
		response := post(t, server.URL, each.sign, each.body)
		if response.StatusCode != each.status || (each.status == 503) != (response.Header.Get("Retry-After") != "") {
			t.Errorf("%s: status %d, Retry-After %q", each.name, response.StatusCode, response.Header.Get("Retry-After"))
		}
		if records, err := ledger.Find(t.Context(), worker.Filter{}); err != nil || len(records) != each.events {
			t.Errorf("%s: %d events, %v, want %d", each.name, len(records), err, each.events)
		}
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusMethodNotAllowed || response.Header.Get("Allow") != "POST" {
		t.Errorf("GET: status %d", response.StatusCode)
	}
	// A body without a length is bounded too.
	reader, writer := io.Pipe()
	go func() {
		_, _ = io.WriteString(writer, strings.Repeat("x", 300))
		writer.Close()
	}()
	request, err = http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, reader)
	if err != nil {
		t.Fatal(err)
	}
	if response, err = http.DefaultClient.Do(request); err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a long body without a length: status %d", response.StatusCode)
	}
}

func TestReplayWindow(t *testing.T) {
	t.Parallel()
	for _, each := range []struct {
		at     time.Time
		status int
	}{
		{time.Now(), 204}, {time.Time{}, 204}, {time.Now().Add(-time.Hour), 400}, {time.Now().Add(time.Hour), 400}, {time.Now().Add(-time.Minute), 204},
	} {
		server := httptest.NewServer(webhook.New(newWorker(t, worker.NewMemory()), receiver{each.at}, webhook.WithReplayWindow(10*time.Minute)))
		if response := post(t, server.URL, "ok", "order 1 e"); response.StatusCode != each.status {
			t.Errorf("at %s: status %d, want %d", each.at, response.StatusCode, each.status)
		}
		server.Close()
	}
}

// stubborn is an inbox that is told what to answer.
type stubborn struct {
	err     error
	waiting int
	hold    chan struct{}
	begun   chan struct{}
}

func (s *stubborn) Ingest(context.Context, ...worker.Event) ([]worker.Receipt, error) {
	if s.begun != nil {
		s.begun <- struct{}{}
		<-s.hold
	}
	return nil, s.err
}

func (s *stubborn) Backlog(context.Context) ([]worker.Backlog, error) {
	return []worker.Backlog{
		{Channel: shop.String(), Class: worker.Orders, Pending: s.waiting}, {Channel: shop.String(), Class: worker.Stock, Pending: 1},
		{Channel: "other/main", Pending: 1 << 30},
	}, nil
}

func TestNotDurableIsNotAccepted(t *testing.T) {
	t.Parallel()
	for _, each := range []struct {
		inbox  *stubborn
		status int
	}{
		{&stubborn{err: errors.New("disk full")}, 503},
		{&stubborn{err: fmt.Errorf("no: %w", &worker.InvalidError{Field: "event key", Reason: "is empty"})}, 400},
		{&stubborn{waiting: 10}, 503},
		{&stubborn{waiting: 9}, 204},
	} {
		server := httptest.NewServer(webhook.New(each.inbox, receiver{}, webhook.WithMaxBacklog(10)))
		if response := post(t, server.URL, "ok", "order 1 e"); response.StatusCode != each.status {
			t.Errorf("%+v: status %d, want %d", each.inbox, response.StatusCode, each.status)
		}
		server.Close()
	}
}

func TestTooManyAtOnce(t *testing.T) {
	t.Parallel()
	inbox := &stubborn{hold: make(chan struct{}), begun: make(chan struct{}, 2)}
	server := httptest.NewServer(webhook.New(inbox, receiver{}, webhook.WithMaxInFlight(2)))
	t.Cleanup(server.Close)
	var group sync.WaitGroup
	for n := range 2 {
		group.Go(func() {
			if response := post(t, server.URL, "ok", fmt.Sprint("order 1 e", n)); response.StatusCode != http.StatusNoContent {
				t.Errorf("status %d", response.StatusCode)
			}
		})
		<-inbox.begun
	}
	if response := post(t, server.URL, "ok", "order 1 e3"); response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") == "" {
		t.Errorf("the third at once: status %d", response.StatusCode)
	}
	close(inbox.hold)
	group.Wait()
}

func TestEventOf(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for kind, class := range map[marketplace.NoticeKind]worker.Class{
		marketplace.NoticeOrder: worker.Orders, marketplace.NoticeReturn: worker.Orders, marketplace.NoticeRefund: worker.Money, marketplace.NoticePayment: worker.Money,
		marketplace.NoticeCharge: worker.Money, marketplace.NoticePayout: worker.Money, marketplace.NoticeDispute: worker.Money, marketplace.NoticeStock: worker.Stock, marketplace.NoticeProduct: worker.Prices,
	} {
		notice := marketplace.Notice{EventID: "e", Kind: kind, Key: canonical.Key{Channel: shop, ID: "gid://shop/Order/1"}, At: at}
		event, ok := webhook.EventOf(notice)
		if !ok || event.Class != class || event.Validate() != nil {
			t.Errorf("%s: event %+v", kind, event)
		}
		back, err := webhook.NoticeOf(event)
		notice.EventID = event.ID
		if diff := cmp.Diff(notice, back); err != nil || diff != "" {
			t.Errorf("%s: %v %s", kind, err, diff)
		}
	}
	long := marketplace.Notice{EventID: strings.Repeat("e", 1000), Kind: marketplace.NoticeOrder, Key: canonical.Key{Channel: shop, ID: strings.Repeat("1", 1000) + "\x00"}}
	first, _ := webhook.EventOf(long)
	long.EventID += "f"
	second, _ := webhook.EventOf(long)
	if first.Validate() != nil || first.ID == second.ID || first.Key != second.Key {
		t.Errorf("long ids: %+v and %+v", first, second)
	}
	bare := marketplace.Notice{Kind: marketplace.NoticeOrder, Key: canonical.Key{Channel: shop, ID: "1"}}
	first, _ = webhook.EventOf(bare)
	second, _ = webhook.EventOf(bare)
	if first.ID == second.ID || first.Key != second.Key {
		t.Errorf("without an event id: %+v and %+v", first, second)
	}
	if _, err := webhook.NoticeOf(worker.Event{Kind: "poll"}); err == nil {
		t.Error("an event without a notice gave one")
	}
}

func FuzzNoticeOf(f *testing.F) {
	f.Add([]byte(`{"id":"1001","at":"2026-01-02T03:04:05Z"}`), "shop/main", "order")
	f.Add([]byte(`{"id":""}`), "shop", "")
	f.Add([]byte(`[`), "/", "stock")
	f.Fuzz(func(t *testing.T, content []byte, channel, kind string) {
		notice, err := webhook.NoticeOf(worker.Event{Channel: channel, Kind: kind, Payload: content})
		if err != nil {
			return
		}
		if event, ok := webhook.EventOf(notice); ok {
			if again, err := webhook.NoticeOf(event); err != nil || again.Key.ID != notice.Key.ID {
				t.Fatalf("%+v became %+v, %v", notice, again, err)
			}
		}
	})
}
