package stock

import (
	"context"
	"fmt"
	"hash/crc32"
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

// followsSince is the version from which on the quants of what changed are read with the news: Odoo is known to take
// these calls, and to write a product when its template is written.
const followsSince = 19

// Follow names the products of which stock may have changed in the places of the query since the cursor, as
// [Reader.Changes] does for all places, and says what is there now. The query names no products.
//
// It is one call from Odoo 19 on, whatever the size of the catalog: it reads all quants of the products of which a quant was
// written since the call before, or a few seconds earlier. Every ten seconds it looks as far back as the overlap, and another
// call at the same time counts the quants that were there before. That number falls when Odoo deletes one, and then a
// third call looks at the moves; so it does after products were left to be read, and every few minutes in which there is
// news. So what was committed late, or deleted, is seen ten seconds later. What is unread was named by a move or by a deletion
// alone, is a kit, or a product that the reader does not know yet. Before Odoo 19, and with a forecast, everything is. A product may be named without a
// change, and is named again by the next call if it changed between the calls. The bounds are those of Changes; a cursor
// of one begins for the other with what was written within the overlap.
//
// SKU, unit and company of a product are remembered from when it was read, and forgotten when it was written, which is
// looked up at most every half minute, beside the others.
//
// It only reads, so it is safe to repeat.
func (r *Reader) Follow(ctx context.Context, cursor Cursor, q Query) (Followed, error) {
	if q.Forecast || !r.client.Version().AtLeast(followsSince) {
		changed, err := r.Changes(ctx, cursor)
		return Followed{Changed: changed, Unread: changed.Products}, err
	}
	before, err := r.resume(ctx, cursor, true)
	if err != nil {
		return Followed{}, err
	}
	q.Products = []int64{} // what is remembered of places and kits will do
	s, err := r.newSurvey(ctx, q)
	if err != nil {
		return Followed{}, err
	}
	if done, ok, err := s.brief(ctx, before); err != nil || ok {
		return done, err
	}
	began := r.client.ServerTime()
	var g glance
	clock, err := r.lookBack(before, func(since time.Time) (err error) {
		g, err = s.glance(ctx, before, since)
		return err
	})
	if err != nil {
		return Followed{}, err
	}
	g.clock = clock
	done, p, read, err := s.weigh(ctx, g, before)
	if err != nil {
		return Followed{}, err
	}
	if !g.moved && (len(done.Unread) > 0 || p.At.Sub(p.Moves) >= r.overlap/2) {
		// What is unread is read after this look, so that a quant may be told which is gone before the next one, and was in none of the two.
		// Only its move says so then. That is news if those until now are known.
		if err := s.lookAtMoves(ctx, &g); err != nil {
			return Followed{}, err
		}
		if done, p, read, err = s.weigh(ctx, g, before); err != nil {
			return Followed{}, err
		}
	}
	p.Apart, p.Thorough, p.Looked = len(done.Unread) > 0, began, began
	if cursor == "" {
		done.Products, done.Unread, read, p.Apart = nil, nil, nil, false
	}
	if done.Stock, err = s.countSeen(ctx, g, read); err != nil {
		return Followed{}, err
	}
	done.Cursor, err = p.cursor()
	return done, err
}

// weigh says what of a glance is news since a position, and what to read of it from the glance itself.
func (s *survey) weigh(ctx context.Context, g glance, before position) (done Followed, p position, read []productRow, err error) {
	p = before
	products := p.advance(g.rows, g.clock, s.overlap, !g.moved)
	p.Old, p.Among = g.old(before, p), g.among
	if g.moved {
		p.Moves = p.At
	}
	unread := g.doubtful(before, p)
	for _, id := range g.gone {
		unread[id] = true
	}
	for id := range unread {
		products[id] = true
	}
	done, read, err = s.sort(ctx, g, products, unread)
	return done, p, read, err
}

// sort says which products the glance has read, of those of which there is news and their kits. Those in doubt are to be read in any case.
func (s *survey) sort(ctx context.Context, g glance, products, doubt map[int64]bool) (done Followed, read []productRow, err error) {
	named := maps.Clone(products)
	if err := s.addKits(ctx, products); err != nil {
		return Followed{}, nil, err
	}
	done.Products = slices.Sorted(maps.Keys(products))
	for _, id := range done.Products {
		product, ok := s.identity(id)
		if ok && g.products[id] != nil && named[id] && !doubt[id] && !g.parted && !s.kits.has(product) {
			read = append(read, product)
		} else {
			done.Unread = append(done.Unread, id)
		}
	}
	return done, read, nil
}

// glance is what the calls of [Reader.Follow] told.
type glance struct {
	// since is from when on what was written was read, clock Odoo's after it.
	since, clock time.Time

	// products are those that have quants in the places of which one was written since, with all of these quants, as
	// they were at one moment unless parted.
	products map[int64]*sight
	parted   bool
	// rows are those products, and the moves if those were looked at.
	rows  []changedRow
	moved bool
	// gone are products that were seen and have no such quants any more.
	gone []int64
	// counted is how many quants there are of those that were made before the position, and made when the others were.
	// Among says which quants are counted.
	counted int
	made    []time.Time
	among   uint32
}

// sight is a product's quants in the places.
type sight struct {
	quants []quantRow
	latest time.Time
}

// sightedRow is a quant and when it was made and written.
type sightedRow struct {
	quantRow
	Made    text `json:"create_date"`
	Written text `json:"write_date"`
}

// glance reads what was written since a time, which is that of the position unless Odoo's clock was set back.
//
// A quant is deleted without a trace of its own. Those made before the position can only become fewer, since what is
// committed late was made within the overlap; and those made later have been seen with their products. So the moves are
// looked at if fewer of the former are there than there were, or if it is not known how many there were. Those that were
// made and deleted between two looks were never told, unless the call before left products to be read after its look. One
// that was merged into an older one between two looks, which leaves no date, is found by its move, which is looked for
// once in each half of the overlap.
func (s *survey) glance(ctx context.Context, p position, since time.Time) (glance, error) {
	near, among := s.near()
	g := glance{since: since, products: map[int64]*sight{}, among: among}
	var quants []sightedRow
	group, calls := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		quants, g.parted, err = s.sighted(calls, near, since)
		return err
	})
	group.Go(func() (err error) {
		older := odoo.Or(odoo.Lt("create_date", p.From), odoo.Eq("create_date", false))
		g.counted, err = odoo.Invoke[int](calls, s.client, odoo.Call{
			Model: "stock.quant", Method: "search_count", Args: odoo.Args{"domain": odoo.And(near, older)},
		})
		return err
	})
	group.Go(func() error { return s.forgetWritten(calls) })
	if err := group.Wait(); err != nil {
		return glance{}, err
	}
	if err := s.take(ctx, &g, quants); err != nil {
		return glance{}, err
	}
	whole := p.Seen.whole()
	if whole {
		g.gone = p.Seen.missing(g.products)
	}
	if whole && !p.Apart && since.Equal(p.From) && p.Old != nil && *p.Old == g.counted && p.Among == g.among {
		return g, nil
	}
	err := s.lookAtMoves(ctx, &g)
	return g, err
}

// take adds quants to a glance, by product.
func (s *survey) take(ctx context.Context, g *glance, quants []sightedRow) error {
	for _, q := range quants {
		g.made = append(g.made, writtenAt(q.Made))
	}
	inside, err := s.inside(ctx, quants)
	if err != nil {
		return err
	}
	for _, q := range inside {
		of := g.products[q.Product.ID]
		if of == nil {
			of = &sight{}
			g.products[q.Product.ID] = of
		}
		of.quants = append(of.quants, q.quantRow)
		if at := writtenAt(q.Written); at.After(of.latest) {
			of.latest = at
		}
	}
	for id, of := range g.products {
		if of.latest.Before(g.since) {
			delete(g.products, id) // it changed elsewhere
			continue
		}
		g.rows = append(g.rows, changedRow{ID: id, Product: odoo.Many2One{ID: id}, at: of.latest, sum: of.sum()})
	}
	return nil
}

// near is the condition that a quant may lie in the places, with a number that tells two such conditions apart.
func (s *survey) near() (odoo.Domain, uint32) {
	foreign, _ := s.surroundings(s.places)
	among := crc32.ChecksumIEEE(fmt.Append(nil, foreign))
	if len(foreign) == 0 {
		return odoo.And(), among
	}
	// Naming the few locations is cheaper for Odoo than joining all to learn their usages.
	return odoo.NotIn("location_id", foreign), among
}

// lookAtMoves adds the moves to a glance.
func (s *survey) lookAtMoves(ctx context.Context, g *glance) error {
	written := odoo.Ge("write_date", g.since)
	if _, companies := s.surroundings(s.places); companies != nil {
		written = odoo.And(written, odoo.In("company_id", companies))
	}
	moves, err := s.movesSince(ctx, written)
	if err != nil {
		return err
	}
	g.rows, g.moved = append(g.rows, moves...), true
	return nil
}

// old is how many quants made before the next position were there; nil if that cannot be told.
func (g glance) old(before, next position) *int {
	if next.From.Before(before.From) {
		return nil
	}
	old := g.counted
	for _, made := range g.made {
		if !made.Before(before.From) && made.Before(next.From) {
			old++
		}
	}
	return &old
}

// sum tells two states of the product's quants apart.
func (s *sight) sum() string {
	var text strings.Builder
	for _, q := range s.quants {
		fmt.Fprintf(&text, "%d %d %s %s,", q.ID, q.Location.ID, q.Quantity, q.Reserved)
	}
	return text.String()
}

// sighted reads all quants of the products of which one was written since a time, by ascending id. Parted says that it took several calls.
func (s *survey) sighted(ctx context.Context, near odoo.Domain, since time.Time) (all []sightedRow, parted bool, err error) {
	domain := odoo.And(near, odoo.Ge("product_id.stock_quant_ids.write_date", since))
	for {
		from := domain
		if len(all) > 0 {
			from, parted = odoo.And(odoo.Gt("id", all[len(all)-1].ID), domain), true
		}
		page, err := odoo.Invoke[[]sightedRow](ctx, s.client, odoo.Call{
			// Without prefetch_fields Odoo reads these fields and no others.
			Model: "stock.quant", Method: "search_read", Context: odoo.Context{"active_test": false, "prefetch_fields": false},
			Args: odoo.Args{
				"domain": from, "fields": []string{"product_id", "location_id", "quantity", "reserved_quantity", "create_date", "write_date"},
				"limit": pageOf, "order": "id", "load": nil,
			},
		})
		if err != nil {
			return nil, false, err
		}
		all = append(all, page...)
		// Records can vanish between search and read, so a page may be short without being the last.
		if len(page) < pageOf/2 {
			return all, parted, nil
		}
	}
}

// inside keeps the quants that lie in one of the places.
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
		return !slices.ContainsFunc(s.places, func(p place) bool { return p.holds(path) })
	}), nil
}

// doubtful are the products that a move names whose quants, as they came, do not tell what is there.
//
// The moves are of a later moment than the quants, so one may have been seen whose effect on the quants was not. If it wrote a
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
func (s *survey) countSeen(ctx context.Context, g glance, products []productRow) ([]Availability, error) {
	if len(products) == 0 {
		return nil, nil
	}
	page := productPage{products: products, counted: true}
	for _, p := range products {
		page.quants = append(page.quants, g.products[p.ID].quants...)
	}
	return s.count(ctx, page)
}
