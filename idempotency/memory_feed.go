package idempotency

import (
	"cmp"
	"context"
	"slices"
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

// ListRevisions implements [RevisionLister]. Its cost is that of all that is in the memory.
func (m *Memory) ListRevisions(ctx context.Context, scope, after string, limit int) ([]KeyedRevision, error) {
	if err := ValidateListRevisions(scope, limit); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var found []KeyedRevision
	for i := range m.shards {
		shard := &m.shards[i]
		shard.mu.Lock()
		for key, revision := range shard.revisions {
			if key.Scope == scope && key.ID > after {
				found = append(found, KeyedRevision{Key: key, Revision: revision})
			}
		}
		shard.mu.Unlock()
	}
	slices.SortFunc(found, func(a, b KeyedRevision) int { return cmp.Compare(a.Key.ID, b.Key.ID) })
	return found[:min(limit, len(found))], nil
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
	_ Store          = (*Memory)(nil)
	_ RevisionLister = (*Memory)(nil)
	_ CursorStore    = (*Memory)(nil)
)
