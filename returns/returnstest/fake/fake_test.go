package fake_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/returns"
	"github.com/retailsync/retailsync/returns/returnstest/fake"
)

func platform() *fake.Platform {
	p := fake.New(canonical.Channel{Name: "fake", Account: "main"})
	p.Put(canonical.Return{
		Key: canonical.Key{ID: "r1"}, Order: canonical.Key{ID: "o1"}, Currency: "EUR",
		Lines: []canonical.ReturnLine{
			{ID: "l1", SKU: "A", Qty: decimal.MustNew(3, 0), Resolution: canonical.ResolutionRefund},
			{ID: "l2", SKU: "B", Qty: decimal.MustNew(1, 0), Resolution: canonical.ResolutionGiftCard},
		},
	})
	return p
}

func units(n int64) decimal.Decimal { return decimal.MustNew(n, 0) }

func state(t *testing.T, p *fake.Platform) canonical.Return {
	t.Helper()
	r, ok := p.Return("r1")
	if !ok {
		t.Fatal("the return is gone")
	}
	return r
}

// A fault strikes the calls that it is meant for, before or after they are done, and no others.
func TestFaults(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := platform()
	decision := returns.Decision{ReturnID: "r1", Reference: "d1"}
	p.Inject(fake.Fault{Op: fake.Approve})
	if err := p.ApproveReturn(ctx, decision); marketplace.CodeOf(err) != marketplace.CodeUnavailable {
		t.Errorf("refused before: %v", err)
	}
	if state(t, p).Approval != canonical.ReturnRequested {
		t.Error("a call that failed before has changed something")
	}
	p.Inject(fake.Fault{Op: fake.Approve, After: true})
	if err := p.ApproveReturn(ctx, decision); marketplace.CodeOf(err) != marketplace.CodeUnknown {
		t.Errorf("a lost reply: %v", err)
	}
	if state(t, p).Approval != canonical.ReturnApproved {
		t.Error("a call whose reply was lost has not been done")
	}
	if err := p.ApproveReturn(ctx, decision); err != nil {
		t.Errorf("a repeat: %v", err)
	}
	if effects := p.Effects("r1"); len(effects) != 1 || effects[0].Request.(returns.Decision).Reference != "d1" {
		t.Errorf("the effects are %+v", effects)
	}
	p.Inject(fake.Fault{Skip: 1, Times: 2, Code: marketplace.CodeRateLimited})
	var got []marketplace.Code
	for range 4 {
		_, err := p.GetReturn(ctx, "r1")
		got = append(got, marketplace.CodeOf(err))
	}
	want := []marketplace.Code{"", marketplace.CodeRateLimited, marketplace.CodeRateLimited, ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("skip one, fail two (-want +got):\n%s", diff)
	}
	p.Inject(fake.Fault{Times: -1, ReturnID: "other"})
	if _, err := p.GetReturn(ctx, "r1"); err != nil {
		t.Errorf("a fault of another return: %v", err)
	}
	p.Inject(fake.Fault{Times: -1})
	p.Heal()
	if _, err := p.GetReturn(ctx, "r1"); err != nil {
		t.Errorf("healed: %v", err)
	}
	if calls := len(p.Calls()); calls != 9 {
		t.Errorf("%d calls were noted", calls)
	}
}

// What turns up after the last receipt is no longer missing, and nothing that is counted gets lost.
func TestLateUnits(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	p := platform()
	p.Change("r1", func(r *canonical.Return) { r.Approval = canonical.ReturnApproved })
	receive := func(n int64, last bool) {
		t.Helper()
		lines := []returns.DecidedLine{{ID: "l1", Qty: units(n)}}
		if err := p.ReportReceived(ctx, returns.Receipt{ReturnID: "r1", Reference: "in", Lines: lines, Last: last}); err != nil {
			t.Fatal(err)
		}
	}
	shows := func(want map[canonical.Disposition]string) {
		t.Helper()
		got := map[canonical.Disposition]string{}
		for _, u := range state(t, p).Lines[0].Received {
			got[u.Disposition] = u.Qty.String()
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	receive(1, false)
	receive(1, false)
	shows(map[canonical.Disposition]string{"pending": "1"})
	receive(2, true)
	shows(map[canonical.Disposition]string{"pending": "2", "missing": "1"})
	if got := state(t, p).Logistics; got != canonical.ReturnReceived {
		t.Errorf("after the last receipt: %s", got)
	}
	receive(3, true)
	shows(map[canonical.Disposition]string{"pending": "3"})
	found := []canonical.ReceivedUnits{{Qty: units(2), Disposition: canonical.DispositionSellable}}
	inspection := returns.Inspection{ReturnID: "r1", Reference: "look", Lines: []returns.InspectedLine{{ID: "l1", Found: found}}}
	for range 2 {
		if err := p.ReportInspected(ctx, inspection); err != nil {
			t.Fatal(err)
		}
		shows(map[canonical.Disposition]string{"sellable": "2", "pending": "1"})
	}
	if effects := len(p.Effects("")); effects != 4 {
		t.Errorf("%d effects, want 3 receipts and 1 inspection", effects)
	}
}

// Whatever is reported in whatever order: a line never has more units than are to come back, each change moves the revision, and
// what fails changes nothing.
func TestReportsKeepTheCount(t *testing.T) {
	t.Parallel()
	dispositions := []canonical.Disposition{"pending", "sellable", "damaged", "refurbish", "missing", "wrong_item"}
	rapid.Check(t, func(t *rapid.T) {
		p := platform()
		ctx := context.Background()
		for i := range rapid.IntRange(1, 25).Draw(t, "steps") {
			line := rapid.SampledFrom([]string{"l1", "l2", "l3"}).Draw(t, "line")
			qty := units(rapid.Int64Range(-1, 5).Draw(t, "qty"))
			before, _ := p.Return("r1")
			effects := len(p.Effects(""))
			decision := returns.Decision{ReturnID: "r1", Reference: fmt.Sprint(i)}
			var err error
			switch rapid.IntRange(0, 6).Draw(t, "step") {
			case 0:
				decision.Lines = []returns.DecidedLine{{ID: line, Qty: qty}}
				err = p.ApproveReturn(ctx, decision)
			case 1:
				err = p.ApproveReturn(ctx, decision)
			case 2:
				err = p.DeclineReturn(ctx, decision)
			case 3:
				_, err = p.IssueLabel(ctx, returns.LabelRequest{ReturnID: "r1"})
			case 4:
				err = p.ReportReceived(ctx, returns.Receipt{ReturnID: "r1", Lines: []returns.DecidedLine{{ID: line, Qty: qty}}, Last: rapid.Bool().Draw(t, "last")})
			case 5:
				found := []canonical.ReceivedUnits{{Qty: qty, Disposition: rapid.SampledFrom(dispositions).Draw(t, "disposition")}}
				err = p.ReportInspected(ctx, returns.Inspection{ReturnID: "r1", Lines: []returns.InspectedLine{{ID: line, Found: found}}})
			case 6:
				err = p.CloseReturn(ctx, returns.Closing{ReturnID: "r1"})
			}
			after, _ := p.Return("r1")
			moved := after.Revision.UpdatedAt.After(before.Revision.UpdatedAt)
			if acted := len(p.Effects("")) > effects; acted != moved || err != nil && moved {
				t.Fatalf("effect %t, revision moved %t, error %v", acted, moved, err)
			}
			for _, l := range after.Lines {
				sum := decimal.Zero
				for _, u := range l.Received {
					if u.Qty.IsNeg() {
						t.Fatalf("line %s has %s units in one condition", l.ID, u.Qty)
					}
					sum, _ = sum.Add(u.Qty)
				}
				if sum.Cmp(l.Qty) > 0 {
					t.Fatalf("line %s has %s units of %s", l.ID, sum, l.Qty)
				}
			}
		}
	})
}

// What a test gets or gives is its own copy.
func TestCopies(t *testing.T) {
	t.Parallel()
	p := platform()
	mine, _ := p.Return("r1")
	mine.Lines[0].SKU = "changed"
	if got := state(t, p).Lines[0].SKU; got != "A" {
		t.Errorf("a test changed the platform's own return: %s", got)
	}
	stood := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	p.SetClock(func() time.Time { return stood })
	first := state(t, p).Revision
	p.Change("r1", func(r *canonical.Return) { r.Number = "n" })
	if second := state(t, p).Revision; !second.UpdatedAt.After(first.UpdatedAt) || second.Digest == first.Digest {
		t.Errorf("a change under a clock that stands: %v then %v", first, second)
	}
}
