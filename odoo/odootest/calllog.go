package odootest

import "slices"

// Call is one call that the server received.
type Call struct {
	Seq           int    // from 1
	Protocol      string // "json2" or "jsonrpc"
	Login         string // "" where the caller was not known
	Model, Method string
	Count         int    // ids, records or rows that it concerns
	Err           string // the exception's class; "" where it succeeded
	Fault         string // the fault that met it; "" for none
}

// callLog keeps what was called; long runs keep the newest part.
type callLog struct {
	calls []Call
	seq   int
}

const keptCalls = 1 << 16

// Calls returns the calls so far in the order of their arrival; of more than 65,536 the newest.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log.calls)
}

// ResetCalls empties the log of calls and forgets all faults. Records stay.
func (s *Server) ResetCalls() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log, s.faults = callLog{}, nil
}

// start notes an arriving call; the caller holds the lock.
func (l *callLog) start(c *Call) {
	l.seq++
	c.Seq = l.seq
	if len(l.calls) == keptCalls {
		l.calls = slices.Clone(l.calls[keptCalls/2:])
	}
	l.calls = append(l.calls, *c)
}

// finish notes how a call ended.
func (l *callLog) finish(s *Server, c *Call, err error) {
	if err == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.Err = asException(err, s.series).class
	for i := len(l.calls) - 1; i >= 0; i-- {
		if l.calls[i].Seq == c.Seq {
			l.calls[i].Err = c.Err
			return
		}
	}
}

// add notes a call that was refused before it ran.
func (l *callLog) add(s *Server, c Call, class string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.Err = class
	l.start(&c)
}

// countOf is how many records a call concerns.
func countOf(method string, ids any, args map[string]any) int {
	v := ids
	switch method {
	case "create":
		v = args["vals_list"]
	case "load":
		v = args["data"]
	case "search", "search_read", "web_search_read", "search_count", "fields_get", "name_search", "default_get", "context_get":
		return 0
	}
	switch list := v.(type) {
	case []any:
		return len(list)
	case nil:
		return 0
	}
	return 1
}
