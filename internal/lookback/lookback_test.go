package lookback

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

var overlap = Overlap{Short: 5 * time.Minute, Long: 24 * time.Hour, Every: time.Hour}

// A record is news when its time or what matters of it is another, also within one second.
func TestNote(t *testing.T) {
	t.Parallel()
	p := Begin(noon, noon)
	for _, step := range []struct {
		name string
		kind string
		id   int64
		look string
		want bool
	}{
		{"new", "d", 1, Look(noon, ""), true},
		{"the same again", "d", 1, Look(noon, ""), false},
		{"changed within the same second", "d", 1, Look(noon, "NR-1"), true},
		{"another model's record of that id", "l", 1, Look(noon, "NR-1"), true},
		{"later", "d", 1, Look(noon.Add(time.Second), "NR-1"), true},
		{"committed late, from before", "d", 2, Look(noon.Add(-time.Minute), ""), true},
		{"that again", "d", 2, Look(noon.Add(-time.Minute), ""), false},
	} {
		if got := p.Note(step.kind, step.id, step.look); got != step.want {
			t.Errorf("%s: %t, want %t", step.name, got, step.want)
		}
	}
	if p.At != noon.Unix()+1 {
		t.Errorf("the position is at %d", p.At)
	}
}

// Each read looks a little behind, and once in a while far behind.
func TestFrom(t *testing.T) {
	t.Parallel()
	p := Begin(noon, noon)
	for _, step := range []struct {
		after, want time.Duration
	}{
		{time.Minute, -5 * time.Minute}, {59 * time.Minute, -5 * time.Minute}, {time.Hour, -24 * time.Hour}, {61 * time.Minute, -5 * time.Minute},
		{2 * time.Hour, -24 * time.Hour}, {-time.Hour, -24 * time.Hour}, // a clock that was put back
	} {
		if got := p.From(noon.Add(step.after), overlap); !got.Equal(noon.Add(step.want)) {
			t.Errorf("after %s: from %s, want %s", step.after, got, noon.Add(step.want))
		}
	}
}

// A position stays bounded, fits what stores take, keeps the newest, and says the same when it was stored.
func TestTrim(t *testing.T) {
	t.Parallel()
	o := overlap
	o.Short = time.Hour
	p := Begin(noon, noon)
	for id := range int64(MostSeen + 500) {
		p.Note("d", 1<<40+id, Look(noon.Add(time.Duration(id)*time.Second), strconv.FormatInt(id, 10)))
	}
	p.Note("d", 1, Look(noon.Add(-2*time.Hour)))
	p.Trim(o)
	oldest, newest := "d"+strconv.FormatInt(1<<40, 36), "d"+strconv.FormatInt(1<<40+1999, 36)
	if len(p.Seen) != MostSeen || p.Seen["d1"] != "" || p.Seen[oldest] != "" || p.Seen[newest] == "" {
		t.Errorf("%d records are remembered, or not the newest", len(p.Seen))
	}
	text, err := p.Text()
	if err != nil || len(text) > 64<<10 {
		t.Fatalf("%d bytes, %v", len(text), err)
	}
	again, ok := Parse(text)
	p.Version = version
	if diff := cmp.Diff(p, again); !ok || diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

// Whatever is read, nothing new is passed by, and nothing is named twice in a row.
func TestNoteProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := Begin(noon, noon)
		last := map[int64]string{}
		for range rapid.IntRange(1, 40).Draw(t, "rows") {
			id := rapid.Int64Range(1, 5).Draw(t, "id")
			look := Look(noon.Add(time.Duration(rapid.IntRange(-2, 2).Draw(t, "at"))*time.Second), rapid.SampledFrom([]string{"", "A", "B"}).Draw(t, "what"))
			if news := last[id] != look; p.Note("d", id, look) != news {
				t.Fatalf("%d as %s: named %t", id, look, !news)
			}
			last[id] = look
		}
	})
}

// No stored text makes a position panic, and what is taken is written again alike.
func FuzzParse(f *testing.F) {
	p := Begin(noon, noon)
	p.Note("d", 1, Look(noon, ""))
	text, err := p.Text()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(`{"v":1,"at":1,"seen":{"":"-","a":"zzzzzzzzzzzzzzzzzzzz-"}}`)
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := Parse(text)
		if !ok {
			return
		}
		p.From(noon, overlap)
		p.Trim(overlap)
		again, err := p.Text()
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := Parse(again); !ok {
			t.Errorf("written again as %s", again)
		}
	})
}
