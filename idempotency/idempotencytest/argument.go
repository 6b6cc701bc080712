package idempotencytest

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/retailsync/retailsync/idempotency"
)

func argumentCases() []testCase {
	return []testCase{
		{"keys with odd characters are distinct", func(t *testing.T, h Harness) {
			odd := []idempotency.Key{
				{Scope: "a/b", ID: "c"}, {Scope: "a", ID: "b/c"}, {Scope: "a", ID: "c"}, {Scope: "A", ID: "c"},
				{Scope: "a", ID: " c"}, {Scope: "a", ID: "c "}, {Scope: "a", ID: "c\n"}, {Scope: "a", ID: "c\t\x01"},
				{Scope: "a", ID: "'; DROP TABLE claims; --"}, {Scope: "a", ID: `"\`}, {Scope: "a", ID: "%_?$1:x"},
				{Scope: "a", ID: "é"}, {Scope: "a", ID: "e\u0301"}, {Scope: "a", ID: "注文-🛒"}, {Scope: "a", ID: "007"}, {Scope: "a", ID: "7"},
				{Scope: strings.Repeat("s", idempotency.MaxScope), ID: strings.Repeat("ü", idempotency.MaxID/2)},
			}
			for _, each := range odd {
				must(t, h.Store.Complete(t.Context(), claim(t, h.Store, each, long, idempotency.Acquired), []byte(each.String()), 0))
			}
			for _, each := range odd {
				record := get(t, h.Store, each)
				if record.Key != each || string(record.Result) != each.String() {
					t.Errorf("key %q has the record of %q", each, record.Result)
				}
			}
		}},
		{"invalid arguments are refused", func(t *testing.T, h Harness) {
			held := claim(t, h.Store, key("held"), long, idempotency.Acquired)
			ctx := t.Context()
			acquire := func(key idempotency.Key, lease time.Duration) error {
				_, _, _, err := h.Store.Acquire(ctx, key, print1, lease)
				return err
			}
			_, extend := h.Store.Extend(ctx, held, 0)
			_, getting := h.Store.Get(ctx, idempotency.Key{})
			for name, err := range map[string]error{
				"no scope":           acquire(idempotency.Key{ID: "1"}, long),
				"no ID":              acquire(idempotency.Key{Scope: "a"}, long),
				"NUL":                acquire(idempotency.Key{Scope: "a", ID: "1\x00"}, long),
				"not UTF-8":          acquire(idempotency.Key{Scope: "a\xff", ID: "1"}, long),
				"long scope":         acquire(idempotency.Key{Scope: strings.Repeat("s", idempotency.MaxScope+1), ID: "1"}, long),
				"long ID":            acquire(idempotency.Key{Scope: "a", ID: strings.Repeat("i", idempotency.MaxID+1)}, long),
				"no lease":           acquire(key("1"), 0),
				"negative lease":     acquire(key("1"), -time.Second),
				"no extension":       extend,
				"get without key":    getting,
				"no checkpoint name": h.Store.Checkpoint(ctx, held, "", nil),
				"negative retention": h.Store.Complete(ctx, held, nil, -1),
				"negative keeping":   h.Store.Fail(ctx, held, nil, -1),
				"resolve in flight":  h.Store.Resolve(ctx, key("held"), idempotency.StateInFlight, nil, 0),
				"resolve to nothing": h.Store.Resolve(ctx, key("held"), "", nil, 0),
			} {
				var invalid *idempotency.InvalidError
				if !errors.As(err, &invalid) {
					t.Errorf("%s: error %v, want an *InvalidError", name, err)
				}
			}
			must(t, h.Store.Complete(ctx, held, nil, 0))
		}},
		{"results and data are bounded", func(t *testing.T, h Harness) {
			held := claim(t, h.Store, key("1"), long, idempotency.Acquired)
			fits, large := bytes.Repeat([]byte{0xff}, idempotency.MaxResult), make([]byte, idempotency.MaxResult+1)
			for name, err := range map[string]error{
				"Checkpoint": h.Store.Checkpoint(t.Context(), held, "x", large),
				"Complete":   h.Store.Complete(t.Context(), held, large, 0),
				"Fail":       h.Store.Fail(t.Context(), held, large, 0),
				"Abandon":    h.Store.Abandon(t.Context(), held, large),
				"Resolve":    h.Store.Resolve(t.Context(), key("1"), idempotency.StateCompleted, large, 0),
			} {
				if !errors.Is(err, idempotency.ErrTooLarge) {
					t.Errorf("%s: error %v, want ErrTooLarge", name, err)
				}
			}
			must(t, h.Store.Checkpoint(t.Context(), held, "x", fits))
			must(t, h.Store.Complete(t.Context(), held, fits, 0))
			if record := get(t, h.Store, key("1")); !bytes.Equal(record.Result, fits) || !bytes.Equal(record.Data, fits) {
				t.Fatal("the largest result and data did not come back")
			}
		}},
		{"what is stored is the store's own", func(t *testing.T, h Harness) {
			held := claim(t, h.Store, key("1"), long, idempotency.Acquired)
			data, result := []byte("data"), []byte("result")
			must(t, h.Store.Checkpoint(t.Context(), held, "x", data))
			must(t, h.Store.Complete(t.Context(), held, result, 0))
			data[0], result[0] = 'X', 'X'
			record := get(t, h.Store, key("1"))
			record.Data[1], record.Result[1] = 'X', 'X'
			if record = get(t, h.Store, key("1")); string(record.Data) != "data" || string(record.Result) != "result" {
				t.Fatalf("stored %q and %q were changed from outside", record.Data, record.Result)
			}
		}},
		{"a cancelled context does nothing", func(t *testing.T, h Harness) {
			held := claim(t, h.Store, key("held"), long, idempotency.Acquired)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_, _, _, acquire := h.Store.Acquire(ctx, key("1"), print1, long)
			_, getting := h.Store.Get(ctx, key("held"))
			for name, err := range map[string]error{
				"Acquire": acquire, "Get": getting,
				"Complete": h.Store.Complete(ctx, held, nil, 0), "Release": h.Store.Release(ctx, held),
			} {
				if !errors.Is(err, context.Canceled) {
					t.Errorf("%s: error %v, want context.Canceled", name, err)
				}
			}
			must(t, h.Store.Complete(t.Context(), held, nil, 0))
			claim(t, h.Store, key("1"), long, idempotency.Acquired)
		}},
	}
}
