package retailsync_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/marketplace"
)

// rack is a channel inside the test that compares and sets, can be asked and listed, and does what a script says.
type rack struct {
	mu     sync.Mutex
	batch  int
	levels map[marketplace.StockItem]decimal.Decimal
	// arrived are the levels that reached it, in their order, as "SKU quantity"; keys are those of their changes.
	arrived []string
	keys    map[string][]string
	done    map[string]marketplace.StockResult // what became of a key
	// fail, if set, is asked before each call by its name: list, read, publish, follow.
	fail func(call string) error
	// before, if set, runs before levels are set.
	before func()
	// lose makes the answer of the next publish get lost.
	lose bool
	// refused are SKUs that it does not take, and why.
	refused map[string]error
	// slow makes it accept levels and carry them out only when it is told to.
	slow    bool
	tickets map[string]marketplace.StockLevel
	ends    map[string]marketplace.StockResult
}

func newRack() *rack {
	return &rack{
		batch: 50, levels: map[marketplace.StockItem]decimal.Decimal{}, keys: map[string][]string{}, done: map[string]marketplace.StockResult{},
		refused: map[string]error{}, tickets: map[string]marketplace.StockLevel{}, ends: map[string]marketplace.StockResult{},
	}
}

func (r *rack) Channel() canonical.Channel { return canonical.Channel{Name: "rack", Account: "main"} }

func (r *rack) StockBatch() int { return r.batch }

func (r *rack) error(code marketplace.Code, path, message string) *marketplace.Error {
	return &marketplace.Error{Code: code, Channel: r.Channel(), Op: "stock", Path: path, Message: message}
}

func (r *rack) enter(call string) error {
	if r.fail == nil {
		return nil
	}
	return r.fail(call)
}

func (r *rack) PublishStock(_ context.Context, levels []marketplace.StockLevel) ([]marketplace.StockResult, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.enter("publish"); err != nil {
		return nil, err
	}
	if r.before != nil {
		r.before()
	}
	results := make([]marketplace.StockResult, len(levels))
	for i, level := range levels {
		results[i] = r.take(level)
	}
	if r.lose {
		r.lose = false
		return nil, r.error(marketplace.CodeUnknown, "", "the answer was lost")
	}
	return results, nil
}

func (r *rack) take(level marketplace.StockLevel) marketplace.StockResult {
	result := marketplace.StockResult{Item: level.StockItem, Outcome: marketplace.StockRejected}
	shows, known := r.levels[level.StockItem]
	if !known {
		path := "sku"
		for item := range r.levels {
			if item.SKU == level.SKU {
				path = "location"
			}
		}
		result.Err = r.error(marketplace.CodeNotFound, path, level.SKU+" is not there")
		return result
	}
	if before, ok := r.done[level.Key]; ok {
		return before // a repeat of a change
	}
	r.arrived = append(r.arrived, level.SKU+" "+level.Quantity.String())
	r.keys[level.SKU] = append(r.keys[level.SKU], level.Key)
	switch {
	case r.refused[level.SKU] != nil:
		result.Err = r.refused[level.SKU]
	case level.Expected != nil && !level.Expected.Equal(shows):
		result.Outcome, result.Shows = marketplace.StockConflict, &shows
	case r.slow:
		result.Outcome, result.Ticket = marketplace.StockPending, fmt.Sprintf("ticket %d", len(r.tickets)+1)
		r.tickets[result.Ticket] = level
	default:
		result.Outcome = marketplace.StockAccepted
		r.levels[level.StockItem] = level.Quantity
	}
	r.done[level.Key] = result
	return result
}

func (r *rack) FollowStock(_ context.Context, tickets []string) ([]marketplace.StockResult, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.enter("follow"); err != nil {
		return nil, err
	}
	results := make([]marketplace.StockResult, len(tickets))
	for i, ticket := range tickets {
		level, known := r.tickets[ticket]
		end, over := r.ends[ticket]
		switch {
		case !known:
			results[i] = marketplace.StockResult{Outcome: marketplace.StockRejected, Err: r.error(marketplace.CodeNotFound, "ticket", "no such ticket")}
		case over:
			results[i] = end
		default:
			results[i] = marketplace.StockResult{Item: level.StockItem, Outcome: marketplace.StockPending, Ticket: ticket}
		}
	}
	return results, nil
}

// carryOut ends all that is under way, in the order in which it came: well, or with an error for a SKU.
func (r *rack) carryOut(refused map[string]error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.carryOutLocked(refused)
}

func (r *rack) carryOutLocked(refused map[string]error) {
	for n := range len(r.tickets) {
		ticket := fmt.Sprintf("ticket %d", n+1)
		level, known := r.tickets[ticket]
		if _, over := r.ends[ticket]; over || !known {
			continue
		}
		if err := refused[level.SKU]; err != nil {
			r.ends[ticket] = marketplace.StockResult{Item: level.StockItem, Outcome: marketplace.StockRejected, Err: err}
			continue
		}
		r.levels[level.StockItem] = level.Quantity
		r.ends[ticket] = marketplace.StockResult{Item: level.StockItem, Outcome: marketplace.StockAccepted}
	}
}

// sell has a customer buy units, which lowers what is shown.
func (r *rack) sell(item marketplace.StockItem, n int) {
	left, err := r.levels[item].Sub(decimal.MustNew(int64(n), 0))
	if err != nil {
		panic(err)
	}
	r.levels[item] = left
}

func (r *rack) ReadStock(_ context.Context, items []marketplace.StockItem) ([]marketplace.StockReading, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.enter("read"); err != nil {
		return nil, err
	}
	readings := make([]marketplace.StockReading, len(items))
	for i, item := range items {
		quantity, ok := r.levels[item]
		readings[i] = marketplace.StockReading{Item: item, Quantity: quantity}
		if !ok {
			readings[i].Err = r.error(marketplace.CodeNotFound, "sku", item.SKU+" is not there")
		}
	}
	return readings, nil
}

func (r *rack) ListStock(context.Context, marketplace.Cursor) (marketplace.StockPage, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.enter("list"); err != nil {
		return marketplace.StockPage{}, err
	}
	var page marketplace.StockPage
	for item, quantity := range r.levels {
		page.Readings = append(page.Readings, marketplace.StockReading{Item: item, Quantity: quantity})
	}
	return page, nil
}

// blind is a rack that only takes levels, as some channels do.
type blind struct{ rack *rack }

func (b blind) Channel() canonical.Channel { return b.rack.Channel() }

func (b blind) StockBatch() int { return b.rack.StockBatch() }

func (b blind) PublishStock(ctx context.Context, levels []marketplace.StockLevel) ([]marketplace.StockResult, error) {
	return b.rack.PublishStock(ctx, levels)
}

// outletTest is a rack that sells what lies in a warehouse of an Odoo.
type outletTest struct {
	*testing.T
	odoo    *warehouse.Warehouse
	rack    *rack
	target  marketplace.StockPublisher
	sync    *retailsync.Connector
	store   *idempotency.Memory
	journal *retailsync.MemoryJournal
	options retailsync.StockRun
	// prefix begins the SKUs of the test; only they are critical.
	prefix   string
	products map[string]int64
}

// eitherOutlet is eachOutlet in one of the real Odoos.
func eitherOutlet(t *testing.T, check func(o *outletTest)) {
	t.Helper()
	t.Parallel()
	warehouse.EitherOdoo(t, func(t *testing.T, w *warehouse.Warehouse) { check(newOutlet(t, w)) })
}

// eachOutlet runs a test with a rack and each Odoo.
func eachOutlet(t *testing.T, check func(o *outletTest)) {
	t.Helper()
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) { check(newOutlet(t, w)) })
}

func newOutlet(t *testing.T, w *warehouse.Warehouse) *outletTest {
	t.Helper()
	o := &outletTest{
		T: t, odoo: w, rack: newRack(), store: idempotency.NewMemory(), journal: &retailsync.MemoryJournal{}, prefix: tag(),
		products: map[string]int64{}, options: retailsync.StockRun{FollowFor: time.Millisecond},
	}
	o.target = o.rack
	o.sync = o.connector(o.store)
	return o
}

func (o *outletTest) connector(store idempotency.Store, options ...retailsync.Option) *retailsync.Connector {
	o.Helper()
	return retailsync.New(o.odoo.Client, o.rules(), append([]retailsync.Option{retailsync.WithJournal(o.journal), retailsync.WithStore(store)}, options...)...)
}

func (o *outletTest) rules() *mapping.Rules {
	o.Helper()
	loaded, err := mapping.Load(strings.NewReader(`version: 1
channels:
  rack/main:
    currency_view: shop
    stock:
      locations: [{location: here, warehouses: [`+o.odoo.Name+`]}]
      critical: {skus: ["`+o.prefix+`-*"]}
`), "rules.yaml")
	if err != nil {
		o.Fatal(err)
	}
	return loaded
}

func (o *outletTest) sku(name string) string { return o.prefix + "-" + name }

func (o *outletTest) item(name string) marketplace.StockItem {
	return marketplace.StockItem{SKU: o.sku(name), Location: "here"}
}

// stocks makes products with so many units in the warehouse; the rack shows as many.
func (o *outletTest) stocks(units int, names ...string) {
	o.Helper()
	for _, name := range names {
		o.products[name] = o.odoo.Product(map[string]any{"default_code": o.sku(name)})
		o.odoo.Count(o.products[name], o.odoo.Place, float64(units))
		o.rack.levels[o.item(name)] = decimal.MustNew(int64(units), 0)
	}
}

func (o *outletTest) count(name string, units int) {
	o.Helper()
	o.odoo.Count(o.products[name], o.odoo.Place, float64(units))
}

type stockWork func(context.Context, marketplace.StockPublisher, retailsync.StockRun) (*retailsync.StockReport, error)

// run runs once and returns what became of the test's levels, by name, and the error of the run.
func (o *outletTest) run(work stockWork) (map[string]string, error) {
	o.Helper()
	found := map[string]string{}
	options := o.options
	options.OnResult = func(r retailsync.StockResult) {
		if name, own := strings.CutPrefix(r.Item.SKU, o.prefix+"-"); own {
			text := string(r.Outcome)
			if r.Err != nil {
				text += " " + string(marketplace.CodeOf(r.Err))
			}
			if found[name] != "" {
				text = found[name] + ", " + text
			}
			found[name] = text
		}
	}
	_, err := work(o.Context(), o.target, options)
	return found, err
}

// want runs without an error and holds what became of the levels against what is wanted.
func (o *outletTest) want(what string, work stockWork, want map[string]string) {
	o.Helper()
	got, err := o.run(work)
	if err != nil {
		o.Fatalf("%s: %v", what, err)
	}
	if want == nil {
		want = map[string]string{}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		o.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// cycle is want for an event cycle.
func (o *outletTest) cycle(what string, want map[string]string) {
	o.Helper()
	o.want(what, o.sync.PublishStock, want)
}

// begin runs the first cycle, which compares all, and forgets what it sent.
func (o *outletTest) begin() {
	o.Helper()
	if _, err := o.run(o.sync.PublishStock); err != nil {
		o.Fatal(err)
	}
	o.rack.arrived, o.rack.keys = nil, map[string][]string{}
}

// sent holds the levels that reached the rack since the last call, in any order, against what is wanted.
func (o *outletTest) sent(want ...string) {
	o.Helper()
	got := o.rack.arrived
	o.rack.arrived = nil
	for i := range got {
		got[i] = strings.TrimPrefix(got[i], o.prefix+"-")
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" && len(want)+len(got) > 0 {
		o.Errorf("levels that reached the channel (-want +got):\n%s", diff)
	}
}

// shows holds what the rack shows against what is wanted.
func (o *outletTest) shows(want map[string]int) {
	o.Helper()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if got := o.rack.levels[o.item(name)]; !got.Equal(decimal.MustNew(int64(want[name]), 0)) {
			o.Errorf("the channel shows %s of %s, want %d", got, name, want[name])
		}
	}
}
