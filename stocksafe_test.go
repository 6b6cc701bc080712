package retailsync_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/odoo"
)

// goneOdoo counts what is asked of an Odoo that does not answer.
type goneOdoo struct {
	next http.RoundTripper
	gone bool
	n    int
}

// RoundTrip implements http.RoundTripper.
func (g *goneOdoo) RoundTrip(request *http.Request) (*http.Response, error) {
	if g.gone {
		g.n++
		return nil, errors.New("connection refused")
	}
	return g.next.RoundTrip(request)
}

// downed is a connector whose Odoo is down, with the same store.
func (o *outletTest) downed(store idempotency.Store, rules *mapping.Rules) (*retailsync.Connector, *goneOdoo) {
	o.Helper()
	wire := &http.Transport{}
	o.Cleanup(wire.CloseIdleConnections)
	gone := &goneOdoo{next: wire}
	client := o.odoo.Dial(o.T, odoo.WithHTTPClient(&http.Client{Transport: gone}), odoo.WithRetry(odoo.Retry{First: time.Millisecond, Longest: time.Millisecond}))
	gone.gone = true
	return retailsync.New(client, rules, retailsync.WithJournal(o.journal), retailsync.WithStore(store)), gone
}

// safely lowers as an operator does while Odoo is down, and holds what became of the levels against what is wanted.
func (o *outletTest) safely(what string, safe retailsync.SafeStock, want map[string]string) *retailsync.StockReport {
	o.Helper()
	connector, gone := o.downed(o.store, o.rules())
	report := o.safe(what, connector, safe, want)
	if gone.n != 0 {
		o.Errorf("%s: Odoo was asked %d times", what, gone.n)
	}
	return report
}

func (o *outletTest) safe(what string, connector *retailsync.Connector, safe retailsync.SafeStock, want map[string]string) (report *retailsync.StockReport) {
	o.Helper()
	if safe.SKUs == nil {
		safe.SKUs = []string{o.prefix + "-*"}
	}
	safe.Reason = "Odoo is down"
	o.want(what, func(ctx context.Context, target marketplace.StockPublisher, run retailsync.StockRun) (_ *retailsync.StockReport, err error) {
		safe.OnResult, safe.FollowFor = run.OnResult, run.FollowFor
		report, err = connector.PublishSafeStock(retailsync.ActingFor(ctx, "operator-7"), target, safe)
		return report, err
	}, want)
	return report
}

func units(n int64) decimal.Decimal { return decimal.MustNew(n, 0) }

// What was lowered is restored by the next cycle that reaches Odoo, though nothing has changed there, and by a comparison too.
func TestSafeStock(t *testing.T) {
	eitherOutlet(t, func(o *outletTest) {
		o.stocks(9, "a", "b")
		o.stocks(2, "c")
		o.begin()
		o.cycle("at rest", nil)
		all := map[string]string{"a": "published", "b": "published", "c": "published"}
		for _, c := range []struct {
			level   retailsync.SafeLevel
			become  map[string]string
			shows   map[string]int
			restore stockWork
		}{
			{retailsync.ShowNone(), all, map[string]int{"a": 0, "b": 0, "c": 0}, o.sync.PublishStock},
			{retailsync.ShowPercent(50), all, map[string]int{"a": 4, "b": 4, "c": 1}, o.sync.PublishStock},
			{retailsync.ShowAtMost(units(3)), map[string]string{"a": "published", "b": "published", "c": "unchanged"}, map[string]int{"a": 3, "b": 3, "c": 2}, o.sync.PublishStock},
			{retailsync.ShowPercent(0), all, map[string]int{"a": 0, "b": 0, "c": 0}, o.sync.ReconcileStock},
		} {
			o.safely("lowered", retailsync.SafeStock{Level: c.level}, c.become)
			o.shows(c.shows)
			unchanged := map[string]string{"a": "unchanged", "b": "unchanged", "c": "unchanged"}
			o.rack.arrived = nil
			o.safely("once more", retailsync.SafeStock{Level: c.level}, unchanged)
			o.safely("and no further than that", retailsync.SafeStock{Level: retailsync.ShowPercent(100)}, unchanged)
			o.sent()
			restored, err := o.run(c.restore)
			if err != nil {
				o.Fatal(err)
			}
			for name, outcome := range c.become {
				if outcome == "published" && restored[name] != outcome {
					o.Errorf("%v restored: %v", c.level, restored)
				}
			}
			o.shows(map[string]int{"a": 9, "b": 9, "c": 2})
			o.cycle("at rest again", nil)
		}
	})
}

// What Odoo has by then counts: less than the safe level, as much, and more.
func TestSafeStockThatChangedMeanwhile(t *testing.T) {
	eitherOutlet(t, func(o *outletTest) {
		o.stocks(9, "a", "b", "c")
		o.begin()
		o.safely("lowered", retailsync.SafeStock{Level: retailsync.ShowAtMost(units(4))}, map[string]string{"a": "published", "b": "published", "c": "published"})
		o.count("a", 1)
		o.count("b", 4)
		o.count("c", 20)
		o.cycle("restored", map[string]string{"a": "published", "b": "unchanged", "c": "published"})
		o.shows(map[string]int{"a": 1, "b": 4, "c": 20})
		o.cycle("at rest", nil)
		// A part is one of what Odoo has now.
		o.safely("a half", retailsync.SafeStock{Level: retailsync.ShowPercent(50)}, map[string]string{"a": "published", "b": "published", "c": "published"})
		o.shows(map[string]int{"a": 0, "b": 2, "c": 10})
	})
}

// What the channel has sold is not put on sale again, neither by lowering nor by restoring.
func TestSafeStockAndSales(t *testing.T) {
	eitherOutlet(t, func(o *outletTest) {
		o.stocks(9, "a", "b", "c")
		o.begin()
		o.rack.sell(o.item("a"), 7) // to less than is safe
		o.rack.sell(o.item("b"), 2)
		o.safely("lowered", retailsync.SafeStock{Level: retailsync.ShowAtMost(units(4))}, map[string]string{"a": "unchanged", "b": "published", "c": "published"})
		o.shows(map[string]int{"a": 2, "b": 4, "c": 4})
		o.rack.sell(o.item("c"), 1)
		o.cycle("the sales are not in Odoo yet", map[string]string{"b": "waiting", "c": "waiting"})
		o.shows(map[string]int{"a": 2, "b": 4, "c": 3})
		o.odoo.Order(o.products["a"], 7)
		o.odoo.Order(o.products["b"], 2)
		o.odoo.Order(o.products["c"], 1)
		o.cycle("they are", map[string]string{"a": "unchanged", "b": "published", "c": "published"})
		o.shows(map[string]int{"a": 2, "b": 7, "c": 8})
		o.cycle("at rest", nil)
		// A sale between our look and our level.
		sales := 1
		o.rack.before = func() {
			if sales > 0 {
				sales--
				o.rack.sell(o.item("c"), 6)
			}
		}
		o.safely("sold below it", retailsync.SafeStock{Level: retailsync.ShowAtMost(units(5)), SKUs: []string{o.sku("c")}}, map[string]string{"c": "unchanged"})
		o.shows(map[string]int{"c": 2})
	})
}

// Patterns and names choose; what was never published is reported and left alone.
func TestSafeStockOfSome(t *testing.T) {
	eitherOutlet(t, func(o *outletTest) {
		o.stocks(9, "a1", "a2", "b")
		o.begin()
		o.rack.levels[o.item("a9")] = units(5)
		o.safely("by a pattern", retailsync.SafeStock{Level: retailsync.ShowNone(), SKUs: []string{o.sku("a*")}},
			map[string]string{"a1": "published", "a2": "published", "a9": "unknown"})
		o.safely("by name", retailsync.SafeStock{Level: retailsync.ShowPercent(30), SKUs: []string{o.sku("b"), o.sku("none")}},
			map[string]string{"b": "published", "none": "unknown"})
		o.shows(map[string]int{"a1": 0, "a2": 0, "b": 2, "a9": 5})
		o.cycle("restored", map[string]string{"a1": "published", "a2": "published", "b": "published"})
	})
}

// A channel that cannot be asked is lowered from the memory alone.
func TestSafeStockOfABlindChannel(t *testing.T) {
	eitherOutlet(t, func(o *outletTest) {
		o.stocks(9, "a", "b")
		o.target = blind{o.rack}
		o.begin()
		half := retailsync.SafeStock{Level: retailsync.ShowPercent(50), Reason: "down"}
		if _, err := o.sync.PublishSafeStock(o.Context(), o.target, half); err == nil || !strings.Contains(err.Error(), "FromMemory") {
			o.Errorf("a part, of a channel that may have sold more: %v", err)
		}
		half.FromMemory = true
		o.rack.sell(o.item("b"), 8)
		o.safely("a part, all the same", half, map[string]string{"a": "published", "b": "unchanged"})
		o.shows(map[string]int{"a": 4, "b": 1})
		o.rack.lose = true
		o.safely("nothing, and the answer is lost", retailsync.SafeStock{Level: retailsync.ShowNone()}, map[string]string{"a": "published", "b": "published"})
		o.shows(map[string]int{"a": 0, "b": 0})
		o.rack.arrived = nil
		o.safely("once more", retailsync.SafeStock{Level: retailsync.ShowNone()}, map[string]string{"a": "unchanged", "b": "unchanged"})
		o.sent()
		o.cycle("restored", map[string]string{"a": "published", "b": "published"})
		o.shows(map[string]int{"a": 9, "b": 9})
		o.cycle("at rest", nil)
	})
}

// A channel that carries out later is followed; what it was about to show is replaced; a cycle that meets a ticket of a safe level
// still restores.
func TestSafeStockAcceptedLater(t *testing.T) {
	eitherOutlet(t, func(o *outletTest) {
		o.stocks(5, "a", "b")
		o.begin()
		o.rack.slow = true
		o.count("a", 9)
		o.cycle("on its way up", map[string]string{"a": "waiting"})
		o.sent("a 9")
		waiting := map[string]string{"a": "waiting", "b": "waiting"}
		o.safely("lowered", retailsync.SafeStock{Level: retailsync.ShowPercent(60)}, waiting)
		o.sent("a 5", "b 3")
		o.safely("not sent again", retailsync.SafeStock{Level: retailsync.ShowPercent(60)}, waiting)
		o.sent()
		o.rack.carryOut(nil)
		o.shows(map[string]int{"a": 5, "b": 3})
		o.rack.slow = false
		got, err := o.run(o.sync.PublishStock)
		if want := map[string]string{"a": "published, published", "b": "published, published"}; err != nil || !cmp.Equal(got, want) {
			o.Errorf("carried out and restored: %v, %v", got, err)
		}
		o.shows(map[string]int{"a": 9, "b": 5})
		o.cycle("at rest", nil)
	})
}

// A refused SKU holds up no other; a channel that is down ends the run, and the next goes on.
func TestSafeStockRefused(t *testing.T) {
	eitherOutlet(t, func(o *outletTest) {
		o.rack.batch = 2
		o.stocks(9, "a", "b", "c", "d")
		o.begin()
		o.rack.refused[o.sku("b")] = o.rack.error(marketplace.CodeInvalid, "sku", "not for sale")
		none := retailsync.SafeStock{Level: retailsync.ShowNone(), Reason: "down", SKUs: []string{o.prefix + "-*"}}
		o.rack.fail = func(call string) error {
			if call == "publish" && len(o.rack.arrived) == 2 {
				return o.rack.error(marketplace.CodeUnavailable, "", "down")
			}
			return nil
		}
		if _, err := o.sync.PublishSafeStock(o.Context(), o.target, none); marketplace.CodeOf(err) != marketplace.CodeUnavailable {
			o.Errorf("a channel that is down: %v", err)
		}
		o.rack.fail = nil
		o.safely("up again", none, map[string]string{"a": "unchanged", "b": "failed invalid", "c": "published", "d": "published"})
		o.sent("a 0", "b 0", "b 0", "c 0", "d 0")
		o.cycle("restored", map[string]string{"a": "published", "b": "unchanged", "c": "published", "d": "published"})
		o.shows(map[string]int{"a": 9, "b": 9, "c": 9, "d": 9})
	})
}

// More than the backlog lists is restored by comparing all.
func TestSafeStockOfMany(t *testing.T) {
	eitherOutlet(t, func(o *outletTest) {
		o.stocks(9, "a")
		o.begin()
		many := []idempotency.KeyedRevision{}
		for i := range 2100 {
			item := o.item(fmt.Sprintf("m%d", i))
			o.rack.levels[item] = units(7)
			many = append(many, idempotency.KeyedRevision{
				Key: idempotency.Key{Scope: "stock/rack/main", ID: item.SKU + "@" + item.Location}, Revision: idempotency.Revision{Digest: "7#before"},
			})
		}
		if _, err := o.store.PutRevisions(o.Context(), many); err != nil {
			o.Fatal(err)
		}
		o.rack.batch = 500
		report, err := o.sync.PublishSafeStock(o.Context(), o.target, retailsync.SafeStock{Level: retailsync.ShowNone(), Reason: "down", SKUs: []string{o.prefix + "-*"}})
		if err != nil || report.Count(retailsync.StockPublished) != 2101 {
			o.Fatalf("%v, %v", report, err)
		}
		got, err := o.run(o.sync.PublishStock)
		if err != nil || got["a"] != "published" || got["m1"] != "unknown" {
			o.Errorf("a: %s, m1: %s, %v", got["a"], got["m1"], err)
		}
		o.shows(map[string]int{"a": 9})
	})
}

// Who did it and why is in the journal; a dry run and a workflow that is off say what would be done and do nothing; mistakes
// are refused; two runs of a channel do not meet.
func TestSafeStockGovernance(t *testing.T) {
	eitherOutlet(t, func(o *outletTest) {
		o.stocks(9, "a")
		o.begin()
		events := len(o.journal.Events())
		none := retailsync.SafeStock{Level: retailsync.ShowNone()}
		dry := none
		dry.DryRun = true
		if report := o.safely("dry", dry, map[string]string{"a": "published"}); !report.DryRun {
			o.Error("not a dry run")
		}
		off := o.rules()
		for channel, rules := range off.Channels {
			rules.Workflows = map[mapping.Workflow]bool{mapping.WorkflowStock: false}
			off.Channels[channel] = rules
		}
		connector, _ := o.downed(o.store, off)
		if report := o.safe("off", connector, none, map[string]string{"a": "published"}); !report.DryRun {
			o.Error("a workflow that is off writes")
		}
		o.sent()
		if backlog, _ := o.store.Cursor(o.Context(), "stock/rack/main/backlog"); len(o.journal.Events()) != events || strings.Contains(backlog, o.prefix) {
			o.Errorf("something was written: %s, %v", backlog, o.journal.Events()[events:])
		}
		o.safely("done", none, map[string]string{"a": "published"})
		told := o.journal.Events()[events:]
		if len(told) != 2 || told[0].Type != canonical.EventStockLowered || told[1].Type != canonical.EventStockPublished {
			o.Fatalf("the journal: %v", told)
		}
		if reason := json.RawMessage(`"Odoo is down"`); told[0].Actor != "operator-7" || string(told[0].Data["reason"]) != string(reason) || told[1].Record != "" {
			o.Errorf("the journal: %+v", told)
		}
		for what, bad := range map[string]retailsync.SafeStock{
			"Level":  {Reason: "x"},
			"101":    {Level: retailsync.ShowPercent(101), Reason: "x"},
			"-1":     {Level: retailsync.ShowAtMost(units(-1)), Reason: "x"},
			"Reason": {Level: retailsync.ShowNone()},
			"SKUs":   {Level: retailsync.ShowNone(), Reason: "x", SKUs: []string{" "}},
		} {
			if _, err := o.sync.PublishSafeStock(o.Context(), o.target, bad); err == nil || !strings.Contains(err.Error(), what) {
				o.Errorf("%s: %v", what, err)
			}
		}
		meets := false
		if _, err := o.sync.ReconcileStock(o.Context(), o.target, retailsync.StockRun{OnResult: func(retailsync.StockResult) {
			none.Reason, meets = "x", true
			if _, err := o.sync.PublishSafeStock(o.Context(), o.target, none); !errors.Is(err, idempotency.ErrInFlight) {
				o.Errorf("beside another run: %v", err)
			}
		}}); err != nil || !meets {
			o.Error(err, meets)
		}
	})
}

// Whatever call goes wrong and wherever the process dies, the next safe run lowers what is left, each level reaches the channel
// once, and the cycles after it restore all.
func TestSafeStockFaultAtEveryCall(t *testing.T) {
	eitherOutlet(t, func(o *outletTest) {
		o.stocks(9, "a", "b")
		o.stocks(2, "c")
		o.begin()
		t := o.T
		for _, slow := range []bool{false, true} {
			calls := o.strikeSafe(slow, fault{})
			t.Logf("slow %t: %s", slow, strings.Join(calls, ", "))
			for n, call := range calls {
				if o.odoo.Real() && peer.SparesFault(o.odoo.Series, n) {
					continue
				}
				for _, kind := range []faultKind{cutOff, replyLost, refused} {
					if !t.Run(fmt.Sprintf("slow %t %s at call %d (%s)", slow, kind, n+1, call), func(t *testing.T) {
						o.T = t
						o.strikeSafe(slow, fault{kind, n + 1})
					}) {
						return
					}
				}
			}
			o.T = t
		}
	})
}

func (o *outletTest) strikeSafe(slow bool, f fault) []string {
	o.Helper()
	ctx, cancel := context.WithCancel(o.Context())
	defer cancel()
	o.rack.arrived, o.rack.slow = nil, slow
	asked := 0
	o.rack.fail = func(call string) error {
		if call == "follow" {
			if asked++; asked > 1 {
				o.rack.carryOutLocked(nil)
			}
		}
		return nil
	}
	safe := retailsync.SafeStock{Level: retailsync.ShowAtMost(units(4)), Reason: "Odoo is down", SKUs: []string{o.prefix + "-*"}, FollowFor: 2 * time.Second}
	at := newPoints(f, cancel)
	first, gone := o.downed(faultyStore{idempotency.NewMemory(), o.store, at}, o.rules())
	_, err := first.PublishSafeStock(ctx, faultyRack{o.rack, at}, safe)
	calls := at.made()
	if f.Kind == noFault && err != nil || f.Kind == cutOff && err == nil && f.Call < len(calls) {
		o.Errorf("%v: %v", f, err)
	}
	backlog, err := o.store.Cursor(o.Context(), "stock/rack/main/backlog")
	if err != nil || len(o.rack.arrived) > 0 && !strings.Contains(backlog, o.prefix) {
		o.Errorf("lowered, and not owed: %s, %v", backlog, err)
	}
	if f.Call%2 == 0 { // otherwise Odoo is back before anybody has lowered the rest
		second, goneToo := o.downed(faultyStore{idempotency.NewMemory(), o.store, newPoints(fault{}, nil)}, o.rules())
		if _, err := second.PublishSafeStock(o.Context(), o.rack, safe); err != nil {
			o.Fatalf("a safe run after it: %v", err)
		}
		o.shows(map[string]int{"a": 4, "b": 4, "c": 2})
		o.sent("a 4", "b 4")
		gone.n += goneToo.n
	}
	if gone.n > 0 {
		o.Errorf("Odoo was asked %d times", gone.n)
	}
	options := o.options
	options.FollowFor = 2 * time.Second
	for range 3 {
		again := o.connector(faultyStore{idempotency.NewMemory(), o.store, newPoints(fault{}, nil)})
		if _, err := again.PublishStock(o.Context(), o.rack, options); err != nil {
			o.Fatalf("a cycle after it: %v", err)
		}
	}
	o.rack.carryOut(nil)
	o.shows(map[string]int{"a": 9, "b": 9, "c": 2})
	if up := slices.DeleteFunc(slices.Clone(o.rack.arrived), func(level string) bool { return !strings.HasSuffix(level, " 9") }); len(up) > 2 {
		o.Errorf("restored more than once: %v", up)
	}
	if backlog, err := o.store.Cursor(o.Context(), "stock/rack/main/backlog"); err != nil || strings.Contains(backlog, o.prefix) {
		o.Errorf("something is still owed: %s, %v", backlog, err)
	}
	return calls
}
