package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const eventsKey = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// helpdesk receives events, once it is there: it fails at first, and refuses those about one order.
type helpdesk struct {
	mu sync.Mutex
	// fails is how many requests it still fails; refuses is the order of which it takes nothing.
	fails   int
	refuses string
	// got are types and subjects as they came, each once; broken is what came and was not right.
	got, broken []string
	ids         []string
}

func (h *helpdesk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fails > 0 {
		h.fails--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	secret, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(eventsKey, "whsec_"))
	mac := hmac.New(sha256.New, secret)
	id := r.Header.Get("Webhook-Id")
	mac.Write([]byte(id + "." + r.Header.Get("Webhook-Timestamp") + "." + string(body)))
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); r.Header.Get("Webhook-Signature") != want {
		h.broken = append(h.broken, "a signature does not hold")
	}
	var message struct {
		Type, Subject string
		Data          struct{ Order struct{ ID string } }
	}
	if err := json.Unmarshal(body, &message); err != nil {
		h.broken = append(h.broken, err.Error())
	}
	if message.Data.Order.ID == h.refuses {
		w.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	if !slices.Contains(h.ids, id) {
		h.ids = append(h.ids, id)
		h.got = append(h.got, strings.TrimPrefix(message.Type, "dev.retailsync.")+" "+message.Subject)
	}
	w.WriteHeader(http.StatusNoContent)
}

// about are the types that came about a subject.
func (h *helpdesk) about(subject string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var types []string
	for _, each := range h.got {
		if kind, of, _ := strings.Cut(each, " "); of == subject {
			types = append(types, kind)
		}
	}
	return types
}

// What happens is told to a helpdesk that is down at first: signed, in order for each order, nothing but what it asked for. What it refuses is a dead
// letter like any other, and what is behind that waits.
func TestEvents(t *testing.T) {
	t.Parallel()
	desk := &helpdesk{fails: 2, refuses: "order_1002"}
	server := httptest.NewServer(desk)
	t.Cleanup(server.Close)
	r := start(t, map[string]string{
		"HUB_EVENTS_URL": server.URL + "/hooks?key=part-of-a-secret", "HUB_EVENTS_SECRET": eventsKey, "HUB_EVENTS_TYPES": "order.confirmed, shipment.*,return.*",
	})
	r.says(t, "/channels/cloudevents/events", "Events for other systems", "Signed CloudEvents to "+strings.TrimPrefix(server.URL, "http://")+": order.confirmed, shipment.*, return.*",
		"as things happen", "taken by the receiver")
	r.says(t, "/letters", "order/medusa/hub/order_1002", "422")
	r.says(t, "/", "Events for other systems", "/letters?channel=cloudevents%2fevents", "1 event waits")
	for subject, want := range map[string][]string{
		"order/1001":       {"order.confirmed", "shipment.published"},
		"return/r1001":     {"return.requested", "return.approved", "return.opened", "return.received", "return.reported", "return.inspected", "return.reported", "return.credited", "return.refunded", "return.closed"},
		"order/order_1002": nil,
	} {
		r.until(t, func() bool { return len(desk.about(subject)) >= len(want) })
		if diff := cmp.Diff(want, desk.about(subject)); diff != "" {
			t.Errorf("about %s came: %s", subject, diff)
		}
	}
	desk.mu.Lock()
	defer desk.mu.Unlock()
	if len(desk.broken) > 0 {
		t.Errorf("what came: %q", desk.broken)
	}
	for _, page := range []string{"/", "/channels/cloudevents/events", "/letters", "/metrics"} {
		if _, text := r.get(t, page); strings.Contains(text, "part-of-a-secret") || strings.Contains(text, eventsKey) {
			t.Errorf("%s shows the secret", page)
		}
	}
}
