package idempotency

import (
	"bytes"
	"context"
	"time"
)

// Eraser is a store that can forget parts of what it keeps, so that a person's right to that can be carried out. It is optional; the
// stores of this module implement it.
type Eraser interface {
	// Rewrite hands each text that the store keeps to rewrite, and keeps what that returns instead; an equal one changes nothing, an empty
	// one is kept as empty. Keys, states, times, fingerprints, revisions and whether there is a result stay, so that what was done stays
	// done. Claims in flight are left to their owners, and a text that changes meanwhile is left as it is then: another Rewrite
	// sees both. It returns how many texts were changed. It may be repeated, and ends in the middle with an error.
	//
	// Rewrite may be called with a lock held: it must not call the store.
	Rewrite(ctx context.Context, rewrite func(Kept) []byte) (changed int, err error)
}

// Kept is a text that a store keeps.
type Kept struct {
	Part Part
	// Key, State and UpdatedAt are those of the claim; zero for a cursor.
	Key       Key
	State     State
	UpdatedAt time.Time
	// Cursor is the cursor's name; empty for a claim.
	Cursor string
	// Content is never empty. It is the caller's to keep.
	Content []byte
}

// Part is what a kept text is.
type Part string

// The parts.
const (
	PartData   Part = "data"   // of a checkpoint
	PartResult Part = "result" // of a claim that was settled
	PartCursor Part = "cursor" // a cursor's value
)

// Rewrite asks rewrite what to keep instead of an old text of the claim or cursor that k names, and says whether that is another one. It
// is for implementers of an [Eraser].
func (k Kept) Rewrite(part Part, old []byte, rewrite func(Kept) []byte) (text []byte, differs bool) {
	if len(old) == 0 {
		return old, false
	}
	k.Part, k.Content = part, bytes.Clone(old)
	text = rewrite(k)
	return text, !bytes.Equal(text, old)
}
