package returnstest

import (
	"context"
	"crypto/rand"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/returns"
)

// newReference is one that no other action has.
func newReference() string { return "rt-" + rand.Text() }

func must(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// effects fails if the reports have made another number of changes.
func (b *bench) effects(t *testing.T, id string, before, want int) {
	t.Helper()
	if got := b.Shows(t, id).Effects - before; got != want {
		t.Errorf("%d changes were made, want %d", got, want)
	}
}

func testApprove(t *testing.T, b *bench) {
	decider := able[returns.Decider](t, b)
	id, lines := b.requested(t)
	before := b.Shows(t, id)
	if before.Approval != canonical.ReturnRequested {
		t.Fatalf("the harness gave a return that is %s", before.Approval)
	}
	decision := returns.Decision{ReturnID: id, Reference: newReference()}
	for range 3 {
		must(t, "approve", decider.ApproveReturn(context.Background(), decision))
	}
	after := b.Shows(t, id)
	if after.Approval != canonical.ReturnApproved {
		t.Errorf("approved, and the service says %s", after.Approval)
	}
	if diff := cmp.Diff(quantities(lines), after.Qty); diff != "" {
		t.Errorf("approved as requested (-requested +now):\n%s", diff)
	}
	b.effects(t, id, before.Effects, 1)
	decision.Reference = newReference()
	must(t, "approve what is approved", decider.ApproveReturn(context.Background(), decision))
	b.effects(t, id, before.Effects, 1)
}

func testApprovePart(t *testing.T, b *bench) {
	decider := able[returns.Decider](t, b)
	id, lines := b.requested(t)
	before := b.Shows(t, id)
	part := []returns.DecidedLine{{ID: lines[0].ID, Qty: decimal.One}}
	decision := returns.Decision{ReturnID: id, Reference: newReference(), Lines: part}
	if b.WholeOnly {
		b.expect(t, "a part", decider.ApproveReturn(context.Background(), decision), marketplace.CodeInvalid)
		if after := b.Shows(t, id); after.Approval != canonical.ReturnRequested {
			t.Errorf("a part that cannot be approved, and the return is %s", after.Approval)
		}
		return
	}
	for range 2 {
		must(t, "approve a part", decider.ApproveReturn(context.Background(), decision))
	}
	if diff := cmp.Diff(quantities(part), b.Shows(t, id).Qty); diff != "" {
		t.Errorf("a part is approved (-want +got):\n%s", diff)
	}
	b.effects(t, id, before.Effects, 1)
}

func testDecline(t *testing.T, b *bench) {
	decider := able[returns.Decider](t, b)
	id, _ := b.requested(t)
	before := b.Shows(t, id)
	decision := returns.Decision{ReturnID: id, Reference: newReference(), Reason: "out_of_window", Note: "The window has passed."}
	for range 3 {
		must(t, "decline", decider.DeclineReturn(context.Background(), decision))
	}
	if after := b.Shows(t, id); after.Approval != canonical.ReturnDeclined {
		t.Errorf("declined, and the service says %s", after.Approval)
	}
	b.effects(t, id, before.Effects, 1)
}

// A decision that contradicts the present one, or that nobody asked for, is refused and changes nothing.
func testDecisionRefused(t *testing.T, b *bench) {
	decider := able[returns.Decider](t, b)
	ctx := context.Background()
	declined, _ := b.requested(t)
	must(t, "decline", decider.DeclineReturn(ctx, returns.Decision{ReturnID: declined, Reference: newReference(), Reason: "final_sale"}))
	err := decider.ApproveReturn(ctx, returns.Decision{ReturnID: declined, Reference: newReference()})
	b.expect(t, "approving what is declined", err, marketplace.CodeConflict)
	approved, _ := b.requested(t)
	must(t, "approve", decider.ApproveReturn(ctx, returns.Decision{ReturnID: approved, Reference: newReference()}))
	err = decider.DeclineReturn(ctx, returns.Decision{ReturnID: approved, Reference: newReference(), Reason: "final_sale"})
	b.expect(t, "declining what is approved", err, marketplace.CodeConflict)
	if got := b.Shows(t, declined).Approval; got != canonical.ReturnDeclined {
		t.Errorf("the declined return is %s", got)
	}
	if got := b.Shows(t, approved).Approval; got != canonical.ReturnApproved {
		t.Errorf("the approved return is %s", got)
	}
	if b.WholeOnly {
		return
	}
	waiting, lines := b.requested(t)
	for name, bad := range map[string][]returns.DecidedLine{
		"a line that does not exist": {{ID: "no-such-line", Qty: decimal.One}},
		"more than was requested":    {{ID: lines[0].ID, Qty: decimal.MustNew(99, 0)}},
		"less than nothing":          {{ID: lines[0].ID, Qty: decimal.MustNew(-1, 0)}},
	} {
		err := decider.ApproveReturn(ctx, returns.Decision{ReturnID: waiting, Reference: newReference(), Lines: bad})
		b.expect(t, name, err, marketplace.CodeInvalid, marketplace.CodeNotFound)
	}
	if got := b.Shows(t, waiting).Approval; got != canonical.ReturnRequested {
		t.Errorf("after bad decisions the return is %s", got)
	}
}

func testLabel(t *testing.T, b *bench) {
	labeller := able[returns.Labeller](t, b)
	id, _ := b.approved(t)
	request := returns.LabelRequest{ReturnID: id, Reference: newReference()}
	first, err := labeller.IssueLabel(context.Background(), request)
	must(t, "issue a label", err)
	if first.TrackingNumber == "" && first.ID == "" {
		t.Error("the label has neither an id nor a tracking number")
	}
	request.Reference = newReference()
	for range 2 {
		again, err := labeller.IssueLabel(context.Background(), request)
		must(t, "issue it again", err)
		if diff := cmp.Diff(first, again); diff != "" {
			t.Errorf("a repeat gives another label (-first +second):\n%s", diff)
		}
	}
	if labels := b.Shows(t, id).Labels; labels != 1 {
		t.Errorf("%d labels were issued, want 1", labels)
	}
}

func testClose(t *testing.T, b *bench) {
	closer := able[returns.Closer](t, b)
	id, _ := b.approved(t)
	before := b.Shows(t, id)
	if before.Closed {
		t.Fatal("the harness gave a return that is closed")
	}
	for range 3 {
		must(t, "close", closer.CloseReturn(context.Background(), returns.Closing{ReturnID: id, Reference: newReference()}))
	}
	if !b.Shows(t, id).Closed {
		t.Error("the return is not closed")
	}
	b.effects(t, id, before.Effects, 1)
	if _, ok := b.Platform.(returns.Getter); ok && !b.get(t, id).Closed {
		t.Error("the platform does not say that the return is closed")
	}
}

// quantities are lines as a service shows them.
func quantities(lines []returns.DecidedLine) map[string]string {
	shown := map[string]string{}
	for _, line := range lines {
		if !line.Qty.IsZero() {
			shown[line.ID] = line.Qty.Trim(0).String()
		}
	}
	return shown
}
