package stock_test

import (
	"slices"
	"testing"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/internal/peer"
	"github.com/retailsync/retailsync/internal/warehouse"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/stock"
)

// TestStepsOfTheWarehouse takes back what a warehouse sent out by pick, pack and ship, and brings it in through its input and, with three
// steps, its quality control: one unit to stock, one by hand of a person, and one aside.
func TestStepsOfTheWarehouse(t *testing.T) {
	t.Parallel()
	warehouse.EachReal(t, func(t *testing.T, w *warehouse.Warehouse) {
		for i, steps := range []string{"two_steps", "three_steps"} {
			if peer.Spares(w.Series, i) {
				continue
			}
			t.Run(steps, func(t *testing.T) {
				w.Steps(steps, "pick_pack_ship")
				d := &backDoor{Warehouse: w, t: t, reader: stock.NewReader(w.Client), product: w.Product(nil)}
				w.Count(d.product, w.Place, 10)
				d.order = w.Order(d.product, 4)
				w.DeliverInSteps(d.order)
				d.want("delivered", d.delivered(), "4")
				if err := d.receive(d.open(d.draft(3)), 3, true); err != nil {
					t.Fatal(err)
				}
				d.want("delivered after the receipt", d.delivered(), "1")
				d.want("in stock before the steps", d.at(w.Place), "6")
				back := d.returns()[0].Moves[0]
				moves := []int64{back.ID}
				if back.To == w.Place {
					t.Fatal("the goods are in stock at once: this is no receipt in steps")
				}
				on := func(units int64) {
					t.Helper()
					for range 2 {
						place, err := d.reader.MoveOn(t.Context(), stock.Passage{Moves: moves, Units: decimal.MustNew(units, 0)})
						if err != nil || place != w.Place {
							t.Fatalf("moved on to location %d, error %v; want %d", place, err, w.Place)
						}
					}
				}
				on(1)
				d.want("in stock after one", d.at(w.Place), "7")
				d.want("waiting", d.at(back.To), "2")
				on(2) // the second
				d.want("in stock after two", d.at(w.Place), "8")

				place, err := d.reader.Waiting(t.Context(), moves, decimal.One)
				if err != nil || place != back.To {
					t.Errorf("the third waits in location %d, error %v; want %d", place, err, back.To)
				}
				damaged := w.Create("stock.location", map[string]any{"name": "Quarantine", "usage": "internal"}, nil)
				if err := d.reader.Unreserve(t.Context(), moves); err != nil {
					t.Fatal(err)
				}
				if _, err := d.reader.Relocate(t.Context(), stock.Transfer{
					ExternalID: testName(), Product: d.product, Unit: back.Unit, Quantity: decimal.One, From: place, To: damaged, Warehouse: w.ID, Note: "damaged",
				}); err != nil {
					t.Fatal(err)
				}
				for range 2 {
					if err := d.reader.EndPassage(t.Context(), moves); err != nil {
						t.Fatal(err)
					}
				}
				d.want("in quarantine", d.at(damaged), "1")
				d.want("waiting", d.at(back.To), "0")
				states := warehouse.Call[[]struct {
					State string `json:"state"`
				}](w, "stock.move", "search_read", nil, odoo.Args{"domain": odoo.Eq("product_id", d.product), "fields": []string{"state"}}, nil)
				if slices.ContainsFunc(states, func(s struct {
					State string `json:"state"`
				}) bool {
					return s.State != "done" && s.State != "cancel"
				}) {
					t.Errorf("moves %v, want none that waits for ever", states)
				}
			})
		}
	})
}
