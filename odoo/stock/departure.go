package stock

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/retailsync/retailsync/odoo"
)

// DepartureQuery names the goods whose moves out of a location are looked for.
type DepartureQuery struct {
	// From is the location, with all that is below it.
	From int64
	// Units are the products, each with the unit of measure that its quantities are wanted in.
	Units map[int64]int64
	// Since is the earliest time of a move, UTC.
	Since time.Time
}

// Departure is a done move by which units left a location, or came into it: by a transfer, an inventory move or a scrap order.
type Departure struct {
	// Record is what was made, such as "stock.picking,12", and Name what people see of it.
	Record, Name string
	// ExternalID is that of the record, zero on what people made.
	ExternalID odoo.ExternalID
	// Picking is the transfer that it is part of, or that scrapped units came with; 0 if none.
	Picking int64
	// Texts are what people wrote on it: source documents, references.
	Texts []string
	// Product and where its units were and are; Place is what people call the place To.
	Product, From, To int64
	Place             string
	// WrittenOff: the units are scrapped. Back: they came into the location.
	WrittenOff, Back bool
	// Quantity is in the unit that was asked for. Lots are those of the units if the product has any.
	Quantity decimal.Decimal
	Lots     []LotQuantity
	At       time.Time
}

// departedRow is a stock.move.
type departedRow struct {
	ID        int64           `odoo:"id"`
	Picking   odoo.Many2One   `odoo:"picking_id"`
	Product   odoo.Many2One   `odoo:"product_id"`
	Unit      odoo.Many2One   `odoo:"product_uom"`
	Quantity  decimal.Decimal `odoo:"quantity"`
	From      odoo.Many2One   `odoo:"location_id"`
	To        odoo.Many2One   `odoo:"location_dest_id"`
	Origin    string          `odoo:"origin"`
	Reference string          `odoo:"reference"`
	Title     string          `odoo:"name,optional"`
	Scrapped  bool            `odoo:"scrapped,optional"`
	Scrap     odoo.Many2One   `odoo:"scrap_id,optional"`
	At        time.Time       `odoo:"date"`
}

func (departedRow) OdooModel() string { return "stock.move" }

// scrappedRow is a stock.scrap.
type scrappedRow struct {
	ID       int64           `odoo:"id"`
	Name     string          `odoo:"name"`
	Origin   string          `odoo:"origin"`
	Picking  odoo.Many2One   `odoo:"picking_id"`
	Product  odoo.Many2One   `odoo:"product_id"`
	Unit     odoo.Many2One   `odoo:"product_uom_id"`
	Quantity decimal.Decimal `odoo:"scrap_qty"`
	From     odoo.Many2One   `odoo:"location_id"`
	To       odoo.Many2One   `odoo:"scrap_location_id"`
	Lot      odoo.Many2One   `odoo:"lot_id"`
	At       time.Time       `odoo:"date_done"`
}

func (scrappedRow) OdooModel() string { return "stock.scrap" }

// Departures reads the done moves by which products left a location and those by which they came into it, oldest first, whoever made them.
// It takes two calls where nothing has left, and at most seven. It only reads.
func (r *Reader) Departures(ctx context.Context, q DepartureQuery) ([]Departure, error) {
	products := slices.Sorted(maps.Keys(q.Units))
	if len(products) == 0 {
		return nil, nil
	}
	moves, err := odoo.Find[departedRow](ctx, r.client, odoo.And(
		odoo.In("product_id", products), odoo.Eq("state", "done"), odoo.Ge("date", q.Since),
		odoo.Or(odoo.ChildOf("location_id", q.From), odoo.ChildOf("location_dest_id", q.From)),
	))
	if err != nil {
		return nil, err
	}
	moves = slices.DeleteFunc(moves, func(m departedRow) bool { return m.Scrapped || m.Scrap.ID != 0 }) // by its scrap order
	scraps, err := odoo.Find[scrappedRow](ctx, r.client, odoo.And(
		odoo.In("product_id", products), odoo.Eq("state", "done"), odoo.Ge("date_done", q.Since), odoo.ChildOf("location_id", q.From),
	))
	if err != nil {
		return nil, err
	}
	all, err := r.moved(ctx, q, moves)
	if err != nil {
		return nil, err
	}
	written, err := r.writtenOff(ctx, q, scraps)
	if err != nil {
		return nil, err
	}
	all = append(all, written...)
	slices.SortStableFunc(all, func(a, b Departure) int { return a.At.Compare(b.At) })
	return all, nil
}

// moved are the departures that moves are.
func (r *Reader) moved(ctx context.Context, q DepartureQuery, moves []departedRow) ([]Departure, error) {
	if len(moves) == 0 {
		return nil, nil
	}
	var done, pickings, places []int64
	for _, m := range moves {
		done, places = append(done, m.ID), append(places, m.From.ID, m.To.ID)
		if m.Picking.ID != 0 {
			pickings = append(pickings, m.Picking.ID)
		}
	}
	slices.Sort(pickings)
	slices.Sort(places)
	usages, err := odoo.Find[placeRow](ctx, r.client, odoo.In("id", slices.Compact(places)), odoo.Archived())
	if err != nil {
		return nil, err
	}
	names, origins := map[int64]odoo.ExternalID{}, map[int64]string{}
	if pickings = slices.Compact(pickings); len(pickings) > 0 {
		rows, err := odoo.Find[returnRow](ctx, r.client, odoo.In("id", pickings))
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			origins[row.ID] = row.Origin
		}
		if names, err = r.client.Lookup(ctx, "stock.picking", pickings); err != nil {
			return nil, err
		}
	}
	lots, err := r.lotsWith(ctx, done)
	if err != nil {
		return nil, err
	}
	var all []Departure
	for _, m := range moves {
		left, err := r.Inside(ctx, m.From.ID, q.From)
		if err != nil {
			return nil, err
		}
		came, err := r.Inside(ctx, m.To.ID, q.From)
		if err != nil {
			return nil, err
		}
		if left == came {
			continue // it stays where it is
		}
		d := Departure{
			Record: fmt.Sprintf("stock.move,%d", m.ID), Name: cmp.Or(m.Reference, m.Title), Texts: []string{m.Origin, m.Reference, m.Title}, Product: m.Product.ID,
			From: m.From.ID, To: m.To.ID, Place: m.To.Name, Back: came, Lots: lots[m.ID], At: m.At,
			WrittenOff: slices.ContainsFunc(usages, func(p placeRow) bool { return p.ID == m.To.ID && p.Usage == "inventory" }),
		}
		if m.Picking.ID != 0 {
			d.Record, d.Name, d.Picking, d.ExternalID = fmt.Sprintf("stock.picking,%d", m.Picking.ID), m.Picking.Name, m.Picking.ID, names[m.Picking.ID]
			d.Texts = append(d.Texts, origins[m.Picking.ID])
		}
		if err := r.measure(ctx, q, &d, m.Quantity, m.Unit.ID); err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

// writtenOff are the departures that scrap orders are.
func (r *Reader) writtenOff(ctx context.Context, q DepartureQuery, scraps []scrappedRow) ([]Departure, error) {
	if len(scraps) == 0 {
		return nil, nil
	}
	var ids []int64
	for _, s := range scraps {
		ids = append(ids, s.ID)
	}
	names, err := r.client.Lookup(ctx, "stock.scrap", ids)
	if err != nil {
		return nil, err
	}
	var all []Departure
	for _, s := range scraps {
		d := Departure{
			Record: fmt.Sprintf("stock.scrap,%d", s.ID), Name: s.Name, ExternalID: names[s.ID], Picking: s.Picking.ID, Texts: []string{s.Origin}, Product: s.Product.ID,
			From: s.From.ID, To: s.To.ID, Place: s.To.Name, WrittenOff: true, At: s.At,
		}
		if s.Lot.ID != 0 {
			d.Lots = []LotQuantity{{Lot: s.Lot.Name, Quantity: s.Quantity.Trim(0)}}
		}
		if err := r.measure(ctx, q, &d, s.Quantity, s.Unit.ID); err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

// measure writes a quantity of a departure, and those of its lots, in the unit that was asked for.
func (r *Reader) measure(ctx context.Context, q DepartureQuery, d *Departure, quantity decimal.Decimal, unit int64) (err error) {
	wanted := q.Units[d.Product]
	if d.Quantity, err = r.Convert(ctx, quantity.Trim(0), unit, wanted); err != nil {
		return err
	}
	for i := range d.Lots {
		if d.Lots[i].Quantity, err = r.Convert(ctx, d.Lots[i].Quantity, unit, wanted); err != nil {
			return err
		}
	}
	return nil
}

// Inside reports whether a location is another one, or below it. One that is not there is nowhere.
func (r *Reader) Inside(ctx context.Context, location, root int64) (bool, error) {
	if location == root {
		return true, nil
	}
	r.mu.Lock()
	paths := r.paths
	r.mu.Unlock()
	if paths[location] == "" || paths[root] == "" {
		var err error
		if paths, err = r.loadPaths(ctx); err != nil {
			return false, err
		}
	}
	return paths[root] != "" && strings.HasPrefix(paths[location], paths[root]), nil
}
