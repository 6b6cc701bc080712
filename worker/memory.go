package worker

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sort"
	"sync"
	"time"
)

// Memory is a [Ledger] in memory, for tests and tiny uses. It is not durable: what it knows ends with the process, so accepting a
// webhook into it promises nothing. It uses only package time, so it works in a testing/synctest bubble.
type Memory struct {
	mu      sync.Mutex
	records map[int64]*Record
	order   []int64 // all sequence numbers, ascending
	known   map[eventID]int64
	keys    map[keyID]*memoryKey
	pauses  map[pauseID]Pause
	audit   []Entry
	seq     int64
	entry   int64
	token   int64
}

type eventID struct{ source, id string }

type keyID struct{ channel, key string }

type pauseID struct {
	channel string
	cause   PauseCause
}

// memoryKey is a key with its lease and its events that are pending or block, ascending.
type memoryKey struct {
	open  []int64
	lease Lease // the zero Until means free
}

var (
	_ Ledger = (*Memory)(nil)
	_ Eraser = (*Memory)(nil)
)

// NewMemory returns an empty ledger.
func NewMemory() *Memory {
	return &Memory{
		records: map[int64]*Record{}, known: map[eventID]int64{}, keys: map[keyID]*memoryKey{}, pauses: map[pauseID]Pause{},
	}
}

// Accept implements [Inbox].
func (m *Memory) Accept(ctx context.Context, events []Event, within Within) ([]Receipt, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now, receipts := memoryNow(), make([]Receipt, len(events))
	var added []*Record
	fresh := map[eventID]int64{}
	for i, event := range events {
		id := eventID{event.Source, event.ID}
		seq, repeated := m.known[id]
		if !repeated {
			seq, repeated = fresh[id]
		}
		if !repeated {
			seq = m.seq + int64(len(added)) + 1
			fresh[id] = seq
			event.Payload = bytes.Clone(event.Payload)
			added = append(added, &Record{Seq: seq, Event: event, State: StatePending, Due: now, Touched: now})
		}
		receipts[i] = Receipt{Seq: seq, Duplicate: repeated}
	}
	tasks := make([]Task, len(added))
	for i, record := range added {
		tasks[i] = TaskOf(*record)
	}
	if err := call(ctx, within, tasks); err != nil {
		return nil, err
	}
	m.seq += int64(len(added))
	for _, record := range added {
		m.records[record.Seq] = record
		m.order = append(m.order, record.Seq)
		m.known[eventID{record.Source, record.ID}] = record.Seq
		key := m.key(record.Channel, record.Key)
		key.open = append(key.open, record.Seq)
		m.note(now, record.Source, ActionAccepted, record, "")
	}
	return receipts, nil
}

// Take implements [Inbox].
func (m *Memory) Take(ctx context.Context, task Task, owner string, lease time.Duration) (Hold, error) {
	if err := ctx.Err(); err != nil {
		return Hold{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := memoryNow()
	record, known := m.records[task.Seq]
	if !known || record.State != StatePending {
		return Hold{Status: Settled}, nil
	}
	if wait, paused := m.paused(record.Channel, now); paused {
		return Hold{Status: Paused, Wait: wait}, nil
	}
	key := m.key(record.Channel, record.Key)
	if key.lease.Until.After(now) {
		return Hold{Status: Busy, Wait: key.lease.Until.Sub(now)}, nil
	}
	first := m.records[key.open[0]]
	switch {
	case first.State == StateDead:
		return Hold{Status: Blocked}, nil
	case first.Due.After(now):
		return Hold{Status: Early, Wait: first.Due.Sub(now)}, nil
	}
	m.token++
	key.lease = Lease{Channel: record.Channel, Key: record.Key, Token: m.token, Until: now.Add(lease)}
	return Hold{Status: Held, Lease: key.lease, Record: first.copy()}, nil
}

// Settle implements [Inbox].
func (m *Memory) Settle(ctx context.Context, lease Lease, s Settlement) (*Record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	key, err := m.held(lease)
	if err != nil {
		return nil, err
	}
	record, known := m.records[s.Seq]
	if !known || record.State != StatePending || record.Channel != lease.Channel || record.Key != lease.Key {
		return nil, fmt.Errorf("worker: settle event %d of %s %s: it is not pending there", s.Seq, lease.Channel, lease.Key)
	}
	now := memoryNow()
	record.apply(s, now)
	m.note(now, s.By, s.action(), record, s.Problem.Text)
	if record.State != StatePending && !record.Blocks {
		key.open = slices.DeleteFunc(key.open, func(seq int64) bool { return seq == s.Seq })
	}
	if s.More && len(key.open) > 0 {
		_, paused := m.paused(lease.Channel, now)
		if next := m.records[key.open[0]]; !paused && next.State == StatePending && !next.Due.After(now) {
			found := next.copy()
			return &found, nil
		}
	}
	m.free(lease.Channel, lease.Key)
	return nil, nil
}

// Extend implements [Inbox].
func (m *Memory) Extend(ctx context.Context, lease Lease, by time.Duration) (Lease, error) {
	if err := ctx.Err(); err != nil {
		return Lease{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	key, err := m.held(lease)
	if err != nil {
		return Lease{}, err
	}
	key.lease.Until = memoryNow().Add(by)
	return key.lease, nil
}

// Release implements [Inbox].
func (m *Memory) Release(ctx context.Context, lease Lease) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.held(lease); err == nil {
		m.free(lease.Channel, lease.Key)
	}
	return nil
}

// Sweep implements [Inbox].
func (m *Memory) Sweep(ctx context.Context, quiet time.Duration, limit int, within Within) ([]Task, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := memoryNow()
	var quietest []*Record
	for _, seq := range m.order {
		record := m.records[seq]
		if record.State != StatePending || record.Due.After(now) || record.Touched.After(now.Add(-quiet)) {
			continue
		}
		key := m.key(record.Channel, record.Key)
		_, paused := m.paused(record.Channel, now)
		blocked := slices.ContainsFunc(key.open, func(open int64) bool { return open < seq && m.records[open].State == StateDead })
		if paused || blocked || key.lease.Until.After(now) {
			continue
		}
		quietest = append(quietest, record)
	}
	sort.SliceStable(quietest, func(i, j int) bool { return quietest[i].Touched.Before(quietest[j].Touched) })
	quietest = quietest[:min(len(quietest), limit)]
	tasks := make([]Task, len(quietest))
	for i, record := range quietest {
		tasks[i] = TaskOf(*record)
	}
	if err := call(ctx, within, tasks); err != nil {
		return nil, err
	}
	for _, record := range quietest {
		record.Touched = now
	}
	return tasks, nil
}

// Backlog implements [Inbox].
func (m *Memory) Backlog(ctx context.Context) ([]Backlog, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	type group struct {
		channel string
		class   Class
	}
	groups := map[group]*Backlog{}
	for _, record := range m.records {
		if record.State != StatePending && record.State != StateDead {
			continue
		}
		at := group{record.Channel, record.Class}
		if groups[at] == nil {
			groups[at] = &Backlog{Channel: record.Channel, Class: record.Class}
		}
		b := groups[at]
		if record.State == StateDead {
			b.Dead++
			continue
		}
		b.Pending++
		if b.Oldest.IsZero() || record.Received.Before(b.Oldest) {
			b.Oldest = record.Received
		}
	}
	var all []Backlog
	for _, b := range groups {
		all = append(all, *b)
	}
	sort.Slice(all, func(i, j int) bool {
		return all[i].Channel < all[j].Channel || all[i].Channel == all[j].Channel && all[i].Class < all[j].Class
	})
	return all, nil
}

// Prune implements [Inbox].
func (m *Memory) Prune(ctx context.Context, keep time.Duration, limit int) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	before, pruned, gone := memoryNow().Add(-keep), 0, map[int64]bool{}
	m.order = slices.DeleteFunc(m.order, func(seq int64) bool {
		record := m.records[seq]
		if pruned >= limit || record.State != StateDone && record.State != StateDiscarded || !record.Touched.Before(before) {
			return false
		}
		pruned++
		gone[seq] = true
		delete(m.records, seq)
		delete(m.known, eventID{record.Source, record.ID})
		return true
	})
	for i, entry := range m.audit {
		if gone[entry.Seq] && (entry.Action == ActionRetried || entry.Action == ActionDied) {
			m.audit[i].Reason = ""
		}
	}
	return pruned, nil
}

// key returns the key, which is made where there is none.
func (m *Memory) key(channel, key string) *memoryKey {
	id := keyID{channel, key}
	if m.keys[id] == nil {
		m.keys[id] = &memoryKey{}
	}
	return m.keys[id]
}

func (m *Memory) held(lease Lease) (*memoryKey, error) {
	key := m.keys[keyID{lease.Channel, lease.Key}]
	if key == nil || key.lease.Until.IsZero() || key.lease.Token != lease.Token {
		return nil, &LeaseError{Lease: lease}
	}
	return key, nil
}

// free gives the lease back and forgets a key without open events.
func (m *Memory) free(channel, key string) {
	id := keyID{channel, key}
	m.keys[id].lease = Lease{}
	if len(m.keys[id].open) == 0 {
		delete(m.keys, id)
	}
}

func (m *Memory) note(now time.Time, by string, action Action, record *Record, reason string) {
	m.entry++
	m.audit = append(m.audit, Entry{
		ID: m.entry, At: now, By: by, Action: action, Seq: record.Seq, Channel: record.Channel, Key: record.Key, Reason: reason,
	})
}

// apply carries out a settlement.
func (r *Record) apply(s Settlement, now time.Time) {
	r.State, r.Blocks, r.Touched = s.State, s.State == StateDead && s.Blocks, now
	if s.State == StateDone || s.Clean {
		return
	}
	r.Tries++
	if s.Counted {
		r.Attempts++
	}
	if r.FailingSince.IsZero() {
		r.FailingSince = now
	}
	r.Problem, r.Due = s.Problem, now.Add(s.After)
}

func (s Settlement) action() Action {
	switch s.State {
	case StateDone:
		return ActionDone
	case StateDead:
		return ActionDied
	}
	return ActionRetried
}

// copy returns the record without sharing memory.
func (r *Record) copy() Record {
	copied := *r
	copied.Payload = bytes.Clone(r.Payload)
	return copied
}

// call runs within in a transaction of the memory's, which has no handle.
func call(ctx context.Context, within Within, tasks []Task) error {
	if within == nil || len(tasks) == 0 {
		return nil
	}
	return within(ctx, nil, tasks)
}

func memoryNow() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
