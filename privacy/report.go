package privacy

import (
	"fmt"
	"strings"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/worker"
)

// Report says what was erased, or with Dry what would be. It holds no personal data, so that it can be kept as the proof.
type Report struct {
	Dry bool
	// Events are events of the ledger that were erased. EventsLeft are those that should be: pending ones, and dead letters unless the request
	// includes them. Decide about them, and erase again.
	Events, EventsLeft []worker.Record
	// Texts are texts of the store that were erased. TextsLeft belong to work that is not finished and needs them.
	Texts, TextsLeft []Text
	Journals         []JournalReport
}

// Text is a text of the store, by its place.
type Text struct {
	// Name is "scope/id" of a claim or the cursor's name, Part which of its texts.
	Name, Part string
}

// JournalReport is what was erased from a journal.
type JournalReport struct {
	Path string
	retailsync.JournalErased
}

// Done reports whether nothing is left that should be erased.
func (r Report) Done() bool {
	for _, journal := range r.Journals {
		if journal.Sealed > 0 {
			return false
		}
	}
	return len(r.EventsLeft) == 0 && len(r.TextsLeft) == 0
}

// String is the report in a few lines.
func (r Report) String() string {
	var b strings.Builder
	verb := "erased"
	if r.Dry {
		verb = "would be erased"
	}
	fmt.Fprintf(&b, "%d events %s, %d left\n", len(r.Events), verb, len(r.EventsLeft))
	for _, each := range r.EventsLeft {
		fmt.Fprintf(&b, "  left: event %d of %s %s is %s\n", each.Seq, each.Channel, each.Key, each.State)
	}
	fmt.Fprintf(&b, "%d texts of the store %s, %d left\n", len(r.Texts), verb, len(r.TextsLeft))
	for _, each := range r.TextsLeft {
		fmt.Fprintf(&b, "  left: %s of %s is not finished\n", each.Part, each.Name)
	}
	for _, each := range r.Journals {
		fmt.Fprintf(&b, "%d events of journal %s %s; keep its seal: %d lines, %s\n", len(each.Events), each.Path, verb, each.Last.Lines, each.Last.Sum)
		if each.Sealed > 0 {
			fmt.Fprintf(&b, "  left: %d lines that an older version wrote cannot be erased without breaking the seals\n", each.Sealed)
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}
