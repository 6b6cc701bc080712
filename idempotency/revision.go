package idempotency

import (
	"context"
	"time"
)

// Revision says which version of an entity was last applied. Channels deliver late, twice and out of
// order; the newest revision wins.
type Revision struct {
	// UpdatedAt is the entity's own time of change, by its channel's clock, to the microsecond. Zero if
	// the channel has none; then only the digest counts.
	UpdatedAt time.Time
	// Digest is a hash of what matters of the entity, such as a [Fingerprint]. Two changes in one
	// second differ by it.
	Digest string
}

// Age is how a revision stands to the one that is stored.
type Age string

// The ages of a revision.
const (
	// Newer: apply it. It changed later, or at the same time with another digest.
	Newer Age = "newer"
	// Same: it was applied already.
	Same Age = "same"
	// Stale: a newer one was applied already.
	Stale Age = "stale"
)

// Against says how r stands to the stored revision.
func (r Revision) Against(stored Revision) Age {
	r, stored = r.Normal(), stored.Normal()
	switch {
	case r.UpdatedAt.Before(stored.UpdatedAt):
		return Stale
	case r.UpdatedAt.Equal(stored.UpdatedAt) && r.Digest == stored.Digest:
		return Same
	}
	return Newer
}

// Normal returns r as stores keep it: UTC, whole microseconds.
func (r Revision) Normal() Revision {
	r.UpdatedAt = r.UpdatedAt.UTC().Truncate(time.Microsecond)
	return r
}

// KeyedRevision is a revision with the entity that it is of.
type KeyedRevision struct {
	Key      Key
	Revision Revision
}

// RevisionStore remembers the newest applied revision of each entity. It is a memory that saves work,
// not a lock: two processes may apply the same revision at once. The stores of this module implement it
// beside [Store].
type RevisionStore interface {
	// Revision returns the stored revision of key and whether there is one.
	Revision(ctx context.Context, key Key) (Revision, bool, error)
	// Revisions returns the stored revisions of keys; keys without one are not in the map.
	Revisions(ctx context.Context, keys []Key) (map[Key]Revision, error)
	// PutRevision stores revision after it was applied, and says whether it did: it is ignored unless it
	// is [Newer] than the stored one.
	PutRevision(ctx context.Context, key Key, revision Revision) (stored bool, err error)
	// PutRevisions is PutRevision for several entities in one transaction, in the order given. The
	// answer has one element per revision.
	PutRevisions(ctx context.Context, revisions []KeyedRevision) (stored []bool, err error)
}

// RevisionLister is a [RevisionStore] that can also say what it remembers, for work that has nothing else to say which
// entities there are. The stores of this module implement it.
type RevisionLister interface {
	RevisionStore
	// ListRevisions returns the stored revisions of a scope whose ID comes after the given one, in byte order of their
	// IDs, at most limit; an empty after begins at the first. It only reads. What is stored meanwhile may be missing.
	ListRevisions(ctx context.Context, scope, after string, limit int) ([]KeyedRevision, error)
}
