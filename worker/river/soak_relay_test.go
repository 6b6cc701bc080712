package river_test

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/medusa"
	"github.com/retailsync/retailsync/worker/webhook"
)

// relay lies between the shop and the workers' receivers: it loses, doubles and delays deliveries.
type relay struct {
	tally
	dice      *dice
	shop      *medusa.Adapter // reads what is delivered
	receivers func() []string // of the processes that live
	client    *http.Client

	mu       sync.Mutex
	quiet    bool
	accepted map[string]bool // ids of the events whose acceptance was answered
}

// ServeHTTP implements [http.Handler].
func (r *relay) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.add("deliveries")
	at := r.dice.below(1000)
	if r.isQuiet() {
		at = 1000
	}
	switch {
	case at < 30:
		r.add("deliveries lost for ever") // the shop believes that it was taken
		w.WriteHeader(http.StatusNoContent)
		return
	case at < 80:
		r.add("deliveries lost")
		panic(http.ErrAbortHandler)
	case at < 180:
		time.Sleep(r.dice.between(10*time.Millisecond, 2*time.Second))
	}
	status := r.forward(request.Header, body)
	if at >= 180 && at < 330 {
		r.add("deliveries doubled")
		go r.forward(request.Header, body) // to the same process or to another, at the same time
		status = r.forward(request.Header, body)
	}
	if at >= 330 && at < 380 {
		r.add("answers lost") // the shop sends it again
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(status)
}

// forward hands a delivery to one of the receivers and returns its answer.
func (r *relay) forward(header http.Header, body []byte) int {
	receivers := r.receivers()
	if len(receivers) == 0 {
		r.add("deliveries while no process lived")
		return http.StatusServiceUnavailable
	}
	request, err := http.NewRequest(http.MethodPost, receivers[r.dice.below(len(receivers))], bytes.NewReader(body))
	if err != nil {
		return http.StatusServiceUnavailable
	}
	request.Header = header.Clone()
	response, err := r.client.Do(request)
	if err != nil {
		r.add("receivers that died or were dead")
		return http.StatusServiceUnavailable
	}
	response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		r.add("deliveries refused")
		return response.StatusCode
	}
	notices, err := r.shop.ReceiveWebhook(request.Context(), header, body)
	if err != nil {
		r.add("deliveries accepted that cannot be read")
		return response.StatusCode
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, notice := range notices {
		if notice.Kind == marketplace.NoticeOrder {
			event, _ := webhook.EventOf(notice)
			r.accepted[event.ID] = true
		}
	}
	return response.StatusCode
}

// ids are those of the events whose acceptance was answered.
func (r *relay) ids() map[string]bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.accepted)
}

// count is how many they are.
func (r *relay) count() int { return len(r.ids()) }

// calm ends the faults.
func (r *relay) calm() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.quiet = true
}

func (r *relay) isQuiet() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.quiet
}
