package stock

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/retailsync/retailsync/odoo"
)

// ledger answers what Changes asks, with rows and a clock as a test sets them.
type ledger struct {
	mu    sync.Mutex
	clock time.Time
	rows  map[string]map[int64]map[string]any // by model and id
	pause *interlude
	calls []string     // what was asked
	told  map[any]bool // the ids of quants that were in a reply
}

// interlude is what happens between two calls of Follow.
type interlude struct {
	after string // the call that is answered first
	then  func()
	over  chan struct{}
}

// The calls of Follow that something can happen after: the quants and their count, which are asked at once, and what
// comes before the moves, which may not be asked.
const (
	askedQuants = "stock.quant.search_read"
	askedCount  = "stock.quant.search_count"
	beforeMoves = "stock.move.search_read"
)

// between has something happen between the calls of the next Follow.
func (l *ledger) between(after string, then func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pause = &interlude{after: after, then: then, over: make(chan struct{})}
}

// resume ends what was to happen between calls, and says whether it has happened.
func (l *ledger) resume() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	open := l.pause != nil
	l.pause = nil
	return !open
}

// turn waits until a call may be answered, and returns what to do after that.
func (l *ledger) turn(call string) func() {
	l.mu.Lock()
	l.calls = append(l.calls, call)
	pause := l.pause
	l.mu.Unlock()
	nothing := func() {}
	happens := func() {
		l.resume()
		pause.then()
		close(pause.over)
	}
	switch {
	case pause == nil:
		return nothing
	case pause.after == call && call == beforeMoves:
		happens()
		return nothing
	case pause.after == call:
		return happens
	case pause.after != beforeMoves && (call == askedQuants || call == askedCount):
		<-pause.over
	}
	return nothing
}

func newLedger(t testing.TB) (*ledger, *odoo.Client) {
	t.Helper()
	l := &ledger{clock: noon, rows: map[string]map[int64]map[string]any{"stock.quant": {}, "stock.move": {}}, told: map[any]bool{}}
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	client, err := odoo.Dial(t.Context(), server.URL, odoo.APIKey("key"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return l, client
}

// put writes a row of a product with the same id at the ledger's time and returns it.
func (l *ledger) put(model string, id int64, values ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	row := map[string]any{"id": id, "product_id": id, "write_date": l.clock.Format(time.DateTime), "create_date": l.clock.Format(time.DateTime)}
	for i := 0; i < len(values); i += 2 {
		row[values[i].(string)] = values[i+1]
	}
	l.rows[model][id] = row
}

func (l *ledger) remove(model string, id int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.rows[model], id)
}

func (l *ledger) pass(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clock = l.clock.Add(d)
}

// ServeHTTP implements http.Handler.
func (l *ledger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	model, method, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/json/2/"), "/")
	defer l.turn(model + "." + method)()
	l.mu.Lock()
	defer l.mu.Unlock()
	answer := func(value any) { _ = json.NewEncoder(w).Encode(value) }
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Date", l.clock.Format(http.TimeFormat))
	var call struct {
		Domain []any  `json:"domain"`
		Limit  int    `json:"limit"`
		Order  string `json:"order"`
	}
	_ = json.NewDecoder(r.Body).Decode(&call)
	switch {
	case r.URL.Path == "/web/version":
		answer(map[string]any{"version": "19.0", "version_info": []any{19, 0}})
	case method == "context_get":
		answer(map[string]any{"uid": 2})
	case strings.HasSuffix(method, "search_read") && l.rows[model] != nil:
		var found []map[string]any
		for _, row := range l.rows[model] {
			if l.fits(row, call.Domain) {
				found = append(found, row)
			}
		}
		slices.SortFunc(found, func(a, b map[string]any) int {
			if strings.HasPrefix(call.Order, "write_date desc") {
				return strings.Compare(b["write_date"].(string), a["write_date"].(string))
			}
			return int(a["id"].(int64) - b["id"].(int64))
		})
		found = found[:min(len(found), call.Limit)]
		if model == "stock.quant" {
			for _, row := range found {
				l.told[row["id"]] = true
			}
		}
		answer(found)
	case method == "search_count" && l.rows[model] != nil:
		count := 0
		for _, row := range l.rows[model] {
			if l.fits(row, call.Domain) {
				count++
			}
		}
		answer(count)
	default:
		w.WriteHeader(http.StatusNotFound)
		answer(map[string]any{"name": "werkzeug.exceptions.NotFound", "message": fmt.Sprintf("the model '%s' does not exist", model)})
	}
}

// fits reads the conditions that are used here; all of them must hold.
func (l *ledger) fits(row map[string]any, domain []any) bool {
	for _, term := range domain {
		condition, ok := term.([]any)
		if !ok {
			continue
		}
		field, ok := condition[0].(string)
		if !ok {
			continue
		}
		switch operator := condition[1].(string); {
		case field == "id" && operator == ">":
			if row["id"].(int64) <= int64(condition[2].(float64)) {
				return false
			}
		case field == "write_date":
			compared := strings.Compare(row["write_date"].(string), condition[2].(string))
			if operator == ">=" && compared < 0 || operator == "<=" && compared > 0 {
				return false
			}
		case field == "create_date":
			// The condition with = false, for those that have none, is joined to this one by an or.
			if made, ok := row["create_date"].(string); ok && operator == "<" && made >= condition[2].(string) {
				return false
			}
		case field == "location_id" && operator == "not in":
			if slices.ContainsFunc(condition[2].([]any), func(id any) bool { return int64(id.(float64)) == row[field] }) {
				return false
			}
		case operator == "in":
			if !slices.ContainsFunc(condition[2].([]any), func(id any) bool { return int64(id.(float64)) == row[field] }) {
				return false
			}
		case field == "product_id.stock_quant_ids.write_date":
			late := func(other map[string]any) bool {
				return other["product_id"] == row["product_id"] && other["write_date"].(string) >= condition[2].(string)
			}
			if !slices.ContainsFunc(slices.Collect(maps.Values(l.rows["stock.quant"])), late) {
				return false
			}
		case operator == "child_of":
			if row["location_id"] != int64(shelf) {
				return false
			}
		case field == "is_storable", field == "company_id":
		default:
			return false
		}
	}
	return true
}
