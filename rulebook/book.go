package rulebook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/retailsync/retailsync/mapping"
)

// Book is a folder of editions. It may be used from several goroutines that only read.
type Book struct {
	folder string
	now    func() time.Time
}

// Entry is a line of the log.
type Entry struct {
	At time.Time `json:"at"`
	// Edition is in service from then on, and Digest what it says.
	Edition int    `json:"edition"`
	Digest  string `json:"digest"`
	// Before is the edition that was in service until then; 0 for none. Back: it is a roll back.
	Before int    `json:"before,omitempty"`
	Back   bool   `json:"back,omitempty"`
	By     string `json:"by"`
	Reason string `json:"reason"`
}

// Decision is who decides and why; both are kept.
type Decision struct{ By, Reason string }

// The errors of a book.
var (
	// ErrEmpty says that nothing is in service yet.
	ErrEmpty = errors.New("rulebook: nothing is in service yet: promote rules")
	// ErrNoWayBack says that no edition was in service before.
	ErrNoWayBack = errors.New("rulebook: no edition was in service before this one")
)

// DamagedError says that a file of the book is not what was written.
type DamagedError struct{ File, Problem string }

// Error names the file and the way out.
func (e *DamagedError) Error() string {
	return fmt.Sprintf("rulebook: %s %s: restore it from a copy", e.File, e.Problem)
}

// Open opens the book in a folder, which is made if it is not there.
func Open(folder string) (*Book, error) {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return nil, fmt.Errorf("rulebook: %w", err)
	}
	return &Book{folder: folder, now: time.Now}, nil
}

func (b *Book) logFile() string { return filepath.Join(b.folder, "log.jsonl") }

func (b *Book) editionFile(edition int) string {
	return filepath.Join(b.folder, fmt.Sprintf("edition-%06d.yaml", edition))
}

// Log returns all that was put into service, the first first.
func (b *Book) Log() ([]Entry, error) {
	entries, _, err := b.log()
	return entries, err
}

// log returns the size of the whole lines, too: what follows is one that was cut off when its writer died.
func (b *Book) log() ([]Entry, int64, error) {
	text, err := os.ReadFile(b.logFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("rulebook: %w", err)
	}
	text = text[:bytes.LastIndexByte(text, '\n')+1]
	var entries []Entry
	for line := range bytes.Lines(text) {
		var entry Entry
		if json.Unmarshal(line, &entry) != nil || entry.Digest == "" {
			return nil, 0, &DamagedError{File: "log.jsonl", Problem: fmt.Sprintf("has a line %d that cannot be read", len(entries)+1)}
		}
		entries = append(entries, entry)
	}
	return entries, int64(len(text)), nil
}

// Rules returns the rules in service. [ErrEmpty] if there are none.
func (b *Book) Rules() (*mapping.Rules, error) {
	entries, err := b.Log()
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 {
		return nil, ErrEmpty
	}
	last := entries[len(entries)-1]
	return b.read(last.Edition, last.Digest)
}

func (b *Book) read(edition int, digest string) (*mapping.Rules, error) {
	name := filepath.Base(b.editionFile(edition))
	text, err := os.ReadFile(b.editionFile(edition))
	if err != nil {
		return nil, &DamagedError{File: name, Problem: "cannot be read"}
	}
	rules, err := mapping.LoadBytes(text, name)
	if err != nil {
		return nil, fmt.Errorf("rulebook: %w", err)
	}
	if rules.Digest() != digest {
		return nil, &DamagedError{File: name, Problem: "does not say what was put into service"}
	}
	return rules, nil
}

// Promote puts rules into service and returns what changes. With dry it only says so. Rules that say what those in service say change
// nothing. Errors: those of [mapping.Load] and [mapping.Promote]; an edition that was in service once may not say something else later. A
// running service has the new rules when it reads them next.
func (b *Book) Promote(text []byte, decision Decision, dry bool) (mapping.Promotion, error) {
	if err := decision.validate(); err != nil {
		return mapping.Promotion{}, err
	}
	rules, err := mapping.LoadBytes(text, "the new rules")
	if err != nil {
		return mapping.Promotion{}, err
	}
	before, err := b.Rules()
	if err != nil && !errors.Is(err, ErrEmpty) {
		return mapping.Promotion{}, err
	}
	promotion, err := mapping.Promote(before, rules)
	if err != nil || promotion.FromDigest == promotion.ToDigest {
		return promotion, err
	}
	entries, err := b.Log()
	if err != nil {
		return promotion, err
	}
	for _, entry := range entries {
		if entry.Edition == rules.Edition && entry.Digest != promotion.ToDigest {
			return promotion, fmt.Errorf("rulebook: edition %d was in service on %s and said something else: give these rules a higher one", entry.Edition, entry.At.Format(time.DateOnly))
		}
	}
	if dry {
		return promotion, nil
	}
	if err := b.keep(rules.Edition, text); err != nil {
		return promotion, err
	}
	return promotion, b.enter(Entry{Edition: rules.Edition, Digest: promotion.ToDigest, Before: promotion.From, By: decision.By, Reason: decision.Reason})
}

// Rollback puts the edition into service that was before the present one, and returns what that changes. Once more goes back further, to what
// was in service before that edition was first promoted. [ErrNoWayBack] if there is none.
func (b *Book) Rollback(decision Decision, dry bool) (mapping.Promotion, error) {
	if err := decision.validate(); err != nil {
		return mapping.Promotion{}, err
	}
	entries, err := b.Log()
	if err != nil {
		return mapping.Promotion{}, err
	}
	if len(entries) == 0 {
		return mapping.Promotion{}, ErrEmpty
	}
	// The way back is by promotions: a roll back is no step that another one takes back.
	var path []Entry
	for _, entry := range entries {
		if entry.Back {
			path = path[:len(path)-1]
		} else {
			path = append(path, entry)
		}
	}
	if len(path) < 2 {
		return mapping.Promotion{}, ErrNoWayBack
	}
	present, former := path[len(path)-1], path[len(path)-2]
	from, err := b.read(present.Edition, present.Digest)
	if err != nil {
		return mapping.Promotion{}, err
	}
	to, err := b.read(former.Edition, former.Digest)
	if err != nil {
		return mapping.Promotion{}, err
	}
	change := mapping.Promotion{From: from.Edition, To: to.Edition, FromDigest: present.Digest, ToDigest: former.Digest, Channels: mapping.DiffChannels(from, to)}
	if dry {
		return change, nil
	}
	return change, b.enter(Entry{Edition: to.Edition, Digest: former.Digest, Before: from.Edition, Back: true, By: decision.By, Reason: decision.Reason})
}

func (d Decision) validate() error {
	if d.By == "" || d.Reason == "" {
		return errors.New("rulebook: the decision must say who decides and why")
	}
	return nil
}

// keep writes an edition, whole or not at all. One that was written and never came into service is replaced.
func (b *Book) keep(edition int, text []byte) error {
	to, err := os.CreateTemp(b.folder, "new-*")
	if err != nil {
		return fmt.Errorf("rulebook: %w", err)
	}
	_, err = to.Write(text)
	err = errors.Join(err, to.Sync(), to.Close())
	if err == nil {
		err = os.Rename(to.Name(), b.editionFile(edition))
	}
	if err != nil {
		return fmt.Errorf("rulebook: write edition %d: %w", edition, errors.Join(err, os.Remove(to.Name())))
	}
	return nil
}

// enter appends to the log: from then on the edition is in service.
func (b *Book) enter(entry Entry) error {
	_, size, err := b.log()
	if err != nil {
		return err
	}
	entry.At = b.now().UTC()
	line, err := json.Marshal(entry)
	if err != nil {
		return fmt.Errorf("rulebook: %w", err)
	}
	file, err := os.OpenFile(b.logFile(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("rulebook: %w", err)
	}
	err = file.Truncate(size) // what a dead writer has left
	if err == nil {
		_, err = file.WriteAt(append(line, '\n'), size)
	}
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("rulebook: write the log: %w", err)
	}
	return nil
}
