package stock

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/odoo"
)

// A delivery is news when its time or what matters of it is another, also within one second.
func TestNoteDelivery(t *testing.T) {
	t.Parallel()
	p := deliveryPosition{At: noon.Unix()}
	done := changedDelivery{ID: 1, Written: noon, Done: noon}
	tracked, moved, later := done, done, done
	tracked.Tracking, moved.Carrier = "NR-1", odoo.Many2One{ID: 7}
	later.Written = noon.Add(time.Second)
	late := changedDelivery{ID: 2, Written: noon.Add(-time.Minute), Done: noon.Add(-time.Minute)}
	for _, step := range []struct {
		name string
		row  changedDelivery
		want bool
	}{
		{"done", done, true},
		{"the same again", done, false},
		{"tracked within the same second", tracked, true},
		{"another carrier within it", moved, true},
		{"later", later, true},
		{"committed late, from before", late, true},
		{"that again", late, false},
	} {
		if got := p.note(step.row); got != step.want {
			t.Errorf("%s: %t, want %t", step.name, got, step.want)
		}
	}
	if p.At != noon.Unix()+1 {
		t.Errorf("the cursor is at %d", p.At)
	}
}

// A cursor stays bounded, fits what stores take, keeps the newest, and says the same when it was stored.
func TestTrimDeliveries(t *testing.T) {
	t.Parallel()
	p := deliveryPosition{At: noon.Unix(), Back: noon.Unix()}
	for id := range int64(mostSeenDeliveries + 500) {
		p.note(changedDelivery{ID: 1<<40 + id, Written: noon.Add(time.Duration(id) * time.Second), Done: noon, Tracking: strconv.FormatInt(id, 10)})
	}
	p.note(changedDelivery{ID: 1, Written: noon.Add(-time.Hour)})
	p.trim(noon.Unix())
	oldest, newest := strconv.FormatInt(1<<40, 36), strconv.FormatInt(1<<40+1999, 36)
	if len(p.Seen) != mostSeenDeliveries || p.Seen["1"] != "" || p.Seen[oldest] != "" || p.Seen[newest] == "" {
		t.Errorf("%d deliveries are remembered, or not the newest", len(p.Seen))
	}
	text, err := p.cursor()
	if err != nil || len(text) > 64<<10 {
		t.Fatalf("a cursor of %d bytes, %v", len(text), err)
	}
	back, err := parseDeliveryCursor(text)
	p.Version = deliveryCursorVersion
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, back); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

// Whatever is read, nothing that was not named before is passed by, and nothing is named twice in a row.
func TestNoteDeliveriesProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := deliveryPosition{At: 1}
		last := map[int64]string{}
		for range rapid.IntRange(1, 40).Draw(t, "rows") {
			row := changedDelivery{
				ID: rapid.Int64Range(1, 5).Draw(t, "id"), Written: noon.Add(time.Duration(rapid.IntRange(-2, 2).Draw(t, "at")) * time.Second),
				Tracking: rapid.SampledFrom([]string{"", "A", "B"}).Draw(t, "tracking"),
			}
			if news := last[row.ID] != row.look(); p.note(row) != news {
				t.Fatalf("%+v: named %t", row, !news)
			}
			last[row.ID] = row.look()
		}
	})
}

// No stored text makes the cursor panic, and what is taken is written again alike.
func FuzzDeliveryCursor(f *testing.F) {
	p := deliveryPosition{At: noon.Unix(), Back: noon.Unix()}
	p.note(changedDelivery{ID: 1, Written: noon})
	text, err := p.cursor()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add(`{"v":1,"at":1,"seen":{"":"-","a":"zzzzzzzzzzzzzzzzzzzz-"}}`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parseDeliveryCursor(DeliveryCursor(text))
		if err != nil {
			if odoo.CodeOf(err) != odoo.CodeBadArguments {
				t.Errorf("refused with %v", err)
			}
			return
		}
		p.trim(p.At)
		again, err := p.cursor()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseDeliveryCursor(again); err != nil {
			t.Errorf("written again as %s: %v", again, err)
		}
	})
}
