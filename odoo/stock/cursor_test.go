package stock

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/odoo"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A cursor that was stored says the same.
func TestCursorIsStored(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows := make([]changedRow, rapid.IntRange(0, 200).Draw(t, "rows"))
		for i := range rows {
			rows[i] = changedRow{ID: rapid.Int64Range(1, 1<<40).Draw(t, "id"), move: rapid.Bool().Draw(t, "move"), at: noon}
		}
		p := position{At: noon, From: noon.Add(-time.Minute), Seen: look(rows, noon.Add(-time.Minute), seen{})}
		for range rapid.IntRange(0, 5).Draw(t, "folds") {
			p.Seen.fold()
		}
		cursor, err := p.cursor()
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseCursor(cursor)
		p.Version = cursorVersion
		if diff := cmp.Diff(p, again, cmp.AllowUnexported(seen{})); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	})
}

func FuzzCursor(f *testing.F) {
	f.Add(`{"v":2,"at":"2026-03-01T12:00:00Z","from":"2026-03-01T11:55:00Z","seen":{"shift":2,"sums":"AgECAwQDBQYHCA"}}`)
	f.Add(`{"v":2,"at":"2026-03-01T12:00:00.5+01:00","from":"2026-03-01T11:55:00Z","seen":{}}`)
	f.Add(`{"v":1,"at":"2026-03-01T12:00:00Z","seen":{"q1":"2026-03-01 12:00:00 5 0"}}`)
	f.Add(``)
	f.Fuzz(func(t *testing.T, body string) {
		p, err := parseCursor(Cursor(body))
		if err != nil {
			if odoo.CodeOf(err) != odoo.CodeBadArguments {
				t.Errorf("the code is %q: %v", odoo.CodeOf(err), err)
			}
			return
		}
		cursor, err := p.cursor()
		if err != nil {
			return // a time outside the years of JSON
		}
		again, err := parseCursor(cursor)
		if diff := cmp.Diff(p, again, cmpopts.EquateEmpty(), cmp.AllowUnexported(seen{})); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	})
}

// A rounded quantity is a whole number of steps and no further than half a step away.
func TestUnitRounds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ rounding, quantity, want string }{
		{"1", "2.5", "3"}, {"1", "-2.5", "-3"}, {"0.01", "2.005", "2.01"}, {"0.25", "1.3", "1.25"}, {"0", "1.23456", "1.23456"}, {"12", "17", "12"},
	} {
		got, err := Unit{Rounding: decimal.MustParse(test.rounding)}.round(decimal.MustParse(test.quantity))
		if err != nil || got.Cmp(decimal.MustParse(test.want)) != 0 {
			t.Errorf("%s in steps of %s: %s, %v, want %s", test.quantity, test.rounding, got, err, test.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		step := decimal.MustNew(rapid.Int64Range(1, 5000).Draw(t, "step"), 3)
		quantity := decimal.MustNew(rapid.Int64Range(-1e9, 1e9).Draw(t, "quantity"), 4)
		rounded, err := Unit{Rounding: step}.round(quantity)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, err := rounded.QuoRem(step)
		if err != nil || !rest.IsZero() {
			t.Fatalf("%s is not a number of steps of %s (%v)", rounded, step, err)
		}
		moved, err := rounded.Sub(quantity)
		if err != nil {
			t.Fatal(err)
		}
		if twice, err := moved.Add(moved); err != nil || twice.CmpAbs(step) > 0 {
			t.Fatalf("%s became %s in steps of %s", quantity, rounded, step)
		}
	})
}

// A location lies in a place if its path leads through it; ids that begin alike do not.
func TestPlaceHolds(t *testing.T) {
	t.Parallel()
	warehouse := place{path: "1/7/"}
	for path, want := range map[string]bool{"1/7/": true, "1/7/8/": true, "1/70/": false, "1/": false, "": false, "2/1/7/": false} {
		if got := warehouse.holds(path); got != want {
			t.Errorf("%q: %t", path, got)
		}
	}
}

func TestKits(t *testing.T) {
	t.Parallel()
	k := kitsOf([]bomRow{
		{ID: 1, Product: odoo.Many2One{ID: 10}, Template: odoo.Many2One{ID: 5}},
		{ID: 2, Template: odoo.Many2One{ID: 6}},
	})
	for _, test := range []struct {
		product, template int64
		want              bool
	}{{10, 5, true}, {11, 5, false}, {12, 6, true}} {
		row := productRow{ID: test.product, Template: odoo.Many2One{ID: test.template}}
		if got := k.has(row); got != test.want {
			t.Errorf("product %d of %d is a kit: %t, want %t", test.product, test.template, got, test.want)
		}
	}
	if kitsOf(nil).any() || !k.any() {
		t.Error("no kits are told wrongly")
	}
}
