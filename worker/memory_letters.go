package worker

import (
	"context"
	"slices"
	"sort"
	"time"
)

// Find implements [Letters].
func (m *Memory) Find(ctx context.Context, filter Filter) ([]Record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.find(filter), nil
}

func (m *Memory) find(filter Filter) []Record {
	var found []Record
	first, _ := slices.BinarySearch(m.order, filter.AfterSeq+1)
	told := map[int64]bool{}
	if filter.Holding {
		for _, entry := range m.audit {
			told[entry.Seq] = told[entry.Seq] || entry.Reason != "" && entry.Action != ActionErased
		}
	}
	for _, seq := range m.order[first:] {
		if len(found) == filter.paged().Limit {
			break
		}
		record := m.records[seq]
		if filter.Holding && len(record.Payload) == 0 && record.Problem.Text == "" && !told[seq] {
			continue
		}
		if filter.Fits(*record) {
			found = append(found, record.copy())
		}
	}
	return found
}

// Replay implements [Letters].
func (m *Memory) Replay(ctx context.Context, filter Filter, decision Decision, within Within) ([]Record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	found := m.find(filter)
	tasks := make([]Task, len(found))
	for i, record := range found {
		tasks[i] = TaskOf(record)
	}
	if err := call(ctx, within, tasks); err != nil {
		return nil, err
	}
	now := memoryNow()
	for _, each := range found {
		record := m.records[each.Seq]
		key := m.key(record.Channel, record.Key)
		if at, open := slices.BinarySearch(key.open, record.Seq); !open {
			key.open = slices.Insert(key.open, at, record.Seq)
		}
		record.renew(now)
		m.note(now, decision.By, ActionReplayed, record, decision.Reason)
	}
	return found, nil
}

// Discard implements [Letters].
func (m *Memory) Discard(ctx context.Context, filter Filter, decision Decision, within Within) ([]Record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	filter.States = []State{StateDead}
	m.mu.Lock()
	defer m.mu.Unlock()
	found := m.find(filter)
	if err := call(ctx, within, m.heldUpBy(found)); err != nil {
		return nil, err
	}
	now := memoryNow()
	for _, each := range found {
		m.discard(m.records[each.Seq], decision, now)
	}
	return found, nil
}

// heldUpBy returns the tasks that go on when dead letters end.
func (m *Memory) heldUpBy(letters []Record) []Task {
	ends := map[int64]bool{}
	for _, record := range letters {
		ends[record.Seq] = true
	}
	var wake []Task
	woken := map[int64]bool{}
	for _, record := range letters {
		key := m.keys[keyID{record.Channel, record.Key}]
		if key == nil {
			continue
		}
		for _, seq := range key.open {
			if next := m.records[seq]; !ends[seq] {
				if next.State == StatePending && !woken[seq] {
					woken[seq] = true
					wake = append(wake, TaskOf(*next))
				}
				break
			}
		}
	}
	return wake
}

func (m *Memory) discard(record *Record, decision Decision, now time.Time) {
	record.State, record.Blocks, record.Touched = StateDiscarded, false, now
	key := m.key(record.Channel, record.Key)
	key.open = slices.DeleteFunc(key.open, func(seq int64) bool { return seq == record.Seq })
	m.note(now, decision.By, ActionDiscarded, record, decision.Reason)
}

// Erase implements [Eraser].
func (m *Memory) Erase(ctx context.Context, seqs []int64, decision Decision, within Within) ([]Record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var chosen []*Record
	var dead []Record
	for _, seq := range slices.Compact(slices.Sorted(slices.Values(seqs))) {
		record, known := m.records[seq]
		if !known || record.State == StatePending {
			continue
		}
		chosen = append(chosen, record)
		if record.State == StateDead {
			dead = append(dead, *record)
		}
	}
	if err := call(ctx, within, m.heldUpBy(dead)); err != nil {
		return nil, err
	}
	now := memoryNow()
	var erased []Record
	for _, record := range chosen {
		if record.State == StateDead {
			m.discard(record, decision, now)
		}
		record.Payload, record.Problem.Text = nil, ""
		for i := range m.audit {
			if m.audit[i].Seq == record.Seq {
				m.audit[i].Reason = ""
			}
		}
		m.note(now, decision.By, ActionErased, record, decision.Reason)
		erased = append(erased, record.copy())
	}
	return erased, nil
}

// renew makes a record as new as when it was accepted.
func (r *Record) renew(now time.Time) {
	r.State, r.Blocks, r.Attempts, r.Tries = StatePending, false, 0, 0
	r.FailingSince, r.Problem, r.Due, r.Touched = time.Time{}, Problem{}, now, now
}

// Pause implements [Gates].
func (m *Memory) Pause(ctx context.Context, channel string, cause PauseCause, decision Decision, lasting time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := memoryNow()
	pause := Pause{Channel: channel, Cause: cause, Decision: decision, Since: now}
	if lasting > 0 {
		pause.Until = now.Add(lasting)
	}
	m.pauses[pauseID{channel, cause}] = pause
	m.note(now, decision.By, ActionPaused, &Record{Event: Event{Channel: channel}}, decision.Reason)
	return nil
}

// Resume implements [Gates].
func (m *Memory) Resume(ctx context.Context, channel string, cause PauseCause, decision Decision) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, paused := m.pauses[pauseID{channel, cause}]; !paused {
		return false, nil
	}
	delete(m.pauses, pauseID{channel, cause})
	m.note(memoryNow(), decision.By, ActionResumed, &Record{Event: Event{Channel: channel}}, decision.Reason)
	return true, nil
}

// Pauses implements [Gates].
func (m *Memory) Pauses(ctx context.Context) ([]Pause, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := memoryNow()
	var all []Pause
	for _, pause := range m.pauses {
		if pause.Until.IsZero() || pause.Until.After(now) {
			all = append(all, pause)
		}
	}
	sort.Slice(all, func(i, j int) bool {
		return all[i].Channel < all[j].Channel || all[i].Channel == all[j].Channel && all[i].Cause < all[j].Cause
	})
	return all, nil
}

// paused returns how long the channel's longest pause lasts, 0 without end.
func (m *Memory) paused(channel string, now time.Time) (wait time.Duration, paused bool) {
	for _, cause := range []PauseCause{ByBreaker, ByPerson} {
		pause, there := m.pauses[pauseID{channel, cause}]
		switch {
		case !there:
		case pause.Until.IsZero():
			return 0, true
		case pause.Until.After(now):
			wait, paused = max(wait, pause.Until.Sub(now)), true
		}
	}
	return wait, paused
}

// Audit implements [Trail].
func (m *Memory) Audit(ctx context.Context, filter AuditFilter) ([]Entry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []Entry
	for _, entry := range m.audit {
		if filter.Limit > 0 && len(found) == filter.Limit || len(found) == MaxPage {
			break
		}
		if entry.ID > filter.AfterID && (filter.Seq == 0 || filter.Seq == entry.Seq) &&
			(filter.Channel == "" || filter.Channel == entry.Channel) && (filter.Key == "" || filter.Key == entry.Key) {
			found = append(found, entry)
		}
	}
	return found, nil
}
