package idempotency

import (
	"context"
)

// Revision implements [RevisionStore].
func (m *Memory) Revision(ctx context.Context, key Key) (Revision, bool, error) {
	if err := key.Validate(); err != nil {
		return Revision{}, false, err
	}
	shard, _, err := m.enter(ctx, key)
	if err != nil {
		return Revision{}, false, err
	}
	defer shard.mu.Unlock()
	revision, known := shard.revisions[key]
	return revision, known, nil
}

// Revisions implements [RevisionStore].
func (m *Memory) Revisions(ctx context.Context, keys []Key) (map[Key]Revision, error) {
	found := make(map[Key]Revision, len(keys))
	for _, key := range keys {
		revision, known, err := m.Revision(ctx, key)
		if err != nil {
			return nil, err
		}
		if known {
			found[key] = revision
		}
	}
	return found, nil
}

// PutRevision implements [RevisionStore].
func (m *Memory) PutRevision(ctx context.Context, key Key, revision Revision) (bool, error) {
	if err := ValidateRevision(key, revision); err != nil {
		return false, err
	}
	shard, _, err := m.enter(ctx, key)
	if err != nil {
		return false, err
	}
	defer shard.mu.Unlock()
	return shard.putRevision(key, revision, m.limit), nil
}

// PutRevisions implements [RevisionStore]. Other callers may see a part of it before it returns.
func (m *Memory) PutRevisions(ctx context.Context, revisions []KeyedRevision) ([]bool, error) {
	for _, each := range revisions {
		if err := ValidateRevision(each.Key, each.Revision); err != nil {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	stored := make([]bool, len(revisions))
	for i, each := range revisions {
		shard := m.shard(each.Key)
		shard.mu.Lock()
		stored[i] = shard.putRevision(each.Key, each.Revision, m.limit)
		shard.mu.Unlock()
	}
	return stored, nil
}

func (s *memoryShard) putRevision(key Key, revision Revision, limit int) bool {
	stored, known := s.revisions[key]
	if known && revision.Against(stored) != Newer {
		return false
	}
	if !known && limit > 0 && len(s.revisions) >= limit {
		for some := range s.revisions {
			delete(s.revisions, some)
			break
		}
	}
	s.revisions[key] = revision.Normal()
	return true
}

// Cursor implements [CursorStore].
func (m *Memory) Cursor(ctx context.Context, name string) (string, error) {
	if err := ValidateCursor(name, ""); err != nil {
		return "", err
	}
	shard, _, err := m.enter(ctx, cursorKey(name))
	if err != nil {
		return "", err
	}
	defer shard.mu.Unlock()
	return shard.cursors[name], nil
}

// PutCursor implements [CursorStore].
func (m *Memory) PutCursor(ctx context.Context, name, value string) error {
	if err := ValidateCursor(name, value); err != nil {
		return err
	}
	shard, _, err := m.enter(ctx, cursorKey(name))
	if err != nil {
		return err
	}
	defer shard.mu.Unlock()
	shard.cursors[name] = value
	return nil
}

// cursorKey chooses the shard of a cursor.
func cursorKey(name string) Key { return Key{Scope: "cursor", ID: name} }

var (
	_ Store         = (*Memory)(nil)
	_ RevisionStore = (*Memory)(nil)
	_ CursorStore   = (*Memory)(nil)
)
