package rulebook_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/rulebook"
)

var ann = rulebook.Decision{By: "ann", Reason: "new VAT"}

func edition(n int, team string) []byte {
	return fmt.Appendf(nil, "version: 1\nedition: %d\n# a comment\nchannels:\n  shop/main: {team: %s}\n", n, team)
}

func open(t *testing.T, folder string) *rulebook.Book {
	t.Helper()
	book, err := rulebook.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// team is that of the rules in service.
func team(t *testing.T, book *rulebook.Book) string {
	t.Helper()
	rules, err := book.Rules()
	if err != nil {
		t.Fatal(err)
	}
	for _, channel := range rules.Channels {
		return channel.Team.Name
	}
	return ""
}

func promote(t *testing.T, book *rulebook.Book, n int, name string) {
	t.Helper()
	if _, err := book.Promote(edition(n, name), ann, false); err != nil {
		t.Fatal(err)
	}
}

func TestBook(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "rules")
	book := open(t, folder)
	if _, err := book.Rules(); !errors.Is(err, rulebook.ErrEmpty) {
		t.Error(err)
	}
	if _, err := book.Rollback(ann, false); !errors.Is(err, rulebook.ErrEmpty) {
		t.Error(err)
	}
	if p, err := book.Promote(edition(1, "A"), ann, true); err != nil || len(p.Channels) != 1 {
		t.Error(p, err)
	}
	if files, _ := os.ReadDir(folder); len(files) != 0 {
		t.Error("a dry run wrote", files)
	}
	promote(t, book, 1, "A")
	if _, err := book.Rollback(ann, false); !errors.Is(err, rulebook.ErrNoWayBack) {
		t.Error(err)
	}
	promote(t, book, 2, "B")
	promote(t, book, 2, "B") // again: nothing
	promote(t, book, 5, "C")
	book = open(t, folder) // another process
	if got := team(t, book); got != "C" {
		t.Error(got)
	}
	for _, want := range []string{"B", "A"} {
		dry, err := book.Rollback(ann, true)
		if err != nil {
			t.Fatal(err)
		}
		done, err := book.Rollback(rulebook.Decision{By: "bob", Reason: "it was wrong"}, false)
		if err != nil || team(t, book) != want || !strings.Contains(done.String(), "-> "+want) {
			t.Errorf("rolled back to %s, want %s: %s, %v", team(t, book), want, done, err)
		}
		if diff := cmp.Diff(dry, done); diff != "" {
			t.Error(diff)
		}
	}
	if _, err := book.Rollback(ann, false); !errors.Is(err, rulebook.ErrNoWayBack) {
		t.Error(err)
	}
	// What was rolled back may come again, and an edition says one thing for ever.
	promote(t, book, 2, "B")
	if _, err := book.Promote(edition(5, "D"), ann, false); err == nil || !strings.Contains(err.Error(), "said something else") {
		t.Error(err)
	}
	var older *mapping.EditionError
	if _, err := book.Promote(edition(1, "X"), ann, false); !errors.As(err, &older) {
		t.Error(err)
	}
	var bad *mapping.RulesError
	if _, err := book.Promote([]byte("version: 1\n"), ann, false); !errors.As(err, &bad) {
		t.Error(err)
	}
	for _, decision := range []rulebook.Decision{{By: "ann"}, {Reason: "x"}} {
		if _, err := book.Promote(edition(9, "X"), decision, false); err == nil {
			t.Error("nobody promotes, or for no reason")
		}
		if _, err := book.Rollback(decision, false); err == nil {
			t.Error("nobody rolls back, or for no reason")
		}
	}
	log, err := book.Log()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range log {
		got = append(got, fmt.Sprintf("%d<%d %t %s", e.Edition, e.Before, e.Back, e.By))
	}
	want := []string{"1<0 false ann", "2<1 false ann", "5<2 false ann", "2<5 true bob", "1<2 true bob", "2<1 false ann"}
	if diff := cmp.Diff(want, got); diff != "" || team(t, book) != "B" {
		t.Error(diff)
	}
}

// TestBookSurvives cuts the log off at every byte of its last line, and changes files.
func TestBookSurvives(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	book := open(t, folder)
	promote(t, book, 1, "A")
	log := filepath.Join(folder, "log.jsonl")
	first, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	promote(t, book, 2, "B")
	whole, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	for cut := len(first); cut <= len(whole); cut++ {
		if err := os.WriteFile(log, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		want := "A"
		if cut == len(whole) {
			want = "B"
		}
		if got := team(t, book); got != want {
			t.Fatalf("cut off at %d it is %s", cut, got)
		}
		promote(t, book, 2, "B") // as the next process does
		if again, err := book.Log(); err != nil || len(again) != 2 || team(t, book) != "B" {
			t.Fatalf("cut off at %d it goes on as %v, %v", cut, again, err)
		}
	}
	var damaged *rulebook.DamagedError
	if err := os.WriteFile(filepath.Join(folder, "edition-000002.yaml"), edition(2, "evil"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := book.Rules(); !errors.As(err, &damaged) {
		t.Errorf("an edition that was changed is used: %v", err)
	}
	if err := os.Remove(filepath.Join(folder, "edition-000002.yaml")); err != nil {
		t.Fatal(err)
	}
	if _, err := book.Rules(); !errors.As(err, &damaged) {
		t.Errorf("an edition that is gone: %v", err)
	}
	if err := os.WriteFile(log, append([]byte("{}\n"), whole...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := book.Rules(); !errors.As(err, &damaged) {
		t.Errorf("a log with another line: %v", err)
	}
}
