package stock

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/retailsync/retailsync/odoo"
)

// Followed is what changed since a cursor, with the stock that came with the news.
type Followed struct {
	Changed
	// Stock is what there is of those of the products that Odoo keeps stock of and that belong to the company of the
	// query, by ascending id, except of Unread.
	Stock []Availability
	// Unread are those of the products whose stock is still to be read, ascending; see [Reader.Availability].
	Unread []int64
}

// followsSince is the version from which on the quants of what changed are read with the news: web_search_read is there
// since 17, and known to take this since 19.
const followsSince = 19

// Follow names the products of which stock may have changed in the places of the query since the cursor, as
// [Reader.Changes] does for all places, and says what is there now. The query names no products.
//
// It is two calls at once from Odoo 19 on, one for the products with their quants and one for the moves, and most of
// the time nothing is left to read. What is unread was named by a move alone, or is a kit. Before Odoo 19, and with a
// forecast, everything is. A product may be named without a change, and is named again by the next call if it changed
// between the two calls. The bounds are those of Changes; a cursor of one begins for the other with what was written
// within the overlap.
//
// It only reads, so it is safe to repeat.
func (r *Reader) Follow(ctx context.Context, cursor Cursor, q Query) (Followed, error) {
	if q.Forecast || !r.client.Version().AtLeast(followsSince) {
		changed, err := r.Changes(ctx, cursor)
		return Followed{Changed: changed, Unread: changed.Products}, err
	}
	p, err := r.resume(ctx, cursor, true)
	if err != nil {
		return Followed{}, err
	}
	q.Products = []int64{} // what is remembered of places and kits will do
	s, err := r.newSurvey(ctx, q)
	if err != nil {
		return Followed{}, err
	}
	var g glance
	clock, err := r.lookBack(p, func(since time.Time) (err error) {
		g, err = s.glance(ctx, since)
		return err
	})
	if err != nil {
		return Followed{}, err
	}
	before := p
	products := p.advance(g.rows, clock, r.overlap)
	unread := g.doubtful(before, p)
	for id := range unread {
		products[id] = true
	}
	if cursor == "" {
		clear(products)
	}
	known := maps.Clone(products)
	if err := r.addKits(ctx, products); err != nil {
		return Followed{}, err
	}
	done := Followed{Changed: Changed{Products: slices.Sorted(maps.Keys(products))}}
	var read []int64
	for _, id := range done.Products {
		if sight := g.products[id]; sight != nil && known[id] && !unread[id] && !g.parted && !s.kits.has(sight.row()) {
			read = append(read, id)
		} else {
			done.Unread = append(done.Unread, id)
		}
	}
	if done.Stock, err = s.countSeen(ctx, g, read); err != nil {
		return Followed{}, err
	}
	done.Cursor, err = p.cursor()
	return done, err
}

// glance is what the two calls of [Reader.Follow] told.
type glance struct {
	// products are those that have quants in the places of which one was written since, with all of these quants, as
	// they were at one moment unless parted.
	products map[int64]*sight
	parted   bool
	// rows are those products and the moves.
	rows []changedRow
}

// sight is a product with its quants in the places.
type sight struct {
	product sightedProduct
	quants  []quantRow
	latest  time.Time
}

func (s *sight) row() productRow {
	return productRow{ID: s.product.ID, SKU: s.product.SKU, Unit: s.product.Unit, Template: s.product.Template}
}

// sightedRow is a quant with its product.
type sightedRow struct {
	ID       int64          `json:"id"`
	Product  sightedProduct `json:"product_id"`
	Location odoo.Many2One  `json:"location_id"`
	Quantity quantity       `json:"quantity"`
	Reserved quantity       `json:"reserved_quantity"`
	Written  text           `json:"write_date"`
}

type sightedProduct struct {
	ID       int64         `json:"id"`
	SKU      text          `json:"default_code"`
	Unit     odoo.Many2One `json:"uom_id"`
	Template odoo.Many2One `json:"product_tmpl_id"`
	Company  odoo.Many2One `json:"company_id"`
	Tracked  bool          `json:"is_storable"`
}

// UnmarshalJSON reads false, which stands for a product that the user may not see, as none.
func (p *sightedProduct) UnmarshalJSON(raw []byte) error {
	type plain sightedProduct
	if string(raw) == "false" {
		*p = sightedProduct{}
		return nil
	}
	return json.Unmarshal(raw, (*plain)(p))
}

// glance reads what was written since a time.
func (s *survey) glance(ctx context.Context, since time.Time) (glance, error) {
	foreign, companies := s.surroundings(s.places)
	var quants []sightedRow
	var moves []changedRow
	g := glance{products: map[int64]*sight{}}
	group, calls := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		quants, g.parted, err = s.sighted(calls, odoo.And(odoo.NotIn("location_id.usage", foreign), odoo.Ge("product_id.stock_quant_ids.write_date", since)))
		return err
	})
	group.Go(func() (err error) {
		written := odoo.Ge("write_date", since)
		if companies != nil {
			written = odoo.And(written, odoo.In("company_id", companies))
		}
		moves, err = s.movesSince(calls, written)
		return err
	})
	if err := group.Wait(); err != nil {
		return glance{}, err
	}
	inside, err := s.inside(ctx, quants)
	if err != nil {
		return glance{}, err
	}
	for _, q := range inside {
		of := g.products[q.Product.ID]
		if of == nil {
			of = &sight{product: q.Product}
			g.products[q.Product.ID] = of
		}
		of.quants = append(of.quants, quantRow{ID: q.ID, Product: odoo.Many2One{ID: q.Product.ID}, Location: q.Location, Quantity: q.Quantity, Reserved: q.Reserved})
		if at := writtenAt(q.Written); at.After(of.latest) {
			of.latest = at
		}
	}
	for id, of := range g.products {
		if of.latest.Before(since) {
			delete(g.products, id) // it changed elsewhere
			continue
		}
		g.rows = append(g.rows, changedRow{ID: id, Product: odoo.Many2One{ID: id}, at: of.latest, sum: of.sum()})
	}
	g.rows = append(g.rows, moves...)
	return g, nil
}

// sum tells two states of the product's quants apart.
func (s *sight) sum() string {
	var text strings.Builder
	for _, q := range s.quants {
		fmt.Fprintf(&text, "%d %d %s %s,", q.ID, q.Location.ID, q.Quantity, q.Reserved)
	}
	return text.String()
}

// sighted reads quants with their products by ascending id. Parted says that it took several calls.
func (s *survey) sighted(ctx context.Context, domain odoo.Domain) (all []sightedRow, parted bool, err error) {
	type fields map[string]any
	product := fields{"default_code": fields{}, "uom_id": fields{}, "company_id": fields{}, "is_storable": fields{}}
	if s.kits.any() {
		product["product_tmpl_id"] = fields{}
	}
	specification := fields{
		"product_id": fields{"fields": product}, "location_id": fields{}, "quantity": fields{}, "reserved_quantity": fields{}, "write_date": fields{},
	}
	for {
		from := domain
		if len(all) > 0 {
			from, parted = odoo.And(odoo.Gt("id", all[len(all)-1].ID), domain), true
		}
		answer, err := odoo.Invoke[struct {
			Records []sightedRow `json:"records"`
		}](ctx, s.client, odoo.Call{
			Model: "stock.quant", Method: "web_search_read", Context: odoo.Context{"active_test": false},
			Args: odoo.Args{"domain": from, "specification": specification, "limit": pageOf, "order": "id"},
		})
		if err != nil {
			return nil, false, err
		}
		all = append(all, answer.Records...)
		// Records can vanish between search and read, so a page may be short without being the last.
		if len(answer.Records) < pageOf/2 {
			return all, parted, nil
		}
	}
}

// inside keeps the quants that lie in one of the places, of products that the user may see.
func (s *survey) inside(ctx context.Context, quants []sightedRow) ([]sightedRow, error) {
	s.mu.Lock()
	paths := s.paths
	s.mu.Unlock()
	unknown := func(q sightedRow) bool { return paths[q.Location.ID] == "" }
	if slices.ContainsFunc(quants, unknown) { // in a location made since the paths were read
		var err error
		if paths, err = s.loadPaths(ctx); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(quants, func(q sightedRow) bool {
		path := paths[q.Location.ID]
		return q.Product.ID == 0 || !slices.ContainsFunc(s.places, func(p place) bool { return p.holds(path) })
	}), nil
}

// doubtful are the products that a move names whose quants, as they came, do not tell what is there.
//
// The two calls are of two moments, so a move may have been seen whose effect on the quants was not. If it wrote a
// quant, the next call finds that one different. If it deleted the last, the next call finds a product missing that this
// one saw, and the move, which is no longer news, still beside it. So a product that was seen must be remembered; one
// whose quants are too old for that is doubtful if it has news of a move now.
func (g glance) doubtful(before, after position) map[int64]bool {
	moves := slices.DeleteFunc(slices.Clone(g.rows), func(row changedRow) bool { return !row.move })
	moved := before.Seen.news(moves, before.From)
	products := map[int64]bool{}
	for _, move := range moves {
		id := move.Product.ID
		switch sight := g.products[id]; {
		case sight == nil:
			if moved[id] || before.Seen.has(changedRow{ID: id}) {
				products[id] = true
			}
		case moved[id] && sight.latest.Before(after.From):
			products[id] = true
		}
	}
	return products
}

// countSeen says what there is of products that were seen.
func (s *survey) countSeen(ctx context.Context, g glance, ids []int64) ([]Availability, error) {
	page := productPage{counted: true}
	for _, id := range ids {
		of := g.products[id]
		if company := of.product.Company.ID; !of.product.Tracked || s.query.Company != 0 && company != 0 && company != s.query.Company {
			continue
		}
		page.products = append(page.products, of.row())
		page.quants = append(page.quants, of.quants...)
	}
	if len(page.products) == 0 {
		return nil, nil
	}
	return s.count(ctx, page)
}
