package odoo_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/retailsync/retailsync/odoo"
)

// stub is a server that answers as told. It speaks JSON-2 and JSON-RPC; version and login are answered by
// itself.
type stub struct {
	*httptest.Server
	version string
	reply   func(request) response

	mu       sync.Mutex
	requests []request
}

// request is a call as the server sees it.
type request struct {
	Model, Method string
	IDs           []int64
	Args          map[string]any // JSON-2: by name; JSON-RPC: kwargs
	Positional    []any
	Context       map[string]any
	Key           string
	Header        http.Header
	Number        int // counts from 1
}

// response is what the server answers: a result, an exception, or anything raw.
type response struct {
	result    any
	void      bool // None
	exception string
	message   string
	status    int
	body      string
	header    map[string]string
	drop      bool // close the connection after reading the request
}

func newStub(t *testing.T, version string, reply func(request) response) *stub {
	t.Helper()
	s := &stub{version: version, reply: reply}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *stub) calls() []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

func (s *stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	switch {
	case r.URL.Path == "/web/version" && s.version >= "18":
		_ = json.NewEncoder(w).Encode(map[string]any{"version": s.version, "version_info": []any{19, 0}})
	case strings.HasPrefix(r.URL.Path, "/json/2/") && s.version >= "19":
		s.json2(w, r, body)
	case r.URL.Path == "/jsonrpc":
		s.jsonrpc(w, r, body)
	default:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "<!DOCTYPE html><html>404</html>")
	}
}

func (s *stub) answer(q request) response {
	s.mu.Lock()
	q.Number = len(s.requests) + 1
	s.requests = append(s.requests, q)
	s.mu.Unlock()
	return s.reply(q)
}

func (s *stub) json2(w http.ResponseWriter, r *http.Request, body []byte) {
	parts := strings.Split(r.URL.Path, "/")
	q := request{Model: parts[3], Method: parts[4], Header: r.Header, Key: strings.TrimPrefix(r.Header.Get("Authorization"), "bearer ")}
	var raw map[string]json.RawMessage
	_ = json.Unmarshal(body, &raw)
	q.Args = map[string]any{}
	for name, value := range raw {
		switch name {
		case "ids":
			_ = json.Unmarshal(value, &q.IDs)
		case "context":
			_ = json.Unmarshal(value, &q.Context)
		default:
			var v any
			_ = json.Unmarshal(value, &v)
			q.Args[name] = v
		}
	}
	if q.Method == "context_get" && q.Key != "bad" {
		write(w, http.StatusOK, nil, map[string]any{"uid": 2, "lang": "en_US", "tz": false})
		return
	}
	a := s.answer(q)
	if a.raw(w) {
		return
	}
	if a.exception != "" {
		status := a.status
		if status == 0 {
			status = http.StatusInternalServerError
		}
		write(w, status, a.header, map[string]any{"name": a.exception, "message": a.message, "arguments": []any{a.message}, "context": map[string]any{}, "debug": "Traceback secret"})
		return
	}
	write(w, http.StatusOK, a.header, a.result)
}

func (s *stub) jsonrpc(w http.ResponseWriter, r *http.Request, body []byte) {
	var envelope struct {
		Params struct {
			Service, Method string
			Args            []json.RawMessage
		}
	}
	_ = json.Unmarshal(body, &envelope)
	p := envelope.Params
	ok := func(result any) map[string]any { return map[string]any{"jsonrpc": "2.0", "id": 1, "result": result} }
	switch p.Service + "." + p.Method {
	case "common.version":
		write(w, http.StatusOK, nil, ok(map[string]any{"server_version": s.version}))
		return
	case "common.authenticate":
		if string(p.Args[2]) == `"bad"` {
			write(w, http.StatusOK, nil, ok(false))
		} else {
			write(w, http.StatusOK, nil, ok(2))
		}
		return
	}
	q := request{Header: r.Header}
	_ = json.Unmarshal(p.Args[2], &q.Key)
	_ = json.Unmarshal(p.Args[3], &q.Model)
	_ = json.Unmarshal(p.Args[4], &q.Method)
	_ = json.Unmarshal(p.Args[5], &q.Positional)
	_ = json.Unmarshal(p.Args[6], &q.Args)
	q.Context, _ = q.Args["context"].(map[string]any)
	delete(q.Args, "context")
	a := s.answer(q)
	if a.raw(w) {
		return
	}
	switch {
	case a.exception != "":
		data := map[string]any{"name": a.exception, "message": a.message, "debug": "Traceback secret"}
		write(w, http.StatusOK, a.header, map[string]any{"jsonrpc": "2.0", "id": 1, "error": map[string]any{"code": 200, "message": "Odoo Server Error", "data": data}})
	case a.void:
		write(w, http.StatusOK, nil, map[string]any{"jsonrpc": "2.0", "id": 1})
	default:
		write(w, http.StatusOK, a.header, ok(a.result))
	}
}

// raw answers what is the same on both protocols.
func (a response) raw(w http.ResponseWriter) bool {
	if a.drop {
		panic(http.ErrAbortHandler)
	}
	if a.body == "" && (a.status == 0 || a.exception != "") {
		return false
	}
	for key, value := range a.header {
		w.Header().Set(key, value)
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
	return true
}

func write(w http.ResponseWriter, status int, header map[string]string, value any) {
	w.Header().Set("Content-Type", "application/json")
	for key, v := range header {
		w.Header().Set(key, v)
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

// both runs a test on both protocols.
func both(t *testing.T, reply func(request) response, check func(t *testing.T, s *stub, c *odoo.Client), options ...odoo.Option) {
	t.Helper()
	options = append([]odoo.Option{odoo.WithRetry(odoo.Retry{First: time.Millisecond, Longest: 2 * time.Millisecond})}, options...)
	t.Run("json2", func(t *testing.T) {
		t.Parallel()
		s := newStub(t, "19.0", reply)
		check(t, s, dial(t, s.URL, odoo.APIKey("key"), options...))
	})
	t.Run("jsonrpc", func(t *testing.T) {
		t.Parallel()
		s := newStub(t, "14.0", reply)
		check(t, s, dial(t, s.URL, odoo.Password("login", "key"), append(options, odoo.WithDatabase("db"))...))
	})
}

// always gives the same answer.
func always(a response) func(request) response { return func(request) response { return a } }
