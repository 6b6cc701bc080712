package retailsync

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/returns"
)

func (c *Connector) caseName(key canonical.Key) string {
	return c.scope("return", key.Channel) + "/" + key.ID
}

// loadCase reads the case of a return; a new one if there is none.
func (c *Connector) loadCase(ctx context.Context, cursors idempotency.CursorStore, key canonical.Key) (returns.Case, error) {
	name := c.caseName(key)
	text, err := cursors.Cursor(ctx, name)
	if err != nil {
		return returns.Case{}, fmt.Errorf("read case %s: %w", name, err)
	}
	if text == "" {
		return returns.Case{Key: key}, nil
	}
	known, err := returns.DecodeCase([]byte(text))
	if err != nil {
		return returns.Case{}, fmt.Errorf("case %s is damaged: %w: delete it, and it is made anew from the platform and from Odoo", name, err)
	}
	return known, nil
}

// saveCase stores the case. Whether it is open is stored first: a crash in between leaves a finished case to be looked at once more.
func (t *returnTask) saveCase(ctx context.Context) error {
	if t.noted != t.known.Status {
		if err := t.noteOpen(ctx, t.known); err != nil {
			return err
		}
		t.noted = t.known.Status
	}
	text, err := returns.EncodeCase(t.known)
	if err != nil {
		return err
	}
	if err := t.cursors.PutCursor(ctx, t.caseName(t.known.Key), string(text)); err != nil {
		return fmt.Errorf("store case %s: %w", t.known.Key, err)
	}
	return nil
}

// openShards is how many parts the list of open cases has; each holds some hundreds.
const openShards = 32

// openCase is a case that is not finished, in the list of these.
type openCase struct {
	ID string `json:"i"`
	// Orders are the sale orders whose changes in Odoo matter to a case that rests: it waits for nothing but goods or people. None: each run
	// looks at it.
	Orders []int64 `json:"o,omitempty"`
	// After is when a case that rests is looked at whatever has changed, in Unix seconds.
	After int64 `json:"a,omitempty"`
	// Look is what the return looked like at the platform when the case was let rest.
	Look string `json:"l,omitempty"`
	// Run is the run that looks at it, or did and did not let it rest.
	Run string `json:"r,omitempty"`
}

// UnmarshalJSON reads an entry, or the id alone, as lists had it that were written before cases could rest.
func (o *openCase) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		return json.Unmarshal(text, &o.ID)
	}
	type plain openCase
	return json.Unmarshal(text, (*plain)(o))
}

func (r *returnRun) shardOf(id string) int {
	sum := fnv.New32a()
	sum.Write([]byte(id))
	return int(sum.Sum32() % openShards)
}

func (r *returnRun) shardName(shard int) string { return fmt.Sprintf("%s/open/%d", r.scope(), shard) }

func (r *returnRun) shard(ctx context.Context, shard int) ([]openCase, error) {
	text, err := r.cursors.Cursor(ctx, r.shardName(shard))
	if err != nil || text == "" {
		return nil, err
	}
	var open []openCase
	if err := json.Unmarshal([]byte(text), &open); err != nil {
		return nil, fmt.Errorf("list %s is damaged: %w", r.shardName(shard), err)
	}
	return open, nil
}

// changeShard changes a part of the list, one process at a time.
func (r *returnRun) changeShard(ctx context.Context, shard int, change func([]openCase) []openCase) error {
	key := idempotency.Key{Scope: r.scope(), ID: fmt.Sprintf("open/%d", shard)}
	return r.inTurn(ctx, key, func(ctx context.Context) error {
		open, err := r.shard(ctx, shard)
		if err != nil {
			return err
		}
		text, err := json.Marshal(change(open))
		if err != nil {
			return err
		}
		if err := r.cursors.PutCursor(ctx, r.shardName(shard), string(text)); err != nil {
			return fmt.Errorf("store open returns: %w", err)
		}
		return nil
	})
}

// openCases are the returns of the platform that are not finished.
func (r *returnRun) openCases(ctx context.Context) ([]openCase, error) {
	var open []openCase
	for n := range openShards {
		part, err := r.shard(ctx, n)
		if err != nil {
			return nil, fmt.Errorf("read open returns: %w", err)
		}
		open = append(open, part...)
	}
	return open, nil
}

// noteOpen adds a case to the list of the open ones, as one that the next run looks at, or takes it off.
func (r *returnRun) noteOpen(ctx context.Context, known returns.Case) error {
	shard, id, open := r.shardOf(known.Key.ID), known.Key.ID, known.Status != returns.CaseClosed
	list, err := r.shard(ctx, shard)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(list, func(o openCase) bool { return o.ID == id })
	if at < 0 && !open || at >= 0 && open && list[at].Run == r.mark {
		return nil
	}
	return r.changeShard(ctx, shard, func(list []openCase) []openCase {
		if list = slices.DeleteFunc(list, func(o openCase) bool { return o.ID == id }); open {
			list = append(list, openCase{ID: id, Run: r.mark})
		}
		return list
	})
}
