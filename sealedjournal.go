package retailsync

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"

	"github.com/retailsync/retailsync/canonical"
)

// SealedJournal is an audit trail that cannot be changed unnoticed: one JSON object per line, each sealed together with the seal of the
// line before. Who has the key can prove with [VerifyJournal] that no line was changed, left out, added or moved; who has not cannot
// forge one. That lines were cut off at the end shows only to those who keep the [Seal] of the last one somewhere else.
//
// It is safe for use by several goroutines, and for one process at a time.
type SealedJournal struct {
	key []byte

	mu   sync.Mutex
	file io.Writer
	last Seal
	err  error // a line may be half written: nothing may follow it
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
	Sum   string          `json:"sum"`
}

// NewSealedJournal returns a journal that writes to the end of file, after the lines that last is the seal of. Without a key the lines
// are linked and not signed: whoever can write the file can write it anew.
func NewSealedJournal(file io.Writer, key []byte, last Seal) *SealedJournal {
	return &SealedJournal{key: bytes.Clone(key), file: file, last: last}
}

// OpenSealedJournal verifies what a file holds and returns a journal that continues it. A last line that was cut off when its writer died
// is taken off the file; anything else that is wrong is a [*TamperedError].
func OpenSealedJournal(file interface {
	io.ReadWriteSeeker
	Truncate(size int64) error
}, key []byte,
) (*SealedJournal, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	last, size, err := verify(file, key, nil)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	if err := file.Truncate(size); err != nil {
		return nil, err
	}
	if _, err := file.Seek(size, io.SeekStart); err != nil {
		return nil, err
	}
	return NewSealedJournal(file, key, last), nil
}

// Append implements [Journal]. After an error of the file nothing more is written: open it again.
func (j *SealedJournal) Append(_ context.Context, events ...canonical.Event) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	var lines []byte
	last := j.last
	for _, event := range events {
		written, err := json.Marshal(event)
		if err != nil {
			return err
		}
		last = Seal{Lines: last.Lines + 1, Sum: seal(j.key, last, written)}
		line, err := json.Marshal(sealedLine{Number: last.Lines, Event: written, Sum: last.Sum})
		if err != nil {
			return err
		}
		lines = append(append(lines, line...), '\n')
	}
	if j.err != nil {
		return j.err
	}
	if _, err := j.file.Write(lines); err != nil {
		j.err = fmt.Errorf("write the journal: %w", err)
		return j.err
	}
	j.last = last
	return nil
}

// Last is the seal of all that was written: keep it where the journal's file cannot be changed, such as in another system's log.
func (j *SealedJournal) Last() Seal {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.last
}

// seal seals an event after the lines before it.
func seal(key []byte, before Seal, event []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(before.Sum))
	mac.Write([]byte{'\n'})
	mac.Write(strconv.AppendInt(nil, before.Lines+1, 10))
	mac.Write([]byte{'\n'})
	mac.Write(event)
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

// VerifyJournal reads what a [SealedJournal] wrote, from its first line, hands each event on, and returns the seal of all of it: compare it
// with the one that was kept. Events are handed on once the seal of their line has held.
//
// Errors: a [*TamperedError] for a line that is not what was written; [io.ErrUnexpectedEOF] where the last line was cut off, after all
// before it held; and what each returns.
func VerifyJournal(r io.Reader, key []byte, each func(canonical.Event) error) (Seal, error) {
	last, _, err := verify(r, key, each)
	return last, err
}

// verify returns the size of the lines that hold, too.
func verify(r io.Reader, key []byte, each func(canonical.Event) error) (last Seal, size int64, err error) {
	lines := bufio.NewReader(r)
	for {
		text, err := lines.ReadBytes('\n')
		switch {
		case errors.Is(err, io.EOF) && len(text) == 0:
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
		again, err := json.Marshal(line)
		switch {
		case err != nil || !bytes.Equal(append(again, '\n'), text):
			return last, size, wrong("was written otherwise")
		case line.Number != last.Lines+1:
			return last, size, wrong("has the number " + strconv.FormatInt(line.Number, 10) + ": lines are missing or were added")
		case !hmac.Equal([]byte(line.Sum), []byte(seal(key, last, line.Event))):
			return last, size, wrong("does not have the seal that its content and the lines before it give, or the key is another")
		}
		if each != nil {
			var event canonical.Event
			if json.Unmarshal(line.Event, &event) != nil {
				return last, size, wrong("holds no event")
			}
			if err := each(event); err != nil {
				return last, size, err
			}
		}
		last, size = Seal{Lines: line.Number, Sum: line.Sum}, size+int64(len(text))
	}
}
