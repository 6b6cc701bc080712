package retailsync

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"sync"

	"github.com/retailsync/retailsync/canonical"
)

// SealedJournal is an audit trail that cannot be changed unnoticed: one JSON object per line, each sealed together with the seal of the
// line before. Who has the key can prove with [VerifyJournal] that no line was changed, left out, added or moved; who has not cannot
// forge one. That lines were cut off at the end shows only to those who keep the [Seal] of the last one somewhere else, and give it to
// [OpenSealedJournal] or to [VerifyJournal], now or when other lines have followed.
//
// What an event says beyond ids, its summary and its data, is sealed by a salted digest of it, so that [EraseJournal] can take it out of a
// line and the seals still hold.
//
// It is safe for use by several goroutines, and for one process at a time: give each process a file of its own. A journal that
// [OpenSealedJournal] returned refuses to write over what another process has written since.
type SealedJournal struct {
	key []byte

	mu   sync.Mutex
	file io.Writer
	// opened is the file where its end can be looked up, and size where it must be.
	opened io.Seeker
	size   int64
	last   Seal
	err    error // a line may be half written: nothing may follow it
}

// Seal says how far a journal goes, and what it holds until there. The zero value is that of an empty one.
type Seal struct {
	// Lines is how many there are.
	Lines int64 `json:"lines"`
	// Sum is the seal of the last one.
	Sum string `json:"sum"`
}

// sealedLine is one line.
type sealedLine struct {
	Number int64 `json:"number"`
	// Event is sealed as it is written, byte for byte.
	Event json.RawMessage `json:"event"`
	// Private is the rest of the event, which may be erased. It is sealed by Digest alone, and its absence by a later line's Erases.
	Private *privatePart `json:"private,omitempty"`
	Digest  string       `json:"digest,omitempty"`
	// Erases are the numbers of lines whose private part was taken out.
	Erases []int64 `json:"erases,omitempty"`
	Sum    string  `json:"sum"`
}

// privatePart is what of an event may have to be forgotten.
type privatePart struct {
	// Salt keeps the digest of what was erased from being guessed.
	Salt string `json:"salt"`
	// Said is written as it is digested, byte for byte.
	Said json.RawMessage `json:"said"`
}

// said is what an event says beyond ids.
type said struct {
	Summary string                     `json:"summary,omitempty"`
	Data    map[string]json.RawMessage `json:"data,omitempty"`
}

func (p *privatePart) digest() string {
	sum := sha256.New()
	_, _ = fmt.Fprintf(sum, "retailsync journal private part 1\n%s\n%s", p.Salt, p.Said) // a hash never fails
	return hex.EncodeToString(sum.Sum(nil))
}

// newLine seals an event after the lines before it.
func newLine(key []byte, before Seal, event canonical.Event, erases []int64) (sealedLine, error) {
	line := sealedLine{Number: before.Lines + 1, Erases: erases}
	if event.Summary != "" || len(event.Data) > 0 {
		written, err := json.Marshal(said{event.Summary, event.Data})
		if err != nil {
			return line, err
		}
		line.Private = &privatePart{Salt: rand.Text(), Said: written}
		line.Digest = line.Private.digest()
		event.Summary, event.Data = "", nil
	}
	var err error
	if line.Event, err = json.Marshal(event); err != nil {
		return line, err
	}
	line.Sum = line.seal(key, before)
	return line, nil
}

func (l sealedLine) write() ([]byte, error) {
	written, err := json.Marshal(l)
	return append(written, '\n'), err
}

// event puts the event together again.
func (l sealedLine) event() (canonical.Event, error) {
	var event canonical.Event
	if err := json.Unmarshal(l.Event, &event); err != nil {
		return event, err
	}
	if l.Private != nil {
		var rest said
		if err := json.Unmarshal(l.Private.Said, &rest); err != nil {
			return event, err
		}
		event.Summary, event.Data = rest.Summary, rest.Data
	}
	return event, nil
}

// NewSealedJournal returns a journal that writes to the end of file, after the lines that last is the seal of. Without a key the lines
// are linked and not signed: whoever can write the file can write it anew.
func NewSealedJournal(file io.Writer, key []byte, last Seal) *SealedJournal {
	return &SealedJournal{key: bytes.Clone(key), file: file, last: last}
}

// OpenSealedJournal verifies what a file holds and returns a journal that continues it. A last line that was cut off when its writer died
// is taken off the file; anything else that is wrong is a [*TamperedError]: so is a file that does not hold the lines that one of the kept
// seals was the last of.
func OpenSealedJournal(file interface {
	io.ReadWriteSeeker
	Truncate(size int64) error
}, key []byte, kept ...Seal,
) (*SealedJournal, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	last, size, err := verify(file, key, nil, kept)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	if err := file.Truncate(size); err != nil {
		return nil, err
	}
	if _, err := file.Seek(size, io.SeekStart); err != nil {
		return nil, err
	}
	journal := NewSealedJournal(file, key, last)
	journal.opened, journal.size = file, size
	return journal, nil
}

var errOtherWriter = errors.New("another process has written to it since it was opened: give each process a journal of its own, or end the other one and open it again")

// Append implements [Journal]. After an error of the file nothing more is written: open it again.
func (j *SealedJournal) Append(_ context.Context, events ...canonical.Event) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	var lines []byte
	last := j.last
	for _, event := range events {
		line, err := newLine(j.key, last, event, nil)
		if err != nil {
			return err
		}
		written, err := line.write()
		if err != nil {
			return err
		}
		last = Seal{Lines: line.Number, Sum: line.Sum}
		lines = append(lines, written...)
	}
	if j.err != nil {
		return j.err
	}
	if err := j.write(lines); err != nil {
		j.err = fmt.Errorf("write the journal: %w", err)
		return j.err
	}
	j.last = last
	return nil
}

func (j *SealedJournal) write(lines []byte) error {
	if j.opened != nil {
		end, err := j.opened.Seek(0, io.SeekEnd)
		switch {
		case err != nil:
			return err
		case end != j.size:
			return errOtherWriter
		}
		j.size += int64(len(lines))
	}
	_, err := j.file.Write(lines)
	return err
}

// Last is the seal of all that was written: keep it where the journal's file cannot be changed, such as in another system's log, from time to
// time and before the process ends.
func (j *SealedJournal) Last() Seal {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.last
}

// seal seals the line after those before it.
func (l sealedLine) seal(key []byte, before Seal) string {
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "%s\n%d\n%s", before.Sum, before.Lines+1, l.Event) // a hash never fails
	if l.Digest != "" || len(l.Erases) > 0 {
		// An event as it is written holds no line break, so what follows cannot be part of one.
		_, _ = fmt.Fprintf(mac, "\n%s\n%d", l.Digest, l.Erases)
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// TamperedError says where a sealed journal is not what was written.
type TamperedError struct {
	// Line counts from 1.
	Line    int64
	Problem string
}

// Error names the line and what is wrong with it. It shows nothing of the line.
func (e *TamperedError) Error() string {
	return fmt.Sprintf("line %d of the journal %s: compare it with a copy; do not continue this file", e.Line, e.Problem)
}

// VerifyJournal reads what a [SealedJournal] wrote, from its first line, hands each event on, and returns the seal of all of it. Kept are seals
// that [SealedJournal.Last] or VerifyJournal returned earlier: the journal must go on from each of them, so that lines which were cut off
// show, also if others were written after them. Events are handed on once the seal of their line has held; those that were erased without
// summary and data.
//
// Errors: a [*TamperedError] for a line that is not what was written, or that is missing by a seal that was kept; [io.ErrUnexpectedEOF]
// where the last line was cut off, after all before it held; and what each returns.
func VerifyJournal(r io.Reader, key []byte, each func(canonical.Event) error, kept ...Seal) (Seal, error) {
	last, _, err := verify(r, key, each, kept)
	return last, err
}

func verify(r io.Reader, key []byte, each func(canonical.Event) error, kept []Seal) (last Seal, size int64, err error) {
	sums := map[int64][]string{}
	for _, seal := range kept {
		sums[seal.Lines] = append(sums[seal.Lines], seal.Sum)
	}
	last, size, err = readLines(r, key, func(line sealedLine) error {
		for _, sum := range sums[line.Number] {
			if !hmac.Equal([]byte(sum), []byte(line.Sum)) {
				return &TamperedError{Line: line.Number, Problem: "is another than the one whose seal was kept: lines were cut off before it and others written"}
			}
		}
		event, err := line.event()
		switch {
		case err != nil:
			return &TamperedError{Line: line.Number, Problem: "holds no event"}
		case each == nil:
			return nil
		}
		return each(event)
	})
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return last, size, err
	}
	for _, seal := range kept {
		if seal.Lines > last.Lines {
			return last, size, &TamperedError{Line: last.Lines + 1, Problem: fmt.Sprintf("is missing, as are all to line %d, whose seal was kept", seal.Lines)}
		}
	}
	return last, size, err
}

// readLines hands on each line whose seal has held, and returns the size of the lines that hold, too.
func readLines(r io.Reader, key []byte, each func(sealedLine) error) (last Seal, size int64, err error) {
	lines := bufio.NewReader(r)
	gaps := map[int64]bool{} // lines without their private part, until a line says that it was erased
	for {
		text, err := lines.ReadBytes('\n')
		switch {
		case errors.Is(err, io.EOF) && len(text) == 0:
			for _, line := range slices.Sorted(maps.Keys(gaps)) {
				return last, size, &TamperedError{Line: line, Problem: "has lost what it said, and no line says that it was erased"}
			}
			return last, size, nil
		case errors.Is(err, io.EOF):
			return last, size, io.ErrUnexpectedEOF
		case err != nil:
			return last, size, fmt.Errorf("read the journal: %w", err)
		}
		wrong := func(problem string) error { return &TamperedError{Line: last.Lines + 1, Problem: problem} }
		var line sealedLine
		if json.Unmarshal(text, &line) != nil {
			return last, size, wrong("cannot be read")
		}
		again, err := line.write()
		switch {
		case err != nil || !bytes.Equal(again, text):
			return last, size, wrong("was written otherwise")
		case line.Number != last.Lines+1:
			return last, size, wrong("has the number " + strconv.FormatInt(line.Number, 10) + ": lines are missing or were added")
		case !hmac.Equal([]byte(line.Sum), []byte(line.seal(key, last))):
			return last, size, wrong("does not have the seal that its content and the lines before it give, or the key is another")
		case line.Private != nil && !hmac.Equal([]byte(line.Digest), []byte(line.Private.digest())):
			return last, size, wrong("says something else than what was sealed")
		case line.Private == nil && line.Digest != "":
			gaps[line.Number] = true
		}
		for _, number := range line.Erases {
			delete(gaps, number)
		}
		if err := each(line); err != nil {
			return last, size, err
		}
		last, size = Seal{Lines: line.Number, Sum: line.Sum}, size+int64(len(text))
	}
}
