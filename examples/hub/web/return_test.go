package web_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/returns"
)

// TestInspect records what was found in the units of a return, and nothing that cannot be.
func TestInspect(t *testing.T) {
	t.Parallel()
	w := open(t)
	const page = "/returns/desk/main/7"
	lines := url.Values{"line.0": {"1"}, "line.3": {"4"}}
	for name, test := range map[string]struct {
		fields  map[string]string
		refuses error
		status  int
		says    string
		told    string
	}{
		"a unit":            {fields: map[string]string{"found.0.damaged": "1", "found.0.sellable": " 1 "}, status: http.StatusSeeOther, told: `[{1 [{1 sellable   } {1 damaged   }] person}]`},
		"half a metre":      {fields: map[string]string{"found.3.refurbish": "0.5", "found.3.wrong_item": "2"}, status: http.StatusSeeOther, told: `[{4 [{0.5 refurbish   } {2 wrong_item   }] person}]`},
		"two lines":         {fields: map[string]string{"found.0.missing": "1", "found.3.sellable": "2.50"}, status: http.StatusSeeOther, told: `[{1 [{1 damaged   } {1 missing   }] person} {4 [{2.50 sellable   }] person}]`},
		"nothing":           {status: http.StatusBadRequest, says: "No units were given"},
		"what is known":     {fields: map[string]string{"found.0.damaged": "1"}, status: http.StatusBadRequest, says: "No units were given"},
		"of a line at rest": {fields: map[string]string{"found.2.sellable": "1", "found.1.sellable": "1"}, status: http.StatusBadRequest, says: "No units were given"},
		"too many":          {fields: map[string]string{"found.0.sellable": "2"}, status: http.StatusBadRequest, says: "3 units are more than the 2 of the return"},
		"far too many":      {fields: map[string]string{"found.0.sellable": "9999999999999999999", "found.0.missing": "9999999999999999999"}, status: http.StatusBadRequest, says: "Nothing was recorded"},
		"fewer":             {fields: map[string]string{"found.0.damaged": "0", "found.0.sellable": "2"}, status: http.StatusBadRequest, says: "1 were found damaged before"},
		"negative":          {fields: map[string]string{"found.0.sellable": "-1"}, status: http.StatusBadRequest, says: "is no number of units"},
		"no number":         {fields: map[string]string{"found.3.sellable": evil}, status: http.StatusBadRequest, says: "is no number of units"},
		"very long":         {fields: map[string]string{"found.3.sellable": "1" + strings.Repeat("0", 60_000)}, status: http.StatusBadRequest, says: "is no number of units"},
		"another line":      {fields: map[string]string{"line.0": "9", "found.0.sellable": "1"}, status: http.StatusBadRequest, says: "has changed meanwhile"},
		"one bad of two":    {fields: map[string]string{"found.0.sellable": "1", "found.3.sellable": "x"}, status: http.StatusBadRequest, says: "CLOTH"},
		"it is refused": {fields: map[string]string{"found.0.sellable": "1"}, refuses: &returns.Refusal{Problem: "the lot of " + evil + " is unknown", WayOut: "read it again"},
			status: http.StatusBadRequest, says: "read it again.", told: `[{1 [{1 sellable   } {1 damaged   }] person}]`},
		"it fails": {fields: map[string]string{"found.0.sellable": "1"}, refuses: errors.New("Odoo at " + evil), status: http.StatusServiceUnavailable, says: "did not work",
			told: `[{1 [{1 sellable   } {1 damaged   }] person}]`},
	} {
		form := url.Values{}
		for field, values := range lines {
			form[field] = values
		}
		for field, value := range test.fields {
			form.Set(field, value)
		}
		w.mu.Lock()
		w.told, w.refuses = nil, test.refuses
		w.mu.Unlock()
		got := w.send(t, page, page+"/inspect", form)
		if got.status != test.status || !strings.Contains(got.body, test.says) {
			t.Errorf("%s: %d, want %d and %q:\n%s", name, got.status, test.status, test.says, got.body)
		}
		if found := asks(got.body); found != "" {
			t.Errorf("%s: the page has %q", name, found)
		}
		if to := got.header.Get("Location"); test.status == http.StatusSeeOther && to != page+"?done=inspected" {
			t.Errorf("%s leads to %q", name, to)
		}
		var want []string
		if test.told != "" {
			want = []string{"desk/main/7 Ada Lovelace " + test.told}
		}
		if diff := cmp.Diff(want, w.told); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	for _, path := range []string{"/returns/desk/main/none", "/returns/desk/main/none/x"} {
		if got := w.get(t, path); got.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.status)
		}
	}
}
