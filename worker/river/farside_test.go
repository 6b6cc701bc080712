package river_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
)

// farSide is what the events are about: an Odoo and a shop that outlive the workers. It counts what must not happen.
type farSide struct {
	mu       sync.Mutex
	next     int
	accepted map[int]bool
	done     map[string]string // the first effect of an event, by its id: its key
	order    map[string][]int  // effects of a key
	tokens   map[string]int64
	refunded map[string]int // per key, 1 for each refund event
	level    map[string]int // stock in Odoo
	shown    map[string]int // and at the shop
	again    int            // effects that were found there already
	wrongs   []string
}

// keys is how many orders and how many SKUs the events are about; it divides their number.
const keys = 12

func newFarSide() *farSide {
	return &farSide{
		accepted: map[int]bool{}, done: map[string]string{}, order: map[string][]int{}, tokens: map[string]int64{},
		refunded: map[string]int{}, level: map[string]int{}, shown: map[string]int{},
	}
}

type farCall struct {
	Op    string
	N     int
	Key   string
	Token int64
	Level int
}

type farAnswer struct {
	N     int
	Found bool
	Level int
}

// ServeHTTP implements [http.Handler].
func (f *farSide) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var call farCall
	if json.NewDecoder(r.Body).Decode(&call) != nil {
		http.Error(w, "bad call", http.StatusBadRequest)
		return
	}
	f.mu.Lock()
	answer := f.answer(call)
	f.mu.Unlock()
	_ = json.NewEncoder(w).Encode(answer)
}

func (f *farSide) answer(call farCall) farAnswer {
	id := fmt.Sprint(call.N)
	switch call.Op {
	case "next": // an event to hand in; one that got no acknowledgement comes again
		if f.next < total {
			f.next++
			f.level[fmt.Sprint("stock/", f.next%keys)]++ // before the event, which tells of it
			return farAnswer{N: f.next}
		}
		for n := 1; n <= total; n++ {
			if !f.accepted[n] {
				return farAnswer{N: n}
			}
		}
	case "accepted":
		f.accepted[call.N] = true
	case "look":
		_, found := f.done[id]
		return farAnswer{Found: found}
	case "apply":
		f.fence(call)
		if _, twice := f.done[id]; twice {
			f.wrongs = append(f.wrongs, fmt.Sprintf("event %d has two effects", call.N))
			break
		}
		f.done[id] = call.Key
		f.order[call.Key] = append(f.order[call.Key], call.N)
		f.refunded[call.Key]++
	case "found":
		f.again++
	case "level":
		f.fence(call)
		return farAnswer{Level: f.level[call.Key]}
	case "publish":
		f.fence(call)
		f.shown[call.Key] = call.Level
	}
	return farAnswer{}
}

// fence notes a writer whose token is older than one that was seen.
func (f *farSide) fence(call farCall) {
	if call.Token < f.tokens[call.Key] {
		f.wrongs = append(f.wrongs, fmt.Sprintf("key %s: token %d after %d", call.Key, call.Token, f.tokens[call.Key]))
	}
	f.tokens[call.Key] = max(f.tokens[call.Key], call.Token)
}

// snapshot describes all effects.
func (f *farSide) snapshot() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	text, _ := json.Marshal([]any{f.order, f.refunded, f.shown, f.done})
	return string(text)
}

// check holds the effects to the invariants.
func (f *farSide) check(t *testing.T) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, wrong := range f.wrongs {
		t.Error(wrong)
	}
	if len(f.done) != total { // I1
		t.Errorf("%d events have an effect, want %d", len(f.done), total)
	}
	for n := range keys {
		key := fmt.Sprint("order/", n)
		if f.refunded[key] != total/keys { // I2: what was refunded is what was asked for, and so never more
			t.Errorf("%s: %d refunded, want %d", key, f.refunded[key], total/keys)
		}
		stock := fmt.Sprint("stock/", n)
		if f.shown[stock] != f.level[stock] { // I6
			t.Errorf("%s: %d shown, Odoo has %d", stock, f.shown[stock], f.level[stock])
		}
	}
	t.Logf("%d effects were found by a later try", f.again)
}
