package stripedouble

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// What clients must know.
const (
	Key    = "rk_test_double51Secret0of0the0account"
	Secret = "whsec_double0secret"
)

// Server is one account. It is safe for concurrent use, and uses only the time package for time, so that it works in a testing/synctest
// bubble.
type Server struct {
	mu       sync.Mutex
	ahead    time.Duration // of the clock
	count    int
	intents  map[string]*intent
	charges  map[string]*charge
	refunds  []*refund
	sessions []*session
	disputes []*dispute
	balance  []*movement
	payouts  []*payout
	keys     map[string]*keyed
	answer   string // the status of new refunds
	requests []string
	account  string // that requests must act for
	fail     func(*http.Request) *failure
}

// keyed is what an idempotency key was used for.
type keyed struct {
	request string
	busy    bool
	status  int
	body    []byte
	at      time.Time
}

// failure is an answer that is not a success.
type failure struct {
	status              int
	kind, code, message string
	param               string
	early               bool // before the endpoint began to work, so that it is not kept with the key
}

// New returns an account without payments. It listens nowhere by itself.
func New() *Server {
	return &Server{intents: map[string]*intent{}, charges: map[string]*charge{}, keys: map[string]*keyed{}, answer: "succeeded"}
}

// Advance moves the clock on.
func (s *Server) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead += d
}

// Answer sets the status of refunds that are made from now on.
func (s *Server) Answer(status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = status
}

// ActFor has requests refused that do not act for the connected account.
func (s *Server) ActFor(account string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.account = account
}

// Requests are those that came, as "METHOD /path".
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Fail answers writes with an error from now on, after it began to work: the answer is kept with the key. Status 0 ends it.
func (s *Server) Fail(status int, kind, code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = nil
	if status != 0 {
		s.fail = func(r *http.Request) *failure {
			if r.Method != http.MethodPost {
				return nil
			}
			return &failure{status: status, kind: kind, code: code, message: "told to fail"}
		}
	}
}

func (s *Server) now() time.Time { return time.Now().Add(s.ahead) }

func (s *Server) id(prefix string) string {
	s.count++
	return fmt.Sprintf("%s_3Double%06d", prefix, s.count)
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, body, replayed := s.serve(r)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Request-Id", "req_double")
	if replayed {
		w.Header().Set("Idempotent-Replayed", "true")
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func (s *Server) serve(r *http.Request) (status int, body []byte, replayed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.Method+" "+r.URL.Path)
	if r.Header.Get("Authorization") != "Bearer "+Key {
		return write(nil, &failure{status: 401, kind: "invalid_request_error", message: "Invalid API Key provided: rk_test_***********ount"})
	}
	if r.Header.Get("Stripe-Account") != s.account {
		return write(nil, &failure{status: 403, kind: "invalid_request_error", code: "account_invalid", message: "The provided key does not have access to the account"})
	}
	if err := r.ParseForm(); err != nil {
		return write(nil, &failure{status: 400, kind: "invalid_request_error", message: "not a form"})
	}
	key := r.Header.Get("Idempotency-Key")
	if r.Method != http.MethodPost || key == "" {
		return write(s.route(r))
	}
	request := r.URL.Path + "?" + r.Form.Encode()
	used := s.keys[key]
	switch {
	case used == nil || s.now().Sub(used.at) > 24*time.Hour:
	case used.busy:
		return write(nil, &failure{status: 409, kind: "invalid_request_error", code: "idempotency_key_in_use", message: "There is currently another in-progress request using this Idempotent Key"})
	case used.request != request:
		return write(nil, &failure{status: 400, kind: "idempotency_error", message: "Keys for idempotent requests can only be used with the same parameters they were first used with."})
	default:
		return used.status, used.body, true
	}
	used = &keyed{request: request, busy: true, at: s.now()}
	s.keys[key] = used
	s.mu.Unlock()
	runtime.Gosched() // as long as it takes, others with the key are refused
	s.mu.Lock()
	result, failed := s.route(r)
	status, body, _ = write(result, failed)
	if failed != nil && failed.early {
		delete(s.keys, key)
	} else {
		used.busy, used.status, used.body = false, status, body
	}
	return status, body, false
}

func write(result any, failed *failure) (int, []byte, bool) {
	status := http.StatusOK
	if failed != nil {
		status = failed.status
		problem := map[string]any{"type": failed.kind, "message": failed.message}
		if failed.code != "" {
			problem["code"] = failed.code
			problem["doc_url"] = "https://stripe.com/docs/error-codes/" + strings.ReplaceAll(failed.code, "_", "-")
		}
		if failed.param != "" {
			problem["param"] = failed.param
		}
		result = map[string]any{"error": problem}
	}
	body, err := json.Marshal(result)
	if err != nil {
		return http.StatusInternalServerError, nil, false
	}
	return status, body, false
}

// route finds who answers.
func (s *Server) route(r *http.Request) (any, *failure) {
	if s.fail != nil {
		if failed := s.fail(r); failed != nil {
			return nil, failed
		}
	}
	path := strings.Split(strings.TrimPrefix(r.URL.Path, "/v1/"), "/")
	for i := range path {
		path[i], _ = url.QueryUnescape(path[i])
	}
	route := r.Method + " " + path[0]
	switch len(path) {
	case 1:
		switch route {
		case "POST refunds":
			return s.createRefund(r.Form)
		case "GET refunds":
			return s.listRefunds(r.Form)
		case "GET balance_transactions":
			return s.listBalance(r.Form)
		case "GET payouts":
			return s.listPayouts(r.Form)
		}
	case 2:
		switch route {
		case "POST checkout":
			return s.createSession(r.Form)
		case "GET checkout":
			return s.listSessions(r.Form)
		case "GET refunds":
			return s.getRefund(path[1])
		case "GET payment_intents":
			return s.getIntent(path[1], r.Form)
		case "GET charges":
			return s.getCharge(path[1])
		case "GET payouts":
			return s.getPayout(path[1])
		}
	case 3:
		if route == "GET checkout" {
			return s.getSession(path[2], r.Form)
		}
		switch route + " " + path[2] {
		case "POST payment_intents capture":
			return s.capture(path[1], r.Form)
		case "POST payment_intents cancel":
			return s.cancel(path[1], r.Form)
		}
	}
	if len(path) == 4 && route == "POST checkout" && path[3] == "expire" {
		return s.expireSession(path[2], r.Form)
	}
	return nil, &failure{status: 404, kind: "invalid_request_error", early: true, message: "Unrecognized request URL (" + r.Method + ": " + r.URL.Path + ")"}
}

func missing(what, id, param string) *failure {
	status := http.StatusNotFound
	if param != "id" && param != "intent" {
		status = http.StatusBadRequest
	}
	return &failure{status: status, kind: "invalid_request_error", code: "resource_missing", param: param, message: "No such " + what + ": '" + id + "'"}
}

// only refuses parameters that the endpoint does not have.
func only(form url.Values, names ...string) *failure {
	for _, name := range slices.Sorted(maps.Keys(form)) {
		bare, _, _ := strings.Cut(name, "[")
		if !slices.Contains(names, bare) {
			return &failure{status: 400, kind: "invalid_request_error", code: "parameter_unknown", param: name, early: true, message: "Received unknown parameter: " + name}
		}
	}
	return nil
}

// metadata reads metadata[name] parameters.
func metadata(form url.Values) map[string]string {
	meta := map[string]string{}
	for name, values := range form {
		if key, ok := strings.CutPrefix(name, "metadata["); ok {
			meta[strings.TrimSuffix(key, "]")] = values[0]
		}
	}
	return meta
}

// expands tells whether a field is asked for whole.
func expands(form url.Values, field string) bool {
	for name, values := range form {
		if strings.HasPrefix(name, "expand[") && slices.Contains(values, field) {
			return true
		}
	}
	return false
}
