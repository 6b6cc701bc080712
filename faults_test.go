package retailsync_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"golang.org/x/sync/errgroup"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/internal/peer"
)

// Whatever call of a run goes wrong, and however, a rerun comes to the state of an undisturbed run. The calls
// are those that an undisturbed run makes, to Odoo and to the channel.
func TestFaultAtEveryCall(t *testing.T) {
	t.Parallel()
	eachOdoo(t, func(t *testing.T, db *database) {
		for _, s := range scenarios {
			t.Run(s.name, func(t *testing.T) { testFaults(t, db, s) })
		}
	})
}

// faultCase is one fault at one call, with orders of its own.
type faultCase struct {
	fault
	tag  string
	call string
}

func testFaults(t *testing.T, db *database, s scenario) {
	started := time.Now()
	at := targetOf(db)
	prefix := strings.ToLower(tag())
	reference := prefix + "n0000"
	if s.before != nil {
		importBulk(t, at, s.before(reference))
	}
	undisturbed := importOnce(t.Context(), at, s.orders(reference), newPoints(fault{}, nil))
	checkUndisturbed(t, s, reference, undisturbed)

	var cases []faultCase
	tags := []string{reference}
	add := func(f fault, call string) {
		c := faultCase{f, fmt.Sprintf("%sn%04d", prefix, len(tags)), call}
		cases = append(cases, c)
		tags = append(tags, c.tag)
	}
	add(fault{replyLost, everyRead}, "each read")
	for n, call := range undisturbed.Calls {
		if db.real && peer.SparesFault(db.series, n) {
			continue
		}
		for _, kind := range kindsAt(db, call) {
			add(fault{kind, n + 1}, call)
		}
	}
	var before, after []canonical.Order
	for _, c := range cases {
		if s.before != nil {
			before = append(before, s.before(c.tag)...)
		}
		after = append(after, s.orders(c.tag)...)
	}
	importBulk(t, at, before)
	prepared := time.Since(started)
	var group errgroup.Group
	group.SetLimit(3)
	for _, c := range cases {
		group.Go(func() error {
			c.strike(t, at, s)
			return nil
		})
	}
	_ = group.Wait()
	struck := time.Since(started)

	rerun, told := importBulk(t, at, after)
	for n, outcome := range rerun {
		allowed := []retailsync.Outcome{s.outcomes[n%len(s.outcomes)], retailsync.Unchanged, retailsync.Confirmed}
		if !slices.Contains(allowed, outcome) {
			t.Errorf("rerun after %s: %s", cases[n/len(s.outcomes)], outcome)
		}
	}
	for n, order := range after {
		if want := s.states[n%len(s.states)] == "sale"; want != (told[order.Key.ID] != "") {
			t.Errorf("rerun after %s: acknowledged order %d: %t, want %t", cases[n/len(s.outcomes)], n%len(s.outcomes), !want, want)
		}
	}
	again, _ := importBulk(t, at, after)
	for n, outcome := range again {
		if outcome != retailsync.Unchanged && outcome != retailsync.Held {
			t.Errorf("second rerun after %s: %s", cases[n/len(s.outcomes)], outcome)
		}
	}
	states := readStates(t, db, prefix, tags)
	checkReference(t, db, s, reference, states[reference])
	for _, c := range cases {
		if diff := cmp.Diff(states[reference], states[c.tag]); diff != "" {
			t.Errorf("after %s (-undisturbed +rerun):\n%s", c, diff)
		}
	}
	t.Logf("%s, %s: %d calls, %d faults in %.0f s (prepared %.0f s, struck %.0f s)",
		db.name, s.name, len(undisturbed.Calls), len(cases), time.Since(started).Seconds(), prepared.Seconds(), struck.Seconds())
}

// kindsAt are the faults at a call. Death before a call that only reads is the same as death after the call before
// it. On real servers, which are slow, death before a call is left out, and all replies of reads are lost in one run.
func kindsAt(db *database, call string) []faultKind {
	reads := onlyReads(call)
	switch {
	case db.real && reads:
		return []faultKind{killedAfter}
	case db.real:
		return []faultKind{killedAfter, replyLost}
	case reads:
		return []faultKind{killedAfter, replyLost, refused, cutOff}
	default:
		return []faultKind{killedAfter, replyLost, refused, cutOff, killedBefore}
	}
}

func (c faultCase) String() string { return fmt.Sprintf("%s at call %d (%s)", c.Kind, c.Call, c.call) }

// strike runs the import once with the fault.
func (c faultCase) strike(t *testing.T, at target, s scenario) {
	orders := s.orders(c.tag)
	if c.Kind == killedBefore || c.Kind == killedAfter {
		child := startChild(t.Context(), t, childTask{Odoo: at, Orders: orders, Fault: c.fault})
		child.start.Close()
		if code, report := child.wait(t); code != killedCode {
			t.Errorf("%s: the process ended with %d: %v", c, code, report)
		}
		return
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	store := retailsync.WithStore(idempotency.NewMemory())
	report := importOnce(ctx, at, orders, newPoints(c.fault, cancel), store)
	switch {
	case c.Kind == cutOff:
		if last := c.call == channelCall+"acknowledge"; report.Err == "" && !last {
			t.Errorf("%s: no error: %v", c, report)
		}
		// The store outlived the run that was cut off.
		if rerun := importOnce(t.Context(), at, orders, newPoints(fault{}, nil), store); rerun.Err != "" || len(rerun.Failures) > 0 {
			t.Errorf("%s: rerun with the same store: %v", c, rerun)
		}
	case c.call == channelCall+"list":
		if report.Err == "" {
			t.Errorf("%s: no error: %v", c, report)
		}
	case c.call == channelCall+"acknowledge":
		if report.Err != "" || len(report.Failures) != 1 {
			t.Errorf("%s: want one order failed: %v", c, report)
		}
	case report.Err != "" || len(report.Failures) > 0:
		// Every call may be repeated or is looked up, so one that goes wrong fails no order.
		t.Errorf("%s: %v", c, report)
	}
}

// importBulk imports orders with an empty store and without faults, and returns their outcomes in order and what the
// channel was told.
func importBulk(t *testing.T, at target, orders []canonical.Order) ([]retailsync.Outcome, map[string]string) {
	t.Helper()
	if len(orders) == 0 {
		return nil, nil
	}
	erp, err := at.dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	outcomes := map[string]retailsync.Outcome{}
	source := &listed{orders: orders}
	report, err := retailsync.New(erp, rulesOf(at.Series)).ImportOrders(t.Context(), source, time.Time{},
		retailsync.OnResult(func(r retailsync.OrderResult) {
			mu.Lock()
			defer mu.Unlock()
			outcomes[r.Order.ID] = r.Outcome
		}))
	if err != nil {
		t.Fatal(report, err)
	}
	for _, failed := range report.Failed() {
		t.Error(failed.Err)
	}
	ordered := make([]retailsync.Outcome, len(orders))
	for i := range orders {
		ordered[i] = outcomes[orders[i].Key.ID]
	}
	return ordered, source.acknowledged
}

// checkUndisturbed holds the report of a run without faults against what the scenario says.
func checkUndisturbed(t *testing.T, s scenario, tag string, report childReport) {
	t.Helper()
	if report.Err != "" || len(report.Failures) > 0 {
		t.Fatal(report)
	}
	for n, want := range s.outcomes {
		if got := report.Outcomes[fmt.Sprintf("%s-%d", tag, n)]; got != want {
			t.Errorf("order %d: %s, want %s", n, got, want)
		}
	}
	t.Logf("the calls: %s", strings.Join(report.Calls, ", "))
}

// checkReference holds what an undisturbed run made of the orders against the orders.
func checkReference(t *testing.T, db *database, s scenario, tag string, got *odooState) {
	t.Helper()
	customers := map[string]bool{}
	for n, order := range s.orders(tag) {
		customers[order.Buyer.Email] = true
		found := got.Orders[fmt.Sprintf("-%d", n)]
		if len(found) != 1 {
			t.Fatalf("order %d is in Odoo %d times", n, len(found))
		}
		checkContent(t, db, order, s.states[n], found[0])
	}
	buyers := 0
	for _, contact := range got.Contacts {
		if contact.Kind == "contact" {
			buyers++
		}
	}
	if buyers != len(customers) {
		t.Errorf("%d customers, want %d: %v", buyers, len(customers), got.Contacts)
	}
}

// checkContent holds one order in Odoo against the channel's.
func checkContent(t *testing.T, db *database, order canonical.Order, state any, got orderState) {
	t.Helper()
	if fmt.Sprint(got.State) != fmt.Sprint(state) {
		t.Errorf("%s: %s, want %s", order.Key.ID, got.State, state)
	}
	for _, line := range got.Lines {
		if !line.Named {
			t.Errorf("%s: a line without an External ID: %v", order.Key.ID, line)
		}
	}
	if got.State == "cancel" {
		return
	}
	tax, err := order.SellerTax()
	if err != nil {
		t.Fatal(err)
	}
	if got.Total != cents(order.Totals.Grand.Shop) || got.Tax != cents(tax.Shop) || got.Currency != string(order.Currency) {
		t.Errorf("%s: %s with tax %s, want %s with %s", order.Key.ID, got.Total, got.Tax, order.Totals.Grand.Shop, tax.Shop)
	}
	want, lines := map[string]decimal.Decimal{}, map[string]decimal.Decimal{}
	add := func(sums map[string]decimal.Decimal, sku string, quantity decimal.Decimal) {
		if sum, err := sums[sku].Add(quantity); err != nil {
			t.Fatal(err)
		} else if !sum.IsZero() {
			sums[sku] = sum.Trim(0)
		}
	}
	for _, line := range order.Lines {
		open, err := line.Qty.Open()
		if err != nil {
			t.Fatal(err)
		}
		if line.SKU != "" {
			add(want, line.SKU, open)
		}
	}
	for _, line := range got.Lines {
		if strings.HasPrefix(line.Product, "SKU-") {
			add(lines, line.Product, decimal.MustParse(line.Quantity))
		}
	}
	moved := map[string]decimal.Decimal{}
	for _, move := range got.Moves {
		if move.State != "cancel" {
			add(moved, move.Product, decimal.MustParse(move.Quantity))
		}
	}
	same := cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) })
	if diff := cmp.Diff(want, lines, same); diff != "" {
		t.Errorf("%s: units by SKU (-channel +Odoo):\n%s", order.Key.ID, diff)
	}
	if got.State == "sale" {
		if diff := cmp.Diff(want, moved, same); diff != "" {
			t.Errorf("%s: units to deliver (-channel +Odoo):\n%s", order.Key.ID, diff)
		}
		if len(got.Pickings) != 1 {
			t.Errorf("%s: %d deliveries", order.Key.ID, len(got.Pickings))
		}
	}
}

// targetOf is how a process of its own reaches the database.
func targetOf(db *database) target {
	return target{Series: db.series, URL: db.url, Database: db.database, Login: db.login, Secret: db.secret, APIKey: db.apiKey}
}
