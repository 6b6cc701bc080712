package stock_test

import (
	"crypto/rand"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/stock"
)

// newTrackedDoor delivers units of an article with lots or serial numbers.
func newTrackedDoor(t *testing.T, w *warehouse.Warehouse, tracking string, lots map[string]float64, units float64) *backDoor {
	t.Helper()
	d := &backDoor{Warehouse: w, t: t, reader: stock.NewReader(w.Client), product: w.Product(map[string]any{"tracking": tracking})}
	for name, quantity := range lots {
		w.CountLot(d.product, w.Lot(d.product, name), w.Place, quantity)
	}
	d.order = w.Order(d.product, units)
	w.DeliverReserved(d.order)
	return d
}

func lots(pairs ...any) []stock.LotQuantity {
	var all []stock.LotQuantity
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, stock.LotQuantity{Lot: pairs[i].(string), Quantity: decimal.MustNew(int64(pairs[i+1].(int)), 0)})
	}
	return all
}

func testName() odoo.ExternalID { return odoo.NewExternalID("retailsync", "test", rand.Text()) }

var sameUnits = cmp.Comparer(decimal.Decimal.Equal)

// TestTrackedGoods come back with the lots that left, and go on to stock, to quarantine and to scrap with them; where it is not said which
// units of several lots are meant nothing is moved.
func TestTrackedGoods(t *testing.T) {
	t.Parallel()
	warehouse.EachOdoo(t, func(t *testing.T, w *warehouse.Warehouse) {
		for _, tracking := range []string{"lot", "serial"} {
			t.Run(tracking, func(t *testing.T) {
				there := map[string]float64{"A": 2, "B": 2}
				back, one, other := lots("A", 2, "B", 1), "A", "B"
				if tracking == "serial" {
					there, back = map[string]float64{"A": 1, "B": 1, "C": 1}, lots("A", 1, "B", 1, "C", 1)
				}
				d := newTrackedDoor(t, w, tracking, there, 3)
				shipped := d.goods().Lots
				if tracking == "serial" {
					if diff := cmp.Diff(back, shipped, sameUnits); diff != "" {
						t.Fatalf("serial numbers that left (-want +got):\n%s", diff)
					}
				} else {
					back = shipped // which lot is reserved first is Odoo's to choose
					one, other = back[0].Lot, back[1].Lot
				}
				hold := w.Create("stock.location", map[string]any{"name": "Inspection", "usage": "internal", "location_id": parentOf(w)}, nil)
				damaged := w.Create("stock.location", map[string]any{"name": "Quarantine", "usage": "internal", "location_id": parentOf(w)}, nil)
				draft := d.draft(3)
				draft.To = hold
				id := d.open(draft)
				var unknown *stock.UnknownLot
				if err := d.receive(id, 3, true, lots("X", 3)...); !errors.As(err, &unknown) || unknown.Lot != "X" {
					t.Errorf("a lot that did not leave: error %v, want an UnknownLot", err)
				}
				if err := d.receive(id, 3, true, back...); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(back, d.returns()[0].Moves[0].Lots, sameUnits); diff != "" {
					t.Errorf("lots that came back (-want +got):\n%s", diff)
				}

				transfer := stock.Transfer{
					ExternalID: testName(), Product: d.product, Unit: d.returns()[0].Moves[0].Unit, Quantity: decimal.One, From: hold, To: damaged, Note: "damaged",
				}
				var missing *stock.MissingLot
				if _, err := d.reader.Relocate(t.Context(), transfer); !errors.As(err, &missing) || len(missing.Here) != len(back) || missing.Location != hold {
					t.Errorf("a transfer of no lot: error %v, want a MissingLot that names those that are there", err)
				}
				transfer.Lots = lots(other, 1)
				for range 2 {
					if _, err := d.reader.Relocate(t.Context(), transfer); err != nil {
						t.Fatal(err)
					}
				}
				if diff := cmp.Diff(map[string]string{other: "1"}, w.AtLots(d.product, damaged)); diff != "" {
					t.Errorf("in quarantine (-want +got):\n%s", diff)
				}
				scrap := stock.ScrapDraft{ExternalID: testName(), Picking: id, Product: d.product, Unit: transfer.Unit, Quantity: decimal.One, Lot: one, From: hold, Note: "broken"}
				for range 2 {
					if _, err := stock.Scrap(t.Context(), w.Client, scrap); err != nil {
						t.Fatal(err)
					}
				}
				// What is left is of one lot: it need not be named.
				scrap.ExternalID, scrap.Lot, scrap.Note = testName(), "", "the last one"
				for range 2 {
					if _, err := stock.Scrap(t.Context(), w.Client, scrap); err != nil {
						t.Fatal(err)
					}
				}
				if got := w.AtLots(d.product, hold); len(got) != 0 {
					t.Errorf("still waiting: %v", got)
				}
				d.want("delivered", d.delivered(), "0")
			})
		}
	})
}
