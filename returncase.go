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

// openShards is how many parts the list of open cases has; each holds more than a thousand.
const openShards = 32

func (r *returnRun) shardOf(id string) int {
	sum := fnv.New32a()
	sum.Write([]byte(id))
	return int(sum.Sum32() % openShards)
}

func (r *returnRun) shardName(shard int) string { return fmt.Sprintf("%s/open/%d", r.scope(), shard) }

func (r *returnRun) shard(ctx context.Context, shard int) ([]string, error) {
	text, err := r.cursors.Cursor(ctx, r.shardName(shard))
	if err != nil || text == "" {
		return nil, err
	}
	var ids []string
	if err := json.Unmarshal([]byte(text), &ids); err != nil {
		return nil, fmt.Errorf("list %s is damaged: %w", r.shardName(shard), err)
	}
	return ids, nil
}

// openCases are the returns of the platform that are not finished.
func (r *returnRun) openCases(ctx context.Context) ([]string, error) {
	var open []string
	for n := range openShards {
		ids, err := r.shard(ctx, n)
		if err != nil {
			return nil, fmt.Errorf("read open returns: %w", err)
		}
		open = append(open, ids...)
	}
	return open, nil
}

// noteOpen adds a case to the list of the open ones, or takes it off.
func (r *returnRun) noteOpen(ctx context.Context, known returns.Case) error {
	shard, id, open := r.shardOf(known.Key.ID), known.Key.ID, known.Status != returns.CaseClosed
	ids, err := r.shard(ctx, shard)
	if err != nil {
		return err
	}
	if slices.Contains(ids, id) == open {
		return nil
	}
	key := idempotency.Key{Scope: r.scope(), ID: fmt.Sprintf("open/%d", shard)}
	return r.inTurn(ctx, key, func(ctx context.Context) error {
		ids, err := r.shard(ctx, shard)
		if err != nil {
			return err
		}
		if ids = slices.DeleteFunc(ids, func(known string) bool { return known == id }); open {
			ids = append(ids, id)
		}
		text, err := json.Marshal(ids)
		if err != nil {
			return err
		}
		if err := r.cursors.PutCursor(ctx, r.shardName(shard), string(text)); err != nil {
			return fmt.Errorf("store open returns: %w", err)
		}
		return nil
	})
}
