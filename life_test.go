package retailsync_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/canonical/canonicaltest"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/sale"
)

// life is one order of a channel and what becomes of it in one Odoo.
type life struct {
	*testing.T
	db        *database
	erp       *odoo.Client // of an administrator: what people do in Odoo
	id        string
	source    *listed
	journal   *retailsync.MemoryJournal
	connector *retailsync.Connector
	changed   time.Time
	orderID   int64
}

// eachLife runs one scenario on an order of its own in every Odoo.
func eachLife(t *testing.T, scenario func(l *life)) {
	t.Helper()
	t.Parallel()
	eachOdoo(t, func(t *testing.T, db *database) { scenario(newLife(t, db, db.rules)) })
}

// eitherLife is eachLife in one of the real ones.
func eitherLife(t *testing.T, scenario func(l *life)) {
	t.Helper()
	t.Parallel()
	eitherOdoo(t, func(t *testing.T, db *database) { scenario(newLife(t, db, db.rules)) })
}

func newLife(t *testing.T, db *database, rules *mapping.Rules, options ...retailsync.Option) *life {
	t.Helper()
	l := &life{
		T: t, db: db, erp: db.dial(t), id: tag(), source: &listed{}, journal: &retailsync.MemoryJournal{},
		changed: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}
	l.connector = retailsync.New(db.dial(t), rules, append(options, retailsync.WithJournal(l.journal))...)
	return l
}

// rulesWith are the rules of a database with a change.
func rulesWith(db *database, change func(*mapping.ChannelRules)) *mapping.Rules {
	rules := rulesOf(db.series)
	change(&rules.Defaults)
	return rules
}

// put changes the order at the channel: it costs shipping and has the lines that follow, from L2 on.
func (l *life) put(options ...canonicaltest.Option) canonical.Order {
	l.Helper()
	order := canonicaltest.Order(l.id, append([]canonicaltest.Option{canonicaltest.Shipping(495)}, options...)...)
	l.changed = l.changed.Add(time.Minute)
	order.Revision.UpdatedAt = l.changed
	if err := order.Validate(); err != nil {
		l.Fatal(err)
	}
	l.source.orders = []canonical.Order{order}
	return order
}

// edit changes the order at the channel that was put last.
func (l *life) edit(change func(*canonical.Order)) {
	l.Helper()
	l.changed = l.changed.Add(time.Minute)
	l.source.orders[0].Revision.UpdatedAt = l.changed
	change(&l.source.orders[0])
}

func (l *life) cancelAtChannel() {
	l.Helper()
	l.edit(func(o *canonical.Order) { o.Status = canonical.StatusCancelled })
}

// run imports the channel and returns what became of the order.
func (l *life) run(options ...retailsync.RunOption) retailsync.OrderResult {
	l.Helper()
	return l.runWith(l.connector, options...)
}

func (l *life) runWith(connector *retailsync.Connector, options ...retailsync.RunOption) retailsync.OrderResult {
	l.Helper()
	var results []retailsync.OrderResult
	report, err := connector.ImportOrders(l.Context(), l.source, time.Time{}, append(options, retailsync.OnResult(func(r retailsync.OrderResult) {
		results = append(results, r)
	}))...)
	if err != nil {
		l.Fatal(err)
	}
	if len(results) != 1 || report.Orders() != 1 || report.Count(results[0].Outcome) != 1 {
		l.Fatalf("results %v, report %v", results, report)
	}
	if results[0].OdooID != 0 {
		l.orderID = results[0].OdooID
	}
	return results[0]
}

// want imports the channel and expects an outcome.
func (l *life) want(outcome retailsync.Outcome, options ...retailsync.RunOption) retailsync.OrderResult {
	l.Helper()
	result := l.run(options...)
	if result.Outcome != outcome {
		l.Fatalf("%s (%v, %v), want %s", result.Outcome, result.Changes, result.Err, outcome)
	}
	return result
}

// wantConflict imports the channel and expects that a person must decide; nothing changes in Odoo.
func (l *life) wantConflict(stage retailsync.Stage, reason string) {
	l.Helper()
	before := l.fingerprint()
	result := l.want(retailsync.Failed)
	wantOrderError[*retailsync.Conflict](l, result.Err, stage, reason)
	if after := l.fingerprint(); after != before {
		l.Errorf("a conflict changed the order:\n%s\n%s", before, after)
	}
}

// order is the one order in Odoo with the External ID of this life.
func (l *life) order() sale.Order {
	l.Helper()
	if l.orderID == 0 {
		l.Fatal("the order is not in Odoo")
	}
	orders, err := sale.Read(l.Context(), l.erp, []int64{l.orderID})
	if err != nil || len(orders) != 1 {
		l.Fatalf("%v %v", orders, err)
	}
	return orders[0]
}

func (l *life) wantState(state sale.State) {
	l.Helper()
	if got := l.order().State; got != state {
		l.Errorf("state %s, want %s", got, state)
	}
}

// wantTotal holds the total in Odoo against the channel's.
func (l *life) wantTotal() {
	l.Helper()
	got, want := l.order(), l.source.orders[0]
	total, err := want.Currency.Round(got.AmountTotal)
	if err != nil || !total.Equal(want.Totals.Grand.Shop) {
		l.Errorf("%s in Odoo, %s at the channel (%v)", got.AmountTotal, want.Totals.Grand.Shop, err)
	}
}

func (l *life) lines() map[string]sale.Line {
	l.Helper()
	all, err := sale.Lines(l.Context(), l.erp, []int64{l.orderID})
	if err != nil {
		l.Fatal(err)
	}
	byLine := map[string]sale.Line{}
	for _, line := range all[l.orderID] {
		name := "by hand"
		if !line.ExternalID.IsZero() {
			name = line.ExternalID.Name[strings.LastIndex(line.ExternalID.Name, "_")+1:]
		}
		byLine[name] = line
	}
	return byLine
}

// wantLines compares the quantities of lines that are not empty: "L1 1, L2 2".
func (l *life) wantLines(want string) {
	l.Helper()
	lines := l.lines()
	var got []string
	for _, name := range slices.Sorted(maps.Keys(lines)) {
		if !lines[name].Quantity.IsZero() {
			got = append(got, name+" "+lines[name].Quantity.Trim(0).String())
		}
	}
	if text := strings.Join(got, ", "); text != want {
		l.Errorf("lines %s, want %s", text, want)
	}
}

// fingerprint is all of the order in Odoo that a conflict or a dry run must leave alone.
func (l *life) fingerprint() string {
	l.Helper()
	read := func(model string, domain odoo.Domain) []map[string]any {
		rows, err := odoo.Invoke[[]map[string]any](l.Context(), l.erp, odoo.Call{
			Model: model, Method: "search_read", Args: odoo.Args{"domain": domain, "fields": []string{"id", "write_date"}, "order": "id"}, Effect: odoo.EffectRead,
		})
		if err != nil {
			l.Fatal(err)
		}
		return rows
	}
	var parts []string
	for _, row := range read("sale.order", odoo.Eq("id", l.orderID)) {
		parts = append(parts, fmt.Sprint(row))
	}
	for _, row := range read("sale.order.line", odoo.Eq("order_id", l.orderID)) {
		parts = append(parts, fmt.Sprint(row))
	}
	for _, row := range read("stock.move", odoo.Eq("sale_line_id.order_id", l.orderID)) {
		parts = append(parts, fmt.Sprint(row))
	}
	return strings.Join(parts, "\n")
}

// write writes fields of a record, as a person in Odoo does.
func (l *life) write(model string, id int64, values map[string]any) {
	l.Helper()
	l.call(odoo.Call{Model: model, Method: "write", IDs: []int64{id}, Args: odoo.Args{"vals": values}})
}

// press presses a button of the order, as a person in Odoo does.
func (l *life) press(button string) {
	l.Helper()
	l.call(odoo.Call{Model: "sale.order", Method: button, IDs: []int64{l.orderID}, Context: odoo.Context{"disable_cancel_warning": true}})
}

func (l *life) call(call odoo.Call) {
	l.Helper()
	if err := l.erp.Call(l.Context(), call, nil); err != nil {
		l.Fatal(err)
	}
}

// create makes a record and returns its id.
func (l *life) create(model string, values map[string]any) int64 {
	l.Helper()
	ids, err := odoo.Invoke[[]int64](l.Context(), l.erp, odoo.Call{Model: model, Method: "create", Args: odoo.Args{"vals_list": []any{values}}})
	if err != nil || len(ids) != 1 {
		l.Fatal(ids, err)
	}
	return ids[0]
}

func (l *life) search(model string, domain odoo.Domain) []int64 {
	l.Helper()
	ids, err := odoo.Invoke[[]int64](l.Context(), l.erp, odoo.Call{Model: model, Method: "search", Args: odoo.Args{"domain": domain}, Effect: odoo.EffectRead})
	if err != nil {
		l.Fatal(err)
	}
	return ids
}

// lock locks the order, as a person in Odoo does.
func (l *life) lock() {
	l.Helper()
	if l.db.series < 17 {
		l.press("action_done")
	} else {
		l.press("action_lock")
	}
}

// deliver delivers units of a line and leaves the rest to a back order.
func (l *life) deliver(line, quantity string) {
	l.Helper()
	l.ship(l.lines()[line].ID, decimal.MustParse(quantity))
}

// ship validates the delivery of a line's units.
func (l *life) ship(line int64, quantity decimal.Decimal) {
	l.Helper()
	moves := l.openMoves(line)
	if len(moves) != 1 {
		l.Fatalf("%d open moves", len(moves))
	}
	units := json.Number(quantity.String())
	done := map[string]any{"quantity": units, "picked": true}
	if l.db.series < 17 {
		done = map[string]any{"quantity_done": units}
	}
	l.write("stock.move", moves[0].ID, done)
	if err := l.erp.Do(l.Context(), odoo.Call{
		Model: "stock.picking", Method: "button_validate", IDs: []int64{moves[0].Picking.ID},
		Context: odoo.Context{"skip_backorder": true, "skip_immediate": true, "skip_sms": true},
	}); err != nil {
		l.Fatal(err)
	}
}

// delivery is what is read of a stock.move.
type delivery struct {
	ID       int64           `odoo:"id"`
	Quantity decimal.Decimal `odoo:"product_uom_qty"`
	Picking  odoo.Many2One   `odoo:"picking_id"`
}

func (delivery) OdooModel() string { return "stock.move" }

// openMoves are what is still to be delivered of a line.
func (l *life) openMoves(line int64) []delivery {
	l.Helper()
	moves, err := odoo.Find[delivery](l.Context(), l.erp, odoo.And(
		odoo.Eq("sale_line_id", line), odoo.NotIn("state", []string{"done", "cancel"}),
	))
	if err != nil {
		l.Fatal(err)
	}
	return moves
}

// wantDeliveries expects that what is still to be delivered of every line is what is ordered and not delivered, and
// that no delivery without content is left open.
func (l *life) wantDeliveries() {
	l.Helper()
	for name, line := range l.lines() {
		var open decimal.Decimal
		for _, move := range l.openMoves(line.ID) {
			var err error
			if open, err = open.Add(move.Quantity); err != nil {
				l.Fatal(err)
			}
		}
		want, err := line.Quantity.Sub(line.Delivered)
		if err != nil {
			l.Fatal(err)
		}
		if name == "L1" { // shipping is a service
			want = decimal.Zero
		}
		if !open.Equal(want) {
			l.Errorf("%s: %s are to be delivered, want %s", name, open, want)
		}
	}
}

// pickings counts the deliveries of the order by state.
func (l *life) pickings() map[string]int {
	l.Helper()
	rows, err := odoo.Invoke[[]struct {
		State string `json:"state"`
	}](l.Context(), l.erp, odoo.Call{
		Model: "stock.picking", Method: "search_read", Effect: odoo.EffectRead,
		Args: odoo.Args{"domain": odoo.Eq("sale_id", l.orderID), "fields": []string{"state"}, "order": "id"},
	})
	if err != nil {
		l.Fatal(err)
	}
	states := map[string]int{}
	for _, row := range rows {
		states[row.State]++
	}
	return states
}

// wantOrderError expects an OrderError of a stage whose cause is an E, and whose text says something.
func wantOrderError[E error](t testing.TB, err error, stage retailsync.Stage, text string) {
	t.Helper()
	var failed *retailsync.OrderError
	if !errors.As(err, &failed) {
		t.Fatalf("%v is no OrderError", err)
	}
	var cause E
	if failed.Stage != stage || !errors.As(err, &cause) || !strings.Contains(err.Error(), text) {
		t.Errorf("%s: %T %v; want %s, %T and %q", failed.Stage, failed.Err, err, stage, cause, text)
	}
}

func originOf(id string) odoo.Domain {
	return odoo.Eq("origin", canonical.Key{Channel: testChannel, ID: id}.String())
}

func skuOf(sku string) odoo.Domain { return odoo.Eq("default_code", sku) }
