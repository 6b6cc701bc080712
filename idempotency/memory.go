package idempotency

import (
	"bytes"
	"container/list"
	"context"
	"fmt"
	"hash/maphash"
	"slices"
	"sync"
	"time"
)

const memoryShards = 64

// Memory is a [Store], [RevisionStore] and [CursorStore] in memory, for tests and single runs. What it
// knows ends with the process. It uses only the time package, so it works in a testing/synctest bubble.
type Memory struct {
	shards []memoryShard
	seed   maphash.Seed
	limit  int
	now    func() time.Time
}

type memoryShard struct {
	mu        sync.Mutex
	records   map[Key]*memoryRecord
	settled   *list.List // of Key, in the order in which they were completed or failed
	lastToken int64      // the largest token of a forgotten record
	revisions map[Key]Revision
	cursors   map[string]string
}

type memoryRecord struct {
	Record
	place *list.Element // in settled; nil while the record is not settled
}

// MemoryOption changes a [Memory].
type MemoryOption func(*Memory)

// WithMaxRecords bounds the memory to n claims and n revisions. A full memory forgets the claim that was
// settled first, whatever its retention, and some revision; claims that are not settled are never
// forgotten: when there are only such, Acquire fails with [ErrFull]. An n below 1 means no bound.
func WithMaxRecords(n int) MemoryOption {
	return func(m *Memory) { m.limit = max(n, 0) }
}

// NewMemory returns an empty store.
func NewMemory(options ...MemoryOption) *Memory {
	memory := &Memory{seed: maphash.MakeSeed(), now: time.Now}
	for _, option := range options {
		option(memory)
	}
	count := memoryShards
	if memory.limit > 0 {
		count = 1 // an exact bound needs one count and one order
	}
	memory.shards = make([]memoryShard, count)
	for i := range memory.shards {
		memory.shards[i] = memoryShard{
			records: map[Key]*memoryRecord{}, settled: list.New(),
			revisions: map[Key]Revision{}, cursors: map[string]string{},
		}
	}
	return memory
}

// Acquire implements [Store].
func (m *Memory) Acquire(ctx context.Context, key Key, fingerprint Fingerprint, lease time.Duration) (Claim, Record, Outcome, error) {
	if err := ValidateAcquire(key, lease); err != nil {
		return Claim{}, Record{}, "", err
	}
	shard, now, err := m.enter(ctx, key)
	if err != nil {
		return Claim{}, Record{}, "", err
	}
	defer shard.mu.Unlock()
	record, known := shard.records[key]
	outcome := Acquired
	if known {
		if outcome, err = record.Answer(fingerprint, now); err != nil || outcome == Replayed {
			return Claim{}, record.copy(), outcome, err
		}
	} else {
		if err := shard.makeRoom(m.limit); err != nil {
			return Claim{}, Record{}, "", err
		}
		record = &memoryRecord{Record: Record{
			Key: key, Fingerprint: fingerprint, FirstAt: now,
			Token: max(now.UnixMicro(), shard.lastToken+1) - 1,
		}}
		shard.records[key] = record
	}
	record.State, record.LeaseUntil = StateInFlight, now.Add(lease)
	record.Token++
	record.Attempt++
	record.touch(now)
	return record.copy().Claim(), record.copy(), outcome, nil
}

// Extend implements [Store].
func (m *Memory) Extend(ctx context.Context, claim Claim, lease time.Duration) (Claim, error) {
	if err := ValidateLease(lease); err != nil {
		return Claim{}, err
	}
	err := m.write(ctx, claim, StateInFlight, nil, func(record *memoryRecord, now time.Time) {
		record.LeaseUntil = now.Add(lease)
		claim.LeaseUntil = record.LeaseUntil
	})
	if err != nil {
		return Claim{}, err
	}
	return claim, nil
}

// Checkpoint implements [Store].
func (m *Memory) Checkpoint(ctx context.Context, claim Claim, name string, data []byte) error {
	if err := ValidateCheckpoint(name, data); err != nil {
		return err
	}
	return m.write(ctx, claim, StateInFlight, nil, func(record *memoryRecord, _ time.Time) {
		record.Checkpoint, record.Data = name, bytes.Clone(data)
	})
}

// Complete implements [Store].
func (m *Memory) Complete(ctx context.Context, claim Claim, result []byte, retention time.Duration) error {
	return m.settle(ctx, claim, StateCompleted, result, retention)
}

// Fail implements [Store].
func (m *Memory) Fail(ctx context.Context, claim Claim, result []byte, retention time.Duration) error {
	return m.settle(ctx, claim, StateFailed, result, retention)
}

// Release implements [Store].
func (m *Memory) Release(ctx context.Context, claim Claim) error {
	return m.write(ctx, claim, StateReleased, nil, func(record *memoryRecord, _ time.Time) {
		record.State = StateReleased
	})
}

// Abandon implements [Store].
func (m *Memory) Abandon(ctx context.Context, claim Claim, reason []byte) error {
	return m.settle(ctx, claim, StateIndeterminate, reason, 0)
}

// Resolve implements [Store].
func (m *Memory) Resolve(ctx context.Context, key Key, state State, result []byte, retention time.Duration) error {
	if err := ValidateResolve(key, state, result, retention); err != nil {
		return err
	}
	shard, now, err := m.enter(ctx, key)
	if err != nil {
		return err
	}
	defer shard.mu.Unlock()
	record, known := shard.records[key]
	if !known {
		return notFound(key)
	}
	if state == StateReleased {
		result = nil
	}
	if record.State != StateIndeterminate {
		if record.State == state && bytes.Equal(record.Result, result) {
			return nil
		}
		return Conflict(key, record.Record, ErrNotIndeterminate)
	}
	if state == StateReleased {
		record.State, record.Result, record.FirstAt = StateReleased, nil, now
	} else {
		shard.settle(record, state, result, expiry(now, retention))
	}
	record.touch(now)
	return nil
}

// Get implements [Store].
func (m *Memory) Get(ctx context.Context, key Key) (Record, error) {
	if err := key.Validate(); err != nil {
		return Record{}, err
	}
	shard, _, err := m.enter(ctx, key)
	if err != nil {
		return Record{}, err
	}
	defer shard.mu.Unlock()
	record, known := shard.records[key]
	if !known {
		return Record{}, notFound(key)
	}
	return record.copy(), nil
}

// Prune implements [Store].
func (m *Memory) Prune(ctx context.Context, limit int) (int, error) {
	pruned := 0
	for i := range m.shards {
		if err := ctx.Err(); err != nil {
			return pruned, err
		}
		pruned += m.shards[i].prune(m.clock(), limit-pruned)
	}
	return pruned, nil
}

func (m *Memory) settle(ctx context.Context, claim Claim, state State, result []byte, retention time.Duration) error {
	if err := ValidateResult(result, retention); err != nil {
		return err
	}
	return m.write(ctx, claim, state, result, func(record *memoryRecord, now time.Time) {
		m.shard(claim.Key).settle(record, state, result, expiry(now, retention))
	})
}

// write changes the record of a claim that still holds. A record that is in the target state already
// by the same claim, with the same result, is left alone: the write is a repetition.
func (m *Memory) write(ctx context.Context, claim Claim, target State, result []byte, change func(*memoryRecord, time.Time)) error {
	if err := claim.Key.Validate(); err != nil {
		return err
	}
	shard, now, err := m.enter(ctx, claim.Key)
	if err != nil {
		return err
	}
	defer shard.mu.Unlock()
	record, known := shard.records[claim.Key]
	switch {
	case !known:
		return Conflict(claim.Key, Record{}, ErrLeaseLost)
	case record.Token != claim.Token:
		return Conflict(claim.Key, record.Record, ErrLeaseLost)
	case record.State == StateInFlight:
		change(record, now)
		record.touch(now)
		return nil
	case record.State == target && bytes.Equal(record.Result, result):
		return nil
	}
	return Conflict(claim.Key, record.Record, ErrLeaseLost)
}

// enter locks the shard of key; the caller unlocks it unless there is an error.
func (m *Memory) enter(ctx context.Context, key Key) (*memoryShard, time.Time, error) {
	if err := ctx.Err(); err != nil {
		return nil, time.Time{}, err
	}
	shard := m.shard(key)
	shard.mu.Lock()
	return shard, m.clock(), nil
}

func (m *Memory) shard(key Key) *memoryShard {
	if len(m.shards) == 1 {
		return &m.shards[0]
	}
	return &m.shards[maphash.Comparable(m.seed, key)%uint64(len(m.shards))]
}

func (m *Memory) clock() time.Time { return m.now().UTC().Truncate(time.Microsecond) }

func (s *memoryShard) settle(record *memoryRecord, state State, result []byte, expires time.Time) {
	record.State, record.Result, record.ExpiresAt = state, bytes.Clone(result), expires
	if state != StateIndeterminate {
		record.place = s.settled.PushBack(record.Key)
	}
}

func (s *memoryShard) makeRoom(limit int) error {
	if limit == 0 || len(s.records) < limit {
		return nil
	}
	oldest := s.settled.Front()
	if oldest == nil {
		return fmt.Errorf("idempotency: %w: %d of %d: settle some, or allow more with WithMaxRecords", ErrFull, len(s.records), limit)
	}
	if key, ok := oldest.Value.(Key); ok {
		s.forget(s.records[key])
	}
	return nil
}

func (s *memoryShard) forget(record *memoryRecord) {
	s.lastToken = max(s.lastToken, record.Token)
	s.settled.Remove(record.place)
	delete(s.records, record.Key)
}

func (s *memoryShard) prune(now time.Time, limit int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	pruned := 0
	for _, record := range s.records {
		if pruned >= limit {
			break
		}
		if record.place != nil && !record.ExpiresAt.IsZero() && !record.ExpiresAt.After(now) {
			s.forget(record)
			pruned++
		}
	}
	return pruned
}

func (r *memoryRecord) touch(now time.Time) {
	if now.After(r.UpdatedAt) {
		r.UpdatedAt = now
	}
}

// copy returns the record without sharing memory with the store.
func (r *memoryRecord) copy() Record {
	record := r.Record
	record.Data, record.Result = slices.Clone(record.Data), slices.Clone(record.Result)
	return record
}

func expiry(now time.Time, retention time.Duration) time.Time {
	if retention == 0 {
		return time.Time{}
	}
	return now.Add(retention)
}

func notFound(key Key) error {
	return fmt.Errorf("idempotency: %q: %w", key.String(), ErrNotFound)
}
