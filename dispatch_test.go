package retailsync

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/retailsync/retailsync/internal/exact"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/stock"
)

// The units of measure of these tests.
const (
	piece    int64 = 1
	dozen    int64 = 12
	thousand int64 = 1000
)

// pieces converts between them, rounded to hundredths as Odoo does.
func pieces(q decimal.Decimal, from, to int64) (decimal.Decimal, error) {
	if from == to {
		return q, nil
	}
	var c exact.Calc
	return exact.HalfUp(c.Quo(c.Mul(q, decimal.MustNew(from, 0)), decimal.MustNew(to, 0)), 2), c.Err()
}

func amountOf(text string) decimal.Decimal { return decimal.MustParse(text) }

// moved is a move of pieces.
func moved(line int64, quantity string) stock.DeliveryMove {
	return stock.DeliveryMove{LineID: line, Quantity: amountOf(quantity), UnitID: piece}
}

func part(line, kitLine int64, quantity string) stock.DeliveryMove {
	m := moved(line, quantity)
	m.KitLine = kitLine
	return m
}

func back(line int64, quantity string) stock.DeliveryMove {
	m := moved(line, quantity)
	m.Returned = true
	return m
}

func again(line int64, quantity string) stock.DeliveryMove {
	m := moved(line, quantity)
	m.Again = true
	return m
}

// told is what the channel is told of each delivery, as "A:2 B:1", or why nothing is.
func told(all []dispatch) []string {
	texts := make([]string, len(all))
	for i, d := range all {
		var parts []string
		for _, line := range d.shipment.Lines {
			parts = append(parts, fmt.Sprintf("%s:%s", line.LineID, line.Quantity))
		}
		switch texts[i] = strings.Join(parts, " "); {
		case d.err != nil:
			texts[i] = "error"
		case d.note != "":
			texts[i] = "-"
		}
	}
	return texts
}

func TestDispatches(t *testing.T) {
	t.Parallel()
	plain := func(id int64, name, ordered string) soldLine {
		return soldLine{id: id, channelID: name, sku: "SKU", ordered: amountOf(ordered), unit: piece}
	}
	kit := plain(1, "K", "4")
	kit.kit = []stock.KitNeed{
		{KitLine: 10, Quantity: amountOf("2"), UnitID: piece, KitUnitID: piece},
		{KitLine: 11, Quantity: amountOf("1"), UnitID: piece, KitUnitID: piece},
	}
	third := plain(1, "T", "3")
	third.kit = []stock.KitNeed{{KitLine: 10, Quantity: amountOf("0.3333333333333333333"), UnitID: piece, KitUnitID: piece}}
	nested := plain(1, "N", "1")
	nested.kit = []stock.KitNeed{{KitLine: 10, Quantity: amountOf("1"), UnitID: piece, KitUnitID: piece, Problem: "it holds a kit within a kit"}}
	dozens := plain(1, "D", "3")
	dozens.unit = dozen
	halves, thousands := plain(1, "D", "1.5"), plain(1, "G", "1")
	halves.unit, thousands.unit = dozen, thousand
	type moves = []stock.DeliveryMove
	for _, test := range []struct {
		name       string
		lines      []soldLine
		deliveries []moves
		want       []string
	}{
		{"in parts", []soldLine{plain(1, "A", "3"), plain(2, "B", "2")}, []moves{{moved(1, "2")}, {moved(2, "2"), moved(1, "1")}}, []string{"A:2", "A:1 B:2"}},
		{"two moves of one line", []soldLine{plain(1, "A", "3")}, []moves{{moved(1, "2"), moved(1, "1")}}, []string{"A:3"}},
		{"a line whose cents do not divide", []soldLine{plain(1, "A", "2"), plain(2, "A", "1")}, []moves{{moved(1, "2"), moved(2, "1")}}, []string{"A:3"}},
		{"fractions", []soldLine{plain(1, "A", "3")}, []moves{{moved(1, "0.25")}, {moved(1, "0.5")}}, []string{"A:0.25", "A:0.5"}},
		{"dozens", []soldLine{dozens}, []moves{{moved(1, "24")}, {moved(1, "12")}}, []string{"D:2", "D:1"}},
		{"broken dozens", []soldLine{dozens}, []moves{{moved(1, "6")}, {moved(1, "12")}, {moved(1, "6")}, {moved(1, "4")}, {moved(1, "4")}, {moved(1, "4")}}, []string{"-", "D:1", "D:1", "-", "-", "D:1"}},
		{"half dozens, if they were ordered", []soldLine{halves}, []moves{{moved(1, "5")}, {moved(1, "7")}, {moved(1, "6")}}, []string{"D:0.4", "D:0.6", "D:0.5"}},
		{"not quite a thousand", []soldLine{thousands}, []moves{{moved(1, "995.5")}, {moved(1, "4.5")}}, []string{"-", "G:1"}},
		{"what people added", []soldLine{plain(1, "A", "1")}, []moves{{moved(9, "5")}, {moved(1, "1"), moved(9, "1")}}, []string{"A:1"}},
		{"a return, and the rest", []soldLine{plain(1, "A", "5")}, []moves{{moved(1, "2")}, {back(1, "1")}, {moved(1, "3")}}, []string{"A:2", "-", "A:3"}},
		{"out again", []soldLine{plain(1, "A", "2")}, []moves{{moved(1, "2")}, {back(1, "1")}, {again(1, "1")}}, []string{"A:2", "-", "-"}},
		{"in exchange", []soldLine{plain(1, "A", "2")}, []moves{{moved(1, "2")}, {back(1, "1")}, {moved(1, "1")}}, []string{"A:2", "-", "-"}},
		{"in exchange, before the return", []soldLine{plain(1, "A", "2")}, []moves{{moved(1, "2")}, {moved(1, "1")}, {back(1, "1")}}, []string{"A:2", "-", "-"}},
		{"more than was ordered", []soldLine{plain(1, "A", "2")}, []moves{{moved(1, "3")}}, []string{"A:3"}},
		{"a kit in one go", []soldLine{kit}, []moves{{part(1, 10, "8"), part(1, 11, "4")}}, []string{"K:4"}},
		{"a kit component by component", []soldLine{kit}, []moves{{part(1, 10, "4")}, {part(1, 11, "1")}, {part(1, 11, "3"), part(1, 10, "4")}}, []string{"-", "K:1", "K:3"}},
		{"half a kit", []soldLine{kit}, []moves{{part(1, 10, "3"), part(1, 11, "2")}}, []string{"K:1"}},
		{"a kit of which something never comes", []soldLine{kit}, []moves{{part(1, 11, "4")}}, []string{"-"}},
		{"thirds", []soldLine{third}, []moves{{part(1, 10, "0.6666666666666666666")}}, []string{"T:2"}},
		{"a kit within a kit", []soldLine{nested, plain(2, "A", "1")}, []moves{{part(1, 10, "1"), moved(2, "1")}}, []string{"error"}},
		{"nothing of the channel's", []soldLine{plain(1, "A", "1")}, []moves{{moved(9, "1")}}, []string{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var deliveries []stock.Delivery
			for i, m := range test.deliveries {
				deliveries = append(deliveries, stock.Delivery{ID: int64(i + 1), Moves: m})
			}
			if diff := cmp.Diff(test.want, told(dispatches(test.lines, deliveries, pieces))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// However an order is cut into deliveries, the channel is told of every unit once, and of none before it left.
func TestDispatchesAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines := []soldLine{
			{id: 1, channelID: "A", ordered: amountOf("50"), unit: piece},
			{id: 2, channelID: "K", ordered: amountOf("50"), unit: piece, kit: []stock.KitNeed{
				{KitLine: 10, Quantity: amountOf("3"), UnitID: piece, KitUnitID: piece},
				{KitLine: 11, Quantity: amountOf("2"), UnitID: piece, KitUnitID: piece},
			}},
		}
		var deliveries []stock.Delivery
		left := map[int64]int64{}
		for id := range rapid.Int64Range(1, 8).Draw(t, "deliveries") {
			d := stock.Delivery{ID: id}
			for _, kitLine := range []int64{0, 10, 11} {
				n := rapid.Int64Range(0, 5).Draw(t, "units")
				left[kitLine] += n
				if n > 0 {
					line := int64(2)
					if kitLine == 0 {
						line = 1
					}
					d.Moves = append(d.Moves, part(line, kitLine, fmt.Sprint(n)))
				}
			}
			deliveries = append(deliveries, d)
		}
		sums := map[string]int64{}
		for _, d := range dispatches(lines, deliveries, pieces) {
			for _, line := range d.shipment.Lines {
				whole, _, ok := line.Quantity.Int64(0)
				if !ok || whole <= 0 {
					t.Fatalf("%s units of %s", line.Quantity, line.LineID)
				}
				sums[line.LineID] += whole
			}
		}
		if want := min(left[10]/3, left[11]/2); sums["A"] != left[0] || sums["K"] != want {
			t.Fatalf("told %v of %v", sums, left)
		}
	})
}

func TestParcels(t *testing.T) {
	t.Parallel()
	lines := []soldLine{{id: 1, channelID: "A", unit: piece}, {id: 2, channelID: "B", unit: piece}}
	packed := func(line int64, quantity string, parts ...stock.Packed) stock.DeliveryMove {
		m := moved(line, quantity)
		m.Packed = parts
		return m
	}
	in := func(id int64, quantity string) stock.Packed {
		return stock.Packed{Package: odoo.Many2One{ID: id}, Quantity: amountOf(quantity), UnitID: piece}
	}
	for _, test := range []struct {
		name     string
		tracking string
		url      string
		template string
		moves    []stock.DeliveryMove
		want     []string
	}{
		{name: "no tracking", moves: []stock.DeliveryMove{packed(1, "2", in(7, "1"), in(8, "1"))}},
		{"one number", "N1", "https://x.example/N1", "", []stock.DeliveryMove{moved(1, "2")}, []string{"N1 https://x.example/N1"}},
		{"the rules' link wins", "N 1", "https://x.example/N1", "https://y.example/{number}", []stock.DeliveryMove{moved(1, "2")}, []string{"N 1 https://y.example/N+1"}},
		{"a link that is none", "N1", "[['a', 'b']]", "", []stock.DeliveryMove{moved(1, "2")}, []string{"N1 "}},
		{"two numbers, two packages", "N1,N2", "https://x.example/N1", "", []stock.DeliveryMove{packed(1, "2", in(7, "1"), in(8, "1")), packed(2, "1", in(8, "1"))}, []string{"N1  A:1", "N2  A:1 B:1"}},
		{"two numbers, one unit in none", "N1,N2", "", "", []stock.DeliveryMove{packed(1, "3", in(7, "1"), in(8, "1"))}, []string{"N1 ", "N2 "}},
		{"two numbers, three packages", "N1,N2", "", "", []stock.DeliveryMove{packed(1, "3", in(7, "1"), in(8, "1"), in(9, "1"))}, []string{"N1 ", "N2 "}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, p := range parcels(stock.Delivery{Tracking: test.tracking, TrackingURL: test.url, Moves: test.moves}, lines, test.template, pieces) {
				text := p.TrackingNumber + " " + p.TrackingURL
				for _, line := range p.Lines {
					text += fmt.Sprintf(" %s:%s", line.LineID, line.Quantity)
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Shipments that say the same have one digest, and every difference shows.
func TestDigestOf(t *testing.T) {
	t.Parallel()
	d := dispatches([]soldLine{{id: 1, channelID: "A", ordered: amountOf("2"), unit: piece}}, []stock.Delivery{{ID: 1, Moves: []stock.DeliveryMove{moved(1, "2")}}}, pieces)[0].shipment
	same := d
	if digestOf(d) != digestOf(same) || digestOf(d) == "" {
		t.Error("equal shipments differ")
	}
	same.ShippedAt = time.Unix(1, 0)
	other := d
	other.Packages = parcels(stock.Delivery{Tracking: "N"}, nil, "", pieces)
	if digestOf(d) == digestOf(same) || digestOf(d) == digestOf(other) {
		t.Error("different shipments do not")
	}
}
