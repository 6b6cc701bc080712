package stock

import (
	"encoding/json"
	"fmt"
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
}

func newLedger(t testing.TB) (*ledger, *odoo.Client) {
	t.Helper()
	l := &ledger{clock: noon, rows: map[string]map[int64]map[string]any{"stock.quant": {}, "stock.move": {}}}
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
	row := map[string]any{"id": id, "product_id": id, "write_date": l.clock.Format(time.DateTime)}
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
	model, method, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/json/2/"), "/")
	switch {
	case r.URL.Path == "/web/version":
		answer(map[string]any{"version": "19.0", "version_info": []any{19, 0}})
	case method == "context_get":
		answer(map[string]any{"uid": 2})
	case method == "search_read" && l.rows[model] != nil:
		var found []map[string]any
		for _, row := range l.rows[model] {
			if fits(row, call.Domain) {
				found = append(found, row)
			}
		}
		slices.SortFunc(found, func(a, b map[string]any) int {
			if strings.HasPrefix(call.Order, "write_date desc") {
				return strings.Compare(b["write_date"].(string), a["write_date"].(string))
			}
			return int(a["id"].(int64) - b["id"].(int64))
		})
		answer(found[:min(len(found), call.Limit)])
	default:
		w.WriteHeader(http.StatusNotFound)
		answer(map[string]any{"name": "werkzeug.exceptions.NotFound", "message": fmt.Sprintf("the model '%s' does not exist", model)})
	}
}

// fits reads the conditions that Changes uses; all of them must hold.
func fits(row map[string]any, domain []any) bool {
	for _, term := range domain {
		condition, ok := term.([]any)
		if !ok {
			continue
		}
		switch field, operator := condition[0].(string), condition[1].(string); {
		case field == "id" && operator == ">":
			if row["id"].(int64) <= int64(condition[2].(float64)) {
				return false
			}
		case field == "write_date":
			compared := strings.Compare(row["write_date"].(string), condition[2].(string))
			if operator == ">=" && compared < 0 || operator == "<=" && compared > 0 {
				return false
			}
		default:
			return false
		}
	}
	return true
}
