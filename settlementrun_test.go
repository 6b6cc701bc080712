package retailsync_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/payments"
)

// paidOut is a provider that lists payouts, two to a page, and gives their settlements.
type paidOut struct {
	channel canonical.Channel
	listed  []payments.ListedPayout
	given   map[string]canonical.Settlement
	refuses map[string]error
	// fetched are the ids asked for, asked the cursors, in order.
	fetched, asked []string
	stuck          bool
}

func (p *paidOut) Channel() canonical.Channel { return p.channel }

func (p *paidOut) ListPayouts(_ context.Context, query payments.Query) (payments.PayoutPage, error) {
	p.asked = append(p.asked, string(query.Cursor))
	start, _ := strconv.Atoi(string(query.Cursor))
	end := min(start+2, len(p.listed))
	page := payments.PayoutPage{Payouts: p.listed[start:end], Cursor: marketplace.Cursor(strconv.Itoa(end)), More: end < len(p.listed)}
	if p.stuck {
		page.Cursor, page.More = query.Cursor, true
	}
	return page, nil
}

func (p *paidOut) GetSettlement(_ context.Context, id string) (canonical.Settlement, error) {
	p.fetched = append(p.fetched, id)
	if err := p.refuses[id]; err != nil {
		return canonical.Settlement{}, err
	}
	return p.given[id], nil
}

// closes adds a payout that is closed, of the entries.
func (p *paidOut) closes(c *payDesk, id string, entries ...canonical.SettlementEntry) {
	s := c.settlement(id, entries...)
	s.Key.ID = id
	p.given[id] = s
	p.listed = append(p.listed, payments.ListedPayout{Payout: canonical.Payout{ID: id}, Status: payments.PayoutPaid, Complete: true})
}

// outcomes are what became of the settlements of a run: "id outcome booked", in order.
func (c *payDesk) outcomes(from payments.PayoutLister, run retailsync.SettlementRun) []string {
	c.Helper()
	report, err := c.connector().ImportSettlements(c.Context(), from, run)
	if err != nil {
		c.Fatal(err)
	}
	var all []string
	for _, r := range report.Results() {
		all = append(all, r.Settlement.ID+" "+string(r.Outcome)+" "+strconv.Itoa(r.Booked))
	}
	return all
}

func TestImportSettlementsKeepsItsPlace(t *testing.T) {
	t.Parallel()
	c := newPayDesk(t, inProcess(t, 19))
	c.sell(soldOrder{"1", c.home, "10.00"}, soldOrder{"2", c.home, "20.00"})
	unavailable := &marketplace.Error{Code: marketplace.CodeUnavailable, Channel: c.provider, Op: "get settlement", Message: "an outage"}
	from := &paidOut{channel: c.provider, given: map[string]canonical.Settlement{}, refuses: map[string]error{"down": unavailable}}
	from.closes(c, "good", c.entry("a", canonical.EntrySale, c.home, "10.00", c.of("1")))
	from.listed = append(from.listed,
		payments.ListedPayout{Payout: canonical.Payout{ID: "open"}, Status: payments.PayoutPending},
		payments.ListedPayout{Payout: canonical.Payout{ID: "gone"}, Status: payments.PayoutFailed},
		payments.ListedPayout{Status: payments.PayoutPaid, Complete: true}, // without an id
	)
	from.closes(c, "down", c.entry("b", canonical.EntryFee, c.home, "-1.00"))
	from.closes(c, "early", c.entry("c", canonical.EntrySale, c.home, "30.00", c.of("3")), c.entry("d", canonical.EntrySale, c.home, "20.00", c.of("2")))

	// A dry run stores nothing.
	if diff := cmp.Diff([]string{"good posted 1", "down failed 0", "early excepted 1"}, c.outcomes(from, retailsync.SettlementRun{DryRun: true})); diff != "" {
		t.Error("dry run:", diff)
	}
	if made := c.moves(); made != 0 {
		t.Error("a dry run made", made)
	}
	from.asked, from.fetched = nil, nil
	if diff := cmp.Diff([]string{"good posted 1", "down failed 0", "early excepted 1"}, c.outcomes(from, retailsync.SettlementRun{})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"", "2", "4"}, from.asked); diff != "" {
		t.Error("pages:", diff)
	}
	// What is left is tried again before what is new; what is done is not looked at again.
	from.given["open"] = from.given["good"]
	from.asked, from.fetched, from.refuses["open"] = nil, nil, unavailable
	made := c.moves()
	if diff := cmp.Diff([]string{"open failed 0", "down failed 0", "early excepted 0"}, c.outcomes(from, retailsync.SettlementRun{})); diff != "" {
		t.Error("again:", diff)
	}
	if got := c.moves(); got != made {
		t.Error("a second run made", got-made)
	}
	if diff := cmp.Diff([]string{"6"}, from.asked); diff != "" {
		t.Error("the place was lost:", diff)
	}
	// The outage is over, the order arrives, and a new payout is there.
	c.sell(soldOrder{"3", c.home, "30.00"})
	from.refuses = nil
	opened := c.settlement("open", c.entry("o", canonical.EntryFee, c.home, "-0.50"))
	opened.Key.ID = "open"
	from.given["open"] = opened
	from.closes(c, "new", c.entry("n", canonical.EntryFee, c.home, "-0.25"))
	if diff := cmp.Diff([]string{"open posted 1", "down posted 1", "early posted 1", "new posted 1"}, c.outcomes(from, retailsync.SettlementRun{})); diff != "" {
		t.Error("when all is there:", diff)
	}
	if got := c.balance(c.clearingAccount()); got != "0" {
		t.Error("clearing account", got)
	}
	c.wantPaid()
	from.fetched = nil
	if got := c.outcomes(from, retailsync.SettlementRun{}); len(got)+len(from.fetched) != 0 {
		t.Error("something is left:", got, from.fetched)
	}
	// Without the store's memory all is looked at again, and nothing booked again.
	c.store = idempotency.NewMemory()
	made = c.moves()
	for _, outcome := range c.outcomes(from, retailsync.SettlementRun{}) {
		if !strings.HasSuffix(outcome, " unchanged 0") {
			t.Error("from the beginning:", outcome)
		}
	}
	if got := c.moves(); got != made {
		t.Error("from the beginning it made", got-made)
	}
}

// A run that dies in the middle goes on where it was, also where it dies between a page's left-overs and its place.
func TestImportSettlementsThatDies(t *testing.T) {
	t.Parallel()
	c := newPayDesk(t, inProcess(t, 19))
	from := &paidOut{channel: c.provider, given: map[string]canonical.Settlement{}, refuses: map[string]error{}}
	for i := range 5 {
		from.closes(c, "p"+strconv.Itoa(i), c.entry("e"+strconv.Itoa(i), canonical.EntryFee, c.home, "-1.00"))
	}
	from.refuses["p0"] = &marketplace.Error{Code: marketplace.CodeNotFound, Channel: c.provider, Op: "get settlement", Message: "not yet"}
	from.refuses["p3"] = &marketplace.Error{Code: marketplace.CodeUnauthenticated, Channel: c.provider, Op: "get settlement", Message: "the key was revoked"}
	report, err := c.connector().ImportSettlements(t.Context(), from, retailsync.SettlementRun{})
	if marketplace.CodeOf(err) != marketplace.CodeUnauthenticated || len(report.Failed()) != 1 || report.Count(retailsync.SettlementPosted) != 2 {
		t.Fatal(err, report.Results())
	}
	from.refuses = nil
	died := errors.New("the store is gone")
	memory := idempotency.NewMemory()
	// The place and the left-overs are stored at the end of each page: each store of them fails once.
	for failAt := 1; ; failAt++ {
		c.store = &failingCursors{Memory: memory, failAt: failAt, err: died}
		_, err := c.connector().ImportSettlements(t.Context(), from, retailsync.SettlementRun{})
		if err == nil {
			break
		}
		if !errors.Is(err, died) || failAt > 10 {
			t.Fatal(failAt, err)
		}
	}
	c.store = memory
	from.fetched = nil
	if got := c.outcomes(from, retailsync.SettlementRun{}); len(got) != 0 {
		t.Error("something is left:", got)
	}
	if got := c.moves(); got != 10 { // five of fees and five payouts
		t.Error(got, "journal entries")
	}
	if got := c.balance(c.accounts["fee"]); got != "5" {
		t.Error("fees", got)
	}
}

// failingCursors is a store that fails once to keep a position.
type failingCursors struct {
	*idempotency.Memory
	failAt, puts int
	err          error
}

func (f *failingCursors) PutCursor(ctx context.Context, name, position string) error {
	if f.puts++; f.puts == f.failAt {
		return f.err
	}
	return f.Memory.PutCursor(ctx, name, position)
}

// plainStore is a store that keeps no positions, mute a provider that gives no settlements.
type plainStore struct{ idempotency.Store }

type mute struct{ payments.PayoutLister }

func TestImportSettlementsRefuses(t *testing.T) {
	t.Parallel()
	c := newPayDesk(t, inProcess(t, 19))
	from := &paidOut{channel: c.provider, given: map[string]canonical.Settlement{}}
	run := func(from payments.PayoutLister) error {
		_, err := c.connector().ImportSettlements(t.Context(), from, retailsync.SettlementRun{})
		return err
	}
	want := func(err error, text string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v, want %q", err, text)
		}
	}
	want(run(mute{from}), "must be a payments.SettlementGetter")
	from.stuck = true
	want(run(from), "does not move on")
	from.stuck = false
	from.closes(c, "strange", c.entry("a", canonical.EntryFee, c.home, "-1.00"))
	s := from.given["strange"]
	s.Key.Channel.Account = "other"
	from.given["strange"] = s
	want(run(from), "is not of")
	unknown := &paidOut{channel: canonical.Channel{Name: "nobody", Account: "main"}}
	if err := run(unknown); err == nil {
		t.Error("a provider without rules")
	}
	cursors := idempotency.NewMemory()
	c.store = cursors
	if err := cursors.PutCursor(t.Context(), "settlements/"+c.provider.String()+"/left", "{"); err != nil {
		t.Fatal(err)
	}
	want(run(from), "damaged")
	c.store = plainStore{cursors}
	want(run(from), "keeps no cursors")
	if slices.Contains(from.fetched, "") {
		t.Error("asked for a payout without an id")
	}
}
