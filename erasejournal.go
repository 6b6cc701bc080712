package retailsync

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/retailsync/retailsync/canonical"
)

// JournalErasure is what [EraseJournal] is asked for.
type JournalErasure struct {
	// Chosen says which events are erased. It is asked about all that still say something.
	Chosen func(canonical.Event) bool
	// By and Reason are who decides and why, without personal data: both are kept. At is when.
	By, Reason string
	At         time.Time
}

// JournalErased is what came of it.
type JournalErased struct {
	// Events are those that were erased, as ids: without what they said.
	Events []canonical.Event
	// Sealed is how many were chosen and cannot be erased without breaking the seal, since an older version wrote them.
	Sealed int
	// Last is the seal of the new journal: keep it in the place of the old one's.
	Last Seal
}

// EraseJournal copies a journal, verifies it on the way, and leaves out what the chosen events say: their summaries and data. Ids, types, times and
// actors stay, and so does every seal, so that what happened is still proven. A line is added at the end that says which lines were
// erased, by whom and why: without it the gaps would count as tampering. Where nothing is chosen, nothing is added, so it may be repeated.
//
// With a nil to nothing is written, and Last is that of the journal as it is. Errors are those of [VerifyJournal], a last line that was
// cut off too: open the journal once before.
func EraseJournal(to io.Writer, from io.Reader, key []byte, ask JournalErasure) (JournalErased, error) {
	if ask.Chosen == nil || ask.By == "" || ask.Reason == "" || ask.At.IsZero() {
		return JournalErased{}, errors.New("erase the journal: say which events, by whom, why and when")
	}
	var erased JournalErased
	var numbers []int64
	write := func(line sealedLine) error {
		if to == nil {
			return nil
		}
		written, err := line.write()
		if err == nil {
			_, err = to.Write(written)
		}
		if err != nil {
			return fmt.Errorf("write the journal: %w", err)
		}
		return nil
	}
	last, _, err := readLines(from, key, func(line sealedLine) error {
		event, err := line.event()
		if err != nil {
			return &TamperedError{Line: line.Number, Problem: "holds no event"}
		}
		if (event.Summary != "" || len(event.Data) > 0) && len(line.Erases) == 0 && ask.Chosen(event) {
			if line.Private == nil {
				erased.Sealed++
			} else {
				line.Private = nil
				event.Summary, event.Data = "", nil
				numbers, erased.Events = append(numbers, line.Number), append(erased.Events, event)
			}
		}
		return write(line)
	})
	if err != nil {
		return JournalErased{}, err
	}
	erased.Last = last
	if len(numbers) == 0 || to == nil {
		return erased, nil
	}
	line, err := newLine(key, last, canonical.Event{
		ID: fmt.Sprintf("journal.erased/%d", last.Lines+1), Type: canonical.EventJournalErased, At: ask.At.UTC(), Actor: ask.By, Summary: ask.Reason,
	}, numbers)
	if err != nil {
		return JournalErased{}, err
	}
	erased.Last = Seal{Lines: line.Number, Sum: line.Sum}
	return erased, write(line)
}

// EraseJournalFile is [EraseJournal] for a file, which is replaced as a whole: whenever the process dies, the file is the old one or the
// new one. No process may have it open meanwhile, since what it appends would be lost. With dry nothing is written.
func EraseJournalFile(path string, key []byte, ask JournalErasure, dry bool) (erased JournalErased, err error) {
	from, err := os.Open(path)
	if err != nil {
		return JournalErased{}, err
	}
	defer from.Close()
	if dry {
		return EraseJournal(nil, bufio.NewReader(from), key, ask)
	}
	info, err := from.Stat()
	if err != nil {
		return JournalErased{}, err
	}
	to, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return JournalErased{}, err
	}
	defer func() {
		if err != nil {
			erased = JournalErased{}
			err = errors.Join(err, to.Close(), os.Remove(to.Name()))
		}
	}()
	buffered := bufio.NewWriter(to)
	if erased, err = EraseJournal(buffered, bufio.NewReader(from), key, ask); err != nil {
		return erased, err
	}
	for _, step := range []func() error{
		buffered.Flush, func() error { return to.Chmod(info.Mode().Perm()) }, to.Sync, func() error { return os.Rename(to.Name(), path) },
	} {
		if err = step(); err != nil {
			return erased, err
		}
	}
	_ = to.Close() // it is synced and in place
	return erased, nil
}
