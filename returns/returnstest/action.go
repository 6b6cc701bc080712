package returnstest

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/returns"
)

// action is a write that the suite can ask of a platform.
type action struct {
	name string
	// prepare makes the return that it is for.
	prepare func(*testing.T) (id string, lines []returns.DecidedLine)
	do      func(ctx context.Context, id string, lines []returns.DecidedLine) error
}

// actions are all writes that the platform can do.
func (b *bench) actions() []action {
	var all []action
	if decider, ok := b.Platform.(returns.Decider); ok {
		all = append(all,
			action{"approve", b.Requested, func(ctx context.Context, id string, _ []returns.DecidedLine) error {
				return decider.ApproveReturn(ctx, returns.Decision{ReturnID: id, Reference: "approve-" + id})
			}},
			action{"decline", b.Requested, func(ctx context.Context, id string, _ []returns.DecidedLine) error {
				return decider.DeclineReturn(ctx, returns.Decision{ReturnID: id, Reference: "decline-" + id, Reason: "final_sale"})
			}})
	}
	if labeller, ok := b.Platform.(returns.Labeller); ok {
		all = append(all, action{"label", b.Approved, func(ctx context.Context, id string, _ []returns.DecidedLine) error {
			_, err := labeller.IssueLabel(ctx, returns.LabelRequest{ReturnID: id, Reference: "label-" + id})
			return err
		}})
	}
	if reporter, ok := b.Platform.(returns.ReceiptReporter); ok {
		all = append(all, action{"receive", b.Approved, func(ctx context.Context, id string, lines []returns.DecidedLine) error {
			return reporter.ReportReceived(ctx, returns.Receipt{ReturnID: id, Reference: "receive-" + id, Lines: lines})
		}})
	}
	if reporter, ok := b.Platform.(returns.InspectionReporter); ok {
		all = append(all, action{"inspect", b.Approved, func(ctx context.Context, id string, lines []returns.DecidedLine) error {
			inspection := b.inspection(id, lines, 0)
			inspection.Reference = "inspect-" + id
			return reporter.ReportInspected(ctx, inspection)
		}})
	}
	if closer, ok := b.Platform.(returns.Closer); ok {
		all = append(all, action{"close", b.Approved, func(ctx context.Context, id string, _ []returns.DecidedLine) error {
			return closer.CloseReturn(ctx, returns.Closing{ReturnID: id, Reference: "close-" + id})
		}})
	}
	return all
}

// A write whose reply is lost may have been done. Repeating it until it succeeds ends in the same state, with as many changes, as
// doing it once.
func testLostReplies(t *testing.T, b *bench) {
	actions := b.actions()
	if len(actions) == 0 {
		t.Skip("the platform writes nothing")
	}
	need(t, b.Shows != nil, "Shows")
	for _, action := range actions {
		if action.prepare == nil {
			continue
		}
		t.Run(action.name, func(t *testing.T) {
			ctx := context.Background()
			plain, plainLines := action.prepare(t)
			before := b.Shows(t, plain).Effects
			must(t, "undisturbed", action.do(ctx, plain, plainLines))
			want := b.Shows(t, plain)
			want.Effects -= before

			id, lines := action.prepare(t)
			before = b.Shows(t, id).Effects
			heal, writes := func() { b.wire.Set(nil) }, b.wire.LoseReplies()
			if b.LoseReplies != nil {
				b.wire.Set(nil)
				heal, writes = b.LoseReplies(t), func() int { return 1 }
			}
			lost := false
			for range 8 {
				err := action.do(ctx, id, lines)
				if err == nil {
					break
				}
				lost = true
				b.expect(t, "a write without a reply", err, marketplace.CodeUnknown, marketplace.CodeUnavailable)
			}
			if writes() == 0 {
				t.Error("nothing was written")
			}
			if !lost && b.LoseReplies == nil {
				t.Error("a write whose reply is lost is a success before anybody has looked")
			}
			heal()
			must(t, "again, with replies", action.do(ctx, id, lines))
			got := b.Shows(t, id)
			got.Effects -= before
			if diff := cmp.Diff(named(want, plainLines, lines), got); diff != "" {
				t.Errorf("(-without a disturbance +with lost replies):\n%s", diff)
			}
		})
	}
}

// named is what a service shows of one return with the line ids of another, line by line: lines may be named after their return.
func named(shown Shown, from, to []returns.DecidedLine) Shown {
	ids := map[string]string{}
	for i := range min(len(from), len(to)) {
		ids[from[i].ID] = to[i].ID
	}
	shown.Qty = renamed(shown.Qty, ids)
	shown.Received = renamed(shown.Received, ids)
	shown.Found = renamed(shown.Found, ids)
	return shown
}

func renamed[V any](lines map[string]V, ids map[string]string) map[string]V {
	if lines == nil {
		return nil
	}
	changed := make(map[string]V, len(lines))
	for id, value := range lines {
		changed[ids[id]] = value
	}
	return changed
}

// No action takes a return that does not exist for another, and none does something for it.
func testUnknownReturns(t *testing.T, b *bench) {
	for _, action := range b.actions() {
		if action.prepare == nil {
			continue
		}
		_, lines := action.prepare(t)
		writes := b.wire.CountWrites()
		for _, id := range []string{"999999999", "", "../x", "a b"} {
			b.expect(t, action.name+" a return that does not exist", action.do(context.Background(), id, lines), marketplace.CodeNotFound)
		}
		if writes() > 4 {
			t.Errorf("%s: %d writes for returns that do not exist", action.name, writes())
		}
		b.wire.Set(nil)
	}
}
