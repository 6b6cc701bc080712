package stock_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/stock"
)

// backDoor is a warehouse to which goods come back.
type backDoor struct {
	*warehouse.Warehouse
	t       *testing.T
	reader  *stock.Reader
	product int64
	order   int64
}

func newBackDoor(t *testing.T, w *warehouse.Warehouse, units float64) *backDoor {
	d := &backDoor{Warehouse: w, t: t, reader: stock.NewReader(w.Client), product: w.Product(nil)}
	w.Count(d.product, w.Place, 10)
	d.order = w.Order(d.product, units)
	w.Deliver(d.order)
	return d
}

// goods is the one delivered move of the order.
func (d *backDoor) goods() stock.Returnable {
	d.t.Helper()
	all, err := d.reader.Returnable(d.t.Context(), []int64{d.order})
	if err != nil || len(all) != 1 {
		d.t.Fatal(all, err)
	}
	return all[0]
}

func (d *backDoor) returns() []stock.Return {
	d.t.Helper()
	all, err := d.reader.Returns(d.t.Context(), []int64{d.order})
	if err != nil {
		d.t.Fatal(err)
	}
	return all
}

func (d *backDoor) draft(units int) stock.ReturnDraft {
	return stock.ReturnDraft{
		ExternalID: odoo.NewExternalID("retailsync", "test", rand.Text()),
		Lines:      []stock.ReturnLine{{Move: d.goods().Move, Quantity: decimal.MustNew(int64(units), 0), ToRefund: true}},
	}
}

func (d *backDoor) open(draft stock.ReturnDraft) int64 {
	d.t.Helper()
	id, err := stock.OpenReturn(d.t.Context(), d.Client, draft)
	if err != nil {
		d.t.Fatal(err)
	}
	return id
}

// receive books units of the one move of a return.
func (d *backDoor) receive(id int64, units int, last bool, lots ...stock.LotQuantity) error {
	d.t.Helper()
	for _, back := range d.returns() {
		if back.ID == id {
			return stock.Receive(d.t.Context(), d.Client, stock.Receipt{Return: id, Last: last, Lines: []stock.ReceivedLine{
				{Move: back.Moves[0].ID, Quantity: decimal.MustNew(int64(units), 0), Lots: lots},
			}})
		}
	}
	d.t.Fatalf("no return %d", id)
	return nil
}

// delivered is what Odoo counts as delivered of the order.
func (d *backDoor) delivered() string {
	d.t.Helper()
	rows := warehouse.Call[[]struct {
		Delivered decimal.Decimal `json:"qty_delivered"`
	}](d.Warehouse, "sale.order.line", "read", d.LinesOf(d.order), odoo.Args{"fields": []string{"qty_delivered"}}, nil)
	return rows[0].Delivered.Trim(0).String()
}

// at is how many units are in a location.
func (d *backDoor) at(place int64) string {
	d.t.Helper()
	rows := warehouse.Call[[]struct {
		Quantity decimal.Decimal `json:"quantity"`
	}](d.Warehouse, "stock.quant", "search_read", nil, odoo.Args{
		"domain": odoo.And(odoo.Eq("product_id", d.product), odoo.Eq("location_id", place)), "fields": []string{"quantity"},
	}, nil)
	sum := decimal.Zero
	for _, row := range rows {
		sum, _ = sum.Add(row.Quantity)
	}
	return sum.Trim(0).String()
}

func (d *backDoor) want(what, got, want string) {
	d.t.Helper()
	if got != want {
		d.t.Errorf("%s: %s, want %s", what, got, want)
	}
}

// TestReturn opens, receives in parts, and refuses what cannot be.
func TestReturn(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		d := newBackDoor(t, w, 3)
		draft := d.draft(2)
		id := d.open(draft)
		if again := d.open(draft); again != id {
			t.Errorf("opened again: return %d, want %d", again, id)
		}
		if got := d.goods(); got.Expected.String() != "2" || got.Returned.String() != "0" || got.Shipped.String() != "3" {
			t.Errorf("expected %s, returned %s of %s; want 2, 0 of 3", got.Expected, got.Returned, got.Shipped)
		}
		var over *stock.OverReturn
		if _, err := stock.OpenReturn(t.Context(), w.Client, d.draft(2)); !errors.As(err, &over) {
			t.Errorf("two more of one that is left: error %v, want an OverReturn", err)
		}
		var arrived *stock.OverReceipt
		if err := d.receive(id, 3, false); !errors.As(err, &arrived) {
			t.Errorf("three of two arrive: error %v, want an OverReceipt", err)
		}
		if err := d.receive(id, 1, false); err != nil {
			t.Fatal(err)
		}
		if err := stock.Receive(t.Context(), w.Client, stock.Receipt{Return: id}); err != nil {
			t.Errorf("received again: %v", err)
		}
		d.want("delivered after one of two", d.delivered(), "2")
		all := d.returns()
		if len(all) != 2 || all[0].ID != id || all[0].State != "done" || !all[1].Open() || all[1].Backorder != id || all[1].ExternalID != draft.ExternalID {
			t.Fatalf("returns %+v, want one that is done and its open backorder with the same External ID", all)
		}
		if err := d.receive(all[1].ID, 1, true); err != nil {
			t.Fatal(err)
		}
		d.want("delivered after both", d.delivered(), "1")
		d.want("in stock", d.at(w.Place), "9")
		if got := d.goods(); got.Expected.String() != "0" || got.Returned.String() != "2" {
			t.Errorf("expected %s, returned %s; want 0 and 2", got.Expected, got.Returned)
		}
	})
}

// TestReturnIsShort receives less than announced and gives the rest up, and cancels what never came.
func TestReturnIsShort(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		d := newBackDoor(t, w, 3)
		id := d.open(d.draft(2))
		if err := d.receive(id, 1, true); err != nil {
			t.Fatal(err)
		}
		if got := d.goods(); got.Expected.String() != "0" || got.Returned.String() != "1" {
			t.Errorf("expected %s, returned %s; want 0 and 1", got.Expected, got.Returned)
		}
		never := d.open(d.draft(2))
		for range 2 {
			if err := stock.CancelReturn(t.Context(), w.Client, never); err != nil {
				t.Fatal(err)
			}
		}
		if got := d.goods(); got.Expected.String() != "0" {
			t.Errorf("expected %s after the return was cancelled, want 0", got.Expected)
		}
	})
}

// TestManyOpenOneReturn opens one return from many places at once.
func TestManyOpenOneReturn(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		d := newBackDoor(t, w, 3)
		draft := d.draft(3)
		var group sync.WaitGroup
		errs := make([]error, 6)
		for i := range errs {
			group.Go(func() { _, errs[i] = stock.OpenReturn(t.Context(), w.Client, draft) })
		}
		group.Wait()
		for _, err := range errs {
			if err != nil && !odoo.Retryable(err) {
				t.Errorf("open: %v", err)
			}
		}
		d.open(draft)
		if all := d.returns(); len(all) != 1 || all[0].Moves[0].Wanted.String() != "3" || all[0].State == "draft" {
			t.Errorf("returns %+v, want one of 3", all)
		}
	})
}

// TestInspectedGoods wait apart, then go to stock, to quarantine and to scrap.
func TestInspectedGoods(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		d := newBackDoor(t, w, 4)
		place := func(name string) int64 {
			return w.Create("stock.location", map[string]any{"name": name, "usage": "internal", "location_id": parentOf(w)}, nil)
		}
		hold, damaged := place("Inspection"), place("Quarantine")
		draft := d.draft(3)
		draft.To = hold
		id := d.open(draft)
		if err := d.receive(id, 3, true); err != nil {
			t.Fatal(err)
		}
		d.want("waiting", d.at(hold), "3")
		d.want("in stock", d.at(w.Place), "6")
		unit := d.returns()[0].Moves[0].Unit
		one := decimal.One
		for n, to := range []int64{w.Place, damaged} {
			transfer := stock.Transfer{
				ExternalID: odoo.NewExternalID("retailsync", "test", rand.Text()), Product: d.product, Unit: unit, Quantity: one, From: hold, To: to, Note: fmt.Sprint("unit ", n),
			}
			var ids [2]int64
			for i := range ids {
				made, err := d.reader.Relocate(t.Context(), transfer)
				if err != nil {
					t.Fatal(err)
				}
				ids[i] = made
			}
			if ids[0] != ids[1] {
				t.Errorf("moved twice: %v", ids)
			}
		}
		scrap := stock.ScrapDraft{ExternalID: odoo.NewExternalID("retailsync", "test", rand.Text()), Picking: id, Product: d.product, Unit: unit, Quantity: one, From: hold, Note: "broken"}
		for range 2 {
			if _, err := stock.Scrap(t.Context(), w.Client, scrap); err != nil {
				t.Fatal(err)
			}
		}
		d.want("waiting", d.at(hold), "0")
		d.want("in stock", d.at(w.Place), "7")
		d.want("in quarantine", d.at(damaged), "1")
		d.want("delivered", d.delivered(), "1")
		d.wantDepartures(stock.DepartureQuery{From: hold, Units: map[int64]int64{d.product: unit}, Since: d.returns()[0].Done},
			fmt.Sprintf("stock.picking back 3 to %d", hold), fmt.Sprintf("stock.picking unit 0 1 to %d", w.Place), fmt.Sprintf("stock.picking unit 1 1 to %d", damaged), "stock.scrap broken 1 written off")
		d.wantDepartures(stock.DepartureQuery{From: damaged, Units: map[int64]int64{d.product: unit}, Since: d.returns()[0].Done}, fmt.Sprintf("stock.picking unit 1 back 1 to %d", damaged))
	})
}

// wantDepartures compares what left a location, or came there: by what, as people named it, how many units, where to.
func (d *backDoor) wantDepartures(query stock.DepartureQuery, want ...string) {
	d.t.Helper()
	found, err := d.reader.Departures(d.t.Context(), query)
	if err != nil {
		d.t.Fatal(err)
	}
	var got []string
	for _, f := range found {
		model, _, _ := strings.Cut(f.Record, ",")
		words := []string{model}
		for _, text := range f.Texts {
			if (strings.HasPrefix(text, "unit ") || text == "broken") && !slices.Contains(words, text) {
				words = append(words, text)
			}
		}
		if f.Back {
			words = append(words, "back")
		}
		words = append(words, f.Quantity.String())
		if f.WrittenOff {
			words = append(words, "written off")
		} else {
			words = append(words, fmt.Sprintf("to %d", f.To))
		}
		if f.ExternalID.IsZero() || f.Name == "" || f.Place == "" {
			d.t.Errorf("departure %+v has no name, no External ID or no place", f)
		}
		got = append(got, strings.Join(words, " "))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		d.t.Errorf("departures\ngot  %q\nwant %q", got, want)
	}
}

// TestShippedBack sends out again what came back.
func TestShippedBack(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		d := newBackDoor(t, w, 2)
		draft := d.draft(1)
		draft.Lines[0].ToRefund = false
		if err := d.receive(d.open(draft), 1, true); err != nil {
			t.Fatal(err)
		}
		d.want("delivered while it is here", d.delivered(), "2")
		back := d.returns()[0]
		out := d.open(stock.ReturnDraft{
			ExternalID: odoo.NewExternalID("retailsync", "test", rand.Text()),
			Lines:      []stock.ReturnLine{{Move: back.Moves[0].ID, Quantity: decimal.One}},
		})
		if err := d.receive(out, 1, true); err != nil {
			t.Fatal(err)
		}
		all := d.returns()
		if len(all) != 2 || !all[1].Moves[0].Out || all[0].Moves[0].Out {
			t.Errorf("returns %+v, want one in and one out", all)
		}
		d.want("delivered at the end", d.delivered(), "2")
		d.want("in stock", d.at(w.Place), "8")
	})
}

// parentOf is the location that holds the warehouse's stock location.
func parentOf(w *warehouse.Warehouse) int64 {
	return warehouse.Call[[]struct {
		Parent odoo.Many2One `json:"location_id"`
	}](w, "stock.location", "read", []int64{w.Place}, odoo.Args{"fields": []string{"location_id"}}, nil)[0].Parent.ID
}
