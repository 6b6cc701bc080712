package product

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestWindowOf(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	at := func(hours int) time.Time { return now.Add(time.Duration(hours) * time.Hour) }
	none := time.Time{}
	for _, test := range []struct {
		name  string
		spans []span
		want  Window
		ok    bool
	}{
		{"none", nil, Window{}, false},
		{"over", []span{{at(-3), at(-1)}}, Window{}, false},
		{"open", []span{{at(-1), at(2)}}, Window{From: at(-1), Until: at(2), Open: true, Outside: at(2)}, true},
		{"ends now", []span{{at(-1), now}}, Window{}, false},
		{"begins now", []span{{now, at(1)}}, Window{From: now, Until: at(1), Open: true, Outside: at(1)}, true},
		{"to come", []span{{at(1), at(2)}}, Window{From: at(1), Until: at(2), Outside: now}, true},
		{"the next of two", []span{{at(5), at(6)}, {at(1), at(2)}}, Window{From: at(1), Until: at(2), Outside: now}, true},
		{"without an end", []span{{at(-2), none}}, Window{From: at(-2), Open: true, Outside: at(-2).Add(-time.Second)}, true},
		{"without a beginning", []span{{none, at(2)}}, Window{Until: at(2), Open: true, Outside: at(2)}, true},
		{"one within another", []span{{at(-9), at(9)}, {at(-1), at(1)}}, Window{From: at(-1), Until: at(1), Open: true, Outside: at(9)}, true},
		{"one after another", []span{{at(-1), at(1)}, {at(1), at(2)}}, Window{From: at(-1), Until: at(1), Open: true, Outside: at(2)}, true},
		{"always", []span{{none, at(2)}, {at(1), none}}, Window{Until: at(1), Open: true}, true},
	} {
		got, ok := windowOf(test.spans, now)
		if diff := cmp.Diff(test.want, got); diff != "" || ok != test.ok {
			t.Errorf("%s: %t (-want +got):\n%s", test.name, ok, diff)
		}
	}
}

// A window that is found is open or to come, a rule holds within it, and none outside.
func TestWindowsHold(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		var spans []span
		for range rapid.IntRange(0, 5).Draw(t, "rules") {
			from := rapid.IntRange(-20, 20).Draw(t, "from")
			s := span{now.Add(time.Duration(from) * time.Minute), now.Add(time.Duration(from+rapid.IntRange(1, 20).Draw(t, "minutes")) * time.Minute)}
			if rapid.IntRange(0, 5).Draw(t, "open") == 0 {
				s.from = time.Time{}
			}
			if rapid.IntRange(0, 5).Draw(t, "endless") == 0 {
				s.until = time.Time{}
			}
			spans = append(spans, s)
		}
		holds := func(at time.Time) bool {
			for _, s := range spans {
				if s.holds(at) {
					return true
				}
			}
			return false
		}
		w, ok := windowOf(spans, now)
		if !ok {
			if holds(now) {
				t.Fatal("a rule holds, and no window was found")
			}
			return
		}
		if w.Open != holds(now) || !holds(w.Inside(now)) {
			t.Errorf("no rule holds within %+v", w)
		}
		if !w.Outside.IsZero() && holds(w.Outside) {
			t.Errorf("a rule holds outside of %+v", w)
		}
		if !w.Until.IsZero() && !w.Until.After(w.Inside(now)) {
			t.Errorf("%+v is over", w)
		}
	})
}
