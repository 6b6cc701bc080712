package idempotency

import (
	"bytes"
	"context"
)

var _ Eraser = (*Memory)(nil)

// Rewrite implements [Eraser].
func (m *Memory) Rewrite(ctx context.Context, rewrite func(Kept) []byte) (int, error) {
	changed := 0
	for i := range m.shards {
		if err := ctx.Err(); err != nil {
			return changed, err
		}
		changed += m.shards[i].rewrite(rewrite)
	}
	return changed, nil
}

func (s *memoryShard) rewrite(rewrite func(Kept) []byte) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed := 0
	replace := func(part Part, text []byte, kept Kept) []byte {
		written, differs := kept.Rewrite(part, text, rewrite)
		if !differs {
			return text
		}
		changed++
		return bytes.Clone(written)
	}
	for key, record := range s.records {
		if record.State == StateInFlight {
			continue
		}
		kept := Kept{Key: key, State: record.State, UpdatedAt: record.UpdatedAt}
		record.Data = replace(PartData, record.Data, kept)
		record.Result = replace(PartResult, record.Result, kept)
	}
	for name, value := range s.cursors {
		s.cursors[name] = string(replace(PartCursor, []byte(value), Kept{Cursor: name}))
	}
	return changed
}
