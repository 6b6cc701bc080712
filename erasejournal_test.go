package retailsync_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
)

func personalEvents(n int) []canonical.Event {
	all := auditEvents(n)
	for i := range all {
		all[i].Subject.ID = []string{"1", "2", "3"}[i%3]
		all[i].Summary = "note of Jane Doe"
		all[i].Data = map[string]json.RawMessage{"email": json.RawMessage(`"jane@example.com"`)}
	}
	return all
}

func ofOrder(id string) retailsync.JournalErasure {
	return retailsync.JournalErasure{
		Chosen: func(e canonical.Event) bool { return e.Subject.ID == id }, By: "dora", Reason: "request 7", At: time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC),
	}
}

func readJournal(t *testing.T, file string) ([]canonical.Event, retailsync.Seal) {
	t.Helper()
	var got []canonical.Event
	seal, err := retailsync.VerifyJournal(strings.NewReader(file), auditKey, func(e canonical.Event) error { got = append(got, e); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return got, seal
}

// TestErasedJournalStillProves erases one of three orders from a file that is then continued.
func TestErasedJournalStillProves(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal")
	events := personalEvents(9)
	before := strings.Join(sealed(t, events), "") + "\n"
	if err := os.WriteFile(path, []byte(before), 0o640); err != nil {
		t.Fatal(err)
	}
	dry, err := retailsync.EraseJournalFile(path, auditKey, ofOrder("2"), true)
	if err != nil || len(dry.Events) != 3 {
		t.Fatal(dry, err)
	}
	if now, err := os.ReadFile(path); err != nil || string(now) != before {
		t.Error("a dry run wrote", err)
	}
	erased, err := retailsync.EraseJournalFile(path, auditKey, ofOrder("2"), false)
	if err != nil || erased.Sealed != 0 {
		t.Fatal(erased, err)
	}
	if diff := cmp.Diff(dry.Events, erased.Events); diff != "" {
		t.Error(diff)
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(after), "Jane Doe"); n != 6 {
		t.Errorf("%d events still say it, want 6", n)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Error(info.Mode(), err)
	}
	got, seal := readJournal(t, string(after))
	want := append([]canonical.Event{}, events...)
	for i := range want {
		if want[i].Subject.ID == "2" {
			want[i].Summary, want[i].Data = "", nil
		}
	}
	ask := ofOrder("2")
	want = append(want, canonical.Event{ID: "journal.erased/10", Type: canonical.EventJournalErased, At: ask.At, Actor: "dora", Summary: "request 7"})
	if diff := cmp.Diff(want, got); diff != "" || seal != erased.Last {
		t.Error(diff, seal, erased.Last)
	}
	// Again it finds nothing, and the file goes on.
	again, err := retailsync.EraseJournalFile(path, auditKey, ofOrder("2"), false)
	if err != nil || len(again.Events) != 0 || again.Last != seal {
		t.Error(again, err)
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	journal, err := retailsync.OpenSealedJournal(file, auditKey)
	if err != nil || journal.Last() != seal {
		t.Fatal(err)
	}
	if err := journal.Append(t.Context(), auditEvents(1)...); err != nil {
		t.Fatal(err)
	}
	if _, err := retailsync.EraseJournalFile(path, auditKey, ofOrder("1"), false); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(path + ".*"); len(left) > 0 {
		t.Error("files are left", left)
	}
}

// TestErasingIsNoWayToTamper takes a private part out, changes it or moves it without a line that says so, and hides an erasure.
func TestErasingIsNoWayToTamper(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var file bytes.Buffer
		whole := strings.Join(sealed(t, personalEvents(rapid.IntRange(2, 6).Draw(t, "events"))), "") + "\n"
		if _, err := retailsync.EraseJournal(&file, strings.NewReader(whole), auditKey, ofOrder("1")); err != nil {
			t.Fatal(err)
		}
		var lines []map[string]json.RawMessage
		for line := range strings.Lines(file.String()) {
			var parsed map[string]json.RawMessage
			if err := json.Unmarshal([]byte(line), &parsed); err != nil {
				t.Fatal(err)
			}
			lines = append(lines, parsed)
		}
		last := len(lines) - 1
		switch kind := rapid.SampledFrom([]string{"take", "change", "salt", "digest", "more", "fewer", "hide"}).Draw(t, "kind"); kind {
		case "take":
			delete(lines[1], "private")
		case "change":
			lines[1]["private"] = bytes.ReplaceAll(lines[1]["private"], []byte("Jane"), []byte("Joan"))
		case "salt":
			lines[1]["private"] = bytes.Replace(lines[1]["private"], []byte(`"salt":"`), []byte(`"salt":"A`), 1)
		case "digest":
			delete(lines[1], "private")
			delete(lines[1], "digest")
		case "more":
			delete(lines[1], "private")
			lines[last]["erases"] = json.RawMessage(`[1,2]`)
		case "fewer":
			delete(lines[last], "erases")
		case "hide":
			lines = lines[:last]
		}
		var changed strings.Builder
		for _, line := range lines {
			written, err := json.Marshal(ordered(line))
			if err != nil {
				t.Fatal(err)
			}
			changed.Write(append(written, '\n'))
		}
		_, err := retailsync.VerifyJournal(strings.NewReader(changed.String()), auditKey, nil)
		if tampered := (*retailsync.TamperedError)(nil); !errors.As(err, &tampered) {
			t.Fatalf("it does not show: %v\n%s", err, changed.String())
		}
	})
}

// ordered writes a line's members in the order of a journal.
func ordered(line map[string]json.RawMessage) any {
	return struct {
		Number  json.RawMessage `json:"number"`
		Event   json.RawMessage `json:"event"`
		Private json.RawMessage `json:"private,omitempty"`
		Digest  json.RawMessage `json:"digest,omitempty"`
		Erases  json.RawMessage `json:"erases,omitempty"`
		Sum     json.RawMessage `json:"sum"`
	}{line["number"], line["event"], line["private"], line["digest"], line["erases"], line["sum"]}
}

// TestFormerJournals reads a journal that an older version wrote, whose lines are sealed whole, and continues it.
func TestFormerJournals(t *testing.T) {
	t.Parallel()
	former, err := os.ReadFile("testdata/journal-former.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	got, seal := readJournal(t, string(former))
	if diff := cmp.Diff(auditEvents(2), got, cmpopts.EquateEmpty()); diff != "" || seal.Lines != 2 {
		t.Error(diff, seal)
	}
	file := bytes.NewBuffer(bytes.Clone(former))
	if err := retailsync.NewSealedJournal(file, auditKey, seal).Append(t.Context(), personalEvents(1)...); err != nil {
		t.Fatal(err)
	}
	var to bytes.Buffer
	erased, err := retailsync.EraseJournal(&to, file, auditKey, ofOrder("1"))
	if err != nil || erased.Sealed != 2 || len(erased.Events) != 1 {
		t.Error(erased, err)
	}
	readJournal(t, to.String())
}

func TestErasingAsksForAll(t *testing.T) {
	t.Parallel()
	for _, change := range []func(*retailsync.JournalErasure){
		func(a *retailsync.JournalErasure) { a.Chosen = nil }, func(a *retailsync.JournalErasure) { a.By = "" },
		func(a *retailsync.JournalErasure) { a.Reason = "" }, func(a *retailsync.JournalErasure) { a.At = time.Time{} },
	} {
		ask := ofOrder("1")
		change(&ask)
		if _, err := retailsync.EraseJournal(nil, strings.NewReader(""), auditKey, ask); err == nil {
			t.Errorf("%+v is accepted", ask)
		}
	}
	cut := strings.Join(sealed(t, personalEvents(3)), "")
	if _, err := retailsync.EraseJournal(io.Discard, strings.NewReader(cut[:len(cut)-9]), auditKey, ofOrder("1")); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
	path := filepath.Join(t.TempDir(), "journal")
	if err := os.WriteFile(path, []byte(cut[:len(cut)-9]), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := retailsync.EraseJournalFile(path, auditKey, ofOrder("1"), false); err == nil {
		t.Error("a journal that was cut off is replaced")
	}
	if left, _ := filepath.Glob(path + "*"); len(left) != 1 {
		t.Error("files are left", left)
	}
}
