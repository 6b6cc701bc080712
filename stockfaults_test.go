package retailsync_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo"
)

// faultyRack passes every call to the rack through the points.
type faultyRack struct {
	*rack
	at *points
}

func (f faultyRack) pass(call string, writes bool, perform func()) error {
	lost, fault := f.at.pass(channelCall+call, perform)
	switch {
	case !lost:
		return nil
	case writes && f.at.fault.Kind != refused:
		return fmt.Errorf("%w: %w", f.error(marketplace.CodeUnknown, "", "the answer was lost"), fault)
	default:
		return fmt.Errorf("%w: %w", f.error(marketplace.CodeUnavailable, "", "out of reach"), fault)
	}
}

func (f faultyRack) PublishStock(ctx context.Context, levels []marketplace.StockLevel) (results []marketplace.StockResult, err error) {
	if fault := f.pass("publish", true, func() { results, err = f.rack.PublishStock(ctx, levels) }); fault != nil {
		return nil, fault
	}
	return results, err
}

func (f faultyRack) FollowStock(ctx context.Context, tickets []string) (results []marketplace.StockResult, err error) {
	if fault := f.pass("follow", false, func() { results, err = f.rack.FollowStock(ctx, tickets) }); fault != nil {
		return nil, fault
	}
	return results, err
}

func (f faultyRack) ReadStock(ctx context.Context, items []marketplace.StockItem) (readings []marketplace.StockReading, err error) {
	if fault := f.pass("read", false, func() { readings, err = f.rack.ReadStock(ctx, items) }); fault != nil {
		return nil, fault
	}
	return readings, err
}

func (f faultyRack) ListStock(ctx context.Context, cursor marketplace.Cursor) (page marketplace.StockPage, err error) {
	if fault := f.pass("list", false, func() { page, err = f.rack.ListStock(ctx, cursor) }); fault != nil {
		return marketplace.StockPage{}, fault
	}
	return page, err
}

// faultyStore passes the calls to what a store remembers through the points. Claims are its own: those of a process
// that died have run out by the time of the next.
type faultyStore struct {
	*idempotency.Memory
	kept *idempotency.Memory
	at   *points
}

const storeCall = "store "

func (f faultyStore) Cursor(ctx context.Context, name string) (value string, err error) {
	if lost, fault := f.at.pass(storeCall+"cursor", func() { value, err = f.kept.Cursor(ctx, name) }); lost {
		return "", fault
	}
	return value, err
}

func (f faultyStore) PutCursor(ctx context.Context, name, value string) (err error) {
	if lost, fault := f.at.pass(storeCall+"put cursor", func() { err = f.kept.PutCursor(ctx, name, value) }); lost {
		return fault
	}
	return err
}

func (f faultyStore) Revisions(ctx context.Context, keys []idempotency.Key) (found map[idempotency.Key]idempotency.Revision, err error) {
	if lost, fault := f.at.pass(storeCall+"revisions", func() { found, err = f.kept.Revisions(ctx, keys) }); lost {
		return nil, fault
	}
	return found, err
}

func (f faultyStore) ListRevisions(ctx context.Context, scope, after string, limit int) (found []idempotency.KeyedRevision, err error) {
	if lost, fault := f.at.pass(storeCall+"list revisions", func() { found, err = f.kept.ListRevisions(ctx, scope, after, limit) }); lost {
		return nil, fault
	}
	return found, err
}

func (f faultyStore) PutRevisions(ctx context.Context, revisions []idempotency.KeyedRevision) (newer []bool, err error) {
	if lost, fault := f.at.pass(storeCall+"put revisions", func() { newer, err = f.kept.PutRevisions(ctx, revisions) }); lost {
		return nil, fault
	}
	return newer, err
}

// stockScenario is what changes and what is run.
type stockScenario struct {
	name string
	work func(*retailsync.Connector) stockWork
	// slow channels accept first, and carry out what they were asked after once.
	slow bool
	// odooElsewhere leaves out death at each read of Odoo, which another scenario shows.
	odooElsewhere bool
	// everything is for the in-process Odoo: on a real one it reads, for each fault, what all other tests have left there.
	everything bool
}

var stockScenarios = []stockScenario{
	{name: "cycle", work: func(c *retailsync.Connector) stockWork { return c.PublishStock }},
	{name: "cycle of a slow channel", work: func(c *retailsync.Connector) stockWork { return c.PublishStock }, slow: true},
	{name: "comparison", work: func(c *retailsync.Connector) stockWork { return c.ReconcileStock }, odooElsewhere: true, everything: true},
}

// Whatever call of a stock run goes wrong, and wherever the process dies, the channel ends with the right levels, each
// change reaches it once, and nothing is left to do.
func TestStockFaultAtEveryCall(t *testing.T) {
	eachOutlet(t, func(o *outletTest) {
		o.stocks(9, "a", "b")
		o.begin()
		t := o.T
		for _, s := range stockScenarios {
			if s.everything && o.odoo.Real() {
				continue
			}
			t.Run(s.name, func(t *testing.T) { testStockFaults(t, o, s) })
		}
	})
}

func testStockFaults(t *testing.T, o *outletTest, s stockScenario) {
	started := time.Now()
	o.T = t
	calls := o.strike(s, fault{})
	cases := []fault{{replyLost, everyRead}}
	for n, call := range calls {
		if o.odoo.Real() && peer.SparesFault(o.odoo.Series, n) {
			continue
		}
		kinds := []faultKind{cutOff}
		switch {
		case !onlyReads(call):
			kinds = append(kinds, replyLost, refused)
		case s.odooElsewhere:
			continue
		}
		for _, kind := range kinds {
			cases = append(cases, fault{kind, n + 1})
		}
	}
	for _, f := range cases {
		call := "each read"
		if f.Call > 0 {
			call = calls[f.Call-1]
		}
		what := fmt.Sprintf("%s at call %d (%s)", f.Kind, f.Call, call)
		if !t.Run(what, func(t *testing.T) {
			o.T = t
			o.strike(s, f)
		}) {
			return
		}
	}
	t.Logf("%d calls, %d faults in %.0f s: %s", len(calls), len(cases), time.Since(started).Seconds(), strings.Join(calls, ", "))
}

// strike changes the stock, runs once with the fault, and then without until all is done. It returns the calls of the
// first run.
func (o *outletTest) strike(s stockScenario, f fault) []string {
	o.Helper()
	units := map[string]int{}
	for _, name := range []string{"a", "b"} {
		shown, _, _ := o.rack.levels[o.item(name)].Int64(0)
		units[name] = int(shown) + 1 + len(name)
		o.count(name, units[name])
	}
	o.rack.arrived, o.rack.slow, o.rack.fail = nil, s.slow, nil
	asked := 0
	o.rack.fail = func(call string) error {
		if call == "follow" {
			if asked++; asked > 1 {
				o.rack.carryOutLocked(nil)
			}
		}
		return nil
	}
	events := len(o.journal.Events())

	ctx, cancel := context.WithCancel(o.Context())
	defer cancel()
	at := newPoints(fault{}, cancel)
	wire := &http.Transport{}
	defer wire.CloseIdleConnections()
	client := o.odoo.Dial(o.T, odoo.WithHTTPClient(&http.Client{Transport: faultyTransport{at, wire}}), odoo.WithRetry(odoo.Retry{First: time.Millisecond, Longest: 2 * time.Millisecond}))
	at.mu.Lock()
	at.calls, at.fault = nil, f
	at.mu.Unlock()
	sync := retailsync.New(client, o.rules(), retailsync.WithJournal(o.journal), retailsync.WithStore(faultyStore{idempotency.NewMemory(), o.store, at}))
	options := o.options
	options.FollowFor = 2 * time.Second
	_, err := s.work(sync)(ctx, faultyRack{o.rack, at}, options)
	calls := at.made()
	if f.Kind == noFault && err != nil {
		o.Fatal(err)
	}
	if f.Kind == cutOff && err == nil && f.Call < len(calls) {
		o.Error("cut off, and there is no error")
	}
	// What a process after it does.
	for range 2 {
		again := o.connector(faultyStore{idempotency.NewMemory(), o.store, newPoints(fault{}, nil)})
		if _, err := s.work(again)(o.Context(), o.rack, options); err != nil {
			o.Fatalf("a run after it: %v", err)
		}
	}
	o.shows(units)
	o.sent(fmt.Sprintf("a %d", units["a"]), fmt.Sprintf("b %d", units["b"]))
	told := map[string]bool{}
	for _, event := range o.journal.Events()[events:] {
		told[event.Subject.ID] = true
	}
	// A process that died between a level and its event leaves none.
	if want := []string{o.sku("a") + "@here", o.sku("b") + "@here"}; f.Kind != cutOff && !slices.Equal(slices.Sorted(maps.Keys(told)), want) {
		o.Errorf("the journal tells of %v, want %v", told, want)
	}
	if backlog, err := o.store.Cursor(o.Context(), "stock/rack/main/backlog"); err != nil || strings.Contains(backlog, o.prefix) {
		o.Errorf("something is still owed: %s, %v", backlog, err)
	}
	return calls
}
