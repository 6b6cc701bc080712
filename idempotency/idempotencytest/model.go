package idempotencytest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/idempotency"
)

const modelBudget = 8 * time.Second

func modelCases() []testCase {
	return []testCase{{"random operations agree with the model", func(t *testing.T, h Harness) {
		round, start := 0, time.Now()
		rapid.Check(t, func(rt *rapid.T) {
			if time.Since(start) > modelBudget {
				return // a slow store is proved with fewer rounds
			}
			round++
			m := &machine{t: t, rt: rt, h: h, scope: fmt.Sprint("model/", round), keys: map[string]*modelRecord{}}
			m.prune()
			m.keys = map[string]*modelRecord{}
			rt.Repeat(map[string]func(*rapid.T){
				"acquire":    func(rt *rapid.T) { m.rt = rt; m.acquire() },
				"extend":     func(rt *rapid.T) { m.rt = rt; m.extend() },
				"checkpoint": func(rt *rapid.T) { m.rt = rt; m.checkpoint() },
				"settle":     func(rt *rapid.T) { m.rt = rt; m.settle() },
				"resolve":    func(rt *rapid.T) { m.rt = rt; m.resolve() },
				"prune":      func(rt *rapid.T) { m.rt = rt; m.prune() },
				"":           func(rt *rapid.T) { m.rt = rt; m.compare() },
			})
		})
	}}}
}

// modelRecord is the whole of what a store must know about a key. Times are only over or not.
type modelRecord struct {
	print              idempotency.Fingerprint
	state              idempotency.State
	token              int64
	attempt            int
	over               bool // the lease ended
	checkpoint, result string
	expired            bool
}

type machine struct {
	t      *testing.T
	rt     *rapid.T
	h      Harness
	scope  string
	keys   map[string]*modelRecord
	claims []idempotency.Claim // every claim ever given, most of them stale
}

func (m *machine) drawKey() idempotency.Key {
	return idempotency.Key{Scope: m.scope, ID: rapid.SampledFrom([]string{"a", "b"}).Draw(m.rt, "key")}
}

// drawOver says whether a lease or retention has ended when the step is over, or never ends.
func (m *machine) drawOver() bool { return rapid.Bool().Draw(m.rt, "over") }

func (m *machine) acquire() {
	id, over := m.drawKey(), m.drawOver()
	print := rapid.SampledFrom([]idempotency.Fingerprint{print1, print1, print1, print2}).Draw(m.rt, "print")
	lease := long
	if over {
		lease = short
	}
	claim, _, outcome, err := m.h.Store.Acquire(m.t.Context(), id, print, lease)
	known := m.keys[id.ID]
	switch {
	case known == nil:
		m.expect(err, nil, outcome, idempotency.Acquired)
		known = &modelRecord{print: print, token: claim.Token - 1}
		m.keys[id.ID] = known
	case known.print != print:
		m.expect(err, idempotency.ErrFingerprintMismatch, outcome, "")
		return
	case known.state == idempotency.StateCompleted || known.state == idempotency.StateFailed:
		m.expect(err, nil, outcome, idempotency.Replayed)
		return
	case known.state == idempotency.StateIndeterminate:
		m.expect(err, idempotency.ErrIndeterminate, outcome, "")
		return
	case known.state == idempotency.StateInFlight && !known.over:
		m.expect(err, idempotency.ErrInFlight, outcome, "")
		return
	default:
		m.expect(err, nil, outcome, idempotency.Recovered)
	}
	known.state, known.over = idempotency.StateInFlight, over
	known.token++
	known.attempt++
	if claim.Token != known.token || claim.Attempt != known.attempt || claim.Checkpoint != known.checkpoint {
		m.rt.Fatalf("claim %+v, want %+v", claim, *known)
	}
	m.claims = append(m.claims, claim)
	if over {
		m.h.pass()
	}
}

func (m *machine) drawClaim() (idempotency.Claim, *modelRecord) {
	if len(m.claims) == 0 {
		m.rt.Skip("no claims yet")
	}
	recent := m.claims[max(0, len(m.claims)-4):]
	claim := rapid.SampledFrom(recent).Draw(m.rt, "claim")
	known := m.keys[claim.Key.ID]
	if known == nil || known.token != claim.Token {
		known = nil
	}
	return claim, known
}

func (m *machine) extend() {
	claim, known := m.drawClaim()
	over := m.drawOver()
	lease := long
	if over {
		lease = short
	}
	_, err := m.h.Store.Extend(m.t.Context(), claim, lease)
	if known == nil || known.state != idempotency.StateInFlight {
		m.expect(err, idempotency.ErrLeaseLost, "", "")
		return
	}
	m.expect(err, nil, "", "")
	if known.over = over; over {
		m.h.pass()
	}
}

func (m *machine) checkpoint() {
	claim, known := m.drawClaim()
	name := rapid.SampledFrom([]string{"one", "two"}).Draw(m.rt, "name")
	err := m.h.Store.Checkpoint(m.t.Context(), claim, name, []byte(name))
	if known == nil || known.state != idempotency.StateInFlight {
		m.expect(err, idempotency.ErrLeaseLost, "", "")
		return
	}
	m.expect(err, nil, "", "")
	known.checkpoint = name
}

func (m *machine) settle() {
	claim, known := m.drawClaim()
	state := rapid.SampledFrom([]idempotency.State{
		idempotency.StateCompleted, idempotency.StateFailed, idempotency.StateReleased, idempotency.StateIndeterminate,
	}).Draw(m.rt, "state")
	result := rapid.SampledFrom([]string{"x", "y"}).Draw(m.rt, "result")
	over := m.drawOver()
	retention := long
	if over {
		retention = short
	}
	var err error
	switch state {
	case idempotency.StateCompleted:
		err = m.h.Store.Complete(m.t.Context(), claim, []byte(result), retention)
	case idempotency.StateFailed:
		err = m.h.Store.Fail(m.t.Context(), claim, []byte(result), retention)
	case idempotency.StateReleased:
		result = ""
		err = m.h.Store.Release(m.t.Context(), claim)
	default:
		err = m.h.Store.Abandon(m.t.Context(), claim, []byte(result))
	}
	switch {
	case known != nil && known.state == idempotency.StateInFlight:
		m.expect(err, nil, "", "")
		known.state, known.result = state, result
		known.expired = over && (state == idempotency.StateCompleted || state == idempotency.StateFailed)
		if known.expired {
			m.h.pass()
		}
	case known != nil && known.state == state && known.result == result:
		m.expect(err, nil, "", "")
	default:
		m.expect(err, idempotency.ErrLeaseLost, "", "")
	}
}

func (m *machine) resolve() {
	id := m.drawKey()
	state := rapid.SampledFrom([]idempotency.State{idempotency.StateCompleted, idempotency.StateFailed, idempotency.StateReleased}).Draw(m.rt, "state")
	err := m.h.Store.Resolve(m.t.Context(), id, state, []byte("x"), 0)
	result := "x"
	if state == idempotency.StateReleased {
		result = ""
	}
	switch known := m.keys[id.ID]; {
	case known == nil:
		m.expect(err, idempotency.ErrNotFound, "", "")
	case known.state == idempotency.StateIndeterminate:
		m.expect(err, nil, "", "")
		known.state, known.result = state, result
	case known.state == state && known.result == result:
		m.expect(err, nil, "", "")
	default:
		m.expect(err, idempotency.ErrNotIndeterminate, "", "")
	}
}

func (m *machine) prune() {
	pruned, err := m.h.Store.Prune(m.t.Context(), 1000)
	m.expect(err, nil, "", "")
	want := 0
	for id, known := range m.keys {
		if known.expired {
			delete(m.keys, id)
			want++
		}
	}
	if pruned != want && m.claims != nil {
		m.rt.Fatalf("pruned %d, want %d", pruned, want)
	}
}

func (m *machine) compare() {
	for _, id := range []string{"a", "b"} {
		record, err := m.h.Store.Get(m.t.Context(), idempotency.Key{Scope: m.scope, ID: id})
		known := m.keys[id]
		if known == nil {
			m.expect(err, idempotency.ErrNotFound, "", "")
			continue
		}
		m.expect(err, nil, "", "")
		if record.State != known.state || record.Token != known.token || record.Attempt != known.attempt ||
			record.Fingerprint != known.print || record.Checkpoint != known.checkpoint || string(record.Result) != known.result {
			m.rt.Fatalf("record %+v, want %+v", record, *known)
		}
	}
}

func (m *machine) expect(err, want error, outcome, wantOutcome idempotency.Outcome) {
	if want == nil && err != nil || !errors.Is(err, want) || outcome != wantOutcome {
		m.rt.Fatalf("outcome %q, error %v, want %q, %v", outcome, err, wantOutcome, want)
	}
}
