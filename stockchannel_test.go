package retailsync_test

import (
	"testing"
	"time"

	"github.com/retailsync/retailsync/marketplace"
)

// A channel that sells between our look and our level is not overwritten: it is looked at and told once more.
func TestStockConflict(t *testing.T) {
	eitherOutlet(t, func(o *outletTest) {
		o.stocks(9, "a")
		o.begin()
		o.count("a", 5)
		sales := 1
		o.rack.before = func() {
			if sales > 0 {
				sales--
				o.rack.sell(o.item("a"), 2)
			}
		}
		o.cycle("one sale in between", map[string]string{"a": "published"})
		o.sent("a 5", "a 5")
		o.shows(map[string]int{"a": 5})
		if keys := o.rack.keys[o.sku("a")]; len(keys) != 2 || keys[0] == keys[1] {
			o.Errorf("the keys of two changes: %v", keys)
		}
		// Twice in a row is for the next cycle.
		o.count("a", 1)
		sales = 2
		o.rack.sell(o.item("a"), -4)
		o.cycle("sales again and again", map[string]string{"a": "failed conflict"})
		o.cycle("the next cycle", map[string]string{"a": "published"})
		o.shows(map[string]int{"a": 1})
		// A sale that leaves less than what Odoo knows of is not undone at once.
		o.rack.arrived = nil
		o.count("a", 8)
		o.cycle("more has come", map[string]string{"a": "published"})
		o.count("a", 7)
		sales = 1
		o.cycle("sold below the level", map[string]string{"a": "waiting"})
		o.sent("a 8", "a 7")
		o.shows(map[string]int{"a": 6})
		o.cycle("nothing came of it in Odoo", map[string]string{"a": "published"})
		o.shows(map[string]int{"a": 7})
	})
}

// A level that the channel lowered by itself is raised only when its sale has had the time to reach Odoo.
func TestStockRaiseAfter(t *testing.T) {
	eitherOutlet(t, func(o *outletTest) {
		o.stocks(9, "a")
		o.begin()
		o.options.RaiseAfter = time.Hour
		o.rack.sell(o.item("a"), 2)
		o.count("a", 8)
		for range 3 {
			o.cycle("a sale on its way", map[string]string{"a": "waiting"})
		}
		o.shows(map[string]int{"a": 7})
		o.odoo.Order(o.products["a"], 2)
		o.cycle("the sale is there", map[string]string{"a": "published"})
		o.shows(map[string]int{"a": 6})
		o.rack.sell(o.item("a"), 1)
		o.count("a", 9)
		o.cycle("another one", map[string]string{"a": "waiting"})
		o.options.RaiseAfter = time.Nanosecond
		o.cycle("too late", map[string]string{"a": "published"})
		o.sent("a 6", "a 7")
	})
}

// What the channel works on is followed from run to run, and sent again only if it changed or was lost there.
func TestStockAcceptedLater(t *testing.T) {
	eitherOutlet(t, func(o *outletTest) {
		o.stocks(9, "a", "b", "c", "d")
		o.begin()
		o.rack.slow = true
		o.count("a", 5)
		o.count("b", 5)
		o.count("c", 5)
		o.count("d", 5)
		waiting := map[string]string{"a": "waiting", "b": "waiting", "c": "waiting", "d": "waiting"}
		o.cycle("accepted", waiting)
		o.sent("a 5", "b 5", "c 5", "d 5")
		o.cycle("still under way", waiting)
		o.sync = o.connector(o.store)
		o.cycle("and after a restart", waiting)
		o.want("a full comparison does not send them again", o.sync.ReconcileStock, waiting)
		o.sent()
		o.count("b", 4)
		delete(o.rack.tickets, "ticket 4")
		o.cycle("one changed, one was lost", waiting)
		if lost := len(o.rack.arrived); lost != 2 {
			o.Errorf("%d levels were sent: %v", lost, o.rack.arrived)
		}
		o.rack.arrived = nil
		o.rack.carryOut(map[string]error{o.sku("c"): o.rack.error(marketplace.CodeInvalid, "quantity", "not today")})
		after, err := o.run(o.sync.PublishStock)
		if err != nil {
			o.Fatal(err)
		}
		published := 0
		for name, outcome := range after {
			switch {
			case outcome == "published":
				published++
			case name == "c" && outcome == "failed invalid":
			default:
				o.Errorf("%s: %s", name, outcome)
			}
		}
		if published != 3 || len(after) != 4 {
			o.Errorf("the end: %v", after)
		}
		o.shows(map[string]int{"a": 5, "b": 4, "c": 9, "d": 5})
		o.cycle("at rest", nil)
		o.sent()
		if events := len(o.journal.Events()); events != 3 {
			o.Errorf("%d events for 3 levels", events)
		}
	})
}

// A channel that cannot be asked is told each change once; repeats of a change have its key, others have their own.
func TestStockOfABlindChannel(t *testing.T) {
	eitherOutlet(t, func(o *outletTest) {
		o.stocks(9, "a")
		o.target = blind{o.rack}
		o.begin()
		o.count("a", 5)
		o.rack.lose = true
		o.cycle("the answer is lost", map[string]string{"a": "published"})
		o.sent("a 5")
		o.cycle("at rest", nil)
		for _, units := range []int{9, 5, 9, 5} {
			o.count("a", units)
			o.cycle("there and back", map[string]string{"a": "published"})
			o.shows(map[string]int{"a": units})
		}
		o.sent("a 9", "a 5", "a 9", "a 5")
	})
}

// A lost answer is looked up: what the channel has sold since is not put on sale again.
func TestStockAnswerLost(t *testing.T) {
	eitherOutlet(t, func(o *outletTest) {
		o.stocks(9, "a", "b")
		o.begin()
		o.count("a", 5)
		o.count("b", 5)
		o.rack.lose = true
		o.rack.fail = func(call string) error {
			if call == "read" && len(o.rack.arrived) == 2 {
				o.rack.sell(o.item("b"), 1)
				o.rack.fail = nil
			}
			return nil
		}
		o.cycle("both arrived, one was sold from", map[string]string{"a": "published", "b": "waiting"})
		o.sent("a 5", "b 5")
		o.shows(map[string]int{"a": 5, "b": 4})
		o.odoo.Order(o.products["b"], 1)
		o.cycle("the sale is in Odoo", map[string]string{"b": "unchanged"})
		o.sent()
	})
}

// A place that the rules do not map is reported and left alone; one that the channel does not have holds up nothing.
func TestStockUnmappedLocation(t *testing.T) {
	eitherOutlet(t, func(o *outletTest) {
		o.stocks(9, "a", "b")
		elsewhere := marketplace.StockItem{SKU: o.sku("a"), Location: "elsewhere"}
		o.rack.levels[elsewhere] = o.rack.levels[o.item("a")]
		delete(o.rack.levels, o.item("b"))
		o.rack.levels[marketplace.StockItem{SKU: o.sku("b"), Location: "elsewhere"}] = o.rack.levels[o.item("a")]
		o.count("a", 4)
		o.want("compared", o.sync.ReconcileStock, map[string]string{"a": "failed invalid, published", "b": "failed invalid, failed not_found"})
		o.shows(map[string]int{"a": 4})
		if got := o.rack.levels[elsewhere].String(); got != "9" {
			o.Errorf("a place that is not mapped shows %s now", got)
		}
		o.sent("a 4")
	})
}

// A SKU that the channel refuses holds up no other, and is not sent again until it changes or all is compared.
func TestStockRejected(t *testing.T) {
	eitherOutlet(t, func(o *outletTest) {
		o.stocks(9, "a", "b", "c")
		o.begin()
		o.rack.refused[o.sku("b")] = o.rack.error(marketplace.CodeInvalid, "sku", "not for sale")
		for _, name := range []string{"a", "b", "c"} {
			o.count(name, 5)
		}
		o.cycle("one is refused", map[string]string{"a": "published", "b": "failed invalid", "c": "published"})
		o.cycle("at rest", nil)
		o.sent("a 5", "b 5", "c 5")
		o.want("compared", o.sync.ReconcileStock, map[string]string{"a": "unchanged", "b": "failed invalid", "c": "unchanged"})
		o.sent("b 5")
		delete(o.rack.refused, o.sku("b"))
		o.count("b", 4)
		o.cycle("taken", map[string]string{"b": "published"})
		o.shows(map[string]int{"a": 5, "b": 4, "c": 5})
		// One that may be taken later is tried again by itself.
		o.rack.refused[o.sku("c")] = o.rack.error(marketplace.CodeUnavailable, "", "busy")
		o.count("c", 3)
		o.cycle("busy", map[string]string{"c": "failed unavailable"})
		delete(o.rack.refused, o.sku("c"))
		o.cycle("not any more", map[string]string{"c": "published"})
		o.shows(map[string]int{"c": 3})
	})
}

// A channel that is down for a while loses nothing and is sent nothing twice.
func TestStockChannelDown(t *testing.T) {
	eitherOutlet(t, func(o *outletTest) {
		o.stocks(9, "a", "b", "c")
		o.begin()
		o.rack.fail = func(string) error { return o.rack.error(marketplace.CodeUnavailable, "", "down") }
		for n, name := range []string{"a", "b", "c", "a"} {
			o.count(name, 8-n)
			got, err := o.run(o.sync.PublishStock)
			if marketplace.CodeOf(err) != marketplace.CodeUnavailable || got[name] != "failed unavailable" {
				o.Errorf("down: %v, %v", got, err)
			}
		}
		if _, err := o.run(o.sync.ReconcileStock); marketplace.CodeOf(err) != marketplace.CodeUnavailable {
			o.Errorf("a comparison while it is down: %v", err)
		}
		o.rack.fail = nil
		o.cycle("up again", map[string]string{"a": "published", "b": "published", "c": "published"})
		o.sent("a 5", "b 7", "c 6")
		o.cycle("at rest", nil)
		o.sent()
	})
}

// A credential that expires in the middle of a run ends it; the next run goes on where it stopped.
func TestStockTokenExpires(t *testing.T) {
	eitherOutlet(t, func(o *outletTest) {
		o.rack.batch = 2
		o.stocks(9, "a", "b", "c", "d", "e")
		o.begin()
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			o.count(name, 5)
		}
		o.rack.fail = func(call string) error {
			if call == "publish" && len(o.rack.arrived) == 2 {
				return o.rack.error(marketplace.CodeUnauthenticated, "", "the token has expired")
			}
			return nil
		}
		got, err := o.run(o.sync.PublishStock)
		if marketplace.CodeOf(err) != marketplace.CodeUnauthenticated {
			o.Errorf("%v, %v", got, err)
		}
		o.sent("a 5", "b 5")
		o.rack.fail = nil
		o.cycle("a new token", map[string]string{"c": "published", "d": "published", "e": "published"})
		o.sent("c 5", "d 5", "e 5")
		o.shows(map[string]int{"a": 5, "b": 5, "c": 5, "d": 5, "e": 5})
	})
}
