package retailsync_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync"
	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/canonical/canonicaltest"
	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
	"github.com/retailsync/retailsync/odoo/sale"
	"github.com/retailsync/retailsync/odoo/stock"
	"github.com/retailsync/retailsync/returns"
)

// kitsOdoo is the database of a real Odoo that has kits. The in-process one has none.
func kitsOdoo(t testing.TB, series int) *database {
	t.Helper()
	p := peer.Kits(t, series)
	db := &database{name: fmt.Sprintf("kits %d", series), series: series, url: p.URL, database: p.Database, login: p.Login, secret: p.Password, real: true}
	db.rules = preparedRules(t, db.dial(t), series)
	return db
}

// eachKits runs a test on both real Odoos that have kits.
func eachKits(t *testing.T, test func(t *testing.T, db *database)) {
	t.Helper()
	inKits(t, []int{19, 14}, test)
}

// eitherKits is eachKits for what one of them is enough for.
func eitherKits(t *testing.T, test func(t *testing.T, db *database)) {
	t.Helper()
	inKits(t, peer.Either(t), test)
}

func inKits(t *testing.T, real []int, test func(t *testing.T, db *database)) {
	t.Helper()
	peer.OnReal(t, real, func(t *testing.T, series int) { test(t, kitsOdoo(t, series)) })
}

// kitDesk is a desk whose article is a kit: of two of the first component, and one of the second.
type kitDesk struct {
	*returnDesk
	kit, bom      int64
	parts         [2]int64 // products
	skus          [2]string
	partsOnLine   [2]int64 // lines of the bill of materials
	templateOfKit int64
}

// newKitDesk opens one with twenty of each component.
func newKitDesk(t *testing.T, db *database, change func(*mapping.ReturnRules)) *kitDesk {
	t.Helper()
	k := &kitDesk{returnDesk: newReturnDesk(t, db, change)}
	k.parts[0], k.skus[0] = k.product, k.sku
	k.skus[1] = k.sku + "-B"
	goods := map[string]any{"name": k.skus[1], "default_code": k.skus[1], "type": "product"}
	if db.series >= 18 {
		goods["type"], goods["is_storable"] = "consu", true
	}
	k.parts[1] = k.create("product.product", goods)
	k.stockUp(k.parts[1], "20")
	k.sku += "-KIT"
	k.kit = k.create("product.product", map[string]any{"name": k.sku, "default_code": k.sku, "type": "consu"})
	type row struct {
		Template odoo.Many2One `json:"product_tmpl_id"`
	}
	rows, err := odoo.Invoke[[]row](t.Context(), k.erp, odoo.Call{Model: "product.product", Method: "read", IDs: []int64{k.kit}, Args: odoo.Args{"fields": []string{"product_tmpl_id"}}, Effect: odoo.EffectRead})
	if err != nil {
		t.Fatal(err)
	}
	k.templateOfKit = rows[0].Template.ID
	k.bom = k.create("mrp.bom", map[string]any{"product_tmpl_id": k.templateOfKit, "type": "phantom", "product_qty": 1})
	for n, quantity := range []int{2, 1} {
		k.partsOnLine[n] = k.create("mrp.bom.line", map[string]any{"bom_id": k.bom, "product_id": k.parts[n], "product_qty": quantity})
	}
	return k
}

// stockUp puts units of a product into the warehouse.
func (c *returnDesk) stockUp(product int64, units string) {
	c.Helper()
	inventory := odoo.Context{"inventory_mode": true}
	quants, err := odoo.Invoke[[]int64](c.Context(), c.erp, odoo.Call{Model: "stock.quant", Method: "create", Context: inventory, Args: odoo.Args{"vals_list": []any{
		map[string]any{"product_id": product, "location_id": c.place, "inventory_quantity": json.Number(units)},
	}}})
	if err != nil {
		c.Fatal(err)
	}
	if c.db.series >= 15 {
		c.call(odoo.Call{Model: "stock.quant", Method: "action_apply_inventory", IDs: quants, Context: inventory})
	}
}

// deliverParts delivers units of the components of a line, those that are named, and leaves the rest to a back order.
func (k *kitDesk) deliverParts(line string, units map[int64]string) {
	k.Helper()
	type openMove struct {
		ID      int64         `json:"id"`
		Product odoo.Many2One `json:"product_id"`
		Picking odoo.Many2One `json:"picking_id"`
	}
	moves, err := odoo.Invoke[[]openMove](k.Context(), k.erp, odoo.Call{Model: "stock.move", Method: "search_read", Effect: odoo.EffectRead, Args: odoo.Args{
		"domain": odoo.And(odoo.Eq("sale_line_id", k.lines()[line].ID), odoo.NotIn("state", []string{"done", "cancel"})), "fields": []string{"product_id", "picking_id"},
	}})
	if err != nil {
		k.Fatal(err)
	}
	var picking int64
	for _, move := range moves {
		quantity, ok := units[move.Product.ID]
		if !ok {
			quantity = "0"
		}
		done := map[string]any{"quantity": json.Number(quantity), "picked": ok}
		if k.db.series < 17 {
			done = map[string]any{"quantity_done": json.Number(quantity)}
		}
		k.write("stock.move", move.ID, done)
		picking = move.Picking.ID
	}
	if picking == 0 {
		k.Fatalf("nothing is to be delivered of line %s", line)
	}
	k.call(odoo.Call{Model: "stock.picking", Method: "button_validate", IDs: []int64{picking}, Context: odoo.Context{"skip_backorder": true, "skip_immediate": true, "skip_sms": true}})
}

// sellKits imports an order of kits at 19.99 each, shipping besides, delivers their components and invoices them.
func (k *kitDesk) sellKits(units int) {
	k.Helper()
	k.book(int64(units))
	k.deliverParts("L2", map[int64]string{k.parts[0]: fmt.Sprint(2 * units), k.parts[1]: fmt.Sprint(units)})
	k.invoice()
}

func (k *kitDesk) invoice() {
	k.Helper()
	if _, err := account.InvoiceOrder(k.Context(), k.erp, k.order().ID, k.source.orders[0].Number); err != nil {
		k.Fatal(err)
	}
}

// held are the quantities of a product at the places of the desk, in words.
func (k *kitDesk) held(product int64) string {
	k.Helper()
	kept := k.product
	defer func() { k.product = kept }()
	k.product = product
	var words []string
	for _, word := range strings.Split(k.inOdoo(), "; ") {
		for _, place := range []string{"stock ", "inspection ", "quarantine "} {
			if strings.HasPrefix(word, place) {
				words = append(words, word)
			}
		}
	}
	return strings.Join(words, "; ")
}

// wantHeld compares where the second component is; wantOdoo tells of the first.
func (k *kitDesk) wantHeld(when, want string) {
	k.Helper()
	if got := k.held(k.parts[1]); got != want {
		k.Errorf("%s, the second component: got %s, want %s", when, got, want)
	}
}

// moved are the units that the moves of the order move by component, those that go back or those that leave: "2 and 1 done".
func (k *kitDesk) moved(back bool) []string {
	k.Helper()
	type moveRow struct {
		ID      int64           `json:"id"`
		Product odoo.Many2One   `json:"product_id"`
		Units   decimal.Decimal `json:"product_uom_qty"`
		State   string          `json:"state"`
		KitLine odoo.Many2One   `json:"bom_line_id"`
		Refund  bool            `json:"to_refund"`
		Picking odoo.Many2One   `json:"picking_id"`
	}
	origin := odoo.Eq("origin_returned_move_id", false)
	if back {
		origin = odoo.Ne("origin_returned_move_id", false)
	}
	rows, err := odoo.Invoke[[]moveRow](k.Context(), k.erp, odoo.Call{Model: "stock.move", Method: "search_read", Effect: odoo.EffectRead, Args: odoo.Args{
		"domain": odoo.And(odoo.Eq("sale_line_id.order_id", k.orderID), origin), "order": "id",
		"fields": []string{"product_id", "product_uom_qty", "state", "bom_line_id", "to_refund", "picking_id"},
	}})
	if err != nil {
		k.Fatal(err)
	}
	var pickings []int64
	words := map[int64][]string{}
	for _, row := range rows {
		name := "other"
		switch row.Product.ID {
		case k.parts[0]:
			name = "A"
		case k.parts[1]:
			name = "B"
		case k.kit:
			name = "kit"
		}
		word := fmt.Sprintf("%s %s", name, row.Units.Trim(0))
		if row.KitLine.ID == 0 {
			word += " of no kit"
		}
		if row.Refund && back {
			word += " to refund"
		}
		if !slices.Contains(pickings, row.Picking.ID) {
			pickings = append(pickings, row.Picking.ID)
		}
		words[row.Picking.ID] = append(words[row.Picking.ID], word+" "+row.State)
	}
	var all []string
	for _, picking := range pickings {
		slices.Sort(words[picking])
		all = append(all, strings.Join(words[picking], ", "))
	}
	return all
}

// wantMoves compares the moves of the pickings of the order.
func (k *kitDesk) wantMoves(when string, back bool, want ...string) {
	k.Helper()
	if got := k.moved(back); !slices.Equal(got, want) {
		k.Errorf("%s:\ngot  %q\nwant %q", when, got, want)
	}
}

// open are the units that are still to be delivered of a line, by component.
func (k *kitDesk) open(line string) string {
	k.Helper()
	type openMove struct {
		ID      int64           `json:"id"`
		Product odoo.Many2One   `json:"product_id"`
		Units   decimal.Decimal `json:"product_uom_qty"`
	}
	moves, err := odoo.Invoke[[]openMove](k.Context(), k.erp, odoo.Call{Model: "stock.move", Method: "search_read", Effect: odoo.EffectRead, Args: odoo.Args{
		"domain": odoo.And(odoo.Eq("sale_line_id", k.lines()[line].ID), odoo.NotIn("state", []string{"done", "cancel"})), "fields": []string{"product_id", "product_uom_qty"},
	}})
	if err != nil {
		k.Fatal(err)
	}
	sums := map[int64]decimal.Decimal{}
	for _, move := range moves {
		if sums[move.Product.ID], err = sums[move.Product.ID].Add(move.Units); err != nil {
			k.Fatal(err)
		}
	}
	return fmt.Sprintf("A %s, B %s", sums[k.parts[0]].Trim(0), sums[k.parts[1]].Trim(0))
}

// An order of a kit, and of one of its components as a line of its own, is confirmed, and Odoo arranges the delivery of the components. A
// repeat changes nothing, and the delivery follows what the channel changes, also after a part has left. What the channel ships itself
// leaves by its components.
func TestKitIsImported(t *testing.T) {
	t.Parallel()
	eitherKits(t, func(t *testing.T, db *database) {
		k := newKitDesk(t, db, nil)
		connector := k.as(mapping.WorkflowOrders)
		wants := func(when, want string) {
			k.Helper()
			k.wantTotal()
			if got := k.open("L2"); got != want {
				k.Errorf("%s: %s are to be delivered, want %s", when, got, want)
			}
			if got := k.openMoves(k.lines()["L3"].ID); len(got) != 1 || got[0].Quantity.Trim(0).String() != "3" {
				k.Errorf("%s: of the line of its own %v are to be delivered, want 3", when, got)
			}
		}
		put := func(kits int64) { k.put(canonicaltest.Item(k.sku, kits, 1999), canonicaltest.Item(k.skus[0], 3, 500)) }
		put(2)
		k.want(retailsync.Created)
		k.wantLines("L1 1, L2 2, L3 3")
		k.wantMoves("imported", false, "A 3 of no kit assigned, A 4 assigned, B 2 assigned")
		k.want(retailsync.Unchanged, retailsync.Recheck())
		wants("imported again", "A 4, B 2")
		put(4)
		k.want(retailsync.Updated)
		wants("raised", "A 8, B 4")
		k.want(retailsync.Unchanged, retailsync.Recheck())
		wants("raised, and looked at again", "A 8, B 4")
		put(3)
		k.want(retailsync.Updated)
		wants("lowered", "A 6, B 3")

		ship := map[int64]decimal.Decimal{k.lines()["L2"].ID: decimal.One}
		for _, want := range []bool{true, false} {
			delivered, err := sale.Deliver(t.Context(), connector, k.orderID, ship)
			if err != nil || delivered != want {
				t.Fatalf("delivered %t, %v; want %t", delivered, err, want)
			}
		}
		wants("one has left", "A 4, B 2")
		if got := k.lines()["L2"].Delivered.Trim(0).String(); got != "1" {
			t.Errorf("Odoo counts %s kits as delivered, want 1", got)
		}
		put(2)
		k.want(retailsync.Updated)
		wants("lowered when one had left", "A 2, B 1")
		k.want(retailsync.Unchanged, retailsync.Recheck())
		wants("and looked at again", "A 2, B 1")
	})
}

// askKit puts a request for units of the kit.
func (k *kitDesk) askKit(id string, units int64) {
	k.Helper()
	k.ask(id, units, canonical.ResolutionRefund)
}

// Two kits of three come back, one good and one damaged: the moves of their components do and no others, each kit's components go where it
// goes, the order counts one kit as delivered as soon as they are received, and the kit's line is credited.
func TestReturnOfKit(t *testing.T) {
	t.Parallel()
	eachKits(t, func(t *testing.T, db *database) {
		k := newKitDesk(t, db, nil)
		k.sellKits(3)
		k.wantOdoo("sold", "delivered 3; invoice posted; stock 14")
		k.wantHeld("sold", "stock 17")
		k.as(mapping.WorkflowReturns)

		k.askKit("9", 9)
		k.wantRefused(k.process("9"), returns.RefusedTooMany)
		k.askOf("8", "", k.skus[1], 1)
		k.wantRefused(k.process("8"), returns.RefusedKitMember)
		k.approve("8")
		if known := k.caseOf("8"); len(known.Lines) != 1 || !known.Lines[0].Approved.IsZero() {
			t.Errorf("of a lone component %+v was approved, want nothing", known.Lines)
		}
		k.askOf("7", "L2", k.skus[0], 1)
		k.wantRefused(k.process("7"), returns.RefusedKitMember)

		k.askKit("1", 2)
		if result := k.process("1"); result.Err != nil || len(result.Refusals) > 0 {
			t.Fatal(result.Err, result.Refusals)
		}
		k.wantMoves("expected", true, "A 4 to refund assigned, B 2 to refund assigned")
		k.tell("1", returns.Received{Line: "R1", Qty: decimal.Two, By: returns.FromPerson})
		status := "" // until the credit note, more is invoiced than delivered
		if db.series < 19 {
			status = "order to invoice; "
		}
		k.wantOdoo("received", "delivered 1; invoice posted; "+status+"stock 14; inspection 4; return done")
		k.found("1", map[canonical.Disposition]int64{canonical.DispositionSellable: 1, canonical.DispositionDamaged: 1})
		k.wantClosed("1")
		end := "delivered 1; invoice posted; credit posted RMA-1 39.98+9.99; stock 16; quarantine 2; return done"
		k.wantOdoo("at the end", end)
		k.wantHeld("at the end", "stock 18; quarantine 1")
		k.wantMoved("re 49.97")
		k.process("1")
		k.wantOdoo("again", end)
		// One is left.
		k.askKit("2", 2)
		k.wantRefused(k.process("2"), returns.RefusedTooMany)
	})
}

// What comes back of a kit is what left for it, though its bill of materials was changed since; of several deliveries the newest comes back
// first, and a component that the order also sells as a line of its own is no part of it.
func TestReturnOfKitByWhatLeft(t *testing.T) {
	t.Parallel()
	eitherKits(t, func(t *testing.T, db *database) {
		k := newKitDesk(t, db, nil)
		k.put(canonicaltest.Item(k.sku, 3, 1999), canonicaltest.Item(k.skus[0], 3, 500))
		k.currency = k.source.orders[0].Currency
		k.want(retailsync.Created)
		k.deliverParts("L2", map[int64]string{k.parts[0]: "2", k.parts[1]: "1"})
		k.deliverParts("L2", map[int64]string{k.parts[0]: "4", k.parts[1]: "2"})
		k.deliver("L3", "3")
		k.invoice()
		k.write("mrp.bom.line", k.partsOnLine[0], map[string]any{"product_qty": 5})

		for _, id := range []string{"1", "2"} {
			if id == "1" {
				k.askOf(id, "", k.skus[0], 1) // the line of its own
			} else {
				k.askKit(id, 3)
			}
			if result := k.process(id); result.Err != nil || len(result.Refusals) > 0 {
				t.Fatal(result.Err, result.Refusals)
			}
			k.found(id, map[canonical.Disposition]int64{canonical.DispositionSellable: map[string]int64{"1": 1, "2": 3}[id]})
			k.wantClosed(id)
		}
		k.wantMoves("at the end", true,
			"A 1 of no kit to refund done",
			"A 4 to refund done, B 2 to refund done",
			"A 2 to refund done, B 1 to refund done")
		k.wantOdoo("at the end", "delivered 0; invoice posted; credit posted RMA-1 5.00+1.25; credit posted RMA-2 59.97+14.99; stock 18; return done; return done; return done")
		k.wantHeld("at the end", "stock 20")
		k.wantMoved("re 6.25, re 74.96")
	})
}

// A person receives one component of a kit and the other later: the case waits for whole kits, and books what is missing of the next one
// once the warehouse has it. Scrapped kits are scrapped by their components.
func TestReturnOfKitInPieces(t *testing.T) {
	t.Parallel()
	eitherKits(t, func(t *testing.T, db *database) {
		k := newKitDesk(t, db, func(r *mapping.ReturnRules) {
			r.Dispositions[canonical.DispositionDamaged] = mapping.DispositionRule{To: mapping.ToScrap}
		})
		k.sellKits(2)
		k.askKit("1", 2)
		k.process("1")
		k.receiveByHand(map[int64]string{k.parts[0]: "3"})
		if result := k.process("1"); result.Err != nil || result.Outcome == retailsync.ReturnFinished {
			t.Fatal(result.Outcome, result.Err)
		}
		if seen := k.caseOf("1").Lines[0].SeenInOdoo; !seen.IsZero() {
			t.Errorf("three of one component are %s kits, want none", seen)
		}
		k.receiveByHand(map[int64]string{k.parts[1]: "1"})
		k.process("1")
		if seen := k.caseOf("1").Lines[0].SeenInOdoo; !seen.Equal(decimal.One) {
			t.Errorf("three and one are %s kits, want one", seen)
		}
		k.found("1", map[canonical.Disposition]int64{canonical.DispositionSellable: 1, canonical.DispositionDamaged: 1})
		k.wantClosed("1")
		k.wantHeld("at the end", "stock 19")
		k.product = k.parts[0]
		k.wantOdoo("at the end", "delivered 0; invoice posted; credit posted RMA-1 39.98+10.00; stock 18; return done; return done; return done")
		k.wantMoved("re 49.98")
	})
}

// receiveByHand receives units of components of the open return of the order, as a person does, and leaves the rest to a back order.
func (k *kitDesk) receiveByHand(units map[int64]string) {
	k.Helper()
	reader := stock.NewReader(k.erp)
	backs, err := reader.Returns(k.Context(), []int64{k.orderID})
	if err != nil {
		k.Fatal(err)
	}
	for _, back := range backs {
		if !back.Open() {
			continue
		}
		receipt := stock.Receipt{Return: back.ID}
		for _, move := range back.Moves {
			if quantity, ok := units[move.Product]; ok {
				receipt.Lines = append(receipt.Lines, stock.ReceivedLine{Move: move.ID, Quantity: decimal.MustParse(quantity)})
			}
		}
		if err := stock.Receive(k.Context(), k.erp, receipt); err != nil {
			k.Fatal(err)
		}
		return
	}
	k.Fatal("no return is open")
}

// Kits that a person must take back by hand: of components by serial number, and of parts that cannot be moved by themselves.
func TestReturnOfKitIsRefused(t *testing.T) {
	t.Parallel()
	eitherKits(t, func(t *testing.T, db *database) {
		k := newKitDesk(t, db, nil)
		k.write("mrp.bom", k.bom, map[string]any{"product_qty": 3})
		k.book(3)
		k.deliverParts("L2", map[int64]string{k.parts[0]: "2", k.parts[1]: "1"})
		k.invoice()
		k.askKit("1", 1)
		k.wantRefused(k.process("1"), returns.RefusedKitMember)
		k.wantMoves("refused", true)
	})
}

// A process dies after each call of a return of kits that changes something, and the next goes on.
func TestKitReturnKilledAtEveryCall(t *testing.T) {
	t.Parallel()
	eitherKits(t, func(t *testing.T, db *database) {
		k := newKitDesk(t, db, nil)
		k.kill(fatalStory{
			sell: func(*returnDesk) { k.sellKits(3) },
			ask: func(c *returnDesk, _ canonical.Order) {
				c.ask("1", 2, canonical.ResolutionRefund)
				c.arrived("1", unit(canonical.DispositionSellable, ""), unit(canonical.DispositionDamaged, ""))
			},
			ids:   []string{"1"},
			end:   "delivered 1; invoice posted; credit posted RMA-1 39.98+9.99; stock 16; quarantine 2; return done",
			moved: "re 49.97",
		})
		k.wantHeld("at the end", "stock 18; quarantine 1")
	})
}
