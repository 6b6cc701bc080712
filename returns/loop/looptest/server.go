package looptest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Object is a JSON object.
type Object = map[string]any

// Server is an in-process Loop. It may be used from several goroutines.
type Server struct {
	*httptest.Server
	// Address is the address of the API.
	Address string
	// Key is the API key, Secret that of the webhooks.
	Key, Secret string
	// Newest: the list begins with the newest return. Set it before the first call.
	Newest bool
	// Missing is what details of an unknown return answer: a status, or 0 for an empty list. Set it before the first call.
	Missing int

	mu      sync.Mutex
	returns map[string]Object
	notes   map[string][]string
	effects map[string]int
	last    time.Time
}

const (
	wireTime = "2006-01-02T15:04:05.000Z"
	details  = "2006-01-02 15:04:05"
	asked    = "2006-01-02 15:04:05-07:00"
)

// NewServer starts a Loop without returns. Close ends it.
func NewServer() *Server {
	s := &Server{
		Key: "loop-api-key-0123456789", Secret: "loop-webhook-secret", Missing: http.StatusNotFound,
		returns: map[string]Object{}, notes: map[string][]string{}, effects: map[string]int{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/warehouse/return/list", s.list)
	mux.HandleFunc("GET /api/v1/warehouse/return/details", s.details)
	mux.HandleFunc("GET /api/v1/warehouse/return/{id}/notes", s.listNotes)
	mux.HandleFunc("POST /api/v1/warehouse/return/{id}/{action}", s.act)
	mux.HandleFunc("POST /api/v1/dispositioning/{kind}", s.inspect)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Authorization") != s.Key {
			answer(w, http.StatusUnauthorized, Object{"error": Object{"code": "GEN-UNAUTHORIZED", "http_code": 401, "message": "Unauthorized."}})
			return
		}
		mux.ServeHTTP(w, r)
	}))
	s.Address = s.URL + "/api/v1"
	return s
}

func answer(w http.ResponseWriter, status int, content any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(content)
}

// Put adds or replaces a return, which must have an id. Its times are left as they are where it has some.
func (s *Server) Put(r Object) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := text(r["id"])
	now := s.tick()
	if r["created_at"] == nil {
		r["created_at"] = now.Format(wireTime)
	}
	if r["updated_at"] == nil {
		r["updated_at"] = now.Format(wireTime)
	}
	s.returns[id] = clone(r)
	return id
}

// Change lets edit change a return, whose time of change moves; false if there is none.
func (s *Server) Change(id string, edit func(Object)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.change(id, edit)
}

func (s *Server) change(id string, edit func(Object)) bool {
	r, ok := s.returns[id]
	if !ok {
		return false
	}
	r = clone(r)
	edit(r)
	r["updated_at"] = s.tick().Format(wireTime)
	s.returns[id] = r
	return true
}

// Return is a return as the server has it, nil if there is none.
func (s *Server) Return(id string) Object {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.returns[id] == nil {
		return nil
	}
	return clone(s.returns[id])
}

// Effects is how many changes calls have made to a return.
func (s *Server) Effects(id string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.effects[id]
}

// Notes are the notes of a return.
func (s *Server) Notes(id string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.notes[id]...)
}

// tick is the clock: each change is a second later than the one before, since Loop's times have no more.
func (s *Server) tick() time.Time {
	now := time.Now().UTC().Truncate(time.Second)
	if !now.After(s.last) {
		now = s.last.Add(time.Second)
	}
	s.last = now
	return now
}

func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	from, errFrom := time.Parse(asked, query.Get("from"))
	to, errTo := time.Parse(asked, query.Get("to"))
	if errFrom != nil || errTo != nil || to.Sub(from) > 120*24*time.Hour {
		answer(w, http.StatusUnprocessableEntity, Object{"message": "The given data was invalid.", "errors": Object{"to": []string{"The range exceeds 120 days."}}})
		return
	}
	field := query.Get("filter")
	if field == "" {
		field = "created_at"
	}
	states := map[string]bool{"open": true, "closed": true, "expired": true}
	if state := query.Get("state"); state != "" {
		states = map[string]bool{state: true}
	}
	s.mu.Lock()
	var rows []Object
	for _, one := range s.returns {
		at := parse(one[field])
		state := text(one["state"])
		if known := state == "open" || state == "closed" || state == "expired" || state == "cancelled" || state == "review"; !known {
			state = "open" // a state that Loop has added since
		}
		if states[state] && !at.Before(from) && !at.After(to) {
			rows = append(rows, clone(one))
		}
	}
	s.mu.Unlock()
	sort.Slice(rows, func(i, j int) bool {
		a, b := parse(rows[i]["created_at"]), parse(rows[j]["created_at"])
		if a.Equal(b) {
			return text(rows[i]["id"]) < text(rows[j]["id"])
		}
		return a.Before(b) != s.Newest
	})
	if query.Get("paginate") != "true" {
		answer(w, http.StatusOK, rows)
		return
	}
	size, _ := strconv.Atoi(query.Get("pageSize"))
	if size < 1 || size > 750 {
		size = 100
	}
	if cursor := query.Get("cursor"); cursor != "" {
		data, _ := base64.RawURLEncoding.DecodeString(cursor)
		var position struct {
			CreatedAt string `json:"created_at"`
		}
		_ = json.Unmarshal(data, &position)
		// The next page begins strictly after the time of the last row, so others of that time are lost.
		after := parse(position.CreatedAt)
		var rest []Object
		for _, row := range rows {
			at := parse(row["created_at"])
			if at.After(after) && !s.Newest || at.Before(after) && s.Newest {
				rest = append(rest, row)
			}
		}
		rows = rest
	}
	page := Object{"returns": []Object{}, "nextPageUrl": nil, "previousPageUrl": nil}
	if len(rows) > size {
		position, _ := json.Marshal(Object{"created_at": rows[size-1]["created_at"], "_pointsToNextItems": true})
		next := url.Values{"cursor": {base64.RawURLEncoding.EncodeToString(position)}, "pageSize": {strconv.Itoa(size)}, "filter": {field}}
		page["nextPageUrl"] = s.Address + "/warehouse/return/list?" + next.Encode()
		rows = rows[:size]
	}
	if rows != nil {
		page["returns"] = rows
	}
	answer(w, http.StatusOK, page)
}

func (s *Server) details(w http.ResponseWriter, r *http.Request) {
	found := s.Return(r.URL.Query().Get("return_id"))
	if found == nil {
		if s.Missing == 0 {
			answer(w, http.StatusOK, []any{})
			return
		}
		answer(w, s.Missing, Object{"error": Object{"message": "Return not found."}})
		return
	}
	// Details write ids as numbers and times without a zone.
	for _, name := range []string{"id", "provider_order_id"} {
		if number, err := strconv.ParseInt(text(found[name]), 10, 64); err == nil {
			found[name] = number
		}
	}
	for _, name := range []string{"created_at", "updated_at", "edited_at"} {
		if at := parse(found[name]); !at.IsZero() {
			found[name] = at.Format(details)
		}
	}
	answer(w, http.StatusOK, found)
}

func (s *Server) listNotes(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	notes := []Object{}
	for i, note := range s.notes[r.PathValue("id")] {
		notes = append(notes, Object{"id": i, "content": note})
	}
	if len(notes) == 0 {
		answer(w, http.StatusUnprocessableEntity, "false")
		return
	}
	answer(w, http.StatusOK, Object{"notes": notes})
}

func (s *Server) act(w http.ResponseWriter, r *http.Request) {
	id, action := r.PathValue("id"), r.PathValue("action")
	s.mu.Lock()
	defer s.mu.Unlock()
	state := text(s.returns[id]["state"])
	refuse := func(sentence string) {
		answer(w, http.StatusOK, Object{"errors": Object{"message": sentence, "code": "UNPROCESSABLE_RETURN"}})
	}
	next := ""
	switch {
	case s.returns[id] == nil:
		answer(w, http.StatusNotFound, Object{"error": Object{"message": "Return not found."}})
		return
	case action == "note":
		var note struct{ Content string }
		if json.NewDecoder(r.Body).Decode(&note) != nil || note.Content == "" || len(note.Content) >= 255 {
			answer(w, http.StatusUnprocessableEntity, Object{"errors": Object{"message": "Content is required and must be less than 255 characters."}})
			return
		}
		s.notes[id] = append(s.notes[id], note.Content)
		answer(w, http.StatusOK, "true")
		return
	case action == "close" && (state == "open" || state == "review"), action == "process" && state == "open":
		next = "closed"
	case action == "cancel" && state == "open":
		next = "cancelled"
	case action == "flag" && state == "open":
		next = "review"
	case action == "process" && state == "cancelled":
		answer(w, http.StatusOK, Object{"message": "Return is cancelled and therefore cannot be processed."})
		return
	default:
		refuse("Return is " + state + " and therefore cannot be processed.")
		return
	}
	s.effects[id]++
	s.change(id, func(r Object) { r["state"] = next })
	answer(w, http.StatusOK, "true")
}

func (s *Server) inspect(w http.ResponseWriter, r *http.Request) {
	kind := r.PathValue("kind")
	var request struct{ Items []Object }
	if json.NewDecoder(r.Body).Decode(&request) != nil || len(request.Items) == 0 || len(request.Items) > 20 {
		answer(w, http.StatusUnprocessableEntity, Object{"message": "The items field is required."})
		return
	}
	field, word := "disposition", "disposition_outcome"
	allowed := "back_to_stock resale_hold recycle donate missing"
	if kind == "grade" {
		field, word, allowed = "condition", "condition_category", "grade_a grade_b grade_c grade_d incorrect_item missing junk"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, item := range request.Items {
		if s.owner(text(item["line_item_id"])) == "" || !strings.Contains(" "+allowed+" ", " "+text(item[word])+" ") {
			answer(w, http.StatusUnprocessableEntity, Object{"message": "The given data was invalid.", "errors": Object{"items": []string{"The selected line item is invalid."}}})
			return
		}
	}
	for _, item := range request.Items {
		line := text(item["line_item_id"])
		id := s.owner(line)
		s.effects[id]++
		s.change(id, func(r Object) {
			lines, _ := r["line_items"].([]any)
			for _, one := range lines {
				if object, ok := one.(Object); ok && text(object["line_item_id"]) == line {
					object[field] = Object{word: item[word], "inspected_at": item["inspected_at"]}
				}
			}
		})
	}
	answer(w, http.StatusOK, request.Items)
}

// owner is the return that has a line, empty if none has.
func (s *Server) owner(line string) string {
	for id, r := range s.returns {
		lines, _ := r["line_items"].([]any)
		for _, one := range lines {
			if object, ok := one.(Object); ok && text(object["line_item_id"]) == line {
				return id
			}
		}
	}
	return ""
}

// Delivery is a signed delivery of the topic return about a return, as the raw body is signed.
func (s *Server) Delivery(id string) (http.Header, []byte) {
	r := s.Return(id)
	r["topic"], r["trigger"], r["shop_id"] = "return", "return.updated", 1
	return s.Sign(encode(r))
}

// Sign signs a body as it is.
func (s *Server) Sign(body []byte) (http.Header, []byte) {
	mac := hmac.New(sha256.New, []byte(s.Secret))
	mac.Write(body)
	header := http.Header{"Content-Type": {"application/json"}}
	header.Set("X-Loop-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return header, body
}

// SignEscaped signs a body with slashes escaped and without newlines, and delivers it as it is: the form of Loop's documentation.
func (s *Server) SignEscaped(body []byte) (http.Header, []byte) {
	form := strings.NewReplacer("\r", "", "\n", "", "/", `\/`).Replace(strings.ReplaceAll(string(body), `\/`, "/"))
	header, _ := s.Sign([]byte(form))
	return header, body
}

func encode(content any) []byte {
	data, err := json.Marshal(content)
	if err != nil {
		return nil
	}
	return data
}

func clone(r Object) Object {
	decoder := json.NewDecoder(strings.NewReader(string(encode(r))))
	decoder.UseNumber()
	copied := Object{}
	_ = decoder.Decode(&copied)
	return copied
}

func parse(v any) time.Time {
	for _, layout := range []string{time.RFC3339Nano, details} {
		if at, err := time.Parse(layout, text(v)); err == nil {
			return at.UTC()
		}
	}
	return time.Time{}
}

func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}
