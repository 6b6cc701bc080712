package odootest

import (
	"net/http"
	"strconv"
	"time"
)

// Fault is something that goes wrong with a call on purpose. Model and Method empty match any; Nth
// counts the matching calls from 1 and 0 means from the first on; Times bounds how often it strikes,
// 0 meaning once where Nth is set and always where it is not.
type Fault struct {
	Model, Method string
	Match         func(Call) bool // nil: any; called with the server locked
	Nth, Times    int
	Do            Effect

	seen, struck int
}

// Effect is what a fault does. Use the functions that return one.
type Effect struct {
	kind   effectKind
	delay  time.Duration
	status int
	after  time.Duration
}

type effectKind string

const (
	effectDropReply   effectKind = "drop reply"
	effectDropRequest effectKind = "drop request"
	effectDelay       effectKind = "delay"
	effectStatus      effectKind = "status"
	effectPage        effectKind = "page"
	effectConcurrency effectKind = "concurrency"
	effectDenied      effectKind = "denied"
	effectTruncate    effectKind = "truncate"
)

// DropReply runs the call, commits, and closes the connection without an answer.
func DropReply() Effect { return Effect{kind: effectDropReply} }

// DropRequest closes the connection and runs nothing.
func DropRequest() Effect { return Effect{kind: effectDropRequest} }

// Delay runs the call after a pause; other calls go on meanwhile. It ends early where the caller gives up.
func Delay(d time.Duration) Effect { return Effect{kind: effectDelay, delay: d} }

// Status answers as a proxy does, such as 502, 503 or 429, and runs nothing; retryAfter over zero is sent
// as Retry-After in whole seconds.
func Status(code int, retryAfter time.Duration) Effect {
	return Effect{kind: effectStatus, status: code, after: retryAfter}
}

// Page answers with an HTML page and the status, and runs nothing.
func Page(code int) Effect { return Effect{kind: effectPage, status: code} }

// Concurrency runs the call, rolls it back and answers a serialization failure: in band for load.
func Concurrency() Effect { return Effect{kind: effectConcurrency} }

// Denied answers as to a wrong or expired key.
func Denied() Effect { return Effect{kind: effectDenied} }

// Truncate runs the call, commits, and sends half of the answer as if it were all.
func Truncate() Effect { return Effect{kind: effectTruncate} }

// Fail adds a fault. Of several that match a call the first added that is due strikes.
func (s *Server) Fail(f Fault) {
	if f.Times == 0 && f.Nth > 0 {
		f.Times = 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// is reports the kind of a planned fault; a nil fault is none.
func (f *Fault) is(k effectKind) bool { return f != nil && f.Do.kind == k }

// plan logs a call and picks its fault.
func (s *Server) plan(c *Call) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var due *Fault
	for _, f := range s.faults {
		if (f.Model != "" && f.Model != c.Model) || (f.Method != "" && f.Method != c.Method) || (f.Match != nil && !f.Match(*c)) {
			continue
		}
		f.seen++
		if due == nil && f.seen >= f.Nth && (f.Times == 0 || f.struck < f.Times) {
			f.struck++
			due = f
		}
	}
	if due != nil {
		c.Fault = string(due.Do.kind)
	}
	s.log.start(c)
	return due
}

// before logs a call and lets its fault act before it runs; an error means that the answer was given.
func (s *Server) before(w http.ResponseWriter, r *http.Request, c *Call) (*Fault, error) {
	f := s.plan(c)
	if f == nil {
		return nil, nil
	}
	switch f.Do.kind {
	case effectDropRequest:
		drop(w)
		return nil, errDropped
	case effectStatus, effectPage:
		if f.Do.after > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(f.Do.after.Round(time.Second)/time.Second)))
		}
		page(w, f.Do.status, http.StatusText(f.Do.status), "The server is temporarily unable to service your request.")
		return nil, errDropped
	case effectDelay:
		timer := time.NewTimer(f.Do.delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		}
	}
	return f, nil
}
