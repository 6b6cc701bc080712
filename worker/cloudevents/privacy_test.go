package cloudevents_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/privacy"
	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/cloudevents"
)

// TestDeletionRequest empties what the ledger keeps of messages about an order, a return of it too, and nothing else.
func TestDeletionRequest(t *testing.T) {
	t.Parallel()
	onEach(t, deletionRequest)
}

func deletionRequest(t *testing.T, at place) {
	far := &receiver{key: oldKey}
	server := httptest.NewServer(far)
	defer server.Close()
	s := newStage(t, at, worker.Policy{}, cloudevents.Subscription{Name: "desk", URL: server.URL, Keys: cloudevents.FixedKeys(keyOf(t, oldKey))})
	s.start(t)
	order, other, returned := happened("1", canonical.EventOrderCreated, "1001"), happened("2", canonical.EventOrderCreated, "1002"), happened("3", canonical.EventReturnClosed, "R-1")
	returned.Order = order.Subject
	if err := s.journal.Append(t.Context(), order, other, returned); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all done", func() bool {
		done, err := s.worker.Find(t.Context(), worker.Filter{States: []worker.State{worker.StateDone}})
		return err == nil && len(done) == 3
	})
	request := privacy.Request{Orders: []canonical.Key{order.Subject}, By: "ann", Reason: "request 17"}
	if _, err := privacy.Erase(t.Context(), privacy.Stores{Worker: s.worker}, request, false); err != nil {
		t.Fatal(err)
	}
	records, err := s.worker.Find(t.Context(), worker.Filter{States: []worker.State{worker.StateDone}})
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records {
		if kept := len(record.Payload) > 0; kept != strings.Contains(record.Key, "1002") {
			t.Errorf("of %s is kept: %t", record.Key, kept)
		}
	}
}
