package medusa_test

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/retailsync/retailsync/internal/peer"
)

// mailbox keeps what the subscriber of the real shop delivers, as it came.
type mailbox struct {
	mu   sync.Mutex
	came []delivery
	// more is closed when another one comes.
	more chan struct{}
}

type delivery struct {
	header http.Header
	body   []byte
	event  string
	about  struct {
		ID      string   `json:"id"`
		Order   string   `json:"order_id"`
		Refunds []string `json:"refund_ids"`
	}
}

// openMailbox listens where the shop sends its webhooks, for a test that receives some: the address is one for all tests of all packages,
// which take turns.
func openMailbox(t *testing.T) *mailbox {
	t.Helper()
	box := &mailbox{more: make(chan struct{})}
	peer.ReceiveMedusa(t, 10*time.Minute, box)
	return box
}

// receives tells whether a test of a suite waits for webhooks.
func receives(t *testing.T) bool { return strings.Contains(t.Name(), "/Webhook") }

func (m *mailbox) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var event struct {
		Name string
		Data json.RawMessage
	}
	one := delivery{header: r.Header.Clone(), body: body}
	if json.Unmarshal(body, &event) != nil || json.Unmarshal(event.Data, &one.about) != nil {
		return // about nothing that a test waits for
	}
	one.event = event.Name
	m.mu.Lock()
	defer m.mu.Unlock()
	m.came = append(m.came, one)
	close(m.more)
	m.more = make(chan struct{})
}

// take waits for a delivery and takes it out.
func (m *mailbox) take(t *testing.T, what string, is func(delivery) bool) (http.Header, []byte) {
	t.Helper()
	late := time.After(2 * time.Minute)
	for {
		m.mu.Lock()
		at, more := slices.IndexFunc(m.came, is), m.more
		var found delivery
		if at >= 0 {
			found = m.came[at]
			m.came = slices.Delete(m.came, at, at+1)
		}
		m.mu.Unlock()
		if at >= 0 {
			return found.header, found.body
		}
		select {
		case <-more:
		case <-late:
			t.Fatalf("the shop has sent no webhook about %s", what)
		}
	}
}
