package cloudevents_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/cloudevents"
	"github.com/retailsync/retailsync/worker/river"
)

const (
	oldKey = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	newKey = "whsec_bmV3IGtleSBvZiB0aGUgaGVscGRlc2sgcm90YXRlZA=="
)

func keyOf(t testing.TB, text string) cloudevents.Key {
	t.Helper()
	key, err := cloudevents.ParseKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// happened is a journal's event of the shop's order.
func happened(id string, kind canonical.EventType, order string) canonical.Event {
	return canonical.Event{
		ID: id, Type: kind, At: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC),
		Subject: canonical.Key{Channel: canonical.Channel{Name: "woocommerce", Account: "main"}, ID: order},
	}
}

// receiver is the other side: it verifies what comes by its own means, and answers as told.
type receiver struct {
	key    string
	answer func(w http.ResponseWriter, r *http.Request) // nil: 204

	mu     sync.Mutex
	got    []received
	broken []string
}

type received struct {
	id, signatures string
	body           string
	event          event.Event
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return // the sender died
	}
	r.mu.Lock()
	if problem := verify(request.Header, body, r.key, time.Now()); problem != "" {
		r.broken = append(r.broken, problem)
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	message, err := cehttp.NewEventFromHTTPRequest(request)
	if err != nil {
		r.broken = append(r.broken, "no CloudEvent: "+err.Error())
	} else if err := message.Validate(); err != nil {
		r.broken = append(r.broken, "an invalid CloudEvent: "+err.Error())
	} else {
		r.got = append(r.got, received{request.Header.Get("webhook-id"), request.Header.Get("webhook-signature"), string(body), *message})
	}
	r.mu.Unlock()
	if r.answer == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	r.answer(w, request)
}

func (r *receiver) all(t testing.TB) []received {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, problem := range r.broken {
		t.Error(problem)
	}
	return slices.Clone(r.got)
}

// ids are those of the events, as they came.
func (r *receiver) ids(t testing.TB) []string {
	var ids []string
	for _, each := range r.all(t) {
		ids = append(ids, each.event.ID())
	}
	return ids
}

// verify follows the text of Standard Webhooks, and says what is wrong.
func verify(header http.Header, body []byte, key string, now time.Time) string {
	secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(key, "whsec_"))
	if err != nil {
		return err.Error()
	}
	id, stamp := header.Get("webhook-id"), header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return "the timestamp is " + stamp
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(id + "." + stamp + "." + string(body)))
	for _, signature := range strings.Split(header.Get("webhook-signature"), " ") {
		version, sum, _ := strings.Cut(signature, ",")
		if decoded, err := base64.StdEncoding.DecodeString(sum); err == nil && version == "v1" && hmac.Equal(decoded, mac.Sum(nil)) && !strings.Contains(id, ".") {
			return ""
		}
	}
	return "no signature holds"
}

// stage is a worker with subscriptions.
type stage struct {
	publisher *cloudevents.Publisher
	worker    *worker.Worker
	journal   *cloudevents.Journal
}

// place is where a worker keeps its events.
type place struct {
	ledger worker.Ledger
	engine worker.Engine
}

// onEach runs a test in memory and on PostgreSQL.
func onEach(t *testing.T, test func(t *testing.T, at place)) {
	t.Helper()
	for name, open := range map[string]func(t *testing.T) place{
		"memory": func(*testing.T) place { return place{worker.NewMemory(), worker.NewMemoryEngine()} },
		"postgres": func(t *testing.T) place {
			store := openPostgres(t, newSchema(t), river.WithPoll(50*time.Millisecond))
			return place{store.Ledger(), store.Engine()}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

func newPool(t testing.TB) *pgxpool.Pool {
	t.Helper()
	settings, err := pgxpool.ParseConfig(peer.PostgresURL(t))
	if err != nil {
		t.Fatal("the peer's address cannot be parsed")
	}
	settings.MaxConns = 6 // the server is shared
	pool, err := pgxpool.NewWithConfig(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// newSchema returns the name of a schema that is dropped at the end.
func newSchema(t testing.TB) string {
	t.Helper()
	pool, schema := newPool(t), "events_test_"+strings.ToLower(rand.Text()[:16])
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 30*time.Second)
		defer cancel()
		if _, err := pool.Exec(ctx, "DROP SCHEMA IF EXISTS "+schema+" CASCADE"); err != nil {
			t.Error(err)
		}
	})
	return schema
}

func openPostgres(t testing.TB, schema string, options ...river.Option) *river.Store {
	t.Helper()
	store, err := river.NewPostgres(newPool(t), append(options, river.WithSchema(schema))...)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return store
}

func newStage(t testing.TB, at place, policy worker.Policy, subscriptions ...cloudevents.Subscription) stage {
	t.Helper()
	publisher, err := cloudevents.New(subscriptions, cloudevents.WithTimeout(2*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	// A replay that comes before River has noted that the task before is done waits for the sweeper.
	w, err := worker.New(at.ledger, at.engine, publisher.Channels(), worker.WithSweep(time.Second, time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Handle(cloudevents.Kind, publisher.Deliver, policy); err != nil {
		t.Fatal(err)
	}
	return stage{publisher, w, publisher.Journal(w, nil)}
}

func (s stage) start(t testing.TB) {
	t.Helper()
	if err := s.worker.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.worker.Stop(context.WithoutCancel(t.Context())) })
}

// eventually waits until it is so.
func eventually(t testing.TB, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not in three minutes: " + what)
		}
	}
}
