package privacy

import (
	"errors"
	"fmt"

	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/worker"
)

// Stores are where personal data may be. Those that are absent are passed over.
type Stores struct {
	// Worker's ledger must be a [worker.Eraser].
	Worker *worker.Worker
	// Store must be an [idempotency.Eraser].
	Store idempotency.Store
	// Journals are files of a SealedJournal. None of them may be open in any process: give those that were rotated away.
	Journals []Journal
}

// Journal is a file with its key.
type Journal struct {
	Path string
	Key  []byte
}

// ErrCannotErase says that a store cannot forget. Nothing was erased anywhere.
var ErrCannotErase = errors.New("privacy: a store cannot erase")

// eraser returns the store's capability.
func (s Stores) eraser() (idempotency.Eraser, error) {
	if s.Store == nil {
		return nil, nil
	}
	eraser, able := s.Store.(idempotency.Eraser)
	if !able {
		return nil, fmt.Errorf("%w: %T is no idempotency.Eraser", ErrCannotErase, s.Store)
	}
	return eraser, nil
}
