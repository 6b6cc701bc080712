package retailsync_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
)

var auditKey = []byte("a key that the journal's host does not keep")

func auditEvents(n int) []canonical.Event {
	all := make([]canonical.Event, n)
	for i := range all {
		all[i] = canonical.Event{
			ID: strings.Repeat("x", i%7+1), Type: canonical.EventOrderCreated, At: time.Date(2026, 1, 2, 3, 4, i, 0, time.UTC),
			Subject: canonical.Key{Channel: testChannel, ID: "1"}, Summary: "created <&> \u2028",
		}
	}
	return all
}

// sealed is a journal of events, line by line.
func sealed(t interface{ Fatal(...any) }, events []canonical.Event) []string {
	var file bytes.Buffer
	if err := retailsync.NewSealedJournal(&file, auditKey, retailsync.Seal{}).Append(context.Background(), events...); err != nil {
		t.Fatal(err)
	}
	return strings.SplitAfter(strings.TrimSuffix(file.String(), "\n"), "\n")
}

func TestSealedJournalReadsBack(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal")
	want := auditEvents(5)
	var last retailsync.Seal
	for i := range want { // each by a process of its own
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		journal, err := retailsync.OpenSealedJournal(file, auditKey)
		if err != nil {
			t.Fatal(err)
		}
		if journal.Last() != last {
			t.Errorf("it continues %v, want %v", journal.Last(), last)
		}
		if err := journal.Append(t.Context(), want[i]); err != nil {
			t.Fatal(err)
		}
		last = journal.Last()
		if _, err := file.WriteString(`{"number":99,"ev`); err != nil { // it dies while it writes the next
			t.Fatal(err)
		}
		file.Close()
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var got []canonical.Event
	seal, err := retailsync.VerifyJournal(file, auditKey, func(e canonical.Event) error { got = append(got, e); return nil })
	if !errors.Is(err, io.ErrUnexpectedEOF) || seal != last || seal.Lines != 5 {
		t.Errorf("%v, %v; want %v and a last line that is cut off", seal, err, last)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestTamperingShows changes a journal in every way and expects that it shows.
func TestTamperingShows(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines := sealed(t, auditEvents(rapid.IntRange(2, 8).Draw(t, "events")))
		lines[len(lines)-1] += "\n"
		whole := strings.Join(lines, "")
		at := rapid.IntRange(0, len(lines)-1).Draw(t, "line")
		changed, key := "", auditKey
		switch kind := rapid.SampledFrom([]string{"byte", "drop", "twice", "swap", "key", "forge"}).Draw(t, "kind"); kind {
		case "byte":
			i := rapid.IntRange(0, len(whole)-2).Draw(t, "byte")
			b := []byte(whole)
			b[i] ^= byte(1 << rapid.IntRange(0, 6).Draw(t, "bit"))
			changed = string(b)
		case "drop":
			if at == len(lines)-1 {
				at-- // the end is for those who keep the last seal
			}
			changed = strings.Join(append(append([]string{}, lines[:at]...), lines[at+1:]...), "")
		case "twice":
			changed = strings.Join(lines[:at+1], "") + strings.Join(lines[at:], "")
		case "swap":
			other := (at + 1) % len(lines)
			lines[at], lines[other] = lines[other], lines[at]
			changed = strings.Join(lines, "")
		case "key":
			changed, key = whole, []byte("another")
		case "forge": // by somebody without the key
			var file bytes.Buffer
			if err := retailsync.NewSealedJournal(&file, nil, retailsync.Seal{}).Append(context.Background(), auditEvents(3)...); err != nil {
				t.Fatal(err)
			}
			changed = file.String()
		}
		_, err := retailsync.VerifyJournal(strings.NewReader(changed), key, nil)
		var tampered *retailsync.TamperedError
		if !errors.As(err, &tampered) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("it does not show: %v\n%s", err, changed)
		}
	})
	// What was cut off at the end shows by the seal that was kept.
	lines := sealed(t, auditEvents(3))
	short, err := retailsync.VerifyJournal(strings.NewReader(strings.Join(lines[:2], "")), auditKey, nil)
	if err != nil || short.Lines != 2 {
		t.Error(short, err)
	}
}

// TestCutJournalShowsByItsSeal cuts a journal at its end and has a process go on with it, as somebody would who covers up the last lines.
func TestCutJournalShowsByItsSeal(t *testing.T) {
	t.Parallel()
	write := func(path string, events ...canonical.Event) retailsync.Seal {
		t.Helper()
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		journal, err := retailsync.OpenSealedJournal(file, auditKey)
		if err != nil {
			t.Fatal(err)
		}
		if err := journal.Append(t.Context(), events...); err != nil {
			t.Fatal(err)
		}
		return journal.Last()
	}
	check := func(path string, kept ...retailsync.Seal) (verified, opened error) {
		t.Helper()
		file, err := os.OpenFile(path, os.O_RDWR, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		_, verified = retailsync.VerifyJournal(file, auditKey, nil, kept...)
		_, opened = retailsync.OpenSealedJournal(file, auditKey, kept...)
		return verified, opened
	}
	events := auditEvents(9)
	path := filepath.Join(t.TempDir(), "journal")
	early := write(path, events[:3]...)
	kept := write(path, events[3:6]...)
	if verified, opened := check(path, early, kept, retailsync.Seal{}); verified != nil || opened != nil {
		t.Fatalf("whole: %v, %v", verified, opened)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(whole, []byte("\n"))
	for name, content := range map[string][]byte{
		"a line": bytes.Join(lines[:5], nil), "all after the early seal": bytes.Join(lines[:3], nil), "everything": {},
		"the last line's end": whole[:len(whole)-1],
	} {
		cut := filepath.Join(t.TempDir(), "journal")
		if err := os.WriteFile(cut, content, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, stage := range []string{"cut off", "and gone on with"} {
			var tampered *retailsync.TamperedError
			verified, opened := check(cut, early, kept)
			if !errors.As(verified, &tampered) || !errors.As(opened, &tampered) {
				t.Errorf("%s %s does not show: %v, %v", name, stage, verified, opened)
			}
			write(cut, events[6:]...)
			write(cut, events[6:]...)
		}
	}
	write(path, events[6:]...)
	if verified, opened := check(path, early, kept); verified != nil || opened != nil {
		t.Errorf("whole and longer: %v, %v", verified, opened)
	}
}

// TestTwoWritersOfOneJournal has two processes open one file, as in a rolling restart: what the first has written must not be written over.
func TestTwoWritersOfOneJournal(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal")
	open := func() *retailsync.SealedJournal {
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
		journal, err := retailsync.OpenSealedJournal(file, auditKey)
		if err != nil {
			t.Fatal(err)
		}
		return journal
	}
	events := auditEvents(5)
	older := open()
	if err := older.Append(t.Context(), events[:2]...); err != nil {
		t.Fatal(err)
	}
	newer := open()
	if err := newer.Append(t.Context(), events[2:]...); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := older.Append(t.Context(), events[0]); err == nil || !strings.Contains(err.Error(), "another process") {
			t.Errorf("the older one writes, too: %v", err)
		}
	}
	if err := newer.Append(t.Context()); err != nil {
		t.Error(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var got []canonical.Event
	if _, err := retailsync.VerifyJournal(file, auditKey, func(e canonical.Event) error { got = append(got, e); return nil }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(events, got); diff != "" {
		t.Error(diff)
	}
}

// brokenFile takes some bytes and no more.
type brokenFile struct{ left int }

func (b *brokenFile) Write(p []byte) (int, error) {
	if len(p) > b.left {
		n := b.left
		b.left = 0
		return n, io.ErrShortWrite
	}
	b.left -= len(p)
	return len(p), nil
}

func TestSealedJournalStopsAtABrokenFile(t *testing.T) {
	t.Parallel()
	file := &brokenFile{left: 500}
	journal := retailsync.NewSealedJournal(file, auditKey, retailsync.Seal{})
	failed := false
	for range 5 {
		err := journal.Append(t.Context(), auditEvents(1)...)
		if failed && err == nil {
			t.Error("it goes on after half a line")
		}
		if failed = failed || err != nil; failed {
			file.left = 5000
		}
	}
	if !failed {
		t.Error("the file did not break")
	}
}

func FuzzVerifyJournal(f *testing.F) {
	f.Add([]byte(strings.Join(sealed(f, auditEvents(2)), "")))
	f.Add([]byte("{}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		seal, err := retailsync.VerifyJournal(bytes.NewReader(data), auditKey, nil)
		if err == nil && len(data) > 0 && seal.Lines == 0 {
			t.Error("lines without a seal hold")
		}
	})
}
