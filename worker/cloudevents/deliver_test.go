package cloudevents_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/cloudevents"
)

// deliveryOf is the delivery of one event to a stage's first subscription.
func deliveryOf(t *testing.T, p *cloudevents.Publisher) worker.Delivery {
	t.Helper()
	inbox := &kept{}
	if err := p.Journal(inbox, nil).Append(t.Context(), happened("e-1", canonical.EventOrderConfirmed, "1001")); err != nil {
		t.Fatal(err)
	}
	return worker.Delivery{Event: inbox.events[0], Seq: 1, Try: 1, Token: 1}
}

// TestAnswers holds the verdict of each answer, and that errors tell nothing of the address and the reply.
func TestAnswers(t *testing.T) {
	t.Parallel()
	status := func(status int, header ...string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte("the buyer is hunter2"))
		}
	}
	raw := func(text string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			connection, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = connection.Write([]byte(text))
			connection.Close()
		}
	}
	var followed atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Add(1) }))
	defer elsewhere.Close()
	hang := make(chan struct{})
	defer close(hang)
	down := worker.Judgement{Verdict: worker.Wait, Runbook: worker.RunbookChannelDown, Down: true}
	after := func(j worker.Judgement, wait time.Duration) worker.Judgement { j.After = wait; return j }
	limited := worker.Judgement{Verdict: worker.Wait, Runbook: worker.RunbookRateLimited}
	person := func(runbook string) worker.Judgement {
		return worker.Judgement{Verdict: worker.Person, Runbook: runbook}
	}
	for name, test := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request)
		want   *worker.Judgement // nil: done
	}{
		"200":                     {status(200), nil},
		"202":                     {status(202), nil},
		"204":                     {nil, nil},
		"299":                     {status(299), nil},
		"301":                     {status(301, "Location", elsewhere.URL+"/hunter2"), ptr(person(worker.RunbookUnclassified))},
		"307":                     {status(307, "Location", elsewhere.URL+"/hunter2"), ptr(person(worker.RunbookUnclassified))},
		"400":                     {status(400), ptr(person(worker.RunbookUnclassified))},
		"401":                     {status(401), ptr(person(worker.RunbookCredentials))},
		"404":                     {status(404), ptr(person(worker.RunbookNotFound))},
		"408":                     {status(408), ptr(worker.Judgement{Verdict: worker.Retry, Runbook: worker.RunbookChannelDown})},
		"410":                     {status(410), ptr(person(worker.RunbookNotFound))},
		"429":                     {status(429), ptr(limited)},
		"429 with seconds":        {status(429, "Retry-After", "120"), ptr(after(limited, 2*time.Minute))},
		"429 for ever":            {status(429, "Retry-After", "4294967295"), ptr(after(limited, 24*time.Hour))},
		"429 with nonsense":       {status(429, "Retry-After", "-5"), ptr(limited)},
		"429 with a date of old":  {status(429, "Retry-After", "Mon, 02 Jan 2006 15:04:05 GMT"), ptr(limited)},
		"500":                     {status(500), ptr(down)},
		"503 with seconds":        {status(503, "Retry-After", "7"), ptr(after(down, 7*time.Second))},
		"503 with a date":         {status(503, "Retry-After", "Fri, 02 Jan 2099 15:04:05 GMT"), ptr(after(down, 24*time.Hour))},
		"hangs":                   {func(_ http.ResponseWriter, r *http.Request) { <-hang }, ptr(down)},
		"dies without an answer":  {raw(""), ptr(down)},
		"dies within the header":  {raw("HTTP/1.1 200 O"), ptr(down)},
		"is no HTTP":              {raw("220 hunter2 ESMTP\r\n"), ptr(down)},
		"dies within the reply":   {raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhunt"), nil},
		"a header without an end": {raw("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("hunter2", 1<<15) + "\r\n\r\n"), ptr(down)},
		"a reply without an end": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1<<15)); err != nil {
					return
				}
			}
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			far := &receiver{key: newKey, answer: test.answer}
			server := httptest.NewServer(far)
			t.Cleanup(func() { server.CloseClientConnections() })
			p, err := cloudevents.New([]cloudevents.Subscription{{
				Name: "desk", URL: server.URL + "/path-hunter2?token=hunter2", Keys: cloudevents.FixedKeys(keyOf(t, newKey), keyOf(t, oldKey)),
			}}, cloudevents.WithTimeout(time.Second))
			if err != nil {
				t.Fatal(err)
			}
			err = p.Deliver(t.Context(), deliveryOf(t, p))
			if test.want == nil {
				if err != nil {
					t.Error(err)
				}
			} else if diff := cmp.Diff(*test.want, judgementOf(err)); diff != "" {
				t.Errorf("%v: %s", err, diff)
			}
			if err != nil && (strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "desk")) {
				t.Error(err)
			}
			if got := far.all(t); len(got) != 1 || len(strings.Fields(got[0].signatures)) != 2 {
				t.Errorf("received %d", len(got))
			}
		})
	}
	if followed.Load() != 0 {
		t.Error("a redirect was followed")
	}
}

func ptr[T any](value T) *T { return &value }

func judgementOf(err error) worker.Judgement {
	if err == nil {
		return worker.Judgement{}
	}
	return worker.Judge(err)
}

// TestNoTry are the deliveries for which nothing may be sent.
func TestNoTry(t *testing.T) {
	t.Parallel()
	far := &receiver{key: oldKey}
	server := httptest.NewTLSServer(far) // its certificate is nobody's
	defer server.Close()
	keys := cloudevents.FixedKeys(keyOf(t, oldKey))
	var failing cloudevents.Keys = func(context.Context) ([]cloudevents.Key, error) { return nil, errors.New("vault: hunter2") }
	publisher := func(keys cloudevents.Keys, address string) *cloudevents.Publisher {
		p, err := cloudevents.New([]cloudevents.Subscription{{Name: "desk", URL: address, Keys: keys}})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	closed := httptest.NewServer(nil)
	closed.Close()
	delivery := deliveryOf(t, publisher(keys, server.URL))
	erased, foreign := delivery, delivery
	erased.Event.Payload, foreign.Event.Channel = nil, "cloudevents/gone"
	for name, test := range map[string]struct {
		publisher *cloudevents.Publisher
		delivery  worker.Delivery
		want      worker.Verdict
	}{
		"a strange certificate":   {publisher(keys, server.URL), delivery, worker.Wait},
		"nobody listens":          {publisher(keys, closed.URL), delivery, worker.Wait},
		"no such host":            {publisher(keys, "https://nowhere.invalid/"), delivery, worker.Wait},
		"keys cannot be read":     {publisher(failing, server.URL), delivery, worker.Wait},
		"no keys":                 {publisher(cloudevents.FixedKeys(), server.URL), delivery, worker.Wait},
		"a key that signs naught": {publisher(cloudevents.FixedKeys(cloudevents.Key{}), server.URL), delivery, worker.Person},
		"what was erased":         {publisher(keys, server.URL), erased, worker.Permanent},
		"no such subscription":    {publisher(keys, server.URL), foreign, worker.Person},
	} {
		err := test.publisher.Deliver(t.Context(), test.delivery)
		if got := judgementOf(err); got.Verdict != test.want || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v is %+v", name, err, got)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := publisher(keys, closed.URL).Deliver(ctx, delivery); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	if got := far.all(t); len(got) != 0 {
		t.Errorf("received %d", len(got))
	}
	// With the receiver's own certificate it is delivered.
	p, err := cloudevents.New([]cloudevents.Subscription{{Name: "desk", URL: server.URL, Keys: keys, Transport: server.Client().Transport}})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Deliver(t.Context(), delivery); err != nil || len(far.all(t)) != 1 {
		t.Errorf("received %d, %v", len(far.all(t)), err)
	}
}

// TestKeysChangeWhileItRuns signs the same message with other keys, and sends the same body under the same id.
func TestKeysChangeWhileItRuns(t *testing.T) {
	t.Parallel()
	far := &receiver{key: newKey}
	server := httptest.NewServer(far)
	defer server.Close()
	var keys []cloudevents.Key
	p, err := cloudevents.New([]cloudevents.Subscription{{
		Name: "desk", URL: server.URL, Keys: func(context.Context) ([]cloudevents.Key, error) { return keys, nil },
	}})
	if err != nil {
		t.Fatal(err)
	}
	delivery := deliveryOf(t, p)
	for _, keys = range [][]cloudevents.Key{{keyOf(t, oldKey), keyOf(t, newKey)}, {keyOf(t, newKey)}} {
		if err := p.Deliver(t.Context(), delivery); err != nil {
			t.Fatal(err)
		}
	}
	got := far.all(t)
	if len(got) != 2 || got[0].id != got[1].id || got[0].body != got[1].body || got[0].signatures == got[1].signatures {
		t.Errorf("received %+v", got)
	}
}

// TestOrderAndIsolation has one receiver that is dead, and one that fails every third time. The dead one's messages wait, behind its own
// breaker; the other gets all of its, and those of one order as they happened.
func TestOrderAndIsolation(t *testing.T) {
	t.Parallel()
	onEach(t, orderAndIsolation)
}

func orderAndIsolation(t *testing.T, at place) {
	const orders, each = 8, 6
	var calls atomic.Int32
	far := &receiver{key: oldKey, answer: func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1)%3 == 0 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}}
	server := httptest.NewServer(far)
	defer server.Close()
	dead := &receiver{key: oldKey, answer: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }}
	deadServer := httptest.NewServer(dead)
	defer deadServer.Close()
	keys := cloudevents.FixedKeys(keyOf(t, oldKey))
	s := newStage(t, at, worker.Policy{FirstDelay: 5 * time.Millisecond, MaxDelay: 20 * time.Millisecond},
		cloudevents.Subscription{Name: "dead", URL: deadServer.URL, Keys: keys}, cloudevents.Subscription{Name: "alive", URL: server.URL, Keys: keys})
	s.start(t)
	kinds := []canonical.EventType{canonical.EventOrderCreated, canonical.EventReturnRequested, canonical.EventShipmentPublished}
	var group sync.WaitGroup
	for order := range orders {
		group.Go(func() {
			for n := range each {
				e := happened(fmt.Sprintf("%d/%d", order, n), kinds[n%len(kinds)], fmt.Sprint(order))
				if n%len(kinds) == 1 { // a return of the order
					e.Order, e.Subject.ID = e.Subject, fmt.Sprintf("R%d", n)
				}
				if err := s.journal.Append(t.Context(), e); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	done := func() bool {
		backlog, err := s.worker.Backlog(t.Context())
		if err != nil {
			return false
		}
		for _, b := range backlog {
			if b.Channel == "cloudevents/alive" {
				return false
			}
		}
		return true
	}
	eventually(t, "the live receiver has all", done)
	next := map[string]int{}
	for _, id := range far.ids(t) {
		var order string
		var n int
		if _, err := fmt.Sscanf(strings.Replace(id, "/", " ", 1), "%s %d", &order, &n); err != nil {
			t.Fatal(err)
		}
		switch {
		case n == next[order]:
			next[order]++
		case n != next[order]-1: // again, after 429
			t.Errorf("order %s: %d came when %d was next", order, n, next[order])
		}
	}
	for order := range orders {
		if next[fmt.Sprint(order)] != each {
			t.Errorf("order %d: %d of %d came", order, next[fmt.Sprint(order)], each)
		}
	}
	// Five in a row open the breaker; up to the four workers of the queue may have begun by then.
	if tries := len(dead.all(t)); tries < 5 || tries > 9 {
		t.Errorf("the dead receiver was asked %d times", tries)
	}
	letters, err := s.worker.DeadLetters(t.Context(), worker.Filter{})
	if err != nil || len(letters) != 0 {
		t.Errorf("%d dead letters, %v", len(letters), err)
	}
}

// TestReceiverIsGone makes a dead letter of what the receiver wants no more, which says so and is delivered once it is replayed.
func TestReceiverIsGone(t *testing.T) {
	t.Parallel()
	onEach(t, receiverIsGone)
}

func receiverIsGone(t *testing.T, at place) {
	var gone atomic.Bool
	gone.Store(true)
	far := &receiver{key: oldKey, answer: func(w http.ResponseWriter, _ *http.Request) {
		if gone.Load() {
			w.WriteHeader(http.StatusGone)
		}
	}}
	server := httptest.NewServer(far)
	defer server.Close()
	s := newStage(t, at, worker.Policy{}, cloudevents.Subscription{Name: "desk", URL: server.URL, Keys: cloudevents.FixedKeys(keyOf(t, oldKey))})
	s.start(t)
	for _, id := range []string{"1", "2"} {
		if err := s.journal.Append(t.Context(), happened(id, canonical.EventOrderUpdated, "1001")); err != nil {
			t.Fatal(err)
		}
	}
	var letters []worker.Record
	eventually(t, "a dead letter", func() (there bool) {
		var err error
		letters, err = s.worker.DeadLetters(t.Context(), worker.Filter{})
		return err == nil && len(letters) > 0
	})
	why, err := s.worker.Explain(t.Context(), letters[0].Seq)
	if err != nil || len(letters) != 1 || !strings.Contains(why.Record.Problem.Text, "wants no more") || why.Waiting != 1 {
		t.Errorf("%d letters, %+v, %v", len(letters), why, err)
	}
	gone.Store(false)
	if _, err := s.worker.Replay(t.Context(), worker.Filter{}, worker.Decision{By: "ann", Reason: "the desk is back"}, false); err != nil {
		t.Fatal(err)
	}
	eventually(t, "both came", func() bool { return len(far.ids(t)) >= 3 })
	if diff := cmp.Diff([]string{"1", "1", "2"}, far.ids(t)); diff != "" {
		t.Error(diff)
	}
}
